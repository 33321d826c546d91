"""What the page tells beside the stage: the history in chapters, and the corrections."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements import clock
from agreements.choices import ActionKind, EntryKind, Stage
from agreements.timeline import Event, gathered

#: What the history leaves out: it stands in panels of its own.
_ASIDE = (EntryKind.VOID, EntryKind.EDIT, EntryKind.MARKING, EntryKind.REDACTION)


# ---- chapters ----
@dataclass(frozen=True)
class Line:
    """An event, or several acts that differ in nothing but the participant."""

    event: Event
    same: Sequence[Event] = ()

    @property
    def label(self) -> str:
        """What happened; of several acts, their kind and their number."""
        if not self.same:
            return self.event.label
        return ngettext("%(act)s: %(number)s participant", "%(act)s: %(number)s participants", len(self.same)) % {
            "act": ActionKind(self.event.data["act"]).label,
            "number": len(self.same),
        }


@dataclass(frozen=True)
class Chapter:
    """A part of the history: one text, or what was before the talks; without a title where there is only one."""

    title: str
    span: str
    events: Sequence[Event]

    @property
    def lines(self) -> list[Line]:
        """The events as they are told: the same act of many participants is told once, where the first one stands."""
        return [Line(event, same) for event, same in gathered(self.events)]


def chapters(events: Sequence[Event], *, text: int, over: bool) -> list[Chapter]:
    """Cut what happened into chapters, the latest first; `text` is the present one, `over` says that life has ended."""
    told = [event for event in events if event.kind not in _ASIDE and not event.voided]
    if text == 1:
        return [Chapter("", "", told)] if told else []
    opening = next((event for event in reversed(told) if event.stage == Stage.NEGOTIATING), None)
    before = told[told.index(opening) + 1 :] if opening else []
    talks = [event for event in told if event not in before]
    found = []
    for number in range(text, 0, -1):
        part = [event for event in talks if event.text == number]
        if part:
            found.append(Chapter(_title(number, text), _span(part, lasts=number == text and not over), part))
    if before:
        found.append(Chapter(_("Before the talks"), _span(before), before))
    return found


def possibly(events: Iterable[Event], as_of: date) -> frozenset[UUID]:
    """Return the events that had perhaps, but not certainly, happened by a past day.

    What is placed before something that had certainly happened had happened too, whatever its own date.
    """
    if as_of >= clock.today():  # by today all that is recorded has happened, however vague its date
        return frozenset()
    kept = list(events)
    certain = [event.position or 0 for event in kept if not event.voided and event.on.certainly_by(as_of)]
    reached = max(certain, default=0)
    return frozenset(
        event.id
        for event in kept
        if not event.on.certainly_by(as_of) and (event.position is None or event.position > reached)
    )


def _title(number: int, text: int) -> str:
    names = {1: _("First text"), 2: _("Second text"), 3: _("Third text")}
    name = names.get(number) or _("Text %(number)s") % {"number": number}
    return name if number == text else _("%(text)s, given up") % {"text": name}


def _span(part: Sequence[Event], *, lasts: bool = False) -> str:
    """Return the years from the first event to the last one, as far as days are known."""
    days = [day for event in part for day in (event.on.earliest, event.on.latest) if day not in (date.min, date.max)]
    if not days:
        return ""
    first, last = min(days).year, max(days).year
    if lasts:
        return _("%(year)s – now") % {"year": first}
    return str(first) if first == last else f"{first} – {last}"


# ---- corrections ----
@dataclass(frozen=True)
class Correction:
    """An entry that no longer counts, and what stands in its place if anything does."""

    event: Event
    replacement: Event | None


def corrections(events: Sequence[Event]) -> list[Correction]:
    """Return what was voided, the latest in life first."""
    replaced = {event.replaces: event for event in events if event.replaces}
    return [Correction(event, replaced.get(str(event.id))) for event in events if event.voided]
