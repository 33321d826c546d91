"""Undisclosed participants in the administration: named, refused, changed, ended, and for nobody else in the list."""

import html
from typing import Any

import pytest
from django.urls import reverse

from agreements import lifecycle, undisclosed
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry, Participant, Party, UndisclosedParticipant, User
from tests.conftest import signed_in

ADD, LIST = "admin:agreements_undisclosedparticipant_add", "admin:agreements_undisclosedparticipant_changelist"


@pytest.fixture(name="given")
def what_is_given(sample: dict[str, Agreement]) -> dict[str, Any]:
    """What the form is filled in with."""
    return {
        "agreement": str(sample["VIS-8TDK"].pk), "party": str(Party.objects.get(code="AT").pk), "role": "observer",
        "level": "secret", "remark": "The consultations are not public.",
    }  # fmt: skip


def staff(user: User) -> User:
    user.is_staff = True
    user.save()
    return user


def test_it_is_named_and_changed_with_a_chain_of_its_own(given: dict[str, Any], lawyer: User, officer: User) -> None:
    client = signed_in(staff(lawyer))
    assert client.post(reverse(ADD), given).status_code == 302
    made = UndisclosedParticipant.objects.get()
    address = reverse("admin:agreements_undisclosedparticipant_change", args=[made.pk])
    change = {"role": "party", "level": "restricted", "remark": given["remark"], "seen_version": "1"}
    assert client.post(address, change).status_code == 302
    made.refresh_from_db()
    assert (made.role, made.level, made.version) == ("party", "restricted", 2)
    other = signed_in(staff(officer))
    assert "Austria" not in other.get(reverse(LIST)).content.decode()
    assert other.get(address).status_code == 404


@pytest.mark.parametrize(
    ("column", "value"), [("level", "internal"), ("party", "KZ"), ("remark", "")], ids=["level", "party", "remark"]
)
def test_what_stands_against_it_is_said_in_the_form(
    given: dict[str, Any], lawyer: User, column: str, value: str
) -> None:
    if column == "party":
        value = str(Party.objects.get(code=value).pk)
    page = signed_in(staff(lawyer)).post(reverse(ADD), given | {column: value})
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()
    assert not UndisclosedParticipant.objects.exists()


# ---- how it ends ----
@pytest.fixture(name="named")
def one_that_is_named(sample: dict[str, Agreement], lawyer: User) -> UndisclosedParticipant:
    """An undisclosed participant of a level above that of its agreement."""
    party = Party.objects.get(code="AT")
    return undisclosed.name(sample["VIS-8TDK"], party, by=lawyer, level="secret", remark="Not public yet.")


def page_of(record: UndisclosedParticipant, name: str) -> str:
    return reverse(f"admin:agreements_undisclosedparticipant_{name}", args=[record.pk])


def told(response: Any) -> str:
    return html.unescape(response.content.decode())


def test_it_is_disclosed_and_takes_part_from_then_on(named: UndisclosedParticipant, lawyer: User) -> None:
    client, version = signed_in(staff(lawyer)), named.agreement.version
    assert page_of(named, "disclose") in told(client.get(page_of(named, "change")))
    asked = told(client.get(page_of(named, "disclose")))
    assert "Disclose the participant: Austria" in asked
    assert "will see that this party takes part" in asked
    refused = client.post(page_of(named, "disclose"), {"role": "observer", "reason": ""})
    assert (refused.status_code, "errornote" in told(refused)) == (200, True)

    done = client.post(page_of(named, "disclose"), {"role": "observer", "reason": "It was announced."}, follow=True)

    assert done.redirect_chain == [(page_of(named, "change"), 302)]
    assert "Disclosed: Austria." in told(done)
    assert page_of(named, "withdraw") not in told(done)
    named.refresh_from_db()
    taking = Participant.objects.get(agreement=named.agreement, party=named.party)
    assert (named.state, taking.role) == ("disclosed", "observer")
    assert Entry.objects.of(named.agreement).count() == version + 1
    again = client.post(page_of(named, "disclose"), {"role": "observer", "reason": "Again."})
    assert "It was disclosed or withdrawn already." in told(again)


def test_it_is_withdrawn_with_a_reason(named: UndisclosedParticipant, lawyer: User) -> None:
    client = signed_in(staff(lawyer))
    assert "It takes part no more, or never did." in told(client.get(page_of(named, "withdraw")))

    done = client.post(page_of(named, "withdraw"), {"reason": "It was a mistake."}, follow=True)

    assert "Withdrawn: Austria." in told(done)
    named.refresh_from_db()
    assert named.state == "withdrawn"
    assert not Participant.objects.filter(agreement=named.agreement, party=named.party).exists()
    assert "It was disclosed or withdrawn already." in told(client.get(page_of(named, "withdraw")))


def test_of_a_signed_agreement_the_accession_comes_first(named: UndisclosedParticipant, lawyer: User) -> None:
    client = signed_in(staff(lawyer))
    for step in ("open_negotiations", "prepare_signing", "sign"):
        lifecycle.perform(
            named.agreement, step, on=FuzzyDate.parse("2024-12-20"), by=lawyer, out_of_procedure=True, reason="Done."
        )  # fmt: skip

    assert "Record the accession of this party" in told(client.get(page_of(named, "disclose")))
    refused = client.post(page_of(named, "disclose"), {"role": "party", "reason": "It was announced."})
    assert "Record the accession of this party" in told(refused)
    named.refresh_from_db()
    assert named.state == "undisclosed"


@pytest.mark.parametrize("name", ["disclose", "withdraw"])
def test_who_lacks_the_right_is_refused_and_who_lacks_the_level_finds_nothing(
    named: UndisclosedParticipant, reader: User, officer: User, name: str
) -> None:
    given = {"role": "party", "reason": "It was announced."}
    for user, status in ((reader, 403), (officer, 404)):
        client = signed_in(staff(user))
        answers = [client.get(page_of(named, name)), client.post(page_of(named, name), given)]
        assert [answer.status_code for answer in answers] == [status, status]
    named.refresh_from_db()
    assert named.state == "undisclosed"
