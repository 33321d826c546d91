"""The log of reports: what was built for whom, what was sent where, what failed; and what is on a schedule."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from django_tasks_db.models import DBTaskResult

from agreements import access, dispatch, reports
from agreements.admin.base import user_of
from agreements.admin.journal import Kept
from agreements.models import ReportRun, ScheduledReport, User
from agreements.questions import ECHOED

# What the library keeps of its tasks says less than the runs, and names no reader.
admin.site.unregister(DBTaskResult)


class _OfPeople(Kept):
    """What belongs to people: each sees his own, and who keeps the accounts sees that it is there for others.

    Of what is another's, nothing is shown that follows from what he sees and the keeper of the accounts may not.
    """

    #: The column that says whose a row is.
    whose: str
    #: Fields that are shown only to who may see all that the row tells of.
    of_content: tuple[str, ...]

    def is_seen(self, row: Any, user: User) -> bool:
        """Whether the user may see all that a row tells of: it is his own."""
        return bool(getattr(row, self.whose) == user.pk)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields, without those of content that the user may not see."""
        fields = super().get_fields(request, obj)
        if obj is None or self.is_seen(obj, user_of(request)):
            return fields
        return [name for name in fields if name not in self.of_content]

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

    whose, of_content = "reader_id", ("level", "size")

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
        "trouble",
    )
    list_filter = ("state", "report", "asked_at")
    list_select_related = ("reader", "schedule")
    search_fields = ("sent_to", "reader__username")
    ordering = ("-asked_at", "pk")
    fields = (
        *("title", "reader", "schedule", "due_on", "form", "language", "as_of", "level", "size"),
        *("state", "progress", "attempts", "next_attempt_at", "trouble"),
        *("asked_at", "built_at", "sent_at", "sent_to", "kept_until"),
    )

    def is_seen(self, row: ReportRun, user: User) -> bool:
        """Whether it is the user's own, or tells of nothing that he may not see."""
        return super().is_seen(row, user) or dispatch.is_seen(row, user)

    @admin.display(description=gettext_lazy("problem"))
    def trouble(self, run: ReportRun) -> str:
        """Why the last attempt failed; a sentence that names what the report was asked is its reader's."""
        asked = [text[:ECHOED] for text in run.parameters.values() if text]
        return "…" if any(text in run.problem for text in asked) else run.problem


@admin.register(ScheduledReport)
class ScheduledReportAdmin(_OfPeople):
    """Reports on a schedule; they are changed on the pages, by who made them, and their names are his."""

    whose, of_content = "owner_id", ("name",)
    list_display = ("title", "owner", "rhythm", "begins_on", "next_on", "stopped_at")
    list_filter = ("rhythm", "report")
    list_select_related = ("owner",)
    search_fields = ("owner__username",)
    ordering = ("next_on", "pk")
    fields = ("name", "title", "owner", "form", "language", "rhythm", "begins_on", "next_on", "people", "stopped_at")

    @admin.display(description=gettext_lazy("recipients"))
    def people(self, schedule: ScheduledReport) -> str:
        """Who receives it."""
        return "; ".join(str(user) for user in schedule.recipients.order_by("username"))
