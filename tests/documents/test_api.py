"""Documents over the API: lists, versions, files in part, uploads."""

import hashlib
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements.models import DocumentVersion
from tests.api.conftest import Api, check, errors_of, problem_of, version_of
from tests.documents.conftest import PDF, PNG, docx, on_disk

V1 = "/api/v1/"


def ask(user: Any, method: str, path: str, data: Any = None, **headers: str) -> Any:
    """Send a form, or ask for a file: what `Api` does not do."""
    client = Api(user)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return getattr(client.client, method)(V1 + path, data, headers=client.headers | sent)


def post(user: Any, agreement: Any, /, **given: Any) -> Any:
    response = ask(user, "post", f"agreements/{agreement.reference}/documents/", sent(**given))
    check("post", response.wsgi_request.path, response)
    return response


def sent(**given: Any) -> dict[str, Any]:
    fields = {
        "file": SimpleUploadedFile("Договор.pdf", PDF), "kind": "signed_text", "on": "2010-05-05", "language": "kk",
    } | given  # fmt: skip
    return {name: value for name, value in fields.items() if value is not None}


def test_a_file_is_kept_and_read_again(agreement, officer, folder):
    response = post(officer, agreement, authenticity="authentic", title_en="The text", text="1", certainty="firm")
    told = response.json()
    version = DocumentVersion.objects.get()

    assert response.status_code == 201
    assert response["Location"] == told["url"] == f"http://testserver{V1}documents/{version.document_id}/"
    assert told["title"] == {"en": "The text", "ru": "", "kk": ""}
    assert told["versions"][0] | {"recorded_at": "", "dated": ""} == {
        "number": 1, "language": "kk", "authenticity": "authentic", "received_from": "", "dated": "",
        "name": "Договор.pdf", "media_type": "application/pdf", "size": len(PDF),
        "sha256": hashlib.sha256(PDF).hexdigest(), "recorded_at": "", "recorded_by": "officer",
        "entry": str(version.entry_id), "voided": False,
        "file": f"http://testserver{V1}documents/{version.document_id}/versions/1/file/",
    }  # fmt: skip
    one = Api(officer).get(told["url"])
    assert (one.json(), version_of(one)) == (told, "1")
    assert len(on_disk(folder)) == 1


def test_the_next_version_names_its_document(agreement, keep, officer):
    document = keep().document
    told = post(officer, agreement, document=str(document.pk), kind=None, file=SimpleUploadedFile("a.png", PNG)).json()

    assert (told["id"], told["version"]) == (str(document.pk), 2)
    assert [one["number"] for one in told["versions"]] == [2, 1]
    assert errors_of(post(officer, agreement, document=str(document.pk))) == {"kind": "read_only"}


def test_what_cannot_be_read_is_told_by_field(agreement, officer, keep, folder):
    hidden = keep(level="secret").document
    kept = on_disk(folder)

    assert errors_of(post(officer, agreement, kind=None, on="never", novel="x")) == {
        "on": "invalid",
        "novel": "unknown",
        "kind": "required",
    }
    assert errors_of(post(officer, agreement, kind=None)) == {"kind": "required"}
    assert errors_of(post(officer, agreement, file=None)) == {"file": "required"}
    missing = dict.fromkeys(("file", "kind", "on", "language"), "required")
    assert errors_of(post(officer, agreement, **dict.fromkeys(missing))) == missing
    assert errors_of(post(officer, agreement, kind=None, document=str(hidden.pk))) == {"document": "unknown"}
    assert errors_of(post(officer, agreement, kind=None, document=str(uuid4()))) == {"document": "unknown"}
    assert on_disk(folder) == kept


def test_a_refusal_names_every_reason(agreement, officer, folder):
    response = post(officer, agreement, file=SimpleUploadedFile("a.exe", b""), language="xx", on="2999")

    assert problem_of(response) == (409, "refused")
    codes = [reason["code"] for reason in response.json()["reasons"]]
    assert codes == ["language-unknown", "future-date", "file-kind", "file-empty"]
    assert on_disk(folder) == []


def test_who_may_not_write_or_see_is_refused(agreement, reader, officer, make_agreement):
    hidden = make_agreement(columns={"level": "secret"})

    assert problem_of(post(reader, agreement)) == (403, "not-permitted")
    assert problem_of(post(officer, agreement, level="secret")) == (403, "not-permitted")
    assert problem_of(post(officer, hidden)) == (404, "not-found")
    assert problem_of(Api(officer).get(f"agreements/{hidden.reference}/documents/")) == (404, "not-found")
    assert problem_of(Api(None).get("documents/")) == (401, "not-authenticated")


def test_only_forms_are_taken(agreement, officer):
    address = f"agreements/{agreement.reference}/documents/"
    assert problem_of(Api(officer).post(address, {"kind": "draft"})) == (415, "unsupported-media-type")
    many = ask(officer, "post", address, sent() | {f"field{number}": "x" for number in range(1100)})
    assert problem_of(many) == (413, "too-large")


# ---- lists ----
def test_lists_are_filtered(agreement, keep, officer, make_agreement, lawyer):
    signed = keep()
    keep(content=PNG, name="a.png", document=signed.document, language="ru")
    draft = keep("draft", docx("One"), "a.docx")
    keep("decision", level="secret")

    def listed(user: Any, path: str = "documents/", **query: Any) -> list[str]:
        return [row["id"] for row in Api(user).get(path, query).json()["results"]]

    both = [str(draft.document_id), str(signed.document_id)]
    assert listed(officer) == both
    assert len(listed(lawyer)) == 3
    assert listed(officer, kind="draft") == both[:1]
    assert listed(officer, language="ru") == both[1:]
    assert listed(officer, agreement=agreement.reference) == both
    assert listed(officer, agreement=make_agreement().reference) == []
    assert listed(officer, f"agreements/{agreement.reference}/documents/", kind="signed_text") == both[1:]
    assert errors_of(Api(officer).get("documents/", {"kind": "novel"})) == {"kind": "unknown"}
    assert errors_of(Api(officer).get("documents/", {"language": "xx"})) == {"language": "unknown"}
    first = Api(officer).get("documents/", {"page_size": 1}).json()
    assert [row["id"] for row in Api(officer).get(first["next"]).json()["results"]] == both[1:]


def test_the_hidden_is_answered_as_the_missing_is(agreement, keep, officer, lawyer):
    secret = keep(level="secret")
    for path in ("", "versions/1/file/"):
        assert ask(lawyer, "get", f"documents/{secret.document_id}/{path}").status_code == 200
        hidden, missing = (
            ask(officer, "get", f"documents/{key}/{path}").content.replace(str(key).encode(), b"KEY")
            for key in (secret.document_id, uuid4())
        )
        assert hidden == missing


def test_lists_take_as_many_queries_for_one_document_as_for_many(agreement, keep, officer):
    def count(path: str) -> int:
        client = Api(officer)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(path).status_code == 200
        return len(caught)

    version = keep()
    paths = ("documents/", f"agreements/{agreement.reference}/documents/", f"documents/{version.document_id}/")
    few = [count(path) for path in paths]
    for number in range(4):
        keep("draft", PDF + bytes([65 + number]))
        keep(content=PDF + bytes([75 + number]), document=version.document)
    assert [count(path) for path in paths] == few == [3, 4, 3]


# ---- files ----
def test_a_file_comes_whole_or_in_part(keep, officer):
    version = keep()
    path = f"documents/{version.document_id}/versions/1/file/"
    whole = ask(officer, "get", path, Accept="application/pdf")
    part = ask(officer, "get", path, Range="bytes=0-3")
    beyond = ask(officer, "get", path, Range="bytes=9999-")

    assert (whole.status_code, b"".join(whole.streaming_content)) == (200, PDF)
    assert whole["Content-Type"] == "application/pdf"
    assert whole["Content-Security-Policy"] == (
        "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; object-src 'none'; frame-ancestors 'none'"
    )
    assert whole["Cache-Control"] == "no-store"
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"%PDF")
    assert problem_of(beyond) == (416, "range-not-satisfiable")
    assert ask(officer, "head", path)["ETag"] == f'"{version.sha256}"'
    assert ask(officer, "get", f"documents/{version.document_id}/versions/2/file/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nothing_is_replaced_nor_deleted(keep, lawyer, method):
    version = keep()
    response = ask(lawyer, method, f"documents/{version.document_id}/")
    assert problem_of(response) == (405, "method-not-allowed")
