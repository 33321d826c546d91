"""Webhooks and the log of what was sent to them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from agreements import access, changes
from agreements.admin.base import user_of
from agreements.admin.journal import Kept
from agreements.models import Delivery, Entry, Webhook


class _OfOwners(Kept):
    """What belongs to owners: each sees his own, and who keeps the accounts sees all, but not what it is about.

    He must see to which systems data goes, for whom, and what fails. The name of a webhook and the rest of its address
    are its owner's: a name may tell of what the keeper of the accounts may not see, an address hold a secret.
    """

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the rows that the user may see."""
        if access.may(user_of(request), "accounts"):
            return self.model._default_manager.all()
        return super().get_queryset(request)


@admin.register(Webhook)
class WebhookAdmin(_OfOwners):
    """Webhooks; they are made and changed by their owners, through the API."""

    list_display = ("system", "owner", "payload", "enabled", "disabled_at", "problem")
    list_filter = ("enabled",)
    list_select_related = ("owner",)
    search_fields = ("owner__username",)
    ordering = ("-created_at", "pk")
    fields = (
        *("name", "address", "system", "owner", "payload", "language"),
        *("enabled", "disabled_at", "problem", "old_secret_until", "created_at", "changed_at"),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields, without the name and the address of what is another's."""
        fields = super().get_fields(request, obj)
        own = obj is None or obj.owner_id == user_of(request).pk
        return fields if own else [name for name in fields if name not in ("name", "address")]

    @admin.display(description=gettext_lazy("system"))
    def system(self, webhook: Webhook) -> str:
        """To which system it leads."""
        return webhook.system


@admin.register(Delivery)
class DeliveryAdmin(_OfOwners):
    """What was sent to webhooks, what waits, what failed."""

    list_display = (
        *("message", "owner", "hook", "state", "attempts"),
        *("created_at", "attempted_at", "next_attempt_at", "status", "problem"),
    )
    list_filter = ("state", "created_at")
    list_select_related = ("webhook__owner",)
    search_fields = ("webhook__owner__username",)
    ordering = ("-created_at", "pk")
    fields = (
        *("message", "owner", "hook", "state", "attempts"),
        *("created_at", "attempted_at", "next_attempt_at", "status", "problem"),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the rows that the user may see: none about an event that he may not."""
        rows: Any = super().get_queryset(request)
        rows = rows.about_what_is_seen_by(user_of(request))
        told = Entry.objects.filter(pk__in=rows.order_by().filter(entry__isnull=False).values("entry"))
        return rows.exclude(entry__in=changes.hidden(told, user_of(request)).keys)

    @admin.display(description="webhook-id")
    def message(self, delivery: Delivery) -> str:
        """The name under which it is sent."""
        return delivery.message

    @admin.display(description=gettext_lazy("owner"), ordering="webhook__owner__username")
    def owner(self, delivery: Delivery) -> str:
        """Whose webhook it is."""
        return str(delivery.webhook.owner)

    @admin.display(description=gettext_lazy("webhook"))
    def hook(self, delivery: Delivery) -> str:
        """To which webhook it is sent."""
        return str(delivery.webhook)
