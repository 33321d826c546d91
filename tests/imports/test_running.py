"""Imports that break off and go on, that come twice at once, and that are given by command."""

import json
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from agreements import imports, journal
from agreements.imports import running
from agreements.imports.planning import job_of, read_rows, table_of, taker_of
from agreements.models import Agreement, Entry, ImportRow, ImportRun, Party, User
from tests.beside import Beside
from tests.imports.conftest import Bring, bring, outcomes
from tests.shared import NO_WORK


def many(number: int) -> str:
    return "Title;Signed on\n" + "".join(f"Agreement number {n} on trade;{1900 + n % 100}\n" for n in range(number))


def begun(run: ImportRun, by: User) -> ImportRun:
    """Record the first chunk of an import, and go no further: as a worker that dies does."""
    run = imports.check(run, by=by)
    ImportRun.objects.filter(pk=run.pk).update(size=running.AT_ONCE + 1)
    run = imports.start(run, by=by)
    taken = running._take(run.pk)
    assert taken is not None
    table = table_of(taken)
    taker = taker_of(job_of(taken, by, table))
    taker.size = 40
    chunk = next(iter(taker.chunks(read_rows(taker, table))))
    running._chunk(taken, taker, chunk, running.Counter())
    return taken


@pytest.fixture
def no_worker(settings: Any) -> None:
    settings.TASKS = NO_WORK


@pytest.mark.django_db
def test_an_import_goes_on_behind_what_is_written(
    brought: Bring, lawyer: User, no_worker: None, time_machine: Any
) -> None:
    run = begun(brought("agreements", many(100), kind="agreement"), lawyer)
    assert (Agreement.objects.count(), run.rows.count()) == (40, 40)
    imports.work(run.pk)  # it is held still
    assert Agreement.objects.count() == 40
    assert imports.tick() == []
    ImportRun.objects.update(next_attempt_at=run.changed_at - timedelta(minutes=1))
    assert imports.tick() == [run]
    ImportRun.objects.update(next_attempt_at=run.changed_at - timedelta(minutes=1))
    imports.work(run.pk)
    done = ImportRun.objects.get()
    assert (done.state, done.counts, done.progress) == ("done", {"created": 100}, 100)
    assert (Agreement.objects.count(), Entry.objects.filter(kind="open").count()) == (100, 100)
    assert list(journal.verify()) == []


@pytest.mark.django_db
def test_a_worker_that_was_overtaken_writes_nothing_more(brought: Bring, lawyer: User, no_worker: None) -> None:
    run = begun(brought("agreements", many(100), kind="agreement"), lawyer)
    ImportRun.objects.update(attempts=run.attempts + 1)
    table = table_of(run)
    taker = taker_of(job_of(run, lawyer, table))
    rows = list(read_rows(taker, table, done=run.rows.values_list("number", flat=True)))
    with pytest.raises(running.TakenOver):
        running._chunk(run, taker, rows, running.Counter())
    assert Agreement.objects.count() == 40


@pytest.mark.django_db
def test_an_import_that_never_ends_is_stopped_and_can_go_on(brought: Bring, lawyer: User, no_worker: None) -> None:
    run = begun(brought("agreements", many(100), kind="agreement"), lawyer)
    past = run.changed_at - timedelta(minutes=1)
    ImportRun.objects.update(attempts=running.MOST_ATTEMPTS, next_attempt_at=past)
    imports.work(run.pk)
    stopped = ImportRun.objects.get()
    assert (stopped.state, Agreement.objects.count()) == ("stopped", 40)
    done = imports.resume(stopped, by=lawyer, at_once=True)
    assert (done.state, done.counts) == ("done", {"created": 100})


@pytest.mark.django_db(transaction=True)
def test_the_same_table_from_two_people_at_once_comes_once() -> None:
    from django.contrib.auth.models import Group

    people = []
    for name in ("first", "second"):
        user = User.objects.create_user(name, access_level="secret")
        user.groups.add(Group.objects.get_or_create(name="treaty_department")[0])
        people.append(user)
    from django.contrib.auth.models import Permission

    from agreements.access import PERMISSIONS, ROLES

    rights = Permission.objects.filter(codename__in=[PERMISSIONS[right] for right in ROLES["treaty_department"]])
    for user in people:
        user.user_permissions.set(rights)
    people = [User.objects.get(pk=user.pk) for user in people]
    runs = [imports.check(bring(user, "agreements", many(60), kind="agreement"), by=user) for user in people]
    acts = [partial(imports.start, run, by=user, at_once=True) for run, user in zip(runs, people, strict=True)]
    assert Beside(*acts, at_once=True).join(300) == []
    assert Agreement.objects.count() == 60
    counts = [ImportRun.objects.get(pk=run.pk).counts for run in runs]
    assert sum(count.get("created", 0) for count in counts) == 60
    assert sum(count.get("skipped", 0) for count in counts) == 60
    assert ImportRow.objects.filter(live=True).count() == 60


# ---- by command ----
@pytest.fixture
def table(tmp_path: Any, parties: dict[str, Party]) -> Any:
    file = tmp_path / "list.csv"
    file.write_text(
        "Name of treaty;With;Signed\nAgreement on trade;KZ, Germany;03/04/2001\nAgreement on tax;Atlantis;2002-05-05\n"
    )
    mapping = tmp_path / "list.toml"
    mapping.write_text(
        """
source = "List of 2024"
level = "public"
[columns]
"Name of treaty" = "title"
"With" = "parties"
"Signed" = "signed_on"
[dates]
"Signed" = "dmy"
[values]
kind = "agreement"
[decisions.party]
"Atlantis" = "empty"
"""
    )
    return file, mapping


@pytest.mark.django_db
def test_the_command_tries_tells_and_records(table: Any, capsys: Any) -> None:
    file, mapping = table
    words = ["import_agreements", str(file), "--mapping", str(mapping), "--format", "json"]
    with pytest.raises(CommandError) as failure:
        call_command(*words, "--dry-run")
    told = json.loads(capsys.readouterr().out)
    assert (failure.value.returncode, told["counts"]) == (2, {"doubted": 1, "created": 1})
    assert [(one["row"], one["code"]) for one in told["left"]] == [(2, "party-new")]
    assert (ImportRun.objects.count(), Agreement.objects.count()) == (0, 0)
    with pytest.raises(CommandError, match="doubtful still"):
        call_command(*words)
    assert (ImportRun.objects.count(), Agreement.objects.count()) == (0, 0)
    capsys.readouterr()
    call_command(*words, "--record-parties")
    assert json.loads(capsys.readouterr().out)["counts"] == {"created": 2}
    assert sorted(Agreement.objects.values_list("title_en", "level", "since_earliest")) == [
        ("Agreement on tax", "public", date(2002, 5, 5)),
        ("Agreement on trade", "public", date(2001, 4, 3)),
    ]
    assert Party.objects.filter(code="DE").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mapping", "match"),
    [
        ("[columns]\nTitel = 'title'", "no column"),
        ("[columns]\n'Name of treaty' = 'song'", "no field"),
        ("colums = 1", "not understood"),
        ("=", "cannot be read"),
        ("[dates]\nSigned = 'md'", "dmy, mdy, ymd"),
    ],
)
def test_a_mapping_that_is_not_understood_says_why(table: Any, mapping: str, match: str) -> None:
    file, written = table
    written.write_text(mapping)
    with pytest.raises(CommandError, match=match):
        call_command("import_agreements", str(file), "--mapping", str(written))
    assert not ImportRun.objects.exists()


@pytest.mark.django_db
def test_outcomes_are_told_in_words(table: Any, capsys: Any) -> None:
    file, mapping = table
    call_command("import_table", "agreements", str(file), "--mapping", str(mapping), "--record-parties")
    assert capsys.readouterr().out.splitlines()[:3] == ["list.csv: 2 rows", "       2 recorded", "       0 changed"]
    call_command("import_table", "agreements", str(file), "--mapping", str(mapping), "--record-parties")
    assert capsys.readouterr().out.splitlines()[3] == "       2 left out"
    assert outcomes(ImportRun.objects.get()) == [(2, "created", ""), (3, "created", "")]


@pytest.mark.django_db
def test_rows_that_are_alike_are_known_again_when_an_import_goes_on(
    brought: Bring, lawyer: User, no_worker: None
) -> None:
    titles = ["Agreement on scientific and technical cooperation", "Technical and scientific cooperation agreement"]
    text = many(40) + "".join(f"{title};1995-01-23\n" for title in (*titles, titles[0]))
    text = text.replace("Agreement number 0 on trade;1900", f"{titles[0]};1995-01-23")
    run = brought("agreements", text, kind="agreement")
    run = imports.check(run, by=lawyer)
    assert [one for one in outcomes(run) if one[1] != "created"] == [
        (42, "skipped", "same-row"), (43, "doubted", "like-title"), (44, "skipped", "same-row"),
    ]  # fmt: skip
    ImportRun.objects.update(size=running.AT_ONCE + 1)
    run = imports.start(run, by=lawyer, leave_doubts=True)
    taken = running._take(run.pk)
    assert taken is not None
    table = table_of(taken)
    taker = taker_of(job_of(taken, lawyer, table))
    taker.size = 40
    running._chunk(taken, taker, next(iter(taker.chunks(read_rows(taker, table)))), running.Counter())
    ImportRun.objects.update(next_attempt_at=run.changed_at - timedelta(minutes=1))
    imports.work(run.pk)
    assert outcomes(ImportRun.objects.get())[41:] == [(43, "doubted", "like-title"), (44, "skipped", "taken-before")]
    assert Agreement.objects.count() == 40


@pytest.mark.django_db
def test_a_row_that_was_left_out_hinders_none_that_is_like_it_when_an_import_goes_on(
    brought: Bring, lawyer: User, parties: Any, no_worker: None
) -> None:
    text = "Title;Signed on;Parties\n" + "".join(
        f"Agreement on steel;1995-01-23;{party}\n" for party in ("Atlantis", "Kazakhstan")
    )
    run = brought("agreements", text, kind="agreement")
    run = imports.check(imports.decide(run, {"party": {"Atlantis": "skip"}}, by=lawyer), by=lawyer)
    expected = [(2, "skipped", "left-out"), (3, "created", "")]
    assert outcomes(run) == expected
    ImportRun.objects.update(size=running.AT_ONCE + 1)
    run = imports.start(run, by=lawyer)
    taken = running._take(run.pk)
    assert taken is not None
    table = table_of(taken)
    taker = taker_of(job_of(taken, lawyer, table))
    taker.size = 1
    running._chunk(taken, taker, next(iter(taker.chunks(read_rows(taker, table)))), running.Counter())
    ImportRun.objects.update(next_attempt_at=run.changed_at - timedelta(minutes=1))
    imports.work(run.pk)
    assert outcomes(ImportRun.objects.get()) == expected


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL holds pages for all connections")
def test_the_memory_for_pages_is_given_back(brought: Bring, lawyer: User) -> None:
    def held() -> int:
        with connection.cursor() as cursor:
            return int(cursor.execute("PRAGMA cache_size").fetchone()[0])

    before, during = held(), list[int]()

    def noted(execute: Any, sql: str, *args: Any) -> Any:
        if 'INTO "agreements_importrow"' in sql:
            during.append(connection.connection.execute("PRAGMA cache_size").fetchone()[0])
        return execute(sql, *args)

    run = imports.check(brought("agreements", "Title;Signed on\nOn trade;2001\n", kind="treaty"), by=lawyer)
    with connection.execute_wrapper(noted):
        assert imports.start(run, by=lawyer, at_once=True).counts == {"created": 1}
    assert (held(), during) == (before, [-64 * 1024])
