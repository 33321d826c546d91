"""List the calendars against which days are counted, show one, validate a folder of them."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.calendars import BadCalendar, Calendar, Kind, NotKnown, load
from agreements.dates import render_day
from agreements.words import pick


class Command(BaseCommand):
    help = (
        "Lists the calendars of working and sitting days (docs/calendars.md), or shows one: calendars kz --year 2025. "
        "Files with faults are refused; --folder tries a folder before the setting CALENDARS_DIR names it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", nargs="?", default="", help="the code of one calendar")
        parser.add_argument("--year", type=int, metavar="Y", help="show the days of a year by name, such as 2025")
        parser.add_argument("--folder", default="", metavar="DIR", help="read this folder instead of CALENDARS_DIR")
        parser.add_argument("--language", default="en", help=f"one of: {', '.join(dict(settings.LANGUAGES))}")

    def handle(self, *args: Any, **options: Any) -> None:
        languages = dict(settings.LANGUAGES)
        if options["language"] not in languages:
            raise CommandError(f"“{options['language']}” is not known. Use one of: {', '.join(languages)}.")
        if options["year"] is not None and not options["code"]:
            raise CommandError("--year needs the code of a calendar: calendars kz --year 2025")
        known = self.calendars(options["folder"])
        with translation.override(options["language"]):
            if options["code"]:
                text = "\n".join(_told(self.one(options["code"], known), options["year"]))
            else:
                text = "\n".join(_listed(known))
        self.stdout.write(text)

    def calendars(self, folder: str) -> dict[str, Calendar]:
        if folder and not Path(folder).is_dir():
            raise CommandError(f"--folder: {folder} is not a folder. Name a folder with TOML files.")
        # What was read before may have been written anew since.
        load.cache_clear()
        try:
            return dict(sorted(load(folder or settings.CALENDARS_DIR).items()))
        except BadCalendar as error:
            raise CommandError(str(error)) from error

    def one(self, code: str, known: dict[str, Calendar]) -> Calendar:
        if code not in known:
            raise CommandError(f"There is no calendar “{code}”. Known are: {', '.join(known)}.")
        return known[code]


def _listed(known: dict[str, Calendar]) -> Iterator[str]:
    width = max(map(len, known), default=0)
    kinds = {kind: str(label) for kind, label in ((Kind.WORKING, _("working days")), (Kind.SITTING, _("sitting days")))}
    for calendar in known.values():
        span = f"{calendar.known_from} – {calendar.known_until}"
        yield f"{calendar.code.ljust(width)}  {kinds[calendar.kind]}  {span}  {calendar}"


def _told(calendar: Calendar, year: int | None) -> Iterator[str]:
    """Yield a calendar line by line: its head, then each year's number of days, or the days of one year by name."""
    if year is not None:
        _filled_in(calendar, year)
    yield str(calendar)
    yield pick(calendar.source).text
    yield _("Filled in from %(first)s to %(last)s.") % {
        "first": render_day(calendar.known_from),
        "last": render_day(calendar.known_until),
    }
    if calendar.weekend:
        yield _("Days off every week: %(days)s.") % {
            "days": ", ".join(str(WEEKDAYS[day]) for day in sorted(calendar.weekend))
        }
    first, last = calendar.known_from.year, calendar.known_until.year
    for one in range(first, last + 1) if year is None else (year,):
        yield _counted(calendar, one)
    if year is not None:
        yield ""
        days = [day for day in calendar.notes if day.year == year]
        width = max((len(str(WEEKDAYS[day.weekday()])) for day in days), default=0)
        for day in days:
            yield f"{day}  {str(WEEKDAYS[day.weekday()]).ljust(width)}  {calendar.explain(day)}"


def _counted(calendar: Calendar, year: int) -> str:
    number = len(calendar.of_year(year))
    form = (
        ngettext("%(number)s working day", "%(number)s working days", number)
        if calendar.kind == Kind.WORKING
        else ngettext("%(number)s sitting day", "%(number)s sitting days", number)
    )
    return f"{year}: {form % {'number': number}}"


def _filled_in(calendar: Calendar, year: int) -> None:
    """Refuse a year of which no day is filled in."""
    if year > calendar.known_until.year:
        raise CommandError(str(NotKnown(calendar, after=calendar.known_until)))
    if year < calendar.known_from.year:
        raise CommandError(str(NotKnown(calendar, before=calendar.known_from)))
