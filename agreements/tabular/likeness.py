"""How alike titles are: for one title those that may be the same among a hundred thousand, without comparing each.

Titles that share rare words are compared, and no others. A score is 1.0 where the words are the same in their order.
"""

import math
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from agreements.folding import beginning, fold

#: Titles below this are not the same, as people see it; how many are offered.
ENOUGH, OFFERED = 0.62, 5
#: A word that stands in more titles than this share, and than so many, is not looked up, unless all of them do.
_COMMON, _MANY = 0.02, 400
#: How many titles with shared words are compared one by one.
_COMPARED = 60
_EMPTY = frozenset(
    (
        "the",
        "of",
        "and",
        "a",
        "an",
        "on",
        "in",
        "to",
        "for",
        "with",
        "by",
        "at",
        "its",
        "from",
        "и",
        "о",
        "об",
        "в",
        "на",
        "по",
        "с",
        "к",
        "между",
        "і",
        "және",
        "мен",
        "туралы",
        "арасындағы",
    )
)


@dataclass(frozen=True)
class Alike:
    """A title that may be the same as another: its key, and how alike they are, from 0 to 1."""

    key: str
    score: float


def words_of(title: str) -> tuple[str, ...]:
    """Return the words of a title as they are compared: folded, without endings, without those that carry nothing."""
    folded = [word for word in fold(title).split() if word not in _EMPTY]
    return tuple(beginning(word) for word in folded)


class Titles:
    """Titles by their keys, ready to be asked."""

    def __init__(self, titles: Iterable[tuple[str, str]] = ()) -> None:
        self._keys: list[str] = []
        self._words: list[tuple[str, ...]] = []
        self._with: dict[str, array[int]] = defaultdict(lambda: array("l"))
        for key, title in titles:
            self.add(key, title)

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, key: str, title: str) -> None:
        """Put in another title; a key may have several."""
        place = len(self._keys)
        words = words_of(title)
        self._keys.append(key)
        self._words.append(words)
        for word in set(words):
            self._with[word].append(place)

    def alike(self, title: str, *, enough: float = ENOUGH, most: int = OFFERED) -> tuple[Alike, ...]:
        """Return the titles that may be the same, the likest first; each key once."""
        words = words_of(title)
        if not words:
            return ()
        shared: Counter[int] = Counter()
        for word, weight in self._rare(set(words)):
            for place in self._with[word]:
                shared[place] += weight
        found: dict[str, float] = {}
        for place, _weight in shared.most_common(_COMPARED):
            score = self._score(words, self._words[place])
            if score >= enough and score > found.get(self._keys[place], 0.0):
                found[self._keys[place]] = score
        ordered = sorted(found.items(), key=lambda one: (-one[1], one[0]))
        return tuple(Alike(key, round(score, 3)) for key, score in ordered[:most])

    def _weight(self, word: str) -> float:
        """Return how much a word tells: the rarer, the more."""
        times = len(self._with[word]) if word in self._with else 0
        return 1.0 + math.log((len(self._keys) + 1) / (times + 1))

    def _rare(self, words: set[str]) -> list[tuple[str, int]]:
        """Return the words by which titles are looked up, each with a whole weight."""
        most = max(_MANY, int(len(self._keys) * _COMMON))
        known = sorted((word for word in words if word in self._with), key=lambda word: len(self._with[word]))
        rare = [word for word in known if len(self._with[word]) <= most] or known[:1]
        return [(word, int(self._weight(word) * 10)) for word in rare]

    def _score(self, words: tuple[str, ...], others: tuple[str, ...]) -> float:
        """Return how alike two titles are: the weight of what they share, less where the order or a number differs."""
        if words == others:
            return 1.0
        one, two = Counter(words), Counter(others)
        both = sum(self._weight(word) * times for word, times in (one & two).items())
        every = sum(self._weight(word) * times for word, times in (one | two).items())
        score = both / every if every else 0.0
        if one == two:
            return 0.98
        # "Protocol No. 6" is not "Protocol No. 13", a treaty of 1995 not that of 2005.
        if _numbers(words) != _numbers(others):
            score *= 0.8
        return min(score, 0.97)


def _numbers(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word for word in words if re.fullmatch(r"\d+|[ivx]+", word))


def alike(title: str, others: Iterable[tuple[str, str]]) -> tuple[Alike, ...]:
    """Return which of other titles, by their keys, may be the same as one. For many titles keep a `Titles`."""
    return Titles(others).alike(title)


def grams(text: str) -> frozenset[str]:
    """Return the threes of letters of a text, with its words' beginnings and ends."""
    padded = " ".join(f" {word} " for word in text.split())
    return frozenset(padded[place : place + 3] for place in range(max(len(padded) - 2, 0)))
