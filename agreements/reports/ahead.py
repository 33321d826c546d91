"""What agreements have ahead of them on a day: ends of validity and renewals, planned and computed steps."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from agreements.bonds import Seen
from agreements.choices import Group, Transition
from agreements.dates import FuzzyDate
from agreements.findings import EXPIRY_FAR
from agreements.periods import Period


@dataclass(frozen=True)
class Term:
    """An agreement of which the validity ends, or may be given notice against, within half a year, or has ended."""

    seen: Seen
    period: Period
    days: int
    notice_days: int | None


@dataclass(frozen=True)
class Planned:
    """A signing or an entry into force that is still to come: planned, or computed by the clause."""

    seen: Seen
    step: Transition
    on: FuzzyDate
    by_clause: bool
    days: int | None


def terms(agreements: Iterable[Seen], day: date) -> list[Term]:
    """Return what ends, is renewed, or may be given notice against within half a year, the nearest first."""
    found = [term for seen in agreements if (term := _term(seen, day)) is not None]
    return sorted(found, key=lambda term: (term.period.last, term.seen.record["reference"]))


def planned(agreements: Iterable[Seen], day: date) -> list[Planned]:
    """Return the steps that are planned or computed, the nearest first."""
    found = [one for seen in agreements for one in _planned_of(seen, day)]
    return sorted(found, key=lambda one: (one.on.latest, one.seen.record["reference"], one.step))


def _term(seen: Seen, day: date) -> Term | None:
    period = seen.period
    if period is None or seen.group != Group.OPERATIVE:
        return None
    notice_days = (period.last_notice - day).days if period.last_notice else None
    return Term(seen, period, (period.last - day).days, notice_days) if near(period, day) else None


def near(period: Period, day: date) -> bool:
    """Whether a period ends, or may be given notice against, within half a year, or has ended."""
    return any((last - day).days <= EXPIRY_FAR for last in (period.last, period.last_notice) if last)


def _planned_of(seen: Seen, day: date) -> Iterator[Planned]:
    found = []
    if seen.group == Group.PREPARING:
        found.append((Transition.SIGN, seen.record["planned_signing"]))
    if seen.group in (Group.PREPARING, Group.CONCLUDED):
        found.append((Transition.ENTER_INTO_FORCE, seen.record["planned_entry_into_force"]))
    for step, text in found:
        if text:
            yield _plan(seen, step, FuzzyDate.parse(text), day, by_clause=False)
    if seen.group == Group.CONCLUDED and seen.bond.computed:
        yield _plan(seen, Transition.ENTER_INTO_FORCE, seen.bond.computed, day, by_clause=True)


def _plan(seen: Seen, step: Transition, when: FuzzyDate, day: date, *, by_clause: bool) -> Planned:
    return Planned(seen, step, when, by_clause, None if when.latest == date.max else (when.latest - day).days)
