"""From where a page looks: the day whose truth it shows, and the moment whose knowledge it has."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Min
from django.http import HttpRequest
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from agreements import clock
from agreements.choices import SubjectKind
from agreements.dates import render_day
from agreements.models import Agreement, Entry
from agreements.questions import BadQuestion, read_day, read_moment


@dataclass(frozen=True)
class Standpoint:
    """A day, and a moment or none for all that is known; `problem` says what of the address was not understood."""

    as_of: date
    known_at: datetime | None = None
    problem: str = ""

    @property
    def past(self) -> bool:
        """Whether the page shows another day or another knowledge than today's."""
        return self.known_at is not None or self.as_of != clock.today()

    @property
    def query(self) -> str:
        """What an address must carry to look from the same place, with its question mark; empty for today."""
        return f"?{urlencode(self.asked)}" if self.past else ""

    @property
    def asked(self) -> dict[str, str]:
        """The parameters of the address behind this standpoint."""
        if not self.past:
            return {}
        asked = {"as_of": self.as_of.isoformat()}
        if self.known_at:
            asked["known_at"] = timezone.localtime(self.known_at).replace(tzinfo=None).isoformat()
        return asked


def known_from(user: Any, agreement: Agreement | None = None) -> datetime | None:
    """Return when the first entry was recorded that the user may see: of an agreement, or of any."""
    entries = Entry.objects.for_user(user).filter(subject_kind=SubjectKind.AGREEMENT)
    first: datetime | None = (entries.of(agreement) if agreement else entries).aggregate(at=Min("recorded_at"))["at"]
    return first


def read_past_day(text: str) -> date | None:
    """Return the day that a parameter names, or None where it is empty. Raises BadQuestion, also for a day to come."""
    day = read_day(text)
    if day and day > clock.today():
        raise BadQuestion(
            _("%(day)s is still to come. The register shows what was true on a past day.") % {"day": render_day(day)}
        )
    return day


def standpoint(request: HttpRequest) -> Standpoint:
    """Read the standpoint from the address: `as_of`, a day, and `known_at`, a day or a moment.

    Where one of them is not understood, or lies ahead, the page shows today and says so.
    """
    try:
        day = read_past_day(request.GET.get("as_of", "").strip()) or clock.today()
        known_at = read_moment(request.GET.get("known_at", "").strip())
    except BadQuestion as error:
        return Standpoint(clock.today(), problem=str(error))
    return Standpoint(day, known_at)
