"""The mails about events that were sent, that wait, that failed: to whom, not of what."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from agreements import access, changes
from agreements.admin.base import user_of
from agreements.admin.journal import Kept
from agreements.models import Entry, Mailing


@admin.register(Mailing)
class MailingAdmin(Kept):
    """Mails about events: each sees those to himself, and who keeps the accounts all about what he may see."""

    list_display = (
        *("person", "kind", "state", "attempts", "created_at", "attempted_at", "next_attempt_at", "sent_at"),
        "problem",
    )
    list_filter = ("state", "kind", "created_at")
    list_select_related = ("person",)
    search_fields = ("person__username", "sent_to")
    ordering = ("-created_at", "pk")
    fields = (
        *("person", "kind", "period", "state", "attempts"),
        *("created_at", "attempted_at", "next_attempt_at", "sent_at", "sent_to", "problem"),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the rows that the user may see."""
        if access.may(user_of(request), "accounts"):
            entries = Entry.objects.filter(notifications__mailing__isnull=False).distinct()
            hidden = changes.hidden(entries, user_of(request)).keys
            return Mailing.objects.about_what_is_seen_by(user_of(request), hidden)
        return super().get_queryset(request)
