"""The views of what needs attention: in one agreement, and in all that the reader may see."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters.utils import translate_validation  # type: ignore[import-untyped]
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import attention
from agreements.api.pagination import ComputedCursor
from agreements.api.serializers.attention import FindingSerializer, told
from agreements.api.views.base import Records
from agreements.api.views.participation import Participations
from agreements.filters import AttentionFilter, FindingFilter
from agreements.models import Agreement


class Findings(Records):
    """Lists of findings."""

    def page_of_findings(self, filterset_class: type[FindingFilter], only: Collection[UUID] | None) -> Response:
        """Return a page of what was found of some agreements, or of all that the reader may see.

        Everything is looked at for each page, with the same number of queries whatever there is.
        """
        seen = Agreement.objects.for_user(self.user)
        asked = filterset_class(self.request.query_params, queryset=seen, request=self.request)
        if not asked.is_valid():
            raise translate_validation(asked.errors)
        given = asked.form.cleaned_data
        if any(value for name, value in given.items() if name.removesuffix("__in") in filterset_class.OF_AGREEMENTS):
            only = list(asked.qs.order_by("pk").values_list("pk", flat=True))
        found = attention.review(self.user, as_of=given.get("as_of"), known_at=given.get("known_at"), only=only)
        kept = [
            one
            for one in found.findings
            if all(one.code in given[name] for name in ("kind", "kind__in") if given.get(name))
            and all(one.strength in given[name] for name in ("strength", "strength__in") if given.get(name))
        ]
        page = self.paginate_queryset(told(kept, found)) or []
        rows = FindingSerializer(page, many=True, context=self.get_serializer_context()).data
        return self.get_paginated_response(rows)


class AttentionViews(Findings):
    """What needs attention among all agreements that the reader may see."""

    serializer_class = FindingSerializer
    filterset_class = AttentionFilter
    pagination_class = ComputedCursor

    def get_queryset(self) -> QuerySet[Agreement]:
        """Return the agreements that may be looked at."""
        seen: QuerySet[Agreement] = Agreement.objects.for_user(self.user)
        return seen

    @extend_schema(responses=FindingSerializer(many=True))
    def list(self, request: Request) -> Response:
        """List what needs attention, the strongest first; of a past day tasks are left out."""
        return self.page_of_findings(AttentionFilter, None)


class AttentionToAgreements(Findings, Participations):
    """What needs attention in one agreement."""

    def pages(self) -> bool:
        """Whether the action gives pages of a list."""
        return super().pages() or self.action == "attention"

    @extend_schema(responses=FindingSerializer(many=True))
    @action(detail=True, filterset_class=FindingFilter, pagination_class=ComputedCursor)
    def attention(self, request: Request, reference: str) -> Any:
        """Return what needs attention in the agreement, the strongest first."""
        return self.page_of_findings(FindingFilter, [self.get_object().pk])
