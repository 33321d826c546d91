"""Moving what is to be done, and what a body answered when asked."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import registers
from agreements.choices import EntryKind, TaskStatus
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.models import Agreement, Entry, Task, User
from agreements.tasks.common import (
    BODY_MISSING,
    NOT_OPEN,
    checked,
    locked,
    of,
    save,
    set_due,
    texts_of,
    unknown_result,
)
from agreements.tasks.reading import rule_of
from agreements.words import Texts, active_language, pick

_OF_PROCEDURE = Reason(
    "task-of-procedure",
    _("The procedure gave this task, and its due date follows from it. Change the planned date instead."),
    asked="due",
    firm=True,
)
_CIRCLE = Reason(
    "waits-in-circle", _("The task would wait for itself, by way of what it waits for."), asked="waits_for", firm=True
)


def clear(agreement: Agreement, body: str, *, result: str, on: FuzzyDate, by: User, **details: Any) -> Entry:
    """Record what a body answered when asked to clear the present text; its last answer counts. Raises Refused."""
    reasons = registers.spelling({"place": body})
    if not body.strip():
        reasons.append(BODY_MISSING)
    reasons += unknown_result(result)
    if reasons:
        raise Refused(*reasons)
    return registers.add(
        agreement, EntryKind.CLEARANCE, by=by, on=on, data={"body": body.strip(), "result": result}, **details
    )


def change(task: Task, *, by: User, **given: Any) -> Task:
    """Change who does a task and, of a person's own task, its name and due date; returns it fresh. Raises Refused.

    Takes title, body, side, due, unit, person, waits_for. What the procedure says of its task cannot be changed.
    """
    with transaction.atomic():
        fresh, agreement = locked(task, by)
        reasons: list[Reason] = []
        if fresh.by_procedure:
            reasons += [
                Reason(_OF_PROCEDURE.code, _OF_PROCEDURE.template, asked=name, firm=True)
                for name in ("title", "due", "side", "body")
                if name in given and given[name] != _present(fresh, name)
            ]
            given = {name: value for name, value in given.items() if name in ("unit", "person", "waits_for")}
        titles = texts_of(given["title"]) if "title" in given else fresh.title_texts
        side = given.get("side", fresh.side)
        named = titles if titles != fresh.title_texts else None  # what it is called already may stay
        reasons += checked(agreement, named, given.get("body", ""), side, given.get("person"))
        firsts = of(agreement, given.get("waits_for", ()))
        if firsts and _in_a_circle(fresh, firsts):
            reasons.append(_CIRCLE)
        if fresh.status != TaskStatus.OPEN:
            reasons.append(NOT_OPEN)
        if reasons:
            raise Refused(*reasons)
        before, words = _told(fresh), _words(fresh)
        fresh.title_texts, fresh.side = titles, side
        if "body" in given:
            fresh.body_texts = texts_of(given["body"])
        if "due" in given and given["due"] != fresh.due:
            # What a person sets stays, whatever becomes of the date from which it was counted.
            fresh.anchor, fresh.days, fresh.problem = "", None, ""
            set_due(fresh, given["due"])
        for name in ("unit", "person"):
            if name in given:
                setattr(fresh, name, given[name])
        if "waits_for" in given:
            fresh.waits_for.set(firsts)
        after = _told(fresh)
        changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
        said = {name: [words[name].text, after] for name, after in _said(fresh, words)}
        if changes or said:
            save(fresh, "changed", by, {"changes": changes}, changes=said)
    return fresh


def _present(task: Task, name: str) -> Any:
    texts = {"title": task.title_texts, "body": task.body_texts}.get(name)
    return getattr(task, name) if texts is None else texts.get(active_language(), "")


def _words(task: Task) -> dict[str, "_Words"]:
    return {name: _Words(dict(getattr(task, name))) for name in ("title_texts", "body_texts")}


@dataclass(frozen=True)
class _Words:
    """A text by language, and as the one who writes reads it."""

    texts: Texts

    @property
    def text(self) -> str:
        return pick(self.texts).text


def _said(task: Task, before: Mapping[str, _Words]) -> Iterator[tuple[str, str]]:
    """Yield which texts of a task are other than before, as the one who writes reads them."""
    for name, now in _words(task).items():
        if now != before[name]:
            yield name, now.text


def _told(task: Task) -> dict[str, Any]:
    """Return what the journal keeps of a task's columns in the chain; names of tasks are free text and stand beside."""
    return {
        "side": task.side,
        "due": task.due.iso if task.due else None,
        "unit": task.unit.code if task.unit else None,
        "person": str(task.person_id) if task.person_id else None,
        "waits_for": sorted(str(key) for key in task.waits_for.values_list("pk", flat=True)),
    }


def _in_a_circle(task: Task, firsts: Iterable[Task]) -> bool:
    """Whether a task that waits for these would wait for itself, by what people and the procedure say of the others."""
    kept = list(Task.objects.filter(agreement=task.agreement_id).order_by("pk"))
    named: dict[UUID, set[UUID]] = {}
    links = Task.waits_for.through.objects.filter(from_task__agreement=task.agreement_id).order_by("pk")
    for waiting, first in links.values_list("from_task_id", "to_task_id"):
        named.setdefault(waiting, set()).add(first)
    for one in kept:
        one.agreement = task.agreement
        if rule := rule_of(one):
            named.setdefault(one.pk, set()).update(
                first.pk for first in kept if first.code in rule.after and first.text == one.text
            )
    left, seen = [first.pk for first in firsts], set()
    while left:
        key = left.pop()
        if key not in seen:
            seen.add(key)
            left += named.get(key, ())
    return task.pk in seen
