"""The schema, and its documentation for people."""

from typing import Any

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request

from agreements.api.fields import unknown
from agreements.api.problems import BadParameters
from agreements.api.views.base import FORMAT, House

#: The digest of the one style that the page of Swagger UI carries; a browser refuses any other.
STYLE = "'sha256-MMpT0iDxyjALd9PdfepImGX3DBfJPXZ4IlDWdPAgtn0='"


class SchemaView(House, SpectacularAPIView):
    """The OpenAPI schema, in YAML or as `Accept` and `format` ask."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse forms that are not known. Raises BadParameters."""
        super().initial(request, *args, **kwargs)
        known = [*dict.fromkeys(one.format for one in self.get_renderers())]
        if (asked := request.query_params.get(FORMAT, known[0])) not in known:
            raise BadParameters({FORMAT: [unknown(asked, known)]})

    def known_parameters(self) -> tuple[str, ...]:
        """Return the parameters that the address takes."""
        return (FORMAT, "lang")


@method_decorator([login_required, csp_update({"style-src": [STYLE]})], name="dispatch")
class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI, from our own files alone."""

    url_name = "api:schema"
