"""Reads a desk: a fixed number of queries, whatever lies on it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, Subquery, Value, When, Window
from django.db.models.functions import Coalesce, RowNumber

from agreements import attention, lifecycle, ties, turns
from agreements.attention import Beside, OpenTask
from agreements.attention.alone import kept_texts
from agreements.bonds import Seen, see
from agreements.chains import Told, tell
from agreements.choices import Ball, MeetingStatus, Stage, SubjectKind
from agreements.desk import lists, scope
from agreements.desk.lists import Chore, Dated, Doubt, Held, Look, Move, Need, Next, Waiting
from agreements.desk.rows import AHEAD, LATELY, Row, Sifted, sift
from agreements.desk.scope import Scope
from agreements.models import Agreement, Entry, Meeting, ProcedureVersion, Task, User
from agreements.models.base import as_text
from agreements.procedures import Procedure

#: So many of each list lie open; a list that is asked for whole shows so many more.
EACH, WHOLE = 10, 50
#: So many of the lists of many agreements are looked at for each that is shown: not all of them stay in it.
_SPARE = 3
#: What happened in an agreement, not to its record.
_HAPPENED = ("open", "step", "hold", "release", "note", "action")
#: For so many days a meeting that was held waits for its outcome; so many are told of, before and after today.
_RECENT, _MEETINGS = 120, 4


@dataclass(frozen=True)
class Met:
    """A meeting, how many agreements of it the reader may see, and whether something is recorded of what came of it."""

    meeting: Meeting
    points: int
    outcomes: int

    @property
    def open(self) -> bool:
        """Whether an outcome is still to be recorded: of some point of the agenda, or, without one, of the whole."""
        return self.outcomes < self.points if self.points else not self.meeting.outcome


@dataclass(frozen=True)
class Tally:
    """How many tasks there are that are late, near, further ahead, and without a date."""

    late: int = 0
    soon: int = 0
    later: int = 0
    undated: int = 0

    @property
    def all(self) -> int:
        """How many there are."""
        return self.late + self.soon + self.later + self.undated


@dataclass(frozen=True)
class Desk:
    """What lies on a desk. Of many agreements those were looked at that are the most pressing by their columns.

    The lists hold what was found in these; `sifted` counts all of them, and `whole` says that none had to be chosen.
    """

    scope: Scope
    today: date
    rows: Sequence[Row]
    sifted: Sifted
    look: Look
    needs: Sequence[Need]
    dates: Sequence[Dated]
    waiting: Sequence[Waiting]
    held: Sequence[Held]
    ready: Sequence[tuple[Seen, Next]]
    doubts: Sequence[Doubt]
    moves: Sequence[Move]
    moved: int
    chores: Sequence[Chore]
    tally: Tally
    coming: Sequence[Met]
    gone: Sequence[Met]

    @property
    def whole(self) -> bool:
        """Whether every agreement of it was looked at."""
        return self.sifted.whole


def read(user: User, asked: Scope | None, today: date, *, whole: str = "") -> Desk:
    """Return the desk of a user on the present day.

    Where no scope is asked for, it is the reader's own, if there is anything in it, or else everything. `whole` names a
    list of which more is to be shown.
    """
    shown = asked or Scope.MINE
    rows = _rows(user, shown, today)
    if not rows and asked is None:
        shown, rows = Scope.ALL, _rows(user, Scope.ALL, today)
    sifted = sift(rows, today)
    each = WHOLE if whole else EACH
    tasks, tally = _tasks(user, shown, today, each)
    moved, number = _moved(user, shown, today, WHOLE if whole == "moved" else EACH)
    named = [*(task.agreement_id for task in tasks), *(key for key, _entry in moved)]
    look = _look(user, sifted.closely(named, WHOLE if whole else EACH * _SPARE), today, tasks)
    coming, gone = _meetings(user, shown, today)
    return Desk(
        scope=shown,
        today=today,
        rows=rows,
        sifted=sifted,
        look=look,
        needs=lists.needs(look),
        dates=lists.dates(look),
        waiting=lists.waiting(look),
        held=lists.held(look),
        ready=lists.ready(look),
        doubts=lists.doubts(look),
        moves=lists.moves(moved, look),
        moved=number,
        chores=look.chores,
        tally=tally,
        coming=coming,
        gone=gone,
    )


# ---- columns ----
_COLUMNS = (
    as_text("pk"), "procedure_version__digest", "stage", "since_latest", "ball", "ball_by_tasks", "on_hold",
    "planned_signing", "planned_entry_into_force", "computed_entry", "valid_until", "renewal_years", "notice_months",
    "consented",
)  # fmt: skip


def _rows(user: User, shown: Scope, today: date) -> list[Row]:
    """Return the agreements of a scope by their columns; one query."""
    found = list(turns.with_consent(scope.agreements(user, shown)).order_by("pk").values_list(*_COLUMNS))
    known = ProcedureVersion.objects.rules({values[1] for values in found})
    return [_row(known[values[1]], values, today) for values in found]


def _row(rules: Procedure, values: Sequence[Any], today: date) -> Row:
    key, _digest, stage, since, named, by_tasks, on_hold, signing, entry, computed, *rest, consented = values
    at = Stage(stage)
    derived = turns.derived(rules, at, on=today, by_tasks=by_tasks, computed=computed, consented=consented)
    return Row(key, rules, at, since, Ball(named) if named else derived, on_hold, signing, entry, computed, *rest)


# ---- tasks ----
def _tasks(user: User, shown: Scope, today: date, each: int) -> tuple[list[Task], Tally]:
    """Return the first open tasks that are late, near, further ahead and undated, and their numbers; two queries."""
    near = today + timedelta(days=AHEAD)
    parts = {
        "late": Q(due_by__lt=today),
        "soon": Q(due_by__range=(today, near)),
        "later": Q(due_by__gt=near),
        "undated": Q(due_by__isnull=True),
    }
    open_ones = scope.tasks(user, shown)
    counted = open_ones.order_by().aggregate(**{name: Count("pk", filter=part) for name, part in parts.items()})
    first = Q()
    for part in parts.values():
        first |= Q(pk__in=open_ones.filter(part).order_by("due_by", "created_at", "pk").values("pk")[:each])
    rows = Task.objects.filter(first).select_related("party", "unit", "person")
    return list(rows.order_by(F("due_by").asc(nulls_last=True), "created_at", "pk")), Tally(**counted)


# ---- what happened lately ----
def _moved(user: User, shown: Scope, today: date, each: int) -> tuple[list[tuple[UUID, UUID]], int]:
    """Return agreement and entry of what happened lately, the latest first, and how much did; one query."""
    since = today - timedelta(days=LATELY)
    lately = Q(latest__range=(since, today)) | Q(earliest__range=(since, today))
    entries = Entry.objects.filter(
        lately,
        subject_kind=SubjectKind.AGREEMENT,
        kind__in=_HAPPENED,
        subject__in=scope.agreements(user, shown).order_by().values("pk"),
    )
    live = entries.filter(~Exists(Entry.objects.filter(voids=OuterRef("pk"))))
    told = live.annotate(number=Window(Count("pk"))).order_by("-latest", "-earliest", "-recorded_at", "pk")
    found = list(told.values_list("subject", "pk", "number")[:each])
    return [(agreement, entry) for agreement, entry, _number in found], found[0][2] if found else 0


# ---- meetings ----
def _meetings(user: User, shown: Scope, today: date) -> tuple[list[Met], list[Met]]:
    """Return the next meetings, and the last ones, each the nearest first; one query."""
    ahead = [MeetingStatus.TENTATIVE, MeetingStatus.CONFIRMED]
    coming = Q(status__in=ahead, latest__gte=today) | Q(status=MeetingStatus.HELD, earliest__gt=today)
    points = scope.points(scope.agreements(user, Scope.ALL))
    rows = scope.meetings(user, shown).exclude(status=MeetingStatus.CANCELLED)
    rows = rows.filter(latest__gte=today - timedelta(days=_RECENT))
    rows = rows.annotate(coming=Case(When(coming, then=Value(True)), default=Value(False)))
    order = [Case(When(coming, then=F("earliest"))).asc(), F("latest").desc(), F("pk").asc()]
    told = rows.annotate(
        turn=Window(RowNumber(), partition_by=[F("coming")], order_by=order),
        points=_number(points),
        outcomes=_number(points.exclude(outcome="")),
    )
    first: Any = told.filter(turn__lte=_MEETINGS).select_related("format")
    found = sorted(first, key=lambda meeting: (not meeting.coming, meeting.turn))
    met = [(meeting.coming, Met(meeting, meeting.points, meeting.outcomes)) for meeting in found]
    return [one for is_coming, one in met if is_coming], [one for is_coming, one in met if not is_coming]


def _number(items: Any) -> Coalesce:
    counted = items.order_by().values("meeting").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


# ---- a closer look ----
def _look(user: User, keys: Sequence[UUID], today: date, tasks: Iterable[Task]) -> Look:
    """Return what a closer look at some agreements shows; five queries."""
    near = {one.pk: one for one in _with_neighbours(user, keys)}
    told = tell(near, balls={key: one.ball_by_tasks for key, one in near.items()})
    asked = set(keys) | _before(told, keys)
    authentic = any(told.chains[key].record.get("authentic_languages") for key in asked if key in told.chains)
    texts = kept_texts(user, today, None, asked) if authentic else frozenset()
    found = attention.look(told, today, Beside(None, texts), only=asked)
    beside = {key: see(chain, told, today) for key, chain in told.chains.items() if key not in asked}
    seen = {**found.seen, **{key: one for key, one in beside.items() if one is not None}}
    shown = {key for key in keys if key in seen}
    steps = {key: step for key in keys if key in shown and (step := _next(near[key], seen[key], told, user))}
    rules = {key: chain.rules for key, chain in told.chains.items()}
    chores = [_chore(task, rules[task.agreement_id]) for task in tasks if task.agreement_id in rules]
    return Look(today, shown, told, seen, found.findings, steps, chores)


def _with_neighbours(user: User, keys: Sequence[UUID]) -> Iterable[Agreement]:
    """Return agreements with those before and after them, and what else follows those before, as `ties` has it."""
    found: Iterable[Agreement] = Agreement.objects.for_user(user).filter(ties.near(keys)).order_by("pk")
    return found.select_related("procedure_version")  # type: ignore[attr-defined]


def _before(told: Told, keys: Iterable[UUID]) -> set[UUID]:
    """Return those that come before some agreements."""
    relations = (one for key in keys if key in told.chains for one in told.chains[key].record.get("relations", ()))
    return {UUID(one["to"]) for one in relations if one["kind"] in ties.NEXT}


def _next(agreement: Agreement, seen: Seen, told: Told, user: User) -> Next | None:
    """Weigh the step that the procedure foresees next, where it is the own side's move."""
    name = seen.rules.stages[seen.stage].next if seen.stage else None
    if name is None or seen.ball != Ball.OWN or seen.state is None or seen.state.hold:
        return None
    reasons = lifecycle.objections(agreement, name, by=user, case=told.dossier(agreement))
    # What the reader may do himself is another question; what only a later day would answer stands against it today.
    told_of = [reason for reason in reasons if reason.code != "not-permitted"]
    later = ("", "on")
    return Next(
        name,
        [reason for reason in told_of if reason.asked in later],
        [reason for reason in told_of if reason.asked not in later],
    )


def _chore(task: Task, rules: Procedure) -> Chore:
    rule = next((rule for rule in rules.tasks if rule.code == task.code), None) if task.code else None
    return Chore(OpenTask.of(task, rules), rule)
