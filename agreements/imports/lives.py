"""Rows that belong to agreements that are recorded: the steps of their histories, and what else is taken by group."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from agreements import registers
from agreements.choices import EDGES, Certainty, EntryKind, Stage, Transition
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.history import History, histories
from agreements.imports.cells import SKIP, Doubt, Given, dated
from agreements.imports.reasons import Why, in_words, of_reasons
from agreements.imports.taking import Job, Planned, Taker
from agreements.lifecycle import Details, Step, perform_each
from agreements.models import Agreement, Entry
from agreements.walk import Placed, replay


class Grouped(Taker):
    """Takes rows of one agreement together; they are written in any case, and the caller rolls back a dry run.

    Rows of one agreement may weigh on each other: they are judged as they will stand, by writing them.
    """

    grouped = True
    kind = ""
    size = 300

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._found: dict[str, tuple[UUID | None, tuple[str, ...], bool]] = {}

    def chunks(self, rows: Iterable[Given]) -> Iterator[list[Given]]:
        """Return rows by agreement, several agreements at a time, in the order of the file."""
        groups: dict[str, list[Given]] = defaultdict(list)
        for given in rows:
            groups[given.text("agreement")].append(given)
        chunk: list[Given] = []
        for group in groups.values():
            chunk += group
            if len(chunk) >= self.size:
                yield chunk
                chunk = []
        if chunk:
            yield chunk

    def weigh_and_take(self, rows: Sequence[Given], *, write: bool) -> Iterable[Planned]:
        """Find the agreements of rows, and take those of each together."""
        self._find({given.text("agreement") for given in rows} - set(self._found))
        groups: dict[UUID, list[Given]] = defaultdict(list)
        for given in rows:
            text = given.text("agreement")
            key, offered, left = self._found.get(text, (None, (), False))
            if left:
                yield self.skipped(given, Why("left-out"))
            elif key is None:
                yield self.doubted(given, Doubt("agreement", text, Why("agreement-unclear", {"text": text}), offered))
            else:
                groups[key].append(given)
        known = {
            row.pk: row for row in self.job.vocabulary.seen.filter(pk__in=groups).select_related("procedure_version")
        }
        for key in sorted(groups):
            if key in known:
                yield from self.take_group(known[key], groups[key])
            else:
                yield from (self.refused(given, of_reasons([registers.NOT_PERMITTED])) for given in groups[key])

    def label(self, given: Given) -> str:
        """Return the agreement as the row names it, and what else is told of it."""
        return ": ".join(part for part in (given.text("agreement"), given.text("party") or given.text("title")) if part)

    def take_group(self, agreement: Agreement, rows: Sequence[Given]) -> Iterable[Planned]:
        """Take the rows of one agreement."""
        raise NotImplementedError

    def _find(self, texts: Iterable[str]) -> None:
        """Look up which agreements texts name, and what was decided about those that are not sure."""
        vocabulary = self.job.vocabulary
        asked = sorted(texts)
        found = vocabulary.named(asked)
        decided = {text: self.job.decided("agreement", text) for text in asked}
        chosen = vocabulary.numbered(answer for answer in decided.values() if answer and answer != SKIP)
        for text in asked:
            sure = [one for one in found.get(text, ()) if one.sure]
            answer = chosen.get(decided[text], ())
            if decided[text] == SKIP:
                self._found[text] = (None, (), True)
            elif answer:
                self._found[text] = (answer[0].key, (), False)
            elif len(sure) == 1:
                self._found[text] = (sure[0].key, (), False)
            else:
                self._found[text] = (None, tuple(one.reference for one in found.get(text, ())), False)


class HistoryTaker(Grouped):
    """Takes over histories: each row is a step of an agreement, or a note without one."""

    kind = "histories"

    def take_group(self, agreement: Agreement, rows: Sequence[Given]) -> Iterable[Planned]:
        """Take the steps of one agreement in the order of their days, each where it belongs in its line."""
        for given in sorted(rows, key=_order):
            on = dated(given, "on")
            if on is None:
                told = {"text": "", "field": "on", "note": ""}
                yield self.refused(given, Why("date-unclear", told))
                continue
            yield self._take(agreement, given, on)

    def _take(self, agreement: Agreement, given: Given, on: FuzzyDate) -> Planned:
        history = histories([agreement.pk])[agreement.pk]
        if not given.get("step") and not given.get("stage"):
            return self._note(agreement, given, on)
        before = _before(history, on)
        name = self._step(given, before)
        if name is None:
            stage = Stage(given.text("stage"))
            if _there(history, None, stage, on):
                return self.recorded(given, agreement.reference, "agreement", agreement.pk)
            why = Why("step-unclear", {"stage": in_words(lambda: str(stage.label))})
            return self.doubted(given, Doubt("row", str(given.number), why))
        if _there(history, name, EDGES[name].target, on):
            return self.recorded(given, agreement.reference, "agreement", agreement.pk)
        late = before[-1] if before and before[-1] is not history.line[-1] else None
        details = self._details(given, after=Entry(pk=late.id, position=late.position) if late else None)
        (outcome,) = perform_each([Step(agreement, name, on, details)], by=self.job.user)
        if outcome.entry is None:
            return self.refused(given, of_reasons(outcome.reasons))
        return self.created(given, "agreement", agreement.pk, entries=[str(outcome.entry)])

    def _step(self, given: Given, before: Sequence[Placed]) -> Transition | None:
        """Return the step of a row: the one it names, or the one that leads to its stage from where it stood."""
        if given.get("step"):
            return Transition(given.text("step"))
        stage = replay(before).stage if before else None
        target = Stage(given.text("stage"))
        return next((name for name, edge in EDGES.items() if stage in edge.sources and edge.target == target), None)

    def _details(self, given: Given, **more: Any) -> Details:
        return self.job.details(
            given,
            what=given.text("note"),
            place=given.text("place")[:200],
            evidence=given.text("evidence")[:300],
            legal_basis=given.text("legal_basis")[:300],
            acting=given.text("by"),
            certainty=given.text("certainty") or Certainty.FIRM,
            **more,
        )

    def _note(self, agreement: Agreement, given: Given, on: FuzzyDate) -> Planned:
        if not given.text("note"):
            return self.skipped(given, Why("empty"))
        details = self._details(given)
        try:
            entry = registers.add(
                agreement,
                EntryKind.NOTE,
                by=self.job.user,
                on=on,
                what=details.what,
                origin=details.origin,
                source=details.source,
                place=details.place,
                evidence=details.evidence,
                legal_basis=details.legal_basis,
                certainty=details.certainty,
            )
        except Refused as refusal:
            return self.refused(given, of_reasons(refusal.reasons))
        return self.created(given, "agreement", agreement.pk, entries=[str(entry.pk)])


def _order(given: Given) -> tuple[Any, ...]:
    on = dated(given, "on")
    return (on.earliest.toordinal() if on else 0, given.number)


def _before(history: History, on: FuzzyDate) -> list[Placed]:
    """Return the entries of a line behind which a step of a day belongs: those that do not begin later."""
    place = max((place for place, one in enumerate(history.line) if one.when.earliest <= on.earliest), default=0)
    return history.line[: place + 1]


def _there(history: History, name: Transition | None, stage: Stage, on: FuzzyDate) -> bool:
    """Whether a step of the day is recorded, or the opening at its stage."""
    return any(
        one.when == on and one.to_stage == stage and (name is None or one.transition in (name, None))
        for one in history.line
    )
