"""The administration writes meetings under the same rules, and counts what calendars elsewhere show."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from agreements.models import Entry, Meeting
from tests.admin.forms import filled, text_of
from tests.conftest import signed_in
from tests.meetings.conftest import PAST

ADD = "admin:agreements_meeting_add"


@pytest.fixture
def desk(officer):
    """The browser of an officer who may open the administration."""
    officer.is_staff = True
    officer.save()
    return signed_in(officer)


def change(meeting: Meeting) -> str:
    return reverse("admin:agreements_meeting_change", args=[meeting.pk])


def test_a_change_is_counted(desk, arrange):
    meeting = arrange()

    assert desk.post(change(meeting), filled(desk.get(change(meeting)), source="Calendar")).status_code == 302
    assert Meeting.objects.get().feed_sequence == 0
    assert desk.post(change(meeting), filled(desk.get(change(meeting)), place="Astana")).status_code == 302
    kept = Meeting.objects.get()
    assert (kept.feed_sequence, kept.shown_at) == (1, kept.changed_at)
    words = {"counterpart_kk": "Төрағалық", "outcome_ru": "Согласовано."}
    assert desk.post(change(meeting), filled(desk.get(change(meeting)), **words)).status_code == 302
    assert Meeting.objects.values(*words, "feed_sequence").get() == words | {"feed_sequence": 2}


def test_what_is_held_lies_not_ahead(desk, arrange, council):
    meeting = arrange()
    sentence = "13\u00a0May\u00a02025 is still to come. A meeting was held on a day that has come."

    refused = desk.post(change(meeting), filled(desk.get(change(meeting)), status="held"), follow=True)
    assert sentence in text_of(refused)
    sent = filled(desk.get(reverse(ADD)), format=council.pk, on="2025-05-13", status="held")
    assert sentence in text_of(desk.post(reverse(ADD), sent, follow=True))
    assert [(kept.status, kept.version) for kept in Meeting.objects.all()] == [("tentative", 1)]


def test_a_cancelled_meeting_is_not_held(desk, arrange):
    meeting = arrange(PAST, status="cancelled")

    refused = desk.post(change(meeting), filled(desk.get(change(meeting)), status="held"), follow=True)
    assert "A cancelled meeting cannot be held." in text_of(refused)
    assert Entry.objects.of(meeting).count() == 1


def test_the_journal_tells_times_as_people_do(desk, arrange):
    meeting = arrange()
    sent = filled(desk.get(change(meeting))) | {"starts_at_0": "2025-05-13", "starts_at_1": "10:00"}

    assert desk.post(change(meeting), sent).status_code == 302
    assert Meeting.objects.get().starts_at == datetime(2025, 5, 13, 5, tzinfo=UTC)
    assert "13\u00a0May\u00a02025, 10:00" in text_of(desk.get(change(meeting)))
