"""The views of parties, vocabularies, procedures, meetings and indicators."""

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import commitments, meetings, procedures
from agreements.api.pagination import CodeCursor
from agreements.api.serializers.commitments import CommitmentEdit, CommitmentInput, CommitmentSerializer
from agreements.api.serializers.meetings import MeetingEdit, MeetingInput, MeetingSerializer, OutcomeInput
from agreements.api.serializers.procedures import ProcedureDetailSerializer, ProcedureSerializer
from agreements.api.serializers.registry import (
    AreaSerializer,
    IndicatorEdit,
    IndicatorInput,
    IndicatorSerializer,
    PartyEdit,
    PartyInput,
    PartySerializer,
    UnitSerializer,
)
from agreements.api.views.base import BY_CODE, UUID, Lists, Records, Writes, orders
from agreements.filters import CommitmentFilter, IndicatorFilter, MeetingFilter, PartyFilter
from agreements.models import AgendaItem, Agreement, Area, Commitment, Indicator, Meeting, Membership, Party, Unit, User


class PartyViews(Writes):
    """States and international organisations."""

    serializer_class = PartySerializer
    input_class = PartyInput
    edit_class = PartyEdit
    filterset_class = PartyFilter
    ordering = ("code",)
    orderings = {**BY_CODE, **orders(changed_at="-changed_at")}
    lookup_field = "code"
    lookup_value_regex = r"[A-Za-z0-9-]{1,12}"
    rights = {"create": ("reference_data",), "partial_update": ("reference_data",)}

    def get_queryset(self) -> QuerySet[Party]:
        """Return the parties with their memberships."""
        memberships = Membership.objects.select_related("organisation").order_by("since", "organisation__code")
        seen: QuerySet[Party] = Party.objects.for_user(self.user)
        return seen.prefetch_related(Prefetch("memberships", memberships))


class AreaViews(Lists):
    """Areas of cooperation."""

    serializer_class = AreaSerializer
    ordering = ("code",)
    orderings = BY_CODE

    def get_queryset(self) -> QuerySet[Area]:
        """Return the areas."""
        seen: QuerySet[Area] = Area.objects.for_user(self.user)
        return seen


class UnitViews(Lists):
    """Units of the ministry."""

    serializer_class = UnitSerializer
    ordering = ("code",)
    orderings = BY_CODE

    def get_queryset(self) -> QuerySet[Unit]:
        """Return the units."""
        seen: QuerySet[Unit] = Unit.objects.for_user(self.user)
        return seen


def meetings_seen_by(user: User) -> QuerySet[Meeting]:
    """Return the meetings that a user may see, with what he may see of their agendas."""
    agreements = Agreement.objects.for_user(user).kept().filter(pk=OuterRef("agreement"))
    agenda = AgendaItem.objects.filter(Exists(agreements)).select_related("agreement")
    seen: QuerySet[Meeting] = Meeting.objects.for_user(user).select_related("format")
    return seen.prefetch_related("parties", Prefetch("agenda", agenda.order_by("number", "pk")))


class MeetingViews(Writes):
    """Meetings; of the agenda only what the reader may see."""

    serializer_class = MeetingSerializer
    input_class = MeetingInput
    edit_class = MeetingEdit
    editing = staticmethod(meetings.changing)
    filterset_class = MeetingFilter
    ordering = ("-earliest", "pk")
    orderings = orders(on="-earliest", changed_at="-changed_at")
    lookup_field = "pk"
    lookup_value_regex = UUID
    rights = {"create": ("edit",), "partial_update": ("edit",), "outcomes": ("edit",)}

    @extend_schema(request=OutcomeInput, responses={201: MeetingSerializer})
    @action(detail=True, methods=["post"])
    def outcomes(self, request: Request, pk: str) -> Response:
        """Record what came of a point of the agenda; it may become a step or a note of its agreement."""
        meeting = self.get_object()
        self.validated(OutcomeInput).write(meeting, self.user)
        return Response(self.get_serializer(self.again(meeting)).data, 201)

    def get_queryset(self) -> QuerySet[Meeting]:
        """Return the meetings with what the reader may see of their agendas."""
        return meetings_seen_by(self.user)


class IndicatorViews(Writes):
    """Figures on partners, each from one source."""

    serializer_class = IndicatorSerializer
    input_class = IndicatorInput
    edit_class = IndicatorEdit
    filterset_class = IndicatorFilter
    ordering = ("-period_until", "pk")
    orderings = orders(period_until="-period_until", changed_at="-changed_at")
    lookup_field = "pk"
    lookup_value_regex = UUID
    rights = {"create": ("reference_data",), "partial_update": ("reference_data",)}

    def get_queryset(self) -> QuerySet[Indicator]:
        """Return the figures; lists leave out what was recorded by mistake."""
        seen = Indicator.objects.for_user(self.user)
        rows: QuerySet[Indicator] = seen.kept() if self.action == "list" else seen
        return rows.select_related("party")


class CommitmentViews(Writes):
    """What parties undertook in agreements, and how far it is fulfilled."""

    serializer_class = CommitmentSerializer
    input_class = CommitmentInput
    edit_class = CommitmentEdit
    editing = staticmethod(commitments.changing)
    filterset_class = CommitmentFilter
    ordering = ("-changed_at", "pk")
    orderings = orders(changed_at="-changed_at")
    lookup_field = "pk"
    lookup_value_regex = UUID
    rights = {"create": ("edit",), "partial_update": ("edit",)}

    def get_queryset(self) -> QuerySet[Commitment]:
        """Return the commitments with what names them."""
        seen: QuerySet[Commitment] = Commitment.objects.for_user(self.user).kept()
        return seen.select_related("agreement", "party", "unit")


class ProcedureViews(Records):
    """Procedures in their present version; an agreement keeps the version under which it began."""

    serializer_class = ProcedureSerializer
    pagination_class = CodeCursor
    filter_backends = ()
    lookup_field = "code"
    lookup_value_regex = r"[A-Za-z0-9_-]{1,40}"

    @extend_schema(responses=ProcedureSerializer(many=True))
    def list(self, request: Request) -> Response:
        """List the procedures."""
        known = sorted(procedures.load(settings.PROCEDURES_DIR).items())
        page = self.paginate_queryset([rules for _code, rules in known])
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(responses=ProcedureDetailSerializer)
    def retrieve(self, request: Request, code: str) -> Response:
        """Return a procedure with its rules."""
        rules = procedures.load(settings.PROCEDURES_DIR).get(code)
        if rules is None:
            raise Http404
        return Response(ProcedureDetailSerializer(rules, context=self.get_serializer_context()).data)
