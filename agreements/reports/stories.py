"""What moved one agreement in a period: what happened in it, what was recorded in it of earlier days, corrections."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from agreements import clock, walk
from agreements.chains import Chain, standing, titles_in
from agreements.changes import Dictionary
from agreements.choices import ActionKind, Certainty, EntryKind, Stage, Transition
from agreements.models import DocumentVersion, User
from agreements.reports.around import Window
from agreements.reports.movements import Movement, Teller, Weight
from agreements.timeline import Event
from agreements.walk import Placed
from agreements.words import Texts, Worded


@dataclass(frozen=True)
class Moved:
    """A movement as the period tells it: certainly in it or not, and whether its entry took the place of another."""

    movement: Movement
    certain: bool = True
    corrected: bool = False

    @property
    def order(self) -> tuple[int, date, date, int]:
        """The key of lists: the weightiest first, then by day."""
        event = self.movement.event
        return self.movement.weight.order, event.on.latest, event.on.earliest, event.sequence


@dataclass(frozen=True)
class Correction:
    """An entry that was struck out in the period: what it said, what is said now, why, by whom and when."""

    said: Movement
    says: Sequence[Movement]
    reason: Worded
    by: str
    at: datetime
    closes: bool


@dataclass(frozen=True)
class Story:
    """What moved one agreement: what happened in the period, what was recorded in it of earlier days, corrections."""

    id: UUID
    reference: str
    titles: Texts
    binding: bool
    level: str
    before: tuple[Stage, str] | None
    after: tuple[Stage, str] | None
    happened: Sequence[Moved]
    late: Sequence[Moved]
    corrections: Sequence[Correction]
    taken_over: int
    undated: int

    @property
    def tells(self) -> bool:
        """Whether there is anything to tell of it."""
        return bool(self.happened or self.late or self.corrections or self.taken_over)

    @property
    def order(self) -> tuple[int, int, str]:
        """The key of lists: the weightiest movement first, then the latest."""
        found = [one.movement for one in self.happened] or [one.movement for one in self.late]
        weight = min((one.weight.order for one in found), default=len(Weight))
        day = max((one.event.on.latest for one in found), default=date.min)
        return weight, -day.toordinal(), self.reference


def story_of(chain: Chain, events: Sequence[Event], window: Window, words: Dictionary) -> Story:
    """Return what moved an agreement; `events` are all of its journal that the reader may see, in their order."""
    teller = Teller(words, binding=chain.rules.binding)
    live = [event for event in events if not event.voided and event.kind != EntryKind.VOID]
    if chain.history.is_void:
        live = []
    sorted_out = Sorted(live, window)
    replaced = {event.replaces: event for event in events if event.replaces}
    corrections = [
        one for one in corrections_of(events, teller, closed=chain.history.is_void) if window.recorded(one.at)
    ]
    fresh = {one.id for one in replaced.values() if window.recorded(one.recorded_at)}
    late = [event for event in sorted_out.late if event.id not in fresh]
    happened = [
        *(Moved(one, True, one.event.id in fresh) for one in teller.movements(sorted_out.certain)),
        *(Moved(one, False, one.event.id in fresh) for one in teller.movements(sorted_out.possible)),
        *_effects(live, window, teller),
    ]
    return Story(
        id=chain.id,
        reference=chain.record["reference"],
        titles=titles_in(chain.record),
        binding=chain.rules.binding,
        level=chain.record["level"],
        before=_stage(chain, window.first - timedelta(days=1)) if window.first > date.min else None,
        after=_stage(chain, window.last),
        happened=sorted(happened, key=lambda one: one.order),
        late=sorted(
            (Moved(one) for one in teller.movements(event for event in late if not event.imported)),
            key=lambda one: one.order,
        ),
        corrections=corrections,
        taken_over=len([event for event in late if event.imported]),
        undated=len(sorted_out.undated),
    )


def _stage(chain: Chain, day: date) -> tuple[Stage, str] | None:
    state = standing(chain.history.line, day).state if chain.history.line else None
    return (state.stage, chain.rules.stage_label(state.stage)) if state else None


def corrections_of(events: Sequence[Event], teller: Teller, *, closed: bool) -> list[Correction]:
    """Return what was struck out, in the order of recording; `closed`: with the opening the whole record was."""
    replaced = {event.replaces: event for event in events if event.replaces}
    by_id = {event.id: event for event in events}
    found = []
    for void in events:
        said = by_id.get(void.voids) if void.voids else None
        if said is None:
            continue
        says = replaced.get(str(said.id))
        first, *_more = teller.of(said)
        found.append(
            Correction(
                said=first,
                says=list(teller.of(says)) if says else [],
                reason=void.reason,
                by=void.actor_name,
                at=void.recorded_at,
                closes=closed and said.kind == EntryKind.OPEN and says is None,
            )
        )
    return found


def others_in(moved: Iterable[Moved], corrections: Iterable[Correction], words: Dictionary) -> dict[UUID, str]:
    """Return the other agreements that are named, in successions and in relations, with their levels."""
    events = list(_events(moved, corrections))
    found = [event.successor for event in events if event.successor]
    related = [item["to"] for event in events for side in event.changes.get("relations", ()) for item in side or ()]
    found += [words.named[reference] for reference in related if reference in words.named]
    return {agreement.pk: agreement.level for agreement in found}


def _events(moved: Iterable[Moved], corrections: Iterable[Correction]) -> Iterator[Event]:
    """Yield all the events that are told."""
    yield from (event for one in moved for event in (one.movement.same or (one.movement.event,)))
    yield from (movement.event for one in corrections for movement in (one.said, *one.says))


def documents_in(moved: Iterable[Moved], corrections: Iterable[Correction], user: User) -> dict[UUID, str]:
    """Return the documents of which a file is told, with their levels: they may be more secret than the agreement."""
    files = {
        event.id for event in _events(moved, corrections) if event.kind == EntryKind.DOCUMENT and event.data.get("file")
    }
    if not files:
        return {}
    rows = DocumentVersion.objects.for_user(user).filter(entry__in=files)
    return dict(rows.values_list("document", "document__level"))


class Sorted:
    """The live events of an agreement by how they belong to a period.

    `certain` and `possible` happened in it; of the `undated` no day is known, they may have; `late` are those that were
    recorded in it and happened earlier, or on a day that is not known.
    """

    def __init__(self, live: Sequence[Event], window: Window) -> None:
        self.certain: list[Event] = []
        self.possible: list[Event] = []
        self.undated: list[Event] = []
        self.late: list[Event] = []
        spans = walk.spans(sorted(map(_placed, filter(_has_place, live)), key=lambda placed: placed.position))
        today = clock.today()
        for event in live:
            first, last = spans.get(event.id, (event.on.earliest, event.on.latest))
            known = first != date.min and last != date.max
            if window.last >= today >= first:
                last = min(last, today)  # by today all that is recorded has happened
            within = first <= window.last and last >= window.first
            if first >= window.first and last <= window.last:
                self.certain.append(event)
            elif within and known:
                self.possible.append(event)
            elif first <= window.last and window.recorded(event.recorded_at):
                self.late.append(event)
            elif within:
                self.undated.append(event)


def _effects(live: Sequence[Event], window: Window, teller: Teller) -> Iterator[Moved]:
    """Yield the acts of participants that took effect in the period, and were done before it.

    What was withdrawn took none that is told here.
    """
    withdrawn = {event.data.get("target") for event in live if event.data.get("act") == ActionKind.WITHDRAWAL}
    for event in live:
        when = event.effective
        if event.kind != EntryKind.ACTION or when is None or str(event.id) in withdrawn:
            continue
        if event.on.latest < window.first <= when.latest and when.earliest <= window.last and when.latest != date.max:
            certain = when.earliest >= window.first and when.latest <= window.last
            yield Moved(teller.effect(event, when), certain)


def _has_place(event: Event) -> bool:
    return event.position is not None


def _placed(event: Event) -> Placed:
    return Placed(
        id=event.id,
        position=event.position or 0,
        kind=event.kind,
        when=event.on,
        transition=Transition(event.transition) if event.transition else None,
        to_stage=event.stage,
        text=event.text,
        retroactive=event.retroactive,
        reported=event.certainty == Certainty.REPORTED,
    )
