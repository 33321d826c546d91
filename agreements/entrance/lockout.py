"""Who fails too often is locked out for a while: counted in the database, by user name and machine.

Codes of the second step are counted by user name alone: who tries them knows the password, and could come from many
machines. axes counts; here stands by what, until when, and how an administrator lifts it.
"""

from datetime import datetime
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest

from agreements import clock
from agreements.addresses import machine_of
from agreements.models import User

#: What the codes of a user are counted under; no user name holds a space.
_OF_CODES = " codes"


def codes_of(username: str) -> str:
    """Return the name under which failed codes of an account are counted."""
    return username + _OF_CODES


def name_of(counted: str) -> str:
    """Return the user name behind a name under which failures are counted."""
    return counted.removesuffix(_OF_CODES)


def counted_by(request: Any, credentials: dict[str, Any] | None = None) -> list[Any]:
    """Return by what failures are counted; asked by axes."""
    name = (credentials or {}).get("username") or getattr(request, "username", "") or ""
    return ["username"] if name.endswith(_OF_CODES) else [["username", "ip_address"]]


def is_locked(request: HttpRequest, counted: str) -> bool:
    """Whether a name is locked out here; the answer to the request then says so, whatever else it would."""
    credentials = {"username": counted}
    if AxesProxyHandler.is_allowed(request, credentials):
        return False
    request.axes_locked_out, request.axes_credentials = True, credentials  # type: ignore[attr-defined]
    return True


def until(request: HttpRequest, counted: str) -> datetime:
    """Return when a name that is locked out may be tried again."""
    since = clock.now() - settings.AXES_COOLOFF_TIME
    rows = AccessAttempt.objects.filter(username=counted, attempt_time__gte=since).order_by("attempt_time", "pk")
    if not counted.endswith(_OF_CODES):
        rows = rows.filter(ip_address=machine_of(request))
    counted_rows = list(rows.values_list("attempt_time", "failures_since_start"))
    left = sum(failures for _at, failures in counted_rows)
    for at, failures in counted_rows:
        left -= failures
        if left < settings.AXES_FAILURE_LIMIT:
            return at + settings.AXES_COOLOFF_TIME
    return clock.now() + settings.AXES_COOLOFF_TIME


def lift(user: User) -> int:
    """Forget the failed attempts under the name of an account, from all machines; return how many rows there were."""
    names = (user.username, codes_of(user.username))
    return AccessAttempt.objects.filter(username__in=names).delete()[0]


def prune() -> None:
    """Forget attempts that lock nobody out any more."""
    AccessAttempt.objects.filter(attempt_time__lt=clock.now() - settings.AXES_COOLOFF_TIME).delete()
