"""Answers that are kept in the process, until something changes that their reader may see.

What takes long to work out, such as counts of the whole register, is worked out once for each question. The database
tells by one short query whether anything has changed since (`agreements.models.marks`): no time has to pass, nobody has
to be told, and other processes keep answers of their own (docs/decisions/0023-kept-answers.md).
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import ExitStack
from functools import cache
from threading import Lock
from typing import Any, TypeVar, cast

from django.apps import apps
from django.db import connections, router

from agreements import clock
from agreements.access import AnyReader
from agreements.models import Agreement
from agreements.models.marks import MARKED, stamp

_Answer = TypeVar("_Answer")
#: So many answers are kept; the one that was not asked for the longest time goes first.
_MOST = 256
_WORD = re.compile(r"\w+")
_answers: OrderedDict[Hashable, tuple[Any, Any]] = OrderedDict()
_lock = Lock()


def answer(question: Hashable, reader: AnyReader, work_out: Callable[[], _Answer]) -> _Answer:
    """Return what `work_out` returns, or has returned to the same question of such a reader since the last change.

    It must look at nothing but the question, the level of the reader, today's date and the database, and what it
    returns is not changed by anybody. It is kept only where every table that it reads has marks (`MARKED`).
    """
    using, today = router.db_for_read(Agreement), clock.today()
    before, asked = stamp(reader.access_level, using=using), (question, reader, today)
    if before is None:
        return work_out()
    with _lock:
        if asked in _answers and _answers[asked][0] == before:
            _answers.move_to_end(asked)
            return cast(_Answer, _answers[asked][1])
    with ExitStack() as watched:
        reads = {one.alias: _Reads() for one in connections.all()}
        for alias, one in reads.items():
            watched.enter_context(connections[alias].execute_wrapper(one))
        found = work_out()
    marked = reads.pop(using).tables <= MARKED and not any(one.tables for one in reads.values())
    # The same before and after: nothing was changed meanwhile.
    if marked and clock.today() == today and stamp(reader.access_level, using=using) == before:
        with _lock:
            _answers[asked] = (before, found)
            _answers.move_to_end(asked)
            while len(_answers) > _MOST:
                _answers.popitem(last=False)
    return found


class _Reads:
    """Takes down the tables that queries name."""

    def __init__(self) -> None:
        self.tables: set[str] = set()

    def __call__(self, execute: Callable[..., Any], sql: str, *given: Any) -> Any:
        self.tables |= {word for word in _WORD.findall(sql) if word.startswith("agreements_") or word in _others()}
        return execute(sql, *given)


@cache
def _others() -> frozenset[str]:
    """Return the tables of libraries."""
    return frozenset(model._meta.db_table for model in apps.get_models(include_auto_created=True))
