"""The journal in words: what an entry is about, what it changed. It tells nothing that the reader may not see."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from agreements import changes, journal, timeline
from agreements.changes import Change
from agreements.choices import EntryKind, Origin, SubjectKind
from agreements.dates import FuzzyDate
from agreements.models import (
    Agreement,
    Commitment,
    Entry,
    Indicator,
    Meeting,
    Party,
    UndisclosedParticipant,
    User,
)
from agreements.models.base import Journalled
from agreements.timeline import Event
from agreements.words import Worded, worded

SUBJECTS: dict[str, type[Journalled]] = {
    SubjectKind.AGREEMENT: Agreement,
    SubjectKind.PARTY: Party,
    SubjectKind.MEETING: Meeting,
    SubjectKind.INDICATOR: Indicator,
    SubjectKind.COMMITMENT: Commitment,
    SubjectKind.UNDISCLOSED: UndisclosedParticipant,
}
#: What names a record, beside itself.
_RELATED: dict[type[Journalled], tuple[str, ...]] = {
    Meeting: ("format",),
    Indicator: ("party",),
    Commitment: ("agreement",),
    UndisclosedParticipant: ("agreement", "party"),
}
NO_TEXT = Worded("", "")


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
        """Whether it can be corrected or voided, and was not already."""
        return self.event is not None and self.event.voidable and not self.event.voided


# ---- rows ----
def rows_of(subject: Journalled, user: User) -> list[Row]:
    """Return the journal of a record that the user may see, the latest first."""
    if isinstance(subject, Agreement):
        events = timeline.timeline(subject, user=user)
        words = changes.Dictionary([event.changes for event in events], user)
        return [_row_of_event(event, words) for event in events]
    chain = Entry.objects.for_user(user).of(subject)
    hidden = changes.hidden(chain, user)
    entries = list(chain.exclude(pk__in=hidden.keys).select_related("text").reverse())
    read = [(entry, journal.data_of(entry), journal.text_of(entry)) for entry in entries]
    words = changes.Dictionary([changes.of_entry(data, text) for _entry, data, text in read], user)
    return [
        Row(
            id=entry.pk,
            sequence=hidden.number(entry),
            kind=EntryKind(entry.kind),
            label=str(EntryKind(entry.kind).label),
            on=entry.on,
            recorded_at=entry.recorded_at,
            actor_name=entry.actor_name,
            source=entry.source,
            imported=entry.origin == Origin.IMPORTED,
            changes=words.changes(type(subject), changes.of_entry(data, text)),
            reason=worded(text.get("reason", "")),
        )
        for entry, data, text in read
    ]


def _row_of_event(event: Event, words: changes.Dictionary) -> Row:
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


def name_subjects(entries: Iterable[Entry], user: User) -> None:
    """Set `about` on entries that the user may see: the record that each is about. One query for each kind."""
    kept = list(entries)
    found: dict[UUID, Any] = {}
    for kind, model in SUBJECTS.items():
        keys = {entry.subject for entry in kept if entry.subject_kind == kind}
        if keys:
            rows = model._default_manager.for_user(user)  # type: ignore[attr-defined]
            if related := _RELATED.get(model):
                rows = rows.select_related(*related)
            found |= {row.pk: row for row in rows.filter(pk__in=keys)}
    for entry in kept:
        entry.about = found.get(entry.subject)  # type: ignore[attr-defined]


def address_of(subject: Journalled) -> str:
    """Return the address of a record in the administration."""
    return reverse(f"admin:agreements_{subject._meta.model_name}_change", args=[subject.pk])
