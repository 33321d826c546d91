"""The journal of sign-ins: what is written, who reads it, how long it is kept; and access in an emergency."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from agreements.models import EmergencyAccess, SignIn, User
from tests.conftest import signed_in
from tests.entrance.conftest import PASSWORD, app_of, code_of, confirmed, sign_in
from tests.pages.conftest import words

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"


@pytest.fixture(autouse=True)
def _from_the_start(officer):
    SignIn.objects.all().delete()


def told():
    rows = SignIn.objects.order_by("pk").select_related("user", "by")
    return [(row.kind, row.user and row.user.username, row.by and row.by.username, row.means) for row in rows]


def test_coming_failing_and_going_are_written_with_means_and_place(officer):
    client = Client(headers={"user-agent": FIREFOX}, REMOTE_ADDR="203.0.113.7")
    secret = app_of(officer)
    sign_in(client, password="wrong")
    sign_in(client, "nobody", "wrong")
    sign_in(client)
    client.post("/sign-in/code/", {"code": "000000"})
    client.post("/sign-in/code/", {"code": code_of(secret)})
    client.post("/sign-out/")

    assert told() == [
        ("failed", "officer", None, "password"),
        ("failed", None, None, "password"),
        ("failed", "officer", None, "totp"),
        ("signed_in", "officer", None, "password,totp"),
        ("signed_out", "officer", None, ""),
    ]
    assert set(SignIn.objects.values_list("address", "device")) == {("203.0.113.7", FIREFOX)}


def test_locking_out_is_written_once(client):
    for _time in range(8):
        sign_in(client, password="wrong")

    assert told() == [("failed", "officer", None, "password")] * 4 + [("locked", "officer", None, "password")]


@pytest.mark.django_db(transaction=True)
def test_changes_of_means_are_written(client):
    SignIn.objects.all().delete()
    sign_in(client)
    confirmed(client)
    secret = client.get("/account/app/").context["form"].secret
    client.post("/account/app/", {"code": code_of(secret)})
    client.post("/account/codes/new/")
    client.post("/account/app/remove/")
    other = Client()
    sign_in(other)
    client.post("/account/sessions/end/")
    new = {"old": PASSWORD, "new": "another long sentence", "again": "another long sentence"}
    client.post("/account/password/", new)

    assert [(kind, means) for kind, _user, _by, means in told()] == [
        ("signed_in", "password"),
        ("added", "totp"),
        ("codes", ""),
        ("codes", ""),
        ("removed", "totp"),
        ("removed", "recovery_codes"),
        ("signed_in", "password"),
        ("sessions_ended", ""),
        ("password", ""),
    ]


def test_a_password_that_another_sets_names_him(officer, lawyer):
    lawyer.is_superuser = lawyer.is_staff = True
    lawyer.save()
    signed_in(lawyer).post(
        f"/admin/agreements/user/{officer.pk}/password/",
        {"usable_password": "true", "password1": "set by another one", "password2": "set by another one"},
    )

    assert told()[-1] == ("password", "officer", "lawyer", "")


def test_one_reads_ones_own_and_who_keeps_the_accounts_all(officer, reader, lawyer):
    administrator = reader
    administrator.groups.set([Group.objects.get(name="administrator")])
    administrator.is_staff = lawyer.is_staff = True
    administrator.save()
    lawyer.save()
    client = Client()
    sign_in(client, password="wrong")
    sign_in(client)
    SignIn.objects.create(at=datetime.now(UTC), kind="failed", user=lawyer, note="of the lawyer")

    page = words(client.get("/account/"))
    assert "Attempt failed · password" in page
    assert "of the lawyer" not in page
    assert signed_in(lawyer).get("/admin/agreements/signin/").status_code == 403
    everything = words(signed_in(administrator).get("/admin/agreements/signin/"))
    assert "of the lawyer" in everything
    assert set(SignIn.objects.for_user(lawyer).values_list("user", flat=True)) == {lawyer.pk}
    assert SignIn.objects.for_user(administrator).count() == SignIn.objects.count()


def test_it_is_kept_for_a_time(officer, settings):
    now = datetime.now(UTC)
    for days in (9, 11):
        SignIn.objects.create(at=now - timedelta(days=days), kind="signed_in", user=officer)
    settings.SIGN_IN_JOURNAL_DAYS = 10
    call_command("tick")

    assert [row.at for row in SignIn.objects.filter(user=officer)] == [now - timedelta(days=9)]


# ---- in an emergency ----
def issued(capsys, *more):
    call_command("break_glass", "officer", "--reason", "The telephone is lost.", *more)
    return capsys.readouterr().out.splitlines()[-1].removeprefix("key: ")


def use(client, key, username="officer"):
    return client.post("/sign-in/emergency/", {"username": username, "key": key})


def test_a_key_opens_once_for_a_while_and_is_written_and_told(officer, lawyer, settings, capsys):
    settings.SECOND_FACTOR = "all"
    app_of(officer)
    lawyer.is_superuser, lawyer.email = True, "accounts@pacta.example"
    lawyer.save()
    User.objects.filter(username="officer").update(email="officer@pacta.example")
    key = issued(capsys, "--minutes", "30")
    first, second = Client(), Client()

    assert [message.to for message in mail.outbox] == [["accounts@pacta.example"]]
    assert "The telephone is lost." in mail.outbox[0].body
    assert key not in mail.outbox[0].body
    assert key not in str(EmergencyAccess.objects.values_list().get())
    assert use(first, "another").status_code == 200
    assert use(first, key, "lawyer").status_code == 200
    assert use(first, key)["Location"] == "/account/"
    assert use(second, key).status_code == 200
    assert first.get("/desk/").status_code == 200
    assert told()[0] == ("emergency", "officer", None, "")
    assert [row[0] for row in told()[1:]] == ["failed", "failed", "signed_in", "failed"]
    assert ("signed_in", "officer", None, "emergency") in told()
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=29)):
        assert first.get("/desk/").status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=31)):
        assert first.get("/desk/").status_code == 302


def test_a_key_is_of_no_use_late_or_replaced_or_for_the_deactivated(officer, capsys):
    late, replaced = issued(capsys, "--usable", "5"), None
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        assert use(Client(), late).status_code == 200
        replaced, last = issued(capsys), issued(capsys)
        assert use(Client(), replaced).status_code == 200
        User.objects.filter(username="officer").update(is_active=False)
        assert use(Client(), last).status_code == 200
        User.objects.filter(username="officer").update(is_active=True)
        assert use(Client(), last).status_code == 302


def test_the_command_asks_for_a_user_in_use_a_reason_and_minutes(officer):
    for given in ("nobody --reason x", "officer --reason=", "officer --reason x --minutes 0"):
        with pytest.raises(CommandError):
            call_command("break_glass", *given.split())
    assert not EmergencyAccess.objects.exists()
