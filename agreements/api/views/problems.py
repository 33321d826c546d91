"""The pages behind the types of problems: open to everybody, for whoever follows the address in an answer."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agreements.api import problems
from agreements.api.explained import EXPLAINED


@login_not_required
@require_safe
def contents(request: HttpRequest) -> HttpResponse:
    """List all kinds of problems."""
    return render(request, "problems/list.html", {"kinds": problems.KINDS})


@login_not_required
@require_safe
def page(request: HttpRequest, problem: str) -> HttpResponse:
    """Say what a kind of problem means, when it occurs and what to do."""
    kind = next((kind for kind in problems.KINDS if kind.name == problem), None)
    if kind is None:
        raise Http404
    return render(request, "problems/page.html", {"kind": kind, "told": EXPLAINED[kind.name]})
