"""The views of what participants do: their standing, their acts, the entry into force."""

from types import SimpleNamespace
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import changes
from agreements.api import standing
from agreements.api.problems import BadParameters
from agreements.api.serializers.journal import ActInput, EventSerializer, tell
from agreements.api.serializers.participation import (
    EntryIntoForceQuery,
    EntryIntoForceSerializer,
    StandingQuery,
    StandingsSerializer,
    Supposition,
)
from agreements.api.views.base import Writes
from agreements.choices import EntryKind
from agreements.filters import ActFilter
from agreements.lookups import MomentField
from agreements.models import Agreement, Entry

_ACT = OpenApiExample(
    "A ratification",
    value={
        "party": "KZ",
        "act": "ratification",
        "on": "2016-03-25",
        "evidence": "Law No. 475-V",
        "source": "adilet.zan.kz",
    },
    request_only=True,
)
_SUPPOSITION = OpenApiExample(
    "What if two more ratified?",
    value={
        "on": "2025-06-01",
        "actions": [
            {"party": "KZ", "act": "ratification", "on": "2025-03-10", "received": "2025-03-20"},
            {"party": "EU", "act": "approval", "on": "2025-04"},
        ],
        "clause": {"enters_into_force": {"first_of_month": 2, "following": {"instruments": "all"}}},
    },
    request_only=True,
)


class Participations(Writes):
    """What participants of agreements do, and what follows from it."""

    @extend_schema(responses=StandingsSerializer, parameters=[StandingQuery])
    @action(detail=True, filter_backends=[], pagination_class=None)
    def participants(self, request: Request, reference: str) -> Response:
        """Say how every participant stands, and on which acts that rests."""
        agreement = self.get_object()
        question = self.asked(StandingQuery).question
        found = standing.stand(agreement, question, user=self.user)
        told = SimpleNamespace(as_of=question.on, known_at=question.known_at, participants=standing.participants(found))
        return Response(StandingsSerializer(told).data)

    # ---- acts ----
    @extend_schema(responses=EventSerializer(many=True))
    @action(detail=True, url_path="actions", filterset_class=ActFilter, ordering=("sequence",))
    def acts(self, request: Request, reference: str) -> Response:
        """Return the acts of participants in the order of recording, as the journal tells them."""
        agreement = self.get_object()
        return self.page_of(agreement, self.chain(agreement).filter(kind=EntryKind.ACTION))

    @extend_schema(request=ActInput, responses={201: EventSerializer}, examples=[_ACT])
    @acts.mapping.post
    def act(self, request: Request, reference: str) -> Response:
        """Record an act of a participant; a refusal names every reason, and nothing is written."""
        agreement = self.get_object()
        return self.told(agreement, self.validated(ActInput, agreement=agreement).write(agreement, self.user))

    # ---- entry into force ----
    @extend_schema(responses=EntryIntoForceSerializer, parameters=[EntryIntoForceQuery])
    @action(detail=True, url_path="entry-into-force", filter_backends=[], pagination_class=None)
    def entry_into_force(self, request: Request, reference: str) -> Response:
        """Say when the agreement enters into force by its clause, for whom, and what is missing."""
        return self._answered(self.get_object(), self.asked(EntryIntoForceQuery).question)

    @extend_schema(request=Supposition, responses=EntryIntoForceSerializer, examples=[_SUPPOSITION])
    @entry_into_force.mapping.post
    def suppose(self, request: Request, reference: str) -> Response:
        """Say what would follow if more acts were done, or if the clause were another; nothing is recorded."""
        agreement = self.get_object()
        return self._answered(agreement, self.validated(Supposition, agreement=agreement).question)

    def _answered(self, agreement: Agreement, question: standing.Question) -> Response:
        found = standing.stand(agreement, question, user=self.user)
        return Response(EntryIntoForceSerializer(standing.entry_into_force(found)).data)

    # ---- for all of them ----
    def asked(self, serializer_class: Any) -> Any:
        """Return the serializer of what the address asks. Raises BadParameters."""
        serializer = serializer_class(data=self.request.query_params.dict(), context=self.get_serializer_context())
        if not serializer.is_valid():
            raise BadParameters(serializer.errors)
        return serializer

    def chain(self, agreement: Agreement) -> QuerySet[Entry]:
        """Return the journal of an agreement, first entry first."""
        entries: QuerySet[Entry] = Entry.objects.for_user(self.user).of(agreement).select_related("text")
        return entries

    def page_of(self, agreement: Agreement, entries: QuerySet[Entry]) -> Response:
        """Return a page of entries; `known_at` looks back to a moment."""
        unseen = changes.hidden(Entry.objects.of(agreement), self.user)
        entries = entries.exclude(pk__in=unseen.keys) if unseen.keys else entries
        page = self.paginate_queryset(self.filter_queryset(entries)) or []
        later = self.chain(agreement).filter(voids__in=[entry.pk for entry in page])
        if known_at := MomentField(required=False).clean(self.request.query_params.get("known_at")):
            later = later.filter(recorded_at__lte=known_at)
        told = tell(page, agreement, user=self.user, voids=later, hidden=unseen)
        return self.get_paginated_response(EventSerializer(told, many=True).data)

    def told(self, agreement: Agreement, entry: Entry) -> Response:
        """Return an entry that was just written."""
        (event,) = tell([entry], agreement, user=self.user)
        return Response(EventSerializer(event).data, 201)
