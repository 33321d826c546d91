"""The views of shares and delegations: made and ended, never changed."""

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import delegations
from agreements.api.serializers.access import (
    DelegationInput,
    DelegationSerializer,
    ShareInput,
    ShareSerializer,
    WithdrawInput,
)
from agreements.api.views.base import UUID, Reads, orders
from agreements.filters import DelegationFilter, ShareFilter
from agreements.models import Delegation, Share


class ShareViews(Reads):
    """Agreements that are shown to somebody whose access level does not reach them."""

    serializer_class = ShareSerializer
    input_class = ShareInput
    http_method_names = ["get", "head", "post", "options"]
    filterset_class = ShareFilter
    ordering = ("-given_at", "pk")
    orderings = orders(given_at="-given_at")
    lookup_field = "pk"
    lookup_value_regex = UUID
    # Of these whoever is responsible for the agreement, too: the operation asks for the agreement itself.
    rights = {"create": ("share", "unit", "edit"), "withdraw": ("share", "unit", "edit")}

    def get_queryset(self) -> QuerySet[Share]:
        """Return the shares of the agreements that the reader sees."""
        seen: QuerySet[Share] = Share.objects.for_user(self.user)
        return seen.select_related("agreement", "user", "unit", "given_by", "withdrawn_by")

    @extend_schema(request=ShareInput, responses={201: ShareSerializer})
    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Show an agreement to a user or to a unit."""
        given = self.validated(ShareInput)
        with transaction.atomic():
            made = self.again(given.open(by=self.user))
        return self.answer(made, 201)

    @extend_schema(request=WithdrawInput)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Withdraw a share: it shows nothing any more, and stays in the list."""
        share = self.get_object()
        self.validated(WithdrawInput).write(share, self.user)
        return self.answer(self.again(share))


class DelegationViews(Reads):
    """Who acts in whose place while he is absent."""

    serializer_class = DelegationSerializer
    input_class = DelegationInput
    http_method_names = ["get", "head", "post", "delete", "options"]
    filterset_class = DelegationFilter
    ordering = ("-given_at", "pk")
    orderings = orders(given_at="-given_at")
    conditional = ("destroy",)
    makes_keys = True
    lookup_field = "pk"
    lookup_value_regex = UUID

    def get_queryset(self) -> QuerySet[Delegation]:
        """Return the delegations that the reader may see."""
        seen: QuerySet[Delegation] = Delegation.objects.for_user(self.user)
        return seen.select_related("absent", "deputy", "given_by", "ended_by")

    @extend_schema(request=DelegationInput, responses={201: DelegationSerializer})
    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Let somebody act in the place of who is absent."""
        given = self.validated(DelegationInput)
        with transaction.atomic():
            made = self.again(given.open(by=self.user))
        return self.answer(made, 201)

    @extend_schema(responses={200: DelegationSerializer})
    def destroy(self, request: Request, *args: object, **kwargs: object) -> Response:
        """End a delegation before its last day; it stays in the list as ended."""
        delegation = self.get_object()
        self.match(delegation)
        delegations.end(delegation, by=self.user)
        return self.answer(self.again(delegation))
