"""Who is told of an event: the events since the last look against all subscriptions, in one pass for a batch.

What it costs depends on the events and on the subscriptions, not on how many agreements there are. What each may see is
asked once for all who see the same: those of one access level without shares.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from agreements import changes, clock, events, tidings
from agreements.choices import EntryKind, Origin, SubjectKind, TaskStatus
from agreements.models import (
    AgendaItem,
    Agreement,
    Commitment,
    Entry,
    Indicator,
    Meeting,
    Notification,
    NotificationHead,
    NotificationWishes,
    Participant,
    SavedView,
    Subscription,
    Task,
    UndisclosedParticipant,
    User,
)
from agreements.models.subscription import with_readers
from agreements.notice_choices import EventGroup, MailState, Pace, WatchKind
from agreements.saved_views import selection_of
from agreements.subscriptions.keeping import usual

_log = logging.getLogger(__name__)
#: So many events are looked at in one step at most, and fewer where that could make more rows: others wait to write.
STEP, ROWS = 1000, 5000
_HEAD = 1


# ---- following the events ----
def follow() -> int:
    """Make the notifications of what happened since the last look; return how many. Several at once do not double."""
    head, made, more = events.place(), 0, True
    while more:
        with transaction.atomic():
            row = NotificationHead.objects.select_for_update().filter(pk=_HEAD).first()
            if row is None or row.reached >= head:  # nobody has ever watched anything, or another was faster
                return made
            running = _running()
            size = max(50, min(STEP, ROWS // max(1, len({one.person_id for one in running}))))
            batch = _batch(row.reached, head, size) if running else []
            found = list(matched(batch, running)) if batch else []
            Notification.objects.bulk_create(found, batch_size=ROWS, ignore_conflicts=True)
            row.reached = (batch[-1].event.position or head) if len(batch) == size else head
            row.save(update_fields=["reached"])
            made, more = made + len(found), row.reached < head
    return made


def _batch(after: int, head: int, size: int) -> list[Entry]:
    rows = Entry.objects.filter(event__position__gt=after, event__position__lte=head)
    return list(rows.select_related("event", "text").order_by("event__position")[:size])


def _running() -> list[Subscription]:
    """Return the subscriptions by which somebody is told, with their persons and what each knows of himself."""
    return list(with_readers(Subscription.objects.running().following()).order_by("person", "pk"))


# ---- what happened, and to what ----
@dataclass
class Happened:
    """Entries of a batch, and to what each belongs; only what somebody watches is read."""

    entries: list[Entry]
    #: The agreements that each entry concerns; a meeting: those on its agenda.
    agreements: dict[UUID, set[UUID]] = field(default_factory=dict)
    parties: dict[UUID, set[UUID]] = field(default_factory=dict)
    areas: dict[UUID, set[Any]] = field(default_factory=dict)
    units: dict[UUID, set[Any]] = field(default_factory=dict)

    @property
    def all_agreements(self) -> set[UUID]:
        """The keys of all agreements concerned."""
        return {key for keys in self.agreements.values() for key in keys}


def _by(rows: Iterable[tuple[UUID, Any]]) -> dict[UUID, set[Any]]:
    found: dict[UUID, set[Any]] = defaultdict(set)
    for key, value in rows:
        found[key].add(value)
    return found


def _subjects(entries: Iterable[Entry], kind: SubjectKind) -> set[UUID]:
    return {entry.subject for entry in entries if entry.subject_kind == kind}


def happened(entries: list[Entry], running: Collection[Subscription]) -> Happened:
    """Return entries with what they belong to; at most nine queries, whatever their number."""
    watched: dict[str, set[Any]] = defaultdict(set)
    for one in running:
        watched[one.what].add(one.person.unit_id if one.what == WatchKind.UNIT else getattr(one, f"{one.what}_id"))
    found = Happened(entries)
    promised, agendas = dict[UUID, UUID](), dict[UUID, set[UUID]]()
    if keys := _subjects(entries, SubjectKind.COMMITMENT):
        promised = dict(Commitment.objects.filter(pk__in=keys).values_list("pk", "agreement"))
    if keys := _subjects(entries, SubjectKind.UNDISCLOSED):
        promised |= dict(UndisclosedParticipant.objects.filter(pk__in=keys).values_list("pk", "agreement"))
    if meetings := _subjects(entries, SubjectKind.MEETING):
        agendas = _by(AgendaItem.objects.filter(meeting__in=meetings).order_by().values_list("meeting", "agreement"))
    for entry in entries:
        match entry.subject_kind:
            case SubjectKind.AGREEMENT:
                found.agreements[entry.pk] = {entry.subject}
            case SubjectKind.COMMITMENT | SubjectKind.UNDISCLOSED if entry.subject in promised:
                found.agreements[entry.pk] = {promised[entry.subject]}
            case SubjectKind.MEETING:
                found.agreements[entry.pk] = agendas.get(entry.subject, set())
    every = found.all_agreements
    if parties := watched[WatchKind.PARTY]:
        rows = Participant.objects.filter(agreement__in=every, party__in=parties).order_by()
        found.parties |= _by(rows.values_list("agreement", "party"))
        through = Meeting.parties.through.objects.filter(meeting__in=meetings, party__in=parties)
        found.parties |= _by(through.values_list("meeting", "party")) if meetings else {}
        found.parties |= {key: {key} for key in _subjects(entries, SubjectKind.PARTY)}
        if figures := _subjects(entries, SubjectKind.INDICATOR):
            found.parties |= _by(Indicator.objects.filter(pk__in=figures).order_by().values_list("pk", "party"))
    if areas := watched[WatchKind.AREA]:
        among = Agreement.areas.through.objects.filter(agreement__in=every, area__in=areas)
        found.areas |= _by(among.values_list("agreement", "area"))
    if units := watched[WatchKind.UNIT] - {None}:
        led = Agreement.objects.filter(pk__in=every, lead_unit__in=units).order_by().values_list("pk", "lead_unit")
        given = Task.objects.filter(agreement__in=every, unit__in=units, status=TaskStatus.OPEN).order_by()
        found.units |= _by([*led, *given.values_list("agreement", "unit")])
    return found


# ---- what each may see ----
@dataclass(frozen=True)
class Seen:
    """What a person may see of a batch: entries, and the agreements that they concern."""

    entries: frozenset[UUID]
    agreements: frozenset[UUID]
    #: Those that are closed, as they were opened by mistake: of them nothing more is told than that.
    closed: frozenset[UUID]

    def tells(self, entry: Entry, what: "Happened", wanted: Collection[UUID]) -> bool:
        """Whether somebody who watches agreements is told of an entry."""
        concerned = what.agreements.get(entry.pk, ())
        shown = [key for key in concerned if key in wanted and key in self.agreements]
        told = entry.kind == EntryKind.VOID or not self.closed.issuperset(shown)
        return bool(shown) and told and entry.pk in self.entries


def _alike(person: User) -> Any:
    """Return the same for all who see the same: by their level alone, or each for himself who holds shares."""
    return person.pk if person.holds_shares else person.access_level


def seen_by(person: User, what: Happened) -> Seen:
    """Return what a person may see now; at most seven queries."""
    keys = [entry.pk for entry in what.entries]
    shown = set(Entry.objects.for_user(person).filter(pk__in=keys).order_by().values_list("pk", flat=True))
    chains = Entry.objects.filter(subject__in={entry.subject for entry in what.entries if entry.pk in shown})
    agreements = Agreement.objects.for_user(person).filter(pk__in=what.all_agreements).order_by()
    closed = dict(agreements.values_list("pk", "is_void"))
    return Seen(
        frozenset(shown - changes.hidden(chains, person).keys),
        frozenset(closed),
        frozenset(key for key, is_void in closed.items() if is_void),
    )


# ---- who is told ----
@dataclass
class Telling:
    """How one person is told of one entry, by all subscriptions that match it together."""

    in_product: bool = False
    due_at: datetime | None = None
    gathered: bool = False

    def add(self, subscription: Subscription, wishes: NotificationWishes, now: datetime) -> None:
        """Take one more subscription into account: the earliest mail counts, and there is one."""
        self.in_product |= subscription.in_product
        if not subscription.by_mail or not subscription.person.email:
            return
        due = tidings.due_at(
            now,
            subscription.pace,
            hour=subscription.hour,
            weekday=subscription.weekday,
            quiet=(wishes.quiet_from, wishes.quiet_until),
        )
        if self.due_at is None or due < self.due_at:
            self.due_at, self.gathered = due, subscription.pace != Pace.IMMEDIATELY


def matched(entries: list[Entry], running: list[Subscription]) -> Iterator[Notification]:
    """Yield the notifications of entries: one for each person who watches one, may see it, and did not write it."""
    # What is taken over from elsewhere is no news.
    news = [entry for entry in entries if entry.origin == Origin.RECORDED]
    if not news or not running:
        return
    what = happened(news, running)
    seen: dict[Any, Seen] = {}
    told: dict[tuple[UUID, UUID], Telling] = {}
    wishes = {
        one.person_id: one for one in NotificationWishes.objects.filter(person__in={s.person_id for s in running})
    }
    persons = {one.person_id: one.person for one in running}
    now = timezone.localtime(clock.now())
    by_key = {entry.pk: entry for entry in news}
    traits = {entry.pk: _traits(entry) for entry in news}
    views: dict[Any, frozenset[UUID]] = {}
    for one in running:
        person = one.person
        person.holds_shares, person.stands_in = one.holds_shares, one.stands_in  # type: ignore[attr-defined]
        group = _alike(person)
        if group not in seen:
            seen[group] = seen_by(person, what)
        asked = wishes.get(person.pk) or usual(person)
        for key in _concerned(one, what, seen[group], views):
            groups, important = traits[key]
            happening = by_key[key]
            if happening.recorded_at < one.since or (happening.actor_id == person.pk and not asked.own_acts):
                continue
            if tidings.wanted(one.groups, one.important_only, of=groups, important=important):
                told.setdefault((person.pk, key), Telling()).add(one, asked, now)
    about = _documents(news)
    for (key, entry), telling in told.items():
        yield _notification(persons[key], by_key[entry], telling, traits[entry][1], what, about)


def _traits(entry: Entry) -> tuple[frozenset[EventGroup], bool]:
    groups = tidings.groups_of(entry.subject_kind, entry.kind, entry.transition)
    return groups, tidings.is_important(entry.subject_kind, entry.kind)


def _concerned(one: Subscription, what: Happened, seen: Seen, views: dict[Any, frozenset[UUID]]) -> Iterator[UUID]:
    """Yield the entries that concern what is watched, as far as both may be seen."""
    wanted: Collection[UUID]
    match one.what:
        case WatchKind.AGREEMENT:
            wanted = {one.agreement_id} if one.agreement_id else ()
        case WatchKind.PARTY:
            yield from _of_party(one.party_id, what, seen)
            return
        case WatchKind.AREA:
            wanted = {key for key, codes in what.areas.items() if one.area_id in codes}
        case WatchKind.UNIT:
            wanted = {key for key, units in what.units.items() if one.person.unit_id in units}
        case _:
            wanted = _in_view(one, what, views)
    if seen.agreements.isdisjoint(wanted):
        return
    yield from (entry.pk for entry in what.entries if seen.tells(entry, what, wanted))


def _of_party(party: UUID | None, what: Happened, seen: Seen) -> Iterator[UUID]:
    """Yield what concerns a party: its own record and figures, agreements in which it takes part, meetings with it."""
    taking = {key for key, parties in what.parties.items() if party in parties}
    for entry in what.entries:
        own = entry.subject in taking and entry.subject_kind != SubjectKind.AGREEMENT
        if (own and entry.pk in seen.entries) or seen.tells(entry, what, taking):
            yield entry.pk


def _in_view(one: Subscription, what: Happened, views: dict[Any, frozenset[UUID]]) -> Collection[UUID]:
    """Return the agreements of the batch that a view shows its watcher; nothing once he no longer sees the view."""
    if one.view is None or not one.view_seen:
        return ()
    key = (one.view_id, one.person_id)
    if key not in views:
        rows = _shown_in(one.view, one.person).filter(pk__in=what.all_agreements).order_by()
        views[key] = frozenset(rows.values_list("pk", flat=True))
    return views[key]


def _shown_in(view: SavedView, person: User) -> Any:
    selection = selection_of(view)
    if getattr(selection, "chosen", {}).get("attention"):  # its filters were changed since it is watched
        return Agreement.objects.none()
    return selection.agreements(person)


# ---- the rows ----
def _documents(entries: Iterable[Entry]) -> Mapping[UUID, UUID]:
    """Return the documents with files that entries are about, or that what they correct or redact is about."""
    kept = list(entries)
    about = {entry.pk: UUID(key) for entry in kept if (key := changes.document_of(entry))}
    farther = {entry.pk: far for entry in kept if entry.pk not in about and (far := changes.target_of(entry))}
    if farther:
        rows = Entry.objects.filter(pk__in=set(farther.values()), kind__in=(EntryKind.DOCUMENT, EntryKind.MARKING))
        found = {row.pk: UUID(key) for row in rows.order_by("pk") if (key := changes.document_of(row))}
        about |= {key: found[other] for key, other in farther.items() if other in found}
    return about


def _notification(
    person: User, entry: Entry, telling: Telling, important: bool, what: Happened, about: Mapping[UUID, UUID]
) -> Notification:
    own = what.agreements.get(entry.pk, set()) if entry.subject_kind != SubjectKind.MEETING else set()
    return Notification(
        person=person,
        entry=entry,
        position=entry.event.position or 0,
        agreement_id=next(iter(own), None),
        document_id=about.get(entry.pk),
        important=important,
        in_product=telling.in_product,
        counted=not _tells_of_others(entry),
        created_at=clock.now(),
        mail=MailState.WAITING if telling.due_at else MailState.NONE,
        due_at=telling.due_at,
        gathered=telling.gathered,
    )


def _tells_of_others(entry: Entry) -> bool:
    """Whether an entry names other agreements, which may be hidden by themselves."""
    if entry.kind == EntryKind.REDACTION:
        return True
    return entry.kind == EntryKind.EDIT and (
        "relations" in json.loads(entry.data).get("changes", {}) or '"agenda"' in entry.text.content
    )
