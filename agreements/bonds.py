"""Where an agreement stood on a day, as its chain tells: its stage and period, who is bound, who must act next.

One look that reports and what needs attention share.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings

from agreements import clock, periods, tracking, turns, walk
from agreements.chains import Chain, Told, day_of, standing
from agreements.choices import ActionKind, Ball, Group, Role, Stage, Status
from agreements.dates import FuzzyDate
from agreements.entry_into_force import Need, Outcome, Speaker, outlined
from agreements.procedures import Procedure
from agreements.tracking import Tracked
from agreements.words import Texts, pick

#: The statuses in which a participant is bound, were it only for the time being.
_BOUND = (Status.BOUND, Status.BOUND_PROVISIONALLY, Status.SUSPENDED)
#: How many parties a line names of those that are still awaited; more are counted.
_NAMED = 3


@dataclass(frozen=True)
class Seen:
    """One agreement on a day. `possibly`, stages that it may have reached, is in `stood`; `state` None: perhaps begun.

    `present` says that no later stage is recorded: what people set for now, such as whose move it is, holds on the day.
    """

    chain: Chain
    as_of: date
    stood: walk.Standing
    bond: "Bond"
    ball: Ball
    parties: Sequence[tuple[str, Texts]]
    validity: periods.Validity
    period: periods.Period | None
    present: bool

    @property
    def id(self) -> UUID:
        """The key of the agreement."""
        return self.chain.id

    @property
    def level(self) -> str:
        """The level of confidentiality of the agreement."""
        return str(self.chain.record["level"])

    @property
    def state(self) -> walk.State | None:
        """The stage that it had certainly reached, and how."""
        return self.stood.state

    @property
    def stage(self) -> Stage | None:
        """The stage, by itself."""
        return self.stood.state.stage if self.stood.state else None

    @property
    def group(self) -> Group | None:
        """The group of the stage."""
        return self.stage.group if self.stage else None

    @property
    def record(self) -> Any:
        """The record as its chain rebuilds it."""
        return self.chain.record

    @property
    def rules(self) -> Procedure:
        """Its procedure."""
        return self.chain.rules

    @property
    def effect(self) -> FuzzyDate | None:
        """The day on which it first entered into force, or took effect, if that had perhaps happened by the day."""
        return tracking.stated_entry(self.chain.by(self.as_of), self.as_of)


def see(chain: Chain, told: Told, as_of: date) -> Seen | None:
    """Return where an agreement stood on a day; None where it had not begun, or its record was opened by mistake."""
    history, record = chain.history, chain.record
    if history.is_void:
        return None
    stood = standing(history.line, as_of)
    state = stood.state
    # A day without any lower bound is no ground to say that something may have begun.
    if state is None and not any(date.min < entry.when.earliest <= as_of for entry in history.line):
        return None
    present = state is not None and state.since.id == _last_stage(history.line)
    bond = bond_of(chain, told, state, as_of)
    validity = _validity(chain, as_of)
    # Tasks are of today: no look back knows them.
    by_tasks = told.balls.get(chain.id, "") if as_of == clock.today() else ""
    return Seen(
        chain=chain,
        as_of=as_of,
        stood=stood,
        bond=bond,
        ball=_ball(chain, state, as_of, bond.computed, by_tasks=by_tasks, present=present),
        parties=tuple((item["party"], told.names.parties[item["party"]]) for item in record["participants"]),
        validity=validity,
        period=periods.period_on(validity, as_of),
        present=present,
    )


def _last_stage(line: Sequence[walk.Placed]) -> UUID | None:
    """Return the entry that led to the stage in which the line ends."""
    return next((entry.id for entry in reversed(line) if entry.to_stage), None)


def _validity(chain: Chain, as_of: date) -> periods.Validity:
    """Return what is recorded of the period, and of a notice that had perhaps been given by the day."""
    record = chain.record
    since, years = day_of(record["valid_from"]), record.get("renewal_years")
    acting = {item["party"] for item in record["participants"] if Role(item["role"]).acts}
    notice = tracking.notice_of(chain.history, acting) if years else None
    return periods.Validity(
        since=FuzzyDate.of_day(since) if since else None,
        until=day_of(record["valid_until"]),
        renewal_years=years,
        notice_months=record.get("notice_months"),
        notice=notice if notice and notice.possibly_by(as_of) else None,
    )


# ---- consent to be bound, and entry into force ----
@dataclass(frozen=True)
class Bond:
    """What the acts of participants and the clause say on a day."""

    own: Status | None = None
    own_possibly: Status | None = None
    not_for_us: bool = False
    computed: FuzzyDate | None = None
    missing: str = ""
    tracked: Tracked | None = None


def bond_of(chain: Chain, told: Told, state: walk.State | None, as_of: date) -> Bond:
    """Return how the own side stands and what the clause answers; without acts and clause the steps alone tell."""
    if state is None:
        return Bond()
    role = next((item["role"] for item in chain.record["participants"] if item["party"] == settings.OWN_SIDE), None)
    if not chain.history.tracks and not chain.record.get("clause"):
        return Bond(own=_by_steps(chain, state, role))
    applying = {act.party for _text, act in chain.history.tracks if act.kind == ActionKind.PROVISIONAL_APPLICATION}
    by_clause = (chain.record.get("clause") or {}).get("provisional_application")
    tracked = told.track(chain, as_of, of=None if by_clause else {settings.OWN_SIDE, *applying})
    outcome = tracked.outcome
    own = tracked.standings.get(settings.OWN_SIDE)
    status = own.status if own else Status.NONE if role else None
    known = _known_who_is_bound(tracked, as_of)
    operative = state.stage.group == Group.OPERATIVE
    if status == Status.NOT_SIGNED and state.stage.group in (Group.OPERATIVE, Group.ENDED) and not known:
        status = None
    bound = status in _BOUND or (own is not None and own.possibly in _BOUND)
    return Bond(
        own=status,
        own_possibly=own.possibly if own and status else None,
        not_for_us=operative and chain.rules.binding and not bound and (known or status == Status.WITHDRAWN),
        computed=outcome.date if outcome and outcome.met else None,
        missing=missing_in_one_line(outcome) if outcome else "",
        tracked=tracked,
    )


def _by_steps(chain: Chain, state: walk.State, role: str | None) -> Status | None:
    """Return how the own side stands where nothing but steps is recorded.

    Who signs together signs with the step, and is bound by the entry into force (as `Tracked.standings` says).
    """
    if role is None:
        return None
    if not Role(role).acts:
        return Status.NONE
    walked = [entry for entry in chain.history.line if entry.position <= state.since.position]
    preparing = state.stage.group == Group.PREPARING
    if chain.rules.open_for_signature:
        return Status.NOT_SIGNED if preparing else None
    entered = any(entry.to_stage == Stage.IN_FORCE for entry in walked)
    if chain.rules.binding and entered and role != Role.SIGNATORY:
        if state.stage.group == Group.ENDED:
            return Status.ENDED
        return Status.SUSPENDED if state.stage == Stage.SUSPENDED else Status.BOUND
    if any(entry.to_stage == Stage.SIGNED and entry.text == state.text for entry in walked):
        return Status.SIGNED
    return Status.NOT_SIGNED if preparing else None


def _known_who_is_bound(tracked: Tracked, as_of: date) -> bool:
    """Whether the record tells who is bound: the clause answers, all signed together, or consents of others are kept.

    Where it does not, that nothing is recorded of the own side says nothing of it.
    """
    if tracked.outcome is not None:
        return tracked.outcome.in_force
    if tracked.together:
        return True
    others = {
        act.party
        for act in tracked.acts
        if (act.kind in ActionKind.consents() or act.definitive) and act.on.certainly_by(as_of)
    } - {settings.OWN_SIDE}
    return bool(others)


def missing_in_one_line(outcome: Outcome) -> str:
    """Say what the clause still asks for; parties are named only where they are few. Empty where nothing is missing."""
    if outcome.need is None:
        return ""
    speaker = Speaker(outcome.participants)
    return " ".join(outlined(speaker.need(_counted(outcome.need))))


def _counted(need: Need) -> Need:
    """Return what is missing without the names of many."""
    if need.parts:
        return replace(need, parts=tuple(_counted(part) for part in need.parts))
    if need.kind == "acts" and need.candidates is not None and len(need.candidates) > _NAMED:
        return replace(need, candidates=None, unsure=())
    return need


# ---- who must act ----
def _ball(
    chain: Chain, state: walk.State | None, as_of: date, computed: FuzzyDate | None, *, by_tasks: str, present: bool
) -> Ball:
    """Return who must act: what was set for now holds while no later stage is recorded."""
    if state is None:
        return Ball.NOBODY
    if present and chain.record["ball"]:
        return Ball(chain.record["ball"])
    # By today all that is recorded has happened, however vague its date.
    consented = any(
        party == settings.OWN_SIDE
        and act in ActionKind.consents()
        and (as_of >= clock.today() or when.certainly_by(as_of))
        for _text, when, (party, act) in chain.history.acts
    )
    return turns.derived(
        chain.rules,
        state.stage,
        on=as_of,
        by_tasks=by_tasks if present else "",
        computed=computed,
        consented=consented,
    )


def ball_words(ball: Ball, parties: Sequence[tuple[str, Texts]]) -> str:
    """Say who must act, in the reader's language: the other side by its name where it is one party."""
    others = [names for code, names in parties if code != settings.OWN_SIDE]
    if ball == Ball.OTHER and len(others) == 1 and len(parties) == 2:
        return pick(others[0]).text
    return str(ball.label)
