"""The views of undisclosed participants."""

from functools import cached_property
from typing import Any

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
from agreements.api.standing import Question
from agreements.api.views.base import UUID, Writes, orders
from agreements.api.views.looking import looked_from, refuse_of_now
from agreements.filters import UndisclosedFilter
from agreements.models import UndisclosedParticipant

#: The filters that know of now only, as the order by the last change does not.
_OF_NOW = (
    *(f"{name}{one}" for name in ("role", "level", "state") for one in ("", "__in")),
    *("changed_at__gte", "changed_at__lte"),
)


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

    @cached_property
    def look(self) -> Question | None:
        """From where the reader looks; None for today, by what the columns say. Raises BadParameters."""
        return looked_from(self.request)

    def filter_queryset(self, queryset: Any) -> Any:
        """Filter the list; of the past it has what was named by then. Raises BadParameters for what is known of now."""
        found = super().filter_queryset(queryset)
        if self.action != "list" or self.look is None:
            return found
        refuse_of_now(name for name in _OF_NOW if name in self.request.query_params)
        return undisclosed.named_then(found, as_of=self.look.on, known_at=self.look.known_at)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List undisclosed participants, as they stand or as they stood."""
        if self.look is None:
            return super().list(request, *args, **kwargs)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        told = undisclosed.then(page, as_of=self.look.on, known_at=self.look.known_at)
        return self.get_paginated_response(self.get_serializer([row for row, _level in told], many=True).data)

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
