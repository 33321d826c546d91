"""Webhooks: addresses elsewhere to which events are sent, and what became of each sending."""

import uuid
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agreements import clock
from agreements.choices import DeliveryState, Payload
from agreements.models.base import Line, Visible, one_of
from agreements.models.journal import Entry
from agreements.words import LANGUAGES


class Webhooks(Visible):
    """Webhooks, each seen by its owner only."""

    def for_user(self, user: object) -> "Webhooks":
        """Return the user's own; nothing for nobody and for the deactivated."""
        if not getattr(user, "is_active", False) or not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(owner=user)

    def running(self) -> "Webhooks":
        """Keep those to which events are sent."""
        return self.filter(enabled=True, owner__is_active=True)


class Webhook(models.Model):
    """An address to which its owner has events sent: those that he may see when they are sent, and that it asks for.

    `reached` is the position of the last event that was looked at. The secrets are sealed: they must sign again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="webhooks", verbose_name=_("owner"), editable=False
    )
    name = Line(_("name"), max_length=100)
    address = models.CharField(_("address"), max_length=500)
    payload = models.CharField(
        pgettext_lazy("webhook", "what is sent"), max_length=4, choices=Payload, default=Payload.THIN
    )
    language = models.CharField(_("language"), max_length=2, choices=[(code, code) for code in LANGUAGES])
    filters = models.JSONField(_("filters"), default=dict, blank=True)
    secret = models.TextField(_("sealed secret"), editable=False)
    old_secret = models.TextField(_("sealed secret of before"), blank=True, editable=False)
    old_secret_until = models.DateTimeField(_("the secret of before signs until"), null=True, editable=False)
    enabled = models.BooleanField(_("in use"), default=True)
    disabled_at = models.DateTimeField(_("stopped"), null=True, editable=False)
    problem = models.CharField(_("problem"), max_length=300, blank=True, editable=False)
    reached = models.BigIntegerField(_("position of the last event"), editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created"), editable=False)
    changed_at = models.DateTimeField(_("last change"), editable=False)

    objects = Webhooks.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["-created_at", "pk"]
        constraints = (
            one_of("payload", Payload, model="webhook"),
            models.CheckConstraint(condition=models.Q(language__in=LANGUAGES), name="webhook_language_known"),
        )

    def __str__(self) -> str:
        return self.system

    @property
    def system(self) -> str:
        """The system to which it leads, without what its owner calls it and what else stands in its address."""
        return urlsplit(self.address).netloc

    @property
    def overlapping(self) -> datetime | None:
        """Until when the secret of before signs, too; None where it no longer does."""
        until = self.old_secret_until
        return until if self.old_secret and until and until > clock.now() else None


class Deliveries(Visible):
    """Deliveries: each owner sees those of his webhooks, about what he may still see."""

    def for_user(self, user: object) -> "Deliveries":
        """Return the deliveries to the user's own webhooks; nothing for nobody and for the deactivated."""
        return self.filter(webhook__in=Webhook.objects.for_user(user)).about_what_is_seen_by(user)

    def about_what_is_seen_by(self, reader: object) -> "Deliveries":
        """Leave out those about what is hidden from a reader by now, whosever they are."""
        seen = Entry.objects.for_user(reader).filter(pk=models.OuterRef("entry"))
        return self.filter(models.Q(entry=None) | models.Exists(seen))

    def due(self) -> "Deliveries":
        """Keep those that wait, the moment of their next attempt being past."""
        return self.filter(state=DeliveryState.WAITING, next_attempt_at__lte=clock.now())


class Delivery(models.Model):
    """The sending of one event, or of a trial without one, to a webhook: once as a row, as often as is needed.

    Its key is the `webhook-id` of every attempt. `next_attempt_at` lies ahead while an attempt is made.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", verbose_name=_("webhook"))
    entry = models.ForeignKey(
        Entry, models.PROTECT, null=True, related_name="deliveries", verbose_name=_("journal entry")
    )
    position = models.BigIntegerField(_("position among the events"), default=0)
    state = models.CharField(
        pgettext_lazy("sending", "state"), max_length=9, choices=DeliveryState, default=DeliveryState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True)
    created_at = models.DateTimeField(_("created"))
    attempted_at = models.DateTimeField(_("last attempt"), null=True)
    status = models.PositiveSmallIntegerField(_("status of the answer"), null=True)
    problem = models.CharField(_("problem"), max_length=300, blank=True)

    objects = Deliveries.as_manager()

    class Meta:
        verbose_name = _("delivery to a webhook")
        verbose_name_plural = _("deliveries to webhooks")
        ordering = ["-created_at", "pk"]
        constraints = (
            one_of("state", DeliveryState, model="delivery"),
            models.UniqueConstraint(fields=["webhook", "entry"], name="delivery_once"),
        )
        indexes = (
            models.Index(fields=["state", "next_attempt_at"], name="delivery_due"),
            models.Index(fields=["webhook", "-created_at"], name="delivery_of_webhook"),
        )

    def __str__(self) -> str:
        return f"{self.webhook} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_due(self) -> bool:
        """Whether the moment of its next attempt is past."""
        return self.next_attempt_at is not None and self.next_attempt_at <= clock.now()

    @property
    def message(self) -> str:
        """The name under which it is sent, each time the same."""
        return f"msg_{self.pk.hex}"
