"""Several workers that send at once: each event is sent once."""

import pytest

from agreements import lifecycle, webhooks
from agreements.api import outgoing
from agreements.dates import FuzzyDate
from agreements.models import Delivery
from tests.test_races import race

WORKERS = 6


@pytest.mark.django_db(transaction=True)
def test_workers_that_race_send_each_event_once(make_agreement, officer, hook, receiver):
    agreement = make_agreement()
    webhook, _secret = hook(officer)
    for number in range(5):
        lifecycle.note(agreement, on=FuzzyDate.parse("2024"), by=officer, what=f"Note {number}.")

    def work():
        webhooks.tick(lambda found: webhooks.deliver(found.pk, outgoing.payload))

    outcomes, faults = race(*[work] * WORKERS)

    assert faults == []
    assert outcomes == {"done": WORKERS}
    work()
    assert list(Delivery.objects.values_list("state", "attempts")) == [("delivered", 1)] * 5
    assert len(receiver.names) == len(set(receiver.names)) == 5
    assert sorted(told["data"]["id"] for told in receiver.bodies) == sorted(
        str(key) for key in Delivery.objects.values_list("entry", flat=True)
    )
    assert Delivery.objects.filter(webhook=webhook).count() == 5
