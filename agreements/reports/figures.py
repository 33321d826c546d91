"""Figures on partners: how they are written, told to programs, and drawn."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from agreements.dates import render_day, render_period
from agreements.numbers import NBSP, grouped
from agreements.reports.document import NOTHING, Bar, Bars, Cell, Figure, Figures, Paragraph, Part, Table
from agreements.reports.facts import IndicatorFacts
from agreements.words import pick

#: The figures on trade, by what their names say in any language; a name that says two of them says none.
_TRADE = {
    "turnover": re.compile(r"\bturnover\b|\bтоварооборот|\bтауар айналым", re.IGNORECASE),
    "exports": re.compile(r"\bexports?\b|\bэкспорт", re.IGNORECASE),
    "imports": re.compile(r"\bimports?\b|\bимпорт", re.IGNORECASE),
}
_LABELS = {
    "turnover": pgettext_lazy("trade", "turnover"),
    "exports": pgettext_lazy("trade", "exports"),
    "imports": pgettext_lazy("trade", "imports"),
}
#: Words with which a unit multiplies the number before it.
_MAGNITUDES = ("thousand", "million", "billion", "trillion", "тыс.", "млн", "млрд", "трлн", "мың")
#: So many periods of trade are drawn, and so many letters are compared to see that two words are one.
_PERIODS, _STEM = 3, 5


# ---- words ----
def period_words(item: IndicatorFacts) -> str:
    """Write the period of a figure; the day of one that has no beginning."""
    if item.period_from is None:
        return render_day(item.period_until)
    return render_period(item.period_from, item.period_until)


def change_words(item: IndicatorFacts) -> str:
    """Write the change on the year with its sign; empty where none is recorded."""
    return f"{grouped(item.change_on_year, sign=True)}{NBSP}%" if item.change_on_year is not None else ""


def value_words(item: IndicatorFacts) -> str:
    """Write the value with its unit."""
    return _at_least(item, f"{grouped(item.value)}{NBSP}{pick(item.units).text}")


def _at_least(item: IndicatorFacts, figure: str) -> str:
    return _("more than %(figure)s") % {"figure": figure} if item.at_least else figure


def table(heading: str, items: Sequence[IndicatorFacts], notes: Sequence[Sequence[str]] = ()) -> Table:
    """Return figures as a table; `notes` are what is to be said below the name of each of them."""
    return Table(
        heading,
        [_("Figure"), _("Period"), _("Value"), _("Change on year"), _("Source")],
        [
            [
                Cell.of(pick(item.names), notes=notes[place] if notes else ()),
                Cell(period_words(item)),
                Cell(value_words(item), number=True, value=item.value),
                Cell(change_words(item) or NOTHING, number=True, value=item.change_on_year),
                Cell(item.source),
            ]
            for place, item in enumerate(items)
        ],
        empty=_("No figures are recorded."),
    )


# ---- data, for programs ----
def data(item: IndicatorFacts) -> dict[str, Any]:
    """Return a figure as JSON values: `party`, `name`, `unit`, `from`, `until`, `value`, `at_least`,
    `change_on_year_percent`, `source`.
    """
    return {
        "party": item.party,
        "name": dict(item.names),
        "unit": dict(item.units),
        "from": item.period_from.isoformat() if item.period_from else None,
        "until": item.period_until.isoformat(),
        "value": format(item.value.normalize(), "f"),
        "at_least": item.at_least,
        "change_on_year_percent": format(item.change_on_year.normalize(), "f")
        if item.change_on_year is not None
        else None,
        "source": item.source,
    }


# ---- which are shown ----
def trade_of(item: IndicatorFacts) -> str:
    """Return what of trade a figure tells: "turnover", "exports", "imports", or nothing."""
    names = " ".join(item.names.values())
    found = [code for code, pattern in _TRADE.items() if pattern.search(names)]
    return found[0] if len(found) == 1 else ""


def latest(indicators: Iterable[IndicatorFacts]) -> list[IndicatorFacts]:
    """Return what a reader in a hurry is shown: trade of the latest periods, of the rest the latest of each name.

    What several sources say of one period is all shown.
    """
    found: list[IndicatorFacts] = []
    shown: dict[tuple[str, str], list[Any]] = {}
    for item in sorted(indicators, key=lambda item: item.period_until, reverse=True):
        trade = trade_of(item)
        periods = shown.setdefault((item.party, "trade" if trade else item.names["en"]), [])
        period = (item.period_from, item.period_until)
        if period not in periods:
            if len(periods) == (_PERIODS if trade else 1):
                continue
            periods.append(period)
        found.append(item)
    order = list(_TRADE)
    found.sort(
        key=lambda item: (
            item.party,
            not (trade := trade_of(item)),
            "" if trade else item.names["en"],
            -item.period_until.toordinal(),
            str(item.period_from),
            item.source,
            order.index(trade) if trade else 0,
        )
    )
    return found


# ---- pictures ----
def pictures(indicators: Sequence[IndicatorFacts], names: Mapping[str, str]) -> Iterator[Bars | Figures | Paragraph]:
    """Yield trade as bars and the rest as key figures; one source of all is said once, below.

    `names` are those of the partners where there are several.
    """
    sources = {item.source for item in indicators}
    apart = len(sources) > 1
    trade = [item for item in indicators if trade_of(item)]
    for (party, unit), items in groupby(trade, key=lambda item: (item.party, pick(item.units).text)):
        heading = _("%(party)s: trade") % {"party": names[party]} if party in names else _("Trade")
        yield Bars(heading, unit, [*_bars(list(items), apart)], level=3)
    others = [item for item in indicators if not trade_of(item)]
    if others:
        heading = _("Other figures") if trade else ""
        yield Figures(heading, [_figure(item, others, apart, names) for item in others], level=3)
    if len(sources) == 1:
        source = _("Source of all figures: %(source)s.") % {"source": sources.pop()}
        yield Paragraph(source, tone="note")


def _bars(items: Sequence[IndicatorFacts], apart: bool) -> Iterator[Bar]:
    """Yield a bar for each period and source."""
    for _key, group in groupby(items, key=lambda item: (item.period_from, item.period_until, item.source)):
        by = {trade_of(item): item for item in group}
        parts = {code: _part(code, item, hollow=code == "imports") for code, item in by.items()}
        split = [parts[code] for code in ("exports", "imports") if code in parts]
        whole, item = parts.get("turnover"), by.get("turnover") or next(iter(by.values()))
        yield Bar(
            _capital(period_words(item)),
            _figure_words(by["turnover"])
            if whole
            else "; ".join(f"{part.label} {_figure_words(by[code])}" for code, part in parts.items()),
            split if split else [whole] if whole else [],
            whole=whole,
            source=item.source if apart else "",
        )


def _part(code: str, item: IndicatorFacts, *, hollow: bool) -> Part:
    return Part(str(_LABELS[code]), item.value, hollow=hollow, change=change_words(item))


def _figure_words(item: IndicatorFacts) -> str:
    figure = _at_least(item, grouped(item.value))
    change = change_words(item)
    return _("%(figure)s, %(change)s on the year") % {"figure": figure, "change": change} if change else figure


def _figure(item: IndicatorFacts, others: Sequence[IndicatorFacts], apart: bool, names: Mapping[str, str]) -> Figure:
    name, unit = pick(item.names), pick(item.units).text
    first, _space, rest = unit.partition(" ")
    value = f"{'>' + NBSP if item.at_least else ''}{grouped(item.value)}"
    if first in _MAGNITUDES:
        value, unit = f"{value}{NBSP}{first}", rest
    said = name.text if _tells(name.text, unit) else f"{name.text}, {unit}"
    label = f"{names[item.party]}: {said}" if item.party in names else said
    notes = [period_words(item), *([_("sources disagree")] if any(_differs(item, other) for other in others) else [])]
    source = item.source if apart else ""
    return Figure(value, f"{label} ({'; '.join(notes)})", change_words(item), source, name.language)


def _differs(item: IndicatorFacts, other: IndicatorFacts) -> bool:
    one, two = ((of.party, of.names["en"], of.period_from, of.period_until) for of in (item, other))
    return one == two and item.value != other.value


def _tells(name: str, unit: str) -> bool:
    """Whether a name says by itself what is counted: “companies with European capital”, in companies."""
    stem = unit.casefold()[:_STEM]
    return not unit or any(word.startswith(stem) for word in name.casefold().split())


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
