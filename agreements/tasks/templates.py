"""Templates of tasks: keeping them, and giving their tasks to agreements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import access, clock, periods, registers, upkeep
from agreements.choices import TaskAnchor, TaskStatus
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.models import Agreement, Task, TaskTemplate, TemplateTask, User
from agreements.tasks.giving import New, write

#: How many tasks a template has at most.
MOST_TASKS = 50
_RIGHT = "reference_data"
_EMPTY = Reason("template-empty", _("The template has no tasks."), firm=True)


def may_keep(user: User) -> bool:
    """Whether the user may make and change templates."""
    return access.may(user, _RIGHT)


# ---- keeping them ----
def keep(template: TaskTemplate, tasks: Sequence[Mapping[str, Any]] | None = None, *, by: User) -> TaskTemplate:
    """Save a template, new or changed, with the list of its tasks where one is given. Raises Refused, ValidationError.

    A task of the list that names an `id` stays the one that it was, others are new, those that are missing are gone.
    Tasks that were given before stay as they are.
    """
    if not may_keep(by):
        raise Refused(registers.NOT_PERMITTED)
    with transaction.atomic():
        template.changed_at = clock.now()
        template.full_clean()
        template.save()
        if tasks is not None:
            _keep_tasks(template, tasks)
    return template


def _keep_tasks(template: TaskTemplate, tasks: Sequence[Mapping[str, Any]]) -> None:
    kept: dict[Any, TemplateTask] = {task.pk: task for task in template.tasks.order_by("number", "pk")}
    left = []
    for number, given in enumerate(tasks, 1):
        task = kept.pop(given.get("id"), None) or TemplateTask(template=template)
        for name, value in given.items():
            if name != "id":
                setattr(task, name, value)
        task.number = number
        try:
            task.full_clean(exclude=["template"])
        except ValidationError as error:
            told = [f"{number}. {message}" for message in error.messages]
            raise ValidationError({"tasks": told}) from error
        left.append(task)
    TemplateTask.objects.filter(pk__in=kept).delete()
    for task in left:
        task.save()


def remove(template: TaskTemplate, *, by: User) -> None:
    """Take a template away; tasks that it gave stay. Raises Refused."""
    if not may_keep(by):
        raise Refused(registers.NOT_PERMITTED)
    template.delete()


# ---- giving their tasks ----
@dataclass(frozen=True)
class Applied:
    """What became of a template in one agreement: the tasks that were made, how many were there, or why none are."""

    agreement: Agreement
    made: Sequence[Task] = ()
    there: int = 0
    reasons: Sequence[Reason] = ()


def apply(
    template: TaskTemplate, agreements: Iterable[Agreement], *, by: User, on: date | None = None
) -> list[Applied]:
    """Give the tasks of a template to agreements, each by itself; the answer says for each what became of it.

    `on` is the day of use from which due dates are counted that name it, else today. What an agreement has of the
    template for its present text already, open or done, is not given again. Due dates that are counted from a date of
    the agreement move with it. All of it is one transaction, with the same queries for one or many.
    """
    given, day = list(agreements), on or clock.today()
    items = list(template.tasks.select_related("unit").order_by("number", "pk"))
    if not items:
        return [Applied(agreement, reasons=[_EMPTY]) for agreement in given]
    with transaction.atomic():
        fresh, barred = registers.lock_many([agreement.pk for agreement in given], by=by, right="record")
        there = _there(fresh, template)
        wanted = [
            (agreement, _new(item, agreement, day))
            for agreement in fresh.values()
            for item in items
            if item.pk not in there[agreement.pk]
        ]
        made: dict[UUID, list[Task]] = {}
        for task in write(wanted, by=by, template=template.code):
            made.setdefault(task.agreement_id, []).append(task)
    return [
        Applied(agreement, reasons=[barred[agreement.pk]])
        if agreement.pk in barred
        else Applied(fresh[agreement.pk], made.get(agreement.pk, ()), len(there[agreement.pk]))
        for agreement in given
    ]


def _there(agreements: Mapping[UUID, Agreement], template: TaskTemplate) -> dict[UUID, set[UUID]]:
    """Return which tasks of a template agreements have for their present texts."""
    found: dict[UUID, set[UUID]] = {key: set() for key in agreements}
    rows = Task.objects.filter(agreement__in=list(agreements), origin__template=template)
    for key, text, origin in rows.exclude(status=TaskStatus.DROPPED).values_list("agreement", "text", "origin"):
        if text == agreements[key].text:
            found[key].add(origin)
    return found


def _new(item: TemplateTask, agreement: Agreement, day: date) -> New:
    due, problem, anchor = None, "", item.anchor
    if item.anchor == TaskAnchor.USE:
        due, anchor = periods.shifted(FuzzyDate.of_day(day), item.days or 0), ""
    elif item.anchor:
        due, problem = upkeep.counted_from(agreement, item.anchor, item.days or 0)
    return New(
        title={code: text for code, text in item.titles.items() if text},
        body={code: text for code, text in item.bodies.items() if text},
        side=item.side,
        due=due,
        unit=item.unit,
        origin=item,
        anchor=anchor,
        days=item.days if anchor else None,
        problem=problem,
    )
