"""The page on which an agreement is moved to the version of its procedure in use today, and the way to it."""

import re

import pytest
from django.urls import reverse

from agreements import lifecycle, procedures
from agreements.models import Agreement, Entry, User
from tests.conftest import signed_in
from tests.pages.conftest import queries, words
from tests.test_adopting import EARLIER, under

__all__ = ["under"]
PRESENT = procedures.load()["ratified"]


@pytest.fixture
def outdated(under):
    """An agreement under the version of before, which had no tasks and another label."""
    return under()


def address(agreement):
    return f"/agreements/{agreement.reference}/procedure/"


# ---- the way to it ----
def test_an_agreement_under_another_version_says_so(outdated, at_reader):
    response = at_reader.get(f"/agreements/{outdated.reference}/")

    assert "Treaty subject to ratification , version 0 Another version is in use today. What is different" in words(
        response
    )
    assert f'<a href="{address(outdated)}">What is different</a>' in response.content.decode()


def test_an_agreement_under_the_present_version_says_which(signing, at_reader):
    shown = words(at_reader.get(f"/agreements/{signing.reference}/"))

    assert f"Treaty subject to ratification , version {PRESENT.version} In the name of" in shown
    assert "Another version" not in shown


def test_it_costs_no_query_to_know(outdated, signing, at_reader):
    assert (
        queries(at_reader, f"/agreements/{outdated.reference}/")
        <= queries(at_reader, f"/agreements/{signing.reference}/") + 1
    )  # the older version is read from the database


# ---- comparing ----
def test_everybody_who_sees_it_may_compare(outdated, at_reader):
    response = at_reader.get(address(outdated))
    shown = words(response)

    for part in (
        "The agreement follows version 0",
        f"In use today version {PRESENT.version}",
        PRESENT.digest,
        procedures.from_text(EARLIER).digest,
        "Stages What In the version that it follows In the version in use today Being prepared for signing (changed) "
        "Label On the desk Being prepared for signing Usual stay, days – 180",
        "Obtain the scientific legal expertise of the draft (added) Task – Obtain the scientific legal",
        "Due – At least 1 calendar day before this date: planned signing",
        "What ends it – The document is recorded: scientific legal expertise.",
        "Agreements are moved to another version of their procedure by the treaty department.",
    ):
        assert part in shown
    assert "Move to the version in use" not in shown


def test_only_the_treaty_department_has_the_form(outdated, at_officer, at_lawyer):
    assert 'name="reason"' not in at_officer.get(address(outdated)).content.decode()
    assert 'name="reason"' in at_lawyer.get(address(outdated)).content.decode()


def test_requirements_that_came_and_went_stand_beside_each_other(under, at_lawyer):
    instead = '{ kind = "reached", date = "valid_from" },'
    text = re.sub(r'\{ kind = "document", document = "legal_expertise".*', instead, EARLIER)
    shown = words(at_lawyer.get(address(under(text))))

    assert (
        "Sign (changed) No longer needed The step is not earlier than the beginning of the period of validity, "
        "if one is set. – Newly needed – Recorded beforehand: scientific legal expertise. Law on International" in shown
    )


def test_a_version_that_differs_in_a_remark_says_so(under, at_lawyer):
    shown = words(at_lawyer.get(address(under(PRESENT.text + "\n# as it was\n"))))

    assert "The rules are the same: only the number of the version, the order, or a remark" in shown
    assert "Move to the version in use" in shown


def test_under_the_present_version_there_is_nothing_to_move(signing, at_lawyer):
    response = at_lawyer.get(address(signing))

    assert response.status_code == 200
    assert "The agreement follows the version of its procedure that is in use today already." in words(response)
    assert 'name="reason"' not in response.content.decode()


def test_what_one_may_not_see_is_not_there(secret, at_officer):
    assert at_officer.get(address(secret)).status_code == 404
    assert at_officer.post(address(secret), {"reason": "?"}).status_code == 404


# ---- moving ----
def test_the_treaty_department_moves_it_with_a_reason(outdated, at_lawyer):
    response = at_lawyer.post(
        address(outdated), {"reason": "The law has changed.", "digest": PRESENT.digest}, follow=True
    )
    shown = words(response)

    assert Agreement.objects.get(pk=outdated.pk).rules.digest == PRESENT.digest
    assert f"The agreement now follows version {PRESENT.version} of its procedure." in shown
    assert "Another version is in use" not in shown
    old = procedures.from_text(EARLIER).digest[:8]
    assert (
        f"Procedure: was “version 0 (digest {old}…)”, is “version {PRESENT.version} (digest {PRESENT.digest[:8]}…)” "
        "Reason: The law has changed." in shown
    )


def test_without_a_reason_it_is_asked_for(outdated, at_lawyer):
    response = at_lawyer.post(address(outdated), {"reason": ""})

    assert response.status_code == 422
    assert "Give a reason." in words(response)
    assert Entry.objects.of(outdated).count() == 1


def test_a_version_that_came_into_use_meanwhile_is_compared_first(outdated, at_lawyer):
    response = at_lawyer.post(address(outdated), {"reason": "The law has changed.", "digest": "0" * 64})

    assert response.status_code == 409
    assert "The procedure has changed since you compared the versions. Compare them again." in words(response)
    assert Entry.objects.of(outdated).count() == 1


def test_who_lacks_the_right_cannot_move_it(outdated, at_officer, at_reader):
    for client in (at_officer, at_reader):
        response = client.post(address(outdated), {"reason": "The law has changed."})
        assert response.status_code == 403
        assert "by the treaty department" in words(response)
    assert Entry.objects.of(outdated).count() == 1


def test_who_comes_second_is_told(outdated, lawyer, at_lawyer):
    lifecycle.adopt(outdated, by=lawyer, reason="The law has changed.")
    response = at_lawyer.post(address(outdated), {"reason": "The law has changed.", "digest": PRESENT.digest})

    assert response.status_code == 409
    assert "in use today already." in words(response)
    assert Entry.objects.of(outdated).count() == 2


def test_a_look_back_shows_the_version_of_then(outdated, lawyer, at_reader):
    moment = Entry.objects.of(outdated).latest("sequence").recorded_at
    lifecycle.adopt(outdated, by=lawyer, reason="The law has changed.")

    then = at_reader.get(f"/agreements/{outdated.reference}/", {"known_at": moment.isoformat()})
    assert "Treaty subject to ratification , version 0" in words(then)
    assert "On the desk" in words(then)
    assert "Another version" not in words(then)


def test_the_administration_leads_there_while_it_is_outdated(outdated, signing, lawyer, officer):
    def change(user, agreement):
        User.objects.filter(pk=user.pk).update(is_staff=True)
        answer = signed_in(user).get(reverse("admin:agreements_agreement_change", args=[agreement.pk]))
        assert answer.status_code == 200
        return answer.content.decode()

    assert f'<a href="{address(outdated)}">Version of the procedure</a>' in change(lawyer, outdated)
    assert address(outdated) not in change(officer, outdated)
    assert address(signing) not in change(lawyer, signing)
