"""What the columns of a table may hold, by kind of table, and which column probably holds what."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _

from agreements import choices
from agreements.choices import ActionKind
from agreements.import_choices import TableKind
from agreements.names import BadName, find
from agreements.tabular import dating, wording
from agreements.tabular.heading import plain
from agreements.tabular.layout import Cell, Column
from agreements.words import Texts, pick

_FILE = Path(__file__).with_name("fields.toml")
#: Words of headers that carry nothing.
_EMPTY = re.compile(r"\b(?:the|a|an|of|in|on|for|to|date|dates|day|дата|день|күні|на|в|по|о)\b")
#: How many values of a column are looked at, and how many must be what a field wants.
_LOOKED, _SHARE = 60, 0.8
#: How like a header must be to a name that is known.
_LIKE = 0.5
_DATED = re.compile(r"\b(?:date|dates|дата|даты|күні)\b")


@dataclass(frozen=True)
class Field:
    """A field that a column may be: its name, its label, its type (see the file beside), what headers call it.

    `choices` is the name of the list of a choice; `action` the act that is done on the day of the column; `many`:
    several columns may be it.
    """

    name: str
    labels: Texts
    type: str
    required: bool = False
    many: bool = False
    choices: str = ""
    action: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What the field is called in the reader's language."""
        return pick(self.labels).text

    @property
    def kind_of_act(self) -> ActionKind | None:
        """The act that is done on the day of the column."""
        return ActionKind(self.action) if self.action else None


@dataclass(frozen=True)
class Suggestion:
    """Which field a column probably is (empty: none), how sure that is, from 0 to 1, and why."""

    column: Column
    field: str
    sure: float
    why: str


@cache
def _all() -> Mapping[TableKind, Mapping[str, Field]]:
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {
        kind: {
            name: Field(
                name,
                entry["label"],
                entry["type"],
                entry.get("required", False),
                entry.get("many", False),
                entry.get("list", ""),
                entry.get("action", ""),
                tuple(entry["words"]),
            )
            for name, entry in data[kind.value].items()
        }
        for kind in TableKind
    }


def fields_of(kind: str) -> Mapping[str, Field]:
    """Return the fields of a kind of table by their names, in the order in which people are shown them."""
    return _all()[TableKind(kind)]


@cache
def headers(kind: str) -> Mapping[str, str]:
    """Return the names of the fields of a kind of table by what headers call them, plain; the first field wins."""
    found: dict[str, str] = {}
    for field in fields_of(kind).values():
        for word in (field.name.replace(".", " "), *field.labels.values(), *field.aliases):
            found.setdefault(plain(word), field.name)
    return found


@cache
def header_words() -> frozenset[str]:
    """Return everything that headers of any table are called, plain."""
    known = {name for kind in TableKind for name in headers(kind)}
    return frozenset((known | set(wording.acts())) - {""})


def suggest(kind: str, columns: Iterable[Column], sample: Sequence[Sequence[Cell]] = ()) -> tuple[Suggestion, ...]:
    """Return for every column the field that it probably is, by its header first, then by its values.

    `sample` are the cells of some rows. A field is suggested once, unless several columns may be it.
    """
    judged: list[tuple[float, int, Column, str, str]] = []
    all_columns = list(columns)
    for column in all_columns:
        values = [row[column.index] for row in sample[:_LOOKED] if column.index < len(row)]
        for field, sure, why in _readings(kind, column, [value for value in values if value not in (None, "")]):
            judged.append((sure, -column.index, column, field, why))
    judged.sort(key=lambda one: (-one[0], -one[1]))
    taken: set[str] = set()
    found: dict[int, Suggestion] = {}
    for sure, _place, column, field, why in judged:
        if column.index in found or (field in taken and not fields_of(kind)[field].many):
            continue
        taken.add(field)
        found[column.index] = Suggestion(column, field, sure, why)
    return tuple(found.get(column.index, Suggestion(column, "", 0.0, _nothing(column))) for column in all_columns)


def _nothing(column: Column) -> str:
    return _("The column is empty.") if column.empty else _("Neither its name nor its values tell what it is.")


def _readings(kind: str, column: Column, values: Sequence[Cell]) -> Iterator[tuple[str, float, str]]:
    """Yield the fields that a column may be, how sure each is, and why."""
    known = headers(kind)
    called = plain(re.sub(r"\(\d+\)$", "", column.name))
    fits = _fitting(values)
    exact = known.get(called)
    if exact:
        yield exact, _weighed(1.0, fields_of(kind)[exact], fits, values), _("The name of the column says it.")
    elif act := _act_field(kind, column.name):
        yield act, _weighed(0.9, fields_of(kind)[act], fits, values), _("The name of the column says it.")
    bare = " ".join(_EMPTY.sub(" ", called).split())
    dated = bool(_DATED.search(called))
    for name, meant in known.items():
        if meant == exact or not name:
            continue
        score = _alike(bare, name)
        if score:
            if dated and fields_of(kind)[meant].type != "date":
                score /= 2
            told = _weighed(score, fields_of(kind)[meant], fits, values)
            yield meant, told, _("The name of the column is like “%(name)s”.") % {"name": name}
    if not values:
        return
    for field in fields_of(kind).values():
        if field.type in ("date", "party", "choice") and fits(field) >= _SHARE:
            words = {
                "date": _("Its values are dates."),
                "party": _("Its values are names of parties."),
                "choice": _("Its values are words for this."),
            }
            yield field.name, 0.35 if field.type == "date" else 0.45, words[field.type]


def _act_field(kind: str, header: str) -> str:
    """Return the field for the days of the act that a header names first: "Ratification, Accession(a)"."""
    word, _letters = wording.of_header(header)
    by_act = {field.action: field.name for field in fields_of(kind).values() if field.action}
    return by_act.get(word.kind.value, "") if word else ""


def _alike(bare: str, name: str) -> float:
    """Return how much a header is like a name that is known: the same but for words that carry nothing, or a part."""
    other = " ".join(_EMPTY.sub(" ", name).split())
    if bare and bare == other:
        return 0.85
    words, wanted = set(bare.split()), set(other.split())
    if not words or not wanted:
        return 0.0
    if wanted <= words:
        score = 0.4 + 0.35 * len(wanted) / len(words)
    elif words <= wanted:
        # The header says less than what is known: "title" is no "title in English".
        score = 0.3 + 0.35 * len(words) / len(wanted)
    else:
        return 0.0
    return score if score >= _LIKE else 0.0


def _weighed(score: float, field: Field, fits: Callable[[Field], float], values: Sequence[Cell]) -> float:
    """Return a score that its values speak against where they are not what the field wants."""
    if not values or field.type not in ("date", "number", "choice"):
        return score
    share = fits(field)
    if field.type == "choice":
        # Words for a choice are rarely all known; where none is, another list may be meant.
        return score if share else score * 0.4
    return score if share >= _SHARE else score * (0.4 + 0.5 * share)


def _fitting(values: Sequence[Cell]) -> Callable[[Field], float]:
    """Return what says of a field which share of the values is what it wants."""

    def share(field: Field) -> float:
        hits = sum(_is(field, value) for value in values)
        return hits / len(values) if values else 0.0

    kept: dict[tuple[str, str], float] = {}

    def cached(field: Field) -> float:
        key = (field.type, field.choices)
        if key not in kept:
            kept[key] = share(field)
        return kept[key]

    return cached


def _is(field: Field, value: Cell) -> bool:
    match field.type:
        case "date":
            return _is_date(value)
        case "party":
            return isinstance(value, str) and _is_party(value)
        case "choice":
            return wording.meaning(getattr(choices, field.choices), value, near=False).sure
        case "number":
            return bool(re.fullmatch(r"[-+−<>≥≤~ ]*[\d\s.,\u00a0]+%?", str(value)))
    return False


def _is_date(value: Cell) -> bool:
    if isinstance(value, str) and re.fullmatch(r"\d+", value) and len(value) not in (4, 8):
        return False
    for order in dating.Order:
        try:
            dating.read_date(value, dating.DateFormat(order))
        except dating.BadDate:
            continue
        return True
    return False


def _is_party(value: str) -> bool:
    try:
        find(value, near=False)
    except BadName as error:
        return bool(error.candidates)
    return True
