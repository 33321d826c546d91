"""How a table is set on paper: the type that fits, the widths of the columns, where words too long for them break."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agreements.reports import faces
from agreements.reports.document import Cell, Table

#: Sizes of type in tables, in points, the largest first; nothing is set smaller than the last.
SIZES = (8.8, 8.4, 8.0)
#: The size of notes below a text, as a part of its size; the room between columns in points.
SMALL, GUTTER = 0.87, 10.0
#: So many rows are looked at where the widths of columns are found.
_SAMPLE = 80
#: So many lines are much of a page; what has fewer letters than this never has so many.
_TALL, _LONG = 20, 300
#: The head of a column takes so many lines at most, where there is room.
_HEAD_LINES = 2.4
#: Words are wider than the sum of their letters by so much at most; a column is no wider than so many times the size.
_SLACK, _WIDEST = 1.02, 24
_SPACES = re.compile(r"[ \u200b]+")
_YEAR = re.compile(r"\u00a0(?=\d{4}\b)|(?<=жылғы)\u00a0|(?<=жылдың)\u00a0")


@dataclass(frozen=True)
class Measured:
    """How a table is set: the size of its type and the widths of its columns, both in points."""

    size: float
    widths: Sequence[float]


def fit(table: Table, room: float, sizes: Sequence[float] = SIZES) -> Measured:
    """Return how a table is set in a room: in the largest of the sizes in which every word fits into its column."""
    if table.counts:
        return Measured(sizes[0], [min(room * 0.75, 230.0), min(room * 0.25, 70.0)])
    asked = [_asked(table, place) for place in range(len(table.columns))]
    for size in sizes:
        least = [one.least * size + GUTTER for one in asked]
        most = [one.most * size + GUTTER for one in asked]
        widths = _shared(table.widths, least, most, [one.share for one in asked], room)
        if all(has >= asks for has, asks in zip(widths, least, strict=True)):
            break
    return Measured(size, widths)


def _shared(
    asked: Sequence[int], least: Sequence[float], most: Sequence[float], shares: Sequence[float], room: float
) -> list[float]:
    """Share the room out: as asked for; else by what stands in the columns, none with less than it must have."""
    if len(asked) == len(least):
        return [room * share / sum(asked) for share in asked]
    if sum(least) >= room:
        return [room * width / sum(least) for width in least]
    widths: dict[int, float] = {}
    free = set(range(len(least)))
    while free:
        rest, total = room - sum(widths.values()), sum(shares[column] for column in free)
        offered = {column: rest * shares[column] / total for column in free}
        bounded = {column: least[column] for column in free if offered[column] < least[column]}
        bounded = bounded or {column: most[column] for column in free if offered[column] > most[column]}
        if not bounded or len(bounded) == len(free):
            widths |= offered
            break
        widths |= bounded
        free -= bounded.keys()
    return [widths[column] for column in range(len(least))]


@dataclass(frozen=True)
class _Asked:
    """What a column asks for, in parts of the size: its widest word, its longest line, its share of what is left."""

    least: float
    most: float
    share: float


def _asked(table: Table, place: int) -> _Asked:
    cells = [row[place] for row in table.rows if len(row) > place]
    head = [faces.width(word, SMALL) for word in words(table.columns[place])]
    head.append(faces.width(table.columns[place], SMALL) / _HEAD_LINES)
    widest = max([*head, *(_longest(cell, bold=_bold(place, cell)) for cell in cells)], default=0.0)
    sample = cells[:: max(1, len(cells) // _SAMPLE)]
    lines = [_lines(cell, bold=_bold(place, cell)) for cell in sample] or [[0.0]]
    mean = (sum(sum(told) ** 2 for told in lines) / len(lines)) ** 0.5
    return _Asked(
        least=min(widest * _SLACK, _WIDEST),
        most=max([faces.width(table.columns[place], SMALL), widest, *map(max, lines)]) * _SLACK,
        share=max(mean, 1.0) ** 0.75,
    )


def _bold(place: int, cell: Cell) -> bool:
    return place == 0 or bool(cell.stage) or cell.alert


def _longest(cell: Cell, *, bold: bool) -> float:
    """Return the width of the widest word of a cell, of its notes and of its picture."""
    parts = [cell.text] if cell.number else words(cell.text)
    text = max((faces.width(word, 1, bold=bold) for word in parts), default=0.0)
    sign = 1.4 if cell.stage and not cell.steps else 0.0
    strip = cell.steps.of if cell.steps else 0.0
    notes = (faces.width(word, SMALL) for note in cell.notes for word in words(note))
    return max(text + sign, strip, *notes, 0.0)


def _lines(cell: Cell, *, bold: bool) -> list[float]:
    """Return how long the text and the notes of a cell would be, each on one line."""
    sign = 1.4 if cell.stage and not cell.steps else 0.0
    return [faces.width(cell.text, 1, bold=bold) + sign, *(faces.width(note, SMALL) for note in cell.notes)]


def words(text: str) -> list[str]:
    """Return the parts of a text between which a line may break."""
    return [word for word in _SPACES.split(text.replace("\n", " ")) if word]


def lines(text: str, room: float, size: float, *, bold: bool = False) -> int:
    """Return how many lines a text takes."""
    found, used = 1, 0.0
    for word in words(text):
        wide = faces.width(word, size, bold=bold) * _SLACK
        if used and used + wide > room:
            found, used = found + 1, 0.0
        used += wide + faces.width(" ", size)
    return found


def tall(row: Sequence[Cell], widths: Sequence[float], size: float) -> bool:
    """Whether a row would take much of a page, so that it has to break where the page ends."""
    return any(
        sum(map(len, (cell.text, *cell.notes))) > _LONG
        and lines(cell.text, width, size) + sum(lines(note, width, size * SMALL) for note in cell.notes) > _TALL
        for cell, width in zip(row, widths, strict=True)
    )


def broken(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """Return a text in which what is too wide for the room may break: a date at its year, any word between letters."""
    if faces.width(text, size, bold=bold) * _SLACK <= room:
        return text
    return " ".join(_broken(word, room, size, bold=bold) for word in text.split(" "))


def _broken(word: str, room: float, size: float, *, bold: bool) -> str:
    if not word or faces.width(word, size, bold=bold) * _SLACK <= room:
        return word
    for softer in (_YEAR.sub(" ", word), word.replace("\u00a0", " ")):
        if softer != word:
            return broken(softer, room, size, bold=bold)
    return "\u200b".join(_pieces(word, room, size, bold=bold))


def _pieces(word: str, room: float, size: float, *, bold: bool) -> Iterable[str]:
    """Yield pieces of a word that fit into the room, broken behind a sign of punctuation where there is one."""
    while word:
        used, end = 0.0, 0
        while end < len(word) and (end == 0 or (used + faces.width(word[end], size, bold=bold)) * _SLACK <= room):
            used += faces.width(word[end], size, bold=bold)
            end += 1
        if end < len(word):
            signs = [place for place in range(end // 2, end) if not word[place].isalnum()]
            end = signs[-1] + 1 if signs else end
        yield word[:end]
        word = word[end:]
