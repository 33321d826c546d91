"""The overview for heads: how many agreements stand where, how they flow, how long they stay, what needs a push.

Every number stands at a *place* - `stage:signing`, `flow:concluded:2024-4`, `unit:europe:late` - and an agreement says
of itself at which places it counts (`Overview.places`). What is behind a number is asked by its place: the same answer.

Stages are told from the journal, as true on a day; an imprecise date counts where its last possible day lies. Whose an
agreement is - unit, area, partners - is as recorded now; tasks and whose move it is are known of today only.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Q

from agreements import clock, turns
from agreements.choices import Ball, EntryKind, Group, Precision, Stage, TaskStatus
from agreements.dates import FuzzyDate
from agreements.duties import DUE_SOON
from agreements.models import Agreement, Area, Entry, Participant, Party, ProcedureVersion, Task, Unit, User
from agreements.models.base import as_text
from agreements.procedures import Procedure

#: How many quarters the flow shows, and of how many days it is told what moved.
QUARTERS, RECENT = 8, (7, 30, 90)
#: The first day that no longer belongs to each class of days in a stage; the last class has no end.
CLASSES = (31, 91, 181, 366, 731)
#: What needs a push, in the order of the columns; the first three are known of any day.
PUSHES = ("open", "stuck", "hold", "late", "soon", "waiting")
OF_ANY_DAY = PUSHES[:3]
#: Stands for no unit.
NOBODY = "-"
_OPEN = (Group.PREPARING, Group.CONCLUDED)


@dataclass(frozen=True)
class Quarter:
    """A quarter of a year, from 1 to 4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Quarter":
        """Return the quarter in which a day lies."""
        return cls(day.year, (day.month + 2) // 3)

    @property
    def code(self) -> str:
        """Its name in places: 2024-4."""
        return f"{self.year}-{self.number}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def before(self) -> "Quarter":
        """The quarter before it; of the first that there is, itself."""
        return Quarter.of(_back(self.first, 1))


def _back(day: date, days: int) -> date:
    return date.fromordinal(max(1, day.toordinal() - days))


class Move(NamedTuple):
    """That a stage was reached: which, after which one (None: the record begins with it), when.

    Its days are kept as they are written, YYYY-MM-DD: of the many that are read few are shown.
    """

    stage: Stage
    before: Stage | None
    earliest: str
    latest: str
    precision: str

    @property
    def on(self) -> FuzzyDate:
        """The date with its precision."""
        return FuzzyDate(date.fromisoformat(self.earliest), date.fromisoformat(self.latest), Precision(self.precision))

    @property
    def new_group(self) -> bool:
        """Whether it came into another group of stages."""
        return self.before is None or self.before.group != self.stage.group


@dataclass(frozen=True)
class One:
    """An agreement on the day: its moves up to then, the last of which led to its stage, and what needs a push."""

    key: str
    rules: Procedure
    unit: str
    parties: Sequence[str]
    moves: Sequence[Move]
    pushes: Collection[str] = ()

    @property
    def stage(self) -> Stage:
        """Where it stands."""
        return self.moves[-1].stage

    @property
    def since(self) -> FuzzyDate:
        """Since when."""
        return self.moves[-1].on

    @property
    def usual(self) -> int | None:
        """How many days agreements usually stay at most, where its procedure says it."""
        return _usual(self.rules, self.stage)

    def days(self, day: date) -> int:
        """Return how many days it has certainly been in its stage."""
        return max(0, _days(self.moves[-1].latest, day))


def _usual(rules: Procedure, stage: Stage) -> int | None:
    return rules.stages[stage].usual_days if stage in rules.stages else None


def _days(since: str, day: date) -> int:
    return (day - date.fromisoformat(since)).days


@dataclass(frozen=True)
class Asked:
    """What the overview is narrowed to: a partner, an area, a unit (codes, empty for any); `unit` may be NOBODY."""

    party: str = ""
    area: str = ""
    unit: str = ""

    def agreements(self, user: User) -> Any:
        """Return the agreements asked for that the user may see."""
        rows = Agreement.objects.for_user(user).kept()
        if self.party:
            rows = rows.filter(participants__party__code=self.party)
        if self.area:
            rows = rows.filter(areas__code=self.area)
        if self.unit:
            rows = rows.filter(lead_unit=None) if self.unit == NOBODY else rows.filter(lead_unit__code=self.unit)
        return rows


@dataclass(frozen=True)
class Overview:
    """The agreements asked for as they stood on a day."""

    day: date
    ones: Sequence[One]

    @property
    def of_today(self) -> bool:
        """Whether tasks and whose move it is are known."""
        return self.day >= clock.today()

    @cached_property
    def quarters(self) -> list[Quarter]:
        """The last quarters, the present one last."""
        found = [Quarter.of(self.day)]
        for _more in range(QUARTERS - 1):
            found.append(found[-1].before)
        return list(dict.fromkeys(found[::-1]))

    @cached_property
    def counts(self) -> Counter[str]:
        """How many agreements count at each place."""
        return Counter(place for one in self.ones for place in self.places(one))

    def at(self, place: str) -> list[One]:
        """Return the agreements that count at a place."""
        return [one for one in self.ones if place in self.places(one)]

    def places(self, one: One) -> set[str]:
        """Return the places at which an agreement counts."""
        return {"all", f"stage:{one.stage}", f"group:{one.stage.group}", *self._of_time(one), *self._of_pushes(one)}

    def _of_time(self, one: One) -> Iterator[str]:
        first, until = self.quarters[0].first.isoformat(), self.day.isoformat()
        for move in one.moves:
            if not first <= move.latest <= until:
                continue
            group = move.stage.group
            if move.new_group:
                yield f"flow:{group}:{Quarter.of(date.fromisoformat(move.latest)).code}"
            age = _days(move.latest, self.day)
            for days in RECENT:
                if age < days:
                    yield f"moved:{group}:{days}"
                    yield f"moved:all:{days}"
        if "open" in one.pushes:
            days = one.days(self.day)
            yield f"age:{one.stage}:{sum(days >= bound for bound in CLASSES)}"
            if "stuck" in one.pushes:
                yield f"stuck:{one.stage}"

    def _of_pushes(self, one: One) -> Iterator[str]:
        for push in one.pushes:
            yield f"push:{push}"
            yield f"unit:{one.unit or NOBODY}:{push}"
            yield from (f"party:{code}:{push}" for code in one.parties)

    def moved(self, most: int) -> list[tuple[One, Move]]:
        """Return the last moves up to the day, the latest first."""
        since, until = _back(self.day, RECENT[-1]).isoformat(), self.day.isoformat()
        found = [(one, move) for one in self.ones for move in one.moves if since < move.latest <= until]
        order = list(Stage)
        found.sort(key=lambda pair: (pair[1].latest, order.index(pair[1].stage), pair[0].key), reverse=True)
        return found[:most]


def look(user: User, day: date, asked: Asked | None = None) -> Overview:
    """Return the overview of what the user may see, as true on a day. The same queries for any number of agreements."""
    rows = (asked or Asked()).agreements(user)
    columns = rows.order_by().values_list(as_text("pk"), "procedure_version__digest", "lead_unit__code")
    known = {key: (digest, unit or "") for key, digest, unit in columns}
    rules = ProcedureVersion.objects.rules({digest for digest, _unit in known.values()})
    keys = rows.order_by().values("pk")
    partners = _partners(keys)
    today = day >= clock.today()
    told = _of_tasks(user, keys, day) | {"waiting": _waiting(rows)} if today else {}
    ones = []
    for key, line in _lines(keys).items():
        if key not in known:  # opened since: the next look has it
            continue
        digest, unit = known[key]
        moves, hold, held = _walked(line, day, today=today)
        if moves:
            pushes = {name for name, members in told.items() if key in members}
            pushes |= set(_pushes(rules[digest], moves[-1], day, hold, held))
            ones.append(One(key, rules[digest], unit, partners.get(key, ()), moves, pushes))
    return Overview(day, ones)


def stuck(agreements: Any) -> int:
    """Return how many agreements of a query are stuck today: by their lines, as days on hold do not count."""
    today, found = clock.today(), 0
    known = dict(agreements.order_by().values_list(as_text("pk"), "procedure_version__digest"))
    rules = ProcedureVersion.objects.rules(known.values())
    for key, line in (_lines(agreements.order_by().values("pk")) if known else {}).items():
        if key not in known:  # opened since
            continue
        moves, hold, held = _walked(line, today, today=True)
        found += "stuck" in _pushes(rules[known[key]], moves[-1], today, hold, held)
    return found


#: A placed entry: its kind, the stage that it led to, its first and last possible day, its precision.
_Row = tuple[str, str, str, str, str]
_STAGES = {stage.value: stage for stage in Stage}


def _lines(keys: Any) -> dict[str, list[_Row]]:
    """Return the placed entries of agreements that were not voided, in the order of life."""
    voided = Entry.objects.filter(voids__isnull=False, subject__in=keys).order_by().values("voids")
    rows = Entry.objects.filter(position__isnull=False, subject__in=keys).exclude(pk__in=voided).order_by("position")
    columns = (as_text("subject"), "kind", "to_stage", as_text("earliest"), as_text("latest"), "precision")
    found: dict[str, list[_Row]] = defaultdict(list)
    for key, *row in rows.values_list(*columns):
        found[key].append(tuple(row))
    return found


def _walked(line: Sequence[_Row], day: date, *, today: bool) -> tuple[list[Move], bool, int]:
    """Return the moves by a day, as `walk.as_of` has them, whether it is on hold, and how long it was in its stage."""
    until = day.isoformat()
    certain = len(line) if today else max((n for n, row in enumerate(line, 1) if row[3] <= until), default=0)
    moves: list[Move] = []
    hold, begun, held = False, "", 0
    for kind, stage, earliest, latest, precision in line[:certain]:
        if stage:
            moves.append(Move(_STAGES[stage], moves[-1].stage if moves else None, earliest, latest, precision))
            hold, begun, held = False, "", 0
            continue
        hold = kind == EntryKind.HOLD
        if latest > until:  # of what has perhaps happened no days are counted
            continue
        if hold:
            begun = earliest
        elif begun:
            held += _days(max(begun, moves[-1].earliest), date.fromisoformat(latest))
            begun = ""
    return moves, hold, held


def _pushes(rules: Procedure, last: Move, day: date, hold: bool, held: int) -> Iterator[str]:
    """Yield what an agreement needs by itself; it is stuck as `attention` says it."""
    if hold:
        yield "hold"
    if last.stage.group in _OPEN:
        yield "open"
        usual = _usual(rules, last.stage)
        if not hold and usual is not None and _days(last.latest, day) - held > usual:
            yield "stuck"


def _of_tasks(user: User, keys: Any, today: date) -> dict[str, set[str]]:
    """Return the agreements that have open tasks which are late, or due soon."""
    near = today + timedelta(days=DUE_SOON)
    rows = Task.objects.for_user(user).kept().filter(agreement__in=keys, status=TaskStatus.OPEN, due_by__lte=near)
    found: dict[str, set[str]] = {"late": set(), "soon": set()}
    for key, due_by in rows.order_by().values_list(as_text("agreement"), "due_by"):
        found["late" if due_by < today else "soon"].add(key)
    return found


def _waiting(rows: Any) -> set[str]:
    """Return the agreements in which it is the other side's move, and that are not on hold."""
    living = rows.filter(~Q(stage__in=Stage.of(Group.ENDED)), on_hold=False)
    moving = living.filter(turns.condition([Ball.OTHER], turns.Known.of(living)))
    return set(moving.order_by().values_list(as_text("pk"), flat=True))


def _partners(keys: Any) -> dict[str, list[str]]:
    """Return the codes of the parties beside the own side, by agreement."""
    rows = Participant.objects.filter(agreement__in=keys).exclude(party__code=settings.OWN_SIDE)
    found: dict[str, list[str]] = defaultdict(list)
    for key, code in rows.order_by("party__code").values_list(as_text("agreement"), "party__code"):
        found[key].append(code)
    return found


@dataclass(frozen=True)
class Names:
    """The names of units, areas and parties by their codes."""

    units: Mapping[str, str]
    areas: Mapping[str, str]
    parties: Mapping[str, str]

    @classmethod
    def read(cls, user: User) -> "Names":
        """Read them in the reader's language; three queries."""
        models: Sequence[Any] = (Unit, Area, Party)
        return cls(*({row.code: row.name.text for row in model.objects.for_user(user)} for model in models))
