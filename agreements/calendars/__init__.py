"""Calendars as data: which days are working or sitting days, and the counting of days against them.

A period of "10 working days" is counted against a named calendar, read from a TOML file: of Pacta, or of the ministry's
own folder. A calendar says for which days it is filled in; beyond them nothing is computed, and the sentence says so.
The format is described in docs/calendars.md.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from agreements.calendars.days import Calendar, Kind, NotComputed, Note, NotKnown, Roll, Why
from agreements.calendars.periods import BadPeriod, Direction, NoCalendar, Period, Unit, deadline
from agreements.calendars.reading import BadCalendar, parse
from agreements.tomlfiles import texts_of

__all__ = (
    "BadCalendar",
    "BadPeriod",
    "Calendar",
    "Direction",
    "Kind",
    "NoCalendar",
    "NotComputed",
    "NotKnown",
    "Note",
    "Period",
    "Roll",
    "Unit",
    "Why",
    "deadline",
    "from_text",
    "load",
    "parse",
)
FOLDER = Path(__file__).parent


@lru_cache(maxsize=256)
def from_text(text: str) -> Calendar:
    """Return the calendar of a stored text; the same text gives the same object."""
    return parse(text, "stored calendar")


@lru_cache(maxsize=8)
def load(extra: str = "") -> Mapping[str, Calendar]:
    """Read the calendars of Pacta and of the ministry's own folder, which may add or replace. Raises BadCalendar."""
    found: dict[str, Calendar] = {}
    for folder in (FOLDER, *([Path(extra)] if extra else [])):
        for path, text in texts_of(folder, setting="CALENDARS_DIR", error=BadCalendar):
            calendar = parse(text, path.name)
            if calendar.code != path.stem:
                raise BadCalendar(
                    f"{path.name}: code: must be {path.stem!r}, the name of the file, not {calendar.code!r}."
                )
            found[calendar.code] = calendar
    return found
