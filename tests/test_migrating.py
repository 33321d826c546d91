"""Migrations while others work: they lock nothing large for long, and whoever migrates is patient."""

import io
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.db.migrations.loader import MigrationLoader

from agreements.migrating import (
    AddCheckInUse,
    AddIndexInUse,
    AddUniqueInUse,
    ProveCheckInUse,
    RemoveIndexInUse,
    RemoveUniqueInUse,
)
from agreements.models import triggers
from tests import postgres
from tests.api.test_busy import another
from tests.locks import Watch
from tests.serving import Server, environment
from tests.strict import ROOT
from tests.test_upgrade import restored
from tests.writing import Pacta, Writer, is_whole, written_to

POSTGRESQL = connection.vendor == "postgresql"
only_postgresql = pytest.mark.skipif(not POSTGRESQL, reason="SQLite has one lock, and migrates in one go")
_WORDS = "words are folded where they were kept; made before there was a register to keep waiting"
_INDEX = "an index of before there was a register to keep waiting; since then AddIndexInUse"
_CHECK = "a CHECK of before there was a register to keep waiting; since then AddCheckInUse and ProveCheckInUse"
_COLUMN = "there was no release before that would have written; since then such columns have a db_default"
#: What migrations do that they should not do to a large table in use, and why each may.
ACCEPTED = {
    "0010_events": {"agreements_entry: read through": "every entry is given its position, once, before it is read"},
    "0011_words_for_search": {
        "agreements_agreement: read through": _WORDS,
        "agreements_agreement: read through, agreements_document, agreements_meeting locked": _WORDS,
        "agreements_document.search_text: what does not name it cannot be written": _COLUMN,
        "agreements_document: read through": _WORDS,
        "agreements_documentversion: read through, agreements_document, agreements_meeting locked": _WORDS,
        "agreements_meeting.search_text: what does not name it cannot be written": _COLUMN,
        "agreements_meeting: read through": _WORDS,
        "agreements_task: read through": _WORDS,
        "agreements_task: read through, agreements_document, agreements_meeting locked": _WORDS,
    },
    "0014_indexes_of_large_registers": {
        "agreements_agreement: read through": _INDEX,
        "agreements_task: read through": _INDEX,
    },
    "0016_orders_of_lists": {
        "agreements_agreement: read through": _INDEX,
        "agreements_commitment.search_text: what does not name it cannot be written": _COLUMN,
        "agreements_commitment: read through": _WORDS,
        "agreements_indicator: read through": _INDEX,
        "agreements_meeting: read through": _INDEX,
        "agreements_task: read through": _INDEX,
    },
    "0019_forgotten_passwords": {"agreements_signin: read through": _CHECK},
    "0020_access": {"agreements_entry: read through": _CHECK, "agreements_signin: read through": _CHECK},
    "0021_legal_hold": {"agreements_agreement.legal_hold: what does not name it cannot be written": _COLUMN},
}
_FOUND = """
import json
from django.db import connection
from tests.locks import findings
print(json.dumps(findings(connection)))
"""


def manage(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of manage.py on a database."""
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    ours = environment(DATABASE_URL=url, DEBUG="1", DATABASE_POOL="0")
    return subprocess.run(command, env=ours, cwd=ROOT, capture_output=True, text=True)


# ---- what migrations do ----
@only_postgresql
@pytest.mark.django_db
def test_no_migration_locks_a_large_table_for_long_or_shuts_out_the_release_before(tmp_path: Path) -> None:
    with restored("0.1", tmp_path) as (url, _kept):
        told = manage(url, "shell", "--no-imports", "-c", _FOUND)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout.splitlines()[-1]) == {name: sorted(known) for name, known in ACCEPTED.items()}


_ALTER = "ALTER TABLE agreements_task "
_SHUT = "agreements_task.more: what does not name it cannot be written"
_READ, _ANEW = "agreements_task: read through", "agreements_task: written anew"


@only_postgresql
def test_what_locks_a_large_table_for_long_is_found(sample: Any) -> None:
    cases: list[tuple[list[str], set[str]]] = [
        ([_ALTER + "ADD more integer"], set()),
        ([_ALTER + "ADD more integer DEFAULT 1 NOT NULL"], set()),
        ([_ALTER + "ADD more integer DEFAULT 1 NOT NULL", _ALTER + "ALTER more DROP DEFAULT"], {_SHUT}),
        ([_ALTER + "ADD more uuid DEFAULT gen_random_uuid()"], {_ANEW}),
        ([_ALTER + "ALTER text TYPE numeric"], {_ANEW, "agreements_task.text: int2 becomes numeric"}),
        ([_ALTER + "ALTER problem TYPE varchar(200)"], set()),
        ([_ALTER + "ALTER status TYPE varchar(200)"], {_READ}),  # its CHECK is proved again
        ([_ALTER + "ALTER status TYPE varchar(30) USING status || ''"], {_ANEW}),
        ([_ALTER + "ADD CONSTRAINT c CHECK (text > -1)"], {_READ}),
        ([_ALTER + "ADD CONSTRAINT c CHECK (text > -1) NOT VALID"], set()),
        ([_ALTER + "ADD CONSTRAINT c CHECK (text > -1) NOT VALID", _ALTER + "VALIDATE CONSTRAINT c"], {_READ}),
        ([_ALTER + "ADD CONSTRAINT c UNIQUE (id, text)"], {_READ}),
        (["CREATE INDEX more ON agreements_task (text)"], {_READ}),
        ([_ALTER + "DROP text"], {"agreements_task.text: gone"}),
        ([_ALTER + "RENAME status TO more"], {"agreements_task.status: gone", _SHUT}),
        (["UPDATE agreements_task SET text = text + 1", "SELECT count(*) FROM agreements_task"], set()),
        # The agreement of each task is looked up, which is marked.
        ([_ALTER + "ADD more integer", "UPDATE agreements_task SET more = 1"],
            {_READ, "agreements_agreement: read through, agreements_task locked"}),
        ([_ALTER + "ADD more integer", "SELECT count(*) FROM agreements_entry"],
            {"agreements_entry: read through, agreements_task locked"}),
        (["LOCK agreements_task IN SHARE MODE", "SELECT count(*) FROM agreements_task"], {_READ}),
    ]  # fmt: skip
    wrong = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET CONSTRAINTS ALL IMMEDIATE")
        for statements, expected in cases:
            with transaction.atomic():
                with Watch(connection).watching() as found:
                    for statement in statements:
                        cursor.execute(statement)
                transaction.set_rollback(True)
            if found != expected:
                wrong.append((statements, found))
    assert wrong == []


# ---- operations ----
def apply(operation: Any, *, backwards: bool = False) -> None:
    """Do what an operation does, as a migration of its own with `atomic = False`."""
    before = MigrationLoader(connection).project_state()
    after = before.clone()
    operation.state_forwards("agreements", after)
    with connection.schema_editor(atomic=False) as editor:
        if backwards:
            operation.database_backwards("agreements", editor, after, before)
        else:
            operation.database_forwards("agreements", editor, before, after)


def constraints() -> dict[str, Any]:
    with connection.cursor() as cursor:
        return dict(connection.introspection.get_constraints(cursor, "agreements_task"))


@pytest.mark.django_db(transaction=True)
def test_an_index_is_built_and_dropped_on_both_databases() -> None:
    added = AddIndexInUse("task", models.Index(fields=["text", "id"], name="task_version_in_use"))
    apply(added)
    try:
        assert constraints()["task_version_in_use"]["columns"] == ["text", "id"]
        if POSTGRESQL:
            apply(added)  # as `migrate` does that was interrupted behind it
    finally:
        apply(added, backwards=True)
    assert "task_version_in_use" not in constraints()
    removed = RemoveIndexInUse("task", "task_due")
    apply(removed)
    assert "task_due" not in constraints()
    apply(removed, backwards=True)
    assert constraints()["task_due"]["columns"] == ["due_by", "id"]


@pytest.mark.django_db(transaction=True)
def test_what_is_there_once_is_ruled_on_both_databases() -> None:
    rule = models.UniqueConstraint(fields=["code"], condition=models.Q(text=7), name="task_code_in_use")
    added = AddUniqueInUse("task", rule)
    apply(added)
    try:
        assert constraints()["task_code_in_use"]["unique"]
        if POSTGRESQL:
            apply(added)  # as `migrate` does that was interrupted behind it
    finally:
        apply(added, backwards=True)
        triggers.install(connection)
    assert "task_code_in_use" not in constraints()


#: What can be done once more, where the first time was interrupted behind it.
REPEATABLE = (AddIndexInUse, AddUniqueInUse, ProveCheckInUse, RemoveIndexInUse, RemoveUniqueInUse)


def test_what_is_done_in_no_transaction_can_be_done_again() -> None:
    loaded = MigrationLoader(None).disk_migrations
    alone = [one for (app, _name), one in loaded.items() if app == "agreements" and not one.atomic]
    assert alone
    for migration in alone:
        once = [operation for operation in migration.operations if not isinstance(operation, REPEATABLE)]
        assert once == [] or len(migration.operations) == 1, migration.name


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_rule_is_removed_though_an_earlier_attempt_did_so() -> None:
    removed = RemoveUniqueInUse("indicator", "indicator_kept_once_a_source")
    apply(removed)
    try:
        apply(removed)
    finally:
        apply(removed, backwards=True)


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_an_index_that_was_broken_off_is_built_anew() -> None:
    added = AddIndexInUse("task", models.Index(fields=["text"], name="task_version_in_use"))
    with another() as other:
        other.execute("BEGIN; SELECT count(*) FROM agreements_task; LOCK agreements_task IN ROW EXCLUSIVE MODE")
        with connection.cursor() as cursor, suppress(Exception):
            cursor.execute("SET statement_timeout = 200")
            cursor.execute("CREATE INDEX CONCURRENTLY task_version_in_use ON agreements_task (text)")
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
    try:
        assert "task_version_in_use" in constraints()
        apply(added)
        with connection.cursor() as cursor:
            cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'task_version_in_use'::regclass")
            assert cursor.fetchone() == (True,)
    finally:
        apply(added, backwards=True)


@pytest.mark.django_db(transaction=True)
def test_a_constraint_holds_at_once_and_is_proved_later() -> None:
    added = AddCheckInUse("task", models.CheckConstraint(condition=models.Q(text__gte=0), name="version_in_use"))
    apply(added)
    try:
        assert constraints()["version_in_use"]["check"]
        apply(ProveCheckInUse("task", "version_in_use"))
        if POSTGRESQL:
            with connection.cursor() as cursor:
                cursor.execute("SELECT convalidated FROM pg_constraint WHERE conname = 'version_in_use'")
                assert cursor.fetchone() == (True,)
    finally:
        apply(added, backwards=True)
        triggers.install(connection)
    assert "version_in_use" not in constraints()


@only_postgresql
@pytest.mark.django_db
def test_an_index_is_not_built_in_use_within_a_transaction() -> None:
    with pytest.raises(ValueError, match="atomic = False"):
        apply(AddIndexInUse("task", models.Index(fields=["text"], name="task_version_in_use")))


# ---- patience ----
@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_migrate_keeps_nobody_waiting_and_says_who_holds_what() -> None:
    told, over, missing, waits = io.StringIO(), threading.Event(), list[Any](), list[float]()

    def others() -> None:
        """Write to the journal, as far as locks go, and look for its triggers."""
        with another() as beside:
            beside.autocommit = True
            while not over.is_set():
                begun = time.monotonic()
                beside.execute("DELETE FROM agreements_entry WHERE false")
                waits.append(time.monotonic() - begun)
                count = beside.execute("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal").fetchone()
                missing.append(count)
                time.sleep(0.01)

    with another() as holder:
        holder.execute("BEGIN; LOCK agreements_entry IN ROW EXCLUSIVE MODE")
        number = holder.info.backend_pid
        with pytest.raises(CommandError, match=rf"Given up .* agreements_entry by process {number} .*in transaction"):
            call_command("migrate", verbosity=0, lock_seconds=0.1, patience=0, stderr=told)
        assert told.getvalue() == ""
        working = threading.Thread(target=others)
        working.start()
        freed = threading.Timer(3, holder.rollback)
        freed.start()
        try:
            call_command("migrate", verbosity=0, lock_seconds=0.2, stderr=told)
        finally:
            freed.join()
            over.set()
            working.join(20)
    lines = told.getvalue().splitlines()
    assert 1 < len(lines) < 8
    assert all(line.startswith(f"Waiting: others hold agreements_entry by process {number} (") for line in lines)
    assert max(waits) < 2, "whoever came later waited as long as migrate did"
    assert len(set(missing)) == 1, "for a moment the journal had no trigger"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        assert cursor.fetchone() == ("0",)


# ---- under load ----
_TOKEN = "0123456789abcdef0123456789abcdef01234567"
#: Addresses that are asked all the time, some of them without an account.
_READ_MEANWHILE = ("/api/v1/agreements/", "/api/v1/tasks/", "/api/v1/events/", "/sign-in/", "/agreements/")


class Reading(threading.Thread):
    """Reads one address after another, and knows what was answered and how long the slowest took."""

    def __init__(self, server: Server, secret: str, over: threading.Event) -> None:
        super().__init__()
        self.server, self.secret, self.over = server, secret, over
        self.told, self.faults, self.slowest = Counter[int](), list[str](), 0.0

    def run(self) -> None:
        while not self.over.is_set():
            for path in _READ_MEANWHILE:
                begun = time.monotonic()
                headers = {"Authorization": f"Token {self.secret}"} if path.startswith("/api/") else {}
                status, answered, words = self.server.answer(path, **headers)
                self.slowest = max(self.slowest, time.monotonic() - begun)
                self.told[status] += 1
                if status >= 500 and not (status == 503 and answered.get("Retry-After")):
                    self.faults.append(f"{path}: {status} {words[:1000]}")
            time.sleep(0.02)


@contextmanager
def held(kept: Any) -> Iterator[Any]:
    """Read the agreements in a transaction that lasts, as a backup or a long report does; give what ends it."""
    if not POSTGRESQL:
        yield lambda: None
        return
    import psycopg

    with psycopg.connect(**{name: getattr(kept.info, name) for name in ("host", "port", "user", "dbname")}) as reading:
        reading.execute("SELECT count(*) FROM agreements_agreement, agreements_entry")
        yield reading.rollback


def migrated(url: str, log: Path, release: Any) -> str:
    """Migrate, release what is held once `migrate` waits for it, and return what it said."""
    command = [sys.executable, str(ROOT / "manage.py"), "migrate", "-v0", "--lock-seconds", "0.5"]
    ours = environment(DATABASE_URL=url, DEBUG="1", DATABASE_POOL="0")
    with log.open("wb") as out:
        running = subprocess.Popen(command, env=ours, cwd=ROOT, stdout=out, stderr=out)
        while running.poll() is None:
            if log.stat().st_size:
                release()
            time.sleep(0.1)
    assert running.returncode == 0, log.read_text()
    return log.read_text()


@pytest.mark.soak
@pytest.mark.django_db
def test_an_upgrade_while_clients_read_and_write_loses_nothing(tmp_path: Path) -> None:
    with restored("0.1", tmp_path) as (url, kept):
        pacta = Pacta(url, tmp_path / "documents")
        server, over = Server(tmp_path, WEB_CONCURRENCY="2", **pacta.settings), threading.Event()
        found = kept.execute("SELECT reference FROM agreements_agreement ORDER BY reference").fetchall()
        writers = [Writer(server, _TOKEN, [name for (name,) in found], seed, over) for seed in range(3)]
        reading = Reading(server, _TOKEN, over)
        try:
            server.start()
            _until_alive(server)
            for client in (*writers, reading):
                client.start()
            time.sleep(2)
            with held(kept) as release:
                said = migrated(url, tmp_path / "migrate.log", release)
            server.wait()
            time.sleep(5)
            over.set()
            for client in (*writers, reading):
                client.join(120)
            assert not any(client.is_alive() for client in writers)
            assert server.stop() == 0
        finally:
            over.set()
            server.kill()
        done = is_whole(pacta, writers, files=False)  # those of the release are not kept with its database
    hindered = sum((client.hindered for client in writers), Counter[str]())
    print(f"{done} writes, writers hindered {dict(hindered)}, read {dict(reading.told)}: {said}")  # noqa: T201
    assert reading.faults == []
    assert done > 0
    assert hindered["/problems/upgrading"] > 0
    assert set(hindered) <= {"/problems/upgrading", "/problems/busy"}
    assert reading.told[200] > 0
    if POSTGRESQL:
        assert "Waiting: others hold agreements_" in said


def _until_alive(server: Server) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError):
            if server.ask("/healthz")[0] == 200:
                return
        time.sleep(0.05)
    raise AssertionError(server.log.read_text()[-4000:])


#: A release that widens, as docs/decisions/0018-migrations-under-load.md asks for, there and back again.
_WIDENED = """
import time
from django.db import OperationalError, connection, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddField
from agreements import migrating
steps = [
    AddField("task", "weight", models.IntegerField(default=0, db_default=0)),
    AddField("entry", "weight", models.IntegerField(default=0, db_default=0)),
    migrating.AddIndexInUse("task", models.Index(fields=["weight", "id"], name="task_weight")),
    migrating.AddIndexInUse("entry", models.Index(fields=["weight"], name="entry_weight")),
    migrating.AddCheckInUse("entry", models.CheckConstraint(condition=models.Q(weight__gte=0), name="entry_weighs")),
    migrating.ProveCheckInUse("entry", "entry_weighs"),
]
states = [MigrationLoader(connection).project_state()]
for step in steps:
    states.append(states[-1].clone())
    step.state_forwards("agreements", states[-1])


def applied(step, change, before, after):
    while True:
        try:
            with migrating.considerate(connection, seconds=1):
                with connection.schema_editor(atomic=step.atomic is not False) as editor:
                    return change("agreements", editor, before, after)
        except OperationalError as error:
            if not migrating.others_hold(error):
                raise
            time.sleep(2)


for _round in range(3):
    for number, step in enumerate(steps):
        applied(step, step.database_forwards, states[number], states[number + 1])
    for number, step in reversed(list(enumerate(steps))):
        applied(step, step.database_backwards, states[number + 1], states[number])
"""


@pytest.mark.soak
@only_postgresql
@pytest.mark.django_db
def test_a_release_that_widens_hinders_nobody(tmp_path: Path) -> None:
    with postgres.cluster(durable=True) as cluster:
        pacta, over = Pacta(cluster.url, tmp_path / "documents"), threading.Event()
        with written_to(pacta, tmp_path, writers=3) as (server, clients):
            reading = Reading(server, clients[0].secret, over)
            reading.start()
            begun = time.monotonic()
            try:
                pacta.run("shell", "--no-imports", "-c", _WIDENED)
            finally:
                over.set()
            seconds = time.monotonic() - begun
            reading.join(60)
        done = is_whole(pacta, clients)
    print(f"{done} writes in {seconds:.1f} s, slowest answer {reading.slowest:.2f} s, {dict(reading.told)}")  # noqa: T201
    assert reading.faults == []
    assert reading.told[503] == 0
    assert sum((client.hindered for client in clients), Counter[str]()) == Counter()
    assert done > 10
