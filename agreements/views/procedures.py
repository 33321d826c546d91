"""The procedures as a lawyer reads them: the stages, and what each step needs by which law."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from agreements import lifecycle, procedures
from agreements.choices import EntryKind, Stage
from agreements.models import Agreement
from agreements.procedures import Procedure
from agreements.timeline import timeline
from agreements.views.agreement import visible_agreement
from agreements.views.drawing import Standing, drawing, svg
from agreements.views.picture import Node, Picture, picture, walked_by
from agreements.views.rules import assignments_of, laws_of, onward, rule_of, stations_of
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
    rules, agreement = _asked(request, code)
    current = procedures.load(settings.PROCEDURES_DIR).get(code)
    along = list(onward(rules))
    picture_address = reverse("procedure-picture", args=[code])
    if agreement:
        picture_address += f"?{urlencode({'agreement': agreement.reference})}"
    return render(
        request,
        "agreements/procedure.html",
        {
            "section": "procedures",
            "rules": rules,
            "procedure_title": pick(rules.title),
            "agreement": agreement,
            "drawing": drawing(rules, _standing(rules, agreement, request.user)),
            "picture_address": picture_address,
            "older": current is None or current.digest != rules.digest,
            "onward": [rule_of(rules, name) for name in along],
            "others": [rule_of(rules, name) for name in rules.transitions if name not in along],
            "assignments": assignments_of(rules),
            "stations": stations_of(rules),
            "laws": laws_of(rules),
        },
    )


@require_safe
def file(request: HttpRequest, code: str) -> HttpResponse:
    """Send the drawing as a file that opens alone, in the language of the page."""
    rules, agreement = _asked(request, code)
    response = HttpResponse(svg(rules, _standing(rules, agreement, request.user)), content_type="image/svg+xml")
    name = f"{code}-{agreement.reference}" if agreement else code
    response["Content-Disposition"] = f'attachment; filename="{name}.svg"'
    return response


def _asked(request: HttpRequest, code: str) -> tuple[Procedure, Agreement | None]:
    """Return the procedure, in the version of the agreement where one is named. Raises Http404."""
    asked = request.GET.get("agreement", "")
    agreement = visible_agreement(request.user, asked) if asked else None
    rules = agreement.rules if agreement else procedures.load(settings.PROCEDURES_DIR).get(code)
    if rules is None or rules.code != code:
        raise Http404
    return rules, agreement


def _standing(rules: Procedure, agreement: Agreement | None, user: Any) -> Standing | None:
    """Return where an agreement stands on the drawing; a record opened by mistake stands nowhere."""
    if agreement is None or agreement.is_void:
        return None
    told = timeline(agreement, user=user)
    stage = Stage(agreement.stage)
    planned = {Stage.SIGNED: agreement.planned_signing, Stage.IN_FORCE: agreement.planned_entry_into_force}
    walked = picture(
        rules,
        walked_by(told),
        stage=stage,
        text=agreement.text,
        planned={one: when for one, when in planned.items() if when},
    )
    holds = [event for event in told if event.kind == EntryKind.HOLD and not event.voided]
    following = rules.stages[stage].next
    against = lifecycle.objections(agreement, following, by=user) if following else []
    return Standing(
        _whole(walked, rules),
        agreement.text,
        hold_since=holds[0].on if agreement.on_hold and holds else None,
        missing=sum(reason.code != "not-permitted" for reason in against),
        following=following,
    )


def _whole(walked: Picture, rules: Procedure) -> Picture:
    """Return an agreement's picture with the stages of the path that it leaves out: those nobody knows it was at."""
    order = list(Stage)
    known = {node.stage for node in walked.nodes}
    reached = max(order.index(node.stage) for node in walked.nodes if node.state in ("done", "now"))
    left = [
        Node(stage, rules.stage_label(stage), "gap" if order.index(stage) < reached else "next")
        for stage in rules.path
        if stage not in known
    ]
    return replace(walked, nodes=tuple(sorted((*walked.nodes, *left), key=lambda node: order.index(node.stage))))
