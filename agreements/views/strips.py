"""Small pictures to scale: days on a line, with what lies between them; a table or a sentence says the same in words.

Labels stand in rows above the line, dates below it, so that no two of them touch at the least width of the picture.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from agreements.dates import FuzzyDate
from agreements.reports import faces
from agreements.reports.document import Lane, Timeline
from agreements.reports.stays import Stay, begun, spans_of

#: The least width of a picture in pixels, the size of its letters, the room beside a label, the height of a row.
WIDTH, LETTER, ROOM, ROW = 680, 13, 14, 18

Shape = Literal["now", "point", "end"]


@dataclass(frozen=True)
class Point:
    """A day on a line: what it is, how it is drawn. `row` counts the rows of labels from the line away."""

    on: date
    label: str
    shape: Shape = "point"
    when: FuzzyDate | None = None
    at: float = 0.0
    row: int = 0
    anchor: str = "start"

    @property
    def place(self) -> str:
        """Where it is, in per cent of the width."""
        return percent(self.at)


@dataclass(frozen=True)
class Stretch:
    """The days between two points: how it is drawn, and what stands at it where there is room."""

    first: date
    last: date
    label: str = ""
    kind: Literal["plain", "strong", "hatched"] = "plain"
    left: float = 0.0
    width: float = 0.0

    @property
    def begins(self) -> str:
        """Where it begins, in per cent of the width."""
        return percent(self.left)

    @property
    def ends(self) -> str:
        """Where it ends, in per cent of the width."""
        return percent(self.left + self.width)

    @property
    def middle(self) -> str:
        """Where its label stands."""
        return percent(self.left + self.width / 2)

    @property
    def fits(self) -> bool:
        """Whether there is room for its label."""
        return bool(self.label) and faces.width(self.label, LETTER, bold=True) + ROOM < self.width * WIDTH


@dataclass(frozen=True)
class Strip:
    """A line to scale: its points, the stretches between them, and in words what it shows."""

    points: Sequence[Point]
    stretches: Sequence[Stretch]
    words: str

    @property
    def rows(self) -> int:
        """How many rows of labels there are."""
        return 1 + max((point.row for point in self.points), default=0)

    @property
    def line(self) -> int:
        """The height at which the line lies: below the labels, and below what stands at a stretch."""
        return self.rows * ROW + 24

    @property
    def height(self) -> int:
        """The height of the picture."""
        return self.line + 14 + self.rows * ROW

    @property
    def labelled(self) -> list[tuple[Point, int, int]]:
        """The points with the heights of their labels and of their dates."""
        return [(one, self.line - 26 - one.row * ROW, self.line + 26 + one.row * ROW) for one in self.points]


def percent(part: float) -> str:
    """Write a part of the width."""
    return f"{100 * part:.2f}%"


def strip(points: Iterable[Point], stretches: Iterable[Stretch], words: str) -> Strip:
    """Lay days out on a line from the first point to the last one."""
    ordered = sorted(points, key=lambda point: point.on)
    first, last = ordered[0].on, ordered[-1].on
    days = (last - first).days or 1

    def place(day: date) -> float:
        # Half a sign is kept free at both ends.
        return 0.01 + 0.98 * min(max((day - first).days / days, 0.0), 1.0)

    placed = [_dated(point, place(point.on)) for point in ordered]
    drawn = [
        replace(one, left=place(one.first), width=max(place(one.last) - place(one.first), 0.004)) for one in stretches
    ]
    return Strip(_in_rows(placed), drawn, words)


def _dated(point: Point, at: float) -> Point:
    anchor = "start" if at < 0.08 else "end" if at > 0.92 else "middle"
    return replace(point, at=at, anchor=anchor, when=point.when or FuzzyDate.of_day(point.on))


def _in_rows(points: Sequence[Point]) -> list[Point]:
    """Give each point the lowest row in which its label and its date touch no other; the last one stands lowest."""
    taken: list[list[tuple[float, float]]] = []
    found = []
    for point in sorted(points, key=lambda point: (point.shape == "point", -point.at)):
        ways = [point, *(replace(point, anchor=to) for to in ("end", "start") if point.anchor == "middle")]
        placed = next(
            (
                replace(way, row=number)
                for number, row in enumerate(taken)
                for way in ways
                if all(_span(way)[1] < left or _span(way)[0] > right for left, right in row)
            ),
            replace(point, row=len(taken)),
        )
        if placed.row == len(taken):
            taken.append([])
        taken[placed.row].append(_span(placed))
        found.append(placed)
    return sorted(found, key=lambda point: point.on)


def _span(point: Point) -> tuple[float, float]:
    """Return from where to where a label and its date reach, in parts of the least width."""
    wide = (max(faces.width(text, LETTER, bold=True) for text in (point.label, str(point.when))) + ROOM) / WIDTH
    left = {"start": point.at, "middle": point.at - wide / 2, "end": point.at - wide}[point.anchor]
    # What would begin before the picture does not fit anywhere.
    return (left, left + wide) if left > -0.02 and left + wide < 1.04 else (0.0, 1.0)


# ---- a life to scale ----
def life(stays: Sequence[Stay], as_of: date, label: str) -> Timeline | None:
    """Return the stays of an agreement as one lane from the first day that is known until the day of the page.

    None where there is nothing to compare: no day is known, or all lies within a month.
    """
    first = begun(stays)
    if first is None or (as_of - first).days < _LEAST_DAYS:
        return None
    return Timeline("", first, as_of, [Lane(label, spans_of(stays, first, as_of))])


#: A life of fewer days is not drawn.
_LEAST_DAYS = 31
