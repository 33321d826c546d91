"""Reports as XLSX: real dates and numbers, sheets to filter, no formula and no link from data."""

import io
import re
import tracemalloc
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from django.utils import translation

from agreements.dates import FuzzyDate
from agreements.numbers import grouped
from agreements.reports import as_xlsx
from agreements.reports.document import Cell, Document, Fact, Heading, Stamp, Table
from tests.reports.everything import COLUMNS, HOSTILE, UNFIT, Rows, every_kind, texts_of


def made(document: Document, language: str = "en") -> bytes:
    with translation.override(language):
        return as_xlsx.render(document, language)


def read(document: Document, language: str = "en") -> Any:
    return openpyxl.load_workbook(io.BytesIO(made(document, language)))


def rows(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def links(book: Any) -> list[str]:
    """Where the first sheet leads to; all of it within the file."""
    found = [cell.hyperlink for row in book["Report"].iter_rows() for cell in row if cell.hyperlink]
    assert [link.target for link in found] == [None] * len(found)
    return [link.location for link in found]


def of(*cells: Cell, **more: Any) -> Document:
    """Return a document of one table with one row."""
    table = Table("Table", [f"c{place}" for place in range(len(cells))], [cells], **more)
    return replace(every_kind(), blocks=[table])


def test_every_text_of_a_document_is_in_the_workbook() -> None:
    document = every_kind()
    book = read(document)
    kept = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    said = "\n".join(str(cell.value) for cell in kept)

    values = {"14\u00a0October\u00a02024", "1,763", "+3.5 %", "at least 42", "41.2 billion USD", "32.6", "1"}
    assert [text for text in texts_of(document) if text not in said and text not in values] == []
    assert len(kept) > 80


def test_each_table_has_a_sheet_and_the_first_sheet_leads_to_it() -> None:
    book = read(every_kind())

    assert book.sheetnames == ["Report", "Agreements", "Key figures", "Trade", "By stage", "Timeline"]
    assert links(book) == [f"'{name}'!A1" for name in book.sheetnames[1:]]
    top = rows(book["Report"])
    assert top[:5] == [
        ["Title", None], ["Subtitle", None], ["As of", "28\u00a0December\u00a02024"],
        ["Prepared by", "Treaty department"], ["RESTRICTED", None],
    ]  # fmt: skip
    assert ["1. Aviation.", "Agree on a date. [draft]"] in top
    assert ["Key figures", "1 row on the sheet “Key figures”"] in top
    assert [None, "2 rows on the sheet “Agreements”"] in top  # below the facts of the table
    assert ["! The clause as it is computed", "Entry into force:"] in top


def test_days_and_numbers_are_values_and_what_is_less_exact_stays_words() -> None:
    sheet = read(every_kind())["Agreements"]

    assert rows(sheet) == [
        ["Agreement", "Agreement – notes", "Stage", "Since", "Since – notes", "Days", "Share"],
        [
            "Horizontal Aviation Agreement", "AIR-7Q4M\ntext 2", "Initialled", datetime(2024, 10, 14), "inferred",
            1763, 3.5,
        ],
        ["Соглашение", None, "In force", "September\u00a02012", None, 42, 41.2],
    ]  # fmt: skip
    assert [cell.number_format for cell in sheet[2]][3:] == [
        "[$-809]d mmm yyyy",
        "General",
        '"! "#,##0',
        '+#,##0.0" %";-#,##0.0" %"',
    ]
    assert [cell.number_format for cell in sheet[3]][5:] == ['"at least "#,##0', '#,##0.0" billion USD"']


@pytest.mark.parametrize(
    ("language", "shown"), [("ru", "dd.mm.yyyy"), ("kk", "dd.mm.yyyy"), ("en", "[$-809]d mmm yyyy")]
)
def test_days_are_shown_as_the_language_writes_them(language: str, shown: str) -> None:
    with translation.override(language):
        document = of(Cell.day(date(2024, 12, 28)), Cell.day(FuzzyDate.parse("2024-12-28")))
    first, second = read(document, language).worksheets[1][2]

    assert first.value == second.value == datetime(2024, 12, 28)
    assert first.number_format == second.number_format == shown


@pytest.mark.parametrize("text", ["2012-09", "2024-Q3", "2025-H2", "2007", "unknown", "before 2003-06-05"])
def test_nothing_is_invented_for_a_date_that_is_not_a_day(text: str) -> None:
    when = FuzzyDate.parse(text)

    assert read(of(Cell.day(when))).worksheets[1]["A2"].value == str(when)


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1648, 10, 24), date(1900, 2, 28)])
def test_days_that_spreadsheets_do_not_count_stay_words(day: date) -> None:
    assert read(of(Cell.day(day))).worksheets[1]["A2"].value == Cell.day(day).text


@pytest.mark.parametrize("day", [date(1900, 3, 1), date(1999, 7, 1), date(9999, 12, 31)])
def test_days_are_counted_as_spreadsheets_count(day: date) -> None:
    assert read(of(Cell.day(day))).worksheets[1]["A2"].value == datetime.combine(day, datetime.min.time())


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
@pytest.mark.parametrize("value", [0, -5, 1763, Decimal("41.2"), Decimal("1000000"), Decimal("0.125"), Decimal("-0.5")])
def test_numbers_are_kept_with_the_words_around_them(language: str, value: int | Decimal) -> None:
    with translation.override(language):
        cells = [Cell.count(value), Cell(f"about {grouped(value)} km", number=True, value=value)]
        plain, worded = read(of(*cells), language).worksheets[1][2]

    decimals = "." + "0" * len(str(value).partition(".")[2]) if "." in str(value) else ""
    assert (plain.value, plain.number_format) == (float(value), f"#,##0{decimals}")
    assert (worded.value, worded.number_format) == (float(value), f'"about "#,##0{decimals}" km"')


def test_a_number_that_its_text_does_not_contain_stays_words() -> None:
    cells = [Cell("forty-two", value=42), Cell('42 "quoted"', value=42), Cell("42" + "x" * 300, value=42)]

    assert [cell.value for cell in read(of(*cells)).worksheets[1][2]] == [cell.text for cell in cells]


def test_sheets_can_be_filtered_and_are_printed_with_their_head_and_marking() -> None:
    sheet = read(every_kind())["Agreements"]

    assert sheet.auto_filter.ref == "A1:G3"
    assert sheet.freeze_panes == "B2"
    assert sheet.print_title_rows == "$1:$1"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == (True, 0)
    for one in (sheet, read(every_kind())["Report"]):
        assert one.oddHeader.left.text == "Title"
        assert one.oddHeader.right.text == "&BRESTRICTED"
        assert "Page &P of &N" in str(one.oddFooter.right.text)
    widths = [sheet.column_dimensions[letter].width for letter in "ABCDEFG"]
    assert all(8 <= width <= 37 for width in widths)
    assert sheet["A2"].alignment.wrap_text


@pytest.mark.parametrize("title", ["R&D " * 200, "&" * 500, "1 & 2"])
def test_heads_of_printed_pages_hold_no_codes_of_data_and_are_not_too_long(title: str) -> None:
    document = replace(every_kind(), title=title, stamps=[Stamp("Filters", title)])
    with zipfile.ZipFile(io.BytesIO(made(document))) as archive:
        xml = archive.read("xl/worksheets/sheet2.xml").decode()
    head, foot = (unescape(re.findall(f"<{name}>(.*?)</{name}>", xml)[0]) for name in ("oddHeader", "oddFooter"))

    assert max(len(head), len(foot)) <= 255
    assert set(re.findall("&.", head.replace("&&", "") + foot.replace("&&", ""))) <= {
        "&L",
        "&R",
        "&B",
        "&8",
        "&P",
        "&N",
    }


#: The order in which the standard (ECMA-376, part 1, 18.3.1.99 and 18.8.39) has the parts of a sheet and of the styles.
ORDER = {
    "xl/worksheets/sheet": (
        "sheetPr", "sheetViews", "sheetFormatPr", "cols", "sheetData", "autoFilter", "hyperlinks", "pageMargins",
        "pageSetup", "headerFooter", "ignoredErrors",
    ),
    "xl/styles.xml": ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles"),
    "xl/workbook.xml": ("bookViews", "sheets", "definedNames"),
}  # fmt: skip


def test_the_parts_stand_in_the_order_of_the_standard() -> None:
    with zipfile.ZipFile(io.BytesIO(made(every_kind()))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        for name in archive.namelist():
            root = ElementTree.fromstring(archive.read(name))
            for prefix, order in ORDER.items():
                if name.startswith(prefix):
                    tags = [child.tag.rpartition("}")[2] for child in root]
                    assert tags == [tag for tag in order if tag in tags], name


def test_long_texts_make_their_rows_higher() -> None:
    sheet = read(of(Cell("word " * 40), Cell("x", notes=["1", "2", "3"]))).worksheets[1]

    assert sheet.row_dimensions[2].height == 14 * 7 + 2
    assert sheet.row_dimensions[1].height == 30  # its head: two lines


def test_tables_of_a_series_stand_on_one_sheet() -> None:
    tables = [
        Table(name, ["a", "b"], [[Cell(name), Cell("x", notes=notes)]], facts=[Fact.of("Fact", name)], series="Series")
        for name, notes in (("One", ()), ("Two", ("noted",)))
    ]
    book = read(replace(every_kind(), blocks=[tables[0], Heading("Between"), tables[1]]))

    assert book.sheetnames == ["Report", "Series"]
    assert rows(book["Series"]) == [
        ["Section", "a", "b", "b – notes"], ["One", "One", "x", None], ["Two", "Two", "x", "noted"],
    ]  # fmt: skip
    assert book["Series"].auto_filter.ref == "A1:D3"
    assert links(book) == ["'Series'!A1", "'Series'!A3"]


def test_rows_may_be_made_while_they_are_written() -> None:
    class Rows(Sequence[Sequence[Cell]]):
        def __len__(self) -> int:
            return 3000

        def __getitem__(self, place: Any) -> Any:
            raise AssertionError("a row by its place would be made twice")

        def __iter__(self) -> Iterator[Sequence[Cell]]:
            return iter([Cell.count(place), Cell("x", notes=["late"] if place > 2000 else [])] for place in range(3000))

    sheet = read(replace(every_kind(), blocks=[Table("Table", ["a", "b"], Rows())])).worksheets[1]

    assert (sheet.max_row, sheet.max_column) == (3001, 2)
    assert (sheet["A3001"].value, sheet["B2000"].value, sheet["B3001"].value) == (2999, "x", "x\nlate")


@pytest.mark.parametrize(
    ("headings", "names"),
    [
        (["A/B: c?", "a\\b* [c]"], ["A B c", "a b c (2)"]),
        (["'quoted'", "History", "", " "], ["quoted", "History.", "Table", "Table (2)"]),
        (["Report", "REPORT"], ["Report (2)", "REPORT (3)"]),
        (["Notifications of completed procedures"] * 2, ["Notifications of completed…", "Notifications of… (2)"]),
        (["x" * 40] * 2, ["x" * 30 + "…", "x" * 26 + "… (2)"]),
        (["Қолданылу мерзімінің аяқталуы және ұзартпау"], ["Қолданылу мерзімінің аяқталуы…"]),
    ],
)
def test_names_of_sheets_are_allowed_and_differ(headings: list[str], names: list[str]) -> None:
    tables = [Table(heading, ["a"], [[Cell("x")]]) for heading in headings]

    assert read(replace(every_kind(), blocks=tables)).sheetnames[1:] == names


@pytest.mark.parametrize("text", HOSTILE)
def test_what_programs_could_take_for_their_own_stays_text(text: str) -> None:
    document = every_kind(text)
    file = made(document)
    book = openpyxl.load_workbook(io.BytesIO(file))

    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n", "d"}
    said = [str(cell.value).replace("_x005F_", "_") for cell in cells]  # the escape of what looks like an escape
    assert sum(one.count(text) for one in said) >= texts_of(document).count(text) > 30
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist()}
    assert not any(re.search(r"<f[ >]", xml) for name, xml in found.items() if name.startswith("xl/worksheets/sheet"))
    assert 'TargetMode="External"' not in "".join(found.values())
    assert not any("externalLink" in name for name in found)


@pytest.mark.parametrize(("text", "left"), UNFIT)
def test_what_no_file_can_hold_is_left_out(text: str, left: str) -> None:
    said = "\n".join(str(value) for sheet in read(every_kind(text)) for row in rows(sheet) for value in row)

    assert left in said
    assert text not in said


def test_a_text_longer_than_a_cell_is_cut_with_a_sign() -> None:
    value = read(of(Cell("x" * 40_000))).worksheets[1]["A2"].value

    assert (len(value), value[-2:]) == (32_767, "x…")


def test_the_file_says_of_itself_what_is_true_and_equal_content_gives_equal_bytes() -> None:
    document = replace(every_kind(), author="Treaty department", known_at=datetime(2024, 12, 28, 9, 30, tzinfo=UTC))
    said = read(document).properties

    assert (said.title, said.subject, said.creator, said.keywords) == (
        "Title", "Subtitle", "Treaty department", "Restricted",
    )  # fmt: skip
    assert said.created == said.modified == datetime(2024, 12, 28, 9, 30)
    assert made(document) == made(document)
    assert made(every_kind()) == made(every_kind())


@pytest.mark.soak
def test_a_hundred_thousand_rows_take_little_memory_and_keep_their_days() -> None:
    document = replace(every_kind(), blocks=[Table("Table", COLUMNS, Rows(100_000))])
    tracemalloc.start()
    file = made(document)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 25_000_000
    assert len(file) < 8_000_000
    sheet = openpyxl.load_workbook(io.BytesIO(file), read_only=True).worksheets[1]
    number = 0
    for number, row in enumerate(sheet.iter_rows(min_row=2, values_only=True)):
        assert row[1] == f"REF-{number:06}"
        assert row[3] == datetime(1995, 1, 1) + timedelta(days=number % 9000)
    assert number == 99_999
