"""My desk: what needs the reader today, where everything stands, and the next act beside each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe

from agreements import access, clock, desk
from agreements.attention import title_of
from agreements.bonds import Seen, ball_words
from agreements.chains import said_in
from agreements.choices import Ball, Group, MeetingStatus, Precision, Stage
from agreements.dates import FuzzyDate, render_day
from agreements.desk import Dated, Desk, Doubt, Need, Scope
from agreements.desk.lists import Cause, Chore, Next, chore_title, days_in_stage, small
from agreements.desk.reading import EACH, WHOLE, Met
from agreements.desk.rows import AHEAD, LATELY
from agreements.duties import DUE_SOON
from agreements.findings import ICONS, LABELS, STRENGTHS
from agreements.models import Meeting, User
from agreements.views.asked import stage_label
from agreements.views.passage import Passage, passage_of
from agreements.views.rules import due_words
from agreements.words import Worded, pick, worded

#: So many agreements with one and the same doubt are named one by one.
_NAMED = 2
#: A meeting that was held so many days ago at most is among what needs an act.
_OUTCOME = 30


#: So many tasks lie open; they have a list of their own.
_TASKS = 6
#: How far the parts of the picture of stages are apart.
_APART = 0.01


@dataclass(frozen=True)
class Mark:
    """Something to be noticed: how strongly, by which sign, in which words."""

    kind: str
    icon: str
    words: str
    box: bool = False


@dataclass(frozen=True)
class Line:
    """One thing on the desk: what, where it leads to, why, what is to be noticed, and what is at its right edge."""

    title: Worded
    address: str
    act: str = ""
    act_language: str = ""
    why: str = ""
    lang: str = ""
    at: "Standing | None" = None
    mark: Mark | None = None
    marks: Sequence[Mark] = ()
    days: str = ""
    below: str = ""
    picture: Passage | None = None
    button: tuple[str, str] | None = None
    more: Sequence[str] = ()


@dataclass(frozen=True)
class Standing:
    """The stage of an agreement, and whose move it is."""

    stage: str
    group: str
    label: str
    ball: str = ""
    ball_words: str = ""

    @classmethod
    def of(cls, seen: Seen, *, ball: bool = True) -> "Standing | None":
        """Return that of an agreement whose stage is certain."""
        if seen.stage is None or seen.group is None:
            return None
        party = ball_words(seen.ball, tuple(seen.parties))
        named = seen.ball == Ball.OTHER and party != str(Ball.OTHER.label)
        words = _("Other side has the ball: %(party)s") % {"party": party} if named else ""
        return cls(seen.stage, seen.group, seen.rules.stage_label(seen.stage), seen.ball if ball else "", words)


@dataclass(frozen=True)
class Panel:
    """One list of the desk: how many there are, those that lie open, and where the rest is; `rest` how many that is."""

    code: str
    total: int
    lines: Sequence[Any]
    all_address: str = ""

    @property
    def rest(self) -> int:
        """How many are not shown."""
        return self.total - len(self.lines)


@dataclass(frozen=True)
class Day:
    """A row of the table of dates."""

    on: FuzzyDate
    title: Worded
    address: str
    what: str
    rule: str
    law: str
    left: str
    mark: str


@dataclass(frozen=True)
class Share:
    """A part of the picture of stages: where it begins and how wide it is, in parts of the width."""

    group: Group
    left: float
    width: float


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show what lies on the reader's desk today."""
    user: Any = request.user
    today = clock.today()
    asked = request.GET.get("of", "")
    show = request.GET.get("show", "")
    scope = Scope(asked) if asked in set(Scope) else None
    found = desk.read(user, scope, today, whole=show if show in _LISTS else "")
    arranged = _Arranged(found, user, show)
    counts = found.sifted.stages
    context = {
        "section": "desk",
        "as_of": today,
        "weekday": f"{_capital(str(WEEKDAYS[today.weekday()]))}, {render_day(today)}",
        "desk": found,
        "number": found.sifted.number,
        "list_address": arranged.listed(),
        "scopes": [(f"?{urlencode({'of': one})}", words, one == found.scope) for one, words in _scopes(user)],
        "fallen_back": scope is None and found.scope == Scope.ALL,
        "panels": arranged.panels(),
        "mine": found.scope == Scope.MINE,
        "meetings": arranged.meetings(),
        "coming": bool(found.coming),
        "brief": arranged.brief(),
        "stages": [
            (stage, stage.group, stage_label(stage), counts[stage], arranged.list_of_stage(stage))
            for stage in Stage
            if counts[stage]
        ],
        "shares": list(_shares(counts)),
        "shares_words": ", ".join(f"{group.label}: {number}" for group, number in _groups(counts).items()),
        "ahead": AHEAD,
        "lately": LATELY,
        "since": (today - timedelta(days=LATELY)).isoformat(),
        "delegations": user.delegations,
        "may_propose": access.may(user, "propose"),
        "may_edit": access.may(user, "edit"),
        "may_step": access.may(user, "step"),
    }
    return render(request, "desk/desk.html", context)


#: The lists that can be asked for whole.
_LISTS = ("needs", "overdue", "due", "waiting", "held", "ready", "moved", "tasks", "doubts")


def _scopes(user: User) -> Iterator[tuple[Scope, str]]:
    yield Scope.MINE, pgettext("desk", "Mine")
    if user.unit_id is not None:
        yield Scope.UNIT, pgettext("desk", "My unit")
    yield Scope.ALL, pgettext("desk", "Everything")


def _groups(counts: Mapping[Stage, int]) -> dict[Group, int]:
    return {group: number for group in Group if (number := sum(counts[stage] for stage in Stage.of(group)))}


def _shares(counts: Mapping[Stage, int]) -> Iterator[Share]:
    """Yield the parts of the picture, with a gap between them."""
    groups = _groups(counts)
    whole, left = sum(groups.values()), 0.0
    room = 1 - _APART * (len(groups) - 1)
    for group, number in groups.items():
        width = room * number / whole
        yield Share(group, left, max(width, _APART / 2))
        left += width + _APART


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def agreement_address(seen: Seen, part: str = "") -> str:
    """Return the address of an agreement's page, or of a part of it."""
    return f"{reverse('agreement', args=[seen.record['reference']])}{part}"


class _Arranged:
    """A desk as the page shows it."""

    def __init__(self, found: Desk, user: User, show: str) -> None:
        self.found, self.user, self.show = found, user, show
        self.look, self.today = found.look, found.today
        self.may_step, self.may_edit = access.may(user, "step"), access.may(user, "edit")
        self.may_record = access.may(user, "record")

    def panels(self) -> dict[str, Panel]:
        """Return the lists of the desk by their codes."""
        found, sifted = self.found, self.found.sifted
        late = [one for one in found.dates if one.days < 0]
        near = [one for one in found.dates if one.days >= 0]
        open_meetings = [one for one in found.gone if one.open and (self.today - one.meeting.latest).days <= _OUTCOME]
        needs = self._needs(open_meetings)
        chores = found.tally
        lists: dict[str, tuple[Sequence[Any], int]] = {
            "needs": (needs, max(len(needs), 0 if found.whole else len(sifted.own))),
            "ready": ([self._ready(seen, step) for seen, step in found.ready], 0),
            "overdue": ([self._day(one) for one in late], self._dates(late, chores.late, len(sifted.late))),
            "due": ([self._day(one) for one in near], self._dates(near, chores.soon, len(sifted.soon))),
            "waiting": ([self._waiting(one) for one in found.waiting], 0 if found.whole else len(sifted.waiting)),
            "held": (
                [self._held(one) for one in found.held],
                0 if found.whole else len(set(sifted.stuck) | set(sifted.held)),
            ),
            "moved": (found.moves, found.moved),
            "tasks": ([self._chore(one) for one in found.chores], chores.all),
            "doubts": (list(self._doubts()), 0),
        }
        return {code: self._panel(code, lines, total) for code, (lines, total) in lists.items()}

    def _panel(self, code: str, lines: Sequence[Any], total: int) -> Panel:
        most = WHOLE if self.show == code else _TASKS if code == "tasks" else EACH
        total = max(total, len(lines))
        asked = {"of": self.found.scope, "show": code}
        shown = lines[:most]
        address = f"?{urlencode(asked)}#{code}" if len(shown) < total and self.show != code else ""
        return Panel(code, total, shown, address)

    def _dates(self, told: Sequence[Dated], tasks: int, by_columns: int) -> int:
        """Return how many dates there are: those of tasks as they were counted, the others as their columns say."""
        others = len([one for one in told if one.kind != "task"])
        return tasks + (others if self.found.whole else by_columns)

    # ---- lists ----
    def list_of_stage(self, stage: Stage) -> str:
        """Return the address of the list that shows just the desk's agreements at a stage."""
        return self.listed(stage=stage)

    def listed(self, **asked: str) -> str:
        """Return the address of the list that shows of what is asked for just the agreements of the desk."""
        narrowed = {} if self.found.scope == Scope.ALL else {"of": self.found.scope.value}
        return f"{reverse('agreement-list')}?{urlencode(narrowed | asked)}"

    # ---- lines ----
    def _needs(self, meetings: Sequence[Met]) -> list[Line]:
        """Return what needs an act, in agreements and after meetings, the most urgent first."""
        ordered = [(one.first.order[:2], self._need(one)) for one in self.found.needs]
        for met in meetings:
            days = (self.today - met.meeting.latest).days
            ordered.append(((STRENGTHS.index("plain" if days else "soon"), days), self._meeting_need(met)))
        return [line for _order, line in sorted(ordered, key=lambda pair: pair[0])]

    def _need(self, need: Need) -> Line:
        seen, first = need.seen, need.first
        drawn = passage_of(need.passage, self.look) if need.passage else None
        return Line(
            title=pick(title_of(seen)),
            act=first.act,
            act_language=first.language,
            address=self._address(seen, first),
            why=need.why,
            at=Standing.of(seen),
            mark=self._mark(first, need.planned),
            picture=drawn,
        )

    def _address(self, seen: Seen, cause: Cause) -> str:
        """Return the form in which it is done to who may use it, or else the part of the page that tells of it."""
        reference = seen.record["reference"]
        match cause.target:
            case "task" if cause.task and self.may_record:
                return reverse("task", args=[cause.task])
            case "plans" | "validity" if self.may_edit:
                return reverse(f"agreement-{cause.target}", args=[reference])
            case "task":
                return agreement_address(seen, "#tasks")
            case "plans" | "validity":
                return agreement_address(seen, "#dates")
        return agreement_address(seen, "#steps")

    def _mark(self, cause: Cause, planned: FuzzyDate | None) -> Mark | None:
        if cause.days is not None and cause.strength in ("late", "soon"):
            icon = "triangle" if cause.strength == "late" else "clock"
            return Mark(cause.strength, icon, days_words(cause.days), box=True)
        if planned is not None:
            return Mark("plain", "clock", _("before %(day)s") % {"day": planned})
        if cause.days is not None:
            return Mark("plain", "clock", days_words(cause.days))
        return None

    def _meeting_need(self, met: Met) -> Line:
        meeting, days = met.meeting, (self.today - met.meeting.latest).days
        held = meeting.status == MeetingStatus.HELD
        act = pgettext("act", "record the outcome") if held else pgettext("act", "record that it was held")
        if held and met.points:
            act = pgettext("act", "record the outcome by agreement")
        points = ngettext(
            "%(number)s agreement was on the agenda.", "%(number)s agreements were on the agenda.", met.points
        ) % {"number": met.points}
        when = _("Held today.") if held and not days else _("Meeting of %(day)s.") % {"day": meeting.on}
        return Line(
            title=meeting.title,
            act=act,
            address=reverse("meeting-held", args=[meeting.pk])
            if self.may_edit and not met.points
            else reverse("meeting", args=[meeting.pk]),
            why=f"{when} {points}" if met.points else when,
            mark=Mark("soon", "clock", days_words(0), box=True) if not days else None,
            marks=[Mark("plain", "calendar", _("Meeting of %(day)s") % {"day": meeting.on})] if not days else (),
        )

    def _ready(self, seen: Seen, step: Next) -> Line:
        label = seen.rules.step_label(step.name)
        address = reverse("agreement-step", args=[seen.record["reference"], step.name])
        asked = [reason.sentence for reason in step.asked]
        return Line(
            title=pick(title_of(seen)),
            address=agreement_address(seen),
            why=_("Next: %(step)s. Nothing stands against it; the form asks for the rest.") % {"step": label}
            if asked
            else _("Next: %(step)s. Nothing stands against it.") % {"step": label},
            at=Standing.of(seen, ball=False),
            days=self._stay(seen),
            button=(address, label) if self.may_step else None,
        )

    def _stay(self, seen: Seen) -> str:
        days = days_in_stage(seen)
        if not days:
            return ""
        exact = seen.state and seen.state.since.when.precision == Precision.DAY and not seen.state.since.reported
        words = ngettext("%(days)s day", "%(days)s days", days) if exact else ngettext(
            "at least %(days)s day", "at least %(days)s days", days
        )  # fmt: skip
        return words % {"days": days}

    def _waiting(self, one: desk.Waiting) -> Line:
        last = one.last
        said = f"{last.on}: {last.label.text}" if last else ""
        return Line(
            title=pick(title_of(one.seen)),
            act=small(one.awaited),
            address=agreement_address(one.seen),
            why=said,
            lang=last.label.language if last else "",
            at=Standing.of(one.seen),
            days=self._stay(one.seen),
        )

    def _held(self, one: desk.Held) -> Line:
        reason = ""
        if one.code == "on-hold" and one.seen.state and one.seen.state.hold:
            row = one.seen.chain.by_id[one.seen.state.hold.id]
            reason = worded(said_in(row, "reason")).text
        return Line(
            title=pick(title_of(one.seen)),
            address=agreement_address(one.seen, "#steps"),
            why=reason or f"{one.sentence}.",
            at=Standing.of(one.seen),
            days=self._stay(one.seen),
            marks=[Mark("plain", "hold", one.sentence)] if one.code == "on-hold" else (),
        )

    def _chore(self, chore: Chore) -> Line:
        task = chore.task
        days = (task.due_by - self.today).days if chore.dated else None
        seen = self.look.seen[task.agreement]
        late = days is not None and days < 0
        mark = None
        if task.due is not None and days is not None:
            kind = "late" if late else "soon" if days <= DUE_SOON else "plain"
            mark = Mark(kind, "triangle" if late else "clock", str(task.due) if kind == "plain" else days_words(days))
        holder = task.person or pick(task.unit).text
        return Line(
            title=Worded(chore_title(task), pick(task.title).language),
            address=reverse("task", args=[task.id]) if self.may_record else agreement_address(seen, "#tasks"),
            why=pick(title_of(seen)).text,
            mark=mark,
            below=holder,
        )

    def _day(self, one: Dated) -> Day:
        law = rule = ""
        match one.kind:
            case "task" if one.chore:
                # The article; what it says stands in the task.
                law = pick(one.chore.task.law).text.partition(": ")[0]
                rule = due_words(one.chore.rule) if one.chore.rule else ""
            case "end":
                rule = _("Period of validity")
            case "renewal" | "notice":
                rule = _("Tacit renewal")
            case "planned":
                rule = _("Planned by own side")
            case "computed":
                rule = _("By the clause")
        chore = one.chore
        address = agreement_address(one.seen, "#tasks" if chore else "#dates")
        if chore and self.may_record:
            address = reverse("task", args=[chore.task.id])
        kind = "late" if one.days < 0 or (one.alone and one.days <= 7) else ""
        return Day(one.on, pick(title_of(one.seen)), address, one.what, rule, law, str(abs(one.days)), kind)

    def _doubts(self) -> Iterator[Line]:
        """Yield what is to be checked; one and the same doubt about many agreements is one line."""
        by_code: dict[str, list[Doubt]] = {}
        for one in self.found.doubts:
            by_code.setdefault(one.finding.code, []).append(one)
        for code, several in by_code.items():
            mark = Mark("plain", ICONS[code], str(LABELS[code]))
            if len(several) > _NAMED and not any(one.statements for one in several):
                number = len(several)
                words = ngettext("%(number)s agreement", "%(number)s agreements", number) % {"number": number}
                titles = [pick(title_of(one.seen)).text for one in several]
                yield Line(
                    title=Worded(words, ""),
                    address=self.listed(attention=code),
                    marks=[mark],
                    more=titles[:4] + (["…"] if number > 4 else []),
                )
                continue
            for one in several:
                yield Line(
                    title=pick(title_of(one.seen)),
                    address=self._mended(one),
                    marks=[Mark(mark.kind, mark.icon, one.finding.sentence)],
                    more=one.statements,
                )

    def _mended(self, doubt: Doubt) -> str:
        parts = {"clause": "#entry-into-force", "participants": "#participants", "documents": "#documents"}
        return agreement_address(doubt.seen, parts.get(doubt.finding.target, "#history"))

    # ---- meetings ----
    def meetings(self) -> list[tuple[str, Met, bool]]:
        """Return the meetings: those of today, those to come, then the last ones; whether their outcome is awaited."""
        today = [one for one in self.found.gone if one.meeting.on.possibly_by(self.today) and self._is_today(one)]
        gone = [one for one in self.found.gone if one not in today]
        return [(self._when(one.meeting), one, one in self.found.gone and one.open)
                for one in (*today, *self.found.coming, *gone)]  # fmt: skip

    def _is_today(self, one: Met) -> bool:
        return one.meeting.earliest == one.meeting.latest == self.today

    def _when(self, meeting: Meeting) -> str:
        if meeting.earliest == meeting.latest == self.today:
            return "today"
        return "coming" if meeting.earliest > self.today else ""

    def brief(self) -> tuple[str, str] | None:
        """Return the address of the brief for a meeting of today, or else for the next one, and what it is for."""
        today = [one for one in (*self.found.gone, *self.found.coming) if self._is_today(one)]
        found = [*today, *self.found.coming]
        if not found:
            return None
        words = _("Brief for today’s meeting") if today else _("Brief for the next meeting")
        return f"{reverse('report', args=['brief'])}?{urlencode({'meeting': str(found[0].meeting.pk)})}", words


def days_words(days: int) -> str:
    """Say how many days are left, or by how many it is late."""
    if days < 0:
        return ngettext("late by %(days)s day", "late by %(days)s days", -days) % {"days": -days}
    if not days:
        return pgettext("due", "today")
    return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}
