"""The reports as pages and as files."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from agreements import clock, reports
from agreements.models import Agreement, Area, Party
from agreements.questions import BadQuestion, read_moment
from agreements.views.standpoint import known_from, read_past_day

#: So many agreements have their table of participants on one page.
_TABLES = 25
#: What an address can ask for beside the day and the moment.
_ASKED = ("as_of", "known_at", "agreement", "with", "area", "format")


@login_required
def portfolio(request: HttpRequest) -> HttpResponse:
    """Show the portfolio report, or hand it over as a file where `format` asks for one."""
    return _report(request, "portfolio")


@login_required
def participation(request: HttpRequest) -> HttpResponse:
    """Show the participants' tables, or hand them over as a file where `format` asks for one."""
    return _report(request, "participation")


@login_required
def deadlines(request: HttpRequest) -> HttpResponse:
    """Show what is due and what needs attention, or hand it over as a file where `format` asks for one."""
    return _report(request, "deadlines")


def _report(request: HttpRequest, report: str) -> HttpResponse:
    module = reports.REPORTS[report]
    parties, areas = Party.objects.for_user(request.user), Area.objects.for_user(request.user)
    agreements = Agreement.objects.for_user(request.user)
    names = [name for name in _ASKED if name != "agreement" or name in module.FILTERS]
    asked = {name: request.GET.get(name, "").strip() for name in names}
    problems = []
    chosen: dict[str, object] = {}
    for name, read in (("as_of", read_past_day), ("known_at", read_moment)):
        try:
            chosen[name] = read(asked[name])
        except BadQuestion as problem:
            problems.append(str(problem))
    for name, field, rows, column, sentence in (
        ("agreement", "agreement", agreements, "reference", _("There is no agreement “%(code)s”.")),
        ("party", "with", parties, "code", _("There is no party “%(code)s”.")),
        ("area", "area", areas, "code", _("There is no area “%(code)s”.")),
    ):
        if name not in module.FILTERS:
            continue
        code = asked[field]
        chosen[name] = rows.filter(**{column: code}).first() if code and code.isprintable() else None
        if code and chosen[name] is None:
            problems.append(sentence % {"code": code})
    if asked["format"] and asked["format"] not in reports.FORMATS:
        problems.append(_("There is no format “%(code)s”.") % {"code": asked["format"]})
    if problems:
        chosen = {}
    # A page holds so many tables; a file holds all of them.
    limit = {"limit": _TABLES} if report == "participation" and (problems or not asked["format"]) else {}
    content = module.build(request.user, **chosen, **limit)
    if asked["format"] and not problems:
        answer = HttpResponse(
            reports.render(report, content, asked["format"]), content_type=reports.FORMATS[asked["format"]]
        )
        ending = {"text": "txt"}.get(asked["format"], asked["format"])
        answer["Content-Disposition"] = f'attachment; filename="{report}-{content.as_of.isoformat()}.{ending}"'
        return answer
    # What an address must carry to give the same report: a file, or a page that it leads to, looks from the same place.
    kept = asked | {"as_of": content.as_of.isoformat(), "format": ""}
    kept = {name: value for name, value in kept.items() if value and not problems}
    looks = {name: value for name, value in kept.items() if name in ("as_of", "known_at")}
    past = content.as_of != clock.today() or "known_at" in looks
    looking = f"?{urlencode(looks)}" if past and looks else ""
    context = {
        "section": "reports",
        "document": module.arrange(content),
        "content": content,
        "language": content.language,
        "problems": problems,
        "asked": asked,
        "parties": parties.filter(participations__isnull=False).distinct(),
        "areas": areas,
        "reports": [
            (title, f"{reverse(f'report-{name}')}{looking}", name == report)
            for name, title in (
                ("portfolio", _("Portfolio")),
                ("participation", _("Participation")),
                ("deadlines", _("Deadlines")),
            )
        ],
        "files": {name: f"?{urlencode(kept | {'format': name})}" for name in reports.FORMATS},
        "from_here": looking,
        "known_from": known_from(request.user) if asked["known_at"] and not content.agreements else None,
        "as_of": content.as_of,
        "known_at": content.known_at,
    }
    return render(request, f"reports/{report}.html", context, status=400 if problems else 200)
