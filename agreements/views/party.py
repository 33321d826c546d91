"""The page of one party: all agreements with it, what needs attention, figures, meetings, how it takes part."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Case, CharField, Count, F, Value, When, Window
from django.db.models.functions import RowNumber
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from agreements import access, attention, clock, names
from agreements.attention import Review
from agreements.chains import Told, day_of
from agreements.choices import Group, PartyKind, Stage, Status
from agreements.findings import ICONS, STRENGTHS
from agreements.models import Agreement, Indicator, Meeting, User
from agreements.reports.document import Timeline
from agreements.reports.facts import AgreementFacts, facts_in
from agreements.reports.portfolio import timeline
from agreements.views.meeting_rows import Row, counted, rows_of
from agreements.views.noticed import mended_at
from agreements.views.quiet import seen_by
from agreements.views.series import series_of
from agreements.words import Worded, alphabetical, pick

#: How many agreements of a group of stages the page shows, how many findings stand open, how many lives are drawn.
SHOWN, FINDINGS, LANES = 25, 8, 25
#: So many findings stand behind “more”; the list of agreements finds them all.
LESSER = 40
#: So many meetings are read: the latest.
_READ = 40


@dataclass(frozen=True)
class _About:
    """A party as the journal tells of it."""

    code: str
    kind: PartyKind
    name: Worded


@dataclass(frozen=True)
class Section:
    """The agreements of one group of stages, the most urgent first; `total` counts those that are not shown, too."""

    group: Group
    rows: Sequence[AgreementFacts]
    total: int
    address: str

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.rows)


@dataclass(frozen=True)
class Notice:
    """Something that needs attention: its strength, sign and sentence, of which agreement, and where it is mended."""

    kind: str
    icon: str
    words: str
    title: Worded
    address: str


@dataclass(frozen=True)
class Member:
    """A membership: the other party, since and until when."""

    code: str
    name: Worded
    since: date
    until: date | None

    @property
    def address(self) -> str:
        """The address of the other party's page."""
        return reverse("party", args=[self.code])


@require_safe
def page(request: HttpRequest, code: str) -> HttpResponse:
    """Show a party as far as the reader may see what there is with it. Raises Http404 for one that is not known."""
    user: Any = request.user
    keys, totals = _agreements(user, code)
    found = attention.review(user, only=keys)
    if code not in found.names.records:
        raise Http404
    party = _About(code, PartyKind(found.names.records[code]["kind"]), pick(found.names.parties[code]))
    facts = [facts_in(seen, found.names, whose=False) for seen in found.seen.values()]
    sections = _sections(code, facts, totals)
    ordered = [one for section in sections for one in section.rows]
    coming, past = _meetings(user, code)
    memberships, members = _memberships(code, found.names.records, found.names.parties)
    series = series_of(Indicator.objects.for_user(user).kept().filter(party__code=code))
    pressing, lesser = _notices(found, user)
    own = code == settings.OWN_SIDE
    context = {
        "section": "parties",
        "party": party,
        "own": own,
        "gone": known.until if (known := names.known(code)) else None,
        "sections": sections,
        "total": sum(totals.values()),
        "list_address": f"{reverse('agreement-list')}?{urlencode({'party': code})}",
        "noticed": len(found.findings),
        "pressing": pressing,
        "lesser": lesser,
        "drawn": [one for one in series if one.picture],
        "plain": [one for one in series if not one.picture],
        "timeline": _drawn(ordered, found.as_of) if len(ordered) == sum(totals.values()) else None,
        "coming": coming,
        "past": past,
        "meetings_address": f"{reverse('meeting-list')}?{urlencode({'party': code})}",
        "standing": _standing(found, code),
        "undisclosed": list(seen_by(user).standing().filter(party__code=code).order_by("-changed_at", "pk")[:LESSER]),
        "memberships": memberships,
        "members": [one for one in members if not one.until],
        "former": [one for one in members if one.until],
        "brief": "" if own else f"{reverse('report', args=['brief'])}?{urlencode({'with': code})}",
        "may_arrange": access.may(user, "edit"),
        "as_of": found.as_of,
    }
    return render(request, "parties/party.html", context)


# ---- agreements ----
def _agreements(user: User, code: str) -> tuple[list[UUID], Mapping[str, int]]:
    """Return the agreements with a party, of each group of stages those that changed last, and how many it has."""
    group = Case(*(When(stage__in=Stage.of(one), then=Value(one.value)) for one in Group), output_field=CharField())
    rows = Agreement.objects.for_user(user).kept().filter(participants__party__code=code).annotate(of_group=group)
    ranked = rows.annotate(
        rank=Window(RowNumber(), partition_by=F("of_group"), order_by=[F("changed_at").desc(), F("pk").asc()]),
        counted=Window(Count("pk"), partition_by=F("of_group")),
    )
    found = list(ranked.filter(rank__lte=SHOWN).order_by("pk").values_list("pk", "of_group", "counted"))
    return [key for key, _group, _number in found], {one: number for _key, one, number in found}


def _sections(code: str, facts: Iterable[AgreementFacts], totals: Mapping[str, int]) -> list[Section]:
    order, listed = list(Stage), reverse("agreement-list")
    ordered = sorted(
        facts,
        key=lambda one: (
            one.urgency,
            -order.index(one.stage) if one.stage else 0,
            one.since.latest if one.since else date.min,
            one.reference,
        ),
    )
    return [
        Section(
            group,
            [one for one in ordered if (one.group or Group.PREPARING) == group],
            totals[group],
            f"{listed}?{urlencode({'party': code, 'group': group.value})}",
        )
        for group in (Group.PREPARING, Group.CONCLUDED, Group.OPERATIVE, Group.ENDED)
        if totals.get(group)
    ]


def _notices(found: Review, user: User) -> tuple[list[Notice], list[Notice]]:
    """Return what needs attention, the strongest first: what is late or soon, as far as there is room, and the rest."""
    told = [
        Notice(one.strength, ICONS[one.code], one.sentence, pick(found.titles[one.reference]), mended_at(one, user))
        for one in found.findings
    ]
    pressing = [one for one in told if one.kind != STRENGTHS[-1]][:FINDINGS]
    return pressing, told[len(pressing) : len(pressing) + LESSER]


def _drawn(facts: Sequence[AgreementFacts], day: date) -> Timeline | None:
    drawn = timeline(facts, day) if len(facts) <= LANES else None
    return drawn if drawn and drawn.lanes else None


def _standing(found: Review, code: str) -> list[tuple[str, int]]:
    """Say in how many of the treaties with a party it is bound, has signed, and so on."""
    told = Told({}, found.names)
    counted: Counter[Status] = Counter()
    for seen in found.seen.values():
        if seen.rules.binding:
            standing = told.track(seen.chain, found.as_of, of={code}).standings.get(code)
            counted[standing.status if standing else Status.NONE] += 1
    return [(str(status.label), counted[status]) for status in reversed(Status) if counted[status]]


# ---- meetings, memberships ----
def _meetings(user: User, code: str) -> tuple[list[Row], list[Row]]:
    """Return the meetings to come, the next first, and those of the past, the last first."""
    meetings = counted(Meeting.objects.for_user(user).filter(parties__code=code), user).select_related("format")
    rows = rows_of(meetings.order_by("-latest", "-earliest", "pk")[:_READ], named=False)
    coming = sorted((row for row in rows if row.ahead), key=lambda row: (row.on.latest, row.on.earliest, row.address))
    return coming, [row for row in rows if not row.ahead]


def _memberships(
    code: str, records: Mapping[str, Mapping[str, Any]], texts: Mapping[str, Any]
) -> tuple[list[Member], list[Member]]:
    """Return the organisations that it is or was a member of, and its own members, as the journal tells of parties."""
    of_it, its_own = [], []
    for other, columns in records.items():
        for item in columns.get("memberships", ()):
            since, until = date.fromisoformat(item["from"]), day_of(item["until"])
            if since > clock.today():
                continue
            over = until if until and until < clock.today() else None
            if other == code:
                organisation = item["organisation"]
                of_it.append(Member(organisation, pick(texts.get(organisation, {})), since, over))
            elif item["organisation"] == code:
                its_own.append(Member(other, pick(texts[other]), since, over))
    return sorted(of_it, key=_by_name), sorted(its_own, key=_by_name)


def _by_name(one: Member) -> tuple[bool, tuple[int, ...], date]:
    return one.until is not None, alphabetical(one.name.text), one.since
