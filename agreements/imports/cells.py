"""Reading one row of a table by its mapping: typed values, and what a person must decide before it is taken over."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from agreements import choices
from agreements.choices import ActionKind
from agreements.dates import BadDate, FuzzyDate
from agreements.imports.mapping import Mapped
from agreements.imports.reasons import Why, in_words
from agreements.imports.vocabulary import Vocabulary
from agreements.tabular import dating, fields, wording
from agreements.tabular.dating import Order, ReadDate
from agreements.tabular.fields import Field
from agreements.tabular.layout import Cell, Column, Row
from agreements.words import Texts

#: What a person may decide of what is doubtful, beside the value that is meant.
SKIP, EMPTY, ACCEPT, SAME, OTHER, CHANGE, NEW = "skip", "empty", "accept", "same", "other", "change", "new"
_NUMBER = re.compile(r"-?\d{1,3}(?:[ \u00a0\u202f']\d{3})+(?:[.,]\d+)?|-?\d+(?:[.,]\d+)?")
_GROUPED = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d{1,3}(?:\.\d{3})+(?:,\d+)?")
#: The same days come again and again: what so many texts mean is kept.
_DAYS_KEPT = 20_000
#: How many candidates a question offers.
_OFFERED = 6


@dataclass(frozen=True)
class Doubt:
    """What must be decided: the kind of question, what it is about, which answers are near, and the sentence."""

    kind: str
    key: str
    why: Why
    candidates: tuple[str, ...] = ()


class _Doubted(Exception):
    def __init__(self, doubt: Doubt) -> None:
        self.doubt = doubt


class _Empty(Exception):
    """A person decided that a value names nothing of Pacta's."""


class _Left(Exception):
    """A person decided to leave out the rows with this value."""


@dataclass
class Given:
    """A row as it was read: its values by field, and why it cannot be taken over yet, or not at all."""

    number: int
    values: dict[str, Any]
    digest: str
    label: str = ""
    doubts: list[Doubt] = field(default_factory=list)
    left: bool = False
    empty: bool = False
    extra: str = ""
    #: Where it is from, as the journal keeps it, when that was asked for.
    citation: str = ""
    #: What was noticed while it was read: a former name, a footnote that was left out.
    notes: list[Texts] = field(default_factory=list)
    #: What cells say that names nothing: the field, and the text.
    beside: list[tuple[Field, str]] = field(default_factory=list)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a field."""
        return self.values.get(name, default)

    def text(self, name: str) -> str:
        """Return the text of a field; empty without one."""
        return str(self.values.get(name) or "")


Decisions = Mapping[str, Mapping[str, str]]


class Reader:
    """Reads the rows of one table. `decisions` are by kind of question and by what it is about."""

    def __init__(
        self,
        kind: str,
        columns: tuple[Column, ...],
        mapped: Mapped,
        decisions: Decisions,
        vocabulary: Vocabulary,
        *,
        scope: str,
    ) -> None:
        known = fields.fields_of(kind)
        self.kind, self.decisions, self.vocabulary, self.scope = kind, decisions, vocabulary, scope
        self.mapped = mapped
        self._notes: list[Texts] = []
        self._meant: dict[tuple[str, str], wording.Meant] = {}
        self._days: dict[tuple[str, str], ReadDate] = {}
        self.columns: list[tuple[Column, Field]] = [
            (column, known[mapped.columns[column.name]]) for column in columns if column.name in mapped.columns
        ]
        self.fixed = {name: (known[name], value) for name, value in mapped.values.items() if value}
        self._readers: Mapping[str, Callable[[Field, Column | None, Cell], Any]] = {
            "text": self._text,
            "long": self._text,
            "reference": self._text,
            "date": self._date,
            "party": self._party,
            "parties": self._parties,
            "choice": self._choice,
            "number": self._number,
            "agreement": self._text,
            "agreements": self._text,
        }

    def decided(self, kind: str, key: str) -> str:
        """Return what was decided; empty where nothing was."""
        return self.decisions.get(kind, {}).get(key, "")

    def read(self, row: Row) -> Given:
        """Read a row."""
        given = Given(row.number, {}, self._digest(row))
        if row.extra:
            given.extra = ", ".join(str(cell) for cell in row.extra if cell is not None)[:100]
        if row.aside and (answer := self.decided("aside", str(given.number))) != ACCEPT:
            if answer == SKIP:
                given.left = True
            else:
                given.doubts.append(Doubt("aside", str(given.number), Why("aside")))
        for column, one in self.columns:
            cell = row.cells[column.index]
            if cell not in (None, ""):
                self._take(given, one, column, cell)
        given.empty = not given.values and not given.doubts
        for name, (one, value) in self.fixed.items():
            if name not in given.values:
                self._take(given, one, None, value)
        return given

    def _take(self, given: Given, one: Field, column: Column | None, cell: Cell) -> None:
        try:
            self._notes = given.notes
            value = self._readers.get(one.type, self._entry)(one, column, cell)
        except _Doubted as doubted:
            given.doubts.append(doubted.doubt)
            return
        except _Left:
            given.left = True
            return
        except _Empty:
            # What no field takes is not lost: it is told in words.
            given.beside.append((one, " ".join(str(cell).split())))
            return
        if value in (None, "", []):
            return
        before = given.values.get(one.name)
        if before is None:
            given.values[one.name] = value
        elif isinstance(before, list):
            given.values[one.name] = [*before, *(item for item in value if item not in before)]
        elif one.type in ("text", "long"):
            given.values[one.name] = f"{before}; {value}"
        elif before != value:
            told = {"text": str(cell)[:100], "field": one.labels}
            given.doubts.append(Doubt("row", str(given.number), Why("two-values", told)))

    def _digest(self, row: Row) -> str:
        cells = [None if cell is None else str(cell) for cell in row.cells]
        while cells and cells[-1] is None:
            cells.pop()
        told = json.dumps([self.scope, *cells], ensure_ascii=False, separators=(",", ":"))
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()

    def _ask(self, kind: str, key: str, why: Why, candidates: tuple[str, ...] = ()) -> str:
        """Return what was decided of a doubtful value. Raises what says that nothing was, or that rows stay out."""
        # One answer may stand for all that are asked alike.
        answer = self.decided(kind, key) or self.decided(kind, "*")
        if answer == SKIP:
            raise _Left
        if not answer:
            raise _Doubted(Doubt(kind, key, why, candidates[:_OFFERED]))
        return answer

    def _noted(self, note: str, again: Callable[[], str]) -> None:
        """Remember what was noticed while a cell was read, for the row to tell, by reading it in each language."""
        if note and (texts := in_words(again)) not in self._notes:
            self._notes.append(texts)

    def _meaning(self, words: Any, text: str) -> wording.Meant:
        """Return what a word means; the same words come again and again."""
        key = (words.__name__, text)
        if key not in self._meant:
            self._meant[key] = wording.meaning(words, text)
        return self._meant[key]

    # ---- by type ----
    def _text(self, _one: Field, _column: Column | None, cell: Cell) -> str:
        if _one.type != "long":
            return " ".join(str(cell).split())
        return str(cell).replace("\x0b", "\n").strip()  # so Word writes a line that ends within a paragraph

    def _date(self, one: Field, column: Column | None, cell: Cell) -> ReadDate | None:
        name, text = column.name if column else "", str(cell)
        if isinstance(cell, str) and (kept := self._days.get((name, cell))):
            return kept
        form = self.mapped.dates.get(name) or dating.DateFormat()
        if column and name not in self.mapped.dates:
            order = self._order(name, cell)
            form = dating.DateFormat(order) if order else form
        note: Texts | str = ""
        try:
            found = dating.read_date(cell, form)
            if not found.doubtful:
                self._noted(found.note, lambda: dating.read_date(cell, form).note)
                if not (found.date or found.action):
                    return None
                if isinstance(cell, str) and not found.note and len(self._days) < _DAYS_KEPT:
                    self._days[name, cell] = found
                return found
            note = in_words(lambda: dating.read_date(cell, form).note)
        except BadDate:
            found = None
        why = Why("date-unclear", {"text": text[:100], "field": one.labels, "note": note})
        answer = self._ask("date", text, why, (found.date.iso,) if found and found.date else ())
        if answer == EMPTY:
            return None
        if answer == ACCEPT and found:
            return found
        try:
            return ReadDate(FuzzyDate.parse(answer), found.action if found else None)
        except BadDate:
            raise _Doubted(Doubt("date", text, why)) from None

    def _order(self, name: str, cell: Cell) -> Order | None:
        """Return in which order the numbers of a column stand, where it makes a difference for this cell."""
        read = {}
        for order in Order:
            try:
                read[order] = dating.read_date(cell, dating.DateFormat(order)).date
            except BadDate:
                continue
        if len(set(read.values())) <= 1:
            return next(iter(read), None)
        answer = self._ask("order", name, Why("order-unclear", {"column": name}), tuple(str(order) for order in read))
        return Order(answer) if answer in set(Order) else None

    def _party(self, one: Field, _column: Column | None, cell: Cell) -> str:
        text = " ".join(str(cell).split())
        found = self.vocabulary.parties.match(text)
        code = found.code if found.code and found.sure else ""
        if not code:
            offered = tuple(candidate.code for candidate in found.candidates) or ((found.code,) if found.code else ())
            answer = self._ask("party", text, Why("party-unclear", {"text": text[:100]}), offered)
            if answer == EMPTY:
                raise _Empty
            code = answer
        else:
            self._noted(found.note, lambda: self.vocabulary.parties.match(text).note)
        if not self.vocabulary.party(code):
            known = self.vocabulary.known_party(code)
            if known is None:
                raise _Doubted(Doubt("party", text, Why("party-unclear", {"text": text[:100]})))
            told = {"party": dict(known.names)}
            self._ask("new-party", code, Why("party-new", told), (NEW,))
        return code

    def _parties(self, one: Field, column: Column | None, cell: Cell) -> list[str]:
        codes = [self._party(one, column, name) for name in self.vocabulary.parties.split(cell)]
        return list(dict.fromkeys(code for code in codes if code))

    def _choice(self, one: Field, _column: Column | None, cell: Cell) -> Any:
        words = getattr(choices, one.choices)
        meant = self._meaning(words, str(cell))
        if meant.choice and meant.sure:
            return (meant.choice, meant.manner) if words is ActionKind else meant.choice
        text = " ".join(str(cell).split())
        why = Why("word-unclear", {"text": text[:100], "field": one.labels})
        answer = self._ask(f"word:{one.name}", text, why, meant.candidates)
        if answer == EMPTY:
            raise _Empty
        if answer not in words.values:
            raise _Doubted(Doubt(f"word:{one.name}", text, why, meant.candidates))
        return (answer, "") if words is ActionKind else answer

    def _number(self, one: Field, _column: Column | None, cell: Cell) -> Decimal | None:
        if isinstance(cell, int | Decimal):
            return Decimal(cell)
        text = " ".join(str(cell).split())
        bare = text.lstrip("><≥≤~≈ ").rstrip("% ").replace("−", "-")
        if (found := number(bare)) is not None and bare == text.rstrip("% ").replace("−", "-"):
            return found
        why = Why("number-unclear", {"text": text[:100], "field": one.labels})
        near = (str(found),) if found is not None else ()
        answer = self._ask("number", text, why, near)
        return None if answer == EMPTY else number(answer)

    def _entry(self, one: Field, _column: Column | None, cell: Cell) -> Any:
        """Return what a cell names of a vocabulary: a unit, a person, an area, a procedure, a format, a language."""
        text = " ".join(str(cell).split())
        found = self.vocabulary.entry(one.type, text)
        if found is not None:
            return found
        why = Why("entry-unclear", {"text": text[:100], "field": one.labels})
        answer = self._ask(f"entry:{one.type}", text, why, self.vocabulary.near(one.type, text))
        if answer == EMPTY:
            raise _Empty
        found = self.vocabulary.entry(one.type, answer)
        if found is None:
            raise _Doubted(Doubt(f"entry:{one.type}", text, why, self.vocabulary.near(one.type, text)))
        return found


def number(text: str) -> Decimal | None:
    """Return a number as people write it; None where it is none, or may be another: "1,234"."""
    plain = text.strip()
    if re.fullmatch(r"-?\d{1,3}[.,]\d{3}", plain):
        return None
    if _NUMBER.fullmatch(plain):
        return Decimal(re.sub(r"[ \u00a0\u202f']", "", plain).replace(",", "."))
    if _GROUPED.fullmatch(plain):
        separators = re.findall(r"[.,]", plain)
        group, point = separators[0], separators[-1]
        bare = plain.replace(group, "") if group != point or len(separators) > 1 else plain
        return Decimal(bare.replace(",", "."))
    return None


def dated(given: Given, name: str) -> FuzzyDate | None:
    """Return the date of a field; None without one."""
    found = given.get(name)
    return found.date if isinstance(found, ReadDate) else None


def texts(given: Given, name: str, tongue: Callable[[str], str]) -> dict[str, str]:
    """Return a text by language: what columns of languages say, and the one without in the language of its letters."""
    found = {language: given.text(f"{name}.{language}") for language in ("en", "ru", "kk")}
    plain = given.text(name)
    language = given.text("language") if given.text("language") in found else tongue(plain) or "en"
    if plain and not found[language]:
        found[language] = plain
    return {language: text for language, text in found.items() if text}
