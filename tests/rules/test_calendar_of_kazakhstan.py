"""The working days of Kazakhstan: counted by hand, as published, and day by day against another source."""

from collections import Counter
from datetime import date, timedelta

import holidays
import pytest

from agreements.calendars import NotKnown, Roll, Why, load, parse

KZ = load()["kz"]
YEARS = range(2023, 2026)


def day(text):
    return date.fromisoformat(text)


def days_of(first, last):
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def through_2026(**kept):
    """The file as it would be filled in for 2026, with what the library knows of that year."""
    text = KZ.text.replace("known_until = 2025-12-31", "known_until = 2026-12-31")
    text = text.replace("2025-06-06]", "2025-06-06, 2026-05-27]")
    if kept.get("constitution_day"):
        text = text.replace("until = 2025\n", "")
    return parse(text, "kz.toml")


# ---- another source ----
@pytest.fixture(scope="module")
def published():
    return holidays.KZ(years=range(2022, 2028), categories="public", language="en_US")


#: Days of which the two sources say otherwise, each with the reason. There are none.
DIFFERENCES: dict[str, str] = {}


def test_every_day_is_what_the_library_says(published):
    differing = {
        on.isoformat() for on in days_of(KZ.known_from, KZ.known_until) if KZ.counts(on) != published.is_working_day(on)
    }

    assert differing == set(DIFFERENCES)


def test_every_day_of_2026_would_be_what_the_library_says(published):
    calendar = through_2026()

    assert [
        on
        for on in days_of(day("2026-01-01"), day("2026-12-31"))
        if calendar.counts(on) != published.is_working_day(on)
    ] == []


def test_every_day_off_has_the_reason_that_the_library_gives(published):
    def reason(name):
        if "substituted" in name:
            return Why.DECLARED_OFF
        return Why.MOVED if "observed" in name else Why.HOLIDAY

    theirs = {on: {reason(name)} for on, name in published.items() if on.year in YEARS}
    ours = {on: {note.why for note in notes} for on, notes in KZ.notes.items()}
    worked = {on for on, reasons in ours.items() if reasons == {Why.DECLARED_ON}}

    assert {on: reasons for on, reasons in ours.items() if on not in worked} == theirs
    assert worked == {on for on in published.weekend_workdays if on.year in YEARS}


def test_names_are_those_of_the_library():
    theirs = holidays.KZ(years=YEARS, language="kk")
    ours = {
        on: {note.name["kk"].casefold() for note in notes}
        for on, notes in KZ.notes.items()
        if any(note.why == Why.HOLIDAY for note in notes)
    }
    # The library calls the first day of Kurban Ait by the name of the feast.
    renamed = {"құрбан айттың бірінші күні": "құрбан айт"}

    assert {on: {renamed.get(name, name) for name in names} for on, names in ours.items()} == {
        on: {name.casefold() for name in theirs.get_list(on)} for on in ours
    }


# ---- as published by the ministry of labour: days off and working days of a month ----
@pytest.mark.parametrize(
    ("month", "off", "working"),
    [("2025-01", 11, 20), ("2025-06", 10, 20), ("2025-10", 9, 22)],
)
def test_month_has_the_days_that_were_published(month, off, working):
    first = day(f"{month}-01")
    found = Counter(KZ.counts(on) for on in days_of(first, first + timedelta(days=30)) if on.month == first.month)

    assert (found[False], found[True]) == (off, working)


def test_2026_as_planned_before_the_new_constitution_has_the_days_that_were_published():
    # Published in December 2025: 246 working days; then Constitution Day was on 30 August, a Sunday.
    assert len(through_2026(constitution_day=True).of_year(2026)) == 246
    assert len(through_2026().of_year(2026)) == 247


@pytest.mark.parametrize(("year", "number"), [(2023, 246), (2024, 249), (2025, 246)])
def test_year_has_so_many_working_days(year, number):
    # 2023: 260 days from Monday to Friday; of them off 15 (2-3 January, 8 and 21-23 March, 1, 8 and 9 May, 28 June,
    # 6-7 July, 30 August, 25 October, 18 December), one Saturday worked: 260 - 15 + 1 = 246.
    # 2024: 262; off 14 (1-2 January, 8, 21, 22 and 25 March, 1, 7, 8 and 9 May, 8 July, 30 August, 25 October,
    # 16 December), one Saturday worked: 262 - 14 + 1 = 249.
    # 2025: 261; off 16 (1, 2, 3 and 7 January, 10, 21, 24 and 25 March, 1, 7 and 9 May, 6 June, 7 July, 1 September,
    # 27 October, 16 December), one Sunday worked: 261 - 16 + 1 = 246.
    assert len(KZ.of_year(year)) == number


# ---- by hand ----
@pytest.mark.parametrize(
    ("start", "number", "end"),
    [
        # Nauryz 2025: Friday 21 to Sunday 23 March, and for the two days of the weekend Monday 24 and Tuesday 25.
        ("2025-03-19", 1, "2025-03-20"),
        ("2025-03-20", 1, "2025-03-26"),
        ("2025-03-20", 2, "2025-03-27"),
        ("2025-03-22", 1, "2025-03-26"),
        ("2025-03-25", 1, "2025-03-26"),
        ("2025-03-20", 5, "2025-04-01"),
        # 8 March 2025 was a Saturday: Monday 10 March was off.
        ("2025-03-07", 1, "2025-03-11"),
        ("2025-03-07", 10, "2025-03-27"),
        # The New Year of 2025: Sunday 5 January was worked for Friday 3 January, Tuesday 7 January was Christmas.
        ("2024-12-31", 1, "2025-01-05"),
        ("2024-12-31", 2, "2025-01-06"),
        ("2024-12-31", 3, "2025-01-08"),
        # May 2024: Saturday 4 May was worked for Wednesday 8 May.
        ("2024-04-30", 1, "2024-05-02"),
        ("2024-05-03", 1, "2024-05-04"),
        ("2024-05-04", 1, "2024-05-06"),
        ("2024-05-06", 1, "2024-05-10"),
        # Kurban Ait 2024 was a Sunday, and Monday a working day.
        ("2024-06-14", 1, "2024-06-17"),
        # The last day that is known.
        ("2025-12-30", 1, "2025-12-31"),
        ("2025-12-15", 11, "2025-12-31"),
    ],
)
def test_working_days_after_a_day(start, number, end):
    assert KZ.add(day(start), number) == day(end)


@pytest.mark.parametrize(
    ("start", "number", "end"),
    [
        ("2025-03-26", 1, "2025-03-20"),
        ("2025-03-24", 1, "2025-03-20"),
        ("2025-03-27", 2, "2025-03-20"),
        ("2025-01-08", 1, "2025-01-06"),
        ("2025-01-08", 2, "2025-01-05"),
        ("2025-01-08", 3, "2024-12-31"),
        ("2024-05-10", 1, "2024-05-06"),
        ("2024-05-10", 2, "2024-05-04"),
        # Ten working days before the New Year of 2026, with Independence Day on Tuesday 16 December between them.
        ("2026-01-01", 1, "2025-12-31"),
        ("2026-01-01", 12, "2025-12-15"),
        ("2023-01-05", 1, "2023-01-04"),
    ],
)
def test_working_days_before_a_day(start, number, end):
    assert KZ.before(day(start), number) == day(end)


@pytest.mark.parametrize(
    ("text", "to", "end"),
    [
        ("2025-03-22", Roll.NEXT, "2025-03-26"),
        ("2025-03-22", Roll.PREVIOUS, "2025-03-20"),
        ("2025-03-22", Roll.NONE, "2025-03-22"),
        ("2025-01-05", Roll.NEXT, "2025-01-05"),
        ("2025-01-03", Roll.NEXT, "2025-01-05"),
        ("2025-12-31", Roll.NEXT, "2025-12-31"),
    ],
)
def test_day_off_rolls_where_it_is_asked_to(text, to, end):
    assert KZ.roll(day(text), to) == day(end)


def test_new_year_of_2026_is_not_counted_because_it_is_not_filled_in():
    with pytest.raises(NotKnown) as refusal:
        KZ.add(day("2025-12-31"), 1)

    assert str(refusal.value).replace("\u00a0", " ") == (
        "It cannot be computed: no working days known after 31 December 2025 in the calendar "
        "“Working days of Kazakhstan (five-day week)”."
    )
    assert through_2026().add(day("2025-12-31"), 1) == day("2026-01-05")
    assert through_2026().add(day("2025-12-31"), 3) == day("2026-01-08")


def test_what_stands_in_the_file_is_told():
    assert KZ.explain(day("2025-03-22")) == "Nauryz Meiramy"
    assert KZ.explain(day("2025-03-25")).replace("\u00a0", " ") == "day off for 23 March 2025 (Nauryz Meiramy)"
    assert KZ.explain(day("2024-05-04")) == (
        "working day by decision (Order of the Acting Minister of Labour and Social Protection of the Population "
        "of 17 April 2024 No. 109 (G24G0000109))"
    )
    assert KZ.explain(day("2025-03-26")) == ""
