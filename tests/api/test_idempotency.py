"""A request that is sent again under its key has one effect and one answer."""

import io
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agreements import clock, journal, registers, sealed
from agreements.choices import Level
from agreements.models import Agreement, Document, Entry, FeedToken, KeptAnswer, SavedView
from tests.api.conftest import Api, codes_of, errors_of, problem_of, secret_for

PROPOSAL = {"title": {"en": "Protocol"}, "kind": "protocol"}
NOTE = {"kind": "note", "on": "2004", "what": "Talks went on."}
KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


def told(response):
    headers = {name: response.headers.get(name) for name in ("ETag", "Location", "Content-Type", "Cache-Control")}
    return response.status_code, response.content, headers


def test_the_same_request_is_answered_the_same_and_done_once(api, officer):
    client = api(officer)
    first = client.post("agreements/", PROPOSAL, Idempotency_Key=KEY)
    again = client.post("agreements/", PROPOSAL, Idempotency_Key=KEY)

    assert first.status_code == 201
    assert told(again) == told(first)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (Agreement.objects.count(), Entry.objects.count(), KeptAnswer.objects.count()) == (1, 1, 1)


def test_without_a_key_or_under_another_it_is_done_again(api, officer):
    client = api(officer)
    for headers in ({}, {}, {"Idempotency_Key": "a"}, {"Idempotency_Key": "b"}):
        assert client.post("agreements/", PROPOSAL, **headers).status_code == 201

    assert Agreement.objects.count() == 4
    assert KeptAnswer.objects.count() == 2


def test_a_key_in_quotes_is_the_same_key_and_a_body_the_same_however_it_is_written(api, officer):
    client = api(officer)
    first = client.post("agreements/", PROPOSAL, Idempotency_Key=f'"{KEY}"')
    again = client.post("agreements/", dict(reversed(PROPOSAL.items())), Idempotency_Key=KEY)

    assert told(again) == told(first)


@pytest.mark.parametrize("key", ["", " ", '""', "two words", "x" * 256, "ключ", '"'])
def test_what_is_not_a_key_is_refused(api, officer, key):
    response = api(officer).post("agreements/", PROPOSAL, Idempotency_Key=key)

    assert errors_of(response) == {"Idempotency-Key": "invalid"}
    assert not Agreement.objects.exists()


def test_another_request_under_the_key_is_refused(api, officer, make_agreement):
    agreement, other = make_agreement(), make_agreement()
    client = api(officer)
    assert client.post(f"agreements/{agreement.reference}/journal/", NOTE, Idempotency_Key=KEY).status_code == 201

    for path, body in (
        (f"agreements/{agreement.reference}/journal/", NOTE | {"on": "2005"}),
        (f"agreements/{other.reference}/journal/", NOTE),
        ("agreements/", PROPOSAL),
    ):
        assert problem_of(client.post(path, body, Idempotency_Key=KEY)) == (422, "key-reused")
    assert Entry.objects.filter(kind="note").count() == 1


def test_a_key_is_its_users_own(api, officer, lawyer):
    for user in (officer, lawyer):
        response = api(user).post("agreements/", PROPOSAL, Idempotency_Key=KEY)
        assert (response.status_code, "Idempotency-Replayed" in response.headers) == (201, False)

    assert problem_of(api(officer).post("agreements/", {**PROPOSAL, "kind": "treaty"}, Idempotency_Key=KEY))[0] == 422
    assert Agreement.objects.count() == 2


def test_a_refusal_is_kept_and_a_request_that_was_not_begun_is_not(api, officer, reader, make_agreement):
    client, address = api(officer), f"agreements/{make_agreement().reference}/"
    sign = {"transition": "sign", "on": "2004"}
    first = client.post(f"{address}transitions/", sign, Idempotency_Key="a")
    again = client.post(f"{address}transitions/", sign, Idempotency_Key="a")

    assert codes_of(first) == codes_of(again)
    assert told(again) == told(first)
    assert KeptAnswer.objects.count() == 1
    assert errors_of(client.post(f"{address}journal/", {**NOTE, "on": "x"}, Idempotency_Key="b")) == {"on": "invalid"}
    assert client.post(f"{address}journal/", NOTE, Idempotency_Key="b").status_code == 201
    assert problem_of(api(reader).post(f"{address}journal/", NOTE, Idempotency_Key="c"))[0] == 403
    assert problem_of(client.post("agreements/AIR-0000/journal/", NOTE, Idempotency_Key="d"))[0] == 404
    assert KeptAnswer.objects.count() == 2


def test_a_fault_leaves_neither_the_effect_nor_the_key(api, officer, monkeypatch):
    client = api(officer)

    def fail(*_args, **_named):
        raise ZeroDivisionError

    monkeypatch.setattr(sealed, "seal", fail)
    with pytest.raises(AssertionError):
        client.post("agreements/", PROPOSAL, Idempotency_Key=KEY)
    monkeypatch.undo()
    assert (Agreement.objects.count(), Entry.objects.count(), KeptAnswer.objects.count()) == (0, 0, 0)

    assert client.post("agreements/", PROPOSAL, Idempotency_Key=KEY).status_code == 201
    assert Agreement.objects.count() == 1


# ---- what the reader may see ----
def test_what_is_hidden_meanwhile_is_not_told_again(api, officer, lawyer, make_agreement):
    agreement, client = make_agreement(), api(officer)
    journal_of = f"agreements/{agreement.reference}/journal/"
    made = client.post("agreements/", PROPOSAL, Idempotency_Key="a").json()
    assert client.post(journal_of, NOTE, Idempotency_Key="b").status_code == 201
    for hidden in (agreement, Agreement.objects.get(reference=made["reference"])):
        with registers.editing(hidden, by=lawyer) as fresh:
            fresh.level = Level.SECRET

    for path, body, key in (("agreements/", PROPOSAL, "a"), (journal_of, NOTE, "b")):
        response = client.post(path, body, Idempotency_Key=key)
        assert problem_of(response) == (404, "not-found")
        assert made["reference"] not in response.content.decode()


def test_who_may_see_less_than_then_is_not_told_again(api, lawyer, make_agreement):
    client, address = api(lawyer), f"agreements/{make_agreement().reference}/entry-into-force/"
    body = {"actions": [{"party": "KZ", "act": "ratification", "on": "2004"}]}
    assert client.post(address, body, Idempotency_Key=KEY).status_code == 200
    lawyer.access_level = Level.PUBLIC
    lawyer.save()

    assert problem_of(client.post(address, body, Idempotency_Key=KEY)) == (404, "not-found")


def test_a_document_that_was_hidden_is_not_told_again(officer, make_agreement):
    agreement = make_agreement()
    headers = {"Authorization": f"Token {secret_for(officer)}", "Idempotency-Key": KEY}
    address = f"/api/v1/agreements/{agreement.reference}/documents/"

    def upload(text=b"Text of the draft."):
        # The boundary of the form is another one each time.
        form = {"kind": "draft", "on": "2004", "language": "en", "file": SimpleUploadedFile("draft.txt", text)}
        return Client().post(address, form, headers=headers)

    first = upload()
    assert first.status_code == 201, first.content
    assert told(upload()) == told(first)
    assert problem_of(upload(b"Another text.")) == (422, "key-reused")
    assert Document.objects.count() == 1
    Document.objects.update(level=Level.SECRET)
    assert problem_of(upload()) == (404, "not-found")


def test_a_secret_that_is_told_once_is_sealed(api, officer):
    client, body = api(officer), {"name": "On my desk", "language": "en"}
    first = client.post("feeds/", body, Idempotency_Key=KEY)
    (kept,) = KeptAnswer.objects.all()

    secret = first.json()["address"].rpartition("/")[2].removesuffix(".ics")
    assert secret.encode() not in bytes(kept.sealed)
    assert b"On my desk" not in bytes(kept.sealed)
    assert KEY not in kept.key_digest
    assert client.post("feeds/", body, Idempotency_Key=KEY).json()["address"] == first.json()["address"]
    assert FeedToken.objects.count() == 1


def test_an_answer_that_can_no_longer_be_read_is_not_made_up(api, officer, settings):
    client = api(officer)
    client.post("agreements/", PROPOSAL, Idempotency_Key=KEY)
    settings.SECRET_KEY += "x"

    assert problem_of(client.post("agreements/", PROPOSAL, Idempotency_Key=KEY)) == (422, "key-reused")


def test_what_was_deleted_meanwhile_is_not_made_again(api, officer):
    client, body = api(officer), {"kind": "agreements", "name": "Mine", "query": ""}
    address = client.post("views/", body, Idempotency_Key=KEY).headers["Location"]
    assert client.delete(address, match="*").status_code == 204

    assert problem_of(client.post("views/", body, Idempotency_Key=KEY)) == (404, "not-found")
    assert SavedView.objects.count() == 1


# ---- for a day ----
def test_an_answer_is_kept_for_a_day(api, officer):
    client = api(officer)
    client.post("agreements/", PROPOSAL, Idempotency_Key=KEY)
    client.post("agreements/", PROPOSAL, Idempotency_Key="other")
    KeptAnswer.objects.update(began_at=clock.now() - timedelta(hours=23, minutes=59))
    call_command("tick", stdout=io.StringIO())
    assert client.post("agreements/", PROPOSAL, Idempotency_Key=KEY).headers["Idempotency-Replayed"] == "true"

    KeptAnswer.objects.update(began_at=clock.now() - timedelta(hours=24))
    assert "Idempotency-Replayed" not in client.post("agreements/", PROPOSAL, Idempotency_Key=KEY).headers
    assert Agreement.objects.count() == 3
    call_command("tick", stdout=io.StringIO())
    assert KeptAnswer.objects.count() == 1


def test_a_key_costs_a_fixed_number_of_queries(api, officer, make_agreement):
    client, address = api(officer), f"agreements/{make_agreement().reference}/journal/"

    def cost(**headers):
        with CaptureQueriesContext(connection) as queries:
            assert client.post(address, NOTE, **headers).status_code == 201
        return len(queries)

    plain = cost()
    # Four around savepoints, the claim, who holds it, the answer.
    assert [cost(Idempotency_Key=key) - plain for key in "abc"] == [7, 7, 7]
    assert cost(Idempotency_Key="a") == 10


# ---- at the same moment ----
WRITERS = 6


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("agreements/", PROPOSAL, 201),
        ("{}journal/", NOTE, 201),
        ("{}transitions/", {"transition": "withdraw", "on": "2004", "reason": "Not pursued"}, 201),
        ("{}transitions/", {"transition": "sign", "on": "2004"}, 409),
    ],
    ids=["create", "note", "step", "refusal"],
)
def test_requests_under_one_key_at_the_same_moment_have_one_effect(lawyer, make_agreement, path, body, status):
    address = path.format(f"agreements/{make_agreement().reference}/")
    clients = [Api(lawyer) for _writer in range(WRITERS)]
    clients[0].get("agreements/")
    before, start = Entry.objects.count(), Barrier(WRITERS)

    def write(client):
        start.wait()
        try:
            return client.post(address, body, Idempotency_Key=KEY)
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        answers = list(pool.map(write, clients))

    assert len({answer.content for answer in answers}) == 1
    assert {answer.status_code for answer in answers} == {status}
    assert Counter("Idempotency-Replayed" in answer.headers for answer in answers) == {False: 1, True: WRITERS - 1}
    assert Entry.objects.count() - before == (1 if status == 201 else 0)
    assert list(journal.verify()) == []
