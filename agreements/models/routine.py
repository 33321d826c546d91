"""What is run from outside, again and again, and when it last went well: what somebody on watch looks at."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Routine(models.Model):
    """A command that is to be run again and again, such as `tick` or `backup`. One row each, written by `routines`."""

    name = models.CharField(_("name"), max_length=40, primary_key=True)
    ended_at = models.DateTimeField(_("ended well"), null=True, editable=False)
    failed_at = models.DateTimeField(_("failed"), null=True, editable=False)
    seconds = models.FloatField(_("seconds it took"), default=0, editable=False)

    class Meta:
        verbose_name = _("routine")
        verbose_name_plural = _("routines")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
