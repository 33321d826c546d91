"""The table of participants: how each stands on the day of the page, by which acts, and since when it is bound.

What is shown is derived once, for pages and reports alike (`reports.participants`); here it is put into columns.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _

from agreements.choices import ActionKind, Certainty, Group, SignatureManner, Stage, Status
from agreements.dates import FuzzyDate
from agreements.reports.participants import Bound, Done, rows_of
from agreements.reports.participants import Row as Found
from agreements.timeline import Event
from agreements.tracking import IMPLIED, Tracked
from agreements.tracks import TACIT_ACCEPTANCE_MONTHS, Act, Answer, Basis, Participant, Reservation, reservations
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
    Status.ENDED: Stage.TERMINATED,
    Status.GONE: Stage.TERMINATED,
}
#: Where the colour is not that of the stage.
_GROUPS = {Status.NOT_SIGNED: Group.ENDED, Status.BOUND_PROVISIONALLY: Group.OPERATIVE}


class When(NamedTuple):
    """A date of the table with what is to be said beside it."""

    on: FuzzyDate
    certainty: str = Certainty.FIRM
    label: str = ""
    received: FuzzyDate | None = None
    effective: FuzzyDate | None = None
    withdrawn: FuzzyDate | None = None
    possibly: bool = False
    ahead: bool = False


class Span(NamedTuple):
    """From when to when the agreement is in force for a participant, and by which rule."""

    since: FuzzyDate
    until: FuzzyDate | None
    words: Sequence[str]
    ahead: bool


@dataclass(frozen=True)
class Row:
    """One participant as the table shows it."""

    code: str
    name: Worded
    own: bool
    organisation: bool
    role: str
    acts: bool
    sign: str
    group: str
    status: str
    possibly: str
    since: FuzzyDate | None
    authority: Sequence[When]
    signatures: Sequence[When]
    consents: Sequence[When]
    bound: Sequence[Span]
    provisional: Sequence[When]
    notes: Sequence[When]


@dataclass(frozen=True)
class Table:
    """The rows that are always shown, and those that unfold."""

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
        """How the folded rows stand, in one line, most first."""
        counts: dict[str, int] = {}
        for row in self.rest:
            counts[row.status] = counts.get(row.status, 0) + 1
        order = sorted(counts, key=lambda label: -counts[label])
        return ", ".join(_("%(status)s: %(number)s") % {"status": label, "number": counts[label]} for label in order)


def table(known: Known, tracked: Tracked, events: Sequence[Event], *, roles: bool, ended: FuzzyDate | None) -> Table:
    """Return the participants, the own side and organisations first, the others by name.

    `roles` says whether the roles on record are those of the day, `ended` when the agreement ended.
    """
    told = {str(event.id): event for event in events}
    found = rows_of(known.chain, known.told, tracked, ended)
    rows = [_row(row, known.takers[row.code][1], tracked, told, roles=roles) for row in found]
    ordered = sorted(rows, key=lambda row: (not row.own, not row.organisation, alphabetical(row.name.text)))
    if len(ordered) <= ROWS:
        return Table(ordered, ())
    leading = [row for row in ordered if row.own or row.organisation][:ROWS]
    return Table(leading or ordered[:ROWS], ordered[len(leading) or ROWS :])


def _row(row: Found, party: Participant, tracked: Tracked, told: Mapping[str, Event], *, roles: bool) -> Row:
    sign = _SIGNS.get(row.status)
    since = row.ended or row.since
    return Row(
        code=row.code,
        name=_named(row.code, party),
        own=row.own,
        organisation=party.organisation,
        role=str(row.present_role.label) if roles else "",
        acts=row.role.acts,
        sign=sign.value if sign else "",
        group=_GROUPS.get(row.status, sign.group if sign else Group.ENDED).value,
        status=str(row.status.label),
        possibly=str(row.possibly.label) if row.possibly else "",
        since=None if any(span.since == since for span in row.bound) else since,
        authority=list(_authority(row.code, tracked, told)),
        signatures=[_done(one, told, _signature(one)) for one in row.signatures],
        consents=[_done(one, told, _consent(one.act)) for one in row.consents],
        bound=[_span(one, row) for one in row.bound],
        provisional=[
            *(_provisional(one, told, tracked.on) for one in row.provisional),
            *([When(row.applied_from, label=_("by the clause"))] if row.applied_from else []),
        ],
        notes=[
            _done(one, told, str(one.act.kind.label))
            for one in (*(item.done for item in row.reservations), *row.declarations, *row.objections)
        ],
    )


def _named(code: str, party: Participant) -> Worded:
    return pick(party.names) if any(party.names.values()) else Worded(code, "")


def _event_of(act: Act, told: Mapping[str, Event]) -> Event | None:
    """Return the entry that tells an act; a signature that the step tells is told by the step."""
    return told.get(act.id.removeprefix(IMPLIED).split(":")[0] if act.id.startswith(IMPLIED) else act.id)


def _when(act: Act, told: Mapping[str, Event], label: str = "") -> When:
    event = _event_of(act, told)
    return When(act.on, event.certainty if event else Certainty.FIRM, label)


def _done(one: Done, told: Mapping[str, Event], label: str) -> When:
    """Return an act with the day of receipt where it is another one, of effect, and of its withdrawal."""
    act = one.act
    return _when(act, told, label)._replace(
        received=act.received if act.received != act.on else None,
        effective=act.effective,
        withdrawn=one.withdrawn,
        possibly=not one.certain,
    )


def _provisional(one: Done, told: Mapping[str, Event], on: date) -> When:
    day = one.act.effective or one.act.on
    return _done(one, told, one.act.scope)._replace(on=day, effective=None, ahead=day.earliest > on)


def _consent(act: Act) -> str:
    return _("Definitive signature") if act.definitive else str(act.kind.label)


def _signature(one: Done) -> str:
    """Say what a signature does, where the record says so, or that only the step of signing tells it."""
    act = one.act
    if one.implied:
        return _("with the step of signing")
    if act.kind == ActionKind.CONFIRMATION:
        return _("confirmed")
    words = {
        SignatureManner.SUBJECT: _("subject to ratification"),
        SignatureManner.DEFINITIVE: _("definitive"),
        SignatureManner.AD_REFERENDUM: _("ad referendum"),
    }
    return words[SignatureManner(act.manner)] if act.manner else ""


def _span(one: Bound, row: Found) -> Span:
    words = {
        "own": _("by the rule for those who join later"),
        "succession": _("by succession"),
        "general": _("by its own consent, after the entry into force"),
    }
    said = [words.get(one.rule, "")]
    if row.implied:
        said.append(_("with the agreement as a whole; no consent of its own is recorded"))
    if one.conflict and one.stated:
        said.append(_("the source states %(day)s") % {"day": one.stated})
    if not one.certain:
        said.append(_("not certain"))
    return Span(one.since, one.until or row.ended, [text for text in said if text], one.ahead)


def _authority(code: str, tracked: Tracked, told: Mapping[str, Event]) -> Iterator[When]:
    words = {
        ActionKind.FULL_POWERS: _("Full powers"),
        ActionKind.FULL_POWERS_NOT_REQUIRED: _("Full powers not required"),
        ActionKind.SUBSEQUENT_CONFIRMATION: _("Full powers: confirmed later"),
    }
    for act in tracked.acts:
        if act.party == code and act.kind in words and act.on.possibly_by(tracked.on):
            yield _when(act, told, words[act.kind])


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
    stands: bool


def reservation_lines(known: Known, tracked: Tracked, events: Iterable[Event]) -> list[ReservationLine]:
    """Return every reservation made by the day, with how each of the others answered it."""
    told = {str(event.id): event for event in events}
    months = tracked.clause.reservation_months if tracked.clause else TACIT_ACCEPTANCE_MONTHS
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
    stands = item.withdrawn is None or not item.withdrawn.day(Basis.EFFECTIVE).certainly_by(on)
    groups: dict[tuple[object, ...], list[Answer]] = {}
    # To one that was withdrawn nobody has to answer any more.
    for answer in item.answers if stands else ():
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
        stands=stands,
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
    return _named(code, party)
