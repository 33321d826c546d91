"""How the rows that a kept query finds become what it is asked for: values, or instances with what is read beside them.

Django works out anew for each query how its columns are converted, takes each value through a chain of calls, and lets
each field of each instance take its own: of a query that finds one row by its key that is most of what it takes.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db import connections, models
from django.db.backends.sqlite3.base import decoder
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    ValuesIterable,
    ValuesListIterable,
)
from django.db.models.signals import post_init, pre_init
from django.utils.dateparse import parse_date, parse_datetime

from agreements import keys

#: Makes of the rows of the driver what is asked for.
Telling = Callable[[Sequence[Sequence[Any]], Any], list[Any]]
#: Makes of the values of a column as the driver gives them those of its field, on a connection.
_Converter = Callable[[Iterable[Any], Any], Iterable[Any]]
_new = object.__new__
# The driver of SQLite has each day that it reads made by a call; a register's days are few, and come again and again.
sqlite3.register_converter("date", lru_cache(maxsize=8192)(decoder(parse_date)))


def telling(rows: Any, compiler: Any, using: str) -> Telling:
    """Return what tells the rows of a query set that was compiled. Raises ValueError for what it cannot tell."""
    columns = [selected[0] for selected in compiler.select[: compiler.col_count]]
    if compiler.has_composite_fields(columns):
        raise ValueError("columns that stand for several are not told")
    found = compiler.get_converters(columns).items()
    converters = [(place, _converter(told, expression, using)) for place, (told, expression) in found]
    width = compiler.col_count if compiler.has_extra_select else None
    return partial(_told, width, converters, _form(rows, compiler, using))


def _told(
    width: int | None,
    converters: Sequence[tuple[int, _Converter]],
    form: Callable[[Sequence[Any]], Any] | None,
    rows: Sequence[Sequence[Any]],
    connection: Any,
) -> list[Any]:
    if not rows:
        return []
    columns: list[Any] = list(zip(*rows, strict=True))[:width]
    for place, convert in converters:
        columns[place] = convert(columns[place], connection)
    told = zip(*columns, strict=True)
    return list(told) if form is None else list(map(form, told))


# ---- values ----
def _converter(told: Sequence[Callable[..., Any]], expression: Any, using: str) -> _Converter:
    """Return how a column is converted: as Django would, or, where that is plain, without a call for each value."""
    connection, kind = connections[using], type(expression.output_field)
    if connection.vendor == "sqlite" and len(told) == 1:
        if kind is models.DateTimeField and not (settings.USE_TZ and connection.timezone is UTC):
            return partial(_converted, told, expression)
        if kind in _ON_SQLITE:
            return _ON_SQLITE[kind]
    return partial(_converted, told, expression)


def _converted(told: Sequence[Callable[..., Any]], expression: Any, column: Iterable[Any], connection: Any) -> Any:
    for convert in told:
        column = [convert(value, expression, connection) for value in column]
    return column


def _keys(column: Iterable[Any], _connection: Any) -> Iterable[Any]:
    """Return keys; of rows that name the same one, the same object: those who look it up compare it at a glance."""
    known = {text: None if text is None else keys.of_text(text) for text in set(column)}
    return [known[text] for text in column]


def _days(column: Iterable[Any], _connection: Any) -> Iterable[Any]:
    return [parse_date(value) if isinstance(value, str) else value for value in column]


def _moments(column: Iterable[Any], _connection: Any) -> Iterable[Any]:
    """Return moments, which are kept in UTC."""
    read = [parse_datetime(value) if isinstance(value, str) else value for value in column]
    return [value and (value if value.tzinfo else value.replace(tzinfo=UTC)) for value in read]


def _truths(column: Iterable[Any], _connection: Any) -> Iterable[Any]:
    return [value == 1 if value in (0, 1) else value for value in column]


#: What the driver of SQLite gives, by the fields that it is converted for.
_ON_SQLITE: dict[type, _Converter] = {
    models.UUIDField: _keys,
    models.DateField: _days,
    models.DateTimeField: _moments,
    models.BooleanField: _truths,
}


# ---- forms ----
def _form(rows: Any, compiler: Any, using: str) -> Callable[[Sequence[Any]], Any] | None:
    """Return what makes of the values of a row what the query set gives; None where they are given as they are."""
    kind = rows._iterable_class
    if kind is ModelIterable:
        return _instance(compiler, using)
    if kind is ValuesListIterable:
        return None
    if kind is FlatValuesListIterable:
        return itemgetter(0)
    if kind is ValuesIterable:
        query = rows.query
        names = [*(query.selected or (*query.extra_select, *query.values_select, *query.annotation_select))]
        return lambda values: dict(zip(names, values, strict=True))
    raise ValueError(f"rows of {kind.__name__} are not told")


def _instance(compiler: Any, using: str) -> Callable[[Sequence[Any]], Any]:
    """Return what makes instances, with what is joined to them and what is worked out beside their columns."""
    whole, worked_out = _Kept(compiler.klass_info, compiler.select, using), dict(compiler.annotation_col_map or {})

    def instance(values: Sequence[Any]) -> Any:
        made = whole.of(values)
        for name, place in worked_out.items():
            setattr(made, name, values[place])
        return made

    return instance


class _Kept:
    """Makes instances of one class of the columns of rows, and those that are joined to them."""

    def __init__(self, known: Any, select: Any, using: str) -> None:
        if known.get("from_parent"):
            raise ValueError("classes that inherit the columns of others are not told")
        first, last = known["select_fields"][0], known["select_fields"][-1] + 1
        names = [column[0].target.attname for column in select[first:last]]
        self.columns, self.make = slice(first, last), _maker(known["model"], names, using)
        self.key = first + names.index(known["model"]._meta.pk.attname)
        self.beside = [
            (_Kept(one, select, using), one["local_setter"], one["remote_setter"])
            for one in known.get("related_klass_infos", ())
        ]

    def of(self, row: Sequence[Any]) -> Any:
        """Return the instance of a row."""
        made = self.make(row[self.columns])
        for kept, set_with, set_back in self.beside:
            joined = None if row[kept.key] is None else kept.of(row)
            set_with(made, joined)
            if joined is not None:
                set_back(joined, made)
        return made


def _maker(model: Any, names: Sequence[str], using: str) -> Callable[[Sequence[Any]], Any]:
    """Return what makes an instance of the values of the columns that are named, as the database holds them.

    What is not named is read when it is asked for. Where a class takes a part in how its instances are made, it does.
    """
    above = model.__mro__[: model.__mro__.index(models.Model)]
    own = any(name in vars(one) for one in above for name in ("__init__", "__new__", "from_db"))
    if own or pre_init.has_listeners(model) or post_init.has_listeners(model):
        return partial(model.from_db, using, names)
    state_of = models.base.ModelState

    def make(values: Sequence[Any]) -> Any:
        made, state = _new(model), state_of()
        state.adding, state.db = False, using
        made.__dict__.update(zip(names, values, strict=True), _state=state)
        return made

    return make
