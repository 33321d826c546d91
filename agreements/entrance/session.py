"""What a session knows of who signed in: by what means, and when he was last seen; and where else he is signed in."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY, get_authentication_records
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import OperationalError, transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from agreements import clock
from agreements.addresses import address_of
from agreements.busy import hindrance
from agreements.devices import device
from agreements.entrance_choices import Means
from agreements.models import User

#: How exactly it is kept when somebody was last seen: not every page must write.
EXACTLY = timedelta(minutes=5)
_SEEN = "seen"
#: When a session ends however busy it is.
_ENDS = "ends"
#: What the step of an access in an emergency is called beside those of allauth.
EMERGENCY = "emergency"
#: What a column for an address holds where none is known.
NOWHERE = "0.0.0.0"  # noqa: S104 - nothing listens there
_DEVICE_LENGTH = 200


# ---- the means ----
#: What allauth calls a step, and what the journal calls the means; of second factors it is the type.
_MEANS = {"password": Means.PASSWORD, "socialaccount": Means.OIDC, EMERGENCY: Means.EMERGENCY}


def steps(request: HttpRequest, user: Any = None) -> list[dict[str, Any]]:
    """Return by what, and when, the user of this session has proved who he is; as allauth keeps it."""
    return list(get_authentication_records(request, user or request.user))


def means(request: HttpRequest, user: User) -> list[str]:
    """Return the means by which somebody has come in, in their order."""
    kinds = [step.get("type") or _MEANS.get(step["method"], "") for step in steps(request, user)]
    return [str(kind) for kind in kinds if kind in Means.values]


def has_second_factor(request: HttpRequest) -> bool:
    """Whether a second factor was given in this session, or one was set up in it; in an emergency none is asked for."""
    given = {"mfa", EMERGENCY}
    if settings.OIDC and settings.OIDC["second_factor"]:
        given.add("socialaccount")
    return any(step["method"] in given for step in steps(request))


def forget_second_factor(request: HttpRequest) -> None:
    """Let the session know no second factor any more: the user has taken the last one away."""
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [step for step in steps(request) if step["method"] != "mfa"]


# ---- where one is signed in ----
@dataclass(frozen=True)
class Place:
    """A session of a user: the device, the address, since when, and when it was last seen."""

    key: int
    device: str
    address: str
    since: datetime
    seen: datetime
    here: bool


def begin(request: HttpRequest, user: User) -> None:
    """Keep that somebody has signed in here; one write."""
    now = clock.now()
    row = {
        "user": user,
        "ip": address_of(request) or NOWHERE,
        "user_agent": agent_of(request),
        "created_at": now,
        "last_seen_at": now,
    }
    UserSession.objects.update_or_create(session_key=request.session.session_key, defaults=row)
    end_at(request, now + settings.SESSION_LONGEST)


def renew(request: HttpRequest) -> None:
    """Give the session another key: whoever knew the one before is out (ASVS 7.2.4)."""
    before = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)


def end_at(request: HttpRequest, ends: datetime) -> None:
    """Let the session end at a moment, however busy it is."""
    request.session[_ENDS] = ends.timestamp()
    _prolong(request)


def _prolong(request: HttpRequest) -> None:
    """Let the session live on from now, as it is in use; the end that it has stays."""
    now = clock.now()
    ends = datetime.fromtimestamp(request.session.setdefault(_ENDS, (now + settings.SESSION_LONGEST).timestamp()), UTC)
    request.session[_SEEN] = now.timestamp()
    request.session.set_expiry(min(ends, now + settings.SESSION_IDLE))


def agent_of(request: HttpRequest) -> str:
    """Return what the browser says of itself, as far as it is kept."""
    return request.META.get("HTTP_USER_AGENT", "")[:_DEVICE_LENGTH].replace("\0", "")


def see(request: HttpRequest) -> None:
    """Keep, every few minutes, that the session is in use; a page that only reads is answered on a busy database."""
    now = clock.now()
    if now.timestamp() - request.session.get(_SEEN, 0) < EXACTLY.total_seconds():
        return
    kept = UserSession.objects.filter(session_key=request.session.session_key)
    try:
        if not settings.READ_ONLY:
            kept.update(last_seen_at=now, ip=address_of(request) or NOWHERE)
    except OperationalError as error:
        if not hindrance(error):
            raise
        return
    _prolong(request)


def places(user: User, current: str | None) -> list[Place]:
    """Return where a user is signed in, the current session first, then the last seen; two queries."""
    living = _living(user)
    rows = UserSession.objects.filter(user=user, session_key__in=living).order_by("-last_seen_at", "pk")
    found = [
        Place(
            row.pk, device(row.user_agent), _shown(row.ip), row.created_at, row.last_seen_at, row.session_key == current
        )
        for row in rows
    ]
    return sorted(found, key=lambda place: not place.here)


def _shown(address: str) -> str:
    return "" if address == NOWHERE else address


def _living(user: User) -> list[str]:
    """Return the keys of the sessions with which the user is still signed in: not over, nor of an older password."""
    kept = UserSession.objects.filter(user=user).values("session_key")
    sessions = Session.objects.filter(session_key__in=kept, expire_date__gt=clock.now()).order_by("pk")
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return [row.session_key for row in sessions if _is_of(row.get_decoded(), hashes)]


def _is_of(data: dict[str, Any], hashes: Collection[str]) -> bool:
    return any(constant_time_compare(data.get(HASH_SESSION_KEY, ""), one) for one in hashes)


@transaction.atomic
def end(user: User, *, key: int | None = None, but: str | None = None) -> int:
    """End the session of a key, or all of a user but one; return how many were ended."""
    rows = UserSession.objects.filter(user=user)
    rows = rows.filter(pk=key) if key is not None else rows.exclude(session_key=but)
    sessions = list(rows.order_by("pk").values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=sessions).delete()
    rows.delete()
    return len(sessions)


def prune() -> None:
    """Forget sessions that are over."""
    Session.objects.filter(expire_date__lte=clock.now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
