"""The participation report: who signed, who consented and when, for whom the agreement is in force, what is missing.

As JSON: `report`, `as_of`, `known_at`, `language`, `author`, `level`, `filters` (`agreement`, `with`, `area`: codes or
null), `left_out` (how many agreements are not shown: they do not bind, or have neither act nor clause), `agreements`.
A *day* is `{iso, earliest, latest, precision}`, bounds null where there are none; null stands for what is not known or
not so. An agreement:

- `reference`, `title` and `short_title` by language, `kind`, `procedure`, `binding`, `stage`, `stage_label`, `group`,
  `possibly` (stages), `since` (day), `own_side_status`, `own_side_possibly`, `in_force_but_not_for_us`, `marks`;
- `clause`: `wording` by language, `source`, `described` (`[{depth, text}]`), `problem` (why it cannot be read);
- `entry_into_force`: `stated` and `computed` (days), `conflict`, `answer` (as in docs/clauses.md: `met`,
  `possibly_met`, `trigger`, `date`, `missing`, `earliest`, `explanation`, ...);
- `ended`: the day on which the agreement ended; `counts`: how many participants have each status;
- `participants`: `code`, `name` by language, `role` (as recorded: the journal dates no role), `own`, `status`,
  `status_label`, `possibly`, `since`, `implied` (bound by the entry into force of the whole, VCLT 24(2), no consent of
  its own being recorded), and lists: `signatures`,
  `consents` (denunciations and suspensions among them), `in_force` (`{from, until, stated, conflict, to_come, certain,
  rule, explanation}`), `provisional_application`, `provisional_by_clause` (a day),
  `reservations`, `declarations`, `objections`.

An act: `id`, `kind`, `label`, `on`, `received`, `effective` (days), `manner`, `scope`, `target` (the id of the act
that it concerns), `certain` (done by the day for certain), `withdrawn` (day), `certainty`, `what`, `source`, `implied`
(a signature that the step of signing tells). A reservation has `answers` too: `{party, state, by, late, objection}`,
`state` being `objected`, `accepted` or `open` and `by` the end of the clock of silent acceptance (VCLT 20(5)).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import clock
from agreements.chains import Chain, Told, tell, texts
from agreements.choices import ActionKind, Certainty, Group, Role, SignatureManner, Status
from agreements.dates import FuzzyDate, render_day
from agreements.entry_into_force import Speaker, day_data, describe, explain, to_data
from agreements.models import Agreement, Area, Party, User
from agreements.numbers import grouped
from agreements.reports import frame
from agreements.reports.document import NOTHING, Cell, Document, Fact, Stamp, Table
from agreements.reports.facts import AgreementFacts, facts_from, head_data
from agreements.reports.participants import Bound, Done, Reserved, Row, rows_of
from agreements.reports.portfolio import own_notes
from agreements.tracking import Tracked
from agreements.tracks import Answer
from agreements.words import Texts, pick

TITLE = gettext_lazy("Participation")
ABOUT = gettext_lazy("Who signed, who consented and when, for whom an agreement is in force, what is missing.")
#: What the report can be narrowed to.
FILTERS = ("agreement", "party", "area")
_GROUPS = (Group.CONCLUDED, Group.OPERATIVE, Group.PREPARING, Group.ENDED)
#: So many parties are named by the clock of a reservation; more are counted.
_NAMED = 8


@dataclass(frozen=True)
class Sheet:
    """One agreement: where it stands, its clause and the answer, and a row for each participant.

    `described` and `explanation` are the clause and its answer in words, `missing` what it still asks for, as lines
    with depths. `ended` is the day on which the agreement ended.
    """

    facts: AgreementFacts
    tracked: Tracked
    wording: Texts
    described: Sequence[tuple[int, str]]
    explanation: Sequence[str]
    missing: Sequence[tuple[int, str]]
    ended: FuzzyDate | None
    rows: Sequence[Row]

    @property
    def counts(self) -> dict[Status, int]:
        """How many participants have each status on the day, in the order of the statuses."""
        found = Counter(row.status for row in self.rows)
        return {status: found[status] for status in Status if found[status]}

    @property
    def computed(self) -> FuzzyDate | None:
        """The day of entry into force by the clause, where that is met."""
        outcome = self.tracked.outcome
        return outcome.date if outcome and outcome.met else None


@dataclass(frozen=True, kw_only=True)
class Participation(frame.OfAgreements):
    """The content of the report; every format renders this object."""

    agreement: Agreement | None
    party: Party | None
    area: Area | None
    sheets: Sequence[Sheet]
    left_out: int
    more: int = 0

    @property
    def agreements(self) -> list[AgreementFacts]:
        """The facts of the agreements that are shown."""
        return [sheet.facts for sheet in self.sheets]


def build(
    user: User,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    agreement: Agreement | None = None,
    party: Party | None = None,
    area: Area | None = None,
    limit: int | None = None,
) -> Participation:
    """Return the participants' tables of what the user may see, as true on a day and known at a moment (today, now).

    Unless it is named an agreement is left out that does not bind, or has neither an act of a participant nor a clause.
    With a `limit` only so many are looked into; `more` counts those that were not.
    """
    day, moment = as_of or clock.today(), known_at or clock.now()
    visible = Agreement.objects.for_user(user)
    if agreement:
        visible = visible.filter(pk=agreement.pk)
    told = tell(visible.order_by("pk").values_list("pk", flat=True), moment)
    found = [
        facts
        for facts in facts_from(told, day)
        if (not party or party.code in dict(facts.parties)) and (not area or area.code in dict(facts.areas))
    ]
    found.sort(key=lambda facts: _order(facts, day))
    telling: list[Sheet] = []
    looked = 0
    for facts in found:
        looked += 1
        sheet = sheet_of(facts, told.chains[facts.id], told, day)
        if agreement or _tells(sheet):
            telling.append(sheet)
        if len(telling) == limit:
            break
    return Participation(
        **frame.look(user, as_of, known_at),
        agreement=agreement,
        party=party,
        area=area,
        sheets=telling,
        left_out=looked - len(telling),
        more=len(found) - looked,
    )


def _order(facts: AgreementFacts, day: date) -> tuple[int, int, str]:
    """Put first what awaits consent, then what is in force; in each the latest change first."""
    group = _GROUPS.index(facts.group) if facts.group else len(_GROUPS)
    return group, -(facts.since.latest if facts.since else day).toordinal(), facts.reference


def _tells(sheet: Sheet) -> bool:
    tracked = sheet.tracked
    acted = any(act.on.possibly_by(tracked.on) for act in tracked.acts)
    return sheet.facts.binding and (acted or tracked.clause is not None or bool(tracked.problem))


def sheet_of(facts: AgreementFacts, chain: Chain, told: Told, day: date) -> Sheet:
    """Return the participants' table of one agreement with its clause and the answer."""
    tracked = told.track(chain, day)
    clause, outcome = tracked.clause, tracked.outcome
    ended = facts.since if facts.group == Group.ENDED else None
    written = texts(chain.record, "clause_text")
    need = outcome.need if outcome else None
    speaker = Speaker(outcome.participants if outcome else {})
    names = {code: pick(names).text for code, names in told.names.parties.items()}
    return Sheet(
        facts=facts,
        tracked=tracked,
        wording=written if any(written.values()) else (clause.text if clause else {}),
        described=describe(clause, names) if clause else (),
        explanation=explain(replace(outcome, need=None)) if outcome else (),
        missing=list(speaker.need(need)) if need else (),
        ended=ended,
        rows=rows_of(chain, told, tracked, ended),
    )


# ---- words ----
def arrange(content: Participation) -> Document:
    """Arrange the content into a document in the reader's language."""
    stamps = frame.stamps(content, area=content.area)
    if content.left_out:
        stamps.append(Stamp(_("Left out: not binding, or without act and clause"), str(content.left_out)))
    if content.more:
        more = _("%(number)s more agreements; the files have them") % {"number": grouped(content.more)}
        stamps.append(Stamp(_("Not on this page"), more))
    if content.agreement and content.sheets:
        subtitle = content.sheets[0].facts.short_title.text
    else:
        subtitle = str(content.party.name) if content.party else _("All partners")
    tables = [_whole(sheet) for sheet in content.sheets]
    return Document(
        title=_("Participation in agreements"),
        subtitle=subtitle,
        marking=str(content.level.label),
        stamps=stamps,
        wide=True,
        blocks=tables or [Table(_("Agreements"), (), (), empty=_("No participant had acted by this day."))],
    )


def _whole(sheet: Sheet) -> Table:
    """Return the table of an agreement under its title, with what it is and where it stands."""
    title = sheet.facts.short_title
    return replace(
        table_of(sheet, title.text),
        facts=[*_standing(sheet), *entry_facts(sheet)],
        address=f"/agreements/{sheet.facts.reference}/",
        language=title.language,
        series=_("Participants"),
    )


def table_of(sheet: Sheet, heading: str) -> Table:
    """Return the table of participants alone."""
    return Table(
        heading,
        [
            _("Participant"),
            _("Status"),
            _("Signature"),
            _("Consent to be bound"),
            _("In force for it"),
            _("Provisional application"),
            _("Reservations, declarations, objections"),
        ],
        [_row(row, sheet) for row in sheet.rows],
        empty=_("No participants are recorded."),
        sparse=True,
    )


def _standing(sheet: Sheet) -> Iterator[Fact]:
    facts = sheet.facts
    yield Fact.of(_("Reference"), facts.reference if facts.binding else f"{facts.reference}, {_('not binding')}")
    if facts.stage:
        since = _("%(stage)s, since %(date)s") % {"stage": facts.stage_label, "date": facts.since}
        yield Fact.of(_("Stage"), since, *own_notes(facts), *_possible(facts))
    else:
        yield Fact.of(_("Stage"), _("not yet begun for certain"), *_possible(facts))


def entry_facts(sheet: Sheet) -> Iterator[Fact]:
    """Yield how many participants stand how, the clause, its answer with the arithmetic, and what is missing."""
    facts, tracked, outcome = sheet.facts, sheet.tracked, sheet.tracked.outcome
    if sheet.counts:
        yield Fact.of(
            _("Participants"),
            "; ".join(f"{str(status.label).lower()}: {number}" for status, number in sheet.counts.items()),
        )
    wording = pick(sheet.wording)
    if wording.text:
        yield Fact(_("Clause"), [(0, wording.text)], wording.language)
    if tracked.problem:
        yield Fact.of(_("The clause cannot be read"), tracked.problem, alert=True)
    if outcome is None:
        if tracked.stated:
            label = _("Entry into force as stated") if facts.binding else _("In effect, as stated")
            yield Fact.of(label, str(tracked.stated))
        if not tracked.problem and facts.binding:
            yield Fact.of(_("By the clause"), _("The clause is not recorded as data, so nothing is computed."))
        return
    yield Fact(_("The clause as it is computed"), sheet.described)
    yield Fact.of(_("By the clause"), *sheet.explanation)
    if sheet.missing:
        label = _("What is missing, to be certain") if outcome.possibly_met else _("What is missing")
        yield Fact(label, sheet.missing)
    if outcome.provisional:
        yield Fact.of(_("Provisional application by the clause"), str(outcome.provisional))
    if tracked.stated or outcome.met:
        stated = str(tracked.stated) if tracked.stated else _("not recorded")
        computed = str(outcome.date) if outcome.met else _("not met")
        yield Fact.of(
            _("Conflict: entry into force") if tracked.conflict else _("Entry into force"),
            _("as stated: %(date)s") % {"date": stated},
            _("by the clause: %(date)s") % {"date": computed},
            alert=tracked.conflict,
        )


def _possible(facts: AgreementFacts) -> list[str]:
    return [mark.words for mark in facts.marks if mark.code == "possibly"]


def _row(row: Row, sheet: Sheet) -> list[Cell]:
    names = {one.code: pick(one.names).text for one in sheet.rows}
    name = pick(row.names)
    said = [
        *(line for one in row.reservations for line in _reservation(one, names, sheet)),
        *(_act(one, sheet) for one in (*row.declarations, *row.objections)),
    ]
    return [
        Cell.of(name, notes=[_role(row, sheet)]),
        _status(row),
        _dated((_signature(one, sheet) for one in row.signatures), (one.act.on for one in row.signatures)),
        _cell([_act(one, sheet) for one in row.consents] or _unrecorded(row, sheet)),
        _dated((_bound(one, row) for one in row.bound), (one.since for one in row.bound)),
        _cell(_applied(row, sheet)),
        _cell(said),
    ]


def _role(row: Row, sheet: Sheet) -> str:
    """Say the role. The journal dates none: on a past day it is said to be what is recorded now."""
    if sheet.tracked.on >= clock.today():
        return str(row.present_role.label)
    return _("recorded as: %(role)s") % {"role": str(row.role.label).lower()}


def _unrecorded(row: Row, sheet: Sheet) -> list[str]:
    """Say of a party to an agreement that is in force, or was, that its consent is not on record."""
    party = row.role == Role.PARTY and sheet.facts.binding and sheet.tracked.stated
    return [_("not recorded")] if row.implied or party else []


def _cell(lines: Iterable[str]) -> Cell:
    first, *rest = [*lines] or [NOTHING]
    return Cell(first, notes=rest)


def _dated(lines: Iterable[str], days: Iterable[FuzzyDate]) -> Cell:
    """Return a cell of lines; where the first is a day and nothing else, it is kept as a day."""
    cell = _cell(lines)
    return replace(cell, value=next((day for day in days if str(day) == cell.text), None))


def _applied(row: Row, sheet: Sheet) -> Iterator[str]:
    yield from (_act(one, sheet, named=False) for one in row.provisional)
    if row.applied_from:
        yield _("since %(day)s, by the clause") % {"day": row.applied_from}


def _status(row: Row) -> Cell:
    notes = [_("since %(day)s") % {"day": row.since}] if row.since else []
    if row.possibly:
        notes.append(_("possibly: %(status)s") % {"status": str(row.possibly.label).lower()})
    return Cell(str(row.status.label), notes=notes)


def _signature(done: Done, sheet: Sheet) -> str:
    manner = done.act.manner
    words = str(SignatureManner(manner).label) if manner in SignatureManner.values else ""
    kind = "" if done.act.kind == ActionKind.SIGNATURE else str(done.act.kind.label)
    return _line(done, [kind, str(done.act.on), words], sheet)


def _act(done: Done, sheet: Sheet, *, named: bool = True) -> str:
    return _line(done, [str(done.act.kind.label) if named else "", str(done.act.on)], sheet)


def _line(done: Done, parts: Sequence[str], sheet: Sheet) -> str:
    """Say an act in one line: what, when, and in brackets what else is known of it and what is not certain."""
    act = done.act
    more = [act.scope]
    aimed = next((other for other in sheet.tracked.acts if act.target and other.id == act.target), None)
    if aimed and act.kind == ActionKind.OBJECTION:
        more.append(
            _("to the reservation of %(day)s: %(party)s")
            % {"day": aimed.on, "party": pick(sheet.tracked.participants[aimed.party].names).text}
        )
    if act.received and act.received != act.on:
        more.append(_("received %(day)s") % {"day": act.received})
    if act.effective and act.effective != act.on:
        more.append(_("effective %(day)s") % {"day": act.effective})
    if done.withdrawn:
        more.append(_("withdrawn %(day)s") % {"day": done.withdrawn})
    if done.certainty != Certainty.FIRM:
        more.append(str(done.certainty.label))
    if not done.certain:
        more.append(_("possibly by this day"))
    if act.kind in (ActionKind.RESERVATION, ActionKind.DECLARATION, ActionKind.OBJECTION) and done.what.text:
        more.append(_("“%(words)s”") % {"words": done.what.text})
    said = ", ".join(part for part in parts if part)
    kept = "; ".join(part for part in more if part)
    return f"{said} ({kept})" if kept else said


def _bound(bound: Bound, row: Row) -> str:
    until = bound.until or row.ended
    more = []
    if until:
        more.append(_("until %(day)s") % {"day": until})
    if bound.ahead:
        more.append(_("still to come"))
    if not bound.certain:
        more.append(_("not certain"))
    if bound.rule == "own":
        more.append(_("by its own date"))
    if bound.conflict:
        more.append(_("a source states %(day)s") % {"day": bound.stated})
    return f"{bound.since} ({'; '.join(more)})" if more else str(bound.since)


def _reservation(reserved: Reserved, names: dict[str, str], sheet: Sheet) -> Iterator[str]:
    """Yield a reservation, and how the others stand to it: who objected, who accepted, whose clock still runs."""
    yield _act(reserved.done, sheet)
    if reserved.done.withdrawn:
        return
    objected = [
        _("%(party)s (late)") % {"party": names[answer.party]} if answer.late else names[answer.party]
        for answer in reserved.of("objected")
    ]
    if objected:
        yield _("objected: %(parties)s") % {"parties": ", ".join(objected)}
    if accepted := reserved.of("accepted"):
        yield _("accepted: %(parties)s") % {"parties": _some(accepted, names)}
    by_clock: dict[date | None, list[Answer]] = {}
    for answer in reserved.of("open"):
        by_clock.setdefault(answer.by, []).append(answer)
    for by, answers in by_clock.items():
        told = {"parties": _some(answers, names), "day": render_day(by) if by else ""}
        yield (
            _("open, the clock cannot be computed: %(parties)s")
            if by is None
            else _("open until %(day)s: %(parties)s")
            if by >= sheet.tracked.on
            else _("open until its consent to be bound: %(parties)s")
        ) % told


def _some(answers: Sequence[Answer], names: dict[str, str]) -> str:
    """Name a few parties; count many."""
    if len(answers) > _NAMED:
        return str(len(answers))
    return ", ".join(names[answer.party] for answer in answers)


# ---- data, for programs ----
def data(content: Participation) -> dict[str, Any]:
    """Return the content as JSON values, in the form that the head of this module describes."""
    return frame.head(content, "participation", agreement=content.agreement, party=content.party, area=content.area) | {
        "left_out": content.left_out,
        "agreements": [head_data(sheet.facts) | sheet_data(sheet) for sheet in content.sheets],
    }


def sheet_data(sheet: Sheet) -> dict[str, Any]:
    """Return a sheet as JSON values, without what every report says of an agreement."""
    facts, tracked, outcome = sheet.facts, sheet.tracked, sheet.tracked.outcome
    has_clause = tracked.clause or tracked.problem or any(sheet.wording.values())
    return {
        "since": _day(facts.since),
        "marks": [{"code": mark.code, "words": mark.words} for mark in facts.marks],
        "clause": {
            "wording": dict(sheet.wording),
            "source": (tracked.clause.source if tracked.clause else "") or None,
            "described": [{"depth": depth, "text": text} for depth, text in sheet.described],
            "problem": tracked.problem or None,
        }
        if has_clause
        else None,
        "entry_into_force": {
            "stated": _day(tracked.stated),
            "computed": _day(sheet.computed),
            "conflict": tracked.conflict,
            "answer": to_data(outcome) if outcome else None,
        },
        "ended": _day(sheet.ended),
        "counts": {status.value: number for status, number in sheet.counts.items()},
        "participants": [_row_data(row) for row in sheet.rows],
    }


def _row_data(row: Row) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": dict(row.names),
        "role": row.role.value,
        "own": row.own,
        "status": row.status.value,
        "status_label": str(row.status.label),
        "possibly": row.possibly.value if row.possibly else None,
        "since": _day(row.since),
        "implied": row.implied,
        "signatures": [_act_data(one) for one in row.signatures],
        "consents": [_act_data(one) for one in row.consents],
        "in_force": [
            {
                "from": _day(one.since),
                "until": _day(one.until or row.ended),
                "stated": _day(one.stated),
                "conflict": one.conflict,
                "to_come": one.ahead,
                "certain": one.certain,
                "rule": one.rule or None,
                "explanation": one.why or None,
            }
            for one in row.bound
        ],
        "provisional_application": [_act_data(one) for one in row.provisional],
        "provisional_by_clause": _day(row.applied_from),
        "reservations": [
            {
                **_act_data(one.done),
                "answers": [
                    {
                        "party": answer.party,
                        "state": answer.state,
                        "by": answer.by.isoformat() if answer.by else None,
                        "late": answer.late,
                        "objection": answer.objection.id if answer.objection else None,
                    }
                    for answer in one.answers
                ],
            }
            for one in row.reservations
        ],
        "declarations": [_act_data(one) for one in row.declarations],
        "objections": [_act_data(one) for one in row.objections],
    }


def _act_data(done: Done) -> dict[str, Any]:
    act = done.act
    return {
        "id": act.id or None,
        "kind": act.kind.value,
        "label": str(act.kind.label),
        "on": _day(act.on),
        "received": _day(act.received),
        "effective": _day(act.effective),
        "manner": act.manner or None,
        "scope": act.scope or None,
        "target": act.target or None,
        "certain": done.certain,
        "withdrawn": _day(done.withdrawn),
        "certainty": done.certainty.value,
        "what": done.what.text or None,
        "source": done.source or None,
        "implied": done.implied,
    }


def _day(when: FuzzyDate | None) -> dict[str, Any] | None:
    return day_data(when) if when else None
