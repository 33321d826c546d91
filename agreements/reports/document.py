"""A report as content: headings, paragraphs, tables and key figures that every format renders alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agreements.words import Worded


@dataclass(frozen=True)
class Stamp:
    """One line of what a report says of itself: as of, known at, filters, author, level."""

    label: str
    value: str


@dataclass(frozen=True)
class Cell:
    """A cell of a table: a text, the language it is in where that is another one, notes below it, an address."""

    text: str
    language: str = ""
    notes: Sequence[str] = ()
    number: bool = False
    address: str = ""

    @classmethod
    def of(cls, words: Worded, **more: object) -> "Cell":
        """Return the cell of a text that may have fallen back to another language."""
        return cls(words.text, words.language, **more)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Table:
    """A table with a heading, column heads and rows of cells."""

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    empty: str = ""
    note: str = ""


@dataclass(frozen=True)
class Document:
    """A whole report, ready to be rendered."""

    title: str
    subtitle: str
    marking: str
    stamps: Sequence[Stamp]
    tables: Sequence[Table] = field(default_factory=tuple)
