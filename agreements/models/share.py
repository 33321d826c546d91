"""Shares: an agreement above somebody's access level that was shown to him, or to his unit, by an act with a reason."""

import uuid
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from agreements import clock
from agreements.choices import Level
from agreements.models.account import Unit
from agreements.models.agreement import Agreement
from agreements.models.base import Visible
from agreements.models.journal import Entry


class Shares(Visible):
    """Shares, as far as the reader may see their agreements."""

    level_field = "agreement__level"
    areas_field = "agreement__areas"
    shared_field = "agreement"

    def in_force(self, day: date | None = None) -> "Shares":
        """Keep those that were not withdrawn and whose last day is not past, today by default."""
        return self.filter(withdrawn_at=None).exclude(until__lt=day or clock.today())

    def held_by(self, user: Any) -> "Shares":
        """Keep those in force that show an agreement to a user, or to his unit."""
        found = Q(user=user.pk)
        if user.unit_id:
            found |= Q(unit=user.unit_id)
        kept = self.in_force().filter(found)
        if user.shares_within is not None:
            kept = kept.filter(agreement__level__in=Level.up_to(user.shares_within))
        return kept


class Share(models.Model):
    """An agreement shown to a user or to a unit, until a day or until it is withdrawn; both are in its journal.

    It shows the agreement and what belongs to it, up to the level of the agreement itself. `entry` is what the journal
    says of its being given.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="shares", verbose_name=_("agreement"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="shares", verbose_name=_("user")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="shares", verbose_name=_("unit"))
    reason = models.CharField(_("reason"), max_length=400)
    until = models.DateField(_("last day"), null=True, blank=True)
    given_at = models.DateTimeField(_("given"), editable=False)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("given by"), editable=False
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, editable=False)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("withdrawn by"),
        editable=False,
    )
    entry = models.OneToOneField(
        Entry, models.PROTECT, related_name="share", verbose_name=_("journal entry"), editable=False
    )

    objects = Shares.as_manager()

    class Meta:
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        ordering = ["-given_at", "pk"]
        permissions = (("share_agreement", _("Can show agreements above somebody's access level")),)
        indexes = (models.Index(fields=["-given_at", "id"], name="share_given"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(user__isnull=True, unit__isnull=False) | Q(user__isnull=False, unit__isnull=True),
                name="share_with_a_user_or_a_unit",
                violation_error_message=_("Name a user or a unit, one of both."),
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="share_withdrawn_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.agreement.reference}: {self.holder}"

    @property
    def holder(self) -> str:
        """Whom it shows the agreement to."""
        return str(self.user or self.unit)

    @property
    def in_force(self) -> bool:
        """Whether it shows the agreement today."""
        return self.withdrawn_at is None and (self.until is None or self.until >= clock.today())

    @property
    def version(self) -> int:
        """Nothing of it changes but that it is withdrawn, and that its reason is redacted."""
        return 1 + bool(self.withdrawn_at) + (not self.reason)


def any_held(user: str, unit: str, day: date | None = None) -> Exists:
    """Ask, within a query of accounts or of what belongs to one, whether it holds a share in force, today by default.

    `user` and `unit` are the columns of that query with the keys of the account and of its unit.
    """
    held = Share.objects.in_force(day).filter(Q(user=OuterRef(user)) | Q(unit=OuterRef(unit)))
    return Exists(held)
