"""The vocabulary of the journal of sign-ins: what happened, and by what means."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SignInKind(models.TextChoices):
    """What happened at the entrance."""

    SIGNED_IN = "signed_in", _("Signed in")
    FAILED = "failed", _("Attempt failed")
    LOCKED = "locked", _("Locked out after failed attempts")
    UNLOCKED = "unlocked", _("Unlocked by an administrator")
    SIGNED_OUT = "signed_out", _("Signed out")
    SESSIONS_ENDED = "sessions_ended", _("Sessions ended elsewhere")
    PASSWORD = "password", _("Password set")
    ADDED = "added", _("Means of signing in added")
    REMOVED = "removed", _("Means of signing in removed")
    CODES = "codes", _("New recovery codes")
    EMERGENCY = "emergency", _("Emergency access issued")
    FORGOTTEN = "forgotten", _("New password asked for by mail")
    DELEGATED = "delegated", _("Delegation given")
    DELEGATION_ENDED = "delegation_ended", _("Delegation ended early")


class Means(models.TextChoices):
    """By what somebody proves who he is."""

    PASSWORD = "password", _("password")
    TOTP = "totp", _("authenticator app")
    WEBAUTHN = "webauthn", _("passkey")
    RECOVERY_CODES = "recovery_codes", _("recovery code")
    OIDC = "oidc", _("sign-in service")
    EMERGENCY = "emergency", _("emergency access")
    MAIL = "mail", _("link by mail")
