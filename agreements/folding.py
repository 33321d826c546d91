"""Folding: how a search compares words, so that people find things as they can type them.

Case, accents, ё and е are one. The letters that only Kazakh has are as their Russian look-alikes (қ is к, ғ is г): not
every keyboard has them. Apostrophes are nothing; hyphens and all other signs part words, and what a hyphen joins is one
word, too: AIR-7Q4M is `air`, `7q4m` and `air7q4m`. A word that is sought finds those that begin like it, without its
ending: “соглашения” finds “соглашению”.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from agreements.words import is_plain, searchable

#: More words than this are not looked for: the first ones tell what is meant.
MOST_WORDS = 12
#: Stands in no folded text.
_NO_WORD = "?"
_APOSTROPHES = "'’‘ʼʹ`´′"
_HYPHENS = "-‐‑‒–—−"
_ALIKE = str.maketrans(
    {"қ": "к", "ғ": "г", "ә": "а", "ң": "н", "ө": "о", "ұ": "у", "ү": "у", "һ": "х", "і": "и"}
    | {"ł": "l", "đ": "d", "ð": "d", "ø": "o", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
    | dict.fromkeys(_APOSTROPHES, "")
)
_COMPOUND = re.compile(f"[^\\W_]+(?:[{_HYPHENS}][^\\W_]+)*")
_PART = re.compile(r"[^\W_]+")
#: The same in a text as it is written: marks over letters and apostrophes are within words.
_WRITTEN = f"[^\\W_](?:[^\\W_]|[\u0300-\u036f\u00ad\u200b-\u200d{_APOSTROPHES}])*"
_COMPOUND_WRITTEN = re.compile(f"{_WRITTEN}(?:[{_HYPHENS}]{_WRITTEN})*")
_PART_WRITTEN = re.compile(_WRITTEN)

#: Endings of Russian nouns and adjectives, then those of Kazakh nouns (plural, possession, case), as they are folded.
_RUSSIAN = re.compile(
    "(?:иями|ями|ами|иях|ях|ах|иям|ям|ам|ого|его|ому|ему|ыми|ими|ией|ием|ый|ий|ой|ей|ая|яя|ое|ее|ые|ие|ую|юю|ых|их|ом|"
    "ем|ов|ев|ью|ия|ии|ию|а|я|о|е|ы|и|у|ю|ь|й)$"
)
_KAZAKH = re.compile(
    "(?:(?:лар|лер|дар|дер|тар|тер)(?:ы|и)?|сы|си|ы|и)?"
    "(?:нын|нин|дын|дин|тын|тин|нда|нде|нан|нен|дан|ден|тан|тен|мен|бен|пен|га|ге|ка|ке|на|не|да|де|та|те|н)?$"
)
_ENGLISH = re.compile(r"(?<=..)(?:ies|(?<![isu])s)$")
#: How much of a word stays at least when its ending is taken off: of the languages with longer endings more.
_KEPT_RUSSIAN, _KEPT, _KEPT_KAZAKH = 3, 4, 5


def fold(*texts: str) -> str:
    """Return the words of texts as searches compare them, each between two spaces; empty without any.

    The words stand in their order, after them what hyphens joined.
    """
    plain = _plain(" ".join(filter(None, texts)))
    parts = _PART.findall(plain)
    joined = _COMPOUND.findall(plain) if any(hyphen in plain for hyphen in _HYPHENS) else ()
    words = [*parts, *dict.fromkeys(word for word in map(_joined, joined) if word not in parts)]
    return f" {' '.join(words)} " if words else ""


def _plain(text: str) -> str:
    """Return a text without case, accents, apostrophes and letters that not every keyboard has."""
    folded = searchable(text)
    if not is_plain(folded):
        folded = "".join(letter for letter in folded if unicodedata.category(letter) != "Mn")
    return folded.translate(_ALIKE)


def _joined(compound: str) -> str:
    return "".join(_PART.findall(compound))


def beginning(word: str) -> str:
    """Return how words begin that a folded word finds: the word without its ending, where it is long enough."""
    if not word.isalpha():
        return word
    if word.isascii():
        stem = _ENGLISH.sub("", word)
        return stem if len(stem) >= _KEPT else word
    russian, kazakh = _RUSSIAN.sub("", word, count=1), _KAZAKH.sub("", word, count=1)
    stems = [word]
    if len(russian) >= _KEPT_RUSSIAN:
        stems.append(russian)
    if len(kazakh) >= _KEPT_KAZAKH:
        stems.append(kazakh)
    return min(stems, key=len)


@dataclass(frozen=True)
class Sought:
    """The words that a reader looks for, folded; a text is found where each of them begins one of its words."""

    words: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> "Sought":
        """Read what was typed. Of words that a hyphen joins, each is looked for by itself.

        Signs without any word are in no text: they find nothing, where an empty text finds everything.
        """
        words = tuple(dict.fromkeys(_PART.findall(_plain(text))))[:MOST_WORDS]
        return cls(words or ((_NO_WORD,) if text.strip() else ()))

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.words)

    @cached_property
    def beginnings(self) -> tuple[str, ...]:
        """How the words begin that are found."""
        return tuple(beginning(word) for word in self.words)

    @property
    def phrase(self) -> str:
        """The words in their order, as `fold` writes them."""
        return f" {' '.join(self.words)} "

    @property
    def joined(self) -> str:
        """The words as one: what a reference with its hyphen is."""
        return "".join(self.words)

    def finds(self, folded: str) -> bool:
        """Whether a folded text has all of the words."""
        return all(f" {one}" in folded for one in self.beginnings)

    def rank(self, folded: str) -> int:
        """Return how well a folded text that is found answers: the less the better, from 0."""
        if folded.startswith(f" {self.joined} ") or folded == self.phrase:
            return 0
        if self.phrase in folded:
            return 1
        return 2 if all(f" {word} " in folded for word in self.words) else 3

    def marked(self, text: str) -> list[tuple[str, bool]]:
        """Return a text in pieces, and of each whether it is a word that is found."""
        pieces: list[tuple[str, bool]] = []
        end = 0
        for start, stop in self._found_in(text):
            pieces += [(text[end:start], False)] if start > end else []
            pieces.append((text[start:stop], True))
            end = stop
        return [*pieces, (text[end:], False)] if end < len(text) else pieces

    def _found_in(self, text: str) -> Iterator[tuple[int, int]]:
        for compound in _COMPOUND_WRITTEN.finditer(text):
            parts = [part for part in _PART_WRITTEN.finditer(compound[0]) if self._meets(part[0])]
            if not parts and self._meets(compound[0]):
                yield compound.span()
            for part in parts:
                yield compound.start() + part.start(), compound.start() + part.end()

    def _meets(self, written: str) -> bool:
        word = _joined(_plain(written))
        return any(word.startswith(one) for one in self.beginnings)


# ---- the other keyboard ----
_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_CYRILLIC = "йцукенгшщзхъфывапролджэячсмитьбюё"
_KEYS = str.maketrans(_LATIN + _CYRILLIC, _CYRILLIC + _LATIN)


def other_keyboard(text: str) -> str:
    """Return what the same keys write on the other keyboard: “fdbfwbz” is “авиация”, “фмшфешщт” is “aviation”."""
    return text.lower().translate(_KEYS)
