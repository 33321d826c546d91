"""The steps of reminders: of what, how many days before or after its last day, and who is told. Pure.

They stand in reminders.toml, or in a file of the ministry.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from agreements.tomlfiles import TableReader, tables_of

FILE = Path(__file__).with_name("reminders.toml")
#: No step lies farther from a last day than so many days.
FARTHEST = 730


class Thing(StrEnum):
    """Of what people are reminded: an open task, the last day for notice, the end of validity."""

    TASK = "task"
    NOTICE = "notice"
    END = "end"


class Recipient(StrEnum):
    """Who is told, by what he has to do with it."""

    RESPONSIBLE = "responsible"
    OFFICER = "officer"
    HEAD = "head"
    TREATY_DEPARTMENT = "treaty_department"


class BadReminders(ValueError):
    """The file cannot be read as steps of reminders; the sentence names the key and the remedy."""


@dataclass(frozen=True)
class Step:
    """A reminder: so many days ahead of a last day (negative: after it), to whom, and under which procedures."""

    thing: Thing
    ahead: int
    to: tuple[Recipient, ...]
    procedures: tuple[str, ...] = ()

    def holds_for(self, procedure: str) -> bool:
        """Whether it holds for agreements under a procedure."""
        return not self.procedures or procedure in self.procedures


@dataclass(frozen=True)
class Steps:
    """All steps, of each thing the earliest first."""

    steps: tuple[Step, ...]

    def of(self, thing: Thing, procedure: str) -> list[Step]:
        """Return the steps for a thing under a procedure, the earliest first."""
        return [step for step in self.steps if step.thing == thing and step.holds_for(procedure)]

    def due(self, thing: Thing, procedure: str, last: date, today: date) -> Step | None:
        """Return the latest step whose day has come, None before the first one: what was missed is not made up for."""
        come = [step for step in self.of(thing, procedure) if last - timedelta(days=step.ahead) <= today]
        return come[-1] if come else None

    def span(self, *things: Thing) -> tuple[int, int]:
        """Return how many days before and after a last day there are steps at all."""
        ahead = [step.ahead for step in self.steps if step.thing in things]
        return (max(ahead, default=0), -min(ahead, default=0))


@cache
def read(path: Path) -> Steps:
    """Return the steps of a file. Raises BadReminders."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadReminders(f"REMINDERS_FILE: {path} cannot be read: {fault}.") from fault
    tables = tables_of(text, file=path.name, error=BadReminders)
    reader = TableReader(path.name, BadReminders)
    reader.known(tables, tuple(Thing))
    return Steps(tuple(_steps(tables, reader)))


def _steps(tables: Mapping[str, Any], reader: TableReader) -> Iterable[Step]:
    for thing in Thing:
        found: list[Step] = []
        for number, table in enumerate(reader.get(tables, thing, list, default=[]), 1):
            key = f"{thing} {number}."
            given = reader.of_kind(table, dict, key)
            reader.known(given, ("ahead", "to", "procedures"), key)
            ahead = reader.get(given, "ahead", int, key)
            if abs(ahead) > FARTHEST:
                raise reader.fail(f"{key}ahead", f"must lie within {FARTHEST} days.")
            to = tuple(reader.one_of(name, Recipient, f"{key}to") for name in reader.get(given, "to", list, key))
            procedures = tuple(
                reader.of_kind(name, str, f"{key}procedures")
                for name in reader.get(given, "procedures", list, key, default=[])
            )
            found.append(Step(thing, ahead, to, procedures))
        yield from sorted(found, key=lambda step: -step.ahead)
