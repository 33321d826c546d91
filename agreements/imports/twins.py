"""Rows of one file that may be the same agreement: their titles are the same, or much alike and their dates agree."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from agreements.dates import FuzzyDate
from agreements.folding import fold
from agreements.tabular.likeness import Titles

#: How alike titles must be, with and without dates that agree, for an agreement to be taken for a candidate.
ALIKE, ALIKE_WITH_DATE = 0.98, 0.8
_UNBOUNDED = date.min.toordinal()


def spans(days: Iterable[FuzzyDate]) -> "array[int]":
    """Return dates as numbers of days, the first and the last of each: a table has many."""
    return array("l", [edge.toordinal() for day in days for edge in (day.earliest, day.latest)])


def agree(days: Sequence[int], others: Sequence[int]) -> bool:
    """Whether one of these dates, as `spans` gives them, may be one of those; one without a beginning is none."""
    return any(
        first <= last_other and first_other <= last and first_other != _UNBOUNDED
        for first, last in zip(days[::2], days[1::2], strict=True)
        for first_other, last_other in zip(others[::2], others[1::2], strict=True)
    )


def may_be_same(score: float, days: Sequence[int], others: Sequence[int]) -> bool:
    """Whether two titles that are so alike may be of one agreement: the dates agree, or there are none to compare."""
    return agree(days, others) or (score >= ALIKE and not (days and others))


class Twins:
    """The agreements that a file has named so far, by title and dates.

    `found` are the rows that are like others, with these, where a trial has found them already: to compare all titles
    once more would take long.
    """

    def __init__(self, found: Mapping[int, int] | None = None) -> None:
        self._found = found
        #: By title and date - by their hash, for there may be many - the first row that has them.
        self._same: dict[int, int] = {}
        self._titles = Titles()
        self._days: dict[int, array[int]] = {}

    def take(self, number: int, titles: Sequence[str], days: Sequence[FuzzyDate], when: str) -> tuple[int, bool] | None:
        """Take up a row; return the row before it that it may be, and whether title and date (`when`) are the same.

        Taken up once more, as where a chunk is written again, it gives the same answer.
        """
        kept = spans(days)
        same = min((self._same.setdefault(hash((fold(title), when)), number) for title in titles), default=number)
        like = self._like(number, titles, kept) if same == number else None
        if self._found is None and number not in self._days:
            self._days[number] = kept
            for title in titles:
                self._titles.add(str(number), title)
        if same != number:
            return same, True
        return None if like is None else (like, False)

    def _like(self, number: int, titles: Sequence[str], days: "array[int]") -> int | None:
        """Return the likest of the rows before it, judged as titles of the register are."""
        if self._found is not None:
            return self._found.get(number)
        found = [
            (-one.score, int(one.key))
            for title in titles
            for one in self._titles.alike(title, enough=ALIKE_WITH_DATE)
            if int(one.key) < number and may_be_same(one.score, days, self._days[int(one.key)])
        ]
        return min(found)[1] if found else None
