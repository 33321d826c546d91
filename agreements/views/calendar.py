"""The calendar: what is coming and what was, by year and by month; an imprecise date stands where it belongs."""

from calendar import Calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agreements import access, clock
from agreements.calendar import (
    Band,
    CalendarEvent,
    Days,
    coming,
    events_for,
    events_of,
    meetings_for,
    page_for,
    placed,
)
from agreements.choices import MeetingStatus, Precision, ViewKind
from agreements.dates import MONTHS, FuzzyDate, render_day
from agreements.guards import Refused
from agreements.models import Format, Party
from agreements.selections import CalendarSelection
from agreements.views import saved
from agreements.views.asked import named
from agreements.words import active_language

#: How many meetings of the past stand on a page, and how many events to come before the years are pointed to.
PAGE = 50
#: How many events of a day stand in a month, and how many of a month in a year; the others are a page away.
OF_DAY, OF_MONTH = 3, 6
#: The years that have pages; beyond them no week can be drawn.
FIRST_YEAR, LAST_YEAR = 1900, 2999


@dataclass(frozen=True)
class Day:
    """A day of the month's table; `unread` are events that only its own page reads."""

    on: date
    inside: bool
    today: bool
    events: Sequence[CalendarEvent]
    address: str
    weekday: str
    unread: int = 0

    @property
    def shown(self) -> Sequence[CalendarEvent]:
        """The events that stand in the table."""
        return self.events[:OF_DAY]

    @property
    def more(self) -> int:
        """How many more stand on the page of the day only."""
        return len(self.events) - len(self.shown) + self.unread


@dataclass(frozen=True)
class Month:
    """A month in the page of a year, with its name alone; `unread` are events that only its own page reads."""

    band: Band
    name: str
    address: str
    unread: int = 0

    @property
    def number(self) -> int:
        """How many events there are in the month."""
        return len(self.band.events) + self.unread

    @property
    def shown(self) -> Sequence[CalendarEvent]:
        """The events that stand in the year."""
        return self.band.events[:OF_MONTH]

    @property
    def more(self) -> int:
        """How many more stand on the page of the month only."""
        return len(self.rest) + self.unread

    @property
    def rest(self) -> Sequence[CalendarEvent]:
        """The others, which stand behind “more” where no page has them."""
        return self.band.events[OF_MONTH:]


@dataclass(frozen=True)
class Link:
    """Leads to another part of the calendar."""

    label: str
    address: str
    here: bool = False


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List what is coming, or the meetings that were, the latest first."""
    frame = _frame(request)
    user: Any = request.user
    selection, today = frame["selection"], clock.today()
    past = request.GET.get("when") == "past"
    page = _number(request.GET.get("page", ""))
    if past:
        rows = meetings_for(user, selection).filter(latest__lt=today).order_by("-latest", "-earliest", "-pk")
        found = list(events_of(rows[(page - 1) * PAGE : page * PAGE + 1]))
    else:
        found = coming(user, selection, today, page * PAGE + 1)[(page - 1) * PAGE :]
    here = {"when": "past"} if past else {}
    more = {"page": str(page + 1)}
    context = frame | {
        "past": past,
        "events": found[:PAGE],
        "later": _address("calendar", [], selection, here | more) if len(found) > PAGE else "",
        "earlier": _address("calendar", [], selection, here | {"page": str(page - 1)}) if page > 1 else "",
        "parts": _parts(selection, today, "past" if past else "coming"),
        "title": _("Past meetings") if past else _("Calendar"),
    }
    return render(request, "calendar/list.html", context, status=frame["status"])


@require_safe
def year_page(request: HttpRequest, year: int) -> HttpResponse:
    """Show a year: its months, and in wider bands what is known less exactly."""
    span = _year(year)
    frame = _frame(request)
    user: Any = request.user
    selection = frame["selection"]
    events, others = page_for(user, selection, span, most=OF_MONTH, part=Precision.MONTH)
    bands, unknown = placed(events, *span)
    months = {
        band.days.first: _address("calendar-month", [year, band.days.first.month], selection)
        for band in bands
        if band.precision == Precision.MONTH
    }
    context = frame | {
        "year": year,
        "bands": [
            Month(
                band,
                MONTHS[active_language()][1][band.days.first.month - 1],
                months[band.days.first],
                others.get(band.days.first, 0),
            )
            if band.precision == Precision.MONTH
            else Month(band, "", "")
            for band in bands
        ],
        "unknown": unknown,
        "count": len(events) + sum(others.values()),
        "parts": _parts(selection, span.first, "year"),
        "title": str(FuzzyDate.of(span.first, Precision.YEAR)),
        "previous": _address("calendar-year", [year - 1], selection) if year > FIRST_YEAR else "",
        "following": _address("calendar-year", [year + 1], selection) if year < LAST_YEAR else "",
        "previous_label": year - 1,
        "following_label": year + 1,
    }
    return render(request, "calendar/year.html", context, status=frame["status"])


@require_safe
def month_page(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """Show a month day by day, and above it what is in the month, quarter, half-year or year, but on no known day."""
    _year(year)
    if not 1 <= month <= 12:
        raise Http404
    on = FuzzyDate.of(date(year, month, 1), Precision.MONTH)
    span = Days(on.earliest, on.latest)
    frame = _frame(request)
    user: Any = request.user
    selection = frame["selection"]
    events, others = page_for(user, selection, span, most=OF_DAY, part=Precision.DAY)
    bands, unknown = placed(events, *span)
    before, after = span.first - timedelta(days=1), span.last + timedelta(days=1)
    context = frame | {
        "weekdays": _weekdays(),
        "weeks": _weeks(span, events, others, selection),
        "bands": [band for band in (_undated(band) for band in bands) if band.events],
        "unknown": unknown,
        "count": len(events) + sum(others.values()),
        "parts": _parts(selection, span.first, "month"),
        "title": str(on),
        "previous": _month_address(before, selection),
        "following": _month_address(after, selection),
        "previous_label": FuzzyDate.of(before, Precision.MONTH),
        "following_label": FuzzyDate.of(after, Precision.MONTH),
    }
    return render(request, "calendar/month.html", context, status=frame["status"])


@require_safe
def day_page(request: HttpRequest, year: int, month: int, day: int) -> HttpResponse:
    """Show a day with all that is on it."""
    _year(year)
    try:
        on = date(year, month, day)
    except ValueError as error:
        raise Http404 from error
    frame = _frame(request)
    user: Any = request.user
    selection = frame["selection"]
    before, after = on - timedelta(days=1), on + timedelta(days=1)
    found = events_for(user, selection, within=Days(on, on), described=False)
    events = [event for event in found if event.on.precision == Precision.DAY]
    page = _number(request.GET.get("page", ""))
    context = frame | {
        "events": events[(page - 1) * PAGE : page * PAGE],
        "later": _day_address(on, selection, page + 1) if len(events) > page * PAGE else "",
        "earlier": _day_address(on, selection, page - 1) if page > 1 else "",
        "parts": _parts(selection, on, "day"),
        "title": f"{_weekdays()[on.weekday()][1]}, {render_day(on)}",
        "previous": _day_address(before, selection) if before.year >= FIRST_YEAR else "",
        "following": _day_address(after, selection) if after.year <= LAST_YEAR else "",
        "previous_label": render_day(before),
        "following_label": render_day(after),
    }
    return render(request, "calendar/day.html", context, status=frame["status"])


# ---- what all three show ----
def _frame(request: HttpRequest) -> dict[str, Any]:
    """Return the filters and what they offer; a value that is not known is told, and nothing is filtered then."""
    user: Any = request.user
    problems: list[str] = []
    try:
        selection = CalendarSelection.read(request.GET, user)
    except Refused as refusal:
        selection, problems = CalendarSelection(), [reason.sentence for reason in refusal.reasons]
    return {
        "section": "calendar",
        "selection": selection,
        "problems": problems,
        "status": 400 if problems else 200,
        "today": clock.today(),
        "formats": named(Format.objects.for_user(user)),
        "all_parties": named(Party.objects.for_user(user)),
        "statuses": MeetingStatus.choices,
        "may_arrange": access.may(user, "edit"),
        "feed_address": _address("calendar-feeds", [], selection),
        "filtered": bool(selection.asked),
        "tab": "calendar",
        "now_address": _month_address(clock.today(), selection),
        "saved": saved.bar(user, ViewKind.CALENDAR, selection, lambda query: _with(request, query)),
    }


def _with(request: HttpRequest, query: str) -> str:
    """Return the address of the same part of the calendar with other filters, which are written already."""
    past = "when=past" if request.GET.get("when") == "past" else ""
    asked = "&".join(part for part in (past, query) if part)
    return f"{request.path}?{asked}" if asked else request.path


def _parts(selection: CalendarSelection, day: date, here: str) -> list[Link]:
    year = FuzzyDate.of(day, Precision.YEAR)
    month = FuzzyDate.of(day, Precision.MONTH)
    return [
        Link(_("Coming"), _address("calendar", [], selection), here == "coming"),
        Link(_("Past"), _address("calendar", [], selection, {"when": "past"}), here == "past"),
        Link(str(year), _address("calendar-year", [day.year], selection), here == "year"),
        Link(str(month), _address("calendar-month", [day.year, day.month], selection), here == "month"),
    ]


def _address(name: str, values: Sequence[Any], selection: CalendarSelection, more: dict[str, str] | None = None) -> str:
    asked = selection.asked | (more or {})
    return reverse(name, args=values) + (f"?{urlencode(asked)}" if asked else "")


def _day_address(day: date, selection: CalendarSelection, page: int = 1) -> str:
    more = {"page": str(page)} if page > 1 else {}
    return _address("calendar-day", [day.year, day.month, day.day], selection, more)


def _month_address(day: date, selection: CalendarSelection) -> str:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return ""
    return _address("calendar-month", [day.year, day.month], selection)


def _year(year: int) -> Days:
    """Return the days of a year. Raises Http404 for one that has no page."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    return Days(date(year, 1, 1), date(year, 12, 31))


def _undated(band: Band) -> Band:
    """Leave to a month's band what is on no known day: the days have their own places."""
    return Band(band.precision, band.days, [event for event in band.events if event.on.precision != Precision.DAY])


def _weeks(
    span: Days, events: Sequence[CalendarEvent], others: Mapping[date, int], selection: CalendarSelection
) -> list[list[Day]]:
    """Return the weeks that hold the month, Monday first; `others` are how many tasks of a day were not read."""
    by_day: dict[date, list[CalendarEvent]] = {}
    for event in events:
        if event.on.precision == Precision.DAY:
            by_day.setdefault(event.first, []).append(event)
    today, weekdays = clock.today(), _weekdays()
    return [
        [
            Day(
                day,
                day.month == span.first.month,
                day == today,
                found,
                _day_address(day, selection) if found else "",
                name,
                others.get(day, 0),
            )
            for day in week
            for found in [by_day.get(day, ())]
            for _brief, name in [weekdays[day.weekday()]]
        ]
        for week in Calendar().monthdatescalendar(span.first.year, span.first.month)
    ]


def _weekdays() -> list[tuple[str, str]]:
    """Return the days of the week, short and in full."""
    return [
        (_("Mon"), _("Monday")),
        (_("Tue"), _("Tuesday")),
        (_("Wed"), _("Wednesday")),
        (_("Thu"), _("Thursday")),
        (_("Fri"), _("Friday")),
        (_("Sat"), _("Saturday")),
        (_("Sun"), _("Sunday")),
    ]


def _number(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1
