"""The worker is killed while it records a table: every row is there in the end, and none is there twice."""

import os
import random
import time
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from agreements import history, imports, journal
from agreements.access import PERMISSIONS, ROLES
from agreements.import_choices import ImportState
from agreements.imports import running
from agreements.models import Agreement, Entry, ImportRow, ImportRun, User
from tests.imports.conftest import bring
from tests.serving import Process

#: So often it is killed, at most; and so many rows it has to record.
KILLS, ROWS = int(os.environ.get("PACTA_KILLS", "200")) // 10, 6000
_WORK = (
    "import django; django.setup(); from uuid import UUID; from agreements import imports; imports.work(UUID('{key}'))"
)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_a_table_is_recorded_exactly_once_however_often_the_worker_dies(tmp_path: Path, settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    by = User.objects.create_user("importer", access_level="secret")
    rights = [PERMISSIONS[right] for right in ROLES["treaty_department"]]
    by.user_permissions.set(Permission.objects.filter(codename__in=rights))
    by = User.objects.get(pk=by.pk)
    table = "Title;Signed on;In force on\n" + "".join(
        f"Agreement number {row} on trade;{1900 + row % 100};{1901 + row % 100}\n" for row in range(ROWS)
    )
    run = imports.check(bring(by, "agreements", table, kind="agreement"), by=by)
    ImportRun.objects.filter(pk=run.pk).update(size=running.AT_ONCE + 1)
    imports.start(ImportRun.objects.get(pk=run.pk), by=by)
    worker = Process(
        ("-c", _WORK.format(key=run.pk)), tmp_path / "worker.log", DOCUMENTS_DIR=str(tmp_path / "documents")
    )
    lot, killed, reached = random.Random(KILLS), 0, set[int]()
    while ImportRun.objects.get(pk=run.pk).state == ImportState.RUNNING:
        # Nobody holds it any more: `tick` finds that after some minutes.
        ImportRun.objects.filter(pk=run.pk).update(attempts=0, next_attempt_at=None)
        worker.start()
        time.sleep(lot.uniform(1.5, 4.5) if killed < KILLS else 60)
        worker.kill()
        killed += 1
        reached.add(Agreement.objects.count())
    done = ImportRun.objects.get(pk=run.pk)

    assert (done.state, done.counts) == (ImportState.DONE, {"created": ROWS}), (tmp_path / "worker.log").read_text()
    assert len(reached) > 1
    assert sorted(Agreement.objects.values_list("title_en", flat=True)) == sorted(
        f"Agreement number {row} on trade" for row in range(ROWS)
    )
    assert ImportRow.objects.filter(live=True).count() == ROWS
    assert Entry.objects.count() == 2 * ROWS
    assert list(journal.verify()) == list(journal.differing()) == list(history.faults()) == []
