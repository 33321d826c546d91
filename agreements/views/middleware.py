"""What happens around every request: it is named, counted and logged; where others write, it is told so.

Who is not signed in is led to the sign-in, of whom a second factor is demanded to setting it up; and it is kept that a
session is in use.
"""

import logging
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import MiddlewareNotUsed
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.defaults import page_not_found
from structlog.contextvars import bound_contextvars

from agreements import access, journal, metrics, replicas, retrying
from agreements.busy import ReadOnly
from agreements.entrance import session
from agreements.models import User
from agreements.views.house import hindered, read_only

_log = logging.getLogger("pacta.requests")


class RequestId:
    """Gives each request an identifier of its own and returns it in the header X-Request-ID.

    What the other side sends under that name is not taken over: the journal must not carry a stranger's word.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request under a fresh identifier."""
        identifier = uuid4().hex
        token = journal.request_id.set(identifier)
        try:
            with bound_contextvars(request=identifier):
                response = self.get_response(request)
        finally:
            journal.request_id.reset(token)
        response["X-Request-ID"] = identifier
        return response


class Watched:
    """Counts every request and writes one line of it, under the name of its route; of files of pages in DEBUG only.

    Neither tells who asked, for what, or from where: that stands in the journal, or nowhere. Of what was refused the
    line has the key of the account, so that who tries doors is found (ASVS 16.3.2).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request and tell how that went."""
        begun = time.perf_counter()
        response = self.get_response(request)
        seconds, match = time.perf_counter() - begun, request.resolver_match
        fixed = not match and request.path.startswith(str(settings.STATIC_URL))
        route = match.view_name or match.route if match else "static" if fixed else "none"
        metrics.answered(request.method or "", route, response.status_code, seconds)
        level = logging.DEBUG if fixed else logging.INFO
        who = _key_of(request) if response.status_code == HTTPStatus.FORBIDDEN else ""
        by = f" by {who}" if who else ""
        _log.log(level, "%s %s %s in %.0f ms%s", request.method, route, response.status_code, seconds * 1000, by)
        return response


def _key_of(request: HttpRequest) -> str:
    """Return the key of who asked, where that is known already; nothing is asked of the database for it."""
    known = (vars(request).get("user"), getattr(request, "_cached_user", None))
    # By `type`: a lazy account that nobody asked for yet would be read for `isinstance`.
    return next((str(user.pk) for user in known if type(user) is User), "")


class FromReplicas:
    """Lets requests that only read do so from a replica, where there is one (`agreements.replicas`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.REPLICAS:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, and count from where it read."""
        replicas.begin(reads=request.method in ("GET", "HEAD", "OPTIONS"))
        response = self.get_response(request)
        if source := replicas.read_from():
            metrics.READS.labels(source).inc()
        return response


class Busy:
    """Answers a page that something hinders for now with a plain sentence; the API says it in its own way.

    What hinders only because others were at work at the same moment is tried again first (`agreements.retrying`).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, and watch what it writes."""
        with retrying.watched():
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer what a view could not read or write for now."""
        if retrying.may_repeat(error):
            try:
                return retrying.repeated(partial(_asked_again, request), begun=1)
            except Error as last:
                if told := hindered(last):
                    return told
                raise
        if isinstance(error, ReadOnly):
            return read_only()
        return hindered(error)


def _asked_again(request: Any) -> HttpResponse:
    """Ask the view as if it had not been asked yet: nothing is said of what came to nothing."""
    request._messages._queued_messages.clear()
    match = request.resolver_match
    response = match.func(request, *match.args, **match.kwargs)
    return response.render() if hasattr(response, "render") else response


class Demonstration:
    """Says to visitors of the demonstration that there is no such page; with DEBUG on, Django would list addresses."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not (settings.DEBUG and settings.PACTA_TODAY):
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request; the API says it in its own way."""
        response = self.get_response(request)
        if response.status_code != 404 or not response["Content-Type"].startswith("text/html"):
            return response
        return page_not_found(request, Http404())


class SignedIn(LoginRequiredMiddleware):
    """Leads to the sign-in who is not signed in, or no longer; also from within a page that asks for a part of it."""

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        """Return what leads there: the whole page, where a script asked for a part."""
        response = super().process_view(request, view_func, view_args, view_kwargs)
        if response is None or "HX-Request" not in request.headers:
            return response
        here = request.headers.get("HX-Current-URL", "")
        if not url_has_allowed_host_and_scheme(here, {request.get_host()}, require_https=request.is_secure()):
            here = request.get_full_path()
        parts = urlsplit(here)
        wanted = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        led = redirect_to_login(wanted, resolve_url(self.get_login_url(view_func)))
        return HttpResponse(headers={"HX-Redirect": led["Location"]})


class Entrance:
    """Looks at who comes to a page: without the second factor that is demanded he gets no further than setting it up.

    Pages of the API ask for it in their own way (`agreements.api.signing_in.BySession`).
    """

    #: What may be done without it: all that leads to it, and leaving.
    OPEN = frozenset(
        (
            *("account", "password", "sign-out", "set-theme", "set_language"),
            *("account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
            *("mfa_activate_totp", "mfa_add_webauthn", "mfa_view_recovery_codes", "mfa_generate_recovery_codes"),
        )
    )

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Lead to the account where a second factor is missing; keep that the session is in use."""
        # A view that is open to everybody asks nothing of the session, and its answer may be kept by caches.
        if not getattr(view, "login_required", True) or not request.user.is_authenticated:
            return None
        session.see(request)
        # What the page does begins here: that a session is in use may have been written, and stays so.
        retrying.begin()
        match = request.resolver_match
        if match and match.view_name in self.OPEN:
            return None
        if session.has_second_factor(request):
            return None
        missing = access.needs_second_factor(request.user, demanded=settings.SECOND_FACTOR)
        return redirect("account") if missing else None


#: What may be sent while Pacta is only read: it changes no record.
_HARMLESS = frozenset(
    (
        *("sign-in", "sign-in-emergency", "sign-out", "set_language", "set-theme"),
        *("account_login", "mfa_authenticate", "mfa_login_webauthn", "account_reauthenticate", "mfa_reauthenticate"),
    )
)


class Reading:
    """Takes nothing that writes while Pacta is only read (PACTA_READ_ONLY); the API says it in its own way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], _args: object, _names: object
    ) -> HttpResponse | None:
        """Answer in the place of a view that may write."""
        writes = settings.READ_ONLY and request.method not in ("GET", "HEAD", "OPTIONS")
        named = request.resolver_match and request.resolver_match.view_name
        return read_only() if writes and named not in _HARMLESS and not hasattr(view, "cls") else None
