"""A procedure as one drawing that stands alone: the path downwards, the other stages beside it, every step a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.template.loader import render_to_string

from agreements.choices import EDGES, Group, Stage, Transition
from agreements.procedures import Procedure
from agreements.views.picture import picture
from agreements.views.rules import rule_of
from agreements.words import active_language, pick

#: Measures in pixels: the room of a letter, between boxes, between the vertical lines, of one line that ends at a box.
_LETTER, _GAP, _LANE, _PORT = 9, 44, 20, 14
_MARGIN, _LEAST_WIDTH, _LINE, _HEAD = 24, 200, 15, 64


@dataclass(frozen=True)
class Box:
    """A stage of the drawing."""

    stage: Stage
    label: str
    #: The steps that lead here from elsewhere than straight from above.
    steps: str
    usual_days: int | None
    x: int
    y: int
    width: int
    height: int

    @property
    def group(self) -> Group:
        """The group whose colour the box takes."""
        return self.stage.group

    @property
    def below(self) -> int:
        """Where the steps stand that lead here: under the label, and under the usual stay where one is told."""
        return 20 + _LINE * (2 if self.usual_days else 1)


@dataclass(frozen=True)
class Arrow:
    """A step from one stage of the path to the next one."""

    label: str
    x: int
    top: int
    bottom: int

    @property
    def halfway(self) -> int:
        """Where its label stands."""
        return (self.top + self.bottom) // 2 + 4


@dataclass(frozen=True)
class Lane:
    """A step beside the path: a line down at `x` that its sources lead to, and that ends in an arrow at its target.

    `joins` are the places where a line begins, as pairs of the two ways; so is `end`.
    """

    label: str
    x: int
    joins: Sequence[tuple[int, int]]
    end: tuple[int, int]
    group: Group

    @property
    def path(self) -> str:
        """The line as SVG writes it, the arrow last."""
        places = [y for _x, y in (*self.joins, self.end)]
        lines = [f"M{x} {y}H{self.x}" for x, y in self.joins]
        down = [f"M{self.x} {min(places)}V{max(places)}"] if min(places) != max(places) else []
        return "".join([*lines, *down, f"M{self.x} {self.end[1]}H{self.end[0]}"])


@dataclass(frozen=True)
class Drawing:
    """Everything that is drawn, with the sentences that say the same."""

    title: str
    boxes: Sequence[Box]
    arrows: Sequence[Arrow]
    lanes: Sequence[Lane]
    sentences: Sequence[str]
    width: int
    height: int


def svg(rules: Procedure) -> str:
    """Return the drawing as a file that opens alone, in the reader's language."""
    told = {"drawing": drawing(rules), "rules": rules, "language": active_language()}
    return render_to_string("agreements/procedure.svg", told)


def mermaid(rules: Procedure) -> str:
    """Return the procedure as a state diagram that Mermaid draws."""
    lines = ["stateDiagram-v2"]
    lines += [f"    state {_quoted(rules.stage_label(stage))} as {stage.value}" for stage in rules.stages]
    lines.append(f"    [*] --> {rules.path[0].value}")
    lines += [
        f"    {source.value} --> {EDGES[name].target.value}: {rules.step_label(name)}"
        for name in Transition
        if name in rules.transitions
        for source in rules.transitions[name].sources
    ]
    lines += [f"    {stage.value} --> [*]" for stage in rules.stages if stage.group == Group.ENDED]
    return "\n".join(lines)


def _quoted(label: str) -> str:
    return '"{}"'.format(label.replace('"', "'"))


def drawing(rules: Procedure) -> Drawing:
    """Lay the drawing out: the path in a column, the other stages in another, a line for each step between them."""
    along = [node.stage for node in picture(rules).nodes]
    beside = [stage for stage in Stage if stage in rules.stages and stage not in along]
    straight, lanes = _edges(rules, along)
    ends: dict[Stage, list[Transition]] = {stage: [] for stage in rules.stages}
    for name, sources in lanes.items():
        for stage in (*sources, EDGES[name].target):
            ends[stage].append(name)
    width = max([_LEAST_WIDTH, *(len(label) * _LETTER + 40 for label in _labels(rules))])
    left, between = _MARGIN, len(lanes) * _LANE + 2 * _LANE
    boxes: dict[Stage, Box] = {}
    # Half a line lower, so that lines of boxes side by side do not fall together.
    for column, x, y in ((along, left, _HEAD), (beside, left + width + between, _HEAD + _PORT // 2)):
        for stage in column:
            into = "; ".join(rules.step_label(name) for name in lanes if EDGES[name].target == stage)
            days = rules.stages[stage].usual_days
            lines = 2 + (1 if into and days else 0)
            height = max(lines * _LINE + 16, (len(ends[stage]) + 1) * _PORT)
            boxes[stage] = Box(stage, rules.stage_label(stage), into, days, x, y, width, height)
            y += height + _GAP

    def port(stage: Stage, name: Transition) -> tuple[int, int]:
        box, place = boxes[stage], ends[stage].index(name)
        x = box.x + box.width if stage in along else box.x
        return x, box.y + (place + 1) * box.height // (len(ends[stage]) + 1)

    return Drawing(
        title=str(pick(rules.title)),
        boxes=list(boxes.values()),
        arrows=[
            Arrow(rules.step_label(name), left + 2 * _LANE, boxes[here].y + boxes[here].height, boxes[there].y)
            for name, here, there in straight
        ],
        lanes=[
            Lane(
                rules.step_label(name),
                left + width + (number + 1) * _LANE + _LANE // 2,
                [port(stage, name) for stage in sources],
                port(EDGES[name].target, name),
                EDGES[name].target.group,
            )
            for number, (name, sources) in enumerate(lanes.items())
        ],
        sentences=[
            f"{', '.join(label for _stage, label in rule.sources)} → {rule.target_label}: {rule.label}"
            for rule in (rule_of(rules, name) for name in Transition if name in rules.transitions)
        ],
        width=max(
            left + 2 * width + between + _MARGIN if beside else left + width + between,
            len(pick(rules.title).text) * (_LETTER + 2) + 2 * _MARGIN,
        ),
        height=max(box.y + box.height for box in boxes.values()) + _MARGIN,
    )


def _labels(rules: Procedure) -> list[str]:
    return [rules.stage_label(stage) for stage in rules.stages]


def _edges(
    rules: Procedure, along: Sequence[Stage]
) -> tuple[list[tuple[Transition, Stage, Stage]], dict[Transition, list[Stage]]]:
    """Return the steps straight from one stage of the path to the next, and the sources of all others by step."""
    following = dict(pairwise(along))
    straight, lanes = [], {}
    for name in Transition:
        if name not in rules.transitions:
            continue
        target, sources = EDGES[name].target, rules.transitions[name].sources
        straight += [(name, stage, target) for stage in sources if following.get(stage) == target]
        if left := [stage for stage in Stage if stage in sources and following.get(stage) != target]:
            lanes[name] = left
    return straight, lanes
