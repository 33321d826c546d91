"""Ending what was to be done: done, with what the procedure asks for, or no longer needed; and opening it again."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import clock, journal, registers, upkeep
from agreements.choices import ClearanceResult, DocumentKind, EntryKind, TaskStatus
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.models import Task, User
from agreements.models.updating import update_each
from agreements.registers import REASON_MISSING
from agreements.tasks.common import BODY_MISSING, NOT_OPEN, again, draft, locked, save, unknown_result
from agreements.tasks.reading import rule_of

_NOT_CLOSED = Reason("task-open", _("This task is open."), firm=True)
_RECORD_THE_ACT = Reason("record-the-act", _("Record the act of the participant: the task ends with it."), firm=True)


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How tasks are done: on which day, with which answer of which body, on what evidence."""

    on: FuzzyDate
    result: str = ""
    remarks: str = ""
    evidence: str = ""
    body: str = ""

    def against(self, task: Task) -> Iterator[Reason]:
        """Yield every reason why a task cannot be ended so."""
        yield from registers.timing(self.on, clock.today())
        yield from registers.spelling({"what": self.remarks})
        if task.status != TaskStatus.OPEN:
            yield NOT_OPEN
        rule = rule_of(task)
        if rule and rule.acts:
            yield _RECORD_THE_ACT
        if self.asks_document(task):
            if not self.evidence.strip():
                template = _("Cite the document that ends the task: %(document)s.")
                told = {"document": DocumentKind(rule.document).label} if rule and rule.document else {}
                yield Reason("citation-missing", template, told, asked="evidence", firm=True)
            yield from registers.spelling({"evidence": self.evidence})
        if self.is_answer(task):
            yield from unknown_result(self.result)
            yield from registers.spelling({"place": self.asked(task)})
            if not self.asked(task):
                yield BODY_MISSING

    def asks_document(self, task: Task) -> bool:
        """Whether a document ends the task, which is recorded with it."""
        rule = rule_of(task)
        return bool(rule and rule.document)

    def is_answer(self, task: Task) -> bool:
        """Whether it is the answer of a body, which is recorded with it."""
        rule = rule_of(task)
        return bool(rule and rule.clearance) or bool(self.result)

    def asked(self, task: Task) -> str:
        """Return the body that answered: the one named here, else that of the task."""
        return self.body.strip() or task.body.text

    def ends(self, task: Task) -> bool:
        """Whether the task is done with it: a body that refuses leaves it open."""
        return not self.is_answer(task) or self.result != ClearanceResult.REFUSED

    def drafts(self, task: Task, by: User) -> Iterator[journal.Draft]:
        """Yield the entries that the chain is to keep: of the document or the answer, and of the task."""
        rule = rule_of(task)
        recorded: dict[str, Any] = {"by": by, "on": self.on, "what": self.remarks}
        if rule and rule.document:
            recorded |= {"data": {"document": rule.document}, "evidence": self.evidence}
            yield registers.drafted(task.agreement, EntryKind.DOCUMENT, **recorded)
        elif self.is_answer(task):
            recorded |= {"data": {"body": self.asked(task), "result": self.result}}
            yield registers.drafted(task.agreement, EntryKind.CLEARANCE, **recorded)
        told = {"on": self.on.iso} | ({"result": self.result} if self.result else {})
        yield draft(task, "done" if self.ends(task) else "answered", by, told, remarks=self.remarks)


def complete(task: Task, *, by: User, on: FuzzyDate | None = None, **given: str) -> Task:
    """End a task as done and return it fresh. Raises Refused; then nothing was written.

    A task that asks for a document is done by recording it (`evidence` cites it), one that asks for a clearance by the
    answer (`result`, of the `body`); one that asks for an act ends with the act and cannot be ended here. `remarks` are
    kept by the journal.
    """
    (ended,) = complete_many([task], by=by, on=on, **given)
    if ended.reasons:
        raise Refused(*ended.reasons)
    return ended.task


@dataclass(frozen=True)
class Ended:
    """What became of one of many tasks: the task as it is, and the reasons why it could not be ended."""

    task: Task
    reasons: Sequence[Reason] = ()


def complete_many(tasks: Iterable[Task], *, by: User, on: FuzzyDate | None = None, **given: str) -> list[Ended]:
    """End many tasks in the same way, each by itself; the answer says for each what became of it.

    Takes what `complete` takes. All of it is one transaction, with the same queries for one or many.
    """
    asked, ending = list(tasks), Ending(on=on or FuzzyDate.of_day(clock.today()), **given)
    with transaction.atomic():
        agreements, barred = registers.lock_many([task.agreement_id for task in asked], by=by, right="record")
        fresh = {task.pk: task for task in _read(task.pk for task in asked)}
        reasons: dict[UUID, list[Reason]] = {}
        for key, task in fresh.items():
            # The row that is locked is the one that the entries change.
            task.agreement = agreements.get(task.agreement_id, task.agreement)
            against = barred.get(task.agreement_id)
            reasons[key] = [against] if against else list(ending.against(task))
        ended = [fresh[task.pk] for task in _once(asked) if not reasons[task.pk]]
        if ended:
            _write(ended, ending, by)
            fresh = {task.pk: task for task in _read(fresh)}
    found: list[Ended] = []
    for task in asked:
        twice = fresh[task.pk].status != TaskStatus.OPEN and any(one.task.pk == task.pk for one in found)
        found.append(Ended(fresh[task.pk], reasons[task.pk] or ([NOT_OPEN] if twice else [])))
    return found


def _once(tasks: Iterable[Task]) -> Iterable[Task]:
    return {task.pk: task for task in tasks}.values()


def _read(keys: Iterable[UUID]) -> Iterable[Task]:
    found = Task.objects.filter(pk__in=list(keys)).order_by("pk")
    return found.select_related("agreement__procedure_version", "unit", "person", "party")


def _write(tasks: Sequence[Task], ending: Ending, by: User) -> None:
    """Write the entries and the rows, and what follows from them."""
    journal.append([entry for task in tasks for entry in ending.drafts(task, by)])
    agreements = list({task.agreement_id: task.agreement for task in tasks}.values())
    update_each(agreements, ["version", "changed_at"])
    recorded = [task for task in tasks if ending.asks_document(task) or ending.is_answer(task)]
    for task in tasks:
        task.changed_at, task.remarks = clock.now(), ending.remarks
        if task not in recorded:
            task.status, task.done_on = TaskStatus.DONE, ending.on
        elif ending.is_answer(task) and not ending.asks_document(task):
            task.result = ending.result
    update_each(tasks, ["changed_at", "remarks", "status", "done_on", "result"])
    upkeep.refresh(agreements, with_tasks=True)
    # What the rules do not see as ended by what was recorded - other bodies still refuse, the text is an earlier one -
    # is ended by the hand that recorded it.
    keys = [task.pk for task in recorded if ending.ends(task)]
    left = list(Task.objects.filter(pk__in=keys, status=TaskStatus.OPEN).order_by("pk")) if keys else []
    for task in left:
        task.status, task.done_on = TaskStatus.DONE, ending.on
    if left:
        update_each(left, ["status", "done_on"])
        upkeep.refresh(agreements, with_tasks=True)


def drop(task: Task, *, by: User, reason: str) -> Task:
    """End a person's own task as no longer needed, with a reason. Raises Refused."""
    with transaction.atomic():
        fresh, _agreement = locked(task, by)
        reasons = registers.spelling({"reason": reason})
        if fresh.by_procedure:
            template = _("The procedure gave this task; it falls away when the procedure no longer asks for it.")
            reasons.append(Reason("task-of-procedure", template, firm=True))
        if fresh.status != TaskStatus.OPEN:
            reasons.append(NOT_OPEN)
        if not reason.strip():
            reasons.append(REASON_MISSING)
        if reasons:
            raise Refused(*reasons)
        fresh.status = TaskStatus.DROPPED
        save(fresh, "dropped", by, {}, reason=reason)
    return fresh


def reopen(task: Task, *, by: User, reason: str) -> Task:
    """Open a task again that a person ended, with a reason. Raises Refused."""
    with transaction.atomic():
        fresh, agreement = locked(task, by)
        reasons = registers.spelling({"reason": reason})
        if fresh.status == TaskStatus.OPEN:
            reasons.append(_NOT_CLOSED)
        elif not fresh.reopenable:
            template = _("It ended with what was recorded. Correct that entry: the task is open again with it.")
            reasons.append(Reason("task-answered", template, firm=True))
        if not reason.strip():
            reasons.append(REASON_MISSING)
        if reasons:
            raise Refused(*reasons)
        fresh.status, fresh.done_on, fresh.result = TaskStatus.OPEN, None, ""
        save(fresh, "reopened", by, {}, reason=reason)
        # The procedure may ask for it no longer.
        upkeep.refresh([agreement], with_tasks=True)
        fresh = again(fresh)
    return fresh
