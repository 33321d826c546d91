"""Many things in one request: all or none of them, or each by itself, with what became of each."""

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements import journal
from agreements.models import Agreement, Entry, KeptAnswer
from tests.api.conftest import errors_of, problem_of

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
PROPOSAL = {"title": {"en": "Protocol"}, "kind": "protocol"}


@pytest.fixture
def many(make_agreement):
    """Memoranda in negotiation: they can be prepared for signing, and not be signed."""
    return [make_agreement(kind="memorandum", stage="negotiating") for _number in range(4)]


def steps(agreements, name="prepare_signing", **more):
    return [{"agreement": one.reference, "transition": name, "on": "2004", **more} for one in agreements]


def bulk(items, mode="per-item"):
    return {"mode": mode, "items": items}


def statuses(rows):
    return [row["status"] for row in rows]


def stages(agreements):
    return [Agreement.objects.get(pk=one.pk).stage for one in agreements]


# ---- steps ----
def test_many_steps_are_taken_in_one_request(api, officer, many):
    told = api(officer).post("agreements/transitions/", bulk(steps(many))).json()

    assert (told["mode"], told["done"], statuses(told["results"])) == ("per-item", 4, [201] * 4)
    for index, (row, agreement) in enumerate(zip(told["results"], many, strict=True)):
        entry = Entry.objects.get(pk=row["entry"])
        assert (row["index"], row["agreement"], row["version"], row["problem"]) == (index, agreement.reference, 2, None)
        assert (entry.subject, entry.transition) == (agreement.pk, "prepare_signing")
    assert stages(many) == ["signing"] * 4
    assert list(journal.verify()) == []


def test_each_item_is_judged_by_itself_and_answered_as_alone(api, officer, many, secret):
    items = [
        *steps(many[:1]),
        *steps(many[1:2], "sign"),
        *steps([secret]),
        {"agreement": "AIR-0000", "transition": "sign", "on": "2004"},
        *steps(many[2:3], on="x", nope=1),
        {"transition": "sign", "on": "2004"},
        "sign",
        *steps(many[3:]),
    ]
    told = api(officer).post("agreements/transitions/", bulk(items)).json()

    assert (told["done"], statuses(told["results"])) == (2, [201, 409, 404, 404, 400, 400, 400, 201])
    alone = api(officer).post(f"agreements/{many[1].reference}/transitions/", {"transition": "sign", "on": "2004"})
    assert told["results"][1]["problem"]["reasons"] == alone.json()["reasons"]
    hidden, missing = (told["results"][index]["problem"] for index in (2, 3))
    assert hidden == missing
    assert {(one["field"], one["pointer"]) for one in told["results"][4]["problem"]["errors"]} == {
        ("on", "/items/4/on"),
        ("nope", "/items/4/nope"),
    }
    assert [one["field"] for one in told["results"][5]["problem"]["errors"]] == ["agreement"]
    assert stages(many) == ["signing", "negotiating", "negotiating", "signing"]
    assert secret.reference not in str(told)


@pytest.mark.parametrize("path", ["bulk/", "transitions/", "actions/"])
def test_what_is_no_object_is_the_mistake_of_its_item_alone(api, officer, many, path):
    one = many[0].reference
    item = {
        "bulk/": PROPOSAL,
        "transitions/": steps(many[:1])[0],
        "actions/": {"agreement": one, "party": "KZ", "act": "full_powers", "on": "2004"},
    }[path]
    strangers = [None, "text", 7, True, [], [None]]
    told = api(officer).post(f"agreements/{path}", bulk([*strangers, item])).json()

    assert (told["done"], statuses(told["results"])) == (1, [400] * 6 + [201])
    for index, row in enumerate(told["results"][:-1]):
        (mistake,) = row["problem"]["errors"]
        assert mistake == {"field": "", "message": "Give an object.", "code": "invalid", "pointer": f"/items/{index}"}
    refused = api(officer).post(f"agreements/{path}", bulk([item, None], "all-or-none"))
    assert problem_of(refused) == (409, "not-all")
    assert statuses(refused.json()["results"]) == [409 if path == "transitions/" else 424, 400]


def test_all_or_none_writes_nothing_and_names_everything(api, officer, many):
    items = [*steps(many[:2]), *steps(many[2:3], "sign"), *steps(many[3:], on="x")]
    response = api(officer).post("agreements/transitions/", bulk(items, "all-or-none"))

    assert problem_of(response) == (409, "not-all")
    assert statuses(response.json()["results"]) == [424, 424, 409, 400]
    assert stages(many) == ["negotiating"] * 4
    done = api(officer).post("agreements/transitions/", bulk(steps(many), "all-or-none")).json()
    assert (done["done"], stages(many)) == (4, ["signing"] * 4)


def test_steps_of_one_agreement_follow_each_other(api, lawyer, many):
    one = many[0]
    items = [*steps([one]), *steps([one], "sign", evidence="text"), *steps([one])]
    rows = api(lawyer).post("agreements/transitions/", bulk(items)).json()["results"]

    assert statuses(rows) == [201, 201, 409]
    assert (stages([one]), {row["version"] for row in rows if row["version"]}) == (["signed"], {3})


def test_what_items_name_is_known_to_their_agreement_alone(api, officer, many, secret):
    first, second = (str(Entry.objects.of(one).get().pk) for one in many[:2])
    hidden = str(Entry.objects.of(secret).get().pk)
    items = [
        *steps(many[:1], after=first),
        *steps(many[1:2], after=first),
        *steps(many[2:3], after=hidden),
        *steps(many[3:], successor=secret.reference),
        *steps(many[3:], after="x"),
    ]
    rows = api(officer).post("agreements/transitions/", bulk(items)).json()["results"]

    assert statuses(rows) == [201, 400, 400, 400, 400]
    assert [row["problem"]["errors"][0]["code"] for row in rows[1:]] == ["unknown"] * 4
    assert second != first


def test_a_reader_takes_no_steps(api, reader, many):
    for path in ("bulk/", "transitions/", "actions/"):
        response = api(reader).post(f"agreements/{path}", bulk(steps(many)))
        assert problem_of(response) == (403, "not-permitted")


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"mode": "required", "items": "required"}),
        ({"mode": "some", "items": [{}]}, {"mode": "unknown"}),
        ({"mode": "per-item", "items": []}, {"items": "empty"}),
        ({"mode": "per-item", "items": {}}, {"items": "not_a_list"}),
        ({"mode": "per-item", "items": [{}] * 1001}, {"items": "max_length"}),
        ({"mode": "per-item", "items": [{}], "x": 1}, {"x": "unknown"}),
    ],
)
@pytest.mark.parametrize("path", ["bulk/", "transitions/", "actions/"])
def test_what_holds_the_items_is_checked_first(api, officer, path, body, errors):
    assert errors_of(api(officer).post(f"agreements/{path}", body)) == errors


def test_the_number_of_queries_does_not_follow_that_of_the_steps(api, officer, make_agreement):
    made, client = [make_agreement(kind="memorandum", stage="negotiating") for _number in range(13)], api(officer)

    def cost(agreements):
        with CaptureQueriesContext(connection) as queries:
            assert client.post("agreements/transitions/", bulk(steps(agreements))).json()["done"] == len(agreements)
        return len(queries)

    few, more = cost(made[:3]), cost(made[3:])
    assert few == more


@pytest.mark.parametrize("mode", ["per-item", "all-or-none"])
def test_a_key_covers_the_whole_request(api, officer, many, mode):
    client, body = api(officer), bulk([*steps(many[:2]), *steps(many[2:3], "sign")], mode)
    first = client.post("agreements/transitions/", body, Idempotency_Key=KEY)
    again = client.post("agreements/transitions/", body, Idempotency_Key=KEY)

    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert KeptAnswer.objects.count() == 1
    assert Entry.objects.filter(kind="step").count() == (2 if mode == "per-item" else 0)


# ---- records ----
def test_many_records_are_opened(api, officer, lawyer, parties):
    items = [PROPOSAL, PROPOSAL | {"participants": [{"party": "KZ"}, {"party": "XX"}]}, {"kind": "treaty"}, PROPOSAL]
    told = api(officer).post("agreements/bulk/", bulk(items)).json()

    assert (told["done"], statuses(told["results"])) == (2, [201, 400, 400, 201])
    assert told["results"][1]["problem"]["errors"][0]["pointer"] == "/items/1/participants/1/party"
    made = [row["agreement"] for row in told["results"] if row["status"] == 201]
    assert sorted(Agreement.objects.values_list("reference", flat=True)) == sorted(made)
    refused = api(officer).post("agreements/bulk/", bulk([PROPOSAL, {**PROPOSAL, "level": "secret"}]))
    alone = api(officer).post("agreements/", {**PROPOSAL, "level": "secret"})
    assert statuses(refused.json()["results"]) == [201, alone.status_code]


def test_all_or_none_of_the_records(api, officer):
    response = api(officer).post("agreements/bulk/", bulk([PROPOSAL, {"kind": "treaty"}, PROPOSAL], "all-or-none"))

    assert problem_of(response) == (409, "not-all")
    assert statuses(response.json()["results"]) == [424, 400, 424]
    assert not Agreement.objects.exists()
    assert api(officer).post("agreements/bulk/", bulk([PROPOSAL] * 3, "all-or-none")).json()["done"] == 3


# ---- acts ----
def test_many_acts_are_recorded(api, lawyer, treaty, many):
    def act(kind, party="KZ", agreement=treaty, **more):
        return {"agreement": agreement.reference, "party": party, "act": kind, "on": "2003-06-05", **more}

    items = [
        act("signature", manner="subject"),
        act("signature", "UZ", manner="subject"),
        act("full_powers", agreement=many[0], text=1),
        act("withdrawal_of_reservation", target=str(Entry.objects.of(treaty).get().pk)),
        act("signature", "XX"),
        act("nonsense"),
        act("signature", "EU", manner="subject"),
        act("full_powers", "EU", agreement=many[0], text=2),
    ]
    told = api(lawyer).post("agreements/actions/", bulk(items)).json()

    assert statuses(told["results"]) == [201, 201, 201, 400, 400, 400, 409, 409]
    assert Entry.objects.filter(kind="action").count() == told["done"] == 3
    entries = [row["entry"] for row in told["results"] if row["entry"]]
    assert {str(key) for key in Entry.objects.filter(kind="action").values_list("pk", flat=True)} == set(entries)
    none = api(lawyer).post("agreements/actions/", bulk([act("ratification"), act("nonsense")], "all-or-none"))
    assert statuses(none.json()["results"]) == [424, 400]
    assert Entry.objects.filter(kind="action").count() == 3
    assert list(journal.verify()) == []


# ---- how long it takes ----
@pytest.mark.soak
def test_a_thousand_steps_are_taken_faster_together(api, lawyer, make_agreement):
    made = [make_agreement(kind="memorandum", stage="negotiating") for _number in range(2000)]
    client = api(lawyer)
    began = time.perf_counter()
    for item in steps(made[:1000]):
        path = f"agreements/{item.pop('agreement')}/transitions/"
        assert client.post(path, item).status_code == 201
    one_by_one, began = time.perf_counter() - began, time.perf_counter()
    assert client.post("agreements/transitions/", bulk(steps(made[1000:]), "all-or-none")).json()["done"] == 1000
    together = time.perf_counter() - began

    print(f"1,000 steps: {one_by_one:.1f} s one by one, {together:.1f} s together")  # noqa: T201
    assert together < one_by_one / 5
