"""What people did to tasks stands in the journal whole, remarks too: no row is changed quietly."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from agreements import documents, journal, lifecycle, redaction, tasks
from agreements.choices import EntryKind
from agreements.models import Agreement, Entry, Task, Unit, User
from agreements.models import triggers as journal_triggers
from agreements.timeline import timeline
from tests.api.conftest import Api
from tests.conftest import signed_in
from tests.pages.conftest import words
from tests.test_tasks import kept, on, plan

Make = Callable[..., Agreement]
REMARKS = "Article 4 is to be put into the plural."


@pytest.fixture
def busy(make_agreement: Make, lawyer: User, officer: User) -> Agreement:
    """An agreement with tasks in every state that hands and records bring about."""
    agreement = make_agreement(procedure="ratified", stage="signing", on=on("2024-12-01"))
    unit = Unit.objects.create(code="legal", name_en="Legal Department")
    plan(agreement, "2025-02-28", by=lawyer)
    tasks.complete(kept(agreement)["clearances"], by=lawyer, result="refused", body="Ministry of Finance")
    tasks.complete(
        kept(agreement)["clearances"], by=lawyer, result="with_remarks", body="Ministry of Finance", remarks=REMARKS
    )
    tasks.complete(kept(agreement)["legal_expertise"], by=lawyer, evidence="No. 12", remarks="Art. 3")
    documents.cite(agreement, "linguistic_expertise", on=on("2024-12-20"), by=lawyer, evidence="No. 13")
    tasks.complete(kept(agreement)["proposal_government"], by=lawyer, on=on("2024-12-01"), remarks="By courier")
    tasks.reopen(kept(agreement)["proposal_government"], by=lawyer, reason="It came back.")
    tasks.complete(kept(agreement)["proposal_government"], by=lawyer, on=on("2024-12-20"), remarks="By hand")
    tasks.change(kept(agreement)["signing_decision"], by=lawyer, person=officer, unit=unit)
    own = tasks.add(agreement, "Call Brussels", by=lawyer, due=on("2025-01"), person=officer, unit=unit)
    tasks.change(own, by=lawyer, title="Call Brussels again", due=on("2025-02"), person=None, side="other")
    tasks.complete(own, by=lawyer, remarks="They will answer.")
    tasks.drop(tasks.add(agreement, "Book a room", by=lawyer), by=lawyer, reason="Not needed.")
    tasks.reopen(tasks.complete(tasks.add(agreement, "Write", by=lawyer), by=lawyer), by=lawyer, reason="Too early.")
    plan(agreement, "2025-03-31", by=lawyer)
    return agreement


def faults() -> list[str]:
    return sorted(fault.what.replace(str(fault.subject), "IT") for fault in tasks.differing())


def test_what_people_did_is_proved(busy: Agreement, lawyer: User) -> None:
    assert faults() == []
    lifecycle.perform(busy, "reopen", on=on("2024-12-27"), by=lawyer)
    assert faults() == []
    call_command("verify_journal", stdout=io.StringIO())


@pytest.mark.parametrize(
    ("name", "column", "value", "wrong"),
    [
        ("clearances", "remarks", "No remarks.", "remarks"),
        ("clearances", "remarks", "", "remarks"),
        ("clearances", "result", "given", "result"),
        ("legal_expertise", "remarks", "Art. 4", "remarks"),
        ("linguistic_expertise", "remarks", "Art. 4", "remarks"),
        ("proposal_government", "remarks", "By courier", "remarks"),
        ("proposal_government", "done_on", on("2024-12-01"), "done_on"),
        ("signing_decision", "person", None, "person"),
        ("Call Brussels again", "title_texts", {"en": "Call Bonn"}, "title"),
        ("Call Brussels again", "side", "own", "side"),
        ("Call Brussels again", "due", on("2025-01"), "due"),
        ("Call Brussels again", "status", "open", "status"),
        ("Call Brussels again", "unit", None, "unit"),
        ("Book a room", "status", "done", "status"),
        ("Write", "status", "dropped", "status"),
    ],
)
def test_a_row_that_was_changed_past_pacta_is_found(
    busy: Agreement, name: str, column: str, value: Any, wrong: str
) -> None:
    named = {task.code or task.title.text: task for task in Task.objects.filter(agreement=busy).order_by("pk")}
    task = named[name]
    Task.objects.filter(pk=task.pk).update(**{column: value})
    assert faults() == [f"the {wrong} of the task {task.pk} is not what the journal says"]
    err = io.StringIO()
    with pytest.raises(CommandError):
        call_command("verify_journal", stderr=err)
    assert f"the {wrong} of the task {task.pk}" in err.getvalue()


def test_a_task_that_came_or_went_past_pacta_is_found(busy: Agreement) -> None:
    row = Task.objects.get(search_text__contains="call brussels")
    row.waits_for.clear()
    Task.objects.filter(pk=row.pk).delete()
    assert [fault.what for fault in tasks.differing()] == ["the journal tells of a task that has no row"]
    Task(agreement=busy, title_texts={"en": "Smuggled"}, created_at=row.created_at, changed_at=row.changed_at).save()
    assert len(faults()) == 2
    assert any("the beginning of the task" in fault for fault in faults())


def test_remarks_in_the_journal_cannot_be_changed_but_redacted(busy: Agreement, lawyer: User) -> None:
    entry = Entry.objects.of(busy).get(kind=EntryKind.TASK, text__content__contains=REMARKS)
    assert journal.text_of(entry)["remarks"] == REMARKS
    assert REMARKS not in entry.data
    journal_triggers.remove(connection)
    try:
        for word, other, found in (("plural", "singular", ["the text was changed"]), ("singular", "plural", [])):
            with connection.cursor() as cursor:
                cursor.execute(f"UPDATE agreements_entrytext SET content = replace(content, '{word}', '{other}')")
            assert [fault.what for fault in journal.verify() if fault.what != "the trigger is missing"] == found
    finally:
        journal_triggers.install(connection)
    redaction.redact(entry, by=lawyer, reason="It names a person.")
    assert list(journal.verify()) == []
    assert faults() == []


def test_a_look_back_tells_the_remarks_of_its_time(busy: Agreement, lawyer: User) -> None:
    before = Entry.objects.of(busy).get(kind=EntryKind.TASK, text__content__contains=REMARKS).recorded_at
    told = {event.remarks.text for event in timeline(busy, user=lawyer) if event.remarks.text}
    assert told == {REMARKS, "Art. 3", "By courier", "By hand", "They will answer."}
    earlier = timeline(busy, user=lawyer, known_at=before - timedelta(microseconds=1))
    assert [event for event in earlier if event.remarks.text] == []
    page = words(signed_in(lawyer).get(f"/agreements/{busy.reference}/"))
    assert f"Task done: Obtain the clearances of the bodies concerned Remarks: {REMARKS}" in page
    then = words(signed_in(lawyer).get(f"/agreements/{busy.reference}/?known_at={timezone.localtime(before).date()}"))
    assert f"Remarks: {REMARKS}" in then
    rows = Api(lawyer).get(f"agreements/{busy.reference}/journal/?kind=task").json()["results"]
    assert {row["remarks"]["text"] for row in rows} == {*told, ""}


def test_no_page_offers_to_void_what_was_done_to_a_task(busy: Agreement, lawyer: User) -> None:
    page = signed_in(lawyer).get(f"/agreements/{busy.reference}/").content.decode()
    offered = {str(key) for key in Entry.objects.of(busy).values_list("pk", flat=True) if f"{key}/void/" in page}
    kinds = {entry.kind for entry in Entry.objects.of(busy) if str(entry.pk) in offered}
    assert kinds == {"open", "document", "clearance"}
