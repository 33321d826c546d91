"""Digests: what moved, what is due, what is stuck; once for each period, the last of several that were missed."""

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.utils import timezone
from pypdf import PdfReader

from agreements import clock, lifecycle, subscriptions, tasks
from agreements.choices import Level
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Mailing, NotificationWishes
from agreements.notice_choices import DigestKind, MailingKind, Pace
from agreements.subscriptions import digests
from tests.subscriptions.conftest import html, person, plain

pytestmark = pytest.mark.django_db


def asking(user, kind=DigestKind.OFFICE, pace=Pace.DAILY, **given):
    with subscriptions.wishing(user) as wishes:
        wishes.digest, wishes.digest_pace, wishes.digest_hour = kind, pace, 8
        for name, value in given.items():
            setattr(wishes, name, value)
    # As if it had been asked for long ago.
    NotificationWishes.objects.filter(person=user).update(digest_since=clock.now() - timedelta(days=30))


def test_a_digest_tells_what_moved_what_is_due_and_what_is_stuck(sample, lawyer, watcher, office):
    asking(watcher, pace=Pace.WEEKLY)
    agreement = sample["AIR-7Q4M"]
    tasks.add(agreement, "Print the alternate copies", by=lawyer, due=FuzzyDate.parse("2024-12-20"))
    lifecycle.hold(sample["VIS-8TDK"], on=FuzzyDate.parse("2024-12-20"), by=lawyer, reason="Talks are put off.")
    week = timedelta(days=7)
    with time_machine.travel(timezone.now() + week, tick=False):
        subscriptions.tick()

    (mail,) = office.mails
    text = plain(mail)
    assert mail["Subject"] == "Pacta: Weekly digest, 28 December 2024"
    parts = [text.index(heading) for heading in ("What moved", "What is due", "What is stuck")]
    assert parts == sorted(parts)
    moved, due, stuck = (text[start:end] for start, end in zip(parts, [*parts[1:], None], strict=True))
    assert "Talks are put off." in moved
    assert "Print the alternate copies: 20\u00a0December\u00a02024 (late by 8 days)" in due
    assert "On hold" in stuck
    assert "<h2>What moved</h2>" in html(mail)


def test_a_digest_comes_once_a_period_and_a_missed_one_is_not_made_up_for(watcher, office):
    asking(watcher)
    morning = timezone.localtime().replace(hour=8, minute=5, second=0, microsecond=0) + timedelta(days=1)
    with time_machine.travel(morning, tick=False):
        subscriptions.tick()
        subscriptions.tick()
    with time_machine.travel(morning + timedelta(hours=5), tick=False):
        subscriptions.tick()
    assert len(office.mails) == 1

    # Nobody ticked for four days.
    with time_machine.travel(morning + timedelta(days=5), tick=False):
        subscriptions.tick()

    assert len(office.mails) == 2
    assert Mailing.objects.filter(kind=MailingKind.DIGEST).count() == 2


def test_who_asks_for_a_digest_gets_the_first_at_the_next_hour_not_at_once(watcher, office):
    with subscriptions.wishing(watcher) as wishes:
        wishes.digest, wishes.digest_pace = DigestKind.OFFICER, Pace.DAILY
    assert list(digests.due()) == []


@pytest.mark.parametrize(
    ("kind", "agreements"), [(DigestKind.OFFICER, 1), (DigestKind.HEAD, 1), (DigestKind.OFFICE, None)]
)
def test_a_digest_is_of_the_scope_of_its_reader(sample, watcher, unit, office, kind, agreements):
    Agreement.objects.filter(reference="AIR-7Q4M").update(lead_unit=unit)
    asking(watcher, kind=kind)
    subscriptions.tick()

    (mail,) = office.mails
    number = agreements or Agreement.objects.for_user(watcher).kept().count()
    assert f"{number} agreement" in plain(mail)


def test_a_digest_says_nothing_above_the_level_for_mail(sample, office, unit):
    high = person("high", level=Level.SECRET, unit=unit)
    Agreement.objects.filter(reference="AIR-7Q4M").update(level=Level.SECRET)
    asking(high)
    subscriptions.tick()

    (mail,) = office.mails
    assert "AIR-7Q4M" not in plain(mail) + html(mail)
    assert "What is above the level “Internal” is not told by e-mail." in plain(mail)


def test_the_report_of_changes_is_attached_on_wish(sample, lawyer, watcher, office):
    asking(watcher, digest_report=True)
    subscriptions.tick()

    (mail,) = office.mails
    (attached,) = list(mail.iter_attachments())
    assert attached.get_filename() == "changes-2024-12-28.pdf"
    assert attached.get_content_type() == "application/pdf"
    assert "What changed" in PdfReader(BytesIO(attached.get_content())).pages[0].extract_text()
