"""Undisclosed participants in the administration: named, refused, changed, and for nobody else in the list."""

from typing import Any

import pytest
from django.urls import reverse

from agreements.models import Agreement, Party, UndisclosedParticipant, User
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
