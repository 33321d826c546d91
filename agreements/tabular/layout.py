"""What is found out about a file of a table, the words in which it is told, and the rows that are read from it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from django.utils.translation import gettext as _

#: What stands in a cell; None is an empty one. Cells of text files are texts.
Cell = str | date | datetime | int | Decimal | None

#: How large a file may be, and what it may be unpacked; how many columns, and signs in a cell, a table may have.
MAX_BYTES, MAX_UNPACKED = 64 * 1024 * 1024, 400 * 1024 * 1024
MAX_COLUMNS, MAX_CELL = 500, 32_767
#: How many rows are looked at to find out how a table is laid out.
SAMPLE = 2_000


class Unreadable(ValueError):
    """A file cannot be read as a table; the message says why, and what to do."""


@dataclass(frozen=True)
class Remark:
    """A sentence about a place of the file; row 0 is the file as a whole. One that is doubtful is for a person."""

    row: int
    column: str
    sentence: str
    doubtful: bool = False

    def __str__(self) -> str:
        told = {"row": self.row, "column": self.column, "sentence": self.sentence}
        if self.row and self.column:
            return _("Row %(row)s, column “%(column)s”: %(sentence)s") % told
        return _("Row %(row)s: %(sentence)s") % told if self.row else self.sentence


@dataclass(frozen=True)
class Layout:
    """How a file is laid out. Rows count from 1, as a spreadsheet shows them; no `header_row`: the table has none.

    `encoding` is Python's name, empty for a workbook, as are `delimiter` and `quote`. `last_row` None: to the end.
    `group_row` is the row above the header that names several columns together.
    """

    encoding: str = ""
    delimiter: str = ""
    quote: str = '"'
    header_row: int | None = 1
    first_row: int = 2
    last_row: int | None = None
    sheet: str = ""
    group_row: int | None = None

    def as_data(self) -> dict[str, Any]:
        """Return the layout as it is kept."""
        return asdict(self)

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Self:
        """Return a layout that was kept; what is not known is left out."""
        return cls(**{field.name: data[field.name] for field in fields(cls) if field.name in data})


@dataclass(frozen=True)
class Column:
    """A column: its place from 0, its name, which no other column has, and whether nothing was found in it."""

    index: int
    name: str
    empty: bool = False


@dataclass(frozen=True)
class Row:
    """A row: its number in the file, a cell for each column, and the cells beyond the last column.

    `aside` says why a row looks as if it were no record: "total" or "note"; empty for the others.
    """

    number: int
    cells: tuple[Cell, ...]
    extra: tuple[Cell, ...] = ()
    aside: str = ""
