"""Reports for a word processor: real styles, heads of tables that repeat, a language for every word.

An official goes on writing in Word or LibreOffice: the look hangs on styles, pictures stand as the tables of what they
show, and nothing is laid out by empty lines.
"""

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from django.utils.translation import gettext as _

from agreements.reports import docx_sheet
from agreements.reports.document import Cell, Document, Fact, Heading, Paragraph, Points, Steps, Table
from agreements.reports.docx_sheet import GROUPS, LOCALES, run
from agreements.reports.letters import one_line
from agreements.reports.measures import fit

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
        for block in document.flat():
            match block:
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

    def table_xml(self, table: Table) -> str:
        """Return the rows below a head that repeats on every page."""
        widths = [round(_POINT * width) for width in fit(table, self.width / _POINT).widths]
        numeric = table.numeric
        head = "".join(
            self.cell_xml(width, _paragraph("TableHead", run(column), right=place in numeric))
            for place, (column, width) in enumerate(zip(table.columns, widths, strict=True))
        )
        rows = "".join(self.row_xml(row, widths) for row in table.rows)
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        name = quoteattr(one_line(table.heading or ", ".join(table.columns))[:250])
        return (
            f'<w:tbl {_NAMESPACES}><w:tblPr><w:tblStyle w:val="{docx_sheet.TABLE_STYLE}"/>'
            f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
            '<w:tblLook w:val="00A0" w:firstRow="1" w:lastRow="0" w:firstColumn="1" w:lastColumn="0" w:noHBand="1"'
            f' w:noVBand="1"/><w:tblCaption w:val={name}/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
            f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>{rows}</w:tbl>"
        )

    def row_xml(self, row: Sequence[Cell], widths: Sequence[int]) -> str:
        """Return a row, which stays on one page unless it is very long."""
        whole = all(len(cell.text) + sum(map(len, cell.notes)) < _WHOLE for cell in row)
        cells = "".join(
            self.cell_xml(width, self.said_in(cell, first=place == 0))
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        return f"<w:tr>{'<w:trPr><w:cantSplit/></w:trPr>' if whole else ''}{cells}</w:tr>"

    def cell_xml(self, width: int, inside: str) -> str:
        """Return a cell of a width."""
        return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{inside}</w:tc>'

    def said_in(self, cell: Cell, *, first: bool) -> str:
        """Return what stands in a cell: its text, its notes, how far it is; the first cell names the row."""
        locale = self.locale(cell.language)
        style = "Alert" if cell.alert else f"Stage{cell.group.title()}" if cell.stage and cell.group in GROUPS else ""
        text = run(f"! {cell.text}" if cell.alert else cell.text, style, locale)
        if locale:
            text += run(f"\u00a0{cell.language.upper()}", "OtherLanguage")
        found = [_paragraph("TableRow" if first else "TableNumber" if cell.number else "TableText", text)]
        found += [_paragraph("TableNote", run(note), right=cell.number) for note in cell.notes]
        if cell.steps:
            found.append(_paragraph("TableNote", self.steps(cell.steps)))
        return "".join(found)

    def steps(self, steps: Steps) -> str:
        """Return the small picture of how far an agreement is, with the words for those who do not see it."""
        width, height, data = strip(steps)
        key, _image = self.sheet.part.get_or_add_image(BytesIO(data))
        self.pictures += 1
        cx, cy = width * _PIXEL, height * _PIXEL
        words = quoteattr(steps.words)
        return (
            f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{cx}" cy="{cy}"/>'
            f'<wp:docPr id="{self.pictures}" name="{self.pictures}" descr={words}/>'
            '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
            f'<pic:nvPicPr><pic:cNvPr id="{self.pictures}" name="{self.pictures}" descr={words}/>'
            "<pic:cNvPicPr/></pic:nvPicPr>"
            f'<pic:blipFill><a:blip r:embed="{key}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
            f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{cx}" cy="{cy}"/></a:xfrm>'
            '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
            "</wp:inline></w:drawing></w:r>"
        )


def _paragraph(style: str, inside: str, *, right: bool = False) -> str:
    aligned = '<w:jc w:val="right"/>' if right else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{aligned}</w:pPr>{inside}</w:p>'


# ---- the picture of steps ----
#: A pixel of the picture on paper, in English Metric Units: a box is 2.6 millimetres wide.
_PIXEL = 2925
_BOX, _HEIGHT, _GAP, _EDGE = 32, 16, 5, 2


def strip(steps: Steps) -> tuple[int, int, bytes]:
    """Return width, height and PNG of a row of boxes, those that are done filled in the colour of the group."""
    colour = bytes.fromhex(GROUPS.get(steps.group, docx_sheet.QUIET))
    white, pale = b"\xff\xff\xff", bytes.fromhex("B4BCC4")
    full = colour * _BOX
    edge, hollow = pale * _BOX, pale * _EDGE + white * (_BOX - 2 * _EDGE) + pale * _EDGE
    rows = []
    for y in range(_HEIGHT):
        open_box = edge if y < _EDGE or y >= _HEIGHT - _EDGE else hollow
        boxes = [full if place < steps.at else open_box for place in range(steps.of)]
        rows.append(b"\x00" + (white * _GAP).join(boxes))
    width = steps.of * _BOX + (steps.of - 1) * _GAP
    head = struct.pack(">IIBBBBB", width, _HEIGHT, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return width, _HEIGHT, png
