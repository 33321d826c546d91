"""What stands in which column of the board: how many agreements, and the first of them, in all or lane by lane.

Of the present one query asks the database; of a past day the facts, rebuilt from the journal, are counted one by one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, Value, Window
from django.db.models.functions import Coalesce, RowNumber

from agreements import attention
from agreements.attention.due import open_tasks
from agreements.chains import tell
from agreements.facets import FACETS, urgency
from agreements.findings import ICONS
from agreements.models import Agreement, Participant, User
from agreements.reports.facts import AgreementFacts, Mark, facts_in
from agreements.selections import AgreementSelection
from agreements.ties import near
from agreements.views.finding import Past
from agreements.words import Texts

#: By what the board can be divided into lanes.
LANES = ("party", "area")
#: The stage of an agreement of which on a past day no stage is certain.
UNSURE = ""
#: What a card does not tell of what needs attention: the quality of the record, which is told on the page of the
#: agreement, and that the other side is awaited, which the card says anyway.
_LEFT = ("text-missing", "no-officer", "silent", "tracks-conflict", "predecessor-in-force", "waiting-other")
_TOLD = frozenset(ICONS).difference(_LEFT)


class Place(NamedTuple):
    """Where cards stand: a lane - the code of a party or an area, empty for none -, and a stage."""

    lane: str
    stage: str


@dataclass
class Cell:
    """How many agreements stand at a place, and the keys of the first of them: what needs attention comes first."""

    number: int = 0
    keys: list[UUID] = field(default_factory=list)


@dataclass(frozen=True)
class Shown:
    """What a card tells: the facts, and what needs attention, the strongest first."""

    facts: AgreementFacts
    marks: Sequence[Mark]


class Columns(Protocol):
    """The agreements that a reader may see and that match, by where they stand."""

    def stages(self) -> Mapping[str, int]:
        """Count the agreements at each stage where any stands; one that stands in two lanes is one."""
        ...

    def cells(self, lanes: str, most: int) -> dict[Place, Cell]:
        """Return the places at which anything stands, with so many keys at most; `lanes` is one of `LANES` or empty."""
        ...

    def cards(self, keys: Iterable[UUID]) -> dict[UUID, Shown]:
        """Return what the cards of agreements tell."""
        ...

    def names(self) -> Mapping[str, Mapping[str, Texts]]:
        """Return what the codes of parties and areas stand for, as far as the cards tell; for each of `LANES`."""
        ...


class Present:
    """The columns as they are now."""

    def __init__(self, user: User, selection: AgreementSelection, today: date) -> None:
        self.user, self.today = user, today
        # What needs attention is looked for once: for the choice, and for the cards.
        self.found = attention.review(user) if selection.chosen.get("attention") else None
        condition = selection.condition(*FACETS, user=user, traits=self.found.traits() if self.found else {})
        self.rows = Agreement.objects.for_user(user).kept().filter(condition).order_by()

    def stages(self) -> Mapping[str, int]:
        """Ask the database."""
        return dict(self.rows.values_list("stage").annotate(Count("pk")))

    def cells(self, lanes: str, most: int) -> dict[Place, Cell]:
        """Ask once: the rows are numbered and counted in each place, and the first of each are kept."""
        by, rows = ["stage"], self.rows.annotate(urgency=urgency())
        if lanes:
            by, rows = ["lane", "stage"], _IN_LANES[lanes](rows)
        order = [F("urgency").asc(), F("changed_at").desc(), F("pk").asc()]
        rows = rows.annotate(
            number=Window(Count("pk"), partition_by=by), nth=Window(RowNumber(), partition_by=by, order_by=order)
        )
        found: dict[Place, Cell] = defaultdict(Cell)
        for *place, number, key in rows.filter(nth__lte=most).order_by("nth").values_list(*by, "number", "pk"):
            lane = place[0] if lanes and place[0] != settings.OWN_SIDE else ""
            cell = found[Place(lane, place[-1])]
            cell.number = number
            cell.keys.append(key)
        return dict(found)

    def cards(self, keys: Iterable[UUID]) -> dict[UUID, Shown]:
        """Read the chains of what is shown and of its neighbours, and look at them; a fixed number of queries."""
        asked = set(keys)
        if self.found is None:
            visible = Agreement.objects.for_user(self.user).filter(near(asked)).order_by("pk")
            balls = dict(visible.values_list("pk", "ball_by_tasks"))
            told = tell(balls, balls=balls)
            beside = attention.Beside(tasks=open_tasks(self.user, told, asked))
            self.found = attention.look(told, self.today, beside, only=asked)
        seen, names = self.found.seen, self.found.names
        facts = {key: facts_in(seen[key], names) for key in asked if key in seen}
        marks: dict[str, list[Mark]] = {one.reference: [] for one in facts.values()}
        for one in self.found.findings:
            for reference in one.about & marks.keys() if one.code in _TOLD else ():
                marks[reference].append(Mark(one.code, one.strength, ICONS[one.code], one.sentence))
        return {key: Shown(one, marks[one.reference]) for key, one in facts.items()}

    def names(self) -> Mapping[str, Mapping[str, Texts]]:
        """Return the names that were read with the chains."""
        return {"party": self.found.names.parties, "area": self.found.names.areas} if self.found else {}


def _by_party(rows: Any) -> Any:
    """Put agreements into the lane of each participant beside the own side; into its own where there is no other."""
    others = Participant.objects.filter(agreement=OuterRef("pk")).exclude(party__code=settings.OWN_SIDE)
    rows = rows.annotate(lane=Coalesce(F("participants__party__code"), Value("")))
    return rows.filter(~Q(lane=settings.OWN_SIDE) | ~Exists(others))


def _by_area(rows: Any) -> Any:
    return rows.annotate(lane=Coalesce(F("areas__code"), Value("")))


_IN_LANES = {"party": _by_party, "area": _by_area}


class Then:
    """The columns as they were on a day, as known at a moment."""

    def __init__(self, user: User, selection: AgreementSelection, as_of: date, known_at: datetime | None) -> None:
        past = Past(user, selection, as_of, known_at)
        self.facts = {row.facts.id: row.facts for row in past.told(past.keys())}

    def stages(self) -> Mapping[str, int]:
        """Count the facts."""
        return Counter(one.stage or UNSURE for one in self.facts.values())

    def cells(self, lanes: str, most: int) -> dict[Place, Cell]:
        """Put the facts into their places one by one."""
        found: dict[Place, Cell] = defaultdict(Cell)
        for key, facts in self.facts.items():
            for lane in _lanes_of(facts, lanes):
                cell = found[Place(lane, facts.stage or UNSURE)]
                cell.number += 1
                if len(cell.keys) < most:
                    cell.keys.append(key)
        return dict(found)

    def cards(self, keys: Iterable[UUID]) -> dict[UUID, Shown]:
        """Return the facts with their marks, the strongest first; tasks and neighbours are of today."""
        order = ("late", "soon", "plain")
        shown = {key: self.facts[key] for key in keys}
        return {
            key: Shown(one, sorted(one.marks, key=lambda mark: order.index(mark.kind))) for key, one in shown.items()
        }

    def names(self) -> Mapping[str, Mapping[str, Texts]]:
        """Return the names that the facts tell."""
        told = self.facts.values()
        return {
            "party": {code: names for one in told for code, names in one.parties},
            "area": {code: names for one in told for code, names in one.areas},
        }


def _lanes_of(facts: AgreementFacts, lanes: str) -> Sequence[str]:
    match lanes:
        case "party":
            return [code for code, _names in facts.parties if code != settings.OWN_SIDE] or [""]
        case "area":
            return [code for code, _names in facts.areas] or [""]
        case _:
            return [""]
