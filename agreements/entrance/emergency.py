"""Access in an emergency: a key that lets somebody in once, for a while, when his means of signing in are lost.

It is issued on the machine itself, is written in the journal of sign-ins, and those who keep the accounts are told.
"""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.models import Permission
from django.core.mail import EmailMessage
from django.db.models import Q
from django.utils.translation import gettext as _

from agreements import clock
from agreements.access import PERMISSIONS
from agreements.entrance import journal
from agreements.entrance_choices import SignInKind
from agreements.models import EmergencyAccess, User

_BYTES = 32


def issue(user: User, *, reason: str, usable: timedelta, minutes: int) -> tuple[EmergencyAccess, str]:
    """Issue a key and return it with its secret, told this once. Earlier keys of the account are of no use any more."""
    now = clock.now()
    EmergencyAccess.objects.filter(user=user, used_at=None, expires_at__gt=now).update(expires_at=now)
    secret = secrets.token_urlsafe(_BYTES)
    kept = EmergencyAccess.objects.create(
        user=user, digest=_digest(secret), reason=reason, issued_at=now, expires_at=now + usable, minutes=minutes
    )
    journal.record(SignInKind.EMERGENCY, user, note=reason)
    return kept, secret


def use(username: str, secret: str) -> EmergencyAccess | None:
    """Return the access that a key opens for an account in use, and spend it; None where it opens none."""
    now = clock.now()
    found = EmergencyAccess.objects.filter(
        digest=_digest(secret), user__username=username, user__is_active=True, expires_at__gt=now
    )
    # Of two at once one finds it unused.
    if not found.filter(used_at=None).update(used_at=now):
        return None
    return found.select_related("user").get()


def tell(access: EmergencyAccess) -> int:
    """Tell by mail those who keep the accounts; return how many were told."""
    codename = PERMISSIONS["accounts"]
    holders = Permission.objects.filter(content_type__app_label="agreements", codename=codename)
    keeps = Q(is_superuser=True) | Q(groups__permissions__in=holders) | Q(user_permissions__in=holders)
    addresses = User.objects.filter(keeps, is_active=True).exclude(email="").order_by("email")
    told = list(addresses.values_list("email", flat=True).distinct())
    said = {
        "name": access.user.username,
        "reason": access.reason,
        "until": access.expires_at.isoformat(timespec="minutes"),
        "minutes": access.minutes,
    }
    body = _(
        "Emergency access to the account %(name)s was issued on the server. Reason given: %(reason)s\n\n"
        "It can be used once, until %(until)s, and the session then lasts %(minutes)s minutes. If you know nothing of "
        "it, deactivate the account, and look at the journal of sign-ins in the administration."
    )
    for address in told:
        subject = _("Pacta: emergency access to the account %(name)s") % {"name": said["name"]}
        EmailMessage(subject=subject, body=body % said, to=[address]).send()
    return len(told)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
