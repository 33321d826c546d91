"""What happens around every request: it is named in the journal and the logs; where others write, it is told so.

Of whom a second factor is demanded is led to setting it up, and it is kept that a session is in use.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.defaults import page_not_found

from agreements import access, journal
from agreements.busy import is_busy
from agreements.entrance import session
from agreements.views.house import busy


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
            response = self.get_response(request)
        finally:
            journal.request_id.reset(token)
        response["X-Request-ID"] = identifier
        return response


class Busy:
    """Answers a page that the database was too busy for with a plain sentence; the API says it in its own way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer what a view could not read or write for now."""
        return busy(request, error) if is_busy(error) else None


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
        match = request.resolver_match
        if match and match.view_name in self.OPEN:
            return None
        if session.has_second_factor(request):
            return None
        missing = access.needs_second_factor(request.user, demanded=settings.SECOND_FACTOR)
        return redirect("account") if missing else None
