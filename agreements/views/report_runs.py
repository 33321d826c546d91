"""The gallery of reports, and the pages of those that are built in the background and sent on a schedule."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_POST, require_safe

from agreements import clock, dispatch, reports
from agreements.dates import render_day
from agreements.dispatch import NoLongerVisible, Wish
from agreements.documents import serving
from agreements.forms import Operation
from agreements.guards import Refused
from agreements.models import ReportRun, ScheduledReport, User
from agreements.questions import ask, parameters
from agreements.report_forms import ScheduleForm
from agreements.words import active_language

#: So many of the reports that were built last stand on the page.
_SHOWN = 50


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Show which reports there are, what each tells, and in which formats it comes."""
    rows = [
        {
            "name": name,
            "title": module.TITLE,
            "about": module.ABOUT,
            "preview": f"reports/{name}-{active_language()}.png",
            "address": reverse("report", args=[name]),
        }
        for name, module in reports.REPORTS.items()
    ]
    return render(request, "reports/gallery.html", {"section": "reports", "rows": rows})


# ---- in the background ----
@require_safe
def built(request: HttpRequest) -> HttpResponse:
    """Show the reports that were built for the reader, the latest first; a script looks again while one is built."""
    user: Any = request.user
    found = ReportRun.objects.for_user(user).select_related("schedule").order_by("-asked_at", "pk")
    runs = [{"run": run, "title": _title(run.report), "gone": run.gone(clock.today())} for run in found[:_SHOWN]]
    waiting = any(not row["run"].over for row in runs)
    return render(request, "reports/built.html", {"section": "reports", "rows": runs, "waiting": waiting})


@require_POST
def order(request: HttpRequest, report: str) -> HttpResponse:
    """Have a report built in the background, and lead to where it will lie."""
    if report not in reports.REPORTS:
        raise Http404
    user: Any = request.user
    asked = _asked(report, request.POST)
    form, language = request.POST.get("format", "pdf"), request.POST.get("language", "") or active_language()
    try:
        dispatch.order(Wish(report, asked, form, language), by=user)
    except Refused as refusal:
        for reason in refusal.reasons:
            messages.error(request, reason.sentence)
        return redirect("report", report)
    messages.success(request, _("The report is being built. It will lie here."))
    return redirect("report-runs")


@require_safe
def file(request: HttpRequest, run: str) -> HttpResponseBase:
    """Hand over a built report, whole or in part, as long as the reader may see all that is in it."""
    user: Any = request.user
    found = get_object_or_404(ReportRun.objects.for_user(user), pk=run)
    try:
        # Whether he may have it is asked whatever part of it he asks for, and though he has it already.
        dispatch.fetch(found, by=user)
        headers = {
            "Content-Type": reports.FORMATS[found.form].media_type,
            "Content-Disposition": f'attachment; filename="{dispatch.file_name(found)}"',
        }
        name = f"{found.pk.hex}-{found.built_at:%Y%m%d%H%M%S%f}"
        return serving.hand_over(request, name, found.size, partial(_part, found, user), headers)
    except NoLongerVisible:
        messages.error(request, _("You may no longer see all that is in this report. Have it built anew."))
        return redirect("report-runs")
    except FileNotFoundError:
        messages.error(request, _("The file is no longer kept. Have the report built anew."))
        return redirect("report-runs")


def _part(run: ReportRun, user: User, start: int, length: int) -> Any:
    return dispatch.fetch(run, by=user, start=start, length=length)


# ---- on a schedule ----
@require_safe
def scheduled(request: HttpRequest) -> HttpResponse:
    """Show the schedules that the reader made or receives something from."""
    user: Any = request.user
    found = ScheduledReport.objects.for_user(user).filter(stopped_at=None).select_related("owner")
    rows = [
        {
            "made": made,
            "title": _title(made.report),
            "address": _address(made) if made.report in reports.REPORTS else "",
            "own": made.owner_id == user.pk,
            "to": list(made.recipients.all()),
        }
        for made in found.prefetch_related("recipients").order_by("next_on", "created_at", "pk")
    ]
    return render(request, "reports/scheduled.html", {"section": "reports", "rows": rows})


class Schedule(View):
    """The form that puts a report on a schedule."""

    http_method_names = ["get", "head", "post"]
    made: ScheduledReport | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find what it is about. Raises Http404."""
        self.user: User = request.user  # type: ignore[assignment]  # nobody else comes this far
        self.find(**kwargs)
        return super().dispatch(request, *args, **kwargs)

    def find(self, **kwargs: Any) -> None:
        """Find the report, and read what it is asked from the address."""
        self.report = kwargs["report"]
        if self.report not in reports.REPORTS:
            raise Http404
        self.asked = _asked(self.report, self.request.GET)

    def form(self, data: QueryDict | None) -> ScheduleForm:
        """Return the form."""
        return ScheduleForm(self.report, self.asked, self.user, data, schedule=self.made)

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Show the form."""
        return self.answer(self.form(None))

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Make the schedule, and lead to the list; a refusal shows what was typed and every reason."""
        form = self.form(request.POST)
        if form.submit() is None:
            return self.answer(form, status=409 if form.refused else 422)
        messages.success(request, _("The report is saved."))
        return redirect("report-schedules")

    def answer(self, form: Operation, status: int = 200) -> HttpResponse:
        """Render the page."""
        context = {
            "section": "reports",
            "form": form,
            "title": _("Save a report, or send it on a schedule"),
            "lead": _title(self.report),
            "asked": _narrowed(self.report, self.asked, self.user),
        }
        return render(self.request, "reports/schedule.html", context, status=status)


class ChangeSchedule(Schedule):
    """The form that changes a schedule, of those who made one."""

    def find(self, **kwargs: Any) -> None:
        """Find the schedule. Raises Http404."""
        own = ScheduledReport.objects.for_user(self.user).filter(owner=self.user)
        self.made = get_object_or_404(own, pk=kwargs["schedule"], report__in=reports.REPORTS)
        self.report, self.asked = self.made.report, self.made.parameters


@require_POST
def stop(request: HttpRequest, schedule: str) -> HttpResponse:
    """Stop a schedule, or take oneself off it."""
    user: Any = request.user
    made = get_object_or_404(ScheduledReport.objects.for_user(user), pk=schedule)
    dispatch.stop(made, by=user)
    own = made.owner_id == user.pk
    messages.success(request, _("The report is sent no longer.") if own else _("You no longer receive the report."))
    return redirect("report-schedules")


def _asked(report: str, given: QueryDict) -> dict[str, str]:
    """Return what the parameters of a report are asked to be; what it does not know is left out."""
    return {
        name: given.get(name, "").strip() for name in parameters(reports.REPORTS[report].FILTERS) if given.get(name)
    }


def _narrowed(report: str, asked: Mapping[str, str], user: User) -> str:
    """Say in words what a report is narrowed to."""
    labels = {
        "agreement": _("Agreement"),
        "meeting": _("Meeting"),
        "party": _("Partner"),
        "area": _("Area"),
        "since": _("Since"),
        "until": _("Until"),
    }
    chosen = ask(user, reports.REPORTS[report].FILTERS, asked).chosen
    told = {labels[name]: chosen[name] for name in labels if chosen.get(name)}
    return "; ".join(
        f"{label}: {render_day(value) if isinstance(value, date) else value}" for label, value in told.items()
    )


def _address(made: ScheduledReport) -> str:
    """Return the address of a saved report as a page."""
    asked = made.parameters | {"language": made.language}
    return f"{reverse('report', args=[made.report])}?{urlencode(asked)}"


def _title(report: str) -> str:
    return str(reports.REPORTS[report].TITLE) if report in reports.REPORTS else report


def schedule_address(report: str, asked: dict[str, str]) -> str:
    """Return the address of the form that puts a report on a schedule; its day is always that of the building."""
    kept = {name: text for name, text in asked.items() if text and name not in ("as_of", "known_at")}
    address = reverse("report-schedule", args=[report])
    return f"{address}?{urlencode(kept)}" if kept else address
