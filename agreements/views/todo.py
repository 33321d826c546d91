"""Tables of tasks: what each is, whose, by when, what is to be noticed, and where it is ended."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements import clock, tasks
from agreements.choices import Ball, ClearanceResult, Level, Precision, TaskStatus
from agreements.dates import FuzzyDate
from agreements.documents.shelf import Item
from agreements.duties import DUE_SOON
from agreements.models import Agreement, Task, User
from agreements.views.next_steps import remedy_address
from agreements.words import Worded, pick


@dataclass(frozen=True)
class Row:
    """One task as a table shows it. `mark` is what is to be noticed: its strength, its sign, its words."""

    task: Task
    title: Worded
    law: Worded
    side: str
    holder: str
    due: FuzzyDate | None
    undated: str
    mark: tuple[str, str, str] | None
    waits_for: Sequence[Worded]
    done: str
    address: str
    remedy: str
    note: str = ""

    @property
    def open(self) -> bool:
        """Whether it is still to be done."""
        return self.task.status == TaskStatus.OPEN


@dataclass(frozen=True)
class Panel:
    """The tasks of one agreement: what is open, most urgent first, and what is over."""

    open: Sequence[Row]
    over: Sequence[Row]

    @property
    def all(self) -> int:
        """How many tasks there are, done or not."""
        return len(self.open) + len(self.over)


def tasks_of(agreement: Agreement, user: User) -> list[Task]:
    """Return the tasks of an agreement, the most urgent first; one query."""
    found = Task.objects.for_user(user).filter(agreement=agreement).linked().select_related("party", "unit", "person")
    kept = list(found.order_by(F("due_by").asc(nulls_last=True), "created_at", "pk"))
    for task in kept:
        task.agreement = agreement
    return kept


def panel(agreement: Agreement, kept: Sequence[Task], documents: Iterable[Item] = ()) -> Panel:
    """Arrange the tasks of an agreement, those of earlier texts are over; `documents` are what the reader sees."""
    beyond = {item.row.kind: item.row.level for item in documents if item.live and _is_beyond(item, agreement)}
    rows = [_noted(row, beyond) for row in rows_of(kept)]
    order = {rule.code: place for place, rule in enumerate(agreement.rules.tasks)}
    waiting = sorted((row for row in rows if row.open), key=lambda row: (row.due is None, bool(row.waits_for)))
    waiting.sort(key=lambda row: (row.task.due_by or date.max, order.get(row.task.code, len(order))))
    return Panel(waiting, [row for row in rows if row.task.status == TaskStatus.DONE])


def _is_beyond(item: Item, agreement: Agreement) -> bool:
    """Whether not everybody who sees the agreement, and its tasks, sees a document of its present text."""
    return item.row.text == agreement.text and item.row.level not in Level.up_to(agreement.level)


def _noted(row: Row, beyond: Mapping[str, str]) -> Row:
    """Say of an open task that what it asks for is there, but too secret to end it for all who see the task."""
    rule = tasks.rule_of(row.task)
    level = beyond.get(rule.document) if rule and rule.document and row.open else None
    if level is None:
        return row
    words = _("Kept at the level “%(level)s”, which not all who see this task may see: cite the document to end it.")
    return replace(row, note=words % {"level": Level(level).label})


def rows_of(found: Sequence[Task]) -> Iterable[Row]:
    """Return the rows of tasks, with two queries at most."""
    blocked, today = tasks.blocked_by(found), clock.today()
    for task in found:
        still = task.status == TaskStatus.OPEN
        yield Row(
            task=task,
            title=tasks.title_of(task),
            law=pick(task.law_texts),
            side=str(Ball(task.side).label),
            holder=", ".join(_holders(task)),
            due=task.due,
            undated=tasks.problem_words(task) if still and not task.due else "",
            mark=_mark(task, today) if still else None,
            waits_for=[tasks.title_of(first) for first in blocked[task.pk]] if still else (),
            done=_done(task),
            address=reverse("task", args=[task.pk]),
            remedy=_remedy(task),
        )


def _holders(task: Task) -> Iterable[str]:
    if task.person:
        yield str(task.person)
    if task.unit:
        yield task.unit.name.text
    if task.body.text:
        yield task.body.text


def _mark(task: Task, today: date) -> tuple[str, str, str] | None:
    if task.missed:
        return "late", "triangle", _("The lead time was missed already when the date was set")
    if task.due_by is None or task.due is None:
        return None
    if task.is_overdue(today):
        days = (today - task.due_by).days
        words = ngettext("late by %(days)s day", "late by %(days)s days", days) % {"days": days}
        return "late", "triangle", words
    if task.due.earliest < today and task.due.precision != Precision.DAY:
        return "soon", "clock", _("perhaps late already")
    if task.due_by <= today + timedelta(days=DUE_SOON):
        days = (task.due_by - today).days
        return "soon", "clock", ngettext("due in %(days)s day", "due in %(days)s days", days) % {"days": days}
    return None


def _done(task: Task) -> str:
    if task.status != TaskStatus.DONE:
        return ""
    result = f", {ClearanceResult(task.result).label}" if task.result else ""
    return _("done on %(day)s") % {"day": task.done_on} + result if task.done_on else _("done") + result


def _remedy(task: Task) -> str:
    """Return the page on which the task is ended: an act is recorded, everything else is done."""
    rule = tasks.rule_of(task)
    if rule and rule.acts and task.party:
        return remedy_address(task.agreement, f"act:{rule.acts[0].value}:{task.party.code}")
    return reverse("task-done", args=[task.pk])
