"""Procedures as data: the rules an agreement follows, read from TOML files into frozen objects.

A procedure lists stages, edges, requirements, usual durations, labels and what happens at the end of a period.
The text of a file and its SHA-256 digest are kept with the agreements that follow it, so rules never change under
an agreement's feet.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from agreements.choices import EDGES, ActionKind, Ball, DocumentKind, Group, Stage, Transition
from agreements.tomlfiles import TableReader, tables_of, texts_of
from agreements.words import Texts, pick

FOLDER = Path(__file__).parent


class BadProcedure(ValueError):
    """A procedure file breaks a rule; the message names the file, the key and the remedy."""


@dataclass(frozen=True)
class Requirement:
    """Something that must be there before a step: a document, a fact for each participant, a clearance, a date.

    It is asked only of steps from `sources`, where any are named, and not where a participant other than the own side
    has done one of the acts of `unless`.
    """

    kind: str
    document: DocumentKind | None = None
    acts: tuple[ActionKind, ...] = ()
    date: str = ""
    law: Texts = field(default_factory=dict)
    sources: tuple[Stage, ...] = ()
    unless: tuple[ActionKind, ...] = ()


@dataclass(frozen=True)
class StageRule:
    """What a procedure says of one stage: its label, the usual next step, who acts, after how long it is stuck."""

    label: Texts
    next: Transition | None
    ball: Ball
    usual_days: int | None


@dataclass(frozen=True)
class TransitionRule:
    """What a procedure says of one transition: from where it leads, under which requirements, and its label."""

    sources: tuple[Stage, ...]
    requires: tuple[Requirement, ...]
    label: Texts


@dataclass(frozen=True)
class Procedure:
    """One version of a procedure."""

    code: str
    version: str
    title: Texts
    binding: bool
    stages: Mapping[Stage, StageRule]
    path: tuple[Stage, ...]
    transitions: Mapping[Transition, TransitionRule]
    automatic: tuple[Transition, ...]
    text: str
    digest: str
    #: Signed by each at its own time, not together: then the step of signing tells no participant's signature.
    open_for_signature: bool = False

    def foresees(self, name: Transition, stage: Stage) -> bool:
        """Whether the procedure leads from this stage by this transition."""
        return name in self.transitions and stage in self.transitions[name].sources

    def stage_label(self, stage: str) -> str:
        """Return what this procedure calls a stage, in the reader's language."""
        rule = self.stages.get(Stage(stage))
        return pick(rule.label).text if rule and rule.label else str(Stage(stage).label)

    def step_label(self, name: str) -> str:
        """Return what this procedure calls a step, in the reader's language."""
        rule = self.transitions.get(Transition(name))
        return pick(rule.label).text if rule and rule.label else str(Transition(name).label)

    def edges_from(self, stage: Stage) -> list[Transition]:
        """Return the transitions that the procedure foresees from a stage, in the order of an agreement's life."""
        return [name for name in Transition if self.foresees(name, stage)]


def parse(text: str, file: str) -> Procedure:
    """Read and validate one procedure. Raises BadProcedure with file, key and remedy."""
    raw = tables_of(text, file=file, error=BadProcedure)
    return _Reader(file, BadProcedure).procedure(raw, text)


@lru_cache(maxsize=256)
def from_text(text: str) -> Procedure:
    """Return the procedure of a stored text; the same text gives the same object."""
    return parse(text, "stored procedure")


@lru_cache(maxsize=8)
def load(extra: str = "") -> Mapping[str, Procedure]:
    """Read the procedures of Pacta and of the ministry's own folder, which may add or replace. Raises BadProcedure."""
    found: dict[str, Procedure] = {}
    for folder in (FOLDER, *([Path(extra)] if extra else [])):
        for path, text in texts_of(folder, setting="PROCEDURES_DIR", error=BadProcedure):
            procedure = parse(text, path.name)
            if procedure.code != path.stem:
                raise BadProcedure(
                    f"{path.name}: code: must be {path.stem!r}, the name of the file, not {procedure.code!r}."
                )
            found[procedure.code] = procedure
    return found


_Choice = TypeVar("_Choice", bound=Enum)
#: The keys that each kind of requirement takes beside those that all take.
_REQUIREMENTS: Mapping[str, tuple[str, ...]] = {
    "document": ("document",),  # is recorded before the step
    "evidence": ("document",),  # is recorded before the step or named in it
    "act": ("acts",),  # is recorded for each participant that acts
    "clearance": (),  # at least one body has answered and none refused
    "reached": ("date",),  # the step is not earlier than the first day of the period of validity
    "passed": ("date",),  # the step is later than the last day of the period of validity
    "successor": (),  # a later agreement in force between all earlier parties
    "participants": (),  # two at least that act
    "clause": (),  # the entry-into-force clause is met; without one the acts or the document named beside it
}
_EITHER = {"clause": ("acts", "document")}
_OF_ALL = ("kind", "law", "from", "unless")
#: The date that a requirement asks about; its sentence speaks of this one.
_DATES: Mapping[str, str] = {"reached": "valid_from", "passed": "valid_until"}


_TOP = (
    "code", "version", "binding", "title", "path", "automatic", "open_for_signature", "laws", "stages", "transitions",
)  # fmt: skip


@dataclass(frozen=True)
class _Reader(TableReader):
    """Reads the parsed TOML of one file and complains with the key's full name."""

    def procedure(self, raw: Mapping[str, Any], text: str) -> Procedure:
        self.known(raw, _TOP)
        law_tables = self.get(raw, "laws", dict, default={})
        laws = {name: self.texts(self.get(law_tables, name, dict, "laws."), f"laws.{name}") for name in law_tables}
        stage_tables = self.get(raw, "stages", dict)
        stages = {
            self.one_of(name, Stage, "stages"): self.stage(self.get(stage_tables, name, dict, "stages."), name)
            for name in stage_tables
        }
        transition_tables = self.get(raw, "transitions", dict)
        transitions = {
            self.one_of(name, Transition, "transitions"): self.transition(
                self.get(transition_tables, name, dict, "transitions."), Transition(name), laws, set(stages)
            )
            for name in transition_tables
        }
        procedure = Procedure(
            code=self.get(raw, "code", str),
            version=self.get(raw, "version", str),
            title=self.texts(self.get(raw, "title", dict), "title"),
            binding=self.get(raw, "binding", bool),
            stages=stages,
            path=tuple(self.one_of(name, Stage, "path") for name in self.get(raw, "path", list)),
            transitions=transitions,
            automatic=tuple(
                self.one_of(name, Transition, "automatic") for name in self.get(raw, "automatic", list, default=[])
            ),
            open_for_signature=self.get(raw, "open_for_signature", bool, default=False),
            text=text,
            digest=hashlib.sha256(text.encode()).hexdigest(),
        )
        self.whole(procedure)
        return procedure

    def whole(self, procedure: Procedure) -> None:
        """Check what concerns several keys at once."""
        for stage in procedure.path:
            if stage not in procedure.stages:
                raise self.fail("path", f"names {stage.value!r}, which is not among the stages.")
        for name in procedure.automatic:
            if name not in procedure.transitions:
                raise self.fail("automatic", f"names {name.value!r}, which is not among the transitions.")
        for stage, rule in procedure.stages.items():
            if rule.next and not procedure.foresees(rule.next, stage):
                raise self.fail(f"stages.{stage.value}.next", f"{rule.next.value!r} does not lead from this stage.")
        reached = {procedure.path[0]}
        for _step in procedure.stages:
            reached |= {EDGES[name].target for name, rule in procedure.transitions.items() if reached & {*rule.sources}}
        for stage in procedure.stages:
            if stage not in reached:
                raise self.fail(f"stages.{stage.value}", "no transition leads to this stage.")

    def stage(self, table: Mapping[str, Any], name: str) -> StageRule:
        key = f"stages.{name}."
        stage = Stage(name)
        self.known(table, ("label", "next", "ball", "usual_days"), key)
        following = self.get(table, "next", str, key, default="")
        usual = self.get(table, "usual_days", int, key, default=0)
        if usual < 1 and "usual_days" in table:
            raise self.fail(f"{key}usual_days", "must be one day or more.")
        return StageRule(
            label=self.texts(table["label"], f"{key}label") if "label" in table else {},
            next=self.one_of(following, Transition, f"{key}next") if following else None,
            ball=self.one_of(
                self.get(table, "ball", str, key, default="own" if stage.group in _MOVING else "nobody"),
                Ball,
                f"{key}ball",
            ),
            usual_days=usual or None,
        )

    def transition(
        self, table: Mapping[str, Any], name: Transition, laws: Mapping[str, Texts], stages: set[Stage]
    ) -> TransitionRule:
        key = f"transitions.{name.value}."
        self.known(table, ("from", "label", "requires"), key)
        sources = tuple(self.one_of(item, Stage, f"{key}from") for item in self.get(table, "from", list, key))
        for stage in sources:
            if stage not in EDGES[name].sources:
                raise self.fail(f"{key}from", f"the state machine has no such step from {stage.value!r}.")
            if stage not in stages:
                raise self.fail(f"{key}from", f"names {stage.value!r}, which is not among the stages.")
        if EDGES[name].target not in stages:
            raise self.fail(key[:-1], f"leads to {EDGES[name].target.value!r}, which is not among the stages.")
        return TransitionRule(
            sources=sources,
            requires=tuple(
                self.requirement(item, f"{key}requires[{number}]", laws, sources)
                for number, item in enumerate(self.get(table, "requires", list, key, default=[]))
            ),
            label=self.texts(table["label"], f"{key}label") if "label" in table else {},
        )

    def requirement(self, table: Any, key: str, laws: Mapping[str, Texts], sources: tuple[Stage, ...]) -> Requirement:
        if not isinstance(table, dict):
            raise self.fail(key, f"must be a table, not {table!r}.")
        kind = self.get(table, "kind", str, f"{key}.")
        if kind not in _REQUIREMENTS:
            raise self.fail(f"{key}.kind", f"{kind!r} is not known. Use one of: {', '.join(_REQUIREMENTS)}.")
        self.known(table, (*_OF_ALL, *_REQUIREMENTS[kind], *_EITHER.get(kind, ())), f"{key}.")
        if kind in _EITHER and not any(name in table for name in _EITHER[kind]):
            raise self.fail(key, f"must name one of: {', '.join(_EITHER[kind])}.")
        for name in _REQUIREMENTS[kind]:
            self.get(table, name, list if name == "acts" else str, f"{key}.")
        law = self.get(table, "law", str, f"{key}.", default="")
        if law and law not in laws:
            raise self.fail(f"{key}.law", f"{law!r} is not among the laws of this file.")
        if kind in _DATES and table["date"] != _DATES[kind]:
            raise self.fail(f"{key}.date", f"must be {_DATES[kind]!r} here, not {table['date']!r}.")
        only = self.some_of(table, "from", Stage, key)
        for stage in only:
            if stage not in sources:
                raise self.fail(f"{key}.from", f"names {stage.value!r}, from which the step does not lead.")
        return Requirement(
            kind=kind,
            document=self.one_of(table["document"], DocumentKind, f"{key}.document") if "document" in table else None,
            acts=self.some_of(table, "acts", ActionKind, key),
            date=table.get("date", ""),
            law=laws.get(law, {}),
            sources=only,
            unless=self.some_of(table, "unless", ActionKind, key),
        )

    def some_of(self, table: Mapping[str, Any], name: str, choices: type[_Choice], key: str) -> tuple[_Choice, ...]:
        """Read a list that may be left out, but not be empty."""
        if name not in table:
            return ()
        return tuple(self.one_of(item, choices, f"{key}.{name}") for item in self.get(table, name, list, f"{key}."))


_MOVING = (Group.PREPARING, Group.CONCLUDED)
