"""Reading what people ask for: a day to look back to, a moment of knowledge."""

from datetime import UTC, date, datetime, time

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

#: Years between which a moment of knowledge is looked for; beyond them no time zone can be applied.
FIRST_YEAR, LAST_YEAR = 1900, 2999


class BadQuestion(ValueError):
    """The address asks for something that is not understood; the message says what to write instead."""


def read_day(text: str) -> date | None:
    """Return the day that a parameter names, or None where it is empty. Raises BadQuestion."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadQuestion(_("“%(text)s” is not a day. Write it as 2024-12-28.") % {"text": text}) from error


def read_moment(text: str) -> datetime | None:
    """Return the moment that a parameter names; a day alone means its end. Raises BadQuestion."""
    if not text:
        return None
    try:
        moment = parse_datetime(text) if len(text) > 10 else None
        if moment is None:
            moment = datetime.combine(date.fromisoformat(text), time.max)
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise ValueError
        return (moment if timezone.is_aware(moment) else timezone.make_aware(moment)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadQuestion(
            _("“%(text)s” is not a moment. Write a day (2024-12-28) or a moment (2024-12-28T18:00:00Z).")
            % {"text": text}
        ) from error
