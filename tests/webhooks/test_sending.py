"""Events that are sent to webhooks: what, when, how often, signed by whom."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from django.core import mail
from standardwebhooks.webhooks import WebhookVerificationError

from agreements import clock, lifecycle, registers, webhooks
from agreements.choices import DeliveryState, Level
from agreements.dates import FuzzyDate
from agreements.models import Delivery, Entry, Webhook
from agreements.webhooks.sending import KEPT, RETRIES
from tests.webhooks.conftest import send

DAY = FuzzyDate.parse("2024-12-20")
NOW = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)


def note(agreement, by, what="A day was proposed."):
    return lifecycle.note(agreement, on=DAY, by=by, what=what)


def states():
    return list(Delivery.objects.order_by("position", "created_at").values_list("state", "attempts"))


def test_what_happens_after_it_was_made_is_sent_once_and_signed(make_agreement, officer, hook, receiver):
    agreement = make_agreement()
    webhook, secret = hook(officer)
    entry = note(agreement, officer)
    for _time in range(3):
        send()

    assert states() == [("delivered", 1)]
    ((headers, _body),) = receiver.received
    assert headers["content-type"] == "application/json; charset=utf-8"
    told = receiver.verified(secret)
    assert told["type"] == "agreement.note"
    assert told["timestamp"] == entry.recorded_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    assert set(told["data"]) == {"id", "cursor", "subject", "url"}
    assert told["data"]["id"] == str(entry.pk)
    assert told["data"]["url"] == f"/api/v1/events/{entry.pk}/"
    assert told["data"]["subject"]["agreement"] == agreement.reference
    assert headers["webhook-id"] == Delivery.objects.get().message
    assert secret not in str(Webhook.objects.filter(pk=webhook.pk).values())


def test_the_whole_event_is_sent_where_that_is_asked_for(make_agreement, officer, hook, receiver, settings):
    settings.PACTA_URL = "https://pacta.example/"
    agreement = make_agreement()
    hook(officer, payload="full", language="ru")
    note(agreement, officer)
    send()

    (told,) = receiver.bodies
    assert told["data"]["entry"]["what"]["text"] == "A day was proposed."
    assert told["data"]["entry"]["label"] == "Отметка"
    assert told["data"]["subject"]["url"] == f"https://pacta.example/api/v1/agreements/{agreement.reference}/"


def test_only_what_is_asked_for_is_sent(make_agreement, officer, hook, receiver, parties):
    first, second = make_agreement(), make_agreement()
    hook(officer, filters={"kind": ["note"], "agreement": [first.reference], "party": ["KZ"], "area": ["aviation"]})
    note(first, officer)
    note(second, officer)
    lifecycle.hold(first, on=DAY, by=officer, reason="Waiting.")
    send()

    assert [told["data"]["subject"]["agreement"] for told in receiver.bodies] == [first.reference]
    assert [told["type"] for told in receiver.bodies] == ["agreement.note"]


# ---- what may not be known ----
def test_what_the_owner_may_not_see_is_not_sent(make_agreement, officer, lawyer, hook, receiver):
    secret_one, shown = make_agreement(columns={"level": "secret"}), make_agreement()
    hook(officer)
    note(secret_one, lawyer)
    note(shown, lawyer)
    send()

    assert [told["data"]["subject"]["agreement"] for told in receiver.bodies] == [shown.reference]
    assert Delivery.objects.count() == 1


def test_what_was_hidden_before_it_is_sent_is_withheld(make_agreement, officer, lawyer, hook, receiver):
    agreement = make_agreement()
    hook(officer)
    note(agreement, lawyer)
    receiver.answers = [500]
    send()
    with registers.editing(agreement, by=lawyer) as edited:
        edited.level = Level.SECRET
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        send()

    assert states() == [("withheld", 2)]
    assert len(receiver.received) == 1


def test_what_is_above_the_level_that_may_leave_is_not_sent(make_agreement, lawyer, hook, receiver, settings):
    secret_one, shown = make_agreement(columns={"level": "secret"}), make_agreement()
    hook(lawyer)
    note(secret_one, lawyer)
    note(shown, lawyer)
    send()
    assert [told["data"]["subject"]["agreement"] for told in receiver.bodies] == [shown.reference]

    settings.WEBHOOK_LEVEL = "secret"
    note(secret_one, lawyer)
    send()
    assert [told["data"]["subject"]["agreement"] for told in receiver.bodies][1:] == [secret_one.reference]


def test_nothing_is_sent_for_the_deactivated(make_agreement, officer, lawyer, hook, receiver):
    agreement = make_agreement()
    hook(officer)
    officer.is_active = False
    officer.save()
    note(agreement, lawyer)
    send()

    assert receiver.received == []


# ---- when it fails ----
def test_what_fails_is_sent_again_later_under_the_same_name(make_agreement, officer, hook, receiver):
    agreement = make_agreement()
    hook(officer)
    with time_machine.travel(NOW, tick=False) as now:
        note(agreement, officer, "One.")
        note(agreement, officer, "Two.")
        receiver.answers = [500, 503]
        send()
        send()
        assert states() == [("waiting", 1), ("waiting", 0)]
        assert Delivery.objects.order_by("position").first().problem == "The answer was 500."
        now.shift(timedelta(minutes=RETRIES[0]))
        send()
        assert states() == [("waiting", 2), ("waiting", 0)]
        now.shift(timedelta(minutes=RETRIES[1] - 1))
        send()
        assert len(receiver.received) == 2
        now.shift(timedelta(minutes=1))
        send()

    assert states() == [("delivered", 3), ("delivered", 1)]
    assert [receiver.names[0]] * 3 == receiver.names[:3] != receiver.names[3]
    # Each attempt is signed for its own moment.
    assert len({headers["webhook-timestamp"] for headers, _body in receiver.received}) == 3


def test_what_happens_while_one_waits_waits_behind_it(make_agreement, officer, hook, receiver):
    agreement = make_agreement()
    hook(officer)
    with time_machine.travel(NOW, tick=False) as now:
        note(agreement, officer, "One.")
        receiver.answers = [500]
        send()
        now.shift(timedelta(seconds=30))
        note(agreement, officer, "Two.")
        send()
        assert len(receiver.received) == 1
        now.shift(timedelta(seconds=30))
        send()

    assert states() == [("delivered", 2), ("delivered", 1)]
    positions = dict(Delivery.objects.values_list("entry", "position"))
    told = [positions[UUID(body["data"]["id"])] for body in receiver.bodies]
    assert told == sorted(told)


def test_who_asks_to_be_left_alone_is(make_agreement, officer, hook, receiver):
    hook(officer)
    receiver.answers, receiver.headers = [429], {"Retry-After": "1800"}
    with time_machine.travel(NOW, tick=False):
        note(make_agreement(), officer)
        send()
        waiting = Delivery.objects.order_by("position").first()
        assert waiting.next_attempt_at == NOW + timedelta(seconds=1800)


def test_after_the_last_attempt_it_is_given_up_and_the_owner_is_told(make_agreement, officer, hook, receiver):
    officer.email = "officer@pacta.example"
    officer.save()
    agreement = make_agreement()
    webhook, _secret = hook(officer)
    Webhook.objects.filter(pk=webhook.pk).update(name="Line\nbreak")  # as from before
    receiver.answers = [500] * (len(RETRIES) + 1)
    with time_machine.travel(NOW, tick=False) as now:
        note(agreement, officer, "One.")
        note(agreement, officer, "Two.")
        for _attempt in range(len(RETRIES) + 3):
            send()
            now.shift(timedelta(hours=25))
        webhook.refresh_from_db()
        assert (webhook.enabled, webhook.problem) == (False, "The answer was 500.")
        assert states() == [("failed", len(RETRIES) + 1), ("waiting", 0)]
        (letter,) = mail.outbox
        assert letter.to == ["officer@pacta.example"]
        assert letter.subject == "Pacta: the webhook “Line break” was stopped"

        note(agreement, officer, "Three.")
        send()
        assert len(receiver.received) == len(RETRIES) + 1
        with webhooks.changing(webhook, by=officer) as changed:
            changed.enabled = True
        send()
        send()
    assert states() == [("failed", len(RETRIES) + 1), ("delivered", 1), ("delivered", 1)]
    webhook.refresh_from_db()
    assert (webhook.enabled, webhook.disabled_at, webhook.problem) == (True, None, "")


def test_an_address_that_is_gone_is_given_up_at_once(make_agreement, officer, hook, receiver):
    webhook, _secret = hook(officer)
    note(make_agreement(), officer)
    receiver.answers = [410]
    send()

    webhook.refresh_from_db()
    assert not webhook.enabled
    assert ("failed", 1) in states()


def test_redirects_are_not_followed(make_agreement, officer, hook, receiver):
    hook(officer)
    receiver.answers, receiver.headers = [302], {"Location": receiver.address}
    note(make_agreement(), officer)
    send()

    assert Delivery.objects.order_by("position").first().problem == "The answer was 302."
    assert len(receiver.received) == 1


def test_a_worker_that_died_leaves_its_delivery_to_another(make_agreement, officer, hook, receiver):
    from agreements.webhooks import sending

    webhook, _secret = hook(officer)
    with time_machine.travel(NOW, tick=False) as now:
        entry = note(make_agreement(), officer)
        webhooks.tick(lambda _webhook: None)
        Delivery.objects.exclude(entry=entry).delete()
        assert sending._take(webhook.pk) is not None  # and nothing more is heard of it
        send()
        assert receiver.received == []
        now.shift(sending.HELD)
        send()
    assert states() == [("delivered", 2)]


# ---- again ----
def test_a_delivery_is_sent_again_under_the_same_name(make_agreement, officer, hook, receiver):
    hook(officer)
    note(make_agreement(), officer)
    send()
    number = len(receiver.received)
    again = webhooks.replay(Delivery.objects.order_by("position").last(), by=officer)
    assert (again.state, again.attempts) == (DeliveryState.WAITING, 0)
    send()

    assert receiver.names == [*receiver.names[:number], receiver.names[number - 1]]


def test_everything_since_a_moment_is_sent_again(make_agreement, officer, hook, receiver):
    agreement = make_agreement()
    before = note(agreement, officer, "Before it was made.")
    webhook, _secret = hook(officer, filters={"kind": ["note"]})
    note(agreement, officer, "After.")
    send()
    assert len(receiver.received) == 1

    assert webhooks.replay_since(webhook, before.recorded_at, by=officer) == 2
    send()
    assert [told["data"]["id"] for told in receiver.bodies[1:]] == [
        str(key) for key in Entry.objects.filter(kind="note").order_by("sequence").values_list("pk", flat=True)
    ]
    assert receiver.names[2] == receiver.names[0]
    assert Delivery.objects.count() == 2


# ---- secrets ----
def test_while_secrets_overlap_both_sign(make_agreement, officer, hook, receiver):
    agreement = make_agreement()
    webhook, old = hook(officer)
    webhook, new = webhooks.rotate(webhook, by=officer, overlap=timedelta(hours=24))
    note(agreement, officer)
    send()
    assert receiver.verified(old) == receiver.verified(new)

    with time_machine.travel(clock.now() + timedelta(hours=25)):
        note(agreement, officer)
        send()
        assert receiver.verified(new)
        with pytest.raises(WebhookVerificationError):
            receiver.verified(old)


def test_a_secret_that_was_spilled_signs_no_more(make_agreement, officer, hook, receiver):
    webhook, old = hook(officer)
    webhooks.rotate(webhook, by=officer, overlap=timedelta())
    note(make_agreement(), officer)
    send()

    with pytest.raises(WebhookVerificationError):
        receiver.verified(old)


def test_secrets_are_read_after_the_key_was_changed(make_agreement, officer, hook, receiver, settings):
    _webhook, secret = hook(officer)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-" + "9" * 50
    note(make_agreement(), officer)
    send()

    assert receiver.verified(secret)


def test_what_is_over_leaves_the_log_after_a_month(make_agreement, officer, hook, receiver):
    hook(officer)
    note(make_agreement(), officer)
    send()
    with time_machine.travel(clock.now() + KEPT + timedelta(days=1)):
        send()

    assert Delivery.objects.count() == 0
