"""The journal of sign-ins, accesses for emergencies, and who is locked out."""

import uuid
from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from agreements import access, clock
from agreements.entrance_choices import Means, SignInKind
from agreements.models.base import Visible, one_of


class SignIns(Visible):
    """What happened at the entrance; who keeps the accounts sees all, others what concerns themselves."""

    def for_user(self, user: Any) -> "SignIns":
        """Return the rows this user may see; nothing for nobody and for the deactivated."""
        if user is None or not user.is_active or not user.is_authenticated:
            return self.none()
        return self.all() if access.may(user, "accounts") else self.of(user)

    def of(self, user: Any) -> "SignIns":
        """Return what concerns one account."""
        return self.filter(user=user)

    def outdated(self) -> "SignIns":
        """Return what is no longer kept."""
        return self.filter(at__lt=clock.now() - timedelta(days=settings.SIGN_IN_JOURNAL_DAYS))


class SignIn(models.Model):
    """Something that happened at the entrance: to whom, when, by what means, from where. It never holds a secret.

    Of an attempt under a name that no account has, the name is not kept: it may be a password in the wrong field.
    """

    at = models.DateTimeField(_("when"), db_index=True, editable=False)
    kind = models.CharField(_("what"), max_length=20, choices=SignInKind, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("account"), editable=False
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), editable=False
    )
    means = models.CharField(_("by what means"), max_length=80, blank=True, editable=False)
    address = models.GenericIPAddressField(_("address"), null=True, editable=False)
    device = models.CharField(_("device"), max_length=200, blank=True, editable=False)
    note = models.CharField(_("note"), max_length=500, blank=True, editable=False)

    objects = SignIns.as_manager()

    class Meta:
        verbose_name = _("event of the entrance")
        verbose_name_plural = _("journal of sign-ins")
        ordering = ["-at", "-pk"]
        indexes = (models.Index(fields=["user", "-at"], name="sign_in_of_user"),)
        constraints = (one_of("kind", SignInKind, model="sign_in"),)

    def __str__(self) -> str:
        return str(self.get_kind_display())

    @property
    def means_shown(self) -> str:
        """The means in words."""
        return " + ".join(str(Means(name).label) for name in self.means.split(",") if name)


class EmergencyAccess(models.Model):
    """A key that lets somebody in once, without his means of signing in; only its SHA-256 is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("account"))
    digest = models.CharField(_("digest of the key"), max_length=64, editable=False)
    reason = models.CharField(_("reason"), max_length=400)
    issued_at = models.DateTimeField(_("issued"), editable=False)
    expires_at = models.DateTimeField(_("to be used until"), editable=False)
    minutes = models.PositiveIntegerField(_("minutes of the session"), editable=False)
    used_at = models.DateTimeField(_("used"), null=True, editable=False)

    objects = models.Manager()

    class Meta:
        verbose_name = _("emergency access")
        verbose_name_plural = _("emergency accesses")
        ordering = ["-issued_at", "pk"]
        constraints = (models.UniqueConstraint(fields=["digest"], name="emergency_digest_unique"),)

    def __str__(self) -> str:
        return self.reason


class LockOut(AccessAttempt):
    """Failed attempts under the name of an account, from one machine; enough of them lock it out for a while."""

    class Meta:
        proxy = True
        verbose_name = _("failed attempts")
        verbose_name_plural = _("lock-outs")
        ordering = ["-attempt_time", "pk"]
