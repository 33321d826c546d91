"""Answers of the API that are kept for a day, so that a request that is sent again has its effect once."""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from agreements import clock
from agreements.choices import Level
from agreements.models.base import Visible, one_of

#: For how long an answer is given again.
KEPT = timedelta(hours=24)


class KeptAnswers(Visible):
    """Answers, each for the user alone to whom it was given."""

    def for_user(self, user: object) -> "KeptAnswers":
        """Return what was answered to the user; nothing for nobody and for the deactivated."""
        if not getattr(user, "is_active", False) or not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(user=user)

    def outdated(self) -> "KeptAnswers":
        """Return the answers that are not given again any more."""
        return self.filter(began_at__lte=clock.now() - KEPT)


class KeptAnswer(models.Model):
    """What was answered to a request under a key of its sender.

    The row is written in the transaction of what the request did: there is never one without the other. It holds no
    more than is needed to know the key and the request again, their digests; the answer itself is sealed under the key,
    for some answers tell a secret that is told once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user"), editable=False
    )
    key_digest = models.CharField(_("digest of the key"), max_length=64, editable=False)
    request_digest = models.CharField(_("digest of the request"), max_length=64, editable=False)
    #: The identifier under which the journal has what the request did.
    request_id = models.CharField(_("request"), max_length=64, blank=True, editable=False)
    #: What the user might see at that time.
    access_level = models.CharField(_("access level"), max_length=12, choices=Level, editable=False)
    began_at = models.DateTimeField(_("began"), editable=False, db_index=True)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    status = models.PositiveSmallIntegerField(_("status"), default=0, editable=False)
    sealed = models.BinaryField(_("sealed answer"), default=bytes, editable=False)

    objects = KeptAnswers.as_manager()

    if TYPE_CHECKING:
        user_id: uuid.UUID

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        ordering = ["-began_at", "pk"]
        constraints = (
            models.UniqueConstraint(fields=["user", "key_digest"], name="kept_answer_key_unique"),
            one_of("access_level", Level, model="kept_answer"),
        )

    def __str__(self) -> str:
        return self.key_digest[:12]
