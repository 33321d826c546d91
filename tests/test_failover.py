"""The primary goes down while clients write and read on two web servers, and its replica takes its place.

All of it on one machine: a primary with a replica that it waits for, a web server that finds the primary by itself,
another one behind PgBouncer (where that is installed), both reading from replicas, and two workers. What was
acknowledged is there, nothing is half done, and everybody reads at once, by the other server, what he was told of.
"""

import json
import os
import random
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.api.conftest import V1
from tests.postgres import Cluster
from tests.serving import Process, Server
from tests.test_hindered import _ORDERED, hindered
from tests.writing import Pacta, Writer, is_whole

BOUNCER = shutil.which("pgbouncer")
_METRICS = "only-for-this-trial-" + "0" * 20
#: So long clients write before the primary goes down, without it, and after another one took its place; in seconds.
CALM = float(os.environ.get("PACTA_CALM", "12"))


class Faithful(Writer):
    """Writes by one server, and reads by another one what was acknowledged: it must be there."""

    other: Server
    looked = 0
    #: When a write was acknowledged last, and the longest time without one.
    last, longest = 0.0, 0.0

    def send(self, path: str, body: bytes, kind: str = "application/json") -> tuple[int, Any]:
        status, told = super().send(path, body, kind)
        now = time.monotonic()
        self.longest, self.last = max(self.longest, now - (self.last or now)), now
        if status == 201 and path == "agreements/":
            assert told["reference"] in self.read(f"agreements/{told['reference']}/")
        elif status == 201 and path.endswith("/journal/"):
            assert told["id"] in self.read(f"{path}?ordering=-sequence"), f"{path} lacks {told['id']}"
        return status, told

    def read(self, path: str) -> str:
        """Read until it is answered; nothing that was made is ever answered with 404."""
        while True:
            try:
                status, words = self.other.ask(V1 + path, Authorization=f"Token {self.secret}")
            except OSError:
                time.sleep(0.05)
                continue
            if status == 503:
                self.hindered[json.loads(words)["type"]] += 1
                time.sleep(0.2)
                continue
            assert status == 200, words[:2000]
            self.looked += 1
            return words


# ---- servers ----
@contextmanager
def server_of(make: Callable[[Cluster], None]) -> Iterator[Cluster]:
    """Run a durable server of PostgreSQL of its own."""
    one = Cluster(Path(tempfile.mkdtemp(prefix="pacta-postgres-")), durable=True)
    try:
        make(one)
        one.start()
        yield one
    finally:
        one.stop()
        shutil.rmtree(one.folder, ignore_errors=True)


def tell(cluster: Cluster, *statements: str) -> list[Any]:
    """Tell a server something as its owner, and return what the last statement yields."""
    with psycopg.connect(host=str(cluster.folder), user="postgres", dbname="postgres", autocommit=True) as own:
        for statement in statements:
            done = own.execute(statement)  # type: ignore[call-overload]
        return done.fetchall() if done.description else []


def until(true: Callable[[], Any], what: str, seconds: float = 60) -> None:
    """Wait until something is true."""
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, what
        time.sleep(0.1)


class Bouncer:
    """PgBouncer, which gives each transaction another connection; it is told where the primary is."""

    def __init__(self, account: dict[str, Any]) -> None:
        self.folder, self.account = Path(tempfile.mkdtemp(prefix="pacta-pgbouncer-")), account
        self.file = self.folder / "pgbouncer.ini"
        self.url = f"postgres://postgres:@:6432/{self.folder}/pacta?DISABLE_SERVER_SIDE_CURSORS=1"
        if account:
            os.chown(self.folder, account["user"], account["group"])

    def lead_to(self, primary: Cluster) -> None:
        """Write where the primary is; what runs already reads it anew."""
        self.file.write_text(
            "[databases]\n"
            f"pacta = host={primary.folder} port=5432 dbname=postgres user=postgres"
            " connect_query='SET statement_timeout = 30000'\n"
            "[pgbouncer]\nlisten_addr =\nlisten_port = 6432\nauth_type = any\npool_mode = transaction\n"
            f"unix_socket_dir = {self.folder}\nlogfile = {self.folder / 'log'}\n"
            "default_pool_size = 8\nserver_login_retry = 1\nquery_wait_timeout = 5\nserver_lifetime = 600\n"
        )
        self.file.chmod(0o644)
        if hasattr(self, "process"):
            self.process.send_signal(1)  # SIGHUP

    def start(self) -> None:
        """Start it."""
        assert BOUNCER
        self.process = subprocess.Popen(
            [BOUNCER, "--quiet", str(self.file)], stdin=subprocess.DEVNULL, cwd=self.folder, **self.account
        )

    def stop(self) -> None:
        """Stop it, and remove its files."""
        self.process.terminate()
        self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


def reads(server: Server) -> Counter[str]:
    """Return how many requests read from where, since the server was started."""
    words = server.ask("/metrics", Authorization=f"Bearer {_METRICS}")[1]
    return Counter(
        {
            source: int(float(number))
            for source, number in re.findall(r'pacta_reads_total\{source="(\w+)"\} (\S+)', words)
        }
    )


# ---- the trials ----
_RAISED = """
from django.contrib.auth.models import Group
from agreements import registers
from agreements.models import Agreement, User
lawyer = User.objects.create_user("lawyer", access_level="secret")
lawyer.groups.add(Group.objects.get(name="treaty_department"))
with registers.editing(Agreement.objects.get(reference="{}"), by=lawyer) as fresh:
    fresh.level = "secret"
print(0)
"""


@pytest.mark.soak
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server")
@pytest.mark.django_db
def test_a_replica_that_stands_still_shows_nothing_that_was_hidden_since(tmp_path: Path) -> None:
    with ExitStack() as held:
        first = held.enter_context(server_of(Cluster.make))
        pacta = Pacta(first.url, tmp_path / "documents")
        secret, references = pacta.prepare()
        second = held.enter_context(server_of(lambda one: one.follow(first)))
        settings = pacta.settings | {"REPLICA_URL": second.url, "METRICS_TOKEN": _METRICS}
        server = Server(tmp_path, WEB_CONCURRENCY="1", **settings)
        server.start()
        held.callback(server.kill)
        server.wait()

        def status() -> tuple[int, str]:
            """Read an agreement; return how that was answered, and from where it was read."""
            before = reads(server)
            told = server.ask(f"{V1}agreements/{references[0]}/", Authorization=f"Token {secret}")[0]
            return told, "".join((reads(server) - before).keys())

        until(lambda: status() == (200, "replica"), "the replica is not read from")
        tell(second, "SELECT pg_wal_replay_pause()")
        until(lambda: tell(second, "SELECT pg_get_wal_replay_pause_state()") == [("paused",)], "it goes on")
        pacta.ask(_RAISED.format(references[0]))
        assert {status() for _time in range(20)} == {(404, "primary")}
        tell(second, "SELECT pg_wal_replay_resume()")
        until(lambda: status() == (404, "replica"), "the replica is not read from any more")
        assert server.stop() == 0


@pytest.mark.soak
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server")
@pytest.mark.parametrize("pooled", ["direct", "bouncer"])
@pytest.mark.django_db
def test_no_acknowledged_write_is_lost_when_a_replica_takes_the_place_of_the_primary(
    pooled: str, tmp_path: Path
) -> None:
    if pooled == "bouncer" and not BOUNCER:
        pytest.skip("PgBouncer is not installed")
    with ExitStack() as held:
        first = held.enter_context(server_of(Cluster.make))
        pacta = Pacta(first.url, tmp_path / "documents")
        secret, references = pacta.prepare()
        second = held.enter_context(server_of(lambda one: one.follow(first)))
        # A write is acknowledged when the replica has it, too.
        tell(first, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
        until(lambda: tell(first, "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"), "it is not followed")
        third = Path(tempfile.mkdtemp(prefix="pacta-postgres-"))

        # libpq itself looks for the server that takes writes.
        folders = f"{first.folder},{second.folder}"
        either = f"postgres://postgres:@:5432/{folders}/postgres?target_session_attrs=read-write&connect_timeout=2"
        shared = pacta.settings | {"METRICS_TOKEN": _METRICS, "WEB_CONCURRENCY": "1", "DATABASE_POOL": "4"}
        shared |= {
            "DATABASE_URL": either,
            "REPLICA_URL": f"{second.url} {second.url.replace(str(second.folder), str(third))}",
        }
        bouncer = Bouncer(first.account) if pooled == "bouncer" else None
        if bouncer:
            bouncer.lead_to(first)
            bouncer.start()
            held.callback(bouncer.stop)
        off = {f"DATABASE_{name}_SECONDS": "0" for name in ("STATEMENT", "LOCK", "IDLE")} | {"DATABASE_POOL": "0"}
        apart = {"DATABASE_URL": bouncer.url} | off if bouncer else {}
        servers = []
        for number, more in enumerate(({}, apart)):
            (tmp_path / str(number)).mkdir()
            servers.append(Server(tmp_path / str(number), **shared | more))
        workers = [
            Process(("manage.py", "work", "--every", "1"), tmp_path / f"work{number}.log", LOG_LEVEL="INFO", **shared)
            for number in range(2)
        ]
        over = threading.Event()
        clients = [Faithful(servers[seed % 2], secret, references, seed, over) for seed in range(4)]
        for client, other in zip(clients, servers[::-1] * 2, strict=True):
            client.other = other
        try:
            for one in (*servers, *workers):
                one.start()
                held.callback(one.kill)
            for server in servers:
                server.wait()
            for client in clients:
                client.start()
            time.sleep(CALM)
            before = [reads(server) for server in servers]
            pacta.settings["DATABASE_URL"] = either

            first.crash()
            time.sleep(random.uniform(0, 1))
            tell(second, "SELECT pg_promote()")
            if bouncer:
                bouncer.lead_to(second)
            down = time.monotonic()
            until(lambda: all(client.last > down for client in clients), f"nothing is written: {_faults(clients)}")
            time.sleep(CALM / 2)

            # A machine more: a replica of the new primary, at an address that was named from the beginning.
            follower = Cluster(third, durable=True)
            held.callback(shutil.rmtree, third, ignore_errors=True)
            held.callback(follower.stop)
            follower.follow(second)
            follower.start()
            amid = [reads(server) for server in servers]
            pacta.ask(_ORDERED)
            time.sleep(CALM)
            after = [reads(server) for server in servers]
            over.set()
            for client in clients:
                client.join(120)
            assert not any(client.is_alive() for client in clients)
            until(lambda: any("state=SUCCESSFUL" in worker.log.read_text() for worker in workers), "no worker works")
            assert [one.stop() for one in (*servers, *workers)] == [0, 0, 0, 0]
        finally:
            over.set()
        done = is_whole(pacta, clients)
    told = hindered(clients)
    looked, longest = sum(client.looked for client in clients), max(client.longest for client in clients)
    print(  # noqa: T201
        f"{pooled}: {done} writes acknowledged, {sum(client.again for client in clients)} sent again, {looked} read by"
        f" the other server; reads {before}, {amid}, {after}; {dict(told)}; {longest:.1f} seconds without a write"
    )
    assert set(told) <= {"/problems/unavailable", "/problems/busy"}
    assert (looked > 20, done > 50) == (True, True)
    for early, mid, late in zip(before, amid, after, strict=True):
        assert early["replica"] > 0
        assert late["replica"] > mid["replica"]
    assert [worker.log.read_text().count("Traceback") for worker in workers] == [0, 0]


def _faults(clients: list[Faithful]) -> list[Any]:
    return [client.faults for client in clients]
