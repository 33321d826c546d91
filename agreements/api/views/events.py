"""The views of events: what the journal recorded, in one order, to be followed by programs."""

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import events
from agreements.api.pagination import Following
from agreements.api.serializers.events import HappeningSerializer, happened
from agreements.api.views.base import UUID, Records
from agreements.filters import EventFilter
from agreements.models import Entry


class EventViews(Records):
    """Events, as far as the reader may know them."""

    serializer_class = HappeningSerializer
    filterset_class = EventFilter
    pagination_class = Following
    http_method_names = ["get", "head", "options"]
    lookup_field = "pk"
    lookup_value_regex = UUID

    def get_queryset(self) -> QuerySet[Entry]:
        """Return the entries that the reader may see."""
        entries: QuerySet[Entry] = Entry.objects.for_user(self.user)
        return entries

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the events behind a cursor, first recorded first; `next` leads on, also from an empty page."""
        following = cast(Following, self.paginator)
        after, size = following.begin(request)
        page = events.read(self.user, after=after, size=size, asked=self.filter_queryset)
        told = self.get_serializer(happened(page.happenings), many=True).data
        return following.answer(told, reached=page.reached, more=page.more)

    @extend_schema(responses=HappeningSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one event as the reader may know it now."""
        found = events.one(self.user, kwargs["pk"])
        if found is None:
            raise NotFound
        return Response(self.get_serializer(happened([found])[0]).data)
