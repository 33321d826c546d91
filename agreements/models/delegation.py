"""Delegations: who acts in whose place while he is absent, from which day until which."""

import uuid
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from agreements import access, clock
from agreements.models.base import Visible


class Delegations(Visible):
    """Delegations: everybody sees those that name him, a head those of her unit, who keeps the accounts all."""

    def for_user(self, user: Any) -> "Delegations":
        """Return the rows this user may see; nothing for nobody and for the deactivated."""
        if user is None or not user.is_active or not user.is_authenticated:
            return self.none()
        if access.may(user, "accounts"):
            return self.all()
        own = Q(absent=user) | Q(deputy=user)
        if user.unit_id and access.may(user, "unit"):
            own |= Q(absent__unit=user.unit_id)
        return self.filter(own)

    def running(self, day: date | None = None) -> "Delegations":
        """Keep those that run on a day, today by default: begun, not over, not ended, of accounts that are in use."""
        on = day or clock.today()
        return self.filter(starts_on__lte=on, ends_on__gte=on, ended_at=None, absent__is_active=True)


class Delegation(models.Model):
    """Somebody who is absent lets another act in his place, from a day until a day, both included.

    It ends by itself after its last day, or early by an act. It passes on rights and work, never an access level.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    absent = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="delegations_given", verbose_name=_("who is absent")
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="delegations_held", verbose_name=_("deputy")
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=400, blank=True)
    given_at = models.DateTimeField(_("given"), editable=False)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("given by"), editable=False
    )
    ended_at = models.DateTimeField(_("ended early"), null=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("ended by"),
        editable=False,
    )

    objects = Delegations.as_manager()

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ["-starts_on", "-given_at", "pk"]
        indexes = (models.Index(fields=["-given_at", "id"], name="delegation_given"),)
        constraints = (
            models.CheckConstraint(condition=~Q(absent=F("deputy")), name="delegation_to_another"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="delegation_span_ordered"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="delegation_ended_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.absent} – {self.deputy}"

    @property
    def runs(self) -> bool:
        """Whether it runs today."""
        return self.ended_at is None and self.starts_on <= clock.today() <= self.ends_on and self.absent.is_active

    @property
    def over(self) -> bool:
        """Whether it was ended, or its last day is past."""
        return self.ended_at is not None or self.ends_on < clock.today()

    @property
    def version(self) -> int:
        """Nothing of it changes but that it is ended."""
        return 2 if self.ended_at else 1


def any_running(user: str, day: date | None = None) -> Exists:
    """Ask, within a query of accounts or of what belongs to one, whether it is a deputy on a day, today by default."""
    return Exists(Delegation.objects.running(day).filter(deputy=OuterRef(user)))
