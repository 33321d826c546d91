"""The procedures as a lawyer reads them: the stages, and what each step needs by which law."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agreements import procedures
from agreements.choices import EDGES, ActionKind, Ball, Stage, Transition
from agreements.models import Agreement
from agreements.procedures import Procedure, Requirement
from agreements.timeline import timeline
from agreements.views.agreement import visible_agreement
from agreements.views.picture import Picture, picture, walked_by
from agreements.words import pick


@dataclass(frozen=True)
class Rule:
    """One step of a procedure: from which stages it leads where, and what it needs."""

    label: str
    sources: Sequence[tuple[Stage, str]]
    target: Stage
    target_label: str
    needs: Sequence[tuple[str, str]]
    automatic: bool


@dataclass(frozen=True)
class Station:
    """One stage of a procedure: who acts there, and after how many days it is unusual to stay."""

    stage: Stage
    label: str
    ball: Ball
    usual_days: int | None


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """List the procedures with their paths."""
    known = procedures.load(settings.PROCEDURES_DIR).values()
    rows = [
        (rules, pick(rules.title), picture(rules)) for rules in sorted(known, key=lambda rules: str(pick(rules.title)))
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
            "onward": [_rule(rules, name) for name in rules.transitions if _onward(rules, name)],
            "others": [_rule(rules, name) for name in rules.transitions if not _onward(rules, name)],
            "stations": [
                Station(stage, rules.stage_label(stage), rule.ball, rule.usual_days)
                for stage, rule in rules.stages.items()
            ],
        },
    )


def _drawn(rules: Procedure, agreement: Agreement | None, user: Any) -> Picture:
    if agreement is None or agreement.is_void:
        return picture(rules)
    walked = walked_by(timeline(agreement, user=user))
    return picture(rules, walked, stage=Stage(agreement.stage), text=agreement.text)


def _onward(rules: Procedure, name: Transition) -> bool:
    """Whether a step leads along the path: from one of its stages to a later one."""
    order = list(Stage)
    target = EDGES[name].target
    return (
        target in rules.path
        and any(
            stage in rules.path and order.index(stage) < order.index(target)
            for stage in rules.transitions[name].sources
        )
        and name not in (Transition.REOPEN, Transition.RESUME)
    )


def _rule(rules: Procedure, name: Transition) -> Rule:
    rule = rules.transitions[name]
    target = EDGES[name].target
    return Rule(
        label=rules.step_label(name),
        sources=[(stage, rules.stage_label(stage)) for stage in rule.sources],
        target=target,
        target_label=rules.stage_label(target),
        needs=[(need(requirement, rules), pick(requirement.law).text) for requirement in rule.requires],
        automatic=name in rules.automatic,
    )


def need(requirement: Requirement, rules: Procedure) -> str:
    """Write a requirement in full: what must be there, from which stages it is asked, and what stands in for it."""
    parts = [sentence(requirement)]
    if requirement.sources:
        stages = ", ".join(rules.stage_label(stage) for stage in requirement.sources)
        parts.append(_("Asked only from: %(stages)s.") % {"stages": stages})
    if requirement.unless:
        acts = _any_of(requirement.unless)
        parts.append(_("Not asked where another participant has come first: %(acts)s.") % {"acts": acts})
    return " ".join(parts)


def sentence(requirement: Requirement) -> str:
    """Write a requirement as a sentence that says what must be there."""
    match requirement.kind:
        case "document":
            return _("Recorded beforehand: %(document)s.") % {"document": _document(requirement)}
        case "evidence":
            return _("Named in the step or recorded beforehand: %(document)s.") % {"document": _document(requirement)}
        case "act":
            return _("Recorded for each participant that acts: %(acts)s.") % {"acts": _any_of(requirement.acts)}
        case "clearance":
            return _("At least one body has cleared the text, and none has refused.")
        case "reached":
            return _("The step is not earlier than the beginning of the period of validity, if one is set.")
        case "passed":
            return _("The period of validity has ended.")
        case "successor":
            return _("A later agreement between all the same parties is named and in force.")
        case "participants":
            return _("At least two participants that act are recorded.")
        case "clause" if requirement.document:
            document = _document(requirement)
            return _("The clause on entry into force is met, or there is: %(document)s.") % {"document": document}
        case "clause":
            acts = _any_of(requirement.acts)
            return _(
                "The clause on entry into force is met; "
                "without a clause, each participant that acts has done: %(acts)s."
            ) % {"acts": acts}
        case other:
            return other


def _document(requirement: Requirement) -> str:
    return _small(str(requirement.document.label)) if requirement.document else ""


def _any_of(acts: Sequence[ActionKind]) -> str:
    *others, last = (_small(str(act.label)) for act in acts)
    return ", ".join(others) + _(" or ") + last if others else last


def _small(label: str) -> str:
    """Write a label as it stands in the middle of a sentence."""
    return label[:1].lower() + label[1:]
