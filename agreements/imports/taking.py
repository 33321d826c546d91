"""What all kinds of tables have in common when their rows are taken over: the job, a planned row, the taker."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from agreements.choices import Origin
from agreements.import_choices import ImportOutcome
from agreements.imports.cells import SKIP, Doubt, Given, Reader
from agreements.imports.reasons import Why
from agreements.imports.vocabulary import Vocabulary
from agreements.lifecycle import Details
from agreements.models import ImportRow, ImportRun, User
from agreements.words import LANGUAGES, Texts

_CHUNK = 400
#: More questions than these are not kept: they are answered first.
MOST_QUESTIONS = 1000


@dataclass
class Planned:
    """What becomes of a row, or would: the outcome, why, what it made, and what is still to be decided."""

    given: Given
    outcome: ImportOutcome
    why: Why | None = None
    doubts: Sequence[Doubt] = ()
    subject_kind: str = ""
    subject: UUID | None = None
    entries: Sequence[str] = ()
    key: str = ""

    @property
    def number(self) -> int:
        """The number of the row in the file."""
        return self.given.number

    @property
    def written(self) -> bool:
        """Whether something of it stands in the journal."""
        return self.outcome in ImportOutcome.written()


@dataclass
class Job:
    """One import at work: whose it is, how rows are read, what they are compared with.

    `seen` are the digests of rows that were looked at before in the same file, with their numbers.
    """

    run: ImportRun
    user: User
    reader: Reader
    vocabulary: Vocabulary
    seen: dict[str, int] = field(default_factory=dict)

    def citation(self, given: Given) -> str:
        """Return where a row is from, as the journal keeps it."""
        if given.citation:
            return given.citation
        own = given.text("source")
        place = _("%(file)s, row %(row)s") % {"file": self.run.name, "row": given.number}
        number = _("No. %(number)s") % {"number": given.text("number")} if given.text("number") else ""
        parts = [part for part in (own, self.run.source, number, place) if part]
        given.citation = "; ".join(parts)[:300]
        return given.citation

    def details(self, given: Given, **more: Any) -> Details:
        """Return what is said of everything that a row records."""
        return Details(origin=Origin.IMPORTED, source=self.citation(given), **more)

    def decided(self, kind: str, key: str) -> str:
        """Return what a person decided; empty where nothing was."""
        return self.reader.decided(kind, key)


class Taker:
    """Takes over the rows of one kind of table. Subclasses say what a row is: `weigh_and_take`.

    `grouped`: rows of one agreement must be taken together, in the order of their days; the file is read as a whole.
    """

    grouped = False
    #: How many rows are taken in one transaction.
    size = 500

    def __init__(self, job: Job) -> None:
        self.job = job
        self._seen: dict[UUID, bool] = {}

    def remember(self, given: Given) -> None:
        """Take up a row that an attempt before has dealt with, where other rows are compared with it."""

    def chunks(self, rows: Iterable[Given]) -> Iterator[list[Given]]:
        """Return rows in the chunks in which they are taken."""
        chunk: list[Given] = []
        for given in rows:
            chunk.append(given)
            if len(chunk) >= self.size:
                yield chunk
                chunk = []
        if chunk:
            yield chunk

    def take(self, chunk: Sequence[Given], *, write: bool) -> list[Planned]:
        """Return what becomes of rows, in the order of their numbers; with `write` it has become so.

        The caller holds a transaction; without `write` it is rolled back.
        """
        planned = dict[int, Planned]()
        open_rows = []
        before = self._taken_before(chunk)
        for given in chunk:
            given.label = self.label(given)[:200]
            found = self._settled(given, before)
            if found is None:
                open_rows.append(given)
            else:
                planned[given.number] = found
        for one in self.weigh_and_take(open_rows, write=write):
            planned[one.number] = one
        return [planned[given.number] for given in sorted(chunk, key=lambda one: one.number)]

    def weigh_and_take(self, rows: Sequence[Given], *, write: bool) -> Iterable[Planned]:
        """Judge rows that are not settled by what is the same for all kinds."""
        raise NotImplementedError

    def label(self, given: Given) -> str:
        """Return what a row is about, for people who look for it."""
        raise NotImplementedError

    def _taken_before(self, chunk: Sequence[Given]) -> dict[str, ImportRow]:
        digests = [given.digest for given in chunk]
        found: dict[str, ImportRow] = {}
        for start in range(0, len(digests), _CHUNK):
            rows = ImportRow.objects.filter(live=True, digest__in=digests[start : start + _CHUNK])
            found |= {row.digest: row for row in rows.select_related("run")}
        return found

    def _is_seen(self, run: UUID) -> bool:
        """Whether the importer sees an import: the name of another's table is not told to who does not."""
        if run not in self._seen:
            self._seen[run] = ImportRun.objects.for_user(self.job.user).filter(pk=run).exists()
        return self._seen[run]

    def _settled(self, given: Given, before: dict[str, ImportRow]) -> Planned | None:
        """Return what becomes of a row for reasons that all kinds share; None where it is to be judged."""
        row = before.get(given.digest)
        if row is not None:
            told = {"file": row.run.name, "row": row.number}
            why = Why("taken-before", told) if self._is_seen(row.run_id) else Why("taken-elsewhere")
            return self.skipped(given, why, subject_kind=row.subject_kind, subject=row.subject)
        first = self.job.seen.setdefault(given.digest, given.number)
        if first != given.number:
            return self.skipped(given, Why("same-row", {"row": first}))
        if given.left:
            return self.skipped(given, Why("left-out"))
        if given.empty:
            return self.skipped(given, Why("empty"))
        if given.extra:
            answer = self.job.decided("extra", str(given.number))
            if answer == SKIP:
                return self.skipped(given, Why("left-out"))
            if not answer:
                return self.doubted(
                    given, Doubt("extra", str(given.number), Why("too-long-row", {"cells": given.extra}))
                )
        if given.doubts:
            return self.doubted(given, *given.doubts)
        return None

    # ---- outcomes ----
    def skipped(self, given: Given, why: Why, **more: Any) -> Planned:
        """Return that a row is left out, and why."""
        return Planned(given, ImportOutcome.SKIPPED, why, **more)

    def recorded(self, given: Given, reference: str, kind: str, subject: UUID) -> Planned:
        """Return that a row is left out, as what it says is recorded."""
        return self.skipped(given, Why("recorded", {"reference": reference}), subject_kind=kind, subject=subject)

    def doubted(self, given: Given, *doubts: Doubt) -> Planned:
        """Return that a row waits for decisions."""
        return Planned(given, ImportOutcome.DOUBTED, doubts[0].why, doubts)

    def refused(self, given: Given, why: Why) -> Planned:
        """Return that a row cannot be taken over."""
        return Planned(given, ImportOutcome.REFUSED, why)

    def created(self, given: Given, kind: str, subject: UUID | None, **more: Any) -> Planned:
        """Return that a row is recorded."""
        why = Why("noted", {"note": _together(given.notes)}) if given.notes else None
        return Planned(given, ImportOutcome.CREATED, why, subject_kind=kind, subject=subject, **more)


def _together(notes: Sequence[Texts]) -> Texts:
    """Return what was noticed of a row as one text in each language."""
    return {language: " ".join(note[language] for note in notes)[:1000] for language in LANGUAGES}


def count(planned: Iterable[Planned]) -> Counter[str]:
    """Return how many rows have each outcome."""
    return Counter(str(one.outcome) for one in planned)
