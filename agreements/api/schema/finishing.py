"""What is said of the API as a whole, once its operations are described: tags, links, examples, what is sent out."""

import json
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

from agreements.api.schema.summaries import RESOURCES, about_parameter

#: What the sample portfolio answered; a test compares it with what it answers now.
FILE = Path(__file__).with_name("examples.json")
_JSON = "application/json"
#: What names a record in its address and in its body, where that is not `id`.
_KEYS = {"agreements": "reference", "parties": "code", "procedures": "code", "task-templates": "code"}
_Operations = Mapping[str, tuple[str, dict[str, Any]]]


def finish(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Return the schema with its tags, links, examples and webhooks; a hook of drf-spectacular."""
    result["tags"] = [{"name": name, "description": about} for name, about in RESOURCES.items()]
    result["webhooks"] = {"event": {"post": _SENT}}
    operations = {
        operation["operationId"]: (path, operation)
        for path, methods in result["paths"].items()
        for operation in methods.values()
    }
    for path, operation in operations.values():
        _name_keys(operation)
        _say_in_short(operation)
        _share_vocabularies(operation, result["components"]["schemas"])
        _ask_for_bodies(operation, result["components"]["schemas"])
        _link(path, operation, operations)
        _tell_of_pace(operation)
    result["components"]["headers"] = _PACE
    _show(operations, result["components"])
    return result


def _say_in_short(operation: Mapping[str, Any]) -> None:
    """Say of parameters and answers what they are, where nothing else does."""
    for one in operation.get("parameters", ()):
        one["description"] = one.get("description") or about_parameter(one["name"])
    for status, answer in operation["responses"].items():
        answer["description"] = answer.get("description") or HTTPStatus(int(status)).phrase


def _name_keys(operation: Mapping[str, Any]) -> None:
    """Say of keys in addresses that they are UUIDs; the patterns of addresses say so in their own way."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path" and parameter["schema"].get("pattern", "").startswith("^[0-9a-f]{8}"):
            parameter["schema"] = {"type": "string", "format": "uuid"}


def _share_vocabularies(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> None:
    """Let parameters name the vocabularies that bodies name, so that clients have one type for both."""
    known = {tuple(schema["enum"]): name for name, schema in schemas.items() if "x-enum-descriptions" in schema}
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        holder, key = (schema, "items") if "items" in schema else (parameter, "schema")
        if name := known.get(tuple(holder[key].get("enum", ()))):
            holder[key] = {"$ref": f"#/components/schemas/{name}"}


def _ask_for_bodies(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> None:
    """Say that a body of one of several forms must be there: an empty one is none of them."""
    body = operation.get("requestBody", {"content": {}})
    for content in body["content"].values():
        if "oneOf" in schemas.get(content["schema"].get("$ref", "").rpartition("/")[2], ()):
            body["required"] = True


_PACE = {
    "RateLimit-Policy": {
        "description": "How many requests (q) may come in so many seconds (w), under one token or from one user in a "
        "browser; not sent where the ministry sets no limit.",
        "schema": {"type": "string", "pattern": r'^"default";q=[0-9]+;w=[0-9]+$', "examples": ['"default";q=600;w=60']},
    },
    "RateLimit": {
        "description": "How many requests are left (r) until the count begins anew in so many seconds (t).",
        "schema": {"type": "string", "pattern": r'^"default";r=[0-9]+;t=[0-9]+$', "examples": ['"default";r=599;t=42']},
    },
}


def _tell_of_pace(operation: Mapping[str, Any]) -> None:
    """Say of answers that they tell how many requests are left: problems do, too, and the one that none is left."""
    for status, answer in operation["responses"].items():
        if status < "400" or status == "429":
            told = {name: {"$ref": f"#/components/headers/{name}"} for name in _PACE}
            answer["headers"] = answer.get("headers", {}) | told


# ---- links ----
class _Source(NamedTuple):
    """Where an answer says what names a record: the resource, and the parameters of its addresses.

    `only` are the operations that come next, where not all do; `tagged` says that the answer has the tag of the record.
    """

    resource: str
    names: Mapping[str, str]
    only: Collection[str] = ()
    tagged: bool = False


def _link(path: str, operation: dict[str, Any], operations: _Operations) -> None:
    """Say of what answers what else can be asked, and with which values of the answer."""
    for source in _sources(path, operation["operationId"]):
        for name, (target, described) in operations.items():
            conditional = any(one["name"] == "If-Match" for one in described.get("parameters", ()))
            if (
                _root(target) != source.resource
                or set(_parameters(target)) != set(source.names)
                or name == operation["operationId"]
                or (source.only and name not in source.only)
                or (conditional and not source.tagged)
            ):
                continue
            match = {"header.If-Match": "$response.header.ETag"} if conditional else {}
            answer = next(operation["responses"][code] for code in ("200", "201") if code in operation["responses"])
            link = {"operationId": name, "parameters": {**source.names, **match}}
            answer.setdefault("links", {})[name] = link


def _sources(path: str, name: str) -> Iterator[_Source]:
    resource = _root(path)
    key = _KEYS.get(resource, "id")
    body, first = "$response.body#", "$response.body#/results/0"
    if name.endswith("_list") and resource not in ("attention", "areas", "units", "reports"):
        yield _Source(resource, {key: f"{first}/{key}"})
    elif name.endswith(("_create", "_retrieve")):
        yield _Source(resource, {key: f"{body}/{key}"}, tagged=True)
    of_agreement = {"reference": "$request.path.reference"}
    match name:
        case "agreements_tasks":
            yield _Source("tasks", {"id": f"{first}/id"})
        case "agreements_add_task":
            yield _Source("tasks", {"id": f"{body}/id"})
        case "agreements_documents":
            yield _Source("documents", {"id": f"{first}/id"})
        case "agreements_store":
            yield _Source("documents", {"id": f"{body}/id"})
        case "agreements_journal" | "agreements_acts":
            yield _Source(resource, {**of_agreement, "entry": f"{first}/id"})
        case "agreements_step" | "agreements_record" | "agreements_act" | "agreements_hold":
            yield _Source(resource, {**of_agreement, "entry": f"{body}/id"})
            yield _Source(resource, of_agreement, only=_AFTER_A_WRITE)
        case "documents_retrieve":
            yield _Source(resource, {"id": f"{body}/id", "number": f"{body}/versions/0/number"})
        case "webhooks_deliveries":
            yield _Source(resource, {"id": "$request.path.id", "delivery": f"{first}/id"})


_AFTER_A_WRITE = ("agreements_retrieve", "agreements_transitions", "agreements_journal", "agreements_participants")


def _root(path: str) -> str:
    return path.partition("/v1/")[2].partition("/")[0]


def _parameters(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


# ---- examples ----
@cache
def examples() -> dict[str, Any]:
    """Return what was asked of the sample portfolio and answered, by operation; `problems` by kind."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def _show(operations: _Operations, components: dict[str, Any]) -> None:
    """Put the examples beside what they are examples of."""
    told = examples()
    components["examples"] = {
        name: {"summary": problem["title"], "value": problem} for name, problem in told["problems"].items()
    }
    for name, shown in told["operations"].items():
        _path, operation = operations[name]
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in shown.get("parameters", {}):
                parameter["example"] = shown["parameters"][parameter["name"]]
        if "request" in shown:
            operation["requestBody"]["content"][_JSON]["examples"] = {"sample": {"value": shown["request"]}}
        if "response" in shown:
            content = operation["responses"][shown["status"]]["content"][_JSON]
            content["examples"] = {"sample": {"value": shown["response"]}}


# ---- what is sent out ----
def _header(name: str, about: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "description": about, "schema": {"type": "string"}}


_SUBJECT = {"$ref": "#/components/schemas/Subject"}
_DATA = {
    "id": {"type": "string", "format": "uuid", "description": "Of the entry of the journal."},
    "cursor": {"type": "string", "description": "Where `events/` goes on behind this event."},
    "subject": _SUBJECT,
    "url": {"type": "string", "format": "uri", "description": "The event."},
}
_FULL = {
    "type": {"type": "string"},
    "entry": {"$ref": "#/components/schemas/Event"},
}


def _data(properties: Mapping[str, Any], about: str) -> dict[str, Any]:
    return {"type": "object", "description": about, "properties": dict(properties), "required": list(properties)}


_SENT: dict[str, Any] = {
    "operationId": "webhooks_event",
    "tags": ["webhooks"],
    "summary": "What is sent to the address of a webhook",
    "description": "Signed after Standard Webhooks. Any answer with 2xx within ten seconds will do; anything else is "
    "tried again. The same event comes at least once, under the same webhook-id.",
    "parameters": [
        _header("webhook-id", "The same at each attempt and each replay."),
        _header("webhook-timestamp", "Seconds since 1970, of this attempt."),
        _header("webhook-signature", "`v1,` and a signature; several with blanks between them while secrets overlap."),
    ],
    "requestBody": {
        "required": True,
        "content": {
            _JSON: {
                "schema": {
                    "type": "object",
                    "required": ["type", "timestamp", "data"],
                    "properties": {
                        "type": {
                            "type": "string",
                            "description": "What happened to what.",
                            "examples": ["agreement.step", "meeting.edit", "webhook.ping"],
                        },
                        "timestamp": {"type": "string", "format": "date-time", "description": "Of the recording."},
                        "data": {
                            "anyOf": [
                                _data(_DATA | _FULL, "With the payload `full`: the whole event."),
                                _data(_DATA, "With the payload `thin`: what it is about."),
                                _data({"webhook": {"type": "string", "format": "uuid"}}, "Of a trial."),
                            ]
                        },
                    },
                }
            }
        },
    },
    "responses": {"2XX": {"description": "It was received."}},
    "security": [],
}
