"""Saved views: the filters of a list, kept under a name by their owner, who may share them."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agreements.choices import ViewKind
from agreements.models.base import Line, Visible, one_of


def seen_by(user: Any) -> Q:
    """Match the views that a user may see; the user may be one that a query outside names."""
    return Q(deleted_at__isnull=True) & (Q(owner=user) | Q(shared=True))


class SavedViews(Visible):
    """Saved views, each seen by its owner, and by everybody who may sign in where it is shared."""

    def for_user(self, user: Any) -> "SavedViews":
        """Return the user's own and those that are shared; nothing for nobody and for the deactivated."""
        if user is None or not user.is_active or not user.is_authenticated:
            return self.none()
        return self.filter(seen_by(user))

    def kept(self) -> "SavedViews":
        """Leave out what its owner has deleted."""
        return self.filter(deleted_at__isnull=True)


class SavedView(models.Model):
    """What somebody asks of a list again and again. It holds filters and no rows: each reader sees his own part.

    `query` are the parameters of the list's address, in the order of `selections`. A deleted view stays as a row that
    nobody sees: the feeds that were made of it must know that it is gone. Like feeds, views are no records of the
    ministry: the journal does not keep them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="saved_views", verbose_name=_("owner"), editable=False
    )
    kind = models.CharField(_("view of"), max_length=12, choices=ViewKind)
    name = Line(_("name"), max_length=80)
    query = models.CharField(_("filters"), max_length=2000, blank=True)
    shared = models.BooleanField(
        _("shared"), default=False, help_text=_("Everybody who may sign in finds it, and sees in it what he may see.")
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), editable=False)
    changed_at = models.DateTimeField(_("last change"), editable=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, editable=False)

    objects = SavedViews.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "pk"]
        constraints = (
            models.UniqueConstraint(
                fields=["owner", "name"], condition=Q(deleted_at__isnull=True), name="saved_view_name_unique"
            ),
            one_of("kind", ViewKind, model="saved_view"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address that opens the list as the view shows it, whatever it shows by then."""
        return reverse("saved-view", args=[self.pk])
