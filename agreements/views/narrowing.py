"""What narrows the list of agreements, as its page shows it: facets with their counts, dates, and what was chosen."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.http import urlencode
from django.utils.translation import gettext as _

from agreements.facets import FACETS, NOT_NAMED, SPANS, Span
from agreements.findings import STRENGTHS
from agreements.selections import AgreementSelection
from agreements.views.asked import facet_titles, facet_values, not_named, of_labels, span_titles, span_words
from agreements.views.finding import Tally
from agreements.views.standpoint import Standpoint
from agreements.words import Worded, sorting

#: How many values of a facet stand open; the others are behind “more”.
_OPEN = 6
#: The facets that stand open though nothing is chosen in them; the others are folded.
_UNFOLDED = ("attention", "group", "stage", "ball", "party", "area")
#: A page shows so many values of a facet: those of which there is most. The others are found by searching.
MOST = 60


@dataclass(frozen=True)
class Value:
    """One value of a facet with its count; None where it was not counted."""

    code: str
    label: Worded
    count: int | None
    checked: bool


@dataclass(frozen=True)
class Facet:
    """A facet: the values that stand open, and those behind “more”; how many are left out."""

    name: str
    title: str
    values: Sequence[Value]
    more: Sequence[Value] = ()
    left_out: int = 0

    @property
    def chosen(self) -> int:
        """How many of its values are chosen."""
        return sum(value.checked for value in (*self.values, *self.more))

    @property
    def folded(self) -> bool:
        """Whether it is a line that opens."""
        return self.name not in _UNFOLDED


@dataclass(frozen=True)
class Dates:
    """A date between which agreements are looked for."""

    name: str
    title: str
    first: date | None
    last: date | None


@dataclass(frozen=True)
class Chip:
    """Something that was asked for, with the address of the list without it."""

    label: str
    address: str


def address(selection: AgreementSelection, view: Standpoint, page: int = 1) -> str:
    """Return the query of the list's address; a question mark alone asks for everything."""
    pairs = [*selection.parameters(), *view.asked.items()] + ([("page", str(page))] if page > 1 else [])
    return f"?{urlencode(pairs)}"


def facets(selection: AgreementSelection, tally: Tally) -> Iterator[Facet]:
    """Yield the facets in their order."""
    titles, labels = facet_titles(), facet_values()
    for name in FACETS:
        named = dict(labels.get(name) or tally.names[name].items())
        if NOT_NAMED in tally.counts[name] or NOT_NAMED in selection.chosen.get(name, ()):
            named[NOT_NAMED] = Worded(not_named(), "")
        named |= {code: Worded(code, "") for code in sorted(tally.counts[name]) if code not in named}
        yield Facet(name, titles[name], *_values(name, named.items(), selection, tally))


def _values(
    name: str, named: Iterable[tuple[str, Worded]], selection: AgreementSelection, tally: Tally
) -> tuple[list[Value], list[Value], int]:
    """Return the values that stand open, and those behind “more”: what matches nothing, or is far down the list."""
    chosen, counts = selection.chosen.get(name, frozenset()), tally.counts[name]
    counted = name != "attention" or bool(chosen)
    values = [Value(code, label, counts[code] if counted else None, code in chosen) for code, label in named]
    known = {value.code for value in values}
    values += [Value(code, Worded(code, ""), 0, True) for code in sorted(chosen - known)]
    if name in ("hold", "group", "binding"):
        return values, [], 0
    if name == "attention":
        opened = [value for value in values if value.checked or value.code in STRENGTHS]
        return opened, [value for value in values if value not in opened], 0
    if name in ("stage", "ball"):
        empty = [value for value in values if not value.count and not value.checked]
        return [value for value in values if value not in empty], empty, 0
    values = [value for value in values if value.count or value.checked]
    values.sort(
        key=lambda value: (
            not value.checked,
            value.code != NOT_NAMED,
            -(value.count or 0),
            sorting(value.label.text),
        )
    )
    return values[:_OPEN], values[_OPEN:MOST], max(0, len(values) - MOST)


def dates(selection: AgreementSelection) -> list[Dates]:
    """Return the dates between which agreements may be looked for."""
    titles = span_titles()
    spans = [(name, selection.spans.get(name, Span())) for name in SPANS]
    return [Dates(name, titles[name], span.first, span.last) for name, span in spans]


def chips(selection: AgreementSelection, shown: Iterable[Facet], view: Standpoint) -> Iterator[Chip]:
    """Yield what was asked for, each with the address without it."""
    if selection.words:
        yield Chip(_("“%(words)s”") % {"words": selection.words}, address(selection.without("q"), view))
    if selection.of:
        yield Chip(of_labels()[selection.of], address(selection.without("of"), view))
    for facet in shown:
        for value in (*facet.values, *facet.more):
            if value.checked:
                label = value.label.text if facet.name == "hold" else f"{facet.title}: {value.label.text}"
                yield Chip(label, address(selection.without(facet.name, value.code), view))
    for name, title in span_titles().items():
        if span := selection.spans.get(name):
            yield Chip(f"{title}: {span_words(span)}", address(selection.without(name), view))
