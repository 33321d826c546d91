"""What to say on an agreement, and what to be ready for: a fixed set of sentences by stage and situation.

Nothing is invented: each sentence follows from what is recorded, and what it names is taken from there. A draft says
one thing to ask or to agree on, and at most two things to know with it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from agreements.bonds import Seen
from agreements.choices import Ball, Group, Precision, Stage, Transition
from agreements.dates import FuzzyDate
from agreements.findings import Finding
from agreements.reports.facts import AgreementFacts
from agreements.words import Texts, Worded, pick

#: So many tasks are named in a sentence, and so many sentences are added to a point.
_NAMED, _ADDED = 2, 2


@dataclass(frozen=True)
class Owed:
    """An open task of one side: what is to be done, by when; `by_procedure` if the procedure gave it to do."""

    title: Texts
    side: Ball
    due: FuzzyDate | None
    due_by: date | None
    by_procedure: bool


@dataclass(frozen=True)
class Last:
    """What happened last: in words, when, how firmly, where."""

    label: Worded
    on: FuzzyDate
    precision: str
    place: str


@dataclass(frozen=True)
class Case:
    """One agreement as a brief looks at it.

    `findings` are those about it. `before` is the finding that what it follows ends without a signed successor;
    `later_told` says that what is to follow it stands in the brief by itself.
    """

    seen: Seen
    facts: AgreementFacts
    last: Last | None
    findings: Sequence[Finding]
    owed: Sequence[Owed] = ()
    on_agenda: bool = False
    before: tuple[Finding, Texts] | None = None
    later_told: bool = False

    @property
    def planned(self) -> FuzzyDate | None:
        """The day for which the next step is planned, if any is named."""
        planned = self.facts.planned
        return planned if planned and planned.precision != Precision.UNKNOWN else None

    def found(self, code: str) -> Finding | None:
        """Return the finding with a code, if it is there."""
        return next((one for one in self.findings if one.code == code), None)

    def tasks(self, side: Ball) -> list[Owed]:
        """Return the open tasks of a side."""
        return [task for task in self.owed if task.side == side]

    def overdue(self, side: Ball) -> list[Owed]:
        """Return those of them that are overdue."""
        return [task for task in self.tasks(side) if task.due_by and task.due_by < self.seen.as_of]


@dataclass(frozen=True)
class Rule:
    """A sentence, and when it is said: `told` gives what it names, or None where the situation is another."""

    told: Callable[[Case], Mapping[str, Any] | None]
    sentence: Any

    def say(self, case: Case) -> str:
        """Return the sentence; empty where the situation is another."""
        told = self.told(case)
        return "" if told is None else str(self.sentence % told)


def raised(case: Case) -> list[str]:
    """Return the draft of what our side says: what to ask for or to agree on, then what to know with it.

    Empty where the record gives no reason to speak of the agreement.
    """
    first = next(filter(None, (rule.say(case) for rule in _ASK)), "")
    if not first:
        return []
    return [first, *list(filter(None, (rule.say(case) for rule in _KNOW)))[:_ADDED]]


def expected(case: Case) -> list[str]:
    """Return the draft of what the other side may raise: what the record shows our side to owe."""
    return list(filter(None, (rule.say(case) for rule in _OWED)))


def no_meeting() -> str:
    """Return what our side says where no coming meeting is recorded."""
    return _("Agree on the dates of the coming meetings: none is recorded.")


# ---- situations ----
def _at(*stages: Stage, ball: Ball | None = None) -> Callable[[Case], Mapping[str, Any] | None]:
    """Return the situation of standing at one of the stages while the ball is where it is."""

    def told(case: Case) -> Mapping[str, Any] | None:
        return {} if case.facts.stage in stages and ball in (None, case.facts.ball) else None

    return told


def _held(case: Case) -> Mapping[str, Any] | None:
    return {"since": case.facts.hold_since} if case.facts.hold_since else None


def _no_mandate(case: Case) -> Mapping[str, Any] | None:
    return _at(Stage.PROPOSED, ball=Ball.OTHER)(case) if case.facts.next_code == Transition.AUTHORISE else None


def _signing(case: Case, *, past: bool) -> Mapping[str, Any] | None:
    if case.facts.stage != Stage.SIGNING or case.planned is None:
        return None
    return {"date": case.planned} if (case.planned.latest < case.seen.as_of) == past else None


def _computed(case: Case) -> Mapping[str, Any] | None:
    facts = case.facts
    return {"date": facts.computed_entry} if facts.group == Group.CONCLUDED and facts.computed_entry else None


def _takes_effect(case: Case) -> Mapping[str, Any] | None:
    return _at(Stage.SIGNED)(case) if not case.facts.binding else None


def _procedures(ball: Ball) -> Callable[[Case], Mapping[str, Any] | None]:
    def told(case: Case) -> Mapping[str, Any] | None:
        return _at(Stage.SIGNED, Stage.RATIFYING, ball=ball)(case) if case.facts.binding else None

    return told


def _not_for_us(case: Case) -> Mapping[str, Any] | None:
    return {} if case.facts.not_for_us else None


def _ending(case: Case) -> Mapping[str, Any] | None:
    """Tell that it ends, or has ended, and nothing follows it."""
    found = case.found("validity-ended") or case.found("expiring")
    return {"day": found.day} if found and not found.other else None


def _ending_before(case: Case) -> Mapping[str, Any] | None:
    """Tell that it ends before what follows it is signed, where the brief does not speak of that by itself."""
    found = case.found("expiring")
    if not found or not found.other or case.later_told:
        return None
    return {"day": found.day, "other": pick(found.params["other"]).text}


def _renewed(case: Case) -> Mapping[str, Any] | None:
    found = case.found("notice-window")
    return {name: found.params[name] for name in ("renewal", "day")} if found else None


def _carried_out(case: Case) -> Mapping[str, Any] | None:
    return _at(Stage.IN_FORCE)(case) if case.on_agenda else None


def _without_next(case: Case) -> Mapping[str, Any] | None:
    return _carried_out(case) if not case.facts.binding and not case.facts.next_step else None


# ---- things to know ----
def _the_one_before_ends(case: Case) -> Mapping[str, Any] | None:
    if case.before is None:
        return None
    found, title = case.before
    return {"earlier": pick(title).text, "day": found.day}


def _sentence(code: str) -> Callable[[Case], Mapping[str, Any] | None]:
    """Return the situation of a finding, which is told in its own words."""

    def told(case: Case) -> Mapping[str, Any] | None:
        found = case.found(code)
        return {"sentence": found.sentence} if found else None

    return told


def _lead(case: Case) -> Mapping[str, Any] | None:
    """Tell the longest lead time of our side before a signing of which no date is planned."""
    record, facts = case.seen.record, case.facts
    if facts.stage != Stage.SIGNING or case.planned:
        return None
    rules = [
        (rule.before.number, pick(rule.title).text)
        for rule in facts.procedure.tasks
        if rule.before
        and (rule.before.date, rule.before.unit, rule.side) == ("planned_signing", "days", Ball.OWN)
        and (not rule.in_the_name_of or record.get("in_the_name_of") in rule.in_the_name_of)
    ]
    if not rules:
        return None
    days, title = max(rules, key=lambda rule: rule[0])
    return {"days": days, "task": title}


def _missing(case: Case) -> Mapping[str, Any] | None:
    facts = case.facts
    return {"sentence": facts.missing.rstrip(".")} if facts.group == Group.CONCLUDED and facts.missing else None


def _awaited(case: Case) -> Mapping[str, Any] | None:
    """Tell what was agreed with the other side: what has a date, or was put down by a person."""
    return _named([task for task in case.tasks(Ball.OTHER) if task.due or not task.by_procedure])


# ---- what our side owes ----
def _overdue(case: Case) -> Mapping[str, Any] | None:
    return _named(case.overdue(Ball.OWN))


def _next_of_ours(case: Case) -> Mapping[str, Any] | None:
    facts = case.facts
    ours = facts.ball == Ball.OWN and facts.group in (Group.PREPARING, Group.OPERATIVE) and facts.next_code
    if not ours or facts.hold_since or facts.stage == Stage.SIGNING:
        return None
    return {"step": facts.procedure.step_label(facts.next_code)}


def _still_open(case: Case) -> Mapping[str, Any] | None:
    late = case.overdue(Ball.OWN)
    return _named([task for task in case.tasks(Ball.OWN) if task not in late]) if case.facts.ball == Ball.OWN else None


def _named(tasks: Sequence[Owed]) -> Mapping[str, Any] | None:
    return {"tasks": tasks_words(tasks)} if tasks else None


def tasks_words(tasks: Sequence[Owed]) -> str:
    """Name the first of several tasks with their due dates, and say how many more there are."""
    named = "; ".join(_task_words(task) for task in tasks[:_NAMED])
    if len(tasks) <= _NAMED:
        return named
    return _("%(tasks)s; and %(count)s more") % {"tasks": named, "count": len(tasks) - _NAMED}


def _task_words(task: Owed) -> str:
    told = {"task": pick(task.title).text, "date": task.due}
    return _("“%(task)s” (due: %(date)s)") % told if task.due else _("“%(task)s”") % told


def within(text: str) -> str:
    """Return a sentence of ours as it goes on after a colon: with a small letter."""
    return text[:1].lower() + text[1:]


def after(title: str, sentence: str) -> str:
    """Return a finding as it is told of an agreement: its title, then what is found."""
    return f"{title}: {within(sentence)}"


def days_words(facts: AgreementFacts) -> str:
    """Say for how many days it has stood at its stage, if that is still to lead on."""
    if facts.group not in (Group.PREPARING, Group.CONCLUDED) or not facts.days_exact or not facts.days_in_stage:
        return ""
    return str(_DAYS % {"days": facts.days_in_stage})


_DAYS: Any = ngettext_lazy("%(days)s day so far", "%(days)s days so far", "days")
_PLAIN = "%(sentence)s."

#: What to ask for or to agree on: the first that holds.
_ASK: Iterable[Rule] = (
    Rule(_held, gettext_lazy("Ask when work on it can go on. On hold since: %(since)s.")),
    Rule(
        lambda case: _signing(case, past=True),
        gettext_lazy("The planned date of signing is past (%(date)s): agree on another one."),
    ),
    Rule(lambda case: _signing(case, past=False), gettext_lazy("Confirm the planned date of signing: %(date)s.")),
    Rule(_at(Stage.SIGNING), gettext_lazy("Agree on a date of signing.")),
    Rule(
        _no_mandate,
        gettext_lazy("Ask for the earliest start of negotiations, and when the other side expects its mandate."),
    ),
    Rule(_at(Stage.PROPOSED, ball=Ball.OTHER), gettext_lazy("Ask when the other side will answer the proposal.")),
    Rule(_at(Stage.PROPOSED), gettext_lazy("Agree on how to go on with the proposal.")),
    Rule(_at(Stage.MANDATED), gettext_lazy("Agree on when negotiations open.")),
    Rule(_at(Stage.NEGOTIATING), gettext_lazy("Agree on the date of the next round of talks.")),
    Rule(_at(Stage.INITIALLED), gettext_lazy("Agree on how and by when the text is prepared for signing.")),
    Rule(_computed, gettext_lazy("Confirm the day of entry into force by the clause: %(date)s.")),
    Rule(_takes_effect, gettext_lazy("Agree on the day from which it is in effect.")),
    Rule(_procedures(Ball.OWN), gettext_lazy("Say when our side will complete its procedures.")),
    Rule(_procedures(Ball.OTHER), gettext_lazy("Ask when the other side will complete its procedures.")),
    Rule(_not_for_us, gettext_lazy("Say what our side plans: the agreement is not in force for it.")),
    Rule(_at(Stage.SUSPENDED), gettext_lazy("Ask under which conditions its operation can be resumed.")),
    Rule(_ending, gettext_lazy("Agree on what follows it. Last day of validity: %(day)s.")),
    Rule(
        _ending_before,
        gettext_lazy("Agree on a date of signing of what follows it: %(other)s. Last day of validity: %(day)s."),
    ),
    Rule(
        _renewed,
        gettext_lazy(
            "Agree on whether it is to go on. It is renewed on %(renewal)s unless notice is given by %(day)s."
        ),
    ),
    Rule(
        _without_next,
        gettext_lazy("Take stock of how it is carried out, and agree on the next step: none is recorded."),
    ),
    Rule(_carried_out, gettext_lazy("Take stock of how it is carried out.")),
)
#: What to know with it, in this order.
_KNOW: Iterable[Rule] = (
    Rule(
        _the_one_before_ends,
        gettext_lazy(
            "“%(earlier)s” is valid until %(day)s; while the next one is not signed, nothing takes its place."
        ),
    ),
    Rule(_sentence("gap"), _PLAIN),
    Rule(
        _lead,
        ngettext_lazy(
            "At least %(days)s day before signing: “%(task)s”.",
            "At least %(days)s days before signing: “%(task)s”.",
            "days",
        ),
    ),
    Rule(_missing, _PLAIN),
    Rule(_awaited, gettext_lazy("Awaited from the other side: %(tasks)s.")),
    Rule(_sentence("stuck"), _PLAIN),
)
#: What the other side may raise: everything that holds.
_OWED: Iterable[Rule] = (
    Rule(_overdue, gettext_lazy("What is overdue on our side: %(tasks)s.")),
    Rule(_at(Stage.SIGNING, ball=Ball.OWN), gettext_lazy("When our side will be ready to sign.")),
    Rule(_procedures(Ball.OWN), gettext_lazy("When our side will complete its procedures.")),
    Rule(_next_of_ours, gettext_lazy("When our side will take the next step: “%(step)s”.")),
    Rule(_not_for_us, gettext_lazy("When the agreement will be in force for our side.")),
    Rule(_held, gettext_lazy("When work on it can go on. On hold since: %(since)s.")),
    Rule(_still_open, gettext_lazy("Still open on our side: %(tasks)s.")),
)
