"""Agreements by their columns: how many there are of each kind, and which of many are worth a closer look. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from agreements import periods
from agreements.choices import Ball, Group, Stage
from agreements.dates import FuzzyDate
from agreements.procedures import Procedure

#: What is to come within so many days is due soon; what happened within so many days has moved lately.
AHEAD, LATELY = 90, 90
#: So many agreements are looked at closely at most; where there are no more, all of them are.
CLOSELY = 200


class Row(NamedTuple):
    """What the columns of an agreement say of it today. `since` is the last day on which it can have come there.

    `id` is its key as it is written: those of all are compared, those of few are looked at.
    """

    id: str
    rules: Procedure
    stage: Stage
    since: date
    ball: Ball
    on_hold: bool = False
    planned_signing: FuzzyDate | None = None
    planned_entry: FuzzyDate | None = None
    computed_entry: FuzzyDate | None = None
    valid_until: date | None = None
    renewal_years: int | None = None
    notice_months: int | None = None

    @property
    def group(self) -> Group:
        """The group of its stage."""
        return self.stage.group

    @property
    def moving(self) -> bool:
        """Whether somebody has to act in it: it has not ended, and is not on hold."""
        return not self.on_hold and self.group != Group.ENDED

    def over(self, today: date) -> int:
        """Return by how many days it is in its stage for longer than usual; 0 where nothing is usual, or not longer."""
        usual = self.rules.stages[self.stage].usual_days
        if usual is None or self.on_hold or self.group not in (Group.PREPARING, Group.CONCLUDED):
            return 0
        return max(0, (today - self.since).days - usual)

    def days(self, today: date) -> Iterator[date]:
        """Yield the days that are ahead of it, or that have passed without what was expected of them."""
        if self.group == Group.PREPARING:
            yield from _last(self.planned_signing)
        if self.group in (Group.PREPARING, Group.CONCLUDED):
            yield from _last(self.planned_entry)
        if self.group == Group.CONCLUDED:
            yield from _last(self.computed_entry)
        if self.group == Group.OPERATIVE and self.valid_until:
            validity = periods.Validity(
                until=self.valid_until, renewal_years=self.renewal_years, notice_months=self.notice_months
            )
            if period := periods.period_on(validity, today):
                yield period.last
                if period.last_notice and period.last_notice >= today:
                    yield period.last_notice


def _last(when: FuzzyDate | None) -> Iterator[date]:
    if when is not None and when.latest != date.max:
        yield when.latest


@dataclass
class Sifted:
    """The agreements of a desk by what their columns say: each list in the order in which the desk tells of it."""

    number: int = 0
    stages: Counter[Stage] = field(default_factory=Counter)
    late: list[str] = field(default_factory=list)
    soon: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    all: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether there are so few that all of them are looked at."""
        return self.number <= CLOSELY

    def closely(self, named: Iterable[UUID], each: int) -> list[UUID]:
        """Return which to look at: all of a few; of many those `named`, and so many of each list, in turn."""
        if self.whole:
            return [UUID(key) for key in self.all]
        lists = (self.late, self.soon, self.held, self.waiting, self.stuck, self.own)
        return list(dict.fromkeys([*named, *(UUID(key) for keys in lists for key in keys[:each])]))


def sift(rows: Sequence[Row], today: date) -> Sifted:
    """Return the agreements by what their columns say.

    The late and the due come by their days, the others with those first that have been where they are for longest; the
    stuck with those first that are most over what is usual.
    """
    found = Sifted(number=len(rows), all=[row.id for row in rows])
    late: list[tuple[date, str]] = []
    soon: list[tuple[date, str]] = []
    over: list[tuple[int, str]] = []
    horizon = today + timedelta(days=AHEAD)
    for row in sorted(rows, key=lambda row: (row.since, row.id)):
        found.stages[row.stage] += 1
        if row.on_hold:
            found.held.append(row.id)
        elif row.moving and row.ball == Ball.OWN:
            found.own.append(row.id)
        elif row.moving and row.ball in (Ball.OTHER, Ball.DEPOSITARY):
            found.waiting.append(row.id)
        if days := row.over(today):
            over.append((-days, row.id))
        for day in row.days(today):
            if day <= horizon:
                (late if day < today else soon).append((day, row.id))
    found.late = [key for _day, key in sorted(late)]
    found.soon = [key for _day, key in sorted(soon)]
    found.stuck = [key for _days, key in sorted(over)]
    return found
