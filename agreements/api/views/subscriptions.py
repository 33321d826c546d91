"""The views of subscriptions and notifications: each user has his own, and sees nobody else's."""

from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import subscriptions
from agreements.api.conditional import tag_of
from agreements.api.serializers.subscriptions import (
    NotificationSerializer,
    ReadInput,
    ReadSerializer,
    SubscriptionEdit,
    SubscriptionInput,
    SubscriptionSerializer,
    told,
)
from agreements.api.views.base import UUID, Reads, Writes
from agreements.filters import NotificationFilter
from agreements.models import Agreement, Notification, Subscription


class SubscriptionViews(Writes):
    """Of what the reader is told, and how."""

    serializer_class = SubscriptionSerializer
    input_class = SubscriptionInput
    edit_class = SubscriptionEdit
    editing = staticmethod(subscriptions.changing)
    http_method_names = ["get", "head", "post", "patch", "delete", "options"]
    conditional = ("partial_update", "destroy")
    filterset_class = None
    ordering = ("-created_at", "pk")
    lookup_field = "pk"
    lookup_value_regex = UUID

    def get_queryset(self) -> QuerySet[Subscription]:
        """Return the reader's own subscriptions."""
        seen = Agreement.objects.for_user(self.user).filter(pk=OuterRef("agreement"))
        own: QuerySet[Subscription] = Subscription.objects.for_user(self.user).select_related("agreement")
        return own.annotate(agreement_seen=Exists(seen), party_code=F("party__code"), area_code=F("area__code"))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Remove a subscription; what it told of stays."""
        with subscriptions.removing(self.get_object(), by=self.user) as fresh:
            self.match(fresh)
        return Response(status=204)


class NotificationViews(Reads):
    """Of what the reader was told."""

    serializer_class = NotificationSerializer
    input_class = ReadInput
    http_method_names = ["get", "head", "post", "options"]
    filterset_class = NotificationFilter
    ordering = ("-created_at", "pk")
    lookup_field = "pk"
    lookup_value_regex = UUID

    def get_queryset(self) -> QuerySet[Notification]:
        """Return the reader's own notifications, about what he may still see."""
        own: QuerySet[Notification] = Notification.objects.for_user(self.user).told()
        return own.select_related("agreement")

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one notification."""
        found = self._told([self.get_object()])
        if not found:
            raise Http404
        return Response(found[0], headers={"ETag": tag_of(found[0]["version"])})

    @extend_schema(request=ReadInput, responses=ReadSerializer)
    @action(detail=False, methods=["post"])
    def read(self, request: Request) -> Response:
        """Mark notifications as read, some of them or all."""
        number = subscriptions.mark_read(self.user, self.validated(ReadInput).validated_data.get("ids"))
        return Response({"notifications": number})

    @extend_schema(responses=NotificationSerializer(many=True))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List notifications, the latest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(self._told(page))

    def _told(self, rows: Any) -> Any:
        site = self.request.build_absolute_uri("/").rstrip("/")
        references = {row.agreement_id: row.agreement.reference for row in rows if row.agreement}
        found = told(subscriptions.read(self.user, rows), references, site)
        return NotificationSerializer(found, many=True, context=self.get_serializer_context()).data
