"""The dry run: what would become of every row of a table, and what is still to be decided. Nothing is written."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from django.db import transaction

from agreements.documents.storage import files
from agreements.import_choices import TableKind
from agreements.imports.acts import ActTaker
from agreements.imports.agreements import AgreementTaker
from agreements.imports.cells import Given, Reader
from agreements.imports.lives import HistoryTaker
from agreements.imports.mapping import Mapped
from agreements.imports.records import IndicatorTaker, MeetingTaker, TaskTaker
from agreements.imports.taking import MOST_QUESTIONS, Job, Planned, Taker
from agreements.imports.vocabulary import Vocabulary
from agreements.models import ImportRun, User
from agreements.tabular.layout import Layout
from agreements.tabular.reading import Table, open_table

TAKERS: Mapping[str, type[Taker]] = {
    TableKind.AGREEMENTS: AgreementTaker,
    TableKind.HISTORIES: HistoryTaker,
    TableKind.ACTIONS: ActTaker,
    TableKind.MEETINGS: MeetingTaker,
    TableKind.TASKS: TaskTaker,
    TableKind.INDICATORS: IndicatorTaker,
}


def table_of(run: ImportRun, layout: Layout | None = None) -> Table:
    """Open the table of an import, laid out as was settled, or as asked. Raises Unreadable, FileNotFoundError."""
    laid = layout or (Layout.of_data(run.layout) if run.layout else None)
    kept = cast(BinaryIO, files().open(run.stored))
    return open_table(kept, name=run.name, layout=laid)


def job_of(run: ImportRun, user: User, table: Table) -> Job:
    """Return an import at work."""
    vocabulary = Vocabulary(user)
    # The same row means another thing among rows of another kind, or of a table about another agreement.
    about = run.mapping.get("values", {}).get("agreement", "")
    scope = f"{run.kind} {run.level} {about}"
    mapped = Mapped.of_data(run.mapping)
    reader = Reader(run.kind, table.columns, mapped, run.decisions, vocabulary, scope=scope)
    return Job(run, user, reader, vocabulary)


def taker_of(job: Job) -> Taker:
    """Return what takes the rows of an import."""
    return TAKERS[job.run.kind](job)


def read_rows(taker: Taker, table: Table, *, done: Iterable[int] = ()) -> Iterator[Given]:
    """Yield the rows of a table as they are read by its mapping; those that are done are only remembered."""
    job = taker.job
    over = frozenset(done)
    for row in table.rows():
        given = job.reader.read(row)
        if given.number in over:
            job.seen.setdefault(given.digest, given.number)
            taker.remember(given)
        else:
            yield given


def plan(run: ImportRun, *, by: User) -> Iterator[list[Planned]]:
    """Yield what would become of the rows of an import, chunk by chunk. Nothing is written.

    Raises Unreadable where the file breaks off.
    """
    table = table_of(run)
    job = job_of(run, by, table)
    taker = taker_of(job)
    for chunk in taker.chunks(read_rows(taker, table)):
        with transaction.atomic():
            planned = taker.take(chunk, write=False)
            transaction.set_rollback(True)
        job.vocabulary.settle(kept=False)
        yield planned


@dataclass
class Question:
    """Something that a person must decide once, for all rows in which it stands."""

    kind: str
    key: str
    code: str
    told: Mapping[str, Any]
    candidates: tuple[str, ...]
    rows: int = 0
    first: int = 0

    def as_data(self) -> dict[str, Any]:
        """Return the question as it is kept."""
        return {
            "kind": self.kind,
            "key": self.key,
            "code": self.code,
            "told": dict(self.told),
            "candidates": list(self.candidates),
            "rows": self.rows,
            "first": self.first,
        }


class Questions:
    """The questions of a dry run, each once, with the number of rows that wait for its answer."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], Question] = {}
        self.left = 0

    def take(self, planned: Iterable[Planned]) -> None:
        """Take up what planned rows wait for."""
        for one in planned:
            for doubt in one.doubts:
                key = (doubt.kind, doubt.key)
                question = self.found.get(key)
                if question is None:
                    if len(self.found) >= MOST_QUESTIONS:
                        self.left += 1
                        continue
                    question = self.found[key] = Question(
                        doubt.kind, doubt.key, doubt.why.code, doubt.why.told, doubt.candidates, first=one.number
                    )
                question.rows += 1

    def as_data(self) -> list[dict[str, Any]]:
        """Return the questions as they are kept, those that hold up most rows first."""
        ordered = sorted(self.found.values(), key=lambda one: (-one.rows, one.first, one.kind))
        return [one.as_data() for one in ordered]
