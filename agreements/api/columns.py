"""What of an answer is asked for: the names after `fields`, and the columns of tables."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail
from rest_framework.serializers import BaseSerializer, DateField, DateTimeField, ListSerializer, Serializer

from agreements.api.fields import Texts, When
from agreements.api.problems import BadParameters

#: The names of an object, each with what stands below it; None where it is a value.
Names = Mapping[str, Any]
#: A value of a cell.
Value = str | int | float | None

_PARAMETER = "fields"
#: What is told of a date.
OF_DATES = ("earliest", "latest", "precision", "iso", "words")
_ECHOED = 60


class Rows(dict[str, Any]):
    """The names of the objects of a list; in a table they share one cell."""


@lru_cache(maxsize=128)
def names_of(serializer_class: type[BaseSerializer[Any]]) -> Names:
    """Return the names of what a serializer tells, in its order."""
    return _below(serializer_class()) or {}


def _below(part: Any) -> Names | None:
    if isinstance(part, ListSerializer):
        return Rows(_below(part.child) or {})
    if isinstance(part, BaseSerializer):
        fields: Mapping[str, Any] = getattr(part, "fields", {})
        return {name: _below(field) for name, field in fields.items() if not field.write_only}
    if isinstance(part, When):
        return dict.fromkeys(OF_DATES)
    return dict.fromkeys(part.languages) if isinstance(part, Texts) else None


@lru_cache(maxsize=128)
def dates_of(serializer_class: type[BaseSerializer[Any]]) -> Mapping[str, type[date]]:
    """Return which columns of a table hold days, and which moments, by their heads; a day may be none but in part."""
    return dict(_dates(serializer_class()))


def _dates(part: Any, before: str = "") -> Iterator[tuple[str, type[date]]]:
    for name, field in part.fields.items():
        match field:
            case When():
                yield from ((f"{before}{name}.{one}", date) for one in ("earliest", "latest", "iso"))
            case DateTimeField():
                yield f"{before}{name}", datetime
            case DateField():
                yield f"{before}{name}", date
            case Serializer():
                yield from _dates(field, f"{before}{name}.")


def chosen(known: Names, texts: Iterable[str]) -> Names:
    """Return the names that are asked for as `reference,title.en`. Raises BadParameters for every unknown one."""
    found: dict[str, Any] = {}
    mistakes = []
    for asked in ",".join(texts).split(","):
        level, below, parts = found, known, asked.strip().split(".")
        for place, part in enumerate(parts):
            if not isinstance(below, Mapping) or part not in below:
                message = _("“%(value)s” is not known. Use one of: %(known)s.") % {
                    "value": asked.strip()[:_ECHOED],
                    "known": ", ".join(below) if isinstance(below, Mapping) else "–",
                }
                mistakes.append(ErrorDetail(message, code="unknown"))
                break
            below = below[part]
            last = place == len(parts) - 1
            if last or level.get(part, {}) is None:
                level[part] = below if last else None
                break
            level = level.setdefault(part, type(below)())
    if mistakes:
        raise BadParameters({_PARAMETER: mistakes})
    return found


def kept(data: Any, names: Names | None) -> Any:
    """Return what was told without what was not asked for."""
    if names is None or data is None:
        return data
    if isinstance(data, list):
        return [kept(item, names) for item in data]
    return {name: kept(value, names[name]) for name, value in data.items() if name in names}


# ---- tables ----
def heads(names: Names, before: str = "") -> list[str]:
    """Return the heads of the columns: the paths that `fields` takes."""
    found: list[str] = []
    for name, below in names.items():
        nested = below and not isinstance(below, Rows)
        found += heads(below, f"{before}{name}.") if nested else [f"{before}{name}"]
    return found


def cells(data: Any, names: Names) -> Iterator[Value]:
    """Yield the values of a row in the order of the heads."""
    for name, below in names.items():
        value = data.get(name) if isinstance(data, Mapping) else None
        if below and not isinstance(below, Rows):
            yield from cells(value, below)
        else:
            yield cell(kept(value, below))


def cell(value: Any) -> Value:
    """Return a value as it stands in its cell."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, list):
        return "; ".join(str(text) for text in map(_listed, value) if text not in (None, ""))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else str(value)


def _listed(item: Any) -> Value:
    """Return one item of a list as it stands in the cell of the list: the values of an object in a row."""
    if not isinstance(item, Mapping):
        return cell(item)
    return " ".join(str(text) for text in map(cell, item.values()) if text not in (None, ""))
