"""The order in which the entries of the journal came to be seen: the positions by which programs follow it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from agreements.models.journal import Entry


class EventPosition(models.Model):
    """The place of one entry among all events; none until it is given, which happens after the entry was committed.

    PostgreSQL commits out of the order of its sequences: a number drawn while an entry is written may come to be seen
    after a greater one, and who follows by numbers would miss it.
    """

    entry = models.OneToOneField(
        Entry, models.PROTECT, primary_key=True, related_name="event", verbose_name=_("journal entry")
    )
    position = models.BigIntegerField(_("position among the events"), null=True, unique=True)

    class Meta:
        verbose_name = _("position of an event")
        verbose_name_plural = _("positions of events")
        indexes = (
            # All that waits for a position is found without a look at what has one.
            models.Index(fields=["entry"], condition=models.Q(position__isnull=True), name="event_without_position"),
        )

    def __str__(self) -> str:
        return str(self.position or "")


class EventHead(models.Model):
    """The last position that was given. Its one row is the lock under which positions are given."""

    last = models.BigIntegerField(_("last position"), default=0)

    class Meta:
        verbose_name = _("last position of the events")
        verbose_name_plural = _("last position of the events")

    def __str__(self) -> str:
        return str(self.last)
