"""The empty sheet that DOCX reports are written on: page, styles, lists, head and foot, what the file says of itself.

It begins with the template of python-docx, of which nothing that can be seen is kept.
"""

import io
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _

from agreements.reports.document import Document
from agreements.reports.letters import clean, one_line

if TYPE_CHECKING:
    from docx.document import Document as Sheet
    from docx.opc.part import Part

#: The languages as word processors name them.
LOCALES = {"en": "en-GB", "ru": "ru-RU", "kk": "kk-KZ"}
INK, QUIET, LINE, LATE, PRIMARY = "1B232B", "4A5661", "DFE3E7", "A3301F", "0E4F60"
GROUPS = {"preparing": "2F5F8F", "concluded": "63458A", "operative": "256746", "ended": "5C6670"}

#: A4 and its margins, in twentieths of a point.
_SHORT, _LONG, _MARGIN = 11906, 16838, 1021
#: So many columns have room on an upright page.
_UPRIGHT = 6
_FONT = "Noto Sans"
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
#: Files in an archive bear a date; the same content must give the same bytes.
_NO_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Style:
    """A style: its name, what it is based on and followed by, sizes in half points, spaces in twentieths of a point."""

    name: str
    kind: str = "paragraph"
    based: str = "Normal"
    next: str = ""
    size: int = 0
    color: str = ""
    bold: bool | None = None
    caps: bool = False
    before: int | None = None
    after: int | None = None
    line: int = 0
    keep: bool = False
    outline: int | None = None
    indent: int = 0
    hanging: int = 0
    number: int = 0
    right: bool = False
    border: str = ""
    tab: int = 0

    @property
    def key(self) -> str:
        """The identifier by which the text names the style."""
        return self.name.title().replace(" ", "")


_STYLES = (
    Style("Normal", based="", size=19, color=INK, before=0, after=80, line=264),
    Style("Title", size=44, bold=True, before=0, after=20, line=240, keep=True, next="Subtitle"),
    Style("Subtitle", size=22, color=QUIET, after=120, keep=True, next="Normal"),
    Style("heading 1", size=25, bold=True, before=300, after=80, line=240, keep=True, outline=0, next="Normal"),
    Style("heading 2", size=21, bold=True, before=220, after=60, line=240, keep=True, outline=1, next="Normal"),
    Style("heading 3", size=19, bold=True, before=160, after=40, line=240, keep=True, outline=2, next="Normal"),
    Style("Stamp", size=17, color=QUIET, after=0),
    Style("Marking", size=17, bold=True, caps=True, before=80, after=120),
    Style("Lead", size=21, before=120, after=160, indent=200, border=PRIMARY),
    Style("Note", size=17, color=QUIET, before=80, after=80),
    Style("List Number", number=1, indent=400, hanging=400),
    Style("List Bullet", number=2, indent=400, hanging=400),
    Style("List Continue", size=17, color=QUIET, indent=400),
    Style("Fact", after=20, indent=3000, hanging=3000, tab=3000),
    Style("Fact Label", color=QUIET, after=20, keep=True, next="Fact"),
    Style("Table Text", size=17, after=0, line=252),
    Style("Table Head", based="TableText", size=15, color=QUIET, keep=True),
    Style("Table Number", based="TableText", right=True),
    Style("Table Row", based="TableText", bold=True),
    Style("Table Note", based="TableText", size=15, color=QUIET),
    Style("header", size=16, color=QUIET, after=0),
    Style("footer", size=15, color=QUIET, after=0),
    Style("Table Steps", based="TableNote", before=50),
    Style("Strong", kind="character", based="", bold=True),
    Style("Quiet", kind="character", based="", color=QUIET),
    Style("Alert", kind="character", based="", bold=True, color=LATE),
    Style("Draft", kind="character", based="", size=15, color=LATE),
    Style("Other Language", kind="character", based="", size=13, bold=True, color=QUIET),
    Style("Running Marking", kind="character", based="", bold=True, caps=True, color=INK),
    *(Style(f"Stage {group}", kind="character", based="", bold=True, color=color) for group, color in GROUPS.items()),
)
#: Styles that word processors know by themselves; the others are ours.
_KNOWN = ("Normal", "Title", "Subtitle", "Heading", "Header", "Footer", "List", "Strong")
TABLE_STYLE = "ReportTable"


def empty(document: Document, language: str) -> "Sheet":
    """Return the sheet for a document: everything but what it says."""
    import docx
    from docx.oxml import parse_xml

    sheet = docx.Document()
    _drop_leftovers(sheet)
    locale = LOCALES.get(language, language)
    for part, xml in (
        (sheet.styles.element, _styles_xml(locale)),
        (sheet.part.numbering_part.element, _lists_xml()),
        (sheet.settings.element, _settings_xml(locale)),
    ):
        made = parse_xml(xml)
        part[:] = list(made)
    _page(sheet, document)
    _properties(sheet, document, locale)
    return sheet


def is_wide(document: Document) -> bool:
    """Whether the page lies on its long side: a word processor breaks words where columns are many."""
    return document.wide or any(len(table.columns) > _UPRIGHT for table in document.tables)


def text_width(document: Document) -> int:
    """Return how wide the text of a page is, in twentieths of a point."""
    return (_LONG if is_wide(document) else _SHORT) - 2 * _MARGIN


def to_bytes(sheet: "Sheet") -> bytes:
    """Return the file; the same content gives the same bytes."""
    saved, fixed = io.BytesIO(), io.BytesIO()
    sheet.save(saved)
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _NO_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return fixed.getvalue()


def run(text: str, style: str = "", locale: str = "") -> str:
    """Return a run of text: the only place where text becomes XML."""
    look = (f'<w:rStyle w:val="{style}"/>' if style else "") + (f'<w:lang w:val="{escape(locale)}"/>' if locale else "")
    lines = clean(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    inner = "<w:br/>".join(
        "<w:tab/>".join(f'<w:t xml:space="preserve">{escape(piece)}</w:t>' for piece in line.split("\t"))
        for line in lines
    )
    return f"<w:r>{f'<w:rPr>{look}</w:rPr>' if look else ''}{inner}</w:r>"


# ---- what the template leaves behind ----
_LEFT_BEHIND = ("thumbnail", "extended-properties", "customXml", "stylesWithEffects", "webSettings", "theme")


def _drop_leftovers(sheet: "Sheet") -> None:
    """Drop the parts of the template that say something of somebody else's file."""
    for rels in (sheet.part.package.rels, sheet.part.rels):
        for key in [key for key, rel in rels.items() if rel.reltype.rsplit("/", 1)[-1] in _LEFT_BEHIND]:
            del rels[key]
    fonts: Part = next(rel.target_part for rel in sheet.part.rels.values() if rel.reltype.endswith("/fontTable"))
    fonts._blob = _FONTS.encode()


_FONTS = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts {_W}><w:font w:name="{_FONT}">'
    '<w:altName w:val="Segoe UI"/><w:panose1 w:val="020B0502040504020204"/><w:charset w:val="CC"/>'
    '<w:family w:val="swiss"/><w:pitch w:val="variable"/></w:font></w:fonts>'
)


def _settings_xml(locale: str) -> str:
    return (
        f'<w:settings {_W}><w:zoom w:percent="100"/><w:defaultTabStop w:val="708"/>'
        '<w:characterSpacingControl w:val="doNotCompress"/><w:compat>'
        '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
        f'</w:compat><w:themeFontLang w:val="{locale}"/></w:settings>'
    )


# ---- styles and lists ----
def _styles_xml(locale: str) -> str:
    fonts = f'<w:rFonts w:ascii="{_FONT}" w:hAnsi="{_FONT}" w:eastAsia="{_FONT}" w:cs="{_FONT}"/>'
    defaults = (
        f'<w:docDefaults><w:rPrDefault><w:rPr>{fonts}<w:sz w:val="19"/><w:szCs w:val="19"/>'
        f'<w:lang w:val="{locale}" w:eastAsia="{locale}" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
        "<w:pPrDefault/></w:docDefaults>"
    )
    fixed = (
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/><w:semiHidden/></w:style>'
        '<w:style w:type="numbering" w:default="1" w:styleId="NoList"><w:name w:val="No List"/><w:semiHidden/>'
        "</w:style>"
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:semiHidden/>'
        '<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/>'
        '<w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="108" w:type="dxa"/>'
        "</w:tblCellMar></w:tblPr></w:style>"
        f'<w:style w:type="table" w:customStyle="1" w:styleId="{TABLE_STYLE}"><w:name w:val="Report Table"/>'
        '<w:basedOn w:val="TableNormal"/><w:qFormat/><w:tblPr><w:tblBorders>'
        f'<w:top w:val="nil"/><w:bottom w:val="single" w:sz="4" w:space="0" w:color="{LINE}"/>'
        f'<w:insideH w:val="single" w:sz="4" w:space="0" w:color="{LINE}"/></w:tblBorders><w:tblCellMar>'
        '<w:top w:w="50" w:type="dxa"/><w:left w:w="0" w:type="dxa"/><w:bottom w:w="60" w:type="dxa"/>'
        '<w:right w:w="180" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        '<w:tblStylePr w:type="firstRow"><w:tcPr><w:tcBorders>'
        f'<w:bottom w:val="single" w:sz="8" w:space="0" w:color="{INK}"/></w:tcBorders><w:vAlign w:val="bottom"/>'
        "</w:tcPr></w:tblStylePr></w:style>"
    )
    return f"<w:styles {_W}>{defaults}{''.join(map(_style_xml, _STYLES))}{fixed}</w:styles>"


def _style_xml(style: Style) -> str:
    own = "" if style.key.startswith(_KNOWN) else ' w:customStyle="1"'
    default = ' w:default="1"' if style.name == "Normal" else ""
    based = f'<w:basedOn w:val="{style.based}"/>' if style.based else ""
    following = f'<w:next w:val="{style.next}"/>' if style.next else ""
    look = f"<w:pPr>{_paragraph_xml(style)}</w:pPr>" if style.kind == "paragraph" else ""
    return (
        f'<w:style w:type="{style.kind}"{default}{own} w:styleId="{style.key}"><w:name w:val="{style.name}"/>'
        f"{based}{following}<w:qFormat/>{look}<w:rPr>{_run_xml(style)}</w:rPr></w:style>"
    )


def _paragraph_xml(style: Style) -> str:
    """Return what a style says of paragraphs, in the order of the schema."""
    spaces = [
        *([f'w:before="{style.before}"'] if style.before is not None else []),
        *([f'w:after="{style.after}"'] if style.after is not None else []),
        *([f'w:line="{style.line}" w:lineRule="auto"'] if style.line else []),
    ]
    parts = [
        "<w:keepNext/><w:keepLines/>" if style.keep else "",
        f'<w:numPr><w:numId w:val="{style.number}"/></w:numPr>' if style.number else "",
        f'<w:pBdr><w:left w:val="single" w:sz="24" w:space="10" w:color="{style.border}"/></w:pBdr>'
        if style.border
        else "",
        f'<w:tabs><w:tab w:val="left" w:pos="{style.tab}"/></w:tabs>' if style.tab else "",
        f"<w:spacing {' '.join(spaces)}/>" if spaces else "",
        f'<w:ind w:left="{style.indent}" w:hanging="{style.hanging}"/>' if style.indent else "",
        '<w:jc w:val="right"/>' if style.right else "",
        f'<w:outlineLvl w:val="{style.outline}"/>' if style.outline is not None else "",
    ]
    return "".join(parts)


def _run_xml(style: Style) -> str:
    """Return what a style says of letters, in the order of the schema."""
    parts = [
        "<w:b/><w:bCs/>" if style.bold else "",
        "<w:caps/>" if style.caps else "",
        f'<w:color w:val="{style.color}"/>' if style.color else "",
        '<w:spacing w:val="10"/>' if style.caps else "",
        f'<w:sz w:val="{style.size}"/><w:szCs w:val="{style.size}"/>' if style.size else "",
    ]
    return "".join(parts)


def _lists_xml() -> str:
    """Return the two lists; a numbered list that begins anew has a number of its own (`numbered`)."""
    kinds = (
        ("0", "decimal", "%1", f'<w:rPr><w:b/><w:color w:val="{PRIMARY}"/></w:rPr>'),
        ("1", "bullet", "–", f'<w:rPr><w:color w:val="{PRIMARY}"/></w:rPr>'),
    )
    lists = "".join(
        f'<w:abstractNum w:abstractNumId="{key}"><w:multiLevelType w:val="singleLevel"/><w:lvl w:ilvl="0">'
        f'<w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{sign}"/><w:lvlJc w:val="left"/>'
        f'<w:pPr><w:ind w:left="400" w:hanging="400"/></w:pPr>{look}</w:lvl></w:abstractNum>'
        for key, kind, sign, look in kinds
    )
    return (
        f'<w:numbering {_W}>{lists}<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num></w:numbering>'
    )


def numbered(sheet: "Sheet") -> int:
    """Begin a numbered list anew and return the number by which its points name it."""
    from docx.oxml import parse_xml

    lists = sheet.part.numbering_part.element
    number = len(lists.findall("{*}num")) + 1
    lists.append(
        parse_xml(
            f'<w:num {_W} w:numId="{number}"><w:abstractNumId w:val="0"/>'
            '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
        )
    )
    return number


# ---- page, head and foot ----
def _page(sheet: "Sheet", document: Document) -> None:
    """Set the size of the page, and what stands on every page: title and marking above, stamps and number below."""
    from docx.enum.section import WD_ORIENT
    from docx.shared import Twips

    section = sheet.sections[0]
    wide = is_wide(document)
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Twips(_LONG if wide else _SHORT), Twips(_SHORT if wide else _LONG)
    section.left_margin = section.right_margin = Twips(_MARGIN)
    section.top_margin, section.bottom_margin = Twips(1250), Twips(1080)
    section.header_distance = section.footer_distance = Twips(560)
    title = run(one_line(" – ".join(filter(None, (document.title, document.subtitle))))[:110])
    marking = run("\t" + one_line(document.marking), "RunningMarking") if document.marking else ""
    stamps = run(one_line(" · ".join(f"{stamp.label}: {stamp.value}" for stamp in document.stamps)))
    before, between, after = re.split(
        "[\x02\x03]", _("Page %(number)s of %(count)s") % {"number": "\x02", "count": "\x03"}
    )
    page = run(f"\t{before}") + _field("PAGE") + run(between) + _field("NUMPAGES") + (run(after) if after else "")
    for part, style, inside in (
        (section.header, "Header", title + marking),
        (section.footer, "Footer", stamps + page),
    ):
        _fill(part._element, style, inside, text_width(document))


def _fill(element: object, style: str, inside: str, width: int) -> None:
    from docx.oxml import parse_xml

    line = "top" if style == "Footer" else "bottom"
    paragraph = parse_xml(
        f'<w:p {_W}><w:pPr><w:pStyle w:val="{style}"/>'
        f'<w:pBdr><w:{line} w:val="single" w:sz="4" w:space="5" w:color="{LINE}"/></w:pBdr>'
        f'<w:tabs><w:tab w:val="right" w:pos="{width}"/></w:tabs></w:pPr>{inside}</w:p>'
    )
    element[:] = [paragraph]  # type: ignore[index]


def _field(code: str) -> str:
    """Return a field that word processors compute; only our own codes come here, never data."""
    return f'<w:fldSimple w:instr=" {code} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'


def _properties(sheet: "Sheet", document: Document, locale: str) -> None:
    """Say what the file is: title, author, language, moment; nothing of the template."""
    said = sheet.core_properties
    for name in ("title", "subject", "author", "last_modified_by", "keywords", "comments", "category"):
        setattr(said, name, "")
    said.title = one_line(document.title)[:255]
    said.subject = one_line(document.subtitle)[:255]
    said.author = said.last_modified_by = one_line(document.author)[:255]
    said.keywords = one_line(document.marking)[:255]
    said.language = locale
    said.revision = 1
    if document.known_at:
        said.created = said.modified = document.known_at.replace(microsecond=0)
    else:
        for name in ("created", "modified"):
            for element in said._element.findall(f"{{*}}{name}"):
                said._element.remove(element)
