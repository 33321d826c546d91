"""What happened to an agreement, ready to be shown: one event for each entry of its journal, in the reader's words.

Pages, admin, API and reports read the journal through here, so that all tell the same story, and none tells a reader
of an agreement that he may not see.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from agreements import changes, journal, lifecycle
from agreements.choices import (
    ActionKind,
    Certainty,
    ClearanceResult,
    DocumentKind,
    EntryKind,
    Manner,
    Origin,
    Precision,
    SignatureManner,
    Stage,
    TaskEvent,
)
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry, Party, ProcedureVersion, User
from agreements.procedures import Procedure
from agreements.words import Texts, Worded, pick, worded

#: No text.
NOTHING = Worded("", "")


@dataclass(frozen=True)
class Event:
    """One entry of the journal of an agreement."""

    id: UUID
    sequence: int
    position: int | None
    kind: EntryKind
    label: str
    on: FuzzyDate
    certainty: Certainty
    stated_elsewhere: FuzzyDate | None
    stated_by: str
    recorded_at: datetime
    actor_name: str
    origin: Origin
    transition: str
    from_stage: str
    to_stage: str
    text: int
    what: Worded
    reason: Worded
    place: str
    legal_basis: str
    evidence: str
    source: str
    manner: str
    acting: str
    out_of_procedure: bool
    retroactive: bool
    redacted: bool
    successor: Agreement | None
    voided: bool
    voided_because: Worded
    replaces: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    received: FuzzyDate | None = None
    effective: FuzzyDate | None = None
    scope: Worded = NOTHING
    party: Worded = NOTHING

    @property
    def stage(self) -> Stage | None:
        """The stage the event led to, if it moved one."""
        return Stage(self.to_stage) if self.to_stage else None

    @property
    def replaceable(self) -> bool:
        """Whether it can be corrected at its place; what cannot is voided, and recorded anew."""
        return self.kind in lifecycle.REPLACED

    @property
    def correctable(self) -> bool:
        """Whether a page can correct it: at its place, or, an act, by another act instead of it."""
        return self.replaceable or self.kind == EntryKind.ACTION

    @property
    def imported(self) -> bool:
        """Whether it was taken over from elsewhere; then its guards were not checked."""
        return self.origin == Origin.IMPORTED


def timeline(
    agreement: Agreement,
    *,
    user: User,
    known_at: datetime | None = None,
    parties: Mapping[str, Texts] | None = None,
) -> list[Event]:
    """Return the events of an agreement the user may see, the latest in the order of life first.

    `parties` are names by code that the caller has read already; others are read where an act needs them.
    """
    return in_order_of_life(chronicle(agreement, user=user, known_at=known_at, parties=parties))


def in_order_of_life(told: Iterable[Event]) -> list[Event]:
    """Return events, the latest first: placed ones by position whatever their dates, the others among them by date."""
    kept = list(told)
    reached, days = date.min, {}
    placed = [event for event in kept if event.position is not None]
    for event in sorted(placed, key=lambda event: (event.position or 0, event.sequence)):
        if not event.voided:
            reached = max(reached, _last_day(event))
        days[event.id] = reached

    def order(event: Event) -> tuple[Any, ...]:
        day = days.get(event.id) or _last_day(event)
        # What a step requires is there before it is taken, on one day too.
        asked = event.kind in (EntryKind.DOCUMENT, EntryKind.CLEARANCE)
        return (day, not asked, event.position is None, event.position or 0, event.on.earliest, event.sequence)

    return sorted(kept, key=order, reverse=True)


def _last_day(event: Event) -> date:
    """Return the last day on which it can have happened; of a day that is not known, the first one."""
    return event.on.earliest if event.on.latest == date.max else event.on.latest


def chronicle(
    agreement: Agreement,
    *,
    user: User,
    known_at: datetime | None = None,
    parties: Mapping[str, Texts] | None = None,
) -> list[Event]:
    """Return the events in the order in which they were recorded."""
    entries = Entry.objects.for_user(user).of(agreement).select_related("text")
    if known_at is not None:
        entries = entries.filter(recorded_at__lte=known_at)
    kept = list(entries)
    rules = _rules_then(kept, agreement) if known_at is not None else agreement.rules
    told = events(kept, agreement, user=user, parties=parties, rules=rules)
    if len(told) == len(kept):
        return told
    return [replace(event, sequence=number) for number, event in enumerate(told, 1)]


def _rules_then(entries: Iterable[Entry], agreement: Agreement) -> Procedure:
    """Return the version of the procedure that the agreement followed by the last of the entries."""
    record: dict[str, Any] = {}
    for entry in entries:
        if entry.kind in (EntryKind.OPEN, EntryKind.EDIT):
            journal.take(record, {"kind": entry.kind, "data": entry.data, "text__content": ""})
    present = agreement.procedure_version.digest
    digest = record.get("procedure_version", present)
    return agreement.rules if digest == present else ProcedureVersion.objects.rules([digest])[digest]


def events(
    entries: Iterable[Entry],
    agreement: Agreement,
    *,
    user: User,
    parties: Mapping[str, Texts] | None = None,
    rules: Procedure | None = None,
) -> list[Event]:
    """Return the events of entries of one agreement; voids count where they are among the entries.

    An entry that tells only of what the user may not see is left out. `rules` name the stages; by default those that
    the agreement follows now.
    """
    given = list(entries)
    secret = changes.of_secret_files(given, user)
    kept = [entry for entry in given if entry.pk not in secret]
    read = {entry.pk: (json.loads(entry.data), json.loads(entry.text.content or "{}")) for entry in kept}
    voids = {entry.voids_id: read[entry.pk][1].get("reason", "") for entry in kept if entry.voids_id}
    named = {data["successor"] for data, _text in read.values() if "successor" in data}
    named |= {item["to"] for data, _text in read.values() for item in _relations(data)}
    later = {str(item.pk): item for item in Agreement.objects.for_user(user).filter(pk__in=named)} if named else {}
    acting = {data["party"] for data, _text in read.values() if "party" in data}
    names = dict(parties or {})
    if acting - set(names):
        names |= {party.code: party.names for party in Party.objects.for_user(user).filter(code__in=acting)}
    told = [_event(entry, *read[entry.pk], rules or agreement.rules, later, names, voids) for entry in kept]
    return [
        event
        for event in told
        if event.kind != EntryKind.EDIT or changes.tells(changes.of_entry(*read[event.id]), event.changes)
    ]


def _event(
    entry: Entry,
    data: Mapping[str, Any],
    text: Mapping[str, Any],
    rules: Procedure,
    later: Mapping[str, Agreement],
    parties: Mapping[str, Texts],
    voids: Mapping[UUID, Any],
) -> Event:
    return Event(
        id=entry.pk,
        sequence=entry.sequence,
        position=entry.position,
        kind=EntryKind(entry.kind),
        label=_label(entry, data, rules, parties),
        on=FuzzyDate(entry.earliest, entry.latest, Precision(entry.precision)),
        certainty=Certainty(entry.certainty),
        stated_elsewhere=entry.stated_elsewhere or None,
        stated_by=entry.stated_by,
        recorded_at=entry.recorded_at,
        actor_name=entry.actor_name,
        origin=Origin(entry.origin),
        transition=entry.transition,
        from_stage=entry.from_stage,
        to_stage=entry.to_stage,
        text=data.get("text", 1),
        what=worded(text.get("what", "")),
        reason=worded(text.get("reason", "")),
        place=entry.place,
        legal_basis=entry.legal_basis,
        evidence=entry.evidence,
        source=entry.source,
        manner=_manner(entry, data),
        acting=data.get("acting", ""),
        out_of_procedure=entry.out_of_procedure,
        retroactive=data.get("retroactive", False),
        redacted=not entry.text.salt,
        successor=later.get(data.get("successor", "")),
        voided=entry.pk in voids,
        voided_because=worded(voids.get(entry.pk, "")),
        replaces=data.get("replaces", ""),
        changes=_changes(data, later) | text.get("changes", {}),
        data={name: data[name] for name in _TOLD if name in data},
        received=FuzzyDate.parse(data["received"]) if data.get("received") else None,
        effective=FuzzyDate.parse(data["effective"]) if data.get("effective") else None,
        scope=worded(data.get("scope", "")),
        party=_party(data["party"], parties) if "party" in data else NOTHING,
    )


#: What the data of an entry may tell beside the fields of an event.
_TOLD = ("round", "document", "file", "act", "party", "body", "result", "unmet", "target", "task", "event")


def _manner(entry: Entry, data: Mapping[str, Any]) -> str:
    """Return how a text was signed, or what a participant's signature does."""
    if not data.get("manner"):
        return ""
    kinds = SignatureManner if entry.kind == EntryKind.ACTION else Manner
    return str(dict(kinds.choices).get(data["manner"], data["manner"]))


def _party(code: str, parties: Mapping[str, Texts]) -> Worded:
    name = pick(parties.get(code, {}))
    return name if name.text else Worded(code, "")


def _relations(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [item for side in data.get("changes", {}).get("relations", ()) for item in side or ()]


def _changes(data: Mapping[str, Any], later: Mapping[str, Agreement]) -> dict[str, Any]:
    """Return what was edited, before and after; other agreements by reference, and only those the reader may see."""
    told = changes.shown(data.get("changes", {}), later)
    if "relations" in told:
        told["relations"] = [
            [{**item, "to": later[item["to"]].reference} for item in side] for side in told["relations"]
        ]
    return told


def _label(entry: Entry, data: Mapping[str, Any], rules: Procedure, parties: Mapping[str, Texts]) -> str:
    match entry.kind:
        case EntryKind.OPEN | EntryKind.STEP:
            return rules.stage_label(entry.to_stage)
        case EntryKind.DOCUMENT:
            return str(DocumentKind(data["document"]).label)
        case EntryKind.ACTION:
            return f"{ActionKind(data['act']).label}: {_party(data['party'], parties)}"
        case EntryKind.CLEARANCE:
            return f"{EntryKind.CLEARANCE.label}: {data['body']} – {ClearanceResult(data['result']).label}"
        case EntryKind.TASK:
            return str(TaskEvent(data["event"]).label)
        case _:
            return str(EntryKind(entry.kind).label)
