"""How each participant stands on a day: not signed, signed, consent given, bound, and so on, derived from its acts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from agreements.choices import ActionKind, Status
from agreements.dates import FuzzyDate
from agreements.entry_into_force.outcome import Outcome, PartyDate, between
from agreements.tracks import Act, Track, World


@dataclass(frozen=True)
class PartyStanding:
    """How a party stands: its `status` for certain, and what it is `possibly`, because days are imprecise.

    `since` is the day on which this status began, `consent` and `signature` the acts that stand, `bound` the day from
    which the agreement is in force for the party, `provisional` the act of provisional application that stands,
    `applied_from` the day from which it applies the agreement provisionally, by that act or by the clause.
    """

    party: str
    status: Status
    possibly: Status | None = None
    since: FuzzyDate | None = None
    signature: Act | None = None
    consent: Act | None = None
    bound: FuzzyDate | None = None
    until: FuzzyDate | None = None
    provisional: Act | None = None
    applied_from: FuzzyDate | None = None
    acts: tuple[Act, ...] = ()
    #: Bound by the entry into force of the whole; no consent of its own is recorded.
    implied: bool = False


def standings(
    parties: Iterable[str],
    acts: Sequence[Act],
    on: date,
    outcome: Outcome | None = None,
    in_force: FuzzyDate | None = None,
    last_days: Mapping[str, date] | None = None,
) -> dict[str, PartyStanding]:
    """Return how each party stands on a day.

    `outcome` gives each party its own date of entry into force; without one `in_force` does, the day stated for the
    agreement: then whoever had consented by then is bound from it, and whoever consents later from its own day (VCLT
    24(3)). `last_days` are those of parties that are no more.
    """
    late, early = (Track(acts, on, world, last_days) for world in (World.LATE, World.EARLY))
    dated: dict[str, list[PartyDate]] = {}
    for entry in outcome.parties if outcome and outcome.date else _stated(late, early, in_force):
        dated.setdefault(entry.party, []).append(entry)
    found = {}
    for party in parties:
        spans = dated.get(party, [])
        by_clause = outcome.applied_by.get(party) if outcome else None
        certain, since = _standing(party, late, spans, by_clause)
        possible, _since = _standing(party, early, spans, by_clause)
        signatures = late.standing(party, ActionKind.SIGNATURE)
        now = [span for span in spans if _current(span, late)]
        ended = spans[-1] if spans and not now else None
        provisional = late.standing(party, ActionKind.PROVISIONAL_APPLICATION)
        found[party] = PartyStanding(
            party=party,
            status=certain,
            possibly=None if possible == certain else possible,
            since=since,
            signature=signatures[0] if signatures else None,
            consent=now[0].act if now else None,
            bound=now[0].date if now else (ended.date if ended else None),
            until=ended.until if ended else (now[0].until if now else None),
            provisional=provisional[-1] if provisional else None,
            applied_from=_effect(provisional[-1]) if provisional else by_clause,
            acts=tuple(early.of(party)),
        )
    return found


def _current(span: PartyDate, track: Track) -> bool:
    """Whether the consent of a span stands on the track's day."""
    return track.world.start(span.on) <= track.on and (span.until is None or track.world.end(span.until) > track.on)


def _standing(
    party: str, track: Track, spans: Sequence[PartyDate], by_clause: FuzzyDate | None
) -> tuple[Status, FuzzyDate | None]:
    on, world = track.on, track.world
    if party in track.gone and track.gone[party] <= on:
        return Status.GONE, FuzzyDate.of_day(track.gone[party])
    now = [span for span in spans if _current(span, track)]
    bound = [span for span in now if span.date is not None and world.start(span.date) <= on]
    # What is suspended in part is in operation for the rest (VCLT 57).
    suspended = [
        act for act in track.standing(party, ActionKind.SUSPENSION) if not act.scope and world.start(_effect(act)) <= on
    ]
    provisional = [
        act for act in track.standing(party, ActionKind.PROVISIONAL_APPLICATION) if world.start(_effect(act)) <= on
    ]
    if bound and suspended:
        return Status.SUSPENDED, _effect(suspended[-1])
    if bound:
        return Status.BOUND, bound[0].date
    if provisional:
        return Status.BOUND_PROVISIONALLY, _effect(provisional[0])
    if by_clause and world.start(by_clause) <= on:
        return Status.BOUND_PROVISIONALLY, by_clause
    if now:
        return Status.CONSENT_GIVEN, now[0].on
    left = [span for span in spans if span.until is not None and span.date is not None]
    if left:
        return Status.WITHDRAWN, left[-1].until
    signatures = track.standing(party, ActionKind.SIGNATURE)
    if signatures:
        open_ones = [act for act in signatures if track.signed_on(act) is None]
        if len(open_ones) == len(signatures):
            return Status.SIGNED_AD_REFERENDUM, signatures[0].on
        return Status.SIGNED, signatures[0].on
    initialled = track.standing(party, ActionKind.INITIALLING)
    if initialled:
        return Status.INITIALLED, initialled[-1].on
    return Status.NOT_SIGNED, None


def _effect(act: Act) -> FuzzyDate:
    return act.effective or act.on


def _stated(late: Track, early: Track, in_force: FuzzyDate | None) -> list[PartyDate]:
    """Return the spans of all parties where no clause gives dates, only the day stated for the agreement."""
    first = {consent.act: consent for consent in early.consents()}
    last = {consent.act: consent for consent in late.consents()}
    found = []
    for act in {**first, **last}:
        pair = [one for one in (first.get(act), last.get(act)) if one]
        ends = [one.end for one in pair if one.end]
        date_of = None
        if in_force is not None:
            own = act.day()
            date_of = own if in_force.certainly_before(own) else in_force
        found.append(
            PartyDate(
                act.party,
                act,
                act.day(),
                act.effective if in_force and act.effective else date_of,
                "original",
                between(min(ends), max(ends)) if ends else None,
                pair[-1].ended_by,
            )
        )
    return sorted(found, key=lambda entry: (entry.on.latest, entry.on.earliest))
