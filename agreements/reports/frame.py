"""What every report says of itself: as of which day, known at which moment, by whom, narrowed to what, how secret."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from agreements import clock
from agreements.choices import Level
from agreements.dates import render_day
from agreements.models import Agreement, Area, Meeting, Party, User
from agreements.reports.document import Stamp
from agreements.words import active_language

#: What a filter is called where it is asked for, if not by its own name.
_ASKED_AS = {"party": "with"}


class Content(Protocol):
    """The content of a report, as far as all have it."""

    @property
    def as_of(self) -> date:
        """The day that it looks at."""
        ...

    @property
    def known_at(self) -> datetime:
        """The moment by which it was recorded."""
        ...

    @property
    def language(self) -> str:
        """The language of its words."""
        ...

    @property
    def author(self) -> str:
        """Who has it prepared."""
        ...

    @property
    def shown(self) -> Iterable[UUID]:
        """The keys of the agreements of which it tells."""
        ...

    @property
    def level(self) -> Level:
        """The highest level of confidentiality of what it shows."""
        ...


@dataclass(frozen=True, kw_only=True)
class Look:
    """From where a report looks, in which language it speaks, and who has it prepared."""

    as_of: date
    known_at: datetime
    language: str
    author: str


class _Shown(Protocol):
    @property
    def id(self) -> UUID: ...
    @property
    def level(self) -> str: ...


class _OfAgreements(Protocol):
    @property
    def agreements(self) -> Sequence[_Shown]: ...


@dataclass(frozen=True, kw_only=True)
class OfAgreements(Look):
    """The content of a report that shows `agreements`, and is as secret as the most secret of them."""

    @property
    def shown(self: _OfAgreements) -> list[UUID]:
        """The keys of the agreements of which it tells."""
        return [one.id for one in self.agreements]

    @property
    def level(self: _OfAgreements) -> Level:
        """The highest level of confidentiality of what is shown."""
        return highest(one.level for one in self.agreements)


def look(user: User, as_of: date | None, known_at: datetime | None) -> dict[str, Any]:
    """Return the columns of a `Look` for a user: today, now and the active language where nothing else is asked."""
    return {
        "as_of": as_of or clock.today(),
        "known_at": known_at or clock.now(),
        "language": active_language(),
        "author": str(user),
    }


def stamps(content: Content, *, area: Area | None = None) -> list[Stamp]:
    """Return the lines at the head of a report."""
    found = [
        Stamp(_("As of"), render_day(content.as_of)),
        Stamp(_("Known at"), moment_words(content.known_at)),
        Stamp(_("Prepared by"), content.author),
    ]
    return [*found, Stamp(_("Area"), str(area.name))] if area else found


def head(content: Content, name: str, **filters: Any) -> dict[str, Any]:
    """Return the same for programs: `report`, `as_of`, `known_at`, `language`, `author`, `level`, `filters`.

    The filters are what `build` of the report takes; they are told by reference, code or key, days as ISO dates.
    """
    return {
        "report": name,
        "as_of": content.as_of.isoformat(),
        "known_at": said_at(content.known_at),
        "language": content.language,
        "author": content.author,
        "level": content.level.value,
        "filters": {_ASKED_AS.get(name, name): _told(value) for name, value in filters.items()},
    }


def _told(value: Agreement | Party | Area | Meeting | date | None) -> str | None:
    match value:
        case None:
            return None
        case date():
            return value.isoformat()
        case Agreement():
            return value.reference
        case Meeting():
            return str(value.pk)
        case _:
            return value.code


def highest(levels: Iterable[str]) -> Level:
    """Return the highest of levels of confidentiality; public where there is none."""
    return max(map(Level, levels), key=list(Level).index, default=Level.PUBLIC)


def moment_words(moment: datetime) -> str:
    """Write a moment in the ministry's time, to the minute."""
    local = timezone.localtime(moment)
    return f"{render_day(local.date())}, {local:%H:%M}"


def said_at(moment: datetime) -> str:
    """Write a moment for programs: RFC 3339, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
