"""Tables in workbooks (XLSX): their sheets, and the rows of one, read one after another and never all at once."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, BinaryIO, NamedTuple

from django.utils.translation import gettext as _

from agreements.tabular.layout import MAX_CELL, MAX_COLUMNS, MAX_UNPACKED, Cell, Unreadable

#: A part of a workbook that is packed more tightly than this, and large, was made to fill a memory.
_TIGHTEST, _LARGE = 200, 16 * 1024 * 1024
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)"')
#: How many parts a workbook has at most, and what a broken archive raises.
_PARTS = 5_000
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, NotImplementedError, RuntimeError)
#: How pages, XML and JSON begin, whatever the file is called.
_MARKED_UP = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<meta", b"[{", b'{"', b"{\\rtf")
_OLD, _ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"


def _declares(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether a part declares entities, as no spreadsheet does: a few lines of them could grow without end."""
    if not part.filename.endswith((".xml", ".rels")):
        return False
    with parts.open(part) as file:
        start = file.read(1024).replace(b"\0", b"").upper()
    return b"<!DOCTYPE" in start or b"<!ENTITY" in start


def is_workbook(head: bytes) -> bool:
    """Whether a file is an archive, as workbooks are. Raises Unreadable for formats that are known and not read."""
    if head.startswith(_OLD):
        raise Unreadable(_("The workbook is in the format of Excel 97–2003. Save it as XLSX."))
    if head.startswith(b"%PDF"):
        raise Unreadable(_("A PDF is not a table. Ask for the spreadsheet, or save the table as XLSX or CSV."))
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_MARKED_UP):
        raise Unreadable(_("The file is not a table. Save it as XLSX or as “CSV UTF-8”."))
    return head.startswith(_ZIP)


class Merged(NamedTuple):
    """Cells that are joined: the first and the last row, from 1, the first and the last column, from 0."""

    top: int
    bottom: int
    left: int
    right: int


class Workbook:
    """A workbook that is open for reading. Raises Unreadable."""

    def __init__(self, file: BinaryIO) -> None:
        file.seek(0)
        self._file = file
        try:
            with zipfile.ZipFile(file) as parts:
                found = parts.infolist()
                names = parts.namelist()
                strange = any(_declares(parts, part) for part in found[:_PARTS])
        except _BROKEN as error:
            raise Unreadable(_("The workbook is damaged and cannot be read.")) from error
        if "content.xml" in names or "mimetype" in names:
            raise Unreadable(_("The workbook is in another format than XLSX. Save it as XLSX."))
        if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
            raise Unreadable(_("The file is an archive, not a workbook. Unpack it, and give the table itself."))
        whole = sum(part.file_size for part in found)
        tight = any(
            part.file_size > _LARGE and part.file_size > _TIGHTEST * max(part.compress_size, 1) for part in found
        )
        if strange:
            raise Unreadable(_("The workbook is damaged and cannot be read."))
        if whole > MAX_UNPACKED or tight or len(found) > _PARTS:
            raise Unreadable(_("The workbook is too large when it is unpacked. Divide the table, or save it as CSV."))

    @cached_property
    def _book(self) -> Any:
        import openpyxl

        self._file.seek(0)
        try:
            return openpyxl.load_workbook(self._file, read_only=True, data_only=True, keep_links=False)
        except Exception as error:  # whatever a broken file makes the library raise
            raise Unreadable(_("The workbook is damaged and cannot be read.")) from error

    @cached_property
    def sheets(self) -> tuple[str, ...]:
        """The names of the sheets with cells, in their order."""
        return tuple(sheet.title for sheet in self._book.worksheets)

    def rows(self, sheet: str) -> Iterator[tuple[int, list[Cell]]]:
        """Yield the rows of a sheet with their numbers, empty ones left out."""
        table = self._book[sheet]
        table.reset_dimensions()
        number = 0
        try:
            for number, values in enumerate(table.iter_rows(values_only=True), start=1):
                cells = [_cell(value) for value in values]
                while cells and cells[-1] is None:
                    cells.pop()
                if len(cells) > MAX_COLUMNS:
                    raise _too_wide(number)
                if cells:
                    yield number, cells
        except Unreadable:
            raise
        except Exception as error:  # as above: of a sheet that breaks off, or holds what it must not
            raise Unreadable(
                _("Row %(row)s of the sheet “%(sheet)s” cannot be read.") % {"row": number + 1, "sheet": sheet}
            ) from error

    def merged(self, sheet: str) -> list[Merged]:
        """Return which cells of a sheet are joined."""
        path = getattr(self._book[sheet], "_worksheet_path", "")
        found: list[Merged] = []
        self._file.seek(0)
        try:
            with zipfile.ZipFile(self._file) as parts, parts.open(path) as part:
                before = b""
                while chunk := part.read(1 << 18):
                    text = before + chunk
                    end = 0
                    for match in _MERGED.finditer(text):
                        found.append(Merged(int(match[2]), int(match[4]), _place(match[1]), _place(match[3])))
                        end = match.end()
                    before = text[max(end, len(text) - 200) :]
        except (KeyError, *_BROKEN):
            return []
        return found


def _too_wide(row: int) -> Unreadable:
    return Unreadable(
        _("Row %(row)s has more than %(number)s columns. Delete those that do not belong to the table.")
        % {"row": row, "number": MAX_COLUMNS}
    )


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place - 1


def _cell(value: object) -> Cell:
    """Return what stands in a cell. Moments at midnight are days; whole numbers have no fraction."""
    match value:
        case None:
            return None
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return value
        case float():
            return int(value) if value.is_integer() and abs(value) < 1e15 else Decimal(repr(value))
        case datetime():
            return value.date() if value.time() == time() else value
        case date():
            return value
        case time() | timedelta():
            return str(value)
    text = str(value).strip()
    if len(text) > MAX_CELL:
        raise Unreadable(_("A cell is too long: at most %(number)s signs.") % {"number": MAX_CELL})
    return text or None


def opened(content: bytes | BinaryIO) -> BinaryIO:
    """Return a content as a file that can be read again and again."""
    return io.BytesIO(content) if isinstance(content, bytes) else content
