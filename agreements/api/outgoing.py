"""What is sent to webhooks, and the worker that sends it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from agreements import clock, webhooks
from agreements.api.serializers.base import Moment
from agreements.api.serializers.events import HappeningSerializer, SubjectSerializer, happened
from agreements.background import task
from agreements.choices import Payload
from agreements.events import Happening
from agreements.models import Webhook

PING = "webhook.ping"


def payload(webhook: Webhook, happening: Happening | None) -> Mapping[str, Any]:
    """Return the body for an event, or for a trial, in the form that Standard Webhooks recommends."""
    if happening is None:
        return {"type": PING, "timestamp": _moment(clock.now()), "data": {"webhook": str(webhook.pk)}}
    (told,) = happened([happening])
    if webhook.payload == Payload.FULL:
        data = dict(HappeningSerializer(told).data)
    else:
        data = {"id": str(told.id), "cursor": told.cursor, "subject": SubjectSerializer(told.subject).data}
    data["url"] = settings.PACTA_URL.rstrip("/") + reverse("api:event-detail", args=[told.id])
    return {"type": told.type, "timestamp": _moment(happening.entry.recorded_at), "data": data}


def _moment(moment: Any) -> str:
    return str(Moment().to_representation(moment))


@task()
def send_to_webhook(key: str) -> None:
    """Send what is due to a webhook, in a worker."""
    webhooks.deliver(UUID(key), payload)


def start(webhook: Webhook) -> None:
    """Hand the sending to the worker."""
    send_to_webhook.enqueue(str(webhook.pk))


def tick() -> list[Webhook]:
    """Follow the events for all webhooks, and hand what is due to the worker; return those with something due."""
    return webhooks.tick(start)
