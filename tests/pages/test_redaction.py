"""The redaction of a text of the journal: on pages and through the API, by who may, and for good."""

from typing import Any

import pytest
from django.test import Client

from agreements import journal, lifecycle
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry, EntryText, User
from tests.api.conftest import Api, problem_of
from tests.conftest import signed_in
from tests.pages.conftest import words

VISAS = "VIS-8TDK"
SPILLED = "The source sits in the third row."


@pytest.fixture(name="note")
def spilled(sample: Any, officer: User) -> Entry:
    """A note that should not have been written."""
    agreement = Agreement.objects.get(reference=VISAS)
    return lifecycle.note(agreement, on=FuzzyDate.parse("2024-12-20"), by=officer, what=SPILLED)


def address(note: Entry) -> str:
    return f"/agreements/{VISAS}/entries/{note.pk}/redact/"


def test_it_is_led_to_from_the_journal_asked_for_twice_and_done(note: Entry, lawyer: User) -> None:
    client = signed_in(lawyer)
    assert address(note) in client.get(f"/agreements/{VISAS}/journal/").content.decode()
    asked = words(client.get(address(note)))
    assert "This cannot be undone" in asked
    assert SPILLED in asked
    assert client.post(address(note), {"reason": "It names a source."}).status_code == 422
    assert EntryText.objects.get(entry=note).content
    told = words(client.post(address(note), {"reason": "It names a source.", "certain": "on"}, follow=True))
    assert "The text was removed" in told
    assert SPILLED not in told
    assert address(note) not in client.get(f"/agreements/{VISAS}/journal/").content.decode()
    assert EntryText.objects.get(entry=note).content == ""
    assert not list(journal.verify())
    again = client.post(address(note), {"reason": "Again.", "certain": "on"})
    assert again.status_code == 409
    assert "it was removed already" in words(again)


def test_who_lacks_the_right_is_not_led_there_and_refused(note: Entry, at_officer: Client) -> None:
    assert address(note) not in at_officer.get(f"/agreements/{VISAS}/journal/").content.decode()
    assert at_officer.get(address(note)).status_code == 403
    assert at_officer.post(address(note), {"reason": "x", "certain": "on"}).status_code == 403
    assert EntryText.objects.get(entry=note).content


def test_a_legal_hold_stands_against_it(note: Entry, lawyer: User) -> None:
    lifecycle.preserve(Agreement.objects.get(reference=VISAS), by=lawyer, reason="A court asks.")
    client = signed_in(lawyer)
    assert address(note) not in client.get(f"/agreements/{VISAS}/journal/").content.decode()
    assert "under a legal hold" in words(client.get(address(note)))
    assert client.post(address(note), {"reason": "x", "certain": "on"}).status_code == 409
    path = f"agreements/{VISAS}/journal/{note.pk}/redaction/"
    refused = Api(lawyer).post(path, {"reason": "It names a source."})
    assert (problem_of(refused), refused.json()["reasons"][0]["code"]) == ((409, "refused"), "legal-hold")
    assert EntryText.objects.get(entry=note).content


def test_the_api_removes_it_and_tells_the_entry_that_says_so(note: Entry, lawyer: User, officer: User) -> None:
    path = f"agreements/{VISAS}/journal/{note.pk}/redaction/"
    assert problem_of(Api(officer).post(path, {"reason": "x"})) == (403, "not-permitted")
    assert problem_of(Api(lawyer).post(path, {})) == (400, "validation")
    made = Api(lawyer).post(path, {"reason": "It names a source."})
    assert (made.status_code, made.json()["kind"]) == (201, "redaction")
    assert SPILLED not in Api(lawyer).get(f"agreements/{VISAS}/journal/").content.decode()
    assert problem_of(Api(lawyer).post(path, {"reason": "Again."})) == (409, "refused")
    assert Entry.objects.filter(kind="redaction").count() == 1
