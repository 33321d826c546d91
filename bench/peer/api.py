"""The API of the usual stack: a view set, its serializers, its filters; related rows are fetched with the page."""

from typing import Any, ClassVar

import django_filters
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet
from django_fsm import can_proceed
from django_fsm_log.models import StateLog
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from bench.peer.models import Agreement, Document, Participant, Relation, Stage, Task
from bench.peer.whole import WholeMixin


class ParticipantSerializer(serializers.ModelSerializer):
    """A party's part in an agreement."""

    party = serializers.CharField(source="party.code")
    name = serializers.CharField(source="party.name_en")

    class Meta:
        model = Participant
        fields = ("party", "name", "role")


class RelationSerializer(serializers.ModelSerializer):
    """How one agreement stands to another."""

    to = serializers.CharField(source="to.reference")

    class Meta:
        model = Relation
        fields = ("kind", "to")


class AgreementSerializer(serializers.ModelSerializer):
    """An agreement with its participants."""

    stage_label = serializers.CharField(source="get_stage_display", read_only=True)
    areas = serializers.SlugRelatedField("code", many=True, read_only=True)
    participants = ParticipantSerializer(many=True, read_only=True)
    relations = RelationSerializer(many=True, read_only=True)
    lead_unit = serializers.SlugRelatedField("code", read_only=True)
    officer = serializers.SlugRelatedField("username", read_only=True)
    url = serializers.HyperlinkedIdentityField("agreement-detail", lookup_field="reference")

    class Meta:
        model = Agreement
        exclude = ("id",)


class StateLogSerializer(serializers.ModelSerializer):
    """One transition that was taken."""

    by = serializers.CharField(source="by.username", default="")
    source_state_label = serializers.SerializerMethodField()
    state_label = serializers.SerializerMethodField()

    class Meta:
        model = StateLog
        fields = (
            *("id", "timestamp", "by", "transition", "source_state", "source_state_label", "state", "state_label"),
            "description",
        )

    def get_source_state_label(self, log: StateLog) -> str:
        """Return the label of the stage before."""
        return Stage(log.source_state).label if log.source_state else ""

    def get_state_label(self, log: StateLog) -> str:
        """Return the label of the stage after."""
        return Stage(log.state).label


class DocumentSerializer(serializers.ModelSerializer):
    """A document of an agreement."""

    class Meta:
        model = Document
        exclude = ("agreement",)


class TaskSerializer(serializers.ModelSerializer):
    """Something to do for an agreement."""

    unit = serializers.SlugRelatedField("code", read_only=True)

    class Meta:
        model = Task
        exclude = ("agreement",)


class AgreementDetailSerializer(AgreementSerializer):
    """An agreement with what has happened to it: what Pacta's journal tells of steps, documents and tasks."""

    log = serializers.SerializerMethodField()
    documents = DocumentSerializer(many=True, read_only=True)
    tasks = TaskSerializer(many=True, read_only=True)

    def get_log(self, agreement: Agreement) -> Any:
        """Return the transitions, first one first."""
        logs = StateLog.objects.for_(agreement).select_related("by").order_by("timestamp", "id")
        return StateLogSerializer(logs, many=True).data


class AgreementFilter(django_filters.FilterSet):
    """Filters of the list."""

    party = django_filters.CharFilter("participants__party__code")
    area = django_filters.CharFilter("areas__code")
    lead_unit = django_filters.CharFilter("lead_unit__code")

    class Meta:
        model = Agreement
        fields: ClassVar = {
            "stage": ["exact", "in"],
            "kind": ["exact", "in"],
            "level": ["exact"],
            "valid_until": ["gte", "lte"],
            "changed_at": ["gte", "lte"],
        }


class TransitionSerializer(serializers.Serializer):
    """A transition to take."""

    transition = serializers.ChoiceField(("authorise", "open_negotiations", "prepare_signing", "suspend", "resume"))
    description = serializers.CharField(max_length=255, required=False, default="")
    on = serializers.DateField()


class AgreementViewSet(WholeMixin, viewsets.ModelViewSet):
    """Agreements."""

    queryset = Agreement.objects.all()
    lookup_field = "reference"
    filterset_class = AgreementFilter
    search_fields = ("title_en", "title_ru", "title_kk", "reference")
    ordering_fields = ("changed_at", "reference", "since_latest", "valid_until")

    def get_queryset(self) -> QuerySet[Agreement]:
        """Return agreements with what is shown of them."""
        beside = ("documents", "tasks__unit") if self.action == "retrieve" else ()
        return Agreement.objects.select_related("lead_unit", "officer").prefetch_related(
            "areas", "participants__party", "relations__to", *beside
        )

    def get_serializer_class(self) -> Any:
        """Return what shows one or many."""
        return AgreementDetailSerializer if self.action == "retrieve" else AgreementSerializer

    @action(detail=True, methods=["post"])
    def transitions(self, request: Request, reference: str) -> Response:
        """Take a transition, and return the agreement."""
        asked = TransitionSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        with transaction.atomic():
            agreement = Agreement.objects.select_for_update().get(reference=reference)
            method = getattr(agreement, asked.validated_data["transition"])
            if not can_proceed(method):
                raise ValidationError({"transition": "This transition is not possible now."})
            agreement.since_earliest = agreement.since_latest = asked.validated_data["on"]
            method(by=request.user, description=asked.validated_data["description"])
            agreement.save()
        log = StateLog.objects.for_(agreement).latest("id")
        return Response(StateLogSerializer(log).data, status=201)


def content_type() -> ContentType:
    """Return what the log calls an agreement."""
    return ContentType.objects.get_for_model(Agreement)
