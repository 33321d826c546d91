"""Databases that are busy: somebody else holds what a request needs, and a little later it will be answered.

SQLite has one writer at a time, and whoever waits for it gives up after a while; PostgreSQL gives up by its time limits
for locks and statements, and where transactions cannot be put in an order. Nothing was written then.
"""

from django.db import OperationalError


class ReadOnly(Exception):
    """Pacta is told to write nothing for a while (PACTA_READ_ONLY); nothing was done."""


#: After so many seconds it is worth asking again.
RETRY_AFTER = 5
#: SQLITE_BUSY and SQLITE_LOCKED; what the driver gives has more in its higher bits.
_OF_SQLITE = (5, 6)
#: serialization_failure, deadlock_detected, lock_not_available, query_canceled (the limit of a statement),
#: too_many_connections (PostgreSQL, appendix A).
_OF_POSTGRESQL = ("40001", "40P01", "55P03", "57014", "53300")


def is_busy(error: BaseException | None) -> bool:
    """Whether an error says that the database is busy, and not that something is wrong with it."""
    if not isinstance(error, OperationalError):
        return False
    cause = error.__cause__
    # Of a pool that has no connection left there is no code, only its name.
    return (
        getattr(cause, "sqlite_errorcode", 0) & 0xFF in _OF_SQLITE
        or getattr(cause, "sqlstate", None) in _OF_POSTGRESQL
        or type(cause).__name__ == "PoolTimeout"
    )
