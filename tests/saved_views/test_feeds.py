"""The feed of a view: it follows the view's filters, shows its user's own part, and ends with what it follows."""

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agreements import feeds, saved_views, tasks
from agreements.models import Agreement, FeedToken
from tests.meetings.conformance import check
from tests.meetings.conftest import on, refusal
from tests.pages.conftest import words

#: What reminds of the end of the road's validity, in the order of words.
REMINDERS = [f"Period of validity ends in {days} days: Memorandum on roads" for days in (180, 30, 7, 90)]


def feed_of(view, user, language="en"):
    """Return the address of a new feed of the view."""
    _feed, secret = feeds.create(user, name="Desk", language=language, view=view)
    return reverse("calendar-feed", args=[secret])


def told(address):
    """Return the titles of the events that a feed shows now, once our own reading of RFC 5545 has read it."""
    response = Client().get(address)
    assert response.status_code == 200
    check(response.content)
    return sorted(str(event["SUMMARY"]) for event in icalendar.Calendar.from_ical(response.content).walk("VEVENT"))


def status(address):
    return Client().get(address).status_code


@pytest.fixture
def air(make_agreement, areas, officer):
    """An agreement of aviation that is to be signed, with the officer responsible."""
    return make_agreement(
        procedure="non_binding", stage="signing", areas=[areas["aviation"]],
        columns={"planned_signing": on("2025-03-04"), "officer": officer},
    )  # fmt: skip


@pytest.fixture
def road(make_agreement, areas):
    """An agreement of transport that is in force until the end of 2026."""
    return make_agreement(
        titles={"en": "Memorandum on roads"}, short_titles={}, stage="in_force", areas=[areas["transport"]],
        columns={"valid_until": date(2026, 12, 31)},
    )  # fmt: skip


# ---- what is in it ----
def test_the_feed_of_a_view_of_agreements_shows_their_meetings_dates_and_tasks(
    save, officer, lawyer, arrange, air, road
):
    tasks.add(air, "Call Brussels", by=lawyer, due=on("2025-01-10"))
    tasks.add(road, "Call Astana", by=lawyer, due=on("2025-01-10"))
    arrange("2025-02-03", agenda=[air], title_en="On air")
    arrange("2025-02-04", agenda=[road], title_en="On roads")
    arrange("2025-02-05", title_en="On nothing")
    view = save(query="area=aviation")
    address = feed_of(view, officer)

    assert told(address) == [
        "On air",
        "Planned signing: Horizontal Aviation Agreement",
        "Task due: Call Brussels – Horizontal Aviation Agreement",
    ]
    saved_views.change(view, by=officer, query="area=transport")
    assert told(address) == [
        "On roads",
        *REMINDERS,
        "Task due: Call Astana – Memorandum on roads",
        "Valid until: Memorandum on roads",
    ]
    saved_views.change(view, by=officer, query="q=nothing+of+the+kind")
    assert told(address) == []


def test_the_feed_of_a_view_of_tasks_shows_what_is_due_and_nothing_else(save, officer, lawyer, arrange, air):
    for title, due, side in (("Late", "2024-12-20", "own"), ("Soon", "2025-01-05", "other"), ("Never", "", "own")):
        tasks.add(air, title, by=lawyer, due=on(due) if due else None, side=side)
    arrange(agenda=[air])
    view = save(kind="tasks", query="of=all")
    address = feed_of(view, officer)

    def shown(query):
        saved_views.change(view, by=officer, query=query)
        return [title.removeprefix("Task due: ").partition(" ")[0] for title in told(address)]

    assert shown("of=all") == ["Late", "Soon"]
    assert shown("side=other") == ["Soon"]
    assert shown("of=mine") == ["Late"]  # his own side's, as he is responsible for the agreement
    assert shown("due=late") == ["Late"]
    assert shown("due=undated") == []


def test_the_feed_of_a_view_of_the_calendar_is_that_of_the_same_filters(save, officer, arrange, parties, air):
    arrange(parties=[parties["EU"]], title_en="With")
    arrange(title_en="Without")
    _feed, secret = feeds.create(officer, name="Desk", language="en", filters={"party": "EU"})
    same = Client().get(reverse("calendar-feed", args=[secret])).content

    address = feed_of(save(kind="calendar", query="party=EU"), officer)
    assert told(address) == ["Planned signing: Horizontal Aviation Agreement", "With"]
    assert Client().get(address).content == same


def test_the_feed_of_what_needs_attention_looks_once(save, officer, arrange, air, road):
    assert told(feed_of(save(query="attention=no-officer"), officer)) == [
        *REMINDERS,
        "Valid until: Memorandum on roads",
    ]

    def asked(address) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert status(address) == 200
        return len(caught)

    look = asked(feed_of(save("Late", "attention=no-officer"), officer)) - asked(feed_of(save("All", ""), officer))
    arrange(agenda=[road])
    again = asked(feed_of(save("Late too", "attention=no-officer"), officer))
    assert again - asked(feed_of(save("All too", ""), officer)) == look <= 12


# ---- bytes ----
def test_what_is_unchanged_gives_the_same_bytes_and_a_changed_view_gives_others(save, officer, arrange, air, road):
    arrange("2025-05", agenda=[road])
    view = save(query="area=transport")
    address = feed_of(view, officer, "kk")
    first = Client().get(address)

    saved_views.change(view, by=officer, name="Another name", shared=True)
    for days in (0, 1, 400):
        with time_machine.travel(datetime.now(UTC) + timedelta(days=days)):
            again = Client().get(address, headers={"If-None-Match": first["ETag"]})
            assert (again.status_code, again["ETag"], again["Last-Modified"]) == (
                304, first["ETag"], first["Last-Modified"],
            )  # fmt: skip
            assert Client().get(address).content == first.content
    saved_views.change(view, by=officer, query="")
    changed = Client().get(address, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]
    saved_views.change(view, by=officer, query="area=transport")
    assert Client().get(address).content == first.content


# ---- what ends it ----
def test_a_feed_ends_with_its_view_as_a_revoked_one_does(save, officer, air):
    view = save()
    address = feed_of(view, officer)
    _feed, secret = feeds.create(officer, name="Other", language="en")
    revoked = reverse("calendar-feed", args=[secret])
    feeds.revoke(FeedToken.objects.get(name="Other"))
    assert status(address) == 200
    saved_views.delete(view, by=officer)

    gone, known = Client().get(address), Client().get(revoked)
    assert (gone.status_code, known.status_code) == (404, 404)
    assert words(gone) == words(known)
    assert gone.headers.keys() == known.headers.keys()


def test_a_feed_of_anothers_view_answers_while_it_is_shared(save, officer, reader, air):
    view = save(shared=True)
    his, own = feed_of(view, reader), feed_of(view, officer)
    assert status(his) == status(own) == 200
    saved_views.change(view, by=officer, shared=False)
    assert (status(his), status(own)) == (404, 200)
    saved_views.change(view, by=officer, shared=True)
    assert status(his) == 200
    officer.is_active = False
    officer.save()
    assert (status(his), status(own)) == (200, 404)


# ---- what is hidden ----
def test_nothing_hidden_leaves_by_a_shared_view(save, reader, lawyer, arrange, hidden, areas):
    Agreement.objects.filter(pk=hidden.pk).update(planned_signing=on("2025-03-04"))
    tasks.add(hidden, "Whisper", by=lawyer, due=on("2025-01-10"))
    arrange("2025-02-03", agenda=[hidden], title_en="Open to all")
    arrange("2025-02-04", level="secret", agenda=[hidden], title_en="Behind doors")
    view = save("Theirs", "q=nobody+knows", by=lawyer, shared=True)
    his, hers = feed_of(view, reader), feed_of(view, lawyer)

    assert {"Behind doors", "Open to all", "Planned signing: Protocol that nobody knows of"} < set(told(hers))
    # Not even the open meeting: that it is in the view would tell of the agreement on its agenda.
    assert told(his) == []
    assert b"nobody" not in Client().get(his).content
    every = feed_of(save("Tasks", "of=all", kind="tasks", by=lawyer, shared=True), reader)
    assert told(every) == []


def test_what_a_feed_cannot_follow(save, officer, reader, council, parties, areas):
    view = save()

    assert refusal(lambda: feeds.create(reader, name="Desk", language="en", view=view)) == [
        ("view-unknown", "There is no such view, or none that you may see.")
    ]
    assert refusal(
        lambda: feeds.create(officer, name="Desk", language="en", view=view, filters={"format": "council"})
    ) == [("feed-filters", "A feed of a saved view takes its filters from the view.")]
    assert not FeedToken.objects.exists()


def test_a_feed_takes_a_fixed_number_of_queries(save, officer, lawyer, arrange, make_agreement):
    def agreement():
        made = make_agreement(procedure="non_binding", stage="signing", columns={"planned_signing": on("2025-03-04")})
        tasks.add(made, "Call Brussels", by=lawyer, due=on("2025-01-10"))
        arrange("2025-02-03", agenda=[made])

    agreement()
    address = feed_of(save(query="area=aviation&ball=own"), officer)
    Client().get(address)

    def asked() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert Client().get(address).content.count(b"BEGIN:VEVENT") == events
        return len(caught)

    events = 3
    with time_machine.travel(datetime.now(UTC), tick=False):
        first = asked()
        agreement()
        events = 6
        Client().get(address)
        assert asked() == first <= 10
