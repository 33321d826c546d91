"""Reading from replicas of PostgreSQL, and from none that does not know yet what anybody was told of.

A request that only reads may read from a replica, if that has replayed everything the primary had made durable by the
moment of asking: what was acknowledged before - to its reader or to anybody else, by whatever process - is there.
Neither a clock nor a cookie is asked, but the position in the log (docs/decisions/0021-replicas.md). Who asks, by which
session or token and with which rights is read from the primary, and before the position is asked for: records are never
older than the rights by which they are shown. Where no replica has come that far, or none answers, the primary does.
"""

import logging
import random
import time
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import Error, connections

from agreements.busy import Hindrance, hindrance, is_conflict

_log = logging.getLogger(__name__)
PRIMARY = "default"
#: Our own tables of who may come in, and what he may do; those of libraries are all read from the primary.
_OF_RIGHTS = frozenset(
    ("user", "apitoken", "feedtoken", "share", "delegation", "signin", "lockout", "emergencyaccess", "keptanswer")
)
#: For so many seconds a replica that did not answer is left alone.
_LEFT_ALONE = 5.0
#: The time line changes when another server becomes the primary: positions before and after it are not comparable.
_HERE = (
    "SELECT pg_current_wal_flush_lsn()::text,"
    " ('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)::int"
)
_THERE = (
    "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= %s::pg_lsn"
    " AND (SELECT timeline_id FROM pg_control_checkpoint()) = %s"
)
_away: dict[str, float] = {}


class _Reading:
    """From where a request reads; None as long as nothing but rights was read."""

    alias: str | None = None


_reading: ContextVar[_Reading | None] = ContextVar("reading", default=None)


class Router:
    """Writes to the primary, and reads from where the request may read (Django's DATABASE_ROUTERS)."""

    def db_for_read(self, model: Any, **_hints: Any) -> str:
        """Return the database to read from: within a transaction always the primary."""
        reading = _reading.get()
        if reading is None or _is_of_rights(model) or connections[PRIMARY].in_atomic_block:
            return PRIMARY
        if reading.alias is None:
            reading.alias = _chosen()
        return reading.alias

    def db_for_write(self, model: Any, **_hints: Any) -> str:
        """Return the primary; a request that writes records after all, as events get their places, reads on from it."""
        reading = _reading.get()
        if reading is not None and reading.alias is not None and not _is_of_rights(model):
            reading.alias = PRIMARY
        return PRIMARY

    def allow_relation(self, one: Any, other: Any, **_hints: Any) -> bool:
        """Let records of two connections belong to each other: it is one database."""
        return True

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        """Let nothing but the primary be migrated."""
        return db == PRIMARY


def begin(*, reads: bool) -> None:
    """Begin a request; it lasts until the next one in this thread, as what is sent piece by piece is part of it."""
    _reading.set(_Reading() if reads else None)


def read_from() -> str:
    """Return from where the request under way has read: `primary`, `replica`, or nothing where it read no records."""
    reading = _reading.get()
    if reading is None or reading.alias is None:
        return ""
    return "primary" if reading.alias == PRIMARY else "replica"


def left(error: BaseException) -> bool:
    """Whether a request failed because its replica went away, or replayed what was in the way of reading.

    From now on it reads from the primary. What took too long on a replica takes as long on the primary.
    """
    reading = _reading.get()
    if reading is None or reading.alias in (None, PRIMARY):
        return False
    if (away := hindrance(error) is Hindrance.AWAY) or is_conflict(error):
        if away:
            _leave_alone(str(reading.alias), error)
        reading.alias = PRIMARY
        return True
    return False


def _is_of_rights(model: Any) -> bool:
    meta = (model._meta.auto_created or model)._meta
    return meta.app_label != "agreements" or meta.model_name in _OF_RIGHTS


def _chosen() -> str:
    """Return a replica that has come as far as the primary is; the primary where there is none."""
    now = time.monotonic()
    asked = [alias for alias in settings.REPLICAS if _away.get(alias, 0) <= now]
    position: Any = None
    for alias in random.sample(asked, len(asked)):
        try:
            position = position or _row(PRIMARY, _HERE)
        except Error:  # whoever reads next from it tells what hinders
            return PRIMARY
        try:
            if _row(alias, _THERE, position)[0]:
                return alias
        except Error as error:
            _leave_alone(alias, error)
    return PRIMARY


def _row(alias: str, query: str, params: Any = ()) -> Any:
    with connections[alias].cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchone()


def _leave_alone(alias: str, error: BaseException) -> None:
    _log.warning("%s is left alone for %s seconds: %s", alias, _LEFT_ALONE, str(error).partition("\n")[0])
    _away[alias] = time.monotonic() + _LEFT_ALONE
    connections[alias].close()
