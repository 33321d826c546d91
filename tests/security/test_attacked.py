"""Somebody with the account of a reader tries what he can think of: nothing is written, told or broken."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db.models import Model
from django.test import Client

from agreements import tokens
from agreements.choices import TokenScope, Transition
from agreements.models import Agreement, ApiToken, Entry, SignIn
from tests.api.conftest import secret_for
from tests.conftest import signed_in
from tests.entrance.conftest import PASSWORD, sign_in
from tests.pages.test_doors import addresses

#: What a state machine of Django, a view or a model is made of, and what is no name of a step.
NO_STEPS = [
    "save", "delete", "refresh_from_db", "full_clean", "clean", "pk", "id", "stage", "objects", "get_next_steps",
    "_meta", "__class__", "__init__", "dispatch", "SIGN", "sign ", "sign%00", "sign.json", "../sign", "все",
    "sign;sign", "1", "None",
]  # fmt: skip
#: Where an open redirect would lead.
ELSEWHERE = [
    "https://elsewhere.example/", "//elsewhere.example/", "///elsewhere.example/", "\\\\elsewhere.example/",
    "/\\elsewhere.example/", "https:elsewhere.example", "https:///elsewhere.example/", "javascript:alert(1)",
    "data:text/html,x", "\thttps://elsewhere.example/", "https://testserver@elsewhere.example/",
    "https://testserver.elsewhere.example/", "http://elsewhere.example\\@testserver/",
    "\r\nLocation: https://elsewhere.example/",
]  # fmt: skip


def counted() -> dict[str, int]:
    """How many rows every table has, but for sessions and the journal of sign-ins."""
    models: list[type[Model]] = [one for one in apps.get_models() if one not in (Session, SignIn)]
    return {model._meta.label: model._base_manager.count() for model in models}


# ---- steps ----
def test_what_is_no_step_is_none_even_for_who_may_do_everything(lawyer, make_agreement):
    agreement = make_agreement()
    stage = agreement.stage
    browser, program = signed_in(lawyer), Client(headers={"authorization": f"Token {secret_for(lawyer)}"})
    before, wrong = counted(), []
    for name in NO_STEPS:
        page = browser.post(f"/agreements/{agreement.reference}/steps/{name}/", {"on": "2024-12-20"})
        body = {"transition": name, "on": "2024-12-20"}
        address = f"/api/v1/agreements/{agreement.reference}/"
        asked = program.post(f"{address}transitions/", body, content_type="application/json")
        direct = program.post(f"{address}{name}/", body, content_type="application/json")
        if (page.status_code, asked.status_code) != (404, 400) or direct.status_code not in (404, 405):
            wrong.append((name, page.status_code, asked.status_code, direct.status_code))

    assert wrong == []
    assert counted() == before
    assert Agreement.objects.get(pk=agreement.pk).stage == stage


def test_every_step_is_one_that_the_vocabulary_knows():
    assert not set(NO_STEPS) & set(Transition.values)


# ---- methods and addresses ----
_FOR_ONESELF = (
    *("/sign-out", "/admin/logout", "/sign-in", "/account", "/views", "/tokens"),
    *("/reports/portfolio/build", "/api/v1/wishes"),
)


def _tried() -> Iterator[str]:
    for address in dict.fromkeys(addresses()):
        # What everybody may do for himself, and what takes the session.
        if not address.startswith(_FOR_ONESELF):
            yield address


@pytest.mark.parametrize("everything", [False, pytest.param(True, marks=pytest.mark.soak)])
def test_a_reader_who_sends_anything_anywhere_writes_no_record(sample, reader, everything):
    reader.set_password(PASSWORD)
    reader.save()
    client = Client(raise_request_exception=False)
    sign_in(client, "reader")
    before, entries = counted(), Entry.objects.count()
    faults, written = [], []
    others = ("put", "patch", "delete")
    for place, address in enumerate(_tried()):
        for method in ("post", *(others if everything else (others[place % 3],))):
            response = getattr(client, method)(address)
            if response.status_code >= 500:
                faults.append((method, address, response.status_code))
            if method in ("put", "patch", "delete") and response.status_code < 400 and response.status_code != 302:
                written.append((method, address, response.status_code))

    assert (faults, written) == ([], [])
    assert Entry.objects.count() == entries
    assert {label: number for label, number in counted().items() if before[label] != number} == {}


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_no_header_makes_a_method_of_another(at_officer, make_agreement, header):
    agreement = make_agreement()
    response = at_officer.get(f"/api/v1/agreements/{agreement.reference}/", headers={header: "DELETE"})
    assert response.status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Original-URL", "X-Rewrite-URL", "X-Host"])
def test_no_header_leads_to_another_host_or_address(at_reader, header):
    response = at_reader.get("/", headers={header: "elsewhere.example"})
    assert (response.status_code, response["Location"]) == (302, "/desk/")
    assert "elsewhere" not in at_reader.get("/desk/", headers={header: "elsewhere.example"}).content.decode()


# ---- redirects ----
@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_no_form_and_no_address_leads_to_another_site(officer, wanted):
    officer.set_password(PASSWORD)
    officer.is_staff = True
    officer.save()
    signing = Client()
    led = [
        signing.get("/admin/login/", {"next": wanted}),
        sign_in(signing, next=wanted),
        signing.post("/language/", {"language": "kk", "next": wanted}),
        signing.post("/theme/", {"theme": "dark", "next": wanted}),
        signing.post("/tasks/done/", {"next": wanted}),
        signing.post(f"/account/confirm/?next={wanted}", {"password": PASSWORD}),
        signing.post("/account/confirm/", {"password": PASSWORD, "next": wanted}),
        signing.get("/admin/login/", {"next": wanted}),
        signing.get(f"//elsewhere.example/{wanted.strip()}"),
        signing.get("/agreements"),
        signing.post("/sign-out/", {"next": wanted}),
    ]
    told = [response.headers.get("Location", "") for response in led]

    assert all(
        "elsewhere.example" not in place.partition("?")[0] or place.startswith("/elsewhere") for place in told
    ), told
    assert not any(place.startswith(("//", "/\\", "http", "javascript", "data")) for place in told), told


def test_a_language_that_is_asked_for_leads_back_by_no_referrer_of_another_site(at_reader):
    response = at_reader.post("/language/", {"language": "kk"}, headers={"referer": "https://elsewhere.example/"})
    assert response["Location"] == "/"


# ---- old keys ----
def test_old_keys_open_nothing(officer, reader):
    token, secret = tokens.issue(reader, by=reader, name="Old", scope=TokenScope.READ, until=None)
    client = Client(headers={"authorization": f"Token {secret}"})
    assert client.get("/api/v1/areas/").status_code == 200
    tokens.revoke(token, by=reader)
    kept = ApiToken.objects.get(pk=token.pk)
    tried: list[Any] = [secret, secret.upper(), secret + " ", secret[:-1], kept.digest, kept.beginning, "", "x" * 5000]

    for text in tried:
        for word in ("Token", "Bearer", "token", "Basic"):
            response = Client(headers={"authorization": f"{word} {text}"}).get("/api/v1/areas/")
            assert response.status_code == 401, (word, text)
    stale = Client()
    stale.force_login(reader)
    key = stale.cookies["sessionid"].value
    stale.post("/sign-out/")
    for text in (key, key.upper(), "", "'", "x" * 4000, str(reader.pk)):
        again = Client()
        again.cookies["sessionid"] = text
        assert again.get("/desk/").status_code == 302, text


# ---- files of the server ----
@pytest.mark.parametrize(
    "address",
    [
        "/.git/config", "/.env", "/manage.py", "/static/", "/static/../manage.py", "/static/..%2fmanage.py",
        "/static/%2e%2e/%2e%2e/etc/passwd", "/var/db.sqlite3", "/tracker/settings.py", "/static/vendor/", "/media/x",
        "//etc/passwd", "/static/pacta.css/", "/.well-known/security.txt", "/server-status", "/__debug__/",
    ],
)  # fmt: skip
def test_no_file_beside_those_of_pages_is_served(db, address):
    assert Client().get(address).status_code in (404, 301, 302)
    assert Client().get(address, follow=True).status_code == 404
