"""The facts that reports arrange: read once, from the chains of the journal, as true on a day and known at a moment."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements import clock, journal, walk
from agreements.choices import (
    ActionKind,
    Ball,
    Certainty,
    EntryKind,
    Group,
    Precision,
    Role,
    Stage,
    Status,
    SubjectKind,
    Transition,
)
from agreements.dates import FuzzyDate, render_day
from agreements.entry_into_force import Need, Outcome, Speaker
from agreements.history import History
from agreements.models import Agreement, Indicator, User
from agreements.procedures import Procedure
from agreements.reports.chains import Chain, Told, day_of, said_in, standing, tell, texts, when_of
from agreements.tracking import Tracked
from agreements.words import LANGUAGES, Texts, Worded, pick, worded

#: How long before the end of validity a reader is told, and told urgently.
EXPIRY_SOON, EXPIRY_LATE = 90, 7
#: The statuses in which a participant is bound, were it only for the time being.
_BOUND = (Status.BOUND, Status.BOUND_PROVISIONALLY, Status.SUSPENDED)
#: How many parties a line names of those that are still awaited; more are counted.
_NAMED = 3


@dataclass(frozen=True)
class Mark:
    """Something the reader should notice: how strongly, which sign, which words."""

    code: str
    kind: str
    icon: str
    words: str


@dataclass(frozen=True)
class Happened:
    """The last thing that happened: what, and when."""

    label: Worded
    on: FuzzyDate


@dataclass(frozen=True)
class AgreementFacts:
    """Where one agreement stood on a day, as known at a moment; words are in the reader's language.

    `own_status` is how the own side stands to it, None where nothing is recorded of that; `not_for_us` says that it is
    in force without binding the own side. `computed_entry` is the day of entry into force by the clause, where that is
    met, and `missing` says in one line what the clause still asks for.
    """

    id: UUID
    reference: str
    titles: Texts
    short_titles: Texts
    kind: str
    procedure: Procedure
    binding: bool
    stage: Stage | None
    stage_label: str
    group: Group | None
    possibly: tuple[tuple[Stage, str], ...]
    since: FuzzyDate | None
    certainty: Certainty
    stated_elsewhere: FuzzyDate | None
    stated_by: str
    days_in_stage: int | None
    days_exact: bool
    text: int
    round: int
    last: Happened | None
    next_step: str
    next_code: str
    planned: FuzzyDate | None
    ball: Ball
    ball_words: str
    hold_since: FuzzyDate | None
    hold_reason: Worded
    own_status: Status | None
    own_possibly: Status | None
    not_for_us: bool
    computed_entry: FuzzyDate | None
    missing: str
    marks: tuple[Mark, ...]
    areas: tuple[tuple[str, Texts], ...]
    parties: tuple[tuple[str, Texts], ...]
    roles: Mapping[str, str]
    valid_from: date | None
    valid_until: date | None
    lead_unit: Texts
    officer: str
    level: str

    @property
    def title(self) -> Worded:
        """The full title in the reader's language, or in one that has it."""
        return pick(self.titles)

    @property
    def short_title(self) -> Worded:
        """The short title in the reader's language; the full one of a language that has no short one."""
        return pick({language: self.short_titles[language] or self.titles[language] for language in LANGUAGES})

    @property
    def urgency(self) -> int:
        """How much attention it needs: 0 late, 1 soon, 2 none."""
        return min(
            (("late", "soon").index(mark.kind) for mark in self.marks if mark.kind in ("late", "soon")), default=2
        )


@dataclass(frozen=True)
class IndicatorFacts:
    """One figure on a partner with its source."""

    party: str
    names: Texts
    units: Texts
    period_from: date | None
    period_until: date
    value: Decimal
    at_least: bool
    change_on_year: Decimal | None
    source: str


def facts_of(
    agreements: Iterable[Agreement], *, user: User, as_of: date, known_at: datetime | None = None
) -> list[AgreementFacts]:
    """Return the facts of agreements that the caller read through `for_user`, in their order.

    Left out is what had not begun on the day, or was not known at the moment. Runs the same number of queries for any
    number of agreements.
    """
    balls = {agreement.pk: agreement.ball_by_tasks for agreement in agreements}
    return list(facts_from(tell(balls, known_at, balls=balls if known_at is None else {}), as_of))


def facts_from(told: Told, as_of: date) -> Iterator[AgreementFacts]:
    """Yield the facts of the agreements that had begun by the day, certainly or perhaps, in their order."""
    for chain in told.chains.values():
        facts = _facts(chain, told, as_of)
        if facts is not None:
            yield facts


def indicators_of(
    *, user: User, as_of: date, known_at: datetime | None = None, party: str = ""
) -> list[IndicatorFacts]:
    """Return the figures of periods that had ended, as known at a moment, by partner and name, the latest first."""
    codes = {str(code) for code in _visible_codes(user)}
    found = []
    for columns in journal.rebuild(SubjectKind.INDICATOR, known_at).values():
        if columns["party"] not in codes or (party and columns["party"] != party):
            continue
        if date.fromisoformat(columns["period_until"]) > as_of:
            continue
        found.append(
            IndicatorFacts(
                party=columns["party"],
                names=texts(columns, "name"),
                units=texts(columns, "unit"),
                period_from=day_of(columns["period_from"]),
                period_until=date.fromisoformat(columns["period_until"]),
                value=Decimal(columns["value"]),
                at_least=columns["at_least"],
                change_on_year=Decimal(columns["change_on_year"]) if columns["change_on_year"] else None,
                source=columns["source"],
            )
        )
    return sorted(found, key=lambda item: (item.party, item.names["en"], -item.period_until.toordinal(), item.source))


def _visible_codes(user: User) -> Iterable[str]:
    return Indicator.objects.for_user(user).values_list("party__code", flat=True).distinct().order_by("party__code")


def _facts(chain: Chain, told: Told, as_of: date) -> AgreementFacts | None:
    history, record, rules, rows, names = chain.history, chain.record, chain.rules, chain.by_id, told.names
    if history.is_void:
        return None
    stood = standing(history.line, as_of)
    state = stood.state
    # A day without any lower bound is no ground to say that something may have begun.
    if state is None and not any(date.min < entry.when.earliest <= as_of for entry in history.line):
        return None
    since = rows[state.since.id] if state else None
    present = state is not None and state.since.id == _last_stage(history.line)
    planned_name, planned = _planned(record, rules, state)
    bond = _bond(chain, told, state, as_of)
    named = (record["ball"] or (told.balls.get(chain.id) if as_of == clock.today() else "")) if present else ""
    ball = Ball(named) if named else _ball(rules, state, history, as_of, bond.computed)
    parties = tuple((item["party"], names.parties[item["party"]]) for item in record["participants"])
    hold = rows[state.hold.id] if state and state.hold else None
    return AgreementFacts(
        id=chain.id,
        reference=record["reference"],
        titles=texts(record, "title"),
        short_titles=texts(record, "short_title"),
        kind=record["kind"],
        procedure=rules,
        binding=rules.binding,
        stage=state.stage if state else None,
        stage_label=rules.stage_label(state.stage) if state else "",
        group=state.stage.group if state else None,
        possibly=tuple((stage, rules.stage_label(stage)) for stage in stood.possibly),
        since=state.since.when if state else None,
        certainty=Certainty(since["certainty"]) if since else Certainty.FIRM,
        stated_elsewhere=since["stated_elsewhere"] if since else None,
        stated_by=since["stated_by"] if since else "",
        days_in_stage=max(0, (as_of - state.since.when.latest).days) if state else None,
        days_exact=state is not None and state.since.when.precision == Precision.DAY and not state.since.reported,
        text=state.text if state else 1,
        round=_round(chain.live, state, as_of),
        last=_last(chain.live, rules, as_of),
        next_step=(record.get("next_step", "") if present else "") or planned_name or _end(record, state),
        next_code=_next(rules, state) or "",
        planned=planned,
        ball=ball,
        ball_words=_ball_words(ball, parties),
        hold_since=when_of(hold) if hold else None,
        hold_reason=worded(said_in(hold, "reason")) if hold else Worded("", ""),
        own_status=bond.own,
        own_possibly=bond.own_possibly,
        not_for_us=bond.not_for_us,
        computed_entry=bond.computed,
        missing=bond.missing,
        marks=(*_marks(chain, stood, as_of), *_entry_marks(bond, state)),
        areas=tuple((code, names.areas.get(code, {"en": code})) for code in record["areas"]),
        parties=parties,
        roles={item["party"]: item["role"] for item in record["participants"]},
        valid_from=day_of(record["valid_from"]),
        valid_until=day_of(record["valid_until"]),
        lead_unit=names.units.get(record["lead_unit"] or "", {}),
        officer=names.officers.get(record["officer"] or "", ""),
        level=record["level"],
    )


def _last_stage(line: Sequence[walk.Placed]) -> UUID | None:
    """Return the entry that led to the stage in which the line ends."""
    return next((entry.id for entry in reversed(line) if entry.to_stage), None)


def _next(rules: Procedure, state: walk.State | None) -> Transition | None:
    return rules.stages[state.stage].next if state else None


def _planned(record: Mapping[str, Any], rules: Procedure, state: walk.State | None) -> tuple[str, FuzzyDate | None]:
    name = _next(rules, state)
    columns = {Transition.SIGN: "planned_signing", Transition.ENTER_INTO_FORCE: "planned_entry_into_force"}
    text = record.get(columns[name]) if name in columns else None
    return (rules.step_label(name) if name else ""), (FuzzyDate.parse(text) if text else None)


def _end(record: Mapping[str, Any], state: walk.State | None) -> str:
    until = day_of(record["valid_until"])
    if until is None or state is None or state.stage.group != Group.OPERATIVE:
        return ""
    return _("Validity ends on %(day)s") % {"day": render_day(until)}


def _ball(
    rules: Procedure, state: walk.State | None, history: History, as_of: date, computed: FuzzyDate | None
) -> Ball:
    """Return who must act as the procedure says; once the own side has consented, the others are awaited.

    Once the clause is met nobody is, until the day comes on which the own side records the entry into force.
    """
    if state is None:
        return Ball.NOBODY
    if computed is not None and state.stage.group == Group.CONCLUDED:
        return Ball.OWN if computed.certainly_by(as_of) else Ball.NOBODY
    consented = any(
        party == settings.OWN_SIDE and act in ActionKind.consents() and when.certainly_by(as_of)
        for _text, when, (party, act) in history.acts
    )
    ball = rules.stages[state.stage].ball
    return Ball.OTHER if state.stage == Stage.RATIFYING and ball == Ball.OWN and consented else ball


def _ball_words(ball: Ball, parties: tuple[tuple[str, Texts], ...]) -> str:
    others = [names for code, names in parties if code != settings.OWN_SIDE]
    if ball == Ball.OTHER and len(others) == 1 and len(parties) == 2:
        return pick(others[0]).text
    return str(ball.label)


def _happened(row: Mapping[str, Any], as_of: date) -> bool:
    """Whether it had certainly happened by the day; by today all that is recorded has happened."""
    return as_of >= clock.today() or row["latest"] <= as_of


def _last(live: Sequence[Mapping[str, Any]], rules: Procedure, as_of: date) -> Happened | None:
    """Return the last thing that has certainly happened; of several on one day the one that stands higher."""
    done = [row for row in live if _happened(row, as_of)]
    if not done:
        return None
    row = max(done, key=lambda item: (_day_of(item), item["earliest"], item["position"] or 0, item["sequence"]))
    said = worded(said_in(row, "what"))
    label = rules.stage_label(row["to_stage"]) if row["to_stage"] else str(EntryKind(row["kind"]).label)
    return Happened(said if said.text else Worded(label, ""), when_of(row))


def _day_of(row: Mapping[str, Any]) -> date:
    """Return the day by which it stands in a list; what has no place and no last day stands by its first."""
    open_ended = row["position"] is None and row["latest"] == date.max
    found: date = row["earliest"] if open_ended else row["latest"]
    return found


def _round(live: Sequence[Mapping[str, Any]], state: walk.State | None, as_of: date) -> int:
    told = [json.loads(row["data"]) for row in live if row["kind"] == EntryKind.NOTE and _happened(row, as_of)]
    text = state.text if state else 1
    return max((data.get("round", 0) for data in told if data.get("text", 1) == text), default=0)


def _marks(chain: Chain, stood: walk.Standing, as_of: date) -> Iterable[Mark]:
    state, record, rules = stood.state, chain.record, chain.rules
    steps = [chain.by_id[entry.id] for entry in chain.history.line if entry.when.possibly_by(as_of)]
    if state and state.stage.group == Group.OPERATIVE:
        yield from _expiry(day_of(record["valid_until"]), as_of)
    if state and state.stage == Stage.SIGNING and not record["planned_signing"]:
        yield Mark("no-planned-date", "soon", "missing", _("No date of signing is planned"))
    if state and state.hold:
        yield Mark("on-hold", "plain", "hold", _("On hold since %(since)s") % {"since": state.hold.when})
    if stood.possibly:
        labels = _(" or ").join(rules.stage_label(stage) for stage in stood.possibly)
        yield Mark("possibly", "plain", "inferred", _("Possibly already: %(stages)s") % {"stages": labels})
    if any(row["out_of_procedure"] for row in steps):
        yield Mark("out-of-procedure", "plain", "flag", _("Out of procedure"))
    if any(row["stated_elsewhere"] or row["certainty"] == Certainty.DISPUTED for row in steps):
        yield Mark("disputed-date", "plain", "sources", _("Sources disagree on a date"))


def _expiry(until: date | None, as_of: date) -> Iterable[Mark]:
    if until is None:
        return
    days = (until - as_of).days
    if days < 0:
        yield Mark("validity-ended", "late", "triangle", _("Validity ended on %(day)s") % {"day": render_day(until)})
    elif days <= EXPIRY_SOON:
        words = ngettext("Expires in %(days)s day", "Expires in %(days)s days", days) % {"days": days}
        late = days <= EXPIRY_LATE
        yield Mark("expiring", "late" if late else "soon", "triangle" if late else "clock", words)


# ---- consent to be bound, and entry into force ----
@dataclass(frozen=True)
class _Bond:
    """What the acts of participants and the clause say on a day."""

    own: Status | None = None
    own_possibly: Status | None = None
    not_for_us: bool = False
    computed: FuzzyDate | None = None
    missing: str = ""
    tracked: Tracked | None = None


def _bond(chain: Chain, told: Told, state: walk.State | None, as_of: date) -> _Bond:
    """Return how the own side stands and what the clause answers; without acts and clause the steps alone tell."""
    if state is None:
        return _Bond()
    role = next((item["role"] for item in chain.record["participants"] if item["party"] == settings.OWN_SIDE), None)
    if not chain.history.tracks and not chain.record.get("clause"):
        return _Bond(own=_by_steps(chain, state, role))
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
    return _Bond(
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
    return " ".join(text for _depth, text in speaker.need(_counted(outcome.need)))


def _counted(need: Need) -> Need:
    """Return what is missing without the names of many."""
    if need.parts:
        return replace(need, parts=tuple(_counted(part) for part in need.parts))
    if need.kind == "acts" and need.candidates is not None and len(need.candidates) > _NAMED:
        return replace(need, candidates=None, unsure=())
    return need


def _entry_marks(bond: _Bond, state: walk.State | None) -> Iterable[Mark]:
    tracked = bond.tracked
    if tracked is None or state is None:
        return
    outcome, concluded = tracked.outcome, state.stage.group == Group.CONCLUDED
    if tracked.conflict and outcome:
        told = {"stated": tracked.stated, "computed": outcome.date}
        words = (
            _("Entry into force: %(stated)s as stated, %(computed)s by the clause")
            if outcome.date
            else _("Entry into force is stated (%(stated)s), but the clause is not met")
        )
        yield Mark("entry-conflict", "soon", "sources", words % told)
    if concluded and outcome and outcome.met and outcome.date:
        words = (
            _("By its clause in force since %(day)s, not recorded")
            if outcome.in_force
            else _("By its clause perhaps in force already: %(day)s; not recorded")
            if outcome.possibly_in_force
            else _("By its clause it enters into force on %(day)s")
        )
        yield Mark(
            "clause-met", "soon" if outcome.possibly_in_force else "plain", "flag", words % {"day": outcome.date}
        )
    applied = [
        (one.applied_from, one.provisional.scope if one.provisional else "")
        for one in tracked.standings.values()
        if one.status == Status.BOUND_PROVISIONALLY and one.applied_from
    ]
    if concluded and applied:
        day, scope = min(applied, key=lambda pair: (pair[0].latest, pair[0].earliest, pair[1]))
        words = (
            _("Provisionally applied since %(day)s: %(scope)s") if scope else _("Provisionally applied since %(day)s")
        )
        since = {"day": day, "scope": scope}
        yield Mark("provisional", "plain", "clock", words % since)


def head_data(facts: AgreementFacts) -> dict[str, Any]:
    """Return what every report says of an agreement in JSON: what it is and where it stands, in codes and texts."""
    return {
        "reference": facts.reference,
        "title": dict(facts.titles),
        "short_title": dict(facts.short_titles),
        "kind": facts.kind,
        "procedure": facts.procedure.code,
        "binding": facts.binding,
        "stage": facts.stage.value if facts.stage else None,
        "stage_label": facts.stage_label or None,
        "group": facts.group.value if facts.group else None,
        "possibly": [stage.value for stage, _label in facts.possibly],
        "own_side_status": facts.own_status.value if facts.own_status else None,
        "own_side_possibly": facts.own_possibly.value if facts.own_possibly else None,
        "in_force_but_not_for_us": facts.not_for_us,
    }
