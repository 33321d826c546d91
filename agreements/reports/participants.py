"""Each participant's row: what it signed and consented to, what that amounts to on a day, and what is not certain."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from agreements.chains import Chain, Told, said_in
from agreements.choices import ActionKind, Certainty, Role, Status
from agreements.dates import FuzzyDate
from agreements.entry_into_force import PartyStanding, explain_party
from agreements.tracking import Tracked
from agreements.tracks import TACIT_ACCEPTANCE_MONTHS, Act, Answer, Basis, Track, World, reservations
from agreements.words import Texts, Worded, alphabetical, pick, worded

_SIGNING = (ActionKind.SIGNATURE, ActionKind.CONFIRMATION)
#: Acts that make, end or restore consent to be bound, beside a signature that is definitive.
_CONSENTING = (*ActionKind.consents(), ActionKind.DENUNCIATION, ActionKind.SUSPENSION)
#: What a status makes of who negotiated.
_ROLES = {
    Status.SIGNED: Role.SIGNATORY,
    Status.CONSENT_GIVEN: Role.SIGNATORY,
    Status.BOUND: Role.PARTY,
    Status.SUSPENDED: Role.PARTY,
    Status.WITHDRAWN: Role.PARTY,
}


@dataclass(frozen=True)
class Done:
    """An act with what is certain about it: `certain` says that it was done by the day, whatever its exact date.

    `withdrawn` is the day on which its withdrawal took effect. A signature that the step of signing tells is `implied`.
    """

    act: Act
    certain: bool
    withdrawn: FuzzyDate | None
    certainty: Certainty
    what: Worded
    source: str
    implied: bool


@dataclass(frozen=True)
class Reserved:
    """A reservation with the answers of the others; the clock of each runs by itself (VCLT 20(5))."""

    done: Done
    answers: tuple[Answer, ...]

    def of(self, state: str) -> list[Answer]:
        """Return those who objected, who accepted, or whose clock is open."""
        return [answer for answer in self.answers if answer.state == state]


@dataclass(frozen=True)
class Bound:
    """From when to when the agreement binds a participant, and why from then; `conflict`: a source states another day.

    `ahead` says that the first day is still to come; it is not `certain` where it depends on imprecise days.
    """

    since: FuzzyDate
    until: FuzzyDate | None = None
    stated: FuzzyDate | None = None
    rule: str = ""
    why: str = ""
    conflict: bool = False
    ahead: bool = False
    certain: bool = True


@dataclass(frozen=True)
class Row:
    """One participant.

    `implied`: bound by the entry into force of the whole, without a recorded consent of its own. `ended` is the day on
    which its bond ended with the agreement.
    """

    code: str
    names: Texts
    role: Role
    own: bool
    status: Status
    possibly: Status | None
    since: FuzzyDate | None
    implied: bool
    ended: FuzzyDate | None
    signatures: tuple[Done, ...] = ()
    consents: tuple[Done, ...] = ()
    bound: tuple[Bound, ...] = ()
    provisional: tuple[Done, ...] = ()
    #: It applies the agreement provisionally from this day by the clause, without an act of its own for it.
    applied_from: FuzzyDate | None = None
    reservations: tuple[Reserved, ...] = ()
    declarations: tuple[Done, ...] = ()
    objections: tuple[Done, ...] = ()

    @property
    def present_role(self) -> Role:
        """What to call it at present: who is recorded as negotiating may have signed since, or be bound."""
        if self.role != Role.NEGOTIATING:
            return self.role
        return _ROLES.get(self.status, self.role)


def rows_of(chain: Chain, told: Told, tracked: Tracked, ended: FuzzyDate | None) -> tuple[Row, ...]:
    """Return the participants, the own side first, the others by name."""
    acts = _Acts(chain, tracked)
    clause = tracked.clause
    months = clause.reservation_months if clause else TACIT_ACCEPTANCE_MONTHS
    answers = {
        found.act: found.answers
        for found in reservations(tracked.acts, tracked.on, list(tracked.participants), months=months)
    }
    rows = [
        _row(code, told.names.parties[code], Role(role), acts, tracked, answers, ended)
        for code, role in tracked.roles.items()
    ]
    return tuple(sorted(rows, key=lambda row: (not row.own, alphabetical(pick(row.names).text), row.code)))


class _Acts:
    """The acts of an agreement that were done by the day, certainly or perhaps."""

    def __init__(self, chain: Chain, tracked: Tracked) -> None:
        self.tracks = [Track(tracked.acts, tracked.on, world) for world in (World.LATE, World.EARLY)]
        self.certain = {*self.tracks[0].acts} & {*self.tracks[1].acts}
        self.rows: Mapping[str, Mapping[str, Any]] = {str(key): row for key, row in chain.by_id.items()}

    def of(self, party: str) -> Iterator[Done]:
        """Yield the acts of a party, earliest first."""
        late, early = (track.of(party) for track in self.tracks)
        for act in [*late, *(act for act in early if act not in late)]:
            row = self.rows.get(act.id)
            yield Done(
                act=act,
                certain=act in self.certain,
                withdrawn=self._withdrawn(act),
                certainty=Certainty(row["certainty"]) if row else Certainty.FIRM,
                what=worded(said_in(row, "what")) if row else Worded("", ""),
                source=row["source"] if row else "",
                implied=row is None,
            )

    def _withdrawn(self, act: Act) -> FuzzyDate | None:
        found = [track.withdrawals[act.id] for track in self.tracks if act.id and act.id in track.withdrawals]
        return found[0].day(Basis.EFFECTIVE) if found else None


def _row(
    code: str,
    names: Texts,
    role: Role,
    acts: _Acts,
    tracked: Tracked,
    answers: Mapping[Act, tuple[Answer, ...]],
    ended: FuzzyDate | None,
) -> Row:
    standing = tracked.standings.get(code)
    done = list(acts.of(code))
    status = standing.status if standing else Status.NONE
    return Row(
        code=code,
        names=names,
        role=role,
        own=code == settings.OWN_SIDE,
        status=status,
        possibly=standing.possibly if standing else None,
        since=standing.since if standing else None,
        implied=standing is not None and standing.implied,
        ended=ended if status == Status.ENDED else None,
        signatures=_kept(done, _SIGNING),
        consents=tuple(one for one in done if one.act.kind in _CONSENTING or one.act.definitive),
        bound=tuple(_bound(code, standing, tracked)),
        provisional=_kept(done, (ActionKind.PROVISIONAL_APPLICATION,)),
        applied_from=standing.applied_from if standing and not standing.provisional else None,
        reservations=tuple(Reserved(one, answers.get(one.act, ())) for one in _kept(done, (ActionKind.RESERVATION,))),
        declarations=_kept(done, (ActionKind.DECLARATION,)),
        objections=_kept(done, (ActionKind.OBJECTION,)),
    )


def _kept(done: Iterable[Done], kinds: Iterable[ActionKind]) -> tuple[Done, ...]:
    asked = set(kinds)
    return tuple(one for one in done if one.act.kind in asked)


def _bound(code: str, standing: PartyStanding | None, tracked: Tracked) -> Iterator[Bound]:
    """Yield the spans for which the agreement binds a party: by the clause, or as stated for the agreement."""
    outcome = tracked.outcome
    if outcome and outcome.date:
        for entry in outcome.of(code):
            if entry.date is not None and outcome.met:
                yield Bound(
                    since=entry.date,
                    until=entry.until,
                    stated=entry.stated,
                    rule=entry.rule,
                    why=explain_party(outcome, entry),
                    conflict=entry.conflict,
                    ahead=entry.date.earliest > tracked.on,
                    certain=entry.date.latest != date.max,
                )
    elif standing and standing.bound:
        yield Bound(since=standing.bound, until=standing.until, ahead=standing.bound.earliest > tracked.on)
