"""Commitments and registration through the API."""

import pytest

from agreements import registers
from agreements.choices import Level
from agreements.models import Agreement, Commitment, Entry
from tests.api.conftest import errors_of, problem_of

EPCA, VISAS = "PEP-4K7Z", "VIS-8TDK"
BODY = {
    "agreement": EPCA,
    "provision": "Art. 268(2)",
    "text": {"en": "The Cooperation Council meets at regular intervals, not less than once a year."},
    "due": "2024",
}


def test_a_commitment_is_recorded_and_reported_on(api, officer, sample):
    client = api(officer)
    made = client.post("commitments/", BODY)
    address = made.headers["Location"].removeprefix("http://testserver/api/v1/")

    assert made.status_code == 201
    record = made.json()
    assert record.pop("changed_at")
    assert record.pop("id") == str(Commitment.objects.get().pk)
    assert record == {
        "agreement": EPCA,
        "provision": "Art. 268(2)",
        "text": BODY["text"] | {"ru": "", "kk": ""},
        "party": None,
        "body": "",
        "unit": None,
        "due": {"iso": "2024", "earliest": "2024-01-01", "latest": "2024-12-31", "precision": "year", "words": "2024"},
        "overdue": False,
        "state": "planned",
        "fulfilled_on": None,
        "report": "",
        "source": "",
        "version": 1,
        "url": made.headers["Location"],
    }
    done = {"state": "fulfilled", "fulfilled_on": "2024-10-14", "report": "21st Cooperation Council, Luxembourg"}
    changed = client.patch(address, done, match=made.headers["ETag"])
    assert (changed.status_code, changed.json()["state"], changed.json()["version"]) == (200, "fulfilled", 2)
    assert problem_of(client.patch(address, done, match=made.headers["ETag"])) == (412, "stale")
    assert Entry.objects.of(Commitment.objects.get()).count() == 2


@pytest.mark.parametrize(
    ("given", "status", "field"),
    [
        ({"text": {}}, 400, "text"),
        ({"agreement": "XXX-0000"}, 400, "agreement"),
        ({"due": "soon"}, 400, "due"),
        ({"state": "done"}, 400, "state"),
    ],
)
def test_a_bad_value_is_named(api, officer, sample, given, status, field):
    answer = api(officer).post("commitments/", BODY | given)

    assert answer.status_code == status, answer.json()
    assert field in errors_of(answer)
    assert not Commitment.objects.exists()


def test_a_refusal_gives_its_reasons(api, officer, sample):
    answer = api(officer).post("commitments/", BODY | {"agreement": VISAS, "state": "fulfilled"})

    assert answer.status_code == 409
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["commitment-not-signed", "fulfilled-on-missing"]


def test_commitments_are_filtered_and_as_secret_as_their_agreements(api, officer, reader, lawyer, sample):
    api(officer).post("commitments/", BODY)
    client = api(reader)

    assert [
        row["provision"] for row in client.get(f"commitments/?agreement={EPCA}&state=planned").json()["results"]
    ] == ["Art. 268(2)"]
    assert client.get("commitments/?state=fulfilled").json()["results"] == []
    assert client.post("commitments/", BODY).status_code == 403
    with registers.editing(Agreement.objects.get(reference=EPCA), by=lawyer) as agreement:
        agreement.level = Level.SECRET
    assert client.get("commitments/").json()["results"] == []
    assert client.get(f"commitments/{Commitment.objects.get().pk}/").status_code == 404


def test_the_list_takes_the_same_queries_for_one_and_three(api, officer, sample, django_assert_num_queries):
    client = api(officer)
    client.post("commitments/", BODY)
    with django_assert_num_queries(2):
        client.get("commitments/")
    for number in (1, 2):
        client.post("commitments/", BODY | {"provision": f"Art. {number}"})
    with django_assert_num_queries(2):
        assert len(client.get("commitments/").json()["results"]) == 3


def test_a_registration_is_recorded_with_the_agreement(api, officer, sample):
    client = api(officer)
    tag = client.get(f"agreements/{EPCA}/").headers["ETag"]
    changed = client.patch(f"agreements/{EPCA}/", {"un_number": "I-1", "un_registered_on": "2021-05-04"}, match=tag)

    assert changed.status_code == 200
    assert (changed.json()["un_number"], changed.json()["un_registered_on"]) == ("I-1", "2021-05-04")
    assert (changed.json()["register_number"], changed.json()["registered_on"]) == ("", None)
    assert "un_number" in errors_of(
        client.patch(f"agreements/{EPCA}/", {"un_number": "x" * 41}, match=changed.headers["ETag"])
    )
