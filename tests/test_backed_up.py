"""An archive that is written while clients write: whole, of one moment, and restored equal where nothing was."""

import re
import time
from pathlib import Path

import pytest
from django.db import connection

from tests import postgres
from tests.writing import Pacta, is_whole, written_to

POSTGRESQL = connection.vendor == "postgresql"
_SEAL = re.compile(r"[0-9a-f]{64}")


def empty(cluster: postgres.Cluster, folder: Path, name: str, *, server: bool) -> Pacta:
    """Return a migrated Pacta on an empty machine: another folder, another database, of a server or a file."""
    if server:
        import psycopg

        with psycopg.connect(host=str(cluster.folder), user="postgres", dbname="postgres", autocommit=True) as own:
            own.execute(f"CREATE DATABASE {name}")
    url = f"{cluster.url.rpartition('/')[0]}/{name}" if server else f"sqlite:///{folder / name}.sqlite3"
    one = Pacta(url, folder / f"documents-{name}")
    one.run("migrate", "-v0")
    return one


def restored(one: Pacta, archive: Path, folder: Path) -> str:
    """Restore an archive and prove that all of it is there; return the digest over all chains."""
    told = one.run("restore", str(archive))
    one.run("verify_journal")
    one.run("check_documents")
    seal = folder / f"{archive.stem}.seal"
    again = one.run("seal_journal", "--output", str(seal))
    seal.unlink()
    (digest,) = set(_SEAL.findall(told))
    assert set(_SEAL.findall(again)) == {digest}
    return digest


@pytest.mark.soak
@pytest.mark.django_db
def test_an_archive_of_a_database_in_use_is_of_one_moment(tmp_path: Path) -> None:
    with postgres.cluster(durable=True) as cluster:
        kept, archives = [], []
        pacta = Pacta(cluster.url if POSTGRESQL else f"sqlite:///{tmp_path / 'db.sqlite3'}", tmp_path / "documents")
        with written_to(pacta, tmp_path, writers=3) as (_server, clients):
            for number in range(3):
                time.sleep(2)
                kept.append([what for client in clients for what in client.notes])
                archives.append(tmp_path / f"{number}.tar")
                pacta.run("backup", str(archives[-1]))
            after = [what for client in clients for what in client.notes]
        done = is_whole(pacta, clients)
        assert len(after) > len(kept[0]) > 0, "nobody wrote meanwhile"

        digests = []
        for number, archive in enumerate(archives):
            there = empty(cluster, tmp_path, f"there{number}", server=not POSTGRESQL)
            digests.append(restored(there, archive, tmp_path))
            # What was acknowledged before the archive was begun is in it.
            assert set(kept[number]) <= set(there.words())
        assert len(set(digests)) == len(archives)
        # From the other kind of database on the first kind again.
        there.run("backup", str(back := tmp_path / "back.tar"))
        home = empty(cluster, tmp_path, "home", server=POSTGRESQL)
        assert restored(home, back, tmp_path) == digests[-1]
        assert sorted(home.words()) == sorted(there.words())
        print(f"{done} writes, of which {[len(one) for one in kept]} notes were before: {digests}")  # noqa: T201
