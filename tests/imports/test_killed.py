"""Who records a table is killed in the middle of it: every row is there in the end, and none is there twice."""

import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from agreements import history, imports, journal
from agreements.access import PERMISSIONS, ROLES
from agreements.import_choices import ImportState
from agreements.imports import running
from agreements.models import Agreement, Entry, EventPosition, ImportRow, ImportRun, User
from tests.imports.conftest import bring
from tests.serving import Process
from tests.shared import NO_WORK

pytestmark = [pytest.mark.soak, pytest.mark.django_db(transaction=True)]
#: So often a worker is killed, and a command, which tries the table anew each time.
KILLS = int(os.environ.get("PACTA_KILLS", "200")) // 10
KILLS_OF_COMMAND = max(KILLS // 4, 2)
#: So many rows they have to record, more than they can between so many kills.
ROWS, ROWS_OF_COMMAND = 1000 * KILLS + 1000, 1000 * KILLS_OF_COMMAND + 1000
#: A chunk of 500 rows takes a third of a second: so long it is left alone, at most.
_ALONE = 0.4
_WORK = (
    "import django; django.setup(); from uuid import UUID; from agreements import imports; imports.work(UUID('{key}'))"
)


def _table(rows: int) -> str:
    return "Title;Kind;Signed on;In force on\n" + "".join(
        f"Agreement number {row} on trade;agreement;{1900 + row % 100};{1901 + row % 100}\n" for row in range(rows)
    )


@pytest.fixture
def importer(settings: Any) -> User:
    settings.TASKS = NO_WORK
    by = User.objects.create_user("importer", access_level="secret")
    rights = [PERMISSIONS[right] for right in ROLES["treaty_department"]]
    by.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return User.objects.get(pk=by.pk)


def test_a_table_is_recorded_exactly_once_however_often_the_worker_dies(tmp_path: Path, importer: User) -> None:
    run = imports.check(bring(importer, "agreements", _table(ROWS)), by=importer)
    ImportRun.objects.filter(pk=run.pk).update(size=running.AT_ONCE + 1)
    imports.start(ImportRun.objects.get(pk=run.pk), by=importer)
    worker = Process(
        ("-c", _WORK.format(key=run.pk)), tmp_path / "worker.log", DOCUMENTS_DIR=str(tmp_path / "documents")
    )

    def released() -> bool:
        # Nobody holds it any more: `tick` finds that after some minutes.
        left = ImportRun.objects.filter(pk=run.pk, state=ImportState.RUNNING)
        return bool(left.update(attempts=0, next_attempt_at=None))

    halves = _killed(worker, KILLS, released, lambda: ImportRun.objects.filter(pk=run.pk, attempts=1).exists())
    done = ImportRun.objects.get(pk=run.pk)

    assert (done.state, done.counts) == (ImportState.DONE, {"created": ROWS}), (tmp_path / "worker.log").read_text()
    assert halves
    _every_row_is_there_once(ROWS)


def test_a_table_is_recorded_exactly_once_however_often_the_command_dies(tmp_path: Path, importer: User) -> None:
    """It is given again each time; what an earlier one recorded is left out, also where `tick` goes on with that."""
    table = tmp_path / "table.csv"
    table.write_text(_table(ROWS_OF_COMMAND))
    command = Process(
        ("manage.py", "import_agreements", str(table), "--by", "importer"), tmp_path / "command.log",
        DOCUMENTS_DIR=str(tmp_path / "documents"),
    )  # fmt: skip
    begun = set[Any]()

    def again() -> bool:
        begun.update(ImportRun.objects.values_list("pk", flat=True))
        return _recorded() < ROWS_OF_COMMAND

    recording = ImportRun.objects.filter(state=ImportState.RUNNING)
    halves = _killed(command, KILLS_OF_COMMAND, again, lambda: recording.exclude(pk__in=begun).exists())

    assert halves
    _every_row_is_there_once(ROWS_OF_COMMAND)
    for run in ImportRun.objects.filter(state=ImportState.RUNNING):
        ImportRun.objects.filter(pk=run.pk).update(attempts=0, next_attempt_at=None)
        imports.work(run.pk)
    assert set(ImportRun.objects.values_list("state", flat=True)) <= {ImportState.DONE, ImportState.MAPPED}
    _every_row_is_there_once(ROWS_OF_COMMAND)


def _killed(process: Process, times: int, begin: Callable[[], bool], begun: Callable[[], bool]) -> int:
    """Start a process and kill it in the middle of recording, so often as is asked; then let it come to its end.

    Every second time it is killed behind a chunk of its own. Return in how many states that left the table half done.
    """
    lot, killed, reached = random.Random(times), 0, set[int]()
    while begin():
        before, alone = _recorded(), killed >= times
        process.start()
        assert process.running is not None
        while process.running.poll() is None and (alone or not begun() or (killed % 2 and _recorded() == before)):
            time.sleep(0.02)
        if not alone:
            time.sleep(lot.uniform(0, _ALONE))
            assert process.running.poll() is None, "it came to its end before it was killed"
            process.kill()
            killed += 1
            reached.add(_recorded())
        sys.stdout.write(f"{killed} kills, {_recorded()} rows\n")
    assert killed == times
    return len(reached - {0})


def _recorded() -> int:
    return ImportRow.objects.filter(live=True).count()


def _every_row_is_there_once(rows: int) -> None:
    assert sorted(Agreement.objects.values_list("title_en", flat=True)) == sorted(
        f"Agreement number {row} on trade" for row in range(rows)
    )
    assert _recorded() == rows
    assert Entry.objects.count() == EventPosition.objects.count() == 2 * rows
    assert list(journal.verify()) == list(journal.differing()) == list(history.faults()) == []
