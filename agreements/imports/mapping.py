"""What the columns of a table mean: kept with its import, saved for the next one, written by people as JSON or TOML."""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements.guards import Reason
from agreements.import_choices import TableKind
from agreements.tabular import dating, fields
from agreements.tabular.dating import DateFormat, Formats, Order
from agreements.tabular.fields import Field, Suggestion
from agreements.tabular.layout import Column, Layout
from agreements.tabular.reading import Table

#: From here on a suggestion is taken as long as nobody says otherwise.
TAKEN = 0.6
#: How many rows are looked at for suggestions.
_SAMPLE = 200
#: What says the same as a field that must be there.
_INSTEAD: Mapping[str, tuple[str, ...]] = {
    "title": ("title.en", "title.ru", "title.kk"),
    "name": ("name.en", "name.ru", "name.kk"),
    "period": ("period_until",),
}
#: The parts of a mapping as people write it, and of what kind each is.
_PARTS = {"columns": dict, "dates": dict, "values": dict, "layout": dict, "decisions": dict, "kind": str, "source": str,
          "level": str}  # fmt: skip


class BadMapping(ValueError):
    """A mapping that was written by hand cannot be understood; the message says why."""


@dataclass(frozen=True)
class Mapped:
    """The meaning of columns by their names, the formats of dates by column, and values that hold for every row."""

    columns: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, DateFormat] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Self:
        """Return a mapping that was kept."""
        return cls(
            dict(data.get("columns", {})),
            {name: DateFormat.of_data(kept) for name, kept in data.get("dates", {}).items()},
            dict(data.get("values", {})),
        )

    def as_data(self) -> dict[str, Any]:
        """Return the mapping as it is kept."""
        dates = {name: one.as_data() for name, one in self.dates.items()}
        return {"columns": dict(self.columns), "dates": dates, "values": dict(self.values)}


def signature(kind: str, columns: Iterable[Column]) -> str:
    """Return a digest of the headers of a table: the same form of table has the same."""
    names = [kind, *(column.name for column in columns)]
    return hashlib.blake2b(json.dumps(names, ensure_ascii=False).encode(), digest_size=16).hexdigest()


def suggestions(kind: str, table: Table) -> tuple[Suggestion, ...]:
    """Return for every column of a table the field that it probably is, how sure that is, and why."""
    return fields.suggest(kind, table.columns, [row.cells for row in table.sample(_SAMPLE)])


def suggested(kind: str, table: Table) -> Mapped:
    """Return the mapping that a table has by itself: what is likely, and the formats of dates that are certain."""
    columns = {one.column.name: one.field for one in suggestions(kind, table) if one.field and one.sure >= TAKEN}
    return with_formats(kind, table, Mapped(columns))


def with_formats(kind: str, table: Table, mapped: Mapped) -> Mapped:
    """Add the formats of dates that all the values of a column agree upon; where two fit, none is added."""
    dates = dict(mapped.dates)
    # Every row is read for each column: only where nothing is known yet.
    unknown = Mapped({name: target for name, target in mapped.columns.items() if name not in dates})
    for name, found in formats(kind, table, unknown).items():
        if found.format is not None:
            dates[name] = found.format
    kept = {name: one for name, one in dates.items() if name in mapped.columns}
    return Mapped(mapped.columns, kept, mapped.values)


def formats(kind: str, table: Table, mapped: Mapped) -> dict[str, Formats]:
    """Return how the values of each column of dates can be read, all rows of the file being looked at."""
    known = fields.fields_of(kind)
    dated = [
        column
        for column in table.columns
        if (name := mapped.columns.get(column.name)) and name in known and known[name].type == "date"
    ]
    return {
        column.name: dating.formats_of(row.cells[column.index] for row in table.rows() if not row.aside)
        for column in dated
    }


def objections(kind: str, mapped: Mapped, columns: Iterable[Column]) -> list[Reason]:
    """Return what is wrong with a mapping of a table."""
    known, names = fields.fields_of(kind), [column.name for column in columns]
    reasons = []
    used: dict[str, list[str]] = {}
    for name, target in mapped.columns.items():
        if name not in names:
            told = {"column": name, "known": ", ".join(names[:20])}
            reasons.append(_reason("column-unknown", _NO_COLUMN, told))
        if target not in known:
            reasons.append(_reason("field-unknown", _NO_FIELD, {"field": target, "known": ", ".join(known)}))
        used.setdefault(target, []).append(name)
    for target, by in used.items():
        if len(by) > 1 and target in known and not known[target].many:
            told = {"field": known[target].label, "columns": ", ".join(f"“{name}”" for name in by)}
            reasons.append(_reason("field-twice", _TWICE, told))
    for name in mapped.values:
        if name not in known:
            reasons.append(_reason("field-unknown", _NO_FIELD, {"field": name, "known": ", ".join(known)}))
    given = {*used, *mapped.values}
    for one in known.values():
        if one.required and not given & {one.name, *_INSTEAD.get(one.name, ())}:
            reasons.append(_reason("field-missing", _MISSING, {"field": one.label}))
    if kind == TableKind.HISTORIES and not given & {"step", "stage"}:
        told = {"field": f"{known['step'].label} / {known['stage'].label}"}
        reasons.append(_reason("field-missing", _MISSING, told))
    return reasons


_NO_COLUMN = gettext_lazy("The table has no column “%(column)s”. It has: %(known)s.")
_NO_FIELD = gettext_lazy("“%(field)s” is no field of this kind of table. Fields are: %(known)s.")
_TWICE = gettext_lazy("Several columns are to be “%(field)s”: %(columns)s. Keep one.")
_MISSING = gettext_lazy("No column is: %(field)s. Name one, or give a value for all rows.")


def _reason(code: str, template: Any, told: Mapping[str, Any]) -> Reason:
    return Reason(code, template, told, asked="mapping", firm=True)


def choosable(kind: str) -> list[Field]:
    """Return the fields of a kind of table in the order in which people choose among them."""
    return list(fields.fields_of(kind).values())


# ---- as people write it ----
@dataclass(frozen=True)
class Written:
    """A mapping file: the mapping, the layout where one is given, decisions, and what holds for the import."""

    mapped: Mapped
    layout: Layout | None
    decisions: Mapping[str, Mapping[str, str]]
    kind: str = ""
    source: str = ""
    level: str = ""


def read(text: str, *, toml: bool) -> Written:
    """Read a mapping from JSON or TOML (docs/import.md). Raises BadMapping."""
    try:
        data = tomllib.loads(text) if toml else json.loads(text)
    except ValueError as error:
        raise BadMapping(_("The mapping cannot be read: %(error)s.") % {"error": error}) from error
    if not isinstance(data, dict):
        raise BadMapping(_("The mapping must be a table of names and values."))
    for name, value in data.items():
        if name not in _PARTS or not isinstance(value, _PARTS[name]):
            told = {"part": name, "known": ", ".join(_PARTS)}
            raise BadMapping(_("“%(part)s” is not understood in a mapping. Parts are: %(known)s.") % told)
    try:
        dates = {name: _format(kept) for name, kept in data.get("dates", {}).items()}
    except ValueError as error:
        known = ", ".join(Order)
        raise BadMapping(_("“dates” names for each column one of: %(known)s.") % {"known": known}) from error
    decisions = {
        kind: {str(key): str(value) for key, value in kept.items()} for kind, kept in data.get("decisions", {}).items()
    }
    values = {name: str(value) for name, value in data.get("values", {}).items()}
    mapped = Mapped(data.get("columns", {}), dates, values)
    layout = Layout.of_data(data["layout"]) if "layout" in data else None
    return Written(mapped, layout, decisions, data.get("kind", ""), data.get("source", ""), data.get("level", ""))


def _format(kept: Any) -> DateFormat:
    return DateFormat(Order(kept.lower())) if isinstance(kept, str) else DateFormat.of_data(kept)
