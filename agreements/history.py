"""What the journal says of agreements, ready for the rules: the line of steps, and what was recorded beside it."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from operator import attrgetter, itemgetter
from types import MappingProxyType
from typing import Any
from uuid import UUID

from agreements import walk
from agreements.choices import (
    ActionKind,
    Certainty,
    ClearanceResult,
    DocumentKind,
    EntryKind,
    Level,
    Precision,
    Stage,
    SubjectKind,
    Transition,
)
from agreements.dates import FuzzyDate
from agreements.journal import Fault
from agreements.models import Agreement, Entry
from agreements.models.prepared import Prepared
from agreements.tracks import Act
from agreements.walk import Placed
from agreements.words import worded

_COLUMNS = ("id", "kind", "position", "transition", "to_stage", "earliest", "latest", "precision", "data", "voids_id",
            "certainty")  # fmt: skip
#: The kinds of entries of which a history tells nothing.
_APART = (EntryKind.EDIT, EntryKind.TASK, EntryKind.ACCESS, EntryKind.REDACTION)


@dataclass
class History:
    """The life of one agreement as far as it is recorded and not voided."""

    line: list[Placed] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    documents: list[tuple[int, FuzzyDate, DocumentKind]] = field(default_factory=list)
    #: Of each of these the key of the document with its file, empty where it was cited without one; and their levels.
    files: list[str] = field(default_factory=list)
    levels: dict[str, str] = field(default_factory=dict)
    acts: list[tuple[int, FuzzyDate, tuple[str, ActionKind]]] = field(default_factory=list)
    tracks: list[tuple[int, Act]] = field(default_factory=list)
    clearances: list[tuple[int, FuzzyDate, tuple[str, ClearanceResult]]] = field(default_factory=list)
    rounds: dict[int, int] = field(default_factory=dict)
    is_void: bool = False
    #: Acts that were corrected, by id, and the act that took the place of each.
    replaced: dict[str, str] = field(default_factory=dict)

    def present(self, act: str) -> str:
        """Return the id of the act that stands for an act today, after all corrections."""
        while act in self.replaced:
            act = self.replaced[act]
        return act

    def up_to(self, level: str) -> "History":
        """Return what is known of it up to a level of confidentiality: without the documents that are more secret."""
        known = Level.up_to(level)
        if all(self.levels[file] in known for file in self.files if file):
            return self
        kept = [place for place, file in enumerate(self.files) if not file or self.levels[file] in known]
        return replace(
            self,
            documents=[self.documents[place] for place in kept],
            files=[self.files[place] for place in kept],
        )

    def end(self) -> int:
        """Return the position behind the last one."""
        return max(self.positions, default=0) + walk.STRIDE

    def with_placed(self, placed: Placed) -> list[Placed]:
        """Return the line with one more entry at its position."""
        return sorted([*self.line, placed], key=attrgetter("position"))

    def add(self, placed: Placed) -> None:
        """Take up an entry that is being written."""
        self.line = self.with_placed(placed)
        self.positions.append(placed.position)

    def _take(self, key: UUID, kind: str, when: FuzzyDate, data: Mapping) -> None:
        text = data.get("text", 1)
        match kind:
            case EntryKind.DOCUMENT:
                file = data.get("file", {})
                self.documents.append((text, when, DocumentKind(data["document"])))
                self.files.append(file.get("document", ""))
                if file:
                    self.levels.setdefault(file["document"], file["level"])
            case EntryKind.MARKING if "level" in data["changes"]:
                self.levels[data["about"]] = data["changes"]["level"][1]
            case EntryKind.ACTION:
                self.acts.append((text, when, (data["party"], ActionKind(data["act"]))))
                self.tracks.append((text, act_of(key, when, data)))
            case EntryKind.CLEARANCE:
                self.clearances.append((text, when, (data["body"], ClearanceResult(data["result"]))))
            case EntryKind.NOTE if "round" in data:
                self.rounds[text] = max(self.rounds.get(text, 0), data["round"])


def _entries(agreements: Collection[UUID]) -> Any:
    entries = Entry.objects.filter(subject__in=list(agreements)).exclude(kind__in=_APART)
    return entries.order_by("subject", "sequence").values_list("subject", *_COLUMNS)


_ENTRIES = Prepared(_entries)


def histories(agreements: Collection[UUID], known_at: datetime | None = None) -> dict[UUID, History]:
    """Return the histories of agreements as recorded by a moment (now by default), with one query."""
    found: dict[UUID, History] = {key: History() for key in agreements}
    entries: Any = _ENTRIES(list(agreements))
    if known_at is not None:
        entries = _entries(agreements).filter(recorded_at__lte=known_at)
    for key, chain in groupby(entries, itemgetter(0)):
        _read(found[key], [columns for _subject, *columns in chain])
    return found


def history_of(entries: Iterable[Entry]) -> History:
    """Return the history of one agreement of which the caller has read all entries, in the order of recording."""
    history = History()
    _read(history, [_columns_of(entry) for entry in entries if entry.kind not in _APART])
    return history


def faults() -> Iterator[Fault]:
    """Yield every agreement whose stage, or what follows from it, is not what its journal replays to."""
    rows = list(Agreement.objects.order_by("pk"))
    told = histories([agreement.pk for agreement in rows])
    for agreement in rows:
        history = told[agreement.pk]
        if history.is_void or agreement.is_void:
            same = history.is_void == agreement.is_void
        else:
            state = walk.replay(history.line)
            same = (agreement.stage, agreement.since, agreement.text, agreement.on_hold, agreement.round) == (
                state.stage,
                state.since.when,
                state.text,
                state.hold is not None,
                history.rounds.get(state.text, 0),
            )
        if not same:
            yield Fault(
                SubjectKind.AGREEMENT, agreement.pk, agreement.version, "the stage is not what the journal says"
            )


_columns = itemgetter(*_COLUMNS)
_columns_of = attrgetter(*_COLUMNS)


def read(history: History, chain: Iterable[Mapping]) -> None:
    """Take up the entries of one chain, given as rows of values, in the order of recording."""
    _read(history, [_columns(entry) for entry in chain if entry["kind"] not in _APART])


def _read(history: History, chain: Collection[Sequence[Any]]) -> None:
    """Take up the entries of one chain, given as their columns: most of a step of many is spent here."""
    voided = {columns[9] for columns in chain if columns[9] is not None}
    line, positions = history.line, history.positions
    for key, kind, position, transition, to_stage, earliest, latest, precision, data, _voids, certainty in chain:
        if kind == _ACTION and "replaces" in (said := json.loads(data)):
            history.replaced[said["replaces"]] = str(key)
        if position is not None:
            positions.append(position)
        if kind == _VOID or (voided and key in voided):
            continue
        when = _when(earliest, latest, precision)
        if position is None:
            history._take(key, kind, when, json.loads(data))
            continue
        # What an opening records is long, and no other says the same.
        said = json.loads(data) if kind == _OPEN else _data_of_step(data)
        line.append(
            Placed(
                key,
                position,
                _KINDS[kind],
                when,
                _TRANSITIONS[transition],
                _STAGES[to_stage],
                said.get("text", 1),
                said.get("retroactive", False),
                certainty == _REPORTED,
            )
        )
    if history.replaced:
        history.tracks = [(text, replace(act, target=history.present(act.target))) for text, act in history.tracks]
    history.line.sort(key=attrgetter("position"))
    history.is_void = not any(entry.kind == _OPEN for entry in history.line)


@lru_cache(maxsize=1024)
def _data_of_step(text: str) -> Mapping[str, Any]:
    """Return what steps say beside their columns: nearly all of them say the same."""
    return MappingProxyType(json.loads(text))


#: The words of the vocabularies by their texts: calling a vocabulary takes several times as long, and lines are long.
_KINDS = {kind.value: kind for kind in EntryKind}
_TRANSITIONS = {"": None} | {transition.value: transition for transition in Transition}
_STAGES = {"": None} | {stage.value: stage for stage in Stage}
_PRECISIONS = {precision.value: precision for precision in Precision}
_OPEN, _ACTION, _VOID = EntryKind.OPEN.value, EntryKind.ACTION.value, EntryKind.VOID.value
_REPORTED = Certainty.REPORTED.value


def act_of(key: UUID | None, when: FuzzyDate, data: Mapping) -> Act:
    """Return the pure form of an act of a participant."""
    return Act(
        party=data["party"],
        kind=ActionKind(data["act"]),
        on=when,
        received=FuzzyDate.parse(data["received"]) if data.get("received") else None,
        effective=FuzzyDate.parse(data["effective"]) if data.get("effective") else None,
        manner=data.get("manner", ""),
        scope=worded(data.get("scope", "")).text,
        target=data.get("target", ""),
        id=str(key) if key else "",
    )


@lru_cache(maxsize=4096)
def _when(earliest: date, latest: date, precision: str) -> FuzzyDate:
    """Return a date; the same ones come again and again."""
    return FuzzyDate(earliest, latest, _PRECISIONS[precision])
