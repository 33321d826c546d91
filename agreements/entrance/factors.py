"""The means beside the password: an authenticator app, passkeys, recovery codes."""

import hashlib
import time
from dataclasses import dataclass, field
from datetime import datetime

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from django.db import transaction

from agreements.models import User


@dataclass(frozen=True)
class Means:
    """One thing by which somebody proves who he is."""

    key: int
    name: str
    added: datetime
    used: datetime | None


@dataclass
class Held:
    """What an account holds."""

    app: Means | None = None
    passkeys: list[Means] = field(default_factory=list)
    codes: int | None = None

    @property
    def second_factor(self) -> bool:
        """Whether it holds a second factor; recovery codes alone are none."""
        return bool(self.app or self.passkeys)


def held(user: User) -> Held:
    """Return the means that an account holds; one query."""
    found = Held()
    for row in Authenticator.objects.filter(user=user).order_by("created_at", "pk"):
        if row.type == Authenticator.Type.RECOVERY_CODES:
            found.codes = len(row.wrap().get_unused_codes())
            continue
        means = Means(row.pk, str(row), row.created_at, row.last_used_at)
        if row.type == Authenticator.Type.TOTP:
            found.app = means
        else:
            found.passkeys.append(means)
    return found


@transaction.atomic
def spend(authenticator: Authenticator, code: str) -> bool:
    """Whether a code of an app is used for the first time; it is kept until it is of no use any more.

    Kept with the row, under its lock, and not in a cache: processes that share none must not take a code twice.
    """
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    now = time.time()
    lifetime = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
    spent = [(digest, until) for digest, until in row.data.get("spent", ()) if until > now]
    digest = hashlib.sha256(f"{row.pk}:{normalize_user_code(code)}".encode()).hexdigest()
    if any(digest == known for known, _until in spent):
        return False
    row.data["spent"] = [*spent, (digest, now + lifetime)]
    row.save(update_fields=["data"])
    authenticator.data = row.data
    return True
