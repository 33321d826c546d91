"""Open tasks that need attention: what is overdue, due soon, or was given too late from the start."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from agreements.bonds import Seen
from agreements.chains import Told
from agreements.choices import Ball, TaskStatus
from agreements.dates import FuzzyDate
from agreements.duties import DUE_SOON
from agreements.findings import Finding, finding
from agreements.models import Task, User
from agreements.procedures import Procedure
from agreements.words import Texts


@dataclass(frozen=True)
class OpenTask:
    """An open task: what is to be done, whose it is, by when, on which legal basis."""

    id: UUID
    agreement: UUID
    title: Texts
    body: Texts
    law: Texts
    side: Ball
    party: Texts
    unit: Texts
    person: str
    due: FuzzyDate | None
    due_by: date
    missed: bool

    @classmethod
    def of(cls, task: Task, rules: Procedure) -> "OpenTask":
        """Return a task that has a last possible day, as its row has it; `rules` say on which law it rests."""
        return cls(
            id=task.pk,
            agreement=task.agreement_id,
            title=task.title_texts,
            body=task.body_texts,
            law=next((rule.law for rule in rules.tasks if rule.code == task.code), {}) if task.code else {},
            side=Ball(task.side),
            party=task.party.names if task.party else {},
            unit=task.unit.names if task.unit else {},
            person=str(task.person or ""),
            due=task.due,
            due_by=task.due_by or date.max,
            missed=task.missed,
        )


def open_tasks(user: User, told: Told, only: Collection[UUID] | None) -> list[OpenTask]:
    """Return the open tasks with a last possible day, the most urgent first; one query."""
    rows = Task.objects.for_user(user).kept().filter(status=TaskStatus.OPEN, due_by__isnull=False)
    if only is not None:
        rows = rows.filter(agreement__in=only)
    # Put in order here: a database that is asked to would go through all open tasks in the order of their index.
    found = [
        row for row in rows.select_related("party", "unit", "person").order_by() if row.agreement_id in told.chains
    ]
    return in_order(sorted(found, key=lambda row: (row.due_by, row.created_at, row.pk)), told)


def in_order(rows: Iterable[Task], told: Told) -> list[OpenTask]:
    """Return tasks that have a last possible day, the most urgent first; those of one moment always in one order."""
    chains = told.chains
    return sorted(
        (OpenTask.of(row, chains[row.agreement_id].rules) for row in rows),
        key=lambda task: (task.due_by, chains[task.agreement].record["reference"], sorted(task.title.items())),
    )


#: Made once, for each of many tasks.
_OVERDUE = ngettext_lazy("%(days)s day overdue: %(task)s", "%(days)s days overdue: %(task)s", "days")
_DUE = ngettext_lazy("Due in %(days)s day: %(task)s", "Due in %(days)s days: %(task)s", "days")


def of_task(task: OpenTask, seen: Seen, as_of: date) -> Iterator[Finding]:
    """Yield what is found of a task of an agreement."""
    days = (task.due_by - as_of).days
    params: dict[str, Any] = {"task": task.title}
    more: dict[str, Any] = {"day": task.due, "task": task.id, "target": "task"}
    if days < 0:
        yield finding(seen, "overdue", "late", _OVERDUE, params=params | {"days": -days}, days=-days, **more)
    elif days <= DUE_SOON:
        yield finding(
            seen, "due-soon", "soon", _DUE if days else _("Due today: %(task)s"),
            params=params | {"days": days}, days=days, **more,
        )  # fmt: skip
    if task.missed:
        template = _("The lead time had run out already when the date was set: %(task)s")
        yield finding(seen, "lead-missed", "late", template, params=params, **more)
