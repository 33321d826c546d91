"""The database is started anew, or a disk is full, while clients write: told as what it is, and nothing is lost.

Each trial works on a database of its own, by processes alone, as an operator would: `migrate`, gunicorn, commands.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests import postgres
from tests.serving import Server, environment
from tests.strict import ROOT
from tests.writing import Writer

POSTGRESQL = connection.vendor == "postgresql"
#: So often the database is started anew.
RESTARTS = int(os.environ.get("PACTA_RESTARTS", "8"))
_PREPARED = """
import json
from django.contrib.auth.models import Group
from agreements import registers, tokens, lifecycle
from agreements.choices import InstrumentKind, Level, PartyKind
from agreements.dates import FuzzyDate
from agreements.models import ApiToken, Party, User
from tests.api.conftest import secret_for
user = User.objects.create_user("officer", access_level=Level.RESTRICTED)
user.groups.add(Group.objects.get(name="treaty_department"))
registers.create(Party(code="KZ", kind=PartyKind.STATE, name_en="Kazakhstan"), by=user)
made = [
    lifecycle.open(lifecycle.Proposal(titles={"en": f"Agreement {number}"}, kind=InstrumentKind.MEMORANDUM,
        participants=[(Party.objects.get(), "negotiating")]), by=user, on=FuzzyDate.parse("2003")).reference
    for number in range(5)
]
print(json.dumps([secret_for(user), made]))
"""
_TOLD = """
import json
from agreements.models import Agreement, Document, Entry
texts = [json.loads(entry.text.content or "{}") for entry in Entry.objects.select_related("text").order_by("pk")]
words = [said[name] for said in texts for name in ("what", "reason") if isinstance(said.get(name), str)]
files = list(Document.objects.order_by("pk").values_list("title_en", flat=True))
print(json.dumps([words, files, list(Agreement.objects.order_by("pk").values_list("reference", flat=True))]))
"""


class Pacta:
    """Commands of Pacta on one database, and one folder of documents."""

    def __init__(self, url: str, documents: Path) -> None:
        self.settings = {"DATABASE_URL": url, "DOCUMENTS_DIR": str(documents), "DEBUG": "1"}

    def run(self, *words: str) -> str:
        """Run a command of manage.py, and return what it said."""
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        told = subprocess.run(command, env=environment(**self.settings), cwd=ROOT, capture_output=True, text=True)
        assert told.returncode == 0, told.stdout + told.stderr
        return told.stdout

    def ask(self, program: str) -> Any:
        """Run a program within Pacta, and return what it printed last."""
        return json.loads(self.run("shell", "--no-imports", "-c", program).splitlines()[-1])

    def prepare(self) -> tuple[str, list[str]]:
        """Migrate, and return the secret of somebody who may write, and agreements to write to."""
        self.run("migrate", "-v0")
        secret, references = self.ask(_PREPARED)
        return secret, references


@contextmanager
def written_to(pacta: Pacta, folder: Path, writers: int, **more: Any) -> Iterator[tuple[Server, list[Writer]]]:
    """Serve and write while the block runs; then let the writers end, and stop."""
    secret, references = pacta.prepare()
    server, over = Server(folder, WEB_CONCURRENCY="2", **pacta.settings), threading.Event()
    clients = [Writer(server, secret, references, seed, over, **more) for seed in range(writers)]
    try:
        server.start()
        server.wait()
        for client in clients:
            client.start()
        yield server, clients
        over.set()
        for client in clients:
            client.join(120)
        assert not any(client.is_alive() for client in clients)
        assert server.stop() == 0
    finally:
        over.set()
        server.kill()


def is_whole(pacta: Pacta, clients: list[Writer]) -> int:
    """Prove that what was acknowledged is there once, and that nothing is half done; return how much it is."""
    assert [fault for client in clients for fault in client.faults] == []
    words, files, agreements = pacta.ask(_TOLD)
    texts, names = Counter(words), Counter(files)
    assert {what: texts[what] for client in clients for what in client.notes if texts[what] != 1} == {}
    assert {name: names[name] for client in clients for name in client.files if names[name] != 1} == {}
    assert {reference for client in clients for reference in client.opened} <= set(agreements)
    pacta.run("verify_journal")
    # Files without a row are those of uploads that were torn off; there are none where the server could tidy up.
    pacta.run("check_documents")
    return sum(len(client.notes) + len(client.files) + len(client.opened) for client in clients)


def hindered(clients: list[Writer]) -> Counter[str]:
    return sum((client.hindered for client in clients), Counter[str]())


# ---- started anew ----
@pytest.mark.soak
@pytest.mark.skipif(not POSTGRESQL, reason="SQLite has no server")
@pytest.mark.django_db
def test_a_database_that_is_started_anew_loses_nothing_and_pacta_goes_on(tmp_path: Path) -> None:
    lot = random.Random(RESTARTS)
    with postgres.cluster(durable=True) as cluster:
        pacta = Pacta(cluster.url, tmp_path / "documents")
        with written_to(pacta, tmp_path, writers=4) as (server, clients):
            for number in range(RESTARTS):
                time.sleep(lot.uniform(0.5, 2))
                cluster.stop(signal.SIGINT if number % 2 else signal.SIGQUIT)  # fast; immediate, as after a crash
                with suppress(OSError):
                    assert server.ask("/readyz")[0] == 503
                    assert server.ask("/healthz")[0] == 200
                time.sleep(lot.uniform(0, 1))
                cluster.start()
                server.wait()
        done = is_whole(pacta, clients)
    told = hindered(clients)
    print(f"{RESTARTS} restarts: {done} writes acknowledged, {dict(told)}")  # noqa: T201
    assert told["/problems/unavailable"] > 0
    assert set(told) <= {"/problems/unavailable", "/problems/busy"}
    assert done > RESTARTS


# ---- no room ----
@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Give a file system of so many megabytes; the test is left out where none can be mounted."""
    folder.mkdir()
    folder.chmod(0o777)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0777", "tmpfs", str(folder)], capture_output=True
    )
    if made.returncode:
        pytest.skip("a small disk can be mounted by root only")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, *, leave: int = 0) -> Path:
    """Fill the disk of a folder but for so many bytes, with one file."""
    ballast = folder / "ballast"
    told = os.statvfs(folder)
    with suppress(OSError), ballast.open("wb") as file:
        left = told.f_bavail * told.f_frsize - leave
        while left > 0:
            left -= file.write(b"\0" * min(left, 1 << 16))
            file.flush()
    return ballast


@pytest.mark.soak
@pytest.mark.skipif(POSTGRESQL, reason="of SQLite")
def test_a_full_disk_of_the_database_loses_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 40) as disk:
        pacta = Pacta(f"sqlite:///{disk / 'db.sqlite3'}", tmp_path / "documents")
        with written_to(pacta, tmp_path, writers=4) as (server, clients):
            for _round in range(3):
                time.sleep(3)
                ballast = fill(disk, leave=100_000)
                _until_hindered(clients)
                assert server.ask("/healthz")[0] == 200
                time.sleep(1)
                ballast.unlink()
        done = is_whole(pacta, clients)
    _tell(done, clients)


@pytest.mark.soak
@pytest.mark.skipif(not POSTGRESQL, reason="of PostgreSQL")
@pytest.mark.django_db
def test_a_full_disk_of_the_tables_loses_nothing(tmp_path: Path) -> None:
    """The tables stand on a small disk of their own: were the log on it, too, PostgreSQL itself would stop."""
    import psycopg

    with postgres.cluster(durable=True) as cluster, small_disk(cluster.folder / "disk", 120) as disk:
        place = disk / "tables"
        place.mkdir()
        if cluster.account:
            os.chown(place, cluster.account["user"], cluster.account["group"])
        with psycopg.connect(host=str(cluster.folder), user="postgres", dbname="postgres", autocommit=True) as own:
            own.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
            own.execute("CREATE DATABASE pacta TABLESPACE small")
        pacta = Pacta(f"{cluster.url.rpartition('/')[0]}/pacta", tmp_path / "documents")
        with written_to(pacta, tmp_path, writers=4) as (server, clients):
            for _round in range(3):
                time.sleep(3)
                ballast = fill(disk)
                _until_hindered(clients)
                assert server.ask("/readyz")[0] == 200
                time.sleep(1)
                ballast.unlink()
        done = is_whole(pacta, clients)
    _tell(done, clients)


@pytest.mark.soak
@pytest.mark.django_db
def test_a_full_disk_of_the_documents_leaves_nothing_half_written(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4) as disk:
        with postgres.cluster() if POSTGRESQL else nullcontext() as cluster:
            url = cluster.url if cluster else f"sqlite:///{tmp_path / 'db.sqlite3'}"
            pacta = Pacta(url, disk / "documents")
            with written_to(pacta, tmp_path, writers=3) as (server, clients):
                time.sleep(2)
                for _round in range(3):
                    ballast = fill(disk)
                    _until_hindered(clients)
                    assert server.ask("/readyz")[0] == 200
                    assert not [path for path in disk.rglob("*.part") if time.time() - path.stat().st_mtime > 5]
                    ballast.unlink()
                    time.sleep(1)
            done = is_whole(pacta, clients)
        assert not list(disk.rglob("*.part"))
    _tell(done, clients)


def _until_hindered(clients: list[Writer]) -> None:
    before, until = hindered(clients)["/problems/storage-full"], time.monotonic() + 90
    while hindered(clients)["/problems/storage-full"] == before:
        assert time.monotonic() < until, "nobody was told that there is no room"
        assert all(client.is_alive() for client in clients), [client.faults for client in clients]
        time.sleep(0.1)


def _tell(done: int, clients: list[Writer]) -> None:
    told = hindered(clients)
    print(f"{done} writes acknowledged, {dict(told)}")  # noqa: T201
    assert told["/problems/storage-full"] > 0
    assert set(told) <= {"/problems/storage-full", "/problems/busy"}
    assert done > 10
