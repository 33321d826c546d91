"""The procedures as a lawyer reads them: the stages, and what each step needs by which law."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agreements import procedures
from agreements.choices import Stage
from agreements.models import Agreement
from agreements.procedures import Procedure
from agreements.timeline import timeline
from agreements.views.agreement import visible_agreement
from agreements.views.picture import Picture, picture, walked_by
from agreements.views.rules import assignments_of, onward, rule_of, stations_of
from agreements.words import alphabetical, pick


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """List the procedures with their paths."""
    known = procedures.load(settings.PROCEDURES_DIR).values()
    rows = [
        (rules, pick(rules.title), picture(rules))
        for rules in sorted(known, key=lambda rules: alphabetical(pick(rules.title).text))
    ]
    return render(request, "agreements/procedures.html", {"section": "procedures", "rows": rows})


@require_safe
def one(request: HttpRequest, code: str) -> HttpResponse:
    """Show a procedure; with `agreement`, in the version that agreement follows, and where it stands on it."""
    asked = request.GET.get("agreement", "")
    agreement = visible_agreement(request.user, asked) if asked else None
    rules = agreement.rules if agreement else procedures.load(settings.PROCEDURES_DIR).get(code)
    if rules is None or rules.code != code:
        raise Http404
    current = procedures.load(settings.PROCEDURES_DIR).get(code)
    along = list(onward(rules))
    return render(
        request,
        "agreements/procedure.html",
        {
            "section": "procedures",
            "rules": rules,
            "procedure_title": pick(rules.title),
            "agreement": agreement,
            "picture": _drawn(rules, agreement, request.user),
            "older": current is None or current.digest != rules.digest,
            "onward": [rule_of(rules, name) for name in along],
            "others": [rule_of(rules, name) for name in rules.transitions if name not in along],
            "assignments": assignments_of(rules),
            "stations": stations_of(rules),
        },
    )


def _drawn(rules: Procedure, agreement: Agreement | None, user: Any) -> Picture:
    if agreement is None or agreement.is_void:
        return picture(rules)
    walked = walked_by(timeline(agreement, user=user))
    return picture(rules, walked, stage=Stage(agreement.stage), text=agreement.text)
