"""The journal: append-only in the database itself, a chain that shows every change, texts that can be redacted."""

import io
import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from agreements import (
    clock,
    commitments,
    documents,
    journal,
    lifecycle,
    participation,
    redaction,
    registers,
    seals,
    shares,
    tasks,
    undisclosed,
)
from agreements.choices import EntryKind, Stage, SubjectKind
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.models import Agreement, Entry, EntryText, Format, Indicator, Meeting, Party, Unit, User
from agreements.models import triggers as journal_triggers
from tests import forging
from tests.forging import run, sqlite

Make = Callable[..., Agreement]


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
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL refuses to replace a row by itself")
@pytest.mark.parametrize("name", ["journal_entry", "journal_text", "document_version"])
def test_what_is_added_is_not_looked_for_in_the_whole_table(sample: Any, name: str) -> None:
    run("ANALYZE")
    with connection.cursor() as cursor:
        cursor.execute("SELECT tbl_name, sql FROM sqlite_master WHERE name = %s", [f"{name}_no_replace"])
        table, sql = cursor.fetchone()
        condition = re.search(r"WHEN (.*)\sBEGIN", sql, re.DOTALL)[1].replace("NEW.", "new.")
        cursor.execute(f"EXPLAIN QUERY PLAN SELECT {condition} FROM {table} AS new")
        plan = [row[3] for row in cursor.fetchall()]
    assert [step for step in plan if step.startswith("SEARCH kept")]
    assert not [step for step in plan if step.startswith("SCAN kept")], plan


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


@pytest.fixture
def unguarded(sample: Any) -> Any:
    journal_triggers.remove(connection)
    yield
    journal_triggers.install(connection)


@pytest.fixture
def every_kind(make_agreement: Make, lawyer: User, parties: dict[str, Party]) -> Any:
    """A journal with few entries, but of every kind and about every kind of subject, without its triggers."""
    day, other = FuzzyDate.parse("2024-10-21"), FuzzyDate.parse("2024-Q3")
    said = {"legal_basis": "Article 9", "stated_elsewhere": other, "stated_by": "Council", "place": "Luxembourg"}
    agreement = make_agreement()
    registers.create(Meeting(format=Format.objects.create(code="council", name_en="Council"), on=day), by=lawyer)
    figure = {"name_en": "Trade", "unit_en": "euro", "value": 1, "period_until": day.latest, "source": "Eurostat"}
    registers.create(Indicator(party=parties["EU"], **figure), by=lawyer)
    commitments.undertake(make_agreement(stage="signed", on=day), by=lawyer, text_en="Report once a year.", due=other)
    third = registers.create(Party(code="AT", kind="state", name_en="Austria"), by=lawyer)
    undisclosed.name(agreement, third, by=lawyer, level="secret", remark="The talks are not public.")
    lifecycle.perform(agreement, "authorise", on=other, by=lawyer, evidence="decision", **said)
    lifecycle.perform(agreement, "withdraw", on=day, by=lawyer, reason="Not pursued.")
    lifecycle.void(Entry.objects.get(transition="withdraw"), by=lawyer, reason="It is pursued.")
    lifecycle.hold(agreement, on=day, by=lawyer, reason="Talks halted.")
    lifecycle.release(agreement, on=day, by=lawyer)
    spilled = lifecycle.note(agreement, on=day, by=lawyer, what="Ноты", round_of_talks=2, **said)
    documents.cite(agreement, "legal_expertise", on=day, by=lawyer, evidence="No. 12")
    draft = SimpleUploadedFile("draft.txt", b"Text of the draft.")
    kept = documents.store(agreement, "draft", draft, by=lawyer, on=day, language="en")
    documents.mark(kept.document, by=lawyer, title={"en": "First draft"})
    tasks.clear(agreement, "Ministry of Transport", result="with_remarks", on=day, by=lawyer)
    participation.act(agreement, parties["KZ"], "full_powers", on=day, by=lawyer)
    tasks.add(agreement, "Ask again", by=lawyer, due=other)
    with registers.editing(agreement, by=lawyer) as edited:
        edited.title_kk = "Келісім"
    shares.give(agreement, by=lawyer, unit=Unit.objects.create(code="press", name_en="Press office"), reason="A reply.")
    redaction.redact(spilled, by=lawyer, reason="Personal data.")
    assert set(Entry.objects.values_list("kind", flat=True)) == set(EntryKind)
    assert set(Entry.objects.values_list("subject_kind", flat=True)) == set(SubjectKind)
    call_command("verify_journal", stdout=io.StringIO())
    journal_triggers.remove(connection)
    yield
    journal_triggers.install(connection)


@pytest.mark.django_db
def test_any_forgery_of_the_journal_is_found(every_kind: Any) -> None:
    tried = forging.attempt(seed=1, forgeries=300)
    assert tried.missed == []
    assert (tried.made.total(), set(tried.made)) == (300, forging.KINDS)


@pytest.mark.soak
@pytest.mark.django_db
def test_ten_thousand_forgeries_are_all_found(every_kind: Any) -> None:
    tried = forging.attempt(seed=2, forgeries=10_000)
    print(dict(tried.made))  # noqa: T201
    assert tried.missed == []
    assert (tried.made.total(), set(tried.made)) == (10_000, forging.KINDS)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", sorted(kind for kind in forging.KINDS if kind.startswith("owner")))
def test_a_chain_that_was_made_to_agree_again_is_whole_and_only_its_seal_tells(unguarded: Any, kind: str) -> None:
    sealed = seals.seal(clock.now())
    with transaction.atomic():
        done = forging.forge(kind, seed=3)
        assert [fault for fault in journal.verify() if fault.sequence] == []
        assert {head.key for head, _what in seals.broken(sealed)} == done.chains
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    ["stated_elsewhere = '2024-q3'", "recorded_at = '1'", "place = CAST(x'd0' AS TEXT)", "data = x'd0'"]
    if sqlite()
    else ["stated_elsewhere = '2024-q3'", "recorded_at = '20000-01-01'", "latest = 'infinity'"],
)
def test_a_value_that_is_spelt_otherwise_or_cannot_be_read_is_found(every_kind: Any, change: str) -> None:
    entry = Entry.objects.get(kind=EntryKind.STEP, transition="authorise")
    run(f"UPDATE agreements_entry SET {change} WHERE transition = 'authorise'")
    (fault,) = [fault for fault in journal.verify() if fault.subject == entry.subject]
    assert (fault.sequence, fault.what) == (entry.sequence, f"{change.split()[0]} is not stored as it was written")


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["first", "last"])
def test_a_removed_entry_is_found(unguarded: Any, end: str) -> None:
    chain = Entry.objects.filter(subject_kind="agreement").order_by("-sequence" if end == "last" else "sequence")
    entry = chain[0]
    for table, column in (("entrytext", "entry_id"), ("eventposition", "entry_id"), ("entry", "id")):
        run(f"DELETE FROM agreements_{table} WHERE {column} = %s", [entry.pk.hex if sqlite() else entry.pk])
    assert entry.subject in {fault.subject for fault in journal.verify()}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    ["stage = 'signed'", "level = 'public'", "title_en = 'Another'", "on_hold = true", "text = 7", "is_void = true"],
)
def test_columns_that_the_journal_does_not_tell_are_found(make_agreement: Make, change: str) -> None:
    agreement = make_agreement()
    call_command("verify_journal", stdout=io.StringIO())
    key = agreement.pk.hex if sqlite() else agreement.pk
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
        redaction.redact(entry, by=officer, reason="Personal data.")
    with pytest.raises(Refused):
        redaction.redact(entry, by=lawyer, reason="")
    redaction.redact(entry, by=lawyer, reason="Personal data.")
    assert journal.text_of(Entry.objects.get(pk=entry.pk)) == {}
    assert list(journal.verify()) == []
    assert lifecycle.perform(agreement, "withdraw", on=FuzzyDate.parse("2024"), by=lawyer).stage == "withdrawn"


@pytest.mark.django_db
def test_a_text_removed_without_a_record_is_found(make_agreement: Make, lawyer: User) -> None:
    entry = lifecycle.note(make_agreement(), on=FuzzyDate.parse("2024"), by=lawyer, what="Something.")
    run(
        "UPDATE agreements_entrytext SET content = '', salt = '' WHERE entry_id = %s",
        [entry.pk.hex if sqlite() else entry.pk],
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


@pytest.mark.parametrize(
    "value",
    [{"key": {"b": [], "a": {}, "ә": ({"z": None, "y": True},)}}, 'a "quoted" \\ line\nwith \x01 and \u2028 — ұ',
     -(10**30), {EntryKind.STEP: Stage.IN_FORCE, "zero": False, "one": 1}, [], ()],
)  # fmt: skip
def test_canonical_json_is_that_of_the_standard_writer(value: Any) -> None:
    assert journal.canonical(value) == json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize("value", [{1: "a number"}, {"a": {"set"}}, b"bytes", object()])
def test_what_has_no_stable_form_is_refused(value: Any) -> None:
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


def test_records_are_compared_with_their_chains_by_as_many_queries_whatever_their_number(sample: Any) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert list(journal.differing()) == []
        return len(queries)

    before = asked()
    birth = lifecycle.Birth(
        lifecycle.Proposal(
            titles={"en": "A treaty"}, kind="treaty", participants=[(Party.objects.get(code="EU"), "party")]
        ),
        FuzzyDate.parse("2001"),
        lifecycle.Details(),
    )
    lifecycle.open_each([birth] * 20, by=User.objects.service("import"))
    assert asked() == before
