"""The OpenAPI schema: names of operations, what each takes, and all that it can answer with."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_doc
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.viewsets import GenericViewSet

from agreements.api import columns, idempotency, problems, tables
from agreements.api.deprecation import Leaving
from agreements.api.schema import described  # noqa: F401 - it makes itself known to drf-spectacular
from agreements.api.schema.summaries import SUMMARIES
from agreements.api.serializers.problem import ProblemSerializer

#: Problems of every operation; of those about one record; of those that write; of those that read a body.
_ALWAYS = (
    *(problems.VALIDATION, problems.ANONYMOUS, problems.NOT_ACCEPTABLE, problems.TOO_MANY),
    *(problems.BUSY, problems.AWAY, problems.UPGRADING),
)
_DETAIL = (problems.NOT_FOUND,)
_WRITE = (problems.NOT_PERMITTED, problems.REFUSED, problems.CONFLICT, problems.FULL, problems.READ_ONLY)
_BODY = (problems.UNREADABLE, problems.TOO_LARGE, problems.WRONG_MEDIA_TYPE)
_CHANGE = (problems.STALE, problems.NO_CONDITION)
#: Those of which each that is to be done may be refused, and none of it is done then.
_ALL_OR_NONE = ("bulk_create", "bulk_steps", "bulk_acts")
_KEY = "A key of the sender, new for each request: the same request sent again under it has no second effect."
_FILE = {"type": "string", "format": "binary"}
_FORMAT = "The form, else as Accept asks. As a table the whole list is given; it takes neither cursor nor page_size."
_ORDERING = "The order; a minus turns it round. Cursors of one order are not those of another."
_FIELDS = "What is wanted, all else is left out: names with commas between them, and points before what is within."
_TAG = "The version of a record and a digest of the answer, or of a list the digest alone."
_KNOWN = "ETags of answers that the reader has: 304 where one of them is still right."
_MATCH = "The ETag of the version that is changed or deleted, or * for any."
_LEAVING = {
    "Deprecation": "Since when what was asked for is deprecated (RFC 9745).",
    "Sunset": "Until when it works at least (RFC 8594).",
    "Link": "Where that is described.",
}
_PART = "Which bytes these are, and of how many: bytes 0-1023/4096."
#: Actions that answer with a record under its version.
_RECORDS = ("complete", "drop", "reopen", "make_feed", "revoke_feed")
_REPLAYED = "The answer was given before; nothing was done again."


class Schema(AutoSchema):
    """Describes one operation; each names every problem that it can answer with."""

    def get_operation_id(self) -> str:
        """Return the resource and what is done with it: agreements_list, task_templates_apply."""
        return f"{self._resource.replace('-', '_')}_{getattr(self.view, 'action', None) or self.method.lower()}"

    def get_summary(self) -> str | None:
        """Return what the operation does, in a few words."""
        return SUMMARIES.get(self.get_operation_id())

    def get_description(self) -> str:  # type: ignore[override]
        """Return what the operation does and, where it says that of any record, what its records are."""
        told, kept = super().get_description(), get_doc(type(self.view))
        generic = getattr(self.view, "action", "") in ("create", "retrieve", "partial_update", "destroy")
        leaving = self._leaving()
        parts = (told, kept if generic and kept != told else "", leaving.told if leaving else "")
        return "\n\n".join(filter(None, parts))

    def is_deprecated(self) -> bool:
        """Whether the operation is going to leave."""
        return super().is_deprecated() or self._leaving() is not None

    def _leaving(self, parameter: str = "") -> Leaving | None:
        view: Any = self.view
        action = getattr(view, "action", None) or self.method.lower()
        found: Leaving | None = view.deprecated.get(f"{action}?{parameter}" if parameter else action)
        return found

    def _get_parameters(self) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super()._get_parameters()
        for parameter in parameters:
            if leaving := self._leaving(parameter["name"]):
                told = " ".join(filter(None, (parameter.get("description", ""), leaving.told)))
                parameter.update({"deprecated": True, "description": told})
        return parameters

    def get_tags(self) -> list[str]:
        """Return the resource, under which documentation gathers what can be done with it."""
        return [self._resource]

    @property
    def _resource(self) -> str:
        return str(self.path).partition("/v1/")[2].partition("/")[0]

    def get_request_serializer(self) -> Any:
        """Return what the request says: those that make and change a record say it in their own way."""
        named = {"create": "input_class", "partial_update": "edit_class"}.get(getattr(self.view, "action", ""), "")
        return getattr(self.view, named, None) or super().get_request_serializer()

    def get_override_parameters(self) -> list[Any]:
        """Return the headers that concern versions of a record, and requests that are sent again."""
        return self._about_keys() + self._about_versions() + self._about_reading() + self._about_leaving()

    def _about_leaving(self) -> list[Any]:
        """Return the headers that tell of an operation, or of one of its parameters, that it is going to leave."""
        view: Any = self.view
        action = getattr(view, "action", None) or self.method.lower()
        if not any(name.partition("?")[0] == action for name in view.deprecated):
            return []
        return [
            OpenApiParameter(name, str, OpenApiParameter.HEADER, response=True, description=about)
            for name, about in _LEAVING.items()
        ]

    def _about_reading(self) -> list[Any]:
        """Return the parameters that say in which form, which part and which order of an answer is wanted."""
        if self.method != "GET" or not isinstance(self.view, GenericViewSet):
            return []
        known: Any = self.view
        found = []
        if known.tabular():
            forms = ["json", *(form.format for form in tables.FORMS)]
            found.append(OpenApiParameter("format", str, enum=forms, description=_FORMAT))
        if known.orders:
            found.append(OpenApiParameter("ordering", str, enum=list(known.orders), description=_ORDERING))
        if known.selectable():
            example = ",".join(columns.heads(known.names)[:3])
            found.append(OpenApiParameter("fields", str, description=f"{_FIELDS} Such as {example}."))
        return found

    def map_renderers(self, attribute: str) -> list[Any]:
        """Return the forms of answers; tables are described on their own."""
        kinds: list[Any] = super().map_renderers(attribute)
        return [kind for kind in kinds if kind not in {getattr(form, attribute) for form in tables.FORMS}]

    def _about_keys(self) -> list[Any]:
        """Return the headers of requests that may be sent again."""
        if self.method != "POST":
            return []
        key = {"type": "string", "minLength": 1, "maxLength": idempotency.LONGEST_KEY}
        replayed = {"type": "string", "enum": ["true"]}
        return [
            OpenApiParameter(idempotency.HEADER, key, OpenApiParameter.HEADER, description=_KEY),
            OpenApiParameter(
                idempotency.REPLAYED, replayed, OpenApiParameter.HEADER, response=[200, 201], description=_REPLAYED
            ),
        ]

    def _about_versions(self) -> list[Any]:
        """Return the headers of conditional requests: every answer to GET has a tag, and so has a record otherwise."""
        action = getattr(self.view, "action", "")
        tag = OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200, 201, 206], description=_TAG)
        if self.method == "GET":
            known = OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description=_KNOWN)
            part = OpenApiParameter("Content-Range", str, OpenApiParameter.HEADER, response=[206], description=_PART)
            return [known, tag, part]
        if action in getattr(self.view, "conditional", ()):
            match = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True, description=_MATCH)
            return [match, tag]
        if action in ("create", "add_task", "store"):
            place = OpenApiParameter(
                "Location", OpenApiTypes.URI, OpenApiParameter.HEADER, response=[201], description="The new record."
            )
            return [place, tag]
        return [tag] if action in _RECORDS else []

    def _map_serializer(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> dict[str, Any]:
        schema: dict[str, Any] = super()._map_serializer(serializer, direction, bypass_extensions)
        # Names that are not described are refused in requests, and not there in answers.
        return schema | ({"additionalProperties": False} if schema.get("type") == "object" else {})

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        problem = self.resolve_serializer(ProblemSerializer, "response").ref
        known: Any = self.view
        if self.method == "GET" and isinstance(self.view, GenericViewSet) and known.tabular():
            content = bodies["200"]["content"]
            content.update({form.media_type: {"schema": _FILE} for form in tables.FORMS})
        if self.method == "GET":
            bodies["304"] = {"description": "Not Modified: the reader has the answer already."}
        for status, kinds in problems.by_status(self._problems()).items():
            bodies.setdefault(str(status), _problem(status, kinds, problem))
        return dict(sorted(bodies.items()))

    def _problems(self) -> list[problems.Kind]:
        view: Any = self.view
        action, kinds = getattr(view, "action", ""), list(_ALWAYS)
        if "{" in self.path or self.method == "POST":  # what a key was used for may be out of sight by now
            kinds += _DETAIL
        if self.method != "GET":
            kinds += _WRITE
        if self.method in ("POST", "PATCH"):
            kinds += _BODY
        if self.method == "POST":
            kinds.append(problems.KEY_REUSED)
        if action in getattr(self.view, "conditional", ()):
            kinds += _CHANGE
        if self.path.endswith(("/file/", "/reports/{name}/")):
            kinds.append(problems.NO_RANGE)
        if action in _ALL_OR_NONE:
            kinds[kinds.index(problems.REFUSED)] = problems.NOT_ALL
        if action in view.asking:  # nothing is written that another write could come before
            kinds.remove(problems.CONFLICT)
        return sorted(dict.fromkeys(kinds), key=problems.KINDS.index)


def _problem(status: int, kinds: Sequence[problems.Kind], schema: dict[str, Any]) -> dict[str, Any]:
    """Return what the schema says of a problem, or of several with one status."""
    shown = {kind.name: {"$ref": f"#/components/examples/{kind.name}"} for kind in kinds}
    told: dict[str, Any] = {
        "description": f"{HTTPStatus(status).phrase}: {', '.join(f'`{kind.type}`' for kind in kinds)}",
        "content": {problems.MEDIA_TYPE: {"schema": schema, "examples": shown}},
    }
    headers = {name: {"schema": schema, "description": about} for name, schema, about in _HEADERS.get(status, ())}
    return told | ({"headers": headers} if headers else {})


_SECONDS = {"type": "integer", "minimum": 0}
_HEADERS: Mapping[int, Sequence[tuple[str, dict[str, Any], str]]] = {
    401: (("WWW-Authenticate", {"type": "string"}, "How to sign in: `Token`."),),
    429: (("Retry-After", _SECONDS, "After how many seconds to come back."),),
    503: (("Retry-After", _SECONDS, "After how many seconds to come back."),),
}
