"""What a procedure says, as frozen objects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import get_language

from agreements.choices import ActionKind, Ball, DocumentKind, InTheNameOf, Stage, Transition
from agreements.reminders import Step
from agreements.words import Texts, pick


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
    lead: "Lead | None" = None


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
class Lead:
    """A period that is counted from a date: back from a planned one, on from a document or from entering a stage.

    `unit` is days, months, working_days or sitting_days; the last two are those of a `calendar`. `date` names the
    planned date, the kind of document, or "stage".
    """

    number: int
    unit: str
    calendar: str = ""
    date: str = ""


@dataclass(frozen=True)
class TaskRule:
    """What a procedure gives somebody to do before a transition, on which legal basis, and by when.

    It is there while the agreement is in one of `stages`, and as soon as the planned date of `before` is set while the
    transition is still ahead. `in_the_name_of`: only for agreements concluded so, where any are named. The task is done
    when the document, the acts or the clearance is recorded that it asks for; one that asks for acts is there for each
    participant, or for the own side alone (`own`). `after` names the tasks of this procedure that come first.
    """

    code: str
    transition: Transition
    title: Texts
    side: Ball
    body: Texts = field(default_factory=dict)
    law: Texts = field(default_factory=dict)
    stages: tuple[Stage, ...] = ()
    before: Lead | None = None
    within: Lead | None = None
    in_the_name_of: tuple[InTheNameOf, ...] = ()
    document: DocumentKind | None = None
    acts: tuple[ActionKind, ...] = ()
    own: bool = False
    clearance: bool = False
    after: tuple[str, ...] = ()


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
    tasks: tuple[TaskRule, ...] = ()
    #: What it says of reminders itself, of each thing the earliest first; of what it says nothing the usual ones hold.
    reminders: tuple[Step, ...] = ()

    def foresees(self, name: Transition, stage: Stage) -> bool:
        """Whether the procedure leads from this stage by this transition."""
        return name in self.transitions and stage in self.transitions[name].sources

    def stage_label(self, stage: str) -> str:
        """Return what this procedure calls a stage, in the reader's language."""
        asked = get_language(), stage
        label = self._labels.get(asked)
        if label is None:
            rule = self.stages.get(Stage(stage))
            label = self._labels[asked] = pick(rule.label).text if rule and rule.label else str(Stage(stage).label)
        return label

    @cached_property
    def _labels(self) -> dict[tuple[str | None, str], str]:
        """What was told of stages, by language: a report asks for the same few tens of thousands of times."""
        return {}

    def step_label(self, name: str) -> str:
        """Return what this procedure calls a step, in the reader's language."""
        rule = self.transitions.get(Transition(name))
        return pick(rule.label).text if rule and rule.label else str(Transition(name).label)

    def edges_from(self, stage: Stage) -> list[Transition]:
        """Return the transitions that the procedure foresees from a stage, in the order of an agreement's life."""
        return [name for name in Transition if self.foresees(name, stage)]
