"""Subscriptions and notifications through the API: what a person can do, a program can do."""

import pytest

from agreements import lifecycle, saved_views, subscriptions
from agreements.choices import Level, ViewKind
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Notification, Subscription
from tests.api.conftest import codes_of, errors_of


def test_a_program_watches_changes_pauses_and_removes(api, make_agreement, officer):
    agreement, client = make_agreement(), api(officer)

    made = client.post("subscriptions/", {"what": "agreement", "agreement": agreement.reference, "groups": ["steps"]})

    told = made.json()
    assert made.status_code == 201
    assert made.headers["Location"] == told["url"]
    assert {name: told[name] for name in ("what", "agreement", "party", "groups", "pace", "hour", "paused_at")} == {
        "what": "agreement", "agreement": agreement.reference, "party": None, "groups": ["steps"], "pace": "daily",
        "hour": 8, "paused_at": None,
    }  # fmt: skip
    address = f"subscriptions/{told['id']}/"
    changed = client.patch(address, {"paused": True, "pace": "weekly", "weekday": 4}).json()
    assert (changed["pace"], changed["weekday"], changed["version"], changed["paused_at"] is not None) == (
        "weekly", 4, 2, True,
    )  # fmt: skip
    assert client.patch(address, {"paused": False}).json()["paused_at"] is None
    assert client.delete(address, match="*").status_code == 204
    assert not Subscription.objects.exists()


def test_what_cannot_be_watched_is_refused(api, make_agreement, officer, reader):
    hidden, client = make_agreement(), api(officer)
    Agreement.objects.filter(pk=hidden.pk).update(level=Level.SECRET)
    foreign = saved_views.create(reader, kind=ViewKind.AGREEMENTS, name="Mine", query="q=air")

    assert set(errors_of(client.post("subscriptions/", {"what": "agreement", "agreement": hidden.reference}))) == {
        "agreement"
    }
    assert set(errors_of(client.post("subscriptions/", {"what": "view", "view": str(foreign.pk)}))) == {"view"}
    assert set(errors_of(client.post("subscriptions/", {"what": "weather", "hour": 24, "id": "x"}))) == {
        "what", "hour", "id",
    }  # fmt: skip
    assert codes_of(client.post("subscriptions/", {"what": "party", "area": "aviation"})) == ["target-unknown"]
    assert codes_of(client.post("subscriptions/", {"what": "unit"})) == ["unit-missing"]
    body = {"what": "party", "party": "EU", "in_product": False, "by_mail": False}
    assert codes_of(client.post("subscriptions/", body)) == ["channel-missing"]


def test_what_is_hidden_by_now_is_not_named(api, make_agreement, officer):
    agreement, client = make_agreement(), api(officer)
    subscriptions.watch(officer, "agreement", agreement)
    Agreement.objects.filter(pk=agreement.pk).update(level=Level.SECRET)

    answer = client.get("subscriptions/")

    assert [row["agreement"] for row in answer.json()["results"]] == [None]
    assert agreement.reference not in answer.content.decode()


def test_notifications_are_listed_filtered_and_marked_as_read(api, make_agreement, officer, lawyer):
    agreement, client = make_agreement(), api(officer)
    subscriptions.watch(officer, "agreement", agreement)
    for number in range(3):
        lifecycle.note(agreement, on=FuzzyDate.parse("2024"), by=lawyer, what=f"Note {number}.")
    subscriptions.tick()

    rows = client.get("notifications/").json()["results"]

    assert len(rows) == 3
    assert {row["agreement"] for row in rows} == {agreement.reference}
    assert {row["said"] for row in rows} == {f"Note, 2024. Note {number}." for number in range(3)}
    assert client.get(f"events/{rows[0]['event']}/").status_code == 200
    assert client.post("notifications/read/", {"ids": [rows[0]["id"]]}).json() == {"notifications": 1}
    assert len(client.get("notifications/?unread=true").json()["results"]) == 2
    assert client.get(f"notifications/{rows[0]['id']}/").json()["version"] == 2
    assert client.post("notifications/read/", {}).json() == {"notifications": 2}
    Agreement.objects.filter(pk=agreement.pk).update(level=Level.SECRET)
    assert client.get("notifications/").json()["results"] == []
    assert client.get(f"notifications/{rows[0]['id']}/").status_code == 404


@pytest.mark.parametrize("number", [1, 20])
def test_lists_cost_a_fixed_number_of_queries(
    api, make_agreement, officer, lawyer, django_assert_max_num_queries, number
):
    for place in range(number):
        agreement = make_agreement(titles={"en": f"Agreement {place}"})
        subscriptions.watch(officer, "agreement", agreement)
        lifecycle.note(agreement, on=FuzzyDate.parse("2024"), by=lawyer, what="A note.")
    subscriptions.tick()
    assert Notification.objects.count() == number
    client = api(officer)
    client.get("subscriptions/")
    for path, most in (("subscriptions/", 3), ("notifications/", 14)):
        with django_assert_max_num_queries(most):
            assert len(client.get(path).json()["results"]) == number
