"""Computing a clause: on which days each rule holds, given the acts that are known.

Every rule yields spans of days, each with its cause: the day, the parties whose acts brought it about, and the causes
below it. Sequence of recording plays no part. Imprecise dates are taken twice, as early and as late as possible.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from math import ceil, floor

from agreements.entry_into_force.clause import (
    PARTICIPANTS,
    SIGNATORIES,
    Acts,
    After,
    AllOf,
    AnyOf,
    Clause,
    Count,
    FirstOf,
    Fixed,
    Own,
    Provided,
    Rule,
    Share,
)
from agreements.tracks import Act, Basis, Consent, Participant, Track, add_days, add_months


@dataclass(frozen=True)
class Cause:
    """Why a rule holds: from which day, by whose acts, and what lies below. `tally` counts (or weighs) up to it.

    `sure`: it was these parties; otherwise one or more of them, for the days of acts are not known exactly.
    """

    rule: Rule
    day: date
    parties: tuple[str, ...] = ()
    tally: Fraction = Fraction(0)
    needed: Fraction = Fraction(0)
    below: tuple["Cause", ...] = ()
    sure: bool = True

    def thresholds(self) -> list["Cause"]:
        """Return the causes of all thresholds that were reached."""
        return [cause for cause in self._all() if isinstance(cause.rule, Count | Share)]

    def trigger(self) -> tuple[date, tuple[str, ...]] | None:
        """Return the day on which the last threshold was reached, and all whose acts reached one on that day.

        None where days alone decide.
        """
        reached = self.thresholds()
        if not reached:
            return None
        day = max(cause.day for cause in reached)
        parties = sorted({code for cause in reached if cause.day == day for code in cause.parties})
        return day, tuple(parties)

    def _all(self) -> "Iterator[Cause]":
        yield self
        for part in self.below:
            yield from part._all()


@dataclass(frozen=True)
class Span:
    """Days on which a rule holds: from the first one up to, without, the last."""

    start: date
    end: date | None
    cause: Cause

    def covers(self, day: date) -> bool:
        """Whether the rule holds on the day."""
        return self.start <= day and (self.end is None or day < self.end)


@dataclass
class Reckoning:
    """One pass over a clause in one world. `supposed`: whatever is missing comes on that day."""

    clause: Clause
    track: Track
    participants: Mapping[str, Participant]
    supposed: date | None = None
    #: A threshold must still stand on this day: what was reached and lost before it does not count.
    since: date | None = None
    #: The same with every imprecise date taken early: what may be there already.
    possible: "Reckoning | None" = None
    #: By which act whoever joined later takes part.
    joined: Mapping[str, Act] = field(default_factory=dict)
    own: Mapping[str, date] = field(default_factory=dict)
    notice: dict[Act, date] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)
    _consents: dict[tuple[object, ...], list[Consent]] = field(default_factory=dict)
    #: What was reckoned, by the identity of the rule; another supposition has its own.
    _spans: dict[int, list[Span]] = field(default_factory=dict)

    @property
    def on(self) -> date:
        """The day as of which is reckoned."""
        return self.track.on

    def spans(self, rule: Rule) -> list[Span]:
        """Return the days on which a rule holds, earliest first, without overlap."""
        if id(rule) not in self._spans:
            self._spans[id(rule)] = self._reckon(rule)
        return self._spans[id(rule)]

    def _reckon(self, rule: Rule) -> list[Span]:
        match rule:
            case Count() | Share():
                return self._counted(rule)
            case Fixed():
                return self._fixed(rule)
            case After(of=of):
                return [later for span in self.spans(of) if (later := self._after(rule, span))][:1]
            case FirstOf(of=of):
                return [
                    Span(first := self._first(rule, span.start), None, Cause(rule, first, below=(span.cause,)))
                    for span in self.spans(of)[:1]
                ]
            case AllOf(parts=parts):
                return self._overlap(rule, [self.spans(part) for part in parts], len(parts))
            case AnyOf(parts=parts, least=least):
                return self._overlap(rule, [self.spans(part) for part in parts], least)
            case Provided():
                return self._provided(rule)
            case Own(what=what):
                return [Span(self.own[what], None, Cause(rule, self.own[what]))] if what in self.own else []

    def standing(self, rule: Rule) -> bool:
        """Whether nothing more has to be done for a rule: it holds, or will by the passing of days alone."""
        return any(span.end is None or span.end > self.on for span in self.spans(rule))

    # ---- acts ----
    def consents(self, acts: Acts) -> Sequence[Consent]:
        """Return the spans of consent by the acts that count."""
        found = self.bonds(acts.kinds, acts.basis, ignore_withdrawn=self.clause.withdrawn_count)
        if acts.among is None and not acts.besides:
            return found
        return [
            consent
            for consent in found
            if (acts.among is None or consent.party in acts.among) and consent.party not in acts.besides
        ]

    def bonds(
        self, kinds: tuple[str, ...] | None, basis: Basis, *, ignore_withdrawn: bool = False
    ) -> Sequence[Consent]:
        """Return the spans of consent by acts of these kinds, by whomever; reckoned once."""
        key = (kinds, basis, ignore_withdrawn)
        if key not in self._consents:
            self._consents[key] = self.track.consents(
                kinds, basis, notice=self.notice, ignore_withdrawn=ignore_withdrawn
            )
        return self._consents[key]

    def counted(self, acts: Acts, present: Iterable[str], day: date) -> set[str]:
        """Return those present who count on the day, organisations as the clause says."""
        present = set(present)
        bodies = {code for code in present if code in self.participants and self.participants[code].organisation}
        if acts.organisations == "counted" or not bodies:
            return present
        if acts.organisations == "not_counted":
            return present - bodies
        states = present - bodies
        # Whoever acts without being a participant on record is a member of nothing.
        known = [self.participants[code] for code in states if code in self.participants]
        return states | {body for body in bodies if not any(state.belongs_to(body, day) for state in known)}

    def base(self, rule: Count, day: date) -> frozenset[str]:
        """Return the parties of which a fraction is asked on the day."""
        acts = rule.acts
        if rule.base == SIGNATORIES:
            codes = self.track.signatories(day)
        elif acts.among is not None:
            codes = set(acts.among)
        else:
            codes = {code for code in self.participants if self._begun(code, acts, day)}
        codes -= acts.besides
        if acts.among is None:
            # Nobody waits for a state that is no more, unless the clause names it.
            codes = {code for code in codes if not self.gone(code, day)}
        if acts.organisations == "not_counted":
            codes = {code for code in codes if not self.is_body(code)}
        if self.clause.former_members == "not_counted":
            codes = {code for code in codes if not self._left(code, day)}
        return frozenset(codes)

    def _begun(self, code: str, acts: Acts, day: date) -> bool:
        """Whether one of the participants is that already on the day: who joined later is by an act that counts."""
        act = self.joined.get(code)
        if act is None:
            return True
        return (acts.kinds is None or act.kind in acts.kinds) and self.track.world.start(act.day()) <= day

    def needed(self, rule: Count | Share, day: date) -> Fraction:
        """Return how much is needed on the day: parties, or weight."""
        if isinstance(rule, Share):
            return rule.share * rule.table.total
        if rule.number is not None:
            return Fraction(rule.number)
        size = rule.base if isinstance(rule.base, int) else len(self.base(rule, day))
        part = (rule.fraction or Fraction(1)) * size
        return Fraction(floor(part) + 1 if rule.more_than else ceil(part))

    def weigh(self, rule: Count | Share, present: set[str], day: date) -> Fraction:
        """Return how many, or how much, the parties present amount to on the day."""
        counted = self.counted(rule.acts, present, day)
        if isinstance(rule, Share):
            return sum((rule.table.weights.get(code, Fraction(0)) for code in counted), Fraction(0))
        if rule.limited:
            counted &= self.base(rule, day)
        return Fraction(len(counted))

    def enough(self, rule: Count | Share, tally: Fraction, day: date) -> bool:
        """Whether a tally reaches the threshold on the day."""
        return self.reaches(rule, tally, self.needed(rule, day))

    def reaches(self, rule: Count | Share, tally: Fraction | int, needed: Fraction | int) -> bool:
        """Whether a tally is what is needed, or more."""
        if isinstance(rule, Share) and rule.more_than:
            return tally > needed
        # A fraction of nobody is nothing: it is not met by nobody.
        return tally >= needed > 0

    def present(self, rule: Count | Share, day: date) -> set[str]:
        """Return the parties whose acts stand on the day."""
        return {consent.party for consent in self.consents(rule.acts) if consent.stands(day)}

    def is_body(self, code: str) -> bool:
        """Whether a participant is an organisation."""
        return code in self.participants and self.participants[code].organisation

    def _left(self, code: str, day: date) -> bool:
        member = self.participants.get(code)
        return member is not None and any(
            self.is_body(body) and member.left(body, day) for body, _since, _until in member.memberships
        )

    def _counted(self, rule: Count | Share) -> list[Span]:
        if isinstance(rule, Count) and (problem := self._nobody(rule)):
            self.problems.append((problem, ""))
            return []
        coming: defaultdict[date, list[str]] = defaultdict(list)
        going: defaultdict[date, list[str]] = defaultdict(list)
        for consent in self.consents(rule.acts):
            coming[consent.start].append(consent.act.party)
            if consent.end is not None:
                going[consent.end].append(consent.act.party)
        tally, others = _Tally(self, rule), self._other_days(rule)
        spans: list[Span] = []
        cause: Cause | None = None
        for day in sorted({*coming, *going, *others}):
            came, went = coming.get(day, ()), going.get(day, ())
            new = {code for code in came if code not in tally.here} if cause is None else ()
            tally.move(day, came, went, afresh=day in others)
            if tally.reached:
                if cause is None:
                    cause = tally.cause(day, new)
            elif cause is not None:
                spans.append(Span(cause.day, day, cause))
                cause = None
        if cause is not None:
            spans.append(Span(cause.day, None, cause))
        elif self.supposed is not None and self._reachable(rule):
            spans.append(Span(self.supposed, None, Cause(rule, self.supposed)))
        if not spans and (gone := self._unreachable(rule)):
            self.problems.append(("party-gone", gone))
        if self.since is not None:
            spans = [span for span in spans if span.end is None or span.end > self.since]
        return spans

    def _unreachable(self, rule: Count | Share) -> str:
        """Return a party that the clause names and that is no more, where it cannot be done without."""
        named = rule.acts.among or ()
        gone = [code for code in named if self.gone(code, self.on) and code not in rule.acts.besides]
        if not gone or not isinstance(rule, Count):
            return ""
        left = {code for code in named if code not in gone}
        return gone[0] if self.weigh(rule, left, self.on) < self.needed(rule, self.on) else ""

    def gone(self, code: str, day: date) -> bool:
        """Whether a party is no more on the day."""
        return code in self.track.gone and self.track.gone[code] <= day

    def _nobody(self, rule: Count) -> str:
        """Return the problem that there is nobody of whom a fraction could be asked."""
        if rule.fraction is None or not rule.limited:
            return ""
        if rule.base == SIGNATORIES:
            return "" if self.track.signatures() else "nobody-signed"
        return "nobody" if rule.base == PARTICIPANTS and not self.participants else ""

    def _reachable(self, rule: Count | Share) -> bool:
        """Whether it would be enough if everybody who can act did."""
        if isinstance(rule, Share):
            return True
        if not rule.limited or (rule.base == SIGNATORIES and rule.number is not None):
            return True
        return self.needed(rule, self.on) <= len(self.base(rule, self.on))

    def _other_days(self, rule: Count | Share) -> set[date]:
        """Return the days on which a tally can change without an act that counts: signatures and memberships."""
        days: set[date] = set()
        if isinstance(rule, Count) and rule.base == SIGNATORIES:
            days |= {day for _party, since, until in self.track.signatures() for day in (since, until) if day}
        if isinstance(rule, Count) and rule.base == PARTICIPANTS:
            days |= {*self.track.gone.values()}
            days |= {self.track.world.start(act.day()) for act in self.joined.values()}
        if rule.acts.organisations == "not_beside_members" or self.clause.former_members == "not_counted":
            for member in self.participants.values():
                for body, since, until in member.memberships:
                    if self.is_body(body):
                        days |= {since} | ({add_days(until, 1)} if until else set())
        return {day for day in days if day <= self.on}

    # ---- days ----
    def _fixed(self, rule: Fixed) -> list[Span]:
        day = rule.day or self.clause.dates.get(rule.name)
        if day is None:
            self.problems.append(("date-missing", rule.name))
            return []
        start = self.track.world.start(day)
        return [Span(start, None, Cause(rule, start))]

    def _after(self, rule: After, span: Span) -> Span | None:
        day = add_months(
            add_days(span.start, rule.days + (1 if rule.clear else 0)), rule.months, overflow=rule.overflow
        )
        if rule.lasting and span.end is not None and span.end <= day:
            return None
        return Span(day, None, Cause(rule, day, below=(span.cause,)))

    def _first(self, rule: FirstOf, day: date) -> date:
        if day in (date.min, date.max):
            return day
        first = day.replace(day=1) if rule.unit == "month" else day.replace(month=1, day=1)
        steps = rule.nth - (1 if rule.inclusive and day == first else 0)
        return add_months(first, steps * (1 if rule.unit == "month" else 12))

    # ---- compositions ----
    def _overlap(self, rule: Rule, sides: Sequence[Sequence[Span]], least: int) -> list[Span]:
        """Return the days on which at least so many of the sides hold."""
        days = sorted({day for side in sides for span in side for day in (span.start, span.end) if day is not None})
        found: list[Span] = []
        cause: Cause | None = None
        for day in days:
            below = tuple(span.cause for side in sides for span in side if span.covers(day))
            if len(below) >= least:
                if cause is None:
                    used = below if isinstance(rule, AllOf) else tuple(sorted(below, key=lambda c: c.day)[:least])
                    cause = Cause(rule, day, below=used)
            elif cause is not None:
                found.append(Span(cause.day, day, cause))
                cause = None
        return [*found, Span(cause.day, None, cause)] if cause is not None else found

    def _provided(self, rule: Provided) -> list[Span]:
        for span in self.spans(rule.condition):
            if span.covers(rule.on):
                return [Span(rule.on, None, Cause(rule, rule.on, below=(span.cause,)))]
        return [
            Span(day := max(span.start, rule.on), None, Cause(rule, day, below=(span.cause,)))
            for span in replace(self, since=rule.on, _spans={}).spans(rule.otherwise)[:1]
        ]

    def supposing(self, day: date) -> "Reckoning":
        """Return the same reckoning in which whatever is missing comes on a day."""
        return replace(self, supposed=day, problems=[], _spans={})

    def of(self, **own: date) -> "Reckoning":
        """Return the same reckoning about one party, with the days of its own acts."""
        return Reckoning(
            self.clause,
            self.track,
            self.participants,
            self.supposed,
            joined=self.joined,
            own=own,
            notice=self.notice,
            _consents=self._consents,
        )


class _Tally:
    """What the parties present amount to, kept up from day to day; the same as `Reckoning.weigh`, without a recount.

    In whole numbers: of parties, or of the parts into which a table divides its weights.
    """

    def __init__(self, reckoning: Reckoning, rule: Count | Share) -> None:
        self.reckoning, self.rule = reckoning, rule
        self.here: set[str] = set()
        self.sum = 0
        self._unit = rule.table.unit if isinstance(rule, Share) else 1
        self._worth: Mapping[str, int] = rule.table.parts if isinstance(rule, Share) else {}
        self._needed = Fraction(0)
        self._enough = 0
        self._times: dict[str, int] = {}
        self._states = 0
        self._bodies: set[str] = set()
        self._base: frozenset[str] | None = None
        self._begun = False

    def move(self, day: date, came: Sequence[str], went: Sequence[str], *, afresh: bool) -> None:
        """Take the acts of a day into account; `afresh` where whoever counts, or how much is needed, changes too."""
        if afresh or not self._begun:
            self._begin(day)
        times = self._times
        for code in came:
            times[code] = times.get(code, 0) + 1
        for code in went:
            times[code] -= 1
        for code in (*came, *went):
            if (times[code] > 0) != (code in self.here):
                self._turn(code)
        self.sum = self._states
        if self._bodies:
            counted = self.reckoning.counted(self.rule.acts, self.here, day)
            self.sum += sum(self.worth(code) for code in self._bodies & counted)

    @property
    def reached(self) -> bool:
        """Whether it is what is needed, or more."""
        return self.sum >= self._enough

    def cause(self, day: date, new: Iterable[str]) -> Cause:
        """Return why it is reached on a day: by those who are new that day and count."""
        counted = self.reckoning.counted(self.rule.acts, self.here, day)
        brought = tuple(sorted(code for code in new if code in counted and self.worth(code)))
        return Cause(self.rule, day, brought, Fraction(self.sum, self._unit), self._needed)

    def worth(self, code: str) -> int:
        """Return what a party weighs if it counts."""
        if isinstance(self.rule, Share):
            return self._worth.get(code, 0)
        return int(self._base is None or code in self._base)

    def _begin(self, day: date) -> None:
        rule = self.rule
        self._begun = True
        self._needed = self.reckoning.needed(rule, day)
        self._base = self.reckoning.base(rule, day) if isinstance(rule, Count) and rule.limited else None
        if isinstance(rule, Share) and rule.more_than:
            self._enough = floor(self._needed * self._unit) + 1
        else:
            # A fraction of nobody is nothing: it is not met by nobody.
            self._enough = ceil(self._needed * self._unit) if self._needed > 0 else sys.maxsize
        here, self.here, self._bodies, self._states = self.here, set(), set(), 0
        for code in here:
            self._turn(code)

    def _turn(self, code: str) -> None:
        """Let a party come, or go."""
        comes = code not in self.here
        (self.here.add if comes else self.here.remove)(code)
        if self.rule.acts.organisations != "counted" and self.reckoning.is_body(code):
            (self._bodies.add if comes else self._bodies.remove)(code)
        else:
            self._states += self.worth(code) if comes else -self.worth(code)
