"""What an entry of the journal changed: from which value to which, in words or as data, as far as a reader may know.

Pages, admin and API tell changes through here, each in its own manner. Relations to agreements that the reader may not
see, and points of an agenda about them, are left out; an entry that changed nothing else is hidden as a whole, as is
one about a document that is too secret for him, and the entries after it are numbered as if it were not there.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from agreements import entry_into_force, journal
from agreements.choices import EntryKind, Level, RelationKind, Role
from agreements.dates import FuzzyDate, render_day
from agreements.models import (
    Agreement,
    Area,
    Document,
    Entry,
    Format,
    Party,
    ProcedureVersion,
    Task,
    Unit,
    User,
)
from agreements.models.base import FuzzyDateField, Journalled
from agreements.words import Texts, pick

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


def of_entry(data: Mapping[str, Any], text: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an entry changed, as {name: [before, after]}; of an opening, the record with nothing before it."""
    record = data.get("record", {}) | text.get("record", {})
    opened = {name: [None, value] for name, value in record.items() if value not in (None, "", [], False)}
    return opened | data.get("changes", {}) | text.get("changes", {})


# ---- what is hidden ----
#: Lists whose items are about another agreement, and the key that names it.
_ABOUT = {"relations": "to", "agenda": "agreement"}


def shown(changes: Mapping[str, Sequence[Any]], seen: Iterable[Any]) -> dict[str, list[Any]]:
    """Return changes without the items about agreements that are not among the seen ones."""
    kept, told = set(seen), {}
    for name, sides in changes.items():
        left = list(sides)
        if key := _ABOUT.get(name):
            left = [[item for item in side or () if item[key] in kept] for side in sides]
            if left[0] == left[1]:
                continue
        told[name] = left
    return told


def tells(changes: Mapping[str, Sequence[Any]], left: Mapping[str, Sequence[Any]]) -> bool:
    """Whether what is left of changes says that anything changed; an entry without changes tells of other things."""
    return not changes or any(before != after for before, after in left.values())


@dataclass(frozen=True)
class Hidden:
    """Entries of which a reader may know nothing: their keys, and their numbers in each chain."""

    keys: frozenset[UUID] = frozenset()
    numbers: Mapping[UUID, Sequence[int]] = field(default_factory=dict)

    def number(self, entry: Entry) -> int:
        """Return the number of an entry in its chain as the reader counts."""
        return entry.sequence - sum(number < entry.sequence for number in self.numbers.get(entry.subject, ()))


def hidden(entries: Any, user: User) -> Hidden:
    """Return those of the entries of which the user may know nothing; four queries, none for who may see everything.

    Hidden are edits that tell of hidden agreements only, and what is said of documents that are too secret.
    """
    if Level.up_to(user.access_level) == list(Level) and user.areas_only is None:
        return Hidden()
    if not entries.order_by().filter(kind__in=_MAY_BE_HIDDEN).exists():
        return Hidden()
    beyond = [level for level in Level if level not in Level.up_to(user.access_level)]
    about = Q(data__contains='"relations"') | Q(text__content__contains='"agenda"')
    # Which of these are shown by a share is found among the few that come.
    files = Q(file__document__level__in=beyond) | Q(voids__file__document__level__in=beyond)
    # The entry that took the place of one about a file has no row of its own.
    files |= Q(kind=EntryKind.DOCUMENT, data__contains=_FILE, file__isnull=True)
    files |= Q(voids__kind=EntryKind.DOCUMENT, voids__data__contains=_FILE, voids__file__isnull=True)
    asked = entries.filter(Q(about, kind=EntryKind.EDIT) | files | Q(kind__in=(EntryKind.MARKING, EntryKind.REDACTION)))
    asked = asked.annotate(secret=Coalesce("file__document__level", "voids__file__document__level"))
    edits: list[Entry] = []
    others: list[Any] = []
    for entry in asked.select_related("text"):
        (edits if entry.kind == EntryKind.EDIT else others).append(entry)
    read = [(entry, of_entry(journal.data_of(entry), journal.text_of(entry))) for entry in edits]
    keys = {item[key] for _e, changes in read for name, key in _ABOUT.items() for item in _items(changes, name)}
    rows = Agreement.objects.for_user(user).filter(pk__in=keys).values_list("pk", flat=True) if keys else ()
    seen = {str(key) for key in rows}
    hidden_files = {one.pk for one in others if one.secret in beyond and not _is_shown(user, one.subject, one.secret)}
    secret = _of_secret_documents(others, user, known=hidden_files)
    kept = [entry for entry, changes in read if not tells(changes, shown(changes, seen))]
    kept += [entry for entry in others if entry.pk in secret]
    numbers: dict[UUID, list[int]] = {}
    for entry in kept:
        numbers.setdefault(entry.subject, []).append(entry.sequence)
    return Hidden(frozenset(entry.pk for entry in kept), numbers)


def _is_shown(user: User, agreement: UUID, level: str) -> bool:
    """Whether a share shows the user what belongs to an agreement up to a level."""
    shown = user.shared.get(agreement)
    return shown is not None and level in Level.up_to(shown)


#: What a corrected or redacted entry is about stands in the same chain, under one of the other kinds.
_MAY_BE_HIDDEN = (EntryKind.EDIT, EntryKind.DOCUMENT, EntryKind.MARKING, EntryKind.REDACTION)
#: How the data of an entry say that it is about a file.
_FILE = '"file":'


def of_secret_files(entries: Iterable[Entry], user: User) -> set[UUID]:
    """Return the keys of the entries among these about documents too secret for the user; a query only where needed."""
    if Level.up_to(user.access_level) == list(Level):
        return set()
    given = {entry.pk: entry for entry in entries}
    known, added = dict(given), given
    # What is corrected or redacted may not be among them.
    while elsewhere := {key for entry in added.values() if (key := target_of(entry)) and key not in known}:
        added = {entry.pk: entry for entry in Entry.objects.filter(pk__in=elsewhere).order_by("pk")}
        known |= added
    return _of_secret_documents(known.values(), user) & given.keys()


def _of_secret_documents(entries: Iterable[Entry], user: User, *, known: Collection[UUID] = frozenset()) -> set[UUID]:
    """Return the entries among these about documents too secret for the user, and what corrects or redacts them.

    Of those that are `known` to be so it is not asked.
    """
    ordered = sorted(entries, key=lambda entry: (entry.subject, entry.sequence))
    documents = {entry.pk: key for entry in ordered if entry.pk not in known and (key := document_of(entry))}
    asked = set(documents.values())
    rows = Document.objects.beyond(user).filter(pk__in=asked).values_list("pk", flat=True) if asked else ()
    beyond, secret = {str(key) for key in rows}, set(known)
    for entry in ordered:
        if documents.get(entry.pk) in beyond or target_of(entry) in secret:
            secret.add(entry.pk)
    return secret


def document_of(entry: Entry) -> str:
    """Return the key of the document with a file that an entry is about; empty where it is about none."""
    if entry.kind == EntryKind.MARKING:
        return str(journal.data_of(entry)["about"])
    if entry.kind == EntryKind.DOCUMENT and _FILE in entry.data:
        return str(journal.data_of(entry)["file"]["document"])
    return ""


def target_of(entry: Entry) -> UUID | None:
    """Return the entry that a correction or a redaction is about."""
    if entry.kind == EntryKind.REDACTION:
        return UUID(journal.data_of(entry)["redacts"])
    return entry.voids_id


def _items(changes: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return [item for side in changes.get(name, ()) for item in side or ()]


# ---- as data ----
class Raw(NamedTuple):
    """A field before and after, as the API names and tells it."""

    field: str
    before: Any
    after: Any


def raw(changes: Mapping[str, Sequence[Any]], usernames: Mapping[str, str]) -> list[Raw]:
    """Return changes as data; those that lie in what the reader may not see are none to him."""
    told = dict(changes)
    for name in {"officer", "person"} & set(told):
        told[name] = [usernames.get(key, key) for key in told[name]]
    return [Raw(_public(name), before, after) for name, (before, after) in told.items() if before != after]


def _public(name: str) -> str:
    if name == "ball":  # as the API tells it, the ball is where it is by all that is known
        return "ball_named"
    if name in ("title_texts", "body_texts"):  # of a task, as its writer read them
        return name.removesuffix("_texts")
    text, separator, language = name.rpartition("_")
    return f"{text}.{language}" if separator and text in ("title", "short_title", "clause_text") else name


# ---- in words, by codes ----
#: What is kept as a key that says nothing to a reader: that it changed is told, the values are not.
_UNSAID = ("officer",)


def plain(
    model: type[Journalled], changes: Mapping[str, Sequence[Any]], versions: Mapping[str, str] | None = None
) -> list[Change]:
    """Return in words what changed without asking the database: codes stand for themselves, lists are told whole.

    `versions` are the words for versions of procedures by digest (`versions_in`); without them digests are told.
    """
    told = []
    for name, (before, after) in changes.items():
        if name == "procedure_version":
            values = tuple((versions or {}).get(side, _abridged(side)) for side in (before, after))
        elif name in _UNSAID:
            values = ("", "")
        else:
            values = (_plain(model, name, before), _plain(model, name, after))
        told.append(Change(label_of(model, name), *values))
    return told


def versions_in(changes: Iterable[Mapping[str, Sequence[Any]]]) -> dict[str, str]:
    """Return words for the versions of procedures that changes name, by digest; no query where they name none."""
    digests = {digest for told in changes for digest in told.get("procedure_version", ()) if digest}
    rows = ProcedureVersion.objects.filter(digest__in=digests) if digests else ()
    return {row.digest: version_words(row) for row in rows}


def version_words(version: ProcedureVersion) -> str:
    """Return which version of a procedure it is: two may bear the same number, never the same digest."""
    told = {"version": version.version, "digest": _abridged(version.digest)}
    return _("version %(version)s (digest %(digest)s)") % told


def _abridged(digest: str | None) -> str:
    return f"{digest[:_DIGITS]}…" if digest else pgettext("value", "none")


#: How much of a digest tells it from the others.
_DIGITS = 8


def label_of(model: type[Journalled], name: str) -> str:
    """Return what a column or a list is called."""
    if name in RELATED:
        text = str(RELATED[name])
    else:
        try:
            text = str(getattr(_column(model, name), "verbose_name", name))
        except FieldDoesNotExist:
            text = name
    return text[:1].upper() + text[1:]


def _column(model: type[Journalled], name: str) -> Any:
    """Return a column of a record, or of the tasks that its journal tells of. Raises FieldDoesNotExist."""
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        if model is not Agreement:
            raise
        return Task._meta.get_field(name)


def _plain(model: type[Journalled], name: str, value: Any) -> str:
    if value in (None, "", []):
        return pgettext("value", "none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_item(item) for item in value)
    if name == "clause":
        return clause_words(value)
    column: Any = None if name in RELATED else _column(model, name)
    if getattr(column, "choices", None):
        return str(dict(column.flatchoices).get(value, value))
    try:
        return render_day(date.fromisoformat(value))
    except (TypeError, ValueError):
        return str(value)


def clause_words(value: Any, names: Mapping[str, str] | None = None) -> str:
    """Return a clause in words on one line; one that is no longer understood as it was recorded."""
    try:
        return " ".join(words for _depth, words in entry_into_force.describe(entry_into_force.parse(value), names))
    except entry_into_force.BadClause:
        return json.dumps(value, ensure_ascii=False)


def _item(item: Any) -> str:
    """Write one participant, relation or area by its code."""
    match item:
        case {"party": party, "role": role}:
            return f"{party} ({Role(role).label})"
        case {"kind": kind, "to": reference}:
            return f"{RelationKind(kind).label} {reference}"
        case _:
            return str(item)


# ---- in words, by names ----
class Dictionary:
    """The names behind the keys and codes in a set of changes: a fixed number of queries, whatever their number."""

    def __init__(self, changes: Iterable[Mapping[str, Any]], user: User) -> None:
        self.user = user
        self.all = list(changes)

    def changes(self, model: type[Journalled], changes: Mapping[str, Any]) -> list[Change]:
        """Return in words what changed; of lists, only what came and what went."""
        told = []
        columns = [column.name for kind in (model, Task) for column in kind._meta.fields]
        for name in sorted(changes, key=lambda name: columns.index(name) if name in columns else len(columns)):
            before, after = changes[name]
            if isinstance(after, list) or isinstance(before, list):
                went = [item for item in before or [] if item not in (after or [])]
                came = [item for item in after or [] if item not in (before or [])]
                was, now = self.items(name, went), self.items(name, came)
                if not was and not now:
                    continue
            elif name == "procedure_version" and before:
                was, now = (self.versions.get(side, _abridged(side)) for side in (before, after))
            else:
                was, now = self.value(model, name, before), self.value(model, name, after)
            told.append(Change(label_of(model, name), was or NOTHING, now or NOTHING))
        return told

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
            case "waits_for":
                return self.tasks.get(item, "")
            case _:
                return str(item)

    def value(self, model: type[Journalled], name: str, value: Any) -> str:
        """Return the value of a column."""
        column = _column(model, name)
        if value in (None, ""):
            return ""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if getattr(column, "choices", None):
            return str(dict(column.flatchoices).get(value, value))
        match name:
            case "lead_unit" | "unit":
                return self.units.get(value, value)
            case "officer" | "person":
                return self.users.get(value, value)
            case "format":
                return self.formats.get(value, value)
            case "party":
                return self.parties.get(value, value)
            case "agreement":
                return self.agreements.get(value, "")
            case "clause":
                return clause_words(value, self.parties)
            case "procedure_version":
                return self.procedures.get(value, value)
        if isinstance(column, FuzzyDateField):
            return str(FuzzyDate.parse(value))
        if column.get_internal_type() == "DateField":
            return render_day(date.fromisoformat(value))
        if column.get_internal_type() == "DateTimeField":
            moment = timezone.localtime(datetime.fromisoformat(value))
            return f"{render_day(moment.date())}, {moment:%H:%M}"
        return str(value)

    # ---- names ----
    @cached_property
    def areas(self) -> dict[str, str]:
        """Areas by code."""
        return {row.code: str(row) for row in Area.objects.for_user(self.user)}

    @cached_property
    def format_names(self) -> dict[str, Texts]:
        """The names of formats by code, in all languages."""
        return {row.code: row.names for row in Format.objects.for_user(self.user)}

    @property
    def formats(self) -> dict[str, str]:
        """Formats by code."""
        return {code: pick(names).text for code, names in self.format_names.items()}

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
    def versions(self) -> dict[str, str]:
        """Versions of procedures by digest, those that the changes name."""
        return versions_in(self.all)

    @cached_property
    def users(self) -> dict[str, str]:
        """Users by key, those that the changes name."""
        named = [changes.get(name, ()) for changes in self.all for name in ("officer", "person")]
        keys = {value for values in named for value in values if value}
        return {str(row.pk): str(row) for row in User.objects.filter(pk__in=keys)}

    @cached_property
    def tasks(self) -> dict[str, str]:
        """Tasks by key, those that the changes name and that the user may see."""
        keys = {key for changes in self.all for keys in changes.get("waits_for", ()) for key in keys or ()}
        return {str(row.pk): str(row) for row in Task.objects.for_user(self.user).filter(pk__in=keys)}

    @property
    def agreements(self) -> dict[str, str]:
        """What agreements are called, by key and by reference."""
        return {name: f"{row} ({row.reference})" for name, row in self.named.items()}

    @cached_property
    def named(self) -> dict[str, Agreement]:
        """Agreements by key and by reference, those that the changes name and that the user may see."""
        keys = set()
        for changes in self.all:
            for name, key in (("relations", "to"), ("agenda", "agreement")):
                for items in changes.get(name, ()):
                    keys |= {item[key] for item in items or ()}
            keys |= {value for value in changes.get("agreement", ()) if value}
        # The journal itself names them by key, `timeline` by reference.
        named = Q(reference__in=keys) | Q(pk__in={key for key in keys if len(key) == KEY_LENGTH})
        rows = Agreement.objects.for_user(self.user).filter(named)
        return {name: row for row in rows for name in (str(row.pk), row.reference)}
