"""Meetings: the one place that writes them. Arranging, changing, confirming, cancelling, holding, and what came of it.

`arrange` and `changing` are what every surface calls; the acts below are their cases. `outcome_to` turns what came of
a point of the agenda into a step or a note of its agreement.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import clock, journal, lifecycle, registers, tasks
from agreements.choices import Level, MeetingStatus, Origin, Precision
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.models import AgendaItem, Agreement, Meeting, Party, User
from agreements.words import Texts

#: Where a meeting may go from each status. A held one goes back only to be corrected; a cancelled one, to be held anew.
MOVES: Mapping[MeetingStatus, tuple[MeetingStatus, ...]] = {
    MeetingStatus.TENTATIVE: (MeetingStatus.CONFIRMED, MeetingStatus.HELD, MeetingStatus.CANCELLED),
    MeetingStatus.CONFIRMED: (MeetingStatus.TENTATIVE, MeetingStatus.HELD, MeetingStatus.CANCELLED),
    MeetingStatus.CANCELLED: (MeetingStatus.TENTATIVE, MeetingStatus.CONFIRMED),
    MeetingStatus.HELD: (MeetingStatus.TENTATIVE, MeetingStatus.CONFIRMED),
}
#: What calendars elsewhere show of a meeting: a change of it is a new version there, with a higher SEQUENCE.
SHOWN = (
    *("format", "rank", "earliest", "latest", "precision", "status", "place", "level", "starts_at", "ends_at"),
    *("time_zone", "parties", "title_en", "title_ru", "title_kk", "counterpart", "counterpart_ru", "counterpart_kk"),
)
#: Years for which a time of day is kept; beyond them no time zone can be applied.
FIRST_YEAR, LAST_YEAR = 1900, 2999

CANCELLED_NOT_HELD = Reason(
    "meeting-cancelled",
    _("A cancelled meeting cannot be held. Confirm it first, if it took place after all."),
    asked="status",
    firm=True,
)
HELD_NOT_CANCELLED = Reason(
    "meeting-held", _("The meeting was held: it cannot be cancelled any more."), asked="status", firm=True
)
NOT_HELD = Reason(
    "meeting-not-held", _("Outcomes are recorded once the meeting was held. Record first that it was."), firm=True
)
OUTCOME_MISSING = Reason("outcome-missing", _("Say in a sentence what came of it."), asked="outcome", firm=True)
NOT_ON_AGENDA = Reason("agreement-unknown", _("There is no such agreement."), asked="agenda", firm=True)
TWICE_ON_AGENDA = Reason("agreement-twice", _("An agreement stands on an agenda once."), asked="agenda", firm=True)


@dataclass(frozen=True)
class Point:
    """A point of an agenda as it is to be: the agreement, what to say, what came of it."""

    agreement: Agreement
    talking_points: str = ""
    outcome: str = ""


# ---- rules ----
def objections(meeting: Meeting, *, was: str = "") -> list[Reason]:
    """Return everything that stands against a meeting as it is to be; `was` is the status it had, if it was there."""
    return [*_moving(meeting, was), *_holding(meeting), *_timing(meeting)]


def moves(meeting: Meeting) -> tuple[MeetingStatus, ...]:
    """Return the statuses to which the meeting may go today."""
    ahead = meeting.on.earliest > clock.today()
    return tuple(status for status in MOVES[MeetingStatus(meeting.status)] if not (ahead and status == "held"))


def _moving(meeting: Meeting, was: str) -> Iterator[Reason]:
    if not was or was == meeting.status or meeting.status in MOVES[MeetingStatus(was)]:
        return
    yield CANCELLED_NOT_HELD if was == MeetingStatus.CANCELLED else HELD_NOT_CANCELLED


def _holding(meeting: Meeting) -> Iterator[Reason]:
    if meeting.status == MeetingStatus.HELD and meeting.on.earliest > clock.today():
        yield Reason(
            "meeting-ahead",
            _("%(date)s is still to come. A meeting was held on a day that has come."),
            {"date": meeting.on},
            asked="on",
            firm=True,
        )


def _timing(meeting: Meeting) -> Iterator[Reason]:
    start, end, zone = meeting.starts_at, meeting.ends_at, meeting.time_zone
    if start is None:
        if end is not None:
            yield Reason("start-missing", _("Give the start of the meeting, too."), asked="starts_at", firm=True)
        return
    if meeting.precision != Precision.DAY:
        yield Reason(
            "time-needs-day",
            _("A time of day needs the very day of the meeting, and “%(date)s” is none."),
            {"date": meeting.on},
            asked="on",
            firm=True,
        )
    elif not FIRST_YEAR <= meeting.earliest.year <= LAST_YEAR:
        yield Reason(
            "time-out-of-range",
            _("A time of day is kept for years from %(first)s to %(last)s."),
            {"first": FIRST_YEAR, "last": LAST_YEAR},
            asked="on",
            firm=True,
        )
    elif zone not in available_timezones():
        yield zone_unknown(zone)
    elif _day(start, zone) != meeting.earliest:
        yield Reason(
            "time-other-day",
            _("By the clocks of %(zone)s, the start is not on %(date)s."),
            {"zone": zone, "date": meeting.on},
            asked="starts_at",
            firm=True,
        )
    if end is not None and end <= start:
        yield Reason("end-before-start", _("The end is not after the start."), asked="ends_at", firm=True)


def _day(moment: datetime, zone: str) -> date | None:
    try:
        return moment.astimezone(ZoneInfo(zone)).date()
    except OverflowError:
        return None


def zone_unknown(zone: str) -> Reason:
    """Return the reason why a name is not that of a time zone."""
    return Reason(
        "zone-unknown",
        _("“%(zone)s” is not a time zone. Write it as Asia/Almaty or Europe/Brussels."),
        {"zone": zone[:60]},
        asked="time_zone",
        firm=True,
    )


def moment(day: date, clock_time: time, zone: str, *, asked: str = "starts_at") -> datetime:
    """Return the moment at which the clocks of a zone show a time on a day, the first of two. Raises Refused."""
    if zone not in available_timezones():
        raise Refused(zone_unknown(zone))
    shown = datetime.combine(day, clock_time)
    try:
        found = shown.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        there = found.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == shown
    except OverflowError:
        there = False
    if not there:
        raise Refused(
            Reason(
                "time-skipped",
                _("The clocks of %(zone)s do not show %(time)s on %(date)s: they are put forward past it."),
                {"zone": zone, "time": f"{clock_time:%H:%M}", "date": FuzzyDate.of_day(day)},
                asked=asked,
                firm=True,
            )
        )
    return found


# ---- writing ----
class Change(registers.Edit):
    """A change of one meeting in the making; counts what calendars elsewhere would show otherwise than before.

    A point of the agenda counts where everybody who sees the meeting may see its agreement: the counter must not tell
    anybody of an agreement that is hidden from him.
    """

    subject: Meeting

    def __init__(self, meeting: Meeting, *, by: User) -> None:
        super().__init__(meeting, by=by)
        kept = Meeting.objects.values_list("feed_sequence", "feed_changed_at").get(pk=meeting.pk)
        meeting.feed_sequence, meeting.feed_changed_at = kept
        self.last_shown = meeting.shown_at

    def finish(self) -> bool:
        """Append the entry and save; return whether anything changed. Raises Refused."""
        meeting, was = self.subject, self.before[0]
        settle(meeting)
        if reasons := objections(meeting, was=was["status"]):
            raise Refused(*reasons)
        changed = super().finish()
        if changed:
            same = self._shown(self.before, was["level"]) == self._shown(journal.snapshot(meeting), meeting.level)
            meeting.feed_sequence += not same
            meeting.feed_changed_at = self.last_shown if same else meeting.changed_at
            meeting.save(update_fields=["feed_sequence", "feed_changed_at"])
        return changed

    @staticmethod
    def _shown(record: tuple[dict[str, Any], dict[str, Any]], level: str) -> list[Any]:
        columns = record[0] | record[1]
        listed = [item["agreement"] for item in columns["agenda"]]
        open_to_all = Agreement.objects.filter(pk__in=listed, level__in=Level.up_to(level))
        seen = {str(key) for key in open_to_all.values_list("pk", flat=True)} if listed else set()
        return [*(columns[name] for name in SHOWN), [key for key in listed if key in seen]]


def settle(meeting: Meeting) -> None:
    """Set what follows from the rest: a time is told by some clocks, the ministry's by default; no time by none."""
    meeting.time_zone = (meeting.time_zone or settings.TIME_ZONE) if meeting.starts_at or meeting.ends_at else ""


@contextmanager
def changing(meeting: Meeting, *, by: User) -> Iterator[Meeting]:
    """Change a meeting inside the block; what changed is journalled and saved when it ends.

    Raises Refused without the right to do so or against the rules, ValidationError for values it cannot hold.
    """
    with transaction.atomic():
        fresh = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
        edit = Change(fresh, by=by)
        yield fresh
        settle(fresh)
        if reasons := objections(fresh, was=edit.before[0]["status"]):
            raise Refused(*reasons)
        registers.validate(fresh)
        edit.finish()


def arrange(
    meeting: Meeting,
    *,
    by: User,
    parties: Sequence[Party] = (),
    agenda: Sequence[Point] = (),
    origin: str = Origin.RECORDED,
) -> Meeting:
    """Insert a new meeting with its participants and its agenda, and open its chain. Raises Refused."""
    with transaction.atomic():
        settle(meeting)
        if reasons := objections(meeting):
            raise Refused(*reasons)
        registers.insert(meeting)
        meeting.parties.set(parties)
        set_agenda(meeting, agenda, by=by)
        registers.created(meeting, by=by, origin=origin, source=meeting.source)
        meeting.feed_changed_at = meeting.changed_at
        meeting.save(update_fields=["feed_changed_at"])
    return meeting


def change(
    meeting: Meeting,
    *,
    by: User,
    parties: Sequence[Party] | None = None,
    agenda: Sequence[Point] | None = None,
    **columns: Any,
) -> Meeting:
    """Change columns, participants or agenda of a meeting and return it fresh. Raises Refused."""
    with changing(meeting, by=by) as fresh:
        for name, value in columns.items():
            setattr(fresh, name, value)
        if parties is not None:
            fresh.parties.set(parties)
        if agenda is not None:
            set_agenda(fresh, agenda, by=by)
    return fresh


def confirm(meeting: Meeting, *, by: User) -> Meeting:
    """Say that the meeting will be held as it stands. Raises Refused."""
    return change(meeting, by=by, status=MeetingStatus.CONFIRMED)


def cancel(meeting: Meeting, *, by: User) -> Meeting:
    """Say that the meeting will not be held; it stays in the calendar, struck out. Raises Refused."""
    return change(meeting, by=by, status=MeetingStatus.CANCELLED)


def held(
    meeting: Meeting,
    *,
    by: User,
    on: FuzzyDate | None = None,
    outcome: str | None = None,
    translations: Texts | None = None,
    outcomes: Mapping[UUID, str] | None = None,
) -> Meeting:
    """Say that the meeting was held, on which day if that was open, and what came of it. Raises Refused.

    `translations` are those of the outcome into Russian and Kazakh, `outcomes` those of points of the agenda, by the
    keys of their agreements; the points themselves stay.
    """
    with changing(meeting, by=by) as fresh:
        fresh.status = MeetingStatus.HELD
        if on is not None and on != fresh.on:
            fresh.on = on
            fresh.starts_at = fresh.ends_at = None  # the times were those of the other day
        if outcome is not None:
            fresh.outcome = outcome
        for language, text in (translations or {}).items():
            setattr(fresh, f"outcome_{language}", text)
        for item in listed(fresh, by):
            if outcomes and item.agreement_id in outcomes:
                item.outcome = outcomes[item.agreement_id]
                _save(item, ["outcome"])
    return fresh


# ---- the agenda ----
def listed(meeting: Meeting, user: User) -> list[AgendaItem]:
    """Return the points of the agenda about agreements that the user may see, in their order."""
    seen = Agreement.objects.for_user(user).kept()
    rows = AgendaItem.objects.filter(meeting=meeting, agreement__in=seen)
    items = list(rows.select_related("agreement__procedure_version").order_by("number", "pk"))
    for item in items:
        item.meeting = meeting
    return items


def set_agenda(meeting: Meeting, points: Sequence[Point], *, by: User) -> None:
    """Make the points that the user sees those given, in their order; points hidden from him keep their places."""
    seen = Agreement.objects.for_user(by).kept()
    wanted = {point.agreement.pk: point for point in points}
    if len(wanted) < len(points):
        raise Refused(TWICE_ON_AGENDA)
    present = list(meeting.agenda.order_by("number", "pk"))
    asked = {item.agreement_id for item in present} | set(wanted)
    visible = set(seen.filter(pk__in=asked).values_list("pk", flat=True)) if asked else set()
    if not visible.issuperset(wanted):
        raise Refused(NOT_ON_AGENDA)
    kept = {item.agreement_id: item for item in present}
    queue, order = list(points), []
    for item in present:
        if item.agreement_id not in visible:
            order.append(item)
        elif queue:
            order.append(_item(meeting, queue.pop(0), kept))
    order += [_item(meeting, point, kept) for point in queue]
    meeting.agenda.filter(agreement__in=visible.difference(wanted)).delete()
    for number, item in enumerate(order, 1):
        item.number = number
        _save(item)


def _item(meeting: Meeting, point: Point, kept: Mapping[UUID, AgendaItem]) -> AgendaItem:
    item = kept.get(point.agreement.pk) or AgendaItem(meeting=meeting, agreement=point.agreement)
    item.talking_points, item.outcome = point.talking_points, point.outcome
    return item


def _save(item: AgendaItem, columns: Sequence[str] | None = None) -> None:
    """Save a point of an agenda. Raises ValidationError for a text that it cannot hold."""
    item.clean_fields(exclude={"meeting", "agreement"})
    item.save(update_fields=columns)


# ---- what came of it ----
def outcome_to(
    item: AgendaItem, *, by: User, outcome: str = "", step: str = "", note: bool = False, task: str = "", **details: Any
) -> AgendaItem:
    """Record what came of a point of the agenda and turn it into a step, a note or a task of its agreement: all or
    nothing.

    The entry has the date and the place of the meeting and cites it; `details` are those of `lifecycle.perform` or
    `lifecycle.note`. `task` says what is to be done; its details are those of `tasks.add`. Without any of the three
    only the outcome is recorded. Raises Refused with every reason.
    """
    with transaction.atomic():
        with changing(item.meeting, by=by) as meeting:
            if meeting.status != MeetingStatus.HELD:
                raise Refused(NOT_HELD)
            point = next((point for point in listed(meeting, by) if point.pk == item.pk), None)
            if point is None:
                raise Refused(NOT_ON_AGENDA)
            point.outcome = outcome or point.outcome
            if not point.outcome.strip():
                raise Refused(OUTCOME_MISSING)
            _save(point, ["outcome"])
        record: Callable[..., None] | None = _as_step if step else _as_note if note else None
        if task:
            tasks.add(point.agreement, task, by=by, **details)
        elif record:
            record(point, by=by, **({"name": step} if step else {}), **(_citation(point) | details))
    return point


def _as_step(point: AgendaItem, *, by: User, name: str, **details: Any) -> None:
    lifecycle.perform(point.agreement, name, on=point.meeting.on, by=by, what=point.outcome, **details)


def _as_note(point: AgendaItem, *, by: User, **details: Any) -> None:
    lifecycle.note(point.agreement, on=point.meeting.on, by=by, what=point.outcome, **details)


def _citation(point: AgendaItem) -> dict[str, str]:
    """Return what an entry says of the meeting: nothing of one that not everybody who reads the entry may see."""
    meeting = point.meeting
    found = {"certainty": meeting.certainty}
    if meeting.level in Level.up_to(point.agreement.level):
        found |= {"place": meeting.place, "source": meeting.title.text}
    return found
