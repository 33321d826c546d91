"""Dates with a precision: making, writing, comparing."""

from datetime import date, timedelta

import pytest
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from agreements.choices import Precision
from agreements.dates import FuzzyDate, render, render_day

DAY, MONTH, QUARTER, HALF_YEAR, YEAR, UNKNOWN = Precision
LANGUAGES = ("en", "ru", "kk")
REFUSAL = (
    "“{}” is not understood as a date. Write a day (2024-12-28), a month (2012-09), a quarter (2024-Q3), "
    "a half-year (2025-H2), a year (2007), or “unknown”."
)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def day(text):
    return date.fromisoformat(text)


def told(text):
    """A text in which "~" stands for a no-break space."""
    return text.replace("~", "\u00a0")


# ---- making ----
@pytest.mark.parametrize(
    ("precision", "first", "last"),
    [
        (DAY, "2024-08-15", "2024-08-15"),
        (MONTH, "2024-08-01", "2024-08-31"),
        (QUARTER, "2024-07-01", "2024-09-30"),
        (HALF_YEAR, "2024-07-01", "2024-12-31"),
        (YEAR, "2024-01-01", "2024-12-31"),
        (UNKNOWN, "0001-01-01", "9999-12-31"),
    ],
)
def test_period_of_a_day_has_these_bounds(precision, first, last):
    assert FuzzyDate.of(day("2024-08-15"), precision) == FuzzyDate(day(first), day(last), precision)


@pytest.mark.parametrize("month", range(1, 13))
def test_part_of_a_year_begins_in_the_right_month(month):
    quarters = {1: 1, 2: 1, 3: 1, 4: 4, 5: 4, 6: 4, 7: 7, 8: 7, 9: 7, 10: 10, 11: 10, 12: 10}
    inside = date(2023, month, 17)
    assert FuzzyDate.of(inside, "quarter").earliest == date(2023, quarters[month], 1)
    assert FuzzyDate.of(inside, "half_year").earliest == date(2023, 1 if month < 7 else 7, 1)


def test_period_of_no_known_precision_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="decade"):
        FuzzyDate.of(day("2024-08-15"), "decade")


def test_unknown_date_excludes_its_bounds():
    assert FuzzyDate.unknown(after=day("2003-06-05"), before=day("2008-02-21")) == FuzzyDate(
        day("2003-06-06"), day("2008-02-20"), UNKNOWN
    )


# ---- writing ----
MONTH_NAMES = [
    # en, ru of a day, ru alone, kk
    ("January", "января", "январь", "қаңтар"),
    ("February", "февраля", "февраль", "ақпан"),
    ("March", "марта", "март", "наурыз"),
    ("April", "апреля", "апрель", "сәуір"),
    ("May", "мая", "май", "мамыр"),
    ("June", "июня", "июнь", "маусым"),
    ("July", "июля", "июль", "шілде"),
    ("August", "августа", "август", "тамыз"),
    ("September", "сентября", "сентябрь", "қыркүйек"),
    ("October", "октября", "октябрь", "қазан"),
    ("November", "ноября", "ноябрь", "қараша"),
    ("December", "декабря", "декабрь", "желтоқсан"),
]
WRITTEN = [
    ("2024-12-28", "28~December~2024", "28~декабря~2024~года", "2024~жылғы~28~желтоқсан"),
    ("2003-06-05", "5~June~2003", "5~июня~2003~года", "2003~жылғы~5~маусым"),
    ("2012-09", "September~2012", "сентябрь~2012~года", "2012~жылғы~қыркүйек"),
    ("2024-Q1", "first~quarter~of~2024", "I~квартал~2024~года", "2024~жылғы~I~тоқсан"),
    ("2024-Q2", "second~quarter~of~2024", "II~квартал~2024~года", "2024~жылғы~II~тоқсан"),
    ("2024-Q3", "third~quarter~of~2024", "III~квартал~2024~года", "2024~жылғы~III~тоқсан"),
    ("2024-Q4", "fourth~quarter~of~2024", "IV~квартал~2024~года", "2024~жылғы~IV~тоқсан"),
    ("2025-H1", "first~half~of~2025", "первое~полугодие~2025~года", "2025~жылдың~бірінші~жартысы"),
    ("2025-H2", "second~half~of~2025", "второе~полугодие~2025~года", "2025~жылдың~екінші~жартысы"),
    ("2007", "2007", "2007~год", "2007~жыл"),
    ("0001", "0001", "0001~год", "0001~жыл"),
    ("0987-03-01", "1~March~0987", "1~марта~0987~года", "0987~жылғы~1~наурыз"),
    ("9999-12-31", "31~December~9999", "31~декабря~9999~года", "9999~жылғы~31~желтоқсан"),
    ("unknown", "day not known", "день неизвестен", "күні белгісіз"),
    (
        "/2003-06-04",
        "day not known, before 5~June~2003",
        "день неизвестен, до 5~июня~2003~года",
        "күні белгісіз, 2003~жылғы~5~маусым күніне дейін",
    ),
    (
        "2008-02-22/",
        "day not known, after 21~February~2008",
        "день неизвестен, после 21~февраля~2008~года",
        "күні белгісіз, 2008~жылғы~21~ақпан күнінен кейін",
    ),
    (
        "2003-06-06/2008-02-20",
        "a day from 6~June~2003 to 20~February~2008",
        "день в период с 6~июня~2003~года по 20~февраля~2008~года",
        "2003~жылғы~6~маусым – 2008~жылғы~20~ақпан аралығындағы күн",
    ),
    (
        "0001-01-02/9999-12-30",
        "a day from 2~January~0001 to 30~December~9999",
        "день в период с 2~января~0001~года по 30~декабря~9999~года",
        "0001~жылғы~2~қаңтар – 9999~жылғы~30~желтоқсан аралығындағы күн",
    ),
]


@pytest.mark.parametrize(
    ("iso", "language", "words"),
    [(iso, language, text) for iso, *texts in WRITTEN for language, text in zip(LANGUAGES, texts, strict=True)],
)
def test_render_writes_exactly(iso, language, words):
    when = FuzzyDate.parse(iso)
    assert render(when, language) == told(words)
    assert when.render(language) == told(words)
    with translation.override(language):
        assert str(when) == told(words)


@pytest.mark.parametrize("iso", [row[0] for row in WRITTEN])
def test_iso_is_the_shortest_form(iso):
    assert FuzzyDate.parse(iso).iso == iso


@pytest.mark.parametrize("number", range(1, 13))
def test_month_has_its_names(number):
    en, ru_of_day, ru, kk = MONTH_NAMES[number - 1]
    when = FuzzyDate.of(date(2024, number, 7), "month")
    assert [render(when, language) for language in LANGUAGES] == [
        told(f"{en}~2024"),
        told(f"{ru}~2024~года"),
        told(f"2024~жылғы~{kk}"),
    ]
    assert [render_day(date(2024, number, 7), language) for language in LANGUAGES] == [
        told(f"7~{en}~2024"),
        told(f"7~{ru_of_day}~2024~года"),
        told(f"2024~жылғы~7~{kk}"),
    ]


@pytest.mark.parametrize(
    ("language", "words"),
    [("ru-ru", "28~декабря~2024~года"), ("kk-KZ", "2024~жылғы~28~желтоқсан"), ("de", "28~December~2024")],
)
def test_render_takes_regional_codes_and_falls_back_to_english(language, words):
    assert render(FuzzyDate.parse("2024-12-28"), language) == told(words)
    assert render_day(day("2024-12-28"), language) == told(words)


def test_render_without_any_language_is_english():
    with translation.override(None):
        assert str(FuzzyDate.parse("2012-09")) == told("September~2012")
        assert render_day(day("2024-12-28")) == told("28~December~2024")


# ---- laws ----
PERIODS = st.builds(FuzzyDate.of, st.dates(), st.sampled_from([DAY, MONTH, QUARTER, HALF_YEAR, YEAR]))
UNKNOWNS = st.tuples(st.dates() | st.just(date.min), st.dates() | st.just(date.max)).map(
    lambda pair: FuzzyDate(min(pair), max(pair), UNKNOWN)
)
ANY = PERIODS | UNKNOWNS
#: Dates close together, so that they touch and overlap.
NEAR = st.builds(
    FuzzyDate.of, st.dates(day("2023-11-01"), day("2024-03-01")), st.sampled_from([DAY, DAY, MONTH, QUARTER, YEAR])
)


@given(ANY)
@example(FuzzyDate.of(date.min, DAY))
@example(FuzzyDate.of(date.min, YEAR))
@example(FuzzyDate.of(date.max, YEAR))
@example(FuzzyDate(date.min, date.min, UNKNOWN))
@example(FuzzyDate(date.max, date.max, UNKNOWN))
def test_iso_is_read_back_as_the_same_date(when):
    assert FuzzyDate.parse(when.iso) == when


@given(PERIODS, st.sampled_from(LANGUAGES))
def test_words_are_read_back_as_the_same_date(when, language):
    assert FuzzyDate.parse(render(when, language)) == when


@given(PERIODS, st.sampled_from(LANGUAGES))
def test_words_of_a_period_never_break_apart(when, language):
    assert " " not in render(when, language)


@given(ANY, st.sampled_from(LANGUAGES))
def test_words_exist_for_every_date(when, language):
    assert render(when, language).strip()


@given(st.dates(), st.sampled_from([DAY, MONTH, QUARTER, HALF_YEAR, YEAR, UNKNOWN]))
def test_period_contains_its_day_and_is_the_period_of_both_its_ends(inside, precision):
    when = FuzzyDate.of(inside, precision)
    assert when.earliest <= inside <= when.latest
    assert FuzzyDate.of(when.earliest, precision) == when == FuzzyDate.of(when.latest, precision)


@given(NEAR, NEAR)
def test_certainly_before_means_every_day_before_every_day(one, other):
    days = [
        [when.earliest + timedelta(days=n) for n in range((when.latest - when.earliest).days + 1)]
        for when in (one, other)
    ]
    assert one.certainly_before(other) is all(a < b for a in days[0] for b in (days[1][0], days[1][-1]))


@given(ANY)
def test_nothing_is_certainly_before_itself(when):
    assert not when.certainly_before(when)


@given(NEAR, NEAR)
def test_certainly_before_goes_one_way_only(one, other):
    assert not (one.certainly_before(other) and other.certainly_before(one))


@given(NEAR, NEAR, NEAR)
def test_certainly_before_carries_over(a, b, c):
    assert a.certainly_before(c) or not (a.certainly_before(b) and b.certainly_before(c))


@given(NEAR, st.dates(day("2023-01-01"), day("2024-12-31")))
def test_certain_is_possible_and_before_is_by(when, on):
    assert not when.certainly_by(on) or when.possibly_by(on)
    assert when.certainly_before(on) is when.certainly_before(FuzzyDate.of_day(on))
    assert when.certainly_before(on) is when.certainly_by(on - timedelta(days=1))
    assert when.possibly_by(on) is not FuzzyDate.of_day(on).certainly_before(when)


@given(NEAR, st.dates(day("2023-01-01"), day("2024-12-30")))
def test_what_has_happened_stays_so(when, on):
    following = on + timedelta(days=1)
    assert not when.certainly_by(on) or when.certainly_by(following)
    assert not when.possibly_by(on) or when.possibly_by(following)


@pytest.mark.parametrize(
    ("text", "on", "certain", "possible"),
    [
        ("2007-06-01", "2007-05-31", False, False),
        ("2007-06-01", "2007-06-01", True, True),
        ("2007", "2006-12-31", False, False),
        ("2007", "2007-01-01", False, True),
        ("2007", "2007-12-30", False, True),
        ("2007", "2007-12-31", True, True),
        ("before 2003-06-05", "0001-01-01", False, True),
        ("before 2003-06-05", "2003-06-03", False, True),
        ("before 2003-06-05", "2003-06-04", True, True),
        ("after 2008-02-21", "2008-02-21", False, False),
        ("after 2008-02-21", "2008-02-22", False, True),
        ("after 2008-02-21", "9999-12-30", False, True),
        ("after 2008-02-21", "9999-12-31", True, True),
        ("unknown", "2024-12-28", False, True),
    ],
)
def test_day_is_compared_in_two_strengths(text, on, certain, possible):
    when = FuzzyDate.parse(text)
    assert (when.certainly_by(day(on)), when.possibly_by(day(on))) == (certain, possible)


def test_lists_are_ordered_by_first_day_then_by_precision():
    texts = [
        "2007",
        "unknown",
        "2007-01",
        "2007-H1",
        "2006-12-31",
        "2007-Q1",
        "2007-01-01",
        "2007-01-02",
        "/2003-06-04",
    ]
    assert [when.iso for when in sorted(map(FuzzyDate.parse, texts))] == [
        "/2003-06-04",
        "unknown",
        "2006-12-31",
        "2007-01-01",
        "2007-01",
        "2007-Q1",
        "2007-H1",
        "2007",
        "2007-01-02",
    ]


def test_dates_can_be_kept_in_a_set():
    assert len({FuzzyDate.parse("2007"), FuzzyDate.parse("2007 год"), FuzzyDate.parse("2007-01-01")}) == 2
