"""How files of tables are laid out: what is found out of encodings, delimiters, headers, sheets, and the rows."""

import pytest

from agreements.tabular.reading import Layout, open_table

WIPO = "Contracting Party,Treaty,Signature Date\nAustria,Beijing,2013-06-19\nBelgium,Beijing,2013-05-08\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_table_is_read_whatever_its_encoding_and_what_parts_its_cells(encoding, delimiter):
    table = open_table(WIPO.replace(",", delimiter).encode(encoding))
    assert [column.name for column in table.columns] == ["Contracting Party", "Treaty", "Signature Date"]
    assert [(row.number, row.cells) for row in table.rows()] == [
        (2, ("Austria", "Beijing", "2013-06-19")),
        (3, ("Belgium", "Beijing", "2013-05-08")),
    ]
    assert table.remarks == ()


def test_a_layout_is_kept_as_data():
    layout = open_table(WIPO.encode()).layout
    assert Layout.of_data(layout.as_data()) == layout
