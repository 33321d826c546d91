"""Queries that are written once and asked again and again with other values.

Django builds and compiles a query each time it is asked, which takes several times as long as the database needs to
answer one that names a row or a few by their keys. Where every request asks the same, what was compiled is kept; see
docs/decisions/0017-prepared-queries.md.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import DEFAULT_DB_ALIAS, NotSupportedError, connections, router
from django.db.models import QuerySet
from django.db.transaction import TransactionManagementError

from agreements.access import AnyReader
from agreements.models.rows import Telling, telling

#: How many forms of one query are kept: one for each length of a list, for each database.
_FORMS = 256
#: The lengths of lists: shorter ones repeat their last value, which changes nothing of what is among them. Longer lists
#: are rare, and building the query takes little beside reading what it finds.
_LENGTHS = (1, 2, 5, 10, 20, 50, 100, 200)
_LONGEST = _LENGTHS[-1]
_FIRST_DAY = date(1001, 1, 1)
_FIRST_MOMENT = datetime(1001, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Wording:
    """What is no value, but the wording of a query: one is kept for each.

    `steady` says that one way to the rows is right whatever the values; else the server looks at them each time.
    """

    steady: bool


class Prepared:
    """A query of values: `build` is given them, and must look at nothing else, as it is called for each form only once.

    Values are texts, days, moments, keys, and lists of these, among which something is sought; each stands in the query
    as it was given. The result is a query set that can be read, and not be narrowed any further.

    Who reads is a value, too, as `access.reader_of` gives it: the query is kept for each level, and built with a reader
    of whom there is nothing to know but that level. For a user of whom more decides, it is built anew each time.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._form = lru_cache(maxsize=_FORMS)(self._compile)

    def __call__(self, *values: Any, using: str = "") -> QuerySet[Any, Any]:
        """Return the query set for values. Raises ValueError for those that no query was prepared for."""
        if any(map(_is_asked_anew, values)):
            return self._build(*values).using(using or None)
        values = tuple(_filled(value) if isinstance(value, list) else value for value in values)
        shapes = tuple(_shape(value) for value in values)
        using = using or (router.db_for_read(self._form(DEFAULT_DB_ALIAS, shapes).rows.model) if router.routers else "")
        using = using or DEFAULT_DB_ALIAS
        form = self._form(using, shapes)
        if form.rows.query.select_for_update and connections[using].get_autocommit():
            raise TransactionManagementError("a query that takes locks is asked within a transaction")
        params, flat = list(form.params), list(_flat(values))
        for place, number in form.places:
            params[place] = form.adapt[number](flat[number])
        rows: Any = type(form.rows)(model=form.rows.model, query=form.rows.query, using=using)
        rows._iterable_class, rows._fields = lambda *_args, **_options: form.found(using, params), form.rows._fields
        return rows

    def _compile(self, using: str, shapes: tuple[Any, ...]) -> "_Form":
        """Compile the query of values of these shapes, each of which is known again by a mark in its place."""
        days = iter(range(1, 1000))
        marks = [_mark(shape, days) for shape in shapes]
        rows: Any = self._build(*marks).using(using)
        compiler = rows.query.get_compiler(using)
        sql, params = compiler.as_sql()
        flat = list(_flat(marks))
        adapt = [_adapter(mark, connections[using]) for mark in flat]
        sought = {adapted(mark): number for number, (mark, adapted) in enumerate(zip(flat, adapt, strict=True))}
        places = [(place, sought[param]) for place, param in enumerate(params) if _is_among(param, sought)]
        missing = set(range(len(flat))) - {number for _place, number in places}
        if missing:
            raise ValueError(f"values {sorted(missing)} do not stand in the query as they were given: {sql}")
        steady = all(shape.steady for shape in shapes if isinstance(shape, Wording))
        return _Form(rows, sql, tuple(params), places, adapt, telling(rows, compiler, using), steady)


class _Form(NamedTuple):
    rows: Any
    sql: str
    params: tuple[Any, ...]
    #: Which parameter is which value.
    places: list[tuple[int, int]]
    #: How each value is written for the database.
    adapt: list[Callable[[Any], Any]]
    #: What makes of the rows that are found what is asked for.
    tell: Telling
    #: Whether the server may keep how it finds the rows.
    steady: bool

    def found(self, using: str, params: Sequence[Any]) -> list[Any]:
        """Ask the database, and return what it finds."""
        connection = connections[using]
        try:
            return self._asked(connection, params)
        except NotSupportedError:
            # A table is no longer as it was when the server parsed the query: on this connection it parses each anew.
            if not (self.steady and _server_keeps(connection)):
                raise
            connection.connection.prepare_threshold = None
            if connection.in_atomic_block:
                raise
            return self._asked(connection, params)

    def _asked(self, connection: Any, params: Sequence[Any]) -> list[Any]:
        with _cursor(connection) if self.steady else connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            return self.tell(cursor.fetchall(), connection)


def _server_keeps(connection: Any) -> bool:
    """Whether queries stay parsed and planned on a connection: on PostgreSQL, where the settings say so."""
    return getattr(connection.connection, "prepare_threshold", None) is not None


def _cursor(connection: Any) -> Any:
    """Return a cursor for a kept query: Django's own writes values into the text, so that a server can keep nothing."""
    connection.ensure_connection()
    if not _server_keeps(connection) or connection.queries_logged:  # a log tells the values, too
        return connection.cursor()
    return connection._prepare_cursor(connection.Database.Cursor(connection.connection))


def _is_asked_anew(value: Any) -> bool:
    return not 0 < len(value) <= _LONGEST if isinstance(value, list) else isinstance(value, AbstractBaseUser)


def _filled(values: list[Any]) -> list[Any]:
    """Return a list with its last value repeated, up to the next of the lengths for which queries are kept."""
    length = next(length for length in _LENGTHS if length >= len(values))
    return values + values[-1:] * (length - len(values))


#: What says how a query reads, and is no value in it.
_SPOKEN = (AnyReader, Wording)


def _shape(value: Any) -> Any:
    if isinstance(value, _SPOKEN):
        return value
    if isinstance(value, list):
        return (_shape(value[0]), len(value))
    for kind in (str, UUID, datetime, date):
        if isinstance(value, kind):
            return kind
    raise ValueError(f"no query is prepared for {type(value).__name__}")


def _mark(shape: Any, days: Iterator[int]) -> Any:
    """Return a value of a shape that stands nowhere else in a query."""
    if isinstance(shape, _SPOKEN):
        return shape
    if isinstance(shape, tuple):
        return [_mark(shape[0], days) for _number in range(shape[1])]
    if shape in (date, datetime):
        return (_FIRST_DAY if shape is date else _FIRST_MOMENT) + timedelta(days=next(days))
    return uuid4() if shape is UUID else f"mark-{uuid4().hex}"


def _flat(values: Sequence[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from value
        elif not isinstance(value, _SPOKEN):
            yield value


def _adapter(mark: Any, connection: Any) -> Callable[[Any], Any]:
    match mark:
        case UUID() if not connection.features.has_native_uuid_field:
            return lambda key: key.hex
        case datetime():
            adapted: Callable[[Any], Any] = connection.ops.adapt_datetimefield_value
            return adapted
        case date():
            adapted = connection.ops.adapt_datefield_value
            return adapted
    return _same


def _same(value: Any) -> Any:
    return value


def _is_among(param: Any, sought: dict[Any, int]) -> bool:
    try:
        return param in sought
    except TypeError:  # a list of PostgreSQL
        return False
