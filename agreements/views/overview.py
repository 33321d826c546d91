"""The overview for heads: pictures of the portfolio that are tables of links, and the agreements behind each number."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe

from agreements import overview
from agreements.choices import Group, Stage
from agreements.models import Agreement
from agreements.overview import NOBODY, OF_ANY_DAY, PUSHES, RECENT, Asked, Names, One, Overview, Quarter
from agreements.views.asked import stage_label
from agreements.views.standpoint import Standpoint, standpoint
from agreements.words import sorting

#: How many moves are listed, how many rows of a table stand open, and how many agreements are on a page.
_MOVES, _OPEN, _PAGE = 8, 12, 50
#: The stages of which it is told how long agreements stay.
_STAYS = Stage.of(Group.PREPARING, Group.CONCLUDED)
#: How strongly each push is coloured.
_TONES = {"late": "late", "soon": "soon", "stuck": "soon"}


@dataclass(frozen=True)
class Cell:
    """A number with its bar, as long as its share of the greatest, and the address of what is behind it.

    `label` says of what it is where no head of a column stands above it, as on a telephone.
    """

    number: int
    part: float
    address: str
    tone: str = ""
    label: str = ""

    @property
    def share(self) -> str:
        """Its part of the greatest, as pictures write it."""
        return f"{100 * self.part:.1f}%"

    @property
    def rest(self) -> str:
        """What is left of the greatest: where an upright bar begins."""
        return f"{100 - 100 * self.part:.1f}%"


@dataclass(frozen=True)
class Row:
    """A row of a picture: what it is of, its cells; of a stage also its sign and colour."""

    label: str
    cells: Sequence[Cell]
    stage: str = ""
    group: str = ""
    note: str = ""


@dataclass(frozen=True)
class Stay:
    """How long agreements stay at a stage: a cell for each class of days, and how many stay longer than usual.

    `usual` are the places of the usual stays within the classes: the number of the class, and the part of its width.
    """

    row: Row
    usual: Sequence[tuple[int, str]]
    usual_words: str
    longer: Cell

    @property
    def cells(self) -> Iterator[tuple[Cell, list[str]]]:
        """Each cell with the usual stays that lie in its class."""
        for number, cell in enumerate(self.row.cells):
            yield cell, [part for place, part in self.usual if place == number]


@dataclass(frozen=True)
class Shown:
    """What an address asks for: the day, the partner, the area, the unit; and how addresses of the same are written."""

    view: Standpoint
    asked: Asked

    @classmethod
    def of(cls, request: HttpRequest) -> "Shown":
        """Read an address; what is known at a moment is not asked here."""
        given = {name: request.GET.get(name, "").replace("\x00", "").strip()[:60] for name in ("party", "area", "unit")}
        return cls(replace(standpoint(request), known_at=None), Asked(**given))

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of the address that asks for this."""
        asked = {"party": self.asked.party, "area": self.asked.area, "unit": self.asked.unit}
        return {name: value for name, value in asked.items() if value} | self.view.asked

    def behind(self, place: str) -> str:
        """Return the address of the agreements that count at a place."""
        before, after = self._around
        return f"{before}{quote_plus(place)}{after}"

    @cached_property
    def _around(self) -> tuple[str, str]:
        """What stands before and after the place in such an address: a page has a thousand of them."""
        asked = urlencode(self.parameters)
        return f"{reverse('overview-agreements')}?at=", f"&{asked}" if asked else ""


@require_safe
def heads(request: HttpRequest) -> HttpResponse:
    """Show where agreements stand, how they flow, how long they stay, what moved, and where a push is needed."""
    shown, user = Shown.of(request), request.user
    found = overview.look(user, shown.view.as_of, shown.asked)  # type: ignore[arg-type]
    names = Names.read(user)  # type: ignore[arg-type]
    drawn = _Drawn(found, names, shown)
    moves = found.moved(_MOVES)
    titles = _titles([one for one, _move in moves], user)
    columns = [(push, label) for push, label in _push_labels().items() if found.of_today or push in OF_ANY_DAY]
    context = {
        "section": "overview",
        "view": shown.view,
        "asked": shown.asked,
        "parameters": shown.parameters,
        "choices": _choices(names),
        "total": drawn.cell("all"),
        "groups": [(group, group.label, drawn.cell(f"group:{group}")) for group in Group],
        "standing": drawn.standing(),
        "quarters": [(quarter_words(quarter), quarter.year) for quarter in found.quarters],
        "flow": drawn.flow(),
        "classes": _class_labels(),
        "stays": drawn.stays(),
        "recent": RECENT,
        "moved": drawn.moved(),
        "moves": [(one, move, titles.get(one.key), one.rules.stage_label(move.stage)) for one, move in moves],
        "columns": columns,
        "tables": drawn.tables(columns),
        "of_today": found.of_today,
    }
    return render(request, "overview/overview.html", context)


@require_safe
def agreements(request: HttpRequest) -> HttpResponse:
    """List the agreements that count at a place of the overview: those behind one number."""
    shown, user = Shown.of(request), request.user
    place = request.GET.get("at", "all")[:200]
    names = Names.read(user)  # type: ignore[arg-type]
    words = _words_of(place, names)
    if words is None:
        raise Http404
    found = overview.look(user, shown.view.as_of, shown.asked)  # type: ignore[arg-type]
    timed = place.startswith(("flow:", "moved:"))
    ones = sorted(found.at(place), key=lambda one: (one.moves[-1].latest, one.key), reverse=timed)
    page = Paginator(ones, _PAGE).get_page(request.GET.get("page"))
    titles = _titles(page.object_list, user)
    context = {
        "section": "overview",
        "view": shown.view,
        "words": words,
        "narrowed": _narrowed(shown.asked, names),
        "page": page,
        "rows": [
            (titles[one.key], one, one.rules.stage_label(one.stage), one.days(found.day), names.units.get(one.unit, ""))
            for one in page.object_list
            if one.key in titles
        ],
        "back": f"{reverse('overview')}?{urlencode(shown.parameters)}",
        "previous": _page(shown, place, page.previous_page_number()) if page.has_previous() else "",
        "following": _page(shown, place, page.next_page_number()) if page.has_next() else "",
    }
    return render(request, "overview/agreements.html", context)


def _page(shown: Shown, place: str, number: int) -> str:
    return f"{shown.behind(place)}&page={number}"


def _titles(ones: Iterable[One], user: Any) -> dict[str, Agreement]:
    keys = {UUID(one.key): one.key for one in ones}
    rows = Agreement.objects.for_user(user).filter(pk__in=keys).order_by("pk")
    return {keys[row.pk]: row for row in rows}


# ---- what is drawn ----
@dataclass(frozen=True)
class _Drawn:
    """The numbers of an overview as rows of cells."""

    found: Overview
    names: Names
    shown: Shown

    def cell(self, place: str, most: int = 0, *, tone: str = "", label: str = "") -> Cell:
        """Return the number at a place, with its part of the greatest."""
        number = self.found.counts[place]
        return Cell(number, number / most if most else 0.0, self.shown.behind(place), tone, label)

    def _most(self, places: Iterable[str]) -> int:
        return max((self.found.counts[place] for place in places), default=0)

    def standing(self) -> list[Row]:
        """Return how many stand at each stage: at those of the way, and at others where there are any."""
        most = self._most(f"stage:{stage}" for stage in Stage)
        return [
            Row(stage_label(stage), [self._listed(stage, most)], stage.value, stage.group.value)
            for stage in Stage
            if self.found.counts[f"stage:{stage}"] or stage in (*_STAYS, Stage.IN_FORCE)
        ]

    def _listed(self, stage: Stage, most: int) -> Cell:
        """Return the number at a stage, with the list of agreements behind it where that can be asked the same."""
        cell, asked = self.cell(f"stage:{stage}", most), self.shown.parameters
        if "unit" in asked:
            return cell
        return replace(cell, address=f"{reverse('agreement-list')}?{urlencode({'stage': stage.value} | asked)}")

    def flow(self) -> list[Row]:
        """Return how many came into each group of stages, quarter by quarter; each group has a scale of its own."""
        rows = []
        for group, label in _flow_labels().items():
            places = [f"flow:{group}:{quarter.code}" for quarter in self.found.quarters]
            most = self._most(places)
            rows.append(Row(label, [self.cell(place, most) for place in places], group=group.value))
        return rows

    def stays(self) -> list[Stay]:
        """Return how long agreements have been in each stage; one scale for all."""
        classes = range(len(overview.CLASSES) + 1)
        most = self._most(f"age:{stage}:{number}" for stage in _STAYS for number in classes)
        found = []
        for stage in _STAYS:
            at_stage = [one for one in self.found.ones if one.stage == stage]
            usual = sorted({one.usual for one in at_stage if one.usual is not None})
            cells = [self.cell(f"age:{stage}:{number}", most) for number in classes]
            words = "–".join(str(days) for days in dict.fromkeys((usual[0], usual[-1]))) if usual else ""
            found.append(
                Stay(
                    Row(stage_label(stage), cells, stage.value, stage.group.value),
                    [_within(days) for days in usual],
                    words,
                    self.cell(f"stuck:{stage}", tone="soon"),
                )
            )
        return found

    def moved(self) -> list[Row]:
        """Return how many moved into each group of stages, or within it, in the last days."""
        labels = {**{group.value: str(group.label) for group in Group}, "all": _("All together")}
        return [
            Row(
                label,
                [self.cell(f"moved:{code}:{days}") for days in RECENT],
                group=code if code != "all" else "",
            )
            for code, label in labels.items()
        ]

    def _push(self, kind: str, code: str, push: str, most: int) -> Cell:
        return self.cell(f"{kind}:{code}:{push}", most, tone=_TONES.get(push, ""))

    def tables(self, columns: Sequence[tuple[str, str]]) -> list[tuple[str, str, list[Row], list[Row]]]:
        """Return what needs a push by unit, and by partner: code, heading, the rows that stand open, the others."""
        units = {**self.names.units, NOBODY: _("No unit")}
        found = []
        for kind, heading, names in (
            ("unit", _("What needs a push, by unit"), units),
            ("party", _("What needs a push, by partner"), self.names.parties),
        ):
            most = {push: self._most(f"{kind}:{code}:{push}" for code in names) for push, _label in columns}
            rows = [
                Row(
                    name,
                    [
                        self.cell(f"{kind}:{code}:{push}", most[push], tone=_TONES.get(push, ""), label=label)
                        for push, label in columns
                    ],
                )
                for code, name in names.items()
            ]
            rows = [row for row in rows if any(cell.number for cell in row.cells)]
            rows.sort(key=lambda row: ([-cell.number for cell in row.cells if cell.tone], sorting(row.label)))
            found.append((kind, heading, rows[:_OPEN], rows[_OPEN:]))
        return found


def _within(days: int) -> tuple[int, str]:
    """Return in which class of days a stay ends, and where in the width of the class."""
    bounds = [0, *overview.CLASSES, 2 * overview.CLASSES[-1]]
    place = min(sum(days >= bound for bound in overview.CLASSES), len(bounds) - 2)
    low, high = bounds[place], bounds[place + 1]
    return place, f"{100 * min(1.0, (days - low) / (high - low)):.0f}%"


# ---- words ----
def quarter_words(quarter: Quarter) -> str:
    """Name a quarter without its year."""
    return pgettext("quarter", "Q%(number)s") % {"number": quarter.number}


def _flow_labels() -> dict[Group, str]:
    return {
        Group.PREPARING: _("Begun, or reopened"),
        Group.CONCLUDED: _("Signed"),
        Group.OPERATIVE: _("Entered into force or effect"),
        Group.ENDED: _("Ended"),
    }


def _push_labels() -> dict[str, str]:
    labels = {
        "open": _("In hand"),
        "stuck": _("Longer than usual"),
        "hold": _("On hold"),
        "late": _("With late tasks"),
        "soon": _("With tasks due soon"),
        "waiting": _("Waiting for the other side"),
    }
    return {push: labels[push] for push in PUSHES}


def _class_labels() -> list[str]:
    """Return what the classes of days in a stage are called, those of `overview.CLASSES`."""
    months = zip(overview.CLASSES[:3], overview.CLASSES[1:4], strict=True)
    return [
        _("up to %(days)s days") % {"days": overview.CLASSES[0] - 1},
        *(_("%(first)s–%(last)s days") % {"first": low, "last": high - 1} for low, high in months),
        _("1–2 years"),
        _("over 2 years"),
    ]


def _words_of(place: str, names: Names) -> str | None:
    """Say at which place agreements count; None where there is no such place."""
    match place.split(":"):
        case ["all"]:
            return _("All agreements")
        case ["stage", stage] if stage in Stage.values:
            return stage_label(Stage(stage))
        case ["group", group] if group in Group.values:
            return str(Group(group).label)
        case ["flow", group, quarter] if group in Group.values:
            year, _dash, number = quarter.partition("-")
            if not (year.isascii() and year.isdigit() and len(year) <= 4 and number in ("1", "2", "3", "4")):
                return None
            told = f"{quarter_words(Quarter(int(year), int(number)))} {year}"
            return f"{_flow_labels()[Group(group)]}, {told}"
        case ["moved", group, days] if group in (*Group.values, "all") and days in map(str, RECENT):
            told = ngettext("Moved in the last %(days)s day", "Moved in the last %(days)s days", int(days)) % {
                "days": days
            }
            return told if group == "all" else f"{told}: {Group(group).label}"
        case ["age", stage, number] if stage in _STAYS and number in map(str, range(len(_class_labels()))):
            return f"{stage_label(Stage(stage))}: {_class_labels()[int(number)]}"
        case ["stuck", stage] if stage in _STAYS:
            return f"{stage_label(Stage(stage))}: {_lower(_push_labels()['stuck'])}"
        case ["push", push] if push in PUSHES:
            return _push_labels()[push]
        case ["unit", code, push] if push in PUSHES and (code == NOBODY or code in names.units):
            return f"{names.units.get(code, _('No unit'))}: {_lower(_push_labels()[push])}"
        case ["party", code, push] if push in PUSHES and code in names.parties:
            return f"{names.parties[code]}: {_lower(_push_labels()[push])}"
    return None


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _narrowed(asked: Asked, names: Names) -> str:
    """Say to what the overview is narrowed."""
    told = (
        names.parties.get(asked.party, asked.party),
        names.areas.get(asked.area, asked.area),
        _("No unit") if asked.unit == NOBODY else names.units.get(asked.unit, asked.unit),
    )
    return " · ".join(text for text in told if text)


def _choices(names: Names) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    """Return the filters: name, label, words for all, and the values."""

    def ordered(values: Any) -> list[tuple[str, str]]:
        return sorted(values.items(), key=lambda pair: sorting(pair[1]))

    return [
        ("party", _("Partner"), _("All partners"), ordered(names.parties)),
        ("area", _("Area"), _("All areas"), ordered(names.areas)),
        ("unit", _("Unit"), _("All units"), [*ordered(names.units), (NOBODY, _("No unit"))]),
    ]
