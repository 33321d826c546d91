"""Calendars: which days count, counting them forwards and backwards, and saying when it cannot be done."""

from datetime import date, timedelta

import pytest
from django.utils import translation

from agreements.calendars import Kind, NotComputed, NotKnown, Roll, Why, parse
from tests.rules.calendar_files import CHAMBER, OFFICE

OFFICE_DAYS = parse(OFFICE, "office.toml")
CHAMBER_DAYS = parse(CHAMBER, "chamber.toml")


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def day(text):
    return date.fromisoformat(text)


def small(known, holidays="", decisions="", weekend='["saturday", "sunday"]'):
    """A calendar of working days for a few days."""
    first, last = known.split()
    head = OFFICE[OFFICE.index("[title]") : OFFICE.index("[[holidays]]")]
    return parse(
        f'code = "small"\nkind = "working"\nknown_from = {first}\nknown_until = {last}\nweekend = {weekend}\n'
        f"{head}\n{holidays}\n{decisions}",
        "small.toml",
    )


def holiday(month_day, moves="true", name="Day"):
    return (
        f'[[holidays]]\nday = "{month_day}"\nmoves = {moves}\n'
        f'name = {{ en = "{name}", ru = "{name}", kk = "{name}" }}\n'
    )


def decision(days):
    return f'[[decisions]]\n{days}\nsource = {{ en = "Order", ru = "Приказ", kk = "Бұйрық" }}\n'


def off(calendar):
    """The days that do not count, as text, without weekends that are nothing else."""
    span = (calendar.known_until - calendar.known_from).days + 1
    days = [calendar.known_from + timedelta(days=number) for number in range(span)]
    return " ".join(
        str(one) for one in days if not calendar.counts(one) and (one.weekday() < 5 or one in calendar.notes)
    )


# ---- which days count ----
@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("2024-01-01", True),  # the first day that is filled in, a Monday
        ("2024-01-06", False),  # a Saturday
        ("2024-05-01", False),  # a holiday
        ("2024-06-16", False),  # a holiday on a Sunday that is not moved
        ("2024-06-17", True),
        ("2024-09-01", False),  # a Sunday, and a holiday until 2024
        ("2025-09-01", False),  # a Monday, and a holiday since 2025
        ("2025-05-02", False),  # off by decision
        ("2025-05-04", True),  # a Sunday that is worked
        ("2025-06-06", False),
        ("2025-12-31", True),  # the last day that is filled in
    ],
)
def test_day_of_the_office_counts_or_not(text, counts):
    assert OFFICE_DAYS.counts(day(text)) is counts


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("2025-01-01", False),
        ("2025-01-13", False),
        ("2025-01-14", True),
        ("2025-01-16", True),
        ("2025-01-17", False),
        ("2025-03-20", True),
        ("2025-03-24", True),  # by decision
        ("2025-03-25", False),  # a Tuesday of the recess
        ("2025-04-08", True),
        ("2025-05-01", False),  # by decision
        ("2025-06-26", True),
        ("2025-06-30", False),
    ],
)
def test_day_of_the_chamber_counts_or_not(text, counts):
    assert CHAMBER_DAYS.counts(day(text)) is counts


def test_chamber_sits_so_often():
    # January 9, February 12, March 9 and the Monday, April 11, May 12, June 12.
    assert len(CHAMBER_DAYS.of_year(2025)) == 66
    assert CHAMBER_DAYS.of_year(2024) == []
    assert CHAMBER_DAYS.days[:4] == (day("2025-01-14"), day("2025-01-15"), day("2025-01-16"), day("2025-01-21"))


def test_calendar_keeps_what_its_file_says():
    assert (OFFICE_DAYS.code, OFFICE_DAYS.kind, OFFICE_DAYS.weekend) == ("office", Kind.WORKING, {5, 6})
    assert (CHAMBER_DAYS.code, CHAMBER_DAYS.kind, CHAMBER_DAYS.weekend) == ("chamber", Kind.SITTING, frozenset())
    assert OFFICE_DAYS.title == {"en": "Office", "ru": "Учреждение", "kk": "Мекеме"}
    assert OFFICE_DAYS.source == {"en": "Rule 1", "ru": "Правило 1", "kk": "1-қағида"}
    assert OFFICE_DAYS.text == OFFICE
    with translation.override("kk"):
        assert str(OFFICE_DAYS) == "Мекеме"


# ---- holidays on a weekend ----
@pytest.mark.parametrize(
    ("known", "holidays", "decisions", "free"),
    [
        # Saturday 9 May 2020: Monday off.
        ("2020-05-01 2020-05-31", holiday("05-09"), "", "2020-05-09 2020-05-11"),
        # Sunday: Monday off.
        ("2021-05-01 2021-05-31", holiday("05-09"), "", "2021-05-09 2021-05-10"),
        # On a working day nothing is moved.
        ("2024-05-01 2024-05-31", holiday("05-09"), "", "2024-05-09"),
        # Nor is a holiday that does not move.
        ("2020-05-01 2020-05-31", holiday("05-09", "false"), "", "2020-05-09"),
        # Saturday and Sunday: Monday and Tuesday off.
        (
            "2025-03-17 2025-03-31",
            holiday("03-22") + holiday("03-23"),
            "",
            "2025-03-22 2025-03-23 2025-03-24 2025-03-25",
        ),
        # Monday is a holiday itself: Tuesday off.
        ("2022-05-01 2022-05-31", holiday("05-07") + holiday("05-09"), "", "2022-05-07 2022-05-09 2022-05-10"),
        # The day that follows is off by decision: the next after it is the working day.
        (
            "2020-05-01 2020-05-31",
            holiday("05-09"),
            decision("off = [2020-05-11]"),
            "2020-05-09 2020-05-11 2020-05-12",
        ),
        # May 2020 in Kazakhstan: 8 May off, and the Monday that stood for Victory Day worked.
        (
            "2020-05-01 2020-05-31",
            holiday("05-07") + holiday("05-09"),
            decision("off = [2020-05-08]\nworking = [2020-05-11]"),
            "2020-05-07 2020-05-08 2020-05-09",
        ),
        # A Saturday that is worked takes no holiday's place.
        ("2021-05-01 2021-05-31", holiday("05-09"), decision("working = [2021-05-15]"), "2021-05-09 2021-05-10"),
        # The last holiday of the year before, on a Saturday, and the first of this on a Sunday: both are moved.
        (
            "2023-01-01 2023-01-31",
            holiday("12-31") + holiday("01-01") + holiday("01-02"),
            "",
            "2023-01-01 2023-01-02 2023-01-03 2023-01-04",
        ),
        # What stands for a holiday after the last day that is filled in is not known yet.
        ("2020-05-01 2020-05-10", holiday("05-09"), "", "2020-05-09"),
        # 29 February is a holiday when there is one.
        ("2023-01-01 2024-12-31", holiday("02-29"), "", "2024-02-29"),
    ],
)  # fmt: skip
def test_holiday_on_a_weekend_gives_the_next_working_day_off(known, holidays, decisions, free):
    assert off(small(known, holidays, decisions)) == free


@pytest.mark.parametrize(
    ("moves", "explained"),
    [
        ("true", "day off for 9 May 2020 (Day); day off for 9 May 2020 (Feast)"),
        ("false", "day off for 9 May 2020 (Day)"),
    ],
)
def test_two_holidays_on_one_weekend_day_give_one_day_off(moves, explained):
    name = '{ en = "Feast", ru = "Праздник", kk = "Мереке" }'
    feast = f"[[movable]]\ndays = [2020-05-09]\nmoves = {moves}\nname = {name}\n"
    calendar = small("2020-05-01 2020-05-31", holiday("05-09") + feast)

    assert off(calendar) == "2020-05-09 2020-05-11"
    assert calendar.explain(day("2020-05-09")) == "Day; Feast"
    assert calendar.explain(day("2020-05-11")).replace("\u00a0", " ") == explained


def test_weekend_is_what_the_file_says():
    calendar = small("2025-01-01 2025-01-31", holiday("01-10"), weekend='["friday"]')

    # Friday 10 January is moved to Saturday.
    assert [one.day for one in calendar.days[:9]] == [1, 2, 4, 5, 6, 7, 8, 9, 12]


def test_decision_goes_before_the_rule():
    calendar = small("2020-05-01 2020-05-31", holiday("05-09"), decision("working = [2020-05-09]"))

    assert calendar.counts(day("2020-05-09"))
    assert not calendar.counts(day("2020-05-11"))


# ---- counting ----
@pytest.mark.parametrize(
    ("start", "number", "end"),
    [
        ("2025-01-14", 1, "2025-01-15"),
        ("2025-01-13", 1, "2025-01-14"),
        ("2024-12-31", 1, "2025-01-14"),
        ("2025-01-14", 21, "2025-03-04"),
        ("2025-02-20", 21, "2025-04-23"),
        ("2025-03-19", 2, "2025-03-24"),
        ("2025-03-20", 3, "2025-04-09"),
        ("2025-03-25", 1, "2025-04-08"),
        ("2025-04-29", 3, "2025-05-07"),
        ("2025-06-19", 3, "2025-06-26"),
    ],
)
def test_sitting_days_after_a_day(start, number, end):
    assert CHAMBER_DAYS.add(day(start), number) == day(end)


@pytest.mark.parametrize(
    ("start", "number", "end"),
    [
        ("2025-01-15", 1, "2025-01-14"),
        ("2025-03-04", 21, "2025-01-14"),
        ("2025-04-23", 21, "2025-02-20"),
        ("2025-05-06", 1, "2025-04-30"),
        ("2025-05-01", 1, "2025-04-30"),
        ("2025-04-08", 1, "2025-03-24"),
        ("2025-04-08", 2, "2025-03-20"),
        ("2025-04-01", 1, "2025-03-24"),
        ("2025-06-30", 1, "2025-06-26"),
        ("2025-07-01", 12, "2025-06-03"),
    ],
)
def test_sitting_days_before_a_day(start, number, end):
    assert CHAMBER_DAYS.before(day(start), number) == day(end)


@pytest.mark.parametrize(
    ("text", "to", "end"),
    [
        ("2025-03-25", Roll.NONE, "2025-03-25"),
        ("2025-03-25", Roll.NEXT, "2025-04-08"),
        ("2025-03-25", Roll.PREVIOUS, "2025-03-24"),
        ("2025-03-24", Roll.NEXT, "2025-03-24"),
        ("2025-03-24", Roll.PREVIOUS, "2025-03-24"),
    ],
)
def test_day_rolls_as_it_is_asked_to(text, to, end):
    assert CHAMBER_DAYS.roll(day(text), to) == day(end)


@pytest.mark.parametrize("number", [0, -1])
@pytest.mark.parametrize("count", [CHAMBER_DAYS.add, CHAMBER_DAYS.before])
def test_days_are_counted_from_one_on(count, number):
    with pytest.raises(ValueError, match=r"^Days are counted from one on\.$"):
        count(day("2025-03-25"), number)


# ---- what is not known ----
AFTER = "It cannot be computed: no sitting days known after 30 June 2025 in the calendar “Chamber”."
BEFORE = "It cannot be computed: no sitting days known before 1 January 2025 in the calendar “Chamber”."


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda calendar: calendar.counts(day("2025-07-01")), AFTER),
        (lambda calendar: calendar.counts(day("2024-12-31")), BEFORE),
        (lambda calendar: calendar.add(day("2025-06-26"), 1), AFTER),
        (lambda calendar: calendar.add(day("2025-06-30"), 1), AFTER),
        (lambda calendar: calendar.add(day("2025-01-13"), 67), AFTER),
        (lambda calendar: calendar.add(day("2026-02-01"), 1), AFTER),
        (lambda calendar: calendar.add(day("2024-12-30"), 1), BEFORE),
        (lambda calendar: calendar.add(date.min, 1), BEFORE),
        (lambda calendar: calendar.add(date.max, 1), AFTER),
        (lambda calendar: calendar.before(day("2025-01-14"), 1), BEFORE),
        (lambda calendar: calendar.before(day("2025-01-01"), 1), BEFORE),
        (lambda calendar: calendar.before(day("2025-07-01"), 67), BEFORE),
        (lambda calendar: calendar.before(day("2024-02-01"), 1), BEFORE),
        (lambda calendar: calendar.before(day("2025-07-02"), 1), AFTER),
        (lambda calendar: calendar.before(date.max, 1), AFTER),
        (lambda calendar: calendar.before(date.min, 1), BEFORE),
        (lambda calendar: calendar.roll(day("2025-06-28"), Roll.NEXT), AFTER),
        (lambda calendar: calendar.roll(day("2025-01-02"), Roll.PREVIOUS), BEFORE),
        (lambda calendar: calendar.roll(day("2025-07-03"), Roll.PREVIOUS), AFTER),
    ],
)
def test_counting_that_leaves_what_is_filled_in_is_refused(ask, sentence):
    with pytest.raises(NotKnown) as refusal:
        ask(CHAMBER_DAYS)

    assert str(refusal.value).replace("\u00a0", " ") == sentence
    assert isinstance(refusal.value, NotComputed)
    assert refusal.value.sentence == str(refusal.value)


def test_refusal_names_calendar_and_day():
    with pytest.raises(NotKnown) as late:
        OFFICE_DAYS.add(day("2025-12-31"), 1)
    with pytest.raises(NotKnown) as early:
        OFFICE_DAYS.before(day("2024-01-01"), 1)

    assert (late.value.calendar, late.value.after, late.value.before) == (OFFICE_DAYS, day("2025-12-31"), None)
    assert (early.value.calendar, early.value.after, early.value.before) == (OFFICE_DAYS, None, day("2024-01-01"))
    assert [str(refusal.value).replace("\u00a0", " ") for refusal in (late, early)] == [
        "It cannot be computed: no working days known after 31 December 2025 in the calendar “Office”.",
        "It cannot be computed: no working days known before 1 January 2024 in the calendar “Office”.",
    ]


def test_refusal_speaks_the_language_in_which_it_is_read():
    with pytest.raises(NotKnown) as refusal:
        OFFICE_DAYS.add(day("2025-12-31"), 1)

    with translation.override("kk"):
        assert "Мекеме" in str(refusal.value)
        assert "2025\u00a0жылғы\u00a031\u00a0желтоқсан" in str(refusal.value)


# ---- why a day is what it is ----
@pytest.mark.parametrize(
    ("calendar", "text", "sentence"),
    [
        (OFFICE_DAYS, "2024-05-01", "May Day"),
        (OFFICE_DAYS, "2024-09-01", "Old Day"),
        (OFFICE_DAYS, "2025-09-01", "New Day"),
        (OFFICE_DAYS, "2025-05-02", "day off by decision: Long weekend (Order 5)"),
        (OFFICE_DAYS, "2025-05-04", "working day by decision: Long weekend (Order 5)"),
        (OFFICE_DAYS, "2025-05-03", ""),
        (CHAMBER_DAYS, "2025-01-14", "sitting day: Winter session"),
        (CHAMBER_DAYS, "2025-04-08", "sitting day"),
        (CHAMBER_DAYS, "2025-06-24", "sitting day"),
        (CHAMBER_DAYS, "2025-05-01", "sitting day; no sitting by decision (Decision 2)"),
        (CHAMBER_DAYS, "2025-03-24", "sitting day by decision (Decision 2)"),
        (CHAMBER_DAYS, "2025-01-13", ""),
    ],
)
def test_day_is_explained(calendar, text, sentence):
    assert calendar.explain(day(text)) == sentence


def test_notes_stand_in_order_and_for_known_days_only():
    assert list(OFFICE_DAYS.notes) == [
        day(text)
        for text in (
            "2024-05-01", "2024-06-16", "2024-09-01",
            "2025-05-01", "2025-05-02", "2025-05-04", "2025-06-06", "2025-09-01",
        )
    ]  # fmt: skip
    assert [note.why for note in OFFICE_DAYS.notes[day("2025-05-02")]] == [Why.DECLARED_OFF]
