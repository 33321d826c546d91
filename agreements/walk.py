"""The life of one agreement as a walk of the state machine: checking it, replaying it, looking back to a day.

A line is the live placed entries (opening, steps, holds, releases) of one agreement, in the order of their positions.
Everything here is pure: the same line gives the same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple
from uuid import UUID

from agreements.choices import EDGES, EntryKind, Group, Stage, Transition
from agreements.dates import FuzzyDate

#: The distance between two positions: room for 32 insertions at the same place, and for 2**31 - 1 steps.
STRIDE = 2**32


class Placed(NamedTuple):
    """An entry that has a place in the line."""

    id: UUID
    position: int
    kind: EntryKind
    when: FuzzyDate
    transition: Transition | None = None
    to_stage: Stage | None = None
    text: int = 1
    retroactive: bool = False
    reported: bool = False


@dataclass(frozen=True)
class Problem:
    """Why a line is not a walk: the entry that cannot stand where it stands, and the one it clashes with."""

    kind: Literal["opening", "edge", "order", "hold"]
    entry: Placed
    against: Placed | None = None


@dataclass(frozen=True)
class State:
    """Where the line has led: the stage and the entry that led there, the text, the hold in force if any."""

    stage: Stage
    since: Placed
    text: int
    hold: Placed | None


@dataclass(frozen=True)
class Standing:
    """What was true on a day; `possibly` names stages that may already have been reached, as dates are imprecise."""

    state: State | None
    possibly: tuple[Stage, ...]
    possibly_held: bool = False


#: Asking a vocabulary for its words takes several times as long as comparing them, and lines are long.
_OPEN, _STEP, _HOLD, _RELEASE = EntryKind.OPEN, EntryKind.STEP, EntryKind.HOLD, EntryKind.RELEASE
_REOPEN = Transition.REOPEN
_HELD = frozenset(Stage.of(Group.PREPARING, Group.CONCLUDED))
_GOES_ON = frozenset(Stage.of(Group.OPERATIVE, Group.ENDED))


def check(line: Sequence[Placed]) -> list[Problem]:
    """Return every entry that breaks the walk or certainly runs back in time."""
    problems: list[Problem] = []
    stage: Stage | None = None
    hold: Placed | None = None
    latest_start: Placed | None = None
    before: Placed | None = None
    for entry in line:
        if (entry.kind == _OPEN) != (before is None):
            problems.append(Problem("opening", entry, before))
        elif not _follows(entry, stage, hold):
            problems.append(Problem("edge" if entry.kind == _STEP else "hold", entry, before))
        if latest_start and not entry.retroactive and entry.when.certainly_before(latest_start.when):
            problems.append(Problem("order", entry, latest_start))
        # Of a day that was only reported no more is known than that it had happened by then.
        if not (entry.retroactive or entry.reported) and (
            latest_start is None or entry.when.earliest > latest_start.when.earliest
        ):
            latest_start = entry
        stage, hold = _after(entry, stage, hold)
        before = entry
    return problems


def replay(line: Sequence[Placed]) -> State:
    """Return where a checked line has led. Raises ValueError if it is empty."""
    if not line:
        raise ValueError("A line begins with its opening.")
    since, text = line[0], line[0].text
    stage: Stage | None = None
    hold: Placed | None = None
    for entry in line:
        stage, hold = _after(entry, stage, hold)
        if entry.to_stage is not None:
            since = entry
        if entry.transition == _REOPEN:
            text += 1
    if stage is None:
        raise ValueError("A line begins with its opening.")
    return State(stage, since, text, hold)


def as_of(line: Sequence[Placed], day: date) -> Standing:
    """Return what was true at the end of the day.

    The highest entry that has certainly happened decides, and all before it have happened too; later ones that may
    have happened are named as possible.
    """
    certain = max((i for i, entry in enumerate(line) if entry.when.certainly_by(day)), default=-1)
    state = replay(line[: certain + 1]) if certain >= 0 else None
    later = [entry for entry in line[certain + 1 :] if entry.when.possibly_by(day)]
    stages = dict.fromkeys(entry.to_stage for entry in later if entry.to_stage)
    if state:
        stages.pop(state.stage, None)
    return Standing(
        state,
        tuple(stage for stage in stages if stage),
        any(entry.kind == EntryKind.HOLD for entry in later),
    )


def spans(line: Sequence[Placed]) -> dict[UUID, tuple[date, date]]:
    """Return the days between which each entry happened: those of its own date, narrowed by what is before and after.

    What reaches back narrows nothing and is not narrowed; a day of report bounds only what came before it.
    """
    found: dict[UUID, tuple[date, date]] = {}
    first = date.min
    for entry in line:
        earliest = entry.when.earliest
        if not entry.retroactive:
            earliest = min(max(earliest, first), entry.when.latest)
            first = first if entry.reported else max(first, earliest)
        found[entry.id] = earliest, entry.when.latest
    last = date.max
    for entry in reversed(line):
        earliest, latest = found[entry.id]
        if not entry.retroactive:
            latest = max(min(latest, last), earliest)
            last = min(last, latest)
        found[entry.id] = earliest, latest
    return found


def between(after: int, positions: Sequence[int]) -> int | None:
    """Return a free position behind `after` and before the next of all positions, or None where no room is left."""
    following = min((position for position in positions if position > after), default=after + 2 * STRIDE)
    middle = (after + following) // 2
    return middle if middle > after else None


def _follows(entry: Placed, stage: Stage | None, hold: Placed | None) -> bool:
    kind = entry.kind
    if kind == _STEP:
        edge = EDGES.get(entry.transition) if entry.transition else None
        return edge is not None and stage in edge.sources and entry.to_stage == edge.target
    if kind == _HOLD:
        return hold is None and stage in _HELD
    return kind != _RELEASE or hold is not None


def _after(entry: Placed, stage: Stage | None, hold: Placed | None) -> tuple[Stage | None, Placed | None]:
    """Return stage and hold after the entry; what is operative or ended is no longer on hold."""
    stage = entry.to_stage or stage
    if entry.kind == _HOLD:
        hold = entry
    elif hold is not None and (entry.kind == _RELEASE or stage in _GOES_ON):
        hold = None
    return stage, hold
