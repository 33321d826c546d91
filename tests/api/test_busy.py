"""A database that is busy: told as what it is, by the API and by pages, and nothing is written."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.test import RequestFactory
from psycopg_pool import PoolTimeout

from agreements import journal
from agreements.busy import Hindrance, hindrance, is_busy
from agreements.models import ApiToken, Entry
from agreements.views import house
from tests.api.conftest import problem_of
from tests.conftest import signed_in

SQLITE = connection.vendor == "sqlite"
IMPATIENT, PATIENT = (
    ("PRAGMA busy_timeout = 30", "PRAGMA busy_timeout = 20000")
    if SQLITE
    else ("SET lock_timeout = 30; SET statement_timeout = 5000", "SET lock_timeout = 0; SET statement_timeout = 0")
)
WRITE = "UPDATE agreements_agreement SET version = version + 1"


def do(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@contextmanager
def another() -> Iterator[Any]:
    """A connection of somebody else."""
    if SQLITE:
        other: Any = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    else:
        given = {name: connection.get_connection_params()[name] for name in ("dbname", "user", "host", "port")}
        other = psycopg.connect(**{name: value for name, value in given.items() if value})
    try:
        yield other
    finally:
        other.rollback()
        other.close()


@pytest.fixture
def impatient(transactional_db):
    do(*IMPATIENT.split("; "))
    yield
    do(*PATIENT.split("; "))


def test_who_waits_too_long_for_another_writer_is_told_to_come_back(api, officer, make_agreement, impatient):
    agreement, client, browser = make_agreement(), api(officer), signed_in(officer)
    address, note = f"agreements/{agreement.reference}/journal/", {"kind": "note", "what": "Talks", "on": "2024-12-20"}
    with another() as other:
        tables = "agreements_agreement, agreements_user, agreements_apitoken, agreements_keptanswer"
        other.execute("BEGIN IMMEDIATE" if SQLITE else f"LOCK TABLE {tables} IN EXCLUSIVE MODE")
        refused = client.post(address, note, Idempotency_Key="once", Accept_Language="ru")
        assert problem_of(refused) == (503, "busy")
        assert refused.headers["Retry-After"] == "5"
        assert refused.json()["title"] == "База данных занята"
        page = browser.post("/tokens/", {"name": "Register", "scope": "read"}, headers={"accept-language": "kk"})
        assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
        assert "Қазір басқалар жазып жатыр" in page.content.decode()
        # What fails outside of views, such as in keeping the session.
        with pytest.raises(OperationalError) as busy:
            do(WRITE)
        try:
            raise busy.value
        except OperationalError:
            assert house.failed(RequestFactory().get("/")).status_code == 503
    with another() as other:
        # Who only reads is answered, even if it cannot be kept now that the token is used.
        assert ApiToken.objects.update(last_used_at=None) == 1
        other.execute("BEGIN IMMEDIATE" if SQLITE else "LOCK TABLE agreements_apitoken IN EXCLUSIVE MODE")
        assert client.get(address).status_code == 200
    assert Entry.objects.of(agreement).count() == 1
    assert ApiToken.objects.get().last_used_at is None
    assert client.post(address, note, Idempotency_Key="once").status_code == 201


def test_it_is_told_from_what_is_wrong(make_agreement, impatient):
    make_agreement()
    with another() as other:
        do("BEGIN" if SQLITE else "BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT version FROM agreements_agreement")
        other.execute(WRITE)
        other.commit()
        with pytest.raises(OperationalError) as unordered:
            do(WRITE)
        do("ROLLBACK")
    assert is_busy(unordered.value)
    if not SQLITE:
        do("SET statement_timeout = 20")
        with pytest.raises(OperationalError) as slow:
            do("SELECT pg_sleep(1)")
        assert is_busy(slow.value)
    with pytest.raises(DatabaseError) as wrong:
        do("SELECT 1 FROM nothing_of_the_kind")
    assert not is_busy(wrong.value)
    try:
        raise wrong.value
    except DatabaseError:
        assert house.failed(RequestFactory().get("/")).status_code == 500


def raised(outer: type[Exception], cause: Exception, **told: Any) -> Exception:
    error = outer("as the driver says it")
    error.__cause__ = cause
    for name, value in told.items():
        setattr(cause, name, value)
    return error


class _Coded(psycopg.OperationalError):
    sqlstate: str | None = None  # type: ignore[assignment]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "found"),
    [
        (raised(OperationalError, sqlite3.OperationalError(), sqlite_errorcode=5), Hindrance.BUSY),
        (raised(OperationalError, sqlite3.OperationalError(), sqlite_errorcode=517), Hindrance.BUSY),
        (raised(OperationalError, sqlite3.OperationalError(), sqlite_errorcode=13), Hindrance.FULL),
        (raised(OperationalError, sqlite3.OperationalError(), sqlite_errorcode=1), None),
        (raised(OperationalError, _Coded(), sqlstate="55P03"), Hindrance.BUSY),
        (raised(OperationalError, _Coded(), sqlstate="57P01"), Hindrance.AWAY),
        (raised(OperationalError, _Coded(), sqlstate="57P03"), Hindrance.AWAY),
        (raised(OperationalError, _Coded(), sqlstate="08006"), Hindrance.AWAY),
        (raised(OperationalError, _Coded(), sqlstate="53100"), Hindrance.FULL),
        (raised(OperationalError, _Coded(), sqlstate="58030"), None),  # io_error
        (raised(OperationalError, psycopg.OperationalError()), Hindrance.AWAY),
        (raised(InterfaceError, psycopg.InterfaceError()), Hindrance.AWAY),
        (raised(OperationalError, PoolTimeout()), Hindrance.BUSY),
        (raised(ProgrammingError, psycopg.errors.UndefinedTable()), None),
        (raised(OperationalError, ValueError()), None),
        (OSError(errno.ENOSPC, ""), Hindrance.FULL),
        (OSError(errno.EDQUOT, ""), Hindrance.FULL),
        (OSError(errno.EFBIG, ""), Hindrance.FULL),
        (FileNotFoundError(errno.ENOENT, ""), None),
        (None, None),
    ],
)
def test_what_passes_is_told_from_what_is_wrong(error, found):
    assert hindrance(error) is found


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "name", "words"),
    [
        (raised(OperationalError, psycopg.OperationalError()), "unavailable", "cannot be reached"),
        (OSError(errno.ENOSPC, ""), "storage-full", "no room to write"),
    ],
)
def test_a_database_that_is_away_and_a_full_disk_are_told_as_what_they_are(
    api, officer, make_agreement, monkeypatch, error, name, words
):
    agreement = make_agreement()

    def hindered(*_args: Any, **_kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(journal, "append", hindered)
    told = api(officer).post(
        f"agreements/{agreement.reference}/journal/", {"kind": "note", "what": "Talks", "on": "2024-12-20"}
    )
    assert (problem_of(told), told.headers["Retry-After"]) == ((503, name), "5")
    page = signed_in(officer).post(f"/agreements/{agreement.reference}/record/note/", {"what": "Talks", "on": "2024"})
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert words in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("apart", ["behind", "ahead"])
def test_a_database_of_another_release_is_told_as_being_upgraded(api, officer, make_agreement, apart):
    agreement, client, browser = make_agreement(), api(officer), signed_in(officer)
    note = {"kind": "note", "what": "Talks", "on": "2024-12-20"}
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE agreements_entry RENAME COLUMN place TO place_of_another_release")
    with pytest.raises(DatabaseError) as fault, transaction.atomic():
        Entry.objects.of(agreement).get()
    assert hindrance(fault.value) is None, "no upgrade says why the table is not as it should be"
    applied = MigrationRecorder(connection).migration_qs
    if apart == "behind":
        applied.filter(app="agreements").order_by("-pk")[:1].get().delete()
    else:
        applied.create(app="agreements", name="9999_of_another_release")

    told = client.post(f"agreements/{agreement.reference}/journal/", note)
    assert (problem_of(told), told.headers["Retry-After"]) == ((503, "upgrading"), "5")
    page = browser.post(f"/agreements/{agreement.reference}/record/note/", {"what": "Talks", "on": "2024"})
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert "Pacta is being upgraded" in page.content.decode()
