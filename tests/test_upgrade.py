"""Upgrading: a database of an earlier release becomes one of today, with everything that was in it."""

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.serving import environment
from tests.strict import ROOT

RELEASES = ROOT / "tests" / "releases"
#: Tables that grow with the code, and the one of tokens, which stand elsewhere now.
_OF_CODE = {
    *("django_migrations", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions"),
    "authtoken_token",
}
_TOLD = """
import json
from django.test import Client
from agreements import history, journal, seals, tasks
from agreements.models import Agreement, ApiToken, Entry, User
from django.core.management import call_command
call_command("verify_journal")
client, statuses = Client(), {}
client.force_login(User.objects.get(username="officer"))
pages = ["/", "/agreements/", "/board/", "/calendar/", "/tasks/", "/overview/", "/account/"]
pages += [one.get_absolute_url() for one in Agreement.objects.order_by("reference")]
statuses = {page: client.get(page, follow=True).status_code for page in pages}
key = {"Authorization": "Token 0123456789abcdef0123456789abcdef01234567"}
statuses["token"] = Client().get("/api/v1/agreements/", headers=key).status_code
statuses["events"] = Client().get("/api/v1/events/", headers=key).status_code
found = client.get("/api/v1/agreements/?text=aviation").json()["results"]
print(json.dumps([statuses, sorted(one["reference"] for one in found)]))
"""


@contextmanager
def restored(release: str, folder: Path) -> Iterator[tuple[str, Any]]:
    """Restore the database of a release; give its DATABASE_URL and a connection to it."""
    sql = gzip.decompress((RELEASES / f"{release}-{connection.vendor}.sql.gz").read_bytes()).decode()
    if connection.vendor == "sqlite":
        import sqlite3

        from django.db.backends.sqlite3._functions import register

        with closing(sqlite3.connect(folder / "old.sqlite3", isolation_level=None)) as kept:
            register(kept)  # what CHECKs ask for
            kept.executescript(sql)
            yield f"sqlite:///{folder / 'old.sqlite3'}", kept
        return
    import psycopg

    given, name = connection.get_connection_params(), f"upgrade_{os.getpid()}"
    server = {key: given[key] for key in ("user", "host", "port", "password") if given.get(key)}
    with psycopg.connect(**server, dbname="postgres", autocommit=True) as own:
        own.execute(f"CREATE DATABASE {name}")
        try:
            with closing(psycopg.connect(**server, dbname=name, autocommit=True)) as kept:
                kept.execute(sql.encode())
                kept.execute("RESET ALL")
                yield f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}", kept
        finally:
            own.execute(f"DROP DATABASE {name} WITH (FORCE)")


def counts(kept: Any) -> dict[str, int]:
    """Return how many rows each table has."""
    listed = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        if connection.vendor == "sqlite"
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    names = [name for (name,) in kept.execute(listed).fetchall()]
    return {name: kept.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}


def digests(kept: Any) -> list[tuple[Any, ...]]:
    """Return the digest of every entry, and of the text beside it."""
    asked = "SELECT subject, sequence, digest, text_digest FROM agreements_entry ORDER BY subject, sequence"
    return list(map(tuple, kept.execute(asked).fetchall()))


@pytest.mark.django_db
@pytest.mark.parametrize("release", sorted({re.sub(r"-\w+\.sql\.gz$", "", one.name) for one in RELEASES.glob("*.gz")}))
def test_a_database_of_a_release_is_upgraded_with_all_that_was_in_it(release: str, tmp_path: Path) -> None:
    with restored(release, tmp_path) as (url, kept):
        before, written = counts(kept), digests(kept)
        ours = environment(DATABASE_URL=url, DEBUG="1", DOCUMENTS_DIR=str(tmp_path / "documents"))

        def run(*words: str) -> str:
            command = [sys.executable, str(ROOT / "manage.py"), *words]
            told = subprocess.run(command, env=ours, cwd=ROOT, capture_output=True, text=True)
            assert told.returncode == 0, told.stdout + told.stderr
            return told.stdout

        run("migrate", "-v0")
        statuses, found = json.loads(run("shell", "--no-imports", "-c", _TOLD).splitlines()[-1])
        after = counts(kept)

        assert len(written) > 100
        assert digests(kept) == written
        changed = {
            name: (count, after.get(name)) for name, count in before.items() if name not in _OF_CODE
            and after.get(name) != count
        }  # fmt: skip
        # Signing in and using a token leave their own rows.
        assert set(changed) <= {"django_session", "agreements_routine"}, changed
        assert (before["authtoken_token"], after["agreements_apitoken"]) == (1, 1)
        assert {page: status for page, status in statuses.items() if status != 200} == {}
        assert len([page for page in statuses if page.startswith("/agreements/")]) == 9
        assert found == ["AIR-7Q4M"]
