"""The facts that reports arrange: read once, from the chains of the journal, as true on a day and known at a moment."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements import clock, journal, walk
from agreements.bonds import Seen, ball_words, see
from agreements.chains import Names, Told, day_of, said_in, tell, texts, when_of
from agreements.choices import (
    Ball,
    Certainty,
    EntryKind,
    Group,
    Precision,
    Stage,
    Status,
    SubjectKind,
    Transition,
)
from agreements.dates import FuzzyDate, render_day
from agreements.findings import ICONS, seen_in
from agreements.models import Agreement, Area, Indicator, Party, User
from agreements.periods import Period, Validity
from agreements.procedures import Procedure
from agreements.reports.document import NOTHING, Steps
from agreements.reports.stays import Stay, stays_in, steps_of
from agreements.words import LANGUAGES, Texts, Worded, pick, worded

#: So many partners are named one by one.
_NAMED = 3


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
    """Where one agreement stood on a day, as known at a moment; words are in the reader's language.

    `own_status` is how the own side stands to it, None where nothing is recorded of that; `not_for_us` says that it is
    in force without binding the own side. `computed_entry` is the day of entry into force by the clause, where that is
    met, and `missing` says in one line what the clause still asks for. `period` is the one in which the day lies.
    """

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
    planned_signing: FuzzyDate | None
    ball: Ball
    ball_words: str
    hold_since: FuzzyDate | None
    hold_reason: Worded
    own_status: Status | None
    own_possibly: Status | None
    not_for_us: bool
    computed_entry: FuzzyDate | None
    missing: str
    marks: tuple[Mark, ...]
    areas: tuple[tuple[str, Texts], ...]
    parties: tuple[tuple[str, Texts], ...]
    roles: Mapping[str, str]
    organisations: frozenset[str]
    valid_from: date | None
    valid_until: date | None
    validity: Validity
    period: Period | None
    lead_unit: Texts
    lead_unit_code: str
    officer: str
    officer_account: str
    level: str
    stays: tuple[Stay, ...]

    @property
    def steps(self) -> Steps | None:
        """How far it is in its procedure; None where it has ended, or no stage is certain."""
        return steps_of(self.procedure, self.stage)

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
    balls = {agreement.pk: agreement.ball_by_tasks for agreement in agreements}
    return list(facts_from(tell(balls, known_at, balls=balls if known_at is None else {}), as_of))


def facts_from(told: Told, as_of: date) -> Iterator[AgreementFacts]:
    """Yield the facts of the agreements that had begun by the day, certainly or perhaps, in their order."""
    for chain in told.chains.values():
        seen = see(chain, told, as_of)
        if seen is not None:
            yield facts_in(seen, told.names)


def indicators_of(
    *, user: User, as_of: date, known_at: datetime | None = None, party: str = ""
) -> list[IndicatorFacts]:
    """Return the figures of periods that had ended, as known at a moment, by partner and name, the latest first."""
    codes = {str(code) for code in _visible_codes(user)}
    found = []
    for columns in journal.rebuild(SubjectKind.INDICATOR, known_at).values():
        if columns.get("is_void"):
            continue
        if columns["party"] not in codes or (party and columns["party"] != party):
            continue
        if date.fromisoformat(columns["period_until"]) > as_of:
            continue
        found.append(figure_of(columns))
    return sorted(found, key=lambda item: (item.party, item.names["en"], -item.period_until.toordinal(), item.source))


def figure_of(columns: Mapping[str, Any]) -> IndicatorFacts:
    """Return a figure as the recorded columns of its indicator tell it."""
    return IndicatorFacts(
        party=columns["party"],
        names=texts(columns, "name"),
        units=texts(columns, "unit"),
        period_from=day_of(columns["period_from"]),
        period_until=date.fromisoformat(columns["period_until"]),
        value=Decimal(columns["value"]),
        at_least=columns["at_least"],
        change_on_year=Decimal(columns["change_on_year"]) if columns["change_on_year"] else None,
        source=columns["source"],
    )


def _visible_codes(user: User) -> Iterable[str]:
    return Indicator.objects.for_user(user).values_list("party__code", flat=True).distinct().order_by("party__code")


def facts_in(seen: Seen, names: Names, *, whose: bool = True) -> AgreementFacts:
    """Return the facts of an agreement from a look at it; `names` are the words behind the codes of its record.

    Without `whose`, whose it is in the ministry is not told: the names of units and officers are not read.
    """
    chain, as_of = seen.chain, seen.as_of
    record, rules, rows = chain.record, chain.rules, chain.by_id
    state, bond, parties = seen.state, seen.bond, tuple(seen.parties)
    since = rows[state.since.id] if state else None
    planned_name, planned = _planned(record, rules, state)
    hold = rows[state.hold.id] if state and state.hold else None
    return AgreementFacts(
        id=chain.id,
        reference=record["reference"],
        titles=texts(record, "title"),
        short_titles=texts(record, "short_title"),
        kind=record["kind"],
        procedure=rules,
        binding=rules.binding,
        stage=state.stage if state else None,
        stage_label=rules.stage_label(state.stage) if state else "",
        group=state.stage.group if state else None,
        possibly=tuple((stage, rules.stage_label(stage)) for stage in seen.stood.possibly),
        since=state.since.when if state else None,
        certainty=Certainty(since["certainty"]) if since else Certainty.FIRM,
        stated_elsewhere=since["stated_elsewhere"] if since else None,
        stated_by=since["stated_by"] if since else "",
        days_in_stage=max(0, (as_of - state.since.when.latest).days) if state else None,
        days_exact=state is not None and state.since.when.precision == Precision.DAY and not state.since.reported,
        text=state.text if state else 1,
        round=_round(chain.live, state, as_of),
        last=last_in(chain.live, rules, as_of),
        next_step=(record.get("next_step", "") if seen.present else "") or planned_name or _end(seen),
        next_code=_next(rules, state) or "",
        planned=planned,
        planned_signing=FuzzyDate.parse(record["planned_signing"]) if record["planned_signing"] else None,
        ball=seen.ball,
        ball_words=ball_words(seen.ball, parties),
        hold_since=when_of(hold) if hold else None,
        hold_reason=worded(said_in(hold, "reason")) if hold else Worded("", ""),
        own_status=bond.own,
        own_possibly=bond.own_possibly,
        not_for_us=bond.not_for_us,
        computed_entry=bond.computed,
        missing=bond.missing,
        marks=tuple(_marks(seen)),
        areas=tuple((code, names.areas.get(code, {"en": code})) for code in record["areas"]),
        parties=parties,
        organisations=frozenset(code for code, _names in parties if names.participants[code].organisation),
        roles={item["party"]: item["role"] for item in record["participants"]},
        valid_from=day_of(record["valid_from"]),
        valid_until=day_of(record["valid_until"]),
        validity=seen.validity,
        period=seen.period,
        lead_unit=names.units.get(record["lead_unit"] or "", {}) if whose else {},
        lead_unit_code=record["lead_unit"] or "",
        officer=names.officers.get(record["officer"] or "", "") if whose else "",
        officer_account=names.accounts.get(record["officer"] or "", "") if whose else "",
        level=record["level"],
        stays=stays_in(seen),
    )


def _next(rules: Procedure, state: walk.State | None) -> Transition | None:
    return rules.stages[state.stage].next if state else None


def _planned(record: Mapping[str, Any], rules: Procedure, state: walk.State | None) -> tuple[str, FuzzyDate | None]:
    name = _next(rules, state)
    columns = {Transition.SIGN: "planned_signing", Transition.ENTER_INTO_FORCE: "planned_entry_into_force"}
    text = record.get(columns[name]) if name in columns else None
    return (rules.step_label(name) if name else ""), (FuzzyDate.parse(text) if text else None)


def _end(seen: Seen) -> str:
    period = seen.period
    if period is None or seen.group != Group.OPERATIVE:
        return ""
    if period.renews_on:
        return _("Renewed on %(day)s unless notice is given") % {"day": render_day(period.renews_on)}
    return _("Validity ends on %(day)s") % {"day": render_day(period.last)}


def happened(row: Mapping[str, Any], as_of: date) -> bool:
    """Whether what an entry tells had certainly happened by the day; by today all that is recorded has happened."""
    return as_of >= clock.today() or row["latest"] <= as_of


def last_in(live: Sequence[Mapping[str, Any]], rules: Procedure, as_of: date) -> Happened | None:
    """Return the last thing that has certainly happened; of several on one day the one that stands higher."""
    done = [row for row in live if happened(row, as_of)]
    if not done:
        return None
    row = max(done, key=order_of)
    said = worded(said_in(row, "what"))
    label = rules.stage_label(row["to_stage"]) if row["to_stage"] else str(EntryKind(row["kind"]).label)
    return Happened(said if said.text else Worded(label, ""), when_of(row))


def order_of(row: Mapping[str, Any]) -> tuple[date, date, int, int]:
    """Return the key by which entries stand in a list: by day; what has no place and no last day by its first."""
    open_ended = row["position"] is None and row["latest"] == date.max
    day = row["earliest"] if open_ended else row["latest"]
    return day, row["earliest"], row["position"] or 0, row["sequence"]


def _round(live: Sequence[Mapping[str, Any]], state: walk.State | None, as_of: date) -> int:
    told = [json.loads(row["data"]) for row in live if row["kind"] == EntryKind.NOTE and happened(row, as_of)]
    text = state.text if state else 1
    return max((data.get("round", 0) for data in told if data.get("text", 1) == text), default=0)


def _marks(seen: Seen) -> Iterable[Mark]:
    """Yield what the reader should notice in the agreement by itself; an end that is far off is left to reviews."""
    for finding in seen_in(seen):
        icon = ICONS[finding.code]
        if finding.code == "expiring":
            if finding.strength == "plain":
                continue
            icon = "triangle" if finding.strength == "late" else "clock"
        yield Mark(finding.code, finding.strength, icon, finding.sentence)


def partners(facts: AgreementFacts) -> str:
    """Name the participants beside the own side; of many only organisations and the number of the others."""
    others = [(code, names) for code, names in facts.parties if code != settings.OWN_SIDE]
    if len(others) <= _NAMED:
        return ", ".join(pick(names).text for _code, names in others) or NOTHING
    named = [pick(names).text for code, names in others if code in facts.organisations] or [pick(others[0][1]).text]
    rest = len(others) - len(named)
    return ngettext("%(names)s and %(count)d other", "%(names)s and %(count)d others", rest) % {
        "names": ", ".join(named),
        "count": rest,
    }


def concerns(facts: AgreementFacts, party: Party | None, area: Area | None) -> bool:
    """Whether a party takes part, and the agreement belongs to an area, where one of them is asked for."""
    return (party is None or party.code in dict(facts.parties)) and (area is None or area.code in dict(facts.areas))


def head_data(facts: AgreementFacts) -> dict[str, Any]:
    """Return what every report says of an agreement in JSON: what it is and where it stands, in codes and texts."""
    return {
        "reference": facts.reference,
        "title": dict(facts.titles),
        "short_title": dict(facts.short_titles),
        "kind": facts.kind,
        "procedure": facts.procedure.code,
        "binding": facts.binding,
        "stage": facts.stage.value if facts.stage else None,
        "stage_label": facts.stage_label or None,
        "group": facts.group.value if facts.group else None,
        "possibly": [stage.value for stage, _label in facts.possibly],
        "own_side_status": facts.own_status.value if facts.own_status else None,
        "own_side_possibly": facts.own_possibly.value if facts.own_possibly else None,
        "in_force_but_not_for_us": facts.not_for_us,
    }
