"""The list of agreements: facets with their counts, the order and the columns that were chosen, fifty to a page.

The same address gives the page, the part of it that changes with the filters (for a script), and files of all rows.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from agreements import access
from agreements.choices import ViewKind
from agreements.facets import COLUMNS, ORDERS, USUAL_COLUMNS
from agreements.models import User
from agreements.numbers import grouped
from agreements.questions import ECHOED
from agreements.reports import frame, listed
from agreements.reports.document import Cell
from agreements.reports.listed import Listed, Row
from agreements.selections import AgreementSelection
from agreements.views import many, narrowing, saved
from agreements.views.asked import in_words, order_words
from agreements.views.finding import Past, Present, Register
from agreements.views.narrowing import address
from agreements.views.standpoint import Standpoint, known_from, standpoint
from agreements.words import LANGUAGES, active_language

PAGE = 50
#: Under which name a session remembers the columns that a reader chose.
_REMEMBERED = "columns"
#: By which order a column is sorted when its head is pressed, and again when it is pressed once more.
_SORTED = {
    "title": "title",
    "reference": "reference",
    "stage": "stage",
    "days": "-days",
    "next": "planned",
    "ball": "ball",
    "validity": "valid_until",
    "changed": "-changed",
}


@dataclass(frozen=True)
class Head:
    """The head of a column: what it is called, how the list is in order by it, and the address to order it so."""

    name: str
    title: str
    sorted: str = ""
    address: str = ""


@dataclass(frozen=True)
class Choice:
    """Something that can be chosen: an order with its address, or a column."""

    name: str
    label: str
    chosen: bool
    address: str = ""


@dataclass(frozen=True)
class Line:
    """A row of the page: the row, what stands below its title, its cells, each with the name of its column."""

    row: Row
    about: Sequence[str]
    cells: Sequence[tuple[str, Cell]]


def register_of(
    user: User,
    selection: AgreementSelection,
    view: Standpoint,
    columns: Collection[str] = (),
    only: Collection[str] | None = None,
) -> Register:
    """Return the agreements that a reader looks at; `columns` are those that are to be told of them."""
    if view.past:
        return Past(user, selection, view.as_of, view.known_at, dated="changed" in columns, only=only)
    return Present(user, selection, view.as_of, only=only)


@require_safe
def agreements(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """List the agreements that the reader may see and that match what was asked."""
    user: Any = request.user
    view = standpoint(request)
    selection = AgreementSelection.kept(request.GET)
    columns = _columns(request, selection)
    form = request.GET.get("format", "").strip()
    if form in listed.FORMATS and not view.problem:
        return _file(request, user, selection, view, columns, form)
    register = register_of(user, selection, view, columns)
    tally = register.tally()
    pages = max(1, -(-tally.total // PAGE))
    page = min(max(1, _number(request.GET.get("page", ""))), pages)
    facets = list(narrowing.facets(selection, tally))
    shown = list(register.told(register.keys((page - 1) * PAGE, page * PAGE)))
    problem = view.problem or (_("There is no format “%(code)s”.") % {"code": form[:ECHOED]} if form else "")
    context = {
        "section": "agreements",
        "view": replace(view, problem=problem) if problem else view,
        "as_of": view.as_of,
        "known_at": view.known_at,
        "selection": selection,
        "facets": facets,
        "dates": narrowing.dates(selection),
        "chips": list(narrowing.chips(selection, facets, view)),
        "saved": saved.bar(
            user, ViewKind.AGREEMENTS, selection, lambda query: _with(query, view), counted=not view.past
        ),
        "clear_address": address(selection.bare(), view),
        "total": tally.total,
        "found": _found(tally.total),
        "heads": list(_heads(columns, selection, view)),
        "lines": [Line(row, listed.about(row.facts), listed.cells(row, columns)) for row in shown],
        "signs": sorted({mark.icon for row in shown for mark in row.marks} | {row.facts.ball for row in shown}),
        "stages": sorted({row.facts.stage for row in shown if row.facts.stage}),
        "acts": many.offered(user, view),
        "kept": [*selection.parameters(), *view.asked.items()],
        "with_since": "since" not in columns,
        "orders": list(_orders(selection, view)),
        "order": order_words(selection.order) if selection.order else _("What needs attention first"),
        "columns": [Choice(name, title, name in columns) for name, title in _column_titles().items()],
        "columns_address": f"{reverse('agreement-columns')}{address(selection, view)}",
        "files": [(form.upper(), _file_address(selection, view, columns, form)) for form in listed.FORMATS
                  if form != "pdf" or tally.total <= listed.MOST_IN_PDF],
        "page": page,
        "pages": [(number, address(selection, view, number)) for number in _shown(page, pages)] if pages > 1 else [],
        "previous": address(selection, view, page - 1) if page > 1 else "",
        "following": address(selection, view, page + 1) if page < pages else "",
        "report_query": _report_query(selection, view),
        "board_address": f"{reverse('board')}{address(selection, view)}",
        "known_from": known_from(user) if view.known_at and not tally.total else None,
        "may_propose": access.may(user, "propose"),
        "may_import": access.may(user, "import"),
    }  # fmt: skip
    part = "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
    template = "agreements/includes/listed.html" if part else "agreements/list.html"
    answer = render(request, template, context | {"part": part}, status=400 if problem else 200)
    if part:
        answer["HX-Push-Url"] = f"{request.path}{address(selection, view, page)}"
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def _found(total: int) -> str:
    words = ngettext("%(shown)s agreement", "%(shown)s agreements", total)
    return words % {"shown": grouped(total)}


# ---- order and columns ----
def _columns(request: HttpRequest, selection: AgreementSelection) -> tuple[str, ...]:
    """Return the columns to be shown: as asked, else as the reader chose before, else the usual ones."""
    remembered = request.session.get(_REMEMBERED, ())
    return selection.columns or tuple(name for name in COLUMNS if name in remembered) or USUAL_COLUMNS


def _column_titles() -> dict[str, str]:
    return {name: title for name, title in listed.column_titles().items() if name in COLUMNS}


@require_POST
def choose_columns(request: HttpRequest) -> HttpResponse:
    """Remember which columns the reader chose, and show the list with them."""
    selection, view = AgreementSelection.kept(request.GET), standpoint(request)
    chosen = tuple(name for name in COLUMNS if name in request.POST.getlist("columns"))
    if "usual" in request.POST or chosen in ((), USUAL_COLUMNS):
        request.session.pop(_REMEMBERED, None)
        chosen = ()
    else:
        request.session[_REMEMBERED] = chosen
    return redirect(f"{reverse('agreement-list')}{address(replace(selection, columns=chosen), view)}")


@require_safe
@cache_control(private=True, max_age=3600)
def column_words(request: HttpRequest, language: str) -> HttpResponse:
    """Return what the columns are called, for the narrow list: once as a style sheet, not in each of its cells."""
    if language not in LANGUAGES:
        raise Http404
    with translation.override(language):
        # JSON writes a text as CSS does: between quotation marks, with a backslash before those in it.
        said = {name: json.dumps(f"{title}: ", ensure_ascii=False) for name, title in _column_titles().items()}
    rules = "\n".join(f"  .c-{name}::before {{ content: {words}; }}" for name, words in said.items())
    return HttpResponse(
        f"@media screen and (max-width: 680px) {{\n{rules}\n}}\n", content_type="text/css; charset=utf-8"
    )


def _heads(columns: Iterable[str], selection: AgreementSelection, view: Standpoint) -> Iterator[Head]:
    titles, order = listed.column_titles(), selection.order
    for name in ("title", *columns):
        if name not in _SORTED:
            yield Head(name, titles[name])
            continue
        first = _SORTED[name]
        other = first.removeprefix("-") if first.startswith("-") else f"-{first}"
        way = "" if order not in (first, other) else "descending" if order.startswith("-") else "ascending"
        asked = other if order == first else first
        yield Head(name, titles[name], way, address(replace(selection, order=asked), view))


def _orders(selection: AgreementSelection, view: Standpoint) -> Iterator[Choice]:
    usual = address(replace(selection, order=""), view)
    yield Choice("", _("What needs attention first"), not selection.order, usual)
    for name in ORDERS:
        for order in (name, f"-{name}"):
            chosen = address(replace(selection, order=order), view)
            yield Choice(order, order_words(order), selection.order == order, chosen)


# ---- files ----
def _file_address(selection: AgreementSelection, view: Standpoint, columns: tuple[str, ...], form: str) -> str:
    """Return where a file of all rows is, with the columns that are shown, whoever opens it."""
    return f"{address(replace(selection, columns=columns), view)}&{urlencode({'format': form})}"


def _file(
    request: HttpRequest,
    user: User,
    selection: AgreementSelection,
    view: Standpoint,
    columns: tuple[str, ...],
    form: str,
) -> HttpResponse | StreamingHttpResponse:
    """Hand over all rows of the list, or those that were ticked, in the order and with the columns of the page."""
    picked = request.GET.getlist("pick")
    register = register_of(user, selection, view, columns, picked or None)
    keys = register.keys()
    if form == "pdf" and len(keys) > listed.MOST_IN_PDF:
        keys = keys[: listed.MOST_IN_PDF]
    (asked,) = in_words([selection])
    content = Listed(
        **frame.look(user, view.as_of, view.known_at),
        asked=asked,
        query=selection.parameters(),
        columns=columns,
        level=register.level(),
        shown=keys,
        rows=register.told(keys),
    )
    answer = StreamingHttpResponse(_speaking(listed.pieces(content, form)), content_type=listed.FORMATS[form])
    answer["Content-Disposition"] = f'attachment; filename="agreements-{view.as_of.isoformat()}.{form}"'
    return answer


def _speaking(pieces: Iterator[str | bytes]) -> Iterator[str | bytes]:
    """Make each piece in the language of the reader: a file is written when the page's own has been left already."""
    language = active_language()

    def spoken() -> Iterator[str | bytes]:
        while True:
            with translation.override(language):
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece

    return spoken()


# ---- pages ----
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
