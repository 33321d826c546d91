"""What the page tells beside the stage: the history in chapters and sentences, and the corrections."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from agreements import clock
from agreements.choices import EntryKind, Stage
from agreements.dates import FuzzyDate, render_day
from agreements.reports.movements import Teller
from agreements.timeline import Event, gathered
from agreements.words import Worded

#: What the history leaves out: it stands in panels of its own.
_ASIDE = (EntryKind.VOID, EntryKind.EDIT, EntryKind.MARKING, EntryKind.ACCESS, EntryKind.REDACTION)
#: So many lines of the history are shown before the rest is folded away.
LINES = 30


# ---- chapters ----
@dataclass(frozen=True)
class Line:
    """An event, or several acts that differ in nothing but the participant; `sentence` tells it in words of Pacta."""

    event: Event
    sentence: Worded
    same: Sequence[Event] = ()

    @property
    def heading(self) -> Worded:
        """What happened: of a step and a note in the words of who recorded it, where there are any."""
        told = self.event.what
        own = (self.event.stage or self.event.kind == EntryKind.NOTE) and not self.same
        return _without_stop(told if own and told.text else self.sentence)

    @property
    def label(self) -> str:
        """The stage that it led to, where the heading does not say it already."""
        stage, said = self.event.stage, self.heading.text.casefold()
        return "" if stage is None or said == self.event.label.casefold() else self.event.label

    @property
    def more(self) -> Worded:
        """What the recorder says of it beside the heading."""
        told = self.event.what
        return told if told.text and told.text.rstrip(".").casefold() not in self.heading.text.casefold() else NOTHING


NOTHING = Worded("", "")


def _without_stop(said: Worded) -> Worded:
    """Return a sentence as a heading: a stop at its end goes, one within it stays."""
    text = said.text
    return Worded(text[:-1], said.language) if text.endswith(".") and "." not in text[:-1] else said


@dataclass(frozen=True)
class Chapter:
    """A part of the history: one text, or what was before the talks; without a title where there is only one."""

    title: str
    span: str
    lines: Sequence[Line]


def chapters(events: Sequence[Event], teller: Teller, *, text: int, over: bool) -> list[Chapter]:
    """Cut what happened into chapters, the latest first; `text` is the present one, `over` says that life has ended.

    The same act of many participants is told once, where the first one stands.
    """
    return [
        Chapter(title, span, [Line(event, teller.sentence(event, same), same) for event, same in gathered(part)])
        for title, span, part in _cut(events, text=text, over=over)
    ]


def folded(told: Sequence[Chapter], most: int = LINES) -> tuple[list[Chapter], list[Chapter]]:
    """Return the chapters with so many lines of the latest, and the rest of them; a few more are not folded away."""
    room = most if sum(len(chapter.lines) for chapter in told) > most + _FEW else most + _FEW
    shown, rest = [], []
    for chapter in told:
        here, later = chapter.lines[:room], chapter.lines[room:]
        room -= len(here)
        if here:
            shown.append(replace(chapter, lines=here))
        if later:
            rest.append(replace(chapter, lines=later))
    return shown, rest


#: Folding away fewer lines than these saves no room.
_FEW = 5


def _cut(events: Sequence[Event], *, text: int, over: bool) -> list[tuple[str, str, list[Event]]]:
    told = [event for event in events if event.kind not in _ASIDE and not event.voided]
    if text == 1:
        return [("", "", told)] if told else []
    opening = next((event for event in reversed(told) if event.stage == Stage.NEGOTIATING), None)
    before = told[told.index(opening) + 1 :] if opening else []
    talks = [event for event in told if event not in before]
    found = []
    for number in range(text, 0, -1):
        part = [event for event in talks if event.text == number]
        if part:
            found.append((_title(number, text), _span(part, lasts=number == text and not over), part))
    if before:
        found.append((_("Before the talks"), _span(before), before))
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


def years(events: Iterable[Event]) -> str:
    """Return the years of a whole history."""
    return _span([event for event in events if event.kind not in _ASIDE and not event.voided])


@dataclass(frozen=True)
class Day:
    """A day by which something had certainly happened, and what and when that was: a place from which to look back."""

    on: date
    what: str
    when: FuzzyDate | None = None

    @property
    def words(self) -> str:
        """The day and what had happened by it; with the date that the sources give, where that is not this very day."""
        if not self.what:
            return render_day(self.on)
        told = f"{render_day(self.on)} – {self.what}"
        return f"{told} ({self.when})" if self.when and self.when != FuzzyDate.of_day(self.on) else told


def days(events: Iterable[Event], teller: Teller, today: date) -> list[Day]:
    """Return the days of a history up to today, the latest first: by what moved the stage, where anything did."""
    found: dict[date, Day] = {}
    live = [event for event in events if event.kind not in _ASIDE and event.kind != EntryKind.TASK and not event.voided]
    for event in sorted(live, key=lambda event: event.stage is None):
        if event.on.latest <= today and event.on.latest not in found:
            heading = Line(event, teller.sentence(event)).heading.text
            found[event.on.latest] = Day(event.on.latest, heading, event.on)
    return [found[day] for day in sorted(found, reverse=True)]


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
