"""Pages that are about no agreement: the demonstration, the admin's sign-in, errors of the server."""

import logging
import sys
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, HttpResponseServerError
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agreements import journal
from agreements.busy import RETRY_AFTER, Hindrance, hindrance
from agreements.views.frame import THEME_COOKIE, THEMES

#: A reader's choice of light or dark lasts a year.
_YEAR = 365 * 24 * 3600
#: What a sign-out asks the browser to forget; cookies of taste, such as the language, stay.
_FORGET = '"cache", "storage"'
_log = logging.getLogger(__name__)


@require_safe
def home(_request: HttpRequest) -> HttpResponse:
    """Lead to the desk, the first page of the day."""
    return redirect("desk")


@require_safe
def demonstration(request: HttpRequest) -> HttpResponse:
    """Explain what the demonstration is and how to leave it."""
    return render(request, "demonstration.html")


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep whether the reader wants light or dark pages, or as the device has it, and lead back."""
    wanted = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        wanted = "/"
    response = HttpResponseRedirect(wanted)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(
            THEME_COOKIE, theme, max_age=_YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )
    else:
        response.delete_cookie(THEME_COOKIE)
    return response


@never_cache
@login_not_required
@require_safe
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead from the admin's door to the one sign-in; who is signed in and no member of staff has no business there."""
    wanted = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        wanted = reverse("admin:index")
    if not request.user.is_authenticated:
        return HttpResponseRedirect(f"{reverse('sign-in')}?{urlencode({'next': wanted})}")
    if not request.user.is_staff:
        raise PermissionDenied
    return redirect("admin:index")


class SignOut(LogoutView):
    """Ends the session, and asks the browser to forget what it has kept of the pages."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End the session."""
        response: HttpResponse = super().post(request, *args, **kwargs)
        response.headers["Clear-Site-Data"] = _FORGET
        return response


#: The page that says what hinders for now.
_HINDERED = {
    Hindrance.BUSY: "503.html",
    Hindrance.AWAY: "unavailable.html",
    Hindrance.FULL: "storage_full.html",
    Hindrance.UPGRADING: "upgrading.html",
}


def hindered(error: BaseException | None) -> HttpResponse | None:
    """Say what hinders for now, and when to try again; nothing more is asked of the database. None: nothing does."""
    found = hindrance(error)
    if found is None:
        return None
    _log.warning("%s: %s", found.value, error)
    return _not_now(_HINDERED[found])


def read_only() -> HttpResponse:
    """Say that nothing can be written for a while; what is kept can be read."""
    return _not_now("read_only.html")


def _not_now(template: str) -> HttpResponse:
    headers = {"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"}
    return HttpResponse(render_to_string(template, _named()), status=503, headers=headers)


def _named() -> dict[str, str]:
    return {"identifier": journal.request_id.get()}


def failed(request: HttpRequest) -> HttpResponse:
    """Answer what failed outside of the views, such as in keeping the session, while it is being handled."""
    told = hindered(sys.exc_info()[1])
    return told or HttpResponseServerError(render_to_string("500.html", _named()))
