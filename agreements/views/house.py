"""Pages that are about no agreement: the demonstration, the admin's sign-in, the health of the server, its errors."""

import logging
import sys
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.defaults import server_error

from agreements.busy import RETRY_AFTER, is_busy
from agreements.views.frame import THEME_COOKIE, THEMES

#: A reader's choice of light or dark lasts a year.
_YEAR = 365 * 24 * 3600
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


@never_cache
@login_not_required
@require_safe
def alive(_request: HttpRequest) -> HttpResponse:
    """Answer that the process runs; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@login_not_required
@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """Answer whether the database is reachable and has every migration; 503 if not."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return HttpResponse("the database is not reachable", status=503, content_type="text/plain")
    if waiting:
        return HttpResponse("migrations are not applied", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")


def busy(_request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """Say that others were writing for too long, and when to try again; nothing more is asked of the database."""
    _log.warning("the database is busy: %s", error)
    headers = {"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"}
    return HttpResponse(render_to_string("503.html"), status=503, headers=headers)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer what failed outside of the views, such as in keeping the session, while it is being handled."""
    error = sys.exc_info()[1]
    return busy(request, error) if is_busy(error) else server_error(request)
