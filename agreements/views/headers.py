"""What every answer tells the browser to refuse: pages, files, the API, errors, whoever gives them.

Outermost of all, so that nothing answers past it. A view that says otherwise of itself is left alone.
"""

from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.security import SecurityMiddleware

#: What no page of ours asks a device for; keys of passkeys are for our own pages.
PERMISSIONS = ", ".join(
    (
        *(
            f"{feature}=()"
            for feature in (
                *("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation"),
                *("gyroscope", "magnetometer", "microphone", "midi", "payment", "picture-in-picture"),
                *("screen-wake-lock", "usb", "xr-spatial-tracking"),
            )
        ),
        *("publickey-credentials-create=(self)", "publickey-credentials-get=(self)"),
    )
)


class Headers(SecurityMiddleware):
    """Sets what the answers of all others lack; HSTS and what Django sets are among it.

    Django's own middleware stands further within and leads to HTTPS; what fails before it, such as a host that is not
    known, gets its headers here.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Lead nowhere: that is done further within."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Return the answer with all headers."""
        answer: HttpResponse = super().process_response(request, response)
        answer.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        answer.headers.setdefault("Permissions-Policy", PERMISSIONS)
        answer.headers.setdefault("X-Frame-Options", str(settings.X_FRAME_OPTIONS))
        answer.headers.setdefault("Cache-Control", "private, no-store")
        return answer


class ContentPolicy(CSPMiddleware):
    """Says what a page may load; what is the same for all views that ask for nothing of their own is written once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        super().__init__(get_response)
        self.usual = build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Return the answer with its policy."""
        own = "_csp_nonce" in vars(request) or any(name.startswith("_csp") for name in vars(response))
        if own or settings.DEBUG:
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self.usual)
        return response
