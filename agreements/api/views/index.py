"""The index of the API: from here on nobody need know an address by heart."""

from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from agreements.api.schema.summaries import RESOURCES
from agreements.api.views.base import House


class IndexView(House):
    """What the API has, the same for everybody who has signed in: what of it one may see, each address says itself.

    As the schema itself, it stands in no schema: who has that has all addresses.
    """

    schema = None  # type: ignore[assignment]
    http_method_names = ["get", "head", "options"]

    def get(self, request: Request) -> Response:
        """Name the addresses of all resources, of the schema, its documentation and the problems."""

        def address(name: str) -> str:
            return request.build_absolute_uri(reverse(name))

        here = address("api:index")
        return Response(
            {
                "resources": {name: f"{here}{name}/" for name in RESOURCES},
                "schema": address("api:schema"),
                "documentation": address("api-docs"),
                "problems": address("problems"),
            }
        )
