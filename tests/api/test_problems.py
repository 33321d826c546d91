"""What goes wrong is a problem after RFC 9457, whatever is sent, whoever asks."""

import json
import re
from urllib.parse import quote

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import translation
from rest_framework import exceptions
from rest_framework.serializers import Serializer

from agreements.api import problems
from agreements.api.serializers.base import Writing
from agreements.choices import Transition
from agreements.guards import Refused
from agreements.models import Agreement
from agreements.registers import NOT_PERMITTED, REASON_MISSING
from tests.api.conftest import Api, check, errors_of, problem_of, schema, secret_for

JSON = "application/json"


@pytest.fixture
def raw(officer):
    """Send bytes under the officer's token."""
    token, client = secret_for(officer), Client(raise_request_exception=False)

    def send(method, path, body=b"", content_type=JSON, **headers):
        response = client.generic(
            method, f"/api/v1/{path}", body, content_type, headers={"Authorization": f"Token {token}"} | headers
        )
        check(method.lower(), response.wsgi_request.path, response)
        return response

    return send


# ---- who asks ----
@pytest.mark.parametrize("path", ["agreements/", "agreements/AIR-7Q4M/", "schema/", "nonsense/", "", "parties/KZ/"])
def test_nobody_is_answered(db, path):
    response = Client().get(f"/api/v1/{path}")

    assert problem_of(response) == (401, "not-authenticated")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["WWW-Authenticate"] == "Token"
    assert response.json()["detail"] == "Send a token of yours: “Authorization: Token pacta_…”."


@pytest.mark.parametrize("token", ["Token nope", "Token", "Token a b", "Bearer nope", "Token \xff", "Basic eDp4"])
def test_a_wrong_token_is_nobodys(db, token):
    response = Client(raise_request_exception=False).get("/api/v1/agreements/", headers={"Authorization": token})

    assert problem_of(response) == (401, "not-authenticated")


def test_a_session_is_taken_and_protected_against_forgery(officer, csrf_client):
    csrf_client.force_login(officer)

    assert csrf_client.get("/api/v1/agreements/").status_code == 200
    forged = csrf_client.post("/api/v1/agreements/", "{}", JSON)
    assert problem_of(forged) == (403, "not-permitted")


WRITES = (
    ("post", "agreements/"),
    ("patch", "agreements/{}/"),
    ("post", "agreements/{}/transitions/"),
    ("post", "agreements/{}/hold/"),
    ("post", "agreements/{}/release/"),
    ("post", "agreements/{}/journal/"),
    ("post", "agreements/{}/journal/00000000-0000-4000-8000-000000000000/void/"),
    ("post", "parties/"),
    ("patch", "parties/KZ/"),
    ("post", "meetings/"),
    ("post", "indicators/"),
)


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("body", [{}, {"transition": "authorise", "on": "2004", "kind": "note"}])
def test_a_reader_writes_nothing(api, reader, make_agreement, method, path, body):
    address = path.format(make_agreement().reference)
    response = getattr(api(reader), method)(address, body)

    assert problem_of(response) == (403, "not-permitted")
    assert response.json()["detail"] == "You do not have the right to do this."


def test_an_officer_neither_corrects_nor_imports_nor_keeps_reference_data(api, officer, make_agreement):
    client, address = api(officer), f"agreements/{make_agreement().reference}/"
    opening = client.get(f"{address}journal/").json()["results"][0]
    step = {"transition": "authorise", "on": "2004", "evidence": "x"}

    assert problem_of(client.post(f"{address}journal/{opening['id']}/void/", {"mode": "void", "reason": "x"}))[0] == 403
    assert problem_of(client.post(f"{address}transitions/", step | {"origin": "imported"}))[0] == 403
    note = {"kind": "note", "on": "2004", "what": "x", "origin": "imported"}
    assert problem_of(client.post(f"{address}journal/", note))[0] == 403
    out = {"transition": "authorise", "on": "2004", "out_of_procedure": True, "reason": "x"}
    assert problem_of(client.post(f"{address}transitions/", out))[0] == 403
    assert problem_of(client.post("parties/", {"code": "GB", "name": {"en": "United Kingdom"}}))[0] == 403
    imported = {"title": {"en": "A"}, "kind": "treaty", "origin": "imported"}
    assert problem_of(client.post("agreements/", imported))[0] == 403
    assert Agreement.objects.count() == 1


# ---- what is asked for ----
@pytest.mark.parametrize(
    "path",
    [
        "nonsense/",
        "agreements",
        "agreements/AIR-7Q4M",
        "agreements/AIR-7Q4M/sign/",
        "agreements/AIR-7Q4M/save/",
        "agreements/AIR-7Q4M/initial/",
        "agreements/A%00/",
        "agreements/%D0%90/",
        "agreements/" + "A" * 4000 + "/",
        "agreements/..%2F/",
        "agreements/AIR-7Q4M.json",
        "parties/%F0%9F%98%80/",
        "parties/XX/",
        "meetings/1/",
        "meetings/00000000-0000-4000-8000-000000000000/",
        "indicators/%00/",
        "procedures/nope/",
        "procedures/../",
        "areas/aviation/",
        "units/1/",
        "users/",
    ],
)
def test_what_is_not_there_is_not_found(raw, path):
    assert problem_of(raw("GET", path)) == (404, "not-found")


def test_an_address_without_its_slash_says_so(api, officer):
    assert api(officer).get("agreements").json()["detail"] == (
        "Nothing is here. Addresses end with a slash; all of them stand in schema/."
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "agreements/"),
        ("DELETE", "agreements/"),
        ("PATCH", "agreements/"),
        ("TRACE", "agreements/"),
        ("SAVE", "agreements/"),
        ("PUT", "parties/KZ/"),
        ("DELETE", "parties/KZ/"),
        ("POST", "areas/"),
        ("POST", "procedures/"),
    ],
)
def test_a_method_that_is_not_offered(raw, parties, method, path):
    response = raw(method, path)

    assert problem_of(response) == (405, "method-not-allowed")
    assert "GET" in response.headers["Allow"]
    assert "OPTIONS" in response.headers["Allow"]


def test_the_head_of_a_list_is_given(officer):
    client = Client()
    client.force_login(officer)
    response = client.head("/api/v1/agreements/?stage=signed&page_size=2")

    assert (response.status_code, response.content) == (200, b"")


def test_an_answer_in_another_form_is_not_acceptable(raw):
    for path, forms in (
        (
            "agreements/",
            "application/json, text/csv, application/vnd.openxmlformats",
        ),
        ("agreements/counts/", "application/json"),
        ("reports/portfolio/", "text/html, application/pdf"),
    ):
        response = raw("GET", path, Accept="image/png")
        assert problem_of(response) == (406, "not-acceptable")
        assert response.json()["detail"].startswith(f"It can be had as: {forms}")
    assert raw("GET", "agreements/", Accept="text/html,*/*;q=0.8").status_code == 200


# ---- bodies ----
@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "x", ""],
)
def test_a_body_in_another_form_is_not_read(raw, content_type):
    response = raw("POST", "agreements/", b"x", content_type)
    assert problem_of(response) == (415, "unsupported-media-type")
    assert response.json()["detail"] == "Send it as application/json."


def test_a_file_that_is_not_sent_as_a_form_is_told_to_be(raw, make_agreement):
    response = raw("POST", f"agreements/{make_agreement().reference}/documents/", b"{}")

    assert problem_of(response) == (415, "unsupported-media-type")
    assert response.json()["detail"] == "Send it as multipart/form-data."


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "line 1, column 2"),
        (b"nope", "line 1, column 1"),
        (b'{"title": NaN}', "a number that JSON does not have"),
        (b'{"on": "2020", "on": "2021"}', "the key “on” stands twice"),
        (b'{"title": -Infinity}', "a number that JSON does not have"),
        (b'{"title": ' + b"1" * 5000 + b"}", "a number that JSON does not have"),
        (b'{"title": "\xff"}', "not UTF-8"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b'{"title": "\\ud800"}', "not UTF-8"),
        (b'{"\\udc00": 1}', "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"{} {}", "line 1, column 4"),
    ],
)
def test_a_body_that_is_not_json(raw, body, words):
    response = raw("POST", "agreements/", body)

    assert problem_of(response) == (400, "parse")
    assert words in response.json()["detail"]


@pytest.mark.parametrize("body", [b"[]", b"[{}]", b"1", b'"x"', b"true", b"null", b"[[[[]]]]"])
@pytest.mark.parametrize("path", ["agreements/", "agreements/{}/transitions/", "agreements/{}/journal/", "meetings/"])
def test_a_body_that_is_no_object(raw, make_agreement, path, body):
    response = raw("POST", path.format(make_agreement().reference), body)

    assert problem_of(response) == (400, "validation")


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_an_empty_body_is_an_empty_request(raw, body):
    assert errors_of(raw("POST", "agreements/", body)) == {"title": "required", "kind": "required"}


def test_a_body_is_read_as_utf_8_whatever_it_says(raw):
    for charset in ("utf-8", "latin-1", "hex", "nonsense", "utf-16"):
        body = {"title": {"en": "Соглашение"}, "kind": "agreement"}
        response = raw(
            "POST", "agreements/", json.dumps(body, ensure_ascii=False).encode(), f"{JSON}; charset={charset}"
        )
        assert response.json()["title"]["en"] == "Соглашение"
        assert raw("GET", "agreements/?text=%D0%A1", b"", f"{JSON}; charset={charset}").status_code == 200


@pytest.mark.parametrize("body", [b"", b"x", b"a=1", b"a=" + b"x" * 3_000_000, b"a=1&" * 2000])
@pytest.mark.parametrize("content_type", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_a_form_under_a_session_is_not_read(officer, csrf_client, body, content_type):
    csrf_client.force_login(officer)
    csrf_client.cookies["csrftoken"] = "x" * 32
    response = csrf_client.post("/api/v1/agreements/", body, content_type)

    assert problem_of(response) == ((415, "unsupported-media-type") if body else (403, "not-permitted"))
    assert response.headers["Content-Type"] == "application/problem+json"


def test_a_long_body_is_too_large(raw, settings):
    settings.API_MAX_BYTES = 100

    response = raw("POST", "agreements/", b"{" + b" " * 100 + b"}")
    assert problem_of(response) == (413, "too-large")
    assert response.json()["detail"] == "The body is longer than 100 bytes."


def test_names_that_are_not_known_are_cut_short(raw):
    body = {"x" * 10_000: 1, "kind": "y" * 10_000}
    response = raw("POST", "agreements/", json.dumps(body).encode())

    assert len(response.content) < 4000


@pytest.mark.parametrize(
    "name", ["__class__", "pk", "id", "stage__in", "\x00", "😀", "", "title.en", "self", "context"]
)
def test_names_that_are_not_known_are_refused_everywhere(raw, make_agreement, parties, lawyer, name):
    reference = make_agreement().reference
    for path in ("agreements/", f"agreements/{reference}/transitions/", f"agreements/{reference}/hold/", "meetings/"):
        assert errors_of(raw("POST", path, json.dumps({name: 1}).encode()))[name] in ("unknown", "read_only")


# ---- in the language of the reader ----
#: Words that programs have in every language, and what stands for a value.
_FOR_PROGRAMS = re.compile(r"\{[^}]*\}|%\(\w+\)s|\b(null|true|false|JSON|UUID|URL|U|en|ru|kk)\b")


def _kinds(kind):
    for below in kind.__subclasses__():
        yield below
        yield from _kinds(below)


def _fields(serializer):
    for field in serializer.fields.values():
        yield field
        inner = getattr(field, "child", field)
        if inner is not field:
            yield inner
        if isinstance(inner, Serializer):
            yield from _fields(inner)


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_no_field_of_a_request_answers_in_english_words(db, language):
    schema()  # it reads every request
    asked = [kind() for kind in _kinds(Writing)]
    assert len(asked) > 60
    found = {}
    with translation.override(language):
        for field in (one for each in asked for one in (each, *_fields(each))):
            for code, message in field.error_messages.items():
                said = str(problems.REWORDED.get(code, message))
                if re.search("[A-Za-z]", _FOR_PROGRAMS.sub("", said)):
                    found[type(field).__name__, code] = said

    assert found == {}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", {"participants": "Give a list.", "areas": "Give a list.", "participants.0": "Give an object."}),
        ("ru", {"participants": "Укажите список.", "areas": "Укажите список.", "participants.0": "Укажите объект."}),
        (
            "kk",
            {
                "participants": "Тізімді көрсетіңіз.",
                "areas": "Тізімді көрсетіңіз.",
                "participants.0": "Объектіні көрсетіңіз.",
            },
        ),
    ],
)
def test_another_kind_of_value_is_told_in_the_words_of_the_reader(officer, language, words):
    said = {}
    for given in ({"participants": {}, "areas": "EU"}, {"participants": ["EU"]}):
        response = Api(officer).post(
            "agreements/", {"title": {"en": "T"}, "kind": "treaty"} | given, Accept_Language=language
        )
        said |= {one["field"]: one["message"] for one in response.json()["errors"]}

    assert said == words


@pytest.mark.parametrize(
    "text", ["2024-1-5", "20240105", "2024-W01-5", "٢٠٢٤-٠١-٠٥", " 2024-01-05", "05.01.2024", "2024-02-30"]
)
def test_a_day_is_written_in_one_way_wherever_a_program_names_one(api, officer, text):
    client, said = api(officer), f"“{text}” is not a day. Write it as 2024-12-28."

    for path in ("agreements/?valid_until__gte=", "agreements/?as_of=", "attention/?as_of=", "meetings/?on__lte="):
        response = client.get(path + quote(text))
        assert [one["message"] for one in response.json()["errors"]] == [said], path
    made = client.post("agreements/", {"title": {"en": "T"}, "kind": "treaty", "valid_from": text})
    assert [one["message"] for one in made.json()["errors"]] == [said]


# ---- the handler itself ----
def test_a_refusal_for_lack_of_rights_alone_is_not_permitted():
    def status(*reasons):
        response = problems.handler(Refused(*reasons), {})
        return response.status_code, response.data["type"], [reason["code"] for reason in response.data["reasons"]]

    assert status(NOT_PERMITTED) == (403, "/problems/not-permitted", ["not-permitted"])
    assert status(NOT_PERMITTED, REASON_MISSING) == (409, "/problems/refused", ["not-permitted", "reason-missing"])


def test_a_race_that_the_database_decides_is_a_conflict(caplog):
    response = problems.handler(IntegrityError("UNIQUE constraint failed"), {})

    assert (response.status_code, response.data["type"]) == (409, "/problems/conflict")
    assert "UNIQUE" not in json.dumps(response.data)
    assert "a constraint of the database refused a write" in caplog.text


def test_waiting_is_told_in_seconds():
    response = problems.handler(exceptions.Throttled(wait=7), {})

    assert (response.status_code, response.data["type"]) == (429, "/problems/throttled")
    assert response.headers["Retry-After"] == "7"


def test_our_own_faults_are_left_to_the_server():
    assert problems.handler(ZeroDivisionError(), {}) is None


def test_steps_are_named_in_the_errors_of_every_language(api, lawyer, make_agreement):
    address = f"agreements/{make_agreement().reference}/transitions/"
    for language in ("en", "ru", "kk"):
        response = Api(lawyer).post(address, {"transition": "x", "on": "2004"}, Accept_Language=language)
        assert ", ".join(Transition.values) in response.json()["errors"][0]["message"]
