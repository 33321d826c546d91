"""Server and worker are killed in the middle of writes: what was acknowledged is there, and nothing is half done."""

import io
import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from agreements import clock, dispatch
from agreements.choices import RunState
from agreements.dispatch import Wish
from agreements.models import Agreement, Document, Entry, KeptAnswer, ReportRun, User
from tests.api.conftest import secret_for
from tests.serving import Process, Server
from tests.writing import Writer

#: So often both are killed.
KILLS = int(os.environ.get("PACTA_KILLS", "200"))


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_what_was_acknowledged_outlives_every_kill(
    make_agreement: Callable[..., Agreement], lawyer: User, tmp_path: Path, settings: Any
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    references = [make_agreement().reference for _number in range(10)]
    server = Server(tmp_path, WEB_CONCURRENCY="2")
    worker = Process(("manage.py", "work", "--every", "5"), tmp_path / "worker.log")
    over, lot = threading.Event(), random.Random(KILLS)
    writers = [Writer(server, secret_for(lawyer), references, seed, over) for seed in range(6)]
    runs = []
    try:
        server.start()
        worker.start()
        server.wait()
        for writer in writers:
            writer.start()
        for _kill in range(KILLS):
            if not ReportRun.objects.filter(state__in=(RunState.WAITING, RunState.BUILDING)).exists():
                runs.append(dispatch.order(Wish("plan", {}, "json", "en"), by=lawyer).pk)
            time.sleep(lot.uniform(0.1, 1.5))
            for process in lot.sample((server, worker), k=2):
                process.kill()
            worker.start()
            server.start()
            server.wait()
        over.set()
        for writer in writers:
            writer.join(120)
        assert not any(writer.is_alive() for writer in writers)
        assert server.stop() == 0
    finally:
        over.set()
        server.kill()
        worker.kill()

    assert [fault for writer in writers for fault in writer.faults] == []
    # Each is there, and each is there once.
    texts = Counter(
        str(value)
        for text in Entry.objects.filter(kind__in=("note", "hold", "release", "action"))
        .order_by("pk")
        .select_related("text")
        for value in _words(text.text.content and json.loads(text.text.content))
    )
    acknowledged = [what for writer in writers for what in writer.notes]
    assert {what: texts[what] for what in acknowledged if texts[what] != 1} == {}
    titles = Counter(Document.objects.order_by("pk").values_list("title_en", flat=True))
    assert {name: titles[name] for writer in writers for name in writer.files if titles[name] != 1} == {}
    opened = [reference for writer in writers for reference in writer.opened]
    assert Agreement.objects.filter(reference__in=opened).count() == len(opened) == len(set(opened))
    # Nothing is half done: chains and rows agree, every file has its row and every row its file.
    call_command("verify_journal", stdout=io.StringIO())
    call_command("check_documents", stdout=io.StringIO())
    # What the worker was torn away from is taken up by the clock alone.
    for _round in range(3):
        with time_machine.travel(clock.now() + dispatch.HELD + timedelta(minutes=1), tick=True):
            for run in dispatch.tick():
                dispatch.build(run.pk)
    assert set(ReportRun.objects.filter(pk__in=runs).values_list("state", flat=True)) == {RunState.DONE.value}
    done = sum(len(writer.notes) + len(writer.files) + len(writer.opened) for writer in writers)
    print(f"{KILLS} kills: {done} writes acknowledged, {sum(writer.again for writer in writers)} sent again")  # noqa: T201
    assert done > KILLS
    assert KeptAnswer.objects.exists()


def _words(said: Any) -> list[str]:
    if isinstance(said, dict):
        return [word for value in said.values() for word in _words(value)]
    return [said] if isinstance(said, str) else []
