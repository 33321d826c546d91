"""Columns of rows that are written by the hundred: each row its own values, the statement of a table written once.

`bulk_update` makes of every value of every row a case of an expression, and compiles them all anew: of a hundred steps
taken at once that was more than half of the work.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connections, models, transaction

from agreements.models.inserting import adapter

#: How many rows one statement of PostgreSQL updates.
_ROWS = 1000


def update_each(objects: Sequence[models.Model], names: Sequence[str], using: str = "default") -> None:
    """Write the columns of the fields that are named, as instances of one class hold them, into their rows."""
    if not objects:
        return
    form = _form(using, type(objects[0]), tuple(names))
    rows = [
        [adapt(getattr(one, name)) if adapt else getattr(one, name) for name, adapt in form.read] for one in objects
    ]
    with transaction.atomic(using=using, savepoint=False), connections[using].cursor() as cursor:
        if form.by_columns:
            for start in range(0, len(rows), _ROWS):
                cursor.execute(form.sql, [list(column) for column in zip(*rows[start : start + _ROWS], strict=True)])
        else:
            cursor.executemany(form.sql, rows)


class _Form(NamedTuple):
    sql: str
    #: Whether the statement takes an array for each column, not a value.
    by_columns: bool
    #: The attributes that are read, the key last, and how each value is written for the database.
    read: tuple[tuple[str, Callable[[Any], Any] | None], ...]


@lru_cache(maxsize=64)
def _form(using: str, model: type[models.Model], names: tuple[str, ...]) -> _Form:
    connection, meta = connections[using], model._meta
    fields: list[Any] = [*map(meta.get_field, names), meta.pk]
    quote = connection.ops.quote_name
    table, columns = quote(meta.db_table), [quote(field.column) for field in fields]
    by_columns = connection.vendor == "postgresql"
    if by_columns:
        arrays = ", ".join(f"%s::{field.db_type(connection).split('(')[0]}[]" for field in fields)
        set_to = ", ".join(f"{column} = given.{column}" for column in columns[:-1])
        given = f"UNNEST({arrays}) AS given ({', '.join(columns)})"
        sql = f"UPDATE {table} SET {set_to} FROM {given} WHERE {table}.{columns[-1]} = given.{columns[-1]}"  # noqa: S608 - our own names
    else:
        set_to = ", ".join(f"{column} = %s" for column in columns[:-1])
        sql = f"UPDATE {table} SET {set_to} WHERE {columns[-1]} = %s"  # noqa: S608 - our own names
    return _Form(sql, by_columns, tuple((field.attname, adapter(field, connection)) for field in fields))
