"""Reports for spreadsheets: every table of the document, one below the other, safe to open."""

import csv
import io
import re
import unicodedata

from agreements.reports.document import Cell, Document

#: A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection).
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")

_FIGURE = re.compile(r"[+-][\d., \u00a0]+%?")


def render(document: Document) -> str:
    """Return the document as CSV (RFC 4180) with a byte order mark, which spreadsheets need for Cyrillic letters."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([safe(document.title), safe(document.subtitle)])
    for stamp in document.stamps:
        writer.writerow([safe(stamp.label), safe(stamp.value)])
    if document.marking:
        writer.writerow([safe(document.marking)])
    for table in document.tables:
        writer.writerow([])
        writer.writerow([safe(table.heading)])
        for fact in table.facts:
            for place, (_depth, text) in enumerate(fact.lines):
                writer.writerow([safe(fact.label) if place == 0 else "", safe(text)])
        writer.writerow([safe(column) for column in table.columns])
        for row in table.rows:
            writer.writerow([_cell(cell) for cell in row])
    return "\ufeff" + out.getvalue()


def _cell(cell: Cell) -> str:
    return safe("; ".join([cell.text, *cell.notes]), number=cell.number)


def safe(text: str, *, number: bool = False) -> str:
    """Return the text so that no spreadsheet takes it for a formula; figures keep their sign."""
    plain = "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))
    if plain.startswith(_DANGEROUS) and not (number and _FIGURE.fullmatch(plain)):
        return f"'{plain}"
    return plain
