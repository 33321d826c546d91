"""The step picture: the procedure's path as nodes with their dates, an earlier text as a branch that was given up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from agreements.choices import EntryKind, Group, Stage
from agreements.dates import FuzzyDate
from agreements.procedures import Procedure
from agreements.timeline import Event

State = Literal["done", "now", "next", "gap", "plain"]


@dataclass(frozen=True)
class Node:
    """One stage of the picture. `state`: reached, standing at, still to come, skipped; plain where nobody walks."""

    stage: Stage
    label: str
    state: State
    event: Event | None = None
    earlier: Event | None = None
    planned: FuzzyDate | None = None
    #: Whether an earlier text came as far as here, and was given up.
    given_up: bool = False

    @property
    def group(self) -> Group:
        """The group whose colour the node takes."""
        return self.stage.group


@dataclass(frozen=True)
class Lane:
    """The branch of an earlier text, in per cent of the picture's width: where it leaves, its nodes, its end."""

    leaves: str
    joins: str
    nodes: tuple[str, ...]
    last: str
    end: str


@dataclass(frozen=True)
class Picture:
    """The nodes in the order of an agreement's life; `lane` where an earlier text was given up."""

    nodes: tuple[Node, ...]
    lane: Lane | None = None


def picture(
    rules: Procedure,
    walked: Sequence[Event] = (),
    *,
    stage: Stage | None = None,
    text: int = 1,
    planned: Mapping[Stage, FuzzyDate] | None = None,
) -> Picture:
    """Draw a procedure's path, with the steps that one agreement has walked, the earliest first."""
    main, earlier = _sort_out(walked, text)
    if stage == Stage.IN_FORCE:
        main.pop(Stage.SUSPENDED, None)  # it was resumed: the picture shows the way, not every turn
    shown = [one for one in Stage if one in rules.path or one in main or one == stage]
    order = list(Stage)
    reached = [order.index(one) for one in main if one.group != Group.ENDED]
    ended = stage is not None and stage.group == Group.ENDED
    nodes = []
    for one in shown:
        if one == stage:
            state: State = "now"
        elif one in main:
            state = "done"
        elif stage is None and not walked:
            state = "plain"
        elif order.index(one) < min(reached, default=0) or (ended and order.index(one) > max(reached, default=-1)):
            continue  # what was before the record began, and what an ended agreement will not reach
        elif order.index(one) < max(reached, default=0):
            state = "gap"
        else:
            state = "next"
        nodes.append(
            Node(
                one,
                rules.stage_label(one),
                state,
                event=main.get(one),
                earlier=earlier.get(one),
                planned=(planned or {}).get(one) if state == "next" else None,
            )
        )
    if last := max((number for number, node in enumerate(nodes) if node.earlier), default=0):
        nodes[last] = replace(nodes[last], given_up=True)
    return Picture(tuple(nodes), _lane(nodes))


def walked_by(events: Sequence[Event], as_of: date | None = None) -> list[Event]:
    """Return the live steps of a timeline, the earliest first; with a day, those that had certainly led on by then."""
    steps = [event for event in reversed(events) if event.to_stage and not event.voided]
    steps = [event for event in steps if event.kind in (EntryKind.OPEN, EntryKind.STEP)]
    if as_of is None:
        return steps
    last = max((number for number, event in enumerate(steps) if event.on.certainly_by(as_of)), default=-1)
    return steps[: last + 1]


def _sort_out(walked: Sequence[Event], text: int) -> tuple[dict[Stage, Event], dict[Stage, Event]]:
    """Return the steps of the present line, and those of the last text before it.

    What went before the first talks belongs to every text; a stage reached twice shows when it was reached last.
    """
    talks = next((n for n, event in enumerate(walked) if event.stage == Stage.NEGOTIATING), 0)
    main: dict[Stage, Event] = {}
    earlier: dict[Stage, Event] = {}
    for number, event in enumerate(walked):
        if event.stage is None or (event.stage == Stage.WITHDRAWN and event.text < text):
            continue
        if event.text == text or number < talks:
            main[event.stage] = event
        elif event.text == text - 1:
            earlier[event.stage] = event
    return main, earlier


def _lane(nodes: Sequence[Node]) -> Lane | None:
    found = [number for number, node in enumerate(nodes) if node.earlier]
    if not found:
        return None
    at = [_percent(number, len(nodes)) for number in found]
    return Lane(
        leaves=_percent(max(found[0] - 0.6, 0), len(nodes)),
        joins=_percent(max(found[0] - 0.12, 0), len(nodes)),
        nodes=tuple(at),
        last=at[-1],
        end=_percent(found[-1] + 0.4, len(nodes)),
    )


def _percent(place: float, count: int) -> str:
    return f"{100 * place / count:.2f}%"
