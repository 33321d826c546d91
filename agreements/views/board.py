"""The board: the agreements as cards in columns by stage; a card moves when a step is recorded."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agreements import access
from agreements.choices import EDGES, Group, Stage, Transition, ViewKind
from agreements.facets import FACETS
from agreements.models import Area, Party
from agreements.reports.facts import AgreementFacts, Happened, Mark
from agreements.selections import AgreementSelection
from agreements.views import saved
from agreements.views.agreement import visible_agreement
from agreements.views.asked import (
    answerable,
    facet_titles,
    facet_values,
    of_labels,
    span_titles,
    span_words,
    stage_label,
)
from agreements.views.columns import LANES, UNSURE, Cell, Columns, Place, Present, Shown, Then
from agreements.views.next_steps import Choice, choices
from agreements.views.standpoint import Standpoint, known_from, standpoint
from agreements.words import Texts, Worded, pick, sorting

#: So many cards the board has at most; a column has its part of them, and no more or fewer than these.
_CARDS, _MOST, _LEAST = 96, 25, 6
#: The same in the places of lanes, and how many lanes there are; others are led to.
_MOST_IN_LANE, _LEAST_IN_LANE, _LANES = 6, 2, 5
#: So many partners a card names, and so many of its marks.
_PARTNERS, _MARKS = 4, 4
#: The stages that have no column while nothing stands there.
_RARE = frozenset((Stage.SUSPENDED, *Stage.of(Group.ENDED)))


# ---- what the template shows ----
@dataclass(frozen=True)
class Way:
    """A step that the procedure foresees from where a card stands, and the stage to which it leads."""

    label: str
    stage: Stage
    stage_label: str
    address: str


@dataclass(frozen=True)
class Card:
    """An agreement on the board."""

    facts: AgreementFacts
    partners: Sequence[str]
    others: int
    last: Happened | None
    marks: Sequence[Mark]
    #: How many marks the card has no room for.
    unmarked: int
    ways: Sequence[Way]


@dataclass(frozen=True)
class Stack:
    """The cards at one place, how many more there are, and the list of all that stand there."""

    column: "Column"
    number: int
    cards: Sequence[Card]
    address: str

    @property
    def more(self) -> int:
        """How many agreements the stack has no card of."""
        return self.number - len(self.cards)


@dataclass(frozen=True)
class Column:
    """A stage with the number of agreements that stand there; nothing stands in a folded one."""

    stage: str
    label: str
    group: str
    number: int

    @property
    def folded(self) -> bool:
        """Whether nothing stands there."""
        return not self.number


@dataclass(frozen=True)
class Span:
    """The bar of a group over its columns: how many of them are wide, and how many are folded."""

    group: Group
    number: int
    wide: int
    folded: int


@dataclass(frozen=True)
class Lane:
    """A row of stacks: of one party, of one area, or of all."""

    code: str
    label: Worded
    number: int
    stacks: Sequence[Stack]
    address: str = ""


@dataclass(frozen=True)
class Option:
    """Something to be chosen: its words, its address, and whether it is chosen."""

    label: str
    address: str
    chosen: bool = False


@dataclass(frozen=True)
class Choosing:
    """A facet of which another value can be chosen."""

    name: str
    title: str
    values: Sequence[tuple[str, str]]


# ---- the page ----
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the agreements that the reader may see and that match what was asked, by stage."""
    user: Any = request.user
    view = standpoint(request)
    board = Board(user, AgreementSelection.kept(request.GET), view, request.GET.get("lanes", ""))
    context = {
        "section": "board",
        "view": view,
        "as_of": view.as_of,
        "known_at": view.known_at,
        "board": board,
        "saved": saved.bar(user, ViewKind.AGREEMENTS, board.selection, board.of_view),
        "known_from": known_from(user) if view.known_at and not board.total else None,
        "movable": board.movable,
    }
    return render(request, "board/board.html", context, status=400 if view.problem else 200)


class Board:
    """What the board shows to a reader."""

    def __init__(self, user: Any, selection: AgreementSelection, view: Standpoint, lanes: str) -> None:
        self.user, self.selection, self.view = user, selection, view
        self.by = lanes if lanes in LANES else ""
        #: Nothing moves in the past.
        self.movable = not view.past and access.may(user, "step")
        self.source: Columns = (
            Then(user, selection, view.as_of, view.known_at) if view.past else Present(user, selection, view.as_of)
        )
        self.cells = self.source.cells(self.by, _MOST_IN_LANE if self.by else _MOST)
        self.stages = (
            self.source.stages() if self.by else {place.stage: cell.number for place, cell in self.cells.items()}
        )
        self.total = sum(self.stages.values())
        self.lane_codes = self._largest()
        self._shorten()
        self.shown = self.source.cards({key for cell in self._shown_cells() for key in cell.keys})
        self.columns = list(self._columns())
        self.lanes = [self._lane(code) for code in self.lane_codes]

    # ---- what is shown ----
    def _largest(self) -> list[str]:
        """Return the lanes that are shown: those in which most agreements stand; nobody's comes last."""
        if not self.by:
            return [""]
        return sorted(self._of_lanes, key=lambda code: (not code, -self._of_lanes[code], code))[:_LANES]

    @cached_property
    def _of_lanes(self) -> Mapping[str, int]:
        """How many agreements stand in each lane."""
        found: dict[str, int] = {}
        for place, cell in self.cells.items():
            found[place.lane] = found.get(place.lane, 0) + cell.number
        return found

    def _shown_cells(self) -> list[Cell]:
        lanes = set(self.lane_codes)
        return [cell for place, cell in self.cells.items() if place.lane in lanes]

    def _shorten(self) -> None:
        """Keep so many keys at each place that the whole board has a bounded number of cards."""
        shown = self._shown_cells()
        most, least = (_MOST_IN_LANE, _LEAST_IN_LANE) if self.by else (_MOST, _LEAST)
        share = max(least, min(most, _CARDS // max(1, len(shown))))
        for cell in shown:
            del cell.keys[share:]

    def _columns(self) -> Iterator[Column]:
        numbers = self.stages
        if UNSURE in numbers:
            yield Column(UNSURE, _("Not begun for certain"), Group.PREPARING, numbers[UNSURE])
        for stage in Stage:
            if stage in numbers or stage not in _RARE:
                yield Column(stage, stage_label(stage), stage.group, numbers.get(stage, 0))

    @cached_property
    def signs(self) -> list[str]:
        """The signs that the cards use."""
        marked = {mark.icon for one in self.shown.values() for mark in one.marks}
        return sorted(marked | {str(one.facts.ball) for one in self.shown.values()})

    @cached_property
    def spans(self) -> list[Span]:
        """The bars of the groups over the columns."""
        found = []
        for group, columns in groupby(self.columns, key=lambda column: column.group):
            within = list(columns)
            wide = [column for column in within if not column.folded]
            number = sum(column.number for column in within)
            found.append(Span(Group(group), number, len(wide), len(within) - len(wide)))
        return found

    def _lane(self, code: str) -> Lane:
        names = self.source.names().get(self.by, {})
        stacks = [self._stack(code, column) for column in self.columns]
        return Lane(
            code,
            self._lane_label(code, names),
            sum(stack.number for stack in stacks),
            stacks,
            self._address("board", self._within(code), {}) if self.by and code else "",
        )

    def _lane_label(self, code: str, names: Mapping[str, Texts]) -> Worded:
        if code:
            return pick(names[code]) if code in names else Worded(code, "")
        return Worded({"party": _("No other party is named"), "area": _("Without an area"), "": ""}[self.by], "")

    def _stack(self, lane: str, column: Column) -> Stack:
        cell = self.cells.get(Place(lane, column.stage), Cell())
        within = self._within(lane)
        if column.stage != UNSURE:
            within = replace(within, chosen={**within.chosen, "stage": frozenset((column.stage,))})
        return Stack(
            column,
            cell.number,
            [self._card(self.shown[key]) for key in cell.keys if key in self.shown],
            self._address("agreement-list", within, self.view.asked),
        )

    def _card(self, shown: Shown) -> Card:
        facts = shown.facts
        codes = [code for code, _names in facts.parties if code != settings.OWN_SIDE]
        # An organisation stands before its members.
        partners = sorted(codes, key=lambda code: code not in facts.organisations)
        # What only says again that the stage was entered is said already.
        last = facts.last if facts.last and facts.last.label.text != facts.stage_label else None
        return Card(
            facts=facts,
            partners=partners[:_PARTNERS],
            others=max(0, len(partners) - _PARTNERS),
            last=last,
            marks=shown.marks[:_MARKS],
            unmarked=max(0, len(shown.marks) - _MARKS),
            ways=list(self._ways(facts)) if self.movable and facts.stage else (),
        )

    def _ways(self, facts: AgreementFacts) -> Iterator[Way]:
        rules = facts.procedure
        for name in rules.edges_from(facts.stage) if facts.stage else ():
            target = EDGES[name].target
            address = reverse("agreement-step", args=[facts.reference, name])
            yield Way(rules.step_label(name), target, rules.stage_label(target), address)

    # ---- addresses ----
    def _within(self, lane: str) -> AgreementSelection:
        if not lane:
            return self.selection
        return replace(self.selection, chosen={**self.selection.chosen, self.by: frozenset((lane,))})

    def _address(self, name: str, selection: AgreementSelection, more: Mapping[str, str]) -> str:
        pairs = [*selection.parameters(), *more.items()]
        return f"{reverse(name)}?{urlencode(pairs)}" if pairs else reverse(name)

    def _here(self, selection: AgreementSelection, lanes: str) -> str:
        return self._address("board", selection, ({"lanes": lanes} if lanes else {}) | self.view.asked)

    def of_view(self, query: str) -> str:
        """Return the address of the board with the filters of a saved view."""
        more = urlencode(({"lanes": self.by} if self.by else {}) | self.view.asked)
        asked = "&".join(part for part in (query, more) if part)
        return f"{reverse('board')}?{asked}" if asked else reverse("board")

    @property
    def list_address(self) -> str:
        """The same agreements as a list."""
        return self._address("agreement-list", self.selection, self.view.asked)

    @property
    def clear_address(self) -> str:
        """The board without filters."""
        return self._here(AgreementSelection(), self.by)

    @property
    def keep(self) -> list[tuple[str, str]]:
        """What a form that asks for another day keeps of the address."""
        return [*self.selection.parameters(), *([("lanes", self.by)] if self.by else [])]

    @property
    def keep_day(self) -> list[tuple[str, str]]:
        """What a form that asks for something else keeps of the address."""
        return [*self.keep, *self.view.asked.items()]

    @property
    def divisions(self) -> list[Option]:
        """By what the board can be divided."""
        words = {"": _("One board"), "party": _("By partner"), "area": _("By area")}
        return [Option(label, self._here(self.selection, by), by == self.by) for by, label in words.items()]

    @property
    def left_out(self) -> list[Option]:
        """The lanes that are not shown, each as a board of its own, by name."""
        names = self.source.names().get(self.by, {})
        rest = [code for code in self._of_lanes if code not in self.lane_codes]
        found = [
            Option(
                f"{self._lane_label(code, names).text} · {self._of_lanes[code]}",
                self._address("board", self._within(code), self.view.asked),
            )
            for code in rest
            if code
        ]
        return sorted(found, key=lambda option: sorting(option.label))

    # ---- filters ----
    @cached_property
    def _values(self) -> dict[str, dict[str, str]]:
        """The values of each facet with their words."""
        names = self.source.names()
        found = {name: {code: label.text for code, label in pairs} for name, pairs in facet_values().items()}
        for name, model in (("party", Party), ("area", Area)):
            known = names.get(name) or {row.code: row.names for row in model._default_manager.for_user(self.user)}
            told = {code: pick(texts).text for code, texts in known.items() if code != settings.OWN_SIDE}
            found[name] = dict(sorted(told.items(), key=lambda pair: sorting(pair[1])))
        return found | answerable([self.selection])

    @property
    def chips(self) -> list[Option]:
        """What was asked for, each with the address of the board without it."""
        titles, found = facet_titles(), []
        if self.selection.words:
            words = _("“%(words)s”") % {"words": self.selection.words}
            found.append(Option(words, self._here(self.selection.without("q"), self.by), True))
        if self.selection.of:
            told = of_labels()[self.selection.of]
            found.append(Option(told, self._here(self.selection.without("of"), self.by), True))
        for name in FACETS:
            values = self._values.get(name, {})
            chosen = self.selection.chosen.get(name, frozenset())
            for code in sorted(chosen, key=lambda code: (list(values).index(code) if code in values else -1, code)):
                label = values.get(code, code)
                told = label if name == "hold" else f"{titles[name]}: {label}"
                found.append(Option(told, self._here(self.selection.without(name, code), self.by), True))
        for name, title in span_titles().items():
            if span := self.selection.spans.get(name):
                told = f"{title}: {span_words(span)}"
                found.append(Option(told, self._here(self.selection.without(name), self.by), True))
        return found

    @property
    def choosing(self) -> list[Choosing]:
        """The facets of which something can still be chosen."""
        titles, found = facet_titles(), []
        for name in FACETS:
            chosen = self.selection.chosen.get(name, frozenset())
            left = [pair for pair in self._values.get(name, {}).items() if pair[0] not in chosen]
            if left:
                found.append(Choosing(name, titles[name], left))
        return found


# ---- moving one card ----
@require_safe
def moves(request: HttpRequest, reference: str) -> HttpResponse:
    """Say to which stages an agreement can move, and what stands against each of the others.

    With `to`, only of one stage. The script of the board asks for the part alone that it shows in place.
    """
    user: Any = request.user
    agreement = visible_agreement(user, reference)
    target = request.GET.get("to", "")
    if target and target not in Stage.values:
        raise Http404
    found = choices(agreement, user) if not agreement.is_void else None
    every = [*([found.next] if found.next else []), *found.others, *found.blocked] if found else []
    rules = agreement.rules
    told = [Move(choice, EDGES[Transition(choice.name)].target) for choice in every]
    if target:
        told = [move for move in told if move.stage == target]
    context = {
        "section": "board",
        "agreement": agreement,
        "stage": agreement.stage,
        "group": agreement.group,
        "stage_label": rules.stage_label(agreement.stage),
        "target": Stage(target) if target else None,
        "target_label": rules.stage_label(target) if target else "",
        "moves": told,
        "ways": [rules.stage_label(EDGES[name].target) for name in rules.edges_from(Stage(agreement.stage))],
        "procedure_title": pick(rules.title),
        "may_step": access.may(user, "step"),
        "may_force": access.may(user, "out_of_procedure"),
    }
    alone = request.headers.get("X-Requested-With") == "fetch"
    response = render(request, "board/moves_part.html" if alone else "board/moves.html", context)
    response["Vary"] = "X-Requested-With, Cookie, Accept-Language"
    return response


@dataclass(frozen=True)
class Move:
    """A step with the stage to which it leads."""

    choice: Choice
    stage: Stage
