"""A report as content: headings, paragraphs, tables, key figures and pictures that every format renders alike.

A document is a line of blocks. A format that draws no pictures asks for `flat()`: there a picture stands as the table
of what it shows, and columns stand one below the other. So all formats show the same numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from agreements.dates import FuzzyDate, render_day
from agreements.numbers import grouped
from agreements.words import Worded

#: What stands in a cell that has nothing to say.
NOTHING = "–"


@dataclass(frozen=True)
class Stamp:
    """One line of what a report says of itself: as of, known at, filters, author, level."""

    label: str
    value: str


@dataclass(frozen=True)
class Steps:
    """The small picture of how far an agreement is: the place of its stage in its procedure, counted from one."""

    at: int
    of: int
    group: str

    @property
    def words(self) -> str:
        """What the picture says, for those who do not see it."""
        return _("stage %(at)s of %(of)s of its procedure") % {"at": self.at, "of": self.of}


@dataclass(frozen=True)
class Cell:
    """A cell of a table: a text and the language it is in, notes below it, an address, or the sign of a stage.

    `value` is what the text says as a day or a number, for formats that keep values; `strong` and `alert` say how
    it is set.
    """

    text: str
    language: str = ""
    notes: Sequence[str] = ()
    number: bool = False
    address: str = ""
    stage: str = ""
    group: str = ""
    value: date | FuzzyDate | int | Decimal | None = None
    steps: Steps | None = None
    alert: bool = False

    @classmethod
    def of(cls, words: Worded, **more: object) -> "Cell":
        """Return the cell of a text that may have fallen back to another language."""
        return cls(words.text, words.language, **more)  # type: ignore[arg-type]

    @classmethod
    def day(cls, when: date | FuzzyDate | None, **more: object) -> "Cell":
        """Return the cell of a date, or of none."""
        text = NOTHING if when is None else render_day(when) if isinstance(when, date) else str(when)
        return cls(text, value=when, **more)  # type: ignore[arg-type]

    @classmethod
    def count(cls, number: int | Decimal | None, **more: object) -> "Cell":
        """Return the cell of a number, or of none."""
        text = NOTHING if number is None else grouped(number)
        return cls(text, number=True, value=number, **more)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Fact:
    """What is said above a table: a label, and lines each with its depth. An alert is shown so that it is seen."""

    label: str
    lines: Sequence[tuple[int, str]]
    language: str = ""
    alert: bool = False

    @classmethod
    def of(cls, label: str, *texts: str, alert: bool = False) -> "Fact":
        """Return a fact of lines that stand side by side."""
        return cls(label, [(0, text) for text in texts], alert=alert)


# ---- blocks ----
@dataclass(frozen=True)
class Heading:
    """A heading over the blocks that follow; 2 is the highest level below the title."""

    kind: ClassVar = "heading"

    text: str
    level: int = 2
    language: str = ""
    address: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph: what is said, then what must be seen. The tone is plain, `lead` at the top, or `note` in small."""

    kind: ClassVar = "paragraph"

    text: str
    alert: str = ""
    tone: str = ""
    language: str = ""


@dataclass(frozen=True)
class Point:
    """One point of a list: what it is about, what is said; a draft is marked as such."""

    lead: str
    text: str
    language: str = ""
    draft: bool = False
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Points:
    """A list of points under a heading, numbered where people will call them by their numbers."""

    kind: ClassVar = "points"

    heading: str
    items: Sequence[Point]
    numbered: bool = False
    empty: str = ""
    level: int = 2


@dataclass(frozen=True)
class Table:
    """A table with a heading, facts above it, column heads and rows of cells.

    In a `sparse` table most cells may be empty; plain text leaves those out. `widths` are shares of the page for the
    columns, where it has pages. A table without a heading belongs to what stands before it. Tables of one `series` tell
    the same of several things: a spreadsheet puts them on one sheet of that name.
    """

    kind: ClassVar = "table"

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    empty: str = ""
    note: str = ""
    facts: Sequence[Fact] = ()
    address: str = ""
    language: str = ""
    sparse: bool = False
    level: int = 2
    widths: Sequence[int] = ()
    series: str = ""

    @property
    def numeric(self) -> set[int]:
        """The columns of numbers, which are set to the right."""
        return {place for row in self.rows[:1] for place, cell in enumerate(row) if cell.number}

    @property
    def counts(self) -> bool:
        """Whether it only counts: two columns, words and numbers."""
        return len(self.columns) == 2 and 1 in self.numeric


def filled(columns: Sequence[str], rows: Sequence[Sequence[Cell]], *, least: int) -> tuple[list[str], list[list[Cell]]]:
    """Return columns and rows without the columns that say nothing; the first ones stay in any case."""
    kept = [
        place
        for place in range(len(columns))
        if place < least or any(row[place].text != NOTHING or row[place].notes for row in rows)
    ]
    return [columns[place] for place in kept], [[row[place] for place in kept] for row in rows]


@dataclass(frozen=True)
class Figure:
    """A key figure: the number as it is set, what it counts, its change, and where it is from."""

    value: str
    label: str
    change: str = ""
    source: str = ""
    language: str = ""


@dataclass(frozen=True)
class Figures:
    """Key figures under a heading."""

    kind: ClassVar = "figures"

    heading: str
    items: Sequence[Figure]
    level: int = 2

    @property
    def table(self) -> Table:
        """The figures as a table."""
        rows = [
            [Cell(item.label, item.language), Cell(item.value, number=True), Cell(item.change or NOTHING, number=True),
             Cell(item.source or NOTHING)]
            for item in self.items
        ]  # fmt: skip
        columns = [_("Figure"), _("Value"), _("Change on year"), _("Source")]
        return Table(self.heading, *filled(columns, rows, least=2), level=self.level)


@dataclass(frozen=True)
class Part:
    """A part of a bar: what it is, how much, whether it is drawn as an outline only, and its change on the year."""

    label: str
    value: Decimal
    hollow: bool = False
    change: str = ""


@dataclass(frozen=True)
class Bar:
    """A bar: what it is about, the figure in words, its parts from left to right.

    `whole` is the figure itself where it is recorded beside its parts; `source` says where this one is from.
    """

    label: str
    figure: str
    parts: Sequence[Part]
    language: str = ""
    whole: Part | None = None
    source: str = ""

    @property
    def told(self) -> list[Part]:
        """What is recorded: the whole, then its parts."""
        return [*([self.whole] if self.whole else ()), *(part for part in self.parts if part != self.whole)]


@dataclass(frozen=True)
class Bars:
    """Bars to one scale under a heading; `unit` says what is counted, `note` where it is from."""

    kind: ClassVar = "bars"

    heading: str
    unit: str
    rows: Sequence[Bar]
    note: str = ""
    level: int = 2

    @property
    def table(self) -> Table:
        """The bars as a table, a row for each figure; what none of them has is left out."""
        rows = [
            [
                Cell(bar.label, bar.language),
                Cell(part.label),
                Cell.count(part.value),
                Cell(part.change or NOTHING, number=True),
                Cell(bar.source or NOTHING),
            ]
            for bar in self.rows
            for part in bar.told
        ]
        columns = [_("Period"), _("Figure"), self.unit, _("Change on year"), _("Source")]
        return Table(self.heading, *filled(columns, rows, least=3), note=self.note, level=self.level)

    @property
    def words(self) -> str:
        """What the picture says, for those who do not see it."""
        return "; ".join(": ".join((bar.label, *_parted(bar))) for bar in self.rows)


def _parted(bar: Bar) -> Iterator[str]:
    yield bar.figure
    if bar.whole and len(bar.told) > 1:
        yield ", ".join(f"{part.label} {grouped(part.value)}" for part in bar.parts)


@dataclass(frozen=True)
class Step:
    """A step of a funnel: a stage and how many stand there."""

    label: str
    count: int
    stage: str
    group: str


@dataclass(frozen=True)
class Funnel:
    """How many agreements stand at each stage, in the order of an agreement's life."""

    kind: ClassVar = "funnel"

    heading: str
    rows: Sequence[Step]
    level: int = 2

    @property
    def table(self) -> Table:
        """The funnel as a table."""
        rows = [[Cell(row.label, stage=row.stage, group=row.group), Cell.count(row.count)] for row in self.rows]
        return Table(self.heading, [_("Stage"), pgettext("count", "Agreements")], rows, level=self.level)

    @property
    def words(self) -> str:
        """What the picture says, for those who do not see it."""
        return "; ".join(f"{row.label}: {row.count}" for row in self.rows)


@dataclass(frozen=True)
class Span:
    """A time in a lane: from a day until a day, what it was. What is not certain is drawn hatched.

    A span of one day is an event. `first` and `last` lie within the picture; `when` says the real dates in words. Where
    the bounds are imprecise it was certainly so only from `sure_from` until `sure_until`.
    """

    first: date
    last: date
    label: str
    when: str
    group: str = ""
    certain: bool = True
    sure_from: date | None = None
    sure_until: date | None = None


@dataclass(frozen=True)
class Lane:
    """A lane of a timeline: whose it is, and what stands in it in the order of time."""

    label: str
    spans: Sequence[Span]
    language: str = ""
    address: str = ""


@dataclass(frozen=True)
class Timeline:
    """Lanes side by side between two days, drawn to scale; `now` is the day the report looks at.

    `lane` names what each lane is of, where that is not an agreement.
    """

    kind: ClassVar = "timeline"

    heading: str
    first: date
    last: date
    lanes: Sequence[Lane]
    now: date | None = None
    empty: str = ""
    level: int = 2
    lane: str = ""

    @property
    def table(self) -> Table:
        """The timeline as a table, a row for each span."""
        rows = [
            [Cell(lane.label, lane.language, address=lane.address), Cell(span.label, group=span.group), Cell(span.when)]
            for lane in self.lanes
            for span in lane.spans
        ]
        columns = [self.lane or _("Agreement"), _("What"), _("When")]
        return Table(self.heading, columns, rows, empty=self.empty, level=self.level)

    @property
    def words(self) -> str:
        """What the picture says, for those who do not see it."""
        told = (
            f"{lane.label}: " + ", ".join(f"{span.label} ({span.when})" for span in lane.spans) for lane in self.lanes
        )
        return "; ".join(told)


#: What is drawn, and has a table that says the same.
Picture = Figures | Bars | Funnel | Timeline
#: What stands in a document from top to bottom.
Simple = Heading | Paragraph | Points | Table
Block = Simple | Picture


@dataclass(frozen=True)
class Columns:
    """Blocks that stand side by side where there is room; the widths are shares."""

    kind: ClassVar = "columns"

    columns: Sequence[Sequence[Block]]
    widths: Sequence[int] = ()


@dataclass(frozen=True)
class Document:
    """A whole report, ready to be rendered. A page of wide tables is `wide`.

    `marking` stands on every page. The author and the moment are what its file says of itself.
    """

    title: str
    subtitle: str
    marking: str
    stamps: Sequence[Stamp]
    blocks: Sequence[Block | Columns] = field(default_factory=tuple)
    wide: bool = False
    author: str = ""
    known_at: datetime | None = None

    def each(self) -> Iterator[Block]:
        """Yield the blocks, those that stand side by side one after the other."""
        for block in self.blocks:
            if isinstance(block, Columns):
                for column in block.columns:
                    yield from column
            else:
                yield block

    def flat(self) -> Iterator[Simple]:
        """Yield what formats without pictures show: the same, with the table of each picture in its stead."""
        for block in self.each():
            yield block.table if isinstance(block, Figures | Bars | Funnel | Timeline) else block

    @property
    def tables(self) -> list[Table]:
        """The tables, those of the pictures among them."""
        return [block for block in self.flat() if isinstance(block, Table)]
