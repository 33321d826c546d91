"""Periods in calendar, working and sitting days, and the day on which they end, exact or not."""

from datetime import date

import pytest
from django.utils import translation

from agreements.calendars import (
    BadPeriod,
    Direction,
    NoCalendar,
    NotComputed,
    NotKnown,
    Period,
    Roll,
    Unit,
    deadline,
    load,
    parse,
)
from agreements.choices import Precision
from agreements.dates import FuzzyDate, between
from agreements.entry_into_force import outcome
from tests.rules.calendar_files import CHAMBER

CALENDARS = {**load(), "chamber": parse(CHAMBER, "chamber.toml")}
AFTER, BEFORE = Direction
DAYS, WEEKS, WORKING, SITTING = Unit


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def ends(anchor, period, direction):
    return deadline(FuzzyDate.parse(anchor), period, direction=direction, calendars=CALENDARS)


@pytest.mark.parametrize(
    ("anchor", "period", "direction", "end"),
    [
        # 14 days before a signing on 28 February 2025: the day itself is not counted.
        ("2025-02-28", Period(14, DAYS), BEFORE, "2025-02-14"),
        ("2025-02-28", Period(14, DAYS), AFTER, "2025-03-14"),
        ("2024-02-28", Period(30, DAYS), AFTER, "2024-03-29"),
        ("2025-03-01", Period(1, DAYS), BEFORE, "2025-02-28"),
        ("2025-02-28", Period(2, WEEKS), BEFORE, "2025-02-14"),
        # Calendar days need no calendar, whatever the year.
        ("2031-01-15", Period(14, DAYS), BEFORE, "2031-01-01"),
        # 10 working days before 1 April 2025: 31, 28, 27, 26 March, then over Nauryz 20, 19, 18, 17, 14 and 13 March.
        ("2025-04-01", Period(10, WORKING, "kz"), BEFORE, "2025-03-13"),
        ("2025-03-13", Period(10, WORKING, "kz"), AFTER, "2025-04-01"),
        ("2025-03-20", Period(3, WORKING, "kz"), AFTER, "2025-03-28"),
        ("2025-01-14", Period(21, SITTING, "chamber"), AFTER, "2025-03-04"),
        ("2025-04-23", Period(21, SITTING, "chamber"), BEFORE, "2025-02-20"),
        # 14 days after 8 March 2025 is Saturday 22 March, a day of Nauryz.
        ("2025-03-08", Period(14, DAYS), AFTER, "2025-03-22"),
        ("2025-03-08", Period(14, DAYS, "kz", Roll.NEXT), AFTER, "2025-03-26"),
        ("2025-03-08", Period(14, DAYS, "kz", Roll.PREVIOUS), AFTER, "2025-03-20"),
        ("2025-03-08", Period(2, WEEKS, "kz", Roll.NEXT), AFTER, "2025-03-26"),
        # Backwards it rolls only because it is asked to, and where it is asked to.
        ("2025-04-05", Period(14, DAYS), BEFORE, "2025-03-22"),
        ("2025-04-05", Period(14, DAYS, "kz", Roll.PREVIOUS), BEFORE, "2025-03-20"),
        ("2025-04-05", Period(14, DAYS, "kz", Roll.NEXT), BEFORE, "2025-03-26"),
        ("2025-04-03", Period(14, DAYS, "kz", Roll.PREVIOUS), BEFORE, "2025-03-20"),
        # The day may roll onto one on which a body sits.
        ("2025-03-12", Period(14, DAYS, "chamber", Roll.NEXT), AFTER, "2025-04-08"),
    ],
)
def test_period_ends_on_this_day(anchor, period, direction, end):
    assert ends(anchor, period, direction) == FuzzyDate.of_day(date.fromisoformat(end))


@pytest.mark.parametrize(
    ("anchor", "period", "direction", "end"),
    [
        # Both ends of the month are moved.
        ("2025-02", Period(14, DAYS), BEFORE, FuzzyDate(date(2025, 1, 18), date(2025, 2, 14), Precision.UNKNOWN)),
        ("2025-02", Period(28, DAYS), AFTER, FuzzyDate(date(2025, 3, 1), date(2025, 3, 28), Precision.UNKNOWN)),
        # 28 days before the February of a common year are just not January, 31 days before August are July.
        ("2025-08", Period(31, DAYS), BEFORE, FuzzyDate.of(date(2025, 7, 1), "month")),
        # 3 working days after some day of March 2025: after the 1st (a Saturday) the 5th, after the 31st 3 April.
        (
            "2025-03",
            Period(3, WORKING, "kz"),
            AFTER,
            FuzzyDate(date(2025, 3, 5), date(2025, 4, 3), Precision.UNKNOWN),
        ),
        (
            "2025-03",
            Period(3, WORKING, "kz"),
            BEFORE,
            # Before the 1st: 28, 27, 26 February; before the 31st: 28, 27, 26 March.
            FuzzyDate(date(2025, 2, 26), date(2025, 3, 26), Precision.UNKNOWN),
        ),
        # Two days that are counted to the same one give that very day: nobody sits between.
        ("2025-03-25/2025-04-07", Period(1, SITTING, "chamber"), AFTER, FuzzyDate.of_day(date(2025, 4, 8))),
        ("2025-03-25/2025-04-07", Period(1, SITTING, "chamber"), BEFORE, FuzzyDate.of_day(date(2025, 3, 24))),
        # A bound that is not known stays so.
        (
            "after 2025-03-19",
            Period(1, WORKING, "kz"),
            AFTER,
            FuzzyDate(date(2025, 3, 26), date.max, Precision.UNKNOWN),
        ),
        (
            "before 2025-03-27",
            Period(1, WORKING, "kz"),
            BEFORE,
            FuzzyDate(date.min, date(2025, 3, 20), Precision.UNKNOWN),
        ),
        ("unknown", Period(1, WORKING, "kz"), AFTER, FuzzyDate.unknown()),
        ("unknown", Period(14, DAYS), BEFORE, FuzzyDate.unknown()),
        # Beyond the years of a calendar no day is made up.
        ("9999-12-31", Period(1, DAYS), AFTER, FuzzyDate(date.max, date.max, Precision.UNKNOWN)),
        ("9999-12-31", Period(1, DAYS), BEFORE, FuzzyDate.of_day(date(9999, 12, 30))),
        ("0001-01-01", Period(10**12, WEEKS), BEFORE, FuzzyDate(date.min, date.min, Precision.UNKNOWN)),
    ],
)
def test_imprecise_day_moves_with_both_its_ends(anchor, period, direction, end):
    assert ends(anchor, period, direction) == end


@pytest.mark.parametrize(
    ("anchor", "period", "direction", "sentence"),
    [
        (
            "2025-12-30",
            Period(2, WORKING, "kz"),
            AFTER,
            "It cannot be computed: no working days known after 31 December 2025 in the calendar "
            "“Working days of Kazakhstan (five-day week)”.",
        ),
        (
            "2022-05-04",
            Period(2, WORKING, "kz"),
            BEFORE,
            "It cannot be computed: no working days known before 1 January 2023 in the calendar "
            "“Working days of Kazakhstan (five-day week)”.",
        ),
        # One of the ends can be counted, the other cannot: nothing is guessed.
        (
            "2025",
            Period(21, SITTING, "chamber"),
            AFTER,
            "It cannot be computed: no sitting days known after 30 June 2025 in the calendar “Chamber”.",
        ),
        (
            "2025-12-25",
            Period(14, DAYS, "kz", Roll.NEXT),
            AFTER,
            "It cannot be computed: no working days known after 31 December 2025 in the calendar "
            "“Working days of Kazakhstan (five-day week)”.",
        ),
    ],
)
def test_period_that_leaves_the_calendar_is_refused(anchor, period, direction, sentence):
    with pytest.raises(NotKnown) as refusal:
        ends(anchor, period, direction)
    assert str(refusal.value).replace("\u00a0", " ") == sentence


@pytest.mark.parametrize(
    ("period", "sentence"),
    [
        (Period(21, SITTING, "senate"), "It cannot be computed: there is no calendar “senate”."),
        (Period(14, DAYS, "senate", Roll.NEXT), "It cannot be computed: there is no calendar “senate”."),
        (
            Period(21, SITTING, "kz"),
            "It cannot be computed: the calendar “Working days of Kazakhstan (five-day week)” has working days, not "
            "sitting days.",
        ),
        (
            Period(10, WORKING, "chamber"),
            "It cannot be computed: the calendar “Chamber” has sitting days, not working days.",
        ),
    ],
)
def test_calendar_that_is_not_there_is_named(period, sentence):
    with pytest.raises(NoCalendar) as refusal:
        ends("2025-03-01", period, AFTER)
    assert str(refusal.value) == sentence
    assert isinstance(refusal.value, NotComputed)
    assert refusal.value.code == period.calendar


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ((0, DAYS), "A period is one day or more."),
        ((-3, WORKING, "kz"), "A period is one day or more."),
        ((10, WORKING), "Name the calendar of the working or sitting days."),
        ((10, SITTING), "Name the calendar of the working or sitting days."),
        (
            (10, WORKING, "kz", Roll.NEXT),
            "Working and sitting days never end on a day off: leave out the rule for it.",
        ),
        (
            (14, DAYS, "kz"),
            "Calendar days name a calendar together with the rule for an end on a day off, or neither of them.",
        ),
        (
            (2, WEEKS, "", Roll.NEXT),
            "Calendar days name a calendar together with the rule for an end on a day off, or neither of them.",
        ),
    ],
)
def test_period_whose_parts_do_not_fit_is_refused(parts, sentence):
    with pytest.raises(BadPeriod) as refusal:
        Period(*parts)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("period", "text"),
    [
        (Period(1, DAYS), "1 calendar day"),
        (Period(14, DAYS), "14 calendar days"),
        (Period(2, WEEKS), "2 weeks"),
        (Period(10, WORKING, "kz"), "10 working days"),
        (Period(21, SITTING, "chamber"), "21 sitting days"),
    ],
)
def test_period_is_written_in_words(period, text):
    assert str(period) == text


def test_clauses_and_calendars_join_two_days_in_the_same_way():
    assert outcome.between is between
    assert between(date(2025, 2, 1), date(2025, 2, 28)) == FuzzyDate.of(date(2025, 2, 10), "month")
    assert between(date(2025, 2, 28), date(2025, 2, 1)) == FuzzyDate.of(date(2025, 2, 10), "month")
    assert between(date(2025, 7, 1), date(2025, 12, 31)) == FuzzyDate.of(date(2025, 7, 1), "half_year")
    assert between(None, date(2025, 2, 1)) == FuzzyDate.of_day(date(2025, 2, 1))
    assert between(date(2025, 2, 1), None) == FuzzyDate(date(2025, 2, 1), date.max, Precision.UNKNOWN)
    assert between(None, None) is None
