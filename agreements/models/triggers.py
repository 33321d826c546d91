"""Triggers that keep the journal, and what is recorded of files, append-only, on SQLite and PostgreSQL.

They refuse UPDATE, DELETE, TRUNCATE and INSERT over an existing key. SQLite drops triggers silently when a migration
rebuilds a table, so they are installed again after every migration; a system check proves that they are there.
"""

import re
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

MESSAGE = "the journal is append-only"
_FILES = "the versions of documents are append-only"
_REDACTED = "NEW.content = '' AND NEW.salt = '' AND NEW.entry_id = OLD.entry_id"

# ruff: noqa: S608 - the statements are made of constants of this file


def _kept(table: str, *keys: str) -> str:
    """Return the condition that a row is there under a unique key of the new one; a key is of one column or of more.

    Each key is asked for by itself: of alternatives within one query SQLite may make a look through the whole table,
    once ANALYZE has told it that a column, such as that of rare corrections, has the same value nearly everywhere.
    """
    alternatives = []
    for key in keys:
        columns = key.split()
        given = " AND ".join(f"NEW.{column} IS NOT NULL" for column in columns)
        same = " AND ".join(f"kept.{column} = NEW.{column}" for column in columns)
        alternatives.append(f"({given} AND EXISTS (SELECT 1 FROM agreements_{table} AS kept WHERE {same}))")
    return " OR ".join(alternatives)


_SQLITE = {
    "journal_entry_no_update": f"""BEFORE UPDATE ON agreements_entry
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END""",
    "journal_entry_no_delete": f"""BEFORE DELETE ON agreements_entry
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END""",
    "journal_entry_no_replace": f"""BEFORE INSERT ON agreements_entry
        WHEN {_kept("entry", "id", "voids_id", "subject sequence")}
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}: UNIQUE constraint failed'); END""",
    "journal_text_no_update": f"""BEFORE UPDATE ON agreements_entrytext WHEN NOT ({_REDACTED})
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END""",
    "journal_text_no_delete": f"""BEFORE DELETE ON agreements_entrytext
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END""",
    "journal_text_no_replace": f"""BEFORE INSERT ON agreements_entrytext
        WHEN {_kept("entrytext", "entry_id")}
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}: UNIQUE constraint failed'); END""",
    "document_version_no_update": f"""BEFORE UPDATE ON agreements_documentversion
        BEGIN SELECT RAISE(ABORT, '{_FILES}'); END""",
    "document_version_no_delete": f"""BEFORE DELETE ON agreements_documentversion
        BEGIN SELECT RAISE(ABORT, '{_FILES}'); END""",
    "document_version_no_replace": f"""BEFORE INSERT ON agreements_documentversion
        WHEN {_kept("documentversion", "id", "entry_id", "stored", "document_id number")}
        BEGIN SELECT RAISE(ABORT, '{_FILES}: UNIQUE constraint failed'); END""",
}
_POSTGRESQL_FUNCTION = f"""CREATE OR REPLACE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$"""
_POSTGRESQL = {
    "journal_entry_no_update": """BEFORE UPDATE OR DELETE ON agreements_entry
        FOR EACH ROW EXECUTE FUNCTION journal_refuse()""",
    "journal_entry_no_truncate": """BEFORE TRUNCATE ON agreements_entry
        FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse()""",
    "journal_text_no_delete": """BEFORE DELETE ON agreements_entrytext
        FOR EACH ROW EXECUTE FUNCTION journal_refuse()""",
    "journal_text_no_update": f"""BEFORE UPDATE ON agreements_entrytext FOR EACH ROW WHEN (NOT ({_REDACTED}))
        EXECUTE FUNCTION journal_refuse()""",
    "journal_text_no_truncate": """BEFORE TRUNCATE ON agreements_entrytext
        FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse()""",
    "document_version_no_update": """BEFORE UPDATE OR DELETE ON agreements_documentversion
        FOR EACH ROW EXECUTE FUNCTION journal_refuse()""",
    "document_version_no_truncate": """BEFORE TRUNCATE ON agreements_documentversion
        FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse()""",
}
#: The tables that must be there before triggers can be.
_TABLES = {"agreements_entry", "agreements_entrytext", "agreements_documentversion"}


def _table_of(definition: str) -> str:
    found = re.search(r"\bON (agreements_\w+)", definition)
    return found[1] if found else ""


def _statements(connection: BaseDatabaseWrapper) -> dict[str, str]:
    return _SQLITE if connection.vendor == "sqlite" else _POSTGRESQL


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away; only the flush between tests and a repair by hand need this."""
    with connection.cursor() as cursor:
        for name, definition in _statements(connection).items():
            suffix = "" if connection.vendor == "sqlite" else f" ON {_table_of(definition)}"
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{suffix}")


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the triggers in place, replacing what stands there; at no moment there is none."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL_FUNCTION)
            create = "CREATE OR REPLACE TRIGGER"  # keeps no reader waiting, as DROP TRIGGER does
        else:
            remove(connection)
            create = "CREATE TRIGGER"
        for name, definition in _statements(connection).items():
            cursor.execute(f"{create} {name} {definition}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of triggers of the journal that are not there, or not enabled."""
    return absent(connection, _statements(connection))


def absent(connection: BaseDatabaseWrapper, names: Iterable[str]) -> list[str]:
    """Return which triggers are not there, or not enabled."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {row[0] for row in cursor.fetchall()}
    return [name for name in names if name not in present]


def install_after_migrate(sender: Any, using: str, **_kwargs: Any) -> None:
    """Install the triggers when their tables are there; connected to `post_migrate`."""
    from django.db import connections

    connection = connections[using]
    if set(connection.introspection.table_names()) >= _TABLES:
        install(connection)
