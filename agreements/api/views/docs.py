"""The schema, and its documentation for people."""

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.negotiation import DefaultContentNegotiation

from agreements.api.views.base import House

#: The digest of the one style that the page of Swagger UI carries; a browser refuses any other.
STYLE = "'sha256-MMpT0iDxyjALd9PdfepImGX3DBfJPXZ4IlDWdPAgtn0='"


class SchemaView(House, SpectacularAPIView):
    """The OpenAPI schema, in YAML or as `Accept` and `format` ask."""

    content_negotiation_class = DefaultContentNegotiation

    def known_parameters(self) -> tuple[str, ...]:
        """Return the parameters that the address takes."""
        return ("format", "lang")


@method_decorator([login_required, csp_update({"style-src": [STYLE]})], name="dispatch")
class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI, from our own files alone."""

    url_name = "api:schema"
