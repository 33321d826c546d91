"""Reports for a terminal or a letter: plain text, one block for each row."""

from agreements.reports.document import Cell, Document, Table

_WIDTH = 100


def render(document: Document) -> str:
    """Return the document as plain text in UTF-8."""
    lines = [document.title, document.subtitle, *(f"{stamp.label}: {stamp.value}" for stamp in document.stamps)]
    if document.marking:
        lines.append(document.marking.upper())
    for table in document.tables:
        lines += ["", table.heading, "=" * len(table.heading), *(_table(table) or [table.empty])]
        if table.note:
            lines.append(table.note)
    return "\n".join(lines).replace("\u00a0", " ") + "\n"


def _table(table: Table) -> list[str]:
    if table.counts:
        return [f"{row[1].text:>5}  {row[0].text}" for row in table.rows]
    lines: list[str] = []
    for row in table.rows:
        head, *rest = row
        lines += ["", head.text, *(f"  [{note}]" for note in head.notes)]
        lines += [f"  {label}: {_cell(cell)}" for label, cell in zip(table.columns[1:], rest, strict=True)]
    return lines[1:]


def _cell(cell: Cell) -> str:
    return f"{cell.text} ({'; '.join(cell.notes)})" if cell.notes else cell.text
