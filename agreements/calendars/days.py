"""A calendar - which days count - and the counting of days against it, forwards and backwards.

The day of the event is not counted; the Nth day counted after it is the answer. So Kazakhstan's Civil Code, Art. 173
(a period begins on the day that follows the event), and Regulation (EEC, Euratom) No 1182/71, Art. 3(1), second
sentence (the day of the event is not part of the period). Backwards it is the same in the mirror: of "two working
days before Friday" Friday is not counted, the answer is Wednesday.

Nothing is counted outside the days for which a calendar is filled in: NotKnown says so instead.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements.dates import FuzzyDate, render_day
from agreements.words import Texts, pick


class Kind(StrEnum):
    """What the days of a calendar are counted as."""

    WORKING = "working"
    SITTING = "sitting"


class Roll(StrEnum):
    """What becomes of a period that ends on a day that does not count: nothing, unless a rule says so.

    `next` is the usual rule for a period that runs forwards (Civil Code of Kazakhstan, Art. 175; Regulation (EEC,
    Euratom) No 1182/71, Art. 3(4), which says that it does not hold for periods counted backwards).
    """

    NONE = "none"
    NEXT = "next"
    PREVIOUS = "previous"


class Why(StrEnum):
    """Why a day is what it is."""

    HOLIDAY = "holiday"
    #: The day off that stands for a holiday on a weekend.
    MOVED = "moved"
    #: Days of a span in which a body sits.
    SITTING = "sitting"
    #: By decision a day does not count that would, or counts that would not.
    DECLARED_OFF = "off"
    DECLARED_ON = "on"


@dataclass(frozen=True)
class Note:
    """Why one day is what it is: its name, who decided it, and the holiday that it stands for."""

    why: Why
    name: Texts
    source: Texts
    instead_of: date | None = None


class NotComputed(LookupError):
    """A period cannot be counted; `sentence` says why, in the language of whoever reads it."""

    def __init__(self, form: Promise, **params: object) -> None:
        super().__init__(form, params)
        self.form, self.params = form, params

    @property
    def sentence(self) -> str:
        """Why it cannot be computed."""
        return str(self.form) % self.params

    def __str__(self) -> str:
        return self.sentence


class NotKnown(NotComputed):
    """The counting leaves the days for which the calendar is filled in: those up to `after`, or from `before` on."""

    def __init__(self, calendar: "Calendar", *, after: date | None = None, before: date | None = None) -> None:
        day = FuzzyDate.of_day(after or before or calendar.known_from)
        super().__init__(_NOT_KNOWN[calendar.kind, "after" if after else "before"], day=day, calendar=calendar)
        self.calendar, self.after, self.before = calendar, after, before


_NOT_KNOWN = {
    (Kind.WORKING, "after"): gettext_lazy(
        "It cannot be computed: no working days known after %(day)s in the calendar “%(calendar)s”."
    ),
    (Kind.WORKING, "before"): gettext_lazy(
        "It cannot be computed: no working days known before %(day)s in the calendar “%(calendar)s”."
    ),
    (Kind.SITTING, "after"): gettext_lazy(
        "It cannot be computed: no sitting days known after %(day)s in the calendar “%(calendar)s”."
    ),
    (Kind.SITTING, "before"): gettext_lazy(
        "It cannot be computed: no sitting days known before %(day)s in the calendar “%(calendar)s”."
    ),
}


@dataclass(frozen=True)
class Calendar:
    """One version of a calendar: the days that count, of those from `known_from` to `known_until`.

    `days` are the days that count, in order; `notes` say why a day is what it is, weekends and plain days excepted.
    """

    code: str
    kind: Kind
    title: Texts
    source: Texts
    known_from: date
    known_until: date
    days: tuple[date, ...]
    notes: Mapping[date, tuple[Note, ...]]
    text: str
    digest: str
    #: The days of the week that do not count, Monday being 0; of a calendar of sitting days there are none.
    weekend: frozenset[int] = frozenset()

    def __str__(self) -> str:
        return pick(self.title).text

    def counts(self, day: date) -> bool:
        """Whether it is a working day, a sitting day. Raises NotKnown outside the days that are filled in."""
        if day < self.known_from:
            raise NotKnown(self, before=self.known_from)
        if day > self.known_until:
            raise NotKnown(self, after=self.known_until)
        place = bisect_left(self.days, day)
        return place < len(self.days) and self.days[place] == day

    def add(self, day: date, number: int) -> date:
        """Return the Nth day that counts after a day, which itself is not counted. Raises NotKnown.

        One working day after a Friday is Monday, and so it is after the Saturday.
        """
        _at_least_one(number)
        if (self.known_from - day).days > 1:
            raise NotKnown(self, before=self.known_from)
        place = bisect_right(self.days, day) + number - 1
        if place >= len(self.days):
            raise NotKnown(self, after=self.known_until)
        return self.days[place]

    def before(self, day: date, number: int) -> date:
        """Return the Nth day that counts before a day, which itself is not counted. Raises NotKnown.

        One working day before a Monday is Friday, and so it is before the Sunday.
        """
        _at_least_one(number)
        if (day - self.known_until).days > 1:
            raise NotKnown(self, after=self.known_until)
        place = bisect_left(self.days, day) - number
        if place < 0:
            raise NotKnown(self, before=self.known_from)
        return self.days[place]

    def roll(self, day: date, to: Roll) -> date:
        """Return the day itself where it counts or nothing is to be done, else the next or the previous that does.

        Raises NotKnown.
        """
        if to == Roll.NONE or self.counts(day):
            return day
        return self.add(day, 1) if to == Roll.NEXT else self.before(day, 1)

    def explain(self, day: date) -> str:
        """Say why a day is what it is, with the decision behind it; of a weekend and of a plain day nothing is said."""
        return "; ".join(self._said(note) for note in self.notes.get(day, ()))

    def _said(self, note: Note) -> str:
        name, source = pick(note.name).text, pick(note.source).text
        if note.why == Why.HOLIDAY:
            return name
        if note.instead_of:
            return _("day off for %(day)s (%(name)s)") % {"day": render_day(note.instead_of), "name": name}
        said = str(_SAID[self.kind, note.why])
        said = f"{said}: {name}" if name else said
        return f"{said} ({source})" if source else said

    def of_year(self, year: int) -> list[date]:
        """Return the days of a year that count, of those that are filled in."""
        return [day for day in self.days if day.year == year]


_SAID = {
    (Kind.WORKING, Why.DECLARED_OFF): gettext_lazy("day off by decision"),
    (Kind.WORKING, Why.DECLARED_ON): gettext_lazy("working day by decision"),
    (Kind.SITTING, Why.SITTING): gettext_lazy("sitting day"),
    (Kind.SITTING, Why.DECLARED_OFF): gettext_lazy("no sitting by decision"),
    (Kind.SITTING, Why.DECLARED_ON): gettext_lazy("sitting day by decision"),
}


def _at_least_one(number: int) -> None:
    if number < 1:
        raise ValueError("Days are counted from one on.")
