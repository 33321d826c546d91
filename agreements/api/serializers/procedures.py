"""Procedures in JSON: their stages, their steps, and what each step requires."""

from collections.abc import Iterator
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from rest_framework import serializers

from agreements import reminders
from agreements.api.fields import Choice, Texts
from agreements.api.serializers.base import Address, Reading
from agreements.choices import EDGES, ActionKind, Ball, DocumentKind, Group, InTheNameOf, Stage, Transition
from agreements.procedures import Procedure, TaskRule
from agreements.words import LANGUAGES, pick


class ProcedureSerializer(Reading):
    """A procedure in its present version."""

    code = serializers.CharField()
    version = serializers.CharField()
    title = Texts()
    binding = serializers.BooleanField()
    path = serializers.ListField(child=Choice(Stage), help_text="The usual way, first stage first.")
    digest = serializers.CharField(help_text="SHA-256 of the text.")
    url = Address("procedure", "code")


class StageRuleSerializer(Reading):
    """What a procedure says of a stage."""

    stage = Choice(Stage)
    label = serializers.CharField(help_text="In the reader’s language.")  # type: ignore[assignment]
    group = Choice(Group)
    next = Choice(Transition, allow_null=True, help_text="The usual next step.")
    ball = Choice(Ball, help_text="Who must act.")
    usual_days = serializers.IntegerField(allow_null=True, help_text="After so many days it is stuck.")


class PeriodSerializer(Reading):
    """A number of days or months, and what it is counted from."""

    number = serializers.IntegerField()
    unit = serializers.CharField(help_text="days, months, working_days, sitting_days")
    calendar = serializers.CharField(help_text="The calendar of the working or sitting days; else empty.")
    date = serializers.CharField(
        help_text="What it is counted from: stage (when it was entered), a kind of document, a date of the agreement."
    )


class RequirementSerializer(Reading):
    """Something that must be there before a step."""

    kind = serializers.CharField(
        help_text="document, evidence, act, clearance, reached, passed, successor, participants, clause, waited"
    )
    document = Choice(DocumentKind, allow_null=True)
    acts = serializers.ListField(child=Choice(ActionKind), help_text="Any of them, by each participant that acts.")
    date = serializers.CharField(help_text="The field of the agreement; may be empty.")
    law = serializers.CharField(help_text="The article behind it; may be empty.")
    sources = serializers.ListField(child=Choice(Stage), help_text="Asked only from these stages; from any if empty.")
    unless = serializers.ListField(
        child=Choice(ActionKind),
        help_text="Not asked where another participant than the own side has done one of them.",
    )
    period = PeriodSerializer(allow_null=True, help_text="How long to wait; null but for waited.")


class TransitionRuleSerializer(Reading):
    """What a procedure says of a step."""

    name = Choice(Transition)
    label = serializers.CharField(help_text="In the reader’s language.")  # type: ignore[assignment]
    sources = serializers.ListField(child=Choice(Stage))
    target = Choice(Stage)
    automatic = serializers.BooleanField(help_text="Taken by Pacta itself when it is due.")
    requires = RequirementSerializer(many=True)


class TaskRuleSerializer(Reading):
    """What a procedure gives somebody to do before a step."""

    code = serializers.CharField()
    transition = Choice(Transition, help_text="The step that it prepares.")
    title = Texts()
    side = Choice(Ball, help_text="Whose it is; of one for each participant, that of each.")
    body = Texts(help_text="The body that must act; may be empty.")
    law = serializers.CharField(help_text="The article behind it; may be empty.")
    stages = serializers.ListField(child=Choice(Stage), help_text="There while the agreement is in one of them.")
    before = PeriodSerializer(allow_null=True, help_text="How long before the planned date it is due.")
    within = PeriodSerializer(allow_null=True, help_text="How long after the stage was entered it is due.")
    in_the_name_of = serializers.ListField(
        child=Choice(InTheNameOf), help_text="Only for agreements concluded so; for any if empty."
    )
    document = Choice(DocumentKind, allow_null=True, help_text="Done when it is recorded.")
    acts = serializers.ListField(child=Choice(ActionKind), help_text="Done when one of them is recorded.")
    own = serializers.BooleanField(help_text="The acts are asked of the own side alone, else of each participant.")
    clearance = serializers.BooleanField(help_text="Done when bodies have answered and none has refused.")
    after = serializers.ListField(child=serializers.CharField(), help_text="Codes of the tasks that come first.")


class ReminderStepSerializer(Reading):
    """A reminder that holds under a procedure."""

    of = serializers.CharField(help_text="task, notice (against renewal), end (of validity): the last day for it")
    ahead = serializers.IntegerField(help_text="So many days before it; a negative number: so many days after it.")
    to = serializers.ListField(
        child=serializers.CharField(), help_text="responsible, officer, head, treaty_department, nobody"
    )
    said_by = serializers.CharField(help_text="ministry (REMINDERS_FILE), procedure, pacta")


class ProcedureDetailSerializer(ProcedureSerializer):
    """A procedure with its rules."""

    stages = StageRuleSerializer(many=True)
    transitions = TransitionRuleSerializer(many=True)
    tasks = TaskRuleSerializer(many=True)
    reminders = ReminderStepSerializer(many=True)
    text = serializers.CharField(help_text="The rules as they are written (TOML).")

    def to_representation(self, instance: Procedure) -> dict[str, Any]:
        """Return the procedure with stages and steps in the order of an agreement’s life."""
        rules = instance
        told = ProcedureSerializer(rules, context=self.context).data
        stages = [
            {
                "stage": stage,
                "label": rules.stage_label(stage),
                "group": stage.group,
                "next": rule.next,
                "ball": rule.ball,
                "usual_days": rule.usual_days,
            }
            for stage in Stage
            if (rule := rules.stages.get(stage))
        ]
        transitions = [
            {
                "name": name,
                "label": rules.step_label(name),
                "sources": list(step.sources),
                "target": EDGES[name].target,
                "automatic": name in rules.automatic,
                "requires": [
                    {
                        "kind": requirement.kind,
                        "document": requirement.document,
                        "acts": list(requirement.acts),
                        "date": requirement.date,
                        "law": pick(requirement.law).text,
                        "sources": list(requirement.sources),
                        "unless": list(requirement.unless),
                        "period": asdict(requirement.lead) if requirement.lead else None,
                    }
                    for requirement in step.requires
                ],
            }
            for name in Transition
            if (step := rules.transitions.get(name))
        ]
        tasks = TaskRuleSerializer([_task(task) for task in rules.tasks], many=True).data
        return {
            **told,
            "stages": stages,
            "transitions": transitions,
            "tasks": tasks,
            "reminders": list(_reminders(rules)),
            "text": rules.text,
        }


def _reminders(rules: Procedure) -> Iterator[dict[str, Any]]:
    known = reminders.load(settings.REMINDERS_FILE)
    for thing in reminders.Thing:
        source, steps = known.of(thing, rules.code, rules.reminders)
        yield from ({"of": thing, "ahead": one.ahead, "to": list(one.to), "said_by": source} for one in steps)


def _task(task: TaskRule) -> SimpleNamespace:
    return SimpleNamespace(
        **vars(task)
        | {"body": {language: task.body.get(language, "") for language in LANGUAGES}}
        | {"law": pick(task.law).text, "stages": list(task.stages), "acts": list(task.acts), "after": list(task.after)}
    )
