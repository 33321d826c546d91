"""Templates of tasks: sets of tasks that the treaty department keeps, to be given to one agreement or to many."""

import uuid
from datetime import UTC
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agreements import clock
from agreements.choices import Ball, TaskAnchor
from agreements.models.account import Unit
from agreements.models.base import Coded, Line, one_of
from agreements.words import LANGUAGES, Worded, pick

#: The farthest from its anchor that a task of a template is due, in days.
FARTHEST = 3650


class TaskTemplate(Coded):
    """A set of tasks that are given to agreements together; a change of it changes no task that was given before."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    changed_at = models.DateTimeField(_("last change"), editable=False)

    class Meta(Coded.Meta):
        verbose_name = _("template of tasks")
        verbose_name_plural = _("templates of tasks")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save it with the moment, which names the version."""
        self.changed_at = clock.now()
        super().save(*args, **kwargs)

    @property
    def version(self) -> str:
        """The moment of the last change, as a name of what the template says."""
        return f"{self.changed_at.astimezone(UTC):%Y%m%d%H%M%S%f}"


class TemplateTask(models.Model):
    """One task of a template: what is to be done, whose it is, and how many days from which day it is due.

    `days` are calendar days after the anchor, before it where they are negative; without an anchor there is no due
    date.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    template = models.ForeignKey(TaskTemplate, models.CASCADE, related_name="tasks", verbose_name=_("template"))
    number = models.PositiveSmallIntegerField(_("place in the order"), default=1)
    title_en = Line(_("what is to be done, in English"), max_length=300, blank=True)
    title_ru = Line(_("what is to be done, in Russian"), max_length=300, blank=True)
    title_kk = Line(_("what is to be done, in Kazakh"), max_length=300, blank=True)
    body_en = Line(_("body that must act, in English"), max_length=200, blank=True)
    body_ru = Line(_("body that must act, in Russian"), max_length=200, blank=True)
    body_kk = Line(_("body that must act, in Kazakh"), max_length=200, blank=True)
    side = models.CharField(_("whose task it is"), max_length=12, choices=Ball, default=Ball.OWN)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("responsible unit")
    )
    anchor = models.CharField(_("due, counted from"), max_length=24, choices=TaskAnchor, blank=True)
    days = models.SmallIntegerField(
        _("days after it"), null=True, blank=True, help_text=_("Calendar days; negative: so many days before it.")
    )

    class Meta:
        verbose_name = _("task of a template")
        verbose_name_plural = _("tasks of a template")
        ordering = ["template", "number", "pk"]
        constraints = (
            one_of("side", Ball, model="templatetask"),
            one_of("anchor", TaskAnchor, model="templatetask", blank=True),
            models.CheckConstraint(
                condition=~Q(title_en="", title_ru="", title_kk=""),
                name="templatetask_title_in_one_language",
                violation_error_message=_("Say in one language at least what is to be done."),
            ),
            models.CheckConstraint(
                condition=Q(anchor="", days__isnull=True)
                | (~Q(anchor="") & Q(days__isnull=False, days__gte=-FARTHEST, days__lte=FARTHEST)),
                name="templatetask_days_from_an_anchor",
                violation_error_message=_("Give both or neither: the day from which it is counted, and how many days."),
            ),
        )

    def __str__(self) -> str:
        return self.title.text

    @property
    def titles(self) -> dict[str, str]:
        """What is to be done, by language."""
        return {language: getattr(self, f"title_{language}") for language in LANGUAGES}

    @property
    def bodies(self) -> dict[str, str]:
        """The body that must act, by language."""
        return {language: getattr(self, f"body_{language}") for language in LANGUAGES}

    @property
    def title(self) -> Worded:
        """What is to be done, in the reader's language or in one that it was written in."""
        return pick(self.titles)

    @property
    def body(self) -> Worded:
        """The body that must act, likewise; empty where none is named."""
        return pick(self.bodies)
