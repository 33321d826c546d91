"""How files of tables are laid out: what is found out of encodings, delimiters, headers, sheets, and the rows."""

import csv
import io
import tracemalloc
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.tabular import layout as limits
from agreements.tabular.reading import Layout, Unreadable, open_table
from tests.shared import EXAMPLES

WIPO = "Contracting Party,Treaty,Signature Date\nAustria,Beijing,2013-06-19\nBelgium,Beijing,2013-05-08\n"
RUSSIAN = (
    "Наименование;Сторона;Дата подписания\nСоглашение о воздушном сообщении;Франция;25.03.2013\n"
    "Меморандум о сотрудничестве;Швейцария;01.02.2014\n"
)
KAZAKH = (
    "Атауы;Тарап;Қол қойылған күні\nӘуе қатынасы туралы келісім;Өзбекстан;25.03.2013\n"
    "Ғылыми ынтымақтастық туралы келісім;Түркия;01.02.2014\n"
)
FRENCH = (
    "Titre;Pays;Date\nConvention générale de sécurité sociale;Côte d’Ivoire;01/02/2013\n"
    "Accord aérien « Ciel ouvert »;Österreich;02/03/2014\n"
)
POLISH = "Tytuł;Państwo\nUmowa o współpracy gospodarczej;Łotwa\nProtokół zmieniający;Węgry\n"


def names(table):
    return [column.name for column in table.columns]


def rows(table):
    return [(row.number, *row.cells) for row in table.rows()]


def told(table):
    return [(str(remark), remark.doubtful) for remark in table.remarks]


# ---- encodings ----
@pytest.mark.parametrize(
    ("text", "encoding", "judged"),
    [
        *((WIPO, name, False) for name in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")),
        *((RUSSIAN, name, False) for name in ("utf-8", "utf-16", "utf-16-le", "utf-16-be")),
        *((RUSSIAN, name, True) for name in ("cp1251", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5")),
        (KAZAKH, "kz1048", True),
        (KAZAKH, "utf-8", False),
        (FRENCH, "cp1252", True),
        (FRENCH, "utf-8-sig", False),
        (POLISH, "cp1250", True),
        ("Party,Date\nCôte d'Ivoire,2013\n", "cp1252", True),
        ("Party,Date\nЧад,2013\n", "cp1251", True),
        ("Party,No\nFrance,№ 5\n", "cp1251", True),
        (WIPO + "Germany,Beijing,2013\n" * 9_000 + "Österreich,Beijing,2013\n", "cp1252", True),
    ],
)
def test_encodings(text, encoding, judged):
    """What is judged from letters is told; what has a mark, or is UTF-8, is certain."""
    table = open_table(text.encode(encoding))
    lines = list(csv.reader(io.StringIO(text), delimiter=";" if ";" in text else ","))
    assert names(table) == lines[0]
    assert [list(row.cells) for row in table.rows()] == lines[1:]
    said = [remark for remark in table.remarks if "UTF-8" in remark.sentence]
    assert [remark.doubtful for remark in said] == ([True] if judged else [])


# ---- delimiters and quotes ----
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter):
    table = open_table(WIPO.replace(",", delimiter).encode())
    assert table.layout == Layout("utf-8", delimiter, '"', 1, 2)
    assert rows(table) == [(2, "Austria", "Beijing", "2013-06-19"), (3, "Belgium", "Beijing", "2013-05-08")]
    assert told(table) == []


@pytest.mark.parametrize(
    ("text", "delimiter", "cells"),
    [
        ("Title;Value\nTrade, transit;1,5\nGas, oil, coal;2,25\n", ";", ("Trade, transit", "1,5")),
        ("Title,Parties\nAir,Austria; Belgium\nSea,France; Italy; Spain\n", ",", ("Air", "Austria; Belgium")),
        (
            'Title,Date\n"One, two\nand three; four","2013"\n"A ""b"" c",2014\n',
            ",",
            ("One, two\nand three; four", "2013"),
        ),
        ('Title\tDate\nIt\'s "x"\t2013\nB\t2014\n', "\t", ('It\'s "x"', "2013")),
        ("sep=|\nTitle|Date\nA|2013\n", "|", ("A", "2013")),
        ("'Title','Date'\n" + "'A, b','2013'\n" * 9, ",", ("A, b", "2013")),
        ("Title\nTrade and transit\nGas\n", ",", ("Trade and transit",)),
    ],
)
def test_quotes_and_signs_within_cells(text, delimiter, cells):
    table = open_table(text.encode())
    assert (table.layout.delimiter, next(table.rows()).cells) == (delimiter, cells)


def test_a_sign_between_cells_that_may_be_another_is_doubtful():
    table = open_table(b"Title;Date,Place\nA;2013,Vienna\nB;2014,Paris\nC;2015,Rome\n")
    assert told(table) == [("The sign between the cells may also be another one; taken is: comma.", True)]
    assert names(table) == ["Title;Date", "Place"]


def test_letters_that_stand_far_from_the_beginning_tell_the_encoding():
    """The first quarter of a megabyte has none but plain letters."""
    table = open_table((WIPO + "Germany,Beijing,2013\n" * 20_000 + "Чад,Пекин,2013\n" * 3).encode("cp1251"))
    assert (table.layout.encoding, list(table.rows())[-1].cells[0]) == ("cp1251", "Чад")


def test_rows_count_as_a_spreadsheet_shows_them():
    """A cell over two lines is in one row; empty rows are rows."""
    table = open_table(b'Title,Date\n"One\ntwo",2013\n\n,,\nThree,2014\n')
    assert rows(table) == [(2, "One\ntwo", "2013"), (5, "Three", "2014")]


def test_ragged_rows_keep_all_their_cells():
    long = "Title,Date\nA,2013\nB\n" + "C,2014\n" * limits.SAMPLE + "D,2015,late,,more\n"
    table = open_table(long.encode())
    found = list(table.rows())
    assert found[1].cells == ("B", None)
    assert (found[-1].cells, found[-1].extra) == (("D", "2015"), ("late", None, "more"))
    short = open_table(b"Title,Date\nA,2013,x\nB,2014\n")
    assert (names(short), rows(short)[0]) == (["Title", "Date", "Column 3"], (2, "A", "2013", "x"))
    assert told(short) == [
        ("Row 1: Some rows have more cells than the header has names: 1 columns have none.", True),
    ]


def test_a_quotation_mark_that_is_never_closed_is_told_with_its_row():
    content = ("Title,Date\nA,2013\n" + '"B,2014\n' + "C,2015\n" * 30_000).encode()
    with pytest.raises(Unreadable, match="Row 3 cannot be read; look at its quotation marks"):
        list(open_table(content, layout=Layout("utf-8", ",")).rows())


# ---- headers ----
PREAMBLE = '"Downloaded on",03/23/2018,"09:00:30 EDT"\n"Search URL",https://example.org\n\n'
TREATIES = "Treaty Number,Title,Date Received\n115-2,Extradition,01/17/2017\n115-1,Arms,12/09/2016\n"


@pytest.mark.parametrize(
    ("text", "header", "first", "columns", "remarks"),
    [
        (TREATIES, 1, 2, ["Treaty Number", "Title", "Date Received"], []),
        (
            PREAMBLE + TREATIES,
            4,
            5,
            ["Treaty Number", "Title", "Date Received"],
            [("Row 4: The columns are named by row 4; what stands above it is not read.", False)],
        ),
        (
            "List of treaties of 2017\n\n" + TREATIES,
            3,
            4,
            ["Treaty Number", "Title", "Date Received"],
            [("Row 3: The columns are named by row 3; what stands above it is not read.", False)],
        ),
        (
            "Austria\t1969-05-23\tRatification\nBelgium\t1970-01-02\tAccession\nChile\t1971-01-02\tAccession\n",
            None,
            1,
            ["Column 1", "Column 2", "Column 3"],
            [("No row names the columns: the table begins with row 1.", True)],
        ),
        (
            "Austria,Air services\nBelgium,Sea\n",
            None,
            1,
            ["Column 1", "Column 2"],
            [("No row names the columns: the table begins with row 1.", True)],
        ),
        (
            "Foo,Bar\nx,y\nz,w\n",
            1,
            2,
            ["Foo", "Bar"],
            [("Row 1: Row 1 is taken for the names of the columns, and not for the first record.", True)],
        ),
        (
            "Party,Date,Date\nAustria,2013,2014\nChile,2013,2014\n",
            1,
            2,
            ["Party", "Date", "Date (2)"],
            [
                (
                    "Row 1, column “Date”: Several columns have this name; they are told apart by a number.",
                    True,
                )
            ],
        ),
        ("Party,,Date\nAustria,,2014\nChile,,2014\n", 1, 2, ["Party", "Column 2", "Date"], []),
        (
            "№,Наименование,Дата\n1,Соглашение,25.03.2013\n2,Протокол,26.03.2013\n",
            1,
            2,
            ["№", "Наименование", "Дата"],
            [],
        ),
        ("country,1990,1991,1992\nAustria,1.5,2,3\nChile,1,2,3\n", 1, 2, ["country", "1990", "1991", "1992"], []),
        (
            ",Signature,,Ratification,\nParty,Date,Place,Date,Place\nAustria,2013,Vienna,2014,Vienna\n"
            "Chile,2013,Vienna,2015,Vienna\n",
            2,
            3,
            ["Party", "Signature – Date", "Signature – Place", "Ratification – Date", "Ratification – Place"],
            [("Row 2: The columns are named by rows 1 and 2 together.", True)],
        ),
    ],
)
def test_headers(text, header, first, columns, remarks):
    table = open_table(text.encode())
    assert (table.layout.header_row, table.layout.first_row) == (header, first)
    assert names(table) == columns
    assert told(table) == remarks


def test_a_column_in_which_nothing_was_found_says_so():
    table = open_table(b"Party,,Note\nAustria,,\nChile,,\n")
    assert [column.empty for column in table.columns] == [False, True, True]


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        (
            Layout("utf-8", ",", '"', 4, 5),
            [(5, "115-2", "Extradition", "01/17/2017"), (6, "115-1", "Arms", "12/09/2016")],
        ),
        (Layout("utf-8", ",", '"', 4, 6), [(6, "115-1", "Arms", "12/09/2016")]),
        (Layout("utf-8", ",", '"', 4, 5, 5), [(5, "115-2", "Extradition", "01/17/2017")]),
        (
            Layout("utf-8", ",", '"', None, 4),
            [
                (4, "Treaty Number", "Title", "Date Received"),
                (5, "115-2", "Extradition", "01/17/2017"),
                (6, "115-1", "Arms", "12/09/2016"),
            ],
        ),
    ],
)
def test_a_layout_that_is_given_is_not_questioned(layout, expected):
    table = open_table((PREAMBLE + TREATIES).encode(), layout=layout)
    assert (table.layout, rows(table), table.remarks) == (layout, expected, ())
    assert Layout.of_data(layout.as_data()) == layout


@pytest.mark.parametrize(
    ("row", "aside"),
    [
        ("Total,,2", "total"),
        ("Итого:,,2", "total"),
        ("Барлығы,,14", "total"),
        ("Grand total,,", "total"),
        ("Source: depositary,,", "note"),
        ("Party,Title,Date", "header"),
        ("1,2,3", "header"),
        ("1,2,4", ""),
        ("Austria,Total ban,2013", ""),
        ("Total E&P,Contract,2013", ""),
        (",,2013", ""),
    ],
)
def test_rows_that_look_like_no_records_are_marked_and_not_dropped(row, aside):
    table = open_table(f"Party,Title,Date\nAustria,Air,2013\nChile,Sea,2014\n{row}\n".encode())
    assert [found.aside for found in table.rows()] == ["", "", aside]


# ---- workbooks ----
def workbook(*sheets, merged=()):
    """Return an XLSX of sheets: a name and its rows."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in sheets:
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
        for cells in merged:
            sheet.merge_cells(cells)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_cells_of_a_workbook_keep_their_types():
    content = workbook(
        (
            "Treaties",
            [
                ["Treaties of 2013"],
                [],
                ["Party", "Title", "Date", "Number", "Share", "Seen"],
                ["Austria", " Air ", datetime(2013, 3, 25), 7, 0.25, datetime(2013, 3, 25, 14, 30)],
                ["Chile", None, date(2014, 1, 2), 8.0, True, "25.03.2013"],
            ],
        )
    )
    table = open_table(content, name="treaties.xlsx")
    assert table.layout == Layout("", "", "", 3, 4, sheet="Treaties")
    assert table.sheets == ("Treaties",)
    assert rows(table) == [
        (4, "Austria", "Air", date(2013, 3, 25), 7, Decimal("0.25"), datetime(2013, 3, 25, 14, 30)),
        (5, "Chile", None, date(2014, 1, 2), 8, "TRUE", "25.03.2013"),
    ]


def test_a_workbook_of_several_sheets_says_which_is_read():
    table_of = [["Party", "Date"], ["Austria", date(2013, 1, 1)]]
    content = workbook(("Cover", [["Treaties"]]), ("2013", table_of), ("2014", [*table_of, ["Chile", 2014]]))
    table = open_table(content)
    assert (table.layout.sheet, table.sheets) == ("2013", ("Cover", "2013", "2014"))
    assert told(table) == [
        ("The workbook has several sheets with tables; “2013” is read. The others: “2014”.", True),
    ]
    assert [row[0] for row in rows(open_table(content, sheet="2014"))] == [2, 3]
    assert open_table(content, sheet="2014").remarks == ()
    with pytest.raises(Unreadable, match=r"There is no sheet “2015”\. There are: Cover, 2013, 2014"):
        open_table(content, sheet="2015")


def test_joined_cells_of_a_header_name_their_columns():
    content = workbook(
        (
            "A",
            [
                ["Treaties", None, None, None, None, None],
                ["Party", "Signature", None, "Ratification", None, "Notes"],
                [None, "Date", "Place", "Date", "Place", None],
                ["Austria", date(2013, 1, 1), "Vienna", date(2014, 1, 1), "Vienna", "x"],
                ["Chile", date(2013, 1, 1), "Vienna", date(2014, 1, 1), "Vienna", "y"],
            ],
        ),
        merged=["A1:F1", "A2:A3", "B2:C2", "D2:E2", "F2:F3"],
    )
    table = open_table(content)
    assert (table.layout.header_row, table.layout.group_row, table.layout.first_row) == (3, 2, 4)
    assert names(table) == [
        "Party",
        "Signature – Date",
        "Signature – Place",
        "Ratification – Date",
        "Ratification – Place",
        "Notes",
    ]
    again = open_table(content, layout=table.layout)
    assert (names(again), rows(again)) == (names(table), rows(table))


# ---- what is refused ----
def packed(**parts):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return kept.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b"\n \n", "The file is empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Excel 97–2003"),
        (b"%PDF-1.7\n", "A PDF is not a table"),
        (b"PK\x03\x04broken", "damaged"),
        (b"\n<html><table><tr><td>Party</td></tr></table></html>", "is not a table"),
        (b'[{"party": "Chile"}]', "is not a table"),
        (packed(content_xml="<x/>", mimetype="application/vnd.oasis.opendocument.spreadsheet"), "another format"),
        (packed(a_xml="<x/>"), "an archive, not a workbook"),
        (packed(xl__workbook_xml="<x/>", **{"[Content_Types]_xml": "<x/>"}), "damaged"),
        (b"GIF89a\0\0\x01\0" * 50, "is not a table"),
        (("a," * 501 + "\n" + "1," * 501 + "\n").encode(), "more than 500 columns"),
        (workbook(("A", [list(range(600))] * 3)), "more than 500 columns"),
        (workbook(("A", [])), "no sheet with a table"),
        (workbook(("A", [["Party", "Date"], ["Austria", 2013]]))[:-900], "damaged"),
    ],
)
def test_what_is_no_table_is_refused(content, sentence):
    with pytest.raises(Unreadable, match=sentence):
        list(open_table(content).rows())


def test_a_packed_bomb_is_refused_before_it_is_unpacked():
    bomb = packed(
        **{"[Content_Types]_xml": "<x/>", "xl__workbook_xml": "<x/>", "xl__worksheets__sheet1_xml": b" " * 40_000_000}
    )
    assert len(bomb) < 100_000
    with pytest.raises(Unreadable, match="too large when it is unpacked"):
        open_table(bomb)


def test_a_file_that_is_too_large_is_refused_unread(monkeypatch):
    class Endless(io.BytesIO):
        def seek(self, place, whence=0):
            return limits.MAX_BYTES + 1 if whence == 2 else super().seek(place)

        def tell(self):
            return limits.MAX_BYTES + 1

        def read(self, size=-1):
            raise AssertionError("read")

    with pytest.raises(Unreadable, match="at most 64 MB"):
        open_table(Endless())


# ---- whatever the table ----
CELLS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\ufeff\x85"),
    max_size=12,
).map(lambda text: text.strip())
TABLES = st.lists(
    st.lists(CELLS, min_size=3, max_size=3).filter(lambda row: row[0] and row[2]), min_size=2, max_size=12
)


@given(
    table=TABLES,
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=EXAMPLES, deadline=None)
def test_any_table_is_read_back_in_the_layout_in_which_it_was_written(table, delimiter, quoting, encoding, end):
    kept = io.StringIO()
    csv.writer(kept, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(
        [["Party", "Title", "Date"], *table]
    )
    content = kept.getvalue().encode(encoding)
    layout = Layout(encoding, delimiter, '"', 1, 2)
    found = list(open_table(content, layout=layout).rows())
    assert [[cell or "" for cell in row.cells] for row in found] == table
    assert [row.number for row in found] == list(range(2, len(table) + 2))


WORDS = st.sampled_from(
    ["Air services", "Trade, transit", "Gas; oil", "Côte d’Ivoire", "Соглашение", "Әуе қатынасы", 'The "Ark"', "A|B"]
)
DATED = st.lists(
    st.tuples(WORDS, WORDS, st.dates(date(1900, 1, 1), date(2100, 1, 1)).map(str)), min_size=4, max_size=30
)


@given(
    table=DATED,
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
    preamble=st.sampled_from([[], [["Treaties, all of them"], []], [["Exported", "2018"], [], ["By", "us"]]]),
)
@settings(max_examples=EXAMPLES, deadline=None)
def test_the_layout_of_any_table_of_treaties_is_found(table, delimiter, quoting, encoding, preamble):
    kept = io.StringIO()
    lines = [*preamble, ["Title", "Party", "Signature date"], *table]
    csv.writer(kept, delimiter=delimiter, quoting=quoting).writerows(lines)
    found = open_table(kept.getvalue().encode(encoding))
    assert [row.cells for row in found.rows()] == table
    assert names(found) == ["Title", "Party", "Signature date"]


@given(
    st.lists(
        st.tuples(
            CELLS.filter(bool).filter(lambda text: not text.startswith("=")),
            st.dates(date(1900, 3, 1), date(9999, 12, 31)),
            st.one_of(st.none(), st.integers(-(10**12), 10**12)),
        ),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=EXAMPLES // 2, deadline=None)
def test_any_workbook_is_read_back(lines):
    content = workbook(("A", [["Title", "Date", "Number"], *map(list, lines)]))
    table = open_table(content, layout=Layout("", "", "", 1, 2, sheet="A"))
    assert [row.cells for row in table.rows()] == lines


# ---- large tables ----
@pytest.mark.soak
def test_a_hundred_thousand_rows_are_read_one_after_another():
    """What is held at once does not grow with the table: the sample of its first rows is the most."""
    line = "Austria,Air services,25/03/2013,Ratification,a note\n"
    peaks = {}
    for number in (5_000, 100_000):
        content = io.BytesIO(("Party,Treaty,Date,Act,Note\n" + line * number).encode())
        tracemalloc.start()
        assert sum(1 for _row in open_table(content).rows()) == number
        peaks[number] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peaks[100_000] < peaks[5_000] * 1.2
