"""The page of programs: tokens are issued, shown once, revoked; webhooks are seen there."""

import re

import pytest
from django.test import Client

from agreements import tokens, webhooks
from agreements.models import ApiToken, Webhook
from tests.pages.conftest import words

SENT = {"name": "Register of the ministry", "scope": "read", "until": "2999-12-31", "areas": ["aviation"]}


def test_a_token_is_issued_shown_once_and_revoked(at_officer, officer, areas):
    response = at_officer.post("/tokens/", SENT)
    (secret,) = re.findall(r"pacta_[A-Za-z0-9_-]{43}", words(response))
    token = tokens.find(secret)
    assert response.headers["Cache-Control"] == "no-store"
    assert (token.user, token.name, token.scope, token.areas) == (officer, SENT["name"], "read", ["aviation"])

    again = words(at_officer.get("/tokens/"))
    assert secret not in again
    assert f"{token.beginning}…" in again
    assert "only Aviation" in again
    assert at_officer.post(f"/tokens/{token.pk}/revoke/")["Location"] == "/tokens/"
    assert "is of no use any more" in words(at_officer.get("/tokens/"))
    assert tokens.find(secret) is None


def test_what_cannot_be_is_told(at_officer, areas):
    response = at_officer.post("/tokens/", SENT | {"until": "2001-01-01"})
    assert response.status_code == 409
    assert "The last day of the token is past." in words(response)
    assert at_officer.post("/tokens/", SENT | {"name": "", "scope": "all", "areas": ["x"]}).status_code == 422
    assert not ApiToken.objects.exists()


def test_each_sees_his_own(at_reader, lawyer, officer):
    token, _secret = tokens.issue(officer, name="Of the officer", by=officer)
    webhooks.create(officer, name="Events of the officer", address="https://systems.example/")

    shown = words(at_reader.get("/tokens/"))
    assert "officer" not in shown
    assert at_reader.post(f"/tokens/{token.pk}/revoke/").status_code == 404
    assert at_reader.get(f"/tokens/{token.pk}/revoke/").status_code == 405
    token.refresh_from_db()
    assert token.answers


def test_webhooks_are_seen_with_what_stopped_them(at_officer, officer):
    made, _secret = webhooks.create(officer, name="System", address="https://systems.example/pacta")
    assert "in use" in words(at_officer.get("/tokens/"))
    Webhook.objects.filter(pk=made.pk).update(enabled=False, disabled_at=made.created_at, problem="The answer was 500.")

    assert "https://systems.example/pacta · The answer was 500." in words(at_officer.get("/tokens/"))


@pytest.mark.parametrize("rows", [1, 6])
def test_the_page_takes_as_many_queries_for_one_token_as_for_many(
    at_officer: Client, officer, areas, rows, django_assert_num_queries
):
    for number in range(rows):
        tokens.issue(officer, name=f"Token {number}", by=officer, areas=["aviation"])

    at_officer.get("/tokens/")
    with django_assert_num_queries(6):
        at_officer.get("/tokens/")
