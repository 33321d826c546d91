"""How much somebody may send: fields, bodies, depth, parameters, lines of headers; what is more is refused in words."""

import json

import pytest
import time_machine
from django.test import Client, override_settings
from django.utils import timezone

from tests.api.conftest import secret_for
from tests.strict import ROOT

MEGABYTE = 1024 * 1024


@pytest.fixture
def program(officer):
    return Client(headers={"authorization": f"Token {secret_for(officer)}"})


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ({"data": "&".join(f"a{number}=1" for number in range(1001))}, 400),
        ({"data": "a=" + "x" * (3 * MEGABYTE)}, 400),
        ({"data": "theme=dark"}, 302),
    ],
)
def test_a_form_has_so_many_fields_of_such_a_length(at_reader, what, status):
    answer = at_reader.post("/theme/", content_type="application/x-www-form-urlencoded", **what)
    assert answer.status_code == status


def test_an_address_has_so_many_parameters(at_reader, program):
    many = "&".join(f"a{number}=1" for number in range(1001))
    assert at_reader.get(f"/agreements/?{many}").status_code == 400
    answer = program.get(f"/api/v1/agreements/?{many}")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("[" * 100_000, 400), ('{"a":' * 100_000, 400), ("1" * 10_000, 400), ('{"a": 1, "a": 2}', 400), ("NaN", 400),
        ('{"a": 1e400}', 400), (json.dumps({"a": "x" * (5 * MEGABYTE)}), 413), ("\ufeff{}", 400), ('"\\ud800"', 400),
    ],
    ids=["lists", "objects", "digits", "twice", "no number", "beyond", "long", "mark", "half a letter"],
)  # fmt: skip
def test_a_body_of_json_has_an_end(program, body, status):
    answer = program.post("/api/v1/agreements/", body.encode("utf-8", "surrogatepass"), content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_a_body_that_says_it_is_packed_is_not_unpacked(program):
    answer = program.post(
        "/api/v1/agreements/", b"\x1f\x8b\x08", content_type="application/json", headers={"content-encoding": "gzip"}
    )
    assert answer.status_code == 400


def test_a_form_has_so_many_files(at_officer, make_agreement):
    agreement = make_agreement()
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="f{number}"; filename="a.txt"\r\n\r\na\r\n'
        for number in range(200)
    )
    address = f"/agreements/{agreement.reference}/documents/upload/"
    answer = at_officer.post(address, f"{parts}--x--\r\n", content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400


def test_the_server_takes_lines_of_a_length_and_headers_of_a_number():
    """gunicorn's own limits of header fields (100 of 8190 bytes) are not widened.

    The file is read, not imported: it makes a folder for what the workers of a server count together.
    """
    said = (ROOT / "tracker" / "serving.py").read_text(encoding="utf-8")
    assert "\nlimit_request_line = 8190\n" in said
    assert "limit_request_field" not in said
    assert "\ntimeout, graceful_timeout, keepalive = 60, 30, 5\n" in said


@override_settings(API_RATE=3)
def test_a_browser_is_counted_like_a_program(at_reader):
    with time_machine.travel(timezone.now(), tick=False):  # no minute begins meanwhile
        statuses = [at_reader.get("/api/v1/areas/").status_code for _time in range(4)]
    assert statuses == [200, 200, 200, 429]
