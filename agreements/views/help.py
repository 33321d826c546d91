"""Help inside Pacta: a short guide, the glossary, and a tour of the sample portfolio."""

from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from agreements.choices import Stage
from agreements.glossary import Term, found, glossary
from agreements.models import Agreement
from agreements.views.frame import SEEN, TOUR_COOKIE
from agreements.views.tour import SAMPLE, address_of
from agreements.words import active_language

#: The chapters of the guide, in the order in which a new colleague needs them.
GUIDE = (
    ("first-day", _("The first day: finding an agreement and reading its page")),
    ("steps", _("Recording a step, and correcting a mistake")),
    ("acts", _("Acts of participants and entry into force")),
    ("work", _("Documents, tasks and meetings")),
    ("past", _("Looking back: what was true, and what was known")),
    ("reports", _("Lists, reports and briefs")),
    ("keys", _("Keyboard, telephone, paper")),
)

_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Defined:
    """A term, and the stage whose sign stands beside it."""

    term: Term

    @property
    def group(self) -> str:
        """The group of the stage, which gives its colour."""
        return self.term.stage.group.value if self.term.stage else ""


@require_safe
def contents(request: HttpRequest) -> HttpResponse:
    """Show what help there is."""
    sample = Agreement.objects.for_user(request.user).filter(reference=SAMPLE).exists()
    context = {"section": "help", "guide": GUIDE, "tour_address": address_of(1) if sample else ""}
    return render(request, "help/contents.html", context)


@require_safe
def chapter(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one chapter of the guide in the reader's language."""
    codes = [code for code, _title in GUIDE]
    if slug not in codes:
        raise Http404
    place = codes.index(slug)
    context = {
        "section": "help",
        "guide": GUIDE,
        "slug": slug,
        "title": GUIDE[place][1],
        "text": f"help/guide/{active_language()}/{slug}.html",
        "previous": GUIDE[place - 1] if place else None,
        "following": GUIDE[place + 1] if place + 1 < len(GUIDE) else None,
    }
    return render(request, "help/chapter.html", context)


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """Show the glossary; with `q`, the terms that speak of something."""
    asked = request.GET.get("q", "").strip()[:100]
    shown = [(None, [Defined(term) for term in found(asked)])] if asked else [
        (part, [Defined(term) for term in part.terms]) for part in glossary()
    ]  # fmt: skip
    context = {
        "section": "help",
        "asked": asked,
        "shown": shown,
        "total": sum(len(defined) for _part, defined in shown),
        "stages": Stage,
    }
    return render(request, "help/glossary.html", context)


@require_POST
def end_tour(_request: HttpRequest) -> HttpResponse:
    """Keep that the tour was taken, or is not wanted, and lead to the desk."""
    response = HttpResponseRedirect(reverse("home"))
    response.set_cookie(
        TOUR_COOKIE, SEEN, max_age=_YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )
    return response
