"""The database is started anew, or a disk is full, while clients write: told as what it is, and nothing is lost.

Each trial works on a database of its own, by processes alone, as an operator would: `migrate`, gunicorn, commands.
"""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import pytest
from django.db import connection

from tests import postgres
from tests.serving import Process
from tests.writing import Pacta, Writer, is_whole, written_to

POSTGRESQL = connection.vendor == "postgresql"
#: So often the database is started anew.
RESTARTS = int(os.environ.get("PACTA_RESTARTS", "8"))


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


_ORDERED = """
from agreements import dispatch
from agreements.models import User
dispatch.order(dispatch.Wish("plan", {}, "json", "en"), by=User.objects.get(username="officer"))
print(0)
"""


@pytest.mark.soak
@pytest.mark.skipif(not POSTGRESQL, reason="SQLite has no server")
@pytest.mark.django_db
def test_the_worker_waits_for_a_database_that_is_started_anew(tmp_path: Path) -> None:
    log = tmp_path / "work.log"

    def reads(words: str) -> bool:
        deadline = time.monotonic() + 180
        while words not in log.read_text() and time.monotonic() < deadline:
            time.sleep(0.1)
        return words in log.read_text()

    with postgres.cluster(durable=True) as cluster:
        pacta = Pacta(cluster.url, tmp_path / "documents")
        pacta.prepare()
        worker = Process(("manage.py", "work", "--every", "1"), log, LOG_LEVEL="INFO", **pacta.settings)
        worker.start()
        try:
            assert reads("Starting worker"), log.read_text()
            cluster.stop(signal.SIGINT)
            assert reads("the worker is hindered: the database cannot be reached"), log.read_text()
            cluster.start()
            pacta.ask(_ORDERED)
            assert reads("state=SUCCESSFUL"), log.read_text()
            assert worker.stop() == 0
        finally:
            worker.kill()
    assert "Traceback" not in log.read_text()


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
