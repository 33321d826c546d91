"""What the floor does with the whole register: reports, exports, taking over rows; in one query each, as it is read."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any
from xml.sax.saxutils import escape

from bench.floor.database import Database

_STUCK, _RECENT = timedelta(days=90), timedelta(days=30)
_AT_ONCE = 2000
_EPOCH = date(1899, 12, 30)
HEADS = (
    *("reference", "title_en", "title_ru", "kind", "stage", "since", "areas", "participants", "lead_unit", "officer"),
    *("level", "valid_from", "valid_until", "changed_at"),
)
_DATES = (5, 11, 12)


def as_of(db: Database, day: str) -> Iterator[bytes]:
    """Yield where each agreement stood on a day, as CSV."""
    rows = db.rows(
        "SELECT a.reference, e.to_stage, e.day FROM agreement a JOIN entry e ON e.agreement_id = a.id "
        "WHERE e.sequence = (SELECT max(sequence) FROM entry WHERE agreement_id = a.id AND to_stage <> '' "
        "AND day <= ?) ORDER BY a.reference",
        [day],
    )
    return _lines(("reference", "stage", "since"), rows)


def numbers(db: Database, day: str) -> Iterator[bytes]:
    """Yield how many agreements stand where, and what needs a push."""
    today = date.fromisoformat(day)
    counts = {
        "stage": "SELECT stage, count(*) FROM agreement GROUP BY stage",
        "kind": "SELECT kind, count(*) FROM agreement GROUP BY kind",
        "area": "SELECT y.code, count(*) FROM agreement_area t JOIN area y ON y.id = t.area_id GROUP BY y.code",
        "unit": "SELECT y.code, count(*) FROM agreement t JOIN unit y ON y.id = t.unit_id GROUP BY y.code",
    }
    told: dict[str, Any] = {name: dict(db.rows(statement)) for name, statement in counts.items()}
    told["total"] = sum(told["stage"].values())
    singles = {
        "overdue": ("SELECT count(*) FROM task WHERE status = 'open' AND due < ?", today),
        "stuck": (
            "SELECT count(*) FROM agreement WHERE since < ? AND stage IN "
            "('negotiating', 'initialled', 'signing', 'signed', 'ratifying')",
            today - _STUCK,
        ),
        "changed": (
            "SELECT count(DISTINCT agreement_id) FROM entry WHERE to_stage <> '' AND day >= ?",
            today - _RECENT,
        ),
    }
    told |= {name: db.rows(statement, [str(value)])[0][0] for name, (statement, value) in singles.items()}
    yield json.dumps(told).encode()


def export(db: Database) -> Iterator[bytes]:
    """Yield all agreements as CSV."""
    return _lines(HEADS, _rows(db))


def workbook(db: Database) -> Iterator[bytes]:
    """Yield all agreements as XLSX with real dates: the least that a spreadsheet opens."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in _PARTS.items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for row in _rows(db):
                cells = "".join(_cell(place, value) for place, value in enumerate(row))
                sheet.write(f"<row>{cells}</row>".encode())
            sheet.write(b"</sheetData></worksheet>")
    yield content.getvalue()


def _cell(place: int, value: Any) -> str:
    if value is None:
        return "<c/>"
    if place in _DATES:
        day = value if isinstance(value, date) else date.fromisoformat(value)
        return f'<c s="1"><v>{(day - _EPOCH).days}</v></c>'
    return f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def _rows(db: Database) -> Iterator[list[Any]]:
    gathered = "group_concat({0}, ', ')" if db.is_sqlite else "string_agg({0}, ', ')"
    areas = _by_agreement(
        db.each(
            f"SELECT t.agreement_id, {gathered.format('y.code')} FROM agreement_area t JOIN area y ON y.id = t.area_id "
            "GROUP BY t.agreement_id ORDER BY t.agreement_id"
        )
    )
    parties = _by_agreement(
        db.each(
            f"SELECT t.agreement_id, {gathered.format('y.code')} FROM participant t JOIN party y ON y.id = t.party_id "
            "GROUP BY t.agreement_id ORDER BY t.agreement_id"
        )
    )
    for key, *row in db.each(
        "SELECT a.id, a.reference, a.title_en, a.title_ru, a.kind, a.stage, a.since, u.code, p.username, a.level, "
        "a.valid_from, a.valid_until, a.changed_at FROM agreement a JOIN unit u ON u.id = a.unit_id "
        "JOIN person p ON p.id = a.person_id ORDER BY a.id"
    ):
        yield [*row[:6], areas(key), parties(key), *row[6:]]


def _by_agreement(rows: Iterator[Any]) -> Any:
    """Return what finds the row of an agreement; agreements are asked for in the order of the rows."""
    waiting: list[Any] = []

    def find(key: int) -> str:
        if not waiting:
            waiting.extend(islice(rows, 1))
        if waiting and waiting[0][0] == key:
            return str(waiting.pop()[1])
        return ""

    return find


def _lines(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    left = iter(rows)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    while part := list(islice(left, _AT_ONCE)):
        writer.writerows(part)
        yield out.getvalue().encode()
        out.seek(0)
        out.truncate()


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
    f'ContentType="{_KIND}.worksheet+xml"/><Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/></Types>',
    "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="Agreements" '
    'sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
    f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{_OFFICE}/styles" '
    'Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'{_XML}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts>'
    '<fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/>'
    '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
}
