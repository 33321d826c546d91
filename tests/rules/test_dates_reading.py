"""Dates with a precision: reading what people write."""

from datetime import date, timedelta

import pytest
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from agreements.choices import Precision
from agreements.dates import BadDate, FuzzyDate, parse_day, typed

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


# ---- reading ----
#: How the same date is written, in three languages, and what it means: earliest day, latest day, precision.
READ = [
    (
        ("2024-12-28", "2024-12-28", DAY),
        "2024-12-28",
        "28.12.2024",
        "28/12/2024",
        "28 December 2024",
        "28 december, 2024",
        "28 Dec 2024",
        "28 Dec. 2024",
        "  28   DECEMBER\t2024\n",
        told("28~December~2024"),
        "28 декабря 2024",
        "28 декабря 2024 года",
        "28 декабря 2024 г.",
        "28 декабря 2024г.",
        "December 28, 2024",
        "28 ДЕКАБРЯ 2024 Г",
        "2024 жылғы 28 желтоқсан",
        "28 желтоқсан 2024",
        "28 желтоқсан 2024 ж.",
        "28 Желтоқсан 2024 жыл",
    ),
    (
        ("2003-06-05", "2003-06-05", DAY),
        "2003-06-05",
        "2003-6-5",
        "5.6.2003",
        "05.06.2003",
        "5 June 2003",
        "05 Jun 2003",
        "5 июня 2003 года",
        "2003 жылғы 5 маусым",
    ),
    (("2024-02-29", "2024-02-29", DAY), "2024-02-29", "29.02.2024", "29 февраля 2024 г.", "2024 жылғы 29 ақпан"),
    (
        ("2012-09-01", "2012-09-30", MONTH),
        "2012-09",
        "2012-9",
        "09.2012",
        "9/2012",
        "September 2012",
        "sep 2012",
        "Sept. 2012",
        "сентябрь 2012",
        "Сентябрь 2012 года",
        "сентября 2012 г.",
        "2012 жылғы қыркүйек",
        "қыркүйек 2012",
    ),
    (("2024-02-01", "2024-02-29", MONTH), "2024-02", "February 2024", "февраль 2024 года", "2024 жылғы ақпан"),
    (("2023-02-01", "2023-02-28", MONTH), "2023-02", "Feb 2023", "февраль 2023", "ақпан 2023"),
    (("2024-05-01", "2024-05-31", MONTH), "2024-05", "May 2024", "май 2024", "мая 2024", "мамыр 2024"),
    (
        ("2024-07-01", "2024-09-30", QUARTER),
        "2024-Q3",
        "Q3 2024",
        "2024-q3",
        "2024Q3",
        "third quarter of 2024",
        "the third quarter 2024",
        "3rd quarter of 2024",
        "III quarter 2024",
        "III квартал 2024",
        "III квартал 2024 года",
        "третий квартал 2024 г.",
        "3 квартал 2024",
        "2024 жылғы III тоқсан",
        "2024 жылдың үшінші тоқсаны",
        "2024 жылғы 3 тоқсан",
    ),
    (
        ("2024-01-01", "2024-03-31", QUARTER),
        "2024-Q1",
        "first quarter of 2024",
        "1st quarter 2024",
        "первый квартал 2024",
        "I квартал 2024",
        "2024 жылғы бірінші тоқсан",
    ),
    (
        ("2024-04-01", "2024-06-30", QUARTER),
        "2024-Q2",
        "2nd quarter of 2024",
        "второй квартал 2024 года",
        "2024 жылғы екінші тоқсан",
    ),
    (
        ("2024-10-01", "2024-12-31", QUARTER),
        "2024-Q4",
        "4th quarter of 2024",
        "четвёртый квартал 2024",
        "четвертый квартал 2024",
        "IV квартал 2024 г.",
        "2024 жылғы төртінші тоқсан",
    ),
    (
        ("2025-07-01", "2025-12-31", HALF_YEAR),
        "2025-H2",
        "H2 2025",
        "2025h2",
        "second half of 2025",
        "the second half of 2025",
        "second half-year of 2025",
        "второе полугодие 2025",
        "второе полугодие 2025 года",
        "II полугодие 2025 г.",
        "2025 жылдың екінші жартысы",
        "2025 жылғы II жартыжылдық",
        "2025 жылдың екінші жартыжылдығы",
    ),
    (
        ("2025-01-01", "2025-06-30", HALF_YEAR),
        "2025-H1",
        "first half of 2025",
        "1st half 2025",
        "первое полугодие 2025 года",
        "1 полугодие 2025",
        "2025 жылдың бірінші жартысы",
    ),
    (
        ("2007-01-01", "2007-12-31", YEAR),
        "2007",
        "2007г.",
        "2007 год",
        "2007 года",
        "2007 г.",
        "2007 жыл",
        "2007 жылы",
        "2007 ж.",
    ),
    (
        ("0001-01-01", "9999-12-31", UNKNOWN),
        "unknown",
        "Unknown",
        "not known",
        "day not known",
        "?",
        "неизвестно",
        "день неизвестен",
        "белгісіз",
        "Күні белгісіз",
        told("day~not~known"),
    ),
    (
        ("0001-01-01", "2003-06-04", UNKNOWN),
        "before 2003-06-05",
        "Before 5 June 2003",
        "до 5 июня 2003 года",
        "до 05.06.2003",
        "2003 жылғы 5 маусым күніне дейін",
        "2003-06-05 дейін",
        "/2003-06-04",
    ),
    (
        ("2008-02-22", "9999-12-31", UNKNOWN),
        "after 2008-02-21",
        "after 21 February 2008",
        "после 21 февраля 2008 г.",
        "2008 жылғы 21 ақпан күнінен кейін",
        "2008-02-21 кейін",
        "2008-02-22/",
    ),
    (("0001-01-01", "2006-12-31", UNKNOWN), "before 2007", "до 2007 года", "before 2007-Q1"),
    (("2008-01-01", "9999-12-31", UNKNOWN), "after 2007", "после 2007 г.", "after 2007-H2", "after December 2007"),
    (("2003-06-06", "2008-02-20", UNKNOWN), "2003-06-06/2008-02-20"),
    (("2003-06-06", "2003-06-06", UNKNOWN), "2003-06-06/2003-06-06"),
    (("0001-01-01", "0001-01-01", DAY), "0001-01-01"),
    (("9999-12-31", "9999-12-31", DAY), "9999-12-31", "31 December 9999"),
    (("0001-01-01", "0001-12-31", YEAR), "0001"),
    (("9999-01-01", "9999-12-31", YEAR), "9999"),
    (("9999-12-01", "9999-12-31", MONTH), "9999-12"),
    (("9999-10-01", "9999-12-31", QUARTER), "9999-Q4"),
    (("9999-07-01", "9999-12-31", HALF_YEAR), "9999-H2"),
]


@pytest.mark.parametrize(("meaning", "text"), [(meaning, text) for meaning, *texts in READ for text in texts])
def test_parse_reads_what_people_write(meaning, text):
    found = FuzzyDate.parse(text)
    assert (found.earliest.isoformat(), found.latest.isoformat(), found.precision) == meaning


REFUSED = [
    "",
    " ",
    "soon",
    "/",
    "-",
    "2023-02-29",
    "2024-02-30",
    "2024-13",
    "2024-00",
    "00.2024",
    "13.2024",
    "2024-12-00",
    "0000",
    "0000-01-01",
    "24-12-28",
    "28.12.24",
    "12/28/2024",
    "12345",
    "207",
    "20244",
    "2024-Q0",
    "2024-Q5",
    "2024-H3",
    "third half of 2025",
    "III полугодие 2025",
    "fifth quarter of 2024",
    "V квартал 2024",
    "28 Brumaire 2024",
    "Brumaire 2024",
    "31 June 2024",
    "31 июня 2024",
    "2024 жылғы 31 маусым",
    "²  2024",
    "before",
    "before unknown",
    "after ?",
    "before 0001-01-01",
    "before 0001",
    "after 9999",
    "after 9999-12-31",
    "before before 2007",
    "before after 2007",
    "before " * 3000 + "2007",
    "после " * 3000,
    "2024-02-01/2024-01-31",
    "2007/2008",
    "2003-06-06/2008-02-20/",
    "2024-12-28T10:00",
    "2024-12-28 2024-12-29",
    "100 % of 2024",
    "%(text)s",
]


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:30])
def test_parse_refuses_with_the_text_and_the_forms(text):
    with pytest.raises(BadDate) as refusal:
        FuzzyDate.parse(text)
    assert str(refusal.value) == REFUSAL.format(text)


PIECES = st.sampled_from(
    [
        *(
            "before",
            "after",
            "до",
            "после",
            "дейін",
            "кейін",
            "күніне",
            "first",
            "i",
            "iv",
            "third",
            "2nd",
            "of",
            "the",
        ),
        *(
            "quarter",
            "half",
            "квартал",
            "полугодие",
            "тоқсан",
            "жартысы",
            "жылғы",
            "года",
            "unknown",
            "?",
            "may",
            "мая",
        ),
        *(
            "2024",
            "0000",
            "9999",
            "0001",
            "31",
            "2",
            "00",
            "-",
            "/",
            ".",
            " ",
            " ",
            " ",
            "q",
            "h",
            "q4",
            "h2",
            "²",
            "w01",
        ),
    ]
)


def read(text):
    """The date, or the sentence of the refusal."""
    try:
        return FuzzyDate.parse(text)
    except BadDate as refusal:
        return str(refusal)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=9).map("".join), st.lists(PIECES, max_size=9).map(" ".join)))
@example("before " * 100_000)
@example("/")
def test_parse_reads_or_refuses_and_never_fails(text):
    found = read(text)
    assert found == REFUSAL.format(text) or found == FuzzyDate.parse(found.iso)


def test_date_that_ends_before_it_begins_is_refused():
    with pytest.raises(BadDate, match=r"^The earliest possible day is after the latest one\.$"):
        FuzzyDate(day("2024-02-01"), day("2024-01-31"), UNKNOWN)


@pytest.mark.parametrize("gap", [0, 1])
def test_bounds_without_a_day_between_them_are_refused(gap):
    after = day("2024-02-01")
    with pytest.raises(BadDate, match=r"^The earliest possible day is after the latest one\.$"):
        FuzzyDate.unknown(after=after, before=after + timedelta(days=gap))


@pytest.mark.parametrize("text", ["2024-12-28", "28.12.2024", "28 декабря 2024 года", "2024 жылғы 28 желтоқсан"])
def test_a_day_is_read_as_people_type_it(text):
    assert parse_day(text) == date(2024, 12, 28)


@pytest.mark.parametrize("text", ["", "2024-12", "2024", "31.02.2024", "28/12/2024", "12/28/2024", "soon", "unknown"])
def test_what_is_no_single_day_is_refused(text):
    with pytest.raises(BadDate):
        parse_day(text)


@pytest.mark.parametrize(("language", "text"), [("en", "2024-02-03"), ("ru", "03.02.2024"), ("kk", "03.02.2024")])
def test_a_day_is_typed_as_it_is_read(language, text):
    with translation.override(language):
        assert typed(date(2024, 2, 3)) == text
    assert parse_day(text) == date(2024, 2, 3)
