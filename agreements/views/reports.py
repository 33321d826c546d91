"""The reports as pages and as files."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from agreements import clock, reports
from agreements.models import Area, Party
from agreements.questions import BadQuestion, read_day, read_moment
from agreements.views.standpoint import known_from


@login_required
def portfolio(request: HttpRequest) -> HttpResponse:
    """Show the portfolio report, or hand it over as a file where `format` asks for one."""
    parties, areas = Party.objects.for_user(request.user), Area.objects.for_user(request.user)
    asked = {name: request.GET.get(name, "").strip() for name in ("as_of", "known_at", "with", "area", "format")}
    problems = []
    chosen: dict[str, object] = {}
    for name, read in (("as_of", read_day), ("known_at", read_moment)):
        try:
            chosen[name] = read(asked[name])
        except BadQuestion as problem:
            problems.append(str(problem))
    for name, code, rows, sentence in (
        ("party", asked["with"], parties, _("There is no party “%(code)s”.")),
        ("area", asked["area"], areas, _("There is no area “%(code)s”.")),
    ):
        chosen[name] = rows.filter(code=code).first() if code and code.isprintable() else None
        if code and chosen[name] is None:
            problems.append(sentence % {"code": code})
    if asked["format"] and asked["format"] not in reports.FORMATS:
        problems.append(_("There is no format “%(code)s”.") % {"code": asked["format"]})
    if problems:
        chosen = {}
    content = reports.portfolio.build(request.user, **chosen)  # type: ignore[arg-type]
    if asked["format"] and not problems:
        answer = HttpResponse(
            reports.render("portfolio", content, asked["format"]), content_type=reports.FORMATS[asked["format"]]
        )
        ending = {"text": "txt"}.get(asked["format"], asked["format"])
        answer["Content-Disposition"] = f'attachment; filename="portfolio-{content.as_of.isoformat()}.{ending}"'
        return answer
    # What an address must carry to give the same report: a file, or a page that it leads to, looks from the same place.
    kept = {"as_of": content.as_of.isoformat()} | {name: asked[name] for name in ("known_at", "with", "area")}
    kept = {name: value for name, value in kept.items() if value and not problems}
    looks = {name: value for name, value in kept.items() if name in ("as_of", "known_at")}
    past = content.as_of != clock.today() or "known_at" in looks
    context = {
        "section": "reports",
        "document": reports.portfolio.arrange(content),
        "content": content,
        "language": content.language,
        "problems": problems,
        "asked": asked,
        "parties": parties.filter(participations__isnull=False).distinct(),
        "areas": areas,
        "files": {name: f"?{urlencode(kept | {'format': name})}" for name in reports.FORMATS},
        "from_here": f"?{urlencode(looks)}" if past and looks else "",
        "known_from": known_from(request.user) if asked["known_at"] and not content.agreements else None,
        "as_of": content.as_of,
        "known_at": content.known_at,
    }
    return render(request, "reports/portfolio.html", context, status=400 if problems else 200)
