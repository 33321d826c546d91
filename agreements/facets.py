"""Facets: by what the list of agreements is narrowed, put in order and told, and what that asks of the columns.

The names are those of the list's address and of saved views; where the API has the same filter it has the same name.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from django.conf import settings
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils import timezone

from agreements import clock, procedures
from agreements.choices import Ball, Group, InstrumentKind, Stage, TaskStatus
from agreements.dates import FuzzyDate
from agreements.duties import DUE_SOON
from agreements.findings import EXPIRY_LATE, EXPIRY_SOON, LABELS, STRENGTHS
from agreements.models import Agreement, Area, Participant, Party, ProcedureVersion, Task, Unit, User

#: What gives the codes that a user may name.
Codes = Callable[[User], Iterable[str]]

#: The facets in the order of the page.
FACETS = (
    "attention", "group", "stage", "ball", "party", "area", "kind", "procedure", "binding", "lead_unit", "officer",
    "hold",
)  # fmt: skip
#: The value of those that name no lead unit, or no officer; no code and no account can be called so.
NOT_NAMED = "~none"
#: The dates between which agreements may be looked for.
SPANS = ("valid_until", "planned_signing", "since", "changed_at")
#: By what the list may be put in order; otherwise what needs attention comes first.
ORDERS = ("title", "reference", "stage", "days", "planned", "valid_until", "changed", "ball")
#: What the list may tell of an agreement beside its title, in the order of the page; and what it tells unasked.
COLUMNS = (
    "reference", "stage", "since", "days", "next", "ball", "parties", "area", "kind", "procedure", "lead_unit",
    "officer", "validity", "changed", "level",
)  # fmt: skip
USUAL_COLUMNS = ("stage", "days", "next", "ball")


class Scope(StrEnum):
    """Whose agreements are meant: the reader's own, those of the reader's unit, or all that the reader may see."""

    MINE = "mine"
    UNIT = "unit"
    ALL = "all"


# ---- what may be asked for ----
def vocabulary(values: Collection[str]) -> Codes:
    """Return what gives the same codes to everybody."""
    return lambda _user: values


def parties(user: User) -> Iterable[str]:
    """Return the codes of parties."""
    return Party.objects.for_user(user).values_list("code", flat=True)


def _procedures(user: User) -> set[str]:
    stored = ProcedureVersion.objects.for_user(user).order_by("code").values_list("code", flat=True).distinct()
    return {*procedures.load(settings.PROCEDURES_DIR), *stored}


def _units(user: User) -> list[str]:
    return [NOT_NAMED, *Unit.objects.for_user(user).values_list("code", flat=True)]


def _officers(user: User) -> list[str]:
    """Return the responsible officers of what the user may see, and no other account."""
    seen = Agreement.objects.for_user(user).filter(officer__isnull=False).order_by("officer__username")
    return [NOT_NAMED, *seen.values_list("officer__username", flat=True).distinct()]


#: The facets of which the values are always the same.
VALUES: Mapping[str, Sequence[str]] = {
    # How strong something is that needs attention, or what it is.
    "attention": (*STRENGTHS, *LABELS),
    "group": Group.values,
    "stage": Stage.values,
    "ball": Ball.values,
    "kind": InstrumentKind.values,
    "binding": ["yes", "no"],
    "hold": ["yes"],
}
KNOWN: Mapping[str, Codes] = {
    **{name: vocabulary(values) for name, values in VALUES.items()},
    "party": parties,
    "area": lambda user: Area.objects.for_user(user).values_list("code", flat=True),
    "procedure": _procedures,
    "lead_unit": _units,
    "officer": _officers,
}


@dataclass(frozen=True)
class Span:
    """The days from the first to the last, both included; None leaves that side open."""

    first: date | None = None
    last: date | None = None

    def __bool__(self) -> bool:
        return self.first is not None or self.last is not None

    def holds(self, when: FuzzyDate | date | None) -> bool:
        """Whether a date can lie in it; no date lies in none."""
        if when is None:
            return False
        earliest, latest = (when.earliest, when.latest) if isinstance(when, FuzzyDate) else (when, when)
        return (self.first is None or latest >= self.first) and (self.last is None or earliest <= self.last)


# ---- what the columns say ----
def lying_on(user: User, scope: Scope) -> Q:
    """Match the agreements of a scope.

    Somebody's own are those he answers for, those his unit leads, and those with an open task of his or of his unit;
    and what those answer for, and have to do, in whose place he acts today.
    """
    match scope:
        case Scope.MINE:
            return user.held_as("officer") | _with_task_of(user.held_as("person")) | lying_on(user, Scope.UNIT)
        case Scope.UNIT if user.unit_id is None:
            return Q(pk__in=[])
        case Scope.UNIT:
            return Q(lead_unit=user.unit_id) | _with_task_of(Q(unit=user.unit_id))
    return Q()


def _with_task_of(whose: Q) -> Q:
    """Match agreements with an open task; the tasks of a person or a unit are few, and are found once."""
    return Q(pk__in=Task.objects.filter(whose, status=TaskStatus.OPEN).order_by().values("agreement"))


def taking_part(codes: Iterable[str], agreement: str = "pk") -> Exists:
    """Match agreements in which any of the parties takes part."""
    return Exists(Participant.objects.filter(agreement=OuterRef(agreement), party__code__in=codes))


def _within(areas: Iterable[str]) -> Exists:
    through = Agreement.areas.through._default_manager
    return Exists(through.filter(agreement=OuterRef("pk"), area__code__in=areas))


def _that_bind(asked: Collection[str]) -> Q:
    rules = ProcedureVersion.objects.rules(ProcedureVersion.objects.order_by().values_list("digest", flat=True))
    kept = [digest for digest, one in rules.items() if ("yes" if one.binding else "no") in asked]
    return Q(procedure_version__digest__in=kept)


def _named(column: str, code: str) -> Callable[[list[str]], Q]:
    def condition(codes: list[str]) -> Q:
        nobody = Q(**{f"{column}__isnull": True}) if NOT_NAMED in codes else Q(pk__in=[])
        return nobody | Q(**{f"{column}__{code}__in": codes})

    return condition


#: What agreements fulfil that have one of the values; who must act and what needs attention is asked elsewhere.
CONDITIONS: Mapping[str, Callable[[list[str]], Q]] = {
    "group": lambda groups: Q(stage__in=Stage.of(*map(Group, groups))),
    "stage": lambda stages: Q(stage__in=stages),
    "party": lambda codes: Q(taking_part(codes)),
    "area": lambda codes: Q(_within(codes)),
    "kind": lambda kinds: Q(kind__in=kinds),
    "procedure": lambda codes: Q(procedure_version__code__in=codes),
    "binding": _that_bind,
    "lead_unit": _named("lead_unit", "code"),
    "officer": _named("officer", "username"),
    "hold": lambda _yes: Q(on_hold=True),
}


def between(name: str, span: Span) -> Q:
    """Match agreements of which a date can lie in a span. One query where the column keeps dates with a precision."""
    first, last = span.first, span.last
    match name:
        case "planned_signing":
            dated = Agreement.objects.exclude(planned_signing="").order_by()
            kept = dated.values_list("planned_signing", flat=True).distinct()
            return Q(planned_signing__in=[when for when in kept if span.holds(when)])
        case "since":
            found = Q(since_latest__gte=first) if first else Q()
            return found & (Q(since_earliest__lte=last) if last else Q())
        case "changed_at":
            found = Q(changed_at__gte=_midnight(first)) if first and first > date.min else Q()
            return found & (Q(changed_at__lt=_midnight(last + timedelta(days=1))) if last and last < date.max else Q())
        case _:
            found = Q(valid_until__gte=first) if first else Q()
            return found & (Q(valid_until__lte=last) if last else Q())


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def urgency() -> Case:
    """Return the order of attention, asked of the columns: 0 late, 1 soon, 2 neither.

    It is that of the marks beside an agreement: what ends soon, what is to be signed without a date, and open tasks.
    """
    today = clock.today()
    # What is renewed does not end; that a notice was given, and it ends after all, the columns do not say.
    operative = Q(stage__in=Stage.of(Group.OPERATIVE), renewal_years=None)
    ended = operative & Q(valid_until__lte=today + timedelta(days=EXPIRY_LATE))
    ending = operative & Q(valid_until__lte=today + timedelta(days=EXPIRY_SOON))
    undated = Q(stage=Stage.SIGNING, planned_signing="")
    return Case(
        When(ended | with_task_due(today - timedelta(days=1)), then=Value(0)),
        When(ending | undated | with_task_due(today + timedelta(days=DUE_SOON)), then=Value(1)),
        default=Value(2),
    )


def with_task_due(by: date) -> Q:
    """Match agreements with an open task that is due by a day; the index `task_open_due` finds those at once."""
    return Q(pk__in=Task.objects.filter(status=TaskStatus.OPEN, due_by__lte=by).order_by().values("agreement"))
