"""What once told of hidden agreements, each by itself: found by the two worlds, and closed."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from agreements.dates import FuzzyDate
from agreements.models import Agreement, ProcedureVersion, User
from tests.conftest import signed_in


def test_what_only_a_hidden_agreement_follows_is_in_no_list_of_deadlines(
    make_agreement: Callable[..., Agreement], areas: dict[str, Any], at_officer: Client, at_lawyer: Client
) -> None:
    day = FuzzyDate.parse("2015-03-01")
    first = make_agreement(areas=[areas["transport"]], stage="in_force", on=day)
    make_agreement(
        areas=[areas["aviation"]], stage="in_force", on=day, columns={"level": "secret"}, relations=[("follows", first)]
    )
    told = [client.get("/deadlines/?of=all").content.decode() for client in (at_officer, at_lawyer)]

    assert ["Transport and logistics" in page for page in told] == [False, True]


def test_a_procedure_that_only_hidden_agreements_follow_is_not_among_those_in_use(
    make_agreement: Callable[..., Agreement], officer: User, lawyer: User
) -> None:
    make_agreement(procedure="simplified")
    make_agreement(procedure="multilateral", columns={"level": "secret"})

    def codes(user: User) -> list[str]:
        return sorted(ProcedureVersion.objects.for_user(user).values_list("code", flat=True))

    assert (codes(officer), codes(lawyer)) == (["simplified"], ["multilateral", "simplified"])
    officer.is_staff = True
    officer.save()
    page = signed_in(officer).get(reverse("admin:agreements_procedureversion_changelist")).content.decode()
    assert "multilateral" not in page
