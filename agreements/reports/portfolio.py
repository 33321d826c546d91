"""The portfolio report: where every agreement stands, since when, what is next, who has the ball."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from agreements import clock
from agreements.choices import Group, Stage
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Area, Party, User
from agreements.numbers import grouped
from agreements.reports import figures, frame
from agreements.reports.document import NOTHING, Cell, Columns, Document, Funnel, Lane, Step, Table, Timeline
from agreements.reports.facts import AgreementFacts, IndicatorFacts, facts_of, head_data, indicators_of
from agreements.reports.stays import begun, spans_of
from agreements.words import alphabetical, pick

TITLE = gettext_lazy("Portfolio")
ABOUT = gettext_lazy("Where every agreement stands, since when, what is next and who has the ball.")
#: What the report can be narrowed to.
FILTERS = ("party", "area")
#: A timeline is drawn of so many agreements at most.
_LANES = 60


@dataclass(frozen=True, kw_only=True)
class Portfolio(frame.OfAgreements):
    """The content of the report; every format renders this object."""

    party: Party | None
    area: Area | None
    agreements: list[AgreementFacts]
    indicators: list[IndicatorFacts]

    @property
    def by_stage(self) -> list[tuple[Stage, int]]:
        """How many agreements stand at each stage, in the order of an agreement's life."""
        counted = Counter(facts.stage for facts in self.agreements)
        return [(stage, counted[stage]) for stage in Stage if counted[stage]]

    @property
    def by_area(self) -> list[tuple[str, str, int]]:
        """How many agreements each area has; one agreement may count in several."""
        counted = Counter(code for facts in self.agreements for code, _names in facts.areas)
        names = {code: pick(texts).text for facts in self.agreements for code, texts in facts.areas}
        return sorted(
            ((code, names[code], count) for code, count in counted.items()), key=lambda item: alphabetical(item[1])
        )


def build(
    user: User,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    party: Party | None = None,
    area: Area | None = None,
) -> Portfolio:
    """Return the portfolio as far as the user may see it, as true on a day and known at a moment (today, now)."""
    day, moment = as_of or clock.today(), known_at or clock.now()
    found = facts_of(
        Agreement.objects.for_user(user).only("pk", "ball_by_tasks").order_by("pk"),
        user=user,
        as_of=day,
        known_at=known_at,
    )
    if party:
        found = [facts for facts in found if party.code in dict(facts.parties)]
    if area:
        found = [facts for facts in found if area.code in dict(facts.areas)]
    order = list(Stage)
    found.sort(
        key=lambda facts: (
            facts.urgency,
            order.index(facts.stage) if facts.stage else -1,
            facts.since.latest if facts.since else day,
            facts.reference,
        )
    )
    return Portfolio(
        **frame.look(user, as_of, known_at),
        party=party,
        area=area,
        agreements=found,
        indicators=indicators_of(user=user, as_of=day, known_at=moment, party=party.code if party else ""),
    )


# ---- words ----
def arrange(content: Portfolio) -> Document:
    """Arrange the content into a document in the reader's language."""
    subtitle = str(content.party.name) if content.party else _("All partners")
    stamps = frame.stamps(content, area=content.area)
    return Document(
        title=_("Portfolio of agreements"),
        subtitle=subtitle,
        marking=str(content.level.label),
        stamps=stamps,
        wide=True,
        blocks=[
            Columns([[_stages(content)], [_areas(content)]]),
            _agreements(content),
            timeline(content.agreements, content.as_of),
            figures.table(_("Indicators"), content.indicators),
        ],
    )


def _agreements(content: Portfolio) -> Table:
    return Table(
        _("Agreements"),
        [
            _("Agreement"),
            _("Stage"),
            _("Since"),
            _("Days in stage"),
            _("Last step"),
            _("Next step"),
            _("Who has the ball"),
        ],
        [row(facts) for facts in content.agreements],
        empty=_("No agreement stood in the portfolio on this day."),
    )


def row(facts: AgreementFacts) -> list[Cell]:
    """Return the cells that say of an agreement what it is and where it stands."""
    about = [facts.reference]
    if not facts.binding:
        about.append(_("not binding"))
    if facts.text > 1:
        about.append(_("text %(number)s") % {"number": facts.text})
    return [
        Cell.of(
            facts.short_title,
            notes=[", ".join(about), *(mark.words for mark in facts.marks)],
            address=f"/agreements/{facts.reference}/",
        ),
        Cell(
            facts.stage_label,
            stage=facts.stage.value,
            group=facts.group or "",
            notes=own_notes(facts),
            steps=facts.steps,
        )
        if facts.stage
        else Cell(_("not yet begun for certain")),
        Cell.day(facts.since, notes=since_notes(facts)),
        Cell(days_words(facts), number=True, value=facts.days_in_stage),
        Cell.of(facts.last.label, notes=[str(facts.last.on)]) if facts.last else Cell(NOTHING),
        Cell(facts.next_step or NOTHING, notes=next_notes(facts), alert=facts.urgency == 0),
        Cell(facts.ball_words),
    ]


def own_notes(facts: AgreementFacts) -> list[str]:
    """Say how the own side stands to a treaty, where that says more than the stage does."""
    if facts.not_for_us:
        return [_("in force, but not for us: %(status)s") % {"status": _own(facts)}]
    telling = facts.binding and facts.group in (Group.CONCLUDED, Group.OPERATIVE)
    return [_("own side: %(status)s") % {"status": _own(facts)}] if telling and facts.own_status else []


def _own(facts: AgreementFacts) -> str:
    status = str(facts.own_status.label).lower() if facts.own_status else _("takes no part")
    if facts.own_possibly:
        status = _("%(status)s, possibly %(other)s") % {
            "status": status,
            "other": str(facts.own_possibly.label).lower(),
        }
    return status


def next_notes(facts: AgreementFacts) -> list[str]:
    """Say when the next step is planned, and what the clause still asks for."""
    return [*([_planned(facts.planned)] if facts.planned else []), *([facts.missing] if facts.missing else [])]


def since_notes(facts: AgreementFacts) -> list[str]:
    """Say how certain the day is on which it reached its stage, and what others say of it."""
    notes = [] if facts.certainty in ("firm", "disputed") else [str(facts.certainty.label)]
    if facts.stated_elsewhere:
        notes.append(_("%(source)s: %(date)s") % {"source": facts.stated_by, "date": facts.stated_elsewhere})
    if facts.stage == Stage.IN_FORCE and facts.computed_entry:
        notes.append(_("entry into force by the clause: %(date)s") % {"date": facts.computed_entry})
    return notes


def days_words(facts: AgreementFacts) -> str:
    """Say for how many days it has been in its stage."""
    if facts.days_in_stage is None:
        return NOTHING
    days = grouped(facts.days_in_stage)
    return days if facts.days_exact or not facts.days_in_stage else _("at least %(days)s") % {"days": days}


def _planned(when: FuzzyDate) -> str:
    return _("planned: %(date)s") % {"date": when}


def _stages(content: Portfolio) -> Funnel:
    labels = Counter((facts.stage, facts.stage_label) for facts in content.agreements if facts.stage)
    order = list(Stage)
    found = sorted(labels.items(), key=lambda item: (order.index(item[0][0]), item[0][1]))
    return Funnel(_("By stage"), [Step(label, count, stage.value, stage.group) for (stage, label), count in found])


def timeline(agreements: Sequence[AgreementFacts], as_of: date) -> Timeline:
    """Draw a lane for each agreement, in the order given, as long as a picture of them all can be read."""
    known = [day for facts in agreements if (day := begun(facts.stays))]
    if len(agreements) > _LANES or not known:
        told = _("More than %(number)s agreements: no timeline is drawn. Narrow the report by partner or area.")
        empty = told % {"number": _LANES} if known else ""
        return Timeline(_("Timeline"), as_of, as_of, [], empty=empty)
    first = date(min(known).year, 1, 1)
    return Timeline(
        _("Timeline"),
        first,
        date(as_of.year, 12, 31),
        [
            Lane(
                facts.short_title.text,
                spans_of(facts.stays, first, as_of),
                facts.short_title.language,
                f"/agreements/{facts.reference}/",
            )
            for facts in agreements
        ],
        now=as_of,
    )


def _areas(content: Portfolio) -> Table:
    rows = [[Cell(name), Cell.count(count)] for _code, name, count in content.by_area]
    return Table(
        _("By area"),
        [_("Area"), pgettext("count", "Agreements")],
        rows,
        note=_("One agreement may count in several areas."),
    )


# ---- data, for programs ----
def data(content: Portfolio) -> dict[str, Any]:
    """Return the content as JSON values: codes, ISO dates, decimal numbers as texts."""
    return frame.head(content, "portfolio", party=content.party, area=content.area) | {
        "agreements": [agreement_data(facts) for facts in content.agreements],
        "counts": {
            "total": len(content.agreements),
            "by_stage": {stage.value: count for stage, count in content.by_stage},
            "by_area": {code: count for code, _name, count in content.by_area},
        },
        "indicators": [figures.data(item) for item in content.indicators],
    }


def agreement_data(facts: AgreementFacts) -> dict[str, Any]:
    """Return an agreement as reports on many tell it: what `head_data` says, with dates, marks and participants."""
    return head_data(facts) | {
        "computed_entry_into_force": facts.computed_entry.iso if facts.computed_entry else None,
        "missing": facts.missing or None,
        "since": facts.since.iso if facts.since else None,
        "since_earliest": _bound(facts.since.earliest) if facts.since else None,
        "since_latest": _bound(facts.since.latest) if facts.since else None,
        "since_precision": facts.since.precision.value if facts.since else None,
        "certainty": facts.certainty.value,
        "stated_elsewhere": {"on": facts.stated_elsewhere.iso, "source": facts.stated_by}
        if facts.stated_elsewhere
        else None,
        "days_in_stage": facts.days_in_stage,
        "days_exact": facts.days_exact,
        "stages": [
            {
                "stage": stay.stage.value,
                "since": stay.since.iso,
                "until": stay.until.iso if stay.until else None,
                "certain": stay.certain,
            }
            for stay in facts.stays
        ],
        "text": facts.text,
        "round": facts.round,
        "last_step": {"label": facts.last.label.text, "on": facts.last.on.iso} if facts.last else None,
        "next_step": {
            "code": facts.next_code or None,
            "label": facts.next_step,
            "planned": facts.planned.iso if facts.planned else None,
        }
        if facts.next_step
        else None,
        "ball": facts.ball.value,
        "on_hold": facts.hold_since is not None,
        "hold": {"since": facts.hold_since.iso, "reason": facts.hold_reason.text} if facts.hold_since else None,
        "marks": [{"code": mark.code, "words": mark.words} for mark in facts.marks],
        "areas": [code for code, _names in facts.areas],
        "participants": [code for code, _names in facts.parties],
        "valid_from": facts.valid_from.isoformat() if facts.valid_from else None,
        "valid_until": facts.valid_until.isoformat() if facts.valid_until else None,
        "lead_unit": pick(facts.lead_unit).text or None,
        "officer": facts.officer or None,
        "level": facts.level,
    }


def _bound(day: date) -> str | None:
    """Return a bound for programs; one that is not known is null."""
    return None if day in (date.min, date.max) else day.isoformat()
