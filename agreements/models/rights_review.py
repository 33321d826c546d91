"""Reviews of rights: somebody has looked through who holds what, and says so."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from agreements import access
from agreements.models.account import Unit
from agreements.models.base import Visible


class RightsReviews(Visible):
    """Reviews: who keeps the accounts sees all, a head those of her unit."""

    def for_user(self, user: Any) -> "RightsReviews":
        """Return the rows this user may see; nothing for nobody and for the deactivated."""
        if user is None or not user.is_active or not user.is_authenticated:
            return self.none()
        if access.may(user, "accounts"):
            return self.all()
        return self.filter(unit=user.unit_id) if user.unit_id and access.may(user, "unit") else self.none()


class RightsReview(models.Model):
    """A review of rights that was signed off: when, by whom, with what remark, and of which table by its digest."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(_("reviewed"), editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("reviewed by"), editable=False
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit"), editable=False
    )
    remark = models.TextField(_("remark"), max_length=4000)
    accounts = models.PositiveIntegerField(_("accounts"), editable=False)
    noticed = models.PositiveIntegerField(_("accounts with something to look at"), editable=False)
    digest = models.CharField(_("digest of the table"), max_length=64, editable=False)

    objects = RightsReviews.as_manager()

    class Meta:
        verbose_name = _("review of rights")
        verbose_name_plural = _("reviews of rights")
        ordering = ["-at", "pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}: {self.by}"
