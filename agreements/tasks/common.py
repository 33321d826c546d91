"""What those who write tasks share: what may be said of a task, and the entry that the journal keeps of it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from agreements import access, clock, journal, registers, upkeep
from agreements.choices import Ball, ClearanceResult, EntryKind
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.models import Agreement, Task, User
from agreements.words import Texts, active_language

#: The longest name of a task, in characters.
TITLE_LENGTH = 300
#: A task without a name.
TITLE_MISSING = Reason("title-missing", _("Say what is to be done."), asked="title", firm=True)
NOT_OPEN = Reason("task-not-open", _("This task is not open any more."), firm=True)
BODY_MISSING = Reason("body-missing", _("Name the body that was asked."), asked="body", firm=True)


def locked(task: Task, by: User) -> tuple[Task, Agreement]:
    """Lock the agreement of a task and return both fresh. Raises Refused."""
    agreement = registers.lock(Agreement(pk=task.agreement_id), by=by, right="record")
    fresh = again(task)
    fresh.agreement = agreement
    return fresh, agreement


def again(task: Task) -> Task:
    """Return a task as it is now."""
    return Task.objects.select_related("agreement__procedure_version", "unit", "person", "party").get(pk=task.pk)


def of(agreement: Agreement, found: Iterable[Task]) -> list[Task]:
    """Return those of the tasks that are of an agreement."""
    return [task for task in found if task.agreement_id == agreement.pk]


def texts_of(value: str | Texts) -> dict[str, str]:
    """Return a text by language, without the languages in which there is none; one by itself is in the reader's."""
    if isinstance(value, str):
        return {active_language(): value.strip()} if value.strip() else {}
    return {language: text.strip() for language, text in value.items() if text.strip()}


def checked(
    agreement: Agreement, titles: Texts | None, body: str | Texts, side: str, person: User | None
) -> list[Reason]:
    """Return every reason why a task cannot say this; without `titles` it keeps its own."""
    reasons = [replace(reason, asked="body") for reason in registers.spelling({"place": body}, lines=False)]
    if titles is not None:
        reasons += _called(titles)
    if side not in Ball.values:
        template = _("“%(value)s” is not known. Use one of: %(known)s.")
        told = {"value": side, "known": ", ".join(Ball.values)}
        reasons.append(Reason("side-unknown", template, told, asked="side", firm=True))
    if person is not None and not access.sees_agreement(person, agreement):
        template = _("This person may not see the agreement: %(person)s.")
        reasons.append(Reason("person-cannot-see", template, {"person": str(person)}, asked="person", firm=True))
    return reasons


def _called(titles: Texts) -> list[Reason]:
    if not titles:
        return [TITLE_MISSING]
    if any(len(text) > TITLE_LENGTH for text in titles.values()):
        template = _("The text of “%(field)s” is longer than %(longest)s characters.")
        told = {"field": "title", "longest": TITLE_LENGTH}
        return [Reason("too-long", template, told, asked="title", firm=True)]
    spelled = registers.spelling({"what": dict(titles)}, lines=False)
    return [replace(reason, asked="title") for reason in spelled]


def unknown_result(result: str) -> list[Reason]:
    """Return the reason why a body cannot have answered so, if it cannot."""
    if result in ClearanceResult.values:
        return []
    template = _("“%(value)s” is not known. Use one of: %(known)s.")
    told = {"value": result, "known": ", ".join(ClearanceResult.values)}
    return [Reason("result-unknown", template, told, asked="result", firm=True)]


def set_due(task: Task, due: FuzzyDate | None) -> None:
    """Set a due date that came to be today, unless it stands already."""
    if task.due != due:
        task.set_due(due, today=clock.today())


def draft(task: Task, event: str, by: User, data: dict[str, Any], **text: Any) -> journal.Draft:
    """Return the entry that the chain of the agreement is to keep of a task; its name stands beside the chain."""
    return journal.Draft(
        task.agreement,
        EntryKind.TASK,
        by,
        FuzzyDate.of_day(clock.today()),
        data={
            "task": str(task.pk),
            "event": event,
            "text": task.text,
            **({"code": task.code} if task.code else {}),
            **data,
        },
        responsible=task.person_id,
        text={"what": dict(task.title_texts)} | {name: said for name, said in text.items() if said},
    )


def save(task: Task, event: str, by: User, data: dict[str, Any], **text: Any) -> None:
    """Save a task, write the entry of what happened to it, and what follows from it. Raises Refused."""
    task.changed_at = clock.now()
    try:
        task.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise Refused(*(Reason("invalid", message, firm=True) for message in error.messages)) from error
    task.save()
    journal.append([draft(task, event, by, data, **text)])
    task.agreement.save(update_fields=["version", "changed_at"])
    upkeep.refresh([task.agreement], with_tasks=True)
