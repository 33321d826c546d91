"""What a procedure gives to do before the next steps: which task, for whom, by when, and whether it is done. Pure.

Nothing is remembered here: the same facts give the same duties. A planned date that moves moves what is counted back
from it; a document that is recorded ends the duty that asked for it, and struck out it begins anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from agreements.calendars import Calendar, NotComputed
from agreements.choices import ActionKind, Ball, ClearanceResult, DocumentKind, Group, InTheNameOf, Stage
from agreements.dates import FuzzyDate
from agreements.guards import Actor, counted
from agreements.procedures import Procedure, TaskRule

#: How many days before its due date a task is due soon.
DUE_SOON = 14


@dataclass(frozen=True)
class Facts:
    """What the duties of one agreement depend on.

    `dates` are the planned dates and those of validity, by the name of their column; documents, acts and clearances
    are those of the present text, with the day of each.
    """

    stage: Stage
    since: FuzzyDate
    dates: Mapping[str, FuzzyDate | None]
    in_the_name_of: InTheNameOf
    own: str = ""
    actors: Sequence[Actor] = ()
    documents: Mapping[DocumentKind, FuzzyDate] = field(default_factory=dict)
    acts: Mapping[tuple[str, ActionKind], FuzzyDate] = field(default_factory=dict)
    clearances: Sequence[tuple[FuzzyDate, str, ClearanceResult]] = ()
    calendars: Mapping[str, Calendar] = field(default_factory=dict)


@dataclass(frozen=True)
class Duty:
    """One thing to do. `due` is the last day for it, as exact as what it is counted from.

    `problem` says why there is none, to be kept and told later (`problem_words`): a planned date that is not set, a
    calendar that is not filled in so far. `done` is the day on which what it asks for was recorded as done.
    """

    rule: TaskRule
    party: str = ""
    side: Ball = Ball.OWN
    due: FuzzyDate | None = None
    problem: str = ""
    done: FuzzyDate | None = None


def duties(rules: Procedure, facts: Facts) -> list[Duty]:
    """Return what is to be done at the stage, and what the planned dates ask for already, in the order of the file."""
    return [duty for rule in rules.tasks if _asked(rules, rule, facts) for duty in _of(rule, facts)]


def _asked(rules: Procedure, rule: TaskRule, facts: Facts) -> bool:
    if rule.in_the_name_of and facts.in_the_name_of not in rule.in_the_name_of:
        return False
    if facts.stage in rule.stages:
        return True
    planned = rule.before is not None and facts.dates.get(rule.before.date) is not None
    return planned and ahead(rules, rule, facts.stage)


def ahead(rules: Procedure, rule: TaskRule, stage: Stage) -> bool:
    """Whether the step that a task prepares is still to come on the way that the procedure usually takes."""
    if stage in rules.transitions[rule.transition].sources:
        return True
    sources = [place for place, one in enumerate(rules.path) if one in rules.transitions[rule.transition].sources]
    moving = stage in rules.path and stage.group in (Group.PREPARING, Group.CONCLUDED)
    return moving and bool(sources) and rules.path.index(stage) < max(sources)


def _of(rule: TaskRule, facts: Facts) -> Iterator[Duty]:
    due, problem = _due(rule, facts)
    if not rule.acts:
        yield Duty(rule, "", rule.side, due, problem, _done(rule, facts))
        return
    for actor in facts.actors:
        if rule.own and actor.code != facts.own:
            continue
        days = [day for (code, kind), day in facts.acts.items() if code == actor.code and kind in rule.acts]
        side = Ball.OWN if actor.code == facts.own else Ball.OTHER
        yield Duty(rule, actor.code, side, due, problem, min(days, key=_latest, default=None))


def _done(rule: TaskRule, facts: Facts) -> FuzzyDate | None:
    if rule.document:
        return facts.documents.get(rule.document)
    if not rule.clearance or not facts.clearances:
        return None
    answers = {body: (day, result) for day, body, result in sorted(facts.clearances, key=lambda item: _latest(item[0]))}
    if any(result == ClearanceResult.REFUSED for _day, result in answers.values()):
        return None
    return max((day for day, _result in answers.values()), key=_latest)


def _due(rule: TaskRule, facts: Facts) -> tuple[FuzzyDate | None, str]:
    lead = rule.before or rule.within
    if lead is None:
        return None, ""
    anchor = facts.dates.get(lead.date) if rule.before else facts.since
    if anchor is None:
        return None, f"date:{lead.date}"
    try:
        return counted(anchor, lead, facts.calendars, back=rule.before is not None), ""
    except NotComputed:
        return None, f"calendar:{lead.calendar}"


def _latest(when: FuzzyDate) -> date:
    return when.latest
