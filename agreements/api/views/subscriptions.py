"""The views of subscriptions and notifications: each user has his own, and sees nobody else's."""

from contextlib import AbstractContextManager
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import subscriptions
from agreements.api.conditional import tag_of
from agreements.api.serializers.subscriptions import (
    MailingSerializer,
    NotificationSerializer,
    ReadInput,
    ReadSerializer,
    SubscriptionEdit,
    SubscriptionInput,
    SubscriptionSerializer,
    WishesEdit,
    WishesFeedSerializer,
    WishesSerializer,
    told,
)
from agreements.api.views.base import UUID, Reads, Records, Writes
from agreements.filters import MailingFilter, NotificationFilter
from agreements.models import Agreement, Mailing, Notification, NotificationWishes, Subscription, User


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


def _wishing(_kept: NotificationWishes, *, by: User) -> AbstractContextManager[NotificationWishes]:
    return subscriptions.wishing(by)


class WishesViews(Writes):
    """How the reader is told, whatever of: one record, which is there before anything was said."""

    serializer_class = WishesSerializer
    edit_class = WishesEdit
    editing = staticmethod(_wishing)
    http_method_names = ["get", "head", "patch", "options"]
    filterset_class = None

    def get_object(self) -> NotificationWishes:
        """Return the reader's own wishes."""
        return subscriptions.wishes_of(self.user)

    def again(self, record: Any) -> NotificationWishes:
        """Return them as they are now."""
        return self.get_object()


class WishesFeedViews(Records):
    """The address under which feed readers read of what the reader is told."""

    serializer_class = WishesSerializer
    http_method_names = ["post", "options"]
    makes_keys = True

    @extend_schema(request=None, responses=WishesFeedSerializer)
    def make_feed(self, request: Request) -> Response:
        """Make the address of the feed anew and tell it, this once; the one before answers no more."""
        secret = subscriptions.make_feed(self.user)
        wishes: Any = subscriptions.wishes_of(self.user)
        wishes.address = request.build_absolute_uri(reverse("notification-feed", args=[secret]))
        return self._told(WishesFeedSerializer, wishes)

    @extend_schema(request=None, responses=WishesSerializer)
    def revoke_feed(self, request: Request) -> Response:
        """Let the feed answer no more."""
        subscriptions.revoke_feed(self.user)
        return self._told(WishesSerializer, subscriptions.wishes_of(self.user))

    def _told(self, reading: Any, wishes: NotificationWishes) -> Response:
        told = reading(wishes, context=self.get_serializer_context()).data
        return Response(told, headers={"ETag": tag_of(told["version"])})


class MailingViews(Reads):
    """The mails to the reader, and what became of them."""

    serializer_class = MailingSerializer
    http_method_names = ["get", "head", "post", "options"]
    filterset_class = MailingFilter
    ordering = ("-created_at", "pk")
    lookup_field = "pk"
    lookup_value_regex = UUID

    def get_queryset(self) -> QuerySet[Mailing]:
        """Return the reader's own mails."""
        own: QuerySet[Mailing] = Mailing.objects.for_user(self.user)
        return own

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one mail."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=None, responses=MailingSerializer)
    @action(detail=True, methods=["post"], url_path="again")
    def send_again(self, request: Request, pk: str) -> Response:
        """Have a mail sent again that was given up."""
        return Response(self.get_serializer(subscriptions.again(self.get_object())).data)


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
