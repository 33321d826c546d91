"""Parties as tables spell them: by code, by name in three languages, by what else they are or were called.

Only what can mean one party is sure. A state that is no more is never taken for one that came after it, nor is a name
that is merely like another: such matches are doubtful, with candidates for a person to choose from.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from babel import Locale
from django.utils.translation import gettext as _

from agreements import names
from agreements.dates import render_day
from agreements.tabular.heading import plain
from agreements.tabular.likeness import grams
from agreements.words import active_language

_FILE = Path(__file__).with_name("parties.toml")
_LONGEST, _OFFERED, _ALIKE, _CODE = 200, 5, 0.55, 3
_ARTICLE = re.compile(r"\s*[(\[]\s*(?:the|les?|la|l['’])\s*[)\]]", re.IGNORECASE)
_FOOTNOTE = re.compile(
    r"(?:\s*(?:[\[(]\s*(?:\d{1,3}|[a-z])\s*(?:,\s*\d{1,3}\s*)*[\])]|\*+|†|‡|[¹²³⁰⁴-⁹]+|(?<=\D)\d{1,3}(?:\s*,\s*\d{1,3})*))+\s*$"
)
_SEPARATORS = re.compile(r"\s*(?:;|\||\r?\n|•|·|/(?=\s)|(?<=\s)/|(?<=\s)(?=\d{1,2}[.)]\s))\s*")
_BRACKETED = re.compile(r"([^()\[\]]+?)\s*[(\[]([^()\[\]]+)[)\]]")
_ELSEWHERE = ("fr", "es", "de")
#: Numbers before the names of a list, and signs that part names only where all of them are known.
_NUMBERED = re.compile(r"^\s*\d{1,3}[.)]\s+")
_WEAK = (re.compile(r"/"), re.compile(r"\s+[-–—]\s+"), re.compile(r"[-–—]"), re.compile(r"\s+(?=[A-Z]{2,3}\b)"))
_LEADING = re.compile(r"^(?:and|и|және|мен)\s+", re.IGNORECASE)
#: How many parts a name can have that contains what parts others.
_PARTS = 4
_COMMA = re.compile(r"\s*,\s*")
_AND = re.compile(r"\s+(?:and|&|и|және|мен|et|und)\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Known:
    """A party that is recorded: its code, its names by language, its other names, and those that it had before."""

    code: str
    names: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    historic: tuple[str, ...] = ()


class Candidate(NamedTuple):
    """A party that may be meant, and how likely, from 0 to 1."""

    code: str
    score: float


@dataclass(frozen=True)
class Match:
    """Which party a text means: its code (None: a person must say), how that was found, and what else may be meant.

    `how` is "code", "name", "alias", "historic", "similar" or "none". `recorded` says whether the party is among those
    that are recorded, and not only known to the world. `note` tells what was left out of the text, or until when a name
    was used.
    """

    code: str | None
    how: str
    sure: bool
    candidates: tuple[Candidate, ...] = ()
    recorded: bool = False
    note: str = ""


class _Historic(NamedTuple):
    code: str
    until: date | None


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@cache
def _renamed() -> Mapping[str, _Historic]:
    return {
        names.key(name): _Historic(entry["code"], entry.get("until"))
        for entry in _data()["renamed"]
        for name in entry["names"]
    }


@cache
def _doubtful() -> Mapping[str, tuple[str, ...]]:
    return {names.key(name): tuple(codes) for name, codes in _data()["doubtful"].items()}


@cache
def _elsewhere() -> Mapping[str, str]:
    """Return the codes of states by their names in other languages of depositaries."""
    found: dict[str, set[str]] = {}
    for language in _ELSEWHERE:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and names.known(code):
                found.setdefault(names.key(name), set()).add(code)
    return {key: next(iter(codes)) for key, codes in found.items() if len(codes) == 1}


class Directory:
    """The parties that are recorded, and behind them those that the world knows. Answers are kept."""

    def __init__(self, entries: Iterable[Known] = ()) -> None:
        self._codes: dict[str, str] = {}
        self._names: dict[str, dict[str, str]] = {}
        self._recorded: set[str] = set()
        for entry in entries:
            self._recorded.add(entry.code)
            self._codes[entry.code.upper()] = entry.code
            for how, spelled in (
                ("name", entry.names.values()),
                ("alias", entry.aliases),
                ("historic", entry.historic),
            ):
                for name in filter(None, spelled):
                    self._names.setdefault(names.key(name), {}).setdefault(entry.code, how)
        #: What texts mean, by language: a note is written in the active one.
        self._kept: dict[tuple[str, str], Match] = {}
        #: Of texts whether they are the name of one party.
        self._whole: dict[str, bool] = {}

    def match(self, text: str) -> Match:
        """Return which party a text means."""
        key = (active_language(), text)
        if key not in self._kept:
            self._kept[key] = self._match(text)
        return self._kept[key]

    def _match(self, text: str) -> Match:
        if not text.strip() or len(text) > _LONGEST:
            return Match(None, "none", False)
        bare, note = _bare(text)
        if len(bare) <= _CODE and (codes := _doubtful().get(names.key(bare))):
            return self._doubt("code", codes)
        found = self._own(bare) or self._own(text.strip()) or self._world(bare)
        if found is None and (parts := _BRACKETED.fullmatch(bare)):
            found = self._bracketed(self.match(parts[1]), self.match(parts[2]))
        if found is None:
            return Match(None, *self._similar(bare), note=note)
        return Match(
            found.code,
            found.how,
            found.sure,
            found.candidates,
            found.recorded,
            " ".join(filter(None, (found.note, note))),
        )

    def _bracketed(self, before: Match, within: Match) -> Match | None:
        """Return the party of "European Communities (EC)"; of "Spain (with the Canary Islands)" only a candidate."""
        if before.code is None:
            return None
        if before.code in {one.code for one in within.candidates if within.how != "similar"}:
            return before
        others = within.candidates if within.sure else ()
        first = Candidate(before.code, 0.9)
        return Match(None, "similar", False, (first, *(one for one in others if one.code != before.code)))

    def _own(self, text: str) -> Match | None:
        """Return the party among those recorded that has exactly this code or name."""
        if code := self._codes.get(text.upper()):
            return Match(code, "code", True, (Candidate(code, 1.0),), True)
        found = self._names.get(names.key(text), {})
        if len(found) == 1:
            ((code, how),) = found.items()
            return Match(code, how, True, (Candidate(code, 1.0),), True)
        if found:
            return Match(None, "name", False, tuple(Candidate(code, 1.0) for code in sorted(found)))
        return None

    def _world(self, text: str) -> Match | None:
        key = names.key(text)
        if codes := _doubtful().get(key):
            return self._doubt("historic", codes)
        try:
            party = names.find(text, near=False)
        except names.BadName as error:
            if historic := _renamed().get(key):
                return self._renamed(text, historic)
            if code := _elsewhere().get(key):
                return Match(code, "alias", True, (Candidate(code, 1.0),), code in self._recorded)
            return self._doubt("name", error.candidates) if error.candidates else None
        historic = _renamed().get(key)
        if historic and historic.code == party.code:
            return self._renamed(text, historic)
        successors = _data()["successors"].get(party.code)
        if successors is not None and party.code not in self._recorded:
            note = _("“%(name)s” is no more; which party takes its place is for you to say.") % {"name": text}
            rest = tuple(Candidate(code, 0.5) for code in successors)
            return Match(None, "historic", False, (Candidate(party.code, 1.0), *rest), False, note)
        how = "code" if names.key(text) == names.key(party.code) or (len(text) <= 3 and text.isupper()) else "alias"
        if any(names.key(name) == key for name in party.names.values()):
            how = "name"
        return Match(party.code, how, True, (Candidate(party.code, 1.0),), party.code in self._recorded)

    def _renamed(self, text: str, historic: _Historic) -> Match:
        party = names.known(historic.code)
        told = {"name": text, "party": str(party), "until": render_day(historic.until) if historic.until else ""}
        note = (
            _("“%(name)s” was the name of %(party)s until %(until)s.") % told
            if historic.until
            else _("“%(name)s” is a former name of %(party)s.") % told
        )
        recorded = historic.code in self._recorded
        return Match(historic.code, "historic", True, (Candidate(historic.code, 1.0),), recorded, note)

    def _doubt(self, how: str, codes: Iterable[str]) -> Match:
        return Match(None, how, False, tuple(Candidate(code, 0.9) for code in codes))

    def _similar(self, text: str) -> tuple[str, bool, tuple[Candidate, ...]]:
        """Return the parties with names that are like a text: never sure."""
        wanted = grams(plain(text))
        if not wanted:
            return "none", False, ()
        scores: dict[str, float] = {}
        for name, codes in self._spellings():
            common = len(wanted & name)
            if not common:
                continue
            score = 2 * common / (len(wanted) + len(name))
            for code in codes:
                scores[code] = max(score, scores.get(code, 0.0))
        best = sorted(
            ((score, code) for code, score in scores.items() if score >= _ALIKE), key=lambda one: (-one[0], one[1])
        )
        found = tuple(Candidate(code, round(score, 2)) for score, code in best[:_OFFERED])
        return ("similar" if found else "none"), False, found

    def _spellings(self) -> Iterator[tuple[frozenset[str], tuple[str, ...]]]:
        for name, found in self._names.items():
            yield grams(name), tuple(found)
        yield from _world_spellings()

    def split(self, cell: object) -> list[str]:
        """Return the names of parties that stand in one cell, as they are written.

        Semicolons, strokes, new lines and numbers before the names part them. Commas, dashes and "and" do so only where
        that gives parties and the whole is none: "Korea, Republic of" is one name.
        """
        parts = [_NUMBERED.sub("", part).strip(" ,.") for part in _SEPARATORS.split(str(cell))]
        return [name for part in parts if part for name in self._parted(part)]

    def _parted(self, text: str) -> list[str]:
        if self._is_one(text):
            return [text]
        for sign in _WEAK:
            pieces = [bare for piece in sign.split(text) if (bare := piece.strip(" ,."))]
            if len(pieces) > 1 and all(map(self._is_one, pieces)):
                return pieces
        return [name for piece in self._joined(_COMMA, text) for name in self._anded(piece)]

    def _joined(self, sign: re.Pattern[str], text: str) -> list[str]:
        """Return what a sign parts, the longest pieces first that are one name in spite of it."""
        found: list[str] = []
        places = [(0, 0), *(match.span() for match in sign.finditer(text)), (len(text), len(text))]
        start = 0
        while start < len(places) - 1:
            begin = places[start][1]
            for end in range(min(len(places) - 1, start + _PARTS), start, -1):
                whole = text[begin : places[end][0]].strip()
                if end == start + 1 or self._is_one(whole):
                    found += [whole] if whole else []
                    start = end
                    break
        return found

    def _anded(self, text: str) -> list[str]:
        plain_text = _LEADING.sub("", text)
        found = self._joined(_AND, plain_text)
        # Of two names of which neither is known nobody can say that they are two.
        return found if any(map(self._is_one, found)) else [plain_text]

    def _is_one(self, text: str) -> bool:
        if text not in self._whole:
            bare = _bare(text)[0]
            self._whole[text] = (self._own(bare) or self._world(bare)) is not None
        return self._whole[text]


@cache
def _world_spellings() -> tuple[tuple[frozenset[str], tuple[str, ...]], ...]:
    return tuple((grams(name), codes) for name, codes in names.spellings())


def _bare(text: str) -> tuple[str, str]:
    """Return a name without footnote marks and articles in brackets, and what to say about that."""
    bare = " ".join(text.replace("\u00a0", " ").split()).strip(" ,;")
    note = ""
    if (match := _FOOTNOTE.search(bare)) and match.start():
        note = _("A footnote mark was left out: “%(text)s”.") % {"text": match[0].strip()}
        bare = bare[: match.start()].strip(" ,;")
    return _ARTICLE.sub("", bare).strip() or bare, note
