"""Handing a file out: to whom, with which headers, in part."""

from urllib.parse import quote
from uuid import uuid4

import pytest

from agreements.documents import serving
from agreements.documents.files import MEDIA_TYPES
from agreements.documents.storage import files
from tests.conftest import signed_in
from tests.documents.conftest import JPG, PDF, PNG, docx, zipped


@pytest.fixture
def version(keep):
    return keep(name="Договор.pdf")


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_a_file_is_handed_out_whole_as_something_to_save(version, at_officer):
    response = at_officer.get(f"/documents/{version.pk}/")

    assert (response.status_code, body(response)) == (200, PDF)
    headers = response.headers
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"] == f"attachment; filename*=utf-8''{quote('Договор.pdf')}"
    assert headers["Content-Length"] == str(len(PDF))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == (
        "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; object-src 'none'; frame-ancestors 'none'"
    )
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["ETag"] == f'"{version.sha256}"'
    assert headers["Accept-Ranges"] == "bytes"


def test_a_name_in_latin_letters_is_quoted(keep, at_officer):
    version = keep(name='a; "b".pdf')
    assert at_officer.get(version.get_absolute_url())["Content-Disposition"] == 'attachment; filename="a; _b_.pdf"'


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-4", 0, 5), ("bytes=5-", 5, len(PDF)), ("bytes=-4", len(PDF) - 4, len(PDF)),
     ("bytes=0-9999", 0, len(PDF)), ("bytes=-9999", 0, len(PDF)), ("bytes=3-3", 3, 4)],
)  # fmt: skip
def test_a_part_is_handed_out(version, at_officer, asked, start, end):
    response = at_officer.get(version.get_absolute_url(), headers={"Range": asked})

    assert (response.status_code, body(response)) == (206, PDF[start:end])
    assert response["Content-Range"] == f"bytes {start}-{end - 1}/{len(PDF)}"
    assert response["Content-Length"] == str(end - start)
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("asked", [f"bytes={len(PDF)}-", "bytes=-0", "bytes=9999-10000"])
def test_a_part_beyond_the_end_is_not_there(version, at_officer, asked):
    response = at_officer.get(version.get_absolute_url(), headers={"Range": asked})

    assert (response.status_code, body(response)) == (416, b"")
    assert response["Content-Range"] == f"bytes */{len(PDF)}"


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "bytes=4-1", "bytes=-", "lines=1-2", "bytes=a-b", "bytes=٣-٤"])
def test_what_is_no_single_range_gets_the_whole(version, at_officer, asked):
    response = at_officer.get(version.get_absolute_url(), headers={"Range": asked.encode().decode("latin-1")})

    assert (response.status_code, body(response)) == (200, PDF)


def test_a_part_is_for_the_file_one_knows(version, at_officer):
    address, part = version.get_absolute_url(), {"Range": "bytes=0-4"}

    assert at_officer.get(address, headers=part | {"If-Range": f'"{version.sha256}"'}).status_code == 206
    for other in ('"other"', f'W/"{version.sha256}"', "Wed, 05 May 2010 10:00:00 GMT"):
        assert at_officer.get(address, headers=part | {"If-Range": other}).status_code == 200


def test_head_tells_without_sending(version, at_officer):
    response = at_officer.head(version.get_absolute_url(), headers={"Range": "bytes=0-4"})

    assert (response.status_code, body(response)) == (200, b"")
    assert response["Content-Length"] == str(len(PDF))
    assert response["ETag"] == f'"{version.sha256}"'


def test_what_one_has_already_is_not_sent_again(version, at_officer):
    response = at_officer.get(version.get_absolute_url(), headers={"If-None-Match": f'"{version.sha256}"'})
    assert (response.status_code, body(response)) == (304, b"")


def test_nothing_but_reading(version, at_officer):
    assert at_officer.post(version.get_absolute_url()).status_code == 405


def test_the_file_is_closed_when_the_answer_is(version, rf):
    response = serving.deliver(rf.get("/"), version)
    pieces = response._iterator
    response.close()
    assert pieces.source.closed


def test_who_may_not_see_it_finds_nothing(keep, make_agreement, officer, reader, lawyer):
    secret = keep(level="secret")
    within = keep(content=PDF + b" ")
    hidden = within.document.agreement.__class__.objects.filter(pk=within.document.agreement_id)
    missing = [signed_in(user).get(f"/documents/{uuid4()}/").status_code for user in (officer, reader)]

    assert missing == [404, 404]
    assert [signed_in(user).get(secret.get_absolute_url()).status_code for user in (officer, reader)] == [404, 404]
    assert signed_in(lawyer).get(secret.get_absolute_url()).status_code == 200
    assert signed_in(officer).get(within.get_absolute_url()).status_code == 200
    hidden.update(level="secret")
    assert signed_in(officer).get(within.get_absolute_url()).status_code == 404
    officer.is_active = False
    assert not within.__class__.objects.for_user(officer).exists()


def test_a_file_that_is_gone_is_not_found(version, at_officer):
    files().delete(version.stored)
    assert at_officer.get(version.get_absolute_url()).status_code == 404


PAGE = b"<html><script>alert(1)</script></html>"


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", PAGE + PDF, "application/pdf"),
        ("a.pdf", PDF + zipped({"a.html": "x"}), "application/pdf"),
        ("a.jpg", JPG + PAGE, "image/jpeg"),
        ("a.png", PNG + b"<?php echo 1 ?>", "image/png"),
        ("a.txt", PAGE, "text/plain"),
        ("a.xml", b"<html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>", "application/xml"),
        ("a.docx", docx("x", **{"a.html": PAGE}), MEDIA_TYPES["docx"]),
    ],
)
def test_a_file_that_is_two_things_is_handed_out_as_what_it_says(keep, at_officer, name, content, media_type):
    answer = at_officer.get(keep(content=content, name=name).get_absolute_url())

    assert answer["Content-Type"] == media_type
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox;")
