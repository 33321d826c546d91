"""What sends events to webhooks: follows the events, takes what is due, signs and sends it, tries again later."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import translation
from django.utils.translation import gettext as _
from standardwebhooks.webhooks import Webhook as Signer

from agreements import clock, events, sealed
from agreements.choices import DeliveryState
from agreements.events import Happening
from agreements.models import Agreement, Delivery, Webhook
from agreements.webhooks import addresses, transport
from agreements.webhooks.keeping import PURPOSE, entered, reader_of, seen_by_webhook

_log = logging.getLogger(__name__)
#: What is sent for an event, or for a trial: JSON values.
Render = Callable[[Webhook, Happening | None], Mapping[str, Any]]
#: After so many minutes a failed attempt is repeated; after the last one it is given up and the webhook is stopped.
RETRIES = (1, 5, 30, 120, 300, 600, 840, 1200, 1440)
#: For so long nobody else makes an attempt that was begun.
HELD = timedelta(minutes=2)
#: So many deliveries one call sends.
MOST_AT_ONCE = 200
#: So long deliveries are kept in the log when they are over.
KEPT = timedelta(days=30)
#: The other side wants nothing more (HTTP 410).
_GONE = 410


def tick(start: Callable[[Webhook], object]) -> list[Webhook]:
    """Follow the events for every webhook, and start the sending for those with something due; return these."""
    events.place()
    for webhook in Webhook.objects.running().order_by("pk"):
        _follow(webhook.pk)
    due = Delivery.objects.due().values("webhook")
    found = list(Webhook.objects.running().filter(pk__in=due).order_by("pk"))
    for webhook in found:
        start(webhook)
    old = Delivery.objects.exclude(state=DeliveryState.WAITING).filter(created_at__lt=clock.now() - KEPT)
    # What is told of an agreement under a legal hold stays.
    held = Agreement.objects.preserved().filter(pk=OuterRef("entry__subject"))
    old.filter(~Exists(held)).delete()
    return found


def _follow(key: UUID) -> None:
    """Make the deliveries of what happened since the webhook looked last."""
    more = True
    while more:
        with transaction.atomic():
            webhook = Webhook.objects.select_for_update(of=("self",)).select_related("owner").filter(pk=key).first()
            if webhook is None or not webhook.enabled or not webhook.owner.is_active:
                return
            page = seen_by_webhook(webhook, after=webhook.reached)
            entered(webhook, page.happenings)
            if page.reached != webhook.reached:
                webhook.reached = page.reached
                webhook.save(update_fields=["reached"])
            more = page.more


def deliver(key: UUID, render: Render) -> int:
    """Send what is due to a webhook, in the order of the events; return how many attempts were made.

    After an attempt that failed the others wait, too: an address that does not answer is not called for each.
    """
    attempts = 0
    while attempts < MOST_AT_ONCE and (delivery := _take(key)):
        attempts += 1
        if not _send(delivery, render):
            break
    return attempts


def _take(key: UUID) -> Delivery | None:
    """Return the next delivery of a webhook for this worker alone; None where nothing is due."""
    with transaction.atomic():
        webhook = Webhook.objects.select_for_update(of=("self",)).select_related("owner").filter(pk=key).first()
        if webhook is None or not webhook.enabled or not webhook.owner.is_active:
            return None
        # The first that waits is the next, due or not: what happened after it must not come before it.
        waiting = webhook.deliveries.filter(state=DeliveryState.WAITING)
        delivery = waiting.order_by("position", "created_at", "pk").first()
        if delivery is None or not delivery.is_due:
            return None
        delivery.attempts += 1
        delivery.attempted_at = clock.now()
        delivery.next_attempt_at = delivery.attempted_at + HELD
        delivery.save(update_fields=["attempts", "attempted_at", "next_attempt_at"])
    delivery.webhook = webhook
    return delivery


def _send(delivery: Delivery, render: Render) -> bool:
    """Make one attempt; return whether the next delivery may follow at once."""
    webhook = delivery.webhook
    with translation.override(webhook.language):
        happening = events.one(reader_of(webhook), delivery.entry_id) if delivery.entry_id else None
        if delivery.entry_id and happening is None:
            _note(delivery, state=DeliveryState.WITHHELD, next_attempt_at=None, status=None, problem="")
            return True
        body = json.dumps(render(webhook, happening), ensure_ascii=False, separators=(",", ":")).encode()
        try:
            answer = transport.post(addresses.resolve(webhook.address), body, _headers(delivery, body))
        except addresses.Unreachable:
            return _failed(delivery, _("The name leads to no address that may be called."))
        except transport.Unanswered as silence:
            return _failed(delivery, _silence(str(silence)))
        if 200 <= answer.status < 300:
            _note(delivery, state=DeliveryState.DELIVERED, next_attempt_at=None, status=answer.status, problem="")
            return True
        problem = _("The answer was %(status)s.") % {"status": answer.status}
        return _failed(delivery, problem, status=answer.status, wait=answer.wait)


def _silence(why: str) -> str:
    match why:
        case "certificate":
            return _("The certificate of the address was not accepted.")
        case "timeout":
            return _("No answer came in time.")
    return _("The connection failed.")


def _headers(delivery: Delivery, body: bytes) -> dict[str, str]:
    """Return the headers of the Standard Webhooks scheme; while secrets overlap, both sign."""
    webhook, now = delivery.webhook, clock.now().astimezone(UTC)
    kept = [webhook.secret, *([webhook.old_secret] if webhook.overlapping else [])]
    signers = [Signer(sealed.unseal(secret, purpose=PURPOSE)) for secret in kept]
    name = delivery.message
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Pacta",
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signer.sign(name, now, body.decode()) for signer in signers),
    }


def _failed(delivery: Delivery, problem: str, *, status: int | None = None, wait: int = 0) -> bool:
    if status != _GONE and delivery.attempts <= len(RETRIES):
        pause = timedelta(minutes=RETRIES[delivery.attempts - 1])
        # Who asks to be left alone longer is, but no longer than the longest pause.
        asked = min(timedelta(seconds=wait), timedelta(minutes=RETRIES[-1]))
        _note(delivery, next_attempt_at=clock.now() + max(pause, asked), status=status, problem=problem)
        # One that does not answer holds up the others for the same time.
        later = delivery.webhook.deliveries.due().exclude(pk=delivery.pk)
        later.update(next_attempt_at=clock.now() + max(pause, asked))
        return False
    if _note(delivery, state=DeliveryState.FAILED, next_attempt_at=None, status=status, problem=problem):
        _stop(delivery.webhook, problem)
    return False


def _note(delivery: Delivery, **columns: Any) -> bool:
    """Write down what became of an attempt; False where another has been made since, or it was asked for anew."""
    held = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING, attempts=delivery.attempts)
    return bool(held.update(**columns))


def _stop(webhook: Webhook, problem: str) -> None:
    """Stop a webhook that does not answer, and tell its owner."""
    stopped = Webhook.objects.filter(pk=webhook.pk, enabled=True)
    if not stopped.update(enabled=False, disabled_at=clock.now(), problem=problem[:300]):
        return
    _log.warning("webhook %s was stopped: %s", webhook.pk, problem)
    if webhook.owner.email:
        subject = " ".join((_("Pacta: the webhook “%(name)s” was stopped") % {"name": webhook.name}).split())
        body = "\n\n".join(_told(webhook, problem)) + "\n"
        try:
            EmailMessage(subject=subject, body=body, to=[webhook.owner.email]).send()
        except Exception:  # the mail server may be away; the API and the administration tell of it, too
            _log.exception("the owner of webhook %s was not told", webhook.pk)


def _told(webhook: Webhook, problem: str) -> Iterator[str]:
    yield _("Pacta could not send an event to this address and has given it up: %(address)s") % {
        "address": webhook.address
    }
    yield problem
    yield _("Nothing is lost: when you set the webhook in use again, it goes on with what has happened since.")
    if settings.PACTA_URL:
        yield f"{settings.PACTA_URL.rstrip('/')}/api/v1/webhooks/{webhook.pk}/"
