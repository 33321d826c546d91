"""A storm: one step taken in very many agreements at once makes digests, not a mail for each and everybody."""

import sys
import time

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements import lifecycle, subscriptions
from agreements.dates import FuzzyDate
from agreements.lifecycle import Details, Step
from agreements.models import Mailing, Notification
from agreements.notice_choices import MailingKind, WatchKind
from agreements.subscriptions import matching
from tests.subscriptions.conftest import person, watch


def storm(make_agreement, lawyer, parties, areas, agreements, people):
    """Take one step in so many agreements, watched by so many people; return seconds, queries and mails."""
    rows = [make_agreement(titles={"en": f"Agreement {number}"}) for number in range(agreements)]
    for number in range(people):
        one = person(f"watcher{number}")
        watch(one, WatchKind.PARTY, parties["EU"])
        watch(one, WatchKind.AREA, areas["aviation"])
    told = lifecycle.perform_many(
        [Step(row, "authorise", FuzzyDate.parse("2004-01-15"), Details(evidence="Council decision")) for row in rows],
        by=lawyer,
    )
    assert len(told) == agreements
    with CaptureQueriesContext(connection) as queries:
        begun = time.perf_counter()
        matching.follow()
        matched = time.perf_counter() - begun
    subscriptions.tick()
    return matched, time.perf_counter() - begun, len(queries)


@pytest.mark.django_db
def test_a_small_storm_is_one_mail_for_each(make_agreement, lawyer, parties, areas):
    storm(make_agreement, lawyer, parties, areas, agreements=15, people=4)

    assert Notification.objects.count() == 60
    assert len(mail.outbox) == 4
    assert set(Mailing.objects.values_list("kind", flat=True)) == {MailingKind.STORM}
    assert {message.subject for message in mail.outbox} == {"Pacta: 15 new notifications"}


@pytest.mark.soak
@pytest.mark.django_db
def test_a_thousand_agreements_and_fifty_people_make_fifty_mails(make_agreement, lawyer, parties, areas):
    matched, whole, queries = storm(make_agreement, lawyer, parties, areas, agreements=1000, people=50)

    sys.stderr.write(
        f"storm on {connection.vendor}: matched in {matched:.1f} s, {queries} queries; with mails {whole:.1f} s\n"
    )
    assert Notification.objects.count() == 50_000
    assert len(mail.outbox) == 50
    assert {message.subject for message in mail.outbox} == {"Pacta: 1000 new notifications"}
    assert whole < 120
