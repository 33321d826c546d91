"""The page that compares an agreement on two days: side by side, and in sentences what happened between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agreements import clock
from agreements.models import Agreement
from agreements.questions import BadQuestion, read_moment
from agreements.reports import between
from agreements.reports.between import Look
from agreements.views.agreement import visible_agreement
from agreements.views.standpoint import read_past_day


@dataclass(frozen=True)
class Asked:
    """What the address asks for: two looks, the earlier day first, and what of it was not understood."""

    before: Look
    after: Look
    problems: Sequence[str] = ()


@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what was true of an agreement on two days, and what happened between them."""
    user: Any = request.user
    agreement = visible_agreement(user, reference)
    asked = _asked(request, agreement)
    found = between.build(agreement, user, asked.before, asked.after)
    context = {
        "section": "agreements",
        "agreement": agreement,
        "asked": asked,
        "found": found,
        "as_of": asked.after.day,
        "known_at": asked.after.known_at,
    }
    return render(request, "agreements/between.html", context, status=400 if asked.problems else 200)


def _asked(request: HttpRequest, agreement: Agreement) -> Asked:
    """Read both days; by default the day before it came to its present stage, and today."""
    problems, days, moments = [], [], []
    for name in ("before", "after"):
        try:
            days.append(read_past_day(request.GET.get(name, "").strip()))
        except BadQuestion as problem:
            problems.append(str(problem))
            days.append(None)
        try:
            moments.append(read_moment(request.GET.get(f"{name}_known", "").strip()))
        except BadQuestion as problem:
            problems.append(str(problem))
            moments.append(None)
    looks = [Look(days[0] or _before(agreement), moments[0]), Look(days[1] or clock.today(), moments[1])]
    before, after = sorted(looks, key=lambda look: (look.day, look.moment))
    return Asked(before, after, problems)


def _before(agreement: Agreement) -> date:
    since = agreement.since.earliest
    return since - timedelta(days=1) if since > date.min else clock.today() - timedelta(days=365)
