"""The words of Pacta with their meaning, in three languages; kept in glossary.toml, where a lawyer can correct them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from agreements.choices import Stage
from agreements.folding import Sought, fold
from agreements.tomlfiles import TableReader, tables_of
from agreements.words import LANGUAGES, Texts, Worded, alphabetical, pick

_FILE = Path(__file__).with_name("glossary.toml")


class BadGlossary(ValueError):
    """The file cannot be read as a glossary; the sentence names the key and the remedy."""


@dataclass(frozen=True)
class Term:
    """A word and what it means; `fields` are the fields of forms beside which the meaning is offered."""

    code: str
    names: Texts
    meanings: Texts
    fields: tuple[str, ...] = ()
    stage: Stage | None = None

    @property
    def name(self) -> Worded:
        """The word in the reader's language."""
        return pick(self.names)

    @property
    def meaning(self) -> Worded:
        """The meaning in the reader's language."""
        return pick(self.meanings)

    @property
    def elsewhere(self) -> list[Worded]:
        """The word in the other languages."""
        shown = self.name.language
        return [Worded(text, language) for language, text in self.names.items() if language != shown]


@dataclass(frozen=True)
class Chapter:
    """Terms that belong together."""

    code: str
    titles: Texts
    terms: Sequence[Term]

    @property
    def title(self) -> Worded:
        """What the terms are about."""
        return pick(self.titles)


@cache
def glossary() -> tuple[Chapter, ...]:
    """Return all terms, in the order of the file. Raises BadGlossary."""
    tables = tables_of(_FILE.read_text(encoding="utf-8"), file=_FILE.name, error=BadGlossary)
    return read(tables)


def read(tables: Mapping[str, Any]) -> tuple[Chapter, ...]:
    """Return the terms of a file by chapter. Raises BadGlossary where one is incomplete, doubled or belongs nowhere."""
    reader = TableReader(_FILE.name, BadGlossary)
    reader.known(tables, ("group", "term"))
    titles = {
        reader.get(row, "code", str, "group."): reader.texts(
            {key: value for key, value in row.items() if key != "code"}, "group"
        )
        for row in reader.get(tables, "group", list)
    }
    terms: dict[str, list[Term]] = {code: [] for code in titles}
    for row in reader.get(tables, "term", list):
        group = reader.get(row, "group", str, "term.")
        if group not in terms:
            raise reader.fail("term.group", f"{group!r} is not known. Use one of: {', '.join(terms)}.")
        terms[group].append(_term(row, reader))
    chapters = tuple(Chapter(code, titles[code], tuple(terms[code])) for code in titles)
    _distinct((term.code for chapter in chapters for term in chapter.terms), reader, "code")
    _distinct((name for chapter in chapters for term in chapter.terms for name in term.fields), reader, "fields")
    return chapters


def _term(row: Mapping[str, Any], reader: TableReader) -> Term:
    code = reader.get(row, "code", str, "term.")
    reader.known(row, ("code", "group", "fields", "stage", *LANGUAGES), f"{code}.")
    pairs = {language: reader.get(row, language, list, f"{code}.") for language in LANGUAGES}
    for language, pair in pairs.items():
        if len(pair) != 2:
            raise reader.fail(f"{code}.{language}", "must be a list of two texts: the word, and its meaning.")
    stage = row.get("stage")
    return Term(
        code,
        reader.texts({language: pair[0] for language, pair in pairs.items()}, code),
        reader.texts({language: pair[1] for language, pair in pairs.items()}, code),
        tuple(reader.get(row, "fields", list, f"{code}.", default=[])),
        reader.one_of(stage, Stage, f"{code}.stage") if stage else None,
    )


def _distinct(names: Iterable[str], reader: TableReader, key: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise reader.fail(f"term.{key}", f"{name!r} is there twice. Keep one.")
        seen.add(name)


def found(words: str) -> list[Term]:
    """Return the terms whose word or meaning, in any language, has every word asked for; by the alphabet."""
    asked = Sought.read(words)
    terms = [term for chapter in glossary() for term in chapter.terms]
    matching = [term for term in terms if asked.finds(fold(*term.names.values(), *term.meanings.values()))]
    return sorted(matching, key=lambda term: alphabetical(term.name.text))


@cache
def by_field() -> Mapping[str, Term]:
    """Return the term that explains a field of a form, by the name of the field."""
    return {name: term for chapter in glossary() for term in chapter.terms for name in term.fields}
