"""The two times of Pacta: the ministry's day, and the moment of recording."""

from datetime import date, datetime

from django.conf import settings
from django.utils import timezone


def today() -> date:
    """Return the ministry's day (TIME_ZONE), or the day the demonstration looks at (PACTA_TODAY)."""
    return settings.PACTA_TODAY or timezone.localdate()


def now() -> datetime:
    """Return this moment in UTC. Recorded-at is always real: the demonstration never pretends one."""
    return timezone.now()
