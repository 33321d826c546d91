"""Reading what people ask for: a day to look back to, a moment of knowledge, what a report is narrowed to."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from agreements import clock
from agreements.dates import parse_day, render_day
from agreements.models import Agreement, Area, Meeting, Party, User

#: Years between which a moment of knowledge is looked for; beyond them no time zone can be applied.
FIRST_YEAR, LAST_YEAR = 1900, 2999
#: So many characters of what was asked are repeated in an answer.
ECHOED = 60


class BadQuestion(ValueError):
    """The address asks for something that is not understood; the message says what to write instead."""


def read_day(text: str) -> date | None:
    """Return the day that a parameter names, or None where it is empty. Raises BadQuestion."""
    try:
        return parse_day(text) if text else None
    except ValueError as error:
        raise BadQuestion(_("“%(text)s” is not a day. Write it as 2024-12-28.") % {"text": text[:ECHOED]}) from error


def read_moment(text: str) -> datetime | None:
    """Return the moment that a parameter names; a day alone means its end. Raises BadQuestion."""
    if not text:
        return None
    try:
        moment = parse_datetime(text) if len(text) > 10 else None
        if moment is None:
            moment = datetime.combine(parse_day(text), time.max)
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise ValueError
        return (moment if timezone.is_aware(moment) else timezone.make_aware(moment)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadQuestion(
            _("“%(text)s” is not a moment. Write a day (2024-12-28) or a moment (2024-12-28T18:00:00Z).")
            % {"text": text[:ECHOED]}
        ) from error


# ---- what a report is asked ----
#: How each filter of a report is asked for: the name of the parameter, what it names, and by what of it.
_ROWS: Mapping[str, tuple[str, type, str]] = {
    "agreement": ("agreement", Agreement, "reference"),
    "meeting": ("meeting", Meeting, "pk"),
    "party": ("with", Party, "code"),
    "area": ("area", Area, "code"),
}
#: The filters that are days.
_DAYS = ("since", "until")


@dataclass(frozen=True)
class Asked:
    """What a report was asked: what its `build` takes, and a sentence for each parameter that is not understood."""

    chosen: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def parameters(filters: Collection[str]) -> list[str]:
    """Return the names of the parameters that a report with these filters understands."""
    return ["as_of", "known_at", *(_ROWS[name][0] if name in _ROWS else name for name in filters)]


def ask(
    user: User | AnonymousUser,
    filters: Collection[str],
    texts: Mapping[str, str],
    *,
    day: Callable[[str], date | None] = read_day,
    required: Collection[str] = (),
    begins: bool = False,
) -> Asked:
    """Return what the parameters ask of a report with these filters; `day` reads the day it looks at.

    What the user may not see is not known. `required` are filters without which there is no report; `begins` says that
    the time it is on begins on the day it looks at, unless another first day is named.
    """
    asked = Asked()
    for name, read in (("as_of", day), ("known_at", read_moment), *((name, read_day) for name in _DAYS)):
        if name in _DAYS and name not in filters:
            continue
        try:
            asked.chosen[name] = read(texts.get(name, "").strip())
        except BadQuestion as problem:
            asked.problems[name] = str(problem)
    for name in filters:
        if name in _ROWS:
            parameter, _model, _column = _ROWS[name]
            text = texts.get(parameter, "").strip()
            found = asked.chosen[name] = _row(user, name, text)
            if text and found is None:
                asked.problems[parameter] = _unknown(name, text)
            elif found is None and name in required:
                asked.problems[parameter] = _missing(name)
    since = asked.chosen.get("since")
    # A time of which the end can be asked for may lie ahead, and need have none.
    last = asked.chosen.get("until") if "until" in filters else asked.chosen.get("as_of") or clock.today()
    if since and last and since > last and "as_of" not in asked.problems:
        asked.problems["since"] = _("The first day, %(first)s, is after the last one, %(last)s.") % {
            "first": render_day(since),
            "last": render_day(last),
        }
    first = asked.chosen.get("as_of") or clock.today()
    if begins and last and last < first and not since and asked.problems.keys().isdisjoint(("as_of", "since")):
        said = _("This would end before %(first)s: name the first day, too.")
        asked.problems["until"] = said % {"first": render_day(first)}
    return asked


def _row(user: User | AnonymousUser, name: str, text: str) -> Any:
    _parameter, model, column = _ROWS[name]
    if not text or not text.isprintable():
        return None
    rows: Any = model
    try:
        return rows.objects.for_user(user).filter(**{column: UUID(text) if column == "pk" else text}).first()
    except (ValueError, ValidationError):
        return None


def _missing(name: str) -> str:
    match name:
        case "agreement":
            return _("Name an agreement by its reference, such as AIR-7Q4M.")
        case "meeting":
            return _("Name a meeting.")
        case _:
            return _("Name a partner.")


def _unknown(name: str, text: str) -> str:
    match name:
        case "agreement":
            sentence = _("There is no agreement “%(code)s”.")
        case "meeting":
            sentence = _("There is no meeting “%(code)s”.")
        case "party":
            sentence = _("There is no party “%(code)s”.")
        case _:
            sentence = _("There is no area “%(code)s”.")
    return sentence % {"code": text[:ECHOED]}
