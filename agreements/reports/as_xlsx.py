"""Reports for spreadsheets that keep values: real dates, real numbers, a sheet for each table.

The first sheet holds what is no table: title, stamps, marking, paragraphs, points, and what stands above and below the
tables, with links to their sheets. The sheet of a table has the column heads in its first row and nothing but rows
below, so that it can be filtered and sorted. Notes of cells stand in a column of their own, beside the column that they
belong to. Only a date that is known to the day becomes a date; a month, a year, an unknown day stay words.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import chain, islice
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.choices import Precision
from agreements.dates import FuzzyDate
from agreements.numbers import grouped
from agreements.reports.document import Cell, Document, Fact, Heading, Paragraph, Points, Table
from agreements.reports.letters import clean, one_line

#: Days as each language writes them in tables.
_DAYS = {"en": "[$-809]d mmm yyyy", "ru": "dd.mm.yyyy", "kk": "dd.mm.yyyy"}
#: Spreadsheets disagree about the days before this one: 1900 was no leap year.
_FIRST_DAY = date(1900, 3, 1)
#: What spreadsheets count days from.
_ZERO = date(1899, 12, 30).toordinal()
#: The created-at of a file whose content has no moment: it must not be the clock.
_NO_MOMENT = datetime(2000, 1, 1)  # noqa: DTZ001 - written as it is

_NAME_LENGTH, _CELL_LENGTH, _FORMAT_LENGTH = 31, 32_767, 200
_FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
#: So many rows are looked at to see which columns have notes; rows may be made while they are written.
_LOOKED_AT = 1000
#: Widths in letters, heights in points.
_NARROWEST, _WIDEST, _TOP_WIDTHS = 8, 36, (32, 96)
_LINE_HEIGHT, _HIGHEST = 14, 409
_INK, _QUIET, _LINE, _LATE = "#1b232b", "#4a5661", "#dfe3e7", "#a3301f"
_GROUPS = {"preparing": "#2f5f8f", "concluded": "#63458a", "operative": "#256746", "ended": "#5c6670"}


def render(document: Document, language: str) -> bytes:
    """Return the document as an XLSX workbook; equal content gives equal bytes."""
    import xlsxwriter

    out = BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        made = document.known_at.replace(tzinfo=None) if document.known_at else _NO_MOMENT
        book.set_properties(
            {
                "title": one_line(document.title),
                "subject": one_line(document.subtitle),
                "author": one_line(document.author),
                "keywords": one_line(document.marking),
                "created": made.replace(microsecond=0),
            }
        )
        book.formats[0].set_font_name("Noto Sans")
        book.formats[0].set_font_size(10)
        _Workbook(book, document, language).write()
    return out.getvalue()


@dataclass
class _Sheet:
    """The sheet of a table or a series: how wide its columns are, which have notes beside them, the next free row."""

    sheet: Any
    name: str
    noted: Sequence[bool]
    named: bool
    widths: Sequence[int]
    row: int = 1


class _Workbook:
    """Writes a document into a workbook: the text on the first sheet, each table on its own or with its series."""

    def __init__(self, book: Any, document: Document, language: str) -> None:
        self.book = book
        self.document = document
        self.days = _DAYS.get(language, "yyyy-mm-dd")
        self.formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self.names: set[str] = set()
        self.series: dict[str, _Sheet] = {}
        self.top = self.add_sheet(_("Report"))[0]
        self.top_row = 0

    def write(self) -> None:
        """Write everything."""
        document, top = self.document, self.top
        for place, width in enumerate(_TOP_WIDTHS):
            top.set_column(place, place, width)
        self.line(document.title, bold=True, size=16, wrap=False)
        self.line(document.subtitle, color=_QUIET, size=12, wrap=False)
        for stamp in document.stamps:
            self.line(stamp.label, stamp.value, color=_QUIET)
        if document.marking:
            self.line(document.marking.upper(), bold=True, wrap=False)
        for block in document.flat():
            match block:
                case Heading():
                    self.heading(block.text, block.level)
                case Paragraph():
                    self.paragraph(block)
                case Points():
                    self.points(block)
                case Table():
                    self.table(block)
        for sheet in self.series.values():
            self.close(sheet)

    # ---- the first sheet ----
    def line(self, label: str, text: str = "", *, beside: dict[str, Any] | None = None, **look: Any) -> None:
        """Write a line: a label, and beside it what it says."""
        lines = max(1 if look.get("wrap") is False else _lines(label, _TOP_WIDTHS[0]), _lines(text, _TOP_WIDTHS[1]))
        size = int(look.get("size", 10))
        if size > 10:
            self.top.set_row(self.top_row, 2 * size)
        self.grow(self.top, self.top_row, lines)
        self.text(self.top, self.top_row, 0, label, self.format(**{"wrap": True, **look}))
        if text:
            self.text(self.top, self.top_row, 1, text, self.format(**{"wrap": True, **(beside or {})}))
        self.top_row += 1

    def heading(self, text: str, level: int) -> None:
        """Write a heading with a free line above it."""
        self.top_row += 1
        self.line(text, bold=True, size=12 if level == 2 else 10, wrap=False)

    def paragraph(self, paragraph: Paragraph) -> None:
        """Write a paragraph, and below it what must be seen."""
        quiet = {"color": _QUIET} if paragraph.tone == "note" else {}
        for text, look in ((paragraph.text, quiet), (_alerted(paragraph.alert), {"color": _LATE, "bold": True})):
            if text:
                self.line("", text, beside=look)

    def points(self, points: Points) -> None:
        """Write a list of points, each with its lead beside it and its notes below."""
        if points.heading:
            self.heading(points.heading, points.level)
        for number, point in enumerate(points.items, 1):
            sign = f"{number}." if points.numbered else "–"
            draft = f" [{_('draft')}]" if point.draft else ""
            self.line(f"{sign} {point.lead}".rstrip(), f"{point.text}{draft}", bold=True)
            for note in point.notes:
                self.line("", note, beside={"color": _QUIET})
        if not points.items and points.empty:
            self.line("", points.empty, beside={"color": _QUIET})

    def table(self, table: Table) -> None:
        """Write what stands above a table, the table on its sheet with a link to it, and what stands below."""
        if table.heading:
            self.heading(table.heading, table.level)
        for fact in table.facts:
            self.fact(fact)
        rows = iter(table.rows)
        looked_at = list(islice(rows, _LOOKED_AT))
        if looked_at:
            sheet = self.sheet_of(table, looked_at)
            first = sheet.row
            self.rows(sheet, table, chain(looked_at, rows))
            self.link(sheet, first, beside=bool(table.heading) and not table.facts)
            if not table.series:
                self.close(sheet)
        elif table.empty:
            self.line("", table.empty, beside={"color": _QUIET})
        if table.note:
            self.line("", table.note, beside={"color": _QUIET})

    def fact(self, fact: Fact) -> None:
        """Write what is said above a table: its label once, its lines one below the other."""
        look = {"color": _LATE, "bold": True} if fact.alert else {}
        for place, (depth, text) in enumerate(fact.lines):
            label = "" if place else _alerted(fact.label) if fact.alert else fact.label
            self.line(label, text, beside={**look, **({"indent": depth} if depth else {})}, **look)

    def link(self, sheet: _Sheet, first: int, *, beside: bool) -> None:
        """Write where the rows of a table are, beside its heading where nothing stands between."""
        count = sheet.row - first
        words = ngettext("%(count)s row on the sheet “%(name)s”", "%(count)s rows on the sheet “%(name)s”", count)
        quoted = sheet.name.replace("'", "''")
        self.top_row -= beside
        self.top.write_url(
            self.top_row,
            1,
            f"internal:'{quoted}'!A{first + 1 if first > 1 else 1}",
            self.format(color="#0e4f60", underline=True),
            words % {"count": grouped(count), "name": sheet.name},
        )
        self.top_row += 1

    # ---- the sheets of tables ----
    def sheet_of(self, table: Table, rows: Sequence[Sequence[Cell]]) -> _Sheet:
        """Return the sheet on which the rows of a table go on; how it is laid out is decided by the first rows."""
        if table.series in self.series:
            return self.series[table.series]
        named = bool(table.series)
        others = [one for one in self.document.tables if named and one.series == table.series and one is not table]
        looked_at = list(chain(rows, *(islice(other.rows, _LOOKED_AT) for other in others)))
        noted = [any(row[place].notes for row in looked_at) for place in range(len(table.columns))]
        made, name = self.add_sheet(table.series or table.heading)
        heads = [_("Section")] if named else []
        widths = [_width(heads[0], [one.heading for one in (table, *others)])] if named else []
        for place, (column, has_notes) in enumerate(zip(table.columns, noted, strict=True)):
            heads.append(column)
            widths.append(_width(column, [row[place].text for row in looked_at]))
            if has_notes:
                heads.append(_("%(column)s – notes") % {"column": column})
                widths.append(_width(heads[-1], [note for row in looked_at for note in row[place].notes]))
        for place, (head, width) in enumerate(zip(heads, widths, strict=True)):
            self.text(made, 0, place, head, self.format(bold=True, wrap=True, head=True))
            made.set_column(place, place, width)
        self.grow(made, 0, max(_lines(head, width) for head, width in zip(heads, widths, strict=True)))
        sheet = _Sheet(made, name, noted, named, widths)
        if named:
            self.series[table.series] = sheet
        return sheet

    def rows(self, sheet: _Sheet, table: Table, rows: Iterable[Sequence[Cell]]) -> None:
        """Write rows one after the other, as they come."""
        for row in rows:
            column, lines = 0, 1
            if sheet.named:
                lines = self.put(sheet, column, table.heading, self.format(wrap=True))
                column = 1
            for cell, noted in zip(row, sheet.noted, strict=True):
                lines = max(lines, self.cell(sheet, column, cell, noted=noted))
                column += 1
                if noted:
                    if cell.notes:
                        notes = self.format(wrap=True, color=_QUIET)
                        lines = max(lines, self.put(sheet, column, "\n".join(cell.notes), notes))
                    column += 1
            self.grow(sheet.sheet, sheet.row, lines)
            sheet.row += 1

    def cell(self, sheet: _Sheet, column: int, cell: Cell, *, noted: bool) -> int:
        """Write a cell, as a value where it has one, else as its text; return how many lines it takes."""
        look: dict[str, Any] = {}
        if cell.stage:
            look["color"] = _GROUPS.get(cell.group, _INK)
        if cell.alert:
            look |= {"color": _LATE, "bold": True}
        if cell.number:
            look["right"] = True
        if cell.value is not None and (noted or not cell.notes):
            value, shown = self.valued(cell)
            if value is not None:
                sheet.sheet.write_number(sheet.row, column, value, self.format(number=shown, **look))
                return 1
        text = _alerted(cell.text) if cell.alert else cell.text
        return self.put(
            sheet, column, text if noted else "\n".join([text, *cell.notes]), self.format(wrap=True, **look)
        )

    def valued(self, cell: Cell) -> tuple[float | None, str]:
        """Return the number that is kept for a cell, and the format in which it shows what the text says."""
        day = _day(cell.value)
        sign = '"! "' if cell.alert else ""
        if day is not None:
            return day.toordinal() - _ZERO, sign + self.days
        if isinstance(cell.value, int | Decimal):
            shown = _shown(cell.text, cell.value)
            if shown:
                return float(cell.value), sign + shown
        return None, ""

    def put(self, sheet: _Sheet, column: int, text: str, look: Any) -> int:
        """Write a text into a column; return how many lines it takes there."""
        self.text(sheet.sheet, sheet.row, column, text, look)
        return _lines(text, sheet.widths[column])

    def grow(self, sheet: Any, row: int, lines: int) -> None:
        """Make a row as high as its lines: not every program does it by itself."""
        if lines > 1:
            sheet.set_row(row, min(_LINE_HEIGHT * lines + 2, _HIGHEST))

    def close(self, sheet: _Sheet) -> None:
        """Finish the sheet of a table: filters, frozen head, what is repeated in print."""
        made = sheet.sheet
        made.autofilter(0, 0, sheet.row - 1, len(sheet.widths) - 1)
        made.freeze_panes(1, 1)
        made.repeat_rows(0)

    # ---- both ----
    def add_sheet(self, wanted: str) -> tuple[Any, str]:
        """Add a sheet with a name that spreadsheets accept and none has yet, and set its page."""
        name = _sheet_name(wanted, self.names)
        self.names.add(name.casefold())
        sheet = self.book.add_worksheet(name)
        sheet.set_paper(9)  # A4
        if len(self.names) > 1 or self.document.wide:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
        head = f"&L{_print(self.document.title)}&R&B{_print(self.document.marking.upper())}"
        stamps = "   ".join(f"{stamp.label}: {stamp.value}" for stamp in self.document.stamps)
        sheet.set_header(head)
        page = _("Page %(number)s of %(count)s") % {"number": "&P", "count": "&N"}
        sheet.set_footer(f"&L&8{_print(stamps, 180)}&R&8{page}")
        return sheet, name

    def text(self, sheet: Any, row: int, column: int, text: str, look: Any) -> None:
        """Write a text as a text, whatever it looks like."""
        kept = clean(text).replace("\r\n", "\n").replace("\r", "\n")
        sheet.write_string(row, column, kept if len(kept) <= _CELL_LENGTH else f"{kept[: _CELL_LENGTH - 1]}…", look)

    def format(self, **look: Any) -> Any:
        """Return the format of a look; each look is one format."""
        key = tuple(look.items())
        if key not in self.formats:
            self.formats[key] = self.book.add_format(_properties(**look))
        return self.formats[key]


def _properties(
    *,
    bold: bool = False,
    color: str = _INK,
    size: int = 10,
    wrap: bool = False,
    indent: int = 0,
    underline: bool = False,
    right: bool = False,
    number: str = "",
    head: bool = False,
) -> dict[str, Any]:
    """Return a look in the words of the library."""
    found: dict[str, Any] = {
        "font_name": "Noto Sans",
        "font_size": size,
        "font_color": color,
        "bold": bold,
        "text_wrap": wrap,
        "indent": indent,
        "underline": int(underline),
        "valign": "top",
    }
    if right:
        found |= {"align": "right", "indent": 1}
    elif number:
        found["align"] = "left"
    if number:
        found["num_format"] = number
    if head:
        found |= {"valign": "bottom", "bottom": 2, "bottom_color": _INK, "bg_color": "#f6f7f8"}
    return found


def _alerted(text: str) -> str:
    """Mark what must be seen by a sign, for colour alone tells not everybody."""
    return f"! {text}" if text else ""


def _width(head: str, texts: Iterable[str]) -> int:
    """Return how wide a column should be: as wide as what stands in it, up to a bound; the head may be broken."""
    words = max(map(len, head.split()), default=0) + 4  # beside them is the button of the filter
    return max(_NARROWEST, min(max(map(len, texts), default=0) + 2, _WIDEST), min(words, _WIDEST))


def _lines(text: str, width: int) -> int:
    """Return how many lines a text takes in a width."""
    if len(text) < width and "\n" not in text:
        return 1
    return sum(max(1, -(-len(line) * 11 // (width * 10))) for line in text.split("\n"))


def _day(value: date | FuzzyDate | int | Decimal | None) -> date | None:
    """Return the day that a spreadsheet can keep: nothing is invented for a month or a year."""
    if isinstance(value, FuzzyDate):
        value = value.earliest if value.precision == Precision.DAY else None
    return value if isinstance(value, date) and value >= _FIRST_DAY else None


def _shown(text: str, value: int | Decimal) -> str:
    """Return the number format that shows a value as the text does: its decimals, and the words around it.

    Empty where the text does not contain the number.
    """
    number = grouped(value)
    before, found, after = text.partition(number)
    if not found or len(before) + len(after) > _FORMAT_LENGTH or '"' in before + after:
        return ""
    exponent = Decimal(value).normalize().as_tuple().exponent
    decimals = "." + "0" * -exponent if isinstance(exponent, int) and exponent < 0 else ""
    after = f'"{one_line(after)}"' if after.strip() else ""
    if text[text.find(number) + len(number) :].startswith(("\u00a0", " ")) and after:
        after = f'" {after[1:]}'
    figure = f"#,##0{decimals}{after}"
    if before == "+":
        return f"+{figure};-{figure}"
    return f'"{clean(before)}"{figure}' if before else figure


def _sheet_name(wanted: str, taken: Iterable[str]) -> str:
    """Return a name for a sheet: at most 31 letters, none of those that are forbidden, unlike any other."""
    base = " ".join(_FORBIDDEN_IN_NAMES.sub(" ", one_line(wanted)).split()).strip("'") or _("Table")
    if base.casefold() == "history":  # kept by Excel for itself
        base = f"{base}."
    number, ending = 1, ""
    while (name := _shortened(base, _NAME_LENGTH - len(ending)) + ending).casefold() in taken:
        number += 1
        ending = f" ({number})"
    return name


def _shortened(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    words = text[: length - 1].rsplit(" ", 1)
    return (words[0] if len(words[0]) > length // 2 else text[: length - 1]).rstrip(" ,.;–-'") + "…"


def _print(text: str, length: int = 90) -> str:
    """Return a text for the head or foot of printed pages, where & begins a code."""
    return _shortened(one_line(text), length).replace("&", "&&")
