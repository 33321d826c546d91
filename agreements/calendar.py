"""The calendar: what one user may see of what is to happen and when, and where an imprecise date has its place.

Pages and feeds read it through `events_for`. A new kind of event is one more function that is asked there.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Window, prefetch_related_objects
from django.db.models.functions import Length, RowNumber, Substr
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from agreements import clock, periods, tracking
from agreements.choices import (
    Certainty,
    Group,
    LastDay,
    Level,
    MeetingStatus,
    Precision,
    Stage,
    Transition,
)
from agreements.dates import FuzzyDate, render_day
from agreements.models import AgendaItem, Agreement, Meeting, Party, Task, User
from agreements.periods import Reminder
from agreements.selections import CalendarSelection, Selection
from agreements.tracks import add_days
from agreements.words import LANGUAGES, Worded, pick

#: The kinds of events.
MEETING, SIGNING, ENTRY, TASK = "meeting", "signing", "entry-into-force", "task"
VALIDITY, NOTICE, REMINDER = "validity", "notice", "reminder"
KINDS = {
    MEETING: gettext_lazy("Meeting"),
    SIGNING: gettext_lazy("Planned signing"),
    ENTRY: gettext_lazy("Planned entry into force"),
    VALIDITY: gettext_lazy("Valid until"),
    NOTICE: gettext_lazy("Last day for notice"),
    REMINDER: gettext_lazy("Reminder"),
    TASK: gettext_lazy("Task due"),
}
#: From here on the changes of a task are counted, in seconds: RFC 5545 wants a SEQUENCE that grows and is no larger.
_COUNTED_FROM = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class CalendarEvent(ABC):
    """Something with a place in the calendar: a meeting, a date of an agreement, a task that is due.

    `uid` stays with it when it moves; `sequence` and `stamp` grow when what is shown of it changes. `starts_at` is
    None where no time of day is fixed; `address` is the path of its page. What is told of it is worked out when it is
    asked for: of a year most events are only counted.
    """

    uid: str
    kind: str
    on: FuzzyDate
    status: MeetingStatus = MeetingStatus.CONFIRMED
    certainty: Certainty = Certainty.FIRM
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    time_zone: str = ""
    place: str = ""

    @property
    @abstractmethod
    def title(self) -> Worded:
        """What it is called."""

    @property
    @abstractmethod
    def description(self) -> str:
        """What feeds tell of it."""

    @property
    @abstractmethod
    def address(self) -> str:
        """The path of its page."""

    @property
    @abstractmethod
    def level(self) -> Level:
        """How confidential it is."""

    @property
    @abstractmethod
    def sequence(self) -> int:
        """How often it was changed."""

    @property
    @abstractmethod
    def stamp(self) -> datetime:
        """When it was changed last."""

    @property
    def about(self) -> Agreement | None:
        """The agreement that it is a date of."""
        return None

    @property
    def summary(self) -> str:
        """The title; of a date of an agreement, with what it is the date of."""
        return _("%(what)s: %(title)s") % {"what": self.label, "title": self.title.text}

    @property
    def first(self) -> date:
        """The first day that it can be."""
        return self.on.earliest

    @property
    def last(self) -> date:
        """The last day that it can be."""
        return self.on.latest

    @property
    def label(self) -> str:
        """What it is: its kind, or what it says of itself."""
        return self.category

    @property
    def category(self) -> str:
        """What kind of event it is."""
        return str(KINDS[self.kind])

    @property
    def hours(self) -> str:
        """The time of day by the clocks of its zone."""
        return hours(self.starts_at, self.ends_at, self.time_zone)

    @property
    def order(self) -> tuple[date, date, str, str]:
        """The order of a list: by first day, the more precise first, then by time."""
        return (self.on.earliest, self.on.latest, self.starts_at.isoformat() if self.starts_at else "", self.uid)


@dataclass(frozen=True, kw_only=True)
class _MeetingEvent(CalendarEvent):
    """A meeting; what feeds tell of it was read with it, or not at all."""

    meeting: Meeting
    told: str

    @property
    def title(self) -> Worded:
        return self.meeting.title

    @property
    def summary(self) -> str:
        return self.title.text

    @property
    def description(self) -> str:
        return self.told

    @property
    def address(self) -> str:
        return self.meeting.get_absolute_url()

    @property
    def level(self) -> Level:
        return Level(self.meeting.level)

    @property
    def sequence(self) -> int:
        return self.meeting.feed_sequence

    @property
    def stamp(self) -> datetime:
        return self.meeting.shown_at


@dataclass(frozen=True, kw_only=True)
class _DateEvent(CalendarEvent):
    """A date of an agreement; with a reminder, the day on which people are reminded of it."""

    agreement: Agreement
    reminder: Reminder | None = None

    @property
    def about(self) -> Agreement:
        return self.agreement

    @property
    def title(self) -> Worded:
        return self.agreement.short_title

    @property
    def label(self) -> str:
        return self.reminder.sentence if self.reminder else self.category

    @property
    def description(self) -> str:
        return f"{self.agreement.reference}. {self._told()}"

    def _told(self) -> str:
        if self.reminder:
            return _(_REMINDS[self.reminder.of]) % {"day": render_day(self.reminder.last)}
        match self.kind:
            case "validity":
                return _("The last day of validity.")
            case "notice":
                return _("Without notice by this day it is renewed.")
        step = Transition.SIGN if self.kind == SIGNING else Transition.ENTER_INTO_FORCE
        return self.agreement.rules.step_label(step)

    @property
    def address(self) -> str:
        return self.agreement.get_absolute_url()

    @property
    def level(self) -> Level:
        return Level(self.agreement.level)

    @property
    def sequence(self) -> int:
        return self.agreement.version

    @property
    def stamp(self) -> datetime:
        return self.agreement.changed_at


@dataclass(frozen=True, kw_only=True)
class _TaskEvent(CalendarEvent):
    """A task that is due."""

    task: Task

    @property
    def about(self) -> Agreement:
        return self.task.agreement

    @property
    def title(self) -> Worded:
        task = self.task
        named = f"{task.title.text}: {task.party.name.text}" if task.party else task.title.text
        return Worded(f"{named} – {task.agreement.short_title.text}", task.title.language)

    @property
    def description(self) -> str:
        told = (self.task.agreement.reference, pick(self.task.law_texts).text)
        return "\n".join(line for line in told if line)

    @property
    def address(self) -> str:
        return f"{self.task.agreement.get_absolute_url()}#tasks"

    @property
    def level(self) -> Level:
        return Level(self.task.agreement.level)

    @property
    def sequence(self) -> int:
        return int((self.task.changed_at - _COUNTED_FROM).total_seconds())

    @property
    def stamp(self) -> datetime:
        return self.task.changed_at


class Days(NamedTuple):
    """The days of a part of the calendar, both included."""

    first: date
    last: date


class First(NamedTuple):
    """How many of the tasks that are due on known days are read: so many of each part, and on which days those are."""

    number: int
    part: Precision
    days: Collection[date]


# ---- reading ----
def events_for(
    user: User,
    asked: Selection | None = None,
    *,
    within: Days | None = None,
    first: First | None = None,
    described: bool = True,
) -> list[CalendarEvent]:
    """Return what the user may see of the calendar, in order; `within` leaves out what can be on none of the days.

    A fixed number of queries. An unknown day can be any day within its bounds. `described`: what their descriptions are
    made of is read, too.
    """
    selection = asked or CalendarSelection()
    found: list[CalendarEvent] = [
        *_meetings(user, selection, within, described=described),
        *_dates(user, selection, within),
        *_tasks(user, selection, within, first),
    ]
    if within:
        found = [event for event in found if event.first <= within.last and event.last >= within.first]
    if described:
        prefetch_related_objects([event.about for event in found if event.about], "procedure_version")
    return sorted(found, key=lambda event: event.order)


def page_for(
    user: User, asked: Selection, within: Days, *, most: int, part: Precision
) -> tuple[list[CalendarEvent], dict[date, int]]:
    """Return the events of some days as a page shows them, and how many tasks are left out, by the first day of parts.

    Of the tasks that are due on the days of a part - a day, or a month - no more than so many are read: the first ones.
    """
    due = _due_on_a_day(user, asked).filter(due_by__range=within).order_by().values_list("due_by")
    counted: Counter[date] = Counter()
    days = []
    for day, number in sorted(due.annotate(number=Count("pk"))):
        begins = FuzzyDate.of(day, part).earliest
        if counted[begins] < most:
            days.append(day)
        counted[begins] += number
    events = events_for(user, asked, within=within, first=First(most, part, days), described=False)
    return events, {begins: number - most for begins, number in counted.items() if number > most}


def coming(user: User, asked: Selection, today: date, number: int) -> list[CalendarEvent]:
    """Return the first so many events that are to come, in order, those of unknown days behind all others."""
    found = events_for(user, asked, within=Days(today, _reach(user, asked, today, number)), described=False)
    known = [event for event in found if event.on.precision != Precision.UNKNOWN]
    unknown = [event for event in found if event.on.precision == Precision.UNKNOWN]
    return [*known, *unknown][:number]


def _reach(user: User, asked: Selection, today: date, number: int) -> date:
    """Return a day until which there are so many events for certain, so that none after it need be read."""
    ending = asked.agreements(user).filter(renewal_years=None).exclude(stage__in=Stage.of(Group.ENDED))
    sources: Sequence[tuple[Any, str]] = (
        (asked.meetings(user).exclude(precision=Precision.UNKNOWN), "latest"),
        (_due_on_a_day(user, asked), "due_by"),
        (ending, "valid_until"),
    )
    meetings, *others = (
        rows.filter(**{f"{column}__gte": today}).order_by().values(day=F(column)) for rows, column in sources
    )
    days = meetings.union(*others, all=True).order_by("day").values_list("day", flat=True)
    return next(iter(days[number - 1 : number]), date.max)


def meetings_for(user: User, asked: Selection) -> Any:
    """Return the rows of the meetings that are asked for, in the order of the calendar."""
    rows = asked.meetings(user).select_related("format")
    return rows.order_by("earliest", "latest", "starts_at", "pk")


def _meetings(user: User, asked: Selection, within: Days | None, *, described: bool) -> Iterator[CalendarEvent]:
    rows = meetings_for(user, asked)
    if within:
        rows = rows.filter(earliest__lte=within.last, latest__gte=within.first)
    return events_of(_with_agenda(rows, user) if described else rows, described=described)


def _with_agenda(rows: Any, user: User) -> Any:
    """Read with meetings what the user may see of their agendas, and their parties: two more queries."""
    seen = Agreement.objects.for_user(user).kept().order_by().filter(pk=OuterRef("agreement"))
    agenda = AgendaItem.objects.filter(Exists(seen)).select_related("agreement").order_by("number", "pk")
    return rows.prefetch_related(Prefetch("agenda", agenda), Prefetch("parties", Party.objects.order_by("code")))


def events_of(rows: Iterable[Meeting], *, described: bool = False) -> Iterator[CalendarEvent]:
    """Return meetings as events; `described` with their agendas, which must have been read for the user."""
    for meeting in rows:
        yield _MeetingEvent(
            meeting=meeting,
            uid=f"{meeting.pk}@pacta",
            kind=MEETING,
            on=meeting.on,
            status=MeetingStatus(meeting.status),
            told="\n".join(_lines(meeting)) if described else "",
            place=meeting.place,
            certainty=Certainty(meeting.certainty),
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            time_zone=meeting.time_zone,
        )


def _lines(meeting: Meeting) -> Iterator[str]:
    """Say of a meeting what may leave the register: never what is to be said there, nor what came of it."""
    if meeting.format.name.text != meeting.title.text:
        yield meeting.format.name.text
    if meeting.rank:
        yield _("Held at the level of: %(rank)s") % {"rank": meeting.get_rank_display()}
    if counterpart := meeting.counterpart_text.text:
        yield _("With: %(counterpart)s") % {"counterpart": counterpart}
    if parties := [party.name.text for party in meeting.parties.all()]:
        yield _("Participants: %(parties)s") % {"parties": ", ".join(parties)}
    if meeting.starts_at:
        yield _("Time: %(hours)s") % {"hours": hours(meeting.starts_at, meeting.ends_at, meeting.time_zone)}
    if items := list(meeting.agenda.all()):
        yield _("Agenda:")
        for number, item in enumerate(items, 1):
            yield f"{number}. {item.agreement.short_title.text} ({item.agreement.reference})"


#: The dates that an agreement has ahead of it: the column, and the groups of stages in which it stands ahead.
_AHEAD = (
    (SIGNING, "planned_signing", (Group.PREPARING,)),
    (ENTRY, "planned_entry_into_force", (Group.PREPARING, Group.CONCLUDED)),
    (VALIDITY, "valid_until", (Group.PREPARING, Group.CONCLUDED, Group.OPERATIVE)),
    (NOTICE, "valid_until", (Group.OPERATIVE,)),
)


#: What is read of agreements for their dates: not their long texts.
_COLUMNS = (
    *("reference", "stage", "level", "version", "changed_at", "procedure_version", "valid_from", "valid_until"),
    *("renewal_years", "notice_months", "planned_signing", "planned_entry_into_force"),
    *(f"{kind}_{language}" for kind in ("short_title", "title") for language in LANGUAGES),
)


def _dates(user: User, asked: Selection, within: Days | None) -> Iterator[CalendarEvent]:
    """Return the dates that agreements have ahead; what is over, given up or entered by mistake has none."""
    rows = asked.agreements(user).exclude(stage__in=Stage.of(Group.ENDED)).filter(_dated(within))
    found = list(rows.only(*_COLUMNS).order_by("pk"))
    running = tracking.periods_on(found, clock.today())
    for agreement in found:
        period = running.get(agreement.pk)
        # The days of another period are other events, not moved ones.
        turn = f".{period.number}" if period and period.number > 1 else ""
        for kind, column, groups in _AHEAD:
            day = getattr(agreement, column)
            name = kind
            if period and kind in (VALIDITY, NOTICE):
                # What is renewed runs until the last day of its present period.
                day, name = period.last if kind == VALIDITY else period.last_notice, f"{kind}{turn}"
            if within and isinstance(day, date) and not within.first <= day <= within.last:
                continue
            if day and agreement.group in groups:
                yield _date(agreement, kind, day, name)
        if period and agreement.group == Group.OPERATIVE:
            for one in period.reminders():
                if not within or within.first <= one.on <= within.last:
                    yield _date(agreement, REMINDER, one.on, f"{one.of.value}-{one.ahead}{turn}", one)


#: What the days are of which people are reminded.
_REMINDS = {
    LastDay.END: gettext_noop("The last day of validity is %(day)s."),
    LastDay.NOTICE: gettext_noop("Without notice by %(day)s it is renewed."),
}


def _date(
    agreement: Agreement, kind: str, day: date | FuzzyDate, name: str, reminder: Reminder | None = None
) -> CalendarEvent:
    """Return a date of an agreement as an event; `name` tells it from the others of the same agreement."""
    return _DateEvent(
        agreement=agreement,
        reminder=reminder,
        uid=f"{agreement.pk}.{name}@pacta",
        kind=kind,
        on=FuzzyDate.of_day(day) if isinstance(day, date) else day,
        status=MeetingStatus.TENTATIVE if kind in (SIGNING, ENTRY) else MeetingStatus.CONFIRMED,
    )


def _due(user: User, asked: Selection) -> Any:
    """Return the open tasks that are due, each with the length of its due date."""
    return asked.tasks(user).filter(due_by__isnull=False).annotate(length=Length("due"))


#: How a day is told from what is known less exactly, in the ISO form, and in which part of the calendar it is.
_ON_A_DAY = Q(length=len("2024-12-28"))
_PARTS: Mapping[Precision, Any] = {Precision.DAY: F("due"), Precision.MONTH: Substr("due", 1, len("2024-12"))}


def _due_on_a_day(user: User, asked: Selection) -> Any:
    """Return the open tasks that are due on a known day."""
    return _due(user, asked).filter(_ON_A_DAY)


def _tasks(user: User, asked: Selection, within: Days | None, first: First | None) -> Iterator[CalendarEvent]:
    """Return the due dates of open tasks; one that is done, or no longer needed, is no longer there."""
    rows = _due(user, asked)
    if within:
        rows = rows.filter(Q(due_by__lte=within.last) | ~_ON_A_DAY, due_by__gte=within.first)
    if first:
        place = Window(RowNumber(), partition_by=["length", _PARTS[first.part]], order_by=["due_by", "pk"])
        rows = rows.filter(~_ON_A_DAY | Q(due_by__in=first.days)).annotate(place=place)
        rows = rows.filter(~_ON_A_DAY | Q(place__lte=first.number))
    for task in rows.select_related("agreement", "party").order_by("pk"):
        if task.due is not None:
            yield _TaskEvent(task=task, uid=f"{task.pk}@pacta", kind=TASK, on=task.due)


def _dated(within: Days | None) -> Q:
    """Match agreements with a date ahead; of planned dates, which are texts, only the years can be asked for."""
    if within is None or within.last.year > within.first.year + 1:
        return ~Q(planned_signing="") | ~Q(planned_entry_into_force="") | Q(valid_until__isnull=False)
    reminded = add_days(within.last, periods.REMINDERS[0])
    found = Q(valid_until__range=(within.first, reminded)) | Q(renewal_years__isnull=False)
    for column in ("planned_signing", "planned_entry_into_force"):
        found |= Q(**{f"{column}__contains": "/"}) | Q(**{column: "unknown"})
        for year in range(within.first.year, within.last.year + 1):
            found |= Q(**{f"{column}__startswith": f"{year:04}"})
    return found


# ---- places ----
@dataclass
class Band:
    """A part of the calendar with what is known to be in it, but no more exactly."""

    precision: Precision
    days: Days
    events: list[CalendarEvent] = field(default_factory=list)

    @property
    def on(self) -> FuzzyDate:
        """The part as a date of its precision."""
        return FuzzyDate.of(self.days.first, self.precision)


def place(on: FuzzyDate) -> tuple[Precision, Days | None]:
    """Return where a date has its place: its day, month, quarter, half-year or year; an unknown one has none."""
    if on.precision == Precision.UNKNOWN:
        return Precision.UNKNOWN, None
    return on.precision, Days(on.earliest, on.latest)


def bands(first: date, last: date) -> list[Band]:
    """Return the parts of the calendar that hold any of the days: years, half-years, quarters, months, wide to narrow.

    Each wider part comes before the narrower ones within it.
    """
    found: dict[tuple[date, Precision], Band] = {}
    day = first
    while day <= last:
        for precision in (Precision.YEAR, Precision.HALF_YEAR, Precision.QUARTER, Precision.MONTH):
            span = FuzzyDate.of(day, precision)
            found.setdefault((span.earliest, precision), Band(precision, Days(span.earliest, span.latest)))
        month = FuzzyDate.of(day, Precision.MONTH)
        if month.latest == date.max:
            break
        day = month.latest + timedelta(days=1)
    return list(found.values())


def placed(events: Iterable[CalendarEvent], first: date, last: date) -> tuple[list[Band], list[CalendarEvent]]:
    """Put events into the parts of the calendar; a day has its place in its month. Returns the unknown ones apart."""
    parts = bands(first, last)
    at = {(part.precision, part.days): part for part in parts}
    unknown = []
    for event in events:
        precision, days = place(event.on)
        if days is None:
            unknown.append(event)
            continue
        if precision == Precision.DAY:
            month = FuzzyDate.of(days.first, Precision.MONTH)
            precision, days = Precision.MONTH, Days(month.earliest, month.latest)
        if part := at.get((precision, days)):
            part.events.append(event)
    return parts, unknown


# ---- times ----
def hours(start: datetime | None, end: datetime | None, zone: str) -> str:
    """Write the time of day by the clocks of a zone: 10:00–12:00, Europe/Brussels."""
    if start is None:
        return ""
    clocks = ZoneInfo(zone or settings.TIME_ZONE)
    first = start.astimezone(clocks)
    told = f"{first:%H:%M}"
    if end:
        last = end.astimezone(clocks)
        days = (last.date() - first.date()).days
        told += f"–{last:%H:%M}" + (f" (+{days})" if days else "")
    return f"{told}, {clocks.key}"
