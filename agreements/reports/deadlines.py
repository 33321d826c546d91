"""The deadlines report: what is overdue, what is due, what ends or must be given notice of, what is stuck or odd.

As JSON: `report`, `as_of`, `known_at`, `language`, `author`, `level`, `filters` (`agreement`, `with`, `area`: codes or
null), `counts` (how often each finding occurs), `tasks` (null on a past day: which tasks were open then is not kept),
`validity`, `planned`, `findings`. A *day* is `{iso, earliest, latest, precision}`; null stands for what is not known.

- `tasks`: lists `overdue`, `due_14_days`, `due_90_days`, each task with `id`, `agreement` and `title` of it, `task`,
  `side`, `body`, `participant`, `unit`, `person`, `due` (day), `days` (left; negative: overdue), `lead_missed`, `law`;
- `validity`: `agreement`, `title`, `number` (of the period), `last_day`, `days` (left), `renewed_on`, `last_notice`,
  `notice_days` (left), `certain`, `reminders`: a list of the days on which to be reminded, each with `of` (`end`,
  `notice`), `ahead` (days), `on`;
- `planned`: `agreement`, `title`, `step` (`sign`, `enter_into_force`), `on` (day), `days` (left), `by_clause`;
- `findings`: `code`, `strength` (`late`, `soon`, `plain`), `agreement`, `title`, `sentence`, `day`, `days`, `other`
  (the reference of the other agreement it is about), `task`. Codes: `overdue`, `due-soon`, `lead-missed`,
  `validity-ended`, `expiring`, `notice-window`, `notice-missed`, `gap`, `overlap`, `stuck`, `waiting-other`, `on-hold`,
  `possibly`, `provisional`, and those on the quality of the record.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from agreements import attention, clock
from agreements.attention import QUALITY, OpenTask, title_of
from agreements.bonds import Seen
from agreements.dates import render_day
from agreements.duties import DUE_SOON
from agreements.entry_into_force import day_data
from agreements.findings import LABELS, SAID_BESIDE, Finding
from agreements.models import Agreement, Area, Party, User
from agreements.reports import ahead, frame
from agreements.reports.ahead import Planned, Term
from agreements.reports.document import NOTHING, Cell, Document, Table
from agreements.words import pick

TITLE = gettext_lazy("Deadlines")
ABOUT = gettext_lazy("What is overdue, due soon, ending, stuck or odd in the record.")
#: What the report can be narrowed to.
FILTERS = ("agreement", "party", "area")
#: What is due later than soon is told of so many days ahead.
DUE_LATER = 90


@dataclass(frozen=True, kw_only=True)
class Deadlines(frame.OfAgreements):
    """The content of the report; every format renders this object. `tasks` is None where they are left out."""

    agreement: Agreement | None
    party: Party | None
    area: Area | None
    agreements: Sequence[Seen]
    findings: Sequence[Finding]
    tasks: Sequence[OpenTask] | None

    @property
    def counts(self) -> dict[str, int]:
        """How often each finding occurs that the report counts."""
        found = Counter(finding.code for finding in self.findings)
        return {code: found[code] for code in LABELS if found[code] and code not in SAID_BESIDE}

    def left(self, task: OpenTask) -> int:
        """Return how many days are left for a task; a negative number: it is overdue."""
        return (task.due_by - self.as_of).days

    def due(self, first: int | None, last: int) -> list[OpenTask]:
        """Return the tasks that have so many days left, at least and at most."""
        found = self.tasks or ()
        return [task for task in found if (first is None or self.left(task) >= first) and self.left(task) <= last]

    def of(self, *codes: str) -> list[Finding]:
        """Return the findings with one of the codes, in the order of the codes, each of them the strongest first."""
        return [finding for code in codes for finding in self.findings if finding.code == code]

    def terms(self) -> list[Term]:
        """Return what ends, is renewed, or may be given notice against, the nearest first."""
        return ahead.terms(self.agreements, self.as_of)

    def planned(self) -> list[Planned]:
        """Return what is planned or computed, the nearest first."""
        return ahead.planned(self.agreements, self.as_of)


def build(
    user: User,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    agreement: Agreement | None = None,
    party: Party | None = None,
    area: Area | None = None,
) -> Deadlines:
    """Return what needs attention among what the user may see, as true on a day and known at a moment (today, now)."""
    day = as_of or clock.today()
    found = attention.review(user, as_of=day, known_at=known_at, only=[agreement.pk] if agreement else None)
    shown = {
        key: seen
        for key, seen in found.seen.items()
        if (not party or party.code in dict(seen.parties)) and (not area or area.code in seen.record["areas"])
    }
    return Deadlines(
        **frame.look(user, as_of, known_at),
        agreement=agreement,
        party=party,
        area=area,
        agreements=sorted(shown.values(), key=lambda seen: seen.record["reference"]),
        findings=_concerning(found.findings, shown.values()),
        tasks=[task for task in found.tasks if task.agreement in shown] if found.tasks_told else None,
    )


def _concerning(findings: Iterable[Finding], shown: Iterable[Seen]) -> list[Finding]:
    references = {seen.record["reference"] for seen in shown}
    return [one for one in findings if one.about & references]


# ---- words ----
def arrange(content: Deadlines) -> Document:
    """Arrange the content into a document in the reader's language."""
    stamps = frame.stamps(content, area=content.area)
    if content.agreement and content.agreements:
        subtitle = pick(title_of(content.agreements[0])).text
    else:
        subtitle = str(content.party.name) if content.party else _("All partners")
    return Document(
        title=_("Deadlines and what needs attention"),
        subtitle=subtitle,
        marking=str(content.level.label),
        stamps=stamps,
        wide=True,
        blocks=[
            _counts(content),
            *_tasks(content),
            _terms(content),
            _plans(content),
            _findings(content, _("Gaps and overlaps"), ("gap", "overlap"), _("No gap and no overlap.")),
            _findings(
                content, _("Stuck, on hold, waiting"), ("stuck", "on-hold", "waiting-other"), _("Nothing is stuck.")
            ),
            _findings(content, _("Quality of the record"), QUALITY, _("Nothing is inconsistent or missing.")),
        ],
    )


def _counts(content: Deadlines) -> Table:
    rows = [[Cell(str(LABELS[code])), Cell.count(number)] for code, number in content.counts.items()]
    return Table(
        _("What needs attention"), [_("What"), pgettext("count", "Number")], rows, empty=_("Nothing needs attention.")
    )


def _tasks(content: Deadlines) -> Iterator[Table]:
    if content.tasks is None:
        left_out = _("Left out: which tasks were open on a past day is not kept.")
        yield Table(_("Tasks"), (), (), empty=left_out)
        return
    by_key = {seen.chain.id: seen for seen in content.agreements}
    for heading, first, last, empty in _SPANS:
        tasks = content.due(first, last)
        yield Table(
            str(heading),
            [_("Task"), _("Agreement"), _("Whose task"), _("Due"), _("Days left"), _("Legal basis")],
            [_task(task, by_key[task.agreement], content.left(task)) for task in tasks],
            empty=str(empty),
            sparse=True,
            series=_("Tasks"),
        )


_SPANS = (
    (gettext_lazy("Overdue tasks"), None, -1, gettext_lazy("No task is overdue.")),
    (gettext_lazy("Tasks due within 14 days"), 0, DUE_SOON, gettext_lazy("No task is due within 14 days.")),
    (
        gettext_lazy("Tasks due within 15 to 90 days"),
        DUE_SOON + 1,
        DUE_LATER,
        gettext_lazy("No task is due within 15 to 90 days."),
    ),
)


def _task(task: OpenTask, seen: Seen, left: int) -> list[Cell]:
    whose = [words for texts in (task.party, task.body, task.unit) if (words := pick(texts).text)]
    missed = [_("the lead time had run out when the date was set")] if task.missed else []
    return [
        Cell.of(pick(task.title), notes=missed),
        _agreement(seen),
        Cell(str(task.side.label), notes=[*whose, *([task.person] if task.person else [])]),
        Cell.day(task.due),
        Cell.count(left),
        Cell.of(law) if (law := pick(task.law)).text else Cell(NOTHING),
    ]


def _agreement(seen: Seen) -> Cell:
    reference = seen.record["reference"]
    return Cell.of(pick(title_of(seen)), notes=[reference], address=f"/agreements/{reference}/")


def _terms(content: Deadlines) -> Table:
    said: dict[str, list[str]] = {}
    for one in content.of("validity-ended", "expiring", "notice-window", "notice-missed"):
        said.setdefault(one.reference, []).append(one.sentence)
    return Table(
        _("Ends of validity and notice against renewal"),
        [
            _("Agreement"),
            _("Last day of validity"),
            _("Days left"),
            _("Renewal"),
            _("Last day for notice"),
            _("Next reminder"),
        ],
        [_term_row(term, said.get(term.seen.record["reference"], []), content.as_of) for term in content.terms()],
        empty=_("No validity ends within 180 days."),
        sparse=True,
    )


def _term_row(term: Term, said: Sequence[str], day: date) -> list[Cell]:
    period = term.period
    reminder = period.next_reminder(day)
    return [
        _agreement(term.seen),
        Cell.day(period.last, notes=said),
        Cell.count(term.days),
        Cell(_("on %(day)s") % {"day": render_day(period.renews_on)} if period.renews_on else _("not renewed")),
        Cell.day(period.last_notice),
        Cell.day(reminder.on, notes=[reminder.sentence]) if reminder else Cell(NOTHING),
    ]


def _plans(content: Deadlines) -> Table:
    return Table(
        _("Planned signings and entries into force"),
        [_("Agreement"), _("Step"), _("Date"), _("Days left")],
        [
            [
                _agreement(one.seen),
                Cell(one.seen.rules.step_label(one.step), notes=[_("by the clause")] if one.by_clause else []),
                Cell.day(one.on),
                Cell.count(one.days),
            ]
            for one in content.planned()
        ],
        empty=_("Nothing is planned."),
    )


def _findings(content: Deadlines, heading: str, codes: Sequence[str], empty: str) -> Table:
    by_reference = {seen.record["reference"]: seen for seen in content.agreements}
    return Table(
        heading,
        [_("Agreement"), _("Finding"), _("Since"), _("Days")],
        [
            [
                _agreement(by_reference.get(one.reference) or by_reference[one.other]),
                Cell(one.sentence),
                Cell.day(one.day),
                Cell.count(one.days),
            ]
            for one in content.of(*codes)
        ],
        empty=empty,
        sparse=True,
    )


# ---- data, for programs ----
def data(content: Deadlines) -> dict[str, Any]:
    """Return the content as JSON values: codes and ISO dates."""
    by_key = {seen.chain.id: seen for seen in content.agreements}
    titles = {seen.record["reference"]: title_of(seen) for seen in content.agreements}

    def told(tasks: Iterable[OpenTask]) -> list[dict[str, Any]]:
        return [_task_data(task, by_key[task.agreement], content) for task in tasks]

    return frame.head(content, "deadlines", agreement=content.agreement, party=content.party, area=content.area) | {
        "counts": content.counts,
        "tasks": None
        if content.tasks is None
        else {
            "overdue": told(content.due(None, -1)),
            "due_14_days": told(content.due(0, DUE_SOON)),
            "due_90_days": told(content.due(DUE_SOON + 1, DUE_LATER)),
        },
        "validity": [_term_data(term) for term in content.terms()],
        "planned": [
            {
                **_named(one.seen),
                "step": one.step.value,
                "on": day_data(one.on),
                "days": one.days,
                "by_clause": one.by_clause,
            }
            for one in content.planned()
        ],
        "findings": [
            {
                "code": one.code,
                "strength": one.strength,
                "agreement": one.reference,
                "title": dict(titles.get(one.reference, {})),
                "sentence": one.sentence,
                "day": day_data(one.day) if one.day else None,
                "days": one.days,
                "other": one.other or None,
                "task": str(one.task) if one.task else None,
            }
            for one in content.findings
        ],
    }


def _named(seen: Seen) -> dict[str, Any]:
    return {"agreement": seen.record["reference"], "title": dict(title_of(seen))}


def _task_data(task: OpenTask, seen: Seen, content: Deadlines) -> dict[str, Any]:
    return {
        "id": str(task.id),
        **_named(seen),
        "task": dict(task.title),
        "side": task.side.value,
        "body": dict(task.body),
        "participant": pick(task.party).text or None,
        "unit": pick(task.unit).text or None,
        "person": task.person or None,
        "due": day_data(task.due) if task.due else None,
        "days": content.left(task),
        "lead_missed": task.missed,
        "law": dict(task.law),
    }


def _term_data(term: Term) -> dict[str, Any]:
    period = term.period
    return {
        **_named(term.seen),
        "number": period.number,
        "last_day": period.last.isoformat(),
        "days": term.days,
        "renewed_on": period.renews_on.isoformat() if period.renews_on else None,
        "last_notice": period.last_notice.isoformat() if period.last_notice else None,
        "notice_days": term.notice_days,
        "certain": period.certain,
        "reminders": [{"of": one.of.value, "ahead": one.ahead, "on": one.on.isoformat()} for one in period.reminders()],
    }
