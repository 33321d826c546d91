"""Meetings, their outcomes and the feeds through the API; every answer is held against the schema."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from agreements import meetings
from agreements.models import AgendaItem, Agreement, Entry, FeedToken, Meeting, Task, User
from tests.api.conftest import Api, codes_of, errors_of, problem_of
from tests.meetings.conftest import PAST


@pytest.fixture
def api() -> Callable[[User | None], Api]:
    """Return what makes a client for a user, or for nobody."""
    return Api


# ---- meetings ----
def test_times_go_in_and_come_out_in_utc(api, officer, council):
    body = {
        "format": "council",
        "on": "2025-05-13",
        "starts_at": "2025-05-13T10:00:00+02:00",
        "ends_at": "2025-05-13T12:00:00+02:00",
        "time_zone": "Europe/Brussels",
    }
    made = api(officer).post("meetings/", body).json()

    assert [made[name] for name in ("starts_at", "ends_at", "time_zone")] == [
        "2025-05-13T08:00:00Z",
        "2025-05-13T10:00:00Z",
        "Europe/Brussels",
    ]
    gone = api(officer).patch(f"meetings/{made['id']}/", {"starts_at": None, "ends_at": None}).json()
    assert [gone[name] for name in ("starts_at", "ends_at", "time_zone")] == [None, None, ""]


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({"status": "held"}, ["meeting-ahead"]),
        ({"ends_at": "2025-05-13T12:00:00Z"}, ["start-missing"]),
        ({"starts_at": "2025-05-14T12:00:00Z"}, ["time-other-day"]),
        ({"starts_at": "2025-05-13T05:00:00Z", "time_zone": "Nowhere"}, ["zone-unknown"]),
        (
            {"on": "2025-05", "starts_at": "2025-05-13T05:00:00Z", "ends_at": "2025-05-13T04:00:00Z"},
            ["time-needs-day", "end-before-start"],
        ),
        (
            {"on": "0001-01-01", "starts_at": "0001-01-01T00:00:00Z", "time_zone": "America/New_York"},
            ["time-out-of-range"],
        ),
    ],
)
def test_what_the_rules_refuse_the_api_refuses_with_reasons(api, officer, arrange, council, given, codes):
    body = {"format": "council", "on": "2025-05-13"} | given
    assert codes_of(api(officer).post("meetings/", body)) == codes
    meeting = arrange()
    assert codes_of(api(officer).patch(f"meetings/{meeting.pk}/", given)) == codes
    assert Meeting.objects.get().version == 1


def test_a_change_names_the_version_that_it_changes(api, officer, arrange):
    address = f"meetings/{arrange().pk}/"

    assert problem_of(api(officer).patch(address, {"place": "Astana"}, match="")) == (428, "precondition-required")
    assert problem_of(api(officer).patch(address, {"place": "Astana"}, match='"7"')) == (412, "stale")
    assert api(officer).patch(address, {"place": "Astana"}, match='"1"').json()["place"] == "Astana"
    assert Meeting.objects.get().feed_sequence == 1


def test_a_cancelled_meeting_is_not_held(api, officer, arrange):
    address = f"meetings/{arrange(PAST, status='cancelled').pk}/"

    assert codes_of(api(officer).patch(address, {"status": "held"})) == ["meeting-cancelled"]


def test_an_agenda_keeps_the_places_of_what_is_hidden(api, officer, arrange, make_agreement, hidden):
    first, second = make_agreement(), make_agreement()
    meeting = arrange(agenda=[first, meetings.Point(hidden, "Secret"), second])
    body = {"agenda": [{"agreement": second.reference}, {"agreement": first.reference}]}
    changed = api(officer).patch(f"meetings/{meeting.pk}/", body).json()

    assert [item["agreement"] for item in changed["agenda"]] == [second.reference, first.reference]
    items = AgendaItem.objects.order_by("number")
    assert [(item.number, item.agreement) for item in items] == [(1, second), (2, hidden), (3, first)]


# ---- outcomes ----
@pytest.fixture
def held(arrange, make_agreement, hidden) -> Any:
    """A meeting that was held on an agreement that may be negotiated, and on a hidden one."""
    agreement = make_agreement(stage="mandated")
    meeting = arrange(PAST, status="held", place="Luxembourg", agenda=[agreement, hidden])
    meeting.address = f"meetings/{meeting.pk}/outcomes/"
    meeting.about = agreement
    return meeting


def test_an_outcome_becomes_a_step(api, officer, held):
    body = {"agreement": held.about.reference, "outcome": "Talks begin.", "step": "open_negotiations"}
    answer = api(officer).post(held.address, body)

    assert (answer.status_code, answer.json()["version"]) == (201, 2)
    assert answer.json()["agenda"] == [
        {"agreement": held.about.reference, "talking_points": "", "outcome": "Talks begin."}
    ]
    assert Agreement.objects.get(pk=held.about.pk).stage == "negotiating"
    entry = Entry.objects.of(held.about).latest("sequence")
    assert (entry.place, entry.source, entry.on.iso) == ("Luxembourg", "Cooperation Council", PAST)


def test_an_outcome_becomes_a_task(api, officer, held):
    body = {"agreement": held.about.reference, "outcome": "They will send a draft.", "task": "Ask for the draft",
            "due": "2025-01", "side": "other"}  # fmt: skip
    response = api(officer).post(held.address, body)
    assert response.status_code in (200, 201)
    (task,) = Task.objects.filter(agreement=held.about, code="")
    assert (task.title.text, task.due.iso, task.side) == ("Ask for the draft", "2025-01", "other")
    assert AgendaItem.objects.get(agreement=held.about).outcome == "They will send a draft."


def test_an_outcome_becomes_a_note(api, officer, held):
    body = {"agreement": held.about.reference, "outcome": "They will think.", "note": True, "evidence": "Note 7"}

    assert api(officer).post(held.address, body).status_code == 201
    entry = Entry.objects.of(held.about).latest("sequence")
    assert (entry.kind, entry.evidence) == ("note", "Note 7")


def test_a_step_that_is_refused_names_every_reason(api, officer, held):
    body = {"agreement": held.about.reference, "outcome": "Signed.", "step": "sign"}

    assert "step-impossible" in codes_of(api(officer).post(held.address, body))
    assert AgendaItem.objects.get(agreement=held.about).outcome == ""


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"outcome": ""}, {"outcome": "blank"}),
        ({"step": "jump"}, {"step": "unknown"}),
        ({"step": "initial", "note": True}, {"note": "invalid"}),
        ({"reason": "x"}, {"reason": "unknown"}),
        ({"evidence": "x"}, {"evidence": "unknown"}),
        ({"note": True, "manner": "signed"}, {"manner": "unknown"}),
        ({"agreement": "NO-SUCH"}, {"agreement": "unknown"}),
        ({"task": "x", "note": True}, {"task": "invalid"}),
        ({"due": "2025"}, {"due": "unknown"}),
        ({"place": "x"}, {"place": "unknown"}),
    ],
)
def test_outcomes_that_cannot_be_taken(api, officer, held, given, errors):
    body = {"agreement": held.about.reference, "outcome": "Agreed."} | given

    assert errors_of(api(officer).post(held.address, body)) == errors


def test_outcomes_of_what_is_hidden(api, officer, reader, lawyer, held, hidden, arrange):
    body = {"agreement": hidden.reference, "outcome": "Agreed."}

    assert errors_of(api(officer).post(held.address, body)) == {"agreement": "unknown"}
    assert problem_of(api(reader).post(held.address, body)) == (403, "not-permitted")
    secret = arrange(PAST, status="held", level="secret", agenda=[hidden])
    assert problem_of(api(officer).post(f"meetings/{secret.pk}/outcomes/", body)) == (404, "not-found")
    assert api(lawyer).post(held.address, body).status_code == 201


# ---- feeds ----
def test_a_feed_is_made_listed_and_revoked(api, officer, reader, council, parties):
    filters = {"format": "council", "party": "EU", "status": "confirmed", "mine": True}
    made = api(officer).post("feeds/", {"name": "Desk", "language": "ru", "filters": filters})
    record = made.json()
    address = record.pop("address")

    assert (made.status_code, made.headers["Location"]) == (201, record["url"])
    assert record["filters"] == filters
    assert FeedToken.objects.get().filters == filters | {"mine": "true"}
    assert Client().get(address.removeprefix("http://testserver")).status_code == 200
    (listed,) = api(officer).get("feeds/").json()["results"]
    assert {name: value for name, value in listed.items() if name != "last_used_at"} == {
        name: value for name, value in record.items() if name != "last_used_at"
    }
    assert listed["last_used_at"]
    path = f"feeds/{record['id']}/"
    assert problem_of(api(reader).get(path)) == (404, "not-found")
    assert api(reader).get("feeds/").json()["results"] == []
    assert api(reader).delete(path).status_code == 404
    revoked = api(officer).delete(path, match='"1"')
    assert (revoked.status_code, bool(revoked.json()["revoked_at"])) == (200, True)
    assert Client().get(address.removeprefix("http://testserver")).status_code == 404
    assert api(officer).get(path).json() == revoked.json()


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"name": ""}, {"name": "blank"}),
        ({"until": "soon"}, {"until": "invalid"}),
        ({"filters": {"area": "x"}}, {"filters.area": "unknown"}),
        ({"filters": {"status": "over"}}, {"filters.status": "unknown"}),
        ({"filters": {"mine": "yes"}}, {"filters.mine": "invalid"}),
        ({"address": "x"}, {"address": "read_only"}),
    ],
)
def test_feeds_that_cannot_be_made(api, officer, given, errors):
    assert errors_of(api(officer).post("feeds/", {"name": "Desk"} | given)) == errors
    assert not FeedToken.objects.exists()


def test_what_the_rules_of_feeds_refuse(api, officer, council):
    body = {"name": "Desk", "language": "fr", "until": "2020-01-01", "filters": {"format": "tea"}}

    assert codes_of(api(officer).post("feeds/", body)) == ["language-unknown", "until-past", "filter-unknown"]


def test_feeds_are_not_changed(api, officer):
    made = api(officer).post("feeds/", {"name": "Desk"}).json()

    assert problem_of(api(officer).patch(f"feeds/{made['id']}/", {"name": "x"})) == (405, "method-not-allowed")
