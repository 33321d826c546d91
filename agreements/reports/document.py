"""A report as content: headings, paragraphs, tables and key figures that every format renders alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agreements.words import Worded

#: What stands in a cell that has nothing to say.
NOTHING = "–"


@dataclass(frozen=True)
class Stamp:
    """One line of what a report says of itself: as of, known at, filters, author, level."""

    label: str
    value: str


@dataclass(frozen=True)
class Cell:
    """A cell of a table: a text and the language it is in, notes below it, an address, or the sign of a stage."""

    text: str
    language: str = ""
    notes: Sequence[str] = ()
    number: bool = False
    address: str = ""
    stage: str = ""
    group: str = ""

    @classmethod
    def of(cls, words: Worded, **more: object) -> "Cell":
        """Return the cell of a text that may have fallen back to another language."""
        return cls(words.text, words.language, **more)  # type: ignore[arg-type]


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


@dataclass(frozen=True)
class Table:
    """A table with a heading, facts above it, column heads and rows of cells.

    In a `sparse` table most cells may be empty; plain text leaves those out.
    """

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    empty: str = ""
    note: str = ""
    facts: Sequence[Fact] = ()
    address: str = ""
    language: str = ""
    sparse: bool = False

    @property
    def numeric(self) -> set[int]:
        """The columns of numbers, which are set to the right."""
        return {place for row in self.rows[:1] for place, cell in enumerate(row) if cell.number}

    @property
    def counts(self) -> bool:
        """Whether it only counts: two columns, words and numbers."""
        return len(self.columns) == 2


@dataclass(frozen=True)
class Document:
    """A whole report, ready to be rendered."""

    title: str
    subtitle: str
    marking: str
    stamps: Sequence[Stamp]
    tables: Sequence[Table] = field(default_factory=tuple)
