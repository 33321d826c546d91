"""Who gets in: signing in for every address, the admin's door, languages, forms from elsewhere, health."""

import re
import uuid
from collections.abc import Iterator

import pytest
from django.test import override_settings
from django.urls import reverse

from agreements.models import Entry
from tests.addresses import routes
from tests.conftest import signed_in
from tests.pages.conftest import words

#: Whoever knows the secret of a feed may read it; others find nothing there. The public register is not opened here.
OPEN = {
    "/sign-in/",
    "/sign-in/code/",
    "/sign-in/passkey/",
    "/sign-in/service/",
    "/sign-in/service/back/",
    "/sign-in/emergency/",
    "/sign-in/forgotten/",
    "/sign-in/forgotten/sent/",
    "/sign-in/forgotten/1/1/",
    "/language/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/calendar/1.ics",
    "/feeds/1.atom",
    "/notifications/off/1/",
    "/problems/",
    "/problems/refused",
    "/register/",
    "/register/treaties.csv",
    "/register/treaties.json",
    "/register/AIR-7Q4M/",
    f"/register/AIR-7Q4M/documents/{uuid.UUID(int=1)}/",
}
VALUES = {
    "reference": "AIR-7Q4M", "name": "sign", "kind": "note", "code": "ratified", "entry": str(uuid.UUID(int=1)),
    "task": str(uuid.UUID(int=1)),
    "document_version": str(uuid.UUID(int=1)), "commitment": str(uuid.UUID(int=1)),
    "undisclosed": str(uuid.UUID(int=1)),
    "document": str(uuid.UUID(int=1)),
    "table": str(uuid.UUID(int=1)),
    "report": "portfolio", "run": str(uuid.UUID(int=1)), "schedule": str(uuid.UUID(int=1)),
    "meeting": str(uuid.UUID(int=1)), "feed": str(uuid.UUID(int=1)),
    "slug": "steps", "problem": "refused",
    "session_key": "1", "pk": "1", "row": "1",
    "share": str(uuid.UUID(int=1)), "delegation": str(uuid.UUID(int=1)),
    "subscription": str(uuid.UUID(int=1)), "notification": str(uuid.UUID(int=1)), "mailing": str(uuid.UUID(int=1)),
    "view": str(uuid.UUID(int=1)), "token": str(uuid.UUID(int=1)), "language": "en",
}  # fmt: skip


def addresses() -> Iterator[str]:
    """Yield one address for every pattern of the site."""
    for route in routes():
        yield route.address.format_map({name: VALUES.get(name, "1") for name in route.parts})


def test_every_address_asks_to_sign_in(db, client):
    open_doors = []
    for address in addresses():
        response = client.get(address, follow=True)
        led = bool(response.redirect_chain) and response.redirect_chain[-1][0].startswith("/sign-in/?next=")
        if response.status_code not in (401, 403) and not led:
            open_doors.append((address, response.status_code))

    assert {address for address, _status in open_doors} <= OPEN, open_doors


def test_the_addresses_of_the_pages_are_among_those_tried():
    tried = set(addresses())

    assert {"/agreements/", "/agreements/AIR-7Q4M/steps/sign/", "/procedures/ratified/", "/reports/portfolio/"} <= tried
    assert {"/api/v1/agreements/", "/admin/", "/healthz"} <= tried


def test_signing_in_leads_where_one_wanted_to_go(client, officer):
    officer.set_password("a long word of passage")
    officer.save()

    response = client.post(
        "/sign-in/", {"username": "officer", "password": "a long word of passage", "next": "/procedures/"}
    )

    assert (response.status_code, response["Location"]) == (302, "/procedures/")


def test_a_wrong_password_is_told_in_words(client, officer):
    response = client.post("/sign-in/", {"username": "officer", "password": "wrong"})

    assert response.status_code == 200
    assert "The user name and the password do not match" in words(response)


def test_signing_out_takes_a_post(at_officer):
    assert at_officer.get("/sign-out/").status_code == 405
    assert at_officer.post("/sign-out/")["Location"] == "/sign-in/"
    assert at_officer.get("/agreements/").status_code == 302


def test_the_first_page_is_the_desk(at_officer):
    assert at_officer.get("/")["Location"] == "/desk/"


# ---- the admin's door ----
def test_the_admin_has_no_sign_in_of_its_own(db, client):
    response = client.get("/admin/login/?next=/admin/agreements/party/")

    assert response["Location"] == "/sign-in/?next=%2Fadmin%2Fagreements%2Fparty%2F"


def test_the_admin_does_not_lead_to_another_site(db, client):
    assert client.get("/admin/login/?next=https://elsewhere.example/")["Location"] == "/sign-in/?next=%2Fadmin%2F"


def test_who_is_no_member_of_staff_is_refused_by_the_admin_and_not_sent_in_a_circle(at_reader):
    response = at_reader.get("/admin/", follow=True)

    assert response.status_code == 403
    assert "Your role does not permit this" in words(response)


def test_staff_comes_in(officer):
    officer.is_staff = True
    officer.save()

    assert signed_in(officer).get("/admin/login/")["Location"] == "/admin/"
    assert signed_in(officer).get("/admin/").status_code == 200


# ---- requests ----
def test_every_request_has_a_name_of_its_own_that_is_kept_in_the_journal(at_officer, signing):
    first = at_officer.get("/healthz", headers={"X-Request-ID": "mine"})
    second = at_officer.post(
        reverse("agreement-record", args=[signing.reference, "note"]), {"on": "2010", "what": "Asked again."}
    )

    assert re.fullmatch(r"[0-9a-f]{32}", first["X-Request-ID"])
    assert first["X-Request-ID"] != second["X-Request-ID"]
    assert Entry.objects.of(signing).latest("sequence").request_id == second["X-Request-ID"]


def test_a_form_from_elsewhere_is_refused_in_words(csrf_client, officer, signing):
    csrf_client.force_login(officer)

    response = csrf_client.post(reverse("agreement-hold", args=[signing.reference]), {"on": "2010", "reason": "x"})

    assert response.status_code == 403
    assert "The form was not accepted" in words(response)
    assert Entry.objects.of(signing).count() == 1


def test_a_page_that_is_not_there(at_officer):
    response = at_officer.get("/agreements/AIR-0000/")

    assert response.status_code == 404
    assert "Page not found" in words(response)


def test_the_demonstration_shows_no_page_of_a_developer(at_officer, settings):
    settings.DEBUG = True  # the client reads it when it is first used
    for address in ("/agreements/AIR-0000/", "/nowhere/"):
        response = at_officer.get(address, headers={"accept-language": "ru"})
        assert response.status_code == 404
        assert "Страница не найдена" in words(response)
        assert "URLconf" not in response.content.decode()
    assert at_officer.get("/api/v1/agreements/AIR-0000/").json()["status"] == 404


# ---- languages ----
@pytest.mark.parametrize(("language", "heading"), [("ru", "Соглашения"), ("kk", "Келісімдер"), ("en", "Agreements")])
def test_the_language_is_chosen_by_the_reader(at_officer, language, heading):
    response = at_officer.post("/language/", {"language": language, "next": "/agreements/"}, follow=True)

    assert f'<html lang="{language}">' in response.content.decode()
    assert f"<h1>{heading}</h1>" in response.content.decode()


def test_the_language_can_be_chosen_before_signing_in(db, client):
    response = client.post("/language/", {"language": "ru", "next": "/sign-in/"}, follow=True)

    assert response.status_code == 200
    assert '<html lang="ru">' in response.content.decode()


# ---- the demonstration ----
def test_the_demonstration_says_so_on_every_page_and_how_to_leave_it(at_officer):
    assert "Today is 28 December 2024 ." in words(at_officer.get("/agreements/"))
    assert "PACTA_TODAY" in words(at_officer.get("/demonstration/"))


@override_settings(PACTA_TODAY=None)
def test_without_a_demonstration_there_is_no_banner(at_officer):
    assert "Demonstration" not in words(at_officer.get("/agreements/"))
    assert "No demonstration is under way" in words(at_officer.get("/demonstration/"))


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00%2B14:00"])
@pytest.mark.parametrize("address", ["/agreements/", "/reports/portfolio/"])
def test_moments_beyond_all_time_zones_are_refused_in_words(sample, at_officer, address, moment):
    response = at_officer.get(f"{address}?known_at={moment}")

    assert response.status_code == 400
    assert "is not a moment" in response.content.decode()
