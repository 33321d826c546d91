"""Feeds: the addresses under which a calendar program elsewhere reads what one user may see."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from agreements import clock
from agreements.models.base import Line, Visible
from agreements.models.delegation import any_running
from agreements.models.saved_view import SavedView, seen_by
from agreements.models.share import any_held
from agreements.words import LANGUAGES


class Feeds(Visible):
    """Feeds, each seen by its own user only."""

    def for_user(self, user: object) -> "Feeds":
        """Return the user's own feeds; nothing for nobody and for the deactivated."""
        if not getattr(user, "is_active", False) or not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(user=user)

    def following(self) -> "Feeds":
        """Say of each whether its user sees the view that it follows."""
        views = SavedView.objects.filter(seen_by(models.OuterRef("user")), pk=models.OuterRef("view"))
        return self.select_related("view").annotate(view_seen=models.Exists(views))

    def with_users(self) -> "Feeds":
        """Read them with their users, and with whether these hold shares or act for somebody who is absent."""
        return self.select_related("user").annotate(
            holds_shares=any_held("user", "user__unit"), stands_in=any_running("user")
        )


class FeedToken(models.Model):
    """A user's feed. The secret in its address is shown once; only its SHA-256 is kept, which is enough to know it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="feeds", verbose_name=_("user"), editable=False
    )
    digest = models.CharField(_("digest of the secret"), max_length=64, editable=False)
    name = Line(_("name"), max_length=100)
    #: What it follows, where it follows a view: then `filters` is empty, and it answers while its user sees the view.
    view = models.ForeignKey(
        SavedView, models.PROTECT, null=True, blank=True, related_name="feeds", verbose_name=_("saved view")
    )
    filters = models.JSONField(_("filters"), default=dict, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=[(code, code) for code in LANGUAGES])
    created_at = models.DateTimeField(_("created"), editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    #: What was sent last, and since when it has been so: Last-Modified tells of what has left the feed, too.
    content_digest = models.CharField(_("digest of the content"), max_length=64, blank=True, editable=False)
    content_changed_at = models.DateTimeField(_("last change of the content"), null=True, editable=False)

    objects = Feeds.as_manager()

    #: Read by `Feeds.following`.
    view_seen: bool
    #: Read by `Feeds.with_users`.
    holds_shares: bool
    stands_in: bool

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        ordering = ["-created_at", "pk"]
        constraints = (
            models.UniqueConstraint(fields=["digest"], name="feed_digest_unique"),
            models.CheckConstraint(condition=models.Q(language__in=LANGUAGES), name="feed_language_known"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def over(self) -> bool:
        """Whether its last day is past."""
        return bool(self.expires_at and self.expires_at <= clock.now())

    @property
    def lost(self) -> bool:
        """Whether the view that it follows was deleted, or is another's and no longer shared."""
        return bool(self.view_id and not self.view_seen)

    @property
    def answers(self) -> bool:
        """Whether it is read, while its user is active."""
        return not (self.revoked_at or self.over or self.lost)
