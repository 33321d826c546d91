"""Reports for a terminal or a letter: plain text, one block for each row."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from agreements.reports.document import (
    NOTHING,
    Bars,
    Cell,
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


def render(document: Document) -> str:
    """Return the document as plain text in UTF-8."""
    lines = [document.title, document.subtitle, *(f"{stamp.label}: {stamp.value}" for stamp in document.stamps)]
    if document.marking:
        lines.append(document.marking.upper())
    for block in document.each():
        match block:
            case Timeline() if block.lanes:
                lines += [*_headed(block.heading, block.level), *_lanes(block)]
            case Figures() | Bars() | Funnel() | Timeline():
                lines += [*_headed(block.heading, block.level), *_whole(block.table)]
            case Heading():
                lines += ["", *_heading(block.text, block.level)]
            case Paragraph():
                lines += ["", " ".join(filter(None, (block.text, block.alert)))]
            case Points():
                lines += [*_headed(block.heading, block.level), *(_points(block) or [block.empty])]
            case Table():
                lines += [*_headed(block.heading, block.level), *_whole(block)]
    return "\n".join(lines).replace("\u00a0", " ") + "\n"


def _headed(text: str, level: int) -> list[str]:
    return ["", *(_heading(text, level) if text else ())]


def _heading(text: str, level: int) -> list[str]:
    return [text, ("=" if level == 2 else "-") * len(text)]


def _points(points: Points) -> list[str]:
    lines = []
    for number, point in enumerate(points.items, 1):
        sign = f"{number}." if points.numbered else "–"
        draft = f" [{_('draft')}]" if point.draft else ""
        lines.append(f"{sign} {' '.join(filter(None, (point.lead, point.text)))}{draft}")
        lines += [f"  {note}" for note in point.notes]
    return lines


def _lanes(timeline: Timeline) -> list[str]:
    lines = []
    for lane in timeline.lanes:
        lines += ["", lane.label, *(f"  {span.label}: {span.when}" for span in lane.spans)]
    return lines[1:]


def _whole(table: Table) -> list[str]:
    facts = [line for fact in table.facts for line in _fact(fact)]
    told = _table(table) or ([table.empty] if table.empty else [])
    lines = [*facts, *([""] if facts and told else []), *told]
    return [*lines, table.note] if table.note else lines


def _table(table: Table) -> list[str]:
    if table.counts:
        return [f"{row[1].text:>5}  {row[0].text}" for row in table.rows]
    lines: list[str] = []
    for row in table.rows:
        head, *rest = row
        lines += ["", head.text, *(f"  [{note}]" for note in head.notes)]
        lines += [
            f"  {label}: {'; '.join([cell.text, *cell.notes]) if table.sparse else _cell(cell)}"
            for label, cell in zip(table.columns[1:], rest, strict=True)
            if not (table.sparse and cell.text == NOTHING and not cell.notes)
        ]
    return lines[1:]


def _fact(fact: Fact) -> Iterator[str]:
    """Yield a label with its only line, or with its lines below it; what alerts has a sign."""
    sign = "! " if fact.alert else ""
    if len(fact.lines) == 1:
        yield f"{sign}{fact.label}: {fact.lines[0][1]}"
        return
    yield f"{sign}{fact.label}:"
    for depth, text in fact.lines:
        yield f"{'  ' * (depth + 1)}{text}"


def _cell(cell: Cell) -> str:
    return f"{cell.text} ({'; '.join(cell.notes)})" if cell.notes else cell.text
