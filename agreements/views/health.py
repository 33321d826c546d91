"""What those on watch ask: whether it runs, whether it is ready, and the figures for their monitoring."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from agreements import metrics, readiness


@never_cache
@login_not_required
@require_safe
def alive(_request: HttpRequest) -> HttpResponse:
    """Answer that the process runs; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


@never_cache
@login_not_required
@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """Answer whether everything is in order to serve (`readiness.unready`); 503 with what is not if not."""
    against = readiness.unready()
    return HttpResponse(against or "ok", status=503 if against else 200, content_type="text/plain")


@never_cache
@login_not_required
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Answer with the metrics who sends METRICS_TOKEN; where none is set, there is no such page."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"):
        headers = {"WWW-Authenticate": "Bearer"}
        return HttpResponse("send the token", status=401, content_type="text/plain; charset=utf-8", headers=headers)
    return HttpResponse(metrics.page(), content_type=CONTENT_TYPE_LATEST)
