"""Webhooks in the API: whose they are, what is told of them, the log of what was sent."""

import pytest
from standardwebhooks.webhooks import Webhook as Verifier

from agreements import lifecycle
from agreements.dates import FuzzyDate
from agreements.models import Delivery, Webhook
from tests.api.conftest import MISSING, codes_of, errors_of, problem_of
from tests.webhooks.conftest import hook, receiver, send  # noqa: F401

DAY = FuzzyDate.parse("2024-12-20")
BODY = {"name": "Register of the ministry", "address": "https://systems.example/pacta"}


def made(client, **given):
    return client.post("webhooks/", BODY | given).json()


def test_a_webhook_is_made_read_changed_and_deleted(api, officer, parties, areas):
    client = api(officer)
    response = client.post("webhooks/", BODY | {"filters": {"party": ["EU"], "kind": ["step", "open"]}})
    told = response.json()
    assert response.status_code == 201
    assert response.headers["Location"] == told["url"]
    assert told["secret"].startswith("whsec_")
    assert told["filters"] == {"kind": ["step", "open"], "subject": [], "party": ["EU"], "area": [], "agreement": []}
    kept = client.get(told["url"])
    assert kept.json() == {name: value for name, value in told.items() if name != "secret"}
    assert kept.headers["ETag"].startswith('"1.')

    changed = client.patch(told["url"], {"payload": "full", "filters": {"area": ["aviation"]}}, match='"1"').json()
    assert (changed["payload"], changed["version"]) == ("full", 2)
    assert changed["filters"] == {"kind": [], "subject": [], "party": [], "area": ["aviation"], "agreement": []}
    assert problem_of(client.patch(told["url"], {"name": "x"}, match='"1"')) == (412, "stale")
    assert problem_of(client.patch(told["url"], {"name": "x"}, match="")) == (428, "precondition-required")
    stopped = client.patch(told["url"], {"enabled": False}).json()
    assert stopped["enabled"] is False
    assert stopped["disabled_at"]
    assert problem_of(client.delete(told["url"])) == (428, "precondition-required")
    assert client.delete(told["url"], match="*").status_code == 204
    assert problem_of(client.get(told["url"])) == (404, "not-found")


def test_nobody_else_sees_it(api, officer, lawyer):
    told = made(api(officer))
    other = api(lawyer)

    assert other.get("webhooks/").json()["results"] == []
    for path in ("", "deliveries/", f"deliveries/{MISSING}/"):
        assert problem_of(other.get(told["url"] + path)) == (404, "not-found")
    for path in ("ping/", "rotate/", "replay/", f"deliveries/{MISSING}/replay/"):
        assert problem_of(other.post(told["url"] + path, {"since": "2024-01-01T00:00:00Z"})) == (404, "not-found")
    assert problem_of(other.patch(told["url"], {"name": "Mine"})) == (404, "not-found")
    assert problem_of(other.delete(told["url"], match="*")) == (404, "not-found")


def test_what_cannot_be_is_refused(api, officer, secret):
    client = api(officer)

    assert codes_of(client.post("webhooks/", BODY | {"address": "http://10.0.0.1/"})) == [
        "address-not-https",
        "address-not-allowed",
    ]
    assert codes_of(client.post("webhooks/", BODY | {"address": "x"})) == ["address-unreadable"]
    assert errors_of(client.post("webhooks/", {"secret": "whsec_x", "enabled": True, "nope": 1})) == {
        "name": "required",
        "address": "required",
        "secret": "read_only",
        "enabled": "read_only",
        "nope": "unknown",
    }
    filters = {"kind": ["x"], "subject": ["step"], "party": ["XX"], "area": ["x"], "agreement": [secret.reference]}
    assert errors_of(client.post("webhooks/", BODY | {"filters": filters, "language": "de", "payload": "x"})) == {
        "filters.kind.0": "unknown",
        "filters.subject.0": "unknown",
        "filters.party.0": "unknown",
        "filters.area.0": "unknown",
        "filters.agreement.0": "unknown",
        "language": "unknown",
        "payload": "unknown",
    }
    assert errors_of(client.post("webhooks/", BODY | {"filters": {"kind": ["step", "step"]}})) == {
        "filters.kind.1": "unique"
    }
    told = made(client)
    assert codes_of(client.patch(told["url"], {"address": "https://[::1]/"})) == ["address-not-allowed"]
    assert errors_of(client.post(told["url"] + "rotate/", {"overlap_hours": 169})) == {"overlap_hours": "max_value"}
    assert errors_of(client.post(told["url"] + "replay/", {"since": "yesterday"})) == {"since": "invalid"}
    client.patch(told["url"], {"enabled": False})
    assert codes_of(client.post(told["url"] + "ping/")) == ["webhook-stopped"]
    assert codes_of(client.post(told["url"] + "replay/", {"since": "2024-01-01T00:00:00Z"})) == ["webhook-stopped"]


def test_a_user_has_so_many_and_no_more(api, officer, monkeypatch):
    monkeypatch.setattr("agreements.webhooks.keeping.MOST", 2)
    client = api(officer)
    made(client), made(client)

    assert codes_of(client.post("webhooks/", BODY)) == ["webhooks-many"]


def test_a_trial_is_sent_at_once(api, officer, receiver):  # noqa: F811
    client = api(officer)
    told = made(client, address=receiver.address)
    response = client.post(told["url"] + "ping/")
    assert response.status_code == 202
    delivery = client.get(response.json()["url"]).json()

    assert (delivery["state"], delivery["event"], delivery["status"]) == ("delivered", None, 204)
    sent = receiver.verified(told["secret"])
    assert (sent["type"], sent["data"]) == ("webhook.ping", {"webhook": told["id"]})
    assert receiver.names == [delivery["message"]]


def test_another_secret_is_told_once(api, officer, receiver):  # noqa: F811
    client = api(officer)
    told = made(client, address=receiver.address)
    rotated = client.post(told["url"] + "rotate/", {"overlap_hours": 1}).json()
    assert rotated["secret"] != told["secret"]
    assert rotated["old_secret_until"]
    assert "secret" not in client.get(told["url"]).json()
    client.post(told["url"] + "ping/")

    headers, body = receiver.received[0]
    for secret in (told["secret"], rotated["secret"]):
        assert Verifier(secret).verify(body, headers)


def test_the_log_tells_what_was_sent_and_sends_again(api, officer, lawyer, make_agreement, receiver):  # noqa: F811
    client, agreement = api(officer), make_agreement()
    told = made(client, address=receiver.address)
    entry = lifecycle.note(agreement, on=DAY, by=officer, what="A note.")
    send()
    (row,) = client.get(told["url"] + "deliveries/").json()["results"]
    assert (row["event"], row["state"], row["attempts"]) == (str(entry.pk), "delivered", 1)
    assert client.get(f"events/{row['event']}/").json()["entry"]["what"]["text"] == "A note."
    assert client.get(told["url"] + "deliveries/", {"state": "failed"}).json()["results"] == []
    assert errors_of(client.get(told["url"] + "deliveries/", {"state": "lost"})) == {"state": "unknown"}

    assert client.post(row["url"] + "replay/").status_code == 202
    assert receiver.names == [row["message"]] * 2
    again = client.post(told["url"] + "replay/", {"since": entry.recorded_at.isoformat()})
    assert (again.status_code, again.json()) == (202, {"events": 1})
    assert receiver.names == [row["message"]] * 3
    assert Delivery.objects.count() == 1


def test_the_log_leaves_out_what_was_hidden_since(api, officer, lawyer, make_agreement, receiver):  # noqa: F811
    from agreements import registers

    client, agreement = api(officer), make_agreement()
    told = made(client, address=receiver.address)
    lifecycle.note(agreement, on=DAY, by=officer, what="A note.")
    send()
    (row,) = client.get(told["url"] + "deliveries/").json()["results"]
    with registers.editing(agreement, by=lawyer) as edited:
        edited.level = "secret"

    assert client.get(told["url"] + "deliveries/").json()["results"] == []
    assert problem_of(client.get(row["url"])) == (404, "not-found")


@pytest.mark.parametrize("rows", [1, 4])
def test_the_queries_do_not_grow(api, officer, rows, django_assert_num_queries):
    client = api(officer)
    for _number in range(rows):
        told = made(client)
    kept = Webhook.objects.get(pk=told["id"])
    for _number in range(rows):
        Delivery.objects.create(webhook=kept, created_at=kept.created_at)
    client.get("webhooks/")

    with django_assert_num_queries(2):
        assert len(client.get("webhooks/").json()["results"]) == rows
    with django_assert_num_queries(3):
        assert len(client.get(told["url"] + "deliveries/").json()["results"]) == rows
