"""The pictures of reports to scale: what is drawn where, in parts of the width, for every format that draws."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from agreements.choices import Group
from agreements.dates import MONTHS
from agreements.numbers import NBSP, grouped
from agreements.reports.document import Bar, Bars, Funnel, Lane, Part, Timeline
from agreements.words import active_language

#: The steps of a scale of years, and of one of months.
_YEARS, _MONTHS = (1, 2, 5, 10, 20, 50), (1, 3, 6)
#: A span that is shorter is drawn as wide as this part of the picture, so that it is seen.
_LEAST = 0.004


@dataclass(frozen=True)
class Piece:
    """A piece of a picture: where it begins and how wide it is, in parts of the width; the label is what it is."""

    left: float
    width: float
    label: str
    group: str = ""
    hatched: bool = False


@dataclass(frozen=True)
class Tick:
    """A line of a scale: where it is, and what stands at it."""

    left: float
    label: str


# ---- bars ----
def parts(bars: Bars, bar: Bar) -> list[tuple[Part, Piece]]:
    """Return the parts of one bar, to the scale of all of them, with their figures as labels."""
    whole = max((sum(part.value for part in row.parts) for row in bars.rows), default=0)
    found, left = [], 0.0
    for part in bar.parts:
        width = float(part.value / whole) if whole else 0.0
        figure = grouped(part.value)
        label = part.label if figure in part.label else f"{part.label} {figure}".strip()
        found.append((part, Piece(left, width, label)))
        left += width
    return found


def shares(funnel: Funnel) -> list[float]:
    """Return how long the bar of each step is."""
    most = max((row.count for row in funnel.rows), default=0)
    return [row.count / most if most else 0.0 for row in funnel.rows]


# ---- timelines ----
def place(timeline: Timeline, day: date) -> float:
    """Return where a day is."""
    days = (timeline.last - timeline.first).days or 1
    return min(max((day - timeline.first).days / days, 0.0), 1.0)


def pieces(timeline: Timeline, lane: Lane) -> list[Piece]:
    """Return what is drawn in a lane: what is not certain, hatched, below what is."""
    unsure, sure = [], []
    for span in lane.spans:
        begins, ends = place(timeline, span.first), place(timeline, span.last)
        firm_from = place(timeline, span.sure_from) if span.sure_from else begins
        firm_until = place(timeline, span.sure_until) if span.sure_until else ends
        if not span.certain or firm_from > firm_until:
            unsure.append(_piece(begins, ends, span.label, span.group, hatched=True))
            continue
        if firm_from > begins:
            unsure.append(Piece(begins, firm_from - begins, "", span.group, hatched=True))
        if ends > firm_until:
            unsure.append(Piece(firm_until, ends - firm_until, "", span.group, hatched=True))
        sure.append(_piece(firm_from, firm_until, span.label, span.group))
    return unsure + sure


def _piece(left: float, right: float, label: str, group: str, *, hatched: bool = False) -> Piece:
    width = max(right - left, _LEAST)
    return Piece(min(left, 1 - width), width, label, group, hatched)


def groups(timeline: Timeline) -> list[Group]:
    """Return the groups of stages that are drawn, whose colours a legend explains."""
    drawn = {span.group for lane in timeline.lanes for span in lane.spans}
    return [group for group in Group if group in drawn]


def unsure(timeline: Timeline) -> bool:
    """Whether anything in it is drawn hatched."""
    return any(piece.hatched for lane in timeline.lanes for piece in pieces(timeline, lane))


def ticks(timeline: Timeline, most: int) -> list[Tick]:
    """Return a scale of at most so many lines: years, or months where the time is short."""
    years = timeline.last.year - timeline.first.year + 1
    if years > 2:
        step = next((step for step in _YEARS if years / step <= most), _YEARS[-1])
        days = [
            date(year, 1, 1)
            for year in range(timeline.first.year, timeline.last.year + 1)
            if year % step == 0 and date(year, 1, 1) >= timeline.first
        ]
        return [Tick(place(timeline, day), str(day.year)) for day in days]
    months = list(_months(timeline))
    step = next((step for step in _MONTHS if len(months) / step <= most), _MONTHS[-1])
    shown = [day for day in months if (day.month - 1) % step == 0]
    names = MONTHS[active_language()][1]

    def label(day: date) -> str:
        month = names[day.month - 1][:3]
        return f"{month}{NBSP}{day.year}" if day.month == 1 or day == shown[0] else month

    return [Tick(place(timeline, day), label(day)) for day in shown]


def _months(timeline: Timeline) -> Iterator[date]:
    day = timeline.first.replace(day=1)
    while day <= timeline.last:
        if day >= timeline.first:
            yield day
        day = (day + timedelta(days=32)).replace(day=1)
