"""Who fails too often is locked out for a while: counted in the database, by user name and machine.

Codes of the second step are counted by user name alone: who tries them knows the password, and could come from many
machines. So are mails for a forgotten password, as they come to one person. Who tries many names fails too often on his
machine. axes counts; here stands by what, until when, and how an administrator lifts it.
"""

from datetime import datetime
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import QuerySet, Sum
from django.http import HttpRequest

from agreements import clock
from agreements.addresses import machine_of
from agreements.models import User

#: What the codes of a user are counted under; no user name holds a space.
_OF_CODES = " codes"
#: What the mails are counted under that somebody asks for who has forgotten his password.
_OF_MAILS = " mails"
#: Under what a machine is locked out on which many names were tried.
_MACHINE = " machine"


def codes_of(username: str) -> str:
    """Return the name under which failed codes of an account are counted."""
    return username + _OF_CODES


def mails_of(username: str) -> str:
    """Return the name under which it is counted how often a mail is asked for."""
    return username + _OF_MAILS


def name_of(counted: str) -> str:
    """Return the user name behind a name under which failures are counted."""
    return counted.removesuffix(_OF_CODES).removesuffix(_OF_MAILS)


def counted_by(request: Any, credentials: dict[str, Any] | None = None) -> list[Any]:
    """Return by what failures are counted; asked by axes."""
    name = (credentials or {}).get("username") or getattr(request, "username", "") or ""
    return ["username"] if name.endswith((_OF_CODES, _OF_MAILS)) else [["username", "ip_address"]]


def is_locked(request: HttpRequest, counted: str) -> bool:
    """Whether a name is locked out here; the answer to the request then says so, whatever else it would."""
    credentials = {"username": counted}
    return not AxesProxyHandler.is_allowed(request, credentials) and _closed(request, counted)


def is_machine_locked(request: HttpRequest) -> bool:
    """Whether too many attempts have failed on this machine, under whatever names; the answer then says so."""
    failed = _recent().filter(ip_address=machine_of(request)).aggregate(all=Sum("failures_since_start"))["all"] or 0
    return failed >= settings.LOCKOUT_MACHINE_FAILURES and _closed(request, _MACHINE)


def _closed(request: HttpRequest, counted: str) -> bool:
    request.axes_locked_out, request.axes_credentials = True, {"username": counted}  # type: ignore[attr-defined]
    return True


def _recent() -> QuerySet[AccessAttempt]:
    return AccessAttempt.objects.filter(attempt_time__gte=clock.now() - settings.AXES_COOLOFF_TIME)


def until(request: HttpRequest, counted: str) -> datetime:
    """Return when a name that is locked out may be tried again."""
    rows, most = _recent().order_by("attempt_time", "pk"), settings.AXES_FAILURE_LIMIT
    if counted == _MACHINE:
        most = settings.LOCKOUT_MACHINE_FAILURES
    else:
        rows = rows.filter(username=counted)
    if not counted.endswith((_OF_CODES, _OF_MAILS)):
        rows = rows.filter(ip_address=machine_of(request))
    counted_rows = list(rows.values_list("attempt_time", "failures_since_start"))
    left = sum(failures for _at, failures in counted_rows)
    for at, failures in counted_rows:
        left -= failures
        if left < most:
            return at + settings.AXES_COOLOFF_TIME
    return clock.now() + settings.AXES_COOLOFF_TIME


def lift(user: User) -> int:
    """Forget the failed attempts under the name of an account, from all machines; return how many rows there were."""
    names = (user.username, codes_of(user.username), mails_of(user.username))
    return AccessAttempt.objects.filter(username__in=names).delete()[0]


def forgive(user: User) -> None:
    """Forget the failed passwords of an account that has another one now; codes that failed stay counted."""
    AccessAttempt.objects.filter(username=user.username).delete()


def prune() -> None:
    """Forget attempts that lock nobody out any more."""
    AccessAttempt.objects.filter(attempt_time__lt=clock.now() - settings.AXES_COOLOFF_TIME).delete()
