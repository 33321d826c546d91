"""Reads the TOML of one procedure and complains with the key's full name."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from agreements.choices import EDGES, ActionKind, Ball, DocumentKind, Group, InTheNameOf, Stage, Transition
from agreements.procedures.rules import BadProcedure, Lead, Procedure, Requirement, StageRule, TaskRule, TransitionRule
from agreements.reminders import steps_in
from agreements.tomlfiles import TableReader
from agreements.words import Texts

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
    "waited": ("since",),  # a period has passed since the stage was entered, or since a document
}
_EITHER = {"clause": ("acts", "document")}
#: The units of periods; days that are counted need a calendar that says which ones.
_UNITS = ("days", "months", "working_days", "sitting_days")
_COUNTED = ("working_days", "sitting_days")
#: What a period of waiting runs from beside the documents, and the planned dates that a task is counted back from.
_STAGE = "stage"
_PLANNED = ("planned_signing", "planned_entry_into_force", "valid_from", "valid_until")
_OF_ALL = ("kind", "law", "from", "unless")
#: The date that a requirement asks about; its sentence speaks of this one.
_DATES: Mapping[str, str] = {"reached": "valid_from", "passed": "valid_until"}


_TASK = (
    "code", "transition", "title", "side", "body", "law", "stages", "before", "within", "in_the_name_of",
    "document", "acts", "who", "clearance", "after",
)  # fmt: skip
#: More days, or months, than any law asks for.
_LONGEST = 10_000
_TOP = (
    "code", "version", "binding", "title", "path", "automatic", "open_for_signature", "laws", "stages", "transitions",
    "tasks", "reminders",
)  # fmt: skip


def read(raw: Mapping[str, Any], text: str, file: str) -> Procedure:
    """Return the procedure of a parsed file, validated. Raises BadProcedure."""
    return _Reader(file, BadProcedure).procedure(raw, text)


@dataclass(frozen=True)
class _Reader(TableReader):
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
            tasks=tuple(
                self.task(item, f"tasks[{number}]", laws, transitions)
                for number, item in enumerate(self.get(raw, "tasks", list, default=[]))
            ),
            reminders=tuple(steps_in(self.get(raw, "reminders", dict, default={}), self, "reminders.")),
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
        codes: set[str] = set()
        for number, task in enumerate(procedure.tasks):
            if task.code in codes:
                raise self.fail(f"tasks[{number}].code", f"{task.code!r} is the code of another task already.")
            for code in task.after:
                # Only what stands above: nothing can wait for itself by way of others.
                if code not in codes:
                    raise self.fail(f"tasks[{number}].after", f"names {code!r}, which is no task above this one.")
            codes.add(task.code)
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
        waited = (*_UNITS, "calendar") if kind == "waited" else ()
        self.known(table, (*_OF_ALL, *_REQUIREMENTS[kind], *_EITHER.get(kind, ()), *waited), f"{key}.")
        if kind in _EITHER and not any(name in table for name in _EITHER[kind]):
            raise self.fail(key, f"must name one of: {', '.join(_EITHER[kind])}.")
        for name in _REQUIREMENTS[kind]:
            self.get(table, name, list if name == "acts" else str, f"{key}.")
        law = self.law(table, key, laws)
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
            law=law,
            lead=self.waiting(table, key) if waited else None,
            sources=only,
            unless=self.some_of(table, "unless", ActionKind, key),
        )

    def waiting(self, table: Mapping[str, Any], key: str) -> Lead:
        """Read a period of waiting: since the stage was entered, or since a document of a kind."""
        since = self.get(table, "since", str, f"{key}.")
        if since != _STAGE:
            self.one_of(since, DocumentKind, f"{key}.since")
        return self.period(table, key, since)

    def task(
        self, table: Any, key: str, laws: Mapping[str, Texts], transitions: Mapping[Transition, TransitionRule]
    ) -> TaskRule:
        if not isinstance(table, dict):
            raise self.fail(key, f"must be a table, not {table!r}.")
        self.known(table, _TASK, f"{key}.")
        code = self.get(table, "code", str, f"{key}.")
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", code):
            raise self.fail(f"{key}.code", f"must be small letters, digits and underscores, 40 at most, not {code!r}.")
        transition = self.one_of(self.get(table, "transition", str, f"{key}."), Transition, f"{key}.transition")
        if transition not in transitions:
            raise self.fail(f"{key}.transition", f"{transition.value!r} is not among the transitions.")
        ends = [name for name in ("document", "acts", "clearance") if name in table]
        if len(ends) > 1:
            raise self.fail(key, f"is done by one thing, not by {' and '.join(ends)}.")
        stages = self.some_of(table, "stages", Stage, key)
        for stage in stages:
            if stage not in transitions[transition].sources:
                raise self.fail(f"{key}.stages", f"names {stage.value!r}, from which the step does not lead.")
        before = self.get(table, "before", dict, f"{key}.", default={})
        within = self.get(table, "within", dict, f"{key}.", default={})
        if not stages and not before:
            raise self.fail(key, "needs “stages”, “before”, or both: when is the task there?")
        if before and within:
            raise self.fail(key, "has one due date: either “before” or “within”.")
        return TaskRule(
            code=code,
            transition=transition,
            title=self.texts(self.get(table, "title", dict, f"{key}."), f"{key}.title"),
            side=self.one_of(self.get(table, "side", str, f"{key}.", default="own"), Ball, f"{key}.side"),
            body=self.texts(table["body"], f"{key}.body") if "body" in table else {},
            law=self.law(table, key, laws),
            stages=stages,
            before=self.before(before, f"{key}.before") if before else None,
            within=self.within(within, f"{key}.within") if within else None,
            in_the_name_of=self.some_of(table, "in_the_name_of", InTheNameOf, key),
            document=self.one_of(table["document"], DocumentKind, f"{key}.document") if "document" in table else None,
            acts=self.some_of(table, "acts", ActionKind, key),
            own=self.who(table, key) == "own",
            clearance=self.get(table, "clearance", bool, f"{key}.", default=False),
            after=tuple(str(item) for item in self.get(table, "after", list, f"{key}.", default=[])),
        )

    def who(self, table: Mapping[str, Any], key: str) -> str:
        """Read of whom the acts are asked."""
        who = self.get(table, "who", str, f"{key}.", default="each")
        if who not in ("each", "own") or ("who" in table and "acts" not in table):
            raise self.fail(f"{key}.who", "says of whom the “acts” are asked: each, or own (the own side alone).")
        return who

    def before(self, table: Mapping[str, Any], key: str) -> Lead:
        self.known(table, (*_UNITS, "calendar", "date"), f"{key}.")
        planned = self.get(table, "date", str, f"{key}.")
        if planned not in _PLANNED:
            raise self.fail(f"{key}.date", f"{planned!r} is not known. Use one of: {', '.join(_PLANNED)}.")
        return self.period(table, key, planned)

    def within(self, table: Mapping[str, Any], key: str) -> Lead:
        self.known(table, (*_UNITS, "calendar"), f"{key}.")
        return self.period(table, key, _STAGE)

    def period(self, table: Mapping[str, Any], key: str, anchor: str) -> Lead:
        """Read a number of days or months, and the calendar that says which days count."""
        units = [name for name in _UNITS if name in table]
        if len(units) != 1:
            raise self.fail(key, f"needs one of: {', '.join(_UNITS)}.")
        number = self.get(table, units[0], int, f"{key}.")
        if not 1 <= number <= _LONGEST:
            raise self.fail(f"{key}.{units[0]}", f"must be a number from 1 to {_LONGEST}.")
        calendar = self.get(table, "calendar", str, f"{key}.", default="")
        if units[0] in _COUNTED and not calendar:
            raise self.fail(f"{key}.calendar", "is missing. Name the calendar that says which days count.")
        if calendar and units[0] not in _COUNTED:
            raise self.fail(f"{key}.calendar", f"says which days count, but {units[0]} are counted without one.")
        return Lead(number, units[0], calendar, anchor)

    def law(self, table: Mapping[str, Any], key: str, laws: Mapping[str, Texts]) -> Texts:
        name = self.get(table, "law", str, f"{key}.", default="")
        if name and name not in laws:
            raise self.fail(f"{key}.law", f"{name!r} is not among the laws of this file.")
        return laws.get(name, {})

    def some_of(self, table: Mapping[str, Any], name: str, choices: type[_Choice], key: str) -> tuple[_Choice, ...]:
        """Read a list that may be left out, but not be empty."""
        if name not in table:
            return ()
        return tuple(self.one_of(item, choices, f"{key}.{name}") for item in self.get(table, name, list, f"{key}."))


_MOVING = (Group.PREPARING, Group.CONCLUDED)
