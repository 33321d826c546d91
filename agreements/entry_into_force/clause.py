"""A clause as data: the rules that it is built from. Every rule holds from some day on; they combine freely."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Literal

from agreements.dates import FuzzyDate
from agreements.tracks import TACIT_ACCEPTANCE_MONTHS, Basis
from agreements.words import Texts

Organisations = Literal["counted", "not_counted", "not_beside_members"]
#: What a threshold may be measured against besides a named group: those who take part, or those who signed.
PARTICIPANTS, SIGNATORIES = "participants", "signatories"
#: The named group of a threshold, or no limit at all.
GROUP, ANYBODY = "group", "anybody"


@dataclass(frozen=True)
class Acts:
    """Which acts count: of which kinds (None: any consent), by whom (None: anybody), on which of their days."""

    kinds: tuple[str, ...] | None = None
    among: tuple[str, ...] | None = None
    besides: frozenset[str] = frozenset()
    basis: Basis = Basis.RECEIVED
    organisations: Organisations = "counted"
    #: What the clause calls those by whom.
    group: str = ""


@dataclass(frozen=True)
class Count:
    """So many parties have acted: a number, or a fraction of a base (all: the fraction 1).

    The base is `participants`, `signatories`, `group` (the parties of `acts.among`), or a number fixed in the clause;
    a number may also be asked of `anybody`.
    """

    acts: Acts
    number: int | None = None
    fraction: Fraction | None = None
    more_than: bool = False
    base: str | int = PARTICIPANTS

    @property
    def limited(self) -> bool:
        """Whether only those of the base count."""
        return self.base in (PARTICIPANTS, SIGNATORIES, GROUP)


@dataclass(frozen=True)
class Table:
    """Weights frozen with the clause, and their total: a party that is not in the table weighs nothing."""

    name: str
    weights: Mapping[str, Fraction]
    total: Fraction

    @cached_property
    def unit(self) -> int:
        """Into how many parts one is divided so that every weight is a whole number of them: fractions are slow."""
        return lcm(*(weight.denominator for weight in self.weights.values()))

    @cached_property
    def parts(self) -> Mapping[str, int]:
        """The weights in such parts."""
        return {code: int(weight * self.unit) for code, weight in self.weights.items()}


@dataclass(frozen=True)
class Share:
    """Parties that together have a share of a table have acted."""

    acts: Acts
    share: Fraction
    table: Table
    more_than: bool = False


@dataclass(frozen=True)
class Fixed:
    """A day that the clause states, or one that it names and the agreement's record gives."""

    day: FuzzyDate | None
    name: str = ""


@dataclass(frozen=True)
class After:
    """A period after another rule is met: days, then months, of which the clause puts so many as `years`.

    `clear`: the days between must be full ones. `overflow`: where the month has no such day, the next month begins.
    `lasting`: the other rule must still hold when the period ends.
    """

    of: "Rule"
    days: int = 0
    months: int = 0
    years: int = 0
    clear: bool = False
    overflow: bool = False
    lasting: bool = False


@dataclass(frozen=True)
class FirstOf:
    """The first day of the Nth month, or year, following the day on which another rule is met.

    `inclusive`: a day that is itself a first day counts as the first. `from_month`: counted from the month of the
    trigger, as some clauses put it, not from its date.
    """

    of: "Rule"
    nth: int = 1
    unit: Literal["month", "year"] = "month"
    inclusive: bool = False
    from_month: bool = False


@dataclass(frozen=True)
class AllOf:
    """All rules hold. `words` says how the clause puts it: "all", "later" (the later of), "not_before"."""

    parts: tuple["Rule", ...]
    words: Literal["all", "later", "not_before"] = "all"


@dataclass(frozen=True)
class AnyOf:
    """So many of the rules hold; by default one."""

    parts: tuple["Rule", ...]
    least: int = 1


@dataclass(frozen=True)
class Provided:
    """A fixed day if a condition holds on it; otherwise another rule, and never before that day."""

    on: date
    condition: "Rule"
    otherwise: "Rule"


@dataclass(frozen=True)
class Own:
    """What concerns one party: its own instrument, its own notice, the day on which it became bound, and the one on
    which the agreement entered into force.
    """

    what: Literal["instrument", "notice", "bound", "agreement"]


Rule = Count | Share | Fixed | After | FirstOf | AllOf | AnyOf | Provided | Own


@dataclass(frozen=True)
class Later:
    """The rule for those who join later: after the threshold was met, or after the entry into force."""

    rule: Rule
    after: Literal["threshold", "entry_into_force"] = "threshold"


@dataclass(frozen=True)
class Leaving:
    """When a denunciation takes effect, and before which day no notice may be given."""

    takes_effect: Rule
    notice_not_before: Rule | None = None


@dataclass(frozen=True)
class Clause:
    """An entry-into-force clause, with the rules that go with it."""

    rule: Rule
    later: Later | None = None
    provisional: Rule | None = None
    leaving: Leaving | None = None
    text: Texts = field(default_factory=dict)
    source: str = ""
    dates: Mapping[str, FuzzyDate] = field(default_factory=dict)
    withdrawn_count: bool = False
    former_members: Literal["counted", "not_counted"] = "counted"
    reservation_months: int = TACIT_ACCEPTANCE_MONTHS
    signature_needed: bool = True

    @property
    def exact(self) -> bool:
        """Whether every day that it states or names is known to the day."""
        rules = [
            self.rule,
            *([self.later.rule] if self.later else []),
            *([self.provisional] if self.provisional else []),
        ]
        days = [*self.dates.values(), *(rule.day for one in rules for rule in walk(one) if isinstance(rule, Fixed))]
        return all(day is None or day.earliest == day.latest for day in days)


def parts_of(rule: Rule) -> tuple[Rule, ...]:
    """Return the rules that a rule is directly built from."""
    match rule:
        case After(of=of) | FirstOf(of=of):
            return (of,)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return parts
        case Provided(condition=condition, otherwise=otherwise):
            return (condition, otherwise)
        case _:
            return ()


def walk(rule: Rule) -> Iterator[Rule]:
    """Yield a rule and all rules below it."""
    yield rule
    for part in parts_of(rule):
        yield from walk(part)


def with_thresholds(rule: Rule, change: Callable[[Count | Share], Rule]) -> Rule:
    """Return a rule in which every threshold is changed."""
    match rule:
        case Count() | Share():
            return change(rule)
        case After(of=of) | FirstOf(of=of):
            return replace(rule, of=with_thresholds(of, change))
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return replace(rule, parts=tuple(with_thresholds(part, change) for part in parts))
        case Provided(condition=condition, otherwise=otherwise):
            changed = with_thresholds(condition, change), with_thresholds(otherwise, change)
            return replace(rule, condition=changed[0], otherwise=changed[1])
        case _:
            return rule


def named_in(clause: Clause) -> set[str]:
    """Return the codes of the parties that a clause names: in its groups, lists and tables."""
    rules = [clause.rule, clause.later and clause.later.rule, clause.provisional]
    found: set[str] = set()
    for rule in (part for one in rules if one for part in walk(one)):
        if isinstance(rule, Count | Share):
            found |= {*(rule.acts.among or ()), *rule.acts.besides}
        if isinstance(rule, Share):
            found |= rule.table.weights.keys()
    return found


def can_go_down(rule: Rule) -> bool:
    """Whether more acts can undo the rule: its base grows with signatures, or organisations give way to members."""
    if isinstance(rule, Count) and rule.base == SIGNATORIES and rule.number is None:
        return True
    if isinstance(rule, Share | Count) and rule.acts.organisations == "not_beside_members":
        return True
    return any(can_go_down(part) for part in parts_of(rule))
