"""Figures on a partner as series: the latest value, columns over the periods, a table with sources."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from agreements.models import Indicator
from agreements.numbers import NBSP, grouped
from agreements.reports.facts import IndicatorFacts
from agreements.reports.figures import change_words, period_words
from agreements.words import Worded, pick

#: How many periods a picture holds, and how many rows of the table stand open.
PERIODS, OPEN = 12, 4
#: The picture in pixels: a column, the room of a period, the height of the highest column, the room above and below.
_COLUMN, _ROOM, _HIGH, _ABOVE, _BELOW = 26, 58, 88, 20, 22


@dataclass(frozen=True)
class Row:
    """One value with its period and its source; `apart` says that another source gives another value for the period."""

    period: str
    value: str
    change: str
    source: str
    retrieved_on: date | None
    apart: bool


@dataclass(frozen=True)
class Column:
    """A column of the picture: where it stands and how high it is; the latest one carries its value."""

    x: float
    y: float
    width: float
    height: float
    latest: bool
    value: str

    @property
    def middle(self) -> float:
        """Where its value stands."""
        return self.x + self.width / 2

    @property
    def above(self) -> float:
        """Where its value stands, above it."""
        return self.y - 6


@dataclass(frozen=True)
class Mark:
    """The label of a period below its columns."""

    x: float
    label: str


@dataclass(frozen=True)
class Picture:
    """Columns over the periods, the earliest first; `words` tell the same."""

    width: int
    height: int
    base: float
    label_y: float
    columns: Sequence[Column]
    marks: Sequence[Mark]
    words: str


@dataclass(frozen=True)
class Series:
    """The figures of one name in one unit, the latest first."""

    key: str
    name: Worded
    unit: Worded
    latest: Row
    rows: Sequence[Row]
    more: Sequence[Row]
    picture: Picture | None
    disputed: bool

    @property
    def all_rows(self) -> Sequence[Row]:
        """All of them, where no picture is drawn."""
        return [*self.rows, *self.more]


@dataclass(frozen=True)
class _Figure:
    facts: IndicatorFacts
    retrieved_on: date | None

    @property
    def period(self) -> tuple[date, date]:
        return self.facts.period_until, self.facts.period_from or self.facts.period_until


def series_of(indicators: Iterable[Indicator]) -> list[Series]:
    """Return the figures of one partner as series, in the order in which they are given."""
    found: dict[tuple[str, str], list[_Figure]] = {}
    for row in indicators:
        found.setdefault((row.name_en, row.unit_en), []).append(_Figure(_facts(row), row.retrieved_on))
    return [_series(f"series-{number}", figures) for number, figures in enumerate(found.values(), 1)]


def _facts(row: Indicator) -> IndicatorFacts:
    return IndicatorFacts(
        party="",
        names=row.names,
        units={language: getattr(row, f"unit_{language}") for language in row.names},
        period_from=row.period_from,
        period_until=row.period_until,
        value=row.value,
        at_least=row.at_least,
        change_on_year=row.change_on_year,
        source=row.source,
    )


def _series(key: str, figures: list[_Figure]) -> Series:
    figures.sort(key=lambda one: (one.facts.source, one.facts.value))
    figures.sort(key=lambda one: one.period, reverse=True)
    rows = [row for _period, same in groupby(figures, lambda one: one.period) for row in _rows(list(same))]
    return Series(
        key=key,
        name=pick(figures[0].facts.names),
        unit=pick(figures[0].facts.units),
        latest=rows[0],
        rows=rows[:OPEN],
        more=rows[OPEN:],
        picture=_picture(figures) if len({one.period for one in figures}) > 1 else None,
        disputed=any(row.apart for row in rows),
    )


def _rows(same: Sequence[_Figure]) -> Iterator[Row]:
    """Yield what is said of one period, by every source."""
    apart = len({one.facts.value for one in same}) > 1
    for one in same:
        facts = one.facts
        yield Row(period_words(facts), _value(facts), change_words(facts), facts.source, one.retrieved_on, apart)


def _value(facts: IndicatorFacts) -> str:
    return f"{'>' + NBSP if facts.at_least else ''}{grouped(facts.value)}"


# ---- the picture ----
def _picture(figures: Sequence[_Figure]) -> Picture:
    """Draw the latest periods, the earliest at the left; what several sources say of one stands side by side."""
    periods = [list(same) for _period, same in groupby(figures, lambda one: one.period)][:PERIODS][::-1]
    values = [one.facts.value for same in periods for one in same]
    high, low = max(max(values), Decimal(0)), min(min(values), Decimal(0))
    scale = _HIGH / float(high - low or 1)
    base = _ABOVE + float(high) * scale
    columns, marks = [], []
    for place, same in enumerate(periods):
        room, latest = _ROOM * place, place == len(periods) - 1
        width = min(_COLUMN, (_ROOM - 8) // len(same))
        left = room + (_ROOM - width * len(same)) / 2
        for number, one in enumerate(same):
            height = max(abs(float(one.facts.value)) * scale, 1)
            y = base - height if one.facts.value >= 0 else base
            value = _value(one.facts) if latest and len(same) == 1 else ""
            columns.append(Column(left + width * number, y, width - 2, height, latest, value))
        marks.append(Mark(room + _ROOM / 2, _brief(same[0].facts)))
    height = _ABOVE + _HIGH + _BELOW
    words = "; ".join(f"{period_words(one.facts)}: {_value(one.facts)}" for same in periods for one in same)
    return Picture(_ROOM * len(periods), height, base, height - 6, columns, marks, words)


def _brief(facts: IndicatorFacts) -> str:
    """Write a period as briefly as a column is wide: 2023; 1–10.2024; 2005–2024; the day of one without a beginning."""
    first, last = facts.period_from, facts.period_until
    if first is None:
        return f"{last:%d.%m.%y}"
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return str(last.year) if first.year == last.year else f"{first.year}–{last.year}"
    if first.year != last.year:
        return f"{first.year}–{last.year}"
    return f"{first.month}.{last.year}" if first.month == last.month else f"{first.month}–{last.month}.{last.year}"
