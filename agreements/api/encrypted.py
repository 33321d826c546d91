"""Programs ask by HTTPS, or get nothing: leading them on would hide that their token went in the clear (ASVS 4.1.2)."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied

from agreements.api.problems import MEDIA_TYPE, NOT_PERMITTED, told


class Encrypted:
    """Refuses what programs send without encryption where HTTPS is demanded (SECURE_SSL_REDIRECT); reads none of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, or refuse it."""
        if not settings.SECURE_SSL_REDIRECT or request.is_secure():
            return self.get_response(request)
        refusal = PermissionDenied(_("Ask by HTTPS, and revoke what you have sent without it."))
        if request.path.startswith(reverse("api:schema").removesuffix("schema/")):
            problem = told(refusal, NOT_PERMITTED)
            problem["instance"] = request.path
            return JsonResponse(problem, status=403, content_type=MEDIA_TYPE)
        if request.path.endswith(".ics"):
            return HttpResponse(str(refusal.detail), status=403, content_type="text/plain; charset=utf-8")
        return self.get_response(request)
