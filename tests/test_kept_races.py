"""Answers that are kept while others write: on connections and in processes of their own."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from agreements import kept, lifecycle, tasks, tokens
from agreements.access import AnyReader
from agreements.choices import Level, TokenScope
from agreements.dates import FuzzyDate
from agreements.models import Agreement, User, marks
from tests.api.conftest import V1, Api
from tests.api.test_busy import another
from tests.beside import Beside
from tests.serving import Server

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Agreement]
only_postgresql = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")


def total(reader: User, asked: str = "") -> int:
    answer = Api(reader).get(f"agreements/counts/?{asked}")
    return int(answer.json()["total"])


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    kept._answers.clear()


def test_what_was_not_committed_is_counted_when_it_is(make_agreement: Make, officer: User) -> None:
    make_agreement()
    assert total(officer, "on_hold=true") == 0
    with another() as other:
        other.execute("BEGIN")
        other.execute("UPDATE agreements_agreement SET on_hold = true")
        assert [total(officer, "on_hold=true"), total(officer, "on_hold=true")] == [0, 0]
        other.commit()
        assert total(officer, "on_hold=true") == 1
        other.execute("BEGIN")
        other.execute("UPDATE agreements_agreement SET on_hold = false")
        other.rollback()
        assert total(officer, "on_hold=true") == 1


def test_what_changes_while_it_is_worked_out_is_not_kept(make_agreement: Make) -> None:
    make_agreement()
    reader = AnyReader(Level.INTERNAL)
    count = Agreement.objects.for_user(reader).filter(on_hold=True).count

    def overtaken() -> int:
        found = count()
        with another() as other:
            other.execute("UPDATE agreements_agreement SET on_hold = true")
            other.commit()
        return found

    assert kept.answer("x", reader, overtaken) == 0
    assert kept.answer("x", reader, count) == 1
    assert kept.answer("x", reader, overtaken) == 1


@only_postgresql
def test_writers_that_commit_in_another_order_are_all_counted(make_agreement: Make, officer: User) -> None:
    first, second = make_agreement(), make_agreement()
    with another() as one, another() as two:
        one.execute("UPDATE agreements_agreement SET on_hold = true WHERE id = %s", [first.pk])
        two.execute("UPDATE agreements_agreement SET on_hold = true WHERE id = %s", [second.pk])
        assert total(officer, "on_hold=true") == 0
        two.commit()
        assert total(officer, "on_hold=true") == 1
        marks._MOST, most = 0, marks._MOST
        try:
            marks.prune(connection)
        finally:
            marks._MOST = most
        assert total(officer, "on_hold=true") == 1
        one.commit()
        assert total(officer, "on_hold=true") == 2


@only_postgresql
def test_no_writer_waits_for_another_but_who_moves_the_level(make_agreement: Make, lawyer: User) -> None:
    agreement, secret = make_agreement(), make_agreement(columns={"level": Level.SECRET})
    for one in (agreement, secret):
        tasks.add(one, "Ask", by=lawyer)
    with another() as one, another() as two:
        two.execute("SET lock_timeout = 200")
        one.execute("UPDATE agreements_task SET text = 7 WHERE agreement_id = %s", [secret.pk])
        two.execute("UPDATE agreements_task SET text = 7 WHERE agreement_id = %s", [agreement.pk])
        two.execute("INSERT INTO agreements_unit (code, name_en, name_ru, name_kk) VALUES ('x', 'x', '', '')")
        two.commit()
        # What was marked as secret must not be told to others before it is over.
        with pytest.raises(Exception, match="lock timeout"):
            two.execute("UPDATE agreements_agreement SET level = 'internal' WHERE id = %s", [secret.pk])


def test_within_a_transaction_what_it_wrote_is_counted(make_agreement: Make, officer: User, lawyer: User) -> None:
    agreement = make_agreement()
    day = FuzzyDate.parse("2024-12-20")
    assert total(officer, "on_hold=true") == 0
    with transaction.atomic():
        with transaction.atomic():
            lifecycle.hold(agreement, on=day, by=lawyer, reason="x")
            assert total(officer, "on_hold=true") == 1
            transaction.set_rollback(True)
        assert total(officer, "on_hold=true") == 0
        lifecycle.hold(agreement, on=day, by=lawyer, reason="x")
        assert [total(officer, "on_hold=true"), total(officer, "on_hold=true")] == [1, 1]
        transaction.set_rollback(True)
    assert total(officer, "on_hold=true") == 0


def test_many_threads_count_while_many_write(make_agreement: Make, lawyer: User) -> None:
    made, over = [make_agreement() for _number in range(4)], threading.Event()
    held = "UPDATE agreements_agreement SET on_hold = %s WHERE reference = %s"

    def write(number: int) -> None:
        for turn in range(20):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(held, [turn % 2 == 1, made[number].reference])
                cursor.execute("UPDATE agreements_task SET text = text + 1")

    def read() -> None:
        reader = AnyReader(Level.SECRET)
        rows = Agreement.objects.for_user(reader).filter(on_hold=True)
        while not over.is_set():
            before = marks.stamp(Level.SECRET, using="default")
            told = kept.answer("held", reader, rows.count)
            found = rows.count()
            if marks.stamp(Level.SECRET, using="default") == before:
                assert told == found

    readers, writers = Beside(*[read] * 3), Beside(*[partial(write, number) for number in range(4)])
    faults = writers.join(120)
    over.set()
    assert faults + readers.join(120) == []
    assert total(lawyer, "on_hold=true") == 4


def test_what_another_process_writes_is_counted_at_once(make_agreement: Make, lawyer: User, tmp_path: Path) -> None:
    agreement, secret = make_agreement(), tokens.issue(lawyer, name="x", by=None, scope=TokenScope.READ)[1]
    more: dict[str, Any] = {"DEBUG": "0", "SECRET_KEY": "x" * 60, "WEB_CONCURRENCY": "2", "DATABASE_POOL": "0"}
    server = Server(tmp_path, **more, ALLOWED_HOSTS="127.0.0.1", SECURE_SSL_REDIRECT="0")
    server.start()
    try:
        server.wait()

        def held() -> set[str]:
            asked = [server.ask(f"{V1}agreements/counts/?on_hold=true", Authorization=f"Token {secret}")
                     for _turn in range(8)]  # fmt: skip
            return {words.partition('"total":')[2].partition(",")[0] for _status, words in asked}

        for turn in range(6):
            Agreement.objects.filter(pk=agreement.pk).update(on_hold=turn % 2 == 1)
            assert held() == {str(turn % 2)}
    finally:
        server.kill()
