"""Shares and delegations through the API: what is refused, what a share shows and hides again, in every list."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from agreements import clock, tokens
from agreements.choices import Level
from agreements.models import Agreement, Delegation, Entry, Share, Unit, User
from tests.api.conftest import errors_of, problem_of

LISTS = (
    "agreements/?page_size=200", "events/?page_size=200", "tasks/?page_size=200", "commitments/?page_size=200",
    "documents/?page_size=200", "shares/?page_size=200", "attention/?page_size=200",
    "reports/portfolio/?format=json", "reports/agreement/?format=json&agreement=REF",
)  # fmt: skip


@pytest.fixture
def given(api, lawyer, secret):
    """Return what gives a share of the secret agreement."""

    def give(by=lawyer, **body):
        return api(by).post("shares/", {"agreement": secret.reference, "reason": "The talks are prepared.", **body})

    return give


def test_a_share_shows_a_secret_agreement_in_every_list_until_it_is_withdrawn(api, lawyer, reader, secret, given):
    for path, body in (("tasks/", {"title": {"en": "Ask"}}), ("documents/", None)):
        if body:
            assert api(lawyer).post(f"agreements/{secret.reference}/{path}", body).status_code == 201

    def shown():
        told = {}
        for path in ("", "journal/", "participants/", "tasks/", "transitions/"):
            told[path] = api(reader).get(f"agreements/{secret.reference}/{path}").status_code == 200
        for path in LISTS:
            answer = api(reader).get(path.replace("REF", secret.reference))
            told[path] = answer.status_code == 200 and secret.reference in answer.content.decode()
        return {path for path, seen in told.items() if seen}

    assert shown() == set()
    made = given(user="reader")
    assert made.status_code == 201
    assert made.json() | {"id": "", "given_at": "", "url": ""} == {
        "id": "", "agreement": secret.reference, "user": "reader", "unit": None, "until": None,
        "reason": "The talks are prepared.", "in_force": True, "given_at": "", "given_by": "lawyer",
        "withdrawn_at": None, "withdrawn_by": None, "version": 1, "url": "",
    }  # fmt: skip
    empty = {"commitments/?page_size=200", "documents/?page_size=200"}
    everything = {"", "journal/", "participants/", "tasks/", "transitions/", *LISTS} - empty
    assert shown() == everything
    (entry,) = [
        row
        for row in api(reader).get(f"agreements/{secret.reference}/journal/").json()["results"]
        if row["kind"] == "access"
    ]
    assert (entry["share"], entry["share_event"], entry["on_behalf_of"]) == (made.json()["id"], "given", "")
    gone = api(lawyer).post(f"shares/{made.json()['id']}/withdraw/", {"reason": "They were held."})
    assert (gone.status_code, gone.json()["in_force"], gone.json()["version"]) == (200, False, 2)
    assert shown() == set()


def test_who_gives_them_and_what_is_refused(api, lawyer, officer, reader, make_agreement, secret, given):
    assert problem_of(given(by=officer, user="reader")) == (400, "validation")  # of what is not there for him
    assert errors_of(given(user="nobody")) == {"user": "unknown"}
    assert errors_of(given(user="reader", until="soon")).keys() == {"until"}
    assert errors_of(given(user="reader", in_force=True)) == {"in_force": "read_only"}
    for body, reason in (
        ({}, "share-nobody"),
        ({"user": "lawyer"}, "share-seen"),
        ({"user": "reader", "until": "2001-01-01"}, "share-past"),
    ):
        answer = given(**body)
        assert problem_of(answer) == (409, "refused")
        assert [one["code"] for one in answer.json()["reasons"]] == [reason]
    agreement = make_agreement()
    body = {"agreement": agreement.reference, "user": "visitor", "reason": "x"}
    User.objects.create_user("visitor", access_level=Level.PUBLIC)
    assert problem_of(api(officer).post("shares/", body)) == (403, "not-permitted")
    assert problem_of(api(reader).post("shares/", body)) == (403, "not-permitted")
    Agreement.objects.filter(pk=agreement.pk).update(officer=officer)
    assert api(officer).post("shares/", body).status_code == 201
    assert Share.objects.count() == Entry.objects.filter(kind="access").count() == 1


def test_one_key_gives_one_share(given):
    Unit.objects.create(code="press", name_en="Press office")
    first, again = (given(unit="press", until="2999-12-31") for _time in range(2))
    assert (first.status_code, problem_of(again)) == (201, (409, "refused"))


def test_a_delegation_is_given_and_ended_on_its_version(api, officer, reader, lawyer):
    today = clock.today()
    days = {"starts_on": today.isoformat(), "ends_on": (today + timedelta(days=3)).isoformat()}
    made = api(officer).post("delegations/", {"deputy": "reader", **days})
    assert (made.status_code, made.json()["absent"], made.json()["runs"]) == (201, "officer", True)
    address = f"delegations/{made.json()['id']}/"
    assert api(reader).post("agreements/", {"title": {"en": "Protocol"}, "kind": "protocol"}).status_code == 201
    assert problem_of(api(lawyer).get(address)) == (404, "not-found")
    assert problem_of(api(lawyer).post("delegations/", {"absent": "officer", "deputy": "reader", **days})) == (
        403,
        "not-permitted",
    )
    assert problem_of(api(officer).delete(address, match=""))[0] == 428
    assert problem_of(api(officer).delete(address, match='"9"'))[0] == 412
    ended = api(officer).delete(address, match=made.headers["ETag"])
    assert (ended.status_code, ended.json()["runs"], ended.json()["ended_by"]) == (200, False, "officer")
    assert problem_of(api(officer).delete(address, match="*")) == (409, "refused")
    assert problem_of(api(reader).post("agreements/", {"title": {"en": "Protocol"}, "kind": "protocol"}))[0] == 403


def test_a_head_delegates_for_her_unit(api, officer, reader):
    unit = Unit.objects.create(code="europe", name_en="Europe")
    head = User.objects.create_user("head", unit=unit)
    head.groups.add(Group.objects.get(name="head"))
    body = {"absent": "officer", "deputy": "reader", "starts_on": "2999-01-01", "ends_on": "2999-01-02"}
    assert problem_of(api(head).post("delegations/", body)) == (403, "not-permitted")
    User.objects.filter(pk=officer.pk).update(unit=unit)
    assert api(head).post("delegations/", body).status_code == 201
    assert [row["absent"] for row in api(head).get("delegations/").json()["results"]] == ["officer"]
    assert Delegation.objects.get().given_by == head


def test_a_token_of_some_areas_lets_nobody_act_for_its_user(client, officer, reader, areas):
    _token, key = tokens.issue(officer, name="x", by=None, scope="write", areas=["aviation"])
    body = {"deputy": "reader", "starts_on": "2999-01-01", "ends_on": "2999-01-02"}
    headers = {"Authorization": f"Token {key}"}
    answer = client.post("/api/v1/delegations/", body, "application/json", headers=headers)
    assert problem_of(answer) == (403, "not-permitted")
