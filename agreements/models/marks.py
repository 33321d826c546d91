"""Marks of what is counted: as long as those that a reader may know of are the same, so is all that he is told.

Each level of confidentiality has its marks, and triggers set new ones, drawn by chance, in the transaction that changes
something: an agreement or what belongs to it those of its level, and of the level that it had; what everybody sees -
areas, units, parties - those of the lowest. Whoever writes, by whatever way, marks.

What a reader may not see marks nothing that he knows of, so that neither how long an answer takes nor what is asked for
it tells of that. Of entries those mark that move the line of an agreement, the acts of participants, and what corrects
them: others may be hidden from who sees the agreement. A version of a procedure is kept when an agreement first
follows it, and the mark is that of the agreement (docs/decisions/0023-kept-answers.md).

On SQLite a level has one row, as there is one writer. On PostgreSQL each statement adds one, so that no writer waits
for another; `prune` takes them together.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from agreements.choices import EntryKind, Level
from agreements.models import wordindex
from agreements.models.triggers import absent

MARKS, _AGREEMENTS, _ENTRIES = "agreements_mark", "agreements_agreement", "agreements_entry"
_EVENTS = ("insert", "update", "delete")
#: What belongs to an agreement, and the column that names it.
_PARTS = {
    "agreements_agreement_areas": "agreement_id",
    _ENTRIES: "subject",
    "agreements_participant": "agreement_id",
    "agreements_task": "agreement_id",
}
#: What everybody sees, and which changes of it mark.
_OPEN = {
    "agreements_area": _EVENTS,
    "agreements_party": _EVENTS,
    "agreements_procedureversion": ("update", "delete"),
    "agreements_unit": _EVENTS,
}
#: The tables of which every change that can be counted sets a mark, and what follows from them alone.
MARKED = frozenset((_AGREEMENTS, *_PARTS, *_OPEN, *wordindex.TABLES))
#: Of more rows than this one is made, on PostgreSQL.
_MOST = 500
#: What triggers are called, on both databases.
_PREFIX = "mark_"

# ruff: noqa: S608 - the statements are made of constants of this file


def stamp(level: str, *, using: str) -> tuple[Any, ...] | None:
    """Return what is the same as long as nothing changes that a reader of a level may see.

    None where a trigger is missing: then nothing tells what changes.
    """
    levels = [one.value for one in Level.up_to(level)]
    vendor = connections[using].vendor
    with connections[using].cursor() as cursor:
        cursor.execute(_STAMP[vendor].format(", ".join(["%s"] * len(levels))), levels)
        at_work, *marks = cursor.fetchone()
    return tuple(marks) if at_work == len(triggers(vendor)) else None


#: Both tell how many triggers are at work: SQLite drops them where it builds a table anew.
_STAMP = {
    "sqlite": f"""SELECT (SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name GLOB '{_PREFIX}*'),
        group_concat(mark) FROM (SELECT mark FROM {MARKS} WHERE level IN ({{}}) ORDER BY level)""",
    "postgresql": f"""SELECT (SELECT count(*) FROM pg_trigger
        WHERE tgname LIKE '{_PREFIX}%%' AND tgenabled IN ('O', 'A')), count(*), sum(mark)
        FROM {MARKS} WHERE level IN ({{}})""",
}


# ---- SQLite ----
#: The entries that mark, and what corrects them: a subquery, which no database takes for a way through all entries.
_COUNTED = f"{{0}}.position IS NOT NULL OR {{0}}.kind = '{EntryKind.ACTION.value}'"
_MARKING = f"{_COUNTED} OR (SELECT {_COUNTED.format('was')} FROM {_ENTRIES} AS was WHERE was.id = {{0}}.voids_id)"


def _of_sqlite() -> Iterator[tuple[str, str]]:
    """Yield triggers by name, with what makes them; what belongs to one level before and after is marked once.

    What REPLACE removes is deleted for them as for others, where `recursive_triggers` is on (`tracker.settings`).
    """
    parts = f"(SELECT level FROM {_AGREEMENTS} WHERE id = {{}})"
    for table in (_AGREEMENTS, *_PARTS):
        column, level = (_PARTS[table], parts) if table in _PARTS else ("level", "{}")
        for event in _EVENTS:
            row = "OLD" if event == "delete" else "NEW"
            when = _MARKING.format(row) if (table, event) == (_ENTRIES, "insert") else ""
            yield _by_row(table, event, level.format(f"{row}.{column}"), when=when)
        moved = f"OLD.{column} <> NEW.{column}"
        yield _by_row(table, "update", level.format(f"OLD.{column}"), when=moved, called="moved")
    for table, events in _OPEN.items():
        for event in events:
            yield _by_row(table, event, f"'{Level.PUBLIC.value}'")


def _by_row(table: str, event: str, level: str, *, when: str = "", called: str = "") -> tuple[str, str]:
    name = f"{_PREFIX}{table}_{called or event}"
    return name, (
        f"CREATE TRIGGER {name} AFTER {event.upper()} ON {table}{when and f' WHEN {when}'}"
        f" BEGIN UPDATE {MARKS} SET mark = random() WHERE level = {level}; END"
    )


# ---- PostgreSQL ----
#: A number by chance: half of a UUID.
_BY_CHANCE = "('x' || replace(right(gen_random_uuid()::text, 17), '-', ''))::bit(64)::bigint"
#: What was changed is in `changed`; of an update, what it was before in `replaced`.
_CHANGES = {
    "insert": "REFERENCING NEW TABLE AS changed ",
    "update": "REFERENCING OLD TABLE AS replaced NEW TABLE AS changed ",
    "delete": "REFERENCING OLD TABLE AS changed ",
    "truncate": "",
}
#: Each agreement is looked up by itself: a plan for many would be kept for one. Its level is held until the end of the
#: transaction - which has locked it already, where Pacta writes - so that the mark is of the level with which it ends.
_HELD = ", LATERAL (SELECT level FROM {schema}.{agreements} WHERE id = touched.key FOR SHARE) AS held"


def _function(schema: str, table: str) -> tuple[str, str]:
    """Return the name of what marks the changes of a table, and what makes it."""
    column, level, which = _PARTS.get(table, "level"), "key", ""
    if table in _PARTS:
        level, which = "level", _HELD.format(schema=schema, agreements=_AGREEMENTS)
    marking = _MARKING.format("changed").replace(f"FROM {_ENTRIES}", f"FROM {schema}.{_ENTRIES}")
    one = f"SELECT DISTINCT {column} AS key FROM changed{f' WHERE {marking}' * (table == _ENTRIES)}"
    both = f"SELECT {column} AS key FROM changed UNION SELECT {column} FROM replaced"
    put = f"INSERT INTO {schema}.{MARKS}(level) SELECT DISTINCT {level} FROM ({{}}) AS touched{which};"
    name, body = f"mark_by_{column}", f"IF TG_OP = 'UPDATE' THEN {put.format(both)} ELSE {put.format(one)} END IF;"
    if table not in (_AGREEMENTS, *_PARTS):
        name, body = "mark_all", f"INSERT INTO {schema}.{MARKS}(level) VALUES ('{Level.PUBLIC.value}');"
    return name, (
        f"CREATE OR REPLACE FUNCTION {schema}.{name}() RETURNS trigger LANGUAGE plpgsql"
        f" AS $$ BEGIN {body} RETURN NULL; END $$"
    )


def _functions(schema: str = "") -> dict[str, str]:
    return dict(_function(schema, table) for table in (_AGREEMENTS, *_PARTS, *_OPEN))


def _of_postgresql() -> Iterator[tuple[str, str]]:
    """Yield triggers by name, with what makes them."""
    for table in (_AGREEMENTS, *_PARTS):
        for event, rows in _CHANGES.items():
            yield _by_statement(table, event, rows, "" if event == "truncate" else table)
    for table, events in _OPEN.items():
        yield _by_statement(table, " OR ".join((*events, "truncate")), "", table)


def _by_statement(table: str, event: str, rows: str, of: str) -> tuple[str, str]:
    name = f"{_PREFIX}{table}_{event.partition(' ')[0]}"
    return name, (
        f"CREATE OR REPLACE TRIGGER {name} AFTER {event.upper()} ON {table} {rows}"
        f"FOR EACH STATEMENT EXECUTE FUNCTION {_function('', of)[0]}()"
    )


# ---- in place ----
_TRIGGERS = {"sqlite": dict(_of_sqlite()), "postgresql": dict(_of_postgresql())}


def triggers(vendor: str) -> dict[str, str]:
    """Return what makes each trigger, by name."""
    return _TRIGGERS[vendor]


def install(connection: BaseDatabaseWrapper) -> None:
    """Put marks and triggers in place, as far as they are not there, and mark that anything may have changed.

    Each table is locked by itself, and for a moment only: others may write to several of them at once.
    """
    postgresql = connection.vendor == "postgresql"
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if postgresql:
            cursor.execute("SELECT quote_ident(current_schema())")
            (schema,) = cursor.fetchone()
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {MARKS} ("
                f"level varchar(12) NOT NULL, mark bigint NOT NULL DEFAULT {_BY_CHANCE})"
            )
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {MARKS}_level ON {MARKS} (level) INCLUDE (mark)")
            for function in _functions(schema).values():
                cursor.execute(function)
        else:
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {MARKS} (level varchar(12) PRIMARY KEY, mark integer NOT NULL)"
                " WITHOUT ROWID"
            )
    for name, definition in triggers(connection.vendor).items():
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            if not postgresql:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            cursor.execute(definition)
    _renew(connection)


def _renew(connection: BaseDatabaseWrapper) -> None:
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for level in Level.values:
            if connection.vendor == "postgresql":
                cursor.execute(f"INSERT INTO {MARKS}(level) VALUES (%s)", [level])
            else:
                cursor.execute(f"REPLACE INTO {MARKS}(level, mark) VALUES (%s, random())", [level])


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take marks and triggers away."""
    for name, definition in triggers(connection.vendor).items():
        with connection.cursor() as cursor:
            table = definition.partition(" ON ")[2].partition(" ")[0]
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" * (connection.vendor == "postgresql")))
    with connection.cursor() as cursor:
        for name in _functions() if connection.vendor == "postgresql" else ():
            cursor.execute(f"DROP FUNCTION IF EXISTS {name}()")
        cursor.execute(f"DROP TABLE IF EXISTS {MARKS}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of triggers that are not there, or not enabled."""
    return absent(connection, triggers(connection.vendor))


def mend_after_migrate(sender: Any, using: str, **_kwargs: Any) -> None:
    """Set new marks, and put triggers in place again where a migration rebuilt a table; connected to `post_migrate`."""
    connection = connections[using]
    if MARKS in connection.introspection.table_names():
        install(connection) if missing(connection) else _renew(connection)


def prune(connection: BaseDatabaseWrapper) -> None:
    """Make one mark of the many of a level, on PostgreSQL: a new one, so that no set of marks comes again."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT level FROM {MARKS} GROUP BY level HAVING count(*) > {_MOST}")
        for (level,) in cursor.fetchall():
            cursor.execute(
                f"WITH gone AS (DELETE FROM {MARKS} WHERE level = %s) INSERT INTO {MARKS}(level) VALUES (%s)",
                [level, level],
            )
