"""Weighing a step before it is taken: everything that stands against it, at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from agreements import access, calendars, clock, guards, periods, registers, tracking, walk
from agreements.choices import EDGES, Certainty, EntryKind, Manner, Origin, Role, Stage, Transition
from agreements.dates import FuzzyDate
from agreements.entry_into_force import Outcome
from agreements.guards import Actor, Case, Reason, Successor
from agreements.history import History, histories
from agreements.models import Agreement, Entry, User
from agreements.procedures import Procedure
from agreements.registers import NOT_PERMITTED, REASON_MISSING, VOID_RECORD
from agreements.tracks import Participant
from agreements.walk import Placed, Problem
from agreements.words import Texts

_Recorded = TypeVar("_Recorded")


@dataclass(frozen=True, kw_only=True)
class Details:
    """What is said of a step beside its name and date. Citations are plain texts that may be printed."""

    reason: str | Texts = ""
    what: str | Texts = ""
    evidence: str = ""
    source: str = ""
    place: str = ""
    legal_basis: str = ""
    certainty: str = Certainty.FIRM
    stated_elsewhere: FuzzyDate | None = None
    stated_by: str = ""
    manner: str = ""
    acting: str = ""
    successor: Agreement | None = None
    out_of_procedure: bool = False
    origin: str = Origin.RECORDED
    after: Entry | None = None


@dataclass(frozen=True)
class Step:
    """One intended step of one agreement."""

    agreement: Agreement
    name: str
    on: FuzzyDate
    details: Details = Details()


@dataclass(frozen=True)
class Option:
    """A transition that leads away from the present stage: possible, or blocked with every reason.

    `asks` names what the step form must ask for ("evidence", "successor"), `asked` says why; `foreseen` is whether the
    procedure leads this way at all.
    """

    name: Transition
    target: Stage
    foreseen: bool
    reasons: tuple[Reason, ...]
    asks: tuple[str, ...]
    asked: tuple[Reason, ...] = ()

    @property
    def possible(self) -> bool:
        """Whether nothing stands against the step but what its form asks for."""
        return not self.reasons


@dataclass
class Dossier:
    """An agreement with its history and participants: what the rules are asked about."""

    agreement: Agreement
    history: History
    actors: tuple[Actor, ...]
    takers: Mapping[str, tuple[str, Participant]] = field(default_factory=dict)


ENTRY_COLUMNS = ("evidence", "source", "place", "legal_basis", "certainty", "stated_elsewhere", "stated_by", "origin")


def columns_of(details: Details) -> dict[str, Any]:
    """Return what goes into columns of the entry of the same name."""
    return {name: getattr(details, name) for name in ENTRY_COLUMNS}


# ---- asking ----
def objections(
    agreement: Agreement,
    name: str,
    *,
    by: User,
    on: FuzzyDate | None = None,
    case: Dossier | None = None,
    **details: Any,
) -> list[Reason]:
    """Return everything that stands against a step, all at once; an empty list means that it can be recorded.

    `case` is what the rules are asked about, where the caller has read it already.
    """
    step = Step(agreement, name, on or FuzzyDate.of_day(clock.today()), Details(**details))
    return weigh(case or dossiers([agreement])[agreement.pk], step, by)[0]


def available(
    agreement: Agreement, *, by: User, on: FuzzyDate | None = None, case: Dossier | None = None
) -> list[Option]:
    """Return the transitions that lead away from the present stage, each possible or with all its reasons.

    `case` is what the rules are asked about, where the caller has read it already.
    """
    stage, rules = Stage(agreement.stage), agreement.rules
    edges = {name: edge for name, edge in EDGES.items() if stage in edge.sources and edge.target in rules.stages}
    if not edges:
        return []
    case = case or dossiers([agreement])[agreement.pk]
    options = []
    for name, edge in edges.items():
        step = Step(agreement, name, on or FuzzyDate.of_day(clock.today()))
        reasons, _placed, _unmet = weigh(case, step, by)
        options.append(
            Option(
                name,
                edge.target,
                rules.foresees(name, stage),
                tuple(reason for reason in reasons if not reason.asked),
                tuple(dict.fromkeys(reason.asked for reason in reasons if reason.asked)),
                tuple(reason for reason in reasons if reason.asked),
            )
        )
    return options


def weigh(
    case: Dossier, step: Step, by: User, *, replaces: Entry | None = None
) -> tuple[list[Reason], Placed, list[str]]:
    """Return the reasons against a step, its place in the line, and the codes of guards that are set aside."""
    details = step.details
    reasons = admission(case.agreement, step, by)
    if step.name not in EDGES:
        reasons.append(
            Reason(
                "step-unknown",
                _("“%(step)s” is not a step. Steps are: %(steps)s."),
                {"step": step.name, "steps": ", ".join(Transition.values)},
                firm=True,
            )
        )
        return reasons, _nowhere(case, step), []
    name = Transition(step.name)
    line = [entry for entry in case.history.line if not replaces or entry.id != replaces.pk]
    position = position_for(case.history, details.after, replaces)
    if position is None:
        reasons.append(Reason("no-room", _("There is no room for another step at this place."), firm=True))
        position = case.history.end()
    before = [entry for entry in line if entry.position < position]
    if not before or before[0].kind != EntryKind.OPEN:
        reasons.append(Reason("before-opening", _("A step cannot stand before the opening of the record."), firm=True))
        return reasons, _nowhere(case, step), []
    state = walk.replay(before)
    reported = details.certainty == Certainty.REPORTED
    placed = Placed(uuid4(), position, EntryKind.STEP, step.on, name, EDGES[name].target, reported=reported)
    reasons += registers.timing(step.on, clock.today())
    walked, placed = _walked(case, line, placed, details)
    reasons += walked
    if any(reason.code == "step-impossible" for reason in walked):
        return reasons, placed, []
    repeated = replaces is not None and replaces.transition == name
    missing = [] if details.origin == Origin.IMPORTED else guards.unmet(_facts(case, step, state, by), name)
    if repeated:
        # What was met or set aside when it was recorded stays so; what the correction says anew is asked again.
        asked = ("date-", "successor-") if details.successor else ("date-",)
        missing = [reason for reason in missing if reason.code.startswith(asked)]
    if missing and details.out_of_procedure:
        if not access.may(by, "out_of_procedure"):
            reasons.append(
                Reason("not-permitted", _("You do not have the right to record a step out of procedure."), firm=True)
            )
        if not details.reason:
            reasons.append(REASON_MISSING)
        return reasons, placed, sorted({reason.code for reason in missing})
    return reasons + missing, placed, []


def admission(agreement: Agreement, step: Step, by: User) -> list[Reason]:
    """Return what is wrong with who asks and with what is written, whatever the state of the agreement."""
    details = step.details
    reasons = []
    right = "import" if details.origin == Origin.IMPORTED else "step"
    if not access.sees_agreement(by, agreement) or not access.may(by, right):
        reasons.append(NOT_PERMITTED)
    if agreement.is_void:
        reasons.append(VOID_RECORD)
    if details.manner and details.manner not in Manner.values:
        reasons.append(
            Reason(
                "manner-unknown",
                _("“%(manner)s” is not a manner of signing. Use one of: %(manners)s."),
                {"manner": details.manner, "manners": ", ".join(Manner.values)},
                asked="manner",
                firm=True,
            )
        )
    if details.successor and not access.sees_agreement(by, details.successor):
        reasons.append(
            Reason(
                "successor-missing",
                _("Name the later agreement of all the parties that takes its place."),
                asked="successor",
            )
        )
    return reasons + registers.spelling(columns_of(details) | {"what": details.what, "reason": details.reason})


def _walked(case: Dossier, line: Sequence[Placed], placed: Placed, details: Details) -> tuple[list[Reason], Placed]:
    """Return why the line would not be a walk with the step in it. A treaty may enter into force retroactively."""
    rules = case.agreement.rules
    problems = walk.check(sorted([*line, placed], key=attrgetter("position")))
    backwards = [problem for problem in problems if problem.kind == "order" and problem.entry is placed]
    if backwards and placed.transition == Transition.ENTER_INTO_FORCE:
        if details.reason or details.origin == Origin.IMPORTED:
            placed = placed._replace(retroactive=True)
            problems = walk.check(sorted([*line, placed], key=attrgetter("position")))
        else:
            return [
                Reason(
                    "retroactive",
                    _("%(date)s is before the step of %(earlier)s. Entry into force that reaches back needs a reason."),
                    {"date": placed.when, "earlier": backwards[0].against.when if backwards[0].against else ""},
                    asked="reason",
                    firm=True,
                )
            ], placed
    reasons = [reason_of(problem, rules) for problem in problems]
    if placed.to_stage and placed.to_stage not in rules.stages:
        reasons = [no_stage(rules, placed.to_stage)]
    return reasons, placed


def no_stage(rules: Procedure, stage: Stage) -> Reason:
    """Return the reason why a procedure cannot lead to a stage that it does not have."""
    return Reason(
        "step-impossible",
        _("The procedure “%(procedure)s” has no stage “%(stage)s”."),
        {"procedure": rules.title, "stage": stage.label},
        firm=True,
    )


def reason_of(problem: Problem, rules: Procedure) -> Reason:
    """Return the sentence for a problem of the walk; it names the offending entries."""
    entry, against = problem.entry, problem.against
    name = rules.step_label(entry.transition) if entry.transition else entry.kind.label
    earlier = (rules.step_label(against.transition) if against.transition else against.kind.label) if against else ""
    if problem.kind == "order":
        return Reason(
            "order-of-dates",
            _("“%(step)s” on %(date)s would be before “%(earlier)s” on %(earlier_date)s."),
            {"step": name, "date": entry.when, "earlier": earlier, "earlier_date": against.when if against else ""},
            asked="on",
            firm=True,
        )
    if problem.kind == "hold":
        return Reason("hold-impossible", _("“%(step)s” is not possible here."), {"step": name}, firm=True)
    return Reason(
        "step-impossible",
        _("“%(step)s” on %(date)s is not possible after “%(earlier)s”."),
        {"step": name, "date": entry.when, "earlier": earlier},
        firm=True,
    )


def position_for(history: History, after: Entry | None, replaces: Entry | None) -> int | None:
    """Return where a new entry goes: at the end, behind another, or in the place of one; None where no room is left."""
    if replaces is not None:
        return replaces.position
    if after is None:
        return history.end()
    return walk.between(after.position or 0, history.positions)


def _nowhere(case: Dossier, step: Step) -> Placed:
    return Placed(uuid4(), case.history.end(), EntryKind.STEP, step.on)


def _facts(case: Dossier, step: Step, state: walk.State, by: User) -> Case:
    """Return the facts as far as who asks may know them: what is too secret for him meets no requirement for him."""
    agreement, history, text = case.agreement, case.history.up_to(access.reach(by, case.agreement)), state.text
    return Case(
        procedure=agreement.rules,
        stage=state.stage,
        on=step.on,
        own=settings.OWN_SIDE,
        held_since=state.hold.when if state.hold else None,
        actors=case.actors,
        documents=frozenset(_by_then(history.documents, text, step.on)),
        acts=frozenset(_by_then(history.acts, text, step.on)),
        later_documents=frozenset(what for number, _when, what in history.documents if number == text),
        later_acts=frozenset(what for number, _when, what in history.acts if number == text),
        clearances=dict(_by_then(sorted(history.clearances, key=lambda item: item[1].latest), text, step.on)),
        valid_from=agreement.valid_from,
        valid_until=_last_day(case, step),
        evidence=step.details.evidence,
        successor=_successor(step),
        outcome=_outcome(case, step),
        since=state.since.when,
        dated={kind: when for number, when, kind in reversed(history.documents) if number == text},
        calendars=calendars.load(settings.CALENDARS_DIR),
    )


def _last_day(case: Dossier, step: Step) -> date | None:
    """Return the last day of the period in which a step is taken: what is renewed tacitly has not passed by then."""
    agreement = case.agreement
    if not agreement.renewal_years:
        return agreement.valid_until
    validity = tracking.validity_of(agreement, case.history, {actor.code for actor in case.actors})
    period = periods.period_on(validity, clock.today() if step.on.latest == date.max else step.on.latest)
    return period.last if period else None


def _outcome(case: Dossier, step: Step) -> Outcome | None:
    """Return what the agreement's clause answers on the day of a step of entry into force; None without a clause."""
    agreement = case.agreement
    if step.name != Transition.ENTER_INTO_FORCE or not agreement.clause:
        return None
    day = clock.today() if step.on.latest == date.max else step.on.latest
    return tracking.track(case.history, agreement.rules, day, clause=agreement.clause, participants=case.takers).outcome


def _by_then(recorded: Iterable[tuple[int, FuzzyDate, _Recorded]], text: int, on: FuzzyDate) -> list[_Recorded]:
    """Return what was recorded for a text and is not certainly later than the step: the law asks for it beforehand."""
    return [what for number, when, what in recorded if number == text and not on.certainly_before(when)]


def _successor(step: Step) -> Successor | None:
    """Return what the rules ask of the later agreement named in a step that supersedes."""
    later = step.details.successor
    if later is None or step.name != Transition.SUPERSEDE or later.pk == step.agreement.pk or later.is_void:
        return None
    standing = walk.as_of(histories([later.pk])[later.pk].line, step.on.latest)
    return Successor(
        in_force=standing.state is not None and standing.state.stage == Stage.IN_FORCE,
        parties=frozenset(actor.code for actor in _actors([later.pk]).get(later.pk, ())),
    )


def _actors(keys: Sequence[UUID]) -> dict[UUID, tuple[Actor, ...]]:
    found: dict[UUID, tuple[Actor, ...]] = {}
    for taking in tracking.takings_of(keys):
        if Role(taking.role).acts:
            actor = Actor(taking.party.code, taking.party.names)
            found[taking.agreement] = (*found.get(taking.agreement, ()), actor)
    return found


def dossiers(agreements: Iterable[Agreement]) -> dict[UUID, Dossier]:
    """Return what the rules are asked about, with a fixed number of queries."""
    kept = {agreement.pk: agreement for agreement in agreements}
    told, actors = histories(kept), _actors(list(kept))
    takers = tracking.participants_of(clauses) if (clauses := [key for key in kept if kept[key].clause]) else {}
    return {
        key: Dossier(agreement, told[key], actors.get(key, ()), takers.get(key, {})) for key, agreement in kept.items()
    }
