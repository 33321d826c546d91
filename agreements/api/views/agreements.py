"""The views of agreements: lists and records, steps, holds, the journal."""

from types import SimpleNamespace
from typing import Any

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import changes, lifecycle
from agreements.api.serializers.agreements import AgreementSerializer, OptionsQuery, TransitionsSerializer, gather
from agreements.api.serializers.journal import (
    RECORDED,
    CorrectionSerializer,
    EventSerializer,
    HoldInput,
    ReleaseInput,
    StepInput,
    VoidInput,
    recorded,
    tell,
)
from agreements.api.serializers.opening import AgreementEdit, AgreementOpening
from agreements.api.views.base import Writes
from agreements.filters import AgreementFilter, EntryFilter, MomentField
from agreements.models import Agreement, Entry

_ENTRY = r"(?P<entry>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_RECORD = ("list", "retrieve", "create", "partial_update")


class AgreementViews(Writes):
    """International agreements, as far as the reader may see them."""

    serializer_class = AgreementSerializer
    input_class = AgreementOpening
    edit_class = AgreementEdit
    filterset_class = AgreementFilter
    lookup_field = "reference"
    lookup_value_regex = r"[A-Za-z0-9-]{1,12}"
    rights = {
        "create": ("propose", "import"),
        "partial_update": ("edit",),
        "step": ("step", "import"),
        "hold": ("step", "import"),
        "release": ("step", "import"),
        "record": ("record", "import"),
        "void": ("void",),
    }
    parameters = {"transitions": ("on",)}

    def get_queryset(self) -> QuerySet[Agreement]:
        """Return what the reader may see; records that were opened by mistake are in no list."""
        seen = Agreement.objects.for_user(self.user)
        if self.action not in _RECORD:
            return seen.select_related("procedure_version")
        seen = seen.select_related("procedure_version", "lead_unit", "officer")
        return seen.kept() if self.action == "list" else seen

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return a page, of agreements with what stands beside them."""
        page = super().paginate_queryset(queryset)
        if page and self.action == "list":
            gather(page, user=self.user)
        return page

    def answer(self, record: Agreement, status: int = 200) -> Response:
        """Return an agreement with what stands beside it."""
        gather([record], user=self.user)
        return super().answer(record, status)

    def pages(self) -> bool:
        """Whether the action gives pages of a list."""
        return super().pages() or self.action == "journal"

    # ---- steps ----
    @extend_schema(responses=TransitionsSerializer, parameters=[OptionsQuery])
    @action(detail=True, filter_backends=[], pagination_class=None)
    def transitions(self, request: Request, reference: str) -> Response:
        """Say which steps lead away from the present stage, and everything that stands against each."""
        agreement = self.get_object()
        query = OptionsQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        options = lifecycle.available(agreement, by=self.user, **query.validated_data)
        return Response(TransitionsSerializer((agreement, options)).data)

    @extend_schema(request=StepInput, responses={201: EventSerializer})
    @transitions.mapping.post
    def step(self, request: Request, reference: str) -> Response:
        """Take a step; a refusal names every reason, and nothing is written."""
        return self._write(StepInput)

    @extend_schema(request=HoldInput, responses={201: EventSerializer})
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, reference: str) -> Response:
        """Put the agreement on hold."""
        return self._write(HoldInput)

    @extend_schema(request=ReleaseInput, responses={201: EventSerializer})
    @action(detail=True, methods=["post"])
    def release(self, request: Request, reference: str) -> Response:
        """End a hold."""
        return self._write(ReleaseInput)

    def _write(self, serializer_class: type[StepInput | HoldInput | ReleaseInput]) -> Response:
        agreement = self.get_object()
        written = self.validated(serializer_class, agreement=agreement).write(agreement, self.user)
        return self._told(agreement, self._chain(agreement).get(sequence=written.version))

    # ---- the journal ----
    @extend_schema(responses=EventSerializer(many=True))
    @action(detail=True, filterset_class=EntryFilter, ordering=("sequence",))
    def journal(self, request: Request, reference: str) -> Response:
        """Return what was recorded, in the order of recording; `known_at` looks back to a moment."""
        agreement = self.get_object()
        chain = self._chain(agreement)
        chain = chain.exclude(pk__in=changes.hidden(chain, self.user).keys)
        page = self.paginate_queryset(self.filter_queryset(chain)) or []
        later = chain.filter(voids__in=[entry.pk for entry in page])
        if known_at := MomentField(required=False).clean(request.query_params.get("known_at")):
            later = later.filter(recorded_at__lte=known_at)
        told = tell(page, agreement, user=self.user, voids=later)
        return self.get_paginated_response(EventSerializer(told, many=True).data)

    @extend_schema(
        request=PolymorphicProxySerializer("JournalInput", dict(RECORDED), resource_type_field_name="kind"),
        responses={201: EventSerializer},
    )
    @journal.mapping.post
    def record(self, request: Request, reference: str) -> Response:
        """Record a note, a document, a clearance or an act of a participant; none of them moves the stage."""
        agreement = self.get_object()
        serializer = recorded(request.data, {**self.get_serializer_context(), "agreement": agreement})
        serializer.is_valid(raise_exception=True)
        return self._told(agreement, serializer.write(agreement, self.user))

    @extend_schema(
        request=VoidInput,
        responses={201: CorrectionSerializer},
        parameters=[OpenApiParameter("entry", OpenApiTypes.UUID, OpenApiParameter.PATH)],
    )
    @action(detail=True, methods=["post"], url_path=f"journal/{_ENTRY}/void")
    def void(self, request: Request, reference: str, entry: str) -> Response:
        """Void an entry with a reason, or correct it: then what is given anew replaces it at its place."""
        agreement = self.get_object()
        chain = self._chain(agreement)
        kept = get_object_or_404(chain.exclude(pk__in=changes.hidden(chain, self.user).keys), pk=entry)
        written = self.validated(VoidInput, agreement=agreement).write(kept, self.user)
        entries = list(chain.filter(Q(voids=kept) | Q(sequence=written.version)))
        void, replacement = (*tell(entries, agreement, user=self.user), None)[:2]
        told = CorrectionSerializer(SimpleNamespace(void=void, replacement=replacement))
        return Response(told.data, 201)

    def _chain(self, agreement: Agreement) -> QuerySet[Entry]:
        entries: QuerySet[Entry] = Entry.objects.for_user(self.user).of(agreement).select_related("text")
        return entries

    def _told(self, agreement: Agreement, entry: Entry) -> Response:
        (event,) = tell([entry], agreement, user=self.user)
        return Response(EventSerializer(event).data, 201)
