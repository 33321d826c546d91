"""Commitments and registration on pages."""

import pytest

from agreements import commitments
from agreements.models import Agreement, Commitment, Entry
from tests.conftest import signed_in
from tests.pages.conftest import queries, words

EPCA, VISAS, PLATFORM = "PEP-4K7Z", "VIS-8TDK", "TRA-5WPG"
COUNCIL = "The Cooperation Council meets at regular intervals, not less than once a year."


@pytest.fixture
def council(sample, officer):
    agreement = Agreement.objects.get(reference=EPCA)
    return commitments.undertake(agreement, by=officer, text_en=COUNCIL, provision="Art. 268(2)")


def test_a_commitment_is_recorded_changed_and_shown(sample, officer):
    client = signed_in(officer)
    given = {"text_en": COUNCIL, "provision": "Art. 268(2)", "due": "2023", "state": "planned", "body": ""}
    answer = client.post(f"/agreements/{EPCA}/commitments/new/", given, follow=True)
    page = words(answer)

    assert "Recorded: Art. 268(2): The Cooperation Council meets" in page
    assert "(not begun)." in page
    assert "overdue" in page
    made = Commitment.objects.get()
    form = words(client.get(f"/commitments/{made.pk}/"))
    assert COUNCIL in form
    done = given | {"state": "fulfilled", "fulfilled_on": "2024-10-14", "report": "21st Cooperation Council"}
    page = words(client.post(f"/commitments/{made.pk}/", done, follow=True))
    assert "fulfilled, 14 October 2024" in page
    assert "21st Cooperation Council" in page
    assert Entry.objects.of(made).count() == 2


def test_a_refusal_shows_what_was_typed_and_why(sample, officer):
    answer = signed_in(officer).post(f"/agreements/{EPCA}/commitments/new/", {"text_en": COUNCIL, "state": "fulfilled"})

    assert answer.status_code == 409
    assert "Say on which day it was fulfilled." in words(answer)
    assert COUNCIL in words(answer)
    assert not Commitment.objects.exists()
    empty = signed_in(officer).post(f"/agreements/{EPCA}/commitments/new/", {"state": "planned"})
    assert "Say in one language at least what was undertaken." in words(empty)


def test_who_may_not_edit_sees_them_and_no_button(council, reader):
    client = signed_in(reader)
    page = words(client.get(f"/agreements/{EPCA}/"))

    assert COUNCIL in page
    assert "Record a commitment" not in page
    assert client.get(f"/agreements/{EPCA}/commitments/new/").status_code == 403
    assert client.get(f"/commitments/{council.pk}/").status_code == 403


def test_a_page_of_the_past_shows_what_was_known(council, reader):
    page = words(signed_in(reader).get(f"/agreements/{EPCA}/?known_at=2026-01-01"))

    assert COUNCIL not in page


def test_a_text_that_is_not_signed_offers_none(sample, officer):
    assert "Commitments" not in words(signed_in(officer).get(f"/agreements/{VISAS}/"))


def test_the_page_takes_as_many_queries_for_three_as_for_one(council, officer):
    client = signed_in(officer)
    one = queries(client, f"/agreements/{EPCA}/")
    for number in (1, 2):
        commitments.undertake(council.agreement, by=officer, text_en=COUNCIL, provision=f"Art. {number}")

    assert queries(client, f"/agreements/{EPCA}/") == one <= 15


def test_a_registration_is_recorded_and_shown(sample, officer):
    client = signed_in(officer)
    given = {"register_number": "475", "registered_on": "2016-04-05", "un_number": "", "un_registered_on": ""}
    page = words(client.post(f"/agreements/{EPCA}/registration/", given, follow=True))

    assert "The registration is recorded." in page
    assert "State Register: 475 (5 April 2016)" in page
    assert client.get(f"/agreements/{PLATFORM}/registration/").status_code == 404
    assert "Registration" not in words(client.get(f"/agreements/{PLATFORM}/"))
