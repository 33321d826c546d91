"""An archive that is written while clients write: whole, of one moment, and restored equal where nothing was."""

import re
import time
from contextlib import nullcontext
from pathlib import Path

import pytest
from django.db import connection

from tests import postgres
from tests.writing import Pacta, is_whole, written_to

POSTGRESQL = connection.vendor == "postgresql"
_SEAL = re.compile(r"[0-9a-f]{64}")


@pytest.mark.soak
@pytest.mark.django_db
def test_an_archive_of_a_database_in_use_is_of_one_moment(tmp_path: Path) -> None:
    with postgres.cluster(durable=True) if POSTGRESQL else nullcontext() as cluster:
        pacta = Pacta(cluster.url if cluster else f"sqlite:///{tmp_path / 'db.sqlite3'}", tmp_path / "documents")
        kept, archives = [], []
        with written_to(pacta, tmp_path, writers=3) as (_server, clients):
            for number in range(3):
                time.sleep(2)
                kept.append([what for client in clients for what in client.notes])
                archives.append(tmp_path / f"{number}.tar")
                pacta.run("backup", str(archives[-1]))
            after = [what for client in clients for what in client.notes]
        is_whole(pacta, clients)

    assert len(after) > len(kept[0]) > 0, "nobody wrote meanwhile"
    # On an empty machine: another folder, another database, of the kind that is there without a server.
    for number, archive in enumerate(archives):
        empty = Pacta(f"sqlite:///{tmp_path / f'{number}.sqlite3'}", tmp_path / f"documents-{number}")
        empty.run("migrate", "-v0")
        told = empty.run("restore", str(archive))
        empty.run("verify_journal")
        empty.run("check_documents")
        again = empty.run("seal_journal", "--output", str(tmp_path / f"{number}.seal"))
        assert set(_SEAL.findall(told)) == set(_SEAL.findall(again)) != set()
        words = set(empty.words())
        # What was acknowledged before the archive was begun is in it.
        assert set(kept[number]) <= words
