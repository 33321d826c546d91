"""Proving that tasks are as the journal says people left them: rows can be changed past Pacta, chains cannot."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from agreements.choices import EntryKind, SubjectKind, TaskEvent, TaskStatus
from agreements.journal import Fault
from agreements.models import Entry, Task

_ENDED = {
    TaskEvent.DONE: TaskStatus.DONE,
    TaskEvent.DROPPED: TaskStatus.DROPPED,
    TaskEvent.REOPENED: TaskStatus.OPEN,
}


@dataclass
class _Told:
    """What the journal says of a task that a hand has touched; texts that were redacted are left out."""

    sequence: int = 0
    added: bool = False
    status: str = TaskStatus.OPEN
    values: dict[str, Any] = field(default_factory=lambda: {"unit": None, "person": None, "result": "", "remarks": ""})

    def take(self, row: Mapping[str, Any]) -> None:
        """Bring it forward by one entry."""
        data, content = json.loads(row["data"]), row["text__content"]
        text = json.loads(content) if content else {}
        event = TaskEvent(data["event"])
        self.sequence = row["sequence"]
        if event == TaskEvent.ADDED:
            self.added = True
            self.values |= {name: data.get(name) for name in ("side", "due", "unit", "person")}
        for name, (_before, after) in data.get("changes", {}).items():
            if name != "waits_for":
                self.values[name] = after
        self.status = _ENDED.get(event, self.status)
        if event in (TaskEvent.DONE, TaskEvent.ANSWERED):
            self.values |= {"result": data.get("result", ""), "remarks": text.get("remarks", "")}
            self.values["done_on"] = data["on"] if event == TaskEvent.DONE else self.values.get("done_on")
        if event == TaskEvent.REOPENED:
            self.values |= {"result": "", "done_on": None}
        if content:
            self.values["title"] = text["what"]
        else:
            for name in ("title", "remarks"):
                self.values.pop(name, None)


def differing() -> Iterator[Fault]:
    """Yield every task of which a row says otherwise than the journal, or that it does not tell of."""
    told: dict[UUID, _Told] = {}
    rows = Entry.objects.filter(kind=EntryKind.TASK).order_by("subject", "sequence")
    for row in rows.values("sequence", "data", "text__content").iterator():
        told.setdefault(UUID(json.loads(row["data"])["task"]), _Told()).take(row)
    for task in Task.objects.select_related("unit").order_by("pk").iterator():
        known = told.pop(task.pk, None) or _Told()
        for name in _wrong(task, known):
            what = f"{name} of the task {task.pk} is not what the journal says"
            yield Fault(SubjectKind.AGREEMENT, task.agreement_id, known.sequence, what)
    for key, known in told.items():
        yield Fault(SubjectKind.AGREEMENT, key, known.sequence, "the journal tells of a task that has no row")


def _wrong(task: Task, known: _Told) -> Iterator[str]:
    """Yield the names of what differs. What the procedure says of its task follows from the record, not from a hand."""
    own = not task.by_procedure
    if own and not known.added:
        yield "the beginning"
        return
    by_hand = own or (task.status == TaskStatus.DONE and not task.answered)
    if by_hand and task.status != known.status:
        yield "the status"
    present: dict[str, object] = {
        "unit": task.unit.code if task.unit else None,
        "person": str(task.person_id) if task.person_id else None,
        "result": task.result,
        "remarks": task.remarks,
    }
    if own:
        present |= {"title": dict(task.title_texts), "side": task.side}
        if not task.anchor:  # a due date that is counted from a date of the agreement moves with it
            present["due"] = task.due.iso if task.due else None
    if by_hand:
        present["done_on"] = task.done_on.iso if task.done_on else None
    for name, value in present.items():
        if name in known.values and known.values[name] != value:
            yield f"the {name}"
