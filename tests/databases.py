"""The database of the tests: migrated once for a state of the code, then copied by every run and every worker.

On SQLite the copy outlives the run (`make clean` removes it); on PostgreSQL it lives as long as the server, where that
is one of `tests.postgres`. On another server every worker migrates a database of its own.
"""

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connection

from tests.strict import ROOT

#: From what the migrated database follows.
_SOURCES = ("agreements/**/*.*", "tracker/**/*.*", "tests/settings.py", "requirements/dev.txt")
_TEMPLATE = "test_template"


@contextmanager
def database() -> Iterator[None]:
    """Make the database of this process, and remove it at the end."""
    creation: Any = connection.creation
    before, name = connection.settings_dict["NAME"], creation._get_test_db_name()
    with _alone():
        if _is_copied(name):
            connection.close()
            settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name
        else:
            creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
            connection.close()
            _keep(name)
    try:
        yield
    finally:
        connection.close()
        creation.destroy_test_db(before, verbosity=0)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one worker migrate while the others wait for what it makes."""
    settings.VAR_DIR.mkdir(exist_ok=True)
    with (settings.VAR_DIR / "test-template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@cache
def _file() -> Path:
    digest = hashlib.sha256(f"{django.__version__} {sys.version}".encode())
    for path in sorted(path for pattern in _SOURCES for path in ROOT.glob(pattern)):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.as_posix().encode() + path.read_bytes())
    return Path(settings.VAR_DIR / f"test-template-{digest.hexdigest()[:16]}.sqlite3")


def _is_copied(name: str) -> bool:
    if connection.vendor == "sqlite":
        if _file().exists():
            shutil.copyfile(_file(), name)
        return _file().exists()
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_TEMPLATE])
        found = cursor.fetchone() is not None
        if found:
            cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)} TEMPLATE {_TEMPLATE}")
    return found


def _keep(name: str) -> None:
    if connection.vendor == "sqlite":
        for old in settings.VAR_DIR.glob("test-template-*.sqlite3"):
            old.unlink()
        half = _file().with_suffix(".half")
        shutil.copyfile(name, half)
        half.replace(_file())
    elif os.environ.get("PACTA_TEST_SERVER"):
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {_TEMPLATE} TEMPLATE {connection.ops.quote_name(name)}")
