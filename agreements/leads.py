"""The periods that procedures name: in words, and whether the calendars are there against which they are counted. Pure.

A calendar that is missing is no reason to stop the start, as a broken file is: a clock without it says so. But whoever
runs Pacta is told beforehand, by `manage.py check` and `manage.py procedures`.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from django.utils.translation import ngettext

from agreements.calendars import Calendar, Kind, Period, Unit
from agreements.procedures import Lead, Procedure

_AGAINST: Mapping[str, Kind] = {"working_days": Kind.WORKING, "sitting_days": Kind.SITTING}


class Fault(NamedTuple):
    """A period that cannot be counted: the file and the key that name it, what is wrong, and what helps."""

    file: str
    key: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.problem} {self.remedy}"


def words(lead: Lead) -> str:
    """Return a period as a number of days or months, in the reader's language."""
    if lead.unit == "months":
        return ngettext("%(number)s month", "%(number)s months", lead.number) % {"number": lead.number}
    unit = Unit.CALENDAR_DAYS if lead.unit == "days" else Unit(lead.unit)
    return str(Period(lead.number, unit, lead.calendar))


def named(rules: Procedure) -> Iterator[tuple[str, Lead]]:
    """Yield every period of a procedure with the key under which its file has it."""
    for name, step in rules.transitions.items():
        for number, requirement in enumerate(step.requires):
            if requirement.lead:
                yield f"transitions.{name.value}.requires[{number}]", requirement.lead
    for number, task in enumerate(rules.tasks):
        if task.before:
            yield f"tasks[{number}].before", task.before
        if task.within:
            yield f"tasks[{number}].within", task.within


def faults(rules: Procedure, calendars: Mapping[str, Calendar], file: str) -> Iterator[Fault]:
    """Yield every period of which the calendar is not there, or has days of another kind."""
    for key, lead in named(rules):
        if not lead.calendar:
            continue
        kind, found = _AGAINST[lead.unit], calendars.get(lead.calendar)
        if found and found.kind == kind:
            continue
        problem = (
            f"the calendar {lead.calendar!r} has {found.kind} days, but {kind} days are counted."
            if found
            else f"there is no calendar {lead.calendar!r}."
        )
        fitting = sorted(calendar.code for calendar in calendars.values() if calendar.kind == kind)
        remedy = (
            f"Name one of: {', '.join(fitting)}; or add the calendar to the folder of CALENDARS_DIR."
            if fitting
            else f"Add a calendar of {kind} days to the folder of CALENDARS_DIR (docs/calendars.md)."
        )
        yield Fault(file, f"{key}.calendar", problem, remedy)
