"""The reports as pages and as files."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agreements import clock, reports
from agreements.models import Agreement, Area, Meeting, Party
from agreements.questions import ECHOED, ask, parameters
from agreements.views.asked import named
from agreements.views.report_runs import schedule_address
from agreements.views.standpoint import known_from, read_past_day
from agreements.words import LANGUAGES, active_language

#: So many agreements have their table of participants on one page; so many meetings and agreements there are to choose
#: from.
_TABLES, _MEETINGS, _AGREEMENTS = 25, 60, 200


@require_safe
def page(request: HttpRequest, report: str) -> HttpResponse:
    """Show a report, or hand it over as a file where `format` asks for one."""
    if report not in reports.REPORTS:
        raise Http404
    module = reports.REPORTS[report]
    asked = {parameter: request.GET.get(parameter, "").strip() for parameter in parameters(module.FILTERS)}
    form, language = request.GET.get("format", "").strip(), request.GET.get("language", "").strip()
    needed, begins = reports.required(report), reports.begins(report)
    found = ask(request.user, module.FILTERS, asked, day=read_past_day, required=needed, begins=begins)
    problems = list(found.problems.values())
    if form and form not in reports.FORMATS:
        problems.append(_("There is no format “%(code)s”.") % {"code": form[:ECHOED]})
    if language and language not in LANGUAGES:
        problems.append(_("There is no language “%(code)s”.") % {"code": language[:ECHOED]})
    if problems and reports.required(report):
        return _asking(request, report, asked, problems)
    chosen = {} if problems else found.chosen
    # A page holds so many tables; a file holds all of them.
    limit = {"limit": _TABLES} if report == "participation" and (problems or not form) else {}
    # The report may be in another language than the page around it.
    with translation.override(language if language and not problems else active_language()):
        content = module.build(request.user, **chosen, **limit)
        if form and not problems:
            answer = HttpResponse(reports.render(report, content, form), content_type=reports.FORMATS[form].media_type)
            answer["Content-Disposition"] = f'attachment; filename="{reports.file_name(report, content, form)}"'
            return answer
        document = module.arrange(content)
    schedule = schedule_address(report, asked)
    # A time that nobody named is that of the report: the page says which.
    for name in ("since", "until"):
        if name in asked and not problems and (day := getattr(content, name)):
            asked[name] = day.isoformat()
    # What an address must carry to give the same report: a file, or a page that it leads to, looks from the same place.
    kept = asked | {"as_of": content.as_of.isoformat()}
    kept = {parameter: value for parameter, value in kept.items() if value and not problems}
    spoken = {"language": content.language} if content.language != active_language() else {}
    looks = {parameter: value for parameter, value in kept.items() if parameter in ("as_of", "known_at")}
    past = content.as_of != clock.today() or "known_at" in looks
    looking = f"?{urlencode(looks)}" if past and looks else ""
    context = {
        "section": "reports",
        "name": report,
        "kept": kept,
        "schedule": schedule,
        "document": document,
        "content": content,
        "language": content.language,
        "problems": problems,
        "asked": asked,
        "filters": module.FILTERS,
        **_choices(request.user, module.FILTERS, asked),
        "reports": _others(report, looking),
        "files": {name: f"?{urlencode(kept | spoken | {'format': name})}" for name in reports.FORMATS},
        "from_here": looking,
        "known_from": known_from(request.user) if asked["known_at"] and not content.agreements else None,
        "as_of": content.as_of,
        "known_at": content.known_at,
    }
    return render(request, "reports/report.html", context, status=400 if problems else 200)


def _asking(request: HttpRequest, report: str, asked: dict[str, str], problems: list[str]) -> HttpResponse:
    """Ask for what a report cannot do without; it is refused only where something was asked that is not understood."""
    module, refused = reports.REPORTS[report], any(asked.values()) or "format" in request.GET
    rows = Agreement.objects.for_user(request.user).kept()
    context = {
        "section": "reports",
        "title": module.TITLE,
        "about": module.ABOUT,
        "problems": problems,
        "refused": refused,
        "asked": asked,
        "filters": module.FILTERS,
        **_choices(request.user, module.FILTERS, asked),
        "agreements": list(rows[:_AGREEMENTS]) if "agreement" in module.FILTERS else (),
        "reports": _others(report, ""),
        "language": active_language(),
        "as_of": clock.today(),
        "known_from": None,
    }
    return render(request, "reports/asking.html", context, status=400 if refused else 200)


def _choices(user: Any, filters: Collection[str], asked: Mapping[str, str]) -> dict[str, Any]:
    """Return what a reader may choose from."""
    seen = Agreement.objects.for_user(user).kept()
    return {
        # A party that takes part in hidden agreements alone is not told of.
        "parties": named(Party.objects.for_user(user).filter(participations__agreement__in=seen).distinct()),
        "areas": named(Area.objects.for_user(user)),
        "meetings": _meetings(user, asked["meeting"]) if "meeting" in filters else (),
        "agreements": (),
    }


def _others(report: str, looking: str) -> list[tuple[Any, str, bool]]:
    """Return the reports with their addresses, and which of them is shown."""
    return [
        (other.TITLE, f"{reverse('report', args=[code])}{looking}", code == report)
        for code, other in reports.REPORTS.items()
    ]


def _meetings(user: Any, asked: str) -> list[Meeting]:
    """Return the meetings to choose from: the latest ones, and the one that is asked for."""
    rows = Meeting.objects.for_user(user).select_related("format")
    found = list(rows.order_by("-earliest", "pk")[:_MEETINGS])
    if asked in {str(meeting.pk) for meeting in found}:
        return found
    return [*rows.filter(pk=asked), *found] if _is_key(asked) else found


def _is_key(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
