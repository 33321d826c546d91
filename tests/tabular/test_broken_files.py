"""Files that break off, are altered or are no tables at all: they are read or refused with a sentence, never else."""

import io
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.tabular import fields
from agreements.tabular.dating import formats_of
from agreements.tabular.reading import Unreadable, open_table
from tests.shared import EXAMPLES
from tests.tabular.test_reading import workbook

BOOK = workbook(("A", [["Party", "Date"], *([f"Country {number}", date(2013, 1, 1)] for number in range(30))]))


def read_or_refused(content):
    """Return how many rows there are; None where the file is refused."""
    try:
        table = open_table(content)
        rows = list(table.rows())
    except Unreadable:
        return None
    fields.suggest("actions", table.columns, [row.cells for row in rows])
    for column in table.columns:
        formats_of(row.cells[column.index] for row in rows)
    return len(rows)


@given(st.binary(max_size=400))
@settings(max_examples=EXAMPLES * 3, deadline=None)
def test_any_bytes(content):
    read_or_refused(content)


@given(
    st.text(st.sampled_from("a1,;\t|\"'\n\r\x00é№ \ufeff-=?[](). 2013"), max_size=200),
    st.sampled_from(["utf-8", "utf-16"]),
)
@settings(max_examples=EXAMPLES, deadline=None)
def test_any_signs_of_tables(text, encoding):
    read_or_refused(text.encode(encoding))


@given(place=st.integers(0, len(BOOK) - 1), value=st.integers(0, 255), end=st.integers(0, len(BOOK)))
@settings(max_examples=EXAMPLES // 2, deadline=None)
def test_any_workbook_that_is_altered_or_breaks_off(place, value, end):
    read_or_refused(BOOK[:place] + bytes([value]) + BOOK[place + 1 :])
    read_or_refused(BOOK[:end])


def altered(**parts):
    """Return the workbook with other parts."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(BOOK)) as before, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, parts.get(name.rpartition("/")[2].partition(".")[0], before.read(name)))
    return kept.getvalue()


ENTITIES = "".join(f'<!ENTITY {two} "{f"&{one};" * 40}">' for one, two in zip("abcdef", "bcdefg", strict=True))
LAUGHS = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">{ENTITIES}]>'
SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.mark.parametrize(
    "parts",
    [
        {"theme1": f"{LAUGHS}<x>&g;</x>"},
        {
            "sheet1": f'{LAUGHS}<worksheet xmlns="{SPACE}"><sheetData><row r="1"><c t="inlineStr"><is><t>&g;</t></is>'
            "</c></row></sheetData></worksheet>"
        },
        {"sheet1": f'<worksheet xmlns="{SPACE}"><sheetData><row r="1"><c r="A1"><v>1'},
        {
            "sheet1": f'<worksheet xmlns="{SPACE}"><sheetData><row r="1"><c r="ZZZZ1"><v>1</v></c></row></sheetData>'
            "</worksheet>"
        },
        {"workbook": "<x/>"},
        {"styles": "broken"},
    ],
)
def test_parts_that_are_no_parts(parts):
    assert read_or_refused(altered(**parts)) is None


def test_a_sheet_with_a_cell_in_its_very_last_corner_is_refused_and_not_filled_up():
    """A cell in column XFD would make every row 16,384 cells wide."""
    cells = f'<worksheet xmlns="{SPACE}"><sheetData><row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>'
    with pytest.raises(Unreadable, match="more than 500 columns"):
        list(
            open_table(altered(sheet1=f"{cells}<row r='2'><c r='A2'><v>1</v></c></row></sheetData></worksheet>")).rows()
        )
