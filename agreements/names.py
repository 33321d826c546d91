"""Parties as people name them: codes, short and official names in English, Russian and Kazakh, former names.

States have their ISO 3166-1 alpha-2 code, those that are no more that of ISO 3166-3 (USSR: SUHH), organisations a short
one. Who was only renamed (Zaire, Burma) is the same party. The usual names are Babel's, the others stand in names.toml.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.core import get_global
from django.utils.translation import gettext as _

from agreements.choices import PartyKind
from agreements.words import LANGUAGES, Texts, pick, searchable

_FILE = Path(__file__).with_name("names.toml")
#: What Babel lists beside states and territories: groupings, test data, parts that ISO 3166-1 gives no code.
_NOT_PARTIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EZ", "IC", "QO", "TA", "XA", "XB", "ZZ"})
#: Words that carry nothing, and words that are the same.
_EMPTY = frozenset({"the", "of", "and", "и", "және"})
_SAME = {
    "st": "saint",
    "rep": "republic",
    "dem": "democratic",
    "fed": "federated",
    "is": "islands",
    "organization": "organisation",
    "cooperation": "co operation",
    "vietnam": "viet nam",
    "ова": "острова",
    "ов": "остров",
}
_ISLANDS = re.compile(r"\bо-(в|ва)\b\.?")
_FOOTNOTE = re.compile(r"(?:\s*(?:[\[(]\d+[\])]|\*+|†|‡|(?<=\D)\d+(?:\s*,\s*\d+)*))+\s*$")
_IN_BRACKETS = re.compile(r"(.+?)\s*[(\[](.+?)[)\]]")
#: How many names an answer offers, and how long a name can be that is looked at.
_OFFERED, _LONGEST = 3, 200


class BadName(LookupError):
    """No party, or more than one, goes by the name; `candidates` are the codes of those that may be meant."""

    def __init__(self, sentence: str, candidates: Iterable[str] = ()) -> None:
        super().__init__(sentence)
        self.candidates = tuple(candidates)

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class KnownParty:
    """A state or organisation that the world knows by a code; `until` is the last day of one that is no more."""

    code: str
    kind: PartyKind
    names: Texts
    memberships: tuple[tuple[str, date, date | None], ...] = ()
    until: date | None = None

    def __str__(self) -> str:
        return pick(self.names).text


def find(text: str, *, near: bool = True) -> KnownParty:
    """Return the party of a name or code, written as people write it. Raises BadName with a sentence.

    `near`: names that are like an unknown one are looked for, which takes its time.
    """
    register = _register()
    found = register.look_up(text) if len(text) <= _LONGEST else ()
    if len(found) == 1:
        return register.parties[found[0]]
    if found:
        raise BadName(
            _("“%(text)s” can be several parties: %(parties)s. Write which one is meant.")
            % {"text": text, "parties": register.told(found)},
            found,
        )
    others = register.near(text) if near and len(text) <= _LONGEST else []
    if not others:
        raise BadName(_("“%(text)s” is not the name or code of a known party.") % {"text": text})
    raise BadName(
        _("“%(text)s” is not the name or code of a known party. Perhaps one of these is meant: %(parties)s.")
        % {"text": text, "parties": register.told(others)},
        others,
    )


def resolve(text: str) -> str:
    """Return the code of the party of a name or code. Raises BadName (a LookupError) with a sentence."""
    return find(text).code


def known(code: str) -> KnownParty | None:
    """Return the party of exactly this code, or None."""
    return _register().parties.get(code)


def last_days(codes: Iterable[str]) -> dict[str, date]:
    """Return the last days of those parties among these that are no more."""
    return {code: party.until for code in codes if (party := known(code)) and party.until}


def all_known() -> list[KnownParty]:
    """Return all parties that are known, by code."""
    return sorted(_register().parties.values(), key=lambda party: party.code)


def spellings() -> Iterable[tuple[str, tuple[str, ...]]]:
    """Return every name that is known, as `key` writes it, with the codes of those that have it."""
    return _register().names.items()


# ---- the register ----
@dataclass(frozen=True)
class _Register:
    parties: Mapping[str, KnownParty]
    codes: Mapping[str, tuple[str, ...]]
    names: Mapping[str, tuple[str, ...]]

    def look_up(self, text: str) -> tuple[str, ...]:
        plain = _FOOTNOTE.sub("", text.strip())
        found = self.codes.get(plain.upper()) or self.names.get(key(plain), ())
        if not found and (match := _IN_BRACKETS.fullmatch(plain)):
            # "European Union (EU)": both parts must mean the same party.
            outside, inside = self.look_up(match[1]), self.look_up(match[2])
            return outside if outside == inside else ()
        return found

    def near(self, text: str) -> list[str]:
        matches = get_close_matches(key(text), self.names, n=_OFFERED * 2, cutoff=0.72)
        return list(dict.fromkeys(code for match in matches for code in self.names[match]))[:_OFFERED]

    def told(self, codes: Iterable[str]) -> str:
        return ", ".join(f"{self.parties[code]} ({code})" for code in codes)


@cache
def _register() -> _Register:
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    members = _memberships(data["members"])
    parties: dict[str, KnownParty] = {}
    codes: dict[str, set[str]] = {}
    names: dict[str, set[str]] = {}
    for code, kind, entry in _entries(data):
        party = KnownParty(
            code,
            kind,
            {language: entry[language] for language in LANGUAGES if entry.get(language)},
            tuple(members.get(code, ())),
            entry.get("until"),
        )
        parties[code] = party
        codes.setdefault(code, set()).add(code)
        for name in (*party.names.values(), *entry.get("also", ())):
            names.setdefault(key(name), set()).add(code)
    for alias, targets in get_global("territory_aliases").items():
        # Alpha-3 codes; those of states that are no more stand in the file, Babel takes some for their successors.
        if len(alias) == 3 and alias.isalpha() and len(targets) == 1 and key(alias) not in names:
            codes.setdefault(alias, set()).add(targets[0])
    for title in data["titles"]:
        for code in title["of"].split():
            for form in title["forms"]:
                for name in parties[code].names.values():
                    names.setdefault(key(form.format(name)), set()).add(code)
    ambiguous = {key(name): tuple(candidates) for name, candidates in data["ambiguous"].items()}
    return _Register(
        parties,
        {code: tuple(sorted(found)) for code, found in codes.items()},
        {name: tuple(sorted(found)) for name, found in names.items()} | ambiguous,
    )


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[str, PartyKind, Mapping[str, Any]]]:
    """Yield every party: what Babel knows under what names.toml says."""
    usual: dict[str, Mapping[str, str]] = {language: Locale(language).territories for language in LANGUAGES}
    organisations = data["organisations"]
    for code in usual["en"]:
        if len(code) == 2 and code not in _NOT_PARTIES and code not in organisations:
            yield (
                code,
                PartyKind.STATE,
                {lang: usual[lang].get(code, "") for lang in LANGUAGES} | data["states"].get(code, {}),
            )
    for code, entry in data["former"].items():
        yield code, PartyKind.STATE, entry
    for code, entry in organisations.items():
        yield code, PartyKind.ORGANISATION, {lang: usual[lang].get(code, "") for lang in LANGUAGES} | entry


def _memberships(
    data: Mapping[str, Mapping[str, list[str]]],
) -> dict[str, list[tuple[str, date, date | None]]]:
    found: dict[str, list[tuple[str, date, date | None]]] = {}
    for organisation, members in data.items():
        for code, days in members.items():
            since, until = (*map(date.fromisoformat, days), None)[:2]
            found.setdefault(code, []).append((organisation, since, until))  # type: ignore[arg-type]
    return found


def key(name: str) -> str:
    """Return the words of a name that tell it from others, in alphabetical order: "Korea, Republic of" is "Republic of
    Korea".
    """
    plain = _ISLANDS.sub(lambda match: "остров" if match[1] == "в" else "острова", searchable(name))
    plain = re.sub(r"['’ʼ‘`´]", "", plain.replace("&", " "))
    words: list[str] = []
    letters = ""
    for word in (*re.findall(r"[^\W_]+", plain), ""):
        if len(word) == 1 and word not in _EMPTY:
            letters += word
            continue
        words += [letters] if letters else []
        letters = ""
        if word and word not in _EMPTY:
            words += _SAME.get(word, word).split()
    return " ".join(sorted(words))
