"""Agreements as the API shows them, and the steps that lead away from their stage."""

from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from agreements import turns
from agreements.api.fields import Choice, ClauseData, Code, Texts, When
from agreements.api.serializers.base import Address, Moment, Reading, Writing
from agreements.api.serializers.problem import ReasonSerializer
from agreements.choices import (
    Ball,
    Group,
    InstrumentKind,
    InTheNameOf,
    LastDay,
    Level,
    RelationKind,
    Role,
    Stage,
    Status,
    Transition,
)
from agreements.lifecycle import Option
from agreements.models import Agreement
from agreements.periods import Period


class ProcedureNameSerializer(Reading):
    """Which procedure an agreement follows."""

    code = serializers.CharField(source="procedure_version.code")
    version = serializers.CharField(source="procedure_version.version")
    title = Texts(source="rules.title")


class ParticipantSerializer(Reading):
    """A party’s part in an agreement."""

    party = serializers.CharField()
    name = serializers.CharField(help_text="In the reader’s language.")
    role = Choice(Role)


class RelationSerializer(Reading):
    """How the agreement stands to another one that the reader may see."""

    kind = Choice(RelationKind)
    to = serializers.CharField(help_text="The reference of the other agreement.")


class AgreementSerializer(Reading):
    """An agreement as the reader may see it, with what `listed.gather` put beside it."""

    reference = serializers.CharField()
    title = Texts(source="titles")
    short_title = Texts(source="short_titles")
    kind = Choice(InstrumentKind)
    procedure = ProcedureNameSerializer(source="*")
    binding = serializers.BooleanField(help_text="False: in effect, never in force; not a treaty.")
    stage = Choice(Stage)
    stage_label = serializers.SerializerMethodField(help_text="What the procedure calls the stage.")
    group = Choice(Group)
    since = When(help_text="In this stage since.")
    text = serializers.IntegerField(help_text="The number of the text that is talked about.")
    round = serializers.IntegerField(help_text="The round of talks on this text.")
    on_hold = serializers.BooleanField()
    areas = serializers.ListField(child=serializers.CharField(), source="told_areas")
    participants = ParticipantSerializer(many=True, source="told_participants")
    relations = RelationSerializer(many=True, source="told_relations")
    in_the_name_of = Choice(InTheNameOf)
    level = Choice(Level)
    lead_unit = Code(allow_null=True)
    officer = Code("username", allow_null=True)
    valid_from = serializers.DateField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True, help_text="The last day of validity.")
    renewal_years = serializers.IntegerField(allow_null=True, help_text="It is renewed by so many years; null: not.")
    notice_months = serializers.IntegerField(
        allow_null=True, help_text="Unless notice is given so many months before the last day."
    )
    planned_signing = When(allow_null=True)
    planned_entry_into_force = When(allow_null=True)
    computed_entry_into_force = When(
        source="computed_entry", allow_null=True, help_text="By the clause, once it is met."
    )
    next_step = serializers.CharField(help_text="Empty: what the procedure foresees.")
    ball = serializers.SerializerMethodField(
        help_text="Who must act: as named, or else as the open tasks, the clause and the procedure say."
    )
    ball_named = Choice(Ball, source="ball", allow_blank=True, help_text="Who was named to act; empty: nobody was.")
    is_void = serializers.BooleanField(help_text="Opened by mistake and closed; not in lists.")
    changed_at = Moment()
    version = serializers.IntegerField()
    url = Address("agreement", "reference")

    def get_stage_label(self, agreement: Agreement) -> str:
        """Return the label of the stage in the reader’s language; a page tells the same few again and again."""
        rules, stage = agreement.rules, agreement.stage
        label = self._labels.get((rules.digest, stage))
        if label is None:
            label = self._labels[rules.digest, stage] = rules.stage_label(stage)
        return label

    @cached_property
    def _labels(self) -> dict[tuple[str, str], str]:
        return {}

    @extend_schema_field(Choice(Ball))
    def get_ball(self, agreement: Any) -> Ball:
        """Return who must act next; of an agreement as it was, what its journal told."""
        told: Ball | None = getattr(agreement, "told_ball", None)
        if told is not None:
            return told
        known = agreement.rules.digest, *turns.DECIDING(agreement)
        ball = self._balls.get(known)
        if ball is None:
            ball = self._balls[known] = turns.ball_of(agreement)
        return ball

    @cached_property
    def _balls(self) -> dict[Any, Ball]:
        return {}


class OwnSideSerializer(Reading):
    """How the own side stands to an agreement today, by its acts."""

    party = serializers.CharField()
    status = Choice(Status)
    status_label = serializers.CharField(help_text="In the reader’s language.")
    since = When(allow_null=True, help_text="In this status since.")
    bound = When(allow_null=True, help_text="In force for it from this day.")
    until = When(allow_null=True, help_text="No longer bound from this day.")
    in_force_but_not_for_us = serializers.BooleanField(help_text="The acts show others bound, and the own side not.")


class ReminderSerializer(Reading):
    """A day on which to be reminded of a last day."""

    of = Choice(LastDay)
    ahead = serializers.IntegerField(help_text="So many days before it.")
    on = serializers.DateField()


class ValidityPeriodSerializer(Reading):
    """The period of validity that runs today, or the last one there was."""

    number = serializers.IntegerField(help_text="It was renewed one time less.")
    first = When(allow_null=True)
    last = serializers.DateField()
    renews_on = serializers.DateField(allow_null=True, help_text="The next period begins then; null: there is none.")
    last_notice = serializers.DateField(allow_null=True, help_text="The last day on which notice stops the renewal.")
    expired = serializers.BooleanField()
    certain = serializers.BooleanField(help_text="False: a notice was given, but its day is too vague.")
    reminders = serializers.SerializerMethodField()

    @extend_schema_field(ReminderSerializer(many=True))
    def get_reminders(self, period: Period) -> Any:
        """Return when to be reminded of its end, and of the last day for notice."""
        return ReminderSerializer(list(period.reminders()), many=True).data


class AgreementDetailSerializer(AgreementSerializer):
    """An agreement by itself: what would be too long for a list, too."""

    period = ValidityPeriodSerializer(
        source="told_period", allow_null=True, help_text="Null: no last day of validity is recorded."
    )
    clause = ClauseData(allow_null=True, help_text="The clause on entry into force as data; null: none is recorded.")
    clause_text = Texts(source="clause_texts", help_text="The clause on entry into force in words.")
    register_number = serializers.CharField(help_text="In the State Register of treaties; empty: none is recorded.")
    registered_on = serializers.DateField(allow_null=True, help_text="The day of that registration.")
    un_number = serializers.CharField(help_text="Of the registration at the United Nations (Charter, Art. 102).")
    un_registered_on = serializers.DateField(allow_null=True, help_text="The day of that registration.")
    legal_hold = serializers.BooleanField(help_text="Under it, nothing of the agreement is redacted or let go.")
    own_side = OwnSideSerializer(
        source="told_own_side", allow_null=True, help_text="Null: the own side takes no part that acts."
    )


class OptionsQuery(Writing):
    """For which day the steps are weighed."""

    on = When(required=False, help_text="Else today.")


class OptionSerializer(Reading):
    """A transition that leads away from the present stage."""

    name = Choice(Transition)
    label = serializers.CharField()  # type: ignore[assignment]
    target = Choice(Stage)
    target_label = serializers.CharField()
    asks = serializers.ListField(child=serializers.CharField(), help_text="Fields that the step must name.")


class BlockedSerializer(OptionSerializer):
    """A transition that is not possible now."""

    reasons = ReasonSerializer(many=True)


class TransitionsSerializer(Reading):
    """What is possible from the present stage, and what stands against the rest."""

    stage = Choice(Stage)
    possible = OptionSerializer(many=True)
    blocked = BlockedSerializer(many=True)

    def to_representation(self, instance: tuple[Agreement, list[Option]]) -> dict[str, Any]:
        """Return the options of an agreement, in the order of its life."""
        agreement, options = instance
        rules = agreement.rules
        found: dict[str, Any] = {"stage": agreement.stage, "possible": [], "blocked": []}
        for option in options:
            told = {
                "name": option.name,
                "label": rules.step_label(option.name),
                "target": option.target,
                "target_label": rules.stage_label(option.target),
                "asks": list(option.asks),
            }
            if option.possible:
                found["possible"].append(told)
            else:
                reasons = ReasonSerializer(option.reasons, many=True).data
                found["blocked"].append(told | {"reasons": reasons})
        return found
