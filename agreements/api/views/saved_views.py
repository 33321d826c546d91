"""The views of saved views: each user's own, and those that are shared."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import saved_views
from agreements.api.serializers.saved_views import SavedViewEdit, SavedViewInput, SavedViewSerializer
from agreements.api.views.base import UUID, Writes
from agreements.filters import SavedViewFilter
from agreements.models import SavedView


class SavedViewViews(Writes):
    """The filters of lists, kept under names: the reader's own, and those that others share."""

    serializer_class = SavedViewSerializer
    input_class = SavedViewInput
    edit_class = SavedViewEdit
    editing = staticmethod(saved_views.editing)
    filterset_class = SavedViewFilter
    http_method_names = ["get", "head", "post", "patch", "delete", "options"]
    conditional = ("partial_update", "destroy")
    lookup_field = "pk"
    lookup_value_regex = UUID

    def get_queryset(self) -> QuerySet[SavedView]:
        """Return the views that the reader may see."""
        return SavedView.objects.for_user(self.user).select_related("owner")

    def again(self, record: Any) -> SavedView:
        """Return a view that was just written, even where who wrote it has kept it to its owner."""
        return SavedView.objects.select_related("owner").get(pk=record.pk)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete a view; the feeds that follow it answer no more."""
        with saved_views.deleting(self.get_object(), by=self.user) as fresh:
            self.match(fresh)
        return Response(status=204)
