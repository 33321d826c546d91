"""The tokens of the API: issued with a secret that is told once, known by its digest, revoked by their user.

What is done with them is logged by their keys: issuing, revoking, and from which network they are used.
"""

import hashlib
import logging
import secrets
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from ipaddress import ip_network

from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agreements import clock
from agreements.busy import hindrance
from agreements.choices import TokenScope
from agreements.guards import Reason, Refused
from agreements.models import ApiToken, Area, User
from agreements.models.prepared import Prepared

_log = logging.getLogger(__name__)
#: How many tokens a user may have in use.
MOST = 50
#: With this every secret begins, so that it is found where it was spilled.
PREFIX = "pacta_"
_BYTES = 32
_SHOWN = len(PREFIX) + 4
#: How exactly it is kept when a token was last used: not every request must write.
USED = timedelta(minutes=1)
#: Beyond it no time zone can be applied.
_LAST_DAY = date(2999, 12, 31)
NAME_MISSING = Reason("name-missing", _("Give the token a name by which you know it."), asked="name", firm=True)
UNTIL_PAST = Reason("until-past", _("The last day of the token is past."), asked="until", firm=True)
UNTIL_LATE = Reason(
    "until-late",
    _("It cannot be in use for longer than the token with which it is asked for."),
    asked="until",
    firm=True,
)
SCOPE_UNKNOWN = Reason("scope-unknown", _("A token may read, or read and write."), asked="scope", firm=True)
AREA_UNKNOWN = Reason("area-unknown", _("One of the areas is not known."), asked="areas", firm=True)
TOO_MANY = Reason(
    "tokens-many", _("%(count)s tokens are in use. Revoke one that is no longer needed."), {"count": MOST}, firm=True
)


def digest_of(secret: str) -> str:
    """Return the digest under which a secret is kept. It is 256 bits of chance: a salt would add nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue(
    user: User,
    *,
    name: str,
    by: User | None,
    scope: str = TokenScope.READ,
    areas: Sequence[str] = (),
    until: date | None = None,
    within: ApiToken | None = None,
) -> tuple[ApiToken, str]:
    """Issue a token for a user and return it with its secret, told this once; `until` is its last day. Raises Refused.

    `within` is the token with which it is asked for: the new one is not in use for longer.
    """
    expires = _end_of(until) if until else None
    reasons = []
    if not name.strip():
        reasons.append(NAME_MISSING)
    if scope not in TokenScope.values:
        reasons.append(SCOPE_UNKNOWN)
    if expires and expires <= clock.now():
        reasons.append(UNTIL_PAST)
    if within and within.expires_at and (expires is None or expires > within.expires_at):
        reasons.append(UNTIL_LATE)
    if Area.objects.filter(code__in=areas).count() < len(set(areas)):
        reasons.append(AREA_UNKNOWN)
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=user.pk)  # two at once must not pass the same count
        if ApiToken.objects.filter(user=user).in_use().count() >= MOST:
            reasons.append(TOO_MANY)
        if reasons:
            raise Refused(*reasons)
        secret = f"{PREFIX}{secrets.token_urlsafe(_BYTES)}"
        token = ApiToken(
            user=user,
            name=name.strip(),
            digest=digest_of(secret),
            beginning=secret[:_SHOWN],
            scope=scope,
            areas=sorted(set(areas)),
            created_at=clock.now(),
            created_by=by,
            expires_at=expires,
        )
        token.full_clean()
        token.save(force_insert=True)
    _log.info("token %s (%s) issued for user %s by %s", token.pk, token.scope, user.pk, by.pk if by else "command")
    return token, secret


def _end_of(day: date) -> datetime:
    """Return the moment at which a day of the ministry is over."""
    return timezone.make_aware(datetime.combine(min(day, _LAST_DAY) + timedelta(days=1), time.min))


def revoke(token: ApiToken, *, by: User) -> ApiToken:
    """Let a token be of no use any more; once revoked it stays so."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=clock.now()):
        _log.info("token %s of user %s revoked by %s", token.pk, token.user_id, by.pk)
    kept: ApiToken = ApiToken.objects.select_related("user").get(pk=token.pk)
    return kept


#: The token of a digest: asked for by every request of a program.
_KEPT = Prepared(lambda digest, day: ApiToken.objects.with_users(day).filter(digest=digest).order_by())


def find(secret: str, *, address: str = "") -> ApiToken | None:
    """Return the token of a secret with its user, who reaches no further than it; None where it is of no use.

    Keeps, to the minute, that it was used, and logs from which network.
    """
    token: ApiToken | None = next(iter(_KEPT(digest_of(secret), clock.today())), None)
    if token is None or not token.answers or not token.user.is_active:
        return None
    now = clock.now()
    if not settings.READ_ONLY and (token.last_used_at is None or now - token.last_used_at >= USED):
        _keep_use(token, now, address)
    token.user.areas_only = frozenset(token.areas) or None
    token.user.holds_shares, token.user.stands_in = token.holds_shares, token.stands_in
    return token


def _keep_use(token: ApiToken, now: datetime, address: str) -> None:
    """Keep that a token is used, if the database is free to: a request that only reads is answered anyway."""
    unused = ApiToken.objects.filter(pk=token.pk).exclude(last_used_at__gt=now - USED)
    try:
        used = unused.update(last_used_at=now)
    except OperationalError as error:
        if not hindrance(error):
            raise
        return
    if used:
        _log.info("token %s of user %s used from %s", token.pk, token.user_id, network_of(address))


def network_of(address: str) -> str:
    """Return the network of an address: where a program runs, but not which machine it is."""
    try:
        length = 48 if ":" in address else 24
        return str(ip_network(f"{address}/{length}", strict=False))
    except ValueError:
        return "nowhere"
