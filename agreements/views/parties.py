"""The parties: states and organisations with how many agreements there are with each, and who is met next."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agreements import access, clock, names, search
from agreements.choices import Group, MeetingStatus, PartyKind, Precision, Stage
from agreements.dates import FuzzyDate
from agreements.folding import Sought
from agreements.models import Agreement, Meeting, Participant, Party, User
from agreements.words import Texts, Worded, pick, sorting

PAGE = 50
#: What the list can be narrowed to, and how it can be ordered.
KINDS, ORDERS = ("", *PartyKind.values), ("", "agreements")


@dataclass(frozen=True)
class Asked:
    """What is asked of the list: words, a kind, only those with agreements, a first letter, an order."""

    words: str = ""
    kind: str = ""
    related: bool = False
    letter: str = ""
    order: str = ""

    @classmethod
    def read(cls, given: QueryDict) -> "Asked":
        """Read an address; values that do not exist are passed over."""
        kind, order, letter = (given.get(name, "") for name in ("kind", "order", "letter"))
        return cls(
            words=" ".join(given.get("q", "").replace("\x00", "").split()),
            kind=kind if kind in KINDS else "",
            related=given.get("related") == "yes",
            letter=letter[:1].upper(),
            order=order if order in ORDERS else "",
        )

    def address(self, page: int = 1) -> str:
        """Return the query of the list's address."""
        pairs = {
            "q": self.words,
            "kind": self.kind,
            "related": "yes" if self.related else "",
            "letter": self.letter,
            "order": self.order,
            "page": str(page) if page > 1 else "",
        }
        return f"?{urlencode({name: value for name, value in pairs.items() if value})}"


@dataclass(frozen=True)
class Line:
    """One party: its name and kind, how many agreements with it stand in each group of stages, the next meeting."""

    code: str
    texts: Texts
    kind: PartyKind
    own: bool
    groups: Sequence[tuple[str, int, str]]
    total: int
    address: str
    all_address: str
    meeting: "Next | None"

    @property
    def name(self) -> Worded:
        """The name in the reader's language, or in one that has it."""
        return pick(self.texts)

    @property
    def letter(self) -> str:
        """The letter under which it stands."""
        return self.name.text[:1].upper()


@dataclass(frozen=True)
class Next:
    """The next meeting with a party."""

    on: FuzzyDate
    address: str


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """List the parties that match what was asked, by name or by how many agreements there are with them."""
    user: Any = request.user
    asked = Asked.read(request.GET)
    found, near = _named(_lines(user), asked.words)
    related = [line for line in found if line.total or not asked.related]
    of_kind = [line for line in related if not asked.kind or line.kind == asked.kind]
    letters = sorted({line.letter for line in of_kind}, key=sorting) if len(of_kind) > PAGE else []
    letter = asked.letter if asked.letter in letters else ""
    shown = [line for line in of_kind if not letter or line.letter == letter]
    if asked.order == "agreements":
        shown.sort(key=lambda line: -line.total)
    pages = Paginator(shown, PAGE)
    page = pages.get_page(request.GET.get("page"))
    kinds = Counter(line.kind for line in related)
    context = {
        "section": "parties",
        "asked": asked,
        "near": near,
        "rows": page.object_list,
        "page": page,
        "total": pages.count,
        "previous": asked.address(page.previous_page_number()) if page.has_previous() else "",
        "following": asked.address(page.next_page_number()) if page.has_next() else "",
        "kinds": [
            (label, replace(asked, kind=kind, letter="").address(), kinds[PartyKind(kind)] if kind else len(related),
             kind == asked.kind)
            for kind, label in (("", _("All")), ("state", _("States")), ("organisation", _("Organisations")))
        ],
        "letters": [(one, replace(asked, letter=one).address(), one == letter) for one in letters],
        "letter": letter,
        "every_letter": replace(asked, letter="").address(),
        "orders": [
            (_("By name"), replace(asked, order="").address(), not asked.order),
            (_("Most agreements first"), replace(asked, order="agreements", letter="").address(), bool(asked.order)),
        ],
        "filtered": asked.words or asked.kind or asked.related,
        "groups": [(group.value, group.label) for group in Group],
        "may_edit": user.is_staff and access.may(user, "reference_data"),
        "as_of": clock.today(),
    }  # fmt: skip
    return render(request, "parties/list.html", context)


def _lines(user: User) -> list[Line]:
    """Return all parties in the alphabetical order of the reader's language; three queries."""
    counts, meetings = _counts(user), _next_meetings(user)
    listed = reverse("agreement-list")
    lines = [
        Line(
            code=party.code,
            texts=party.names,
            kind=PartyKind(party.kind),
            own=party.code == settings.OWN_SIDE,
            groups=[
                (group, number, f"{listed}?{urlencode({'party': party.code, 'group': group})}")
                for group in Group.values
                for number in [counted[group]]
            ],
            total=counted.total(),
            address=reverse("party", args=[party.code]),
            all_address=f"{listed}?{urlencode({'party': party.code})}",
            meeting=meetings.get(party.pk),
        )
        for party in Party.objects.for_user(user)
        for counted in [counts.get(party.pk, Counter())]
    ]
    return sorted(lines, key=lambda line: sorting(line.name.text))


def _counts(user: User) -> dict[UUID, Counter[str]]:
    """Count the agreements that the reader may see, by party and group of stages."""
    seen = Agreement.objects.for_user(user).kept().order_by()
    rows = Participant.objects.filter(agreement__in=seen).order_by().values_list("party_id", "agreement__stage")
    found: dict[UUID, Counter[str]] = {}
    for party, stage, number in rows.annotate(Count("pk")):
        found.setdefault(party, Counter())[Stage(stage).group] += number
    return found


def _next_meetings(user: User) -> dict[UUID, Next]:
    """Return the next meeting with each party; one of which no day is known comes after those that have one."""
    ahead = Meeting.objects.for_user(user).filter(
        latest__gte=clock.today(), status__in=(MeetingStatus.TENTATIVE, MeetingStatus.CONFIRMED)
    )
    through = Meeting.parties.through._default_manager.filter(meeting__in=ahead.order_by())
    columns = ("party_id", "meeting_id", "meeting__earliest", "meeting__latest", "meeting__precision")
    found: dict[UUID, Next] = {}
    for party, key, earliest, latest, precision in through.order_by(
        "meeting__latest", "meeting__earliest", "meeting_id"
    ).values_list(*columns):
        on = FuzzyDate(earliest, latest, Precision(precision))
        found.setdefault(party, Next(on, reverse("meeting", args=[key])))
    return found


# ---- names ----
def _named(lines: Sequence[Line], words: str) -> tuple[list[Line], bool]:
    """Return those that all words find, or who go by the name elsewhere; else those that may be meant.

    The second answer is whether they only may be meant.
    """
    if not words:
        return list(lines), False
    sought = Sought.read(words)
    codes = {line.code for line in lines if sought.finds(search.called(line.code, line.texts))}
    near: Iterable[str] = ()
    try:
        codes.add(names.find(words).code)
    except names.BadName as error:
        near = error.candidates
    found = [line for line in lines if line.code in codes]
    return (found, False) if found else ([line for line in lines if line.code in set(near)], True)
