"""Choices in words: what people write for a kind of act, a stage, a level, in English, Russian or Kazakh."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from django.db.models import TextChoices
from django.utils import translation

from agreements import choices
from agreements.choices import ActionKind, SignatureManner
from agreements.tabular.heading import plain
from agreements.words import LANGUAGES

_FILE = Path(__file__).with_name("wording.toml")
#: How alike a word must be to one that is known to be offered for it, and how many are offered.
_ALIKE, _OFFERED = 0.7, 3
_HEADER_PART = re.compile(r"([^(]*)(?:\(\s*(\w{1,2})\s*\))?\s*$")
_HEADER_PARTS = re.compile(r"[,/;]|(?<=\w)-(?=\w)")
_DATE_WORDS = re.compile(r"\b(?:date|dates|day|of|on|дата|күні)\b")


class Word(NamedTuple):
    """An act that a word or a letter names."""

    kind: ActionKind
    manner: str = ""
    #: A word that means the withdrawal of an act where one is named, else leaving the agreement.
    either: bool = False


@dataclass(frozen=True)
class Meant:
    """What a text means: a choice, or none and those that may be meant. `manner` is that of a signature."""

    choice: str = ""
    sure: bool = False
    candidates: tuple[str, ...] = ()
    manner: str = ""

    def __bool__(self) -> bool:
        return bool(self.choice)


def meaning(kind: type[TextChoices], text: object, *, near: bool = True) -> Meant:
    """Return the choice that a text names; only what is known is sure, what is alike is a candidate.

    `near`: names that are alike are looked for, which takes its time.
    """
    called = plain(text)
    if not called:
        return Meant()
    if kind is ActionKind:
        return _act(str(text).strip(), called, near=near)
    known = _choices(kind)
    found = known.get(called, ())
    if len(found) == 1:
        return Meant(found[0], True, found)
    return Meant(candidates=found or (_near(called, known) if near else ()))


def _act(text: str, called: str, *, near: bool = True) -> Meant:
    word = acts().get(called) or letters().get(text)
    if word is None and text.endswith(")") and "(" in text:
        # "Ratification (r)": both must say the same.
        outside, _open, letter = text[:-1].partition("(")
        word, other = acts().get(plain(outside)), letters().get(letter.strip())
        if word and other and word.kind != other.kind:
            return Meant(candidates=(word.kind.value, other.kind.value))
    if word and not word.either:
        return Meant(word.kind.value, True, (word.kind.value,), word.manner)
    if word:
        return Meant(candidates=(ActionKind.DENUNCIATION.value, ActionKind.WITHDRAWAL.value))
    names = {name: (one.kind.value,) for name, one in acts().items()}
    return Meant(candidates=_near(called, names) if near else ())


def _near(called: str, known: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    words = set(called.split())
    judged = []
    for name, found in known.items():
        if not name:
            continue
        score = SequenceMatcher(None, called, name).ratio()
        # A name that stands in the text, or the other way round, as whole words.
        inside = set(name.split())
        if inside <= words or words <= inside:
            score = max(score, 0.75 + 0.2 * min(len(inside), len(words)) / max(len(inside), len(words)))
        if score >= _ALIKE:
            judged.append((score, found))
    judged.sort(key=lambda one: -one[0])
    return tuple(dict.fromkeys(choice for _score, found in judged for choice in found))[:_OFFERED]


# ---- the words ----
@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def _labels(kind: type[TextChoices]) -> Iterator[tuple[str, str]]:
    for choice in kind:
        yield choice.value, plain(choice.value)
    for language in LANGUAGES:
        with translation.override(language):
            for choice in kind:
                yield choice.value, plain(choice.label)


@cache
def _choices(kind: type[TextChoices]) -> Mapping[str, tuple[str, ...]]:
    """Return the words of a list of choices: those of the choices themselves come before what else is said."""
    own: dict[str, dict[str, None]] = {}
    for value, name in _labels(kind):
        own.setdefault(name, {})[value] = None
    more: dict[str, dict[str, None]] = {}
    for value, names in _data().get(kind.__name__, {}).items():
        for name in names:
            more.setdefault(plain(name), {})[kind(value).value] = None
    return {name: tuple(values) for name, values in (more | own).items()}


def word(name: str) -> Word:
    """Return the act that a name of the file stands for: "signature:definitive"."""
    kind, _colon, manner = name.rstrip("?").partition(":")
    return Word(ActionKind(kind), manner, name.endswith("?"))


@cache
def acts() -> Mapping[str, Word]:
    """Return the kinds of acts by what they are called, plain."""
    found: dict[str, Word] = {name: Word(ActionKind(value)) for value, name in _labels(ActionKind)}
    for name, words in _data()["acts"].items():
        found |= {plain(one): word(name) for one in words}
    return found


def of_header(title: str) -> tuple[Word | None, Mapping[str, Word | None]]:
    """Return the act whose days stand in a column, by its header, and what its letters mean that the header explains.

    "Ratification, Accession(a)" is ratification, and "a" accession. A letter that is explained by an act that is not
    known means nothing (None), and not what it does in other tables.
    """
    if whole := _act_word(title):
        return whole, {}
    default: Word | None = None
    explained: dict[str, Word | None] = {}
    for part in _HEADER_PARTS.split(title):
        match = _HEADER_PART.match(part.strip())
        found = _act_word(match[1]) if match else None
        if match and match[2]:
            explained[match[2]] = found
        elif default is None:
            default = found
    return default or next(iter(explained.values()), None), explained


def _act_word(text: str) -> Word | None:
    called = plain(text)
    return acts().get(called) or acts().get(" ".join(_DATE_WORDS.sub(" ", called).split()))


@cache
def manners() -> Mapping[str, str]:
    """Return the manners of signing by what they are called, plain."""
    found = {name: value for value, name in _labels(SignatureManner)}
    for name, words in _data()["manners"].items():
        found |= {plain(one): name for one in words}
    return found


@cache
def letters() -> Mapping[str, Word]:
    """Return the acts by the letters after dates."""
    return {letter: word(name) for letter, name in _data()["letters"].items()}


@cache
def nothing() -> frozenset[str]:
    """Return what people write, in small letters, where they have nothing to say or no date."""
    return frozenset(_data()["nothing"])


def known_lists() -> list[type[TextChoices]]:
    """Return the lists of choices for which the file has words."""
    names = [name for name in _data() if name not in ("acts", "manners", "letters", "nothing")]
    return [ActionKind, SignatureManner, *(getattr(choices, name) for name in names)]
