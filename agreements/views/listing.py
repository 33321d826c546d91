"""The list of agreements: facets with their counts, what needs attention first, fifty to a page."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agreements import access
from agreements.choices import ViewKind
from agreements.findings import STRENGTHS
from agreements.selections import FACETS, AgreementSelection
from agreements.views import saved
from agreements.views.asked import facet_titles, facet_values
from agreements.views.finding import Past, Present, Register, Tally
from agreements.views.standpoint import Standpoint, known_from, standpoint
from agreements.words import Worded, pick

PAGE = 50
#: How many values of a facet stand open; the others are behind “more”.
_OPEN = 6


@dataclass(frozen=True)
class Value:
    """One value of a facet with its count; None where it was not counted."""

    code: str
    label: Worded
    count: int | None
    checked: bool


@dataclass(frozen=True)
class Facet:
    """A facet: the values that stand open, and those behind “more”."""

    name: str
    title: str
    values: Sequence[Value]
    more: Sequence[Value] = ()


@dataclass(frozen=True)
class Chip:
    """Something that was asked for, with the address of the list without it."""

    label: str
    address: str


@require_safe
def agreements(request: HttpRequest) -> HttpResponse:
    """List the agreements that the reader may see and that match what was asked."""
    user: Any = request.user
    view = standpoint(request)
    selection = AgreementSelection.kept(request.GET)
    register: Register = (
        Past(user, selection, view.as_of, view.known_at) if view.past else Present(user, selection, view.as_of)
    )
    tally = register.tally()
    pages = max(1, -(-tally.total // PAGE))
    page = min(max(1, _number(request.GET.get("page", ""))), pages)
    facets = list(_facets(selection, tally))
    context = {
        "section": "agreements",
        "view": view,
        "as_of": view.as_of,
        "known_at": view.known_at,
        "selection": selection,
        "facets": facets,
        "chips": list(_chips(selection, facets, view)),
        "saved": saved.bar(
            user, ViewKind.AGREEMENTS, selection, lambda query: _with(query, view), counted=not view.past
        ),
        "clear_address": _address(AgreementSelection(), view),
        "total": tally.total,
        "rows": register.rows((page - 1) * PAGE, page * PAGE),
        "page": page,
        "pages": [(number, _address(selection, view, number)) for number in _shown(page, pages)] if pages > 1 else [],
        "previous": _address(selection, view, page - 1) if page > 1 else "",
        "following": _address(selection, view, page + 1) if page < pages else "",
        "report_query": _report_query(selection, view),
        "known_from": known_from(user) if view.known_at and not tally.total else None,
        "may_propose": access.may(user, "propose"),
        "templates_address": f"{reverse('task-templates')}{_address(selection, view)}"
        if access.may(user, "record") and not view.past
        else "",
    }
    return render(request, "agreements/list.html", context, status=400 if view.problem else 200)


# ---- facets ----
def _facets(selection: AgreementSelection, tally: Tally) -> Iterator[Facet]:
    titles, labels = facet_titles(), facet_values()
    for name in FACETS:
        named = labels.get(name) or [(code, pick(texts)) for code, texts in tally.names[name].items()]
        yield Facet(name, titles[name], *_values(name, named, selection, tally))


def _values(
    name: str, named: Iterable[tuple[str, Worded]], selection: AgreementSelection, tally: Tally
) -> tuple[list[Value], list[Value]]:
    """Return the values that stand open, and those behind “more”: what matches nothing, or is far down the list."""
    chosen, counts = selection.chosen.get(name, frozenset()), tally.counts[name]
    counted = name != "attention" or bool(chosen)
    values = [Value(code, label, counts[code] if counted else None, code in chosen) for code, label in named]
    known = {value.code for value in values}
    values += [Value(code, Worded(code, ""), 0, True) for code in sorted(chosen - known)]
    if name == "hold":
        return values, []
    if name == "attention":
        opened = [value for value in values if value.checked or value.code in STRENGTHS]
        return opened, [value for value in values if value not in opened]
    if name in ("stage", "ball"):
        empty = [value for value in values if not value.count and not value.checked]
        return [value for value in values if value not in empty], empty
    values = [value for value in values if value.count or value.checked]
    values.sort(key=lambda value: (not value.checked, -(value.count or 0), value.label.text))
    return values[:_OPEN], values[_OPEN:]


def _chips(selection: AgreementSelection, facets: Iterable[Facet], view: Standpoint) -> Iterator[Chip]:
    if selection.words:
        yield Chip(_("“%(words)s”") % {"words": selection.words}, _address(selection.without("q"), view))
    for facet in facets:
        for value in (*facet.values, *facet.more):
            if value.checked:
                label = value.label.text if facet.name == "hold" else f"{facet.title}: {value.label.text}"
                yield Chip(label, _address(selection.without(facet.name, value.code), view))


# ---- pages ----
def _address(selection: AgreementSelection, view: Standpoint, page: int = 1) -> str:
    """Return the query of the list's address; a question mark alone asks for everything."""
    pairs = [*selection.parameters(), *view.asked.items()] + ([("page", str(page))] if page > 1 else [])
    return f"?{urlencode(pairs)}"


def _with(query: str, view: Standpoint) -> str:
    """Return the query of the list's address out of filters that are written already."""
    return f"?{'&'.join(part for part in (query, urlencode(view.asked)) if part)}"


def _report_query(selection: AgreementSelection, view: Standpoint) -> str:
    """Return the query of the report that looks from the same place, at the one party or area that was chosen."""
    chosen = {"with": selection.chosen.get("party", ()), "area": selection.chosen.get("area", ())}
    asked = view.asked | {name: code for name, codes in chosen.items() if len(codes) == 1 for code in codes}
    return f"?{urlencode(asked)}" if asked else ""


def _shown(page: int, pages: int) -> list[int]:
    """Return the numbers that the page bar shows: the first, the last, those around; 0 stands for a gap."""
    near = sorted({1, pages, *range(max(1, page - 2), min(pages, page + 2) + 1)})
    shown: list[int] = []
    for number in near:
        if shown and number - shown[-1] > 1:
            shown.append(0)
        shown.append(number)
    return shown


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 1
