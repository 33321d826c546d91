"""Rows that are inserted by the hundred: the statement of a table is written once, its values are adapted by column.

`bulk_create` builds an instance for each row, asks each field of it four times, and compiles each statement anew: that
takes several times as long as the database needs. See docs/decisions/0017-prepared-queries.md.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connections, models, transaction

from agreements.models.base import Line, Prose

#: Types of columns of which the driver takes every value as it is.
_PLAIN = (
    *(Line, Prose, models.CharField, models.SlugField, models.TextField, models.BooleanField),
    *(models.IntegerField, models.PositiveIntegerField, models.PositiveSmallIntegerField, models.BigIntegerField),
)
#: So few rows are not worth the messages by which PostgreSQL begins and ends to copy.
_FEW = 8


def insert(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Iterable[Any]], using: str = "default"
) -> None:
    """Insert rows of a table, given as the values of the columns that are named, which must be all that it has.

    A key that the database gives is left out. Nothing but the constraints of the database judges the values. Raises
    IntegrityError; then no row is written.
    """
    form = _form(using, model, tuple(names))
    adapted = []
    for row in rows:
        values = list(row)
        for place, adapt in form.adapted:
            values[place] = adapt(values[place])
        adapted.append(values)
    if not adapted:
        return
    with transaction.atomic(using=using, savepoint=False), connections[using].cursor() as cursor:
        if form.copy and len(adapted) > _FEW:
            with connections[using].wrap_database_errors, cursor.copy(form.copy) as copy:
                for values in adapted:
                    copy.write_row(values)
        else:
            cursor.executemany(form.insert, adapted)


def insert_each(objects: Sequence[models.Model], using: str = "default") -> None:
    """Insert the rows of instances of one class that have keys already, as `bulk_create` would."""
    if not objects:
        return
    model = type(objects[0])
    names = tuple(field.attname for field in model._meta.concrete_fields)
    values = itemgetter(*names)
    insert(model, names, (values(one.__dict__) for one in objects), using)
    for one in objects:
        one._state.adding, one._state.db = False, using


class _Form(NamedTuple):
    insert: str
    #: The statement of PostgreSQL that many rows follow; empty where there is none.
    copy: str
    #: Which values are written in another way than they are held, and how.
    adapted: tuple[tuple[int, Callable[[Any], Any]], ...]


@lru_cache(maxsize=64)
def _form(using: str, model: type[models.Model], names: tuple[str, ...]) -> _Form:
    connection, meta = connections[using], model._meta
    fields: dict[str, Any] = {field.attname: field for field in meta.concrete_fields}
    given_by_database = {name for name, field in fields.items() if isinstance(field, models.AutoField)}
    if set(names) != set(fields) - given_by_database:
        raise ValueError(f"{meta.label} has other columns than {', '.join(names)}")
    quote = connection.ops.quote_name
    columns = ", ".join(quote(fields[name].column) for name in names)
    table = f"{quote(meta.db_table)} ({columns})"
    insert = f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(names))})"  # noqa: S608 - our own names
    copy = f"COPY {table} FROM STDIN" if connection.vendor == "postgresql" else ""
    adapters = ((place, adapter(fields[name], connection)) for place, name in enumerate(names))
    return _Form(insert, copy, tuple((place, adapt) for place, adapt in adapters if adapt))


def adapter(field: Any, connection: Any) -> Callable[[Any], Any] | None:
    """Return how a value of a field is written for the database; None where it is written as it is."""
    if field.is_relation:
        return adapter(field.target_field, connection)
    if type(field) in _PLAIN or isinstance(field, models.AutoField):
        return None
    if type(field) is models.UUIDField:
        return None if connection.features.has_native_uuid_field else lambda key: key and key.hex
    if type(field) is models.DateField:
        return None if connection.vendor == "postgresql" else lambda day: day and day.isoformat()
    if type(field) is models.DateTimeField:
        return None if connection.vendor == "postgresql" else connection.ops.adapt_datetimefield_value
    return lambda value: field.get_db_prep_save(value, connection)
