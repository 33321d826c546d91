"""The log of reports: what was built for whom, what was sent where, what failed; and what is on a schedule."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from django_tasks_db.models import DBTaskResult

from agreements import access, reports
from agreements.admin.base import user_of
from agreements.admin.journal import Kept
from agreements.models import ReportRun, ScheduledReport

# What the library keeps of its tasks says less than the runs, and names no reader.
admin.site.unregister(DBTaskResult)


class _OfPeople(Kept):
    """What belongs to people: each sees his own, and who keeps the accounts sees that it is there for others."""

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the rows that the user may see."""
        if access.may(user_of(request), "accounts"):
            return self.model._default_manager.all()
        return super().get_queryset(request)

    @admin.display(description=gettext_lazy("report"), ordering="report")
    def title(self, row: ReportRun | ScheduledReport) -> str:
        """What the report is called."""
        return str(reports.REPORTS[row.report].TITLE) if row.report in reports.REPORTS else row.report


@admin.register(ReportRun)
class ReportRunAdmin(_OfPeople):
    """Reports that were built. What a report was asked, and its file, are its reader's alone."""

    list_display = (
        "title",
        "reader",
        "form",
        "language",
        "asked_at",
        "state",
        "attempts",
        "sent_at",
        "sent_to",
        "problem",
    )
    list_filter = ("state", "report", "asked_at")
    list_select_related = ("reader", "schedule")
    search_fields = ("sent_to", "reader__username")
    ordering = ("-asked_at", "pk")
    fields = (
        *("title", "reader", "schedule", "due_on", "form", "language", "as_of", "level", "size"),
        *("state", "progress", "attempts", "next_attempt_at", "problem"),
        *("asked_at", "built_at", "sent_at", "sent_to", "kept_until"),
    )


@admin.register(ScheduledReport)
class ScheduledReportAdmin(_OfPeople):
    """Reports on a schedule; they are changed on the pages, by who made them."""

    list_display = ("name", "title", "owner", "rhythm", "next_on", "stopped_at")
    list_filter = ("rhythm", "report")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username")
    ordering = ("next_on", "pk")
    fields = ("name", "title", "owner", "form", "language", "rhythm", "begins_on", "next_on", "people", "stopped_at")

    @admin.display(description=gettext_lazy("recipients"))
    def people(self, schedule: ScheduledReport) -> str:
        """Who receives it."""
        return "; ".join(str(user) for user in schedule.recipients.order_by("username"))
