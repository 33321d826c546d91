"""How tables are set: columns by what stands in them, type as large as fits, words that break where they must."""

import pytest

from agreements.reports import faces, measures
from agreements.reports.document import Cell, Steps, Table

NBSP = "\u00a0"


def table(*columns: str, rows: int = 3, widths: tuple[int, ...] = ()) -> Table:
    heads = [f"Head {number}" for number in range(len(columns))]
    return Table("", heads, [[Cell(text) for text in columns]] * rows, widths=widths)


def test_columns_take_the_whole_room_by_what_stands_in_them() -> None:
    found = measures.fit(table("a", "word " * 40, "word " * 10), 500)

    assert found.size == 8.8
    assert sum(found.widths) == pytest.approx(500)
    assert found.widths[1] > found.widths[2] > found.widths[0]


def test_a_column_has_room_for_its_longest_word_in_the_type_it_is_set_in() -> None:
    word = "Трансшекаралық-ынтымақтастық"
    found = measures.fit(table(word, *["word " * 60] * 5), 500)

    assert found.widths[0] - measures.GUTTER >= faces.width(word, found.size, bold=True)


def test_type_shrinks_until_the_words_fit_and_no_further() -> None:
    sizes = [measures.fit(table(*["W" * 9] * count), 500).size for count in (3, 6, 9)]

    assert sizes[0] == 8.8
    assert sizes[-1] == 8.0
    assert sizes == sorted(sizes, reverse=True)


def test_widths_that_a_report_asks_for_are_kept() -> None:
    assert measures.fit(table("a", "b" * 300, widths=(1, 3)), 400).widths == [100, 300]


def test_numbers_do_not_break_and_the_picture_of_steps_fits() -> None:
    cells = [
        Cell("at least 1,763", number=True),
        Cell("In", stage="in_force", steps=Steps(12, 12, "operative")),
        Cell("w " * 300),
    ]
    found = measures.fit(Table("", ["a", "b", "c"], [cells]), 400)

    assert found.widths[0] - measures.GUTTER >= faces.width("at least 1,763", found.size)
    assert found.widths[1] - measures.GUTTER >= 12 * 8.2


@pytest.mark.parametrize(
    ("text", "room", "broken"),
    [
        ("short", 100, "short"),
        (f"28{NBSP}December{NBSP}2024", 70, f"28{NBSP}December 2024"),
        (f"2024{NBSP}жылғы{NBSP}28{NBSP}желтоқсан", 80, f"2024{NBSP}жылғы 28{NBSP}желтоқсан"),
        (f"28{NBSP}декабря{NBSP}2024{NBSP}года", 70, f"28{NBSP}декабря 2024{NBSP}года"),
        ("https://example.org/one/two", 70, "https://\u200bexample.org/\u200bone/two"),
        ("AAAAAAAAAA", 30, "AAAA\u200bAAAA\u200bAA"),
    ],
)
def test_what_is_too_wide_breaks_where_it_hurts_least(text: str, room: float, broken: str) -> None:
    assert measures.broken(text, room, 10) == broken


def test_lines_are_counted_as_they_are_set() -> None:
    assert measures.lines("word", 100, 10) == 1
    assert measures.lines("word " * 20, 120, 10) == 5


def test_fonts_know_every_letter_of_the_three_languages() -> None:
    letters = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяәғқңөұүһіĞğşŞçıİ№«»–—…“”‘’·•→≥≠−€₸×"

    assert faces.shown(letters + letters.upper()) == letters + letters.upper()
    assert faces.shown("中") == faces.MISSING
