"""Signing in with a password and a second step; confirming that it is still the same person; changing the password."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from agreements.models import User
from tests.entrance.conftest import PASSWORD, app_of, code_of, confirmed, sign_in
from tests.pages.conftest import queries, words


def is_in(client):
    return client.get("/account/").status_code == 200


@pytest.mark.parametrize(
    ("username", "password"), [("officer", "wrong"), ("nobody", PASSWORD), ("Officer", PASSWORD), ("officer\0", "x")]
)
def test_who_does_not_know_both_does_not_come_in(client, officer, username, password):
    answer = sign_in(client, username, password)

    assert answer.status_code == 200
    assert not is_in(client)


def test_the_deactivated_are_answered_as_those_who_are_not_there(client, officer):
    User.objects.update(is_active=False)

    answers = [words(sign_in(client, name)) for name in ("officer", "nobody")]

    assert answers[0].replace("officer", "") == answers[1].replace("nobody", "")
    assert not is_in(client)


def test_there_is_no_way_to_make_an_account_or_to_add_addresses(client, officer):
    sign_in(client)
    for path in ("signup", "sign-up", "account/email", "account/signup", "accounts/login", "password/reset"):
        assert client.get(f"/{path}/").status_code == 404, path


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere(client, officer, wanted):
    assert sign_in(client, next=wanted)["Location"] == "/desk/"


def test_signing_in_changes_the_key_of_the_session(client, officer):
    client.get("/sign-in/")
    client.post("/language/", {"language": "ru"})
    session = client.session
    session["mine"] = 1
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before

    sign_in(client)

    assert client.session.session_key != before


# ---- the second step ----
def test_who_has_an_app_comes_in_with_its_code_only(client, officer):
    secret = app_of(officer)

    assert sign_in(client, next="/parties/")["Location"] == "/sign-in/code/"
    assert not is_in(client)
    page = client.get("/sign-in/code/")
    assert "Second step" in words(page)
    assert words(client.post("/sign-in/code/", {"code": "000000"})).count("This code is not right") == 1
    answer = client.post("/sign-in/code/", {"code": code_of(secret)})

    assert answer["Location"] == "/parties/"
    assert is_in(client)


def test_a_code_is_taken_once_whichever_process_is_asked(officer, settings):
    # Without any cache: each process has its own, and another knows nothing of it.
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    secret = app_of(officer)
    code = code_of(secret)
    first, second = Client(), Client()
    for browser in (first, second):
        sign_in(browser)

    assert first.post("/sign-in/code/", {"code": code}).status_code == 302
    answer = second.post("/sign-in/code/", {"code": f" {code[:3]} {code[3:]} "})

    assert answer.status_code == 200
    assert (is_in(first), is_in(second)) == (True, False)
    assert second.post("/sign-in/code/", {"code": code_of(secret, step=1)}).status_code == 302


def test_the_second_step_is_not_reached_without_the_first(client, officer):
    app_of(officer)

    assert client.get("/sign-in/code/")["Location"] == "/sign-in/"
    assert client.post("/sign-in/code/", {"code": "1"})["Location"] == "/sign-in/"


def test_secrets_are_sealed_and_of_another_key_of_no_use(client, officer, settings):
    secret = app_of(officer)
    assert secret not in str(Authenticator.objects.get().data)

    settings.SECRET_KEY = "another key than that under which it was sealed"
    sign_in(client)
    assert client.post("/sign-in/code/", {"code": code_of(secret)}).status_code == 200
    assert not is_in(client)


# ---- setting up ----
def test_an_app_is_set_up_with_recovery_codes_that_are_shown_once(signed, officer):
    assert signed.get("/account/app/")["Location"] == "/account/confirm/?next=%2Faccount%2Fapp%2F"
    assert signed.post("/account/confirm/", {"password": "wrong", "next": "/account/app/"}).status_code == 200
    answer = signed.post("/account/confirm/", {"password": PASSWORD, "next": "/account/app/"})
    assert answer["Location"] == "/account/app/"
    secret = signed.get("/account/app/").context["form"].secret
    assert signed.post("/account/app/", {"code": "000000"}).status_code == 200
    answer = signed.post("/account/app/", {"code": code_of(secret)}, follow=True)

    assert answer.redirect_chain == [("/account/codes/", 302)]
    codes = answer.context["unused_codes"]
    assert len(set(codes)) == 10
    assert all(code in words(answer) for code in codes)
    assert not any(code in words(signed.get("/account/codes/")) for code in codes)
    assert "10 codes are left" in words(signed.get("/account/"))

    other = Client()
    sign_in(other)
    assert other.post("/sign-in/code/", {"code": codes[3]}).status_code == 302
    assert "9 codes are left" in words(other.get("/account/"))
    third = Client()
    sign_in(third)
    assert third.post("/sign-in/code/", {"code": codes[3]}).status_code == 200


def test_new_recovery_codes_make_the_old_ones_useless(signed, officer):
    app_of(officer)
    confirmed(signed)
    signed.post("/account/codes/new/")
    before = signed.get("/account/codes/").context["unused_codes"]
    signed.post("/account/codes/new/")
    after = signed.get("/account/codes/").context["unused_codes"]

    assert len(set(before) | set(after)) == 20
    other = Client()
    sign_in(other)
    assert other.post("/sign-in/code/", {"code": before[0]}).status_code == 200
    assert other.post("/sign-in/code/", {"code": after[0]}).status_code == 302


def test_an_app_is_removed_after_a_question(signed, officer):
    app_of(officer)
    assert signed.post("/account/app/remove/")["Location"].startswith("/account/confirm/")
    confirmed(signed)
    assert "Remove the authenticator app" in words(signed.get("/account/app/remove/"))
    assert Authenticator.objects.exists()
    signed.post("/account/app/remove/")

    assert not Authenticator.objects.exists()


def test_nobody_removes_the_passkey_of_another(signed, lawyer):
    other = Authenticator.objects.create(user=lawyer, type=Authenticator.Type.WEBAUTHN, data={"name": "x"})
    confirmed(signed)

    assert signed.post(f"/account/passkeys/{other.pk}/remove/").status_code == 404
    assert Authenticator.objects.filter(pk=other.pk).exists()


def test_what_is_no_passkey_is_refused(signed, client, officer):
    confirmed(signed)
    signed.get("/account/passkeys/new/")
    for credential in ("", "{}", '"x"', "[]", '{"id": "x", "type": "public-key"}', '{"response": {"userHandle": 7}}'):
        assert signed.post("/account/passkeys/new/", {"credential": credential}).status_code == 200, credential
    stranger = Client()
    assert stranger.get("/sign-in/passkey/").json()["publicKey"]["userVerification"] == "required"
    for credential in ("", "{}", '"x"', "[]", '{"id": "x"}', '{"response": {"userHandle": 7}}'):
        answer = stranger.post("/sign-in/passkey/", {"credential": credential, "next": "/parties/"})
        assert answer["Location"] == "/sign-in/?next=%2Fparties%2F", credential
        assert "this passkey is not known here" in words(stranger.get("/sign-in/"))
    assert not Authenticator.objects.exists()


# ---- the password ----
def test_the_password_is_changed_and_other_sessions_end(signed, officer):
    other = Client()
    sign_in(other)
    answer = signed.post("/account/password/", {"old": PASSWORD, "new": "another long sentence", "again": "x"})
    assert "The two new passwords differ." in words(answer)
    for old, new, said in (
        ("wrong", "another long sentence", "The password is not right."),
        (PASSWORD, "short", "at least 12 characters"),
        (PASSWORD, "123456789012", "entirely numeric"),
        (PASSWORD, PASSWORD, "Choose another one."),
    ):
        assert said in words(signed.post("/account/password/", {"old": old, "new": new, "again": new})), said
    answer = signed.post(
        "/account/password/",
        {"old": PASSWORD, "new": "another long sentence", "again": "another long sentence"},
        follow=True,
    )

    assert "Wherever else you were signed in, you are signed out." in words(answer)
    assert (is_in(signed), is_in(other)) == (True, False)
    assert len(signed.get("/account/").context["places"]) == 1
    assert sign_in(Client(), password=PASSWORD).status_code == 200
    assert sign_in(Client(), password="another long sentence").status_code == 302


def test_who_has_no_password_changes_none(at_reader):
    assert at_reader.get("/account/password/").status_code == 403
    assert "None: you sign in by other means." in words(at_reader.get("/account/"))


def test_the_account_takes_few_queries(signed, officer):
    app_of(officer)
    assert queries(signed, "/account/") == 7
    for _other in range(3):
        browser = Client()
        browser.force_login(officer)

    assert len(signed.get("/account/").context["places"]) == 4
    assert queries(signed, "/account/") == 7
