"""Reports as PDF: set by typst from one template, tagged for those who do not see it (PDF/UA-1).

What is said goes in as data, never as markup. The same document always gives the same bytes.
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from agreements.reports import faces
from agreements.reports.document import (
    Bars,
    Cell,
    Columns,
    Document,
    Fact,
    Figures,
    Funnel,
    Heading,
    Paragraph,
    Points,
    Table,
    Timeline,
)
from agreements.reports.measures import GUTTER, SMALL, broken, fit

if TYPE_CHECKING:
    import typst

_TEMPLATE = Path(__file__).resolve().parent / "typst" / "report.typ"
#: Measures of the page in points: A4, the margin at the sides, the room between columns.
_PAPER, _MARGIN, _BETWEEN = (595.28, 841.89), 45.35, 25.5
#: Sizes in points: of text, of the head of a page.
_TEXT, _HEAD = 9.2, 7.5
#: Points stand in two columns where none is longer than so many letters.
_SHORT = 260
#: Marks of direction, which a text from outside could use to show something else than it says, and the mark of order.
_DIRECTION = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")


def render(document: Document, language: str) -> bytes:
    """Return the document as a PDF file."""
    import typst

    paper = _Paper(document, language)
    made = typst.compile(
        str(_TEMPLATE),
        root=str(_TEMPLATE.parent),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"document": json.dumps(paper.data(), ensure_ascii=False)},
        pdf_standards=["ua-1"],
        package_path=str(_TEMPLATE.parent),
    )
    return made


@cache
def _fonts() -> "typst.Fonts":
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(faces.FONTS)])


def clean(text: str) -> str:
    """Return a text that can be set: without control characters and marks of direction, its letters in the fonts.

    What is written from right to left is set apart, so that it does not turn what stands beside it.
    """
    text = unicodedata.normalize("NFC", text)
    if not text.isascii() or not text.isprintable():
        text = "".join(
            " " if letter in "\t\n\r\v\f\x85\u2028\u2029" else letter
            for letter in text
            if letter not in _DIRECTION
            and (unicodedata.category(letter) not in ("Cc", "Cs", "Co", "Cn") or letter.isspace())
        )
        text = faces.shown(text)
    return f"\u2068{text}\u2069" if _RIGHT_TO_LEFT.search(text) else text


class _Paper:
    """A document on paper: its words as the template takes them."""

    def __init__(self, document: Document, language: str) -> None:
        self.document, self.language = document, language
        self.room = (_PAPER[1] if document.wide else _PAPER[0]) - 2 * _MARGIN
        self.depth = 0

    def data(self) -> dict[str, Any]:
        """Return what the template takes."""
        document = self.document
        author = next((stamp.value for stamp in document.stamps if stamp.label == _("Prepared by")), "Pacta")
        return {
            "language": self.language,
            "wide": document.wide,
            "title": clean(document.title),
            "subtitle": clean(document.subtitle),
            "marking": clean(document.marking),
            "head": self.head(),
            "author": clean(author),
            "day": clean(document.stamps[0].value if document.stamps else ""),
            "stamps": [clean(f"{stamp.label}: {stamp.value}") for stamp in document.stamps],
            "words": {"page": _("Page %(number)s of %(count)s"), "draft": _("draft")},
            "text": _TEXT,
            "small": SMALL,
            "margin": _MARGIN,
            "between": _BETWEEN,
            "gutter": GUTTER,
            "blocks": [one for block in document.blocks for one in self.block(block, self.room)],
        }

    def head(self) -> str:
        """Return what stands at the head of the pages after the first: the title, as far as there is room."""
        text, most = clean(f"{self.document.title} – {self.document.subtitle}"), self.room * 0.7
        if faces.width(text, _HEAD) <= most:
            return text
        taken = next(end for end in range(len(text)) if faces.width(text[: end + 1], _HEAD) > most)
        return f"{text[: text.rfind(' ', 0, taken) if ' ' in text[:taken] else taken]} …"

    def block(self, block: Any, room: float) -> Iterable[dict[str, Any]]:
        """Yield a block as the template takes it, with the heading that belongs to it."""
        match block:
            case Heading():
                yield self.heading(block.text, block.level, block.language, room)
            case Paragraph():
                yield {
                    "kind": "paragraph",
                    "tone": block.tone,
                    "text": self.said(block.text, block.language, room, _TEXT),
                    "alert": broken(clean(block.alert), room, _TEXT, bold=True),
                }
            case Columns():
                yield self.columns(block, room)
            case Points():
                yield from self.headed(block.heading, block.level, room)
                yield self.points(block, room)
            case Table():
                yield from self.headed(block.heading, block.level, room, block.language)
                yield from self.table(block, room)
            case Figures() | Bars() | Funnel() | Timeline():
                yield from self.block(block.table, room)

    def headed(self, text: str, level: int, room: float, language: str = "") -> list[dict[str, Any]]:
        """Return the heading of a block, where it has one."""
        return [self.heading(text, level, language, room)] if text else []

    def heading(self, text: str, level: int, language: str, room: float) -> dict[str, Any]:
        """Return a heading. Below one there is no heading more than one level deeper, as the standard asks."""
        self.depth = max(1, min(level - 1, self.depth + 1))
        return {"kind": "heading", "level": self.depth, "text": self.said(text, language, room, 10.5, bold=True)}

    def columns(self, block: Columns, room: float) -> dict[str, Any]:
        """Return blocks that stand side by side."""
        shares = block.widths if len(block.widths) == len(block.columns) else [1] * len(block.columns)
        left = room - _BETWEEN * (len(block.columns) - 1)
        widths = [left * share / sum(shares) for share in shares]
        return {
            "kind": "columns",
            "widths": widths,
            "columns": [
                [made for one in column for made in self.block(one, width)]
                for column, width in zip(block.columns, widths, strict=True)
            ],
        }

    def points(self, block: Points, room: float) -> dict[str, Any]:
        """Return a list of points; short ones stand in two columns where there is room."""
        short = len(block.items) > 1 and all(
            len(point.lead) + len(point.text) + sum(map(len, point.notes)) <= _SHORT for point in block.items
        )
        abreast = short and room > 400
        width = (room - _BETWEEN) / 2 if abreast else room
        width -= 15
        return {
            "kind": "points",
            "numbered": block.numbered,
            "abreast": abreast,
            "empty": broken(clean(block.empty), room, _TEXT) if not block.items else "",
            "items": [
                {
                    "lead": broken(clean(point.lead), width, _TEXT, bold=True),
                    "text": self.said(point.text, point.language, width, _TEXT),
                    "draft": point.draft,
                    "notes": [broken(clean(note), width, _TEXT * SMALL) for note in point.notes],
                }
                for point in block.items
            ],
        }

    def table(self, block: Table, room: float) -> Iterable[dict[str, Any]]:
        """Yield what stands above a table, and the table or what is said where it is empty."""
        if block.facts:
            yield {"kind": "facts", "facts": [self.fact(fact, room * 0.78) for fact in block.facts]}
        if not block.rows:
            if block.empty:
                yield {
                    "kind": "paragraph",
                    "tone": "note",
                    "text": broken(clean(block.empty), room, _TEXT),
                    "alert": "",
                }
            return
        measured = fit(block, room)
        inner = [width - GUTTER for width in measured.widths]
        yield {
            "kind": "table",
            "size": measured.size,
            "widths": measured.widths,
            "right": sorted(block.numeric),
            "heads": [
                broken(clean(head), width, measured.size * SMALL)
                for head, width in zip(block.columns, inner, strict=True)
            ],
            "rows": [
                [
                    self.cell(cell, width, measured.size, bold=place == 0 and not block.counts)
                    for place, (cell, width) in enumerate(zip(row, inner, strict=True))
                ]
                for row in block.rows
            ],
            "note": broken(clean(block.note), room, _TEXT),
        }

    def fact(self, fact: Fact, room: float) -> dict[str, Any]:
        """Return what is said above a table."""
        return {
            "label": broken(clean(fact.label), self.room * 0.2, _TEXT),
            "lines": [[depth, self.said(text, fact.language, room - 12 * depth, _TEXT)] for depth, text in fact.lines],
            "alert": fact.alert,
        }

    def cell(self, cell: Cell, room: float, size: float, *, bold: bool) -> Any:
        """Return a cell: a text alone where there is nothing else to it."""
        strong = bold or bool(cell.stage) or cell.alert
        text = self.said(cell.text, cell.language, room, size, bold=strong)
        more = {
            "notes": [broken(clean(note), room, size * SMALL) for note in cell.notes],
            "group": cell.group,
            "alert": cell.alert,
            "steps": [cell.steps.at, cell.steps.of, cell.steps.group, clean(cell.steps.words)] if cell.steps else None,
        }
        told = {name: value for name, value in more.items() if value}
        if strong:
            told["strong"] = True
        return {"text": text, **told} if told else text

    def said(self, text: str, language: str, room: float, size: float, *, bold: bool = False) -> Any:
        """Return a text; with its language, where that is another than the reader's."""
        set_text = broken(clean(text), room, size, bold=bold)
        return [set_text, language] if language and language != self.language else set_text
