"""The deadlines: what is overdue, due, ends, or must be given notice of, and what falls between two agreements."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Case, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from agreements import access, attention, clock, tracking
from agreements.attention import OpenTask, Review, title_of
from agreements.bonds import Seen
from agreements.choices import Group, RelationKind, Stage, TaskStatus, Transition
from agreements.dates import FuzzyDate, render_day
from agreements.duties import DUE_SOON
from agreements.findings import EXPIRY_FAR, EXPIRY_LATE, ICONS, MUTUAL, Finding
from agreements.models import Agreement, Area, Party, Relation, Task, User
from agreements.reports import ahead
from agreements.reports.deadlines import DUE_LATER
from agreements.views.noticed import mended_at
from agreements.words import Texts, Worded, pick, sorting

PAGE = 100
#: Whose deadlines are shown, of which kind.
OF = ("mine", "unit", "all")
KINDS = {
    "task": gettext_lazy("Tasks"),
    "end": gettext_lazy("Ends of validity"),
    "notice": gettext_lazy("Notice against renewal"),
    "planned": gettext_lazy("Planned steps"),
    "gap": gettext_lazy("Gaps and overlaps"),
}
#: How urgent a deadline is: up to so many days left, and what that is called.
SPANS = (
    ("late", -1, pgettext_lazy("deadlines", "Overdue")),
    ("soon", DUE_SOON, gettext_lazy("Within 14 days")),
    ("near", DUE_LATER, gettext_lazy("Within 15 to 90 days")),
    ("far", None, gettext_lazy("Later")),
)


@dataclass(frozen=True)
class Asked:
    """What is asked of the page: whose deadlines, of which kind, with which party, in which area."""

    of: str
    kind: str
    party: str
    area: str

    def address(self, **other: str) -> str:
        """Return the query of the page's address, with something asked otherwise."""
        pairs = {"of": self.of, "kind": self.kind, "party": self.party, "area": self.area} | other
        return f"?{urlencode({name: value for name, value in pairs.items() if value})}"

    def lets(self, seen: Seen) -> bool:
        """Whether an agreement is with the party and in the area."""
        return (not self.party or self.party in dict(seen.parties)) and (
            not self.area or self.area in seen.record["areas"]
        )

    def among(self, tasks: Any) -> Any:
        """Return the tasks whose agreement is with the party and in the area."""
        if self.party:
            tasks = tasks.filter(agreement__participants__party__code=self.party)
        return tasks.filter(agreement__areas__code=self.area) if self.area else tasks


@dataclass(frozen=True)
class Line:
    """One deadline: its day, what falls on it, of which agreement, and where it is met, moved or mended.

    `days` are left (negative: past), None where no last day is known; `more` says whose it is, or by which rule.
    """

    kind: str
    span: str
    on: FuzzyDate | None
    days: int | None
    what: Worded
    title: Worded
    address: str
    agreement_address: str
    more: Sequence[str]
    words: str = ""
    strength: str = "plain"
    icon: str = ""

    @property
    def label(self) -> str:
        """The heading of its part of the list."""
        return next(str(label) for code, _last, label in SPANS if code == self.span)

    @property
    def order(self) -> tuple[Any, ...]:
        """The key of the list: by the last possible day."""
        spans = [code for code, _last, _label in SPANS]
        day = self.on.latest if self.on else date.max
        return spans.index(self.span), day, self.title.text, self.kind, self.what.text


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the deadlines of the reader, of his unit, or of all that he may see."""
    user: Any = request.user
    today = clock.today()
    of, agreements, tasks = _whose(request.GET.get("of", ""), user)
    found = attention.review(user, only=_dated(agreements, today, user), bare=True)
    tasks = tasks.filter(due_by__lte=today + timedelta(days=DUE_LATER))
    kind = request.GET.get("kind", "")
    choices = _choices(found, tasks, user)
    party, area = (request.GET.get(name, "") for name in ("party", "area"))
    asked = Asked(
        of,
        kind if kind in KINDS else "",
        party if party in dict(choices["parties"]) else "",
        area if area in dict(choices["areas"]) else "",
    )
    shown = {key: seen for key, seen in found.seen.items() if asked.lets(seen)}
    lines, due = list(_lines(found, shown, user)), asked.among(tasks)
    kinds = Counter(line.kind for line in lines) + Counter({"task": due.count()})
    pages = Paginator(range(kinds[asked.kind] if asked.kind else kinds.total()), PAGE)
    part = pages.get_page(request.GET.get("page"))
    lines = [line for line in lines if not asked.kind or line.kind == asked.kind]
    if kinds["task"] and asked.kind in ("", "task"):
        lines += [_task(task, today, user) for task in _first(due, part.end_index())]
    lines = sorted(lines, key=lambda line: line.order)[: part.end_index()][(part.number - 1) * PAGE :]
    report = {"with": asked.party, "area": asked.area}
    context = {
        "section": "calendar",
        "tab": "deadlines",
        "asked": asked,
        "total": pages.count,
        "spans": _spans(lines),
        "whose": [(label, asked.address(of=code), code == of) for code, label in _labels(user)],
        "kinds": [
            (_("All"), asked.address(kind=""), kinds.total(), not asked.kind),
            *(
                (label, asked.address(kind=code), kinds[code], code == asked.kind)
                for code, label in KINDS.items()
                if kinds[code] or code == asked.kind
            ),
        ],
        **choices,
        "filtered": bool(asked.party or asked.area or asked.kind),
        "clear": Asked(of, "", "", "").address(),
        "page": part,
        "previous": asked.address(page=str(part.previous_page_number())) if part.has_previous() else "",
        "following": asked.address(page=str(part.next_page_number())) if part.has_next() else "",
        "report": f"{reverse('report', args=['deadlines'])}?{urlencode({k: v for k, v in report.items() if v})}",
        "formats": ("pdf", "xlsx", "docx"),
        "as_of": found.as_of,
    }
    return render(request, "deadlines/page.html", context)


# ---- whose ----
def _labels(user: User) -> list[tuple[str, Any]]:
    labels = [("mine", _("Mine"))]
    if user.unit_id:
        labels.append(("unit", _("Of my unit")))
    return [*labels, ("all", _("All"))]


def _whose(of: str, user: User) -> tuple[str, Any, Any]:
    """Return whose deadlines are shown, the agreements and the open tasks that are theirs.

    Where nobody is named, one's own, if there are any.
    """
    agreements = Agreement.objects.for_user(user).kept()
    tasks = Task.objects.for_user(user).kept().filter(status=TaskStatus.OPEN, due_by__isnull=False)
    if of == "all" or (of == "unit" and not user.unit_id):
        return "all", agreements, tasks
    if of == "unit":
        return of, agreements.filter(lead_unit=user.unit_id), tasks.of_unit(user.unit_id)
    mine = agreements.filter(user.held_as("officer")), tasks.of_person(user)
    if of not in OF and not any(rows.exists() for rows in mine):
        return "all", agreements, tasks
    return "mine", *mine


def _dated(agreements: Any, today: date, user: User) -> list[UUID]:
    """Return those of agreements that can have a deadline beside their tasks: most have none, and are not looked at.

    What is followed by an agreement that the user may not see is followed by none.
    """
    operative = Q(stage__in=Stage.of(Group.OPERATIVE))
    seen = Agreement.objects.for_user(user).order_by().values("pk")
    followed = Relation.objects.filter(kind=RelationKind.FOLLOWS, agreement__in=seen, to__in=seen).order_by()
    ending = Q(valid_until__lte=today + timedelta(days=EXPIRY_FAR)) | Q(renewal_years__isnull=False)
    terms = Q(operative, ending)
    others = (
        Q(pk__in=followed.values("agreement"))
        | Q(pk__in=followed.values("to"))
        | ~Q(planned_signing="")
        | ~Q(planned_entry_into_force="")
        | (~Q(computed_entry="") & Q(stage__in=Stage.of(Group.CONCLUDED)))
    )
    # Of what is renewed the columns do not say when the present period ends.
    dated = Case(When(others, then=Value(True)), default=Value(False))
    rows = list(agreements.filter(terms | others).annotate(dated=dated).order_by("pk"))
    running = tracking.periods_on([row for row in rows if not row.dated], today)
    return [row.pk for row in rows if row.dated or ahead.near(running[row.pk], today)]


def _choices(found: Review, tasks: Any, user: User) -> dict[str, list[tuple[str, str]]]:
    """Return the parties and areas of the agreements that have a deadline, as alphabetical lists."""
    parties = {code: names for seen in found.seen.values() for code, names in seen.parties}
    codes = {code for seen in found.seen.values() for code in seen.record["areas"]}
    having = Agreement.objects.filter(pk__in=tasks.order_by().values("agreement")).order_by()
    parties |= _named(Party.objects.for_user(user).filter(pk__in=having.values("participants__party")))
    areas = _named(Area.objects.for_user(user).filter(Q(code__in=codes) | Q(pk__in=having.values("areas"))))
    parties.pop(settings.OWN_SIDE, None)
    return {"parties": _alphabetical(parties), "areas": _alphabetical(areas)}


def _named(rows: Iterable[Any]) -> dict[str, Texts]:
    return {row.code: row.names for row in rows}


def _alphabetical(names: Mapping[str, Texts]) -> list[tuple[str, str]]:
    told = [(code, pick(texts).text) for code, texts in names.items()]
    return sorted(told, key=lambda pair: sorting(pair[1]))


# ---- lines ----
#: The findings that say more of the end of a period.
_OF_TERMS = ("validity-ended", "expiring", "notice-window", "notice-missed")


def _lines(found: Review, shown: Mapping[UUID, Seen], user: User) -> Iterator[Line]:
    """Yield what has a last day beside tasks."""
    theirs = list(shown.values())
    references = {seen.record["reference"] for seen in theirs}
    said: dict[str, list[str]] = {}
    for one in found.findings:
        if one.code in _OF_TERMS:
            said.setdefault(one.reference, []).append(one.sentence)
    for term in ahead.terms(theirs, found.as_of):
        yield from _term(term, said.get(term.seen.record["reference"], []), user)
    for step in ahead.planned(theirs, found.as_of):
        yield _planned(step, user)
    for one in found.findings:
        if one.code in MUTUAL and one.about & references:
            yield _between(one, found, user)


def _first(tasks: Any, number: int) -> list[Task]:
    """Return the first so many tasks, and all others that are due on the day of the last one of them."""
    last = Subquery(tasks.order_by("due_by").values("due_by")[number - 1 : number])
    return list(
        tasks.filter(due_by__lte=Coalesce(last, date.max))
        .select_related("party", "unit", "person", "agreement__procedure_version")
        .order_by("due_by", "pk")
    )


def _span(days: int | None) -> str:
    return next(code for code, last, _label in SPANS if last is None or (days is not None and days <= last))


def _page(seen: Seen, part: str = "") -> str:
    return reverse("agreement", args=[seen.record["reference"]]) + part


def _task(row: Task, today: date, user: User) -> Line:
    task = OpenTask.of(row, row.agreement.rules)
    days = (task.due_by - today).days
    whose = [
        str(task.side.label),
        *(words for texts in (task.party, task.body, task.unit) if (words := pick(texts).text)),
    ]
    law = pick(task.law).text
    address = row.agreement.get_absolute_url()
    return Line(
        kind="task",
        span=_span(days),
        on=task.due,
        days=days,
        what=pick(task.title),
        title=row.agreement.short_title,
        address=reverse("task", args=[task.id]) if access.may(user, "record") else f"{address}#tasks",
        agreement_address=address,
        more=[", ".join([*whose, *([task.person] if task.person else [])]), *([law] if law else [])],
        words=_("the lead time had run out when the date was set") if task.missed else "",
        strength="late" if task.missed else "plain",
        icon="triangle",
    )


def _term(term: ahead.Term, said: Sequence[str], user: User) -> Iterator[Line]:
    """Yield the last day for notice of what is renewed, and the last day of what is not."""
    seen, period = term.seen, term.period
    shared: dict[str, Any] = {
        "title": pick(title_of(seen)),
        "agreement_address": _page(seen),
        "address": reverse("agreement-validity", args=[seen.record["reference"]])
        if access.may(user, "edit")
        else _page(seen, "#dates"),
    }
    if period.renews_on:
        if period.last_notice and term.notice_days is not None and term.notice_days >= 0:
            more = _("Without notice renewed on %(day)s") % {"day": render_day(period.renews_on)}
            yield Line(
                kind="notice",
                span=_span(term.notice_days),
                on=FuzzyDate.of_day(period.last_notice),
                days=term.notice_days,
                what=Worded(_("Last day for notice"), ""),
                more=[more, *said],
                **shared,
            )
        return
    yield Line(
        kind="end",
        span=_span(term.days),
        on=FuzzyDate.of_day(period.last),
        days=term.days,
        what=Worded(_("Last day of validity"), ""),
        more=said,
        strength="late" if 0 <= term.days <= EXPIRY_LATE else "plain",
        **shared,
    )


def _planned(step: ahead.Planned, user: User) -> Line:
    seen = step.seen
    signing = step.step == Transition.SIGN
    if step.by_clause:
        address = _page(seen, "#entry-into-force")
    elif access.may(user, "edit"):
        address = reverse("agreement-plans", args=[seen.record["reference"]])
    else:
        address = _page(seen, "#dates")
    return Line(
        kind="planned",
        span=_span(step.days),
        on=step.on,
        days=step.days,
        what=Worded(_("Planned signing") if signing else _("Planned entry into force"), "")
        if not step.by_clause
        else Worded(seen.rules.step_label(step.step), ""),
        title=pick(title_of(seen)),
        address=address,
        agreement_address=_page(seen),
        more=[_("by the clause")] if step.by_clause else [],
    )


def _between(one: Finding, found: Review, user: User) -> Line:
    """Return what lies between two agreements: it is past when it has begun."""
    days = (one.day.latest - found.as_of).days if one.day and one.day.latest != date.max else None
    return Line(
        kind="gap",
        span=_span(days),
        on=one.day,
        days=days,
        what=Worded(one.sentence, ""),
        title=pick(found.titles[one.reference]),
        address=mended_at(one, user),
        agreement_address=reverse("agreement", args=[one.reference]),
        more=[],
        strength=one.strength,
        icon=ICONS[one.code],
    )


def _spans(lines: Iterable[Line]) -> list[tuple[str, list[Line]]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.label, []).append(line)
    return list(found.items())
