"""The tracks of participants as the journal tells them, and what follows: who is bound, whether and when in force.

One door for guards, pages, API and reports: the acts of the present text, the clause, its answer, the stated date.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import prefetch_related_objects

from agreements import clock, names, periods, walk
from agreements.choices import ActionKind, EntryKind, Group, PartyKind, Role, Stage, Status, Transition
from agreements.dates import FuzzyDate
from agreements.entry_into_force import (
    BadClause,
    Clause,
    Outcome,
    PartyStanding,
    compute,
    disagree,
    named_in,
    parse,
    standings,
)
from agreements.history import History, histories
from agreements.models import Agreement, Entry, Membership, Party
from agreements.models import Participant as ParticipantRow
from agreements.models.prepared import Prepared
from agreements.periods import Period, Validity
from agreements.procedures import Procedure
from agreements.tracks import IMPLIED, Act, Participant, by_today
from agreements.words import LANGUAGES, Texts


@dataclass(frozen=True)
class Tracked:
    """One agreement's tracks on a day, and what they amount to.

    `participants` are those who sign and consent, by code; `roles` those of all who take part. `stated` is the day on
    which the agreement entered into force as recorded, `outcome` the answer of its clause, if it has one that can be
    read (else `problem` says why not).
    """

    on: date
    participants: Mapping[str, Participant]
    roles: Mapping[str, str]
    acts: tuple[Act, ...]
    clause: Clause | None = None
    problem: str = ""
    outcome: Outcome | None = None
    stated: FuzzyDate | None = None
    asked: tuple[str, ...] = ()
    together: bool = False
    #: What holds for all: the agreement is suspended in whole, or has ended, and since when.
    whole: tuple[Status, FuzzyDate] | None = None

    @cached_property
    def standings(self) -> dict[str, PartyStanding]:
        """How each participant that was asked about stands, by code.

        Of an agreement that all sign together, the entry into force says that all have consented (VCLT 24(2)): where no
        clause is kept and no consent recorded, who negotiated or is a party is bound by it.
        """
        last_days = {code: party.until for code, party in self.participants.items() if party.until}
        found = standings(self.asked, self.acts, self.on, self.outcome, self.stated, last_days)
        day = self.stated
        if day is not None and self.together and not self.clause and day.certainly_by(self.on):
            for code, one in found.items():
                if one.status == Status.GONE:
                    continue
                if one.consent is None and one.until is None and self.roles[code] != Role.SIGNATORY:
                    found[code] = replace(one, status=Status.BOUND, possibly=None, since=day, bound=day, implied=True)
        if self.whole is None:
            return found
        status, since = self.whole
        touched = (Status.BOUND, Status.BOUND_PROVISIONALLY, *([Status.SUSPENDED] if status == Status.ENDED else []))
        return {
            code: replace(one, status=status, possibly=None, since=since) if one.status in touched else one
            for code, one in found.items()
        }

    @property
    def conflict(self) -> bool:
        """Whether the stated and the computed day of entry into force cannot both be right."""
        if self.outcome is None or self.stated is None:
            return False
        if self.outcome.date is None:
            return not self.outcome.possibly_met
        return disagree(self.outcome.date, self.stated)


class Taker(NamedTuple):
    """What of a party those ask for who tell of many agreements: as values, for instances take most of the time."""

    code: str
    kind: str
    names: Texts


class Taking(NamedTuple):
    """A party's part in an agreement; `key` is that of the party."""

    agreement: UUID
    role: str
    key: UUID
    party: Taker


def tracked(
    agreements: Iterable[Agreement],
    on: date,
    *,
    known_at: datetime | None = None,
    supposing: date | None = None,
    supposed: Sequence[Act] = (),
    told: Mapping[UUID, History] | None = None,
    takings: Iterable[Taking] | None = None,
) -> dict[UUID, Tracked]:
    """Return the tracks of agreements on a day, with a fixed number of queries.

    `supposed` are acts that are not recorded but taken as done; `supposing` the day on which the rest is taken to come.
    Participants and clauses are those of the rows: reports that look back take them from the chains (`track`). `told`
    and `takings` are histories and participants that the caller has read already. Memberships matter to clauses alone.
    """
    rows = {agreement.pk: agreement for agreement in agreements}
    if missing := [row for row in rows.values() if "procedure_version" not in row._state.fields_cache]:
        prefetch_related_objects(missing, "procedure_version")
    told = histories(rows, known_at) if told is None else told
    takers = with_memberships(
        takings_of(rows) if takings is None else takings, {key for key in rows if rows[key].clause}
    )
    return {
        key: track(
            told[key],
            agreement.rules,
            on,
            clause=agreement.clause,
            participants=takers.get(key, {}),
            supposing=supposing,
            supposed=supposed,
        )
        for key, agreement in rows.items()
    }


def acts_of(agreement: Agreement) -> list[Act]:
    """Return the acts for the present text of one agreement, without an answer; two queries."""
    acting = [taking.party.code for taking in takings_of([agreement.pk]) if Role(taking.role).acts]
    return acts_in(histories([agreement.pk])[agreement.pk], agreement.rules, acting)


def kept_clause(agreement: Agreement) -> Clause | None:
    """Return the clause that an agreement keeps, if it has one that can be read."""
    return clause_of(json.dumps(agreement.clause, sort_keys=True))[0] if agreement.clause else None


def track(
    history: History,
    rules: Procedure,
    on: date,
    *,
    clause: Any,
    participants: Mapping[str, tuple[str, Participant]],
    supposing: date | None = None,
    supposed: Sequence[Act] = (),
    of: Collection[str] | None = None,
) -> Tracked:
    """Return what a history amounts to on a day. `participants`: role and participant by code.

    `of`: the participants whose standing is derived, by default all.
    """
    # Who accedes or succeeds becomes a party by that act; who negotiated or signed was awaited from the start.
    acting = {
        code: replace(party, joined=True) if role == Role.PARTY else party
        for code, (role, party) in participants.items()
        if Role(role).acts
    }
    acts = (*acts_in(history, rules, acting), *supposed)
    found, problem = clause_of(json.dumps(clause, sort_keys=True)) if clause else (None, "")
    if found:
        found = replace(found, dates={**_days(history), **found.dates})
    outcome = (
        compute(found, acts, on, participants=acting, supposing=supposing, last_days=names.last_days(named_in(found)))
        if found
        else None
    )
    return Tracked(
        on=on,
        participants=acting,
        roles={code: role for code, (role, _party) in participants.items()},
        acts=acts,
        clause=found,
        problem=problem,
        outcome=outcome,
        stated=stated_entry(history, on),
        asked=tuple(code for code in acting if of is None or code in of),
        together=rules.binding and not rules.open_for_signature,
        whole=_whole(history, on),
    )


@lru_cache(maxsize=512)
def clause_of(text: str) -> tuple[Clause | None, str]:
    """Return the clause that a column holds, or why it cannot be read."""
    try:
        return parse(json.loads(text)), ""
    except BadClause as error:
        return None, str(error)


_TAKINGS = Prepared(
    lambda keys: (
        ParticipantRow.objects.filter(agreement__in=keys)
        .order_by("party__code")
        .values_list(
            *("agreement_id", "role", "party_id", "party__code", "party__kind"),
            *(f"party__name_{language}" for language in LANGUAGES),
        )
    )
)


def takings_of(keys: Collection[UUID]) -> list[Taking]:
    """Return who takes part in agreements, in the order of codes; one query."""
    known: dict[UUID, Taker] = {}
    found = []
    for agreement, role, key, code, kind, *texts in _TAKINGS(list(keys)):
        if key not in known:
            known[key] = Taker(code, kind, dict(zip(LANGUAGES, texts, strict=True)))
        found.append(Taking(agreement, role, key, known[key]))
    return found


def participants_of(keys: Collection[UUID]) -> dict[UUID, dict[str, tuple[str, Participant]]]:
    """Return role and participant by code for each agreement, with two queries."""
    return with_memberships(takings_of(keys))


def with_memberships(
    takings: Iterable[Taking], of: Collection[UUID] | None = None
) -> dict[UUID, dict[str, tuple[str, Participant]]]:
    """Return role and participant by code for each agreement; one query for the memberships.

    `of`: the agreements that ask for memberships, by default all.
    """
    rows = list(takings)
    asked = {row.key for row in rows if of is None or row.agreement in of}
    spans = memberships(asked) if asked else {}
    known: dict[UUID, Participant] = {}
    found: dict[UUID, dict[str, tuple[str, Participant]]] = {}
    for row in rows:
        if row.key not in known:
            known[row.key] = taker(row.party, spans)
        found.setdefault(row.agreement, {})[row.party.code] = row.role, known[row.key]
    return found


def taker(party: Party | Taker, spans: Mapping[str, Sequence[tuple[str, date, date | None]]]) -> Participant:
    """Return a party as one that takes part; `spans` are the memberships by code, its last day is common knowledge."""
    known = names.known(party.code)
    return Participant(
        party.code,
        party.names,
        party.kind == PartyKind.ORGANISATION,
        tuple(spans.get(party.code, ())),
        known.until if known else None,
    )


_MEMBERSHIPS = Prepared(
    lambda members: (
        Membership.objects.filter(member__in=members)
        .order_by("since", "pk")
        .values_list("member__code", "organisation__code", "since", "until")
    )
)


def memberships(parties: Collection[UUID]) -> dict[str, list[tuple[str, date, date | None]]]:
    """Return the spans of membership of parties by code: organisation, first and last day."""
    found: dict[str, list[tuple[str, date, date | None]]] = {}
    for code, body, since, until in _MEMBERSHIPS(list(parties)):
        found.setdefault(code, []).append((body, since, until))
    return found


def acts_in(history: History, rules: Procedure, acting: Collection[str]) -> list[Act]:
    """Return the acts for the present text: those recorded, and the signatures that the step tells.

    A record that was opened by mistake has none, whatever is still recorded in it.
    """
    if not history.line or history.is_void:
        return []
    number, today = walk.replay(history.line).text, clock.today()
    acts = [by_today(act, today) for text, act in history.tracks if text == number]
    signing = [entry for entry in history.line if entry.to_stage == Stage.SIGNED and entry.text == number]
    if not signing or rules.open_for_signature:
        return acts
    told = {act.party for act in acts if act.kind == ActionKind.SIGNATURE}
    joined = {act.party for act in acts if act.kind in (ActionKind.ACCESSION, ActionKind.SUCCESSION)}
    step = signing[-1]
    return acts + [
        by_today(Act(party, ActionKind.SIGNATURE, step.when, id=f"{IMPLIED}{step.id}:{party}"), today)
        for party in acting
        if party not in told and party not in joined
    ]


def notice_of(history: History, acting: Collection[str]) -> FuzzyDate | None:
    """Return the day on which notice was given that lets an agreement end with its period: by the line of acts.

    Either side of two gives it by a denunciation that it has not taken back (VCLT 54(a), 68); of more participants all
    but one must have, for the others may go on without those that left. It counts when it is received (VCLT 78).
    """
    taken_back = {act.target for _text, act in history.tracks if act.kind == ActionKind.WITHDRAWAL}
    days: dict[str, FuzzyDate] = {}
    for _text, act in history.tracks:
        if act.kind == ActionKind.DENUNCIATION and act.id not in taken_back and act.party in acting:
            days[act.party] = min(days.get(act.party, act.day()), act.day())
    enough = max(1, len(acting) - 1)
    return sorted(days.values())[enough - 1] if len(days) >= enough else None


def validity_of(agreement: Agreement, history: History, acting: Collection[str]) -> Validity:
    """Return what is recorded of the period of an agreement, and of notice against its renewal."""
    return Validity(
        since=FuzzyDate.of_day(agreement.valid_from) if agreement.valid_from else None,
        until=agreement.valid_until,
        renewal_years=agreement.renewal_years,
        notice_months=agreement.notice_months,
        notice=notice_of(history, acting) if agreement.renewal_years else None,
    )


def periods_on(agreements: Iterable[Agreement], day: date) -> dict[UUID, Period]:
    """Return the periods in which a day lies, of those that have one.

    A query where any is renewed tacitly; two more where notice was given of any.
    """
    running = [agreement for agreement in agreements if agreement.valid_until]
    renewed = [agreement.pk for agreement in running if agreement.renewal_years]
    noticed = _noticed(renewed) if renewed else set()
    told = histories(noticed) if noticed else {}
    acting: dict[UUID, list[str]] = defaultdict(list)
    for taking in takings_of(noticed) if noticed else ():
        if Role(taking.role).acts:
            acting[taking.agreement].append(taking.party.code)
    found = {}
    for agreement in running:
        validity = validity_of(agreement, told.get(agreement.pk) or History(), acting[agreement.pk])
        if period := periods.period_on(validity, day):
            found[agreement.pk] = period
    return found


def _noticed(agreements: Collection[UUID]) -> set[UUID]:
    """Return those of agreements in whose journals anybody gave notice, were it corrected since."""
    acts = Entry.objects.filter(
        subject__in=list(agreements), kind=EntryKind.ACTION, data__contains=f'"act":"{ActionKind.DENUNCIATION.value}"'
    )
    return set(acts.order_by().values_list("subject", flat=True))


def _days(history: History) -> dict[str, FuzzyDate]:
    """Return the days that a clause may name and the line of steps tells."""
    signing = [entry.when for entry in history.line if entry.to_stage == Stage.SIGNED]
    return {"signing": signing[-1], "opening_for_signature": signing[-1]} if signing else {}


def stated_entry(history: History, on: date) -> FuzzyDate | None:
    """Return the day on which it first entered into force as recorded, if that had happened by the day."""
    days = [
        entry.when
        for entry in history.line
        if entry.transition == Transition.ENTER_INTO_FORCE
        or (entry.transition is None and entry.to_stage == Stage.IN_FORCE)
    ]
    if not days or not days[0].possibly_by(on):
        return None
    return days[0]


def _whole(history: History, on: date) -> tuple[Status, FuzzyDate] | None:
    """Return what the stage of the day says of all parties: suspended in whole, or ended."""
    if not history.line or history.is_void:
        return None
    state = walk.replay(history.line) if on >= clock.today() else walk.as_of(history.line, on).state
    if state is None:
        return None
    if state.stage == Stage.SUSPENDED:
        return Status.SUSPENDED, state.since.when
    return (Status.ENDED, state.since.when) if state.stage.group == Group.ENDED else None
