"""Agreements as the columns of a table: from rows of values to cells, without an object for any of them.

A serializer builds what a row tells, and a table takes it apart again; of a whole register that is nearly all the time.
Here the columns that are asked for are worked out once for a request: which columns of the database each needs, and
what makes its cells of them, of many rows at a time. The cells are those that serializers and `columns.cells` give.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial
from itertools import compress
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connections
from django.db.models import F, IntegerField, OuterRef, Subquery
from django.db.models.functions import Cast
from django.utils.translation import get_language

from agreements import clock, stood, turns
from agreements.api import columns
from agreements.api.columns import Value
from agreements.api.fields import told_of
from agreements.api.listed import relations_of
from agreements.choices import Precision, Stage
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Area, Participant, Party, ProcedureVersion, User
from agreements.models.base import as_text, joined_text
from agreements.procedures import Procedure
from agreements.words import LANGUAGES, active_language, pick

#: So many rows are read at a time.
AT_ONCE = 5_000
#: So many answers of one kind are remembered at most: groups of parties, dates with a precision.
_REMEMBERED = 3_000

#: What reads so many rows behind a position of a query in an order, as `Cursor.first` does.
Reading = Callable[[Any, Sequence[str], Sequence[str | None] | None, int], list[Any]]


def _of_each(model: Any, *names: str) -> Subquery:
    """Return what asks for columns of the rows that belong to an agreement; None where there are none."""
    return joined_text(model.objects.filter(agreement=OuterRef("pk")), *map(as_text, names))


def _number(column: str) -> Cast:
    """Ask for a truth value as the number that it is kept as: no driver then turns it into another."""
    return Cast(column, IntegerField())


_DATES = ("earliest", "latest", "precision")
#: The columns of the database by the names under which they are read here; others are read as they are.
_SOURCES: Mapping[str, Any] = {
    "key": as_text("pk"),
    "changed": as_text("changed_at"),
    "holds": _number("on_hold"),
    "procedure": F("procedure_version"),
    "unit": F("lead_unit__code"),
    "account": F("officer__username"),
    "within": _of_each(Agreement.areas.through, "area_id"),
    "parties": _of_each(Participant, "party_id"),
    "parts": _of_each(Participant, "id", "party_id", "role"),
    "first": as_text("since_earliest"),
    "last": as_text("since_latest"),
    "exactness": F("since_precision"),
    "begins": as_text("valid_from"),
    "ends": as_text("valid_until"),
    "signing": as_text("planned_signing"),
    "entry": as_text("planned_entry_into_force"),
    "computed": as_text("computed_entry"),
}


class Chunk:
    """Some rows, by columns, and what all rows of the request share."""

    def __init__(self, read: Mapping[str, Sequence[Any]], shared: "Shared") -> None:
        self.read, self.shared = read, shared

    def __getitem__(self, name: str) -> Sequence[Any]:
        return self.read[name]


#: What makes the cells of a column of some rows.
Making = Callable[[Chunk], Sequence[Value]]


class Column(NamedTuple):
    """A column of a table: what it needs of the database, and what makes its cells.

    `given` says that its texts are such as people write, of which any may look like a formula.
    """

    needs: tuple[str, ...]
    make: Making
    given: bool = False


# ---- what rows share ----
class Shared:
    """What the rows of one request share: vocabularies, and what was worked out of values that come again."""

    def __init__(self, user: User, beginning: str, day: date | None = None) -> None:
        self.user, self.beginning = user, beginning
        self.language, self.own = get_language(), active_language()
        self.today = clock.today()
        #: The day of which it is told; None for today, by what the columns say.
        self.day = day
        #: Whether codes and names stand in the order of their letters, as records keep them, not in the database's.
        self.by_code = day is not None
        self.when = lru_cache(_REMEMBERED)(self._when)
        self.span = lru_cache(_REMEMBERED)(self._span)
        self.areas = lru_cache(_REMEMBERED)(self._areas)
        self.parties = lru_cache(_REMEMBERED)(self._parties)
        self.parts = lru_cache(_REMEMBERED)(self._parts)
        self.ball = lru_cache(_REMEMBERED)(self._ball)
        self.stage_label = lru_cache(_REMEMBERED)(lambda key, stage: self.rules[key].stage_label(stage))
        self.rules = _Rules()
        self._known: dict[str, Any] = {}

    def _when(self, text: str) -> Mapping[str, str | None]:
        return told_of(FuzzyDate.parse(text), self.language)

    def _span(self, earliest: str, latest: str, precision: str) -> Mapping[str, str | None]:
        when = FuzzyDate(date.fromisoformat(earliest), date.fromisoformat(latest), Precision(precision))
        return told_of(when, self.language)

    def _areas(self, keys: str) -> str:
        asked = keys.split(",")
        codes, ranks = self._knowing("areas", self._all_areas, asked)
        found = sorted(asked, key=ranks.__getitem__)
        return "; ".join(code for code in map(codes.__getitem__, found) if code)

    def _all_areas(self) -> tuple[dict[str, str], dict[str, int]]:
        rows = sorted(Area.objects.order_by().values_list(as_text("pk"), "code"), key=itemgetter(1))
        return dict(rows), {key: place for place, (key, _code) in enumerate(rows)}

    def _parties(self, keys: str) -> str:
        asked = keys.split(",")
        codes, _names, ranks = self._knowing("parties", self._all_parties, asked)
        found = sorted(asked, key=ranks.__getitem__)
        return "; ".join(code for code in map(codes.__getitem__, found) if code)

    @property
    def unlike(self) -> bool:
        """Whether no two parties are called the same, so that their order says in which they stand."""
        _codes, _names, ranks = self._knowing("parties", self._all_parties)
        return len(set(ranks.values())) == len(ranks)

    def _all_parties(self) -> tuple[dict[str, str], dict[str, str], dict[str, int]]:
        order = () if self.by_code else ("name_en",)
        names = [f"name_{language}" for language in LANGUAGES]
        rows = list(Party.objects.order_by(*order, "code").values_list(as_text("pk"), "code", *names))
        if self.by_code:
            rows.sort(key=lambda row: (row[2], row[1]))
        codes, told, ranks, before = {}, {}, {}, None
        for place, (key, code, *texts) in enumerate(rows):
            codes[key] = code
            told[key] = pick(dict(zip(LANGUAGES, texts, strict=True)), self.own).text
            # Of those that are called the same, who was entered first stands first.
            ranks[key] = ranks[before[0]] if before and before[1] == texts[0] and not self.by_code else place
            before = key, texts[0]
        return codes, told, ranks

    def _parts(self, keys: str) -> list[dict[str, str]]:
        rows = [(int(key), party, role) for key, party, role in (one.split(":") for one in keys.split(","))]
        codes, names, ranks = self._knowing("parties", self._all_parties, [party for _key, party, _role in rows])
        rows.sort(key=lambda row: (ranks[row[1]], row[0]))
        return [{"party": codes[party], "name": names[party], "role": role} for _key, party, role in rows]

    def _ball(self, named: str, procedure: int, stage: str, by_tasks: str, computed: str, consented: bool) -> str:
        if named:
            return named
        return turns.derived(
            self.rules[procedure],
            Stage(stage),
            on=self.today,
            by_tasks=by_tasks,
            computed=FuzzyDate.parse(computed) if computed else None,
            consented=consented,
        ).value

    def _knowing(self, name: str, make: Callable[[], Any], asked: Iterable[str] = ()) -> Any:
        """Return a vocabulary that knows what is asked: it may have been entered since it was read for rows before."""
        if name not in self._known or not self._known[name][0].keys() >= {*asked}:
            self._known[name] = make()
        return self._known[name]


class _Rules(dict[int, Procedure]):
    """The rules of procedures by the keys of their versions, read when they are asked for first."""

    def __missing__(self, key: int) -> Procedure:
        self.update(ProcedureVersion.objects.rules_by_key())
        return self[key]


# ---- how columns are made ----
def _plain(name: str, *, given: bool = False) -> Column:
    return Column((name,), lambda chunk: chunk[name], given)


def _flag(name: str) -> Column:
    return Column((name,), lambda chunk: ["true" if value else "false" for value in chunk[name]])


def _of_rules(get: Callable[[Procedure], Value], *, given: bool = True) -> Column:
    def make(chunk: Chunk) -> list[Value]:
        known = {key: get(chunk.shared.rules[key]) for key in set(chunk["procedure"])}
        return [known[key] for key in chunk["procedure"]]

    return Column(("procedure",), make, given)


def _stage_labels(chunk: Chunk) -> list[Value]:
    return list(map(chunk.shared.stage_label, chunk["procedure"], chunk["stage"]))


_GROUPS = {stage.value: stage.group.value for stage in Stage}


def _since(part: str) -> Column:
    def make(chunk: Chunk) -> list[Value]:
        return [told[part] for told in map(chunk.shared.span, chunk["first"], chunk["last"], chunk["exactness"])]

    return Column(("first", "last", "exactness"), make, given=part == "words")


def _since_iso(chunk: Chunk) -> list[Value]:
    spans = zip(chunk["first"], chunk["last"], chunk["exactness"], strict=True)
    day, told = Precision.DAY.value, chunk.shared.span
    return [first if exact == day else told(first, last, exact)["iso"] for first, last, exact in spans]


def _when(name: str, part: str) -> Column:
    def make(chunk: Chunk) -> list[Value]:
        when = chunk.shared.when
        return [when(text)[part] if text else None for text in chunk[name]]

    return Column((name,), make, given=part == "words")


def _areas(chunk: Chunk) -> list[Value]:
    areas = chunk.shared.areas
    return [areas(keys) if keys else "" for keys in chunk["within"]]


def _parties(chunk: Chunk) -> list[Value]:
    parties = chunk.shared.parties
    return [parties(keys) if keys else "" for keys in chunk["parties"]]


def _participants(asked: columns.Names, chunk: Chunk) -> list[Value]:
    @lru_cache(_REMEMBERED)
    def cell(keys: str) -> Value:
        return columns.cell(columns.kept(chunk.shared.parts(keys), asked))

    return [cell(keys) if keys else "" for keys in chunk["parts"]]


def _relations(asked: columns.Names, chunk: Chunk) -> list[Value]:
    told = relations_of([UUID(key) for key in chunk["key"]], chunk.shared.user)
    rows = [[one._asdict() for one in told.get(key, ())] for key in chunk["key"]]
    return [columns.cell(columns.kept(row, asked)) for row in rows]


def _balls(chunk: Chunk) -> list[Value]:
    rows = zip(chunk["key"], chunk["stage"], chunk["ball"], strict=True)
    ratifying = {key: UUID(key) for key, stage, named in rows if stage == Stage.RATIFYING and not named}
    consenting = turns.consenting(ratifying.values()) if ratifying else ()
    consented = [ratifying.get(key) in consenting for key in chunk["key"]]
    names = ("ball", "procedure", "stage", "ball_by_tasks", "computed")
    return list(map(chunk.shared.ball, *(chunk[name] for name in names), consented))


def _moments(chunk: Chunk) -> Sequence[Value]:
    """Return moments as RFC 3339 has them: the databases write them with a blank, and PostgreSQL without noughts."""
    found = []
    for text in chunk["changed"]:
        day, clock_time = text[:10], text[11:].removesuffix("+00")
        found.append(f"{day}T{clock_time.ljust(15, '0') if '.' in clock_time else clock_time}Z")
    return found


def _addresses(chunk: Chunk) -> list[Value]:
    beginning = chunk.shared.beginning
    return [f"{beginning}{reference}/" for reference in chunk["reference"]]


def _texts(name: str) -> dict[str, Column]:
    return {f"{name}.{language}": _plain(f"{name}_{language}", given=True) for language in LANGUAGES}


def _whens(path: str, name: str) -> dict[str, Column]:
    return {f"{path}.{part}": _when(name, part) for part in columns.OF_DATES}


def _title_in(language: str) -> Column:
    return _of_rules(lambda rules: rules.title.get(language))


#: The columns by their heads.
_COLUMNS: Mapping[str, Column] = {
    "reference": _plain("reference", given=True),
    **_texts("title"),
    **_texts("short_title"),
    "kind": _plain("kind"),
    "procedure.code": _of_rules(lambda rules: rules.code),
    "procedure.version": _of_rules(lambda rules: rules.version),
    **{f"procedure.title.{language}": _title_in(language) for language in LANGUAGES},
    "binding": _of_rules(lambda rules: "true" if rules.binding else "false", given=False),
    "stage": _plain("stage"),
    "stage_label": Column(("procedure", "stage"), _stage_labels, given=True),
    "group": Column(("stage",), lambda chunk: [_GROUPS[stage] for stage in chunk["stage"]]),
    **{f"since.{part}": _since(part) for part in columns.OF_DATES},
    "since.precision": _plain("exactness"),
    "since.iso": Column(("first", "last", "exactness"), _since_iso),
    "text": _plain("text"),
    "round": _plain("round"),
    "on_hold": _flag("holds"),
    "areas": Column(("within",), _areas, given=True),
    "in_the_name_of": _plain("in_the_name_of"),
    "level": _plain("level"),
    "lead_unit": _plain("unit", given=True),
    "officer": _plain("account", given=True),
    "valid_from": _plain("begins"),
    "valid_until": _plain("ends"),
    "renewal_years": _plain("renewal_years"),
    "notice_months": _plain("notice_months"),
    **_whens("planned_signing", "signing"),
    **_whens("planned_entry_into_force", "entry"),
    **_whens("computed_entry_into_force", "computed"),
    "next_step": _plain("next_step", given=True),
    "ball": Column(("key", "ball", "procedure", "stage", "ball_by_tasks", "computed"), _balls),
    "ball_named": _plain("ball"),
    "is_void": Column(("key",), lambda chunk: ["false"] * len(chunk["key"])),
    "changed_at": Column(("changed",), _moments),
    "version": _plain("version"),
    "url": Column(("reference",), _addresses, given=True),
}
#: The cells that hold rows of other tables, by what is asked of each row.
_ROWS: Mapping[str, Callable[[columns.Names, Shared], Column]] = {
    "participants": lambda asked, shared: (
        Column(("parties",), _parties, given=True)
        if list(asked) == ["party"] and shared.unlike
        else Column(("parts",), partial(_participants, asked), given=True)
    ),
    "relations": lambda asked, _shared: Column(("key",), partial(_relations, asked), given=True),
}
#: The columns that state a past day as well: what records say, and the state by the line of steps. The others are
#: told by the acts, the clause and the tasks, or by all of a line.
_OF_THE_LINE = ("text", "round", "next_step", "ball", "ball_named")
_OF_ANY_DAY: Mapping[str, Any] = {
    **{path: column for path, column in _COLUMNS.items() if path not in _OF_THE_LINE and "computed" not in path},
    "participants": _ROWS["participants"],
}
_LOOK: Mapping[str, Column] = {
    "look.as_of": Column(("key",), lambda chunk: [str(chunk.shared.day)] * len(chunk["key"])),
    "look.known_at": Column(("key",), lambda chunk: [None] * len(chunk["key"])),
}
#: The columns of the state, in the order of `stood.Stood`.
_STATE = ("stage", "first", "last", "exactness")


# ---- reading ----
class Table(NamedTuple):
    """A table that is read as it is written: which columns hold texts that people wrote, and its cells by columns."""

    given: Sequence[bool]
    parts: Iterator[Sequence[Sequence[Value]]]


class Plan:
    """The columns of a table, and how the rows of a query become their cells."""

    def __init__(self, made: Sequence[Column], shared: Shared) -> None:
        self.made, self.shared = made, shared
        #: Which columns hold texts that people wrote.
        self.given = [column.given for column in made]
        #: The past day of which it is told; where the columns say where agreements stood, there is none.
        self.day = None if shared.day is None or stood.by_columns(shared.day) else shared.day
        needed = {name for column in made for name in column.needs}
        self._sources = {name: _SOURCES.get(name, F(name)) for name in sorted(needed)}
        if self.day is not None:
            self._sources = {name: asked for name, asked in self._sources.items() if name not in _STATE}
            self._sources |= {"key": _SOURCES["key"], "stood": stood.last_entry(self.day)}
            if "holds" in needed:
                self._sources["holds"] = Cast(stood.held(self.day), IntegerField())

    def parts(self, rows: Any, order: Sequence[str], read: Reading) -> Iterator[list[Sequence[Value]]]:
        """Yield the cells of the rows, column by column, of some rows at a time, in an order that ends with a key."""
        places = [_place(name) for name in order]
        asked = {**{f"told_{name}": source for name, source in self._sources.items()}, **dict(places)}
        query = rows.order_by().annotate(**asked).values_list(*asked)
        moments = {alias for alias, name in zip(dict(places), order, strict=True) if name.lstrip("-") == "changed_at"}
        naive = connections[rows.db].vendor == "sqlite"
        position = None
        while found := read(query, order, position, AT_ONCE):
            told: Any = dict(zip(self._sources, zip(*found, strict=True), strict=False))
            chunk = Chunk(told if self.day is None else _then(told, self.day), self.shared)
            yield [column.make(chunk) for column in self.made]
            if len(found) < AT_ONCE:
                return
            last = dict(zip(asked, found[-1], strict=True))
            # SQLite keeps moments in UTC, without saying so.
            position = [f"{last[alias]}+00:00" if naive and alias in moments else last[alias] for alias, _one in places]


def _then(told: dict[str, Sequence[Any]], day: date) -> dict[str, Sequence[Any]]:
    """Return rows with the state in which they were, without those that had not begun for certain."""
    if None in told["stood"]:
        begun = [text is not None for text in told["stood"]]
        told = {name: list(compress(column, begun)) for name, column in told.items()}
    states = stood.read(told["stood"])
    if "" in states[0]:
        rows = [*zip(told["key"], zip(*states, strict=True), strict=True)]
        others = stood.of_each([UUID(key) for key, state in rows if not state[0]], day)
        kept = [state if state[0] else others.get(UUID(key)) for key, state in rows]
        if None in kept:  # voided as a whole since it was read
            told = {name: list(compress(column, kept)) for name, column in told.items()}
        states = [*zip(*filter(None, kept), strict=True)] or [()] * len(_STATE)
    return told | dict(zip(_STATE, states, strict=True))


def _place(name: str) -> tuple[str, Any]:
    """Return what is read of a column of the order, to go on behind the last row: its value as it is written."""
    column = name.lstrip("-")
    return f"place_{column}", as_text(column)


def plan(names: columns.Names, shared: Shared) -> Plan | None:
    """Return how columns are told; None where one of them takes more than rows of values."""
    try:
        return Plan(list(_made(names, shared)), shared)
    except KeyError:
        return None


def _made(names: columns.Names, shared: Shared, before: str = "") -> Iterator[Column]:
    for name, below in names.items():
        path = f"{before}{name}"
        if isinstance(below, columns.Rows):
            if shared.day is not None and path not in _OF_ANY_DAY:
                raise KeyError(path)
            yield _ROWS[path](below, shared)
        elif below:
            yield from _made(below, shared, f"{path}.")
        elif shared.day is None:
            yield _COLUMNS[path]
        else:
            yield _LOOK[path] if path in _LOOK else _OF_ANY_DAY[path]
