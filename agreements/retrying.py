"""An act that the database could not put in an order with those of others is undone, and repeated as a whole.

PostgreSQL ends one of two transactions that wait for each other, and, where it promises that transactions look as if
one had come after the other, one that would break the promise. Nothing of it is written, and repeated it usually
succeeds; so does what read from a replica that went away, from the primary. What is repeated is all that somebody asked
for - a request, a command -, never a part of it: what was read for it, and what it was judged by, may no longer be so.
It is not repeated once any of it is written for good.
"""

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import Error, connection, transaction

from agreements import replicas
from agreements.busy import is_conflict

_log = logging.getLogger(__name__)
Done = TypeVar("Done")
#: So often an act is begun before it is told that the database is busy.
MOST = 4
#: Seconds of which a part by chance is waited before it is begun again; they double each time.
_PAUSE = 0.05


class Watch:
    """Notes whether anything of the act under way is written for good."""

    def __init__(self) -> None:
        self.written = False

    def note(self) -> None:
        """Note that something is written."""
        self.written = True

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Execute a statement; it counts when its transaction is committed, without one where it is no query."""
        if connection.in_atomic_block:
            transaction.on_commit(self.note, robust=True)
        elif sql.lstrip(" (\n")[:6].upper() != "SELECT":
            self.note()
        return execute(sql, params, many, context)


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watched() -> Iterator[None]:
    """Watch what is written meanwhile; on SQLite, which has one writer at a time, nothing is ever to be repeated."""
    if connection.vendor != "postgresql" or _watch.get() is not None:
        yield
        return
    watch = Watch()
    token = _watch.set(watch)
    try:
        with connection.execute_wrapper(watch):
            yield
    finally:
        _watch.reset(token)


def begin() -> None:
    """Begin an act within what is watched: what was written before is none of it."""
    if watch := _watch.get():
        watch.written = False


def may_repeat(error: BaseException) -> bool:
    """Whether an act ended for want of an order alone, or of a replica, and nothing of it is written for good."""
    watch = _watch.get()
    if watch is None or watch.written or connection.in_atomic_block:
        return False
    return replicas.left(error) or is_conflict(error)


def repeated(act: Callable[[], Done], *, begun: int = 0, resumes: bool = False) -> Done:
    """Do an act, and repeat it where it may be; `begun` is how often it was begun before. Raises what the last one did.

    An act must read anew what it needs, and leave nothing behind but what the database takes back with it. One that
    `resumes` finds what is done already, and goes on from there: it is begun anew whatever is written.
    """
    while True:
        if begun:
            time.sleep(random.uniform(0, _PAUSE * 2**begun))  # noqa: S311 - nothing secret hangs on it
        begun += 1
        begin()
        try:
            return act()
        except Error as error:
            goes_on = resumes and is_conflict(error) and not connection.in_atomic_block
            if begun >= MOST or not (goes_on or may_repeat(error)):
                raise
            _log.info("begun anew after %s: %s", type(error).__name__, str(error).partition("\n")[0])
