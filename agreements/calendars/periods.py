"""Periods - 14 calendar days, 10 working days, 21 sitting days - and the day on which one ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agreements.calendars.days import Calendar, Kind, NotComputed, Roll
from agreements.choices import Precision
from agreements.dates import FuzzyDate


class Unit(StrEnum):
    """What a period is counted in."""

    CALENDAR_DAYS = "calendar_days"
    WEEKS = "weeks"
    WORKING_DAYS = "working_days"
    SITTING_DAYS = "sitting_days"


class Direction(StrEnum):
    """Whether a period runs on from a day or back from it."""

    AFTER = "after"
    BEFORE = "before"


#: The kind of calendar against which a unit is counted; every day of the others counts.
_AGAINST: Mapping[Unit, Kind] = {Unit.WORKING_DAYS: Kind.WORKING, Unit.SITTING_DAYS: Kind.SITTING}


class BadPeriod(ValueError):
    """The parts of a period do not fit together; the message says which."""


class NoCalendar(NotComputed):
    """A period names a calendar that is not there, or (`found`) one that has other days."""

    def __init__(self, code: str, found: Calendar | None = None) -> None:
        super().__init__(_NO_CALENDAR[found.kind if found else None], code=code, calendar=found)
        self.code, self.found = code, found


_NO_CALENDAR = {
    None: gettext_lazy("It cannot be computed: there is no calendar “%(code)s”."),
    Kind.WORKING: gettext_lazy(
        "It cannot be computed: the calendar “%(calendar)s” has working days, not sitting days."
    ),
    Kind.SITTING: gettext_lazy(
        "It cannot be computed: the calendar “%(calendar)s” has sitting days, not working days."
    ),
}


@dataclass(frozen=True)
class Period:
    """A number of days or weeks; working and sitting days are those of a calendar, named by its code.

    Calendar days and weeks name a calendar only where `roll` asks what happens if they end on a day that does not
    count in it. Raises BadPeriod.
    """

    number: int
    unit: Unit
    calendar: str = ""
    roll: Roll = Roll.NONE

    def __post_init__(self) -> None:
        if self.number < 1:
            raise BadPeriod(_("A period is one day or more."))
        if self.unit in _AGAINST and not self.calendar:
            raise BadPeriod(_("Name the calendar of the working or sitting days."))
        if self.unit in _AGAINST and self.roll != Roll.NONE:
            raise BadPeriod(_("Working and sitting days never end on a day off: leave out the rule for it."))
        if self.unit not in _AGAINST and bool(self.calendar) != (self.roll != Roll.NONE):
            raise BadPeriod(
                _("Calendar days name a calendar together with the rule for an end on a day off, or neither of them.")
            )

    def __str__(self) -> str:
        form = {
            Unit.CALENDAR_DAYS: ngettext("%(number)s calendar day", "%(number)s calendar days", self.number),
            Unit.WEEKS: ngettext("%(number)s week", "%(number)s weeks", self.number),
            Unit.WORKING_DAYS: ngettext("%(number)s working day", "%(number)s working days", self.number),
            Unit.SITTING_DAYS: ngettext("%(number)s sitting day", "%(number)s sitting days", self.number),
        }[self.unit]
        return form % {"number": self.number}

    def calendar_of(self, calendars: Mapping[str, Calendar]) -> Calendar | None:
        """Return the calendar that the period is counted against, None where it needs none. Raises NoCalendar."""
        if not self.calendar:
            return None
        found = calendars.get(self.calendar)
        if found is None:
            raise NoCalendar(self.calendar)
        if _AGAINST.get(self.unit, found.kind) != found.kind:
            raise NoCalendar(self.calendar, found)
        return found


def deadline(
    anchor: FuzzyDate, period: Period, *, direction: Direction, calendars: Mapping[str, Calendar]
) -> FuzzyDate:
    """Return the day on which a period ends that runs on, or back, from a day; the day itself is not counted.

    "At least 14 calendar days before the signing" ends 14 days before it: signing on the 28th, the last day is the
    14th. Of an imprecise anchor the earliest and the latest day are both moved; a bound that is not known stays
    unknown. Raises NotComputed (NotKnown, NoCalendar) where either of them cannot be counted.
    """
    calendar = period.calendar_of(calendars)
    open_ended = anchor.precision == Precision.UNKNOWN
    first, last = (
        day if open_ended and day in (date.min, date.max) else _moved(day, period, direction, calendar)
        for day in (anchor.earliest, anchor.latest)
    )
    if first == date.min or last == date.max:
        return FuzzyDate(first, last, Precision.UNKNOWN)
    return FuzzyDate.of_span(first, last)


def _moved(day: date, period: Period, direction: Direction, calendar: Calendar | None) -> date:
    after = direction == Direction.AFTER
    if calendar and period.unit in _AGAINST:
        return calendar.add(day, period.number) if after else calendar.before(day, period.number)
    try:
        span = timedelta(days=period.number * (7 if period.unit == Unit.WEEKS else 1))
        ended = day + span if after else day - span
    except OverflowError:  # beyond the years that a date can have: as good as never
        return date.max if after else date.min
    return calendar.roll(ended, period.roll) if calendar else ended
