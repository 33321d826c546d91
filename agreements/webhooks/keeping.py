"""What the owner of a webhook does with it: make, change, delete it, rotate its secret, try it, send again."""

import base64
import copy
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import clock, events, sealed
from agreements.choices import DeliveryState, Payload
from agreements.events import Happening
from agreements.guards import Reason, Refused
from agreements.models import Delivery, User, Webhook
from agreements.webhooks.addresses import objections

#: So many webhooks a user may have.
MOST = 20
#: For at most so many hours a secret of before signs beside the new one.
LONGEST_OVERLAP = 168
#: So many events can be sent again at once.
MOST_REPLAYED = 10_000
#: So many events are looked at in one step.
STEP = 200
PURPOSE = "webhook-secret"
_BYTES = 32
NAME_MISSING = Reason("name-missing", _("Give the webhook a name by which you know it."), asked="name", firm=True)
TOO_MANY = Reason(
    "webhooks-many", _("You have %(count)s webhooks. Delete one that you no longer need."), {"count": MOST}, firm=True
)
NOT_IN_USE = Reason("webhook-stopped", _("The webhook is stopped. Set it in use first."), firm=True)
TOO_MUCH = Reason(
    "replay-too-much",
    _("More than %(count)s events were recorded since then. Choose a later moment."),
    {"count": MOST_REPLAYED},
    asked="since",
    firm=True,
)
GONE = Reason("webhook-gone", _("The webhook was deleted meanwhile."), firm=True)


def create(
    by: User,
    *,
    name: str,
    address: str,
    payload: str = Payload.THIN,
    language: str = "en",
    filters: Mapping[str, list[str]] | None = None,
) -> tuple[Webhook, str]:
    """Make a webhook for what happens from now on, and return it with its secret, told this once. Raises Refused."""
    secret, now = _drawn(), clock.now()
    webhook = Webhook(
        owner=by,
        name=name,
        address=address,
        payload=payload,
        language=language,
        filters=dict(filters or {}),
        secret=sealed.seal(secret, purpose=PURPOSE),
        reached=events.place(),
        created_at=now,
        changed_at=now,
    )
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=by.pk)  # two at once must not pass the same count
        reasons = _objections(webhook)
        if Webhook.objects.filter(owner=by).count() >= MOST:
            reasons.append(TOO_MANY)
        if reasons:
            raise Refused(*reasons)
        webhook.full_clean()
        webhook.save(force_insert=True)
    return webhook, secret


@contextmanager
def changing(webhook: Webhook, *, by: User) -> Iterator[Webhook]:
    """Change columns of a webhook inside the block; they are checked and saved when it ends. Raises Refused.

    One that was stopped and is in use again goes on where it stopped.
    """
    with transaction.atomic():
        fresh = _locked(webhook, by=by)
        before = copy.copy(fresh)
        yield fresh
        resumed = fresh.enabled and not before.enabled
        # One that was taken under other rules can still be stopped and named.
        if reasons := _objections(fresh, called=resumed or fresh.address != before.address):
            raise Refused(*reasons)
        if resumed:
            fresh.disabled_at, fresh.problem = None, ""
        elif before.enabled and not fresh.enabled:
            fresh.disabled_at = clock.now()
        named = ("name", "address", "payload", "language", "filters", "enabled")
        if any(getattr(fresh, column) != getattr(before, column) for column in named):
            _save(fresh)


@contextmanager
def deleting(webhook: Webhook, *, by: User) -> Iterator[Webhook]:
    """Delete a webhook with its deliveries when the block ends."""
    with transaction.atomic():
        fresh = _locked(webhook, by=by)
        yield fresh
        fresh.delete()


def rotate(webhook: Webhook, *, by: User, overlap: timedelta) -> tuple[Webhook, str]:
    """Draw another secret and return it, told this once; the one of before signs beside it for a while."""
    secret = _drawn()
    with transaction.atomic():
        fresh = _locked(webhook, by=by)
        fresh.old_secret, fresh.old_secret_until = fresh.secret, clock.now() + overlap
        fresh.secret = sealed.seal(secret, purpose=PURPOSE)
        _save(fresh)
    return fresh, secret


def ping(webhook: Webhook, *, by: User) -> Delivery:
    """Have a trial sent, without an event. Raises Refused where the webhook is stopped."""
    with transaction.atomic():
        fresh = _locked(webhook, by=by)
        if not fresh.enabled:
            raise Refused(NOT_IN_USE)
        return Delivery.objects.create(webhook=fresh, created_at=clock.now(), next_attempt_at=clock.now())


def replay(delivery: Delivery, *, by: User) -> Delivery:
    """Have a delivery sent again, under the same name, whatever became of it before. Raises Refused."""
    with transaction.atomic():
        fresh = _locked(delivery.webhook, by=by)
        if not fresh.enabled:
            raise Refused(NOT_IN_USE)
        Delivery.objects.filter(pk=delivery.pk).update(**_anew())
    return Delivery.objects.select_related("webhook").get(pk=delivery.pk)


def replay_since(webhook: Webhook, since: datetime, *, by: User) -> int:
    """Have everything sent again that was recorded since a moment and is sent today; return how many events."""
    with transaction.atomic():
        fresh = _locked(webhook, by=by)
        if not fresh.enabled:
            raise Refused(NOT_IN_USE)
        found: list[Happening] = []
        after, more = 0, True
        while more:
            page = seen_by_webhook(fresh, after=after, since=since)
            found += page.happenings
            after, more = page.reached, page.more
            if len(found) > MOST_REPLAYED:
                raise Refused(TOO_MUCH)
        keys = [one.entry.pk for one in found]
        for start in range(0, len(keys), STEP):
            fresh.deliveries.filter(entry__in=keys[start : start + STEP]).update(**_anew())
        entered(fresh, found)
        fresh.reached = max(fresh.reached, after)
        fresh.save(update_fields=["reached"])
    return len(found)


def _anew() -> dict[str, Any]:
    return {"state": DeliveryState.WAITING, "attempts": 0, "next_attempt_at": clock.now(), "problem": ""}


def entered(webhook: Webhook, happenings: list[Happening]) -> None:
    """Make the deliveries of events that have none yet."""
    now = clock.now()
    rows = [
        Delivery(webhook=webhook, entry=one.entry, position=one.position, created_at=now, next_attempt_at=now)
        for one in happenings
    ]
    Delivery.objects.bulk_create(rows, batch_size=STEP, ignore_conflicts=True)


def seen_by_webhook(webhook: Webhook, *, after: int, since: datetime | None = None) -> events.Page:
    """Return the next events for a webhook: those that it asks for, as far as its owner may have them sent."""

    def asked(entries: Any) -> Any:
        narrowed = events.narrowed(entries, webhook.filters)
        return narrowed if since is None else narrowed.filter(recorded_at__gte=since)

    return events.read(reader_of(webhook), after=after, size=STEP, asked=asked)


def reader_of(webhook: Webhook) -> User:
    """Return the owner as the reader of what is sent: who sees no more than may leave Pacta."""
    return events.within(webhook.owner, settings.WEBHOOK_LEVEL)


def _objections(webhook: Webhook, *, called: bool = True) -> list[Reason]:
    """Return what stands against a webhook; its address is judged where it is to be called from now on."""
    named = [] if webhook.name.strip() else [NAME_MISSING]
    return [*named, *(objections(webhook.address) if called else ())]


def _locked(webhook: Webhook, *, by: User) -> Webhook:
    fresh = Webhook.objects.select_for_update(of=("self",)).filter(pk=webhook.pk, owner=by).first()
    if fresh is None:
        raise Refused(GONE)
    return fresh


def _save(webhook: Webhook) -> None:
    webhook.version, webhook.changed_at = webhook.version + 1, clock.now()
    webhook.full_clean()
    webhook.save()


def _drawn() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(_BYTES)).decode()}"
