"""Reports for spreadsheets: every table of the document, one below the other, safe to open."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from agreements.reports.document import Cell, Document, Heading, Paragraph, Points, Simple, Table

#: A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection).
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
_BEGINNINGS = frozenset(_DANGEROUS)
#: Control characters but for line ends and tabs, and halves of surrogate pairs: no file is to hold them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

_FIGURE = re.compile(r"[+-][\d., \u00a0]+%?")


#: So many rows are handed over together.
_TOGETHER = 200


def render(document: Document) -> str:
    """Return the document as CSV (RFC 4180) with a byte order mark, which spreadsheets need for Cyrillic letters."""
    return "".join(pieces(document))


def pieces(document: Document) -> Iterator[str]:
    """Yield the same piece by piece, for tables whose rows are made while they are written."""
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow([safe(document.title), safe(document.subtitle)])
    for stamp in document.stamps:
        writer.writerow([safe(stamp.label), safe(stamp.value)])
    if document.marking:
        writer.writerow([safe(document.marking)])
    for block in document.flat():
        writer.writerow([])
        writer.writerows([safe(text) for text in row] for row in _lines(block))
        for number, row in enumerate(block.rows if isinstance(block, Table) else (), 1):
            writer.writerow([_cell(cell) for cell in row])
            if number % _TOGETHER == 0:
                yield out.getvalue()
                out.seek(0)
                out.truncate()
    yield out.getvalue()


def _lines(block: Simple) -> Iterator[list[str]]:
    """Yield the rows that stand above the cells of a table, or the whole of what is none."""
    match block:
        case Heading():
            yield [block.text]
        case Paragraph():
            yield [text for text in (block.text, block.alert) if text]
        case Points():
            yield [block.heading]
            for point in block.items:
                yield [point.lead, point.text, *([_("draft")] if point.draft else ()), *point.notes]
        case Table():
            if block.heading:
                yield [block.heading]
            for fact in block.facts:
                for place, (_depth, text) in enumerate(fact.lines):
                    yield [fact.label if place == 0 else "", text]
            yield list(block.columns)


def _cell(cell: Cell) -> str:
    return safe("; ".join([cell.text, *cell.notes]), number=cell.number)


def safe(text: str, *, number: bool = False) -> str:
    """Return the text so that no spreadsheet takes it for a formula; figures keep their sign."""
    plain = _UNPRINTABLE.sub("", text)
    if plain.startswith(_DANGEROUS) and not (number and _FIGURE.fullmatch(plain)):
        return f"'{plain}"
    return plain


def safe_all(texts: Iterable[str | None]) -> list[str | None]:
    """Return texts as `safe` does, fast: nearly all begin with a letter and hold nothing that cannot be printed."""
    return [text if not text or (text[0] not in _BEGINNINGS and text.isprintable()) else safe(text) for text in texts]
