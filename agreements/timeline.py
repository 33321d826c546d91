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

from django.utils.translation import gettext as _

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
    ShareEvent,
    SignatureManner,
    Stage,
    SubjectKind,
    TaskEvent,
)
from agreements.dates import FuzzyDate, render_day
from agreements.models import Agreement, Entry, Party, ProcedureVersion, User
from agreements.procedures import Procedure
from agreements.words import Texts, Worded, alphabetical, pick, worded

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
    remarks: Worded
    place: str
    legal_basis: str
    evidence: str
    source: str
    manner: str
    acting: str
    #: In whose place it was recorded, under a delegation; empty where its recorder acted in his own.
    on_behalf_of: str
    out_of_procedure: bool
    retroactive: bool
    #: Whether its free text was removed for good; whether there is any to be removed.
    redacted: bool
    has_text: bool
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
    #: The entry that it strikes out.
    voids: UUID | None = None
    #: Its seal: SHA-256 over what it says and over the seal of the entry before it.
    digest: str = ""

    @property
    def stage(self) -> Stage | None:
        """The stage the event led to, if it moved one."""
        return Stage(self.to_stage) if self.to_stage else None

    @property
    def replaceable(self) -> bool:
        """Whether it can be corrected at its place; what cannot is voided, and recorded anew."""
        return self.kind in lifecycle.REPLACED and "file" not in self.data

    @property
    def correctable(self) -> bool:
        """Whether a page can correct it: at its place, or, an act, by another act instead of it."""
        return self.replaceable or self.kind == EntryKind.ACTION

    @property
    def voidable(self) -> bool:
        """Whether it can be struck out: a correction, a change of data and what was done to a task cannot."""
        return self.kind not in lifecycle.FIXED

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
    near: Iterable[Agreement] = (),
) -> list[Event]:
    """Return the events of an agreement the user may see, the latest in the order of life first.

    `parties` are names by code, and `near` agreements which the user may see, that the caller has read already; others
    are read where they are named.
    """
    return in_order_of_life(chronicle(agreement, user=user, known_at=known_at, parties=parties, near=near)[0])


def chronicle(
    agreement: Agreement,
    *,
    user: User,
    known_at: datetime | None = None,
    parties: Mapping[str, Texts] | None = None,
    near: Iterable[Agreement] = (),
) -> tuple[list[Event], journal.Fault | None]:
    """Return the events of an agreement in the order of recording, and what is wrong with its chain, if anything is.

    All entries prove the chain, those too that the user may not see.
    """
    kept = _kept([agreement], user, known_at)
    told = _chronicles({agreement.pk: agreement}, kept, user, known_at, parties, near)
    return told[agreement.pk], journal.fault_among(agreement, kept[agreement.pk], whole=known_at is None)


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


def chronicles(
    agreements: Iterable[Agreement],
    *,
    user: User,
    known_at: datetime | None = None,
    parties: Mapping[str, Texts] | None = None,
    near: Iterable[Agreement] = (),
) -> dict[UUID, list[Event]]:
    """Return the events of agreements in the order of recording, by key: a fixed number of queries for any number."""
    rows = {agreement.pk: agreement for agreement in agreements}
    return _chronicles(rows, _kept(rows.values(), user, known_at), user, known_at, parties, near)


def _kept(agreements: Iterable[Agreement], user: User, known_at: datetime | None) -> dict[UUID, list[Entry]]:
    """Return the entries of agreements with their texts, in the order of recording; one query."""
    kept: dict[UUID, list[Entry]] = {agreement.pk: [] for agreement in agreements}
    entries = Entry.objects.for_user(user).filter(subject_kind=SubjectKind.AGREEMENT, subject__in=list(kept))
    if known_at is not None:
        entries = entries.filter(recorded_at__lte=known_at)
    for entry in entries.order_by("subject", "sequence").select_related("text"):
        kept[entry.subject].append(entry)
    return kept


def _chronicles(
    rows: Mapping[UUID, Agreement],
    kept: Mapping[UUID, list[Entry]],
    user: User,
    known_at: datetime | None,
    parties: Mapping[str, Texts] | None,
    near: Iterable[Agreement],
) -> dict[UUID, list[Event]]:
    """Return the events of the entries of agreements in the order of recording, numbered as the reader counts."""
    rules = _rules_then(kept, rows) if known_at is not None else {key: row.rules for key, row in rows.items()}
    told = _told([entry for chain in kept.values() for entry in chain], rules, user=user, parties=parties, near=near)
    return {key: _numbered(told[key], len(kept[key])) for key in rows}


def _numbered(told: list[Event], number: int) -> list[Event]:
    """Number the events as the reader counts, as if what is hidden were not there."""
    if len(told) == number:
        return told
    return [replace(event, sequence=number) for number, event in enumerate(told, 1)]


def _rules_then(entries: Mapping[UUID, Iterable[Entry]], agreements: Mapping[UUID, Agreement]) -> dict[UUID, Procedure]:
    """Return the version of the procedure that each agreement followed by the last of its entries."""
    digests = {}
    for key, agreement in agreements.items():
        record: dict[str, Any] = {}
        for entry in entries[key]:
            if entry.kind in (EntryKind.OPEN, EntryKind.EDIT):
                journal.take(record, {"kind": entry.kind, "data": entry.data, "text__content": ""})
        digests[key] = record.get("procedure_version", agreement.procedure_version.digest)
    rules = ProcedureVersion.objects.rules(digests.values())
    return {key: rules[digest] for key, digest in digests.items()}


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
    return _told(list(entries), {agreement.pk: rules or agreement.rules}, user=user, parties=parties)[agreement.pk]


def told(
    entries: Iterable[Entry], *, user: User, agreements: Iterable[Agreement] = (), voids: Iterable[Entry] = ()
) -> dict[UUID, Event]:
    """Return the events of entries of chains of any kind, by the key of each entry; a fixed number of queries.

    `agreements` are those whose chains are among them; `voids` are later corrections of the entries.
    """
    kept = list(entries)
    rules = {agreement.pk: agreement.rules for agreement in agreements}
    found = _told([*kept, *voids], rules, user=user, parties=None, near=agreements)
    asked = {entry.pk for entry in kept}
    return {event.id: event for chain in found.values() for event in chain if event.id in asked}


def _told(
    given: list[Entry],
    rules: Mapping[UUID, Procedure],
    *,
    user: User,
    parties: Mapping[str, Texts] | None,
    near: Iterable[Agreement] = (),
) -> dict[UUID, list[Event]]:
    """Return the events of entries by the key of their subject; of agreements, `rules` name the stages."""
    secret = changes.of_secret_files(given, user)
    kept = [entry for entry in given if entry.pk not in secret]
    read = {entry.pk: (json.loads(entry.data), json.loads(entry.text.content or "{}")) for entry in kept}
    voids = {entry.voids_id: read[entry.pk][1].get("reason", "") for entry in kept if entry.voids_id}
    named = {data["successor"] for data, _text in read.values() if "successor" in data}
    named |= {item["to"] for data, _text in read.values() for item in _items(data, "relations")}
    named |= {item["agreement"] for _data, text in read.values() for item in _items(text, "agenda")}
    later = {str(item.pk): item for item in near}
    if unread := named - later.keys():
        later |= {str(item.pk): item for item in Agreement.objects.for_user(user).filter(pk__in=unread)}
    acting = {data["party"] for data, _text in read.values() if "party" in data}
    names = dict(parties or {})
    if acting - set(names):
        names |= {party.code: party.names for party in Party.objects.for_user(user).filter(code__in=acting)}
    found: dict[UUID, list[Event]] = {key: [] for key in rules}
    for entry in kept:
        event = _event(entry, *read[entry.pk], rules.get(entry.subject), later, names, voids)
        if event.kind != EntryKind.EDIT or changes.tells(changes.of_entry(*read[event.id]), event.changes):
            found.setdefault(entry.subject, []).append(event)
    return found


# ---- acts that are alike ----
#: So many acts that differ in nothing but the participant are told in one line.
_SAME = 3


def gathered(told: Iterable[Event]) -> list[tuple[Event, list[Event]]]:
    """Return events in their order, each with those that are told in one line with it, where the first one stands.

    Alike are acts that differ in nothing but the participant; they come in the order of the participants' names.
    """
    kept = list(told)
    groups: dict[tuple[Any, ...], list[Event]] = {}
    for event in kept:
        groups.setdefault(_alike(event), []).append(event)
    found: list[tuple[Event, list[Event]]] = []
    for event in kept:
        same = groups[_alike(event)]
        if len(same) < _SAME:
            found.append((event, []))
        elif same[0] is event:
            found.append((event, sorted(same, key=lambda one: alphabetical(one.party.text))))
    return found


def preserved_by(events: Iterable[Event]) -> Event | None:
    """Return the entry by which an agreement is under a legal hold; None where it is under none."""
    told = [event for event in events if "legal_hold" in event.changes]
    last = max(told, key=lambda event: event.sequence, default=None)
    return last if last is not None and last.changes["legal_hold"][1] else None


def _alike(event: Event) -> tuple[Any, ...]:
    """Return what acts must share to be told in one line; of anything else, the event itself."""
    if event.kind != EntryKind.ACTION or event.redacted:
        return (event.id,)
    return (
        event.data["act"], event.on, event.certainty, event.source, event.evidence, event.place, event.what,
        event.reason, event.origin, event.out_of_procedure, event.received, event.effective, event.manner, event.scope,
        event.data.get("target"), event.stated_elsewhere, event.legal_basis,
    )  # fmt: skip


def _event(
    entry: Entry,
    data: Mapping[str, Any],
    text: Mapping[str, Any],
    rules: Procedure | None,
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
        remarks=worded(text.get("remarks", "")),
        place=entry.place,
        legal_basis=entry.legal_basis,
        evidence=entry.evidence,
        source=entry.source,
        manner=_manner(entry, data),
        acting=data.get("acting", ""),
        on_behalf_of=data.get("on_behalf_of", {}).get("name", ""),
        out_of_procedure=entry.out_of_procedure,
        retroactive=data.get("retroactive", False),
        redacted=not entry.text.salt,
        has_text=bool(entry.text.content),
        successor=later.get(data.get("successor", "")),
        voided=entry.pk in voids,
        voided_because=worded(voids.get(entry.pk, "")),
        replaces=data.get("replaces", ""),
        changes=_changes(data, later) | _changes(text, later),
        data={name: data[name] for name in _TOLD if name in data},
        received=FuzzyDate.parse(data["received"]) if data.get("received") else None,
        effective=FuzzyDate.parse(data["effective"]) if data.get("effective") else None,
        scope=worded(data.get("scope", "")),
        party=_party(data["party"], parties) if "party" in data else NOTHING,
        voids=entry.voids_id,
        digest=entry.digest,
    )


#: What the data of an entry may tell beside the fields of an event.
_TOLD = ("round", "document", "file", "act", "party", "body", "result", "unmet", "target", "task", "event", "manner",
         "share", "share_event", "holder")  # fmt: skip


def _manner(entry: Entry, data: Mapping[str, Any]) -> str:
    """Return how a text was signed, or what a participant's signature does."""
    if not data.get("manner"):
        return ""
    kinds = SignatureManner if entry.kind == EntryKind.ACTION else Manner
    return str(dict(kinds.choices).get(data["manner"], data["manner"]))


def _party(code: str, parties: Mapping[str, Texts]) -> Worded:
    name = pick(parties.get(code, {}))
    return name if name.text else Worded(code, "")


def _items(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return [item for side in data.get("changes", {}).get(name, ()) for item in side or ()]


#: Where an edit names other agreements.
_NAMED = {"relations": "to", "agenda": "agreement"}


def _changes(data: Mapping[str, Any], later: Mapping[str, Agreement]) -> dict[str, Any]:
    """Return what was edited, before and after; other agreements by reference, and only those the reader may see."""
    told = changes.shown(data.get("changes", {}), later)
    for name, key in _NAMED.items():
        if name in told:
            told[name] = [[{**item, key: later[item[key]].reference} for item in side] for side in told[name]]
    return told


def _share(data: Mapping[str, Any]) -> str:
    """Return what happened to a share: with whom, and until when."""
    told = f"{ShareEvent(data['share_event']).label}: {data['holder']}"
    if not data.get("until"):
        return told
    return _("%(share)s, until %(day)s") % {"share": told, "day": render_day(date.fromisoformat(data["until"]))}


def _label(entry: Entry, data: Mapping[str, Any], rules: Procedure | None, parties: Mapping[str, Texts]) -> str:
    match entry.kind:
        case EntryKind.OPEN | EntryKind.STEP if rules:
            return rules.stage_label(entry.to_stage)
        case EntryKind.DOCUMENT:
            return str(DocumentKind(data["document"]).label)
        case EntryKind.ACTION:
            return f"{ActionKind(data['act']).label}: {_party(data['party'], parties)}"
        case EntryKind.CLEARANCE:
            return f"{EntryKind.CLEARANCE.label}: {data['body']} – {ClearanceResult(data['result']).label}"
        case EntryKind.MARKING:
            return f"{EntryKind.MARKING.label}: {DocumentKind(data['kind']).label}"
        case EntryKind.TASK:
            return str(TaskEvent(data["event"]).label)
        case EntryKind.ACCESS:
            return _share(data)
        case _:
            return str(EntryKind(entry.kind).label)
