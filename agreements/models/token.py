"""Tokens: the secrets under which programs act for their users, each with what it may do and for how long."""

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from agreements import clock
from agreements.choices import TokenScope
from agreements.models.base import Line, Visible, one_of
from agreements.models.delegation import any_running
from agreements.models.share import any_held


class Tokens(Visible):
    """Tokens, each seen by its user only."""

    def for_user(self, user: object) -> "Tokens":
        """Return the user's own; nothing for nobody and for the deactivated."""
        if not getattr(user, "is_active", False) or not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(user=user)

    def with_users(self, day: date | None = None) -> "Tokens":
        """Read them with their users, and with whether these hold shares or act for somebody on a day, or today."""
        return self.select_related("user").annotate(
            holds_shares=any_held("user", "user__unit", day), stands_in=any_running("user", day)
        )

    def in_use(self) -> "Tokens":
        """Leave out those that were revoked, and those whose time is over."""
        return self.filter(revoked_at__isnull=True).exclude(expires_at__lte=clock.now())


class ApiToken(models.Model):
    """A token of a user. The secret is shown once; only its SHA-256 is kept, and how it begins, to know it by.

    `areas` are the codes of those to which it is limited; with none it reaches what its user reaches.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="tokens", verbose_name=_("user"))
    name = Line(_("name"), max_length=100, help_text=_("Which program uses it, and what for."))
    digest = models.CharField(_("digest of the secret"), max_length=64, editable=False)
    beginning = models.CharField(_("begins with"), max_length=12, editable=False)
    scope = models.CharField(_("may"), max_length=5, choices=TokenScope, default=TokenScope.READ)
    areas = models.JSONField(_("areas to which it is limited"), default=list, blank=True)
    created_at = models.DateTimeField(_("issued"), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("issued by"),
        editable=False,
    )
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    objects = Tokens.as_manager()

    #: Read by `Tokens.with_users`.
    holds_shares: bool
    stands_in: bool

    class Meta:
        verbose_name = _("token of the API")
        verbose_name_plural = _("tokens of the API")
        ordering = ["-created_at", "pk"]
        constraints = (
            models.UniqueConstraint(fields=["digest"], name="token_digest_unique"),
            one_of("scope", TokenScope, model="token"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def over(self) -> bool:
        """Whether its time is over."""
        return bool(self.expires_at and self.expires_at <= clock.now())

    @property
    def answers(self) -> bool:
        """Whether a program can act with it, while its user is active."""
        return not (self.revoked_at or self.over)

    @property
    def version(self) -> int:
        """Nothing of it changes but that it is revoked."""
        return 2 if self.revoked_at else 1
