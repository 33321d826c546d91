"""The views of calendar feeds: each user has his own, and sees nobody else's."""

from types import SimpleNamespace
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import feeds
from agreements.api.conditional import tag_of
from agreements.api.serializers.feeds import FeedInput, FeedMadeSerializer, FeedSerializer
from agreements.api.views.base import Reads
from agreements.models import FeedToken


class FeedViews(Reads):
    """Addresses under which calendar programs read the reader's calendar."""

    serializer_class = FeedSerializer
    input_class = FeedInput
    http_method_names = ["get", "head", "post", "delete", "options"]
    conditional = ("destroy",)
    ordering = ("-created_at", "pk")
    makes_keys = True
    lookup_field = "pk"
    lookup_value_regex = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

    def get_queryset(self) -> QuerySet[FeedToken]:
        """Return the reader's own feeds."""
        return FeedToken.objects.for_user(self.user).following()

    def answer(self, record: Any, status: int = 200) -> Response:
        """Return a feed under its version."""
        return Response(self.get_serializer(record).data, status, headers={"ETag": tag_of(_version(record))})

    @extend_schema(request=FeedInput, responses={201: FeedMadeSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a feed and tell its address, this once."""
        feed, secret = self.validated(FeedInput).make(by=self.user)
        feed.address = request.build_absolute_uri(reverse("calendar-feed", args=[secret]))
        told = FeedMadeSerializer(feed, context=self.get_serializer_context()).data
        return Response(told, 201, headers={"ETag": tag_of(_version(feed)), "Location": told["url"]})

    @extend_schema(responses={200: FeedSerializer})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Revoke a feed: it answers no more, and stays in the list as revoked."""
        feed = self.get_object()
        self.match(SimpleNamespace(pk=feed.pk, version=_version(feed)))
        return self.answer(feeds.revoke(feed))


def _version(feed: FeedToken) -> int:
    """Return the version of a feed: nothing of it changes but that it is revoked."""
    return 2 if feed.revoked_at else 1
