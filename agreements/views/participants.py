"""The table of participants: how each stands on the day of the page, by which acts, and since when it is bound."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from agreements.choices import ActionKind, Certainty, Group, Role, SignatureManner, Stage, Status
from agreements.dates import FuzzyDate
from agreements.entry_into_force import PartyStanding
from agreements.timeline import Event
from agreements.tracking import IMPLIED, Tracked
from agreements.tracks import Act, Answer, Participant, Reservation, reservations
from agreements.views.known import Known
from agreements.words import Worded, alphabetical, pick

#: How many participants a table shows before the rest is folded away.
ROWS = 8
#: The sign of each status: that of the stage which it resembles.
_SIGNS = {
    Status.NOT_SIGNED: Stage.PROPOSED,
    Status.INITIALLED: Stage.INITIALLED,
    Status.SIGNED_AD_REFERENDUM: Stage.SIGNING,
    Status.SIGNED: Stage.SIGNED,
    Status.CONSENT_GIVEN: Stage.RATIFYING,
    Status.BOUND_PROVISIONALLY: Stage.RATIFYING,
    Status.BOUND: Stage.IN_FORCE,
    Status.SUSPENDED: Stage.SUSPENDED,
    Status.WITHDRAWN: Stage.WITHDRAWN,
}
#: Where the colour is not that of the stage.
_GROUPS = {Status.NOT_SIGNED: Group.ENDED, Status.BOUND_PROVISIONALLY: Group.OPERATIVE}


class When(NamedTuple):
    """A date of the table with what is to be said beside it."""

    on: FuzzyDate | None
    certainty: str = Certainty.FIRM
    label: str = ""
    received: FuzzyDate | None = None
    possibly: bool = False


@dataclass(frozen=True)
class Row:
    """One participant as the table shows it."""

    code: str
    name: Worded
    own: bool
    role: str
    acts: bool
    sign: str
    group: str
    status: str
    possibly: str
    since: FuzzyDate | None
    authority: Sequence[When]
    signature: When | None
    consents: Sequence[When]
    bound: FuzzyDate | None
    until: FuzzyDate | None
    bound_by: str
    provisional: When | None
    notes: Sequence[When]
    organisation: bool = False


@dataclass(frozen=True)
class Table:
    """The rows that are always shown, those that unfold, and which columns are needed."""

    first: Sequence[Row]
    rest: Sequence[Row]

    @property
    def count(self) -> int:
        """How many take part."""
        return len(self.first) + len(self.rest)

    @property
    def noted(self) -> bool:
        """Whether any row has notes, or applies the agreement provisionally."""
        return any(row.notes or row.provisional for row in (*self.first, *self.rest))

    @property
    def summary(self) -> str:
        """How the folded rows stand, in one line: 27 bound, 1 signed."""
        counts: dict[str, int] = {}
        for row in self.rest:
            label = row.status or row.role
            counts[label] = counts.get(label, 0) + 1
        order = sorted(counts, key=lambda label: -counts[label])
        return ", ".join(
            _("%(status)s: %(number)s") % {"status": label, "number": counts[label]} for label in order if label
        )


def table(known: Known, tracked: Tracked, events: Sequence[Event], *, roles: bool) -> Table:
    """Return the participants, the own side and organisations first, the others by name.

    `roles` says whether the roles on record are those of the day.
    """
    told = {str(event.id): event for event in events}
    rows = [_row(code, role, party, tracked, told, roles=roles) for code, (role, party) in known.takers.items()]
    ordered = sorted(rows, key=lambda row: (not row.own, not row.organisation, alphabetical(row.name.text)))
    if len(ordered) <= ROWS:
        return Table(ordered, ())
    leading = [row for row in ordered if row.own or row.organisation][:ROWS]
    return Table(leading or ordered[:ROWS], ordered[len(leading) or ROWS :])


def _row(code: str, role: str, party: Participant, tracked: Tracked, told: Mapping[str, Event], *, roles: bool) -> Row:
    standing = tracked.standings.get(code)
    status = standing.status if standing else Status.NONE
    signature = standing.signature if standing else None
    return Row(
        code=code,
        name=pick(party.names) if any(party.names.values()) else Worded(code, ""),
        own=code == settings.OWN_SIDE,
        role=str(Role(role).label) if roles else "",
        acts=Role(role).acts,
        sign=_SIGNS[status].value if status in _SIGNS else "",
        group=_GROUPS.get(status, _SIGNS[status].group if status in _SIGNS else Group.ENDED).value,
        status=str(status.label),
        possibly=str(standing.possibly.label) if standing and standing.possibly else "",
        since=standing.since if standing and standing.since not in (standing.bound, None) else None,
        authority=list(_authority(code, tracked, told)),
        signature=_signature(signature, told) if signature else None,
        consents=list(_consents(standing, tracked, told)) if standing else [],
        bound=standing.bound if standing else None,
        until=standing.until if standing else None,
        bound_by=_bound_by(standing, tracked) if standing else "",
        provisional=_provisional(standing, told),
        notes=list(_notes(standing, tracked, told)) if standing else [],
        organisation=party.organisation,
    )


def _event_of(act: Act, told: Mapping[str, Event]) -> Event | None:
    key = act.id.removeprefix(IMPLIED).split(":")[0] if act.id.startswith(IMPLIED) else act.id
    return told.get(key)


def _when(act: Act, told: Mapping[str, Event], label: str = "") -> When:
    event = _event_of(act, told)
    return When(act.on, event.certainty if event else Certainty.FIRM, label)


def _consents(standing: PartyStanding, tracked: Tracked, told: Mapping[str, Event]) -> Iterator[When]:
    """Yield the acts of consent that were not withdrawn, with the day of receipt where it is another one."""
    gone = {act.target for act in tracked.acts if act.kind == ActionKind.WITHDRAWAL}
    for act in standing.acts:
        if act.id not in gone and (act.kind in ActionKind.consents() or act.definitive):
            label = _("Definitive signature") if act.definitive else str(act.kind.label)
            received = act.received if act.received and act.received != act.on else None
            possibly = not act.day().certainly_by(tracked.on)
            yield _when(act, told, label)._replace(received=received, possibly=possibly)


def _signature(act: Act, told: Mapping[str, Event]) -> When:
    """Return the signature with what it does, where the record says so."""
    words = {
        SignatureManner.SUBJECT: _("subject to ratification"),
        SignatureManner.DEFINITIVE: _("definitive"),
        SignatureManner.AD_REFERENDUM: _("ad referendum"),
    }
    return _when(act, told, words[SignatureManner(act.manner)] if act.manner else "")


def _bound_by(standing: PartyStanding, tracked: Tracked) -> str:
    """Say by which rule a party is bound, where it is not that of the agreement itself."""
    words = {
        "own": _("by the rule for those who join later"),
        "succession": _("by succession"),
        "general": _("by its own consent, after the entry into force"),
    }
    spans = tracked.outcome.of(standing.party) if tracked.outcome and standing.bound else []
    return next((words.get(span.rule, "") for span in spans if span.date == standing.bound), "")


def _authority(code: str, tracked: Tracked, told: Mapping[str, Event]) -> Iterator[When]:
    words = {
        ActionKind.FULL_POWERS: _("Full powers"),
        ActionKind.FULL_POWERS_NOT_REQUIRED: _("Full powers not required"),
        ActionKind.SUBSEQUENT_CONFIRMATION: _("Full powers: confirmed later"),
    }
    for act in tracked.acts:
        if act.party == code and act.kind in words and act.on.possibly_by(tracked.on):
            yield _when(act, told, words[act.kind])


def _provisional(standing: PartyStanding | None, told: Mapping[str, Event]) -> When | None:
    if standing is None or standing.provisional is None:
        return None
    act = standing.provisional
    found = _when(act, told, act.scope)
    return found._replace(on=act.effective or act.on)


def _notes(standing: PartyStanding, tracked: Tracked, told: Mapping[str, Event]) -> Iterator[When]:
    """Yield what else is to be said of a party: reservations, declarations, notices, dates that contradict."""
    gone = {act.target for act in tracked.acts if act.kind == ActionKind.WITHDRAWAL}
    for act in standing.acts:
        if act.kind in (ActionKind.RESERVATION, ActionKind.DECLARATION, ActionKind.OBJECTION, ActionKind.SUSPENSION):
            label = str(act.kind.label)
            yield _when(act, told, _("%(act)s, withdrawn") % {"act": label} if act.id in gone else label)
        if act.kind == ActionKind.DENUNCIATION:
            label = _("Denunciation, withdrawn") if act.id in gone else _("Denunciation")
            yield _when(act, told, label)
            if act.effective:
                yield When(act.effective, Certainty.FIRM, _("with effect from"))
    for entry in tracked.outcome.of(standing.party) if tracked.outcome else ():
        if entry.early_notice and entry.notice_from:
            yield When(entry.notice_from, Certainty.FIRM, _("Notice came before the first day allowed for it"))
        if entry.conflict and entry.date:
            yield When(entry.date, Certainty.FIRM, _("The source states another day than the clause gives"))


# ---- reservations ----
@dataclass(frozen=True)
class AnswerGroup:
    """Parties that answered a reservation alike."""

    state: str
    label: str
    names: Sequence[Worded]
    by: FuzzyDate | None = None
    late: bool = False
    waits: bool = False


@dataclass(frozen=True)
class ReservationLine:
    """A reservation with its words and the answers of the others."""

    party: Worded
    act: When
    scope: str
    what: Worded
    withdrawn: FuzzyDate | None
    answers: Sequence[AnswerGroup]
    taken_back: Sequence[tuple[Worded, FuzzyDate]]
    months: int


def reservation_lines(known: Known, tracked: Tracked, events: Iterable[Event]) -> list[ReservationLine]:
    """Return every reservation made by the day, with how each of the others answered it."""
    told = {str(event.id): event for event in events}
    months = tracked.clause.reservation_months if tracked.clause else 12
    found = reservations(tracked.acts, tracked.on, sorted(tracked.participants), months=months)
    gone = {
        act.target: act for act in tracked.acts if act.kind == ActionKind.WITHDRAWAL and act.on.possibly_by(tracked.on)
    }
    lines = []
    for item in found:
        against = [act for act in tracked.acts if act.kind == ActionKind.OBJECTION and act.target == item.act.id]
        back = [(_name(known, act.party), gone[act.id].day()) for act in against if act.id in gone]
        lines.append(_reservation(item, known, told, back, months, tracked.on))
    return lines


def _reservation(
    item: Reservation,
    known: Known,
    told: Mapping[str, Event],
    back: Sequence[tuple[Worded, FuzzyDate]],
    months: int,
    on: date,
) -> ReservationLine:
    event = told.get(item.act.id)
    groups: dict[tuple[object, ...], list[Answer]] = {}
    for answer in item.answers:
        groups.setdefault(
            (answer.state, answer.by if answer.state == "open" else _own(answer), answer.late), []
        ).append(answer)
    return ReservationLine(
        party=_name(known, item.act.party),
        act=_when(item.act, told),
        scope=item.act.scope,
        what=event.what if event else Worded("", ""),
        withdrawn=item.withdrawn.on if item.withdrawn else None,
        answers=[_group(known, answers, on) for _key, answers in sorted(groups.items(), key=_first)],
        taken_back=back,
        months=months,
    )


def _own(answer: Answer) -> object:
    return answer.objection.id if answer.objection else None


def _first(pair: tuple[tuple[object, ...], list[Answer]]) -> tuple[int, str]:
    answer = pair[1][0]
    return (("objected", "open", "accepted").index(answer.state), answer.by.isoformat() if answer.by else "")


def _group(known: Known, answers: Sequence[Answer], on: date) -> AnswerGroup:
    first = answers[0]
    names = sorted((_name(known, answer.party) for answer in answers), key=lambda name: alphabetical(name.text))
    if first.state == "objected":
        assert first.objection  # noqa: S101 - an objection is what makes the state
        return AnswerGroup("objected", _("Objected"), names, by=first.objection.day(), late=first.late)
    if first.state == "open":
        # The period has ended, but only who consents to be bound can have accepted.
        waits = first.by is not None and first.by < on
        return AnswerGroup(
            "open",
            _("May still object"),
            names,
            by=FuzzyDate.of_day(first.by) if first.by and not waits else None,
            waits=waits,
        )
    return AnswerGroup("accepted", _("Accepted, expressly or by silence"), names)


def _name(known: Known, code: str) -> Worded:
    _role, party = known.takers.get(code, ("", Participant(code)))
    return pick(party.names) if any(party.names.values()) else Worded(code, "")
