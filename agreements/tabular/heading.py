"""Where a table begins in a file: the row that names its columns, below whatever stands above it."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from agreements.names import BadName, find
from agreements.tabular.layout import Cell
from agreements.words import searchable

#: In how many of the first rows the header is looked for, and how long its names are.
_LOOKED, _LONGEST = 40, 120
#: How much a row must look like a header to be taken for one, and for there to be no doubt.
_POSSIBLE, _CERTAIN = 1.0, 1.6
_TYPED = re.compile(r"[\s\[(<>~]*(?:\d[\d\s./,:%-]*|\d{1,2}[ .-]?[^\W\d]{3,9}[ .,-]?\d{2,4})\s*[A-Za-z?*\])\d, ]{0,4}$")
_TOTAL = re.compile(
    r"(?:grand |sub-?)?totals?\b|sum\b|(?:общ(?:ий|ее) )?итог(?:о|и)?\b|всего\b|барлығы\b|жиыны\b|жалпы саны\b"
)
#: How what the pattern finds begins: nearly all cells are ruled out by that.
_TOTAL_BEGINS = ("total", "grand", "sub", "sum", "общ", "итог", "всего", "барлығы", "жиыны", "жалпы")
Record = tuple[int, Sequence[Cell]]


@dataclass(frozen=True)
class Heading:
    """The row that names the columns (None: there is none), and the row of groups above it. `sure`: no doubt."""

    row: int | None
    group: int | None = None
    sure: bool = True


def plain(text: object) -> str:
    """Return the words of a text without case, accents and punctuation, as headers are compared."""
    return " ".join(re.findall(r"[^\W_]+", searchable(str(text))))


def is_typed(cell: Cell) -> bool:
    """Whether a cell is a number or a day, and so no name of a column."""
    return isinstance(cell, int | Decimal | date) or (isinstance(cell, str) and bool(_TYPED.match(cell)))


def names_party(cell: Cell) -> bool:
    """Whether a cell is the name of a party, and not a short word that might be its code."""
    if not isinstance(cell, str) or len(cell) < 4:
        return False
    try:
        find(cell, near=False)
    except BadName as error:
        return bool(error.candidates)
    return True


def width_of(records: Sequence[Record]) -> int:
    """Return how many columns most rows have."""
    sizes = Counter(end(cells) for _number, cells in records)
    return max(sizes.items(), key=lambda one: (one[1] * (1 if one[0] > 1 else 0.1), one[0]))[0] if sizes else 0


def end(cells: Sequence[Cell]) -> int:
    """Return how many cells a row has up to its last one that is not empty."""
    return max((place for place, cell in enumerate(cells, start=1) if cell not in (None, "")), default=0)


def heading_of(records: Sequence[Record], known: Collection[str]) -> Heading:
    """Find the header among the first rows; `known` are words that headers consist of, plain."""
    if not records:
        return Heading(None)
    width = width_of(records)
    typed = _typed_columns(records[_LOOKED // 4 :] or records[1:] or records, width)
    judged = [(_judge(records, place, width, typed, known), -place) for place in range(min(len(records), _LOOKED))]
    score, place = max(judged)
    if score < _POSSIBLE:
        return Heading(None, sure=False)
    return _with_group(records, -place, width, score >= _CERTAIN)


def _with_group(records: Sequence[Record], place: int, width: int, sure: bool) -> Heading:
    """Return a header with the row above it, or itself with the row below, where one names groups of columns."""
    number, header = records[place]
    if place and _groups(records[place - 1], header) and records[place - 1][0] == number - 1:
        return Heading(number, records[place - 1][0], False)
    if place + 2 < len(records) and records[place + 1][0] == number + 1:
        below = records[place + 1][1]
        typed = _typed_columns(records[place + 2 :], width)
        if _groups(records[place], below) and not any(map(is_typed, below)) and not any(map(names_party, below)):
            return Heading(number + 1, number, False) if typed else Heading(number, None, sure)
    return Heading(number, None, sure)


def _groups(above: Record, header: Sequence[Cell]) -> bool:
    """Whether a row names groups of the columns below it: it has gaps, and is needed to tell these apart."""
    cells = above[1]
    own = [plain(cell) for cell in header if cell not in (None, "")]
    there = [place for place, cell in enumerate(cells) if cell not in (None, "")]
    gaps = [place for place in range(end(header)) if place not in there]
    apart = len(set(own)) < len(own) or any(place >= len(header) or header[place] in (None, "") for place in there)
    return len(there) >= 2 and bool(gaps) and apart and not any(map(is_typed, cells)) and len(own) >= len(there)


def _typed_columns(records: Sequence[Record], width: int) -> dict[int, float]:
    """Return the columns in which most cells are days or numbers, with the share of those."""
    found = {}
    for column in range(width):
        cells = [row[column] for _number, row in records if column < len(row) and row[column] not in (None, "")]
        share = sum(map(is_typed, cells)) / len(cells) if cells else 0
        if share > 0.6:
            found[column] = share
    return found


def _judge(records: Sequence[Record], place: int, width: int, typed: dict[int, float], known: Collection[str]) -> float:
    """Return how much a row looks like the header of the rows below it: from 1 it may be, below it is none."""
    cells = records[place][1]
    here = [cell for cell in cells if cell not in (None, "")]
    if not here or place == len(records) - 1 > 0:
        return 0.0
    names = [plain(cell) for cell in here]
    if any(is_typed(cell) and not _year(cell) for cell in here) or any(len(str(cell)) > _LONGEST for cell in here):
        return 0.0
    share = len(here) / max(width, 1)
    if share < 0.5 or (width > 1 and len(here) < 2) or any(map(names_party, here)):
        return 0.0
    # A table mostly begins with the names of its columns, whatever they are.
    score = min(share, 1.0) * (1.05 if place == 0 else 0.7)
    score += 0.9 * sum(name in known or _half_known(name, known) for name in names) / len(names)
    # Over a column of days or numbers stands a text.
    if typed:
        score += 0.8 * sum(column < len(cells) and cells[column] not in (None, "") for column in typed) / len(typed)
    if len(set(names)) < len(names):
        score -= 0.2
    below = Counter(
        str(cell) for _number, row in records[place + 1 : place + 200] for cell in row if isinstance(cell, str)
    )
    # What stands again and again below is a value and not a name.
    score -= 0.8 * sum(below[str(cell)] > 0 for cell in here) / len(here)
    return score


def _half_known(name: str, known: Collection[str]) -> bool:
    words = name.split()
    return any(word in known for word in words) or any(
        " ".join(words[start:end]) in known for start in range(len(words)) for end in range(start + 2, len(words) + 1)
    )


def _year(cell: Cell) -> bool:
    return bool(re.fullmatch(r"(?:19|20)\d\d", str(cell)))


def aside(cells: Sequence[Cell], width: int, header: Sequence[str] = ()) -> str:
    """Return why a row looks as if it were no record of a table of that many columns: "total", "note" (it stands in the
    first cell only) or "header" (the names of the columns once more, given in small letters, or their numbers); empty
    for a record.
    """
    place, first = next(((place, cell) for place, cell in enumerate(cells) if cell is not None), (0, None))
    if width >= 3 and str(first) == "1" and [str(cell) for cell in cells] == [str(n + 1) for n in range(width)]:
        return "header"
    if not isinstance(first, str):
        return ""
    start = first.lower()
    if start.startswith(_TOTAL_BEGINS) and _TOTAL.match(searchable(first)):
        return "total" if all(cell is None or is_typed(cell) for cell in cells[place + 1 :]) else ""
    if header and start == header[place]:
        return "header" if [str(cell or "").lower() for cell in cells] == list(header) else ""
    return "note" if place == 0 and width >= 3 and not any(cell is not None for cell in cells[1:]) else ""


def names_of(header: Sequence[Cell], groups: Mapping[int, str], width: int, numbered: str) -> list[str]:
    """Return the names of columns, made unique; the group of a column stands before its name.

    `numbered` is how a column without a name is called, with its `number`.
    """
    found: list[str] = []
    taken: Counter[str] = Counter()
    for place in range(width):
        own = name_of(header[place]) if place < len(header) else ""
        group = groups.get(place, "")
        if own and group and plain(group) != plain(own):
            own = f"{group} – {own}"
        name = own or group or numbered % {"number": place + 1}
        taken[plain(name)] += 1
        while taken[plain(name)] > 1:
            name = f"{own or group or name} ({taken[plain(name)]})"
            taken[plain(name)] += 1
        found.append(name)
    return found


def name_of(cell: Cell) -> str:
    """Return a cell of a header as the name of a column, on one line."""
    return " ".join(str(cell).split()) if cell is not None else ""


def spread(groups: Sequence[Cell]) -> dict[int, str]:
    """Return the groups of columns where cells are not known to be joined: each reaches to the next one."""
    found: dict[int, str] = {}
    group = ""
    for place, cell in enumerate(groups):
        group = name_of(cell) or group
        found[place] = group
    return found
