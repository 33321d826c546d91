"""Recording a table: chunk by chunk, or all or nothing, in a worker or at once; it goes on after whatever stopped it.

The records of a chunk and what became of its rows are written in one transaction: a row is recorded exactly once,
wherever a process dies. Of two imports that hold the same row the later one finds it taken, by a constraint of the
database.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import access, busy, clock, journal, upkeep
from agreements.background import task
from agreements.guards import Reason, Refused
from agreements.import_choices import ImportOutcome, ImportState
from agreements.imports.cells import Given
from agreements.imports.keeping import BUSY, check, keep_rows, locked
from agreements.imports.planning import job_of, read_rows, table_of, taker_of
from agreements.imports.reasons import Why
from agreements.imports.taking import Planned, Taker, count
from agreements.models import ImportRun, User
from agreements.registers import NOT_PERMITTED
from agreements.tabular.layout import Unreadable

_log = logging.getLogger(__name__)
#: For so long a worker may hold an import without a sign of life, and so long it waits for one.
HELD, UNTAKEN = timedelta(minutes=5), timedelta(minutes=2)
#: A file up to this size is worked on at once, a larger one by a worker.
AT_ONCE = 200_000
#: A database that is busy is asked again after so many seconds each.
_PATIENCE = (0.2, 1.0, 3.0)
#: So much memory SQLite may take for pages while a table is recorded, in bytes.
_PAGES_HELD = 64 * 1024 * 1024
#: How often an import is taken up by a worker before it is given up.
MOST_ATTEMPTS = 5

NOT_CHECKED = Reason("import-not-tried", gettext_lazy("Try the import first: nothing is recorded unseen."), firm=True)
DOUBTS_LEFT = Reason(
    "import-doubtful", gettext_lazy("Rows are doubtful still. Decide about them, or say that they are left out."),
    asked="doubts", firm=True,
)  # fmt: skip
NOTHING_TO_DO = Reason("import-empty", gettext_lazy("No row would be recorded or changed."), firm=True)


class TakenOver(Exception):
    """Another worker holds the import meanwhile."""


class Stopped(Exception):
    """The import cannot go on; the sentence says why."""


def order_check(run: ImportRun, *, by: User) -> ImportRun:
    """Try an import, at once where it is small, else in a worker. Raises Refused."""
    if run.size <= AT_ONCE:
        return check(run, by=by)
    with transaction.atomic():
        fresh = locked(run, by)
        if fresh.busy:
            raise Refused(BUSY)
        fresh.trying, fresh.done, fresh.next_attempt_at, fresh.changed_at = True, 0, clock.now() + UNTAKEN, clock.now()
        fresh.save()
        key = str(fresh.pk)
        transaction.on_commit(lambda: work_on_import.enqueue(key))
    return fresh


def start(
    run: ImportRun, *, by: User, whole: bool = False, leave_doubts: bool = False, at_once: bool = False
) -> ImportRun:
    """Begin to record a table that was tried. Raises Refused.

    `whole`: all or nothing; `leave_doubts`: rows that are doubtful are left out; `at_once`: here, not in a worker.
    """
    with transaction.atomic():
        fresh = locked(run, by)
        if fresh.busy:
            raise Refused(BUSY)
        if fresh.state != ImportState.CHECKED:
            raise Refused(NOT_CHECKED)
        if fresh.counts.get(ImportOutcome.DOUBTED, 0) and not leave_doubts:
            raise Refused(DOUBTS_LEFT)
        if not any(fresh.counts.get(outcome, 0) for outcome in ImportOutcome.written()):
            raise Refused(NOTHING_TO_DO)
        fresh.rows.all().delete()
        fresh.state, fresh.whole, fresh.counts, fresh.done = ImportState.RUNNING, whole, {}, 0
        fresh.attempts, fresh.reached, fresh.problem, fresh.changed_at = 0, 0, "", clock.now()
        fresh.next_attempt_at = clock.now() + UNTAKEN
        fresh.save()
        key = str(fresh.pk)
        here = at_once or fresh.size <= AT_ONCE
        if not here:
            transaction.on_commit(lambda: work_on_import.enqueue(key))
    if here:
        work(fresh.pk)
        fresh = ImportRun.objects.get(pk=fresh.pk)
    return fresh


def resume(run: ImportRun, *, by: User, at_once: bool = False) -> ImportRun:
    """Go on with an import that was stopped: the rows that are written are left alone. Raises Refused."""
    with transaction.atomic():
        fresh = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        if not access.may(by, "import") or not access.sees(by, fresh.level) or fresh.owner_id != by.pk:
            raise Refused(NOT_PERMITTED)
        if fresh.state not in (ImportState.STOPPED, ImportState.RUNNING):
            raise Refused(NOT_CHECKED)
        if fresh.state == ImportState.RUNNING and fresh.attempts and _held(fresh):
            raise Refused(BUSY)
        fresh.state, fresh.attempts, fresh.problem = ImportState.RUNNING, 0, ""
        fresh.next_attempt_at, fresh.changed_at = clock.now() + UNTAKEN, clock.now()
        fresh.save()
        key = str(fresh.pk)
        here = at_once or fresh.size <= AT_ONCE
        if not here:
            transaction.on_commit(lambda: work_on_import.enqueue(key))
    if here:
        work(fresh.pk)
        fresh = ImportRun.objects.get(pk=fresh.pk)
    return fresh


def tick() -> list[ImportRun]:
    """Hand to a worker what nobody works on: what was not taken up, and what a worker died of."""
    waiting = ImportRun.objects.filter(next_attempt_at__lte=clock.now())
    found = [run for run in waiting.order_by("next_attempt_at", "pk") if run.busy]
    for run in found:
        ImportRun.objects.filter(pk=run.pk).update(next_attempt_at=clock.now() + UNTAKEN)
        work_on_import.enqueue(str(run.pk))
    return found


@task()
def work_on_import(key: str) -> None:
    """Try or record a table, in a worker."""
    work(UUID(key))


def work(key: UUID) -> None:
    """Try or record a table that waits; another worker's is left alone. What goes wrong is told in the import."""
    run = _take(key)
    if run is None:
        return
    token = journal.request_id.set(run.request_id)
    try:
        with translation.override(run.language):
            user = User.objects.signing_in().get(pk=run.owner_id)
            if not user.is_active or not access.may(user, "import") or not access.sees(user, run.level):
                _stop(run, _("The account may no longer import."))
            elif run.trying:
                check(run, by=user)
            else:
                _record(run, user)
    except TakenOver:
        _log.warning("import %s is worked on by another worker", key)
    finally:
        journal.request_id.reset(token)


def _held(run: ImportRun) -> bool:
    return run.next_attempt_at is not None and run.next_attempt_at > clock.now()


def _take(key: UUID) -> ImportRun | None:
    with transaction.atomic():
        run = ImportRun.objects.select_for_update(of=("self",)).filter(pk=key).first()
        if run is None or not run.busy or (run.attempts and _held(run)):
            return None
        if run.attempts >= MOST_ATTEMPTS:
            run.problem = _("It was begun %(number)s times and did not come to an end.") % {"number": run.attempts}
            if not run.trying:
                run.state = ImportState.STOPPED
            run.trying, run.next_attempt_at, run.changed_at = False, None, clock.now()
            run.save()
            return None
        run.attempts += 1
        run.next_attempt_at, run.changed_at = clock.now() + HELD, clock.now()
        run.save()
    return run


def _record(run: ImportRun, user: User) -> None:
    try:
        table = table_of(run)
        job = job_of(run, user, table)
        taker = taker_of(job)
        # What is written already, by an attempt that did not come to its end.
        done = dict(run.rows.values_list("number", "outcome"))
        counts = Counter(done.values())
        with _room(), transaction.atomic() if run.whole else nullcontext():
            for chunk in taker.chunks(read_rows(taker, table, done=done)):
                counts += _chunk(run, taker, chunk, counts)
            if run.whole and counts[ImportOutcome.REFUSED]:
                raise Stopped(
                    _("%(number)s rows were refused, and all or nothing was asked for: nothing is recorded.")
                    % {"number": counts[ImportOutcome.REFUSED]}
                )
    except (Unreadable, Stopped) as error:
        _stop(run, str(error))
    except FileNotFoundError:
        _stop(run, _("The file is no longer kept."))
    else:
        _note(run, state=ImportState.DONE, done_at=clock.now(), next_attempt_at=None, total=sum(counts.values()))
        _log.info("import %s of %s rows is done: %s", run.pk, sum(counts.values()), dict(counts))


@contextmanager
def _room() -> Iterator[None]:
    """Let SQLite hold many pages: rows fall into its indexes by chance, and pages would come and go all the time."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA cache_size").fetchone()[0]
        cursor.execute(f"PRAGMA cache_size = {-_PAGES_HELD // 1024}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = {before}")


def _chunk(run: ImportRun, taker: Taker, chunk: Sequence[Given], counts: Counter[str]) -> Counter[str]:
    """Write a chunk of rows and what became of them; return how many had which outcome."""
    for attempt, wait in enumerate((*_PATIENCE, None)):
        try:
            return _written(run, taker, chunk, counts)
        except IntegrityError as error:
            # Another import has just taken one of the rows: looked at once more, it is found.
            if attempt or run.whole:
                # Only the first line: the others may quote what the row says.
                told = str(error).partition("\n")[0]
                _log.warning("rows %s to %s of import %s: %s", chunk[0].number, chunk[-1].number, run.pk, told)
                return _halved(run, taker, chunk, counts)
            continue
        except TakenOver:
            raise
        except Exception as error:
            if not busy.is_busy(error) or wait is None or run.whole:
                if busy.hindrance(error) or isinstance(error, Unreadable | Stopped):
                    raise
                _log.exception("rows %s to %s of import %s", chunk[0].number, chunk[-1].number, run.pk)
                return _halved(run, taker, chunk, counts)
        time.sleep(wait or 0)
    return Counter()


def _halved(run: ImportRun, taker: Taker, chunk: Sequence[Given], counts: Counter[str]) -> Counter[str]:
    """Find the row that cannot be written, so that it alone is refused."""
    if run.whole:
        raise Stopped(_("A row could not be written: nothing is recorded. The log of the server has more."))
    if len(chunk) > 1:
        middle = len(chunk) // 2
        first = _chunk(run, taker, chunk[:middle], counts)
        return first + _chunk(run, taker, chunk[middle:], counts + first)
    (given,) = chunk
    planned = Planned(given, ImportOutcome.REFUSED, Why("failed", {"error": "-"}))
    with transaction.atomic():
        keep_rows(run, [planned], live=True)
        _progress(run, chunk, counts + count([planned]))
    return count([planned])


def _written(run: ImportRun, taker: Taker, chunk: Sequence[Given], counts: Counter[str]) -> Counter[str]:
    try:
        with transaction.atomic(), upkeep.at_the_end() if taker.grouped else nullcontext():
            planned = taker.take(chunk, write=True)
            keep_rows(run, planned, live=True)
            found = count(planned)
            _progress(run, chunk, counts + found)
    except BaseException:
        taker.job.vocabulary.settle(kept=False)
        raise
    taker.job.vocabulary.settle(kept=True)
    return found


def _progress(run: ImportRun, chunk: Sequence[Given], counts: Counter[str]) -> None:
    _note(
        run,
        counts=dict(counts),
        done=sum(counts.values()),
        reached=max(run.reached, *(given.number for given in chunk)),
        next_attempt_at=clock.now() + HELD,
    )


def _stop(run: ImportRun, problem: str) -> None:
    state = run.state if run.trying else ImportState.STOPPED
    counts = Counter(run.rows.values_list("outcome", flat=True)) if not run.trying else Counter(run.counts)
    _note(run, state=state, problem=problem[:500], trying=False, next_attempt_at=None, counts=dict(counts))
    _log.warning("import %s stopped: %s", run.pk, problem)


def _note(run: ImportRun, **columns: object) -> None:
    """Write down what a worker has to say of the import that it holds. Raises TakenOver where another holds it now."""
    held = ImportRun.objects.filter(pk=run.pk, attempts=run.attempts, state=ImportState.RUNNING)
    if run.trying:
        held = ImportRun.objects.filter(pk=run.pk, attempts=run.attempts, trying=True)
    if not held.update(changed_at=clock.now(), **columns):
        raise TakenOver
    for column, value in columns.items():
        setattr(run, column, value)
