"""The meetings: what is coming, what was, by year, and where it is not yet recorded what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from agreements import access, clock, search
from agreements.choices import MeetingStatus, Precision
from agreements.dates import FuzzyDate
from agreements.folding import Sought
from agreements.guards import Refused
from agreements.models import Format, Meeting, Party, User
from agreements.selections import CalendarSelection
from agreements.views.asked import named
from agreements.views.meeting_rows import OPEN, Row, counted, missing, rows_of, with_parties

PAGE = 50
#: What of the meetings is shown: all, what is coming, what was, what lacks an outcome.
PARTS = ("", "coming", "past", "missing")


class _Known(NamedTuple):
    """A meeting as far as it is looked for and counted."""

    key: UUID
    on: FuzzyDate
    status: str
    missing: bool

    @property
    def part(self) -> str:
        """Whether it is still to come, or is past."""
        return "coming" if self.status in OPEN and self.on.latest >= clock.today() else "past"

    @property
    def order(self) -> tuple[Any, ...]:
        """The key of the list: what is coming, the next first and what has no day last; then the last first."""
        if self.part == "coming":
            return 0, self.on.precision == Precision.UNKNOWN, self.on.earliest, self.on.latest, str(self.key)
        unknown = self.on.precision == Precision.UNKNOWN and self.on.latest.year == self.on.latest.max.year
        return 1, unknown, -self.on.latest.toordinal(), -self.on.earliest.toordinal(), str(self.key)


@dataclass(frozen=True)
class Section:
    """Meetings under one heading: what is coming, or a year."""

    label: str
    rows: Sequence[Row]


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """List the meetings that match what was asked, as far as the reader may see them."""
    user: Any = request.user
    problems: list[str] = []
    try:
        selection = CalendarSelection.read(request.GET, user)
    except Refused as refusal:
        selection, problems = CalendarSelection(), [reason.sentence for reason in refusal.reasons]
    words = " ".join(request.GET.get("q", "").replace("\x00", "").split())
    part = request.GET.get("part", "") if request.GET.get("part", "") in PARTS else ""
    found = sorted(_known(user, selection, words), key=lambda one: one.order)
    shown = [one for one in found if part in ("", one.part) or (part == "missing" and one.missing)]
    pages = Paginator(shown, PAGE)
    page = pages.get_page(request.GET.get("page"))
    asked = selection.asked | ({"q": words} if words else {})
    context = {
        "section": "calendar",
        "tab": "meetings",
        "selection": selection,
        "words": words,
        "part": part,
        "problems": problems,
        "sections": _sections(user, list(page.object_list)),
        "total": pages.count,
        "parts": [(label, _query(asked, part=code), number, code == part) for code, label, number in _counts(found)],
        "page": page,
        "previous": _query(asked, part=part, page=page.previous_page_number()) if page.has_previous() else "",
        "following": _query(asked, part=part, page=page.next_page_number()) if page.has_next() else "",
        "formats": named(Format.objects.for_user(user)),
        "all_parties": named(Party.objects.for_user(user)),
        "statuses": MeetingStatus.choices,
        "filtered": bool(asked or part),
        "may_arrange": access.may(user, "edit"),
        "as_of": clock.today(),
    }
    return render(request, "meetings/list.html", context, status=400 if problems else 200)


def _query(asked: dict[str, Any], *, part: str, page: int = 1) -> str:
    more = ({"part": part} if part else {}) | ({"page": str(page)} if page > 1 else {})
    return f"?{urlencode(asked | more)}"


def _counts(found: Sequence[_Known]) -> list[tuple[str, str, int]]:
    """Return the parts with what they are called and how many meetings each has."""
    coming = sum(one.part == "coming" for one in found)
    return [
        ("", pgettext("meetings", "All"), len(found)),
        ("coming", pgettext("meetings", "Coming"), coming),
        ("past", pgettext("meetings", "Past"), len(found) - coming),
        ("missing", _("Outcomes missing"), sum(one.missing for one in found)),
    ]


def _known(user: User, selection: CalendarSelection, words: str) -> list[_Known]:
    """Return the meetings that match, of each no more than is needed to order and to count them."""
    rows = counted(selection.meetings(user).filter(search.met(Sought.read(words), user)), user)
    outcomes = ("outcome", "outcome_ru", "outcome_kk")
    columns = ("pk", "earliest", "latest", "precision", "status", "points", "unsaid")
    found = []
    for row in rows.order_by().values(*columns, *outcomes):
        lacks = missing(row["status"], row["points"], row["unsaid"], told=any(row[name] for name in outcomes))
        on = FuzzyDate(row["earliest"], row["latest"], Precision(row["precision"]))
        found.append(_Known(row["pk"], on, row["status"], bool(lacks)))
    return found


def _sections(user: User, known: Sequence[_Known]) -> list[Section]:
    """Read the meetings of a page, and part them into what is coming and the years of the past; two queries."""
    rows = with_parties(counted(Meeting.objects.for_user(user).filter(pk__in=[one.key for one in known]), user))
    found = {row.meeting.pk: row for row in rows_of(rows)}
    sections: dict[str, list[Row]] = {}
    for one in known:
        sections.setdefault(_heading(one), []).append(found[one.key])
    return [Section(label, rows) for label, rows in sections.items()]


def _heading(one: _Known) -> str:
    if one.part == "coming":
        return pgettext("meetings", "Coming")
    if one.on.latest.year == one.on.latest.max.year:
        return _("Day not known")
    return str(FuzzyDate.of(one.on.latest, Precision.YEAR))
