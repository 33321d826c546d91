"""Operations of migrations that large tables bear while Pacta is in use, and the patience of whoever migrates.

On PostgreSQL an index is built, and a constraint proved, while others read and write; on SQLite, which has one writer
at a time anyway, the plain operations do the same. docs/decisions/0018-migrations-under-load.md says which to take.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddConstraint, AddIndex, RemoveConstraint, RemoveIndex
from django.db.migrations.operations.base import Operation
from django.db.models import CheckConstraint, Index, UniqueConstraint

from agreements.busy import is_busy

#: lock_not_available, deadlock_detected: others hold what is asked for, and what was begun was taken back.
_HELD = ("55P03", "40P01")


# ---- operations ----
class _Alone(Operation):
    """What PostgreSQL does in no transaction: its migration says `atomic = False`, and can be applied again halfway."""

    atomic = False

    def concurrently(self, schema_editor: BaseDatabaseSchemaEditor) -> bool:
        """Whether it is done while others write."""
        if schema_editor.connection.vendor != "postgresql":
            return False
        if schema_editor.connection.in_atomic_block:
            raise ValueError(f"{type(self).__name__} needs a migration with “atomic = False”.")
        return True


def _build(schema_editor: Any, name: str, make: Callable[[], None]) -> None:
    """Build an index; not again where an earlier attempt has done so, and anew where it was broken off."""
    with _unhurried(schema_editor):
        if not schema_editor.collect_sql:
            with schema_editor.connection.cursor() as cursor:
                cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [f'"{name}"'])
                found = cursor.fetchone()
            if found == (True,):
                return
            if found:
                _drop(schema_editor, name)
        make()


def _build_index(schema_editor: Any, model: Any, index: Index) -> None:
    _build(schema_editor, index.name, lambda: schema_editor.add_index(model, index, concurrently=True))


def _drop(schema_editor: Any, name: str) -> None:
    schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(name)}")


@contextmanager
def _unhurried(schema_editor: Any) -> Iterator[None]:
    """Wait as long as it takes: for those who work longer already, and nobody waits behind."""
    if schema_editor.collect_sql:
        yield
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        (before,) = cursor.fetchone()
        cursor.execute("SELECT set_config('lock_timeout', '0', false)")
    try:
        yield
    finally:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [before])


class AddIndexInUse(_Alone, AddIndex):
    """Add an index to a table that is large and in use."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Build it."""
        if not self.concurrently(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            _build_index(schema_editor, model, self.index)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drop it."""
        if not self.concurrently(schema_editor):
            super().database_backwards(app_label, schema_editor, from_state, to_state)
            return
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            with _unhurried(schema_editor):
                _drop(schema_editor, self.index.name)


class RemoveIndexInUse(_Alone, RemoveIndex):
    """Remove an index from a table that is large and in use."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drop it."""
        if not self.concurrently(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            with _unhurried(schema_editor):
                _drop(schema_editor, self.name)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Build it again."""
        if not self.concurrently(schema_editor):
            super().database_backwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            index = to_state.models[app_label, self.model_name_lower].get_index_by_name(self.name)
            _build_index(schema_editor, model, index)


class AddUniqueInUse(_Alone, AddConstraint):
    """Add a rule that something is there once, under a condition, to a table that is large and in use.

    PostgreSQL keeps such a rule as an index. Rows that break it make the migration fail; it is applied again when they
    are mended.
    """

    def __init__(self, model_name: str, constraint: UniqueConstraint) -> None:
        super().__init__(model_name, constraint)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Build its index."""
        if not self.concurrently(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            made = str(self.constraint.create_sql(model, schema_editor))
            statement = made.replace("CREATE UNIQUE INDEX ", "CREATE UNIQUE INDEX CONCURRENTLY ", 1)
            _build(schema_editor, self.constraint.name, lambda: schema_editor.execute(statement, params=None))


class RemoveUniqueInUse(_Alone, RemoveConstraint):
    """Remove a rule that something is there once, beside others that are removed or added outside a transaction."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drop it; an earlier attempt may have done so."""
        if not self.concurrently(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            rule = from_state.models[app_label, self.model_name_lower].get_constraint_by_name(self.name)
            made = str(rule.remove_sql(model, schema_editor))
            statement = made.replace(" DROP CONSTRAINT ", " DROP CONSTRAINT IF EXISTS ", 1)
            schema_editor.execute(statement, params=None)


class AddCheckInUse(AddConstraint):
    """Add a CHECK that holds for what is written from now on; a later migration proves it for what was there before."""

    def __init__(self, model_name: str, constraint: CheckConstraint) -> None:
        super().__init__(model_name, constraint)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Add it, and look at no row."""
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            made = self.constraint.create_sql(model, schema_editor)
            schema_editor.execute(f"{made} NOT VALID", params=None)


class ProveCheckInUse(Operation):
    """Prove a CHECK of an earlier migration for every row, while others write; nothing to do on SQLite."""

    reversible = True

    def __init__(self, model_name: str, name: str) -> None:
        self.model_name, self.name = model_name, name

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing of the models."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Look at every row."""
        model = to_state.apps.get_model(app_label, self.model_name)
        if schema_editor.connection.vendor != "postgresql":
            return
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            table, name = map(schema_editor.quote_name, (model._meta.db_table, self.name))
            schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Leave it proved."""

    def describe(self) -> str:
        """Say what it does."""
        return f"Prove constraint {self.name} on model {self.model_name}"


# ---- patience ----
class Asked:
    """Remembers the statement that failed last."""

    def __init__(self) -> None:
        self.statement = ""

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Execute it."""
        try:
            return execute(sql, params, many, context)
        except OperationalError:
            self.statement = str(sql)
            raise


@contextmanager
def considerate(connection: BaseDatabaseWrapper, *, seconds: float) -> Iterator[Asked]:
    """Wait for no lock longer than so many seconds on PostgreSQL: whoever comes later would wait behind.

    What is waited for may take as long as it needs once it has begun. Gives what remembers the failed statement.
    """
    asked = Asked()
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    postgresql = connection.vendor == "postgresql"
    if postgresql:
        with connection.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join(f"current_setting('{name}')" for name in names))
            before = cursor.fetchone()
        _set(connection, dict.fromkeys(names, "0") | {"lock_timeout": f"{max(1, round(seconds * 1000))}ms"})
    try:
        with connection.execute_wrapper(asked):
            yield asked
    finally:
        if postgresql and connection.is_usable():
            _set(connection, dict(zip(names, before, strict=True)))


def _set(connection: BaseDatabaseWrapper, values: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        for name, value in values.items():
            cursor.execute("SELECT set_config(%s, %s, false)", [name, value])


def others_hold(error: BaseException) -> bool:
    """Whether a migration was taken back because others hold what it asked for: it can be applied again."""
    code = getattr(error.__cause__, "sqlstate", None)
    return code in _HELD if code else is_busy(error)


def holders(connection: BaseDatabaseWrapper, statement: str) -> list[str]:
    """Say who holds the tables that a statement names, the eldest first; never what they ask, for words stand in it."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT relname, pid, coalesce(nullif(application_name, ''), backend_type), state,
                floor(extract(epoch FROM clock_timestamp() - xact_start))
            FROM pg_locks JOIN pg_class ON pg_class.oid = relation JOIN pg_stat_activity USING (pid)
            WHERE granted AND relkind = 'r' AND relname = ANY(%s) AND pid <> pg_backend_pid()
            ORDER BY 5 DESC NULLS LAST, 1, 2 LIMIT 3
            """,
            [re.findall(r"\w+", statement)],
        )
        return [
            f"{table} by process {number} ({name}, {state or 'working'}, for {seconds or 0:.0f} s)"
            for table, number, name, state, seconds in cursor.fetchall()
        ]
