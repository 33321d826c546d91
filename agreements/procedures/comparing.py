"""What differs between two versions of a procedure: stages, steps with their requirements, tasks. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from agreements.choices import Stage, Transition
from agreements.procedures.rules import Procedure, Requirement, StageRule, TaskRule, TransitionRule

#: What a file says of the procedure as a whole, in the order in which it is told.
_WHOLE = ("title", "binding", "path", "automatic", "open_for_signature", "reminders")


@dataclass(frozen=True)
class StageChange:
    """A stage that came (nothing before), went (nothing after), or of which something else is said."""

    stage: Stage
    before: StageRule | None
    after: StageRule | None

    @property
    def differing(self) -> tuple[str, ...]:
        """The names of what is said otherwise; nothing of a stage that came or went."""
        return _differing(self.before, self.after)


@dataclass(frozen=True)
class StepChange:
    """A step that came, went, or changed; `gone` and `come` are the requirements that are no longer, or newly, made.

    A requirement of which a word was changed, the law behind it included, is among both.
    """

    name: Transition
    before: TransitionRule | None
    after: TransitionRule | None
    gone: tuple[Requirement, ...] = ()
    come: tuple[Requirement, ...] = ()

    @property
    def differing(self) -> tuple[str, ...]:
        """The names of what is said otherwise: sources, label, requires."""
        if self.before is None or self.after is None:
            return ()
        found = {
            "sources": set(self.before.sources) != set(self.after.sources),
            "requires": bool(self.gone or self.come),
            "label": self.before.label != self.after.label,
        }
        return tuple(name for name, differs in found.items() if differs)


@dataclass(frozen=True)
class TaskChange:
    """A task that came, went, or of which something else is said; its code says which task it is."""

    code: str
    before: TaskRule | None
    after: TaskRule | None

    @property
    def differing(self) -> tuple[str, ...]:
        """The names of what is said otherwise."""
        return _differing(self.before, self.after)


@dataclass(frozen=True)
class Comparison:
    """Everything that differs between two versions, in the order of an agreement's life.

    `whole` names what is said otherwise of the procedure itself: title, binding, path, automatic, open_for_signature,
    reminders.
    """

    old: Procedure
    new: Procedure
    whole: tuple[str, ...]
    stages: tuple[StageChange, ...]
    steps: tuple[StepChange, ...]
    tasks: tuple[TaskChange, ...]

    @property
    def same(self) -> bool:
        """Whether the rules are the same: then only the number, the order or a remark in the file is another."""
        return not (self.whole or self.stages or self.steps or self.tasks)


def compare(old: Procedure, new: Procedure) -> Comparison:
    """Return what differs; the order of requirements, stages and tasks is no difference."""
    stages = [
        StageChange(stage, before, after)
        for stage in Stage
        if (before := old.stages.get(stage)) != (after := new.stages.get(stage))
    ]
    steps = [_step(name, old.transitions.get(name), new.transitions.get(name)) for name in Transition]
    was, now = ({task.code: task for task in rules.tasks} for rules in (old, new))
    tasks = [
        TaskChange(code, was.get(code), now.get(code)) for code in (*now, *(code for code in was if code not in now))
    ]
    return Comparison(
        old,
        new,
        whole=tuple(name for name in _WHOLE if getattr(old, name) != getattr(new, name)),
        stages=tuple(stages),
        steps=tuple(step for step in steps if step is not None),
        tasks=tuple(task for task in tasks if task.before != task.after),
    )


def _step(name: Transition, before: TransitionRule | None, after: TransitionRule | None) -> StepChange | None:
    asked_before, asked_after = before.requires if before else (), after.requires if after else ()
    gone, come = _without(asked_before, asked_after), _without(asked_after, asked_before)
    change = StepChange(name, before, after, gone, come)
    return change if change.differing or bool(before) != bool(after) else None


def _without(asked: Sequence[Requirement], others: Sequence[Requirement]) -> tuple[Requirement, ...]:
    """Return what is asked beyond the others; what is asked twice counts twice."""
    left, found = list(others), []
    for requirement in asked:
        if requirement in left:
            left.remove(requirement)
        else:
            found.append(requirement)
    return tuple(found)


def _differing(before: StageRule | TaskRule | None, after: StageRule | TaskRule | None) -> tuple[str, ...]:
    if before is None or after is None:
        return ()
    return tuple(one.name for one in fields(after) if getattr(before, one.name) != getattr(after, one.name))
