"""A document on paper: its words and measures as the template of PDF files takes them.

The template sets what it is given; where lines may break, what fits and what is drawn where is found here.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from agreements.choices import Group, Stage
from agreements.dates import MONTHS, render_day
from agreements.numbers import NBSP
from agreements.reports import drawn, faces
from agreements.reports.document import (
    Bar,
    Bars,
    Block,
    Cell,
    Columns,
    Document,
    Fact,
    Figures,
    Funnel,
    Heading,
    Lane,
    Paragraph,
    Points,
    Table,
    Timeline,
)
from agreements.reports.letters import one_line
from agreements.reports.measures import GUTTER, SIZES, SMALL, broken, fit, lines, tall

#: A block as the template takes it.
Made = dict[str, Any]

#: Measures of the page in points: A4, the margin at the sides, the room between columns.
_PAPER, _MARGIN, _BETWEEN = (595.28, 841.89), 45.35, 25.5
#: Sizes in points: of text (each tighter), of headings, of the head of a page, of key figures, of labels in pictures.
_TEXT, _HEADING, _HEAD, _FIGURE, _LABEL = (9.2, 9.0, 8.8), 10.5, 7.5, 15.0, 7.0
#: The colours of the groups of stages, on paper.
_COLOURS = {
    Group.PREPARING: "#2f5f8f",
    Group.CONCLUDED: "#63458a",
    Group.OPERATIVE: "#256746",
    Group.ENDED: "#5c6670",
}
#: A key figure takes so much room in points where several stand abreast.
_FIGURE_ROOM = 150
#: Points stand in two columns where none is longer than so many letters.
_SHORT = 260
#: So many facts stay on the page of the table below them.
_FEW = 3
#: Marks that nobody sees and that a file may not have, or may turn what stands beside them.
_MARKS = re.compile("[\u200e\u200f\u061c\ufeff]")
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
#: Dates as people type them in the three languages, which do not break: 19 May 2023, 2024 жылғы 28 желтоқсанда.
_MONTH = "|".join({name for forms in MONTHS.values() for names in forms for name in names})
_DATE = re.compile(
    rf"(?:\b(\d{{4}} (?:жылғы|жылдың)) )?\b(\d{{1,2}} (?:{_MONTH})\w*)( \d{{4}}(?: года?)?\b)?", re.IGNORECASE
)


def clean(text: str) -> str:
    """Return a text that can be set: without control characters and marks of direction, its letters in the fonts.

    What is written from right to left is set apart, so that it does not turn what stands beside it; dates do not break.
    """
    text = faces.shown(unicodedata.normalize("NFC", _MARKS.sub("", one_line(text))))
    text = _DATE.sub(lambda found: found.group().replace(" ", NBSP), text)
    return f"\u2068{text}\u2069" if _RIGHT_TO_LEFT.search(text) else text


class Paper:
    """A document on paper: its words as the template takes them, the tighter the smaller (0 to 2)."""

    def __init__(self, document: Document, language: str, tight: int = 0) -> None:
        self.document, self.language, self.tight = document, language, tight
        self.size = _TEXT[tight]
        self.room = (_PAPER[1] if document.wide else _PAPER[0]) - 2 * _MARGIN
        self.depth = 0
        self.signs: dict[str, str] = {}

    def data(self) -> Made:
        """Return what the template takes."""
        document = self.document
        blocks = self.blocks(document.blocks, self.room)
        moment = document.known_at.astimezone(UTC) if document.known_at else None
        return {
            "language": self.language,
            "wide": document.wide,
            "title": clean(document.title),
            "subtitle": clean(document.subtitle),
            "marking": clean(document.marking),
            "head": self.head(),
            "author": clean(document.author) or "Pacta",
            "moment": [*moment.timetuple()[:6]] if moment else None,
            "day": clean(document.stamps[0].value if document.stamps else ""),
            "stamps": [clean(f"{stamp.label}: {stamp.value}") for stamp in document.stamps],
            "words": {"page": _("Page %(number)s of %(count)s"), "draft": _("draft")},
            "text": self.size,
            "tight": self.tight,
            "small": SMALL,
            "margin": _MARGIN,
            "between": _BETWEEN,
            "gutter": GUTTER,
            "label": _LABEL,
            "colours": _COLOURS,
            "figure": _FIGURE,
            "blocks": blocks,
            "signs": self.signs,
        }

    def head(self) -> str:
        """Return what stands at the head of the pages after the first: the title, as far as there is room."""
        text, most = clean(f"{self.document.title} – {self.document.subtitle}"), self.room * 0.7
        if faces.width(text, _HEAD) <= most:
            return text
        taken = next(end for end in range(len(text)) if faces.width(text[: end + 1], _HEAD) > most)
        return f"{text[: text.rfind(' ', 0, taken) if ' ' in text[:taken] else taken]} …"

    def blocks(self, blocks: Iterable[Block | Columns], room: float) -> list[Made]:
        """Return blocks as the template takes them; each knows whether it stands below a heading."""
        found: list[Made] = []
        for made in (made for block in blocks for made in self.block(block, room)):
            made["headed"] = bool(found) and found[-1]["kind"] == "heading"
            found.append(made)
        return found

    def block(self, block: Block | Columns, room: float) -> Iterable[Made]:
        """Yield a block as the template takes it, with the heading that belongs to it."""
        match block:
            case Heading():
                yield self.heading(block.text, block.level, block.language, room)
            case Paragraph():
                yield {
                    "kind": "paragraph",
                    "tone": block.tone,
                    "text": self.said(block.text, block.language, room, self.size),
                    "alert": broken(clean(block.alert), room, self.size, bold=True),
                }
            case Columns():
                yield self.columns(block, room)
            case Points():
                yield from self.headed(block.heading, block.level, room)
                yield self.points(block, room)
            case Table():
                yield from self.headed(block.heading, block.level, room, block.language)
                yield from self.table(block, room)
            case Figures():
                yield from self.headed(block.heading, block.level, room)
                yield self.figures(block, room)
            case Bars():
                yield from self.headed(block.heading, block.level, room)
                yield self.bars(block, room)
            case Funnel():
                yield from self.headed(block.heading, block.level, room)
                yield self.funnel(block, room)
            case Timeline():
                yield from self.headed(block.heading, block.level, room)
                yield self.timeline(block, room)

    def headed(self, text: str, level: int, room: float, language: str = "") -> list[Made]:
        """Return the heading of a block, where it has one."""
        return [self.heading(text, level, language, room)] if text else []

    def heading(self, text: str, level: int, language: str, room: float) -> Made:
        """Return a heading. Below one there is no heading more than one level deeper, as the standard asks."""
        self.depth = max(1, min(level - 1, self.depth + 1))
        return {"kind": "heading", "level": self.depth, "text": self.said(text, language, room, _HEADING, bold=True)}

    def columns(self, block: Columns, room: float) -> Made:
        """Return blocks that stand side by side."""
        shares = block.widths if len(block.widths) == len(block.columns) else [1] * len(block.columns)
        left = room - _BETWEEN * (len(block.columns) - 1)
        widths = [left * share / sum(shares) for share in shares]
        return {
            "kind": "columns",
            "widths": widths,
            "columns": [self.blocks(column, width) for column, width in zip(block.columns, widths, strict=True)],
        }

    def points(self, block: Points, room: float) -> Made:
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
            "empty": broken(clean(block.empty), room, self.size) if not block.items else "",
            "items": [
                {
                    "lead": broken(clean(point.lead), width, self.size, bold=True),
                    "text": self.said(point.text, point.language, width, self.size),
                    "draft": point.draft,
                    "notes": [broken(clean(note), width, self.size * SMALL) for note in point.notes],
                }
                for point in block.items
            ],
        }

    def table(self, block: Table, room: float) -> Iterable[Made]:
        """Yield what stands above a table, and the table or what is said where it is empty."""
        if block.facts:
            # A few lines stay with the table that they are about.
            short = bool(block.rows) and len(block.facts) <= _FEW
            facts = [self.fact(fact, room * 0.78) for fact in block.facts]
            yield {"kind": "facts", "facts": facts, "sticky": short}
        if not block.rows:
            if block.empty:
                yield {
                    "kind": "paragraph",
                    "tone": "note",
                    "text": broken(clean(block.empty), room, self.size),
                    "alert": "",
                }
            return
        measured = fit(block, room, SIZES[self.tight :])
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
            "tall": [place for place, row in enumerate(block.rows) if tall(row, inner, measured.size)],
            "note": broken(clean(block.note), room, self.size),
        }

    def note(self, text: str, room: float) -> Made:
        """Return a note: what is said where there is nothing, or where something is from."""
        return {"kind": "paragraph", "tone": "note", "text": broken(clean(text), room, self.size), "alert": ""}

    def fact(self, fact: Fact, room: float) -> Made:
        """Return what is said above a table."""
        return {
            "label": broken(clean(fact.label), self.room * 0.2, self.size),
            "lines": [
                [depth, self.said(text, fact.language, room - 12 * depth, self.size)] for depth, text in fact.lines
            ],
            "alert": fact.alert,
        }

    def cell(self, cell: Cell, room: float, size: float, *, bold: bool) -> Any:
        """Return a cell: a text alone where there is nothing else to it."""
        strong = bold or bool(cell.stage) or cell.alert
        text = self.said(cell.text, cell.language, room, size, bold=strong)
        more = {
            "notes": [broken(clean(note), room, size * SMALL) for note in cell.notes],
            "stage": self.sign(cell.stage) if not cell.steps else "",
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

    def sign(self, stage: str) -> str:
        """Return the stage, of which the template then has the sign."""
        if stage and stage not in self.signs:
            self.signs[stage] = sign(Stage(stage))
        return stage

    # ---- pictures ----
    def figures(self, block: Figures, room: float) -> Made:
        """Return key figures, each large beside what it counts."""
        widest = max((faces.width(clean(item.value), _FIGURE, bold=True) for item in block.items), default=0.0)
        abreast = min(3, int(room // _FIGURE_ROOM), len(block.items)) or 1
        each = (room - _BETWEEN * (abreast - 1)) / abreast
        column = min(widest * 1.02, each * 0.45)
        rest = each - column - GUTTER
        return {
            "kind": "figures",
            "widths": [column, rest],
            "abreast": abreast,
            "items": [
                {
                    "value": broken(clean(item.value), column, _FIGURE, bold=True),
                    "label": self.said(item.label, item.language, rest, self.size),
                    "notes": [
                        broken(clean(note), rest, self.size * SMALL) for note in (item.change, item.source) if note
                    ],
                }
                for item in block.items
            ],
        }

    def bars(self, block: Bars, room: float) -> Made:
        """Return bars to one scale; what does not fit into a bar stands below it."""
        return {
            "kind": "bars",
            "unit": broken(clean(block.unit), room, self.size * SMALL),
            "rows": [self.bar(block, bar, room) for bar in block.rows],
            "note": broken(clean(block.note), room, self.size * SMALL),
        }

    def bar(self, bars: Bars, bar: Bar, room: float) -> Made:
        """Return one bar with its parts."""
        parts = drawn.parts(bars, bar)
        inside = all(faces.width(clean(one.label), 7.8, bold=True) + 9 < one.width * room for _part, one in parts)
        return {
            "label": self.said(bar.label, bar.language, room, self.size, bold=True),
            "figure": broken(clean(bar.figure), room, self.size),
            "words": clean("; ".join(one.label for _part, one in parts)) or clean(bar.label) or "–",
            "inside": inside,
            "parts": [
                {"width": one.width * room, "label": clean(one.label), "hollow": part.hollow} for part, one in parts
            ],
        }

    def funnel(self, block: Funnel, room: float) -> Made:
        """Return a funnel: for each stage its sign and word, a bar, the number."""
        size = SIZES[self.tight]
        widest = max((faces.width(row.label, size, bold=True) for row in block.rows), default=0.0)
        column = min(widest * 1.02 + size * 1.4, room * 0.5)
        return {
            "kind": "funnel",
            "size": size,
            "width": column,
            "heads": [clean(head) for head in block.table.columns],
            "rows": [
                {
                    "label": broken(clean(row.label), column - size * 1.4, size, bold=True),
                    "stage": self.sign(row.stage),
                    "group": row.group,
                    "share": share,
                    "count": count.text,
                }
                for row, share, (_label, count) in zip(block.rows, drawn.shares(block), block.table.rows, strict=True)
            ],
        }

    def timeline(self, block: Timeline, room: float) -> Made:
        """Return lanes to one scale, each with a text that says the same; or what is said instead of them."""
        if not block.lanes:
            return self.note(block.empty, room)
        size = SIZES[max(1, self.tight)]
        words = (faces.width(lane.label, size, bold=True) * 1.02 for lane in block.lanes)
        column = min(max(words), room * 0.3)
        wide = room - column - GUTTER
        return {
            "kind": "timeline",
            "size": size,
            "widths": [column + GUTTER, wide],
            "ticks": [[tick.left, tick.label] for tick in drawn.ticks(block, int(wide // 36))],
            "now": [drawn.place(block, block.now), render_day(block.now)] if block.now else None,
            "head": clean(block.table.columns[0]),
            "lanes": [self.lane(block, lane, column, size, wide) for lane in block.lanes],
            "legend": [[group.value, str(group.label)] for group in drawn.groups(block)],
            "unsure": _("not certain") if drawn.unsure(block) else "",
        }

    def lane(self, timeline: Timeline, lane: Lane, column: float, size: float, wide: float) -> Made:
        """Return a lane: labels stand in what is long enough for them."""
        told = ", ".join(f"{span.label} ({span.when})" for span in lane.spans)
        return {
            "label": self.said(lane.label, lane.language, column, size, bold=True),
            "height": 1.4 * size * lines(lane.label, column, size, bold=True) + 7,
            "words": clean(told) or "–",
            "pieces": [
                [
                    piece.left,
                    piece.width,
                    clean(piece.label) if faces.width(piece.label, _LABEL, bold=True) + 6 < piece.width * wide else "",
                    piece.group,
                    piece.hatched,
                ]
                for piece in drawn.pieces(timeline, lane)
            ],
        }


def sign(stage: Stage) -> str:
    """Return the sign of a stage in the colour of its group, as an SVG file."""
    drawing: str = render_to_string("includes/stage_sign.html", {"stage": stage})
    drawing = drawing.replace("currentColor", _COLOURS[stage.group]).replace("var(--surface)", "#ffffff")
    return drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" ', 1)
