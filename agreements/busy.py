"""What keeps a request from being answered for now, and passes: nothing is wrong with the request, nor with Pacta.

The database is busy: SQLite has one writer at a time, and whoever waits for it gives up after a while; PostgreSQL gives
up by its time limits for locks and statements, and where transactions cannot be put in an order. The database is away:
PostgreSQL is started anew, or cannot be reached. There is no room: a disk is full, that of the database or of files.
Pacta is being upgraded: the database is that of another release, where the tables are not as this one knows them.
"""

import errno
from enum import Enum

from django.db import Error, InterfaceError, OperationalError, connection
from django.db.migrations.loader import MigrationLoader


class ReadOnly(Exception):
    """Pacta is told to write nothing for a while (PACTA_READ_ONLY); nothing was done."""


class Hindrance(Enum):
    """What hinders for now."""

    BUSY = "the database is busy"
    AWAY = "the database cannot be reached"
    FULL = "there is no room to write"
    UPGRADING = "the database is of another release"


#: After so many seconds it is worth asking again.
RETRY_AFTER = 5
#: SQLITE_BUSY and SQLITE_LOCKED; what the driver gives has more in its higher bits. SQLITE_FULL.
_OF_SQLITE = {5: Hindrance.BUSY, 6: Hindrance.BUSY, 13: Hindrance.FULL}
#: serialization_failure, deadlock_detected: nothing is wrong with the transaction but its moment.
_CONFLICTS = ("40001", "40P01")
#: Codes of PostgreSQL (its appendix A), or their class.
_OF_POSTGRESQL = {
    # lock_not_available, query_canceled, too_many_connections; idle_in_transaction_session_timeout, transaction_timeout
    **dict.fromkeys((*_CONFLICTS, "55P03", "57014", "53300", "25P03", "25P04"), Hindrance.BUSY),
    # admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout; connection_exception;
    # read_only_sql_transaction: a server that only follows another one, which is being sought
    **dict.fromkeys(("57P01", "57P02", "57P03", "57P05", "08", "25006"), Hindrance.AWAY),
    "53100": Hindrance.FULL,  # disk_full
}
#: undefined_table, undefined_column, not_null_violation; SQLITE_ERROR, SQLITE_CONSTRAINT_NOTNULL.
_MISFITS = ("42P01", "42703", "23502", 1, 1299)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def hindrance(error: BaseException | None) -> Hindrance | None:
    """Return what hinders for now where an error says so; None where something is wrong."""
    if isinstance(error, OSError):
        return Hindrance.FULL if error.errno in _NO_ROOM else None
    cause = getattr(error, "__cause__", None)
    code: str | None = getattr(cause, "sqlstate", None)
    if isinstance(error, Error) and (code or getattr(cause, "sqlite_errorcode", None)) in _MISFITS:
        return Hindrance.UPGRADING if _is_of_another_release() else None
    if code and isinstance(error, Error):
        return _OF_POSTGRESQL.get(code) or _OF_POSTGRESQL.get(code[:2])
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    if isinstance(number := getattr(cause, "sqlite_errorcode", None), int):
        return _OF_SQLITE.get(number & 0xFF)
    # Of a pool that has no connection left there is no code, only its name.
    if type(cause).__name__ == "PoolTimeout":
        return Hindrance.BUSY
    # What the driver of PostgreSQL says without a code is that it has no connection, or lost it.
    return Hindrance.AWAY if type(cause).__module__.partition(".")[0] == "psycopg" and code is None else None


def _is_of_another_release() -> bool:
    """Whether migrations of this release wait in the database, or some were applied that it does not know."""
    try:
        loader = MigrationLoader(connection)
    except Error:
        return False
    ours = {key for key in loader.applied_migrations if key[0] == "agreements"}
    return (
        not ours <= loader.disk_migrations.keys()
        or not set(loader.graph.leaf_nodes()) <= loader.applied_migrations.keys()
    )


def is_busy(error: BaseException | None) -> bool:
    """Whether an error says that the database is busy, and not that something is wrong with it."""
    return hindrance(error) is Hindrance.BUSY


def is_conflict(error: BaseException | None) -> bool:
    """Whether PostgreSQL undid a transaction only because it could not be put in an order with others."""
    return isinstance(error, Error) and getattr(error.__cause__, "sqlstate", None) in _CONFLICTS
