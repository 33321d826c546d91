"""The views of undisclosed participants."""

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import undisclosed
from agreements.api.serializers.undisclosed import (
    DiscloseInput,
    EndInput,
    UndisclosedParticipantEdit,
    UndisclosedParticipantInput,
    UndisclosedParticipantSerializer,
)
from agreements.api.views.base import UUID, Writes, orders
from agreements.filters import UndisclosedFilter
from agreements.models import UndisclosedParticipant


class UndisclosedParticipantViews(Writes):
    """Participants that are more secret than their agreement."""

    serializer_class = UndisclosedParticipantSerializer
    input_class = UndisclosedParticipantInput
    edit_class = UndisclosedParticipantEdit
    editing = staticmethod(undisclosed.changing)
    filterset_class = UndisclosedFilter
    ordering = ("-changed_at", "pk")
    orderings = orders(changed_at="-changed_at")
    lookup_field = "pk"
    lookup_value_regex = UUID
    rights = dict.fromkeys(("create", "partial_update", "disclose", "withdraw"), ("edit",))

    def get_queryset(self) -> QuerySet[UndisclosedParticipant]:
        """Return the records whose level and whose agreement the reader's own level reaches."""
        seen: QuerySet[UndisclosedParticipant] = UndisclosedParticipant.objects.for_user(self.user).kept()
        return seen.select_related("agreement", "party")

    @extend_schema(request=DiscloseInput)
    @action(detail=True, methods=["post"])
    def disclose(self, request: Request, pk: str) -> Response:
        """Make an ordinary participant of it: from now on all who see the agreement see it, and it counts."""
        return self._end(DiscloseInput)

    @extend_schema(request=EndInput)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Record that it takes part no more, or never did; the record stays."""
        return self._end(EndInput)

    def _end(self, given: type[EndInput]) -> Response:
        record = self.get_object()
        asked = self.validated(given)
        with transaction.atomic():
            asked.write(record, self.user)
            ended = self.again(record)
        return self.answer(ended)
