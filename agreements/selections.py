"""Selections: what is asked of the list of agreements, of tasks and of the calendar, as addresses and views tell it.

Each says, too, what of it has a place in somebody's calendar: which meetings, agreements with their dates, and tasks.
It narrows what `for_user` gives, and never widens it: who reads a selection of another sees his own part of it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Protocol
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from agreements import attention, clock, turns
from agreements.choices import Ball, Group, InstrumentKind, MeetingStatus, Stage, TaskStatus
from agreements.findings import LABELS, STRENGTHS
from agreements.folding import Sought
from agreements.guards import Reason, Refused
from agreements.models import (
    AgendaItem,
    Agreement,
    Area,
    Format,
    Meeting,
    Participant,
    Party,
    Task,
    User,
)
from agreements.models.base import holding
from agreements.models.task import Tasks

_Codes = Callable[[User], Iterable[str]]


class Selection(Protocol):
    """What is asked of a list."""

    def parameters(self) -> list[tuple[str, str]]:
        """Return the parameters of the address that asks for this, in one order whatever they came in."""
        ...

    def meetings(self, user: User) -> QuerySet[Meeting]:
        """Return the meetings of it that the user may see."""
        ...

    def agreements(self, user: User) -> QuerySet[Agreement]:
        """Return the agreements of it that the user may see, whose dates are events."""
        ...

    def tasks(self, user: User) -> QuerySet[Task]:
        """Return the open tasks of it that the user may see."""
        ...


def _strangers(name: str, values: Iterable[Any], known: _Codes, user: User) -> list[Reason]:
    asked = [value for value in values if value]
    codes = sorted(known(user)) if asked else []
    return [
        Reason(
            "filter-unknown",
            _("“%(value)s” is not known. Use one of: %(known)s."),
            {"value": str(value)[:60], "known": ", ".join(codes) or "–"},
            asked=name,
            firm=True,
        )
        for value in asked
        if value not in codes
    ]


def _parties(user: User) -> Iterable[str]:
    return Party.objects.for_user(user).values_list("code", flat=True)


# ---- agreements ----
#: The facets in the order of the page.
FACETS = ("attention", "stage", "ball", "party", "area", "kind", "hold")
_VALUES: Mapping[str, Sequence[str]] = {
    # How strong something is that needs attention, or what it is.
    "attention": (*STRENGTHS, *LABELS),
    "stage": Stage.values,
    "ball": Ball.values,
    "kind": InstrumentKind.values,
    "hold": ["yes"],
}


def _vocabulary(values: Sequence[str]) -> _Codes:
    return lambda _user: values


_OF_FACETS: Mapping[str, _Codes] = {
    **{name: _vocabulary(values) for name, values in _VALUES.items()},
    "group": _vocabulary(Group.values),
    "party": _parties,
    "area": lambda user: Area.objects.for_user(user).values_list("code", flat=True),
}


@dataclass(frozen=True)
class AgreementSelection:
    """Words to be found, and the chosen values of each facet; a facet without a choice lets everything pass."""

    NAMES: ClassVar[tuple[str, ...]] = ("q", "group", *FACETS)

    words: str = ""
    chosen: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: What was found once, by the key of the user: a selection lives no longer than the answer to one question.
    _found: dict[UUID, Mapping[UUID, Collection[str]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def kept(cls, asked: QueryDict) -> "AgreementSelection":
        """Read an address. A group stands for its stages; values that do not exist are passed over."""
        chosen = {}
        for name in FACETS:
            values = {value for value in asked.getlist(name) if value and value.isprintable()}
            if name == "stage":
                groups = [Group(group) for group in asked.getlist("group") if group in Group.values]
                values |= set(Stage.of(*groups))
            chosen[name] = frozenset(values & set(_VALUES[name]) if name in _VALUES else values)
        return cls(" ".join(asked.get("q", "").replace("\x00", "").split()), chosen)

    @classmethod
    def read(cls, asked: QueryDict, user: User) -> "AgreementSelection":
        """Read an address. Raises Refused for values that are not known, with those that are."""
        reasons = [
            reason
            for name, known in _OF_FACETS.items()
            for reason in _strangers(name, asked.getlist(name), known, user)
        ]
        if reasons:
            raise Refused(*reasons)
        return cls.kept(asked)

    @property
    def empty(self) -> bool:
        """Whether everything passes."""
        return not self.words and not any(self.chosen.values())

    def lets(self, name: str, *values: str) -> bool:
        """Whether something with these values passes a facet."""
        chosen = self.chosen.get(name)
        return not chosen or not chosen.isdisjoint(values)

    def without(self, name: str, value: str | None = None) -> "AgreementSelection":
        """Return the selection with a facet let go, or one of its values; the words go by the name `q`."""
        if name == "q":
            return replace(self, words="")
        kept = self.chosen[name] - {value} if value is not None else frozenset()
        return replace(self, chosen={**self.chosen, name: kept})

    def parameters(self) -> list[tuple[str, str]]:
        """Return the parameters of the address that asks for this."""
        pairs = [(name, value) for name in FACETS for value in sorted(self.chosen.get(name, ()))]
        return [("q", self.words), *pairs] if self.words else pairs

    # ---- rows ----
    def condition(
        self,
        *facets: str,
        known: turns.Known | None = None,
        traits: Mapping[UUID, Collection[str]] | None = None,
    ) -> Q:
        """Match agreements as their columns stand today, by the words and the facets named.

        `known` is what is asked to say who must act; where that is asked and it is not given, it is read.
        `traits` are what was found of agreements that need attention (`Review.traits`), where that is asked.
        """
        found = holding(Sought.read(self.words))
        for name in facets:
            if chosen := sorted(self.chosen.get(name, ())):
                match name:
                    case "ball":
                        found &= turns.condition(chosen, known)
                    case "attention":
                        noticed = [key for key, told in (traits or {}).items() if not set(told).isdisjoint(chosen)]
                        found &= Q(pk__in=noticed)
                    case _:
                        found &= _CONDITIONS[name](chosen)
        return found

    def traits(self, user: User) -> Mapping[UUID, Collection[str]]:
        """Return what was found of each agreement that needs attention today; nothing where that is not asked."""
        if not self.chosen.get("attention"):
            return {}
        if user.pk not in self._found:
            self._found[user.pk] = attention.review(user).traits()
        return self._found[user.pk]

    def agreements(self, user: User) -> QuerySet[Agreement]:
        """Return the agreements that match and that the user may see."""
        condition = self.condition(*FACETS, traits=self.traits(user))
        found: QuerySet[Agreement] = Agreement.objects.for_user(user).kept().filter(condition)
        return found

    def meetings(self, user: User) -> QuerySet[Meeting]:
        """Return the meetings that have one of the agreements on their agenda."""
        points = AgendaItem.objects.filter(meeting=OuterRef("pk"), agreement__in=self.agreements(user))
        found: QuerySet[Meeting] = Meeting.objects.for_user(user).filter(Exists(points))
        return found

    def tasks(self, user: User) -> QuerySet[Task]:
        """Return the open tasks of the agreements."""
        return _open_tasks(user).filter(agreement__in=self.agreements(user))


def _taking_part(codes: Iterable[str], agreement: str = "pk") -> Exists:
    return Exists(Participant.objects.filter(agreement=OuterRef(agreement), party__code__in=codes))


def _within(areas: Iterable[str]) -> Exists:
    through = Agreement.areas.through._default_manager
    return Exists(through.filter(agreement=OuterRef("pk"), area__code__in=areas))


_CONDITIONS: Mapping[str, Callable[[list[str]], Q]] = {
    "stage": lambda stages: Q(stage__in=stages),
    "party": lambda codes: Q(_taking_part(codes)),
    "area": lambda codes: Q(_within(codes)),
    "kind": lambda kinds: Q(kind__in=kinds),
    "hold": lambda _yes: Q(on_hold=True),
}


# ---- tasks ----
def _open_tasks(user: User) -> Tasks:
    found: Tasks = Task.objects.for_user(user).kept().filter(status=TaskStatus.OPEN)
    return found


@dataclass(frozen=True)
class TaskSelection:
    """Whose tasks - the reader's, those of the reader's unit, all -, when they are due, and which side must act."""

    NAMES: ClassVar[tuple[str, ...]] = ("of", "due", "side")
    OF: ClassVar[tuple[str, ...]] = ("mine", "unit", "all")
    DUE: ClassVar[tuple[str, ...]] = ("late", "soon", "undated")

    of: str = "all"
    due: str = ""
    side: str = ""

    @classmethod
    def kept(cls, asked: QueryDict) -> "TaskSelection":
        """Read an address; values that do not exist are passed over."""
        given = {
            name: value for name, known in cls._known().items() if (value := asked.get(name, "")) and value in known
        }
        return cls(**given)

    @classmethod
    def read(cls, asked: QueryDict, user: User) -> "TaskSelection":
        """Read an address. Raises Refused for values that are not known, with those that are."""
        reasons = [
            reason
            for name, known in cls._known().items()
            for reason in _strangers(name, asked.getlist(name), _vocabulary(known), user)
        ]
        if reasons:
            raise Refused(*reasons)
        return cls.kept(asked)

    @classmethod
    def _known(cls) -> Mapping[str, Sequence[str]]:
        return {"of": cls.OF, "due": cls.DUE, "side": Ball.values}

    def parameters(self) -> list[tuple[str, str]]:
        """Return the parameters of the address that asks for this; whose tasks are meant is always told."""
        return [(name, value) for name in self.NAMES if (value := getattr(self, name))]

    def tasks(self, user: User) -> Tasks:
        """Return the open tasks that match and that the user may see."""
        found, today = _open_tasks(user), clock.today()
        match self.of:
            case "mine":
                found = found.of_person(user)
            case "unit":
                found = found.of_unit(user.unit_id)
        if self.side:
            found = found.filter(side=self.side)
        match self.due:
            case "late":
                found = found.overdue(today)
            case "soon":
                found = found.due_soon(today)
            case "undated":
                found = found.filter(due_by=None)
        return found

    def agreements(self, user: User) -> QuerySet[Agreement]:
        """Return none: a list of tasks shows no other dates of agreements."""
        return Agreement.objects.none()

    def meetings(self, user: User) -> QuerySet[Meeting]:
        """Return none."""
        return Meeting.objects.none()


# ---- the calendar ----
@dataclass(frozen=True)
class CalendarSelection:
    """What of the calendar is asked for: codes, empty for any; `mine` keeps what the user is responsible for."""

    NAMES: ClassVar[tuple[str, ...]] = ("format", "party", "status", "mine")

    format: str = ""
    party: str = ""
    status: str = ""
    mine: bool = False

    @classmethod
    def read(cls, given: Mapping[str, Any], user: User) -> "CalendarSelection":
        """Read what an address or a saved feed asks for. Raises Refused for what is not known, with what is."""
        found = {name: given.get(name) or "" for name in _OF_CALENDAR}
        reasons = [
            reason for name, known in _OF_CALENDAR.items() for reason in _strangers(name, [found[name]], known, user)
        ]
        if given.get("mine") not in (None, "", False, True, "true", "on"):
            reasons += _strangers("mine", [given["mine"]], _vocabulary(["true"]), user)
        if reasons:
            raise Refused(*reasons)
        return cls(**found, mine=bool(given.get("mine")))

    @classmethod
    def kept(cls, filters: Mapping[str, Any]) -> "CalendarSelection":
        """Return what a saved feed asks for; a code that is no longer known finds nothing."""
        words = {name: str(filters.get(name) or "") for name in _OF_CALENDAR}
        return cls(**words, mine=bool(filters.get("mine")))

    @property
    def asked(self) -> dict[str, Any]:
        """What is asked for, without what is not; kept with a feed and put into addresses."""
        words = {name: value for name in _OF_CALENDAR if (value := getattr(self, name))}
        return words | ({"mine": "true"} if self.mine else {})

    def parameters(self) -> list[tuple[str, str]]:
        """Return the parameters of the address that asks for this."""
        return list(self.asked.items())

    def meetings(self, user: User) -> QuerySet[Meeting]:
        """Return the meetings that match and that the user may see."""
        rows: QuerySet[Meeting] = Meeting.objects.for_user(user)
        if self.format:
            rows = rows.filter(format__code=self.format)
        if self.status:
            rows = rows.filter(status=self.status)
        if self.party:
            through = Meeting.parties.through._default_manager
            rows = rows.filter(Exists(through.filter(meeting=OuterRef("pk"), party__code=self.party)))
        if self.mine:
            own = Agreement.objects.for_user(user).kept().filter(officer=user)
            rows = rows.filter(Exists(AgendaItem.objects.filter(meeting=OuterRef("pk"), agreement__in=own)))
        return rows

    def agreements(self, user: User) -> QuerySet[Agreement]:
        """Return the agreements that match and that the user may see; none where meetings are asked for."""
        if self.format or self.status:
            return Agreement.objects.none()
        rows: QuerySet[Agreement] = Agreement.objects.for_user(user).kept()
        if self.party:
            rows = rows.filter(_taking_part([self.party]))
        return rows.filter(officer=user) if self.mine else rows

    def tasks(self, user: User) -> QuerySet[Task]:
        """Return the open tasks that match and that the user may see; none where meetings are asked for."""
        if self.format or self.status:
            return Task.objects.none()
        rows = _open_tasks(user)
        if self.party:
            rows = rows.filter(_taking_part([self.party], "agreement"))
        return rows.of_person(user) if self.mine else rows


_OF_CALENDAR: Mapping[str, _Codes] = {
    "format": lambda user: Format.objects.for_user(user).values_list("code", flat=True),
    "party": _parties,
    "status": _vocabulary(MeetingStatus.values),
}
