"""The rules of a procedure in words: what a step needs, what a task is, what differs between two versions."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.db.models import Field
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from agreements import calendars, leads
from agreements.choices import EDGES, ActionKind, Ball, DocumentKind, InTheNameOf, Stage, Transition
from agreements.models import Agreement
from agreements.procedures import (
    Comparison,
    Lead,
    Procedure,
    Requirement,
    StageChange,
    StageRule,
    StepChange,
    TaskChange,
    TaskRule,
)
from agreements.views.reminded import in_words
from agreements.words import pick


@dataclass(frozen=True)
class Rule:
    """One step of a procedure: from which stages it leads where, and what it needs."""

    label: str
    sources: Sequence[tuple[Stage, str]]
    target: Stage
    target_label: str
    needs: Sequence[tuple[str, str]]
    automatic: bool


@dataclass(frozen=True)
class Station:
    """One stage of a procedure: who acts there, and after how many days it is unusual to stay."""

    stage: Stage
    label: str
    ball: Ball
    usual_days: int | None


@dataclass(frozen=True)
class Assignment:
    """One task of a procedure: what is to be done before which step, whose it is, by when, and what ends it."""

    title: str
    step: str
    whose: str
    #: At which stages, or from which planned date on, it is there; in whose name the agreement is then concluded.
    when: str
    due: str
    law: str
    after: Sequence[str]
    ends: str


def rule_of(rules: Procedure, name: Transition) -> Rule:
    """Return a step in words."""
    rule, target = rules.transitions[name], EDGES[name].target
    return Rule(
        label=rules.step_label(name),
        sources=[(stage, rules.stage_label(stage)) for stage in rule.sources],
        target=target,
        target_label=rules.stage_label(target),
        needs=[(need(requirement, rules), pick(requirement.law).text) for requirement in rule.requires],
        automatic=name in rules.automatic,
    )


def stations_of(rules: Procedure) -> list[Station]:
    """Return the stages in words."""
    return [
        Station(stage, rules.stage_label(stage), rule.ball, rule.usual_days) for stage, rule in rules.stages.items()
    ]


def assignments_of(rules: Procedure) -> list[Assignment]:
    """Return the tasks in words, in the order of the file."""
    return [
        Assignment(
            title=pick(task.title).text,
            step=rules.step_label(task.transition),
            whose=_whose(task),
            when=_there(task, rules),
            due=due_words(task),
            law=pick(task.law).text,
            after=_titles(task, rules),
            ends=_ends(task),
        )
        for task in rules.tasks
    ]


# ---- requirements ----
def need(requirement: Requirement, rules: Procedure) -> str:
    """Write a requirement in full: what must be there, from which stages it is asked, and what stands in for it."""
    parts = [sentence(requirement)]
    if requirement.sources:
        stages = ", ".join(rules.stage_label(stage) for stage in requirement.sources)
        parts.append(_("Asked only from: %(stages)s.") % {"stages": stages})
    if requirement.unless:
        acts = _any_of(requirement.unless)
        parts.append(_("Not asked where another participant has come first: %(acts)s.") % {"acts": acts})
    return " ".join(parts)


def sentence(requirement: Requirement) -> str:
    """Write a requirement as a sentence that says what must be there."""
    match requirement.kind:
        case "document":
            return _("Recorded beforehand: %(document)s.") % {"document": _document(requirement.document)}
        case "evidence":
            document = _document(requirement.document)
            return _("Named in the step or recorded beforehand: %(document)s.") % {"document": document}
        case "act":
            return _("Recorded for each participant that acts: %(acts)s.") % {"acts": _any_of(requirement.acts)}
        case "clearance":
            return _("At least one body has cleared the text, and none has refused.")
        case "reached":
            return _("The step is not earlier than the beginning of the period of validity, if one is set.")
        case "passed":
            return _("The period of validity has ended.")
        case "successor":
            return _("A later agreement between all the same parties is named and in force.")
        case "participants":
            return _("At least two participants that act are recorded.")
        case "clause" if requirement.document:
            document = _document(requirement.document)
            return _("The clause on entry into force is met, or there is: %(document)s.") % {"document": document}
        case "clause":
            acts = _any_of(requirement.acts)
            return _(
                "The clause on entry into force is met; "
                "without a clause, each participant that acts has done: %(acts)s."
            ) % {"acts": acts}
        case "waited" if requirement.lead:
            return _waiting(requirement.lead)
        case other:
            return other


def brief(requirement: Requirement) -> str:
    """Write a requirement in a few words, as they stand under a step in a drawing."""
    match requirement.kind:
        case "document" | "evidence" if requirement.document:
            return str(requirement.document.label)
        case "act" if requirement.acts:
            return _("%(act)s, by each participant") % {"act": str(requirement.acts[0].label)}
        case "clearance":
            return _("Clearance of the text")
        case "reached":
            return _("Period of validity has begun")
        case "passed":
            return _("Period of validity has ended")
        case "successor":
            return _("Later agreement of the same parties, in force")
        case "participants":
            return _("Two participants at least")
        case "clause":
            return _("Clause on entry into force is met")
        case "waited" if requirement.lead:
            return _("Waiting: %(period)s") % {"period": leads.words(requirement.lead)}
        case other:
            return other


def _waiting(lead: Lead) -> str:
    told = {"period": leads.words(lead), "document": "", "counted": _counted(lead)}
    if lead.date in DocumentKind.values:
        told["document"] = _small(str(DocumentKind(lead.date).label))
        return _("Waited: %(period)s since this was recorded: %(document)s%(counted)s.") % told
    return _("Waited: %(period)s since the stage was entered%(counted)s.") % told


def _counted(lead: Lead) -> str:
    """Return by which calendar a period is counted, to stand behind it in brackets; its code where there is none."""
    if not lead.calendar:
        return ""
    known = calendars.load(settings.CALENDARS_DIR).get(lead.calendar)
    return _(" (by the calendar “%(calendar)s”)") % {"calendar": known or lead.calendar}


def _document(kind: DocumentKind | None) -> str:
    return _small(str(kind.label)) if kind else ""


def _any_of(acts: Sequence[ActionKind]) -> str:
    *others, last = (_small(str(act.label)) for act in acts)
    return ", ".join(others) + _(" or ") + last if others else last


def _small(label: str) -> str:
    """Write a label as it stands in the middle of a sentence."""
    return label[:1].lower() + label[1:]


# ---- tasks ----
def _whose(task: TaskRule) -> str:
    if task.acts:
        return str(Ball.OWN.label) if task.own else _("Each participant that acts")
    body = pick(task.body).text
    return f"{task.side.label}: {body}" if body else str(task.side.label)


def _there(task: TaskRule, rules: Procedure) -> str:
    parts = []
    if task.stages:
        stages = ", ".join(rules.stage_label(stage) for stage in task.stages)
        parts.append(_("At the stage: %(stages)s.") % {"stages": stages})
    if task.before:
        parts.append(_("As soon as this date is set: %(date)s.") % {"date": _planned(task.before)})
    if task.in_the_name_of:
        names = ", ".join(str(InTheNameOf(name).label) for name in task.in_the_name_of)
        parts.append(_("Only where it is concluded in the name of: %(names)s.") % {"names": names})
    return " ".join(parts)


def due_words(task: TaskRule) -> str:
    """Say from which date a task is counted, and how far before or after it."""
    lead = task.before or task.within
    if lead is None:
        return ""
    told = {"period": leads.words(lead), "date": _planned(lead) if task.before else "", "counted": _counted(lead)}
    if task.before:
        return _("At least %(period)s before this date: %(date)s%(counted)s") % told
    return _("%(period)s after the stage is entered%(counted)s") % told


def _planned(lead: Lead) -> str:
    return _small(str(cast(Field, Agreement._meta.get_field(lead.date)).verbose_name))


def _titles(task: TaskRule, rules: Procedure) -> list[str]:
    titles = {other.code: pick(other.title).text for other in rules.tasks}
    return [titles[code] for code in task.after]


def _ends(task: TaskRule) -> str:
    if task.document:
        return _("The document is recorded: %(document)s.") % {"document": _document(task.document)}
    if task.acts:
        return _("The act is recorded: %(acts)s.") % {"acts": _any_of(task.acts)}
    if task.clearance:
        return _("The bodies that were asked have answered, and none has refused.")
    return _("Somebody says that it is done.")


# ---- the law ----
#: Where the name of an act ends and its provision begins, as procedures write it in the three languages.
_PROVISION = re.compile(r"^(.+?), ((?:Art|ст)\. .+|\d[\d–]*-бап.*)$", re.DOTALL)


def parted(law: str) -> tuple[str, str]:
    """Return the name of an act, and the provision that is cited; empty where the text does not tell them apart."""
    found = _PROVISION.match(law)
    return (found[1], found[2]) if found else (law, "")


class Law(NamedTuple):
    """A provision of an act, and the steps and tasks that rest on it."""

    act: str
    provision: str
    steps: Sequence[str]
    tasks: Sequence[str]


def laws_of(rules: Procedure) -> list[Law]:
    """Return every provision that a procedure cites, each once: act by act, in the order of the file."""
    steps: dict[str, list[str]] = {}
    tasks: dict[str, list[str]] = {}
    for name, rule in rules.transitions.items():
        for requirement in rule.requires:
            steps.setdefault(pick(requirement.law).text, []).append(rules.step_label(name))
    for task in rules.tasks:
        tasks.setdefault(pick(task.law).text, []).append(pick(task.title).text)
    cited = [words for words in dict.fromkeys([*steps, *tasks]) if words]
    acts = list(dict.fromkeys(parted(words)[0] for words in cited))
    found = [Law(*parted(words), list(dict.fromkeys(steps.get(words, ()))), tasks.get(words, ())) for words in cited]
    return sorted(found, key=lambda law: acts.index(law.act))


# ---- what differs between two versions ----
class Line(NamedTuple):
    """One thing that is said otherwise: its name, how it was, how it is; empty where nothing was, or is, said."""

    label: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Difference:
    """What differs about one stage, step or task; `state` is "added", "removed" or "changed"."""

    title: str
    state: str
    lines: Sequence[Line]

    @property
    def mark(self) -> str:
        """The state in words."""
        return {
            "added": pgettext("rule", "added"),
            "removed": pgettext("rule", "removed"),
            "changed": pgettext("rule", "changed"),
        }[self.state]


class Section(NamedTuple):
    """The differences of one kind under their heading."""

    name: str
    title: str
    differences: Sequence[Difference]


def differences(found: Comparison) -> list[Section]:
    """Return a comparison in words, only the kinds of which anything differs."""
    old, new = found.old, found.new
    whole = [Difference(str(pick(new.title)), "changed", _lines_of_the_whole(found))] if found.whole else []
    return [
        section
        for section in (
            Section("whole", _("The procedure as a whole"), whole),
            Section("stages", _("Stages"), [_of_stage(change, old, new) for change in found.stages]),
            Section("steps", _("Steps"), [_of_step(change, old, new) for change in found.steps]),
            Section("tasks", _("Tasks"), [_of_task(change, old, new) for change in found.tasks]),
        )
        if section.differences
    ]


def _state(before: object, after: object) -> str:
    return "added" if before is None else "removed" if after is None else "changed"


def _told(labels: Mapping[str, str], before: Mapping[str, str], after: Mapping[str, str]) -> list[Line]:
    return [
        Line(label, before.get(name, ""), after.get(name, ""))
        for name, label in labels.items()
        if before.get(name, "") != after.get(name, "")
    ]


def _lines_of_the_whole(found: Comparison) -> list[Line]:
    ways: Mapping[str, tuple[str, Callable[[Procedure], str]]] = {
        "title": (_("Title"), lambda rules: pick(rules.title).text),
        "binding": (_("Binding"), lambda rules: _yes(rules.binding)),
        "path": (_("Path"), lambda rules: ", ".join(rules.stage_label(stage) for stage in rules.path)),
        "automatic": (
            _("Taken by itself"),
            lambda rules: ", ".join(rules.step_label(name) for name in rules.automatic),
        ),
        "open_for_signature": (_("Open for signature"), lambda rules: _yes(rules.open_for_signature)),
        "reminders": (_("Reminders"), lambda rules: in_words(rules.reminders)),
    }
    return [Line(ways[name][0], ways[name][1](found.old), ways[name][1](found.new)) for name in found.whole]


def _yes(value: bool) -> str:
    return _("yes") if value else _("no")


def _of_stage(change: StageChange, old: Procedure, new: Procedure) -> Difference:
    labels = {
        "label": _("Label"),
        "next": _("Usual next step"),
        "ball": _("Who must act"),
        "usual_days": _("Usual stay, days"),
    }
    lines = _told(labels, _stage_words(change.before, change.stage, old), _stage_words(change.after, change.stage, new))
    return Difference(
        (new if change.after else old).stage_label(change.stage), _state(change.before, change.after), lines
    )


def _stage_words(rule: StageRule | None, stage: Stage, rules: Procedure) -> dict[str, str]:
    if rule is None:
        return {}
    return {
        "label": rules.stage_label(stage),
        "next": rules.step_label(rule.next) if rule.next else "",
        "ball": str(rule.ball.label),
        "usual_days": str(rule.usual_days or ""),
    }


def _of_step(change: StepChange, old: Procedure, new: Procedure) -> Difference:
    def words(rules: Procedure) -> dict[str, str]:
        rule = rules.transitions.get(change.name)
        if rule is None:
            return {}
        stages = ", ".join(rules.stage_label(stage) for stage in Stage if stage in rule.sources)
        return {"label": rules.step_label(change.name), "sources": stages}

    labels = {"label": _("Label"), "sources": _("From")}
    if change.before and change.after:  # a stage that has another name is the same stage
        labels = {name: label for name, label in labels.items() if name in change.differing}
    lines = _told(labels, words(old), words(new))
    lines += [Line(_("No longer needed"), before=_need_with_law(one, old)) for one in change.gone]
    lines += [Line(_("Newly needed"), after=_need_with_law(one, new)) for one in change.come]
    return Difference(
        (new if change.after else old).step_label(change.name), _state(change.before, change.after), lines
    )


def _need_with_law(requirement: Requirement, rules: Procedure) -> str:
    return " ".join(filter(None, (need(requirement, rules), pick(requirement.law).text)))


def _of_task(change: TaskChange, old: Procedure, new: Procedure) -> Difference:
    labels = {
        "title": _("Task"),
        "step": _("Before the step"),
        "whose": _("Whose"),
        "when": _("When it is there"),
        "due": _("Due"),
        "law": _("Law"),
        "after": _("Waits for"),
        "ends": _("What ends it"),
    }
    lines = _told(labels, _task_words(change.before, old), _task_words(change.after, new))
    title = pick((change.after or change.before or new.tasks[0]).title).text
    return Difference(title, _state(change.before, change.after), lines)


def _task_words(task: TaskRule | None, rules: Procedure) -> dict[str, Any]:
    if task is None:
        return {}
    (told,) = (one for one, rule in zip(assignments_of(rules), rules.tasks, strict=True) if rule is task)
    return vars(told) | {"after": "; ".join(told.after)}


def onward(rules: Procedure) -> Iterator[Transition]:
    """Yield the steps that lead along the path: from one of its stages to a later one."""
    order = list(Stage)
    for name, rule in rules.transitions.items():
        target = EDGES[name].target
        ahead = (stage in rules.path and order.index(stage) < order.index(target) for stage in rule.sources)
        if target in rules.path and any(ahead) and name not in (Transition.REOPEN, Transition.RESUME):
            yield name
