"""Saved views: those that are shared, to be renamed or given back to their owners; and the reader's own.

They are made, and their filters chosen, in the lists themselves; deleted on the page of views.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from agreements import saved_views
from agreements.admin.base import Register, user_of
from agreements.models import SavedView
from agreements.views.asked import in_words


@admin.register(SavedView)
class SavedViewAdmin(Register):
    """The filters of lists, kept under names."""

    list_display = ("name", "kind", "owner", "shared", "changed_at")
    list_filter = ("kind", "shared")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username", "owner__first_name", "owner__last_name")
    fields = ("name", "shared", "kind", "asked", "owner", "created_at", "changed_at")
    readonly_fields = ("kind", "asked", "owner", "created_at", "changed_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds a view here: it is saved where its filters are chosen."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may change views, or this one."""
        return super().has_change_permission(request) and (obj is None or saved_views.may_change(user_of(request), obj))

    def save_model(self, request: HttpRequest, obj: SavedView, form: Any, change: bool) -> None:
        """Rename the view, share it or keep it to its owner."""
        saved_views.change(obj, by=user_of(request), name=obj.name, shared=obj.shared)

    @admin.display(description=gettext_lazy("filters"))
    def asked(self, view: SavedView) -> str:
        """What it asks for, in words."""
        return in_words([saved_views.selection_of(view)])[0]
