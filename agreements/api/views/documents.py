"""The views of documents: lists, versions, files, uploads."""

from types import SimpleNamespace
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import registers
from agreements.api.conditional import tag_of
from agreements.api.parsing import Multipart
from agreements.api.problems import NoSuchRange
from agreements.api.serializers.documents import DocumentEdit, DocumentSerializer, UploadInput
from agreements.api.views.base import Reads, orders
from agreements.api.views.participation import Participations
from agreements.documents import files, serving
from agreements.filters import DocumentFilter, FileFilter
from agreements.models import Document, DocumentVersion, Entry, User

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NUMBER = {"type": "integer", "minimum": 1, "maximum": 9999}
_FORMS = sorted({*files.MEDIA_TYPES.values()})
_FILE: Any = {(status, form): OpenApiTypes.BINARY for status in (200, 206) for form in _FORMS}


class AnyForm(BaseContentNegotiation):
    """Takes whatever form the answer has: a file comes as what it is."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Return the first parser; nothing is sent."""
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """Return the form in which problems are told."""
        return renderers[0], renderers[0].media_type


def listed(user: User) -> QuerySet[Document]:
    """Return the documents that a user may see, with their versions; three queries whatever their number."""
    voids = Entry.objects.filter(voids=OuterRef("entry"))
    rows = DocumentVersion.objects.annotate(is_void=Exists(voids)).select_related("entry").order_by("-number")
    seen: QuerySet[Document] = Document.objects.for_user(user).select_related("agreement")
    # Counted of each row that is told; a join would count all versions before the first page is known.
    of_one = DocumentVersion.objects.filter(document=OuterRef("pk")).order_by().values("document")
    number = Coalesce(Subquery(of_one.annotate(number=Count("pk")).values("number")), 0)
    return seen.annotate(changes=number + F("markings")).prefetch_related(Prefetch("versions", rows, to_attr="files"))


class DocumentViews(Reads):
    """Documents with their files, as far as the reader may see them."""

    serializer_class = DocumentSerializer
    edit_class = DocumentEdit
    rights = {"partial_update": ("record",)}
    filterset_class = DocumentFilter
    ordering = ("-created_at", "pk")
    orderings = orders(created_at="-created_at")
    lookup_field = "pk"
    lookup_value_regex = _UUID

    def get_queryset(self) -> QuerySet[Document]:
        """Return the documents with their versions; those of records opened by mistake are in no list."""
        seen = listed(self.user)
        return seen.exclude(agreement__is_void=True) if self.action == "list" else seen

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give the document another level or title; it answers 404 where the reader is not to see it any more."""
        document = self.get_object()
        change = self.validated(DocumentEdit)
        with transaction.atomic():
            # The agreement's row is locked before what hangs on it: all writers go the same way.
            registers.lock(document.agreement, by=self.user, right="record")
            fresh = self.get_object()
            self.match(SimpleNamespace(pk=fresh.pk, version=fresh.changes))
            change.apply(fresh, self.user)
        return self.answer(self.again(document))

    @extend_schema(
        responses=_FILE,
        parameters=[
            OpenApiParameter("number", _NUMBER, OpenApiParameter.PATH),
            OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="A part: bytes=0-1023."),
            OpenApiParameter("If-Range", str, OpenApiParameter.HEADER, description="The ETag that the part is of."),
        ],
    )
    @action(
        detail=True,
        url_path=r"versions/(?P<number>[0-9]{1,4})/file",
        url_name="file",
        filter_backends=[],
        pagination_class=None,
        content_negotiation_class=AnyForm,
    )
    def file(self, request: Request, pk: str, number: str) -> Any:
        """Return the file of a version, whole or in part."""
        seen = DocumentVersion.objects.for_user(self.user)
        version = get_object_or_404(seen, document=pk, number=int(number))
        response = serving.deliver(request._request, version)
        if response.status_code == 416:
            raise NoSuchRange(response.headers["Content-Range"])
        return response


class Documented(Participations):
    """The documents of agreements."""

    def pages(self) -> bool:
        """Whether the action gives pages of a list."""
        return super().pages() or self.action == "documents"

    @extend_schema(responses=DocumentSerializer(many=True))
    @action(
        detail=True,
        filterset_class=FileFilter,
        ordering=("-created_at", "pk"),
        parser_classes=[Multipart],
    )
    def documents(self, request: Request, reference: str) -> Response:
        """Return the documents of an agreement, the latest first."""
        found = self.filter_queryset(listed(self.user).filter(agreement=self.get_object()))
        page = self.paginate_queryset(found) or []
        told = DocumentSerializer(page, many=True, context=self.get_serializer_context())
        return self.get_paginated_response(told.data)

    @extend_schema(request={"multipart/form-data": UploadInput}, responses={201: DocumentSerializer})
    @documents.mapping.post
    def store(self, request: Request, reference: str) -> Response:
        """Keep a file as a new document, or as the next version of one; a refusal names every reason."""
        agreement = self.get_object()
        context = {**self.get_serializer_context(), "agreement": agreement}
        sent: Any = request.data
        given = UploadInput(data=sent.dict(), context=context)
        given.is_valid(raise_exception=True)
        version = given.write(agreement, self.user)
        kept = listed(self.user).get(pk=version.document_id)
        told = DocumentSerializer(kept, context=context).data
        return Response(told, 201, headers={"ETag": tag_of(told["version"]), "Location": told["url"]})
