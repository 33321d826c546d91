"""Meetings in lists: when, with whom, how long the agenda is, and what is missing of what came of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, Q

from agreements import calendar, clock
from agreements.choices import MeetingStatus
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Meeting, Party, User
from agreements.words import Worded, sorting

#: The statuses of a meeting of which it is not said yet whether it was held.
OPEN = (MeetingStatus.TENTATIVE, MeetingStatus.CONFIRMED)


@dataclass(frozen=True)
class Row:
    """A meeting as a list shows it. The points are those about agreements that the reader may see.

    `prepared` counts those with talking points, `missing` what is not recorded yet of what came of a meeting that was
    held: of its points, or of the whole where there are none.
    """

    meeting: Meeting
    title: Worded
    on: FuzzyDate
    hours: str
    format: Worded
    parties: Sequence[Worded]
    points: int
    prepared: int
    missing: int
    outcome: Worded

    @property
    def address(self) -> str:
        """The address of its page."""
        return self.meeting.get_absolute_url()

    @property
    def ahead(self) -> bool:
        """Whether it is still to come: neither held nor cancelled, and its last possible day not past."""
        return self.meeting.status in OPEN and self.on.latest >= clock.today()

    @property
    def overtaken(self) -> bool:
        """Whether its day is past, and nobody has said whether it was held."""
        return self.meeting.status in OPEN and self.on.latest < clock.today()


def counted(meetings: Any, user: User) -> Any:
    """Count the points of each agenda that the user may see: all, those with talking points, those without outcome."""
    seen = Q(agenda__agreement__in=Agreement.objects.for_user(user).kept().order_by())
    return meetings.annotate(
        points=Count("agenda", filter=seen),
        prepared=Count("agenda", filter=seen & ~Q(agenda__talking_points="")),
        unsaid=Count("agenda", filter=seen & Q(agenda__outcome="")),
    )


def missing(status: str, points: int, unsaid: int, *, told: bool) -> int:
    """Return how much is not recorded of what came of a meeting; `told` says that something is told of the whole."""
    return (unsaid if points else int(not told)) if status == MeetingStatus.HELD else 0


def with_parties(meetings: Any) -> Any:
    """Fetch the format and the participants of meetings; two queries, whatever their number."""
    return meetings.select_related("format").prefetch_related(Prefetch("parties", Party.objects.order_by("code")))


def rows_of(meetings: Iterable[Meeting], *, named: bool = True) -> list[Row]:
    """Return meetings that were `counted`, and read `with_parties` where these are to be named, as rows."""
    return [_row(meeting, named=named) for meeting in meetings]


def _row(meeting: Any, *, named: bool) -> Row:
    outcome = meeting.outcome_text
    names = [party.name for party in meeting.parties.all()] if named else []
    return Row(
        meeting=meeting,
        title=meeting.title,
        on=meeting.on,
        hours=calendar.hours(meeting.starts_at, meeting.ends_at, meeting.time_zone),
        format=meeting.format.name,
        parties=sorted(names, key=lambda name: sorting(name.text)),
        points=meeting.points,
        prepared=meeting.prepared,
        missing=missing(meeting.status, meeting.points, meeting.unsaid, told=bool(outcome.text)),
        outcome=outcome,
    )
