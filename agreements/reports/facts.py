"""The facts that reports arrange: read once, from the chains of the journal, as true on a day and known at a moment."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements import clock, journal, walk
from agreements.choices import ActionKind, Ball, Certainty, EntryKind, Group, Precision, Stage, SubjectKind, Transition
from agreements.dates import FuzzyDate, render_day
from agreements.history import History, read
from agreements.models import Agreement, Area, Entry, Indicator, ProcedureVersion, Unit, User
from agreements.procedures import Procedure
from agreements.words import LANGUAGES, Texts, Worded, pick, worded

#: How long before the end of validity a reader is told, and told urgently.
EXPIRY_SOON, EXPIRY_LATE = 90, 7
_COLUMNS = ("id", "subject", "sequence", "kind", "position", "transition", "to_stage", "earliest", "latest",
            "precision", "certainty", "stated_elsewhere", "stated_by", "origin", "out_of_procedure", "voids_id", "data",
            "text__content")  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """Something the reader should notice: how strongly, which sign, which words."""

    code: str
    kind: str
    icon: str
    words: str


@dataclass(frozen=True)
class Happened:
    """The last thing that happened: what, and when."""

    label: Worded
    on: FuzzyDate


@dataclass(frozen=True)
class AgreementFacts:
    """Where one agreement stood on a day, as known at a moment; words are in the reader's language."""

    id: UUID
    reference: str
    titles: Texts
    short_titles: Texts
    kind: str
    procedure: Procedure
    binding: bool
    stage: Stage | None
    stage_label: str
    group: Group | None
    possibly: tuple[tuple[Stage, str], ...]
    since: FuzzyDate | None
    certainty: Certainty
    stated_elsewhere: FuzzyDate | None
    stated_by: str
    days_in_stage: int | None
    days_exact: bool
    text: int
    round: int
    last: Happened | None
    next_step: str
    next_code: str
    planned: FuzzyDate | None
    ball: Ball
    ball_words: str
    hold_since: FuzzyDate | None
    hold_reason: Worded
    marks: tuple[Mark, ...]
    areas: tuple[tuple[str, Texts], ...]
    parties: tuple[tuple[str, Texts], ...]
    roles: Mapping[str, str]
    valid_from: date | None
    valid_until: date | None
    lead_unit: Texts
    officer: str
    level: str

    @property
    def title(self) -> Worded:
        """The full title in the reader's language, or in one that has it."""
        return pick(self.titles)

    @property
    def short_title(self) -> Worded:
        """The short title in the reader's language; the full one of a language that has no short one."""
        return pick({language: self.short_titles[language] or self.titles[language] for language in LANGUAGES})

    @property
    def urgency(self) -> int:
        """How much attention it needs: 0 late, 1 soon, 2 none."""
        return min(
            (("late", "soon").index(mark.kind) for mark in self.marks if mark.kind in ("late", "soon")), default=2
        )


@dataclass(frozen=True)
class IndicatorFacts:
    """One figure on a partner with its source."""

    party: str
    names: Texts
    units: Texts
    period_from: date | None
    period_until: date
    value: Decimal
    at_least: bool
    change_on_year: Decimal | None
    source: str


def facts_of(
    agreements: Iterable[Agreement], *, user: User, as_of: date, known_at: datetime | None = None
) -> list[AgreementFacts]:
    """Return the facts of agreements that the caller read through `for_user`, in their order.

    Left out is what had not begun on the day, or was not known at the moment. Runs the same number of queries for any
    number of agreements.
    """
    keys = [agreement.pk for agreement in agreements]
    chains = _chains(keys, known_at)
    records = {key: _record(chain) for key, chain in chains.items()}
    names = _Names(records.values(), known_at)
    found = (_facts(key, chains[key], records[key], names, as_of) for key in keys if key in chains)
    return [facts for facts in found if facts is not None]


def indicators_of(
    *, user: User, as_of: date, known_at: datetime | None = None, party: str = ""
) -> list[IndicatorFacts]:
    """Return the figures of periods that had ended, as known at a moment, by partner and name, the latest first."""
    codes = {str(code) for code in _visible_codes(user)}
    found = []
    for columns in journal.rebuild(SubjectKind.INDICATOR, known_at).values():
        if columns["party"] not in codes or (party and columns["party"] != party):
            continue
        if date.fromisoformat(columns["period_until"]) > as_of:
            continue
        found.append(
            IndicatorFacts(
                party=columns["party"],
                names=_texts(columns, "name"),
                units=_texts(columns, "unit"),
                period_from=_day(columns["period_from"]),
                period_until=date.fromisoformat(columns["period_until"]),
                value=Decimal(columns["value"]),
                at_least=columns["at_least"],
                change_on_year=Decimal(columns["change_on_year"]) if columns["change_on_year"] else None,
                source=columns["source"],
            )
        )
    return sorted(found, key=lambda item: (item.party, item.names["en"], -item.period_until.toordinal(), item.source))


def _visible_codes(user: User) -> Iterable[str]:
    return Indicator.objects.for_user(user).values_list("party__code", flat=True).distinct().order_by("party__code")


def _chains(keys: list[UUID], known_at: datetime | None) -> dict[UUID, list[dict[str, Any]]]:
    entries = Entry.objects.filter(subject__in=keys)
    if known_at is not None:
        entries = entries.filter(recorded_at__lte=known_at)
    chains: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in entries.order_by("subject", "sequence").values(*_COLUMNS):
        chains[row["subject"]].append(row)
    return chains


class _Names:
    """The words behind the codes of a record, read once."""

    def __init__(self, records: Collection[Mapping[str, Any]], known_at: datetime | None) -> None:
        parties = journal.rebuild(SubjectKind.PARTY, known_at).values()
        self.parties = {columns["code"]: _texts(columns, "name") for columns in parties}
        self.areas = {area.code: area.names for area in Area.objects.all()}
        self.units = {unit.code: unit.names for unit in Unit.objects.all()}
        officers = {record["officer"] for record in records if record["officer"]}
        known = User.objects.filter(pk__in=officers) if officers else ()
        self.officers = {str(user.pk): str(user) for user in known}
        self.procedures = ProcedureVersion.objects.rules(record["procedure_version"] for record in records)


def _record(chain: list[dict[str, Any]]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for row in chain:
        if row["kind"] in (EntryKind.OPEN, EntryKind.EDIT):
            journal.take(record, row)
    return record


def _facts(
    key: UUID, chain: list[dict[str, Any]], record: dict[str, Any], names: _Names, as_of: date
) -> AgreementFacts | None:
    history = History()
    read(history, [row for row in chain if row["kind"] != EntryKind.EDIT])
    if history.is_void:
        return None
    standing = _standing(history.line, as_of)
    state = standing.state
    # A day without any lower bound is no ground to say that something may have begun.
    bounded = [entry for entry in history.line if entry.when.earliest != date.min]
    if state is None and not any(entry.when.possibly_by(as_of) for entry in bounded):
        return None
    rules = names.procedures[record["procedure_version"]]
    rows = {row["id"]: row for row in chain}
    since = rows[state.since.id] if state else None
    present = state is not None and state.since.id == walk.replay(history.line).since.id
    planned_name, planned = _planned(record, rules, state)
    ball = Ball(record["ball"]) if present and record["ball"] else _ball(rules, state, history, as_of)
    parties = tuple((item["party"], names.parties[item["party"]]) for item in record["participants"])
    hold = rows[state.hold.id] if state and state.hold else None
    return AgreementFacts(
        id=key,
        reference=record["reference"],
        titles=_texts(record, "title"),
        short_titles=_texts(record, "short_title"),
        kind=record["kind"],
        procedure=rules,
        binding=rules.binding,
        stage=state.stage if state else None,
        stage_label=rules.stage_label(state.stage) if state else "",
        group=state.stage.group if state else None,
        possibly=tuple((stage, rules.stage_label(stage)) for stage in standing.possibly),
        since=state.since.when if state else None,
        certainty=Certainty(since["certainty"]) if since else Certainty.FIRM,
        stated_elsewhere=since["stated_elsewhere"] if since else None,
        stated_by=since["stated_by"] if since else "",
        days_in_stage=max(0, (as_of - state.since.when.latest).days) if state else None,
        days_exact=state is not None and state.since.when.precision == Precision.DAY and not state.since.reported,
        text=state.text if state else 1,
        round=_round(chain, state, as_of),
        last=_last(chain, rules, as_of),
        next_step=(record.get("next_step", "") if present else "") or planned_name or _end(record, state),
        next_code=_next(rules, state) or "",
        planned=planned,
        ball=ball,
        ball_words=_ball_words(ball, parties),
        hold_since=_when(hold) if hold else None,
        hold_reason=worded(json.loads(hold["text__content"] or "{}").get("reason", "")) if hold else Worded("", ""),
        marks=tuple(_marks(record, rules, standing, history, rows, as_of)),
        areas=tuple((code, names.areas.get(code, {"en": code})) for code in record["areas"]),
        parties=parties,
        roles={item["party"]: item["role"] for item in record["participants"]},
        valid_from=_day(record["valid_from"]),
        valid_until=_day(record["valid_until"]),
        lead_unit=names.units.get(record["lead_unit"] or "", {}),
        officer=names.officers.get(record["officer"] or "", ""),
        level=record["level"],
    )


def _standing(line: Sequence[walk.Placed], as_of: date) -> walk.Standing:
    """Return what was true on a day. By today all that is recorded has happened, however vague its date."""
    if as_of >= clock.today():
        return walk.Standing(walk.replay(line), ())
    return walk.as_of(line, as_of)


def _next(rules: Procedure, state: walk.State | None) -> Transition | None:
    return rules.stages[state.stage].next if state else None


def _planned(record: Mapping[str, Any], rules: Procedure, state: walk.State | None) -> tuple[str, FuzzyDate | None]:
    name = _next(rules, state)
    columns = {Transition.SIGN: "planned_signing", Transition.ENTER_INTO_FORCE: "planned_entry_into_force"}
    text = record.get(columns[name]) if name in columns else None
    return (rules.step_label(name) if name else ""), (FuzzyDate.parse(text) if text else None)


def _end(record: Mapping[str, Any], state: walk.State | None) -> str:
    until = _day(record["valid_until"])
    if until is None or state is None or state.stage.group != Group.OPERATIVE:
        return ""
    return _("Validity ends on %(day)s") % {"day": render_day(until)}


def _ball(rules: Procedure, state: walk.State | None, history: History, as_of: date) -> Ball:
    """Return who must act as the procedure says; once the own side has consented, the others are awaited."""
    if state is None:
        return Ball.NOBODY
    consented = any(
        party == settings.OWN_SIDE and act in ActionKind.consents() and when.certainly_by(as_of)
        for _text, when, (party, act) in history.acts
    )
    ball = rules.stages[state.stage].ball
    return Ball.OTHER if state.stage == Stage.RATIFYING and ball == Ball.OWN and consented else ball


def _ball_words(ball: Ball, parties: tuple[tuple[str, Texts], ...]) -> str:
    others = [names for code, names in parties if code != settings.OWN_SIDE]
    if ball == Ball.OTHER and len(others) == 1 and len(parties) == 2:
        return pick(others[0]).text
    return str(ball.label)


def _live(chain: list[dict[str, Any]]) -> list[dict[str, Any]]:
    voided = {row["voids_id"] for row in chain if row["voids_id"]}
    told = (EntryKind.OPEN, EntryKind.STEP, EntryKind.HOLD, EntryKind.RELEASE, EntryKind.NOTE, EntryKind.ACTION)
    return [row for row in chain if row["kind"] in told and row["id"] not in voided]


def _happened(row: Mapping[str, Any], as_of: date) -> bool:
    """Whether it had certainly happened by the day; by today all that is recorded has happened."""
    return as_of >= clock.today() or row["latest"] <= as_of


def _last(chain: list[dict[str, Any]], rules: Procedure, as_of: date) -> Happened | None:
    """Return the last thing that has certainly happened; of several on one day the one that stands higher."""
    done = [row for row in _live(chain) if _happened(row, as_of)]
    if not done:
        return None
    row = max(done, key=lambda item: (_day_of(item), item["earliest"], item["position"] or 0, item["sequence"]))
    said = worded(json.loads(row["text__content"] or "{}").get("what", ""))
    label = rules.stage_label(row["to_stage"]) if row["to_stage"] else str(EntryKind(row["kind"]).label)
    return Happened(said if said.text else Worded(label, ""), _when(row))


def _day_of(row: Mapping[str, Any]) -> date:
    """Return the day by which it stands in a list; what has no place and no last day stands by its first."""
    open_ended = row["position"] is None and row["latest"] == date.max
    found: date = row["earliest"] if open_ended else row["latest"]
    return found


def _round(chain: list[dict[str, Any]], state: walk.State | None, as_of: date) -> int:
    told = [json.loads(row["data"]) for row in _live(chain) if row["kind"] == EntryKind.NOTE and _happened(row, as_of)]
    text = state.text if state else 1
    return max((data.get("round", 0) for data in told if data.get("text", 1) == text), default=0)


def _marks(
    record: Mapping[str, Any],
    rules: Procedure,
    standing: walk.Standing,
    history: History,
    rows: Mapping[UUID, Mapping[str, Any]],
    as_of: date,
) -> Iterable[Mark]:
    state = standing.state
    steps = [rows[entry.id] for entry in history.line if entry.when.possibly_by(as_of)]
    if state and state.stage.group == Group.OPERATIVE:
        yield from _expiry(_day(record["valid_until"]), as_of)
    if state and state.stage == Stage.SIGNING and not record["planned_signing"]:
        yield Mark("no-planned-date", "soon", "missing", _("No date of signing is planned"))
    if state and state.hold:
        yield Mark("on-hold", "plain", "hold", _("On hold since %(since)s") % {"since": state.hold.when})
    if standing.possibly:
        labels = _(" or ").join(rules.stage_label(stage) for stage in standing.possibly)
        yield Mark("possibly", "plain", "inferred", _("Possibly already: %(stages)s") % {"stages": labels})
    if any(row["out_of_procedure"] for row in steps):
        yield Mark("out-of-procedure", "plain", "flag", _("Out of procedure"))
    if any(row["stated_elsewhere"] or row["certainty"] == Certainty.DISPUTED for row in steps):
        yield Mark("disputed-date", "plain", "sources", _("Sources disagree on a date"))


def _expiry(until: date | None, as_of: date) -> Iterable[Mark]:
    if until is None:
        return
    days = (until - as_of).days
    if days < 0:
        yield Mark("validity-ended", "late", "triangle", _("Validity ended on %(day)s") % {"day": render_day(until)})
    elif days <= EXPIRY_SOON:
        words = ngettext("Expires in %(days)s day", "Expires in %(days)s days", days) % {"days": days}
        late = days <= EXPIRY_LATE
        yield Mark("expiring", "late" if late else "soon", "triangle" if late else "clock", words)


def _texts(columns: Mapping[str, Any], name: str) -> dict[str, str]:
    return {language: columns.get(f"{name}_{language}", "") for language in LANGUAGES}


def _when(row: Mapping[str, Any]) -> FuzzyDate:
    return FuzzyDate(row["earliest"], row["latest"], Precision(row["precision"]))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
