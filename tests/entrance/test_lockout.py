"""Who fails too often is locked out for a while, and told when to come back; the same for names that nobody has."""

import logging
import sys
import time
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
import structlog
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth import hashers
from django.core.management import call_command
from django.test import Client

from agreements.models import SignIn
from tests.conftest import signed_in
from tests.entrance.conftest import PASSWORD, app_of, code_of, confirmed, sign_in
from tests.pages.conftest import words
from tracker import logs

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)


def fail(client, times, username="officer"):
    return [sign_in(client, username, f"wrong {number}").status_code for number in range(times)]


@pytest.mark.parametrize("username", ["officer", "nobody"])
def test_five_failures_close_the_door_for_a_quarter_of_an_hour(officer, username):
    client = Client(REMOTE_ADDR="203.0.113.7")
    with time_machine.travel(NOW, tick=False) as now:
        assert fail(client, 5, username) == [200, 200, 200, 200, 429]
        now.shift(timedelta(minutes=5, seconds=10))
        answer = sign_in(client, username)

        assert (answer.status_code, answer["Retry-After"]) == (429, "590")
        assert "closed for 10 minutes: until 1 December 2026, 15:15" in words(answer)
        assert answer["Cache-Control"] == "no-store"
        free = 302 if username == "officer" else 200
        # Another machine, and another account on this one.
        assert sign_in(Client(REMOTE_ADDR="203.0.113.8"), username).status_code == free
        assert sign_in(client, "somebody").status_code == 200
        # What was tried meanwhile has not prolonged it.
        now.shift(timedelta(seconds=591))
        assert sign_in(client, username).status_code == free


def test_a_header_that_anybody_may_send_opens_no_door(officer, settings):
    clients = [Client(REMOTE_ADDR="203.0.113.7", headers={"x-forwarded-for": f"198.51.100.{n}"}) for n in range(6)]

    assert [sign_in(client, password="wrong").status_code for client in clients] == [200] * 4 + [429] * 2
    settings.PROXIES = ["203.0.113.0/24"]
    assert sign_in(clients[0]).status_code == 302


def test_failures_are_forgotten_after_a_success_and_by_tick(officer, client):
    fail(client, 4)
    assert sign_in(client).status_code == 302
    other = Client()
    assert fail(other, 4) == [200] * 4
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=16)):
        call_command("tick")
    assert not AccessAttempt.objects.exists()


def test_the_second_step_is_counted_by_account_whatever_the_machine(officer):
    secret = app_of(officer)
    clients = [Client(REMOTE_ADDR=f"203.0.113.{number}") for number in range(6)]
    for client in clients:
        assert sign_in(client)["Location"] == "/sign-in/code/"
    answers = [client.post("/sign-in/code/", {"code": "000000"}).status_code for client in clients[:5]]

    assert answers == [200, 200, 200, 200, 429]
    assert clients[5].post("/sign-in/code/", {"code": code_of(secret)}).status_code == 429
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=15, seconds=1)):
        assert clients[5].post("/sign-in/code/", {"code": code_of(secret)}).status_code == 302


def test_confirming_and_changing_the_password_are_counted_too(signed):
    confirmed(signed)
    data = {"old": "wrong", "new": "another long sentence", "again": "another long sentence"}
    answers = [signed.post("/account/password/", data).status_code for _time in range(3)]
    answers += [signed.post("/account/confirm/", {"password": "wrong"}).status_code for _time in range(2)]

    assert answers == [200, 200, 200, 200, 429]
    assert signed.post("/account/password/", data | {"old": PASSWORD}).status_code == 429


def test_who_tries_many_names_is_closed_out_on_his_machine(officer, settings):
    settings.LOCKOUT_MACHINE_FAILURES = 12
    sprayer, other = Client(REMOTE_ADDR="203.0.113.7"), Client(REMOTE_ADDR="203.0.113.8")
    with time_machine.travel(NOW, tick=False) as now:
        for number in range(12):
            assert sign_in(sprayer, f"name-{number}", "the word of the year").status_code == 200
            now.shift(timedelta(seconds=30))
        for name in ("officer", "nobody"):
            answer = sign_in(sprayer, name)
            assert (answer.status_code, answer["Retry-After"]) == (429, "540"), name
        assert sprayer.post("/sign-in/forgotten/", {"username": "officer"}).status_code == 429
        assert sign_in(other).status_code == 302
        now.shift(timedelta(seconds=541))
        assert sign_in(sprayer).status_code == 302


def test_nothing_that_was_entered_is_kept(officer, client):
    sign_in(client, "officer", "my secret password")
    sign_in(client, "my secret password", "my secret password")

    kept = [str(row) for row in AccessAttempt.objects.values_list("get_data", "post_data", "path_info")]
    kept += [str(row) for row in SignIn.objects.order_by("pk").values_list()]
    assert not any("my secret" in row for row in kept)


# ---- unlocking ----
def test_who_keeps_the_accounts_unlocks_one(officer, reader, lawyer, client):
    fail(client, 5)
    fail(client, 2, "a password in the wrong field")
    for user in (reader, lawyer):
        user.is_staff = True
        user.save()
    reader.groups.set([_group("administrator")])
    reader.access_level = "internal"
    reader.save()
    row = AccessAttempt.objects.get(username="officer").pk
    page = f"/admin/agreements/lockout/{row}/unlock/"

    assert signed_in(lawyer).post(page).status_code == 403
    administrator = signed_in(reader)
    listed = words(administrator.get("/admin/agreements/lockout/"))
    assert "officer" in listed
    assert "wrong field" not in listed
    other = AccessAttempt.objects.exclude(username="officer").get().pk
    assert administrator.post(f"/admin/agreements/lockout/{other}/unlock/").status_code == 404
    assert "Officer can sign in again." in words(administrator.post(page, follow=True))
    assert sign_in(client).status_code == 302
    event = SignIn.objects.get(kind="unlocked")
    assert (event.user, event.by) == (officer, reader)


def _group(name):
    from django.contrib.auth.models import Group

    return Group.objects.get(name=name)


# ---- the time it takes ----
def test_a_digest_is_computed_once_whether_there_is_such_an_account_or_not(officer, client, monkeypatch):
    """What takes the time is counted: no clock of a busy machine decides."""
    officer.set_password(PASSWORD)
    officer.save()
    counted = []
    encode = hashers.MD5PasswordHasher.encode
    monkeypatch.setattr(
        hashers.MD5PasswordHasher, "encode", lambda self, *given: counted.append(1) or encode(self, *given)
    )

    def digests(username):
        counted.clear()
        sign_in(client, username, "wrong")
        return len(counted)

    assert digests("officer") == digests("nobody") == 1
    officer.set_unusable_password()
    officer.save()
    assert digests("officer") == 1
    officer.is_active = False
    officer.save()
    assert digests("officer") == 1


@pytest.mark.soak
def test_the_time_of_an_answer_tells_nothing(officer, settings):
    """With the digests of operation, so that they weigh as there; times of the process, one beside the other."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    settings.AXES_FAILURE_LIMIT = 10_000
    officer.set_password(PASSWORD)
    officer.save()
    client = Client()

    def taken(username):
        before = time.process_time()
        sign_in(client, username, "wrong")
        return time.process_time() - before

    taken("officer"), taken("nobody")
    times = [(taken("officer"), taken("nobody")) for _time in range(60)]
    known, unknown = (median(column) for column in zip(*times, strict=True))

    assert 0.85 < known / unknown < 1.18


def test_a_traceback_in_the_log_tells_no_values():
    formatter = logs.configuration(form="line", level="INFO")["formatters"]["chosen"]
    own = structlog.stdlib.ProcessorFormatter(**{name: value for name, value in formatter.items() if name != "()"})
    entered = "my secret " + "password"
    try:
        int(entered[:0] + "x")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x", 1, "failed", (), sys.exc_info())
    text = own.format(record)

    assert "ValueError" in text
    assert entered not in text
