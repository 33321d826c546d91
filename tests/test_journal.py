"""The journal: append-only in the database itself, a chain that shows every change, texts that can be redacted."""

import contextlib
import io
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from agreements import journal, lifecycle, registers
from agreements.choices import SubjectKind
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.models import Agreement, Entry, EntryText, Indicator, Meeting, Party, User
from agreements.models import triggers as journal_triggers

Make = Callable[..., Agreement]
TABLES = {"agreements_entry": Entry, "agreements_entrytext": EntryText}


def run(statement: str, parameters: list[Any] | None = None) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE agreements_entry SET place = 'elsewhere'",
        "UPDATE agreements_entry SET digest = digest",
        "DELETE FROM agreements_entry",
        "UPDATE agreements_entrytext SET content = 'something else'",
        "UPDATE agreements_entrytext SET salt = ''",
        "DELETE FROM agreements_entrytext",
        "INSERT INTO agreements_entry SELECT * FROM agreements_entry",
        "INSERT INTO agreements_entrytext SELECT * FROM agreements_entrytext",
    ],
)
def test_sql_cannot_change_the_journal(sample: Any, statement: str) -> None:
    before = list(Entry.objects.order_by("pk").values_list()), list(EntryText.objects.order_by("pk").values_list())
    with pytest.raises(DatabaseError):
        run(statement)
    after = list(Entry.objects.order_by("pk").values_list()), list(EntryText.objects.order_by("pk").values_list())
    assert before == after


@pytest.mark.django_db
def test_sql_cannot_replace_an_entry(sample: Any) -> None:
    statements = (
        ["INSERT OR REPLACE INTO agreements_entry SELECT * FROM agreements_entry LIMIT 1"]
        if connection.vendor == "sqlite"
        else ["TRUNCATE agreements_entry CASCADE", "TRUNCATE agreements_entrytext"]
    )
    if connection.vendor == "postgresql":
        run("SET CONSTRAINTS ALL IMMEDIATE")
    for statement in statements:
        with pytest.raises(DatabaseError, match="append-only"):
            run(statement)
    call_command("verify_journal", stdout=io.StringIO())


@pytest.mark.django_db
def test_verify_journal_says_when_all_is_well(sample: Any) -> None:
    out = io.StringIO()
    call_command("verify_journal", stdout=out)
    assert out.getvalue() == f"{Entry.objects.count()} entries, every chain unbroken.\n"


@pytest.mark.django_db
def test_verify_journal_notices_missing_triggers(sample: Any) -> None:
    journal_triggers.remove(connection)
    try:
        err = io.StringIO()
        with pytest.raises(CommandError) as failure:
            call_command("verify_journal", stderr=err)
        assert failure.value.returncode == 1
        assert "the trigger is missing" in err.getvalue()
    finally:
        journal_triggers.install(connection)
    assert journal_triggers.missing(connection) == []


def _other(value: Any, chance: random.Random) -> Any:
    """Return a value of the same type that differs."""
    match value:
        case None:
            return 7
        case bool():
            return not value
        case int():
            return value + chance.choice((-1, 1, 1000))
        case UUID():
            return uuid4()
        case datetime():
            return value + timedelta(microseconds=chance.choice((-1, 1, 10**6)))
        case date():
            return date(2000, 1, 1) if value in (date.min, date.max) else value + timedelta(days=chance.choice((-1, 1)))
        case str():
            return _flip(value, chance)
    raise AssertionError(type(value))


def _flip(text: str, chance: random.Random) -> str:
    """Return the text with one character changed, added or taken away."""
    if not text:
        return "x"
    place = chance.randrange(len(text))
    return chance.choice(
        (
            text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :],
            text[:place] + text[place + 1 :],
            text[:place] + "a" + text[place:],
        )
    )


def tamper(chance: random.Random) -> str | None:
    """Change one stored value past the triggers; return what was done, or None where the database refused."""
    table, model = chance.choice(list(TABLES.items()))
    column = chance.choice(model._meta.concrete_fields)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
        names = [item[0] for item in cursor.description or ()]
        row = chance.choice(cursor.fetchall())
    key, place = names.index(model._meta.pk.column), names.index(str(column.column))
    value = _other(row[place], chance)
    if value == row[place]:
        return None
    try:
        run(f"UPDATE {table} SET {column.column} = %s WHERE {names[key]} = %s", [value, row[key]])
    except DatabaseError:
        return None
    return f"{table}.{column.column} of {row[key]}: {row[place]!r} -> {value!r}"


def found_after(done: str) -> bool:
    return any(fault.subject_kind != "journal" for fault in journal.verify())


class _Undo(Exception):
    """Takes back what one round of a trial did."""


def _trial(seed: int, times: int) -> tuple[int, list[str]]:
    """Return how many changes the database let through, and those that verify did not find."""
    chance, made, missed = random.Random(seed), 0, []
    for _time in range(times):
        with contextlib.suppress(_Undo), transaction.atomic():
            done = tamper(chance)
            if done:
                made += 1
                if not found_after(done):
                    missed.append(done)
            raise _Undo
    return made, missed


@pytest.fixture
def unguarded(sample: Any) -> Any:
    journal_triggers.remove(connection)
    yield
    journal_triggers.install(connection)


@pytest.mark.django_db
def test_any_changed_value_is_found(unguarded: Any) -> None:
    made, missed = _trial(seed=1, times=120)
    assert made > 60
    assert missed == []


@pytest.mark.soak
@pytest.mark.django_db
def test_ten_thousand_changes_are_all_found(unguarded: Any) -> None:
    made, missed = _trial(seed=2, times=16000)
    assert made >= 10000
    assert missed == []


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["first", "last"])
def test_a_removed_entry_is_found(unguarded: Any, end: str) -> None:
    chain = Entry.objects.filter(subject_kind="agreement").order_by("-sequence" if end == "last" else "sequence")
    entry = chain[0]
    run("DELETE FROM agreements_entrytext WHERE entry_id = %s", [entry.pk.hex if _sqlite() else entry.pk])
    run("DELETE FROM agreements_entry WHERE id = %s", [entry.pk.hex if _sqlite() else entry.pk])
    assert entry.subject in {fault.subject for fault in journal.verify()}


def _sqlite() -> bool:
    return connection.vendor == "sqlite"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    ["stage = 'signed'", "level = 'public'", "title_en = 'Another'", "on_hold = true", "text = 7", "is_void = true"],
)
def test_columns_that_the_journal_does_not_tell_are_found(make_agreement: Make, change: str) -> None:
    agreement = make_agreement()
    call_command("verify_journal", stdout=io.StringIO())
    key = agreement.pk.hex if _sqlite() else agreement.pk
    run(f"UPDATE agreements_agreement SET {change} WHERE id = %s", [key])
    err = io.StringIO()
    with pytest.raises(CommandError):
        call_command("verify_journal", stderr=err)
    assert "is not what the journal says" in err.getvalue()


@pytest.mark.django_db
def test_a_redacted_text_leaves_the_chain_whole(make_agreement: Make, lawyer: User, officer: User) -> None:
    agreement = make_agreement()
    entry = lifecycle.note(agreement, on=FuzzyDate.parse("2024"), by=lawyer, what="A name that must not stand here.")
    with pytest.raises(Refused):
        registers.redact(entry, by=officer, reason="Personal data.")
    with pytest.raises(Refused):
        registers.redact(entry, by=lawyer, reason="")
    registers.redact(entry, by=lawyer, reason="Personal data.")
    assert journal.text_of(Entry.objects.get(pk=entry.pk)) == {}
    assert list(journal.verify()) == []
    assert lifecycle.perform(agreement, "withdraw", on=FuzzyDate.parse("2024"), by=lawyer).stage == "withdrawn"


@pytest.mark.django_db
def test_a_text_removed_without_a_record_is_found(make_agreement: Make, lawyer: User) -> None:
    entry = lifecycle.note(make_agreement(), on=FuzzyDate.parse("2024"), by=lawyer, what="Something.")
    run(
        "UPDATE agreements_entrytext SET content = '', salt = '' WHERE entry_id = %s",
        [entry.pk.hex if _sqlite() else entry.pk],
    )
    assert [fault.what for fault in journal.verify()] == ["the text was removed without a record"]


@pytest.mark.django_db
def test_recorded_at_never_decreases(make_agreement: Make, lawyer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    import time_machine

    agreement = make_agreement()
    with time_machine.travel(datetime(2001, 1, 1), tick=False):
        lifecycle.note(agreement, on=FuzzyDate.parse("2000"), by=lawyer, what="Recorded with a clock set back.")
    times = list(Entry.objects.of(agreement).values_list("recorded_at", flat=True))
    assert times == sorted(times)
    assert list(journal.verify()) == []


@pytest.mark.parametrize("value", [1.5, {"a": [0.1]}, [{"b": (2.0,)}]])
def test_floats_have_no_place_in_the_journal(value: Any) -> None:
    with pytest.raises(TypeError):
        journal.canonical(value)


def test_canonical_json_is_stable() -> None:
    assert journal.canonical({"б": 1, "a": [True, None, date(2024, 12, 28)]}) == '{"a":[true,null,"2024-12-28"],"б":1}'


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Agreement, Meeting, Indicator, Party])
def test_records_rebuild_from_the_journal(sample: Any, lawyer: User, model: Any) -> None:
    rebuilt = journal.rebuild(model.SUBJECT)
    rows = list(model._base_manager.order_by("pk"))
    assert rows
    assert set(rebuilt) == {row.pk for row in rows}
    for row in rows:
        data, text = journal.snapshot(row)
        assert rebuilt[row.pk] == data | text


@pytest.mark.django_db
def test_rebuild_knows_nothing_before_it_was_recorded(sample: Any) -> None:
    first = Entry.objects.order_by("recorded_at")[0].recorded_at
    assert journal.rebuild(SubjectKind.AGREEMENT, first - timedelta(seconds=1)) == {}
