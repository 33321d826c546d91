"""The events: all that the journal records, in one order that never changes, for programs that follow it.

An entry gets its position after it was committed, from `place`, which one process runs at a time. A position that is
seen has none missing before it: so who goes on behind the last one he saw misses nothing and sees nothing twice.
"""

import copy
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from agreements import changes, sealed, timeline
from agreements.choices import Level, SubjectKind
from agreements.models import (
    Agreement,
    Commitment,
    Entry,
    EventHead,
    EventPosition,
    Indicator,
    Meeting,
    Participant,
    Party,
    UndisclosedParticipant,
    User,
)
from agreements.timeline import Event

_HEAD = 1
_PURPOSE = "events"
#: So many letters tell two cursors of one position apart.
_LOT = 16

_PLACE = """
    UPDATE agreements_eventposition SET position = placed.position FROM (
        SELECT waiting.entry_id AS entry_id,
            %s + ROW_NUMBER() OVER (ORDER BY entry.recorded_at, entry.subject, entry.sequence) AS position
        FROM agreements_eventposition AS waiting
        JOIN agreements_entry AS entry ON entry.id = waiting.entry_id
        WHERE waiting.position IS NULL
    ) AS placed
    WHERE agreements_eventposition.entry_id = placed.entry_id
"""


# ---- positions ----
def place() -> int:
    """Give every committed entry that has no position the next one, in the order of recording; return the last given.

    Entries of one chain keep their order: a later one is committed after the earlier one, and placed after it.
    """
    if EventPosition.objects.filter(position=None).exists():
        with transaction.atomic():
            head, _made = EventHead.objects.select_for_update().get_or_create(pk=_HEAD)
            with connection.cursor() as cursor:
                # Begun when the lock is held: it sees all that the holder before it has placed.
                cursor.execute(_PLACE, [head.last])
                placed = cursor.rowcount
            if placed:
                head.last += placed
                head.save(update_fields=["last"])
    return last()


def last() -> int:
    """Return the last position that is seen; all before it are seen, too."""
    return EventHead.objects.filter(pk=_HEAD).values_list("last", flat=True).first() or 0


# ---- cursors ----
def cursor_of(position: int, *, of_event: bool = False) -> str:
    """Return a position as programs keep it. It is sealed: from positions one could count what is hidden between.

    That of an event is always the same. That of a page is another each time: else who reads an empty page twice would
    see whether something hidden came in between.
    """
    lot = "0" * _LOT if of_event else secrets.token_hex(_LOT // 2)
    return sealed.name(f"{position:019}{lot}", purpose=_PURPOSE)


def position_of(cursor: str) -> int:
    """Return the position of a cursor. Raises sealed.Unreadable for what is none."""
    return int(sealed.named(cursor, purpose=_PURPOSE)[:-_LOT])


# ---- what is asked ----
def of_parties(entries: QuerySet[Entry], codes: Collection[str]) -> QuerySet[Entry]:
    """Keep what concerns parties: agreements in which they take part, meetings with them, their own records."""
    within = Participant.objects.filter(party__code__in=codes)
    met = Meeting.parties.through.objects.filter(party__code__in=codes)
    own = UndisclosedParticipant.objects.filter(pk=OuterRef("subject"), party__code__in=codes)
    return entries.filter(
        Exists(within.filter(agreement=OuterRef("subject")))
        | _of(within)
        | Exists(own)
        | Exists(met.filter(meeting=OuterRef("subject")))
        | Exists(Indicator.objects.filter(pk=OuterRef("subject"), party__code__in=codes))
        | Exists(Party.objects.filter(pk=OuterRef("subject"), code__in=codes))
    )


def in_areas(entries: QuerySet[Entry], codes: Collection[str]) -> QuerySet[Entry]:
    """Keep what concerns agreements in areas, and what has a chain of its own beside theirs."""
    within = Agreement.areas.through.objects.filter(area__code__in=codes)
    return entries.filter(Exists(within.filter(agreement=OuterRef("subject"))) | _of(within))


def of_agreements(entries: QuerySet[Entry], references: Collection[str]) -> QuerySet[Entry]:
    """Keep what concerns agreements, and what has a chain of its own beside theirs."""
    named = Agreement.objects.filter(reference__in=references)
    return entries.filter(Exists(named.filter(pk=OuterRef("subject"))) | _of(named, by="pk"))


#: What has a chain of its own, and belongs to an agreement.
_BESIDE: Sequence[type[Commitment | UndisclosedParticipant]] = (Commitment, UndisclosedParticipant)


def _of(within: QuerySet[Any], *, by: str = "agreement") -> Q:
    """Return the condition that an entry is about a record beside an agreement that stands among others."""
    found = Q()
    for model in _BESIDE:
        rows = model.objects.filter(Exists(within.filter(**{by: OuterRef("agreement")})), pk=OuterRef("subject"))
        found |= Q(Exists(rows))
    return found


#: By what events can be narrowed, beside the moment.
FILTERS = ("kind", "subject", "party", "area", "agreement")


def narrowed(entries: QuerySet[Entry], filters: Mapping[str, Collection[str]]) -> QuerySet[Entry]:
    """Keep what filters of `FILTERS` ask for; several values of one widen it, an empty one narrows nothing."""
    asked = {name: values for name, values in filters.items() if values}
    if kinds := asked.get("kind"):
        entries = entries.filter(kind__in=kinds)
    if subjects := asked.get("subject"):
        entries = entries.filter(subject_kind__in=subjects)
    if parties := asked.get("party"):
        entries = of_parties(entries, parties)
    if areas := asked.get("area"):
        entries = in_areas(entries, areas)
    if agreements := asked.get("agreement"):
        entries = of_agreements(entries, agreements)
    return entries


# ---- reading ----
@dataclass(frozen=True)
class Subject:
    """What an event is about: its kind, its key, the agreement it belongs to, and the name in its address.

    `title` is what it is called in the reader's language, `page` the address of its page.
    """

    kind: SubjectKind
    id: UUID
    agreement: str | None
    name: str
    title: str = ""
    page: str = ""


@dataclass(frozen=True)
class Happening:
    """One event as a reader may know it, at its position."""

    position: int
    entry: Entry
    number: int
    subject: Subject
    event: Event

    @property
    def type(self) -> str:
        """What happened to what: `agreement.step`."""
        return f"{self.entry.subject_kind}.{self.entry.kind}"


@dataclass(frozen=True)
class Page:
    """Some events in their order, the position behind which the next ones are, and whether there are any yet."""

    happenings: list[Happening]
    reached: int
    more: bool


def read(
    user: User,
    *,
    after: int,
    size: int,
    asked: Callable[[QuerySet[Entry]], QuerySet[Entry]] = lambda entries: entries,
) -> Page:
    """Return the events behind a position that the user may see now, at most `size`; `asked` narrows them.

    Where nothing more is to be seen, the position is the last that was given: what is hidden is not looked at again.
    """
    head = place()
    seen = asked(Entry.objects.for_user(user)).filter(event__position__lte=head)
    seen = seen.select_related("text", "event").order_by("event__position")
    kept: list[Entry] = []
    numbers: dict[UUID, int] = {}
    reached, ended = after, False
    while len(kept) <= size and not ended:
        rows = list(seen.filter(event__position__gt=reached)[: size + 1])
        ended = len(rows) <= size
        hidden = changes.hidden(Entry.objects.filter(subject__in={entry.subject for entry in rows}), user)
        kept += [entry for entry in rows if entry.pk not in hidden.keys]
        numbers |= {entry.pk: hidden.number(entry) for entry in rows}
        if rows:
            reached = _position(rows[-1])
    page, more = kept[:size], len(kept) > size
    return Page(_told(page, numbers, user), _position(page[-1]) if more else max(after, head), more)


def _position(entry: Entry) -> int:
    return entry.event.position or 0


def one(user: User, entry: UUID) -> Happening | None:
    """Return the event of an entry as the user may know it now; None where he may not."""
    place()
    return next(iter(of(user, [entry]).values()), None)


def of(user: User, entries: Collection[UUID]) -> dict[UUID, Happening]:
    """Return the events of entries, by their keys, as the user may know them now; without those that he may not.

    A fixed number of queries for any number of entries.
    """
    found = list(Entry.objects.for_user(user).select_related("text", "event").filter(pk__in=entries).order_by("pk"))
    hidden = changes.hidden(Entry.objects.filter(subject__in={row.subject for row in found}), user)
    kept = [row for row in found if row.pk not in hidden.keys]
    told = _told(kept, {row.pk: hidden.number(row) for row in kept}, user)
    return {happening.entry.pk: happening for happening in told}


def within(user: User, level: str) -> User:
    """Return a user as the reader of what leaves Pacta: who sees no more than what may go up to a level."""
    reader = copy.copy(user)
    allowed = Level.up_to(level)
    if reader.access_level not in allowed:
        reader.access_level = allowed[-1]
    reader.shares_within = allowed[-1]
    vars(reader).pop("shared", None)  # read for the user, who may see more than may leave
    return reader


def _told(entries: list[Entry], numbers: dict[UUID, int], user: User) -> list[Happening]:
    if not entries:
        return []
    records = _records(entries, user)
    agreements = [record for record in records.values() if isinstance(record, Agreement)]
    voids = Entry.objects.for_user(user).filter(voids__in=[entry.pk for entry in entries]).select_related("text")
    told = timeline.told(entries, user=user, agreements=agreements, voids=voids)
    return [
        Happening(_position(entry), entry, numbers[entry.pk], _subject(entry, records[entry.subject]), told[entry.pk])
        for entry in entries
        # What was hidden from the user since the entries were read is left out.
        if entry.pk in told and entry.subject in records
    ]


def _records(entries: Iterable[Entry], user: User) -> dict[UUID, Any]:
    """Return the records that entries are about, by key; one query for each kind among them."""
    keys: dict[str, set[UUID]] = {}
    for entry in entries:
        keys.setdefault(entry.subject_kind, set()).add(entry.subject)
    rows: dict[str, Any] = {
        SubjectKind.AGREEMENT: Agreement.objects.select_related("procedure_version"),
        SubjectKind.COMMITMENT: Commitment.objects.select_related("agreement"),
        SubjectKind.UNDISCLOSED: UndisclosedParticipant.objects.select_related("agreement", "party"),
        SubjectKind.MEETING: Meeting.objects.select_related("format"),
        SubjectKind.PARTY: Party.objects,
        SubjectKind.INDICATOR: Indicator.objects.select_related("party"),
    }
    return {
        record.pk: record
        for kind, wanted in keys.items()
        for record in rows[kind].all().for_user(user).filter(pk__in=wanted).order_by("pk")
    }


def _subject(entry: Entry, record: Any) -> Subject:
    kind, title = SubjectKind(entry.subject_kind), str(record)
    match record:
        case Agreement():
            return Subject(kind, record.pk, record.reference, record.reference, title, record.get_absolute_url())
        case Commitment():
            page = reverse("commitment", args=[record.pk])
            return Subject(kind, record.pk, record.agreement.reference, str(record.pk), str(record.agreement), page)
        case UndisclosedParticipant():
            page = reverse("undisclosed", args=[record.pk])
            return Subject(kind, record.pk, record.agreement.reference, str(record.pk), str(record.agreement), page)
        case Party():
            return Subject(kind, record.pk, None, record.code, title, reverse("party", args=[record.code]))
        case Indicator():
            page = reverse("party", args=[record.party.code])
            return Subject(kind, record.pk, None, str(record.pk), str(record.party), page)
    return Subject(kind, record.pk, None, str(record.pk), title, record.get_absolute_url())
