"""Reports that are built in the background, once or on a schedule, and what became of each."""

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agreements import clock
from agreements.choices import Level, Rhythm, RunState
from agreements.models.base import Line, Visible, one_of
from agreements.words import LANGUAGES


class ScheduledReports(Visible):
    """Reports on a schedule: each is seen by who made it and by who receives it."""

    def for_user(self, user: object) -> "ScheduledReports":
        """Return those that the user made or receives; nothing for nobody and for the deactivated."""
        if not getattr(user, "is_active", False) or not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(models.Q(owner=user) | models.Q(recipients=user)).distinct()


class ScheduledReport(models.Model):
    """A report with its parameters, saved under a name; on a schedule it is built again and again, and sent.

    Each recipient gets what he may see himself: the report is built for everyone by his own rights.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="scheduled_reports", verbose_name=_("made by")
    )
    name = Line(_("name"), max_length=80)
    report = models.CharField(_("report"), max_length=40)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    form = models.CharField(_("format"), max_length=8)
    language = models.CharField(_("language"), max_length=2, choices=[(code, code) for code in LANGUAGES])
    rhythm = models.CharField(_("how often"), max_length=8, choices=Rhythm, default=Rhythm.WEEKLY)
    recipients = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="received_reports", verbose_name=_("recipients")
    )
    begins_on = models.DateField(_("first on"))
    next_on = models.DateField(_("next on"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), editable=False)
    changed_at = models.DateTimeField(_("last change"), editable=False)

    objects = ScheduledReports.as_manager()

    class Meta:
        verbose_name = _("saved report")
        verbose_name_plural = _("saved reports")
        ordering = ["next_on", "created_at", "pk"]
        constraints = (
            one_of("rhythm", Rhythm, model="scheduled_report"),
            models.CheckConstraint(condition=models.Q(language__in=LANGUAGES), name="scheduled_report_language_known"),
        )
        indexes = (models.Index(fields=["next_on"], name="scheduled_report_next"),)

    def __str__(self) -> str:
        # Not by its name: that is the owner's, who may have named what others do not see.
        return f"{self.report} {self.begins_on:%Y-%m-%d}"

    @property
    def stopped(self) -> bool:
        """Whether it is no longer built."""
        return self.stopped_at is not None


class ReportRuns(Visible):
    """Reports that were built: each is seen by its reader alone."""

    def for_user(self, user: object) -> "ReportRuns":
        """Return the user's own; nothing for nobody and for the deactivated."""
        if not getattr(user, "is_active", False) or not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(reader=user)

    def due(self) -> "ReportRuns":
        """Keep those that wait, the moment of their next attempt being past, and those that were held too long."""
        return self.filter(state__in=(RunState.WAITING, RunState.BUILDING), next_attempt_at__lte=clock.now())


class ReportRun(models.Model):
    """One building of a report for one reader: asked for on a page, or by a schedule for a day.

    `shown` are the keys of the agreements, meetings and documents in it: it is handed over while its reader may see
    every one of them.
    `sent_to` is the address to which it went. `problem` says why the last attempt failed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="report_runs", verbose_name=_("for")
    )
    schedule = models.ForeignKey(
        ScheduledReport, models.PROTECT, null=True, related_name="runs", verbose_name=_("schedule")
    )
    due_on = models.DateField(_("due on"), null=True)
    report = models.CharField(_("report"), max_length=40)
    parameters = models.JSONField(_("parameters"), default=dict)
    form = models.CharField(_("format"), max_length=8)
    language = models.CharField(_("language"), max_length=2)
    state = models.CharField(
        pgettext_lazy("building", "state"), max_length=8, choices=RunState, default=RunState.WAITING
    )
    progress = models.PositiveSmallIntegerField(_("progress, per cent"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True)
    problem = models.CharField(_("problem"), max_length=300, blank=True)
    asked_at = models.DateTimeField(_("asked for"))
    as_of = models.DateField(_("as of"), null=True)
    built_at = models.DateTimeField(_("built"), null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    sent_to = models.CharField(_("sent to"), max_length=254, blank=True)
    level = models.CharField(_("level of confidentiality"), max_length=12, choices=Level, blank=True)
    shown = models.JSONField(_("agreements in it"), default=list)
    file = models.CharField(_("file"), max_length=100, blank=True)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    kept_until = models.DateField(_("kept until"), null=True)

    objects = ReportRuns.as_manager()

    class Meta:
        verbose_name = _("built report")
        verbose_name_plural = _("built reports")
        ordering = ["-asked_at", "pk"]
        constraints = (
            one_of("state", RunState, model="report_run"),
            one_of("level", Level, model="report_run", blank=True),
            # A schedule builds for each recipient once a day, however often and by how many workers it is asked.
            models.UniqueConstraint(fields=["schedule", "reader", "due_on"], name="report_run_once_a_day"),
        )
        indexes = (
            models.Index(fields=["state", "next_attempt_at"], name="report_run_due"),
            models.Index(fields=["reader", "-asked_at"], name="report_run_of_reader"),
        )

    def __str__(self) -> str:
        return f"{self.report} {self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def over(self) -> bool:
        """Whether it is neither waiting nor being built."""
        return self.state in (RunState.DONE, RunState.FAILED)

    def gone(self, today: date) -> bool:
        """Whether its file is no longer kept."""
        return not self.file or (self.kept_until is not None and self.kept_until < today)
