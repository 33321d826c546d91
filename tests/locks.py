"""What migrations do to tables that are large and in use, seen from PostgreSQL itself: its locks, files and counters.

Nothing is read from the text of statements. A table is locked for long where a lock that keeps out writers is held
while a large table is read through or written anew; the release before is shut out where its statements would fail.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

#: Tables that grow with the register and with its use.
LARGE = sorted(
    f"agreements_{name}"
    for name in (
        *("agreement", "agreement_areas", "participant", "relation", "share"),
        *("entry", "entrytext", "eventposition", "signin"),
        *("task", "commitment", "meeting", "agendaitem", "indicator"),
        *("document", "documentversion", "delivery", "keptanswer", "reportrun"),
    )
)
_KEEP_OUT_WRITERS = ["ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"]


class Column(NamedTuple):
    """A column as statements of the release before meet it."""

    kind: str
    required: bool


class State(NamedTuple):
    """Its file; how often it was gone through in this transaction, and how many rows of it were read."""

    file: int
    times: int
    rows: int


class Watch:
    """Looks after every statement at what its transaction holds and has done; what it finds is “TABLE: what”."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection, self.found = connection, set[str]()

    @contextmanager
    def watching(self) -> Iterator[set[str]]:
        """Watch what the block does; a large table is one that was there before."""
        self.found = set()
        there = {name for (name,) in self._ask("SELECT relname FROM pg_class WHERE relkind = 'r'")}
        self._sizes = {name: self._ask(f"SELECT count(*) FROM {name}")[0][0] for name in LARGE if name in there}
        self._before, columns = self._states(), self._columns()
        with self.connection.execute_wrapper(self._looked_at):
            yield self.found
        now = self._columns()
        for key in columns | now:
            if key[0] in {table for table, _name in columns}:
                self.found |= set(_shut_out(*key, columns.get(key), now.get(key)))

    def _looked_at(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if self.connection.in_atomic_block:
            done = execute(sql, params, many, context)
            self._look()
        elif "CONCURRENTLY" in str(sql):  # in no transaction, after which it holds nothing
            done = execute(sql, params, many, context)
        else:
            with self.connection.connection.transaction():
                self._before = self._states()
                done = execute(sql, params, many, context)
                self._look()
        return done

    def _look(self) -> None:
        now = self._states()
        held = {name for (name,) in self._ask(
            "SELECT relname FROM pg_locks JOIN pg_class ON pg_class.oid = relation"
            " WHERE granted AND pid = pg_backend_pid() AND relname = ANY(%s) AND mode = ANY(%s)",
            [list(self._sizes), _KEEP_OUT_WRITERS],
        )}  # fmt: skip
        for name, size in self._sizes.items() if held else ():
            before, state = self._before.get(name, State(0, 0, 0)), now.get(name)
            if state is None:
                continue
            if state.file != before.file:
                self.found.add(f"{name}: written anew")
            elif (state.times > before.times and not size) or (size and state.rows - before.rows >= size):
                locked = name if name in held else f"{', '.join(sorted(held))} locked"
                self.found.add(f"{name}: read through" if locked == name else f"{name}: read through, {locked}")
        self._before = now

    def _states(self) -> dict[str, State]:
        rows = self._ask(
            "SELECT relname, pg_relation_filenode(relid), seq_scan, seq_tup_read + coalesce(idx_tup_fetch, 0)"
            " FROM pg_stat_xact_user_tables WHERE relname = ANY(%s)",
            [LARGE],
        )
        return {name: State(*state) for name, *state in rows}

    def _columns(self) -> dict[tuple[str, str], Column]:
        rows = self._ask(
            "SELECT table_name, column_name, udt_name,"
            " is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO' AND is_generated = 'NEVER'"
            " FROM information_schema.columns WHERE table_schema = 'public' AND table_name LIKE 'agreements_%%'"
        )
        return {(table, name): Column(*column) for table, name, *column in rows}

    def _ask(self, query: str, params: Any = ()) -> list[Any]:
        """Ask past Django, so that the question itself is not watched."""
        self.connection.ensure_connection()
        found: list[Any] = self.connection.connection.execute(query, params or None).fetchall()
        return found


def _shut_out(table: str, name: str, before: Column | None, now: Column | None) -> Iterator[str]:
    if now is None:
        yield f"{table}.{name}: gone"
    elif now.required and not (before and before.required):
        yield f"{table}.{name}: what does not name it cannot be written"
    elif before and now.kind != before.kind:
        yield f"{table}.{name}: {before.kind} becomes {now.kind}"


def findings(connection: BaseDatabaseWrapper) -> dict[str, list[str]]:
    """Apply every migration that waits, one by one, and return what was found of each of ours."""
    watch, found = Watch(connection), dict[str, list[str]]()
    with connection.cursor() as cursor:
        # Tables of a test are so small that questions by a key would read them through.
        cursor.execute("SET enable_seqscan = off")
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    state = executor._create_project_state(with_applied_migrations=True)
    for migration, _backwards in plan:
        with watch.watching() as told:
            state = executor.apply_migration(state, migration)
        if told and migration.app_label == "agreements":
            found[migration.name] = sorted(told)
    return found
