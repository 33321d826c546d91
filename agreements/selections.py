"""Selections: what is asked of the list of agreements, of tasks and of the calendar, as addresses and views tell it.

Each says, too, what of it has a place in somebody's calendar: which meetings, agreements with their dates, and tasks.
It narrows what `for_user` gives, and never widens it: who reads a selection of another sees his own part of it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar, Protocol
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from agreements import attention, clock, turns
from agreements.choices import Ball, MeetingStatus, TaskStatus
from agreements.dates import BadDate, parse_day
from agreements.facets import (
    COLUMNS,
    CONDITIONS,
    FACETS,
    KNOWN,
    ORDERS,
    SPANS,
    VALUES,
    Codes,
    Scope,
    Span,
    between,
    lying_on,
    parties,
    taking_part,
    vocabulary,
)
from agreements.folding import Sought
from agreements.guards import Reason, Refused
from agreements.models import (
    AgendaItem,
    Agreement,
    Format,
    Meeting,
    Task,
    User,
)
from agreements.models.agreement import having
from agreements.models.task import Tasks


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


def _strangers(name: str, values: Iterable[Any], known: Codes, user: User) -> list[Reason]:
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


# ---- agreements ----
#: The ends of the spans, as addresses name them.
_ENDS = [(name, end) for name in SPANS for end in ("gte", "lte")]


@dataclass(frozen=True)
class AgreementSelection:
    """Words to be found, the chosen values of each facet, and dates between which something lies.

    A facet without a choice lets everything pass. `of` keeps what lies on the reader, or on the reader's unit, today,
    whatever day the list looks at. `order` is by what the list is put in order, with a minus the other
    way round, `columns` are what it tells; both are empty where nothing was asked, and neither narrows it.
    """

    NAMES: ClassVar[tuple[str, ...]] = (
        "q", "of", *FACETS, *(f"{name}__{end}" for name, end in _ENDS), "order", "columns",
    )  # fmt: skip
    OF: ClassVar[tuple[str, ...]] = (Scope.MINE, Scope.UNIT)

    words: str = ""
    of: str = ""
    chosen: Mapping[str, frozenset[str]] = field(default_factory=dict)
    spans: Mapping[str, Span] = field(default_factory=dict)
    order: str = ""
    columns: tuple[str, ...] = ()
    #: What was found once, by the key of the user: a selection lives no longer than the answer to one question.
    _found: dict[UUID, Mapping[UUID, Collection[str]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    #: What words, spans and facets ask of the columns, by their names, likewise: some of it is read.
    _asked: dict[str, Q] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def kept(cls, asked: QueryDict) -> "AgreementSelection":
        """Read an address; values that do not exist are passed over."""
        chosen = {}
        for name in FACETS:
            values = {value for value in asked.getlist(name) if value and value.isprintable()}
            chosen[name] = frozenset(values & set(VALUES[name]) if name in VALUES else values)
        spans = {}
        for name in SPANS:
            first, last = (_day(asked.get(f"{name}__{end}", "")) for end in ("gte", "lte"))
            if span := Span(first, last):
                spans[name] = span
        columns = {part for given in asked.getlist("columns") for part in given.split(",")}
        order = asked.get("order", "")
        return cls(
            " ".join(asked.get("q", "").replace("\x00", "").split()),
            asked.get("of", "") if asked.get("of") in cls.OF else "",
            chosen,
            spans,
            order if order.removeprefix("-") in ORDERS else "",
            tuple(name for name in COLUMNS if name in columns),
        )

    @classmethod
    def read(cls, asked: QueryDict, user: User) -> "AgreementSelection":
        """Read an address. Raises Refused for values that are not known, with those that are."""
        reasons = [
            reason for name, known in KNOWN.items() for reason in _strangers(name, asked.getlist(name), known, user)
        ]
        for name, end in _ENDS:
            text = asked.get(f"{name}__{end}", "")
            if text and _day(text) is None:
                template = _("“%(text)s” is not a day. Write it as 2024-12-28.")
                reasons.append(Reason("not-a-day", template, {"text": text[:60]}, asked=f"{name}__{end}", firm=True))
        reasons += _strangers("of", asked.getlist("of"), vocabulary(cls.OF), user)
        ways = [way + name for name in ORDERS for way in ("", "-")]
        reasons += _strangers("order", asked.getlist("order"), vocabulary(ways), user)
        columns = [part for given in asked.getlist("columns") for part in given.split(",")]
        reasons += _strangers("columns", columns, vocabulary(COLUMNS), user)
        if reasons:
            raise Refused(*reasons)
        return cls.kept(asked)

    @property
    def empty(self) -> bool:
        """Whether everything passes."""
        return not self.words and not self.of and not any(self.chosen.values()) and not self.spans

    def lets(self, name: str, *values: str) -> bool:
        """Whether something with these values passes a facet."""
        chosen = self.chosen.get(name)
        return not chosen or not chosen.isdisjoint(values)

    def without(self, name: str, value: str | None = None) -> "AgreementSelection":
        """Return the selection with a facet or a span let go, or one value of a facet; the words go by the name `q`."""
        if name == "q":
            return replace(self, words="")
        if name == "of":
            return replace(self, of="")
        if name in SPANS:
            return replace(self, spans={other: span for other, span in self.spans.items() if other != name})
        kept = self.chosen[name] - {value} if value is not None else frozenset()
        return replace(self, chosen={**self.chosen, name: kept})

    def bare(self) -> "AgreementSelection":
        """Return the selection of everything, in the same order and with the same columns."""
        return AgreementSelection(order=self.order, columns=self.columns)

    def parameters(self) -> list[tuple[str, str]]:
        """Return the parameters of the address that asks for this."""
        pairs = [(name, value) for name, value in (("q", self.words), ("of", self.of)) if value]
        pairs += [(name, value) for name in FACETS for value in sorted(self.chosen.get(name, ()))]
        for name in SPANS:
            span = self.spans.get(name, Span())
            pairs += [
                (f"{name}__{end}", day.isoformat()) for end, day in (("gte", span.first), ("lte", span.last)) if day
            ]
        pairs += [("order", self.order)] if self.order else []
        return pairs + ([("columns", ",".join(self.columns))] if self.columns else [])

    # ---- rows ----
    def condition(
        self,
        *facets: str,
        user: User,
        known: turns.Known | None = None,
        traits: Mapping[UUID, Collection[str]] | None = None,
    ) -> Q:
        """Match agreements as their columns stand today, by the words, whose they are, the spans and the facets named.

        `known` is what is asked to say who must act; where that is asked and it is not given, it is read.
        `traits` are what was found of agreements that need attention (`Review.traits`), where that is asked.
        """
        if "q" not in self._asked:
            self._asked["q"] = having(Sought.read(self.words))
        found = self._asked["q"] & self.whose(user)
        for name, span in self.spans.items():
            if name not in self._asked:
                self._asked[name] = between(name, span)
            found &= self._asked[name]
        for name in facets:
            if chosen := sorted(self.chosen.get(name, ())):
                match name:
                    case "ball":
                        found &= turns.condition(chosen, known)
                    case "attention":
                        noticed = [key for key, told in (traits or {}).items() if not set(told).isdisjoint(chosen)]
                        found &= Q(pk__in=noticed)
                    case _:
                        if name not in self._asked:
                            self._asked[name] = CONDITIONS[name](chosen)
                        found &= self._asked[name]
        return found

    def whose(self, user: User) -> Q:
        """Match what lies on the reader, or on the reader's unit, where that is asked."""
        return lying_on(user, Scope(self.of)) if self.of else Q()

    def traits(self, user: User) -> Mapping[UUID, Collection[str]]:
        """Return what was found of each agreement that needs attention today; nothing where that is not asked."""
        if not self.chosen.get("attention"):
            return {}
        if user.pk not in self._found:
            self._found[user.pk] = attention.review(user).traits()
        return self._found[user.pk]

    def agreements(self, user: User) -> QuerySet[Agreement]:
        """Return the agreements that match and that the user may see."""
        condition = self.condition(*FACETS, user=user, traits=self.traits(user))
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


def _day(text: str) -> date | None:
    try:
        return parse_day(text) if text else None
    except BadDate:
        return None


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
            for reason in _strangers(name, asked.getlist(name), vocabulary(known), user)
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
            reasons += _strangers("mine", [given["mine"]], vocabulary(["true"]), user)
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
            own = Agreement.objects.for_user(user).kept().filter(user.held_as("officer"))
            rows = rows.filter(Exists(AgendaItem.objects.filter(meeting=OuterRef("pk"), agreement__in=own)))
        return rows

    def agreements(self, user: User) -> QuerySet[Agreement]:
        """Return the agreements that match and that the user may see; none where meetings are asked for."""
        if self.format or self.status:
            return Agreement.objects.none()
        rows: QuerySet[Agreement] = Agreement.objects.for_user(user).kept()
        if self.party:
            rows = rows.filter(taking_part([self.party]))
        return rows.filter(user.held_as("officer")) if self.mine else rows

    def tasks(self, user: User) -> QuerySet[Task]:
        """Return the open tasks that match and that the user may see; none where meetings are asked for."""
        if self.format or self.status:
            return Task.objects.none()
        rows = _open_tasks(user)
        if self.party:
            rows = rows.filter(taking_part([self.party], "agreement"))
        return rows.of_person(user) if self.mine else rows


_OF_CALENDAR: Mapping[str, Codes] = {
    "format": lambda user: Format.objects.for_user(user).values_list("code", flat=True),
    "party": parties,
    "status": vocabulary(MeetingStatus.values),
}
