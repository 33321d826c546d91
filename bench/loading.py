"""Inserts rows as fast as a database takes them: COPY on PostgreSQL, many at once on SQLite."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

_CHUNK = 20_000


def connect(url: str) -> Any:
    """Return a connection of psycopg, each statement a transaction of its own, for an address as Django reads it."""
    import environ
    import psycopg

    told = environ.Env.db_url_config(url)
    return psycopg.connect(
        host=told["HOST"] or None,
        port=told["PORT"] or None,
        user=told["USER"] or None,
        password=told["PASSWORD"] or None,
        dbname=told["NAME"],
        autocommit=True,
    )


def stored_in_sqlite(value: Any) -> Any:
    """Return a value as Django stores it in SQLite."""
    if isinstance(value, datetime):
        return str(value.astimezone(UTC).replace(tzinfo=None))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, dict | list):
        return json.dumps(value)
    return value


def stored_in_postgresql(value: Any) -> Any:
    """Return a value as COPY takes it."""
    return json.dumps(value) if isinstance(value, dict | list) else value


class Inserter:
    """Collects rows of tables and inserts them; `driver` is a connection of sqlite3 or of psycopg."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self.is_sqlite = type(driver).__module__.startswith("sqlite3") or hasattr(driver, "set_trace_callback")
        self.stored: Callable[[Any], Any] = stored_in_sqlite if self.is_sqlite else stored_in_postgresql

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows whose values are stored as they are."""
        names = ", ".join(f'"{column}"' for column in columns)
        if not self.is_sqlite:
            with self.driver.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks, left = ", ".join("?" * len(columns)), iter(rows)
        while chunk := list(islice(left, _CHUNK)):
            self.driver.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', chunk)


class Table:
    """The rows of a model that wait to be inserted; columns that a row does not name hold the model's default."""

    def __init__(self, model: Any, inserter: Inserter, *, keyed: bool = False) -> None:
        """Take a model; `keyed`: the rows name keys that the database would number."""
        from django.db import connection
        from django.db.models import AutoField

        fields = [field for field in model._meta.concrete_fields if keyed or not isinstance(field, AutoField)]
        given = model()
        self.name, self.inserter = model._meta.db_table, inserter
        self.columns = [field.column for field in fields]
        self.places = {field.attname: place for place, field in enumerate(fields)}
        self.base = [
            None
            if field.primary_key
            else inserter.stored(_plain(field.get_db_prep_save(getattr(given, field.attname), connection)))
            for field in fields
        ]
        self.rows: list[list[Any]] = []

    def add(self, **values: Any) -> None:
        """Add a row, by the names of attributes."""
        row, stored, places = self.base.copy(), self.inserter.stored, self.places
        for name, value in values.items():
            row[places[name]] = stored(value)
        self.rows.append(row)

    def flush(self) -> None:
        """Insert what waits."""
        self.inserter.insert(self.name, self.columns, self.rows)
        self.rows = []


def _plain(value: Any) -> Any:
    """Return what an adapter of psycopg wraps."""
    return getattr(value, "obj", value)
