"""The views of tokens: each user has his own, and sees nobody else's."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import tokens
from agreements.api.conditional import tag_of
from agreements.api.serializers.tokens import TokenInput, TokenMadeSerializer, TokenSerializer
from agreements.api.signing_in import token_of
from agreements.api.views.base import UUID, Reads
from agreements.models import ApiToken


class TokenViews(Reads):
    """The secrets under which programs act for the reader."""

    serializer_class = TokenSerializer
    input_class = TokenInput
    http_method_names = ["get", "head", "post", "delete", "options"]
    ordering = ("-created_at", "pk")
    conditional = ("destroy",)
    makes_keys = True
    lookup_field = "pk"
    lookup_value_regex = UUID

    def get_queryset(self) -> QuerySet[ApiToken]:
        """Return the reader's own tokens."""
        return ApiToken.objects.for_user(self.user)

    def answer(self, record: Any, status: int = 200) -> Response:
        """Return a token under its version."""
        return Response(self.get_serializer(record).data, status, headers={"ETag": tag_of(record.version)})

    @extend_schema(request=TokenInput, responses={201: TokenMadeSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Issue a token and tell its secret, this once."""
        token, secret = self.validated(TokenInput).make(by=self.user, within=token_of(request))
        token.secret = secret
        told = TokenMadeSerializer(token, context=self.get_serializer_context()).data
        return Response(told, 201, headers={"ETag": tag_of(token.version), "Location": told["url"]})

    @extend_schema(responses={200: TokenSerializer})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Revoke a token: it is of no use any more, and stays in the list as revoked."""
        token = self.get_object()
        self.match(token)
        return self.answer(tokens.revoke(token, by=self.user))
