"""Dates as tables write them: what each form says, what is doubtful, which orders a column can have."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.choices import Precision
from agreements.dates import MONTHS, BadDate, FuzzyDate
from agreements.tabular.dating import DateFormat, Order, formats_of, read_date
from tests.shared import EXAMPLES

DMY, MDY, YMD = Order
#: A text, what is read in the order of day, month, year: the date, the act of its letter, "?" where it is doubtful.
READ = [
    # Days, with numbers.
    ("2013-03-25", "2013-03-25"),
    ("2013/03/25", "2013-03-25"),
    ("2013.03.25", "2013-03-25"),
    ("2013-3-5", "2013-03-05"),
    ("20130325", "2013-03-25"),
    ("25.03.2013", "2013-03-25"),
    ("5.3.2013", "2013-03-05"),
    ("25/03/2013", "2013-03-25"),
    ("25-03-2013", "2013-03-25"),
    ("25 03 2013", "2013-03-25"),
    ("25. 03. 2013", "2013-03-25"),
    ("1.1.2000г.", "2000-01-01"),
    ("29.02.2024", "2024-02-29"),
    ("7.II.1992", "1992-02-07"),
    ("7 XII 1992", "1992-12-07"),
    # Days, with words.
    ("25 Mar 2013", "2013-03-25"),
    ("25 MARCH 2013", "2013-03-25"),
    ("25-Mar-2013", "2013-03-25"),
    ("01dec2017", "2017-12-01"),
    ("1DEC2017", "2017-12-01"),
    ("15 Sept. 1999", "1999-09-15"),
    ("March 25, 2013", "2013-03-25"),
    ("Jul 4th, 1776", "1776-07-04"),
    ("25th of March 2013", "2013-03-25"),
    ("the 25th day of March 2013", "2013-03-25"),
    ("Monday, 25 March 2013", "2013-03-25"),
    ("2013 Mar 25", "2013-03-25"),
    ("25 марта 2013 года", "2013-03-25"),
    ("«25» марта 2013 г.", "2013-03-25"),
    ("25 мар. 2013", "2013-03-25"),
    ("2013 жылғы 25 наурыз", "2013-03-25"),
    ("2013 жылғы 25 наурызда", "2013-03-25"),
    ("25 наурыз 2013 ж.", "2013-03-25"),
    ("25. März 2013", "2013-03-25"),
    ("1. Jänner 2013", "2013-01-01"),
    ("25 mars 2013", "2013-03-25"),
    ("1er août 2013", "2013-08-01"),
    ("12 déc. 2013", "2013-12-12"),
    # Less than a day.
    ("2013", "2013"),
    ("2013 г.", "2013"),
    ("2013 жыл", "2013"),
    ("in 2013", "2013"),
    ("2013-03", "2013-03"),
    ("03/2013", "2013-03"),
    ("03.2013", "2013-03"),
    ("3-2013", "2013-03"),
    ("Mar 2013", "2013-03"),
    ("March, 2013", "2013-03"),
    ("сентябрь 2012", "2012-09"),
    ("Q3 2012", "2012-Q3"),
    ("III квартал 2024", "2024-Q3"),
    ("second half of 2025", "2025-H2"),
    ("2012-2013", "2012-01-01/2013-12-31"),
    ("before 2003-06-05", "/2003-06-04"),
    ("unknown", "unknown"),
    # Letters and words for acts.
    ("25 Mar 2013 a", "2013-03-25 accession"),
    ("12 Jan 1999 r", "1999-01-12 ratification"),
    ("12 Jan 1999 A", "1999-01-12 acceptance"),
    ("12 Jan 1999 AA", "1999-01-12 approval"),
    ("12 Jan 1999 c", "1999-01-12 formal_confirmation"),
    ("12 Jan 1999 d", "1999-01-12 succession"),
    ("12 Jan 1999 n", "1999-01-12 notification"),
    ("12 Jan 1999 s", "1999-01-12 signature definitive"),
    ("12 Jan 1999a", "1999-01-12 accession"),
    ("12 Jan 1999 (a)", "1999-01-12 accession"),
    ("1999-01-12 a", "1999-01-12 accession"),
    ("1999 a", "1999 accession"),
    ("12 May 1999 (ratified)", "1999-05-12 ratification"),
    ("12.05.1999 – присоединение", "1999-05-12 accession"),
    ("Ratified 12 May 1999", "1999-05-12 ratification"),
    # What is left out.
    ("25 Mar 2013 1", "2013-03-25"),
    ("25 Mar 2013 1, 2", "2013-03-25"),
    ("25 Mar 2013 a 1, 2", "2013-03-25 accession"),
    ("25 Mar 2013[3]", "2013-03-25"),
    ("2013-03-25*", "2013-03-25"),
    ("2013-03-25T00:00:00Z", "2013-03-25"),
    ("25.03.2013 0:00", "2013-03-25"),
    ("2013-03-25 14:30", "2013-03-25"),
    ("1/1/2000 12:00:00 AM", "2000-01-01"),
    ("\u00a025\u00a0Mar\u00a02013 ", "2013-03-25"),
    # No date.
    ("", ""),
    ("-", ""),
    ("—", ""),
    ("n/a", ""),
    ("бессрочно", ""),
    ("9999-12-31", ""),
    ("31/12/9999", ""),
    ("31.12.9999 23:59", ""),
    ("2999-12-31", ""),
    ("0000-00-00", ""),
    ("00/00/0000", ""),
    # In doubt.
    ("2015-03-02?", "2015-03-02 ?"),
    ("25 Mar 2013 (?)", "2013-03-25 ?"),
    ("[ 7 Feb 2001 ]", "2001-02-07 ?"),
    ("[7 Feb 2001 a]", "2001-02-07 accession ?"),
    ("[ 7 Feb 2001 ] a", "2001-02-07 accession ?"),
    ("(7 Feb 2001)", "2001-02-07 ?"),
    ("c. 1950", "1950 ?"),
    ("около 1950 г.", "1950 ?"),
    ("1950?", "1950 ?"),
    ("early 2013", "2013 ?"),
    ("начало 2013 года", "2013 ?"),
    ("?", "unknown ?"),
    ("25.03.13", "2013-03-25 ?"),
    ("25-Mar-87", "1987-03-25 ?"),
    ("Mar-13", "2013-03 ?"),
    ("1900-01-01", "1900-01-01 ?"),
    ("12.05.2009 Париж", "2009-05-12 ?"),
    ("г. Париж, 12 мая 2009 года", "2009-05-12 ?"),
    ("Done at Vienna, 23 May 1969", "1969-05-23 ?"),
    ("24-25 June 2024", "2024-06-24/2024-06-25 ?"),
    ("24–25 июня 2024 г.", "2024-06-24/2024-06-25 ?"),
]


def told(cell, fmt=DateFormat()):  # noqa: B008
    read = read_date(cell, fmt)
    parts = [read.date.iso if read.date else "", read.action, read.manner, "?" if read.doubtful else ""]
    assert read.note or not read.doubtful, cell
    return " ".join(filter(None, parts))


@pytest.mark.parametrize(("text", "expected"), READ)
def test_forms(text, expected):
    assert told(text) == expected


@pytest.mark.parametrize("text", [text for text, expected in READ if expected and "-" in expected[:5]])
def test_a_form_with_the_day_in_words_or_the_year_first_is_the_same_in_every_order(text):
    """An order changes what is read only where the numbers of day and month stand side by side."""
    readings = set()
    for order in Order:
        try:
            readings.add(told(text, DateFormat(order)))
        except BadDate:
            readings.add("bad")
    assert len(readings) == 1 or text[:2].isdigit() or text[1] in "./-", readings


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("03/04/2013", DMY, "2013-04-03"),
        ("03/04/2013", MDY, "2013-03-04"),
        ("03/25/2013", MDY, "2013-03-25"),
        ("3/4/13", DMY, "2013-04-03 ?"),
        ("3/4/13", MDY, "2013-03-04 ?"),
        ("13/4/3", YMD, "2013-04-03 ?"),
        ("2013/04/03", MDY, "2013-04-03"),
        ("03/03/2013", YMD, "2013-03-03"),
    ],
)
def test_orders(text, order, expected):
    assert told(text, DateFormat(order)) == expected


@pytest.mark.parametrize(
    ("text", "order"),
    [
        *(
            (text, DMY)
            for text in (
                "03/25/2013",
                "31 Feb 2013",
                "29.02.2023",
                "2013-13-01",
                "2012-02-30",
                "32/01/99",
                "20131301",
                "1 May 1990 and 3 May 1991",
                "2012-06-26; 2013-01-01",
                "19 May",
                "May",
                "hello",
                "199",
                "12345",
                "5 March 20133",
                "12 Jan 1999 q",
                "2013-2012",
                "in force",
                "115-2",
                "https://example.org/2012/03/04",
                "x" * 5000,
                "2012 " * 50,
                "Article 5, 12 May 1999",
                "25-24 June 2024",
            )
        ),
        ("25/03/2013", MDY),
        ("03/04/2013", YMD),
    ],
)
def test_what_is_no_date_is_refused_with_a_sentence(text, order):
    with pytest.raises(BadDate, match=r"is not understood as a date|is not known"):
        read_date(text, DateFormat(order))


@pytest.mark.parametrize(
    ("cell", "fmt", "expected"),
    [
        (date(2013, 3, 25), DateFormat(), "2013-03-25"),
        (datetime(2013, 3, 25), DateFormat(), "2013-03-25"),
        (datetime(2013, 3, 25, 14, 30), DateFormat(), "2013-03-25"),
        (date(9999, 12, 31), DateFormat(), ""),
        (2013, DateFormat(), "2013"),
        (20130325, DateFormat(), "2013-03-25"),
        (41358, DateFormat(serials=True), "2013-03-25"),
        (Decimal("41358.5"), DateFormat(serials=True), "2013-03-25"),
        ("41358", DateFormat(serials=True), "2013-03-25"),
        (61, DateFormat(serials=True), "1900-03-01"),
        (59, DateFormat(serials=True), "1900-02-28"),
        (None, DateFormat(), ""),
    ],
)
def test_cells_of_workbooks(cell, fmt, expected):
    assert told(cell, fmt) == expected


@pytest.mark.parametrize("cell", [60, 0, -3, 3_000_000])
def test_numbers_that_are_no_days_of_a_spreadsheet(cell):
    """It counts a 29 February 1900 that there was not."""
    with pytest.raises(BadDate):
        read_date(cell, DateFormat(serials=True))


def test_letters_mean_nothing_where_the_format_says_so():
    with pytest.raises(BadDate):
        read_date("12 Jan 1999 a", DateFormat(letters=False))
    assert told("12 Jan 1999", DateFormat(letters=False)) == "1999-01-12"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("25 Mar 2013 a 1, 2", "A footnote mark was left out: “1, 2”."),
        ("2013-03-25 14:30", "The time of day (14:30) is left out."),
        ("9999-12-31", "“9999-12-31” stands for no date: it is left open."),
        ("2015-03-02?", "The date is marked as doubtful: “2015-03-02?”."),
        ("[ 7 Feb 2001 ]", "The date stands in brackets: “[ 7 Feb 2001 ]”."),
        ("25.03.13", "The year has two digits: “25.03.13” is read as 2013."),
        ("Mar-13", "“Mar-13” can be a day of a month or a month of a year; it is read as the month."),
        ("25 Mar 2013", ""),
        ("1/1/2000 12:00:00 AM", ""),
    ],
)
def test_notes(text, note):
    assert read_date(text).note == note


# ---- columns ----
@pytest.mark.parametrize(
    ("values", "fitting", "ambiguous", "serials"),
    [
        (["25/03/2013", "01/02/2013"], [DMY], False, False),
        (["03/25/2013", "01/02/2013"], [MDY], False, False),
        (["01/02/2013", "03/04/2014"], [DMY, MDY], True, False),
        (["01/01/2013", "03/03/2014"], [DMY, MDY, YMD], False, False),
        (["01.02.2013", "03.04.2014"], [DMY, MDY], False, False),
        (["25/03/2013", "03/25/2013"], [], False, False),
        (["2013-03-25", "2014-01-02"], [DMY, MDY, YMD], False, False),
        (["2013-03-25", "01/02/2013"], [DMY, MDY], True, False),
        (["25 Mar 2013 a", "[ 7 Feb 2001 ]", "", None], [DMY, MDY, YMD], False, False),
        (["01/02/03", "04/05/06"], [DMY, MDY, YMD], True, False),
        (["13/02/03"], [DMY, YMD], True, False),
        (["n/a", "9999-12-31"], [DMY, MDY, YMD], False, False),
        ([], [DMY, MDY, YMD], False, False),
        (["Austria", "Belgium"], [], False, False),
        ([41358, 41359], [DMY, MDY, YMD], False, True),
        (["41358", "41359", "x"], [DMY, MDY, YMD], False, True),
        ([date(2013, 3, 25), datetime(2013, 3, 26)], [DMY, MDY, YMD], False, False),
    ],
)
def test_orders_of_a_column(values, fitting, ambiguous, serials):
    found = formats_of(values)
    assert (list(found.fitting), found.ambiguous, found.serials) == (fitting, ambiguous, serials)
    assert found.format == (None if ambiguous or not fitting else DateFormat(fitting[0], serials))


def test_what_speaks_against_an_order_is_told():
    found = formats_of(["01/02/2013", "25/03/2013", "03/26/2013", "soon", "2013"])
    assert found.against == {DMY: "03/26/2013", MDY: "25/03/2013", YMD: "01/02/2013"}
    assert found.readable == {DMY: 3, MDY: 3, YMD: 1}
    assert (found.dates, found.others, found.strange) == (4, 1, ("soon",))


# ---- whatever the date ----
DAYS = st.dates(date(1648, 1, 1), date(2998, 12, 31)).filter(
    lambda day: day not in (date(1900, 1, 1), date(1899, 12, 30), date(1899, 12, 31), date(1970, 1, 1))
)
ENGLISH, (RUSSIAN, _alone), KAZAKH = MONTHS["en"][0], MONTHS["ru"], MONTHS["kk"][0]
WAYS = {
    "iso": lambda day: (day.isoformat(), Order.DMY),
    "year first": lambda day: (f"{day.year}/{day.month}/{day.day}", Order.MDY),
    "points": lambda day: (f"{day:%d.%m.%Y}", Order.DMY),
    "British": lambda day: (f"{day.day}/{day.month}/{day.year}", Order.DMY),
    "American": lambda day: (f"{day.month}/{day.day}/{day.year}", Order.MDY),
    "dashes": lambda day: (f"{day:%d-%m-%Y}", Order.DMY),
    "compact": lambda day: (f"{day:%Y%m%d}" if day.year < 2200 else day.isoformat(), Order.DMY),
    "short": lambda day: (f"{day.day} {ENGLISH[day.month - 1][:3]} {day.year} a", Order.YMD),
    "glued": lambda day: (f"{day.day:02}{ENGLISH[day.month - 1][:3].lower()}{day.year}", Order.DMY),
    "words": lambda day: (f"{ENGLISH[day.month - 1]} {day.day}, {day.year}", Order.DMY),
    "Russian": lambda day: (f"{day.day} {RUSSIAN[day.month - 1]} {day.year} г.", Order.DMY),
    "Kazakh": lambda day: (f"{day.year} жылғы {day.day} {KAZAKH[day.month - 1]}", Order.DMY),
    "serial": lambda day: (
        str((day - date(1899, 12, 30)).days) if 10_000 <= (day - date(1899, 12, 30)).days <= 99_999 else str(day),
        Order.DMY,
    ),
    "midnight": lambda day: (datetime(day.year, day.month, day.day).isoformat(), Order.DMY),
}


@pytest.mark.parametrize("way", WAYS)
@given(day=DAYS)
@settings(max_examples=EXAMPLES, deadline=None)
def test_any_day_written_in_any_way_is_read_back(way, day):
    text, order = WAYS[way](day)
    read = read_date(text, DateFormat(order, serials=way == "serial"))
    assert (read.date, read.doubtful) == (FuzzyDate.of_day(day), False)


@given(
    day=DAYS,
    precision=st.sampled_from([one for one in Precision if one != Precision.UNKNOWN]),
    language=st.sampled_from(["en", "ru", "kk"]),
)
@settings(max_examples=EXAMPLES * 3, deadline=None)
def test_any_date_keeps_its_precision(day, precision, language):
    """What the pages write, tables may hold."""
    when = FuzzyDate.of(day, precision)
    for text in (when.iso, when.render(language)):
        assert read_date(text).date == when


@given(days=st.lists(DAYS, min_size=1, max_size=20), way=st.sampled_from(["British", "American"]))
@settings(max_examples=EXAMPLES * 2, deadline=None)
def test_the_order_of_a_column_is_never_mistaken(days, way):
    """Of days in an order either that order is found, or that nobody can know."""
    texts = [WAYS[way](day)[0] for day in days]
    meant = WAYS[way](days[0])[1]
    found = formats_of(texts)
    assert meant in found.fitting
    if found.format:
        assert [read_date(text, found.format).date for text in texts] == [FuzzyDate.of_day(day) for day in days]
    else:
        assert all(day.day <= 12 for day in days)


@given(
    st.tuples(
        st.integers(0, 32),
        st.integers(0, 13),
        st.sampled_from([0, 199, 1900, 2013, 2999, 9999]),
        st.sampled_from("./-"),
    )
)
@settings(max_examples=EXAMPLES * 3, deadline=None)
def test_a_column_is_read_as_its_cells_are(numbers):
    """What is found out of a column's order is what reading a cell in that order gives."""
    first, second, year, sign = numbers
    text = f"{first}{sign}{second}{sign}{year:04}"
    read = {}
    for order in Order:
        try:
            read[order] = read_date(text, DateFormat(order)).date
        except BadDate:
            continue
    found = formats_of([text])
    if any(read.values()):
        assert set(found.fitting) == set(read)
    else:
        assert (found.dates, found.others) == (0, 0 if read else 1)


@given(st.text(max_size=60))
@settings(max_examples=EXAMPLES * 3, deadline=timedelta(seconds=1))
def test_whatever_stands_in_a_cell_it_is_read_or_refused(text):
    for order in Order:
        try:
            read = read_date(text, DateFormat(order, serials=True))
        except BadDate:
            continue
        assert read.date is None or read.date.earliest <= read.date.latest


def test_a_format_is_kept_as_data():
    for fmt in (DateFormat(), DateFormat(MDY, serials=True, letters=False)):
        assert DateFormat.of_data(fmt.as_data()) == fmt
    assert DateFormat.of_data({}) == DateFormat()
