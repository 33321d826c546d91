"""How alike titles are: for one title those that may be the same among a hundred thousand, without comparing each.

Titles are alike by the words that they share, the rare ones counting for more; those that share no two rare words are
not compared. A score is 1.0 where the words are the same in their order.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, combinations

from agreements.folding import beginning, fold

#: Titles below this are not the same, as people see it; how many are offered.
ENOUGH, OFFERED = 0.75, 5
#: How many titles that share the rare words are compared one by one.
_COMPARED, _TINY = 2_000, 1e-9
#: How many rare words two titles are looked up by together, and how many such groups of words are tried.
_TOGETHER, _LOOKED = 3, 35
_NOWHERE: set[int] = set()
#: What the score of other words in the same number, in another order, and of other numbers is.
_TURNED, _MOST, _OTHER_NUMBER = 0.98, 0.97, 0.8
_EMPTY = frozenset(
    (
        *("the", "of", "and", "a", "an", "on", "in", "to", "for", "with", "by", "at", "its", "from"),
        *("и", "о", "об", "в", "на", "по", "с", "к", "между", "мен", "туралы", "арасындагы"),
    )
)


@dataclass(frozen=True)
class Alike:
    """A title that may be the same as another: its key, and how alike they are, from 0 to 1."""

    key: str
    score: float


def words_of(title: str) -> tuple[str, ...]:
    """Return the words of a title as they are compared: folded, without endings, without those that carry nothing."""
    return tuple(beginning(word) for word in fold(title).split() if word not in _EMPTY)


class Titles:
    """Titles by their keys, ready to be asked; a key may have several titles."""

    def __init__(self, titles: Iterable[tuple[str, str]] = ()) -> None:
        self._keys: list[str] = []
        self._words: list[tuple[str, ...]] = []
        self._same: dict[tuple[str, ...], list[int]] = {}
        self._with: dict[str, set[int]] = defaultdict(set)
        self._weights: dict[str, float] = {}
        self._sums: dict[int, float] = {}
        self._weighed = 0
        for key, title in titles:
            self.add(key, title)

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, key: str, title: str) -> None:
        """Put in another title."""
        words = words_of(title)
        if not words:
            return
        place = len(self._keys)
        self._keys.append(key)
        self._words.append(words)
        self._same.setdefault(words, []).append(place)
        for word in set(words):
            self._with[word].add(place)

    def alike(self, title: str, *, enough: float = ENOUGH, most: int = OFFERED) -> tuple[Alike, ...]:
        """Return the titles that may be the same, the likest first; each key once."""
        words = words_of(title)
        if not words:
            return ()
        if len(self._keys) > self._weighed * 1.05:
            self._weights, self._sums, self._weighed = {}, {}, len(self._keys)
        found = {self._keys[place]: 1.0 for place in self._same.get(words, ())}
        own = frozenset(words)
        least = self._least(own, enough)
        whole = self._sum(own)
        for place in self._near(own, enough):
            common = own.intersection(self._words[place])
            if len(common) < least:
                continue
            both = self._sum(common)
            if both < enough * (whole + self._whole(place) - both) - _TINY:
                continue
            key = self._keys[place]
            score = self._score(words, self._words[place])
            if score >= enough and score > found.get(key, 0.0):
                found[key] = score
        ordered = sorted(found.items(), key=lambda one: (-one[1], one[0]))
        return tuple(Alike(key, round(score, 3)) for key, score in ordered[:most])

    def _weight(self, word: str) -> float:
        """Return how much a word tells: the rarer, the more."""
        weight = self._weights.get(word)
        if weight is None:
            times = len(self._with[word]) if word in self._with else 0
            weight = self._weights[word] = 1.0 + math.log((len(self._keys) + 1) / (times + 1))
        return weight

    def _sum(self, words: Iterable[str]) -> float:
        return sum(map(self._weight, words))

    def _whole(self, place: int) -> float:
        """Return what all words of a title weigh together."""
        whole = self._sums.get(place)
        if whole is None:
            whole = self._sums[place] = self._sum(set(self._words[place]))
        return whole

    def _least(self, words: frozenset[str], enough: float) -> int:
        """Return how many words a title that is alike enough shares at least."""
        weights = sorted(map(self._weight, words), reverse=True)
        wanted = sum(weights) * enough
        return next(count for count, weighed in enumerate(accumulate(weights), start=1) if weighed >= wanted - _TINY)

    def _near(self, words: frozenset[str], enough: float) -> Iterable[int]:
        """Return the titles that can be alike enough: they share three, two or one of the rarest words.

        Of so many words are the rarest taken that a title with fewer of them differs too much.
        """
        rarest = sorted(words, key=lambda word: (-self._weight(word), word))
        weights = [self._weight(word) for word in rarest]
        spare = sum(weights) * (1 - enough)
        for shared in (3, 2, 1):
            fewer = sum(weights[: shared - 1])
            looked = next((n for n, weighed in enumerate(accumulate(weights), 1) if weighed - fewer > spare), 0)
            if looked and math.comb(looked, shared) <= _LOOKED:
                break
        else:
            looked, shared = len(rarest), 1
        taken = sorted((self._with.get(word, _NOWHERE) for word in rarest[:looked]), key=len)
        found: set[int] = set()
        for some in combinations(taken, shared):
            found |= some[0].intersection(*some[1:])
        return sorted(found)[:_COMPARED] if len(found) > _COMPARED else found

    def _score(self, words: tuple[str, ...], others: tuple[str, ...]) -> float:
        """Return how alike two titles are: the weight of what they share in that of all their words."""
        if words == others:
            return 1.0
        one, two = frozenset(words), frozenset(others)
        if one == two:
            return _TURNED if sorted(words) == sorted(others) else _MOST
        both = self._sum(one & two)
        score = both / (both + self._sum(one ^ two))
        # "Protocol No. 6" is not "Protocol No. 13", a treaty of 1995 not that of 2005.
        if any(map(_is_number, one ^ two)):
            score *= _OTHER_NUMBER
        return min(score, _MOST)


def _is_number(word: str) -> bool:
    return bool(re.fullmatch(r"\d+|[ivx]+", word))


def alike(title: str, others: Iterable[tuple[str, str]]) -> tuple[Alike, ...]:
    """Return which of other titles, by their keys, may be the same as one. For many titles keep a `Titles`."""
    return Titles(others).alike(title)


def grams(text: str) -> frozenset[str]:
    """Return the threes of letters of a text, with its words' beginnings and ends."""
    padded = " ".join(f" {word} " for word in text.split())
    return frozenset(padded[place : place + 3] for place in range(max(len(padded) - 2, 0)))
