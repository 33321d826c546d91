"""Giving something to do: one task, the same one to many agreements, or the tasks of a template."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from agreements import clock, journal, registers, upkeep
from agreements.choices import Ball
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.models import Agreement, Task, TemplateTask, Unit, User
from agreements.models.inserting import insert_each
from agreements.models.updating import update_each
from agreements.tasks.common import checked, draft, of, set_due, texts_of
from agreements.words import Texts


@dataclass(frozen=True, kw_only=True)
class New:
    """A task to be: what is to be done, whose it is, by when.

    One from a template has an `origin`; its due date may be counted from a date of the agreement (`anchor`, `days`),
    and there may be a `problem` with that.
    """

    title: Texts
    body: Texts = field(default_factory=dict)
    side: str = Ball.OWN
    due: FuzzyDate | None = None
    unit: Unit | None = None
    person: User | None = None
    transition: str = ""
    origin: TemplateTask | None = None
    anchor: str = ""
    days: int | None = None
    problem: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one of many: the task, or the reasons why there is none."""

    agreement: Agreement
    task: Task | None
    reasons: Sequence[Reason] = ()


def add(
    agreement: Agreement,
    title: str | Texts,
    *,
    by: User,
    due: FuzzyDate | None = None,
    side: str = Ball.OWN,
    body: str | Texts = "",
    unit: Unit | None = None,
    person: User | None = None,
    transition: str = "",
    waits_for: Iterable[Task] = (),
) -> Task:
    """Add a task to an agreement and return it. Raises Refused; then nothing was written."""
    given: dict[str, Any] = {"due": due, "side": side, "unit": unit, "person": person, "transition": transition}
    with transaction.atomic():
        (outcome,) = add_many([agreement], title, by=by, body=body, **given)
        if outcome.task is None:
            raise Refused(*outcome.reasons)
        if firsts := of(agreement, waits_for):
            outcome.task.waits_for.set(firsts)
    return outcome.task


def add_many(
    agreements: Iterable[Agreement], title: str | Texts, *, by: User, body: str | Texts = "", **details: Any
) -> list[Outcome]:
    """Add the same task to many agreements, each by itself; the answer says for each what became of it.

    Takes what `add` takes, but for `waits_for`. All of it is one transaction, with the same queries for one or many.
    """
    given, new = list(agreements), New(title=texts_of(title), body=texts_of(body), **details)
    with transaction.atomic():
        fresh, barred = registers.lock_many([agreement.pk for agreement in given], by=by, right="record")
        against = {key: [reason] for key, reason in barred.items()}
        for key, agreement in fresh.items():
            against[key] = checked(agreement, new.title, body, new.side, new.person)
        wanted = [(agreement, new) for key, agreement in fresh.items() if not against[key]]
        made = {task.agreement_id: task for task in write(wanted, by=by)}
    return [Outcome(agreement, made.get(agreement.pk), against[agreement.pk]) for agreement in given]


def write(wanted: Sequence[tuple[Agreement, New]], *, by: User, template: str = "") -> list[Task]:
    """Create tasks of agreements that are locked, journal them, and return them; the same queries for one or many."""
    now, tasks = clock.now(), []
    for agreement, new in wanted:
        task = Task(
            agreement=agreement,
            text=agreement.text,
            transition=new.transition,
            title_texts=dict(new.title),
            body_texts=dict(new.body),
            side=new.side,
            unit=new.unit,
            person=new.person,
            origin=new.origin,
            anchor=new.anchor,
            days=new.days,
            problem=new.problem,
            created_at=now,
            changed_at=now,
        )
        task.fold()
        set_due(task, new.due)
        tasks.append(task)
    if not tasks:
        return []
    insert_each(tasks)
    journal.append([draft(task, "added", by, _told(task, template)) for task in tasks])
    agreements = list({agreement.pk: agreement for agreement, _new in wanted}.values())
    update_each(agreements, ["version", "changed_at"])
    upkeep.refresh(agreements, with_tasks=True)
    return tasks


def _told(task: Task, template: str) -> dict[str, Any]:
    holders = {"unit": task.unit and task.unit.code, "person": task.person_id and str(task.person_id)}
    counted = {"template": template, "anchor": task.anchor, "days": task.days} if template else {}
    return {
        "due": task.due.iso if task.due else None,
        "side": task.side,
        **{name: value for name, value in (holders | counted).items() if value not in (None, "")},
    }
