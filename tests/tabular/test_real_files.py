"""Two real files, wholly: 1,501 rows of participants' acts and 768 treaties below a preamble. Read where they lie."""

from collections import Counter

import pytest

from agreements.choices import ActionKind
from agreements.tabular import fields
from agreements.tabular.dating import Order, formats_of, read_date
from agreements.tabular.parties import Directory
from agreements.tabular.reading import open_table
from agreements.tabular.wording import meaning
from tests.shared import DATA

WIPO = DATA / "wipo-treaties" / "membership-to-copyright-treaties.csv"
SENATE = DATA / "us-senate-treaties" / "treaty.csv"
THIRD_PARTY = "the tables of treaties are third-party data and not part of the project"


@pytest.mark.skipif(not WIPO.is_file(), reason=THIRD_PARTY)
def test_the_acts_of_participants_in_17_treaties():
    with WIPO.open("rb") as file:
        table = open_table(file, name=WIPO.name)
        rows = list(table.rows())
    assert (table.layout.encoding, table.layout.header_row, table.remarks) == ("utf-8", 1, ())
    assert (len(rows), rows[0].number, rows[-1].number) == (1501, 2, 1502)
    assert {row.aside or bool(row.extra) for row in rows} == {False}
    mapped = fields.suggest("actions", table.columns, [row.cells for row in rows[:50]])
    assert [(one.field, one.sure) for one in mapped] == [
        (name, 1.0) for name in ("party", "agreement", "signed_on", "kind", "on", "effective")
    ]
    for place, dates in ((2, 629), (4, 1213), (5, 1208)):
        found = formats_of(row.cells[place] for row in rows)
        assert (found.dates, found.others, found.ambiguous) == (dates, 0, False)
        read = [read_date(row.cells[place], found.format) for row in rows if row.cells[place]]
        assert len(read) == dates
        assert not any(one.doubtful or one.note or one.action for one in read)
        assert [one.date.iso for one in read] == [row.cells[place] for row in rows if row.cells[place]]
    kinds = Counter(meaning(ActionKind, row.cells[3]).choice for row in rows if row.cells[3])
    assert kinds == {"accession": 799, "ratification": 339, "succession": 74, "acceptance": 1}
    directory = Directory()
    matched = {row.cells[0]: directory.match(row.cells[0]) for row in rows}
    assert {name: match.how for name, match in matched.items() if not match.sure} == {}
    assert {name for name, match in matched.items() if match.how == "historic"} == set()
    assert len(matched) == 194
    assert Counter(match.how for match in matched.values()) == {"name": 187, "alias": 7}


@pytest.mark.skipif(not SENATE.is_file(), reason=THIRD_PARTY)
def test_768_treaties_below_a_preamble():
    with SENATE.open("rb") as file:
        table = open_table(file, name=SENATE.name)
        rows = list(table.rows())
    assert (table.layout.header_row, table.layout.first_row, len(rows)) == (4, 5, 768)
    assert [(str(one), one.doubtful) for one in table.remarks] == [
        ("Row 4: The columns are named by row 4; what stands above it is not read.", False)
    ]
    mapped = fields.suggest("agreements", table.columns, [row.cells for row in rows[:50]])
    assert [one.field for one in mapped] == [
        *("number", "title", "source", "proposed_on", "area", "last_action_on", "last_action"),
    ]
    for place, dates in ((3, 768), (5, 767)):
        found = formats_of(row.cells[place] for row in rows)
        assert (found.fitting, found.ambiguous, found.dates, found.others) == ((Order.MDY,), False, dates, 0)
        read = [read_date(row.cells[place], found.format) for row in rows if row.cells[place]]
        assert not any(one.doubtful or one.note for one in read)
        assert [f"{one.date.earliest:%m/%d/%Y}" for one in read] == [
            row.cells[place] for row in rows if row.cells[place]
        ]
    assert not any(row.aside or row.extra for row in rows)
    assert [row.number for row in rows if row.cells[6] is None] == [row.number for row in rows if row.cells[5] is None]
