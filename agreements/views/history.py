"""The history on the page of an agreement, and whether its journal is as it was written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from agreements import changes, clock
from agreements.changes import Dictionary
from agreements.choices import EntryKind
from agreements.journal import Fault
from agreements.models import Agreement, User
from agreements.reports.document import Timeline
from agreements.reports.movements import Teller
from agreements.timeline import Event
from agreements.views import story
from agreements.views.kinds import Chip, Kinds
from agreements.views.standpoint import Standpoint
from agreements.views.story import Chapter, Correction, Day

#: Where the history stands on the page.
ANCHOR = "#history"


class Edit(NamedTuple):
    """A change of data: the entry, and in words what was changed."""

    event: Event
    changes: Sequence[changes.Change]


@dataclass(frozen=True)
class History:
    """What happened, the latest first, as far as the reader wants it told; `rest` is folded away.

    `days` are those from which to look back; `life` is where it stood one stage after the other, to scale.
    """

    chapters: Sequence[Chapter]
    rest: Sequence[Chapter]
    corrections: Sequence[Correction]
    edits: Sequence[Edit]
    possibly: frozenset[UUID]
    years: str
    chips: Sequence[Chip]
    everything: str
    days: Sequence[Day]
    day: date
    carried: Sequence[tuple[str, str]]
    chosen: bool
    life: Timeline | None = None

    @property
    def folded(self) -> int:
        """How many lines are folded away."""
        return sum(len(chapter.lines) for chapter in self.rest)


def history(
    agreement: Agreement,
    events: Sequence[Event],
    user: User,
    view: Standpoint,
    kinds: Kinds,
    *,
    text: int,
    over: bool,
    life: Timeline | None = None,
) -> History:
    """Tell what happened, of the kinds that the reader has chosen; `events` are all that he may see, in order of life.

    `text` is the present one, `over` says that life has ended.
    """
    told = [event for event in events if event.on.possibly_by(view.as_of)] if view.past else list(events)
    teller = Teller(Dictionary((), user), binding=agreement.rules.binding)
    wanted = [event for event in told if kinds.takes(event)]
    shown, rest = story.folded(story.chapters(wanted, teller, text=text, over=over))
    # Of what came later a look back tells the days alone: they are places to look from.
    days = [day if day.on <= view.as_of else Day(day.on, "") for day in story.days(events, teller, clock.today())]
    if view.as_of not in (day.on for day in days):
        days = sorted([*days, Day(view.as_of, "")], key=lambda day: day.on, reverse=True)
    return History(
        chapters=shown,
        rest=rest,
        corrections=story.corrections(told) if kinds.wants("corrections") else [],
        edits=_edits(told) if kinds.wants("edits") else [],
        possibly=story.possibly(events, view.as_of) if view.past else frozenset(),
        years=story.years(told),
        chips=kinds.chips(told, ANCHOR),
        everything=kinds.address((), ANCHOR),
        days=days,
        day=view.as_of,
        carried=[(name, value) for name, value in kinds.carried if name != "as_of"],
        chosen=bool(kinds.chosen),
        life=life,
    )


def _edits(events: Sequence[Event]) -> list[Edit]:
    found = [event for event in events if event.kind in (EntryKind.EDIT, EntryKind.MARKING, EntryKind.ACCESS)]
    versions = changes.versions_in(event.changes for event in found)
    return [Edit(event, changes.plain(Agreement, event.changes, versions)) for event in found]


# ---- the journal ----
@dataclass(frozen=True)
class Proof:
    """Whether a journal is as it was written; `number` is that of the first entry that is not, where it may be told.

    `count` is how many entries the reader sees, `digest` the seal of the last of them.
    """

    count: int
    whole: bool
    digest: str
    number: int | None = None

    @property
    def seal(self) -> str:
        """The first and the last letters of the seal, enough to compare it by eye."""
        return f"{self.digest[:8]} … {self.digest[-8:]}" if self.digest else ""


def proof_of(agreement: Agreement, chronicle: Sequence[Event], fault: Fault | None) -> Proof:
    """Return the proof of a journal of which a reader sees these events, in the order of recording.

    Where he does not see all of them no number is told: it would say that something is hidden.
    """
    complete = len(chronicle) == agreement.version
    return Proof(
        count=len(chronicle),
        whole=fault is None,
        digest=chronicle[-1].digest if chronicle else "",
        number=fault.sequence if fault and complete else None,
    )
