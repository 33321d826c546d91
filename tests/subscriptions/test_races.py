"""Several ticks and workers at once: every event is told once, every mail sent once."""

import pytest
from django.core import mail

from agreements import lifecycle, subscriptions
from agreements.dates import FuzzyDate
from agreements.models import Mailing, Notification
from agreements.notice_choices import MailState
from agreements.subscriptions import digests, matching, reminding, sending
from tests.subscriptions.conftest import person, watch
from tests.test_races import race

WORKERS = 5


@pytest.mark.django_db(transaction=True)
def test_ticks_that_race_tell_each_event_once_and_send_each_mail_once(make_agreement, lawyer):
    agreement = make_agreement()
    people = [person(f"watcher{number}") for number in range(3)]
    for one in people:
        watch(one, target=agreement)
    for number in range(4):
        lifecycle.note(agreement, on=FuzzyDate.parse("2024"), by=lawyer, what=f"Note {number}.")

    outcomes, faults = race(*[subscriptions.tick] * WORKERS)

    assert faults == []
    assert outcomes == {"done": WORKERS}
    subscriptions.tick()
    assert Notification.objects.count() == 12
    assert set(Notification.objects.values_list("mail", flat=True)) == {MailState.SENT}
    assert list(Mailing.objects.values_list("state", "attempts")) == [("delivered", 1)] * 12
    assert len(mail.outbox) == 12
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 12


@pytest.mark.django_db(transaction=True)
def test_writers_and_ticks_that_race_lose_nothing(make_agreement, lawyer):
    agreement, one = make_agreement(), person("watcher")
    watch(one, target=agreement, by_mail=False)

    def write():
        for number in range(5):
            lifecycle.note(agreement, on=FuzzyDate.parse("2024"), by=lawyer, what=f"Note {number}.")

    def tick():
        for _ in range(4):
            matching.follow()

    outcomes, faults = race(write, tick, write, tick)

    assert faults == []
    assert outcomes == {"done": 4}
    matching.follow()
    assert Notification.objects.filter(person=one).count() == 10


@pytest.mark.django_db(transaction=True)
def test_digests_and_reminders_come_once_whoever_ticks(make_agreement, lawyer, watcher, monkeypatch):
    make_agreement()
    with subscriptions.wishing(watcher) as wishes:
        wishes.digest, wishes.digest_pace = "office", "daily"
    period = "2026-11-30T08:00:00+05:00"

    outcomes, faults = race(*[lambda: sending.begin_digest(watcher, period)] * WORKERS)

    assert faults == []
    assert outcomes == {"done": WORKERS}
    assert Mailing.objects.filter(person=watcher).count() == 1
    assert list(digests.due()) == []
    outcomes, faults = race(*[reminding.remind] * WORKERS)
    assert faults == []
    assert outcomes == {"done": WORKERS}
