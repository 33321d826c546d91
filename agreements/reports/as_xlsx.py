"""Reports for spreadsheets that keep values: real dates, real numbers, a sheet for each table.

The first sheet holds what is no table: title, stamps, marking, paragraphs, points, and what stands above and below the
tables, with links to their sheets. The sheet of a table has the column heads in its first row and nothing but rows
below, so that it can be filtered and sorted. Notes of cells stand in a column of their own, beside the column that they
belong to. Only a date that is known to the day becomes a date; a month, a year, an unknown day stay words.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain, islice

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.choices import Precision
from agreements.dates import FuzzyDate
from agreements.numbers import grouped
from agreements.reports.document import Cell, Document, Fact, Heading, Paragraph, Points, Simple, Table
from agreements.reports.letters import one_line
from agreements.reports.workbook import Look, Page, Sheet, Value, Workbook, number_of

#: Days as each language writes them in tables.
_DAYS = {"en": "[$-809]d mmm yyyy", "ru": "dd.mm.yyyy", "kk": "dd.mm.yyyy"}

_NAME_LENGTH, _FORMAT_LENGTH = 31, 100
_FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
#: So many rows are looked at for widths and notes; rows may be made while they are written.
_LOOKED_AT = 1000
#: Widths in letters.
_NARROWEST, _WIDEST, _TOP = 8, 36, (32, 96)
#: The columns of a sheet share so many letters, so that it can be read in print; but none has less than a date needs.
_TOGETHER, _FAIR = 220, 22
_QUIET, _LATE, _PRIMARY = "4A5661", "A3301F", "0E4F60"
_GROUPS = {"preparing": "2F5F8F", "concluded": "63458A", "operative": "256746", "ended": "5C6670"}

_PLAIN, _SEEN = Look(), Look(color=_LATE, bold=True)


def render(document: Document, language: str) -> bytes:
    """Return the document as an XLSX workbook; equal content gives equal bytes."""
    return _Writer(document, language).write()


@dataclass(frozen=True)
class _Place:
    """Where the rows of a table are: the sheet, the first row, how many there are."""

    sheet: Sheet
    first: int
    count: int


class _Writer:
    """Writes a document into a workbook: each table on a sheet, alone or with its series, then the first sheet."""

    def __init__(self, document: Document, language: str) -> None:
        self.document = document
        self.days = _DAYS.get(language, "yyyy-mm-dd")
        terms = {
            "dc:title": document.title,
            "dc:subject": document.subtitle,
            "dc:creator": document.author,
            "cp:keywords": document.marking,
            "dc:language": language,
        }
        self.book = Workbook({name: one_line(text) for name, text in terms.items()}, document.known_at)
        self.names = [_sheet_name(_("Report"), ())]
        self.blocks: list[Simple] = list(document.flat())
        self.places: dict[int, _Place] = {}
        self.cell_looks: dict[tuple[str, bool, bool, str], int] = {}

    def write(self) -> bytes:
        """Write everything and return the file."""
        for tables in self.sheets():
            self.sheet(tables)
        with self.book.sheet(self.names[0], self.page(wide=self.document.wide), _TOP, first=True) as sheet:
            _Top(self.book, sheet, self.places).write(self.document, self.blocks)
        return self.book.close()

    def sheets(self) -> Iterable[list[Table]]:
        """Return the tables sheet by sheet, in the order of the document."""
        found: dict[tuple[str, ...] | int, list[Table]] = {}
        for place, block in enumerate(self.blocks):
            if isinstance(block, Table):
                found.setdefault((block.series, *block.columns) if block.series else place, []).append(block)
        return found.values()

    def page(self, *, wide: bool) -> Page:
        """Return what is printed on every page: title and marking above, stamps and number below."""
        document = self.document
        stamps = "   ".join(f"{stamp.label}: {stamp.value}" for stamp in document.stamps)
        number = _("Page %(number)s of %(count)s") % {"number": "&P", "count": "&N"}
        return Page(
            f"&L{_print(document.title)}&R&B{_print(document.marking.upper())}",
            f"&L&8{_print(stamps, 180)}&R&8{number}",
            landscape=wide,
        )

    # ---- tables ----
    def sheet(self, tables: Sequence[Table]) -> None:
        """Write the sheet of a table or of a series; how it is laid out is decided by the first rows."""
        begun = [(table, *_begun(table.rows)) for table in tables]
        begun = [(table, looked_at, rows) for table, looked_at, rows in begun if looked_at]
        if not begun:
            return
        first = begun[0][0]
        looked_at = [row for _table, rows, _rest in begun for row in rows]
        noted = [any(row[place].notes for row in looked_at) for place in range(len(first.columns))]
        heads, widths = [], []
        most = max(_FAIR, min(_WIDEST, _TOGETHER // (len(noted) + sum(noted))))
        if first.series:
            heads.append(_("Section"))
            widths.append(_width(heads[0], [table.heading for table in tables], most))
        for place, (column, has_notes) in enumerate(zip(first.columns, noted, strict=True)):
            heads.append(column)
            widths.append(_width(column, [row[place].text for row in looked_at], most))
            if has_notes:
                heads.append(_("%(column)s – notes") % {"column": column})
                widths.append(_width(heads[-1], [note for row in looked_at for note in row[place].notes], most))
        self.names.append(_sheet_name(first.series or first.heading, self.names))
        with self.book.sheet(self.names[-1], self.page(wide=True), widths, filtered=True) as sheet:
            look = self.book.look(Look(bold=True, head=True))
            sheet.row(((head, look) for head in heads), lines=max(map(_lines, heads, widths)))
            for table, _looked_at, rows in begun:
                start = sheet.rows + 1
                self.rows(sheet, table, noted, rows)
                self.places[id(table)] = _Place(sheet, start, sheet.rows + 1 - start)

    def rows(self, sheet: Sheet, table: Table, noted: Sequence[bool], rows: Iterable[Sequence[Cell]]) -> None:
        """Write rows one after the other, as they come."""
        plain, quiet, widths = self.book.look(_PLAIN), self.book.look(Look(color=_QUIET)), sheet.widths
        for row in rows:
            values: list[tuple[Value, int]] = [(table.heading, plain)] if table.series else []
            for cell, has_notes in zip(row, noted, strict=True):
                values.append(self.valued(cell, alone=not has_notes))
                if has_notes:
                    values.append(("\n".join(cell.notes) if cell.notes else None, quiet))
            lines = 1
            for (value, _look), width in zip(values, widths, strict=True):
                if isinstance(value, str) and (len(value) >= width or "\n" in value):
                    lines = max(lines, _lines(value, width))
            sheet.row(values, lines=lines)

    def valued(self, cell: Cell, *, alone: bool) -> tuple[Value, int]:
        """Return what is written for a cell: its value where it has one, else its text, with the look of it.

        Where the notes have no column of their own they stand below the text.
        """
        notes = cell.notes if alone else ()
        value, shown = (None, "") if cell.value is None or notes else _kept(cell.text, cell.value, self.days)
        key = (cell.group if cell.stage else "", cell.alert, cell.number, shown)
        look = self.cell_looks.get(key)
        if look is None:
            look = self.cell_looks[key] = self.book.look(_look(*key))
        if value is not None:
            return value, look
        text = _alerted(cell.text) if cell.alert else cell.text
        return ("\n".join([text, *notes]) if notes else text), look


class _Top:
    """Writes the first sheet: labels in the first column, what they say in the second."""

    def __init__(self, book: Workbook, sheet: Sheet, places: dict[int, _Place]) -> None:
        self.book, self.sheet, self.places = book, sheet, places

    def write(self, document: Document, blocks: Iterable[Simple]) -> None:
        """Write the head and the blocks."""
        self.line(document.title, look=Look(bold=True, size=16, wrap=False), height=30)
        self.line(document.subtitle, look=Look(color=_QUIET, size=12, wrap=False), height=22)
        for stamp in document.stamps:
            self.line(stamp.label, stamp.value, look=Look(color=_QUIET))
        if document.marking:
            self.line(document.marking.upper(), look=Look(bold=True, wrap=False))
        for block in blocks:
            match block:
                case Heading():
                    self.heading(block.text, block.level)
                case Paragraph():
                    self.said(block.text, quiet=block.tone == "note")
                    self.line("", _alerted(block.alert), beside=_SEEN)
                case Points():
                    self.points(block)
                case Table():
                    self.table(block)

    def line(
        self,
        label: str,
        text: str = "",
        *,
        look: Look = _PLAIN,
        beside: Look = _PLAIN,
        height: float = 0,
    ) -> None:
        """Write a line: a label, and beside it what it says; nothing where there is neither."""
        if label or text:
            lines = max(_lines(label, _TOP[0]) if look.wrap else 1, _lines(text, _TOP[1]))
            cells = ((label or None, self.book.look(look)), (text or None, self.book.look(beside)))
            self.sheet.row(cells, lines=lines, height=height)

    def said(self, text: str, *, quiet: bool = False) -> None:
        """Write a text that has no label."""
        self.line("", text, beside=Look(color=_QUIET) if quiet else _PLAIN)

    def heading(self, text: str, level: int, place: _Place | None = None) -> None:
        """Write a heading with a free line above it, and beside it where its table is."""
        self.sheet.row(())
        self.labelled(text, Look(bold=True, size=12 if level == 2 else 10, wrap=False), place)

    def labelled(self, text: str, look: Look, place: _Place | None) -> None:
        """Write a label, and beside it a link to the rows of a table."""
        if place is None:
            self.line(text, look=look)
            return
        count = place.count
        words = ngettext("%(count)s row on the sheet “%(name)s”", "%(count)s rows on the sheet “%(name)s”", count)
        told = words % {"count": grouped(count), "name": place.sheet.name}
        self.line(text, told, look=look, beside=Look(color=_PRIMARY, underline=True))
        self.sheet.link(1, place.sheet, 1 if place.first == 2 else place.first)

    def points(self, points: Points) -> None:
        """Write a list of points, each with its lead beside it and its notes below."""
        if points.heading:
            self.heading(points.heading, points.level)
        for number, point in enumerate(points.items, 1):
            sign = f"{number}." if points.numbered else "–"
            draft = f" [{_('draft')}]" if point.draft else ""
            self.line(f"{sign} {point.lead}".rstrip(), f"{point.text}{draft}", look=Look(bold=True))
            for note in point.notes:
                self.said(note, quiet=True)
        if not points.items:
            self.said(points.empty, quiet=True)

    def table(self, table: Table) -> None:
        """Write what stands above a table, where it is or what is said in its stead, and what stands below it."""
        place = self.places.get(id(table))
        beside = 0 < len(table.heading) < _TOP[0] - 4 and not table.facts
        if table.heading:
            self.heading(table.heading, table.level, place if beside else None)
        for fact in table.facts:
            self.fact(fact)
        if place and not beside:
            self.labelled("", _PLAIN, place)
        if not place:
            self.said(table.empty, quiet=True)
        self.said(table.note, quiet=True)

    def fact(self, fact: Fact) -> None:
        """Write what is said above a table: its label once, its lines one below the other."""
        look = _SEEN if fact.alert else _PLAIN
        for place, (depth, text) in enumerate(fact.lines):
            label = "" if place else _alerted(fact.label) if fact.alert else fact.label
            self.line(label, text, look=look, beside=Look(color=look.color, bold=look.bold, indent=depth))


def _alerted(text: str) -> str:
    """Mark what must be seen by a sign, for colour alone tells not everybody."""
    return f"! {text}" if text else ""


def _begun(rows: Iterable[Sequence[Cell]]) -> tuple[list[Sequence[Cell]], Iterator[Sequence[Cell]]]:
    """Return the first rows, and all of them; rows are made once only."""
    rest = iter(rows)
    looked_at = list(islice(rest, _LOOKED_AT))
    return looked_at, chain(looked_at, rest)


def _look(group: str, alert: bool, number: bool, shown: str) -> Look:
    """Return the look of a cell of a table."""
    sign = '"! "' if alert and shown else ""
    return Look(
        color=_LATE if alert else _GROUPS.get(group, Look.color),
        bold=alert,
        wrap=not shown,
        side="right" if number else "left",
        indent=int(number),
        shown=sign + shown,
    )


def _kept(text: str, value: date | FuzzyDate | int | Decimal, days: str) -> tuple[int | float | None, str]:
    """Return the number that is kept for a value, and the format in which it shows what the text says.

    No number where a spreadsheet cannot keep the value, or the text says something else.
    """
    if isinstance(value, FuzzyDate):
        if value.precision != Precision.DAY:
            return None, ""
        value = value.earliest
    if isinstance(value, date):
        kept = number_of(value)
        return (None, "") if kept is None else (kept, days)
    shown = "#,##0" if text == str(value) and isinstance(value, int) else _shown(text, value)
    if not shown:
        return None, ""
    return (value if isinstance(value, int) else float(value)), shown


def _shown(text: str, value: int | Decimal) -> str:
    """Return the number format that shows a value as the text does: its decimals, and the words around it.

    Empty where the text does not contain the number.
    """
    before, found, after = one_line(text).partition(grouped(value))
    if not found or len(before) + len(after) > _FORMAT_LENGTH or '"' in before + after:
        return ""
    exponent = Decimal(value).normalize().as_tuple().exponent
    decimals = "." + "0" * -exponent if isinstance(exponent, int) and exponent < 0 else ""
    figure = f"#,##0{decimals}" + (f'"{after}"' if after else "")
    if before == "+":
        return f"+{figure};-{figure}"
    return f'"{before}"{figure}' if before else figure


def _width(head: str, texts: Iterable[str], most: int) -> int:
    """Return how wide a column should be: as wide as what stands in it, up to a bound; the head may be broken."""
    words = max(map(len, head.split()), default=0) + 4  # beside them is the button of the filter
    return max(_NARROWEST, min(max(map(len, texts), default=0) + 2, most), min(words, most))


def _lines(text: str, width: int) -> int:
    """Return how many lines a text takes in a width, as it is broken between words."""
    if len(text) < width and "\n" not in text:
        return 1
    return sum(_broken(line, max(1, width * 0.92)) for line in text.split("\n"))


def _broken(line: str, width: float) -> int:
    lines, used = 1, 0.0
    for word in line.split(" "):
        length = len(word)
        if used and used + 1 + length > width:
            lines, used = lines + 1, 0
        used += length + (1 if used else 0)
        if used > width:  # a word that is longer than the line goes on in the next
            lines += int(used // width)
            used %= width
    return lines


def _sheet_name(wanted: str, taken: Iterable[str]) -> str:
    """Return a name for a sheet: at most 31 letters, none of those that are forbidden, unlike any other."""
    base = " ".join(_FORBIDDEN_IN_NAMES.sub(" ", one_line(wanted)).split()).strip("'") or _("Table")
    if base.casefold() == "history":  # kept by Excel for itself
        base = f"{base}."
    folded = {name.casefold() for name in taken}
    number, ending = 1, ""
    while (name := _shortened(base, _NAME_LENGTH - len(ending)) + ending).casefold() in folded:
        number += 1
        ending = f" ({number})"
    return name


def _shortened(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    words = text[: length - 1].rsplit(" ", 1)
    return (words[0] if len(words[0]) > length // 2 else text[: length - 1]).rstrip(" ,.;–-'") + "…"


def _print(text: str, length: int = 90) -> str:
    """Return a text for the head or foot of printed pages, where & begins a code; both are bounded in length."""
    kept = _shortened(one_line(text), length)
    while len(kept) + kept.count("&") > length:
        kept = kept[:-1]
    return kept.replace("&", "&&")
