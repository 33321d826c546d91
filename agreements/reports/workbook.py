"""XLSX workbooks (ECMA-376) written row by row: the rows go straight into the archive, so that memory stays flat.

Nothing is written to the disk on the way: reports may be secret. Texts are written as texts, never as formulas or
links, whatever they look like; the only links are those within the file.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from io import BytesIO
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

from agreements.reports.letters import clean

#: A value of a cell: a text, a number, or nothing.
Value = str | int | float | None

FONT = "Noto Sans"
_INK, _HEAD_FILL = "1B232B", "F6F7F8"
#: The longest text of a cell, the highest row in points, the height of a line in points.
_LONGEST, _HIGHEST, _LINE = 32_767, 409, 14
#: So many rows are kept before they are written.
_TOGETHER = 500
_COMPRESSION = 4
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
#: What a reader of XLSX takes for the escape of a letter, and so must be escaped itself.
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_PLAIN = re.compile(r"[^&<>\r_\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]*")


#: Spreadsheets disagree about the days before this one: 1900 was no leap year.
_FIRST_DAY = date(1900, 3, 1)
#: What spreadsheets count days from.
_ZERO = date(1899, 12, 30).toordinal()


def number_of(day: date) -> int | None:
    """Return the number by which spreadsheets keep a day; None for one that they do not agree about."""
    return day.toordinal() - _ZERO if day >= _FIRST_DAY else None


@dataclass(frozen=True)
class Look:
    """How a cell looks; `shown` is the number format of a value, `side` where it stands, `head` a head of columns."""

    color: str = _INK
    bold: bool = False
    size: int = 10
    wrap: bool = True
    underline: bool = False
    side: str = "left"
    indent: int = 0
    shown: str = ""
    head: bool = False


@dataclass(frozen=True)
class Page:
    """How sheets are printed: A4, its head and foot with the codes of the format (&P, &N), upright or not."""

    head: str
    foot: str
    landscape: bool = False


class _Pieces:
    """Keeps what is written until it is taken; as there is no way back in it, the archive is written straight on."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []

    def write(self, piece: bytes) -> int:
        """Keep a piece."""
        self._kept.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Do nothing: it is taken when it is wanted."""

    def getvalue(self) -> bytes:
        """Return what was written since it was asked last."""
        taken = b"".join(self._kept)
        self._kept.clear()
        return taken


class Workbook:
    """A workbook in memory; `close` returns the file. What it says of itself is given as Dublin Core terms.

    One that is handed on `piecemeal` is not kept: `taken` returns what was written since, and `close` the rest.
    """

    def __init__(self, terms: dict[str, str], made: datetime | None, *, piecemeal: bool = False) -> None:
        out: Any = _Pieces() if piecemeal else BytesIO()
        self._out = out
        self._archive = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION)
        self._terms, self._made = terms, made
        self._looks: dict[Look, int] = {Look(wrap=False): 0}
        self._sheets: dict[int, Sheet] = {}

    def look(self, look: Look) -> int:
        """Return the number by which cells name a look."""
        return self._looks.setdefault(look, len(self._looks))

    @contextmanager
    def sheet(
        self, name: str, page: Page, widths: Sequence[int], *, first: bool = False, filtered: bool = False
    ) -> "Iterator[Sheet]":
        """Write a sheet; the first one may be written last. A filtered one has the heads of columns in row one."""
        number = 1 if first else max(1, *self._sheets) + 1 if self._sheets else 2
        with self._archive.open(f"xl/worksheets/sheet{number}.xml", "w") as file:
            sheet = Sheet(name, number, page, widths, filtered, file)
            yield sheet
            sheet.close()
        self._sheets[number] = sheet

    def taken(self) -> bytes:
        """Return what was written since it was taken last, of a workbook that is handed on piecemeal."""
        return bytes(self._out.getvalue())

    def close(self) -> bytes:
        """Write what belongs to all sheets and return the file, or what is left of it."""
        sheets = [sheet for _number, sheet in sorted(self._sheets.items())]
        parts = {
            "[Content_Types].xml": _content_types(sheets),
            "_rels/.rels": _relations(
                (f"{_RELATIONS}/officeDocument", "xl/workbook.xml"),
                (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
            ),
            "docProps/core.xml": _core(self._terms, self._made),
            "xl/workbook.xml": _workbook(sheets),
            "xl/_rels/workbook.xml.rels": _relations(
                *((f"{_RELATIONS}/worksheet", f"worksheets/sheet{sheet.number}.xml") for sheet in sheets),
                (f"{_RELATIONS}/styles", "styles.xml"),
            ),
            "xl/styles.xml": _styles(list(self._looks)),
        }
        for name, xml in parts.items():
            with self._archive.open(name, "w") as file:  # without a date: equal content gives equal bytes
                file.write((_DECLARED + xml).encode())
        self._archive.close()
        return bytes(self._out.getvalue())


@dataclass
class Sheet:
    """A sheet that is being written. `rows` says how many it has."""

    name: str
    number: int
    page: Page
    widths: Sequence[int]
    filtered: bool
    file: IO[bytes]
    rows: int = 0
    _kept: list[str] = field(default_factory=list)
    _links: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.letters = [_letters(place) for place in range(len(self.widths))]
        pane = (
            '<pane xSplit="1" ySplit="1" topLeftCell="B2" activePane="bottomRight" state="frozen"/>'
            '<selection pane="topRight"/><selection pane="bottomLeft"/><selection pane="bottomRight"/>'
        )
        columns = "".join(
            f'<col min="{place}" max="{place}" width="{width + 0.71:.2f}" customWidth="1"/>'
            for place, width in enumerate(self.widths, 1)
        )
        self._kept.append(
            f'{_DECLARED}<worksheet xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
            '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews>'
            f'<sheetView{" tabSelected=" + quoteattr("1") if self.number == 1 else ""} workbookViewId="0">'
            f"{pane if self.filtered else ''}</sheetView></sheetViews>"
            f'<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>'
        )

    def row(self, cells: Iterable[tuple[Value, int]], *, lines: int = 1, height: float = 0) -> None:
        """Write a row of values, each with the number of its look; it is as high as its lines need."""
        self.rows += 1
        number = self.rows
        height = height or (min(_LINE * lines + 2, _HIGHEST) if lines > 1 else 0)
        parts = [f'<row r="{number}" ht="{height}" customHeight="1">' if height else f'<row r="{number}">']
        for letter, (value, look) in zip(self.letters, cells, strict=False):
            if value is None:
                continue
            if isinstance(value, str):
                text = f'<is><t xml:space="preserve">{_xml(value)}</t></is>'
                parts.append(f'<c r="{letter}{number}" s="{look}" t="inlineStr">{text}</c>')
            else:
                parts.append(f'<c r="{letter}{number}" s="{look}"><v>{value!r}</v></c>')
        parts.append("</row>")
        self._kept.append("".join(parts))
        if len(self._kept) >= _TOGETHER:
            self.flush()

    def link(self, column: int, to: "Sheet", row: int) -> None:
        """Let a cell of the row that was written last lead to a row of another sheet."""
        self._links.append((f"{self.letters[column]}{self.rows}", f"{_quoted(to.name)}!A{row}"))

    def flush(self) -> None:
        """Write what is kept."""
        self.file.write("".join(self._kept).encode())
        self._kept.clear()

    @property
    def range(self) -> str:
        """The cells of the sheet."""
        return f"A1:{self.letters[-1]}{max(self.rows, 1)}"

    def close(self) -> None:
        """Write what stands behind the rows."""
        links = "".join(f"<hyperlink ref={quoteattr(ref)} location={quoteattr(to)}/>" for ref, to in self._links)
        landscape = ' orientation="landscape"' if self.page.landscape else ' orientation="portrait"'
        self._kept.append(
            "</sheetData>"
            + (f'<autoFilter ref="{self.range}"/>' if self.filtered else "")
            + (f"<hyperlinks>{links}</hyperlinks>" if links else "")
            + '<pageMargins left="0.5" right="0.5" top="0.8" bottom="0.7" header="0.35" footer="0.35"/>'
            + f'<pageSetup paperSize="9" fitToHeight="0"{landscape}/><headerFooter>'
            + f"<oddHeader>{escape(self.page.head)}</oddHeader><oddFooter>{escape(self.page.foot)}</oddFooter>"
            + f'</headerFooter><ignoredErrors><ignoredError sqref="{self.range}" numberStoredAsText="1"/>'
            + "</ignoredErrors></worksheet>"
        )
        self.flush()


def _xml(text: str) -> str:
    """Return a text as it stands in XML, without what no file can hold."""
    if _PLAIN.fullmatch(text) and len(text) <= _LONGEST:
        return text
    kept = clean(text).replace("\r\n", "\n").replace("\r", "\n")
    if len(kept) > _LONGEST:
        kept = f"{kept[: _LONGEST - 1]}…"
    return escape(_ESCAPE.sub("_x005F_", kept))


def _letters(place: int) -> str:
    """Return the letters of a column, counted from nought."""
    before, own = divmod(place, 26)
    return (_letters(before - 1) if before else "") + chr(65 + own)


def _quoted(name: str) -> str:
    """Return the name of a sheet as references have it."""
    doubled = name.replace("'", "''")
    return f"'{doubled}'"


# ---- the parts of the file ----
def _content_types(sheets: Sequence[Sheet]) -> str:
    parts = [
        ("/xl/workbook.xml", f"{_TYPE}.sheet.main+xml"),
        *((f"/xl/worksheets/sheet{sheet.number}.xml", f"{_TYPE}.worksheet+xml") for sheet in sheets),
        ("/xl/styles.xml", f"{_TYPE}.styles+xml"),
        ("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"),
    ]
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        + "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in parts)
        + "</Types>"
    )


def _relations(*targets: tuple[str, str]) -> str:
    return f'<Relationships xmlns="{_PACKAGE}/relationships">' + "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    ) + "</Relationships>"  # fmt: skip


def _core(terms: dict[str, str], made: datetime | None) -> str:
    said = "".join(f"<{name}>{escape(clean(text))}</{name}>" for name, text in terms.items() if text)
    if made:
        moment = f"{made.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        said += "".join(
            f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{moment}</dcterms:{name}>' for name in ("created", "modified")
        )
    return (
        f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{said}</cp:coreProperties>'
    )


def _workbook(sheets: Sequence[Sheet]) -> str:
    listed = "".join(
        f'<sheet name={quoteattr(sheet.name)} sheetId="{number}" r:id="rId{number}"/>'
        for number, sheet in enumerate(sheets, 1)
    )
    names = "".join(
        _defined("_xlnm._FilterDatabase", place, f"{_quoted(sheet.name)}!{_fixed(sheet.range)}", ' hidden="1"')
        + _defined("_xlnm.Print_Titles", place, f"{_quoted(sheet.name)}!$1:$1")
        for place, sheet in enumerate(sheets)
        if sheet.filtered
    )
    return (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{listed}</sheets>{f'<definedNames>{names}</definedNames>' if names else ''}</workbook>"
    )


def _defined(name: str, place: int, to: str, more: str = "") -> str:
    return f'<definedName name="{name}" localSheetId="{place}"{more}>{escape(to)}</definedName>'


def _fixed(cells: str) -> str:
    return re.sub(r"([A-Z]+)(\d+)", r"$\1$\2", cells)


def _styles(looks: Sequence[Look]) -> str:
    """Return the looks as the format has them: fonts, number formats and cells that name them."""
    fonts = _Numbered(f'<sz val="10"/><color rgb="FF{_INK}"/><name val="{FONT}"/><family val="2"/>')
    formats = _Numbered()
    cells = []
    for look in looks:
        font = fonts[
            ("<b/>" if look.bold else "")
            + ("<u/>" if look.underline else "")
            + f'<sz val="{look.size}"/><color rgb="FF{look.color}"/><name val="{FONT}"/><family val="2"/>'
        ]
        shown = _FIRST_FORMAT + formats[look.shown] if look.shown else 0
        head = int(look.head)
        cells.append(
            f'<xf numFmtId="{shown}" fontId="{font}" fillId="{2 * head}" borderId="{head}" xfId="0"'
            ' applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">'
            f'<alignment horizontal="{look.side}"'
            f' vertical="{"bottom" if look.head else "top"}" wrapText="{int(look.wrap)}" indent="{look.indent}"/></xf>'
        )
    own = "".join(
        f'<numFmt numFmtId="{_FIRST_FORMAT + number}" formatCode={quoteattr(shown)}/>'
        for number, shown in enumerate(formats)
    )
    return (
        f'<styleSheet xmlns="{_MAIN}">'
        + (f'<numFmts count="{len(formats)}">{own}</numFmts>' if own else "")
        + f'<fonts count="{len(fonts)}">{"".join(f"<font>{font}</font>" for font in fonts)}</fonts>'
        '<fills count="3"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill>'
        f'<fill><patternFill patternType="solid"><fgColor rgb="FF{_HEAD_FILL}"/></patternFill></fill></fills>'
        '<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border><border><left/><right/><top/>'
        f'<bottom style="medium"><color rgb="FF{_INK}"/></bottom><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(cells)}">{"".join(cells)}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


#: Number formats of one's own are counted from here.
_FIRST_FORMAT = 164


class _Numbered(dict[str, int]):
    """Texts, each with its number in the order in which they were asked for."""

    def __init__(self, *first: str) -> None:
        super().__init__({text: number for number, text in enumerate(first)})

    def __missing__(self, text: str) -> int:
        self[text] = len(self)
        return self[text]
