"""Those who keep the accounts take second factors and sessions from others: confirmed, written, told, within reach."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client

from agreements.models import SignIn, User
from tests.conftest import signed_in
from tests.entrance.conftest import PASSWORD, app_of, code_of, confirmed, passkey_of, sign_in
from tests.entrance.test_sessions import is_in
from tests.pages.conftest import words


@pytest.fixture
def administrator(reader: User) -> User:
    """Somebody who keeps the accounts up to internal."""
    reader.groups.set([Group.objects.get(name="administrator")])
    reader.is_staff = True
    reader.set_password(PASSWORD)
    reader.save()
    return reader


@pytest.fixture
def at_administrator(administrator: User) -> Client:
    """His browser."""
    client = Client()
    sign_in(client, "reader")
    return client


def page(user: User) -> str:
    return f"/admin/agreements/user/{user.pk}/signing-in/"


TAKE = {"what": "factors", "reason": "The telephone is lost; he stood before me."}


def test_second_factors_are_removed_after_a_confirmation_and_it_is_written_and_told(
    officer, at_administrator, django_capture_on_commit_callbacks
):
    officer.email = "officer@pacta.example"
    officer.save()
    secret = app_of(officer)
    passkey_of(officer)
    his = Client()
    sign_in(his)
    his.post("/sign-in/code/", {"code": code_of(secret)})
    assert is_in(his)

    asked = at_administrator.get(page(officer))
    assert asked["Location"].startswith("/account/confirm/?next=")
    assert at_administrator.post(page(officer), TAKE)["Location"].startswith("/account/confirm/?next=")
    assert Authenticator.objects.filter(user=officer).count() == 2
    confirmed(at_administrator)
    answer = at_administrator.get(page(officer))
    assert not re.search(r"<script(?! src)|<style\b|\sstyle=|\son\w+=", answer.content.decode().partition("<main")[2])
    shown = words(answer)
    assert "Authenticator app: set up Passkeys: 1 Sessions: 1" in shown
    assert "This field is required." in words(at_administrator.post(page(officer), TAKE | {"reason": " "}))
    with django_capture_on_commit_callbacks(execute=True):
        answer = at_administrator.post(page(officer), TAKE, follow=True)

    assert "It is written, and Officer is told." in words(answer).replace("officer is", "Officer is")
    assert not Authenticator.objects.filter(user=officer).exists()
    assert not is_in(his)
    assert sign_in(Client())["Location"] == "/desk/"
    row = SignIn.objects.get(user=officer, kind="removed")
    assert (row.by.username, row.means, row.note) == ("reader", "totp,webauthn", TAKE["reason"])
    assert [message.to for message in mail.outbox] == [["officer@pacta.example"]]
    for said in ("The telephone is lost", "has removed the second factors", "Вторые факторы"):
        assert said in mail.outbox[0].body
    other = Client()
    sign_in(other)
    assert "The telephone is lost" in words(other.get("/account/"))
    assert LogEntry.objects.filter(object_id=str(officer.pk)).exists()


def test_sessions_are_ended_and_the_means_stay(officer, at_administrator):
    app_of(officer)
    his = signed_in(officer)
    confirmed(at_administrator)
    at_administrator.post(page(officer), {"what": "sessions", "reason": "The computer was stolen."})

    assert not is_in(his)
    assert Authenticator.objects.filter(user=officer).count() == 1
    assert SignIn.objects.filter(user=officer, kind="sessions_ended", by__username="reader").count() == 1
    assert not mail.outbox  # no address is recorded: the page says so


def test_nobody_takes_from_himself_from_those_above_or_without_the_right(
    officer, administrator, at_administrator, lawyer
):
    confirmed(at_administrator)
    for user in (lawyer, administrator):
        assert at_administrator.get(page(user)).status_code == 403
        assert at_administrator.post(page(user), TAKE).status_code == 403
    assert at_administrator.get(page(User.objects.service("sample"))).status_code == 404
    officer.is_staff = True
    officer.save()
    client = Client()
    sign_in(client)
    confirmed(client)
    assert client.post(page(administrator), TAKE).status_code == 403
    assert not SignIn.objects.filter(kind__in=["removed", "sessions_ended"]).exists()


def test_the_page_of_an_account_leads_there(officer, at_administrator):
    answer = at_administrator.get(f"/admin/agreements/user/{officer.pk}/change/")

    assert f'href="{page(officer)}"' in answer.content.decode()
    assert "no second factor" in words(answer)
