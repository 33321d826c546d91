"""Server and worker are killed in the middle of writes: what was acknowledged is there, and nothing is half done."""

import io
import itertools
import json
import os
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connections

from agreements import clock, dispatch
from agreements.choices import RunState
from agreements.dispatch import Wish
from agreements.models import Agreement, Document, Entry, KeptAnswer, ReportRun, User
from tests.api.conftest import V1, secret_for
from tests.serving import Process, Server

#: So often both are killed.
KILLS = int(os.environ.get("PACTA_KILLS", "200"))
DAY = "2024-12-20"
_BOUNDARY = "the-end-of-a-part"


class Writer(threading.Thread):
    """Writes one thing after another; what is not answered is sent again under its key until it is."""

    def __init__(self, server: Server, secret: str, references: list[str], seed: int, over: threading.Event) -> None:
        super().__init__()
        self.server, self.secret, self.references, self.over = server, secret, references, over
        self.lot, self.count = random.Random(seed), itertools.count()
        #: What was acknowledged: texts of notes and acts, names of files, references of what was opened.
        self.notes, self.files, self.opened = list[str](), list[str](), list[str]()
        self.again, self.faults = 0, list[str]()

    def run(self) -> None:
        acts = (self.note, self.note, self.hold, self.many, self.upload, self.open)
        try:
            while not self.over.is_set():
                self.lot.choice(acts)()
        except AssertionError as error:
            self.faults.append(str(error))
        finally:
            connections.close_all()

    def send(self, path: str, body: bytes, kind: str = "application/json") -> tuple[int, Any]:
        headers = {"Authorization": f"Token {self.secret}", "Content-Type": kind, "Idempotency-Key": str(uuid.uuid4())}
        for attempt in itertools.count():
            try:
                status, told = self.server.ask(V1 + path, body, **headers)
            except OSError:  # killed before it answered, or not there yet
                self.again += attempt == 0
                time.sleep(0.05)
                continue
            if status == 503:
                time.sleep(0.2)
                continue
            assert status < 500, told[:2000]
            return status, json.loads(told)
        raise AssertionError

    def _what(self) -> str:
        return f"{self.name} {next(self.count)}"

    def _one(self) -> str:
        return self.lot.choice(self.references)

    def note(self) -> None:
        what = self._what()
        status, told = self.send(
            f"agreements/{self._one()}/journal/", json.dumps({"kind": "note", "what": what, "on": DAY}).encode()
        )
        assert status == 201, json.dumps(told)
        self.notes.append(what)

    def hold(self) -> None:
        what, reference = self._what(), self._one()
        for act in ("hold", "release"):
            status, told = self.send(
                f"agreements/{reference}/{act}/", json.dumps({"on": DAY, "reason": f"{act} {what}"}).encode()
            )
            # Another writer may have held or released it meanwhile.
            assert status in (201, 409), told
            if status == 201:
                self.notes.append(f"{act} {what}")

    def many(self) -> None:
        whats = [self._what() for _number in range(5)]
        items = [
            {"agreement": self._one(), "party": "KZ", "act": "declaration", "on": DAY, "what": what} for what in whats
        ]
        status, told = self.send("agreements/actions/", json.dumps({"mode": "all-or-none", "items": items}).encode())
        assert (status, {row["status"] for row in told["results"]}) == (200, {201}), told
        self.notes += whats

    def upload(self) -> None:
        name = f"{self._what()}.pdf".replace(" ", "-")
        fields = {"kind": "draft", "language": "en", "title_en": name, "on": DAY}
        content = (
            b"%PDF-1.7\n1 0 obj <<>> endobj\n%" + self.lot.randbytes(20_000).hex().encode() + b"\ntrailer <<>>\n%%EOF\n"
        )
        parts = [(f'name="{key}"', value.encode()) for key, value in fields.items()]
        parts.append((f'name="file"; filename="{name}"\r\nContent-Type: application/pdf', content))
        body = b"".join(
            f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + value + b"\r\n"
            for head, value in parts
        )
        kind = f"multipart/form-data; boundary={_BOUNDARY}"
        status, told = self.send(f"agreements/{self._one()}/documents/", body + f"--{_BOUNDARY}--\r\n".encode(), kind)
        assert status == 201, json.dumps(told)
        self.files.append(name)

    def open(self) -> None:
        body = {"title": {"en": self._what()}, "kind": "memorandum"}
        status, told = self.send("agreements/", json.dumps(body).encode())
        assert status == 201, json.dumps(told)
        self.opened.append(told["reference"])


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_what_was_acknowledged_outlives_every_kill(
    make_agreement: Callable[..., Agreement], lawyer: User, tmp_path: Path, settings: Any
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    references = [make_agreement().reference for _number in range(10)]
    server = Server(tmp_path, WEB_CONCURRENCY="2")
    worker = Process(("manage.py", "db_worker", "--no-startup-delay", "--no-reload"), tmp_path / "worker.log")
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
