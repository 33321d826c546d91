"""What the fields of the API look like in the schema."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import TextChoices
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import serializers

from agreements.api import fields
from agreements.api.schema.meanings import vocabulary
from agreements.api.serializers import base
from agreements.choices import Precision


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
        found: dict[str, Any] = describe(auto_schema, self.target, direction)
        return found


def _choice(auto_schema: AutoSchema, field: fields.Choice, direction: str) -> dict[str, Any]:
    forms = [_vocabulary(auto_schema, words) for words in field.vocabularies]
    forms += [{"type": "string", "enum": [""]}] if field.allow_blank else []
    return {"oneOf": forms} if len(forms) > 1 else forms[0]


def _vocabulary(auto_schema: AutoSchema, words: type[TextChoices]) -> dict[str, Any]:
    return _component(auto_schema, words.__name__, vocabulary(words))


def _only(_auto_schema: AutoSchema, field: fields.Only, direction: str) -> dict[str, Any]:
    return {"type": "string", "enum": [field.word]}


def _clock_time(_auto_schema: AutoSchema, field: fields.ClockTime, direction: str) -> dict[str, Any]:
    return {"type": "string", "pattern": field.PATTERN, "examples": ["20:00"]}


def _when(auto_schema: AutoSchema, _field: fields.When, direction: str) -> dict[str, Any]:
    if direction == "request":
        return {"type": "string", "maxLength": 60, "description": _WRITTEN, "examples": ["2012-09"]}
    day = {"type": ["string", "null"], "format": "date"}
    return _component(
        auto_schema,
        "DateWithPrecision",
        _object(
            {
                "earliest": day | {"description": "The earliest possible day; null where there is no bound."},
                "latest": day | {"description": "The latest possible day; null where there is no bound."},
                "precision": _vocabulary(auto_schema, Precision),
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
    return {"type": "object", "additionalProperties": True, "description": _CLAUSE, "examples": [_EXAMPLE]}


_CLAUSE = "A clause on entry into force; its form is in docs/clauses.md and docs/clause.schema.json."
_EXAMPLE = {
    "kinds": ["ratification", "accession"],
    "enters_into_force": {"after": {"days": 30}, "of": {"instruments": 35}},
}


def _address(_auto_schema: AutoSchema, _field: base.Address, direction: str) -> dict[str, Any]:
    return {"type": "string", "format": "uri"}


def _file(_auto_schema: AutoSchema, _field: serializers.FileField, direction: str) -> dict[str, Any]:
    return {"type": "string", "format": "binary"}


_DESCRIPTIONS: dict[type, Any] = {
    fields.Choice: _choice,
    fields.Only: _only,
    fields.ClockTime: _clock_time,
    fields.When: _when,
    fields.Instant: _instant,
    fields.ClauseData: _clause,
    fields.Sentence: _sentence,
    fields.Texts: _texts,
    fields.Code: _code,
    fields.Codes: _codes,
    base.Address: _address,
    serializers.FileField: _file,
}
