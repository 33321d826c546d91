"""The OpenAPI schema: names of operations, problems of each, and what the fields of the API look like."""

from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.viewsets import GenericViewSet

from agreements.api import columns, fields, idempotency, problems, tables
from agreements.api.serializers import base
from agreements.api.serializers.problem import ProblemSerializer
from agreements.choices import Precision

_ALWAYS = (problems.ANONYMOUS, problems.WRONG_METHOD, problems.NOT_ACCEPTABLE, problems.TOO_MANY, problems.BUSY)
_LIST = (problems.VALIDATION,)
_DETAIL = (problems.VALIDATION, problems.NOT_FOUND)
_BODY = (
    problems.VALIDATION,
    problems.UNREADABLE,
    problems.NOT_PERMITTED,
    problems.REFUSED,
    problems.CONFLICT,
    problems.TOO_LARGE,
    problems.WRONG_MEDIA_TYPE,
)
_CHANGE = (problems.STALE, problems.NO_CONDITION)
_KEY = "A key of the sender, new for each request: the same request sent again under it has no second effect."
_FILE = {"type": "string", "format": "binary"}
_FORMAT = "The form, else as Accept asks. As a table the whole list is given; it takes neither cursor nor page_size."
_ORDERING = "The order; a minus turns it round. Cursors of one order are not those of another."
_FIELDS = "What is wanted, all else is left out: names with commas between them, and points before what is within."
_TAG = "The version of a record and a digest of the answer, or of a list the digest alone."
_KNOWN = "ETags of answers that the reader has: 304 where one of them is still right."
_MATCH = "The ETag of the version that is changed or deleted, or * for any."
#: Actions that answer with a record under its version.
_RECORDS = ("complete", "drop", "reopen")
_REPLAYED = "The answer was given before; nothing was done again."


class Schema(AutoSchema):
    """Describes one operation; each names every problem that it can answer with."""

    def get_operation_id(self) -> str:
        """Return the resource and what is done with it: agreements_list, agreements_step."""
        return f"{self._resource}_{getattr(self.view, 'action', None) or self.method.lower()}"

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
        return self._about_keys() + self._about_versions() + self._about_reading()

    def _about_reading(self) -> list[Any]:
        """Return the parameters that say in which form, which part and which order of an answer is wanted."""
        if self.method != "GET" or not isinstance(self.view, GenericViewSet):
            return []
        known: Any = self.view
        found = []
        if known.tabular():
            forms = ["json", *(form.format for form in tables.FORMS)]
            found.append(OpenApiParameter("format", str, enum=forms, description=_FORMAT))
        if known.orderings and known.action == "list":
            found.append(OpenApiParameter("ordering", str, enum=list(known.orderings), description=_ORDERING))
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
        tag = OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200, 201], description=_TAG)
        if self.method == "GET":
            known = OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description=_KNOWN)
            return [known, tag]
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
        for status, description in problems.describe(self._problems()).items():
            content = {problems.MEDIA_TYPE: {"schema": problem}}
            bodies.setdefault(str(status), {"description": description, "content": content})
        return dict(sorted(bodies.items()))

    def _problems(self) -> tuple[problems.Kind, ...]:
        kinds = _ALWAYS + (_DETAIL if "{" in self.path else _LIST)
        if self.method != "GET":
            kinds += _BODY
        if self.method == "POST":
            kinds += (problems.NOT_FOUND, problems.KEY_REUSED)
        if getattr(self.view, "action", "") in getattr(self.view, "conditional", ()):
            kinds += _CHANGE
        if self.path.endswith(("/file/", "/reports/{name}/")):
            kinds += (problems.NO_RANGE,)
        return tuple(dict.fromkeys(kinds))


def _component(auto_schema: AutoSchema, name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Register a schema under a name and return the reference to it."""
    component = ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, schema=dict(schema), object=name)
    auto_schema.registry.register_on_missing(component)
    reference: dict[str, Any] = component.ref
    return reference


class _Field(OpenApiSerializerFieldExtension):
    """Describes fields of `agreements.api.fields`."""

    target_class = "rest_framework.fields.Field"
    match_subclasses = True
    priority = 1

    @classmethod
    def _matches(cls, target: Any) -> bool:
        return isinstance(target, tuple(_DESCRIPTIONS))

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        describe = next(_DESCRIPTIONS[kind] for kind in type(self.target).__mro__ if kind in _DESCRIPTIONS)
        described: dict[str, Any] = describe(auto_schema, self.target, direction)
        return described


def _choice(auto_schema: AutoSchema, field: fields.Choice, direction: str) -> dict[str, Any]:
    forms = [
        _component(auto_schema, words.__name__, {"type": "string", "enum": list(words.values)})
        for words in field.vocabularies
    ]
    forms += [{"type": "string", "enum": [""]}] if field.allow_blank else []
    return {"oneOf": forms} if len(forms) > 1 else forms[0]


def _only(_auto_schema: AutoSchema, field: fields.Only, direction: str) -> dict[str, Any]:
    return {"type": "string", "enum": [field.word]}


def _when(auto_schema: AutoSchema, _field: fields.When, direction: str) -> dict[str, Any]:
    if direction == "request":
        example = "2012-09"
        return {"type": "string", "maxLength": 60, "description": _WRITTEN, "example": example}
    day = {"type": "string", "format": "date", "nullable": True}
    return _component(
        auto_schema,
        "DateWithPrecision",
        _object(
            {
                "earliest": day | {"description": "The earliest possible day; null where there is no bound."},
                "latest": day | {"description": "The latest possible day; null where there is no bound."},
                "precision": _component(auto_schema, "Precision", {"type": "string", "enum": list(Precision.values)}),
                "iso": {"type": "string", "description": "The short form that requests take."},
                "words": {"type": "string", "description": "In the reader’s language."},
            }
        ),
    )


_WRITTEN = "A day (2024-12-28) or less: 2012-09, 2024-Q3, 2025-H2, 2007, 2003-01-01/2003-06-04, unknown."


def _object(properties: Mapping[str, Any], *, required: Sequence[str] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
    } | ({"required": names} if (names := list(properties if required is None else required)) else {})


def _texts(auto_schema: AutoSchema, field: fields.Texts, direction: str) -> dict[str, Any]:
    if direction == "response":
        name = "Translations" if isinstance(field, fields.Translations) else "Texts"
        return _component(auto_schema, name, _object({key: {"type": "string"} for key in field.languages}))
    return _object(dict.fromkeys(field.languages, _text(field)), required=())


def _sentence(auto_schema: AutoSchema, field: fields.Sentence, direction: str) -> dict[str, Any]:
    return {"oneOf": [_text(field), _texts(auto_schema, field, direction)]}


def _text(field: fields.Texts) -> dict[str, Any]:
    return {"type": "string"} | ({"maxLength": field.each.max_length} if field.each.max_length else {})


def _code(_auto_schema: AutoSchema, _field: fields.Code, direction: str) -> dict[str, Any]:
    return {"type": "string"}


def _codes(_auto_schema: AutoSchema, _field: fields.Codes, direction: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}, "maxItems": 500}


def _instant(_auto_schema: AutoSchema, _field: fields.Instant, direction: str) -> dict[str, Any]:
    return {"type": "string", "format": "date-time"}


def _clause(_auto_schema: AutoSchema, _field: fields.ClauseData, direction: str) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": True, "description": _CLAUSE, "example": _EXAMPLE}


_CLAUSE = "A clause on entry into force; its form is in docs/clauses.md and docs/clause.schema.json."
_EXAMPLE = {
    "kinds": ["ratification", "accession"],
    "enters_into_force": {"after": {"days": 30}, "of": {"instruments": 35}},
}


def _address(_auto_schema: AutoSchema, _field: base.Address, direction: str) -> dict[str, Any]:
    return {"type": "string", "format": "uri"}


_DESCRIPTIONS: dict[type, Any] = {
    fields.Choice: _choice,
    fields.Only: _only,
    fields.When: _when,
    fields.Instant: _instant,
    fields.ClauseData: _clause,
    fields.Sentence: _sentence,
    fields.Texts: _texts,
    fields.Code: _code,
    fields.Codes: _codes,
    base.Address: _address,
}
