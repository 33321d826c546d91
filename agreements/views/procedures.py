"""The procedures as a lawyer reads them: the stages, and what each step needs by which law."""

from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from agreements import lifecycle, procedures
from agreements.choices import Stage
from agreements.models import Agreement
from agreements.procedures import Procedure
from agreements.reports.facts import AgreementFacts, facts_of
from agreements.timeline import timeline
from agreements.views.agreement import visible_agreement
from agreements.views.drawing import Standing, drawing, svg
from agreements.views.picture import Node, Picture, picture, walked_by
from agreements.views.reminded import reminders_of
from agreements.views.rules import assignments_of, laws_of, onward, rule_of, stations_of
from agreements.views.standpoint import Standpoint, standpoint
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
    """Show a procedure; with `agreement`, in the version that it follows, and where it stands on it, or stood."""
    asked = _asked(request, code)
    rules = asked.rules
    current = procedures.load(settings.PROCEDURES_DIR).get(code)
    along = list(onward(rules))
    return render(
        request,
        "agreements/procedure.html",
        {
            "section": "procedures",
            "rules": rules,
            "procedure_title": pick(rules.title),
            "agreement": asked.agreement,
            "short_title": asked.facts.short_title if asked.facts else asked.agreement and asked.agreement.short_title,
            "known": asked.facts is not None,
            "possibly": [label for _stage, label in asked.facts.possibly] if asked.facts else [],
            "view": asked.view,
            "as_of": asked.view.as_of if asked.agreement else None,
            "known_at": asked.view.known_at,
            "drawing": drawing(rules, _standing(asked, request.user)),
            "picture_address": f"{reverse('procedure-picture', args=[code])}{asked.query}",
            "older": current is None or current.digest != rules.digest,
            "onward": [rule_of(rules, name) for name in along],
            "others": [rule_of(rules, name) for name in rules.transitions if name not in along],
            "assignments": assignments_of(rules),
            "stations": stations_of(rules),
            "reminders": reminders_of(rules),
            "laws": laws_of(rules),
        },
    )


@require_safe
def file(request: HttpRequest, code: str) -> HttpResponse:
    """Send the drawing as a file that opens alone, in the language of the page."""
    asked = _asked(request, code)
    response = HttpResponse(svg(asked.rules, _standing(asked, request.user)), content_type="image/svg+xml")
    name = f"{code}-{asked.agreement.reference}" if asked.agreement else code
    response["Content-Disposition"] = f'attachment; filename="{name}.svg"'
    return response


@dataclass(frozen=True)
class _Asked:
    """The procedure that is asked for; and the agreement, what was true of it on the day, from where one looks.

    There are no facts where no agreement is named, where it had not begun, and of a record opened by mistake.
    """

    rules: Procedure
    agreement: Agreement | None
    facts: AgreementFacts | None
    view: Standpoint

    @property
    def query(self) -> str:
        """What an address must carry to show the same agreement from the same place."""
        return f"?{urlencode({'agreement': self.agreement.reference} | self.view.asked)}" if self.agreement else ""


def _asked(request: HttpRequest, code: str) -> _Asked:
    """Return what is asked for: the procedure in the version that the agreement followed then. Raises Http404."""
    user: Any = request.user
    reference, view = request.GET.get("agreement", ""), standpoint(request)
    agreement = visible_agreement(user, reference) if reference else None
    found = [] if agreement is None else facts_of([agreement], user=user, as_of=view.as_of, known_at=view.known_at)
    facts = found[0] if found else None
    if agreement is None:
        rules = procedures.load(settings.PROCEDURES_DIR).get(code)
    else:
        rules = facts.procedure if facts and view.past else agreement.rules
    if rules is None or rules.code != code:
        raise Http404
    return _Asked(rules, agreement, facts, view)


def _standing(asked: _Asked, user: Any) -> Standing | None:
    """Return where an agreement stands on the drawing, or stood; what is missing and what is planned is of today."""
    agreement, facts, past = asked.agreement, asked.facts, asked.view.past
    if agreement is None or facts is None:
        return None
    told = timeline(agreement, user=user, known_at=asked.view.known_at)
    planned = {Stage.SIGNED: agreement.planned_signing, Stage.IN_FORCE: agreement.planned_entry_into_force}
    walked = picture(
        asked.rules,
        walked_by(told, asked.view.as_of if past else None),
        stage=facts.stage,
        text=facts.text,
        planned={} if past else {one: when for one, when in planned.items() if when},
    )
    following = asked.rules.stages[facts.stage].next if facts.stage and not past else None
    against = lifecycle.objections(agreement, following, by=user) if following else []
    return Standing(
        _whole(walked, asked.rules),
        facts.text,
        hold_since=facts.hold_since,
        missing=sum(reason.code != "not-permitted" for reason in against),
        following=following,
        past=past,
    )


def _whole(walked: Picture, rules: Procedure) -> Picture:
    """Return an agreement's picture with the stages of the path that it leaves out: those nobody knows it was at."""
    order = list(Stage)
    known = {node.stage for node in walked.nodes}
    reached = max((order.index(node.stage) for node in walked.nodes if node.state in ("done", "now")), default=-1)
    left = [
        Node(stage, rules.stage_label(stage), "gap" if order.index(stage) < reached else "next")
        for stage in rules.path
        if stage not in known
    ]
    return replace(walked, nodes=tuple(sorted((*walked.nodes, *left), key=lambda node: order.index(node.stage))))
