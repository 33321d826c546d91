"""What participants did: append-only tracks of acts, and what follows from them on a day (VCLT 7-25, 54-58).

Pure: an `Act` says what happened, never what it means. Standing, consent and the clocks of reservations are derived,
each time, from all the acts that are known. Several acts of one party all stay.
"""

import calendar
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from agreements.choices import ActionKind, SignatureManner
from agreements.dates import FuzzyDate
from agreements.words import Texts

#: Notice of a denunciation where the treaty is silent, in months (VCLT 56(2)).
NOTICE_MONTHS = 12
#: After so many months a reservation counts as accepted by a state that did not object (VCLT 20(5)).
TACIT_ACCEPTANCE_MONTHS = 12
#: Signed together, each participant signs with the step: such an act has this mark in its id.
IMPLIED = "step:"
#: Among kinds of acts: a signature by which a party can be bound, where the treaty says that signing binds.
BINDING_SIGNATURE = "binding_signature"
_CONSENTS = frozenset(kind.value for kind in ActionKind.consents())


class Basis(StrEnum):
    """Which day of an act counts: that of the act, of its receipt by the depositary, or that of its effect."""

    ACTED = "acted"
    RECEIVED = "received"
    EFFECTIVE = "effective"


@dataclass(frozen=True)
class Participant:
    """A state or organisation that takes part, with the spans of its memberships: (organisation, first, last day)."""

    code: str
    names: Texts = field(default_factory=dict)
    organisation: bool = False
    memberships: tuple[tuple[str, date, date | None], ...] = ()
    #: The last day of one that is no more: what bound it ends with it, and its successors speak for themselves.
    until: date | None = None
    #: Whether it may have joined: then it is one of the participants only from its accession or succession on, if it
    #: has not signed.
    joined: bool = False

    def belongs_to(self, organisation: str, day: date) -> bool:
        """Whether it is a member of the organisation on the day."""
        return any(
            code == organisation and since <= day and (until is None or day <= until)
            for code, since, until in self.memberships
        )

    def left(self, organisation: str, day: date) -> bool:
        """Whether it was a member of the organisation before the day and no longer is."""
        joined = any(code == organisation and since <= day for code, since, _until in self.memberships)
        return joined and not self.belongs_to(organisation, day)


@dataclass(frozen=True)
class Act:
    """One act of one party. `target` is the id of the act that it withdraws, confirms or objects to.

    `received` is the day on which the depositary, or the other side, received it; `effective` the day on which it
    takes effect where a source states one. `scope` says what of the agreement it concerns; empty is the whole.
    """

    party: str
    kind: ActionKind
    on: FuzzyDate
    received: FuzzyDate | None = None
    effective: FuzzyDate | None = None
    manner: str = ""
    scope: str = ""
    target: str = ""
    id: str = ""

    def __hash__(self) -> int:
        # Equal acts have equal hashes; these fields tell the others apart well enough, and the days are dear to hash.
        return hash((self.party, self.kind, self.on.earliest, self.id))

    def day(self, basis: Basis = Basis.RECEIVED) -> FuzzyDate:
        """Return the day that counts, or the next best one that is known."""
        if self.effective is not None and basis == Basis.EFFECTIVE:
            return self.effective
        if self.received is not None and basis != Basis.ACTED:
            return self.received
        return self.on

    @property
    def exact(self) -> bool:
        """Whether all its days are known to the day."""
        return (
            self.on.earliest == self.on.latest
            and (self.received is None or self.received.earliest == self.received.latest)
            and (self.effective is None or self.effective.earliest == self.effective.latest)
        )

    @property
    def definitive(self) -> bool:
        """Whether it is a signature that expresses consent to be bound by itself (VCLT 12)."""
        return self.kind == ActionKind.SIGNATURE and self.manner == SignatureManner.DEFINITIVE


class World(StrEnum):
    """Imprecise dates are taken twice: everything as early as it can have been, and as late."""

    EARLY = "early"
    LATE = "late"

    def start(self, when: FuzzyDate) -> date:
        """Return the day on which something that begins is taken to begin."""
        return when.earliest if self == World.EARLY else when.latest

    def end(self, when: FuzzyDate) -> date:
        """Return the day on which something that ends is taken to end: early consents last long."""
        return when.latest if self == World.EARLY else when.earliest


@dataclass(frozen=True)
class Consent:
    """A span of consent to be bound: from its act to the day on which a withdrawal or denunciation takes effect."""

    act: Act
    start: date
    end: date | None = None
    ended_by: Act | None = None
    #: It ended because the party itself is no more.
    extinct: bool = False

    @property
    def party(self) -> str:
        """The code of the party that consents."""
        return self.act.party

    def stands(self, day: date) -> bool:
        """Whether it stands on the day."""
        return self.start <= day and (self.end is None or day < self.end)


class Track:
    """The acts of all parties as far as they are done by a day, in one world."""

    def __init__(
        self, acts: Iterable[Act], on: date, world: World = World.LATE, last_days: Mapping[str, date] | None = None
    ) -> None:
        self.on, self.world = on, world
        #: From these days parties are no more, by code.
        self.gone = {code: add_days(day, 1) for code, day in (last_days or {}).items()}
        given = list(acts)
        self._known = {act.id: act for act in given if act.id}
        # The order is that of the days; where they are equal it must not depend on the order of recording.
        dated = [
            (day, act.day().earliest, act.party, act.kind.value, act.id, place)
            for place, act in enumerate(given)
            if (day := self.moment(act)) <= on and (act.received is None or self.moment(act, Basis.ACTED) <= on)
        ]
        dated.sort()
        if any(one[0] == other[0] and one[:-1] == other[:-1] for one, other in pairwise(dated)):
            dated.sort(key=lambda entry: (*entry[:-1], repr(given[entry[-1]])))
        self.acts = [given[entry[-1]] for entry in dated]
        self._by_party: dict[str, list[Act]] = {}
        self._against: dict[str, list[Act]] = {}
        for act in self.acts:
            self._by_party.setdefault(act.party, []).append(act)
            if act.kind == ActionKind.WITHDRAWAL and self._ends(act) is not None:
                self._against.setdefault(act.target, []).append(act)
        self.withdrawals = {
            target: found
            for target, aimed in self._against.items()
            if (found := next((one for one in aimed if not self._revoked(one)), None))
        }
        self._signatures: list[tuple[str, date, date | None]] | None = None
        self._denunciations: dict[str, list[Act]] = {}
        for act in self.acts:
            # One that concerns a part only leaves the rest of the bond as it is (VCLT 44).
            if act.kind == ActionKind.DENUNCIATION and not act.scope:
                self._denunciations.setdefault(act.party, []).append(act)

    def _ends(self, act: Act) -> bool | None:
        """Whether an act ends a consent (rather than making or restoring one); None if it aims at nothing of its own.

        A denunciation does, and the withdrawal of a ratification; the withdrawal of a denunciation restores.
        """
        flips = 0
        party = act.party
        while act.kind == ActionKind.WITHDRAWAL:
            target = self._known.get(act.target)
            flips += 1
            if target is None or target.party != party or flips > len(self._known):
                return None
            act = target
        return (act.kind == ActionKind.DENUNCIATION) != (flips % 2 == 1)

    def moment(self, act: Act, basis: Basis = Basis.RECEIVED) -> date:
        """Return the day on which an act is taken to count: early consents begin early and end late."""
        when = act.day(basis)
        if when.earliest == when.latest:
            return when.earliest
        ends = act.kind in (ActionKind.DENUNCIATION, ActionKind.WITHDRAWAL) and self._ends(act)
        return self.world.end(when) if ends else self.world.start(when)

    @property
    def parties(self) -> list[str]:
        """The parties that did anything, in the order of their first acts."""
        return list(self._by_party)

    def of(self, party: str, *kinds: ActionKind) -> list[Act]:
        """Return the acts of a party, of these kinds if any are named, earliest first."""
        return [act for act in self._by_party.get(party, ()) if not kinds or act.kind in kinds]

    def _revoked(self, act: Act, effect: date | None = None) -> bool:
        """Whether an act was withdrawn no later than it took effect; what has taken effect can only be done anew."""
        until = effect or self.moment(act, Basis.EFFECTIVE)
        aimed = self._against.get(act.id, ()) if act.id else ()
        return any(self.moment(one, Basis.EFFECTIVE) <= until and not self._revoked(one) for one in aimed)

    def withdrawn_on(self, act: Act) -> date | None:
        """Return the day on which an act was withdrawn, or None."""
        gone = self.withdrawals.get(act.id) if act.id else None
        return self.moment(gone, Basis.EFFECTIVE) if gone else None

    def standing(self, party: str, *kinds: ActionKind, day: date | None = None) -> list[Act]:
        """Return the acts of a party that are done by the day (by default the track's) and not withdrawn."""
        day = day or self.on
        return [
            act
            for act in self.of(party, *kinds)
            if self.moment(act) <= day and ((gone := self.withdrawn_on(act)) is None or gone > day)
        ]

    def signed_on(self, act: Act) -> date | None:
        """Return the day from which a signature counts; one ad referendum must be confirmed (VCLT 12(2)(b))."""
        if act.manner != SignatureManner.AD_REFERENDUM:
            return self.world.start(act.day(Basis.ACTED))
        days = [
            self.world.start(confirmation.day())
            for confirmation in self.of(act.party, ActionKind.CONFIRMATION)
            if act.id and confirmation.target == act.id and self.withdrawn_on(confirmation) is None
        ]
        return min(days, default=None)

    def signatures(self) -> list[tuple[str, date, date | None]]:
        """Return the spans in which signatures stand: the party, the first day, the day of withdrawal."""
        if self._signatures is None:
            self._signatures = [
                (act.party, day, _first_of(self.withdrawn_on(act), self.gone.get(act.party)))
                for act in self.acts
                if act.kind == ActionKind.SIGNATURE and (day := self.signed_on(act)) is not None and day <= self.on
            ]
        return self._signatures

    def signatories(self, day: date | None = None) -> set[str]:
        """Return those whose signatures stand on the day (by default the track's)."""
        day = day or self.on
        return {party for party, since, until in self.signatures() if since <= day and (until is None or day < until)}

    def consents(
        self,
        kinds: Collection[str] | None = None,
        basis: Basis = Basis.RECEIVED,
        *,
        notice: "Mapping[Act, date] | None" = None,
        ignore_withdrawn: bool = False,
    ) -> list[Consent]:
        """Return the spans of consent by acts of these kinds (any consent by default), in the order of their days.

        A span ends where its instrument is withdrawn, and where a denunciation takes effect: on the day that is
        stated, else on the one in `notice` (by act), else twelve months after the notice (VCLT 56(2)). It ends with
        the party, too.
        """
        found = []
        for act in self.acts:
            start = self._consent_day(act, kinds, basis)
            if start is None:
                continue
            ends = [] if ignore_withdrawn else list(self._ends_of(act, notice or {}))
            end, by = min(ends, key=lambda pair: pair[0], default=(None, None))
            last = self.gone.get(act.party)
            if extinct := last is not None and (end is None or last < end):
                end, by = last, None
            if end is None or end > start:
                found.append(Consent(act, start, end, by, extinct))
        return sorted(found, key=lambda consent: consent.start)

    def _consent_day(self, act: Act, kinds: Collection[str] | None, basis: Basis) -> date | None:
        if act.kind != ActionKind.SIGNATURE:
            return self.world.start(act.day(basis)) if act.kind in (_CONSENTS if kinds is None else kinds) else None
        if kinds is None:
            return self.signed_on(act) if act.definitive else None
        # Once confirmed, one ad referendum is full (VCLT 12(2)(b)); one subject to ratification binds nobody.
        full = act.definitive or act.manner == SignatureManner.AD_REFERENDUM
        binding = BINDING_SIGNATURE in kinds and act.manner != SignatureManner.SUBJECT
        counted = binding or "signature" in kinds or ("definitive_signature" in kinds and full)
        return self.signed_on(act) if counted else None

    def _ends_of(self, act: Act, notice: Mapping[Act, date]) -> Iterator[tuple[date, Act]]:
        gone = self.withdrawals.get(act.id) if act.id else None
        if gone:
            yield self.moment(gone, Basis.EFFECTIVE), gone
        for denunciation in self._denunciations.get(act.party, ()):
            # A denunciation ends what was consented before it, not a later return.
            if denunciation.day().latest > act.day().earliest:
                day = self.denounced_on(denunciation, notice)
                if not self._revoked(denunciation, day):
                    yield day, denunciation

    def denounced_on(self, act: Act, notice: Mapping[Act, date] | None = None) -> date:
        """Return the day on which a denunciation takes effect."""
        if act.effective is not None:
            return self.world.end(act.effective)
        return (notice or {}).get(act) or add_months(self.world.end(act.day()), NOTICE_MONTHS)


def _first_of(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


# ---- the arithmetic of days ----
def add_days(day: date, days: int) -> date:
    """Return the day so many days after: "the 30th day following" is the date and 30 days."""
    if day in (date.min, date.max):
        return day
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max


def add_months(day: date, months: int, *, overflow: bool = False) -> date:
    """Return the same day so many months later; where that month has no such day its last one.

    With `overflow` the day after that last one: 31 March and three months is 1 July then, not 30 June.
    """
    if day in (date.min, date.max):
        return day
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        return date.max
    last = calendar.monthrange(year, month + 1)[1]
    if day.day > last and overflow:
        return add_days(date(year, month + 1, last), 1)
    return date(year, month + 1, min(day.day, last))


# ---- reservations ----
@dataclass(frozen=True)
class Answer:
    """How one party stands to another's reservation.

    `by` is the end of its clock of tacit acceptance; of one that has not consented to be bound (not `contracting`) the
    clock ends with its consent, and not before `by`.
    """

    party: str
    state: str
    by: date | None
    objection: Act | None = None
    contracting: bool = True

    @property
    def late(self) -> bool:
        """Whether the objection came after the clock had run out."""
        if self.objection is None or self.by is None or not self.contracting:
            return False
        return self.objection.day().earliest > self.by


@dataclass(frozen=True)
class Reservation:
    """A reservation with the answers of the other parties (VCLT 19-23)."""

    act: Act
    withdrawn: Act | None
    answers: tuple[Answer, ...]


def reservations(
    acts: Sequence[Act], on: date, others: Collection[str], *, months: int = TACIT_ACCEPTANCE_MONTHS
) -> list[Reservation]:
    """Return every reservation made by the day, with how each of the others answered it.

    A contracting party that raised no objection is considered to have accepted by the end of twelve months after it
    was notified or by the date of its own consent to be bound, whichever is later (VCLT 20(5)). The state is
    "objected", "accepted" or "open"; `by` is None where the reservation's day is not known.
    """
    track = Track(acts, on)
    consents = {consent.party: consent for consent in reversed(track.consents())}
    raised: dict[str, list[Act]] = {}
    for act in track.acts:
        if act.kind == ActionKind.OBJECTION and act.target:
            raised.setdefault(act.target, []).append(act)
    found = []
    for act in track.acts:
        if act.kind != ActionKind.RESERVATION:
            continue
        objections: dict[str, tuple[Act, bool]] = {}
        for objection in raised.get(act.id, ()) if act.id else ():
            stands = track.withdrawn_on(objection) is None
            if stands or objection.party not in objections:
                objections[objection.party] = (objection, stands)
        notified = act.day().latest
        clock = None if notified == date.max else add_months(notified, months)
        answers = [
            _answer(party, objections.get(party), consents.get(party), on, clock)
            for party in others
            if party != act.party
        ]
        found.append(Reservation(act, track.withdrawals.get(act.id) if act.id else None, tuple(answers)))
    return found


def _answer(
    party: str, objection: tuple[Act, bool] | None, consent: Consent | None, on: date, clock: date | None
) -> Answer:
    by = max(clock, consent.start) if clock and consent else clock
    if objection and objection[1]:
        return Answer(party, "objected", by, objection[0], consent is not None)
    # Only a contracting party can have accepted: for the others the clock waits for their consent. Whoever withdraws
    # its objection accepts there and then (VCLT 22(2)).
    accepted = consent is not None and (objection is not None or (by is not None and by < on))
    return Answer(party, "accepted" if accepted else "open", by, contracting=consent is not None)


def by_today(act: Act, today: date) -> Act:
    """Return the act with its bounds narrowed by what is certain: what is recorded as done has happened by today."""
    if act.on.latest <= today or act.on.earliest > today:
        return act
    return replace(act, on=replace(act.on, latest=today))
