"""Signing in with the ministry's service: a real provider of OpenID Connect, on this machine."""

from urllib.parse import parse_qs, urlsplit

import oidc_provider_mock
import pytest
import requests
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client

from agreements.models import SignIn, User
from tests.entrance.conftest import app_of, code_of
from tests.pages.conftest import words


@pytest.fixture(scope="module")
def provider():
    """A provider that anybody may use as a client, and whose users say themselves who they are."""
    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def service(provider, settings):
    settings.OIDC = {
        "issuer": provider, "name": "", "client_id": "pacta", "secret": "of the client", "claim": "preferred_username",
        "create": False, "second_factor": False,
    }  # fmt: skip
    return settings.OIDC


def asked(client, next_url=""):
    """Return where the sign-in leads to at the service."""
    answer = client.get("/sign-in/service/", {"next": next_url} if next_url else {})
    assert answer.status_code == 302
    return answer["Location"]


def answered(provider, address, sub, **claims):
    """Let a user of the service sign in there, and return the address to which it leads back, as path and query."""
    assert requests.put(f"{provider}/users/{sub}", json=claims, timeout=10).status_code == 204
    back = requests.post(address, data={"sub": sub}, allow_redirects=False, timeout=10)
    assert back.status_code in (302, 303), back.text
    parts = urlsplit(back.headers["Location"])
    return f"{parts.path}?{parts.query}"


def come(client, provider, sub="4711", name="officer", next_url="", **claims):
    back = answered(provider, asked(client, next_url), sub, preferred_username=name, **claims)
    return client.get(back)


def is_in(client):
    return client.get("/account/").status_code == 200


def test_who_has_an_account_comes_in_and_is_led_on(service, provider, officer, client):
    assert "Sign in with the ministry’s service" in words(client.get("/sign-in/"))
    address = parse_qs(urlsplit(asked(client)).query)
    assert (address["response_type"], address["code_challenge_method"]) == (["code"], ["S256"])
    assert address["redirect_uri"] == ["http://testserver/sign-in/service/back/"]

    assert come(client, provider, next_url="/parties/")["Location"] == "/parties/"
    assert is_in(client)
    kept = SocialAccount.objects.get()
    assert (kept.user, kept.uid, kept.extra_data) == (officer, "4711", {})
    assert not SocialToken.objects.exists()
    event = SignIn.objects.filter(kind="signed_in").latest("pk")
    assert (event.user, event.means) == (officer, "oidc")
    # Again, under another name there: what it is tied to decides.
    again = Client()
    assert come(again, provider, name="married")["Location"] == "/desk/"
    assert again.get("/account/").context["user"] == officer
    assert SocialAccount.objects.get().extra_data == {}


def test_who_has_none_or_one_that_is_not_in_use_does_not(service, provider, officer, client):
    program = User.objects.service("import")
    for sub, name in (("1", "nobody"), ("2", ""), ("3", program.username)):
        answer = come(client, provider, sub, name)
        assert answer["Location"] == "/sign-in/", name
        assert "you have no account here in use" in words(client.get("/sign-in/")), name
    assert come(client, provider)["Location"] == "/desk/"
    client.post("/sign-out/")
    User.objects.filter(pk=officer.pk).update(is_active=False)
    assert come(client, provider)["Location"] == "/sign-in/"
    assert not is_in(client)
    assert set(SignIn.objects.filter(kind="failed").values_list("means", flat=True)) == {"oidc"}


def test_a_name_that_is_given_to_another_there_opens_no_account_here(service, provider, officer, client):
    come(client, provider, "4711")
    other = Client()

    assert come(other, provider, "4712")["Location"] == "/sign-in/"
    assert not is_in(other)


def test_accounts_are_made_where_that_is_wanted_and_see_what_is_public(service, provider, client, db):
    service["create"] = True

    assert come(client, provider, name="newcomer", email="newcomer@pacta.example")["Location"] == "/desk/"
    made = User.objects.get(username="newcomer")
    assert (made.access_level, made.is_staff, made.has_usable_password()) == ("public", False, False)
    assert not made.groups.exists()
    assert come(Client(), provider, "5", "no user name!")["Location"] == "/sign-in/"


def test_a_second_factor_is_asked_for_unless_the_service_does(service, provider, officer, client, settings):
    settings.SECOND_FACTOR = "writers"
    come(client, provider)
    assert client.get("/desk/")["Location"] == "/account/"
    service["second_factor"] = True
    assert client.get("/desk/").status_code == 200
    secret = app_of(officer)
    other = Client()
    assert come(other, provider)["Location"] == "/sign-in/code/"
    assert other.post("/sign-in/code/", {"code": code_of(secret)})["Location"] == "/desk/"


def test_who_has_no_password_confirms_by_the_service(service, provider, officer, client):
    officer.set_unusable_password()
    officer.save()
    come(client, provider)

    assert client.get("/account/app/").status_code == 200
    session = client.session
    session["account_authentication_methods"][0]["at"] -= 3600
    session.save()
    answer = client.get("/account/app/")
    assert answer["Location"] == "/sign-in/service/?next=%2Faccount%2Fapp%2F"
    assert come(client, provider, next_url="/account/app/")["Location"] == "/account/app/"
    assert client.get("/account/app/").status_code == 200


def test_an_answer_that_fits_no_question_is_refused(service, provider, officer, client):
    back = answered(provider, asked(client), "4711", preferred_username="officer")
    stranger = Client()
    for address in (back, "/sign-in/service/back/", "/sign-in/service/back/?code=x&state=y", f"{back}x"):
        assert stranger.get(address)["Location"] == "/sign-in/", address
    assert client.get(back.replace("code=", "code=x"))["Location"] == "/sign-in/"
    assert client.get(back)["Location"] == "/sign-in/"
    assert not is_in(client)
    assert not is_in(stranger)
    asked(client)
    assert "gave no answer that can be used" in words(client.get("/sign-in/"))


def test_a_service_that_is_down_or_not_there_is_told(service, client, settings, db):
    service["issuer"] = "http://localhost:1"
    assert client.get("/sign-in/service/")["Location"] == "/sign-in/"
    assert "gave no answer that can be used" in words(client.get("/sign-in/"))
    settings.OIDC = None
    assert client.get("/sign-in/service/").status_code == 404
    assert client.get("/sign-in/service/back/").status_code == 404
    assert "service" not in client.get("/sign-in/").content.decode()


def test_a_service_that_names_itself_otherwise_than_it_is_named_here_lets_nobody_in(service, provider, officer, client):
    back = answered(provider, asked(client), "4711", preferred_username="officer")
    service["issuer"] = f"{provider}/"  # the same server, under another name
    answer = client.get(back, follow=True)

    assert not is_in(client)
    assert "no answer that can be used" in words(answer)
