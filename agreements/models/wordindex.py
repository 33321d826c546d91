"""An index of the words of agreements on SQLite; on PostgreSQL an index of the table itself finds them.

SQLite looks for a part of a text through every row. A full-text index beside the table tells which rows can have a
word, and triggers keep it, whoever writes. It only narrows: what has the words is said by the rows themselves, and who
may see them by `for_user`, so neither an answer nor its order depends on it.
"""

from typing import Any
from uuid import UUID

from django.db import OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from agreements.folding import Sought

#: Of more rows than this their order is read instead: the first page is full before many of them were looked at.
MOST = 500
#: Shorter beginnings are in many words.
_SHORTEST = 2
_PLACES, _WORDS, _ROWS = "agreements_agreement_place", "agreements_agreement_words", "agreements_agreement"
#: Its tables; what they hold follows from the rows alone.
TABLES = (_WORDS, _PLACES)
#: Words are what stands between spaces, as `folding.fold` writes them. The index keeps no texts, only where words are.
_MADE = (
    f"CREATE TABLE IF NOT EXISTS {_PLACES} (place integer PRIMARY KEY, agreement_id char(32) NOT NULL UNIQUE)",
    f"""CREATE VIRTUAL TABLE IF NOT EXISTS {_WORDS} USING fts5(words, content='', detail=none,
        tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'")""",
)

# ruff: noqa: S608 - the statements are made of constants of this file


_PUT = f"""INSERT INTO {_WORDS}(rowid, words) SELECT place, NEW.search_text FROM {_PLACES}
    WHERE agreement_id = NEW.id;"""
# An index without texts must be told what it forgets.
_FORGET = f"""INSERT INTO {_WORDS}({_WORDS}, rowid, words) SELECT 'delete', place, OLD.search_text FROM {_PLACES}
    WHERE agreement_id = OLD.id;"""
_TRIGGERS = {
    "agreement_words_insert": f"""AFTER INSERT ON {_ROWS} BEGIN
        INSERT INTO {_PLACES}(agreement_id) VALUES (NEW.id); {_PUT} END""",
    "agreement_words_update": f"""AFTER UPDATE OF search_text ON {_ROWS} WHEN OLD.search_text <> NEW.search_text BEGIN
        {_FORGET} {_PUT} END""",
    "agreement_words_delete": f"""AFTER DELETE ON {_ROWS} BEGIN
        {_FORGET} DELETE FROM {_PLACES} WHERE agreement_id = OLD.id; END""",
}


def few(sought: Sought, *, using: str = "default") -> list[UUID] | None:
    """Return the keys of all agreements that can have every word; None where there are many, or nothing tells."""
    connection, beginnings = connections[using], sought.beginnings
    if connection.vendor != "sqlite" or not any(len(one) >= _SHORTEST for one in beginnings):
        return None
    asked = " AND ".join(f'"{one}" *' for one in beginnings if len(one) >= _SHORTEST)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT agreement_id FROM {_WORDS} JOIN {_PLACES} ON place = {_WORDS}.rowid"
                f" WHERE {_WORDS} MATCH %s LIMIT {MOST + 1}",
                [asked],
            )
            keys = [UUID(key) for (key,) in cursor.fetchall()]
    except OperationalError:
        return None  # an SQLite without FTS5
    return keys if len(keys) <= MOST else None


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the index, of what is there and with what keeps it. Raises DatabaseError for an SQLite without FTS5."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for statement in _MADE:
            cursor.execute(statement)
        for name in _TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        cursor.execute(f"INSERT INTO {_WORDS}({_WORDS}) VALUES ('delete-all')")
        cursor.execute(f"DELETE FROM {_PLACES}")
        cursor.execute(f"INSERT INTO {_PLACES}(agreement_id) SELECT id FROM {_ROWS}")
        cursor.execute(
            f"INSERT INTO {_WORDS}(rowid, words) SELECT place, search_text FROM {_PLACES}"
            f" JOIN {_ROWS} ON {_ROWS}.id = agreement_id ORDER BY place"
        )
        for name, definition in _TRIGGERS.items():
            cursor.execute(f"CREATE TRIGGER {name} {definition}")


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the index away."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for name in _TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        for table in TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS {table}")


def mend_after_migrate(sender: Any, using: str, **_kwargs: Any) -> None:
    """Make the index anew where a migration rebuilt the table of agreements; connected to `post_migrate`."""
    connection = connections[using]
    if connection.vendor != "sqlite" or _WORDS not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        present = {name for (name,) in cursor.fetchall()}
    if not present.issuperset(_TRIGGERS):
        install(connection)
