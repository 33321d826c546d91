"""Names every request, so that what it wrote can be found in the journal and in the logs."""

from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

from agreements import journal


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
