"""Whose move it is: as somebody named, or as the open tasks, the clause and the procedure say; always answered.

Where a record is read from its chain, `derived` is asked about what the chain tells; where many are listed, about the
columns, with one more that the database computes (`with_consent`). Both give the same for today.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.fields import BooleanField, TextField
from django.db.models.functions import Cast

from agreements import clock
from agreements.choices import ActionKind, Ball, EntryKind, Group, Stage
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry, ProcedureVersion
from agreements.models.prepared import Prepared
from agreements.procedures import Procedure

_CONCLUDED = tuple(Stage.of(Group.CONCLUDED))
#: The computed day of entry into force, as text, while that is still to be recorded: then it says whose move it is.
COMPUTED = Case(
    When(stage__in=_CONCLUDED, then=Cast("computed_entry", TextField())), default=Value(""), output_field=TextField()
)


def derived(
    rules: Procedure, stage: Stage, *, on: date, by_tasks: str = "", computed: FuzzyDate | None = None, consented: bool
) -> Ball:
    """Return whose move it is where nobody was named: by the open tasks, or else as the procedure says.

    Once the clause is met nobody has it, until the day comes on which the own side records the entry into force; once
    the own side has `consented`, the others are awaited.
    """
    if by_tasks:
        return Ball(by_tasks)
    if computed is not None and stage in _CONCLUDED:
        return _after_the_clause(computed, on)
    ball = rules.stages[stage].ball
    return Ball.OTHER if stage == Stage.RATIFYING and ball == Ball.OWN and consented else ball


def _after_the_clause(computed: FuzzyDate, on: date) -> Ball:
    return Ball.OWN if computed.certainly_by(on) else Ball.NOBODY


# ---- from columns ----
def with_consent(agreements: Any) -> Any:
    """Add to agreements `consented`: whether the own side has consented, asked where that decides whose move it is."""
    return agreements.annotate(consented=_consented())


def consenting(keys: Collection[UUID]) -> frozenset[UUID]:
    """Return those of some agreements in which the own side has consented."""
    return frozenset(_consenting(settings.OWN_SIDE)(list(keys)))


@cache
def _consenting(party: str) -> Prepared:
    return Prepared(
        lambda keys: Agreement.objects.filter(_consents_of(party), pk__in=keys).order_by().values_list("pk", flat=True)
    )


#: What of an agreement decides whose move it is, beside its rules and the day.
DECIDING = attrgetter("ball", "stage", "ball_by_tasks", "computed_entry", "consented")


def ball_of(agreement: Any) -> Ball:
    """Return whose move it is today in an agreement that was read `with_consent`, or told whether it `consented`."""
    if agreement.ball:
        return Ball(agreement.ball)
    return derived(
        agreement.rules,
        Stage(agreement.stage),
        on=clock.today(),
        by_tasks=agreement.ball_by_tasks,
        computed=agreement.computed_entry,
        consented=agreement.consented,
    )


@dataclass(frozen=True)
class Known:
    """What lists must know to ask whose move it is: the procedures in use, by digest, and the days by clauses."""

    rules: Mapping[str, Procedure]
    computed: Collection[FuzzyDate]

    @classmethod
    def of(cls, agreements: Any) -> "Known":
        """Read it for agreements, with one query, and one for versions of procedures that are no longer in use."""
        pairs = set(agreements.order_by().values_list("procedure_version__digest", COMPUTED).distinct())
        days = [FuzzyDate.parse(day) for _digest, day in pairs if day]
        return cls(ProcedureVersion.objects.rules(digest for digest, _day in pairs), days)


def condition(chosen: Collection[str], known: Known | None = None) -> Q:
    """Match agreements in which it is the move of any of the chosen ones today."""
    known = known or Known.of(Agreement.objects.all())
    none = Q(pk__in=[])
    by_rule, others = none, none
    for digest, rules in known.rules.items():
        stages = [stage for stage, rule in rules.stages.items() if rule.ball in chosen]
        by_rule |= Q(procedure_version__digest=digest, stage__in=stages)
        if Stage.RATIFYING in rules.stages and rules.stages[Stage.RATIFYING].ball == Ball.OWN:
            others |= Q(procedure_version__digest=digest, stage=Stage.RATIFYING)
    others &= Q(_consents())
    by_procedure = (others if Ball.OTHER in chosen else none) | (by_rule & ~others)
    computed = Q(stage__in=_CONCLUDED) & ~Q(computed_entry="")
    met = computed & Q(
        computed_entry__in=[day for day in known.computed if _after_the_clause(day, clock.today()) in chosen]
    )
    by_tasks = Q(ball_by_tasks__in=chosen) | (Q(ball_by_tasks="") & (met | (~computed & by_procedure)))
    return Q(ball__in=chosen) | (Q(ball="") & by_tasks)


def _consents() -> Exists:
    """Match agreements in which the own side has consented, by entries that were not voided."""
    return _consents_of(settings.OWN_SIDE)


@cache
def _consents_of(party: str) -> Exists:
    kinds = Q()
    for kind in ActionKind.consents():
        kinds |= Q(data__contains=f'"act":"{kind.value}"')
    acts: QuerySet[Entry] = Entry.objects.filter(subject=OuterRef("pk"), kind=EntryKind.ACTION)
    own = acts.filter(kinds, data__contains=f'"party":"{party}"')
    return Exists(own.filter(~Exists(Entry.objects.filter(voids=OuterRef("pk")))))


def _consented() -> Case:
    ratifying = When(stage=Stage.RATIFYING, then=_consents())
    return Case(ratifying, default=Value(False), output_field=BooleanField())
