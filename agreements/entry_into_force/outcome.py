"""The answer to a clause: met or not, when and by whose act, from which day in force, for whom, and what is missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Literal

from agreements.choices import ActionKind
from agreements.dates import FuzzyDate, between
from agreements.entry_into_force.attributing import attributed, triggered
from agreements.entry_into_force.clause import Clause, Count, Rule, Share, walk
from agreements.entry_into_force.computing import Cause, Reckoning, Span
from agreements.entry_into_force.needs import Need, lacking, supply
from agreements.entry_into_force.reading import DEFINITIVE_SIGNATURE, KINDS
from agreements.tracks import (
    BINDING_SIGNATURE,
    NOTICE_MONTHS,
    Act,
    Basis,
    Consent,
    Participant,
    Track,
    World,
    add_months,
)

#: The acts on which an answer can depend.
_RELEVANT = frozenset(
    (*KINDS, *(kind.value for kind in (ActionKind.CONFIRMATION, ActionKind.DENUNCIATION, ActionKind.WITHDRAWAL)))
)
#: A day; in classes that have a field called `date`.
Day = date


@dataclass(frozen=True)
class PartyDate:
    """From which day one party is bound by one consent, and until when.

    `rule`: "original" (with the agreement itself), "own" (the clause's rule for later joiners), "succession" (from the
    day of succession), "general" (on the day of its consent, VCLT 24(3)). `stated` is the day that a source gives,
    `notice_from` the first day on which the clause lets it denounce.
    """

    party: str
    act: Act
    on: FuzzyDate
    date: FuzzyDate | None
    rule: Literal["original", "own", "succession", "general"]
    until: FuzzyDate | None = None
    ended_by: Act | None = None
    #: It ended because the party is no more.
    extinct: bool = False
    notice_from: FuzzyDate | None = None

    @property
    def early_notice(self) -> bool:
        """Whether it was denounced before the day from which notice may be given."""
        act = self.ended_by
        if act is None or act.kind != ActionKind.DENUNCIATION or self.notice_from is None:
            return False
        return act.day().certainly_before(self.notice_from)

    @property
    def stated(self) -> FuzzyDate | None:
        """The day of effect that a source states."""
        return self.act.effective

    @property
    def conflict(self) -> bool:
        """Whether the computed and the stated day cannot both be right."""
        return bool(self.date and self.stated) and disagree(self.date, self.stated)


@dataclass(frozen=True)
class Outcome:
    """The answer as of a day.

    `met`: nothing more has to be done and the date follows; `possibly_met`: only if imprecise dates are taken early.
    `trigger` is the day on which the threshold was met and `by` the parties whose acts met it: `certain`, or those of
    which one or more did, where days are imprecise. `date` is the entry into force. `earliest` is the date that would
    follow if all that is missing came on `supposing`.
    """

    clause: Clause
    on: date
    participants: Mapping[str, Participant]
    met: bool
    possibly_met: bool
    trigger: FuzzyDate | None
    by: tuple[str, ...]
    certain: bool
    date: FuzzyDate | None
    need: Need | None
    supposing: Day
    earliest: Day | None
    cause: Cause | None
    early_cause: Cause | None
    supposed_cause: Cause | None
    problems: tuple[tuple[str, str], ...] = ()
    parties: tuple[PartyDate, ...] = ()
    provisional: FuzzyDate | None = None
    #: Who applies it provisionally by the clause on the day, and from when (VCLT 25).
    applied_by: Mapping[str, FuzzyDate] = field(default_factory=dict)

    @property
    def in_force(self) -> bool:
        """Whether it is in force on the day, for certain."""
        return self.met and self.date is not None and self.date.certainly_by(self.on)

    @property
    def possibly_in_force(self) -> bool:
        """Whether it may be in force on the day."""
        return self.date is not None and self.date.possibly_by(self.on)

    def of(self, party: str) -> list[PartyDate]:
        """Return the spans of one party, first consent first."""
        return [entry for entry in self.parties if entry.party == party]


def compute(
    clause: Clause,
    actions: Iterable[Act],
    on: date,
    *,
    participants: Mapping[str, Participant] | None = None,
    supposing: date | None = None,
    last_days: Mapping[str, date] | None = None,
) -> Outcome:
    """Answer a clause as of a day, from the acts done by then; the order in which they are given plays no part.

    Of later acts one thing counts: for whoever joined by them nobody was waiting before.
    `participants` are those that take part, by code; by default all who acted. `supposing` is the day on which what is
    missing is supposed to come, by default the day itself, and never before it. `last_days` are those of parties that
    are no more, which a clause may name though they take no part.
    """
    given = list(actions)
    if participants is None:
        participants = {act.party: Participant(act.party, {"en": act.party}) for act in given}
    acts = [act for act in given if act.kind in _RELEVANT]
    supposed = max(supposing or on, on)
    gone = {**(last_days or {}), **{code: one.until for code, one in participants.items() if one.until}}
    case = _Case(clause, participants, _joined(acts, participants), gone)
    late = early = _Pass.of(case, acts, on, World.LATE)
    if not (clause.exact and all(act.exact for act in acts)):
        early = _Pass.of(case, acts, on, World.EARLY)
        late.reckoning.possible = early.reckoning
    nobody = any(code.startswith("nobody") for code, _name in late.reckoning.problems)
    need = None if late.span or nobody else late.lacking(supposed)
    imagined = late.supplied(supposed) if need and not late.reckoning.problems else None
    cause = late.span.cause if late.span else None
    by, certain = (late if cause else early).by, True
    if cause and early.trigger and early is not late:
        cause = attributed(cause, early.reckoning, late.reckoning)
        by, certain = triggered(cause, early.trigger, early.reckoning, late.reckoning)
    return Outcome(
        clause=clause,
        on=on,
        participants=participants,
        met=late.span is not None,
        possibly_met=late.span is None and early.span is not None,
        trigger=between(early.trigger, late.trigger),
        by=by,
        certain=certain,
        date=between(early.start, late.start),
        need=need,
        supposing=supposed,
        earliest=imagined.start if imagined else None,
        cause=cause,
        early_cause=early.span.cause if early.span else None,
        supposed_cause=imagined.cause if imagined else None,
        problems=() if late.span else tuple(dict.fromkeys(late.reckoning.problems)),
        parties=_parties(early, late),
        provisional=between(early.provisional, late.provisional),
        applied_by=_applied_by(early, late),
    )


def _joined(acts: Iterable[Act], participants: Mapping[str, Participant]) -> dict[str, Act]:
    """Return the acts by which participants joined later that may have: an accession or succession without signature.

    Whenever they came: before it nobody waited for them.
    """
    found: dict[str, Act] = {}
    signed = set()
    for act in acts:
        if act.party not in participants or not participants[act.party].joined:
            continue
        if act.kind == ActionKind.SIGNATURE:
            signed.add(act.party)
        elif act.kind in (ActionKind.ACCESSION, ActionKind.SUCCESSION):
            first = found.get(act.party, act)
            found[act.party] = min(first, act, key=lambda one: (one.day().earliest, one.day().latest, one.kind))
    return {party: act for party, act in found.items() if party not in signed}


def disagree(one: FuzzyDate | None, other: FuzzyDate | None) -> bool:
    """Whether two dates cannot be the same day."""
    return one is not None and other is not None and (one.certainly_before(other) or other.certainly_before(one))


@dataclass(frozen=True)
class _Case:
    """What a clause is asked about: who takes part, who joined by which act, and the last days of those no more."""

    clause: Clause
    participants: Mapping[str, Participant]
    joined: Mapping[str, Act]
    last_days: Mapping[str, date]

    def reckoning(self, track: Track, notice: Mapping[Act, date] | None = None) -> Reckoning:
        """Return the reckoning of the clause over a track of acts."""
        return Reckoning(self.clause, track, self.participants, joined=self.joined, notice=dict(notice or {}))


@dataclass
class _Pass:
    """One pass in one world: the span in which the agreement is in force, and each party's consents."""

    case: _Case
    reckoning: Reckoning
    span: Span | None
    dates: dict[Act, tuple[Consent, date | None, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, case: _Case, acts: list[Act], on: date, world: World) -> "_Pass":
        clause = case.clause
        reckoning = case.reckoning(Track(acts, on, world, case.last_days))
        reckoning.notice.update(_notices(reckoning))
        found = cls(case, reckoning, next(iter(reckoning.spans(clause.rule)), None))
        # Nobody can denounce what does not bind yet: before the entry into force it withdraws the instrument.
        if early := found._too_early():
            reckoning = case.reckoning(reckoning.track, reckoning.notice | early)
            found = cls(case, reckoning, next(iter(reckoning.spans(clause.rule)), None))
        spans: dict[str, list[Consent]] = {}
        basis = _basis(clause.rule)
        for consent in reckoning.bonds(_binding(clause.rule), basis):
            earlier = spans.setdefault(consent.party, [])
            # A second act beside the first one binds nobody anew; after a withdrawal it does.
            if not any(one.end is None or (consent.end and consent.end <= one.end) for one in earlier):
                day, rule = found._date(consent)
                consent = found._left(consent, day)
                earlier.append(consent)
                found.dates[consent.act] = (consent, day, rule)
        return found

    @property
    def start(self) -> date | None:
        """The day on which the agreement enters into force."""
        return self.span.start if self.span else None

    @cached_property
    def provisional(self) -> date | None:
        """The day on which provisional application begins by the clause."""
        rule = self.reckoning.clause.provisional
        spans = self.reckoning.spans(rule) if rule else []
        return spans[0].start if spans else None

    def applied_by(self) -> dict[str, date]:
        """Return who applies it provisionally by the clause, and from when.

        Those whose acts the rule counts, where it names them, else all who signed or consented; each from its own act
        on, until it withdraws it or gives notice that it does not intend to become a party (VCLT 25(2)).
        """
        rule, track = self.reckoning.clause.provisional, self.reckoning.track
        if rule is None or self.provisional is None:
            return {}
        named = {code for part in walk(rule) if isinstance(part, Count | Share) for code in part.acts.among or ()}
        spans = [*track.signatures(), *((one.party, one.start, one.end) for one, _day, _rule in self.dates.values())]
        found: dict[str, date] = {}
        for party, since, until in spans:
            notices = (
                self.reckoning.track.moment(act, Basis.EFFECTIVE)
                for act in track.of(party, ActionKind.DENUNCIATION)
                if not act.scope and track.withdrawn_on(act) is None
            )
            end = min((day for day in (until, *notices) if day is not None and day > since), default=None)
            start = max(since, self.provisional)
            if start <= track.on and (end is None or track.on < end) and (not named or party in named):
                found[party] = min(start, found.get(party, start))
        return found

    def _too_early(self) -> dict[Act, date]:
        """Return the days of denunciations before the entry into force that state no day of effect."""
        moments = {
            act: self.reckoning.track.moment(act)
            for act in self.reckoning.track.acts
            if act.kind == ActionKind.DENUNCIATION and act.effective is None
        }
        return {act: day for act, day in moments.items() if self.start is None or day < self.start}

    def lacking(self, supposed: date) -> Need | None:
        """Return what is missing; of alternatives, the one first that leads to the earliest day."""
        return lacking(self.reckoning, self.reckoning.clause.rule, self.reckoning.supposing(supposed))

    def supplied(self, day: date) -> Span | None:
        """Return the span in which the agreement would be in force if all that is missing on a day came on it."""
        track = self.reckoning.track
        then = _Pass.of(self.case, track.acts, day, track.world)
        if then.span is None and (need := then.lacking(day)):
            then = _Pass.of(self.case, [*track.acts, *supply(need, day)], day, track.world)
        return then.span

    @cached_property
    def trigger(self) -> date | None:
        """The day on which the last act that was needed came; of a clause of days alone, its day."""
        if self.span is None:
            return None
        reached = self.span.cause.trigger()
        return reached[0] if reached else self.span.start

    @property
    def by(self) -> tuple[str, ...]:
        reached = self.span.cause.trigger() if self.span else None
        return reached[1] if reached else ()

    def _left(self, consent: Consent, bound: date | None) -> Consent:
        """Take the withdrawal of an instrument by a party that is bound as a notice of leaving (VCLT 54, 56)."""
        by = consent.ended_by
        if by is None or by.kind != ActionKind.WITHDRAWAL or by.effective or bound is None or consent.end is None:
            return consent
        notice, leaving = self.reckoning.track.moment(by), self.reckoning.clause.leaving
        spans = self.reckoning.of(notice=notice).spans(leaving.takes_effect) if leaving else []
        return replace(consent, end=spans[0].start if spans else add_months(notice, NOTICE_MONTHS))

    def notice_from(self, bound: date | None) -> date | None:
        """Return the first day on which a party bound from a day may give notice of denunciation."""
        leaving, eif = self.reckoning.clause.leaving, self.start
        if leaving is None or leaving.notice_not_before is None or bound is None or eif is None:
            return None
        spans = self.reckoning.of(bound=bound, agreement=eif).spans(leaving.notice_not_before)
        return spans[0].start if spans else None

    def _date(self, consent: Consent) -> tuple[date | None, str]:
        clause, eif = self.reckoning.clause, self.start
        if eif is None:
            return None, "original"
        act, later = consent.act, clause.later
        threshold = eif if later and later.after == "entry_into_force" else self.trigger
        if act.kind == ActionKind.SUCCESSION:
            # The bond of the predecessor goes on: there is no waiting (Convention on succession of 1978).
            begins = self.reckoning.track.world.start(act.effective) if act.effective else consent.start
            day, rule = max(begins, eif), "succession"
        elif threshold is not None and consent.start <= threshold:
            day, rule = eif, "original"
        elif later:
            own = self.reckoning.of(instrument=consent.start, agreement=eif)
            spans = own.spans(later.rule)
            if not spans:
                return None, "own"
            day, rule = max(spans[0].start, eif), "own"
        else:
            day, rule = max(consent.start, eif), "general" if consent.start > eif else "original"
        # Whoever withdrew its instrument before that day was never bound.
        return (None if consent.end is not None and consent.end <= day else day), rule


def _binding(rule: Rule) -> tuple[str, ...] | None:
    """Return the acts that bind under a clause, None for the usual ones.

    Where it counts nothing but signatures, a signature binds (VCLT 12); where it counts nothing but notifications, a
    ratification at home does not yet.
    """
    counted = [part.acts.kinds for part in walk(rule) if isinstance(part, Count | Share)]
    kinds = [kind.value for kind in ActionKind.consents()]
    if counted and all(one and BINDING_SIGNATURE in one for one in counted):
        return (*kinds, BINDING_SIGNATURE)
    if counted and all(one == (ActionKind.NOTIFICATION.value,) for one in counted):
        at_home = {kind.value for kind in ActionKind.after_signature()}
        return (*(kind for kind in kinds if kind not in at_home), DEFINITIVE_SIGNATURE)
    return None


def _basis(rule: Rule) -> Basis:
    """Return the day of an act that counts for the party itself: the one that all thresholds take, or the receipt."""
    found = {part.acts.basis for part in walk(rule) if isinstance(part, Count | Share)}
    return found.pop() if len(found) == 1 else Basis.RECEIVED


def _notices(reckoning: Reckoning) -> dict[Act, date]:
    """Return the day on which each denunciation takes effect by the clause's own rule."""
    leaving = reckoning.clause.leaving
    if leaving is None:
        return {}
    track, found = reckoning.track, {}
    for act in track.acts:
        if act.kind == ActionKind.DENUNCIATION:
            spans = reckoning.of(notice=track.moment(act)).spans(leaving.takes_effect)
            if spans:
                found[act] = spans[0].start
    return found


def _parties(early: _Pass, late: _Pass) -> tuple[PartyDate, ...]:
    found = []
    for act in {**early.dates, **late.dates}:
        first, last = early.dates.get(act), late.dates.get(act)
        consent, _day, rule = last or first or (None, None, "original")
        if consent is None:
            continue
        ends = [pair[0].end for pair in (first, last) if pair and pair[0].end is not None]
        found.append(
            PartyDate(
                party=act.party,
                act=act,
                on=act.day(),
                date=between(first and first[1], last and last[1]),
                rule=rule,  # type: ignore[arg-type]
                until=between(min(ends), max(ends)) if ends else None,
                ended_by=consent.ended_by,
                extinct=consent.extinct,
                notice_from=between(
                    first and early.notice_from(first[1]),
                    last and late.notice_from(last[1]),
                ),
            )
        )
    return tuple(sorted(found, key=lambda entry: (entry.on.latest, entry.on.earliest, entry.party)))


def _applied_by(early: _Pass, late: _Pass) -> dict[str, FuzzyDate]:
    first, last = early.applied_by(), late.applied_by()
    days = {party: between(first.get(party), last.get(party)) for party in {**first, **last}}
    return {party: day for party, day in days.items() if day is not None}
