"""What every kind of answer tells the browser: pages, parts, files, feeds, the API, the administration, errors."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import OperationalError
from django.test import Client, override_settings

from agreements import documents, feeds
from agreements.models import Agreement, User
from agreements.views import desk
from agreements.views.headers import PERMISSIONS
from tests.conftest import signed_in
from tests.pages.conftest import day

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PAGE = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' data:",
    "font-src": "'self'", "connect-src": "'self'", "object-src": "'none'", "form-action": "'self'",
    "base-uri": "'none'", "frame-ancestors": "'none'",
}  # fmt: skip
ALONE = {
    "sandbox": "", "default-src": "'none'", "base-uri": "'none'", "form-action": "'none'", "object-src": "'none'",
    "frame-ancestors": "'none'",
}  # fmt: skip
STYLE = re.compile(r"'self' 'sha256-[A-Za-z0-9+/]{43}='")


def policy(response: Any) -> dict[str, str]:
    """The directives of an answer."""
    parts = [part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";")]
    return {name: value for name, _space, value in parts}


class Asked:
    """Asks for one answer of each kind, by HTTPS."""

    def __init__(self, lawyer: User, reader: User, agreement: Agreement) -> None:
        self.browser, self.reader, self.nobody = signed_in(lawyer), signed_in(reader), Client()
        self.browser.raise_request_exception = self.nobody.raise_request_exception = False
        file = ContentFile(PDF, "text.pdf")
        kept = documents.store(agreement, "signed_text", file, by=lawyer, on=day(2010, 5, 5), language="en")
        _feed, secret = feeds.create(lawyer, name="Calendar", language="en")
        self.values = {"reference": agreement.reference, "file": str(kept.pk), "secret": secret}

    def __call__(self, who: str, method: str, address: str, data: Any = None, **more: Any) -> Any:
        """Return the answer."""
        client: Client = getattr(self, who)
        return client.generic(method, address.format(**self.values), data or b"", secure=True, **more)


FORM = {"content_type": "application/x-www-form-urlencoded"}
JSON = {"content_type": "application/json"}
#: Kind: who asks, how, for what, with what; the status; how the answer may be kept; the policy where it is another.
TABLE: dict[str, tuple[tuple[Any, ...], int, str, dict[str, str]]] = {
    "a page": (("browser", "GET", "/desk/"), 200, "private, no-store", PAGE),
    "a page without a body": (("browser", "HEAD", "/desk/"), 200, "private, no-store", PAGE),
    "a page of an agreement": (("browser", "GET", "/agreements/{reference}/"), 200, "private, no-store", PAGE),
    "the way to the sign-in": (("nobody", "GET", "/desk/"), 302, "private, no-store", PAGE),
    "the sign-in": (("nobody", "GET", "/sign-in/"), 200, "", PAGE),
    "one's account": (("browser", "GET", "/account/"), 200, "", PAGE),
    "a picture of ours": (("browser", "GET", "/procedures/ratified/picture.svg"), 200, "private, no-store", PAGE),
    "a style of ours": (("browser", "GET", "/agreements/columns/en.css"), 200, "private, max-age=3600", PAGE),
    "a table as CSV": (("browser", "GET", "/agreements/?format=csv"), 200, "private, no-store", PAGE),
    "a report as XLSX": (("browser", "GET", "/reports/portfolio/?format=xlsx"), 200, "private, no-store", PAGE),
    "a file": (("browser", "GET", "/documents/{file}/"), 200, "private, no-store", ALONE),
    "a part of a file": (
        ("browser", "GET", "/documents/{file}/", b"", {"headers": {"range": "bytes=0-3"}}), 206, "private, no-store",
        ALONE,
    ),
    "a part that is not there": (
        ("browser", "GET", "/documents/{file}/", b"", {"headers": {"range": "bytes=900-"}}), 416, "private, no-store",
        ALONE,
    ),
    "a PDF in a page": (
        ("browser", "GET", "/documents/{file}/shown/"), 200, "private, no-store",
        {
            "default-src": "'none'", "base-uri": "'none'", "form-action": "'none'", "object-src": "'self'",
            "frame-ancestors": "'self'",
        },
    ),
    "the page around it": (
        ("browser", "GET", "/documents/{file}/preview/"), 200, "private, no-store", PAGE | {"frame-src": "'self'"},
    ),
    "a dossier": (("browser", "GET", "/agreements/{reference}/documents/dossier/"), 200, "private, no-store", ALONE),
    "a feed": (("nobody", "GET", "/calendar/{secret}.ics"), 200, "private, no-cache", PAGE),
    "a feed that nobody has": (("nobody", "GET", "/calendar/none.ics"), 404, "private, no-store", PAGE),
    "the API": (("browser", "GET", "/api/v1/agreements/"), 200, "no-store", PAGE),
    "a table of the API": (("browser", "GET", "/api/v1/agreements/?format=csv"), 200, "no-store", PAGE),
    "the schema": (("browser", "GET", "/api/v1/schema/"), 200, "no-store", PAGE),
    "the methods of an address": (("browser", "OPTIONS", "/api/v1/agreements/"), 204, "no-store", PAGE),
    "a file of the API": (("browser", "GET", "/api/v1/documents/{file}/"), 404, "no-store", PAGE),
    "nobody at the API": (("nobody", "GET", "/api/v1/agreements/"), 401, "no-store", PAGE),
    "what is not in the API": (("browser", "GET", "/api/v1/nothing/"), 404, "no-store", PAGE),
    "a body that is no JSON": (("browser", "POST", "/api/v1/agreements/", b"{", JSON), 400, "no-store", PAGE),
    "a method that is not taken": (("browser", "PUT", "/api/v1/agreements/", b"{}", JSON), 405, "no-store", PAGE),
    "the documentation of the API": (("browser", "GET", "/api/docs/"), 200, "private, no-store", PAGE),
    "the kinds of problems": (("nobody", "GET", "/problems/"), 200, "private, no-store", PAGE),
    "the administration": (("browser", "GET", "/admin/"), 200, "", PAGE),
    "a register of the administration": (("browser", "GET", "/admin/agreements/party/"), 200, "", PAGE),
    "the words of the administration": (("browser", "GET", "/admin/jsi18n/"), 200, "private, no-store", PAGE),
    "who is no member of staff": (("reader", "GET", "/admin/login/"), 403, "", PAGE),
    "what a role does not permit": (("reader", "GET", "/agreements/new/"), 403, "private, no-store", PAGE),
    "a page that is not there": (("browser", "GET", "/nowhere/"), 404, "private, no-store", PAGE),
    "a method of a page": (("browser", "DELETE", "/desk/"), 405, "private, no-store", PAGE),
    "a method that nobody has": (("browser", "TRACE", "/desk/"), 405, "private, no-store", PAGE),
    "a form that is wrong": (("nobody", "POST", "/sign-in/", b"username=x", FORM), 200, "", PAGE),
    "a host that is not known": (
        ("nobody", "GET", "/desk/", b"", {"headers": {"host": "elsewhere.example"}}), 400, "private, no-store", PAGE,
    ),
    "a file of the pages": (("nobody", "GET", "/static/pacta.css"), 200, "max-age=60, public", PAGE),
    "a file of the pages that is not there": (("nobody", "GET", "/static/none.css"), 404, "private, no-store", PAGE),
    "the process runs": (("nobody", "GET", "/healthz"), 200, "", PAGE),
    "figures without a token": (("nobody", "GET", "/metrics"), 404, "", PAGE),
    "signing out": (("browser", "POST", "/sign-out/"), 302, "", PAGE),
}  # fmt: skip


def unsafe(response: Any) -> list[str]:
    """What of an answer would let a browser do more than it should; empty is right."""
    found, given = [], policy(response)
    if response["X-Content-Type-Options"] != "nosniff":
        found.append("sniffed")
    if response["Strict-Transport-Security"] != "max-age=31536000; includeSubDomains; preload":
        found.append("clear text")
    if response["Referrer-Policy"] not in ("same-origin", "no-referrer"):
        found.append("referrer")
    if response["Cross-Origin-Opener-Policy"] != "same-origin":
        found.append("opener")
    if response["Cross-Origin-Resource-Policy"] != "same-origin":
        found.append("taken by other sites")
    if response["Permissions-Policy"] != PERMISSIONS:
        found.append("devices")
    if response["X-Frame-Options"] != ("SAMEORIGIN" if given["frame-ancestors"] == "'self'" else "DENY"):
        found.append("framed")
    if "unsafe" in response["Content-Security-Policy"] or "http" in response["Content-Security-Policy"]:
        found.append("policy")
    if response.headers.get("Access-Control-Allow-Origin"):
        found.append("shared")
    if response.headers.get("Server") or response.headers.get("X-Powered-By"):
        found.append("versions")
    kind = response.headers.get("Content-Type", "")
    if (response.status_code == 200 and not kind) or (kind.startswith("text/") and "charset=" not in kind):
        found.append("type")
    return found


def test_every_kind_of_answer_tells_the_browser_what_to_refuse(
    lawyer, reader, make_agreement, areas, tmp_path, settings
):
    kept = {"BACKEND": "agreements.documents.storage.Folder", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"documents": kept}
    lawyer.is_staff = lawyer.is_superuser = True
    lawyer.save()
    ask = Asked(lawyer, reader, make_agreement())
    wrong: dict[str, Any] = {}
    for kind, ((who, method, address, *rest), status, keeping, directives) in TABLE.items():
        data, more = (*rest, b"", {})[:2] if len(rest) != 1 else (rest[0], {})
        response = ask(who, method, address, data, **(more if isinstance(more, dict) else {}))
        given = policy(response)
        if kind == "the documentation of the API":
            assert STYLE.fullmatch(given.pop("style-src")), given
            directives = {name: value for name, value in directives.items() if name != "style-src"}
        kept_as = response["Cache-Control"]
        fits = kept_as == keeping if keeping else "no-store" in kept_as and "private" in kept_as
        told = (response.status_code, [] if fits else kept_as, given == directives or given, unsafe(response))
        if told != (status, [], True, []):
            wrong[kind] = told

    assert wrong == {}


def test_an_answer_that_failed_is_as_guarded_as_any(at_reader, monkeypatch):
    at_reader.raise_request_exception = False
    for error, status in ((RuntimeError("a fault"), 500), (OperationalError("database is locked"), 503)):
        if status == 503:
            error.__cause__ = type("PoolTimeout", (Exception,), {})()

        def fail(*_args: Any, error: Exception = error, **_given: Any) -> Any:
            raise error

        monkeypatch.setattr(desk, "render", fail)
        response = at_reader.get("/desk/", secure=True)
        assert (response.status_code, unsafe(response), policy(response)) == (status, [], PAGE)
        assert "no-store" in response["Cache-Control"]


def test_too_many_attempts_and_too_much_are_as_guarded_as_any(officer):
    client = Client()
    for _time in range(5):
        response = client.post("/sign-in/", {"username": "officer", "password": "wrong"}, secure=True)
    assert (response.status_code, unsafe(response), policy(response)) == (429, [], PAGE)
    response = signed_in(officer).post("/theme/", {f"field-{number}": "" for number in range(1200)}, secure=True)
    assert (response.status_code, unsafe(response), policy(response)) == (400, [], PAGE)


def test_a_form_from_elsewhere_is_as_guarded_as_any(csrf_client, reader):
    csrf_client.force_login(reader)
    response = csrf_client.post("/theme/", {"theme": "dark"}, secure=True)
    assert (response.status_code, unsafe(response), policy(response)) == (403, [], PAGE)


# ---- cookies ----
COOKIES = """
import os
from django.conf import settings
from django.core.management import call_command
names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME)
from agreements.views.frame import THEME_COOKIE, TOUR_COOKIE
print(*names, THEME_COOKIE, TOUR_COOKIE)
"""


def test_every_cookie_is_for_this_host_by_https_and_for_no_script(run_python: Callable[..., str]):
    said = run_python("import django; django.setup()" + COOKIES, DEBUG="0", SECURE_COOKIES="1")
    names = said.split()

    assert names == [f"__Host-{name}" for name in ("sessionid", "csrftoken", "django_language", "theme", "tour")]


@pytest.fixture
def secure(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in production: cookies by HTTPS only, under the names that bind them to the host."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.LANGUAGE_COOKIE_SECURE = True
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    settings.LANGUAGE_COOKIE_NAME = "__Host-django_language"
    monkeypatch.setattr("agreements.views.house.THEME_COOKIE", "__Host-theme")
    monkeypatch.setattr("agreements.views.help.TOUR_COOKIE", "__Host-tour")


def test_what_cookies_a_day_leaves(secure, officer):
    officer.set_password("a long word of passage")
    officer.save()
    client = Client()
    client.get("/sign-in/", secure=True)
    client.post("/sign-in/", {"username": "officer", "password": "a long word of passage"}, secure=True)
    for address, sent in (("/language/", {"language": "kk"}), ("/theme/", {"theme": "dark"}), ("/help/tour/end/", {})):
        client.post(address, sent, secure=True)

    told = {
        name: (bool(kept["secure"]), bool(kept["httponly"]), kept["samesite"], kept["path"], kept["domain"])
        for name, kept in client.cookies.items()
    }
    names = ("sessionid", "csrftoken", "django_language", "theme", "tour")
    assert told == {f"__Host-{name}": (True, True, "Lax", "/", "") for name in names}
    assert all(len(name) + len(kept.value) < 4096 for name, kept in client.cookies.items())


def test_what_is_said_after_an_act_is_kept_in_no_cookie(db, client):
    client.post("/sign-in/passkey/", {"credential": "{}"})

    assert set(client.cookies) <= {"sessionid", "csrftoken"}
    assert "this passkey is not known here" in client.get("/sign-in/").content.decode()


# ---- what is not led on ----
@override_settings(SECURE_SSL_REDIRECT=True)
def test_people_are_led_to_https_and_programs_are_refused(reader):
    client = Client()

    assert client.get("/desk/")["Location"] == "https://testserver/desk/"
    for address in ("/api/v1/agreements/", "/api/v1/nothing/", "/calendar/secret.ics"):
        response = client.get(address, headers={"authorization": "Token pacta_secret"})
        assert (response.status_code, "Ask by HTTPS" in response.content.decode()) == (403, True), address
    assert client.get("/api/v1/agreements/")["Content-Type"] == "application/problem+json"
    assert client.get("/api/v1/agreements/", secure=True).status_code == 401
    assert client.get("/healthz").status_code == 200


# ---- the end of a session ----
def test_signing_out_asks_the_browser_to_forget(at_officer):
    response = at_officer.post("/sign-out/")

    assert response["Clear-Site-Data"] == '"cache", "storage"'


def test_a_part_of_a_page_leads_the_whole_page_to_the_sign_in(db, client):
    part = {"hx-request": "true", "hx-current-url": "http://testserver/agreements/?stage=signed"}
    response = client.get("/agreements/?stage=signed&part=1", headers=part)
    other = client.get("/agreements/", headers=part | {"hx-current-url": "https://elsewhere.example/"})

    assert (response.status_code, response.content) == (200, b"")
    assert response["HX-Redirect"] == "/sign-in/?next=/agreements/%3Fstage%3Dsigned"
    assert other["HX-Redirect"] == "/sign-in/?next=/agreements/"
