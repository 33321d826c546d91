"""What the journal says of agreements, ready for the rules: the line of steps, and what was recorded beside it."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
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

_COLUMNS = ("id", "subject", "kind", "position", "transition", "to_stage", "earliest", "latest", "precision", "data",
            "voids_id", "certainty")  # fmt: skip


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
        return sorted([*self.line, placed], key=lambda entry: entry.position)

    def add(self, placed: Placed) -> None:
        """Take up an entry that is being written."""
        self.line = self.with_placed(placed)
        self.positions.append(placed.position)

    def _take(self, entry: Mapping, data: Mapping) -> None:
        text, when = data.get("text", 1), _when(entry)
        match entry["kind"]:
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
                self.tracks.append((text, act_of(entry["id"], when, data)))
            case EntryKind.CLEARANCE:
                self.clearances.append((text, when, (data["body"], ClearanceResult(data["result"]))))
            case EntryKind.NOTE if "round" in data:
                self.rounds[text] = max(self.rounds.get(text, 0), data["round"])


def _entries(agreements: Collection[UUID]) -> Any:
    entries = Entry.objects.filter(subject__in=list(agreements)).exclude(kind=EntryKind.EDIT)
    return entries.order_by("subject", "sequence").values(*_COLUMNS)


_ENTRIES = Prepared(_entries)


def histories(agreements: Collection[UUID], known_at: datetime | None = None) -> dict[UUID, History]:
    """Return the histories of agreements as recorded by a moment (now by default), with one query."""
    found: dict[UUID, History] = {key: History() for key in agreements}
    entries: Any = _ENTRIES(list(agreements))
    if known_at is not None:
        entries = _entries(agreements).filter(recorded_at__lte=known_at)
    chains: dict[UUID, list[Mapping]] = defaultdict(list)
    for entry in entries:
        chains[entry["subject"]].append(entry)
    for key, chain in chains.items():
        read(found[key], chain)
    return found


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


def read(history: History, chain: Sequence[Mapping]) -> None:
    """Take up the entries of one chain, given as rows of values, in the order of recording."""
    voided = {entry["voids_id"] for entry in chain if entry["voids_id"]}
    for entry in chain:
        if entry["kind"] == EntryKind.ACTION and "replaces" in (data := json.loads(entry["data"])):
            history.replaced[data["replaces"]] = str(entry["id"])
        if entry["position"] is not None:
            history.positions.append(entry["position"])
        if entry["kind"] == EntryKind.VOID or entry["id"] in voided:
            continue
        if entry["position"] is None:
            history._take(entry, json.loads(entry["data"]))
        else:
            history.line.append(placed(entry, _data_of_step(entry["data"])))
    if history.replaced:
        history.tracks = [(text, replace(act, target=history.present(act.target))) for text, act in history.tracks]
    history.line.sort(key=lambda entry: entry.position)
    history.is_void = not any(entry.kind == EntryKind.OPEN for entry in history.line)


@lru_cache(maxsize=1024)
def _data_of_step(text: str) -> Mapping[str, Any]:
    """Return what steps say beside their columns: nearly all of them say the same."""
    return MappingProxyType(json.loads(text))


#: The words of the vocabularies by their texts: calling a vocabulary takes several times as long, and lines are long.
_KINDS = {kind.value: kind for kind in EntryKind}
_TRANSITIONS = {"": None} | {transition.value: transition for transition in Transition}
_STAGES = {"": None} | {stage.value: stage for stage in Stage}
_PRECISIONS = {precision.value: precision for precision in Precision}


def placed(entry: Mapping, data: Mapping) -> Placed:
    """Return the pure form of a placed entry."""
    return Placed(
        id=entry["id"],
        position=entry["position"],
        kind=_KINDS[entry["kind"]],
        when=_when(entry),
        transition=_TRANSITIONS[entry["transition"]],
        to_stage=_STAGES[entry["to_stage"]],
        text=data.get("text", 1),
        retroactive=data.get("retroactive", False),
        reported=entry["certainty"] == Certainty.REPORTED,
    )


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


def _when(entry: Mapping) -> FuzzyDate:
    return FuzzyDate(entry["earliest"], entry["latest"], _PRECISIONS[entry["precision"]])
