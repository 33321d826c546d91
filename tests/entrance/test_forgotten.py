"""A forgotten password: a link by mail, good once; it tells not who has an account, and opens no second step."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.core import mail
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from agreements.background import task_backends
from agreements.models import SignIn, User
from tests.entrance.conftest import PASSWORD, app_of, code_of, sign_in
from tests.entrance.test_sessions import is_in
from tests.pages.conftest import words

NEW = {"new": "another long sentence", "again": "another long sentence"}


@pytest.fixture
def officer(officer: User) -> User:
    """A desk officer whose e-mail address is known."""
    officer.email = "officer@pacta.example"
    officer.save()
    return officer


def ask(client: Client, username: str = "officer"):
    return client.post("/sign-in/forgotten/", {"username": username})


def link() -> str:
    """The address in the last mail, without the host."""
    return re.search(r"http://testserver(/sign-in/forgotten/\S+)", mail.outbox[-1].body)[1]


def opened(client: Client) -> str:
    """Follow the link to the form, whose address no longer holds the key."""
    return client.get(link())["Location"]


def test_a_link_leads_to_a_new_password_and_ends_all_sessions(officer, client):
    here, there = Client(), Client()
    sign_in(here)
    sign_in(there)
    assert ask(client)["Location"] == "/sign-in/forgotten/sent/"
    assert "It is good for 10 minutes." in words(client.get("/sign-in/forgotten/sent/"))
    assert (mail.outbox[0].to, len(mail.outbox)) == (["officer@pacta.example"], 1)

    form = opened(client)
    assert form.endswith("/set-password/")
    assert "at least 12 characters" in words(client.post(form, {"new": "short", "again": "short"}))
    assert "The two new passwords differ." in words(client.post(form, NEW | {"again": "x"}))
    answer = client.post(form, NEW, follow=True)

    assert answer.redirect_chain == [("/sign-in/", 302)]
    assert "The password is changed." in words(answer)
    assert (is_in(here), is_in(there), is_in(client)) == (False, False, False)
    assert sign_in(Client()).status_code == 200
    assert sign_in(Client(), password=NEW["new"]).status_code == 302
    kinds = [row.kind for row in SignIn.objects.filter(user=officer).order_by("pk")]
    assert kinds[1:] == ["signed_in", "signed_in", "forgotten", "password", "failed", "signed_in"]


def test_a_link_is_good_once_for_a_time_and_for_one_password(officer, client):
    ask(client)
    first = link()
    form = opened(client)
    assert client.post(form, NEW).status_code == 302
    assert "This link is of no use" in words(Client().get(first))
    for spoilt in (first[:-2] + "x/", "/sign-in/forgotten/x/y/", "/sign-in/forgotten/1/set-password/"):
        assert "This link is of no use" in words(Client().get(spoilt)), spoilt
    ask(client)
    with time_machine.travel(time.time() + 605):
        assert "This link is of no use" in words(Client().get(link()))
    assert Client().get(link()).status_code == 302


def test_a_second_step_is_asked_for_all_the_same(officer, client):
    secret = app_of(officer)
    ask(client)
    client.post(opened(client), NEW)

    assert sign_in(client, password=NEW["new"])["Location"] == "/sign-in/code/"
    assert client.get("/desk/").status_code == 302
    assert client.post("/sign-in/code/", {"code": code_of(secret)})["Location"] == "/desk/"


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": ""}, {"is_service": True}, {"password": "!x"}])
def test_who_may_not_have_one_gets_no_mail_and_his_link_goes_out_of_use(officer, client, change):
    ask(client)
    User.objects.filter(pk=officer.pk).update(**change)
    ask(client)

    assert len(mail.outbox) == 1
    assert "This link is of no use" in words(Client().get(link()))


def test_the_answer_is_the_same_for_names_that_nobody_has(officer, monkeypatch):
    """What is done, too: as many queries, and a task for the worker in any case."""
    handed: list[str] = []
    backend = task_backends["default"]
    monkeypatch.setattr(backend, "enqueue", lambda _task, args, kwargs: handed.append(args[0]))
    asked = {}
    ask(Client(), "warming up")
    for name in ("officer", "nobody"):
        client = Client()
        with CaptureQueriesContext(connection) as caught:
            answer = ask(client, name)
        asked[name] = (answer.status_code, answer["Location"], answer.content, len(caught))

    assert asked["officer"] == asked["nobody"]
    assert handed[-2:] == [str(officer.pk), ""]


@pytest.mark.parametrize("username", ["officer", "nobody"])
def test_mails_are_counted_by_name_wherever_they_are_asked_for(officer, username):
    answers = [ask(Client(REMOTE_ADDR=f"203.0.113.{number}"), username) for number in range(6)]

    assert [answer.status_code for answer in answers] == [302] * 4 + [429] * 2
    assert len(mail.outbox) == (4 if username == "officer" else 0)
    assert int(answers[-1]["Retry-After"]) > 800
    # The sign-in itself is not closed by it.
    assert sign_in(Client()).status_code == 302
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=15, seconds=1)):
        assert ask(Client(), username).status_code == 302


def test_a_new_password_opens_the_door_that_wrong_ones_closed_and_no_second_step(officer, client):
    app_of(officer)
    for number in range(5):
        sign_in(client, password=f"wrong {number}")
    other = Client(REMOTE_ADDR="203.0.113.9")
    sign_in(other)
    for _time in range(5):
        other.post("/sign-in/code/", {"code": "000000"})
    assert sign_in(client).status_code == 429
    ask(client)
    client.post(opened(client), NEW)

    assert sign_in(client, password=NEW["new"])["Location"] == "/sign-in/code/"
    assert client.post("/sign-in/code/", {"code": "000000"}).status_code == 429
    assert set(AccessAttempt.objects.values_list("username", flat=True)) == {"officer codes", "officer mails"}


def test_who_is_signed_in_and_follows_his_link_signs_in_anew(officer, client):
    sign_in(client)
    ask(client)
    answer = client.post(opened(client), NEW, follow=True)

    assert answer.redirect_chain == [("/sign-in/", 302)]
    assert not is_in(client)


def test_the_mail_speaks_the_language_of_the_page_and_leads_to_the_address_of_pacta(officer, client, settings):
    settings.PACTA_URL = "https://pacta.example/"
    client.post("/language/", {"language": "ru"})
    ask(client)

    assert "https://pacta.example/sign-in/forgotten/" in mail.outbox[0].body
    assert "//sign-in" not in mail.outbox[0].body
    assert "новый пароль" in mail.outbox[0].body
    assert PASSWORD not in mail.outbox[0].body


@override_settings(PASSWORD_BY_MAIL=False)
def test_where_no_mail_server_is_named_there_is_no_such_way(officer, client):
    for address in ("/sign-in/forgotten/", "/sign-in/forgotten/sent/", "/sign-in/forgotten/1/set-password/"):
        assert client.get(address).status_code == 404
    assert ask(client).status_code == 404
    assert "have forgotten the password, please ask the administrator" in words(client.get("/sign-in/"))
    assert not mail.outbox


def test_the_sign_in_leads_there(officer, client):
    assert 'href="/sign-in/forgotten/"' in client.get("/sign-in/").content.decode()
