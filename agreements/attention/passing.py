"""One instrument after another: gaps, overlaps, and what is still in force beside what supersedes it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from agreements import periods
from agreements.attention.alone import YEAR, title_of
from agreements.bonds import Seen
from agreements.choices import Group, RelationKind, Stage
from agreements.dates import FuzzyDate
from agreements.findings import Finding, finding
from agreements.periods import Passage, Passing


@dataclass(frozen=True)
class Between:
    """Two instruments of which one follows the other, by their keys, and the days between them or in common."""

    earlier: UUID
    later: UUID
    passage: Passage


def successors(seen: Mapping[UUID, Seen], kind: RelationKind) -> dict[UUID, list[UUID]]:
    """Return what follows or supersedes each agreement, among those that were read: the reader may see them all."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for key, one in seen.items():
        for relation in one.record.get("relations", ()):
            earlier = UUID(relation["to"])
            if relation["kind"] == kind and earlier in seen:
                found[earlier].append(key)
    return found


def last_day_of(seen: Seen) -> FuzzyDate | None:
    """Return the last day on which an agreement ran that had taken effect; None while none is known."""
    state, period = seen.state, seen.period
    if state is None:
        return None
    if seen.group == Group.ENDED:
        since = state.since.when
        ran_out = state.stage == Stage.EXPIRED and period is not None and period.last < since.latest
        return FuzzyDate.of_day(period.last) if ran_out and period else periods.shifted(since, -1)
    return periods.ending(seen.validity)


def passages_between(seen: Mapping[UUID, Seen], earlier: UUID, later: Sequence[UUID]) -> Iterator[Between]:
    """Yield how an instrument passed into what follows it: the first of several that took effect."""
    going = [key for key in later if seen[key].stage != Stage.WITHDRAWN]
    if seen[earlier].effect is None or not going:
        return
    begun = {key: day for key in going if (day := seen[key].effect) is not None}
    key = min(begun, key=lambda key: (begun[key], str(key))) if begun else going[0]
    found = periods.passage(last_day_of(seen[earlier]), begun.get(key), seen[earlier].as_of)
    if found and found.how != Passing.JOINED:
        yield Between(earlier, key, found)


def of_passage(between: Between, seen: Mapping[UUID, Seen]) -> Iterator[Finding]:
    """Yield the days that lie between two instruments, or that they share, unless they are over for a year."""
    earlier, later, found = seen[between.earlier], seen[between.later], between.passage
    over = found.until is not None and found.until.latest < found.on - timedelta(days=YEAR)
    if over:
        return
    params: dict[str, Any] = {
        "earlier": title_of(earlier),
        "later": title_of(later),
        "since": found.since,
        "until": found.until,
        "days": found.days,
    }
    code = "overlap" if found.how == Passing.OVERLAP else "gap"
    strength = "plain"
    if found.how == Passing.UNSURE:
        template: Any = _("Perhaps a gap, perhaps an overlap about %(since)s: “%(earlier)s”, then “%(later)s”")
    elif found.how == Passing.GAP and found.ongoing:
        strength = "late"
        template = ngettext_lazy(
            "Gap since %(since)s, %(days)s day so far: “%(later)s” has not taken effect after “%(earlier)s”",
            "Gap since %(since)s, %(days)s days so far: “%(later)s” has not taken effect after “%(earlier)s”",
            "days",
        )
    elif found.how == Passing.GAP:
        template = ngettext_lazy(
            "Gap of %(days)s day, from %(since)s to %(until)s, between “%(earlier)s” and “%(later)s”",
            "Gap of %(days)s days, from %(since)s to %(until)s, between “%(earlier)s” and “%(later)s”",
            "days",
        )
    elif found.until is None:
        strength = "soon"
        template = _("Overlap since %(since)s: “%(later)s” has taken effect, and “%(earlier)s” has not ended")
    else:
        strength = "soon" if found.ongoing else "plain"
        template = _("Overlap from %(since)s to %(until)s of “%(earlier)s” and “%(later)s”")
    yield finding(
        earlier, code, strength, template, params=params, day=found.since, days=found.days,
        other=later.record["reference"], target="validity",
    )  # fmt: skip


def still_in_force(seen: Seen, later: Iterable[Seen]) -> Iterator[Finding]:
    """Yield that what supersedes an agreement is in force while that is too (VCLT 59, 30)."""
    if seen.group != Group.OPERATIVE:
        return
    for other in later:
        if other.group == Group.OPERATIVE:
            yield finding(
                seen,
                "predecessor-in-force",
                "soon",
                _("Still in force beside what supersedes it: %(other)s"),
                params={"other": title_of(other)},
                day=other.effect,
                other=other.record["reference"],
                target="steps",
            )
