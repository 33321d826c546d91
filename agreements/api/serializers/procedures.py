"""Procedures in JSON: their stages, their steps, and what each step requires."""

from typing import Any

from rest_framework import serializers

from agreements.api.fields import Choice, Texts
from agreements.api.serializers.base import Address, Reading
from agreements.choices import EDGES, ActionKind, Ball, DocumentKind, Group, Stage, Transition
from agreements.procedures import Procedure
from agreements.words import pick


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


class RequirementSerializer(Reading):
    """Something that must be there before a step."""

    kind = serializers.CharField(
        help_text="document, evidence, act, clearance, reached, passed, successor, participants"
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


class TransitionRuleSerializer(Reading):
    """What a procedure says of a step."""

    name = Choice(Transition)
    label = serializers.CharField(help_text="In the reader’s language.")  # type: ignore[assignment]
    sources = serializers.ListField(child=Choice(Stage))
    target = Choice(Stage)
    automatic = serializers.BooleanField(help_text="Taken by Pacta itself when it is due.")
    requires = RequirementSerializer(many=True)


class ProcedureDetailSerializer(ProcedureSerializer):
    """A procedure with its rules."""

    stages = StageRuleSerializer(many=True)
    transitions = TransitionRuleSerializer(many=True)
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
                    }
                    for requirement in step.requires
                ],
            }
            for name in Transition
            if (step := rules.transitions.get(name))
        ]
        return {**told, "stages": stages, "transitions": transitions, "text": rules.text}
