"""What is missing before a rule is met, as data: exactly what would meet it if it were supplied."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Literal

from agreements.choices import ActionKind, SignatureManner
from agreements.dates import FuzzyDate
from agreements.entry_into_force.clause import (
    Acts,
    After,
    AllOf,
    AnyOf,
    Count,
    FirstOf,
    Fixed,
    Own,
    Provided,
    Rule,
    Share,
)
from agreements.entry_into_force.computing import Reckoning
from agreements.tracks import BINDING_SIGNATURE, Act


@dataclass(frozen=True)
class Need:
    """Something that is missing.

    "acts": `lacking` more parties, out of `needed`, of whom `have` have acted; from among `candidates`, or anybody
    where that is None. "weight": the same in units of a table; `enough` is the shortest list that would do.
    "all" and "any": all of `parts`, or `lacking` many of them. "date": a day that the record does not give (`name`).
    `by`: the day on which it must be there.
    """

    kind: Literal["acts", "weight", "all", "any", "date"]
    acts: Acts = field(default_factory=Acts)
    needed: Fraction = Fraction(0)
    have: Fraction = Fraction(0)
    lacking: Fraction = Fraction(0)
    candidates: tuple[str, ...] | None = None
    enough: tuple[str, ...] = ()
    #: Those among the candidates whose acts may be there already, on days that are not known exactly.
    unsure: tuple[str, ...] = ()
    name: str = ""
    total: Fraction = Fraction(0)
    by: date | None = None
    parts: tuple["Need", ...] = ()

    def leaves(self) -> Iterator["Need"]:
        """Yield what is missing without the structure."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


def lacking(reckoning: Reckoning, rule: Rule, imagined: Reckoning | None = None) -> Need | None:
    """Return what is missing for a rule as of the reckoning's day, or None where only days have to pass.

    `imagined`: the same reckoning with all that is missing; of alternatives, the one that leads to the earliest day
    comes first.
    """
    if reckoning.standing(rule):
        return None
    match rule:
        case Count():
            return _of_count(reckoning, rule)
        case Share():
            return _of_share(reckoning, rule)
        case Fixed(name=name):
            return Need("date", name=name)
        case Own(what=what):
            return Need("date", name=what)
        case After(of=of) | FirstOf(of=of):
            return lacking(reckoning, of, imagined)
        case AllOf(parts=parts):
            return _all([need for part in parts if (need := lacking(reckoning, part, imagined))])
        case AnyOf(parts=parts, least=least):
            if imagined:
                parts = tuple(
                    sorted(parts, key=lambda part: next((span.start for span in imagined.spans(part)), date.max))
                )
            needs = [need for part in parts if (need := lacking(reckoning, part, imagined))]
            more = least - (len(parts) - len(needs))
            if more == len(needs):
                return _all(needs)
            return Need("any", lacking=Fraction(more), parts=tuple(needs))
        case Provided(on=on, condition=condition, otherwise=otherwise):
            # After the day a threshold must stand that was not lost before it.
            later = lacking(replace(reckoning, since=on, _spans={}), otherwise, imagined)
            sooner = lacking(reckoning, condition, imagined) if reckoning.on <= on else None
            if sooner is None or sooner == later:
                return later
            sooner = replace(sooner, by=on)
            return sooner if later is None else Need("any", lacking=Fraction(1), parts=(sooner, later))


def _all(needs: list[Need]) -> Need | None:
    if len(needs) > 1:
        return Need("all", parts=tuple(needs))
    return needs[0] if needs else None


def _of_count(reckoning: Reckoning, rule: Count) -> Need:
    day, acts = reckoning.on, rule.acts
    present = reckoning.present(rule, day)
    have, needed = reckoning.weigh(rule, present, day), reckoning.needed(rule, day)
    candidates: tuple[str, ...] | None = None
    if rule.limited:
        candidates = tuple(sorted(reckoning.base(rule, day) - present))
    elif acts.among is not None:
        candidates = tuple(code for code in acts.among if code not in present and code not in acts.besides)
    if candidates is not None:
        candidates = tuple(code for code in candidates if _would_count(reckoning, rule, present, code))
    early = reckoning.possible.present(rule, day) if reckoning.possible and candidates else set()
    unsure = tuple(code for code in candidates or () if code in early)
    enough = (candidates or ())[: int(needed - have)]
    return Need("acts", acts, needed, have, needed - have, candidates, enough, unsure)


def _of_share(reckoning: Reckoning, rule: Share) -> Need:
    day, weights = reckoning.on, rule.table.weights
    present = reckoning.present(rule, day)
    have, needed = reckoning.weigh(rule, present, day), reckoning.needed(rule, day)
    candidates = sorted(
        (
            code
            for code, weight in weights.items()
            if weight > 0
            and code not in present
            and code not in rule.acts.besides
            and (rule.acts.among is None or code in rule.acts.among)
            and _would_count(reckoning, rule, present, code)
        ),
        key=lambda code: (-weights[code], code),
    )
    chosen: list[str] = []
    while candidates[len(chosen) :] and not reckoning.enough(
        rule, reckoning.weigh(rule, present | {*chosen}, day), day
    ):
        chosen.append(candidates[len(chosen)])
    return Need(
        "weight",
        rule.acts,
        needed,
        have,
        needed - have,
        tuple(candidates),
        tuple(chosen),
        name=rule.table.name,
        total=rule.table.total,
    )


def _would_count(reckoning: Reckoning, rule: Count | Share, present: set[str], code: str) -> bool:
    day = reckoning.on
    if reckoning.gone(code, day):
        return False
    return reckoning.weigh(rule, present | {code}, day) > reckoning.weigh(rule, present, day)


def supply(need: Need, day: date) -> list[Act]:
    """Return acts that would meet a need if they came on a day; parties that anybody may be are called ?1, ?2, …

    Raises ValueError where a day is missing that no act can bring.
    """
    found: list[Act] = []
    _supply(need, day, found)
    return found


def _supply(need: Need, day: date, found: list[Act]) -> None:
    match need.kind:
        case "all":
            for part in need.parts:
                _supply(part, day, found)
        case "any":
            for part in [part for part in need.parts if not part.by or day <= part.by][: int(need.lacking)]:
                _supply(part, day, found)
        case "acts":
            chosen = need.candidates
            if chosen is None:
                chosen = tuple(f"?{number}" for number in range(1, int(need.lacking) + 1))
            found += [_act(need.acts, party, day) for party in chosen[: int(need.lacking)]]
        case "weight":
            found += [_act(need.acts, party, day) for party in need.enough]
        case _:
            raise ValueError(need.name)


def _act(acts: Acts, party: str, day: date) -> Act:
    kind = acts.kinds[0] if acts.kinds else ActionKind.RATIFICATION.value
    on = FuzzyDate.of_day(day)
    if kind in ("signature", "definitive_signature", BINDING_SIGNATURE):
        return Act(party, ActionKind.SIGNATURE, on, on, on, manner=SignatureManner.DEFINITIVE)
    return Act(party, ActionKind(kind), on, on, on)
