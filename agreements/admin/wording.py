"""The journal in words: what an entry is about, what it changed, from which value to which.

Nothing here tells a reader of an agreement that he may not see: relations to it and points of an agenda about it are
left out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import journal, timeline
from agreements.choices import EntryKind, Origin, RelationKind, Role, SubjectKind
from agreements.dates import FuzzyDate, render_day
from agreements.models import (
    Agreement,
    Area,
    Entry,
    Format,
    Indicator,
    Meeting,
    Party,
    ProcedureVersion,
    Unit,
    User,
)
from agreements.models.base import FuzzyDateField, Journalled
from agreements.timeline import Event
from agreements.words import Worded, worded

SUBJECTS: dict[str, type[Journalled]] = {
    SubjectKind.AGREEMENT: Agreement,
    SubjectKind.PARTY: Party,
    SubjectKind.MEETING: Meeting,
    SubjectKind.INDICATOR: Indicator,
}
#: What belongs to a record but is no column of it.
RELATED = {
    "areas": gettext_lazy("areas"),
    "participants": gettext_lazy("participants"),
    "relations": gettext_lazy("relations"),
    "memberships": gettext_lazy("memberships"),
    "parties": gettext_lazy("participants"),
    "agenda": gettext_lazy("agenda"),
}
NOTHING = "–"
KEY_LENGTH = 36
NO_TEXT = Worded("", "")


@dataclass(frozen=True)
class Change:
    """One thing that an entry changed, in words."""

    label: str
    before: str
    after: str

    @property
    def words(self) -> str:
        """From what to what; the new value alone where there was none."""
        return self.after if self.before == NOTHING else f"{self.before} → {self.after}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One entry of a journal as a page shows it."""

    id: UUID
    sequence: int
    kind: EntryKind
    label: str
    on: FuzzyDate
    recorded_at: datetime
    actor_name: str
    source: str
    stage: str = ""
    group: str = ""
    imported: bool = False
    changes: list[Change] = field(default_factory=list)
    event: Event | None = None
    reason: Worded = NO_TEXT

    @property
    def address(self) -> str:
        """Where the entry itself is shown."""
        return reverse("admin:agreements_entry_change", args=[self.id])

    @property
    def correctable(self) -> bool:
        """Whether it can be corrected or voided: neither a correction, nor a change of data, nor voided already."""
        fixed = (EntryKind.VOID, EntryKind.EDIT, EntryKind.REDACTION)
        return self.event is not None and not self.event.voided and self.kind not in fixed


# ---- rows ----
def rows_of(subject: Journalled, user: User) -> list[Row]:
    """Return the journal of a record that the user may see, the latest first."""
    if isinstance(subject, Agreement):
        events = timeline.timeline(subject, user=user)
        words = Dictionary([event.changes for event in events], user)
        return [_row_of_event(event, words) for event in events]
    entries = list(Entry.objects.for_user(user).of(subject).select_related("text").reverse())
    read = [(entry, journal.data_of(entry), journal.text_of(entry)) for entry in entries]
    words = Dictionary([changes_of(data, text) for _entry, data, text in read], user)
    return [
        Row(
            id=entry.pk,
            sequence=entry.sequence,
            kind=EntryKind(entry.kind),
            label=str(EntryKind(entry.kind).label),
            on=entry.on,
            recorded_at=entry.recorded_at,
            actor_name=entry.actor_name,
            source=entry.source,
            imported=entry.origin == Origin.IMPORTED,
            changes=words.changes(type(subject), changes_of(data, text)),
            reason=worded(text.get("reason", "")),
        )
        for entry, data, text in read
    ]


def _row_of_event(event: Event, words: "Dictionary") -> Row:
    return Row(
        id=event.id,
        sequence=event.sequence,
        kind=event.kind,
        label=event.label,
        on=event.on,
        recorded_at=event.recorded_at,
        actor_name=event.actor_name,
        source=event.source,
        stage=event.to_stage,
        group=event.stage.group if event.stage else "",
        imported=event.imported,
        changes=words.changes(Agreement, event.changes),
        event=event,
        reason=event.reason,
    )


def changes_of(data: Mapping[str, Any], text: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an entry changed, as {name: [before, after]}; of an opening, the record with nothing before it."""
    record = data.get("record", {}) | text.get("record", {})
    opened = {name: [None, value] for name, value in record.items() if value not in (None, "", [], False)}
    return opened | data.get("changes", {}) | text.get("changes", {})


def name_subjects(entries: Iterable[Entry], user: User) -> None:
    """Set `about` on entries that the user may see: the record that each is about. One query for each kind."""
    kept = list(entries)
    found: dict[UUID, Any] = {}
    for kind, model in SUBJECTS.items():
        keys = {entry.subject for entry in kept if entry.subject_kind == kind}
        if keys:
            rows = model._default_manager.for_user(user)  # type: ignore[attr-defined]
            related = {Meeting: ("format",), Indicator: ("party",)}.get(model, ())
            found |= {row.pk: row for row in rows.filter(pk__in=keys).select_related(*related)}
    for entry in kept:
        entry.about = found.get(entry.subject)  # type: ignore[attr-defined]


def address_of(subject: Journalled) -> str:
    """Return the address of a record in the administration."""
    return reverse(f"admin:agreements_{subject._meta.model_name}_change", args=[subject.pk])


# ---- values ----
class Dictionary:
    """The names behind the keys and codes in a set of changes: a fixed number of queries, whatever their number."""

    def __init__(self, changes: Iterable[Mapping[str, Any]], user: User) -> None:
        self.user = user
        self.all = list(changes)

    def changes(self, model: type[Journalled], changes: Mapping[str, Any]) -> list[Change]:
        """Return in words what changed; of lists, only what came and what went."""
        told = []
        columns = [column.name for column in model._meta.fields]
        for name in sorted(changes, key=lambda name: columns.index(name) if name in columns else len(columns)):
            before, after = changes[name]
            if isinstance(after, list) or isinstance(before, list):
                went = [item for item in before or [] if item not in (after or [])]
                came = [item for item in after or [] if item not in (before or [])]
                was, now = self.items(name, went), self.items(name, came)
                if not was and not now:
                    continue
            else:
                was, now = self.value(model, name, before), self.value(model, name, after)
            told.append(Change(self.label(model, name), was or NOTHING, now or NOTHING))
        return told

    @staticmethod
    def label(model: type[Journalled], name: str) -> str:
        """Return what a column or a list is called."""
        label = RELATED[name] if name in RELATED else model._meta.get_field(name).verbose_name  # type: ignore[union-attr]
        text = str(label)
        return text[:1].upper() + text[1:]

    def items(self, name: str, items: Iterable[Any]) -> str:
        """Return the items of a list that the user may see."""
        return "; ".join(filter(None, (self.item(name, item) for item in items)))

    def item(self, name: str, item: Any) -> str:
        """Return one item of a list; an empty text where the user may not see it."""
        match name:
            case "areas":
                return self.areas.get(item, item)
            case "parties":
                return self.parties.get(item, item)
            case "participants":
                return f"{self.parties.get(item['party'], item['party'])} ({Role(item['role']).label})"
            case "relations":
                other = self.agreements.get(item["to"])
                return f"{RelationKind(item['kind']).label} {other}" if other else ""
            case "memberships":
                organisation = self.parties.get(item["organisation"], item["organisation"])
                since = render_day(date.fromisoformat(item["from"]))
                until = render_day(date.fromisoformat(item["until"])) if item["until"] else "…"
                return f"{organisation} ({since} – {until})"
            case "agenda":
                agreement = self.agreements.get(item["agreement"])
                said = " – ".join(filter(None, (item["talking_points"], item["outcome"])))
                return (f"{agreement}: {said}" if said else str(agreement)) if agreement else ""
            case _:
                return str(item)

    def value(self, model: type[Journalled], name: str, value: Any) -> str:
        """Return the value of a column."""
        column = model._meta.get_field(name)
        if value in (None, ""):
            return ""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if getattr(column, "choices", None):
            return str(dict(column.flatchoices).get(value, value))  # type: ignore[union-attr]
        match name:
            case "lead_unit":
                return self.units.get(value, value)
            case "officer":
                return self.users.get(value, value)
            case "format":
                return self.formats.get(value, value)
            case "party":
                return self.parties.get(value, value)
            case "procedure_version":
                return self.procedures.get(value, value)
        if isinstance(column, FuzzyDateField):
            return str(FuzzyDate.parse(value))
        if column.get_internal_type() == "DateField":
            return render_day(date.fromisoformat(value))
        return str(value)

    # ---- names ----
    @cached_property
    def areas(self) -> dict[str, str]:
        """Areas by code."""
        return {row.code: str(row) for row in Area.objects.for_user(self.user)}

    @cached_property
    def formats(self) -> dict[str, str]:
        """Formats by code."""
        return {row.code: str(row) for row in Format.objects.for_user(self.user)}

    @cached_property
    def units(self) -> dict[str, str]:
        """Units by code."""
        return {row.code: str(row) for row in Unit.objects.for_user(self.user)}

    @cached_property
    def parties(self) -> dict[str, str]:
        """Parties by code."""
        return {row.code: str(row) for row in Party.objects.for_user(self.user)}

    @cached_property
    def procedures(self) -> dict[str, str]:
        """Versions of procedures by digest."""
        return {row.digest: str(row) for row in ProcedureVersion.objects.all()}

    @cached_property
    def users(self) -> dict[str, str]:
        """Users by key, those that the changes name."""
        keys = {value for changes in self.all for value in changes.get("officer", ()) if value}
        return {str(row.pk): str(row) for row in User.objects.filter(pk__in=keys)}

    @cached_property
    def agreements(self) -> dict[str, str]:
        """Agreements by key and by reference, those that the changes name and that the user may see."""
        keys = set()
        for changes in self.all:
            for name, key in (("relations", "to"), ("agenda", "agreement")):
                for items in changes.get(name, ()):
                    keys |= {item[key] for item in items or ()}
        # The journal itself names them by key, `timeline` by reference.
        named = Q(reference__in=keys) | Q(pk__in={key for key in keys if len(key) == KEY_LENGTH})
        rows = Agreement.objects.for_user(self.user).filter(named)
        return {name: f"{row} ({row.reference})" for row in rows for name in (str(row.pk), row.reference)}
