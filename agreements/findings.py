"""What needs attention, as findings; and what one agreement shows by itself, which reports show as marks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from agreements import periods
from agreements.bonds import Seen
from agreements.choices import Certainty, FindingKind, Group, Stage, Status, Strength
from agreements.dates import FuzzyDate, render_day
from agreements.numbers import Count
from agreements.procedures import Procedure
from agreements.words import pick

#: How many days before the end of validity a reader is told, told that it is soon, and told urgently.
EXPIRY_FAR, EXPIRY_SOON, EXPIRY_LATE = periods.REMINDERS[0], 90, 7
#: The findings that are about both of two agreements.
MUTUAL = ("gap", "overlap")
STRENGTHS = tuple(Strength.values)
#: What each strength is called.
STRENGTH_LABELS = dict(Strength.choices)
#: What each finding is called where findings are counted or chosen, in the order of lists.
LABELS = dict(FindingKind.choices)
#: Findings that say how an agreement stands, and ask for nothing.
SAID_BESIDE = ("possibly", "provisional")
#: The sign beside each finding.
ICONS = {
    "overdue": "triangle",
    "lead-missed": "triangle",
    "due-soon": "clock",
    "validity-ended": "triangle",
    "expiring": "clock",
    "notice-window": "clock",
    "notice-missed": "clock",
    "gap": "gap",
    "overlap": "gap",
    "stuck": "clock",
    "waiting-other": "other",
    "on-hold": "hold",
    "possibly": "inferred",
    "provisional": "clock",
    "entry-conflict": "sources",
    "tracks-conflict": "sources",
    "predecessor-in-force": "sources",
    "clause-met": "flag",
    "disputed-date": "sources",
    "out-of-procedure": "flag",
    "text-missing": "missing",
    "no-planned-date": "missing",
    "no-officer": "missing",
    "silent": "missing",
}


@dataclass(frozen=True)
class Finding:
    """One thing that needs attention: which, how strongly, of which agreement, since or until when, for how many days.

    `target` says what to open: "task", "plans", "steps", "validity", "participants", "clause", "history", "edit";
    `task` is the key of the task, `other` the reference of the other agreement that it is about.
    """

    code: str
    strength: str
    template: str | Promise
    agreement: UUID
    reference: str
    params: Mapping[str, Any] = field(default_factory=dict)
    target: str = "history"
    day: FuzzyDate | None = None
    days: int | None = None
    task: UUID | None = None
    other: str = ""

    @property
    def sentence(self) -> str:
        """The sentence in the reader's language."""
        if not self.params:
            return str(self.template)
        return str(self.template % {name: _said(value) for name, value in self.params.items()})

    @property
    def about(self) -> set[str]:
        """The references of the agreements that it is about: what lies between two is about both."""
        return {self.reference, self.other} if self.code in MUTUAL else {self.reference}

    @property
    def order(self) -> tuple[int, date, str, str, str, str]:
        """The key of lists: the strongest first, then by day; no two findings have the same."""
        day = self.day.latest if self.day else date.max
        strength = STRENGTHS.index(self.strength)
        return strength, day, self.reference, self.code, self.other, str(self.task or "")


def _said(value: Any) -> Any:
    if isinstance(value, Mapping):
        return pick(value).text
    if isinstance(value, date):
        return render_day(value)
    return Count(value) if isinstance(value, int) else value


@dataclass(frozen=True)
class Stages:
    """Stages as their procedure calls them, in the reader's language."""

    rules: Procedure
    stages: Sequence[Stage]

    def __str__(self) -> str:
        return gettext(" or ").join(self.rules.stage_label(stage) for stage in self.stages)


# ---- of one agreement by itself ----
def seen_in(seen: Seen) -> Iterator[Finding]:
    """Yield what one agreement shows by itself: the end of its validity, what is missing, odd or not certain in it."""
    yield from _ending(seen)
    yield from _oddities(seen)
    yield from _entry(seen)


def finding(seen: Seen, code: str, strength: str, template: Any, **more: Any) -> Finding:
    """Return a finding of an agreement."""
    return Finding(code, strength, template, seen.chain.id, seen.record["reference"], **more)


_EXPIRES = ngettext_lazy("Expires in %(days)s day", "Expires in %(days)s days", "days")


def _ending(seen: Seen) -> Iterator[Finding]:
    period = seen.period
    if period is None or period.renews_on or seen.group != Group.OPERATIVE:
        return
    days, last = (period.last - seen.as_of).days, FuzzyDate.of_day(period.last)
    if days < 0:
        yield finding(
            seen, "validity-ended", "late", _("Validity ended on %(day)s"),
            params={"day": last}, day=last, days=-days, target="steps",
        )  # fmt: skip
    elif days <= EXPIRY_FAR:
        strength = "late" if days <= EXPIRY_LATE else "soon" if days <= EXPIRY_SOON else "plain"
        yield finding(
            seen, "expiring", strength, _EXPIRES, params={"days": days}, day=last, days=days, target="validity"
        )


def _oddities(seen: Seen) -> Iterator[Finding]:
    state, stood, chain = seen.state, seen.stood, seen.chain
    steps = [chain.by_id[entry.id] for entry in chain.history.line if entry.when.possibly_by(seen.as_of)]
    if state and state.stage == Stage.SIGNING and not seen.record["planned_signing"]:
        yield finding(seen, "no-planned-date", "soon", _("No date of signing is planned"), target="plans")
    if state and state.hold:
        since = state.hold.when
        yield finding(seen, "on-hold", "plain", _("On hold since %(since)s"), params={"since": since}, day=since)
    if stood.possibly:
        params = {"stages": Stages(seen.rules, stood.possibly)}
        yield finding(seen, "possibly", "plain", _("Possibly already: %(stages)s"), params=params)
    if any(row["out_of_procedure"] for row in steps):
        yield finding(seen, "out-of-procedure", "plain", _("Out of procedure"))
    if any(row["stated_elsewhere"] or row["certainty"] == Certainty.DISPUTED for row in steps):
        yield finding(seen, "disputed-date", "plain", _("Sources disagree on a date"))


def _entry(seen: Seen) -> Iterator[Finding]:
    """Yield what the clause and the acts of participants say of entry into force and provisional application."""
    tracked = seen.bond.tracked
    if tracked is None or seen.state is None:
        return
    outcome, concluded = tracked.outcome, seen.group == Group.CONCLUDED
    if tracked.conflict and outcome:
        told = {"stated": tracked.stated, "computed": outcome.date}
        template = (
            _("Entry into force: %(stated)s as stated, %(computed)s by the clause")
            if outcome.date
            else _("Entry into force is stated (%(stated)s), but the clause is not met")
        )
        yield finding(seen, "entry-conflict", "soon", template, params=told, day=tracked.stated, target="clause")
    if concluded and outcome and outcome.met and outcome.date:
        template = (
            _("By its clause in force since %(day)s, not recorded")
            if outcome.in_force
            else _("By its clause perhaps in force already: %(day)s; not recorded")
            if outcome.possibly_in_force
            else _("By its clause it enters into force on %(day)s")
        )
        strength = "soon" if outcome.possibly_in_force else "plain"
        day = outcome.date
        yield finding(seen, "clause-met", strength, template, params={"day": day}, day=day, target="steps")
    applied = [
        (one.applied_from, one.provisional.scope if one.provisional else "")
        for one in tracked.standings.values()
        if one.status == Status.BOUND_PROVISIONALLY and one.applied_from
    ]
    if concluded and applied:
        day, scope = min(applied, key=lambda pair: (pair[0].latest, pair[0].earliest, pair[1]))
        template = (
            _("Provisionally applied since %(day)s: %(scope)s") if scope else _("Provisionally applied since %(day)s")
        )
        params = {"day": day, "scope": scope}
        yield finding(seen, "provisional", "plain", template, params=params, day=day, target="participants")
