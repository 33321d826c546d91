"""How an agreement stands by the acts of its participants: as of a day, known at a moment, with more acts supposed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from agreements import journal, tracking
from agreements.choices import Role, Stage, Status, SubjectKind
from agreements.dates import FuzzyDate
from agreements.entry_into_force import PartyDate, PartyStanding, describe, to_data
from agreements.history import histories
from agreements.models import Agreement, Entry, Party, User
from agreements.tracking import IMPLIED, Tracked
from agreements.tracks import TACIT_ACCEPTANCE_MONTHS, Act, Participant, Reservation, Track, reservations
from agreements.words import LANGUAGES, Texts, Worded, pick, worded

_Takers = Mapping[str, tuple[str, Participant]]


class Question(NamedTuple):
    """What is asked: the day, the moment of knowledge, and what is supposed though it is not recorded."""

    on: date
    known_at: datetime | None = None
    supposing: date | None = None
    supposed: Sequence[Act] = ()
    #: Parties of supposed acts that do not take part yet.
    newcomers: Sequence[str] = ()
    #: Another clause to try.
    clause: Any = None


@dataclass(frozen=True)
class Standing:
    """What an agreement amounts to, with its clause and the names that the reader may see."""

    question: Question
    tracked: Tracked
    clause: Any
    clause_text: Texts
    names: Mapping[str, Texts]

    def name(self, code: str) -> str:
        """Return the name of a party in the reader’s language, or its code."""
        return pick(self.names.get(code, {})).text or code


def stand(agreement: Agreement, question: Question, *, user: User) -> Standing:
    """Answer a question about an agreement; a fixed number of queries, and nothing is written."""
    return stand_all([agreement], question, user=user)[agreement.pk]


def stand_all(agreements: Sequence[Agreement], question: Question, *, user: User) -> dict[UUID, Standing]:
    """Answer a question about agreements; the same number of queries for any number of them."""
    keys = [agreement.pk for agreement in agreements]
    told, known = histories(keys, question.known_at), _known(agreements, question)
    strangers = _takers(question.newcomers) if question.newcomers else {}
    newcomers = {code: (Role.PARTY.value, party) for code, party in strangers.items()}
    names, found = _names(user), {}
    for agreement in agreements:
        clause, texts, takers = known[agreement.pk]
        clause = clause if question.clause is None else question.clause
        tracked = tracking.track(
            told[agreement.pk],
            agreement.rules,
            question.on,
            clause=clause,
            participants={**newcomers, **takers},
            supposing=question.supposing,
            supposed=question.supposed,
        )
        found[agreement.pk] = Standing(question, tracked, clause, texts, names)
    return found


def _known(agreements: Sequence[Agreement], question: Question) -> dict[UUID, tuple[Any, Texts, _Takers]]:
    """Return the clauses, their wording, and who takes part: as recorded now, or at the moment that is asked about."""
    keys = [agreement.pk for agreement in agreements]
    if question.known_at is None:
        takers = tracking.participants_of(keys)
        return {one.pk: (one.clause, one.clause_texts, takers.get(one.pk, {})) for one in agreements}
    asked = Agreement.objects.filter(pk__in=keys).order_by().values("pk")
    records = journal.rebuild(SubjectKind.AGREEMENT, question.known_at, only=asked)
    parts = {key: records.get(key, {}).get("participants", ()) for key in keys}
    parties = _takers({part["party"] for rows in parts.values() for part in rows})
    return {
        key: (
            (record := records.get(key, {})).get("clause"),
            {language: record.get(f"clause_text_{language}", "") for language in LANGUAGES},
            {part["party"]: (part["role"], parties[part["party"]]) for part in parts[key] if part["party"] in parties},
        )
        for key in keys
    }


def _takers(codes: Collection[str]) -> dict[str, Participant]:
    """Return participants by code for parties that no row names; two queries."""
    parties = list(Party.objects.filter(code__in=codes).order_by("code"))
    spans = tracking.memberships({party.pk for party in parties})
    return {party.code: tracking.taker(party, spans) for party in parties}


def _names(user: User) -> dict[str, Texts]:
    """Return the names of the parties that the user may see, by code: clauses name parties that take no part, too."""
    columns = [f"name_{language}" for language in LANGUAGES]
    rows = Party.objects.for_user(user).order_by("code").values_list("code", *columns)
    return {code: dict(zip(LANGUAGES, texts, strict=True)) for code, *texts in rows}


# ---- participants ----
def participants(standing: Standing) -> list[SimpleNamespace]:
    """Return every participant with its status and what it rests on, in the order of codes."""
    return all_participants([standing])[0]


def all_participants(standings: Sequence[Standing]) -> list[list[SimpleNamespace]]:
    """Return the participants of agreements, as of one; one query, for the texts of reservations."""
    made = [_reservations(standing) for standing in standings]
    texts = _texts([one.act.id for some in made for one in some])
    return [_participants(standing, some, texts) for standing, some in zip(standings, made, strict=True)]


def _participants(standing: Standing, made: Sequence[Reservation], texts: Mapping[str, Any]) -> list[SimpleNamespace]:
    tracked = standing.tracked
    track = Track(tracked.acts, tracked.on)
    told = [(one.act.party, _reservation(standing, one, track, worded(texts.get(one.act.id, "")))) for one in made]
    return [
        _participant(standing, code, [one for party, one in told if party == code]) for code in sorted(tracked.roles)
    ]


def _reservations(standing: Standing) -> list[Reservation]:
    tracked = standing.tracked
    months = tracked.clause.reservation_months if tracked.clause else TACIT_ACCEPTANCE_MONTHS
    return list(reservations(tracked.acts, tracked.on, sorted(tracked.participants), months=months))


def _texts(acts: Sequence[str]) -> dict[str, Any]:
    """Return the texts of acts by their ids."""
    entries = Entry.objects.filter(pk__in=acts).select_related("text") if acts else ()
    return {str(entry.pk): journal.text_of(entry).get("what", "") for entry in entries}


def _participant(standing: Standing, code: str, made: list[SimpleNamespace]) -> SimpleNamespace:
    tracked = standing.tracked
    stands = tracked.standings.get(code) or PartyStanding(code, Status.NONE)
    computed = _computed(tracked, stands)
    return SimpleNamespace(
        **vars(bound(standing, code)),
        names={language: standing.names.get(code, {}).get(language, "") for language in LANGUAGES},
        signature=_act(stands.signature),
        consent=_act(stands.consent),
        computed=computed.date if computed else None,
        stated=computed.stated if computed else stands.consent and stands.consent.effective,
        conflict=bool(computed and computed.conflict),
        provisional=_act(stands.provisional),
        applied_from=stands.applied_from,
        reservations=made,
    )


def bound(standing: Standing, code: str) -> SimpleNamespace:
    """Return how a participant stands, in short."""
    stands = standing.tracked.standings.get(code) or PartyStanding(code, Status.NONE)
    return SimpleNamespace(
        party=code,
        name=standing.name(code),
        role=standing.tracked.roles[code],
        own=code == settings.OWN_SIDE,
        status=stands.status.value,
        status_label=str(stands.status.label),
        possibly=stands.possibly.value if stands.possibly else None,
        possibly_label=str(stands.possibly.label) if stands.possibly else "",
        since=stands.since,
        bound=stands.bound,
        until=stands.until,
        implied=stands.implied,
    )


def _computed(tracked: Tracked, stands: PartyStanding) -> PartyDate | None:
    """Return what the clause says of the consent that stands, or else of the last one."""
    spans = tracked.outcome.of(stands.party) if tracked.outcome else []
    return next((span for span in spans if span.act == stands.consent), spans[-1] if spans else None)


def _act(act: Act | None) -> SimpleNamespace | None:
    """Return an act, with the entry of the journal that tells it: its own, or that of the step of signing."""
    if act is None:
        return None
    key = act.id.removeprefix(IMPLIED).partition(":")[0]
    return SimpleNamespace(
        entry=UUID(key),
        by_step=act.id.startswith(IMPLIED),
        act=act.kind.value,
        label=str(act.kind.label),
        on=act.on,
        received=act.received,
        effective=act.effective,
        manner=act.manner,
        scope=act.scope,
    )


def _reservation(standing: Standing, made: Reservation, track: Track, text: Worded) -> SimpleNamespace:
    act = _act(made.act)
    return SimpleNamespace(
        **vars(act),
        what=text,
        withdrawn=track.withdrawn_on(made.act),
        answers=[
            SimpleNamespace(
                party=answer.party,
                name=standing.name(answer.party),
                state=answer.state,
                by=answer.by,
                objection=_act(answer.objection),
                late=answer.late,
            )
            for answer in made.answers
        ],
    )


# ---- entry into force ----
def entry_into_force(standing: Standing) -> SimpleNamespace:
    """Return the clause, its answer, and who is bound."""
    tracked, question = standing.tracked, standing.question
    # A party that the reader may not see goes by its code.
    names = {code: standing.name(code) for code in {*standing.names, *tracked.participants}}
    lines = describe(tracked.clause, names) if tracked.clause else []
    return SimpleNamespace(
        on=question.on,
        known_at=question.known_at,
        clause=standing.clause,
        clause_text={language: standing.clause_text.get(language, "") for language in LANGUAGES},
        described=[SimpleNamespace(depth=depth, text=text) for depth, text in lines],
        problem=tracked.problem,
        answer=to_data(tracked.outcome, names) if tracked.outcome else None,
        stated=tracked.stated,
        conflict=tracked.conflict,
        participants=[bound(standing, code) for code in sorted(tracked.roles)],
    )


class OwnSide(NamedTuple):
    """How the own side stands to an agreement today."""

    party: str
    status: str
    status_label: str
    since: FuzzyDate | None
    bound: FuzzyDate | None
    until: FuzzyDate | None
    in_force_but_not_for_us: bool


def own_side(tracked: Tracked, *, stage: Stage, binding: bool) -> OwnSide | None:
    """Return how the own side stands to an agreement at a stage, or None where it takes no part.

    In force, but not for us: others are bound, as their acts show, and the own side is not; where the acts show nobody
    bound they are not recorded, and nothing can be said.
    """
    stands = tracked.standings.get(settings.OWN_SIDE)
    if stands is None:
        return None
    ours = (Status.BOUND, Status.SUSPENDED)
    others = _any_bound(one for code, one in tracked.standings.items() if code != settings.OWN_SIDE)
    in_force = binding and stage in (Stage.IN_FORCE, Stage.SUSPENDED)
    return OwnSide(
        party=stands.party,
        status=stands.status.value,
        status_label=str(stands.status.label),
        since=stands.since,
        bound=stands.bound,
        until=stands.until,
        in_force_but_not_for_us=in_force and others and not {stands.status, stands.possibly} & {*ours},
    )


def _any_bound(standings: Iterable[PartyStanding]) -> bool:
    return any(one.status in (Status.BOUND, Status.SUSPENDED) for one in standings)
