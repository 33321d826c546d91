"""Where an agreement stood one stage after the other: the stays at stages that reports draw and list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from django.utils.translation import gettext as _

from agreements.bonds import Seen
from agreements.choices import Certainty, Group, Stage
from agreements.dates import FuzzyDate
from agreements.procedures import Procedure
from agreements.reports.document import Span, Steps

#: The part of a picture that is drawn for what is not known to have begun on any day.
_HINT = 0.03


@dataclass(frozen=True)
class Stay:
    """A stay at a stage: since when, and until when the next stage was reached (None: it lasts).

    `reported` says that the stage was reached by the day, which is that of a report on it; `certain` that it had been
    reached for certain by the day that is looked at.
    """

    stage: Stage
    label: str
    since: FuzzyDate
    certainty: Certainty
    until: FuzzyDate | None = None
    until_certainty: Certainty = Certainty.FIRM
    reported: bool = False
    certain: bool = True

    @property
    def when(self) -> str:
        """The time of the stay in words; what is open at an end, or not known there, has a dash alone."""
        since = _told(self.since, self.certainty)
        if self.until is None:
            return f"{since} –"
        if self.since == self.until:
            return since
        until = _told(self.until, self.until_certainty)
        return f"– {until}" if self.since.earliest == date.min else f"{since} – {until}"

    @property
    def words(self) -> str:
        """The stage in words, and whether it was only perhaps reached."""
        return self.label if self.certain else _("possibly: %(status)s") % {"status": self.label.lower()}


def stays_in(seen: Seen) -> tuple[Stay, ...]:
    """Return the stays of an agreement as far as they had begun by the day, certainly or perhaps, the first first."""
    line = [entry for entry in seen.chain.by(seen.as_of).line if entry.to_stage]
    reached = seen.state.since.position if seen.state else -1
    rows = [seen.chain.by_id[entry.id] for entry in line]
    return tuple(
        Stay(
            stage=entry.to_stage,
            label=seen.rules.stage_label(entry.to_stage),
            since=entry.when,
            certainty=Certainty(row["certainty"]),
            until=left.when if left else None,
            until_certainty=Certainty(next_row["certainty"]) if next_row else Certainty.FIRM,
            reported=entry.reported,
            certain=entry.position <= reached,
        )
        for entry, row, left, next_row in zip(line, rows, [*line[1:], None], [*rows[1:], None], strict=True)
        if entry.to_stage
    )


def _told(when: FuzzyDate, certainty: Certainty) -> str:
    return str(when) if certainty in (Certainty.FIRM, Certainty.DISPUTED) else f"{when} ({certainty.label})"


def steps_of(rules: Procedure, stage: Stage | None) -> Steps | None:
    """Return how far an agreement is in its procedure; None where it has ended, or no stage is certain."""
    if stage is None or stage.group == Group.ENDED:
        return None
    path, order = rules.path, list(Stage)
    at = len(path) if stage.group == Group.OPERATIVE else sum(order.index(one) <= order.index(stage) for one in path)
    return Steps(at, len(path), stage.group)


def spans_of(stays: Sequence[Stay], first: date, now: date) -> list[Span]:
    """Return the stays as spans of a timeline between two days; imprecise bounds are told, to be drawn hatched."""
    return list(_spans(stays, first, now))


def _spans(stays: Sequence[Stay], first: date, now: date) -> Iterator[Span]:
    def within(day: date) -> date:
        return min(max(day, first), now)

    # Of what is not known at all a little is drawn before the day that is.
    hint = (now - first) * _HINT
    before = [None, *(stay.since.latest for stay in stays[:-1])]
    reaching = [_earliest(stay, previous, hint) for stay, previous in zip(stays, before, strict=True)]
    for stay, begun, (_here, left) in zip(stays, reaching, pairwise([*reaching, None]), strict=True):
        yield Span(
            first=within(begun),
            last=within(stay.until.latest) if stay.until else now,
            label=stay.words,
            when=stay.when,
            group=stay.stage.group,
            certain=stay.certain,
            sure_from=within(stay.since.latest),
            sure_until=within(left) if left else now,
        )


def _earliest(stay: Stay, before: date | None, hint: timedelta) -> date:
    """Return the first day on which the stage may have been reached; of a report no more is known than that it was."""
    if stay.reported and before:
        return before
    if stay.since.earliest == date.min and stay.since.latest != date.max:
        return max(before or date.min, stay.since.latest - hint)
    return stay.since.earliest


def begun(stays: Sequence[Stay]) -> date | None:
    """Return the first day that is known of a life."""
    days = [day for stay in stays for day in (stay.since.earliest, stay.since.latest)]
    return min((day for day in days if day not in (date.min, date.max)), default=None)
