"""Giving something to do, moving it, ending it; and what a body answered when asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import access, clock, documents, journal, registers, upkeep
from agreements.choices import Ball, ClearanceResult, DocumentKind, EntryKind, TaskStatus
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.models import Agreement, Entry, Task, Unit, User
from agreements.registers import REASON_MISSING
from agreements.tasks.reading import rule_of
from agreements.words import Texts, active_language

#: The longest name of a task, in characters.
TITLE_LENGTH = 300
#: A task without a name.
TITLE_MISSING = Reason("title-missing", _("Say what is to be done."), asked="title", firm=True)
_NOT_OPEN = Reason("task-not-open", _("This task is not open any more."), firm=True)
_NOT_CLOSED = Reason("task-open", _("This task is open."), firm=True)
_OF_PROCEDURE = Reason(
    "task-of-procedure",
    _("The procedure gave this task, and its due date follows from it. Change the planned date instead."),
    asked="due",
    firm=True,
)
_CIRCLE = Reason(
    "waits-in-circle", _("The task would wait for itself, by way of what it waits for."), asked="waits_for", firm=True
)
_BODY_MISSING = Reason("body-missing", _("Name the body that was asked."), asked="body", firm=True)


def clear(agreement: Agreement, body: str, *, result: str, on: FuzzyDate, by: User, **details: Any) -> Entry:
    """Record what a body answered when asked to clear the present text; its last answer counts. Raises Refused."""
    reasons = registers.spelling({"place": body})
    if not body.strip():
        reasons.append(_BODY_MISSING)
    reasons += _result(result)
    if reasons:
        raise Refused(*reasons)
    return registers.add(
        agreement, EntryKind.CLEARANCE, by=by, on=on, data={"body": body.strip(), "result": result}, **details
    )


# ---- giving something to do ----
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
    with transaction.atomic():
        fresh = registers.lock(agreement, by=by, right="record")
        titles = _texts(title)
        reasons = _checked(fresh, titles, body, side, person)
        if reasons:
            raise Refused(*reasons)
        now = clock.now()
        task = Task(
            agreement=fresh,
            text=fresh.text,
            transition=transition,
            title_texts=titles,
            body_texts=_texts(body),
            side=side,
            unit=unit,
            person=person,
            created_at=now,
            changed_at=now,
        )
        _set_due(task, due)
        task.save(force_insert=True)
        task.waits_for.set(_of(fresh, waits_for))
        _journal(task, "added", by, {"due": due.iso if due else None, "side": side} | _holders(task))
    return task


@dataclass(frozen=True)
class Outcome:
    """What became of one of many: the task, or the reasons why there is none."""

    agreement: Agreement
    task: Task | None
    reasons: Sequence[Reason] = ()


def add_many(agreements: Iterable[Agreement], title: str | Texts, *, by: User, **details: Any) -> list[Outcome]:
    """Add the same task to many agreements, each by itself; the answer says for each what became of it."""
    found = []
    for agreement in agreements:
        try:
            found.append(Outcome(agreement, add(agreement, title, by=by, **details)))
        except Refused as refusal:
            found.append(Outcome(agreement, None, refusal.reasons))
    return found


def change(task: Task, *, by: User, **given: Any) -> Task:
    """Change who does a task and, of a person's own task, its name and due date; returns it fresh. Raises Refused.

    Takes title, body, side, due, unit, person, waits_for. What the procedure says of its task cannot be changed.
    """
    with transaction.atomic():
        fresh, agreement = _locked(task, by)
        reasons: list[Reason] = []
        if fresh.by_procedure:
            reasons += [
                Reason(_OF_PROCEDURE.code, _OF_PROCEDURE.template, asked=name, firm=True)
                for name in ("title", "due", "side", "body")
                if name in given and given[name] != _present(fresh, name)
            ]
            given = {name: value for name, value in given.items() if name in ("unit", "person", "waits_for")}
        titles = _texts(given["title"]) if "title" in given else fresh.title_texts
        side = given.get("side", fresh.side)
        reasons += _checked(agreement, titles, given.get("body", ""), side, given.get("person"))
        firsts = _of(agreement, given.get("waits_for", ()))
        if firsts and _in_a_circle(fresh, firsts):
            reasons.append(_CIRCLE)
        if fresh.status != TaskStatus.OPEN:
            reasons.append(_NOT_OPEN)
        if reasons:
            raise Refused(*reasons)
        before = _told(fresh)
        fresh.title_texts, fresh.side = titles, side
        if "body" in given:
            fresh.body_texts = _texts(given["body"])
        if "due" in given:
            _set_due(fresh, given["due"])
        for name in ("unit", "person"):
            if name in given:
                setattr(fresh, name, given[name])
        if "waits_for" in given:
            fresh.waits_for.set(firsts)
        after = _told(fresh)
        changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
        if changes:
            _saved(fresh, "changed", by, {"changes": changes})
    return fresh


# ---- ending it ----
def complete(
    task: Task,
    *,
    by: User,
    on: FuzzyDate | None = None,
    result: str = "",
    remarks: str = "",
    evidence: str = "",
    body: str = "",
) -> Task:
    """End a task as done and return it fresh. Raises Refused; then nothing was written.

    A task that asks for a document is done by recording it (`evidence` cites it), one that asks for a clearance by the
    answer (`result`, of the `body`); one that asks for an act ends with the act and cannot be ended here.
    """
    day = on or FuzzyDate.of_day(clock.today())
    with transaction.atomic():
        fresh, agreement = _locked(task, by)
        reasons = registers.timing(day, clock.today()) + registers.spelling({"what": remarks})
        if fresh.status != TaskStatus.OPEN:
            reasons.append(_NOT_OPEN)
        rule = rule_of(fresh)
        if rule and rule.acts:
            reasons.append(
                Reason("record-the-act", _("Record the act of the participant: the task ends with it."), firm=True)
            )
        if rule and rule.document and not evidence.strip():
            reasons.append(
                Reason(
                    "citation-missing",
                    _("Cite the document that ends the task: %(document)s."),
                    {"document": DocumentKind(rule.document).label},
                    asked="evidence",
                    firm=True,
                )
            )
        cleared = bool(rule and rule.clearance) or bool(result)
        if cleared:
            reasons += _result(result)
        named = body.strip() or fresh.body.text
        if cleared and not named:
            reasons.append(_BODY_MISSING)
        if reasons:
            raise Refused(*reasons)
        if rule and rule.document:
            documents.cite(agreement, rule.document, on=day, by=by, evidence=evidence, what=remarks)
            fresh = _again(fresh)
        elif cleared:
            clear(agreement, named, result=result, on=day, by=by, what=remarks)
            fresh = _again(fresh)
            fresh.result = result
        if fresh.status == TaskStatus.OPEN and (not cleared or result != ClearanceResult.REFUSED):
            fresh.status, fresh.done_on = TaskStatus.DONE, day
        fresh.remarks = remarks
        told = {"on": day.iso, "result": result} if result else {"on": day.iso}
        _saved(fresh, "done" if fresh.status == TaskStatus.DONE else "answered", by, told, remarks=remarks)
    return fresh


@dataclass(frozen=True)
class Ended:
    """What became of one of many tasks: the task as it is, and the reasons why it could not be ended."""

    task: Task
    reasons: Sequence[Reason] = ()


def complete_many(tasks: Iterable[Task], *, by: User, **details: Any) -> list[Ended]:
    """End many tasks, each by itself; the answer says for each what became of it."""
    found = []
    for task in tasks:
        try:
            found.append(Ended(complete(task, by=by, **details)))
        except Refused as refusal:
            found.append(Ended(task, refusal.reasons))
    return found


def drop(task: Task, *, by: User, reason: str) -> Task:
    """End a person's own task as no longer needed, with a reason. Raises Refused."""
    with transaction.atomic():
        fresh, _agreement = _locked(task, by)
        reasons = registers.spelling({"reason": reason})
        if fresh.by_procedure:
            template = _("The procedure gave this task; it falls away when the procedure no longer asks for it.")
            reasons.append(Reason("task-of-procedure", template, firm=True))
        if fresh.status != TaskStatus.OPEN:
            reasons.append(_NOT_OPEN)
        if not reason.strip():
            reasons.append(REASON_MISSING)
        if reasons:
            raise Refused(*reasons)
        fresh.status = TaskStatus.DROPPED
        _saved(fresh, "dropped", by, {}, reason=reason)
    return fresh


def reopen(task: Task, *, by: User, reason: str) -> Task:
    """Open a task again that a person ended, with a reason. Raises Refused."""
    with transaction.atomic():
        fresh, agreement = _locked(task, by)
        reasons = registers.spelling({"reason": reason})
        if fresh.status == TaskStatus.OPEN:
            reasons.append(_NOT_CLOSED)
        if fresh.answered or (fresh.by_procedure and fresh.status == TaskStatus.DROPPED):
            template = _("It ended with what was recorded. Correct that entry: the task is open again with it.")
            reasons.append(Reason("task-answered", template, firm=True))
        if not reason.strip():
            reasons.append(REASON_MISSING)
        if reasons:
            raise Refused(*reasons)
        fresh.status, fresh.done_on, fresh.result = TaskStatus.OPEN, None, ""
        _saved(fresh, "reopened", by, {}, reason=reason)
        # The procedure may ask for it no longer.
        upkeep.refresh([agreement])
        fresh = _again(fresh)
    return fresh


# ---- for all of them ----
def _locked(task: Task, by: User) -> tuple[Task, Agreement]:
    agreement = registers.lock(Agreement(pk=task.agreement_id), by=by, right="record")
    fresh = _again(task)
    fresh.agreement = agreement
    return fresh, agreement


def _again(task: Task) -> Task:
    return Task.objects.select_related("agreement__procedure_version", "unit", "person", "party").get(pk=task.pk)


def _of(agreement: Agreement, found: Iterable[Task]) -> list[Task]:
    return [task for task in found if task.agreement_id == agreement.pk]


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


def _texts(value: str | Texts) -> dict[str, str]:
    if isinstance(value, str):
        return {active_language(): value.strip()} if value.strip() else {}
    return {language: text.strip() for language, text in value.items() if text.strip()}


def _checked(agreement: Agreement, titles: Texts, body: str | Texts, side: str, person: User | None) -> list[Reason]:
    reasons = [replace(reason, asked="body") for reason in registers.spelling({"place": body})]
    if not titles:
        reasons.append(TITLE_MISSING)
    if any(len(text) > TITLE_LENGTH for text in titles.values()):
        reasons.append(
            Reason(
                "too-long",
                _("The text of “%(field)s” is longer than %(longest)s characters."),
                {"field": "title", "longest": TITLE_LENGTH},
                asked="title",
                firm=True,
            )
        )
    else:
        reasons += [replace(reason, asked="title") for reason in registers.spelling({"what": dict(titles)})]
    if side not in Ball.values:
        template = _("“%(value)s” is not known. Use one of: %(known)s.")
        told = {"value": side, "known": ", ".join(Ball.values)}
        reasons.append(Reason("side-unknown", template, told, asked="side", firm=True))
    if person is not None and not access.sees(person, agreement.level):
        template = _("This person may not see the agreement: %(person)s.")
        reasons.append(Reason("person-cannot-see", template, {"person": str(person)}, asked="person", firm=True))
    return reasons


def _result(result: str) -> list[Reason]:
    if result in ClearanceResult.values:
        return []
    template = _("“%(value)s” is not known. Use one of: %(known)s.")
    told = {"value": result, "known": ", ".join(ClearanceResult.values)}
    return [Reason("result-unknown", template, told, asked="result", firm=True)]


def _set_due(task: Task, due: FuzzyDate | None) -> None:
    if task.due != due:
        task.set_due(due, today=clock.today())


def _present(task: Task, name: str) -> Any:
    texts = {"title": task.title_texts, "body": task.body_texts}.get(name)
    return getattr(task, name) if texts is None else texts.get(active_language(), "")


def _holders(task: Task) -> dict[str, Any]:
    found = {"unit": task.unit.code if task.unit else None, "person": str(task.person_id) if task.person_id else None}
    return {name: value for name, value in found.items() if value}


def _told(task: Task) -> dict[str, Any]:
    """Return what the journal keeps of a task's columns in the chain; names of tasks are free text and stand beside."""
    return {
        "side": task.side,
        "due": task.due.iso if task.due else None,
        "unit": task.unit.code if task.unit else None,
        "person": str(task.person_id) if task.person_id else None,
        "waits_for": sorted(str(key) for key in task.waits_for.values_list("pk", flat=True)),
    }


def _saved(task: Task, event: str, by: User, data: dict[str, Any], **text: str) -> None:
    task.changed_at = clock.now()
    try:
        task.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise Refused(*(Reason("invalid", message, firm=True) for message in error.messages)) from error
    task.save()
    _journal(task, event, by, data, **text)


def _journal(task: Task, event: str, by: User, data: dict[str, Any], **text: str) -> None:
    """Write the entry of a task to the chain of its agreement, and what follows from it."""
    agreement = task.agreement
    journal.record(
        agreement,
        EntryKind.TASK,
        by=by,
        on=FuzzyDate.of_day(clock.today()),
        data={
            "task": str(task.pk),
            "event": event,
            "text": task.text,
            **({"code": task.code} if task.code else {}),
            **data,
        },
        text={"what": dict(task.title_texts)} | {name: said for name, said in text.items() if said},
    )
    agreement.save(update_fields=["version", "changed_at"])
    upkeep.refresh([agreement])
