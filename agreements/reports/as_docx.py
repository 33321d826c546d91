"""Reports for a word processor: real styles, heads of tables that repeat, a language for every word.

An official goes on writing in Word or LibreOffice: the look hangs on styles, pictures stand as the tables of what they
show, and nothing is laid out by empty lines.
"""

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from itertools import zip_longest
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from django.utils.translation import gettext as _

from agreements.reports import docx_sheet, drawn, pixels
from agreements.reports.document import (
    Bars,
    Cell,
    Document,
    Fact,
    Figures,
    Funnel,
    Heading,
    Paragraph,
    Points,
    Steps,
    Table,
    Timeline,
)
from agreements.reports.docx_sheet import GROUPS, LOCALES, run
from agreements.reports.letters import one_line
from agreements.reports.measures import GUTTER, broken, fit

if TYPE_CHECKING:
    from docx.document import Document as Sheet

_NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)
#: A longer label of a fact has a line of its own.
_LABEL = 26
#: A point has so many of the units in which widths are given.
_POINT = 20
#: The size of type in tables, in points.
_SIZE = 8.5
#: A pixel of a picture on paper, in English Metric Units: a box of the picture of steps is 2.6 millimetres wide.
_PIXEL = 2925
#: The longest bar and its thickness in pixels, and the column that holds it.
_BAR, _THICK, _ROOM_FOR_BARS = 800, 30, 5000
#: A row with a longer text may be broken across pages.
_WHOLE = 1200


def render(document: Document, language: str) -> bytes:
    """Return the document as a DOCX file; equal content gives equal bytes."""
    return docx_sheet.to_bytes(_Writer(document, language).write())


class _Writer:
    """Writes the blocks of a document, one after the other."""

    def __init__(self, document: Document, language: str) -> None:
        self.document = document
        self.language = language
        self.sheet: Sheet = docx_sheet.empty(document, language)
        self.width = docx_sheet.text_width(document)
        self.pictures = 0

    def write(self) -> "Sheet":
        """Write everything and return the sheet."""
        document = self.document
        self.paragraph("Title", run(document.title))
        if document.subtitle:
            self.paragraph("Subtitle", run(document.subtitle))
        for stamp in document.stamps:
            self.paragraph("Stamp", run(f"{stamp.label}: ", "Quiet") + run(stamp.value))
        if document.marking:
            self.paragraph("Marking", run(document.marking))
        for block in document.each():
            match block:
                case Funnel():
                    self.funnel(block)
                case Figures() | Bars() | Timeline():
                    self.table(block.table)
                case Heading():
                    self.heading(block.text, block.level, block.language)
                case Paragraph():
                    self.said(block)
                case Points():
                    self.points(block)
                case Table():
                    self.table(block)
        return self.sheet

    # ---- paragraphs ----
    def add(self, xml: str) -> None:
        """Add an element to the text."""
        from docx.oxml import parse_xml

        body = self.sheet.element.body
        body.insert(len(body) - 1, parse_xml(xml))  # the last one describes the page

    def paragraph(self, style: str, inside: str, extra: str = "") -> None:
        """Add a paragraph of a style."""
        self.add(f'<w:p {_NAMESPACES}><w:pPr><w:pStyle w:val="{style}"/>{extra}</w:pPr>{inside}</w:p>')

    def locale(self, language: str) -> str:
        """Return the language that a run must name: none where it is that of the document."""
        return "" if language in ("", self.language) else LOCALES.get(language, language)

    def heading(self, text: str, level: int, language: str = "") -> None:
        """Add a heading; the highest level of the text is below that of the title."""
        if text:
            self.paragraph(f"Heading{min(max(level - 1, 1), 3)}", run(text, locale=self.locale(language)))

    def said(self, paragraph: Paragraph) -> None:
        """Add a paragraph, with what must be seen at its end."""
        style = {"lead": "Lead", "note": "Note"}.get(paragraph.tone, "Normal")
        text = run(paragraph.text, locale=self.locale(paragraph.language)) if paragraph.text else ""
        gap = run(" ") if paragraph.text and paragraph.alert else ""
        self.paragraph(style, text + gap + (run(paragraph.alert, "Alert") if paragraph.alert else ""))

    def points(self, points: Points) -> None:
        """Add a list of points; a numbered one begins with one."""
        self.heading(points.heading, points.level)
        style = "ListNumber" if points.numbered else "ListBullet"
        number = docx_sheet.numbered(self.sheet) if points.numbered and points.items else 0
        own = f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr>' if number else ""
        for point in points.items:
            locale = self.locale(point.language)
            lead = run(point.lead, "Strong", locale) + run(" ") if point.lead else ""
            draft = run(f" [{_('draft')}]", "Draft") if point.draft else ""
            self.paragraph(style, lead + run(point.text, locale=locale) + draft, own)
            for note in point.notes:
                self.paragraph("ListContinue", run(note, locale=locale))
        if not points.items and points.empty:
            self.paragraph("Note", run(points.empty))

    def fact(self, fact: Fact) -> None:
        """Add a label and its lines beside it; a long label has a line of its own."""
        label = run(f"! {fact.label}", "Alert") if fact.alert else run(fact.label, "Quiet")
        style = "Alert" if fact.alert else ""
        beside = len(fact.label) <= _LABEL
        if not beside:
            self.paragraph("FactLabel", label)
        for place, (depth, text) in enumerate(fact.lines):
            said = run(text, style, self.locale(fact.language))
            head = label + run("\t") if beside and place == 0 else ""
            indent = "" if head else f'<w:ind w:left="{3000 + 280 * depth}" w:firstLine="0"/>'
            self.paragraph("Fact", head + said, indent)

    # ---- tables ----
    def table(self, table: Table) -> None:
        """Add a table with its heading, the facts above it and the note below."""
        self.heading(table.heading, table.level, table.language)
        for fact in table.facts:
            self.fact(fact)
        if table.rows:
            self.add(self.table_xml(table))
        elif table.empty:
            self.paragraph("Note", run(table.empty))
        if table.note:
            self.paragraph("Note", run(table.note))

    def funnel(self, funnel: Funnel) -> None:
        """Add a funnel: its table, with a bar before each number."""
        self.heading(funnel.heading, funnel.level)
        rows = zip(funnel.rows, drawn.shares(funnel), strict=True)
        bars = [self.bar(share, row.group, f"{row.label}: {row.count}") for row, share in rows]
        if bars:
            self.add(self.table_xml(funnel.table, bars))

    def table_xml(self, table: Table, bars: Sequence[str] = ()) -> str:
        """Return the rows below a head that repeats on every page; bars stand before the numbers of the last column."""
        widths = [round(_POINT * width) for width in fit(table, self.width / _POINT).widths]
        numeric = set() if bars else table.numeric
        if bars:
            widths[-1] = min(self.width - sum(widths[:-1]), _ROOM_FOR_BARS)
        head = "".join(
            self.cell_xml(width, _paragraph("TableHead", run(column), right=place in numeric))
            for place, (column, width) in enumerate(zip(table.columns, widths, strict=True))
        )
        rows = "".join(self.row_xml(row, widths, bar) for row, bar in zip_longest(table.rows, bars))
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        name = quoteattr(one_line(table.heading or ", ".join(table.columns))[:250])
        return (
            f'<w:tbl {_NAMESPACES}><w:tblPr><w:tblStyle w:val="{docx_sheet.TABLE_STYLE}"/>'
            f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
            '<w:tblLook w:val="00A0" w:firstRow="1" w:lastRow="0" w:firstColumn="1" w:lastColumn="0" w:noHBand="1"'
            f' w:noVBand="1"/><w:tblCaption w:val={name}/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
            f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>{rows}</w:tbl>"
        )

    def row_xml(self, row: Sequence[Cell], widths: Sequence[int], bar: str | None = None) -> str:
        """Return a row, which stays on one page unless it is very long; a bar stands before its last number."""
        whole = all(len(cell.text) + sum(map(len, cell.notes)) < _WHOLE for cell in row)
        cells = "".join(
            self.cell_xml(width, self.said_in(cell, width, first=place == 0))
            for place, (cell, width) in enumerate(zip(row if bar is None else row[:-1], widths, strict=False))
        )
        if bar is not None:
            gap = run("\u00a0\u00a0") if bar else ""
            cells += self.cell_xml(widths[-1], _paragraph("TableText", bar + gap + run(row[-1].text, "Strong")))
        return f"<w:tr>{'<w:trPr><w:cantSplit/></w:trPr>' if whole else ''}{cells}</w:tr>"

    def cell_xml(self, width: int, inside: str) -> str:
        """Return a cell of a width."""
        return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{inside}</w:tc>'

    def said_in(self, cell: Cell, width: int, *, first: bool) -> str:
        """Return what stands in a cell: its text, its notes, how far it is; the first cell names the row."""
        locale = self.locale(cell.language)
        style = "Alert" if cell.alert else f"Stage{cell.group.title()}" if cell.stage and cell.group in GROUPS else ""
        said = _softened(cell.text, width, bold=first or bool(style))
        text = run(f"! {said}" if cell.alert else said, style, locale)
        if locale:
            text += run(f"\u00a0{cell.language.upper()}", "OtherLanguage")
        found = [_paragraph("TableRow" if first else "TableNumber" if cell.number else "TableText", text)]
        found += [_paragraph("TableNote", run(_softened(note, width)), right=cell.number) for note in cell.notes]
        if cell.steps:
            found.append(_paragraph("TableSteps", self.steps(cell.steps)))
        return "".join(found)

    def steps(self, steps: Steps) -> str:
        """Return the small picture of how far an agreement is, with the words for those who do not see it."""
        return self.picture(pixels.strip(steps.at, steps.of, _colour(steps.group)), steps.words)

    def bar(self, share: float, group: str, words: str) -> str:
        """Return a bar as long as its share of the longest, with the words for those who do not see it."""
        one = pixels.rectangle(_colour(group))
        return self.picture(replace(one, width=max(1, round(_BAR * share)), height=_THICK), words) if share else ""

    def picture(self, picture: pixels.Picture, words: str) -> str:
        """Return a picture that stands in a line as a letter does."""
        key, _image = self.sheet.part.get_or_add_image(BytesIO(picture.png))
        self.pictures += 1
        size = f'cx="{picture.width * _PIXEL}" cy="{picture.height * _PIXEL}"'
        named = f'id="{self.pictures}" name="{self.pictures}" descr={quoteattr(one_line(words))}'
        return (
            f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent {size}/><wp:docPr {named}/>'
            '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
            f"<pic:nvPicPr><pic:cNvPr {named}/><pic:cNvPicPr/></pic:nvPicPr>"
            f'<pic:blipFill><a:blip r:embed="{key}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
            f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm>'
            '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
            "</wp:inline></w:drawing></w:r>"
        )


def _softened(text: str, width: int, *, bold: bool = False) -> str:
    """Return a text in which a date that is too wide for its column may break; no word processor breaks one well."""
    if "\u00a0" not in text:
        return text
    return broken(text, width / _POINT - GUTTER, _SIZE, bold=bold).replace("\u200b", "")


def _paragraph(style: str, inside: str, *, right: bool = False) -> str:
    aligned = '<w:jc w:val="right"/>' if right else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{aligned}</w:pPr>{inside}</w:p>'


def _colour(group: str) -> str:
    return GROUPS.get(group, docx_sheet.PRIMARY)
