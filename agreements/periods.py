"""Periods of validity: until when one runs, whether it is renewed, by when notice must be given, what follows it. Pure.

A period that is renewed tacitly goes on by so many years: the next one begins on the day after the last day and ends on
the day before the anniversary of that beginning, so that periods never leave a day between them. They are counted from
the first one, not from each other: what began on 1 March ends on 29 February in a leap year and on 28 February in
others.

Notice is in time that is given "at least M months before the last day of the period": the last day for it lies M months
before that last day, and where that month has no such day it is its last one (31 August and six months: 28 or 29
February). A treaty ends as it says itself (VCLT 54(a)); of one that names no period of notice none is computed, for the
twelve months of VCLT 56(2) are for treaties that say nothing of their end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.translation import ngettext

from agreements.choices import LastDay, Precision
from agreements.dates import FuzzyDate
from agreements.tracks import add_days, add_months

#: So many days ahead of a last day people are reminded of it.
REMINDERS = (180, 90, 30, 7)


@dataclass(frozen=True)
class Validity:
    """What is recorded of an agreement's period: its first and last day, the renewal, and the day of a notice given.

    `since` may be imprecise, as an entry into force may be; without a last day the agreement runs until it is ended.
    """

    since: FuzzyDate | None = None
    until: date | None = None
    renewal_years: int | None = None
    notice_months: int | None = None
    notice: FuzzyDate | None = None


@dataclass(frozen=True)
class Reminder:
    """A day on which people are told that a last day is so many days ahead: the end, or the last one for notice."""

    of: LastDay
    ahead: int
    on: date
    last: date

    @property
    def sentence(self) -> str:
        """Say what it reminds of, and how many days ahead."""
        days = self.ahead
        if self.of == LastDay.NOTICE:
            template = ngettext("Last day for notice in %(days)s day", "Last day for notice in %(days)s days", days)
        else:
            template = ngettext(
                "Period of validity ends in %(days)s day", "Period of validity ends in %(days)s days", days
            )
        return template % {"days": days}


@dataclass(frozen=True)
class Period:
    """The period in which a day lies, or the last one there was.

    `number` counts from 1, so that it was renewed `number - 1` times. `renews_on` is the day on which the next period
    begins, None where there is none; `last_notice` the last day on which notice stops that. `expired`: it has ended, by
    the day that was asked about. `certain` is false where the day of the notice is too vague to say.
    """

    number: int
    first: FuzzyDate | None
    last: date
    renews_on: date | None = None
    last_notice: date | None = None
    expired: bool = False
    certain: bool = True

    def reminders(self) -> Iterator[Reminder]:
        """Yield when people are to be reminded of its end, and of the last day for notice."""
        for of, last in ((LastDay.END, self.last), (LastDay.NOTICE, self.last_notice)):
            if last is not None:
                yield from (Reminder(of, ahead, add_days(last, -ahead), last) for ahead in REMINDERS)

    def next_reminder(self, day: date) -> Reminder | None:
        """Return the first reminder that is due on a day or after it."""
        return min((one for one in self.reminders() if one.on >= day), key=lambda one: one.on, default=None)


def last_day(validity: Validity, number: int) -> date | None:
    """Return the last day of the period with a number; None where no last day is recorded."""
    if validity.until is None or number == 1:
        return validity.until
    # Reckoning leaves the first of all days where it is, as a date that has no beginning: here it is a day like others.
    begins = date(1, 1, 2) if validity.until == date.min else add_days(validity.until, 1)
    anniversary = add_months(begins, 12 * (validity.renewal_years or 0) * (number - 1))
    return add_days(anniversary, -1)


def notice_day(last: date, months: int) -> date:
    """Return the last day on which notice is given at least so many months before a last day."""
    return add_months(last, -months)


def ending(validity: Validity) -> FuzzyDate | None:
    """Return the day on which validity ends for good; None where it has no last day, or is renewed again and again.

    A notice ends it with the first period before the end of which it was in time. One of which the day is not known
    exactly may have been in time or not: then the day lies between two.
    """
    if validity.until is None:
        return None
    if not validity.renewal_years:
        return FuzzyDate.of_day(validity.until)
    if validity.notice is None:
        return None
    early, late = (_ended_by(validity, day) for day in (validity.notice.earliest, validity.notice.latest))
    if early is None:
        return None
    return FuzzyDate.of_span(early, late) if late else FuzzyDate.unknown(after=add_days(early, -1))


def period_on(validity: Validity, day: date) -> Period | None:
    """Return the period in which a day lies; before the first one that, after the end the last one."""
    end, number = ending(validity), _number(validity, day)
    if end is not None and validity.renewal_years:
        # It goes on while it may: what is not certain to have ended has not.
        number = min(number, _number(validity, end.latest))
    last = last_day(validity, number)
    if last is None:
        return None
    before = last_day(validity, number - 1) if number > 1 else None
    renews = bool(validity.renewal_years) and (end is None or last < end.latest) and last != date.max
    return Period(
        number=number,
        first=FuzzyDate.of_day(add_days(before, 1)) if before else validity.since,
        last=last,
        renews_on=add_days(last, 1) if renews else None,
        last_notice=notice_day(last, validity.notice_months) if renews and validity.notice_months else None,
        expired=not renews and day > last,
        certain=end is None or end.precision == Precision.DAY,
    )


def _number(validity: Validity, day: date) -> int:
    """Return the number of the period in which a day lies; without a renewal there is one."""
    if validity.until is None or not validity.renewal_years or day <= validity.until:
        return 1
    # Anniversaries fall on the same day or the one before it: the quotient is right, or too small by one or two.
    number = max(1, (day.year - validity.until.year) // validity.renewal_years - 1)
    while (last := last_day(validity, number)) is not None and last < day:
        number += 1
    return number


def _ended_by(validity: Validity, notice: date) -> date | None:
    """Return the last day of the first period before whose end a notice of that day was in time."""
    if notice == date.max:
        return None
    number = _number(validity, notice)
    while (last := last_day(validity, number)) is not None and last != date.max:
        if notice <= notice_day(last, validity.notice_months or 0):
            return last
        number += 1
    return None


# ---- one instrument after another ----
class Passing(StrEnum):
    """How one instrument passes into the next: with days between them, with days in common, or from one to the next.

    `UNSURE`: the days are too vague to tell.
    """

    GAP = "gap"
    OVERLAP = "overlap"
    JOINED = "joined"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Passage:
    """The days between the last day of an instrument and the first day of the next, or those that they share.

    `since` and `until` are the first and the last of those days, `until` None while no last one is known; `on` is the
    day that was asked about.
    """

    how: Passing
    since: FuzzyDate
    until: FuzzyDate | None
    on: date

    @property
    def ongoing(self) -> bool:
        """Whether it has not come to its end for certain."""
        return self.until is None or self.until.latest >= self.on

    @property
    def days(self) -> int:
        """How many days there are for certain, both ends included; of an ongoing one so far."""
        last = min(self.until.earliest, self.on) if self.until else self.on
        return max(0, (last - self.since.latest).days + 1)

    @property
    def exact(self) -> bool:
        """Whether both ends are known to the day."""
        return all(end is None or end.earliest == end.latest for end in (self.since, self.until))


def passage(last: FuzzyDate | None, first: FuzzyDate | None, on: date) -> Passage | None:
    """Return how an instrument passed into the next by a day; None where nothing can be said yet.

    `last` is the last day of the earlier one, None while it runs without one; `first` the day on which the later one
    took effect, None while it has not, or is not signed. A gap runs from the day after the last one until the day
    before the later one takes effect, an overlap from the day on which that takes effect until the last day.
    """
    begun = first if first is not None and first.possibly_by(on) else None
    if begun is None:
        return Passage(Passing.GAP, shifted(last, 1), None, on) if last is not None and last.latest < on else None
    if last is None:
        return Passage(Passing.OVERLAP, begun, None, on)
    gap = shifted(last, 1)
    if gap.certainly_before(begun):
        return Passage(Passing.GAP, gap, shifted(begun, -1), on)
    if begun.latest <= last.earliest:
        return Passage(Passing.OVERLAP, begun, last, on)
    if gap.earliest == gap.latest == begun.earliest == begun.latest:
        return Passage(Passing.JOINED, begun, begun, on)
    days = sorted((gap.earliest, gap.latest, begun.earliest, begun.latest))
    span = FuzzyDate.of_span(days[0], days[-1])
    return Passage(Passing.UNSURE, span, span, on)


def shifted(when: FuzzyDate, days: int) -> FuzzyDate:
    """Return a date so many days later; a bound that is not known stays so."""
    return FuzzyDate.of_span(add_days(when.earliest, days), add_days(when.latest, days))
