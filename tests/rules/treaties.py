"""Real treaties as rows of a table: clause, acts, and the answer to the day and to the word.

Where the whole list of instruments is not at hand, those before the trigger are synthetic: `filler` makes them, with
codes that begin with “f”. The trigger's day and parties are real. No-break spaces are written as “~”.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from agreements.choices import ActionKind
from agreements.dates import FuzzyDate
from agreements.entry_into_force import Outcome, compute, parse
from agreements.tracks import Act, Participant

RATIFICATION = ActionKind.RATIFICATION


@dataclass(frozen=True)
class Row:
    """A treaty's clause with the acts up to a day, and what must come out. `on` is the trigger's day by default."""

    source: str
    clause: Any
    acts: Sequence[Act]
    trigger: str | None
    by: str
    date: str | None
    lines: str
    on: str = ""
    participants: dict[str, Participant] = field(default_factory=dict)
    supposing: str = ""

    def __str__(self) -> str:
        return self.source

    def compute(self, acts: Sequence[Act] | None = None) -> Outcome:
        """Answer the clause, of these acts if others are given."""
        return compute(
            parse(json.loads(self.clause) if isinstance(self.clause, str) else self.clause),
            self.acts if acts is None else acts,
            date.fromisoformat(self.on or str(self.trigger)),
            participants=self.participants or None,
            supposing=date.fromisoformat(self.supposing) if self.supposing else None,
        )


def act(party: str, on: str, kind: str = "ratification", **given: Any) -> Act:
    """Return an act, its days as people write them."""
    days = {name: FuzzyDate.parse(value) for name, value in given.items() if name in ("received", "effective")}
    return Act(party, ActionKind(kind), FuzzyDate.parse(on), **{**given, **days})


def acts(parties: str, on: str, kind: str = "ratification", **given: Any) -> list[Act]:
    """Return the same act of several parties."""
    return [act(party, on, kind, **given) for party in parties.split()]


def filler(number: int, before: str, kind: str = "ratification", prefix: str = "f") -> list[Act]:
    """Return synthetic instruments, one a day up to the day before."""
    day = date.fromisoformat(before)
    return [
        Act(f"{prefix}{place}", ActionKind(kind), FuzzyDate.of_day(day - timedelta(days=number + 1 - place)))
        for place in range(1, number + 1)
    ]


def states(codes: str | Sequence[str]) -> dict[str, Participant]:
    """Return participants that are states."""
    return {code: Participant(code) for code in (codes.split() if isinstance(codes, str) else codes)}


def codes(number: int, prefix: str = "f") -> list[str]:
    """Return the codes of synthetic states."""
    return [f"{prefix}{place}" for place in range(1, number + 1)]


def nth_after(days: int, number: int) -> dict[str, Any]:
    """Return the most usual clause: so many days after the Nth instrument, for later joiners after their own."""
    return {
        "enters_into_force": {"after": {"days": days}, "of": {"instruments": number}},
        "later_joiners": {"after": {"days": days}, "of": {"own": "instrument"}},
    }


def told(text: str) -> str:
    """Return a text in which “~” stands for a no-break space."""
    return text.replace("~", "\u00a0")
