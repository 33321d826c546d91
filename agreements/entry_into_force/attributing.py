"""Whose acts reached a threshold, where the days of acts are not known exactly: all whose act may have been the last.

A party may have reached it if its act can have come between the first and the last day on which it can have been
reached: early reckoned and late. Nobody else can, and if only one party may have, it did.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from agreements.entry_into_force.clause import Acts, Count, Share
from agreements.entry_into_force.computing import Cause, Reckoning
from agreements.tracks import Act


def attributed(cause: Cause, early: Reckoning, late: Reckoning) -> Cause:
    """Return a cause of the late reckoning, its parties being all that may have brought it about; `sure`: they did."""
    below = tuple(attributed(part, early, late) for part in cause.below)
    if not isinstance(cause.rule, Count | Share) or not cause.parties:
        return replace(cause, below=below)
    sooner = _early(cause, early)
    certain = _certain(sooner, cause)
    parties = certain or _may_have(cause, min(sooner.day, cause.day), cause.day, early, late)
    return replace(cause, parties=tuple(sorted(parties)), sure=bool(certain) or len(parties) == 1)


def triggered(cause: Cause, first: date, early: Reckoning, late: Reckoning) -> tuple[tuple[str, ...], bool]:
    """Return who reached the last threshold of an attributed cause, not before a day, and whether it was they for
    certain.
    """
    reached = cause.thresholds()
    ends = [one for one in reached if one.day >= first]
    found: set[str] = set()
    for one in ends:
        begun = _early(one, early).day
        parties = set(one.parties)
        found |= parties if begun >= first or not parties else parties & _may_have(one, first, one.day, early, late)
    last = max((one.day for one in reached), default=first)
    sure = first == last and all(one.sure for one in ends)
    return tuple(sorted(found)), sure or len(found) == 1


def _early(cause: Cause, early: Reckoning) -> Cause:
    """Return how the same threshold was first reached by the early reckoning."""
    spans = early.spans(cause.rule)
    return spans[0].cause if spans else cause


def _certain(sooner: Cause, later: Cause) -> set[str]:
    """Return who reached it on a day that is certain, however the other days are taken."""
    return set(sooner.parties) & set(later.parties) if sooner.day == later.day else set()


def _may_have(cause: Cause, first: date, last: date, early: Reckoning, late: Reckoning) -> set[str]:
    """Return the parties that count for a threshold and whose act can have come between two days."""
    rule = cause.rule
    assert isinstance(rule, Count | Share)  # noqa: S101 - nothing else is reached by acts
    begun, ended = dict(_arrivals(rule.acts, early)), dict(_arrivals(rule.acts, late))
    present = {act.party for act, day in begun.items() if day <= last}
    counted = late.counted(rule.acts, present, last)
    return {
        act.party
        for act in {**begun, **ended}
        if begun.get(act, date.min) <= last
        and ended.get(act, date.max) >= first
        and act.party in counted
        and late.weigh(rule, {act.party}, last)
    }


def _arrivals(acts: Acts, reckoning: Reckoning) -> Iterator[tuple[Act, date]]:
    """Yield the acts that let a party count which did not yet, each with its day."""
    last: dict[str, date | None] = {}
    for consent in reckoning.consents(acts):
        end = last.get(consent.party, consent.start)
        if end is not None and end <= consent.start:
            yield consent.act, consent.start
            last[consent.party] = consent.end
        elif end is not None:
            last[consent.party] = None if consent.end is None else max(end, consent.end)
