"""The views of status reports: which there are, and each in every format."""

import hashlib
from types import SimpleNamespace
from typing import Any, cast

from django.conf import settings
from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ErrorDetail, NotAcceptable
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.mediatypes import order_by_precedence

from agreements import reports
from agreements.api.problems import BadParameters, NoSuchRange
from agreements.api.serializers.reports import ReportSerializer
from agreements.api.views.base import House
from agreements.api.views.documents import AnyForm
from agreements.documents import serving
from agreements.questions import ask, parameters

_LANGUAGES = dict(settings.LANGUAGES)
_DAY = "A day, such as 2024-12-28."
#: What each parameter of a report is.
_DESCRIBED = {
    "as_of": f"What was true on this day; today by default. {_DAY}",
    "known_at": "What was recorded by this moment; now by default. A day, or a moment (RFC 3339).",
    "since": f"The first day, of reports on a time. {_DAY}",
    "until": f"The last day, of reports on a time. {_DAY}",
    "with": "The code of a partner, such as EU.",
    "area": "The code of an area, such as aviation.",
    "agreement": "The reference of an agreement.",
    "meeting": "The identifier of a meeting.",
}
_ASKED = [
    *(OpenApiParameter(name, str, description=text) for name, text in _DESCRIBED.items()),
    OpenApiParameter("format", str, enum=list(reports.FORMATS), description="json by default, or as Accept asks."),
    OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="A part: bytes=0-1023."),
    OpenApiParameter("If-Range", str, OpenApiParameter.HEADER, description="The ETag of the file that the part is of."),
    OpenApiParameter("language", str, enum=list(_LANGUAGES), description="By default that of Accept-Language."),
]
_FORMS: Any = {
    (status, form.media_type.partition(";")[0]): OpenApiTypes.BINARY
    for status in (200, 206)
    for form in reports.FORMATS.values()
}


class ReportsView(House):
    """The reports that there are."""

    http_method_names = ["get", "head", "options"]

    @extend_schema(responses=ReportSerializer(many=True), operation_id="reports_list")
    def get(self, request: Request) -> Response:
        """List the reports with what each can be asked and the formats."""
        rows = [
            SimpleNamespace(
                name=name,
                title=str(report.TITLE),
                about=str(report.ABOUT),
                parameters=parameters(report.FILTERS),
                formats=list(reports.FORMATS),
                url=request.build_absolute_uri(f"{name}/"),
            )
            for name, report in reports.REPORTS.items()
        ]
        return Response(ReportSerializer(rows, many=True).data)


class ReportView(House):
    """One report, as far as the reader may see what it tells of."""

    http_method_names = ["get", "head", "options"]
    content_negotiation_class = AnyForm

    def known_parameters(self) -> tuple[str, ...]:
        """Return what the report can be asked."""
        name = self.kwargs["name"]
        if name not in reports.REPORTS:
            raise Http404
        return (*parameters(reports.REPORTS[name].FILTERS), "format", "language")

    @extend_schema(
        parameters=[OpenApiParameter("name", str, OpenApiParameter.PATH, enum=list(reports.REPORTS)), *_ASKED],
        responses={**_FORMS, (200, "application/json"): OpenApiTypes.OBJECT},
        operation_id="reports_read",
    )
    def get(self, request: Request, name: str) -> HttpResponseBase:
        """Return the report in the format asked for; what a parameter names and the reader may not see is unknown."""
        report, texts = reports.REPORTS[name], request.query_params
        language = texts.get("language", "") or translation.get_language() or settings.LANGUAGE_CODE
        form = texts.get("format", "") or self.accepted()
        needed, begins = reports.required(name), reports.begins(name)
        asked = ask(self.user, report.FILTERS, texts, required=needed, begins=begins)
        problems = dict(asked.problems)
        for parameter, value, known in (("format", form, reports.FORMATS), ("language", language[:2], _LANGUAGES)):
            if value not in known:
                problems[parameter] = _("“%(value)s” is not known. Use one of: %(known)s.") % {
                    "value": value[:60],
                    "known": ", ".join(known),
                }
        if problems:
            raise BadParameters({key: [ErrorDetail(text, code="invalid")] for key, text in problems.items()})
        with translation.override(language[:2]):
            content = report.build(self.user, **asked.chosen)
            made = reports.render(name, content, form)
        file = made.encode() if isinstance(made, str) else made
        headers = {"Content-Type": reports.FORMATS[form].media_type, "Content-Language": language[:2]}
        if form != "json":
            headers["Content-Disposition"] = f'attachment; filename="{reports.file_name(name, content, form)}"'
        digest = hashlib.sha256(file).hexdigest()
        answer = serving.hand_over(
            request._request, digest, len(file), lambda start, length: file[start : start + length], headers
        )
        if answer.status_code == 416:
            raise NoSuchRange(answer.headers["Content-Range"])
        return answer

    def accepted(self) -> str:
        """Return the format that the header Accept asks for, JSON where it takes anything. Raises NotAcceptable."""
        kinds = {form.media_type.partition(";")[0]: name for name, form in reports.FORMATS.items()}
        asked = [kind.strip() for kind in self.request.headers.get("Accept", "*/*").split(",")]
        for group in order_by_precedence(asked):
            for kind in group:
                plain = kind.partition(";")[0].strip()
                if plain in ("*/*", "application/*"):
                    return "json"
                if plain in kinds:
                    return kinds[plain]
        raise NotAcceptable(available_renderers=cast(Any, list(reports.FORMATS.values())))
