"""What is going to leave the API: told with each answer (RFC 9745, RFC 8594) and in the schema, long before it goes."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from django.utils.http import http_date


class Leaving(NamedTuple):
    """Something that is deprecated: since when, until when it works at least, and what is used instead."""

    since: date
    until: date
    instead: str

    @property
    def told(self) -> str:
        """What the schema says of it."""
        return f"Deprecated since {self.since}, works until {self.until} at least. {self.instead}"


#: What leaves, by the action of a view, or by the action, a question mark and the parameter.
Deprecated = Mapping[str, Leaving]


def headers(deprecated: Deprecated, action: str, parameters: Collection[str]) -> dict[str, str]:
    """Return what an answer says of what its request used that is going to leave; the first end counts."""
    used = list(_used(deprecated, action, parameters))
    if not used:
        return {}
    since, until = min(one.since for one in used), min(one.until for one in used)
    return {
        "Deprecation": f"@{_moment(since):.0f}",
        "Sunset": http_date(_moment(until)),
        "Link": '</api/docs/>; rel="deprecation"; type="text/html"',
    }


def _used(deprecated: Deprecated, action: str, parameters: Collection[str]) -> Iterator[Leaving]:
    for name, leaving in deprecated.items():
        operation, _mark, parameter = name.partition("?")
        if operation == action and (not parameter or parameter in parameters):
            yield leaving


def _moment(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()
