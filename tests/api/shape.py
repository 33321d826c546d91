"""The shape of the API, as far as clients rest on it, and what of a change of it would break them.

`shape` takes from a schema what is compared: of operations their addresses, parameters, bodies and answers, of bodies
their fields, of vocabularies their words. docs/api-versioning.md says in words what `breaks` says here.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_REF = "#/components/schemas/"


def shape(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return what clients rest on. Names that must be there end with an exclamation mark."""
    operations = {
        operation["operationId"]: {
            "at": f"{method.upper()} {path}",
            "parameters": {
                _named(f"{one['in']} {one['name']}", one.get("required", False)): _kind(one["schema"])
                for one in operation.get("parameters", ())
            },
            "body": {
                media_type: _kind(content["schema"])
                for media_type, content in operation.get("requestBody", {"content": {}})["content"].items()
            },
            "answers": {
                f"{status} {media_type}": _kind(content["schema"])
                for status, answer in operation["responses"].items()
                for media_type, content in (answer.get("content") or {"": {"schema": {}}}).items()
            },
        }
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }
    bodies, words = {}, {}
    for name, described in schema["components"]["schemas"].items():
        if "enum" in described:
            words[name] = sorted(map(str, described["enum"]))
        else:
            bodies[name] = _fields(described)
    return {"operations": operations, "bodies": bodies, "words": words}


def _named(name: str, required: bool) -> str:
    return f"{name}!" if required else name


def _fields(described: Mapping[str, Any]) -> dict[str, str]:
    if "properties" not in described:
        return {"": _kind(described)}
    required = described.get("required", ())
    return {_named(name, name in required): _kind(inner) for name, inner in described["properties"].items()}


def _kind(described: Mapping[str, Any]) -> str:
    """Return the type of a value in short: `string date`, `[Task]`, `Stage or null`, `{en string, ru string}`."""
    if "$ref" in described:
        return str(described["$ref"]).removeprefix(_REF)
    for several in ("oneOf", "anyOf", "allOf"):
        if several in described:
            return " or ".join(sorted({_kind(one) for one in described[several]}))
    kinds = described.get("type", "any")
    if isinstance(kinds, list):
        return " or ".join(sorted(_kind({**described, "type": kind}) for kind in kinds))
    if kinds == "null":
        return "null"
    if "enum" in described:
        return "|".join(map(str, described["enum"]))
    if kinds == "array":
        return f"[{_kind(described['items'])}]"
    if kinds == "object" and "properties" in described:
        fields = ", ".join(f"{name} {kind}" for name, kind in _fields(described).items())
        return f"{{{fields}}}"
    return " ".join(filter(None, (kinds, described.get("format", ""))))


# ---- what breaks ----
def breaks(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return in short sentences what worked before and does not work now."""
    while names := _other_names(before, now):
        now = _with_names(now, names)
    return list(_breaks(before, now))


def _other_names(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    """Return what bodies are called now that went by another name before, where both stand at the same place."""
    names: dict[str, str] = {}
    for old, new in _pairs(before, now):
        for one, other in zip(_words(old), _words(new), strict=False):
            if one in before["bodies"].keys() - now["bodies"] and other in now["bodies"].keys() - before["bodies"]:
                names.setdefault(other, one)
    return names


def _pairs(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    parts = [
        (old[part], now["operations"][name][part])
        for name, old in before["operations"].items()
        if name in now["operations"]
        for part in ("body", "answers")
    ]
    parts += [(old, now["bodies"][name]) for name, old in before["bodies"].items() if name in now["bodies"]]
    for old, new in parts:
        yield from ((kind, new[name]) for name, kind in old.items() if name in new)


def _with_names(part: Any, names: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {names.get(name, name): _with_names(inner, names) for name, inner in part.items()}
    return re.sub(r"\w+", lambda found: names.get(found[0], found[0]), part) if isinstance(part, str) else part


def _breaks(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name, old in before["operations"].items():
        new = now["operations"].get(name)
        if new is None or new["at"] != old["at"]:
            yield f"{name}: {old['at']} is gone"
            continue
        yield from _taken(name, old["parameters"], new["parameters"])
        for part, kind in old["body"].items():
            if new["body"].get(part) != kind:
                yield f"{name}: the body as {part} is no longer {kind}"
        for part, kind in old["answers"].items():
            # New ways to fail are told by the same kind of body; a success that is gone is waited for in vain.
            if part < "4" and new["answers"].get(part) != kind:
                yield f"{name}: the answer {part} is no longer {kind or 'given'}"
    taken, given = _reached(now, "body"), _reached(now, "answers")
    for name, old in before["bodies"].items():
        new = now["bodies"].get(name)
        if new is not None and name in taken:
            yield from _taken(name, old, new)
        if new is not None and name in given:
            yield from _given(name, old, new)
    for name, old in before["words"].items():
        for word in sorted({*old} - {*now["words"].get(name, old)}):
            yield f"{name}: the word {word} is gone"


def _taken(owner: str, before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """Say what may no longer be sent, or must be sent now."""
    old, new = _plain(before), _plain(now)
    for name, kind in old.items():
        if name not in new:
            yield f"{owner}: {name} is no longer taken"
        elif not _forms(kind) <= _takes(name, new[name]):
            yield f"{owner}: {name} was {kind} and is {new[name]}"
    for name in sorted({one for one in now if one.endswith("!")} - {*before}):
        yield f"{owner}: {name[:-1]} must be sent"


def _given(owner: str, before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """Say what is no longer answered, or no longer always, or in another form."""
    old, new = _plain(before), _plain(now)
    for name, kind in old.items():
        if name not in new:
            yield f"{owner}: {name} is no longer given"
        elif not _forms(new[name]) <= _forms(kind):
            yield f"{owner}: {name} was {kind} and is {new[name]}"
        elif f"{name}!" in before and f"{name}!" not in now:
            yield f"{owner}: {name} is not always given"


def _plain(fields: Mapping[str, str]) -> dict[str, str]:
    return {name.removesuffix("!"): kind for name, kind in fields.items()}


def _forms(kind: str) -> set[str]:
    """Return the forms that a value may have; words of an inline vocabulary one by one."""
    if kind.startswith("[") and kind.endswith("]") and "{" not in kind:
        return {f"[{form}]" for form in _forms(kind[1:-1])}
    return {form for part in kind.split(" or ") for form in (part.split("|") if "{" not in part else [part])}


def _takes(name: str, kind: str) -> set[str]:
    """Return the forms in which something may be sent: what an address may carry several times, it may carry once."""
    forms = _forms(kind)
    return forms | {form[1:-1] for form in forms if name.startswith("query ") and form.startswith("[")}


def _reached(now: Mapping[str, Any], part: str) -> set[str]:
    """Return the bodies that requests, or answers, are made of."""
    waiting = {kind for operation in now["operations"].values() for kind in operation[part].values()}
    found: set[str] = set()
    while waiting:
        text = waiting.pop()
        names = {name for name in now["bodies"] if name not in found and name in _words(text)}
        found |= names
        waiting |= {kind for name in names for kind in now["bodies"][name].values()}
    return found


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)
