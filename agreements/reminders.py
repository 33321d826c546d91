"""The steps of reminders: of what, how many days before or after its last day, and who is told. Pure.

They stand in reminders.toml, in a file of the ministry, and in the files of procedures.
"""

from collections.abc import Iterable, Mapping, Sequence
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
    NOBODY = "nobody"


class Source(StrEnum):
    """Who says which steps hold: the ministry in its own file, the procedure, or Pacta."""

    MINISTRY = "ministry"
    PROCEDURE = "procedure"
    PACTA = "pacta"


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
    """The steps of a file, of each thing the earliest first; `source`: whose file it is.

    What the ministry says of a thing under a procedure goes before what the procedure says itself (`own`), and that
    before what Pacta says.
    """

    steps: tuple[Step, ...]
    source: Source = Source.PACTA

    def of(self, thing: Thing, procedure: str, own: Sequence[Step] = ()) -> tuple[Source, list[Step]]:
        """Return the steps that hold for a thing under a procedure, the earliest first, and who says so."""
        here = [step for step in self.steps if step.thing == thing and step.holds_for(procedure)]
        stated = [step for step in own if step.thing == thing]
        if stated and not (here and self.source == Source.MINISTRY):
            return Source.PROCEDURE, stated
        return self.source, here

    def due(self, thing: Thing, procedure: str, last: date, today: date, own: Sequence[Step] = ()) -> Step | None:
        """Return the latest step whose day has come, None before the first one: what was missed is not made up for."""
        _source, steps = self.of(thing, procedure, own)
        come = [step for step in steps if last - timedelta(days=step.ahead) <= today]
        return come[-1] if come and come[-1].to != (Recipient.NOBODY,) else None

    def span(self, *things: Thing, own: Iterable[Step] = ()) -> tuple[int, int]:
        """Return how many days before and after a last day there are steps at all."""
        ahead = [step.ahead for step in (*self.steps, *own) if step.thing in things]
        return (max(ahead, default=0), -min(ahead, default=0))


def load(file: str = "") -> Steps:
    """Return the steps of the ministry's file where one is named, or Pacta's own. Raises BadReminders."""
    return read(Path(file), Source.MINISTRY) if file else read(FILE)


@cache
def read(path: Path, source: Source = Source.PACTA) -> Steps:
    """Return the steps of a file. Raises BadReminders."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadReminders(f"REMINDERS_FILE: {path} cannot be read: {fault}.") from fault
    tables = tables_of(text, file=path.name, error=BadReminders)
    reader = TableReader(path.name, BadReminders)
    return Steps(tuple(steps_in(tables, reader)), source)


def steps_in(tables: Mapping[str, Any], reader: TableReader, place: str = "") -> Iterable[Step]:
    """Yield the steps of the tables of a file, those of each thing in order. Raises what the reader raises.

    `place` is where they stand in the file of a procedure: there each step is of that procedure, and of one day.
    """
    reader.known(tables, tuple(Thing), place)
    for thing in Thing:
        found: list[Step] = []
        for number, table in enumerate(reader.get(tables, thing, list, place, default=[]), 1):
            key = f"{place}{thing} {number}."
            given = reader.of_kind(table, dict, key)
            reader.known(given, ("ahead", "to") if place else ("ahead", "to", "procedures"), key)
            ahead = reader.get(given, "ahead", int, key)
            if abs(ahead) > FARTHEST:
                raise reader.fail(f"{key}ahead", f"must lie within {FARTHEST} days.")
            to = tuple(reader.one_of(name, Recipient, f"{key}to") for name in reader.get(given, "to", list, key))
            if Recipient.NOBODY in to and len(to) > 1:
                raise reader.fail(f"{key}to", "names “nobody” beside others.")
            if place and any(step.ahead == ahead for step in found):
                raise reader.fail(f"{key}ahead", f"{ahead} is the day of another step already.")
            procedures = tuple(
                reader.of_kind(name, str, f"{key}procedures")
                for name in reader.get(given, "procedures", list, key, default=[])
            )
            found.append(Step(thing, ahead, to, procedures))
        yield from sorted(found, key=lambda step: -step.ahead)
