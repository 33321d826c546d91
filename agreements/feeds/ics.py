"""Events as an iCalendar file (RFC 5545, RFC 7986). The same events give the same bytes, on whatever day.

Nothing is invented: a day that is not fixed gives the days that it can be, no hours are added, and what can be on more
days than a month has is left out and counted (docs/calendar.md says why).
"""

import unicodedata
from collections.abc import Iterable
from datetime import UTC, timedelta

import icalendar
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.calendar import CalendarEvent
from agreements.choices import Level, MeetingStatus, Precision
from agreements.tracks import add_days

PRODUCT = "-//Pacta//Calendar//EN"
#: How often a program should ask again.
REFRESH = timedelta(hours=4)
#: On how many days an event can be and still have its place in a day-by-day calendar.
LONGEST = 31
_STATUS = {
    MeetingStatus.TENTATIVE: "TENTATIVE",
    MeetingStatus.CONFIRMED: "CONFIRMED",
    MeetingStatus.HELD: "CONFIRMED",
    MeetingStatus.CANCELLED: "CANCELLED",
}


def render(events: Iterable[CalendarEvent], *, name: str, site: str) -> bytes:
    """Return a file with the events that have a place in it; `site` begins the addresses of their pages."""
    every = list(events)
    shown = [event for event in every if fits(event)]
    file = icalendar.Calendar()
    file.add("prodid", PRODUCT)
    file.add("version", "2.0")
    file.add("calscale", "GREGORIAN")
    told = _about(len(every) - len(shown))
    for named, said in (("name", name), ("x-wr-calname", name), ("description", told), ("x-wr-caldesc", told)):
        # The library writes what begins with X- as it comes: as a text it is escaped like every other.
        file.add(named, icalendar.vText(plain(said)), encode=False)
    file.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    file.add("x-published-ttl", "PT4H")
    for event in shown:
        file.add_component(_component(event, site))
    return file.to_ical()


def fits(event: CalendarEvent) -> bool:
    """Whether an event can be on few enough days to have a place."""
    return (event.last - event.first).days < LONGEST


def _about(left_out: int) -> str:
    about = _("Meetings and dates of agreements, as far as you may see them in Pacta.")
    if not left_out:
        return about
    return f"{about} " + ngettext(
        "%(count)s event is not shown, because not even its month is known: see the calendar in Pacta.",
        "%(count)s events are not shown, because not even their month is known: see the calendar in Pacta.",
        left_out,
    ) % {"count": left_out}


def _component(event: CalendarEvent, site: str) -> icalendar.Event:
    part = icalendar.Event()
    part.add("uid", event.uid)
    stamp = event.stamp.astimezone(UTC).replace(microsecond=0)
    part.add("dtstamp", stamp)
    part.add("last-modified", stamp)
    part.add("sequence", event.sequence)
    if event.starts_at:
        part.add("dtstart", event.starts_at.astimezone(UTC))
        if event.ends_at:
            part.add("dtend", event.ends_at.astimezone(UTC))
    else:
        part.add("dtstart", event.first)
        after = add_days(event.last, 1)
        if after > event.first:  # without an end it is that one day; none comes after the last day of all
            part.add("dtend", after)
    part.add("summary", plain(_summary(event)))
    if event.description:
        part.add("description", plain(event.description))
    if event.place:
        part.add("location", plain(event.place))
    part.add("status", _status(event))
    busy = event.starts_at and event.status != MeetingStatus.CANCELLED
    part.add("transp", "OPAQUE" if busy else "TRANSPARENT")
    part.add("class", "PUBLIC" if event.level == Level.PUBLIC else "CONFIDENTIAL")
    part.add("categories", [plain(event.category)])
    part.add("url", site + event.address)
    return part


def _summary(event: CalendarEvent) -> str:
    if event.on.precision == Precision.DAY:
        return event.summary
    words = {"title": event.summary, "day": str(event.on)}
    if event.status == MeetingStatus.HELD:
        return _("%(title)s (day not known: %(day)s)") % words
    return _("%(title)s (day not fixed: %(day)s)") % words


def _status(event: CalendarEvent) -> str:
    if event.on.precision != Precision.DAY and event.status == MeetingStatus.CONFIRMED:
        return "TENTATIVE"  # that it will be is sure; on which day is not
    return _STATUS[event.status]


def plain(text: str) -> str:
    """Return a text without the characters that RFC 5545 does not let a text hold: controls but line ends."""
    joined = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    return "".join(letter for letter in joined if letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cs"))
