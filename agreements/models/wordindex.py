"""An index of the words of agreements, in a table beside theirs that triggers keep, whoever writes.

Without it a database looks for a part of a text through every row. It holds the words of all agreements and only
narrows: who may see them is said by `for_user`, so neither an answer nor its order depends on it.

It is asked first. Few rows that have the words are told by their keys; of many their order is read instead, whose first
page is full before many were looked at.

On SQLite it is a full-text index, and rows say themselves whether they have the words, few or many. On PostgreSQL the
words of a row are a `tsvector`, and a GIN index tells who has one. Where many have them that is a part of the query,
for the server knows by its statistics which way is the shorter; what the rows say would mislead it. It is a table of
its own, as every step writes the row of its agreement anew, and with it all that indexes hold of it.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, Q, UUIDField, Value

from agreements.folding import Sought
from agreements.models.triggers import absent

#: More rows than this are many.
MOST = 500
#: Shorter beginnings are in many words.
_SHORTEST = 2
#: The longest word of which PostgreSQL keeps all letters: it takes 2,046 bytes.
_LONGEST = 500
_PLACES, _WORDS, _ROWS = "agreements_agreement_place", "agreements_agreement_words", "agreements_agreement"
#: Its tables; what they hold follows from the rows alone.
TABLES = (_WORDS, _PLACES)
#: The key of no row. With an empty list Django would ask the database nothing, and the time that an answer takes would
#: tell that no agreement at all has the words, not even a hidden one.
_NONE = [UUID(int=0)]

# ruff: noqa: S608 - the statements are made of constants of this file

#: What narrows agreements to those that can have some words: their keys, or what the index is asked for.
Narrowing = list[UUID] | str


def narrowing(sought: Sought, *, using: str) -> tuple[Narrowing | None, Sequence[str]]:
    """Return what narrows agreements to those that can have every word, and the beginnings that rows are asked for.

    It narrows to nothing where None is returned; rows are not asked for what the index says for certain.
    """
    beginnings = sought.beginnings
    if connections[using].vendor != "postgresql":
        asked = " AND ".join(f'"{one}" *' for one in beginnings if len(one) >= _SHORTEST)
        keys = None
        if asked:
            with suppress(OperationalError):  # an SQLite without FTS5
                keys = _few(_FEW_OF_SQLITE, asked, using)
        return None if keys is None else keys or _NONE, beginnings
    asked = " & ".join(f"'{one[:_LONGEST]}':*" for one in beginnings)
    if not asked:
        return None, ()
    keys = _few(_FEW_OF_POSTGRESQL, asked, using)
    return asked if keys is None else keys or _NONE, [one for one in beginnings if len(one) > _LONGEST]


def _few(query: str, asked: str, using: str) -> list[UUID] | None:
    """Return the keys of the rows that the index names; None of many."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"{query} LIMIT {MOST + 1}", [asked])
        keys = [key if isinstance(key, UUID) else UUID(key) for (key,) in cursor.fetchall()]
    return keys if len(keys) <= MOST else None


def within(narrowed: Narrowing) -> Q:
    """Return the condition that an agreement is among those to which something narrows."""
    return Q(pk__in=_Having(Value(narrowed)) if isinstance(narrowed, str) else narrowed)


_FEW_OF_POSTGRESQL = f"SELECT agreement_id FROM {_WORDS} WHERE words @@ (%s)::tsquery"


class _Having(Func):
    """The keys of agreements that have words, as PostgreSQL is asked for them."""

    template = f"({_FEW_OF_POSTGRESQL.replace('%s', '%(expressions)s')})"
    output_field = UUIDField()


# ---- SQLite ----
#: Words are what stands between spaces, as `folding.fold` writes them. The index keeps no texts, only where words are.
_MADE = (
    f"CREATE TABLE IF NOT EXISTS {_PLACES} (place integer PRIMARY KEY, agreement_id char(32) NOT NULL UNIQUE)",
    f"""CREATE VIRTUAL TABLE IF NOT EXISTS {_WORDS} USING fts5(words, content='', detail=none,
        tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'")""",
)
_PUT = f"""INSERT INTO {_WORDS}(rowid, words) SELECT place, NEW.search_text FROM {_PLACES}
    WHERE agreement_id = NEW.id;"""
# An index without texts must be told what it forgets.
_FORGET = f"""INSERT INTO {_WORDS}({_WORDS}, rowid, words) SELECT 'delete', place, OLD.search_text FROM {_PLACES}
    WHERE agreement_id = OLD.id;"""
_INSERT, _UPDATE, _DELETE = (f"agreement_words_{event}" for event in ("insert", "update", "delete"))
_CHANGED = "OLD.search_text <> NEW.search_text"
_OF_SQLITE = {
    _INSERT: f"""AFTER INSERT ON {_ROWS} BEGIN
        INSERT INTO {_PLACES}(agreement_id) VALUES (NEW.id); {_PUT} END""",
    _UPDATE: f"AFTER UPDATE OF search_text ON {_ROWS} WHEN {_CHANGED} BEGIN {_FORGET} {_PUT} END",
    _DELETE: f"""AFTER DELETE ON {_ROWS} BEGIN
        {_FORGET} DELETE FROM {_PLACES} WHERE agreement_id = OLD.id; END""",
}
_FEW_OF_SQLITE = f"SELECT agreement_id FROM {_WORDS} JOIN {_PLACES} ON place = {_WORDS}.rowid WHERE {_WORDS} MATCH %s"


def _install_on_sqlite(connection: BaseDatabaseWrapper) -> None:
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for statement in _MADE:
            cursor.execute(statement)
        for name in _OF_SQLITE:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        cursor.execute(f"INSERT INTO {_WORDS}({_WORDS}) VALUES ('delete-all')")
        cursor.execute(f"DELETE FROM {_PLACES}")
        cursor.execute(f"INSERT INTO {_PLACES}(agreement_id) SELECT id FROM {_ROWS}")
        cursor.execute(
            f"INSERT INTO {_WORDS}(rowid, words) SELECT place, search_text FROM {_PLACES}"
            f" JOIN {_ROWS} ON {_ROWS}.id = agreement_id ORDER BY place"
        )
        for name, definition in _OF_SQLITE.items():
            cursor.execute(f"CREATE TRIGGER {name} {definition}")


# ---- PostgreSQL ----
_INDEX = "agreement_words_found"
#: So many rows at a time are looked at, and those that are wrong are kept from being written meanwhile.
_PART = 2000
#: Functions may be called where no schema is looked at by itself, as by whoever restores a dump.
_FUNCTIONS = (
    f"""CREATE OR REPLACE FUNCTION {{schema}}.agreement_words(folded text) RETURNS tsvector
        LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT array_to_tsvector(array(
            SELECT left(word, {_LONGEST}) FROM unnest(string_to_array(folded, ' ')) AS word WHERE word <> '')) $$""",
    f"""CREATE OR REPLACE FUNCTION {{schema}}.agreement_words_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'TRUNCATE' THEN DELETE FROM {{schema}}.{_WORDS};
        ELSIF TG_OP = 'DELETE' THEN DELETE FROM {{schema}}.{_WORDS} WHERE agreement_id = OLD.id;
        ELSE INSERT INTO {{schema}}.{_WORDS} VALUES (NEW.id, {{schema}}.agreement_words(NEW.search_text))
            ON CONFLICT (agreement_id) DO UPDATE SET words = EXCLUDED.words;
        END IF; RETURN NULL; END $$""",
)
_KEPT = "EXECUTE FUNCTION agreement_words_kept()"
_OF_POSTGRESQL = {
    _INSERT: f"AFTER INSERT ON {_ROWS} FOR EACH ROW {_KEPT}",
    _UPDATE: f"AFTER UPDATE OF search_text ON {_ROWS} FOR EACH ROW WHEN ({_CHANGED}) {_KEPT}",
    _DELETE: f"AFTER DELETE ON {_ROWS} FOR EACH ROW {_KEPT}",
    "agreement_words_truncate": f"AFTER TRUNCATE ON {_ROWS} FOR EACH STATEMENT {_KEPT}",
}
_MEND = f"""WITH part AS MATERIALIZED (SELECT id FROM {_ROWS} WHERE id > %s ORDER BY id LIMIT {_PART}),
    wrong AS (
        SELECT {_ROWS}.id, agreement_words(search_text) AS words
        FROM part JOIN {_ROWS} USING (id) LEFT JOIN {_WORDS} AS known ON agreement_id = {_ROWS}.id
        WHERE known.words IS DISTINCT FROM agreement_words(search_text) FOR SHARE OF {_ROWS}),
    put AS (INSERT INTO {_WORDS} SELECT * FROM wrong ON CONFLICT (agreement_id) DO UPDATE SET words = EXCLUDED.words)
    SELECT id FROM part ORDER BY id DESC LIMIT 1"""


def _install_on_postgresql(connection: BaseDatabaseWrapper) -> None:
    """Put it in place as far as it is not there; whoever writes agreements waits for a moment at most."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        (schema,) = cursor.fetchone()
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {_WORDS} (agreement_id uuid PRIMARY KEY, words tsvector NOT NULL)")
        cursor.execute(f"CREATE INDEX IF NOT EXISTS {_INDEX} ON {_WORDS} USING gin (words)")
        for function in _FUNCTIONS:
            cursor.execute(function.format(schema=schema))
    for name, definition in _OF_POSTGRESQL.items():
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(f"CREATE OR REPLACE TRIGGER {name} {definition}")
    _mend(connection)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {_WORDS}")


def _mend(connection: BaseDatabaseWrapper) -> None:
    """Bring in what was written while triggers were off or not there."""
    last: UUID | None = _NONE[0]
    while last:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(_MEND, [last])
            (last,) = cursor.fetchone() or (None,)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {_WORDS} WHERE NOT EXISTS (SELECT 1 FROM {_ROWS} WHERE id = agreement_id)")


# ---- in place ----
def install(connection: BaseDatabaseWrapper) -> None:
    """Make the index, of what is there and with what keeps it. Raises DatabaseError for an SQLite without FTS5."""
    if connection.vendor == "postgresql":
        _install_on_postgresql(connection)
    else:
        _install_on_sqlite(connection)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the index away."""
    postgresql = connection.vendor == "postgresql"
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for name in _OF_POSTGRESQL if postgresql else _OF_SQLITE:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}" + f" ON {_ROWS}" * postgresql)
        for table in TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS {table}")
        for function in ("agreement_words_kept()", "agreement_words(text)") if postgresql else ():
            cursor.execute(f"DROP FUNCTION IF EXISTS {function}")


def mend_after_migrate(sender: Any, using: str, **_kwargs: Any) -> None:
    """Make the index anew where a migration rebuilt the table of agreements; connected to `post_migrate`.

    On PostgreSQL words are looked at, too: somebody may have written while triggers were off.
    """
    connection = connections[using]
    if _WORDS not in connection.introspection.table_names():
        return
    postgresql = connection.vendor == "postgresql"
    if absent(connection, _OF_POSTGRESQL if postgresql else _OF_SQLITE):
        install(connection)
    elif postgresql:
        _mend(connection)
