"""Every report says the same in every format: cell by cell where a format has cells, else in the same order."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from html import unescape
from itertools import zip_longest
from typing import Any
from zoneinfo import ZoneInfo

import docx
import openpyxl
import pypdf
import pytest
from django.utils import translation

from agreements import reports
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Party, User
from agreements.reports import as_csv
from agreements.reports.document import Cell, Columns, Document, Table
from tests.reports.test_pdf import structure

DAY = date(2024, 12, 28)
KNOWN_AT = datetime(2100, 1, 1, 12, tzinfo=ZoneInfo("Asia/Almaty"))


def content(name: str, sample: dict[str, Agreement]) -> Any:
    """Read what a report tells of the sample portfolio; what it must be asked for is given."""
    asked: dict[str, Any] = {}
    if name == "brief":
        asked = {"party": Party.objects.get(code="EU")}
    if name == "agreement":
        asked = {"agreement": sample["AIR-7Q4M"]}
    if name == "changes":
        asked = {"since": date(2020, 1, 1)}
    return reports.REPORTS[name].build(User.objects.service("report"), as_of=DAY, known_at=KNOWN_AT, **asked)


def plain(text: str) -> str:
    """Return a text without spaces, ends of lines and marks that nobody sees: formats break lines at will."""
    return re.sub(r"[\s\u00a0\u200b\u2060\u2066-\u2069]", "", text)


def told(table: Table) -> list[list[str]]:
    """Return the cells of a table with their notes."""
    return [[plain(" ".join([cell.text, *cell.notes])) for cell in row] for row in table.rows]


def in_order(texts: Iterable[str], where: str) -> list[str]:
    """Return the texts that are not found one behind the other."""
    missing, place = [], 0
    for text in map(plain, texts):
        found = where.find(text, place)
        if found < 0:
            missing.append(text)
        else:
            place = found
    return missing


# ---- what stands in the files ----
def lines_of_csv(made: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(made.removeprefix("\ufeff"))))


def tables_of_docx(made: bytes) -> list[list[list[str]]]:
    opened = docx.Document(io.BytesIO(made))
    return [[[plain(cell.text) for cell in row.cells] for row in table.rows] for table in opened.tables]


def words_of_html(made: str) -> str:
    """What is read, what stands in the pictures and what is said for those who do not see them."""
    body = re.sub(r"<style>.*?</style>", "", made, flags=re.DOTALL)
    return plain(unescape(re.sub(r"<[^>]+>", "", re.sub(r'<svg [^>]*aria-label="([^"]*)"', r" \1 <svg ", body))))


def words_of_pdf(made: bytes) -> str:
    """What is read, and what is said for those who do not see the pictures."""
    reader = pypdf.PdfReader(io.BytesIO(made))
    words = [page.extract_text() for page in reader.pages]
    return plain("".join([*words, *(alt for _name, alt in structure(reader))]))


# ---- what they must say ----
def check_csv(document: Document, made: str) -> None:
    found = iter(lines_of_csv(made))
    for table in document.tables:
        for row in table.rows:
            asked = [as_csv.safe("; ".join([cell.text, *cell.notes]), number=cell.number) for cell in row]
            assert asked in found, asked  # an iterator: each row behind the one before


def check_docx(document: Document, made: bytes) -> None:
    tables = [table for table in document.tables if table.rows]
    for table, found in zip_longest(tables, tables_of_docx(made)):
        assert found[0] == [plain(column) for column in table.columns]
        for row, cells in zip_longest(table.rows, found[1:]):
            for cell, text in zip_longest(row, cells):
                named = {"ru": "RU", "kk": "KK", "en": "EN"}.get(cell.language, "")
                asked = plain("".join([cell.text, *cell.notes]))
                assert text.removeprefix("!").replace(plain(cell.text) + named, plain(cell.text), 1) == asked


def check_xlsx(document: Document, made: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made))
    sheets = iter(book.worksheets[1:])
    series: dict[tuple[str, ...], tuple[Iterator[Any], list[Any]]] = {}
    for table in document.tables:
        if not table.rows:
            continue
        key = (table.series, *table.columns)
        if table.series and key in series:
            rows, heads = series[key]
        else:
            rows = next(sheets).iter_rows()
            heads = [cell.value for cell in next(rows)]
            series[key] = rows, heads
        noted = [f"{column} –" for column in table.columns]
        for row in table.rows:
            found = next(rows)
            if table.series:
                assert found[0].value == table.heading
                found, own = found[1:], heads[1:]
            else:
                own = heads
            kept = [cell for cell, head in zip(found, own, strict=True) if not str(head).startswith(tuple(noted))]
            notes = [cell.value for cell, head in zip(found, own, strict=True) if str(head).startswith(tuple(noted))]
            for asked, cell in zip(row, kept, strict=True):
                assert_value(asked, cell)
            said = [value for value in notes if value is not None]
            assert said == ["\n".join(cell.notes) for cell in row if cell.notes]
    assert next(sheets, None) is None


def assert_value(asked: Cell, found: Any) -> None:
    """A value is kept as a value; what the format of it adds to a number are the words of the text."""
    if isinstance(found.value, datetime):
        assert found.value.date() in (asked.value, getattr(asked.value, "earliest", None))
        assert not isinstance(asked.value, FuzzyDate) or asked.value.earliest == asked.value.latest
    elif found.data_type == "n":
        assert found.value == float(asked.value)  # type: ignore[arg-type]
        words = "".join(re.findall(r'"([^"]*)"', found.number_format.partition(";")[0])).removeprefix("! ")
        assert plain(words) == plain(re.sub(r"[+-]?\d[\d\s\u00a0.,]*", "", asked.text, count=1))
    else:
        assert found.value.removeprefix("! ") == asked.text


def check_words(document: Document, made: str) -> None:
    """Pictures need not say their tables word by word; every number of theirs must be there."""
    for block in document.blocks:
        for one in [inner for column in block.columns for inner in column] if isinstance(block, Columns) else [block]:
            if isinstance(one, Table):
                for row in told(one):
                    assert in_order(row, made) == []
            elif one.kind in ("figures", "bars", "funnel", "timeline"):
                numbers = re.findall(r"\d+(?:[.,]\d+)?", " ".join(cell.text for row in one.table.rows for cell in row))
                assert [number for number in numbers if number not in made] == []


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_every_report_says_the_same_in_every_format(sample: dict[str, Agreement], language: str) -> None:
    with translation.override(language):
        cells = 0
        for name, report in reports.REPORTS.items():
            found = content(name, sample)
            document = report.arrange(found)
            made: dict[str, Any] = {form: reports.render(name, found, form) for form in reports.FORMATS}
            cells += sum(len(row) for table in document.tables for row in table.rows)
            check_csv(document, made["csv"])
            check_docx(document, made["docx"])
            check_xlsx(document, made["xlsx"])
            check_words(document, words_of_html(made["html"]))
            check_words(document, words_of_pdf(made["pdf"]))
        assert cells > 500
