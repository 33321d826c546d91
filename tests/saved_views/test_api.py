"""Saved views through the API; every answer is held against the schema."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agreements import saved_views, tasks
from agreements.models import SavedView
from tests.api.conftest import MISSING, api, codes_of, errors_of, message_of, problem_of, version_of
from tests.meetings.conftest import on

__all__ = ["api"]
AIR = {"kind": "agreements", "name": "Aviation", "query": "?party=EU&area=aviation"}


def names(response):
    return [row["name"] for row in response.json()["results"]]


# ---- one ----
def test_a_view_is_kept_read_changed_and_deleted(api, officer, parties, areas):
    made = api(officer).post("views/", AIR)
    record = made.json()

    assert (made.status_code, made.headers["Location"], version_of(made)) == (201, record["url"], "1")
    key = record["id"]
    assert record | {"created_at": "", "changed_at": "", "url": ""} == {
        "id": key, "kind": "agreements", "kind_label": "Agreements", "name": "Aviation",
        "query": "party=EU&area=aviation", "shared": False, "owner": "officer", "mine": True,
        "page": f"http://testserver/views/{key}/", "version": 1, "created_at": "", "changed_at": "", "url": "",
    }  # fmt: skip
    path = f"views/{key}/"
    assert api(officer).get(path).json() == record
    changed = api(officer).patch(path, {"shared": True, "name": "Air"}, match='"1"')
    assert version_of(changed) == "2"
    assert changed.json() == record | {
        "shared": True, "name": "Air", "version": 2, "changed_at": changed.json()["changed_at"],
    }  # fmt: skip
    assert problem_of(api(officer).patch(path, {"name": "x"}, match='"1"')) == (412, "stale")
    assert problem_of(api(officer).patch(path, {"name": "x"}, match="")) == (428, "precondition-required")
    assert api(officer).patch(path, {"query": ""}, match='W/"2"').json()["query"] == ""
    assert problem_of(api(officer).delete(path)) == (428, "precondition-required")
    assert problem_of(api(officer).delete(path, match='"2"')) == (412, "stale")
    assert SavedView.objects.get().deleted_at is None
    assert api(officer).delete(path, match='"3"').status_code == 204
    assert problem_of(api(officer).get(path)) == (404, "not-found")
    assert problem_of(api(officer).delete(path, match="*")) == (404, "not-found")


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"name": ""}, {"name": "blank"}),
        ({"name": "a" * 81}, {"name": "max_length"}),
        ({"kind": "reports"}, {"kind": "unknown"}),
        ({"query": 7}, {"query": "invalid"}),
        ({"shared": "yes"}, {"shared": "invalid"}),
        ({"owner": "lawyer"}, {"owner": "read_only"}),
        ({"filters": {}}, {"filters": "unknown"}),
    ],
)
def test_views_that_cannot_be_kept(api, officer, given, errors):
    assert errors_of(api(officer).post("views/", AIR | given)) == errors
    assert not SavedView.objects.exists()


def test_what_the_rules_of_views_refuse(api, officer, parties, areas):
    refused = api(officer).post("views/", AIR | {"query": "party=XX&as_of=2013"})
    assert codes_of(refused) == ["filter-unknown", "filter-unknown"]
    assert {reason["asked"] for reason in refused.json()["reasons"]} == {"query"}
    first, second = (api(officer).post("views/", AIR | {"name": name}).json() for name in ("One", "Two"))
    assert codes_of(api(officer).post("views/", AIR | {"name": "one"})) == ["name-taken"]
    assert codes_of(api(officer).patch(f"views/{second['id']}/", {"name": "One"})) == ["name-taken"]
    kind = api(officer).patch(f"views/{first['id']}/", {"kind": "tasks"})
    assert message_of(kind, "kind") == "A view stays one of its list. Save another for another list."


# ---- who ----
def test_a_view_of_ones_own_is_nobody_elses(api, save, officer, reader, lawyer, parties, areas):
    view = save()
    path = f"views/{view.pk}/"

    for user in (reader, lawyer):
        assert names(api(user).get("views/")) == []
        answers = (api(user).get(path), api(user).patch(path, {"name": "x"}), api(user).delete(path, match="*"))
        assert {problem_of(answer) for answer in answers} == {(404, "not-found")}
    saved_views.change(view, by=officer, shared=True)
    told = api(reader).get(path).json()
    assert (told["owner"], told["mine"]) == ("officer", False)
    assert problem_of(api(reader).patch(path, {"name": "x"})) == (403, "not-permitted")
    assert problem_of(api(reader).delete(path, match="*")) == (403, "not-permitted")
    # Who keeps the reference data gives it back to its owner; the answer is still the view.
    assert api(lawyer).patch(path, {"shared": False}).json()["shared"] is False
    assert problem_of(api(lawyer).get(path)) == (404, "not-found")
    assert problem_of(api(None).get("views/")) == (401, "not-authenticated")


def test_the_list_is_narrowed_and_takes_a_fixed_number_of_queries(api, save, officer, lawyer, parties, areas):
    save("Mine")
    save("Late", "due=late", kind="tasks", shared=True)
    save("Hers", by=lawyer, shared=True)
    save("Kept", by=lawyer)

    def listed(**asked):
        return sorted(names(api(officer).get("views/", asked)))

    assert listed() == ["Hers", "Late", "Mine"]
    assert listed(mine="true") == ["Late", "Mine"]
    assert listed(mine="false") == ["Hers"]
    assert listed(shared="true", kind="agreements") == ["Hers"]
    assert errors_of(api(officer).get("views/", {"kind": "reports"})) == {"kind": "unknown"}
    assert errors_of(api(officer).get("views/", {"q": "x"})) == {"q": "unknown"}

    def queries() -> int:
        client = api(officer)
        with CaptureQueriesContext(connection) as caught:
            client.get("views/")
        return len(caught)

    first = queries()
    for number in range(3):
        save(str(number), by=lawyer, shared=True)
    assert queries() == first <= 3


# ---- lists of a view ----
def test_lists_show_what_a_view_shows(api, save, officer, reader, lawyer, make_agreement, hidden, areas):
    air = make_agreement(areas=[areas["aviation"]])
    road = make_agreement(areas=[areas["transport"]])
    tasks.add(air, "Call", by=lawyer, due=on("2024-12-20"))
    tasks.add(hidden, "Whisper", by=lawyer, due=on("2024-12-20"))
    roads = save(query="area=transport", by=lawyer, shared=True)
    late = save("Late", "due=late", kind="tasks", by=lawyer, shared=True)

    def listed(user, path, view, **more):
        return {
            row.get("reference") or row["title_label"]
            for row in api(user).get(path, {"view": str(view.pk)} | more).json()["results"]
        }

    assert listed(lawyer, "agreements/", roads) == {road.reference, hidden.reference}
    assert listed(reader, "agreements/", roads) == {road.reference}
    assert listed(reader, "agreements/", roads, text="nothing") == set()
    assert listed(lawyer, "tasks/", late) == {"Call", "Whisper"}
    assert listed(reader, "tasks/", late) == {"Call"}
    own = save(by=officer)
    for view in (late.pk, own.pk, MISSING, "x"):
        assert errors_of(api(reader).get("agreements/", {"view": str(view)})) == {"view": "unknown"}


# ---- feeds ----
def test_a_feed_follows_a_view(api, save, officer, reader, arrange, parties, areas):
    view = save(kind="calendar", query="party=EU", shared=True)
    arrange(parties=[parties["EU"]], title_en="With")
    made = api(reader).post("feeds/", {"name": "Desk", "view": str(view.pk)})
    record = made.json()

    assert (record["view"], record["answers"], record["filters"]["party"]) == (str(view.pk), True, "")
    feed = record["address"].removeprefix("http://testserver")
    assert b"SUMMARY:With" in Client().get(feed).content
    saved_views.change(view, by=officer, shared=False)
    assert Client().get(feed).status_code == 404
    (listed,) = api(reader).get("feeds/").json()["results"]
    assert (listed["view"], listed["answers"], listed["revoked_at"]) == (str(view.pk), False, None)
    assert errors_of(api(reader).post("feeds/", {"name": "Desk", "view": str(view.pk)})) == {"view": "unknown"}
    assert errors_of(api(reader).post("feeds/", {"name": "Desk", "view": "x"})) == {"view": "invalid"}
    both = {"name": "Desk", "view": str(view.pk), "filters": {"mine": True}}
    assert codes_of(api(officer).post("feeds/", both)) == ["feed-filters"]
    assert api(reader).delete(f"feeds/{record['id']}/", match='"1"').json()["answers"] is False
