"""The tables of the floor, and a connection that speaks to SQLite and to PostgreSQL in the same words."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from bench.loading import connect

_TABLES = """
CREATE TABLE party (id integer PRIMARY KEY, code text NOT NULL, name text NOT NULL);
CREATE TABLE unit (id integer PRIMARY KEY, code text NOT NULL);
CREATE TABLE person (id integer PRIMARY KEY, username text NOT NULL);
CREATE TABLE area (id integer PRIMARY KEY, code text NOT NULL);
CREATE TABLE token (secret text PRIMARY KEY, person_id integer NOT NULL);
CREATE TABLE agreement (
    id integer PRIMARY KEY, reference text NOT NULL UNIQUE, title_en text NOT NULL, title_ru text NOT NULL,
    kind text NOT NULL, procedure text NOT NULL, stage text NOT NULL, since date NOT NULL, text integer NOT NULL,
    unit_id integer NOT NULL, person_id integer NOT NULL, level text NOT NULL, valid_from date, valid_until date,
    ball text NOT NULL, changed_at text NOT NULL, version integer NOT NULL
);
CREATE TABLE participant (
    agreement_id integer NOT NULL, party_id integer NOT NULL, role text NOT NULL, PRIMARY KEY (agreement_id, party_id)
);
CREATE TABLE agreement_area (
    agreement_id integer NOT NULL, area_id integer NOT NULL, PRIMARY KEY (agreement_id, area_id)
);
CREATE TABLE relation (agreement_id integer NOT NULL, kind text NOT NULL, to_id integer NOT NULL);
CREATE TABLE entry (
    agreement_id integer NOT NULL, sequence integer NOT NULL, kind text NOT NULL, transition text NOT NULL,
    from_stage text NOT NULL, to_stage text NOT NULL, day date NOT NULL, recorded_at text NOT NULL,
    person_id integer NOT NULL, evidence text NOT NULL, previous text NOT NULL, digest text NOT NULL,
    PRIMARY KEY (agreement_id, sequence)
);
CREATE TABLE document (
    id integer PRIMARY KEY, agreement_id integer NOT NULL, kind text NOT NULL, name text NOT NULL, size integer,
    sha256 text NOT NULL
);
CREATE TABLE task (
    agreement_id integer NOT NULL, title text NOT NULL, due date NOT NULL, status text NOT NULL, unit_id integer
)
"""
_INDEXES = """
CREATE INDEX agreement_stage_changed ON agreement (stage, changed_at DESC, id);
CREATE INDEX relation_agreement ON relation (agreement_id);
CREATE INDEX document_agreement ON document (agreement_id);
CREATE INDEX task_agreement ON task (agreement_id)
"""
_SEARCH = {
    True: "CREATE VIRTUAL TABLE title USING fts5(words, content='');"
    "INSERT INTO title (rowid, words) SELECT id, title_en || ' ' || title_ru FROM agreement",
    False: "CREATE INDEX agreement_words ON agreement USING gin (to_tsvector('simple', title_en || ' ' || title_ru))",
}
FOUND = {
    True: "id IN (SELECT rowid FROM title WHERE words MATCH ?)",
    False: "to_tsvector('simple', title_en || ' ' || title_ru) @@ to_tsquery('simple', ?)",
}


_cursors = count()


class Database:
    """One connection, kept: every statement is a transaction of its own unless one is begun."""

    def __init__(self, url: str) -> None:
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            self.driver: Any = sqlite3.connect(
                url.removeprefix("sqlite:///"), isolation_level=None, timeout=20, check_same_thread=False
            )
            self.driver.execute("PRAGMA journal_mode=WAL")
            self.driver.execute("PRAGMA synchronous=FULL")
        else:
            self.driver = connect(url)

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """Return the rows of a query; a question mark stands for a value."""
        return self._run(statement, values).fetchall()

    def each(self, statement: str) -> Iterator[Any]:
        """Yield the rows of a query as they are read; PostgreSQL keeps them on its side until then."""
        if self.is_sqlite:
            yield from self.driver.execute(statement)
            return
        with self.driver.cursor(f"c{next(_cursors)}", withhold=True) as cursor:
            cursor.itersize = 2000
            cursor.execute(statement)
            yield from cursor

    def run(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Carry out a statement."""
        self._run(statement, values)

    def run_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Carry out a statement for each row."""
        if self.is_sqlite:
            self.driver.executemany(statement, rows)
        else:
            with self.driver.cursor() as cursor:
                cursor.executemany(statement.replace("?", "%s"), rows)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Make one transaction of what follows, which locks where there are no row locks."""
        self.run("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")
        try:
            yield
        except BaseException:
            self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    @property
    def for_update(self) -> str:
        """What locks a row that is read."""
        return "" if self.is_sqlite else " FOR UPDATE"

    @property
    def found(self) -> str:
        """The condition that finds titles by words."""
        return FOUND[self.is_sqlite]

    def make_tables(self) -> None:
        """Make the tables, without indexes."""
        for statement in _TABLES.split(";"):
            self.run(statement)

    def make_indexes(self) -> None:
        """Make the indexes, for the rows that are there."""
        looking = [] if self.is_sqlite else ["VACUUM ANALYZE"]
        for statement in [*_INDEXES.split(";"), *_SEARCH[self.is_sqlite].split(";"), *looking]:
            self.run(statement)

    def _run(self, statement: str, values: Sequence[Any]) -> Any:
        if self.is_sqlite:
            return self.driver.execute(statement, values)
        return self.driver.execute(statement.replace("?", "%s"), values)
