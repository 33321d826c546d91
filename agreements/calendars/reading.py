"""Reading a calendar from its file: holidays, decisions and sittings become days that count and days that do not."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from agreements.calendars.days import Calendar, Kind, Note, Why
from agreements.tomlfiles import TableReader, tables_of
from agreements.words import Texts

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: The years that a file may speak of, and how many it may be filled in for.
FIRST_YEAR, LAST_YEAR, MOST_YEARS = 1900, 2999, 100
_COMMON = ("code", "kind", "title", "source", "known_from", "known_until", "decisions")
_TOP: Mapping[Kind, tuple[str, ...]] = {
    Kind.WORKING: (*_COMMON, "weekend", "holidays", "movable"),
    Kind.SITTING: (*_COMMON, "sittings"),
}
_ONE_DAY = timedelta(days=1)
_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)")


class BadCalendar(ValueError):
    """A calendar file breaks a rule; the message names the file, the key and the remedy."""


@dataclass(frozen=True)
class _Holiday:
    """A holiday of the same date every year, or of dates of its own; it holds in the years of `years`."""

    name: Texts
    years: range
    #: One that falls on a weekend gives the next working day off.
    moves: bool
    month_day: tuple[int, int] | None = None
    days: tuple[date, ...] = ()

    def within(self, first: int, last: int) -> Iterator[date]:
        """Yield the days of the holiday from one year to another."""
        yield from self.days
        for year in range(max(first, self.years.start), min(last, self.years.stop - 1) + 1):
            if self.month_day == (2, 29) and not _leap(year):
                continue
            if self.month_day:
                yield date(year, *self.month_day)


@dataclass(frozen=True)
class _Decided:
    """The days that decisions declare, by day."""

    off: dict[date, Note] = field(default_factory=dict)
    on: dict[date, Note] = field(default_factory=dict)
    #: Where each day stands in the file.
    keys: dict[date, str] = field(default_factory=dict)


def parse(text: str, file: str) -> Calendar:
    """Read and validate one calendar. Raises BadCalendar with file, key and remedy."""
    raw = tables_of(text, file=file, error=BadCalendar)
    return _Reader(file, BadCalendar).calendar(raw, text)


@dataclass(frozen=True)
class _Reader(TableReader):
    """Reads the parsed TOML of one file and complains with the key's full name."""

    def calendar(self, raw: Mapping[str, Any], text: str) -> Calendar:
        kind = self.one_of(self.get(raw, "kind", str), Kind, "kind")
        self.known(raw, _TOP[kind])
        code, title = self.get(raw, "code", str), self.texts(self.get(raw, "title", dict), "title")
        source = self.texts(self.get(raw, "source", dict), "source")
        span = self.span(raw)
        weekend = self.weekdays(raw, "weekend") if kind == Kind.WORKING else frozenset()
        build = self.working if kind == Kind.WORKING else self.sitting
        days, notes = build(raw, span, weekend)
        return Calendar(
            code=code,
            kind=kind,
            title=title,
            source=source,
            known_from=span.first,
            known_until=span.last,
            days=days,
            notes=notes,
            text=text,
            digest=hashlib.sha256(text.encode()).hexdigest(),
            weekend=weekend,
        )

    def span(self, raw: Mapping[str, Any]) -> "_Span":
        first, last = (self.day(self.get(raw, name, date), name) for name in ("known_from", "known_until"))
        if last < first:
            raise self.fail("known_until", f"is before known_from ({first}).")
        if last.year - first.year >= MOST_YEARS:
            raise self.fail("known_until", f"is more than {MOST_YEARS} years after known_from.")
        return _Span(first, last)

    # ---- working days ----
    def working(self, raw: Mapping[str, Any], span: "_Span", weekend: frozenset[int]) -> "_Built":
        holidays = [*self.fixed(raw), *self.movable(raw, span)]
        notes: dict[date, list[Note]] = {}
        moving: dict[date, list[Texts]] = {}
        for holiday in holidays:
            # The year before too: its last holiday may be moved into this one.
            for day in holiday.within(span.first.year - 1, span.last.year):
                notes.setdefault(day, []).append(Note(Why.HOLIDAY, holiday.name, {}))
                if holiday.moves and day.weekday() in weekend:
                    moving.setdefault(day, []).append(holiday.name)
        decided = self.decisions(
            raw,
            Kind.WORKING,
            span,
            off_anyway=lambda day: day.weekday() in weekend or day in notes,
        )
        taken = {*notes, *decided.off}
        for day in sorted(moving):
            free = day + _ONE_DAY
            while free.weekday() in weekend or free in taken:
                free += _ONE_DAY
            taken.add(free)
            notes[free] = [Note(Why.MOVED, name, {}, instead_of=day) for name in moving[day]]
        for day in decided.on:
            if day.weekday() not in weekend and day not in notes:
                raise self.fail(decided.keys[day], f"{day} is a working day anyway: leave it out.")
        for day, note in (*decided.off.items(), *decided.on.items()):
            notes.setdefault(day, []).append(note)
        free_days = taken - set(decided.on)
        return (
            tuple(
                day
                for day in span.days()
                if day not in free_days and (day.weekday() not in weekend or day in decided.on)
            ),
            {day: tuple(notes[day]) for day in sorted(notes) if day in span},
        )

    def fixed(self, raw: Mapping[str, Any]) -> list[_Holiday]:
        found: list[_Holiday] = []
        for key, table in self.tables(raw, "holidays", ("day", "name", "from", "until", "moves")):
            text = self.get(table, "day", str, f"{key}.")
            match = _MONTH_DAY.fullmatch(text)
            try:
                month_day = (int(match[1]), int(match[2])) if match else (0, 0)
                date(2000, *month_day)
            except ValueError:
                raise self.fail(f"{key}.day", f'must be a month and a day such as "03-21", not {text!r}.') from None
            holiday = self.holiday(table, key, month_day=month_day)
            for number, other in enumerate(found):
                if other.month_day == month_day and _overlap(other.years, holiday.years):
                    raise self.fail(f"{key}.day", f"{text} stands in holidays[{number}] already, for the same years.")
            found.append(holiday)
        return found

    def movable(self, raw: Mapping[str, Any], span: "_Span") -> Iterator[_Holiday]:
        for key, table in self.tables(raw, "movable", ("name", "days", "from", "until", "moves")):
            days = self.days(table, "days", key, span)
            holiday = self.holiday(table, key, days=days)
            for number, day in enumerate(days):
                if day.year not in holiday.years:
                    raise self.fail(f"{key}.days[{number}]", f"{day} is not in the years of from and until.")
            for year in span.whole_years():
                if year in holiday.years and not any(day.year == year for day in days):
                    raise self.fail(f"{key}.days", f"names no day in {year}. Add it, or fill in fewer years.")
            yield holiday

    def holiday(self, table: Mapping[str, Any], key: str, **days: Any) -> _Holiday:
        first = self.year(table, "from", key, FIRST_YEAR)
        last = self.year(table, "until", key, LAST_YEAR)
        if last < first:
            raise self.fail(f"{key}.until", f"is before from ({first}).")
        return _Holiday(
            name=self.texts(self.get(table, "name", dict, f"{key}."), f"{key}.name"),
            years=range(first, last + 1),
            moves=self.get(table, "moves", bool, f"{key}."),
            **days,
        )

    # ---- sitting days ----
    def sitting(self, raw: Mapping[str, Any], span: "_Span", _weekend: frozenset[int]) -> "_Built":
        self.get(raw, "sittings", list)
        notes: dict[date, list[Note]] = {}
        for key, table in self.tables(raw, "sittings", ("from", "until", "weekdays", "days", "name")):
            name = self.texts(table["name"], f"{key}.name") if "name" in table else {}
            for day in self.sat(table, key, span):
                if day in notes:
                    raise self.fail(key, f"{day} stands in an earlier one already.")
                notes[day] = [Note(Why.SITTING, name, {})]
        decided = self.decisions(raw, Kind.SITTING, span, off_anyway=lambda day: day not in notes)
        for day in decided.on:
            if day in notes:
                raise self.fail(decided.keys[day], f"{day} is a sitting day anyway: leave it out.")
        sat = ({*notes} - {*decided.off}) | {*decided.on}
        for day, note in (*decided.off.items(), *decided.on.items()):
            notes.setdefault(day, []).append(note)
        return tuple(sorted(sat)), {day: tuple(notes[day]) for day in sorted(notes)}

    def sat(self, table: Mapping[str, Any], key: str, span: "_Span") -> tuple[date, ...]:
        """Return the days of one row: a list of them, or days of the week between two."""
        if "days" in table:
            self.known(table, ("days", "name"), f"{key}.")
            return self.days(table, "days", key, span)
        first, last = (
            self.inside(self.get(table, name, date, f"{key}."), f"{key}.{name}", span) for name in ("from", "until")
        )
        if last < first:
            raise self.fail(f"{key}.until", f"is before from ({first}).")
        weekdays = self.weekdays(table, "weekdays", f"{key}.")
        days = tuple(day for day in _Span(first, last).days() if day.weekday() in weekdays)
        if not days:
            raise self.fail(f"{key}.weekdays", f"none of them lies between {first} and {last}.")
        return days

    # ---- decisions ----
    def decisions(
        self, raw: Mapping[str, Any], kind: Kind, span: "_Span", *, off_anyway: Callable[[date], bool]
    ) -> _Decided:
        decided = _Decided()
        for key, table in self.tables(raw, "decisions", ("off", kind.value, "name", "source")):
            source = self.texts(self.get(table, "source", dict, f"{key}."), f"{key}.source")
            name = self.texts(table["name"], f"{key}.name") if "name" in table else {}
            if "off" not in table and kind.value not in table:
                raise self.fail(key, f"must name days: off, {kind.value}, or both.")
            for word, why, found in (
                ("off", Why.DECLARED_OFF, decided.off),
                (kind.value, Why.DECLARED_ON, decided.on),
            ):
                for number, day in enumerate(self.days(table, word, key, span) if word in table else ()):
                    where = f"{key}.{word}[{number}]"
                    if day in decided.keys:
                        raise self.fail(where, f"{day} stands in the decisions twice.")
                    if word == "off" and off_anyway(day):
                        raise self.fail(where, f"{day} is no {kind} day anyway: leave it out.")
                    found[day], decided.keys[day] = Note(why, name, source), where
        return decided

    # ---- values ----
    def tables(
        self, raw: Mapping[str, Any], name: str, allowed: tuple[str, ...]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for number, table in enumerate(self.get(raw, name, list, default=[])):
            key = f"{name}[{number}]"
            if not isinstance(table, dict):
                raise self.fail(key, f"must be a table, not {table!r}.")
            self.known(table, allowed, f"{key}.")
            yield key, table

    def days(self, table: Mapping[str, Any], name: str, key: str, span: "_Span") -> tuple[date, ...]:
        found: list[date] = []
        for number, value in enumerate(self.get(table, name, list, f"{key}.")):
            day = self.inside(self.of_kind(value, date, f"{key}.{name}[{number}]"), f"{key}.{name}[{number}]", span)
            if day in found:
                raise self.fail(f"{key}.{name}[{number}]", f"{day} stands there twice.")
            found.append(day)
        return tuple(found)

    def day(self, day: date, key: str) -> date:
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise self.fail(key, f"must be a day of the years {FIRST_YEAR} to {LAST_YEAR}, not {day}.")
        return day

    def inside(self, day: date, key: str, span: "_Span") -> date:
        if day not in span:
            raise self.fail(
                key,
                f"{day} is outside the days from known_from to known_until ({span.first} to {span.last}). "
                "Fill in more days, or leave it out.",
            )
        return day

    def year(self, table: Mapping[str, Any], name: str, key: str, default: int) -> int:
        year = int(self.get(table, name, int, f"{key}.", default=default))
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise self.fail(f"{key}.{name}", f"must be a year from {FIRST_YEAR} to {LAST_YEAR}, not {year}.")
        return year

    def weekdays(self, table: Mapping[str, Any], name: str, key: str = "") -> frozenset[int]:
        found: set[int] = set()
        for number, word in enumerate(self.get(table, name, list, key)):
            if word not in WEEKDAYS:
                raise self.fail(f"{key}{name}[{number}]", f"{word!r} is not known. Use one of: {', '.join(WEEKDAYS)}.")
            found.add(WEEKDAYS.index(word))
        if name == "weekend" and len(found) == len(WEEKDAYS):
            raise self.fail(name, "leaves no day of the week to work.")
        return frozenset(found)


_Built = tuple[tuple[date, ...], dict[date, tuple[Note, ...]]]


@dataclass(frozen=True)
class _Span:
    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def days(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))

    def whole_years(self) -> Iterator[int]:
        """Yield the years of which every day is in it."""
        for year in range(self.first.year, self.last.year + 1):
            if date(year, 1, 1) in self and date(year, 12, 31) in self:
                yield year


def _overlap(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
