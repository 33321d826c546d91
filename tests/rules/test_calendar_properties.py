"""What holds of every calendar, tried on many: counting is one by one, forwards and backwards agree."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from agreements.calendars import Direction, Kind, NotKnown, Period, Roll, Unit, Why, deadline, load, parse
from agreements.calendars.reading import WEEKDAYS
from agreements.choices import Precision
from agreements.dates import FuzzyDate
from tests.rules.calendar_files import CHAMBER, OFFICE

MANY = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FIRST = date(2024, 1, 1)
ONE = timedelta(days=1)
#: Days about the span of the calendars, inside and outside.
anchors = st.dates(date(2023, 11, 1), date(2025, 4, 1))
numbers = st.integers(1, 40)


def rows(table, *lines):
    return "\n".join([f"[[{table}]]", *lines, ""])


def named(text):
    return f'{text} = {{ en = "Day", ru = "День", kk = "Күн" }}'


@st.composite
def offices(draw):
    """A calendar of working days with any weekend, holidays and decisions."""
    last = FIRST + timedelta(days=draw(st.integers(20, 400)))
    weekend = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True))
    holidays = draw(st.lists(st.dates(FIRST, date(2024, 12, 31)), max_size=25, unique=True))
    moves = draw(st.lists(st.booleans(), min_size=25, max_size=25))
    inside = [day for day in holidays if day <= last]
    plain = [
        day
        for number in range((last - FIRST).days + 1)
        if (day := FIRST + timedelta(days=number)) and WEEKDAYS[day.weekday()] not in weekend and day.month > 1
        if not any((day.month, day.day) == (one.month, one.day) for one in holidays)
    ]
    off = draw(st.lists(st.sampled_from(plain), max_size=4, unique=True)) if plain else []
    working = draw(st.lists(st.sampled_from(inside), max_size=3, unique=True)) if inside else []
    head = OFFICE[OFFICE.index("[title]") : OFFICE.index("[[holidays]]")]
    text = f'code = "o"\nkind = "working"\nknown_from = {FIRST}\nknown_until = {last}\nweekend = {weekend}\n{head}'
    for day, moving in zip(holidays, moves, strict=False):
        text += rows("holidays", f'day = "{day:%m-%d}"', f"moves = {str(moving).lower()}", named("name"))
    for word, days in (("off", off), ("working", working)):
        if days:
            text += rows("decisions", f"{word} = [{', '.join(map(str, days))}]", named("source"))
    return parse(text, "o.toml")


@st.composite
def chambers(draw):
    """A calendar of sitting days in sessions of any length."""
    last = FIRST + timedelta(days=draw(st.integers(20, 400)))
    text = CHAMBER[: CHAMBER.index("[[sittings]]")].replace("2025-01-01", str(FIRST)).replace("2025-06-30", str(last))
    bounds = sorted(draw(st.lists(st.dates(FIRST, last), min_size=2, max_size=8, unique=True)))
    for start, end in zip(bounds[::2], bounds[1::2], strict=False):
        weekdays = {WEEKDAYS[start.weekday()], *draw(st.lists(st.sampled_from(WEEKDAYS), max_size=4))}
        text += rows("sittings", f"from = {start}", f"until = {end}", f"weekdays = {sorted(weekdays)}")
    return parse(text, "chamber.toml")


calendars = st.one_of(offices(), chambers(), st.just(load()["kz"]))


def one_by_one(calendar, day, number, step):
    """Count as one does with a finger on the page; leaving the page is NotKnown."""
    while number:
        day += step
        number -= calendar.counts(day)
    return day


def asked(ask, *what):
    """The answer, or that there is none."""
    try:
        return ask(*what)
    except NotKnown as refusal:
        return refusal.calendar.code, refusal.after, refusal.before


@MANY
@given(calendars, anchors, numbers)
def test_counting_is_one_by_one(calendar, day, number):
    assert asked(calendar.add, day, number) == asked(one_by_one, calendar, day, number, ONE)
    assert asked(calendar.before, day, number) == asked(one_by_one, calendar, day, number, -ONE)


@MANY
@given(calendars, anchors, numbers)
def test_there_and_back_is_the_last_day_that_counts(calendar, day, number):
    end = asked(calendar.add, day, number)
    assume(isinstance(end, date))
    back = asked(calendar.before, end, number)

    assert calendar.counts(end)
    assert end > day
    until_day = [one for one in calendar.days if one <= day]
    assert back == (until_day[-1] if until_day else (calendar.code, None, calendar.known_from))


@MANY
@given(calendars, anchors, numbers)
def test_back_and_there_is_the_first_day_that_counts(calendar, day, number):
    start = asked(calendar.before, day, number)
    assume(isinstance(start, date))
    there = asked(calendar.add, start, number)

    assert calendar.counts(start)
    assert start < day
    from_day = [one for one in calendar.days if one >= day]
    assert there == (from_day[0] if from_day else (calendar.code, calendar.known_until, None))


@MANY
@given(calendars, anchors, numbers, numbers)
def test_counting_in_two_goes_is_counting_in_one(calendar, day, number, more):
    halfway = asked(calendar.add, day, number)
    assume(isinstance(halfway, date))

    assert asked(calendar.add, halfway, more) == asked(calendar.add, day, number + more)


@MANY
@given(calendars, anchors, st.integers(0, 60), numbers, st.sampled_from(["add", "before"]))
def test_a_later_day_never_ends_earlier(calendar, day, later, number, way):
    ends = [asked(getattr(calendar, way), one, number) for one in (day, day + timedelta(days=later))]
    assume(all(isinstance(end, date) for end in ends))

    assert ends[0] <= ends[1]


@MANY
@given(calendars, anchors)
def test_rolling_stops_on_the_nearest_day_that_counts(calendar, day):
    assert calendar.roll(day, Roll.NONE) == day
    if isinstance(counted := asked(calendar.counts, day), bool):
        following = asked(calendar.roll, day, Roll.NEXT)
        preceding = asked(calendar.roll, day, Roll.PREVIOUS)
        assert following == (day if counted else asked(one_by_one, calendar, day, 1, ONE))
        assert preceding == (day if counted else asked(one_by_one, calendar, day, 1, -ONE))
    else:
        assert asked(calendar.roll, day, Roll.NEXT) == counted


@MANY
@given(offices())
def test_every_holiday_on_a_weekend_gives_one_other_day_off(calendar):
    moved = [note.instead_of for notes in calendar.notes.values() for note in notes if note.why == Why.MOVED]
    for day, notes in calendar.notes.items():
        reasons = [note.why for note in notes]
        assert calendar.counts(day) == (Why.DECLARED_ON in reasons)
        if Why.MOVED in reasons:
            assert day.weekday() not in calendar.weekend
            assert Why.HOLIDAY not in reasons
            between = [day - ONE * number for number in range(1, (day - notes[0].instead_of).days)]
            # Every day between the holiday and the day off is off by itself.
            assert all(one.weekday() in calendar.weekend or one in calendar.notes for one in between if one >= FIRST)
    assert len(moved) == len(set(moved))


@MANY
@given(calendars, anchors, st.integers(0, 400), numbers, st.sampled_from(Direction), st.booleans())
def test_deadline_of_an_imprecise_day_holds_that_of_every_day_in_it(calendar, day, wide, number, direction, in_days):
    units = {Kind.WORKING: Unit.WORKING_DAYS, Kind.SITTING: Unit.SITTING_DAYS}
    period = Period(number, Unit.CALENDAR_DAYS) if in_days else Period(number, units[calendar.kind], calendar.code)
    known = {calendar.code: calendar}
    anchor = FuzzyDate(day, day + timedelta(days=wide), Precision.UNKNOWN)
    whole = asked(lambda: deadline(anchor, period, direction=direction, calendars=known))
    assume(isinstance(whole, FuzzyDate))
    for one in range(0, wide + 1, 7):
        exact = deadline(FuzzyDate.of_day(day + timedelta(days=one)), period, direction=direction, calendars=known)
        assert exact.precision == Precision.DAY
        assert whole.earliest <= exact.earliest <= whole.latest
    assert whole.earliest == deadline(FuzzyDate.of_day(day), period, direction=direction, calendars=known).earliest


@pytest.mark.parametrize("code", load())
def test_shipped_calendar_is_filled_in_for_whole_years(code):
    calendar = load()[code]

    assert (calendar.known_from.month, calendar.known_from.day) == (1, 1)
    assert (calendar.known_until.month, calendar.known_until.day) == (12, 31)
