"""What follows from the journal and is kept for lists: the computed entry into force, the tasks of the procedure.

Every writer calls `refresh` in its own transaction. Nothing here is remembered that the record does not say: the same
record gives the same columns and the same tasks, whenever they are set anew.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import lru_cache
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db.models import Q, prefetch_related_objects

from agreements import calendars, clock, periods, tracking
from agreements.choices import Ball, InTheNameOf, Role, Stage, TaskStatus
from agreements.dates import FuzzyDate
from agreements.duties import Duty, Facts, duties
from agreements.folding import fold
from agreements.guards import Actor
from agreements.history import History, histories
from agreements.models import Agreement, Task
from agreements.models.inserting import insert_each
from agreements.models.prepared import Prepared
from agreements.models.updating import update_each
from agreements.words import LANGUAGES

_Recorded = TypeVar("_Recorded")
#: How many agreements are refreshed with one set of queries.
BATCH = 1000
#: The roles in which a participant signs and consents.
_ACTING = frozenset(role.value for role in Role if role.acts)
#: The columns of an agreement from which tasks are counted back.
_PLANNED = ("planned_signing", "planned_entry_into_force")
_VALIDITY = ("valid_from", "valid_until")

#: The agreements that are refreshed at the end of a block of writing, while there is one.
_waiting: ContextVar[set[UUID] | None] = ContextVar("waiting", default=None)


@contextmanager
def at_the_end() -> Iterator[None]:
    """Refresh what is written inside the block once, when it ends; for those who write many entries."""
    if _waiting.get() is not None:
        yield
        return
    waiting: set[UUID] = set()
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    refresh(list(Agreement.objects.filter(pk__in=waiting).select_related("procedure_version")))


def refresh(agreements: Collection[Agreement], *, with_tasks: bool = False) -> None:
    """Set anew what is kept of agreements that were just written; a fixed number of queries a batch.

    `with_tasks`: they may have tasks, though their procedures give none.
    """
    waiting = _waiting.get()
    if waiting is not None:
        waiting |= {agreement.pk for agreement in agreements}
        return
    rows = list(agreements)
    if missing := [row for row in rows if "procedure_version" not in row._state.fields_cache]:
        prefetch_related_objects(missing, "procedure_version")
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        dated = [agreement for agreement in batch if agreement.clause or agreement.computed_entry]
        silent = {one.pk for one in batch if not (with_tasks or one.rules.tasks or one.ball_by_tasks)}
        silent -= _with_counted_tasks(silent)
        tasked = [one for one in batch if one.pk not in silent]
        asking = {agreement.pk for agreement in tasked if _may_ask(agreement)}
        asked = asking | {agreement.pk for agreement in dated}
        told, takings = (histories(asked), tracking.takings_of(asked)) if asked else ({}, [])
        _set_dates(dated, told, takings)
        _set_tasks(tasked, asking, told, takings)


def _set_dates(
    agreements: Collection[Agreement], told: Mapping[UUID, History], takings: Iterable[tracking.Taking]
) -> None:
    if not agreements:
        return
    keys = {agreement.pk for agreement in agreements}
    own = [taking for taking in takings if taking.agreement in keys]
    answers = tracking.tracked(agreements, clock.today(), told=told, takings=own)
    changed = []
    for agreement in agreements:
        outcome = answers[agreement.pk].outcome
        computed = outcome.date if outcome and outcome.met else None
        if agreement.computed_entry != computed:
            agreement.computed_entry = computed
            changed.append(agreement)
    update_each(changed, ["computed_entry"])


# ---- tasks ----
def _with_counted_tasks(keys: Collection[UUID]) -> set[UUID]:
    """Return which agreements have tasks that follow a planned date though they say nothing of whose move it is."""
    return set(_COUNTED(list(keys))) if keys else set()


_COUNTED = Prepared(
    lambda keys: (
        Task.objects.filter(agreement__in=keys, status=TaskStatus.OPEN)
        .exclude(anchor="")
        .order_by()
        .values_list("agreement", flat=True)
    )
)
#: The tasks that procedures gave, and the open ones that people added.
_FOLLOWED = Prepared(
    lambda keys: Task.objects.filter(~Q(code="") | Q(status=TaskStatus.OPEN), agreement__in=keys).order_by("pk")
)


def _set_tasks(
    agreements: Collection[Agreement],
    asking: Collection[UUID],
    told: Mapping[UUID, History],
    takings: Iterable[tracking.Taking],
) -> None:
    """Create, move, end and drop the tasks that the procedures give; those that people added stay as they are.

    `asking` are the agreements of which the procedures can ask for anything.
    """
    if not agreements:
        return
    keys = [agreement.pk for agreement in agreements]
    kept: dict[UUID, list[Task]] = {key: [] for key in keys}
    for task in _FOLLOWED(keys):
        kept[task.agreement_id].append(task)
    actors = _actors(takings)
    new: list[Task] = []
    changed: list[Task] = []
    touched = [one for one in agreements if kept[one.pk] or one.pk in asking or one.ball_by_tasks]
    for agreement in touched:
        found: list[Duty] = []
        if agreement.pk in asking:
            # Who sees the agreement sees its tasks: what is more secret than it ends none.
            history = told[agreement.pk].up_to(agreement.level)
            found = duties(agreement.rules, _facts(agreement, history, actors.get(agreement.pk, {})))
        parties = {code: key for code, (key, _names) in actors.get(agreement.pk, {}).items()}
        changed += _counted_anew(agreement, kept[agreement.pk])
        made, moved = _reconciled(agreement, found, kept[agreement.pk], parties)
        new += made
        changed += moved
        kept[agreement.pk] += made
    insert_each(new)
    update_each(changed, _FOLLOWING)
    _set_balls(touched, kept)


_FOLLOWING = (
    "transition", "title_texts", "body_texts", "side", "due", "due_by", "reckoned_on", "problem", "status", "answered",
    "done_on", "changed_at", "search_text",
)  # fmt: skip


def _may_ask(agreement: Agreement) -> bool:
    """Whether the procedure can ask for anything at this stage, or on account of a planned date."""
    if agreement.is_void:
        return False
    return any(
        agreement.stage in rule.stages or (rule.before and getattr(agreement, rule.before.date) is not None)
        for rule in agreement.rules.tasks
    )


def _actors(takings: Iterable[tracking.Taking]) -> dict[UUID, dict[str, tuple[UUID, Actor]]]:
    """Return those who sign and consent by code, with the keys of their parties."""
    known: dict[UUID, Actor] = {}
    found: dict[UUID, dict[str, tuple[UUID, Actor]]] = {}
    for row in takings:
        if row.role in _ACTING:
            actor = known.setdefault(row.key, Actor(row.party.code, row.party.names))
            found.setdefault(row.agreement, {})[row.party.code] = (row.key, actor)
    return found


def _facts(agreement: Agreement, history: History, actors: Mapping[str, tuple[UUID, Actor]]) -> Facts:
    text = agreement.text
    dates: dict[str, FuzzyDate | None] = {name: getattr(agreement, name) for name in _PLANNED}
    for name in _VALIDITY:
        day = getattr(agreement, name)
        dates[name] = FuzzyDate.of_day(day) if day else None
    return Facts(
        stage=Stage(agreement.stage),
        since=agreement.since,
        dates=dates,
        in_the_name_of=InTheNameOf(agreement.in_the_name_of),
        own=settings.OWN_SIDE,
        actors=[actor for _key, actor in actors.values()],
        documents=_first((when, what) for number, when, what in history.documents if number == text),
        acts=_first((when, what) for number, when, what in history.acts if number == text),
        clearances=[(when, *answer) for number, when, answer in history.clearances if number == text],
        calendars=calendars.load(settings.CALENDARS_DIR),
    )


def _first(recorded: Iterable[tuple[FuzzyDate, _Recorded]]) -> dict[_Recorded, FuzzyDate]:
    """Return the earliest day on which each thing was recorded as done."""
    found: dict[_Recorded, FuzzyDate] = {}
    for when, what in recorded:
        if what not in found or when.latest < found[what].latest:
            found[what] = when
    return found


def _reconciled(
    agreement: Agreement, found: list[Duty], kept: list[Task], parties: Mapping[str, UUID]
) -> tuple[list[Task], list[Task]]:
    """Return the tasks to create and those to change, so that they are what the procedure asks for now."""
    today, now = clock.today(), clock.now()
    rows = {(task.text, task.code, task.party_id): task for task in kept if task.code}
    new: list[Task] = []
    changed: list[Task] = []
    wanted = set()
    for duty in found:
        key = (agreement.text, duty.rule.code, parties.get(duty.party))
        wanted.add(key)
        task = rows.get(key)
        if task is None:
            # In the order of the procedure, also in lists of tasks that have no date.
            made = now + timedelta(microseconds=len(new))
            task = Task(agreement=agreement, text=agreement.text, code=duty.rule.code, party_id=key[2], created_at=made)
            new.append(task)
        if _follow(task, duty) or task.changed_at is None:
            if task.due != duty.due:
                task.set_due(duty.due, today=today)
            task.changed_at = now
            if task not in new:
                changed.append(task)
    for key, task in rows.items():
        if key not in wanted and task.status == TaskStatus.OPEN:
            task.status, task.changed_at = TaskStatus.DROPPED, now
            changed.append(task)
    return new, changed


#: The titles that rules give are few, and asked for again and again.
_sought = lru_cache(maxsize=512)(fold)


def counted_from(agreement: Agreement, anchor: str, days: int) -> tuple[FuzzyDate | None, str]:
    """Return the day so many days after a date of an agreement, and a problem where that date is not set."""
    date_of = getattr(agreement, anchor)
    if date_of is None:
        return None, f"date:{anchor}"
    when = date_of if isinstance(date_of, FuzzyDate) else FuzzyDate.of_day(date_of)
    return periods.shifted(when, days), ""


def _counted_anew(agreement: Agreement, kept: Iterable[Task]) -> list[Task]:
    """Return the open tasks from templates of which the due date has moved with the date that it is counted from."""
    changed = []
    for task in kept:
        if task.status != TaskStatus.OPEN or not task.anchor or task.days is None:
            continue
        due, problem = counted_from(agreement, task.anchor, task.days)
        if (task.due, task.problem) != (due, problem):
            task.set_due(due, today=clock.today())
            task.problem, task.changed_at = problem, clock.now()
            changed.append(task)
    return changed


def _follow(task: Task, duty: Duty) -> bool:
    """Set what the rule says of a task, and whether it is done; return whether anything is new.

    What a person ended stays ended. What was done by a document that has been struck out is open again.
    """
    rule = duty.rule
    status, answered, done_on = task.status, task.answered, task.done_on
    if duty.done:
        if status != TaskStatus.DONE or answered:
            status, answered, done_on = TaskStatus.DONE, True, duty.done
    elif status == TaskStatus.DROPPED or answered:
        status, answered, done_on = TaskStatus.OPEN, False, None
    values = {
        "transition": rule.transition.value,
        "title_texts": dict(rule.title),
        "search_text": _sought(*(rule.title.get(language, "") for language in LANGUAGES)),
        "body_texts": dict(rule.body),
        "side": duty.side.value,
        "problem": duty.problem,
        "status": status,
        "answered": answered,
        "done_on": done_on,
    }
    new = task.due != duty.due or any(getattr(task, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(task, name, value)
    return new


def _set_balls(agreements: Collection[Agreement], kept: Mapping[UUID, list[Task]]) -> None:
    """Keep who must act by the tasks for the step that comes next."""
    changed = []
    for agreement in agreements:
        ball = ball_of(agreement, kept[agreement.pk])
        if agreement.ball_by_tasks != ball:
            agreement.ball_by_tasks = ball
            changed.append(agreement)
    update_each(changed, ["ball_by_tasks"])


def ball_of(agreement: Agreement, tasks: Iterable[Task]) -> str:
    """Return whose move it is by the open tasks before the next step: ours while we have one; empty without any."""
    if agreement.is_void:
        return ""
    following = agreement.rules.stages[Stage(agreement.stage)].next
    sides = {
        task.side
        for task in tasks
        if task.status == TaskStatus.OPEN and task.text == agreement.text and task.transition in (following, "")
    }
    return next((side.value for side in (Ball.OWN, Ball.OTHER, Ball.DEPOSITARY) if side in sides), "")
