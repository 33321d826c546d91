"""Opening a table: a file of text or a workbook, its layout found out or given, and its rows in a stream."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import BinaryIO

from django.utils.translation import gettext as _

from agreements.tabular import fields as known_fields
from agreements.tabular import heading, text, workbook
from agreements.tabular.heading import Record
from agreements.tabular.layout import (
    MAX_BYTES,
    MAX_COLUMNS,
    SAMPLE,
    Cell,
    Column,
    Layout,
    Remark,
    Row,
    Unreadable,
)
from agreements.tabular.workbook import Workbook

__all__ = ["Cell", "Column", "Layout", "Remark", "Row", "Table", "Unreadable", "open_table"]


@dataclass(frozen=True)
class Table:
    """A table that is open: how it is laid out, its columns, and what there is to say about it."""

    layout: Layout
    sheets: tuple[str, ...]
    columns: tuple[Column, ...]
    remarks: tuple[Remark, ...]
    _file: BinaryIO = field(repr=False, compare=False)
    _book: Workbook | None = field(default=None, repr=False, compare=False)
    _header: tuple[str, ...] = field(default=(), repr=False, compare=False)

    def rows(self) -> Iterator[Row]:
        """Yield the rows below the header, one at a time, empty ones left out. One reading at a time.

        Raises Unreadable where the file breaks off or a cell is too long.
        """
        width = len(self.columns)
        layout = self.layout
        for number, cells in _records(self._file, self._book, layout):
            if number < layout.first_row:
                continue
            if layout.last_row is not None and number > layout.last_row:
                return
            kept = tuple(cell if cell != "" else None for cell in cells)
            yield Row(
                number,
                kept[:width] + (None,) * (width - len(kept)),
                _without_end(kept[width:]) if len(kept) > width else (),
                heading.aside(kept[:width], width, self._header),
            )

    def sample(self, number: int = 20) -> list[Row]:
        """Return the first rows."""
        return list(islice(self.rows(), number))


def open_table(content: bytes | BinaryIO, *, name: str = "", sheet: str = "", layout: Layout | None = None) -> Table:
    """Open a table. Its layout is found out from its first rows, or given; then it is not questioned.

    `name` is the name of the file, `sheet` the sheet of a workbook (the first with a table by default). Raises
    Unreadable.
    """
    file = workbook.opened(content)
    file.seek(0, 2)
    if file.tell() > MAX_BYTES:
        raise Unreadable(_("The file is too large: at most %(size)s MB.") % {"size": MAX_BYTES // 1024 // 1024})
    file.seek(0)
    head = file.read(64)
    if not head.strip():
        raise Unreadable(_("The file is empty."))
    remarks: list[Remark] = []
    book: Workbook | None = None
    sheets: tuple[str, ...] = ()
    if workbook.is_workbook(head):
        book = Workbook(file)
        sheets = book.sheets
        laid = _sheet_layout(book, sheet or (layout.sheet if layout else ""), remarks)
    else:
        laid = layout if layout and layout.encoding else _text_layout(file, layout, remarks)
    return _laid_out(file, book, sheets, laid, layout, remarks)


def _sheet_layout(book: Workbook, sheet: str, remarks: list[Remark]) -> Layout:
    if sheet and sheet not in book.sheets:
        raise Unreadable(
            _("There is no sheet “%(sheet)s”. There are: %(known)s.")
            % {"sheet": sheet, "known": ", ".join(book.sheets)}
        )
    if not sheet:
        with_rows = [one for one in book.sheets if _rows_in(book, one) > 1]
        if not with_rows:
            raise Unreadable(_("The workbook has no sheet with a table."))
        sheet = with_rows[0]
        if len(with_rows) > 1:
            sentence = _("The workbook has several sheets with tables; “%(sheet)s” is read. The others: %(others)s.")
            others = ", ".join(f"“{one}”" for one in with_rows[1:])
            remarks.append(Remark(0, "", sentence % {"sheet": sheet, "others": others}, doubtful=True))
    return Layout(encoding="", delimiter="", quote="", sheet=sheet)


def _rows_in(book: Workbook, sheet: str) -> int:
    return sum(1 for _row in islice(book.rows(sheet), 3))


def _text_layout(file: BinaryIO, given: Layout | None, remarks: list[Remark]) -> Layout:
    encoding, judged = text.encoding_of(file)
    if judged:
        remarks.append(text.judged_remark(encoding))
    delimiter, quote, doubtful = text.dialect_of(file, encoding)
    if doubtful:
        words = {",": _("comma"), ";": _("semicolon"), "\t": _("tabulator"), "|": _("stroke")}
        sentence = _("The sign between the cells may also be another one; taken is: %(sign)s.")
        remarks.append(Remark(0, "", sentence % {"sign": words[delimiter]}, doubtful=True))
    return Layout(encoding=encoding, delimiter=delimiter, quote=quote)


def _records(file: BinaryIO, book: Workbook | None, layout: Layout) -> Iterator[Record]:
    if book:
        yield from book.rows(layout.sheet)
    else:
        yield from text.records(file, layout.encoding, layout.delimiter, layout.quote)


def _laid_out(
    file: BinaryIO,
    book: Workbook | None,
    sheets: tuple[str, ...],
    laid: Layout,
    given: Layout | None,
    remarks: list[Remark],
) -> Table:
    sample = list(islice(_records(file, book, laid), SAMPLE))
    if not sample:
        raise Unreadable(_("The file is empty."))
    if given is not None:
        found = replace(given, encoding=laid.encoding, delimiter=laid.delimiter, quote=laid.quote, sheet=laid.sheet)
    else:
        found = _found(sample, laid, book, remarks)
    by_number = dict(sample)
    body = [(number, cells) for number, cells in sample if number >= found.first_row]
    header = by_number.get(found.header_row, []) if found.header_row else []
    if found.header_row and not header:
        raise Unreadable(
            _("Row %(row)s is empty and cannot name the columns. Name another row.") % {"row": found.header_row}
        )
    width = max([len(header), *(heading.end(cells) for _number, cells in body)], default=0)
    if width > MAX_COLUMNS:
        raise Unreadable(
            _("The table has more than %(number)s columns. Delete those that do not belong to it.")
            % {"number": MAX_COLUMNS}
        )
    names = heading.names_of(header, _groups(found, by_number, book, width), width, _("Column %(number)s"))
    remarks += _about(header, names, body, width, found)
    columns = tuple(
        Column(place, name, empty=not any(place < len(cells) and cells[place] not in (None, "") for _no, cells in body))
        for place, name in enumerate(names)
    )
    told = tuple(str(header[place] or "").lower() if place < len(header) else "" for place in range(width))
    return Table(found, sheets, columns, tuple(remarks), file, book, told if any(told) else ())


def _found(sample: Sequence[Record], laid: Layout, book: Workbook | None, remarks: list[Remark]) -> Layout:
    found = heading.heading_of(sample, known_fields.header_words())
    first = sample[0][0]
    if found.row is None:
        sentence = _("No row names the columns: the table begins with row %(row)s.")
        remarks.append(Remark(0, "", sentence % {"row": first}, doubtful=True))
        return replace(laid, header_row=None, first_row=first)
    row, group = found.row, found.group
    if book and (joined := _joined(book, laid.sheet, row, heading.width_of(sample))):
        row, group = joined
    if group is not None:
        sentence = _("The columns are named by rows %(group)s and %(row)s together.")
        remarks.append(Remark(row, "", sentence % {"group": group, "row": row}, doubtful=not book))
    elif row > first:
        sentence = _("The columns are named by row %(row)s; what stands above it is not read.")
        remarks.append(Remark(row, "", sentence % {"row": row}, doubtful=not found.sure))
    elif not found.sure:
        sentence = _("Row %(row)s is taken for the names of the columns, and not for the first record.")
        remarks.append(Remark(row, "", sentence % {"row": row}, doubtful=True))
    return replace(laid, header_row=row, first_row=row + 1, group_row=group)


def _joined(book: Workbook, sheet: str, row: int, width: int) -> tuple[int, int] | None:
    """Return the two rows of a header, the lower first: cells of the upper one are joined over several columns."""
    across = {one.top for one in book.merged(sheet) if one.right > one.left and one.right - one.left + 1 < width}
    if row in across:
        return row + 1, row
    return (row, row - 1) if row - 1 in across else None


def _groups(layout: Layout, rows: Mapping[int, Sequence[Cell]], book: Workbook | None, width: int) -> dict[int, str]:
    """Return which group each column belongs to, by its place."""
    if not layout.group_row or not layout.header_row:
        return {}
    cells = rows.get(layout.group_row, [])
    if book is None:
        return heading.spread(list(cells) + [None] * (width - len(cells)))
    found = {place: heading.name_of(cell) for place, cell in enumerate(cells) if cell not in (None, "")}
    for one in book.merged(layout.sheet):
        if one.top == layout.group_row and one.left in found:
            found |= dict.fromkeys(range(one.left, one.right + 1), found[one.left])
    return found


def _about(
    header: Sequence[Cell], names: Sequence[str], body: Sequence[Record], width: int, layout: Layout
) -> Iterator[Remark]:
    if layout.header_row is None:
        return
    numbered = {re.sub(r" \(\d+\)$", "", name) for name in names if re.search(r" \(\d+\)$", name)}
    for name in names:
        if name not in numbered:
            continue
        sentence = _("Several columns have this name; they are told apart by a number.")
        yield Remark(layout.header_row, name, sentence, doubtful=True)
    if width > len(header) and body:
        sentence = _("Some rows have more cells than the header has names: %(number)s columns have none.")
        yield Remark(layout.header_row, "", sentence % {"number": width - len(header)}, doubtful=True)


def _without_end(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    end = heading.end(cells)
    return cells[:end]
