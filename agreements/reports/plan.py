"""The plan of treaties: what is to be signed, ratified or to enter into force in a period, and what has no date yet.

Annual and three-year plans are made under the Law on International Treaties of the Republic of Kazakhstan (Art. 2-1).

As JSON: `report`, `as_of`, `known_at`, `language`, `author`, `level`, `filters` (`since`, `until`: days; `with`,
`area`: codes or null), and lists `to_sign`, `to_ratify`, `to_enter_into_force`, `undated` (in preparation, no date of
signing planned), `not_binding` (texts that are no treaties, to be signed in the period). Each agreement: what every
report says of one (docs/reports.md), `in_the_name_of`, `areas`, `participants`, `planned` (a *day*: `{iso, earliest,
latest, precision}`, null where none is), `certain` (the date lies in the period for certain), `by_clause` (it was
computed), `first_deadline` (`{task, law, due}`: what the procedure asks for first, counted back from the planned
signing, or null), `lead_unit`, `officer`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import calendars, clock, duties
from agreements.chains import tell
from agreements.choices import Group, InTheNameOf, Stage, Transition
from agreements.dates import FuzzyDate, render_day
from agreements.entry_into_force import day_data
from agreements.models import Agreement, Area, Party, User
from agreements.reports import frame
from agreements.reports.document import NOTHING, Cell, Document, Stamp, Table
from agreements.reports.facts import AgreementFacts, concerns, facts_from, head_data, partners
from agreements.words import Texts, pick

TITLE = gettext_lazy("Plan")
ABOUT = gettext_lazy("Which treaties are to be signed, ratified or to enter into force in a period.")
#: What the report can be narrowed to.
FILTERS = ("since", "until", "party", "area")
BEGINS = True


@dataclass(frozen=True)
class Deadline:
    """What the procedure asks for first before a planned signing."""

    task: Texts
    law: Texts
    due: FuzzyDate


@dataclass(frozen=True)
class Planned:
    """One agreement of the plan: its date, or none, and what comes first before it."""

    facts: AgreementFacts
    in_the_name_of: InTheNameOf
    on: FuzzyDate | None
    certain: bool = False
    by_clause: bool = False
    first: Deadline | None = None


@dataclass(frozen=True, kw_only=True)
class Plan(frame.OfAgreements):
    """The content of the report; every format renders this object."""

    since: date
    until: date
    party: Party | None
    area: Area | None
    to_sign: Sequence[Planned]
    to_ratify: Sequence[Planned]
    to_enter: Sequence[Planned]
    undated: Sequence[Planned]
    not_binding: Sequence[Planned]

    @property
    def agreements(self) -> list[AgreementFacts]:
        """The facts of the agreements that are shown."""
        parts = (self.to_sign, self.to_ratify, self.to_enter, self.undated, self.not_binding)
        return [planned.facts for part in parts for planned in part]


def build(
    user: User,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    since: date | None = None,
    until: date | None = None,
    party: Party | None = None,
    area: Area | None = None,
) -> Plan:
    """Return the plan of a period, as far as the user may see it, as true on a day and known at a moment (today, now).

    The period begins on that day and ends with the year after it, unless it is given.
    """
    day = as_of or clock.today()
    first = since or day
    last = max(until or date(min(first.year + 1, date.max.year), 12, 31), first)
    told = tell(Agreement.objects.for_user(user).order_by("pk").values_list("pk", flat=True), known_at)
    parts: dict[str, list[Planned]] = {name: [] for name in ("sign", "ratify", "enter", "undated", "soft")}
    known = calendars.load(settings.CALENDARS_DIR)
    for facts in facts_from(told, day):
        if not concerns(facts, party, area):
            continue
        for part, planned in _places(facts, told.chains[facts.id].record, first, last, known):
            parts[part].append(planned)
    for found in parts.values():
        found.sort(key=lambda planned: (planned.on.latest if planned.on else date.max, planned.facts.reference))
    return Plan(
        **frame.look(user, as_of, known_at),
        since=first,
        until=last,
        party=party,
        area=area,
        to_sign=parts["sign"],
        to_ratify=parts["ratify"],
        to_enter=parts["enter"],
        undated=parts["undated"],
        not_binding=parts["soft"],
    )


def _places(
    facts: AgreementFacts, record: Mapping[str, Any], first: date, last: date, known: Mapping[str, calendars.Calendar]
) -> Iterator[tuple[str, Planned]]:
    """Yield the parts of the plan in which an agreement stands."""
    name = InTheNameOf(record["in_the_name_of"])
    signing, entry = _day(record["planned_signing"]), _day(record["planned_entry_into_force"])
    if facts.group == Group.PREPARING:
        planned = Planned(
            facts, name, signing, _within(signing, first, last), first=_first(facts, name, signing, known)
        )
        if not facts.binding:
            if signing is None or _perhaps(signing, first, last):
                yield "soft", planned
        elif signing is None:
            yield "undated", planned
        elif _perhaps(signing, first, last):
            yield "sign", planned
    elif facts.group == Group.CONCLUDED and facts.binding:
        if Stage.RATIFYING in facts.procedure.path and (entry is None or _perhaps(entry, first, last)):
            yield "ratify", Planned(facts, name, entry, _within(entry, first, last))
        on = facts.computed_entry or entry
        if on and _perhaps(on, first, last):
            yield (
                "enter",
                Planned(facts, name, on, _within(on, first, last), by_clause=facts.computed_entry is not None),
            )


def _day(text: str | None) -> FuzzyDate | None:
    return FuzzyDate.parse(text) if text else None


def _perhaps(when: FuzzyDate, first: date, last: date) -> bool:
    return when.earliest <= last and when.latest >= first


def _within(when: FuzzyDate | None, first: date, last: date) -> bool:
    return when is not None and first <= when.earliest and when.latest <= last


def _first(
    facts: AgreementFacts, name: InTheNameOf, signing: FuzzyDate | None, known: Mapping[str, calendars.Calendar]
) -> Deadline | None:
    """Return the earliest of what the procedure asks for so many days before the planned signing."""
    if signing is None or facts.stage is None or facts.since is None:
        return None
    asked = duties.Facts(facts.stage, facts.since, {"planned_signing": signing}, name, calendars=known)
    found = [
        Deadline(duty.rule.title, duty.rule.law, duty.due)
        for duty in duties.duties(facts.procedure, asked)
        if duty.due and duty.rule.before and duty.rule.transition == Transition.SIGN
    ]
    return min(found, key=lambda deadline: (deadline.due.latest, deadline.due.earliest), default=None)


# ---- words ----
def arrange(content: Plan) -> Document:
    """Arrange the content into a document in the reader's language."""
    period = f"{render_day(content.since)} – {render_day(content.until)}"
    return Document(
        title=_("Plan of treaties"),
        subtitle=str(content.party.name) if content.party else _("All partners"),
        marking=str(content.level.label),
        stamps=[Stamp(_("Period"), period), *frame.stamps(content, area=content.area)],
        blocks=[
            _table(_("To be signed"), content.to_sign, _("No signing is planned in the period."), first=True),
            _table(_("To be ratified"), content.to_ratify, _("No treaty awaits ratification."), dated=False),
            _table(_("To enter into force"), content.to_enter, _("No entry into force is planned or computed.")),
            _table(
                _("In preparation, without a planned date of signing"), content.undated, _("Every treaty has a date.")
            ),
            _table(_("Not binding, to be signed"), content.not_binding, _("No signing is planned in the period.")),
        ],
        wide=True,
    )


def _table(heading: str, rows: Iterable[Planned], empty: str, *, first: bool = False, dated: bool = True) -> Table:
    columns = [_("Agreement"), _("Partners"), _("In the name of"), _("Stage"), _("Date")]
    columns += [_("What comes first")] if first else []
    return Table(
        heading,
        [*columns, _("Responsible")],
        [_row(planned, first=first, dated=dated) for planned in rows],
        empty=empty,
    )


def _row(planned: Planned, *, first: bool, dated: bool) -> list[Cell]:
    facts = planned.facts
    cells = [
        Cell.of(facts.short_title, notes=[facts.reference], address=f"/agreements/{facts.reference}/"),
        Cell(partners(facts)),
        Cell(str(planned.in_the_name_of.label)),
        Cell(
            facts.stage_label,
            stage=facts.stage.value if facts.stage else "",
            group=facts.group or "",
            notes=[_("since: %(date)s") % {"date": facts.since}] if facts.since else (),
        ),
        Cell.day(planned.on, notes=_doubts(planned)) if planned.on else Cell(_("no date is planned")),
    ]
    if first:
        deadline = planned.first
        cells.append(
            Cell(pick(deadline.task).text, notes=[_("by: %(date)s") % {"date": deadline.due}])
            if deadline
            else Cell(NOTHING)
        )
    return [*cells, Cell("; ".join(filter(None, (pick(facts.lead_unit).text, facts.officer))) or NOTHING)]


def _doubts(planned: Planned) -> list[str]:
    found = [] if planned.certain else [_("perhaps in another period")]
    return [*found, _("computed by the clause")] if planned.by_clause else found


# ---- data, for programs ----
def data(content: Plan) -> dict[str, Any]:
    """Return the content as JSON values, in the form that the head of this module describes."""
    return frame.head(
        content, "plan", since=content.since, until=content.until, party=content.party, area=content.area
    ) | {
        "to_sign": [_data(planned) for planned in content.to_sign],
        "to_ratify": [_data(planned) for planned in content.to_ratify],
        "to_enter_into_force": [_data(planned) for planned in content.to_enter],
        "undated": [_data(planned) for planned in content.undated],
        "not_binding": [_data(planned) for planned in content.not_binding],
    }


def _data(planned: Planned) -> dict[str, Any]:
    facts, first = planned.facts, planned.first
    return head_data(facts) | {
        "in_the_name_of": planned.in_the_name_of.value,
        "areas": [code for code, _names in facts.areas],
        "participants": [code for code, _names in facts.parties],
        "planned": day_data(planned.on) if planned.on else None,
        "certain": planned.certain,
        "by_clause": planned.by_clause,
        "first_deadline": {"task": dict(first.task), "law": dict(first.law), "due": day_data(first.due)}
        if first
        else None,
        "lead_unit": pick(facts.lead_unit).text or None,
        "officer": facts.officer or None,
    }
