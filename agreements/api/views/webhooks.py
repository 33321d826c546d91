"""The views of webhooks: each user has his own, and sees nobody else's."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import webhooks
from agreements.api import outgoing
from agreements.api.conditional import tag_of
from agreements.api.serializers.webhooks import (
    DeliverySerializer,
    ReplayedSerializer,
    ReplayInput,
    RotateInput,
    WebhookEdit,
    WebhookInput,
    WebhookMadeSerializer,
    WebhookSerializer,
)
from agreements.api.views.base import UUID, Writes
from agreements.filters import DeliveryFilter
from agreements.models import Delivery, Webhook

_DELIVERY = rf"(?P<delivery>{UUID})"
_NAMED = OpenApiParameter("delivery", OpenApiTypes.UUID, OpenApiParameter.PATH)


class WebhookViews(Writes):
    """Addresses to which the reader has events sent."""

    serializer_class = WebhookSerializer
    input_class = WebhookInput
    edit_class = WebhookEdit
    editing = staticmethod(webhooks.changing)
    http_method_names = ["get", "head", "post", "patch", "delete", "options"]
    conditional = ("partial_update", "destroy")
    filterset_class = None
    ordering = ("-created_at", "pk")
    makes_keys = True
    lookup_field = "pk"
    lookup_value_regex = UUID

    def get_queryset(self) -> QuerySet[Webhook]:
        """Return the reader's own webhooks."""
        return Webhook.objects.for_user(self.user)

    def pages(self) -> bool:
        """Whether the action gives pages of a list."""
        return super().pages() or self.action == "deliveries"

    @extend_schema(request=WebhookInput, responses={201: WebhookMadeSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a webhook for what happens from now on, and tell its secret, this once."""
        webhook, secret = self.validated(WebhookInput).make(by=self.user)
        return self._with_secret(webhook, secret, 201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete a webhook and its log."""
        with webhooks.deleting(self.get_object(), by=self.user) as fresh:
            self.match(fresh)
        return Response(status=204)

    @extend_schema(request=RotateInput, responses=WebhookMadeSerializer)
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str) -> Response:
        """Draw another secret and tell it, this once; the one of before signs beside it for a while."""
        webhook = self.get_object()
        overlap = self.validated(RotateInput).overlap
        return self._with_secret(*webhooks.rotate(webhook, by=self.user, overlap=overlap), 200)

    @extend_schema(request=None, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def ping(self, request: Request, pk: str) -> Response:
        """Have a trial sent; what became of it is told under its address."""
        return self._sent(webhooks.ping(self.get_object(), by=self.user))

    @extend_schema(request=ReplayInput, responses={202: ReplayedSerializer})
    @action(detail=True, methods=["post"], url_path="replay")
    def replay_since(self, request: Request, pk: str) -> Response:
        """Have everything sent again that was recorded since a moment, under the same names."""
        webhook = self.get_object()
        since = self.validated(ReplayInput).validated_data["since"]
        number = webhooks.replay_since(webhook, since, by=self.user)
        outgoing.start(webhook)
        return Response({"events": number}, 202)

    # ---- deliveries ----
    @extend_schema(responses=DeliverySerializer(many=True))
    @action(detail=True, filterset_class=DeliveryFilter, serializer_class=DeliverySerializer)
    def deliveries(self, request: Request, pk: str) -> Response:
        """Return what was sent and is to be sent, the latest first; what is over is kept for thirty days."""
        page = self.paginate_queryset(self.filter_queryset(self._log(self.get_object())))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(responses=DeliverySerializer, parameters=[_NAMED])
    @action(detail=True, url_path=f"deliveries/{_DELIVERY}", filter_backends=[], pagination_class=None)
    def delivery(self, request: Request, pk: str, delivery: str) -> Response:
        """Return what became of one sending."""
        return self._told(get_object_or_404(self._log(self.get_object()), pk=delivery))

    @extend_schema(request=None, responses={202: DeliverySerializer}, parameters=[_NAMED])
    @action(detail=True, methods=["post"], url_path=f"deliveries/{_DELIVERY}/replay")
    def replay(self, request: Request, pk: str, delivery: str) -> Response:
        """Have one event sent again, under the same name."""
        return self._sent(webhooks.replay(get_object_or_404(self._log(self.get_object()), pk=delivery), by=self.user))

    def _log(self, webhook: Webhook) -> QuerySet[Delivery]:
        log: QuerySet[Delivery] = Delivery.objects.for_user(self.user).filter(webhook=webhook).select_related("webhook")
        return log

    def _sent(self, delivery: Delivery) -> Response:
        outgoing.start(delivery.webhook)
        return self._told(delivery, 202)

    def _told(self, delivery: Delivery, status: int = 200) -> Response:
        return Response(DeliverySerializer(delivery, context=self.get_serializer_context()).data, status)

    def _with_secret(self, webhook: Webhook, secret: str, status: int) -> Response:
        webhook.secret = secret  # what is told, not what is kept
        told = WebhookMadeSerializer(webhook, context=self.get_serializer_context()).data
        headers = {"ETag": tag_of(told["version"])} | ({"Location": told["url"]} if status == 201 else {})
        return Response(told, status, headers=headers)
