"""Saved views on pages: opening one, keeping the filters of a list, and a page to manage them."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from agreements.choices import ViewKind
from agreements.models import SavedView

#: The pages of the lists.
PAGES = {ViewKind.AGREEMENTS: "agreement-list", ViewKind.TASKS: "task-list", ViewKind.CALENDAR: "calendar"}


def visible_view(user: Any, key: UUID) -> SavedView:
    """Return the view, if the user may see it. Raises Http404."""
    view: SavedView | None = SavedView.objects.for_user(user).select_related("owner").filter(pk=key).first()
    if view is None:
        raise Http404
    return view


def address_of(view: SavedView) -> str:
    """Return the address of the list as the view shows it now."""
    page = reverse(PAGES[ViewKind(view.kind)])
    return f"{page}?{view.query}" if view.query else page


@require_safe
def opened(request: HttpRequest, view: UUID) -> HttpResponse:
    """Lead to the list as the view shows it: this address stays when its filters change. Raises Http404."""
    return redirect(address_of(visible_view(request.user, view)))
