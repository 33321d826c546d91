"""What happens around every request: it is named in the journal and the logs; where others write, it is told so."""

from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import Http404, HttpRequest, HttpResponse
from django.views.defaults import page_not_found

from agreements import journal
from agreements.busy import is_busy
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
