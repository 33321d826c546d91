"""The mails, as a real server was sent them and a real parser reads them."""

from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

import pytest
from django.utils import timezone

from agreements import clock, lifecycle, subscriptions
from agreements.choices import DeliveryState, Level
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Mailing, Notification
from agreements.notice_choices import MailingKind, MailState, Pace, WatchKind
from agreements.subscriptions import sending
from tests.subscriptions.conftest import html, later, person, plain, step, watch

pytestmark = pytest.mark.django_db
SITE = "https://pacta.example"


def test_a_mail_says_what_happened_as_text_and_as_html_with_its_headers(make_agreement, lawyer, watcher, office):
    agreement = make_agreement()
    watch(watcher, target=agreement)

    step(agreement, lawyer)
    subscriptions.tick()

    (mail,) = office.mails
    assert mail["X-Rcpt"] == mail["To"] == watcher.email
    assert mail["Subject"] == "Pacta: Horizontal Aviation Agreement: Mandated, 15 January 2004."
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith(".pacta@localhost>")
    assert mail["References"] == mail["In-Reply-To"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].strip().startswith(f"<{SITE}/notifications/off/")
    assert abs(parsedate_to_datetime(mail["Date"]).replace(tzinfo=UTC) - timezone.now()) < timedelta(minutes=1)
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    page = f"{SITE}/agreements/{agreement.reference}/"
    assert plain(mail).splitlines()[:4] == [
        "* Important: Horizontal Aviation Agreement",
        "  Mandated, 15\u00a0January\u00a02004.",
        "  Recorded by lawyer.",
        f"  {page}",
    ]
    written = html(mail)
    assert '<html lang="en">' in written
    assert f'<a href="{page}">Horizontal Aviation Agreement</a>' in written
    assert "<h1>" in written
    assert "style=" not in written
    assert "<script" not in written
    assert "<img" not in written
    assert Mailing.objects.get().state == DeliveryState.DELIVERED
    assert Notification.objects.get().mail == MailState.SENT


@pytest.mark.parametrize(
    ("language", "subject", "word"),
    [
        ("ru", "Pacta: Горизонтальное авиационное соглашение: ", "Важно:"),
        ("kk", "Pacta: Horizontal Aviation Agreement: ", "Маңызды:"),
    ],
)
def test_a_mail_is_in_the_language_of_who_reads_it(make_agreement, lawyer, watcher, office, language, subject, word):
    agreement = make_agreement()
    watch(watcher, target=agreement)
    with subscriptions.wishing(watcher) as wishes:
        wishes.language = language

    step(agreement, lawyer)
    subscriptions.tick()

    (mail,) = office.mails
    assert mail["Subject"].strip().startswith(subject)
    assert f'<html lang="{language}">' in html(mail)
    assert word in plain(mail)


def test_mails_about_one_agreement_hang_together_and_those_about_others_do_not(make_agreement, lawyer, watcher, office):
    first, second = make_agreement(), make_agreement(titles={"en": "Another"})
    for agreement in (first, second):
        watch(watcher, target=agreement)
    step(first, lawyer)
    subscriptions.tick()
    step(second, lawyer)
    subscriptions.tick()
    lifecycle.note(first, on=FuzzyDate.parse("2005"), by=lawyer, what="A note.")
    subscriptions.tick()

    roots = [mail["References"] for mail in office.mails]
    assert roots[0] == roots[2] != roots[1]
    assert len({mail["Message-ID"] for mail in office.mails}) == 3


def test_above_the_level_for_mail_only_that_something_waits_is_told(make_agreement, lawyer, office, unit, settings):
    high = person("high", level=Level.SECRET, unit=unit)
    agreement = make_agreement()
    Agreement.objects.filter(pk=agreement.pk).update(level=Level.RESTRICTED)
    watch(high, target=Agreement.objects.get(pk=agreement.pk))

    step(Agreement.objects.get(pk=agreement.pk), lawyer)
    subscriptions.tick()

    (mail,) = office.mails
    told = mail.as_string() + plain(mail) + html(mail)
    assert mail["Subject"] == "Pacta: 1 new notification"
    assert "1 notification waits for you in Pacta." in plain(mail)
    assert "Aviation" not in told
    assert agreement.reference not in told
    assert mail["References"] is None


def test_who_may_see_less_when_it_is_sent_gets_nothing(make_agreement, lawyer, watcher, office):
    agreement = make_agreement()
    watch(watcher, target=agreement, pace=Pace.DAILY)
    step(agreement, lawyer)
    subscriptions.tick()
    Notification.objects.update(due_at=clock.now())
    watcher.access_level = Level.PUBLIC
    watcher.save()

    subscriptions.tick()

    assert office.mails == []
    assert Mailing.objects.get().state == DeliveryState.WITHHELD
    assert Notification.objects.get().mail == MailState.WITHHELD


def test_mails_of_a_day_come_together_at_the_hour(make_agreement, lawyer, watcher, office):
    agreement = make_agreement()
    watch(watcher, target=agreement, pace=Pace.DAILY, hour=8)
    step(agreement, lawyer)
    for number in range(3):
        lifecycle.note(agreement, on=FuzzyDate.parse("2005"), by=lawyer, what=f"Note {number}.")
    subscriptions.tick()
    assert office.mails == []
    due = timezone.localtime(Notification.objects.first().due_at)
    assert (due.hour, due.minute) == (8, 0)
    assert timedelta(0) < due - timezone.now() <= timedelta(days=1)

    Notification.objects.update(due_at=clock.now())
    subscriptions.tick()
    subscriptions.tick()

    (mail,) = office.mails
    assert mail["Subject"] == "Pacta: 4 new notifications"
    assert plain(mail).count("\n* ") == 4
    assert Mailing.objects.get().kind == MailingKind.GATHERED


def test_one_event_is_never_mailed_twice_to_one_person(make_agreement, parties, lawyer, watcher, office):
    agreement = make_agreement()
    watch(watcher, target=agreement)
    watch(watcher, WatchKind.PARTY, parties["EU"], pace=Pace.DAILY)
    watch(watcher, WatchKind.PARTY, parties["KZ"], pace=Pace.WEEKLY)
    step(agreement, lawyer)
    for _ in range(3):
        subscriptions.tick()
        Notification.objects.update(due_at=clock.now())

    assert len(office.mails) == 1


def test_more_than_ten_at_once_become_one_mail(make_agreement, lawyer, watcher, office):
    agreement = make_agreement()
    watch(watcher, target=agreement)
    for number in range(60):
        lifecycle.note(agreement, on=FuzzyDate.parse("2005"), by=lawyer, what=f"Note {number}.")
    subscriptions.tick()

    (mail,) = office.mails
    assert mail["Subject"] == "Pacta: 60 new notifications"
    assert plain(mail).count("\n* ") == 50
    assert "10 more are told in Pacta." in plain(mail)
    assert set(Notification.objects.values_list("mail", flat=True)) == {MailState.SENT}

    for number in range(30):
        lifecycle.note(agreement, on=FuzzyDate.parse("2006"), by=lawyer, what=f"Note {number}.")
    subscriptions.tick()
    subscriptions.tick()

    assert len(office.mails) == 1, "a second one within the hour"
    Mailing.objects.update(created_at=clock.now() - timedelta(hours=1, minutes=1))
    Notification.objects.filter(mailing=None).update(due_at=clock.now())
    subscriptions.tick()
    assert [mail["Subject"] for mail in office.mails[1:]] == ["Pacta: 30 new notifications"]


def test_a_refused_mail_is_tried_again_later_and_later_and_then_given_up(make_agreement, lawyer, watcher, office):
    agreement = make_agreement()
    watch(watcher, target=agreement)
    office.refuse = ["451 Try again later"] * 6
    step(agreement, lawyer)
    subscriptions.tick()

    waits = []
    while (mailing := Mailing.objects.get()).state == DeliveryState.WAITING:
        waits.append(round((mailing.next_attempt_at - clock.now()).total_seconds() / 60))
        assert "451" in mailing.problem
        later()
        subscriptions.tick()

    assert waits == [1, 5, 30, 120, 480]
    assert (mailing.state, mailing.attempts) == (DeliveryState.FAILED, 6)
    assert Notification.objects.get().mail == MailState.FAILED
    assert office.mails == []

    assert sending.again(mailing)
    subscriptions.tick()

    assert len(office.mails) == 1
    assert Notification.objects.get().mail == MailState.SENT


def test_a_mail_that_fails_holds_up_no_other(make_agreement, lawyer, watcher, office, unit):
    agreement, other = make_agreement(), person("other", unit=unit)
    watch(watcher, target=agreement)
    watch(other, target=agreement)
    office.refuse = ["550 No such mailbox"]
    step(agreement, lawyer)
    subscriptions.tick()

    assert len(office.mails) == 1
    later()
    subscriptions.tick()
    assert {mail["X-Rcpt"] for mail in office.mails} == {watcher.email, other.email}


def test_a_title_over_several_lines_forges_no_header(make_agreement, lawyer, watcher, office):
    agreement = make_agreement()
    # Nobody can enter such a title any more; one that was entered before is still there.
    Agreement.objects.filter(pk=agreement.pk).update(short_title_en="Air\nBcc: everybody@pacta.example")
    watch(watcher, target=agreement)
    step(agreement, lawyer)
    subscriptions.tick()

    (mail,) = office.mails
    assert mail["Bcc"] is None
    assert mail["Subject"].strip().startswith("Pacta: Air Bcc: everybody@pacta.example: Mandated")


def test_words_of_others_are_text_in_html(make_agreement, lawyer, watcher, office):
    agreement = make_agreement(short_titles={"en": "<b onclick=x>Air</b>"})
    watch(watcher, target=agreement)
    lifecycle.note(agreement, on=FuzzyDate.parse("2005"), by=lawyer, what="<script>alert(1)</script>")
    subscriptions.tick()

    (mail,) = office.mails
    assert "<script" not in html(mail)
    assert "<b onclick" not in html(mail)
    assert "<script>alert(1)</script>" in plain(mail)


# ---- the link in the mail ----
def test_the_link_of_a_mail_ends_mails_of_its_kind_without_signing_in(make_agreement, lawyer, watcher, office, client):
    agreement = make_agreement()
    made = watch(watcher, target=agreement, in_product=False)
    step(agreement, lawyer)
    subscriptions.tick()
    (mail,) = office.mails
    address = mail["List-Unsubscribe"].strip(" <>").removeprefix(SITE)

    asked = client.get(address)
    assert asked.status_code == 200
    made.refresh_from_db()
    assert made.by_mail, "looking ends nothing"

    done = client.post(address, {"List-Unsubscribe": "One-Click"})

    assert done.status_code == 200
    made.refresh_from_db()
    assert (made.by_mail, made.in_product) == (False, True)
    lifecycle.note(agreement, on=FuzzyDate.parse("2005"), by=lawyer, what="A note.")
    subscriptions.tick()
    assert len(office.mails) == 1
    assert client.post(address[:-3] + "/x/").status_code == 404
    assert client.post("/notifications/off/nothing/").status_code == 404
