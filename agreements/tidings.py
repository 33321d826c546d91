"""When somebody is told of an event, and which events belong together. Pure: moments are given, nothing is asked.

Hours are those of the ministry; a moment comes with its time zone and is returned in the same.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from agreements.choices import EntryKind, SubjectKind, Transition
from agreements.notice_choices import EventGroup, Pace

_GROUPS = {
    EntryKind.OPEN: EventGroup.STEPS,
    EntryKind.STEP: EventGroup.STEPS,
    EntryKind.HOLD: EventGroup.STEPS,
    EntryKind.RELEASE: EventGroup.STEPS,
    EntryKind.ACTION: EventGroup.ACTS,
    EntryKind.DOCUMENT: EventGroup.DOCUMENTS,
    EntryKind.MARKING: EventGroup.DOCUMENTS,
    EntryKind.TASK: EventGroup.TASKS,
    EntryKind.CLEARANCE: EventGroup.TASKS,
    EntryKind.VOID: EventGroup.CORRECTIONS,
    EntryKind.REDACTION: EventGroup.CORRECTIONS,
    EntryKind.NOTE: EventGroup.DATA,
    EntryKind.EDIT: EventGroup.DATA,
    EntryKind.ACCESS: EventGroup.DATA,
}
#: Events of these kinds are important, whatever they say.
_IMPORTANT = (EntryKind.OPEN, EntryKind.STEP, EntryKind.HOLD, EntryKind.RELEASE, EntryKind.VOID)


def group_of(subject: str, kind: str) -> EventGroup:
    """Return to which group an event belongs; all that happens to a meeting is about meetings, but corrections."""
    found = _GROUPS.get(EntryKind(kind), EventGroup.DATA)
    if subject == SubjectKind.MEETING and found != EventGroup.CORRECTIONS:
        return EventGroup.MEETINGS
    return found


def groups_of(subject: str, kind: str, transition: str = "") -> frozenset[EventGroup]:
    """Return every group to which an event belongs: entry into force is a step, and of interest with the acts, too."""
    found = {group_of(subject, kind)}
    if transition == Transition.ENTER_INTO_FORCE:
        found.add(EventGroup.ACTS)
    return frozenset(found)


def is_important(subject: str, kind: str) -> bool:
    """Whether an event is important: a record opened, a step, a hold or its end, a correction."""
    return kind in _IMPORTANT and subject in (SubjectKind.AGREEMENT, SubjectKind.COMMITMENT)


def wanted(groups: Sequence[str], important_only: bool, *, of: frozenset[EventGroup], important: bool) -> bool:
    """Whether an event of some groups passes what is asked; no group asked for: all of them."""
    return (not groups or not of.isdisjoint(groups)) and (important or not important_only)


# ---- moments ----
def is_quiet(at: time, begins: time | None, ends: time | None) -> bool:
    """Whether quiet hours include a time of day; they may go over midnight, and end before `ends`."""
    if begins is None or ends is None or begins == ends:
        return False
    return begins <= at < ends if begins < ends else at >= begins or at < ends


def after_quiet(moment: datetime, begins: time | None, ends: time | None) -> datetime:
    """Return the moment itself, or the end of the quiet hours in which it lies."""
    if not is_quiet(moment.time(), begins, ends) or ends is None:
        return moment
    later = moment.replace(hour=ends.hour, minute=ends.minute, second=0, microsecond=0)
    return later if later > moment else later + timedelta(days=1)


def next_at(moment: datetime, pace: str, hour: int, weekday: int) -> datetime:
    """Return the first full hour asked for after a moment: of any day, or of one day of the week."""
    found = moment.replace(hour=hour, minute=0, second=0, microsecond=0)
    if found <= moment:
        found += timedelta(days=1)
    if pace == Pace.WEEKLY:
        found += timedelta(days=(weekday - found.weekday()) % 7)
    return found


def last_at(moment: datetime, pace: str, hour: int, weekday: int) -> datetime:
    """Return the last full hour asked for that is not after a moment, in the same way."""
    found = moment.replace(hour=hour, minute=0, second=0, microsecond=0)
    if found > moment:
        found -= timedelta(days=1)
    if pace == Pace.WEEKLY:
        found -= timedelta(days=(found.weekday() - weekday) % 7)
    return found


def due_at(moment: datetime, pace: str, *, hour: int, weekday: int, quiet: tuple[time | None, time | None]) -> datetime:
    """Return when a mail about something that is known at a moment is due."""
    if pace == Pace.IMMEDIATELY:
        return after_quiet(moment, *quiet)
    return next_at(moment, pace, hour, weekday)
