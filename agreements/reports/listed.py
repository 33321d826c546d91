"""The list of agreements as a table: the rows that a reader found, in his order, with the columns that he chose."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from agreements.choices import InstrumentKind, Level
from agreements.dates import FuzzyDate
from agreements.reports import as_csv, as_pdf, as_xlsx, frame
from agreements.reports.document import NOTHING, Cell, Document, Stamp, Table
from agreements.reports.facts import AgreementFacts, Mark, partners
from agreements.reports.letters import clean
from agreements.reports.portfolio import agreement_data, days_words, next_notes, since_notes
from agreements.words import pick

#: The formats in which a list is handed over, with their media types.
FORMATS: Mapping[str, str] = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
#: A PDF is read on paper: it has so many rows at most.
MOST_IN_PDF = 1000


class Row(NamedTuple):
    """An agreement in the list: its facts, what the reader should notice, when it was last written to.

    `changed` is None where it was not asked for.
    """

    facts: AgreementFacts
    marks: Sequence[Mark] = ()
    changed: datetime | None = None


def column_titles() -> dict[str, str]:
    """Return what the columns of the list are called."""
    return {
        "title": _("Agreement"),
        "reference": _("Reference"),
        "stage": _("Stage"),
        "since": _("Since"),
        "days": _("Days in stage"),
        "next": _("Next step"),
        "ball": _("Who must act"),
        "parties": _("Parties"),
        "area": _("Area"),
        "kind": _("Kind"),
        "procedure": _("Procedure"),
        "lead_unit": _("Lead unit"),
        "officer": _("Responsible officer"),
        "validity": _("Validity"),
        "changed": _("Last change"),
        "level": _("Level of confidentiality"),
    }


# ---- cells ----
def about(facts: AgreementFacts) -> list[str]:
    """Say what a reader must know with the title: that it does not bind, and which text it is."""
    found = [] if facts.binding else [_("not binding")]
    return [*found, _("text %(number)s") % {"number": facts.text}] if facts.text > 1 else found


def _stage(row: Row) -> Cell:
    facts = row.facts
    if not facts.stage:
        return Cell(_("not yet begun for certain"))
    return Cell(facts.stage_label, stage=facts.stage.value, group=facts.group or "")


def _next(row: Row) -> Cell:
    return Cell(row.facts.next_step or NOTHING, notes=next_notes(row.facts))


def _validity(row: Row) -> Cell:
    first, last = row.facts.valid_from, row.facts.valid_until
    if first and last:
        return Cell(_("%(first)s – %(last)s") % {"first": FuzzyDate.of_day(first), "last": FuzzyDate.of_day(last)})
    if first:
        return Cell(pgettext("days", "from %(day)s") % {"day": FuzzyDate.of_day(first)})
    return Cell(pgettext("days", "until %(day)s") % {"day": FuzzyDate.of_day(last)}) if last else Cell(NOTHING)


_CELLS: Mapping[str, Callable[[Row], Cell]] = {
    "reference": lambda row: Cell(row.facts.reference),
    "stage": _stage,
    "since": lambda row: Cell.day(row.facts.since, notes=since_notes(row.facts)),
    "days": lambda row: Cell(days_words(row.facts), number=True, value=row.facts.days_in_stage),
    "next": _next,
    "ball": lambda row: Cell(row.facts.ball_words),
    "parties": lambda row: Cell(partners(row.facts)),
    "area": lambda row: Cell(", ".join(pick(names).text for _code, names in row.facts.areas) or NOTHING),
    "kind": lambda row: Cell(str(InstrumentKind(row.facts.kind).label)),
    "procedure": lambda row: Cell.of(pick(row.facts.procedure.title)),
    "lead_unit": lambda row: Cell.of(pick(row.facts.lead_unit)) if row.facts.lead_unit_code else Cell(NOTHING),
    "officer": lambda row: Cell(row.facts.officer or NOTHING),
    "validity": _validity,
    "changed": lambda row: Cell.day(timezone.localdate(row.changed) if row.changed else None),
    "level": lambda row: Cell(str(Level(row.facts.level).label)),
}


def cells(row: Row, columns: Iterable[str]) -> list[tuple[str, Cell]]:
    """Return what the columns say of an agreement, each with its name."""
    return [(name, _CELLS[name](row)) for name in columns]


# ---- a file ----
@dataclass(frozen=True, kw_only=True)
class Listed(frame.Look):
    """A list that is handed over: what was asked in words and as it stands in the address, and the rows as they come.

    `shown` are the keys of the rows, `level` is the highest of them; `rows` may be read once.
    """

    asked: str
    query: Sequence[tuple[str, str]]
    columns: Sequence[str]
    level: Level
    shown: Sequence[UUID]
    rows: Iterable[Row]


class _Lines(Sequence[Sequence[Cell]]):
    """The lines of a table that are made while they are written, once."""

    def __init__(self, lines: Iterator[list[Cell]], number: int) -> None:
        self.lines, self.number = lines, number

    def __len__(self) -> int:
        return self.number

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        return self.lines

    def __getitem__(self, place: Any) -> Any:
        raise NotImplementedError


def arrange(content: Listed) -> Document:
    """Arrange the list into a document in the reader's language."""
    titles = column_titles()
    lines = (
        [
            Cell.of(
                row.facts.short_title,
                notes=[*about(row.facts), *(mark.words for mark in row.marks)],
                address=f"/agreements/{row.facts.reference}/",
            ),
            *(cell for _name, cell in cells(row, content.columns)),
        ]
        for row in content.rows
    )
    return Document(
        title=_("Agreements"),
        subtitle=content.asked,
        marking=str(content.level.label),
        stamps=[
            Stamp(_("As of"), str(FuzzyDate.of_day(content.as_of))),
            Stamp(_("Known at"), frame.moment_words(content.known_at)),
            Stamp(_("Prepared by"), content.author),
        ],
        wide=True,
        blocks=[
            Table(
                _("Agreements"),
                [titles[name] for name in ("title", *content.columns)],
                cast(Sequence[Sequence[Cell]], _Lines(lines, len(content.shown))),
                empty=_("No agreement matches."),
            )
        ],
        author=content.author,
        known_at=content.known_at,
    )


#: What each column is in JSON, beside what every agreement has there.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "stage": ("stage", "stage_label", "group", "possibly", "text", "round", "on_hold"),
    "since": ("since", "since_earliest", "since_latest", "since_precision", "certainty", "stated_elsewhere"),
    "days": ("days_in_stage", "days_exact"),
    "next": ("next_step",),
    "parties": ("participants",),
    "area": ("areas",),
    "validity": ("valid_from", "valid_until"),
    "reference": (),
}
_ALWAYS = ("reference", "title", "short_title", "binding", "marks")


def _data(row: Row, columns: Iterable[str]) -> dict[str, Any]:
    told = agreement_data(row.facts) | {
        "marks": [{"code": mark.code, "words": mark.words} for mark in row.marks],
        "changed": frame.said_at(row.changed) if row.changed else None,
    }
    keys = [*_ALWAYS, *(key for name in columns for key in _KEYS.get(name, (name,)))]
    return {key: told[key] for key in keys}


def _as_json(content: Listed) -> Iterator[str]:
    head = frame.head(content, "agreements") | {
        "filters": [list(pair) for pair in content.query],
        "columns": list(content.columns),
        "total": len(content.shown),
    }
    yield f'{json.dumps(head, ensure_ascii=False)[:-1]}, "agreements": ['
    for number, row in enumerate(content.rows):
        yield clean(("," if number else "") + "\n" + json.dumps(_data(row, content.columns), ensure_ascii=False))
    yield "\n]}\n"


def pieces(content: Listed, form: str) -> Iterator[str | bytes]:
    """Yield the list in a format, in the active language, as it is made; of some formats in one piece."""
    match form:
        case "csv":
            yield from map(clean, as_csv.pieces(arrange(content)))
        case "json":
            yield from _as_json(content)
        case "xlsx":
            yield as_xlsx.render(arrange(content), content.language)
        case _:
            document = arrange(content)
            (table,) = document.tables
            rows = list(table.rows)
            yield as_pdf.render(_with_rows(document, table, rows), content.language)


def _with_rows(document: Document, table: Table, rows: Sequence[Sequence[Cell]]) -> Document:
    """Return a document of which the rows can be read more than once."""
    return replace(document, blocks=[replace(table, rows=rows)])
