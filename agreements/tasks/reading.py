"""What is told of tasks beside their rows: their rule, what comes first, why there is no due date."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from agreements import calendars
from agreements.calendars import Kind
from agreements.choices import TaskStatus
from agreements.models import Task
from agreements.procedures import TaskRule
from agreements.words import Worded


def rule_of(task: Task) -> TaskRule | None:
    """Return the rule of the procedure that gave a task, None for a person's own one."""
    return next((rule for rule in task.agreement.rules.tasks if rule.code == task.code), None) if task.code else None


def title_of(task: Task) -> Worded:
    """Return what is to be done; of a participant's own task, with its name."""
    if task.party is None:
        return task.title
    name = task.title
    return Worded(f"{name.text}: {task.party.name.text}", name.language)


def blocked_by(found: Sequence[Task], among: Sequence[Task] = ()) -> dict[UUID, list[Task]]:
    """Return, for each of the tasks, the open ones that come first, of these tasks and of those `among`.

    One query, none where none of them is `linked`.

    A task of the procedure waits for those that its rule names, any task for those that a person named.
    """
    named: dict[UUID, set[UUID]] = {}
    if linked := [task.pk for task in found if getattr(task, "is_linked", True)]:
        links = Task.waits_for.through.objects.filter(from_task__in=linked).order_by("pk")
        for waiting, first in links.values_list("from_task_id", "to_task_id"):
            named.setdefault(waiting, set()).add(first)
    still: dict[UUID, dict[UUID, Task]] = {}
    for task in (*found, *among):
        if task.status == TaskStatus.OPEN:
            still.setdefault(task.agreement_id, {}).setdefault(task.pk, task)
    answer = {}
    for task in found:
        rule = rule_of(task)
        codes = rule.after if rule else ()
        waited = [
            first
            for first in still.get(task.agreement_id, {}).values()
            if first.pk in named.get(task.pk, ()) or (first.code in codes and first.text == task.text)
        ]
        answer[task.pk] = sorted(waited, key=lambda first: codes.index(first.code) if first.code in codes else 99)
    return answer


_NOT_SET = {
    "planned_signing": _("The planned signing is not set."),
    "planned_entry_into_force": _("The planned entry into force is not set."),
    "valid_from": _("The first day of validity is not set."),
    "valid_until": _("The last day of validity is not set."),
}
_NOT_KNOWN = {
    Kind.WORKING: _("It cannot be computed: no working days are known so far ahead in the calendar “%(calendar)s”."),
    Kind.SITTING: _("It cannot be computed: no sitting days are known so far ahead in the calendar “%(calendar)s”."),
}


def problem_words(task: Task) -> str:
    """Return why a task has no due date, in the reader's language; empty where nothing stands in its way."""
    kind, _colon, name = task.problem.partition(":")
    if kind == "date":
        return str(_NOT_SET[name])
    if kind == "calendar":
        calendar = calendars.load(settings.CALENDARS_DIR).get(name)
        # A calendar that was taken away since goes by its code.
        return str(_NOT_KNOWN[calendar.kind if calendar else Kind.WORKING]) % {"calendar": calendar or name}
    return ""
