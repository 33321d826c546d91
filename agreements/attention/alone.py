"""What needs attention in one agreement by itself, or because nothing signed is to follow it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from agreements import iso639, periods
from agreements.bonds import Seen, ball_words
from agreements.chains import titles_in
from agreements.choices import ActionKind, Ball, DocumentKind, EntryKind, Group, Role, Stage, Status
from agreements.dates import FuzzyDate
from agreements.findings import EXPIRY_LATE, Finding, Stages, finding, seen_in
from agreements.models import DocumentVersion, User
from agreements.words import Texts, pick

#: Silence is told of by the year.
YEAR = 365
#: How many parties a sentence names; more are counted.
_NAMED = 3


class Text(NamedTuple):
    """A file that is kept of a text of an agreement: which text, as which kind of document, in which language."""

    agreement: UUID
    number: int
    kind: str
    language: str


def kept_texts(user: User, day: date, known_at: datetime | None, only: Collection[UUID] | None) -> frozenset[Text]:
    """Return which texts are kept that the reader may see, as dated by the day and recorded by the moment; a query."""
    rows = DocumentVersion.objects.for_user(user).live(known_at).filter(document__kind__in=DocumentKind.texts())
    if only is not None:
        rows = rows.filter(document__agreement__in=only)
    if known_at is not None:
        rows = rows.filter(uploaded_at__lte=known_at)
    columns = ("document__agreement", "document__text", "document__kind", "language", "dated")
    found = rows.order_by("pk").values_list(*columns)
    return frozenset(Text(*text) for *text, dated in found if dated is None or dated.possibly_by(day))


@dataclass(frozen=True)
class _Named:
    """The first of several names, in the reader's language."""

    names: Sequence[Texts]

    def __str__(self) -> str:
        shown = [pick(names).text for names in self.names[:_NAMED]]
        return ", ".join([*shown, *("…" for _more in self.names[_NAMED : _NAMED + 1])])


def of_one(seen: Seen, after: Sequence[Seen], texts: Collection[Text], hidden: Collection[UUID]) -> Iterator[Finding]:
    """Yield what is found in an agreement; `after` are those that follow it, `hidden` entries not for the reader."""
    for one in seen_in(seen):
        if one.code != "expiring":
            yield one
        elif not any(_concluded(later) for later in after):
            yield _without_successor(one, [later for later in after if later.stage != Stage.WITHDRAWN])
    yield from _notice(seen)
    yield from _stuck(seen)
    yield from _waiting(seen)
    yield from _tracks(seen)
    yield from _texts_missing(seen, texts)
    if seen.group in (Group.PREPARING, Group.CONCLUDED, Group.OPERATIVE):
        if not seen.record["officer"]:
            yield finding(seen, "no-officer", "plain", _("No responsible officer is named"), target="edit")
        yield from _silent(seen, hidden)


def _without_successor(expiring: Finding, after: Sequence[Seen]) -> Finding:
    """Say of what expires that nothing takes its place yet: nothing is recorded, or what follows is not signed."""
    if not after:
        template = ngettext_lazy(
            "Expires in %(days)s day; nothing is recorded that follows it",
            "Expires in %(days)s days; nothing is recorded that follows it",
            "days",
        )
        return replace(expiring, template=template)
    template = ngettext_lazy(
        "Expires in %(days)s day; what is to follow it is not signed: %(other)s",
        "Expires in %(days)s days; what is to follow it is not signed: %(other)s",
        "days",
    )
    other = after[0]
    params = {**expiring.params, "other": title_of(other)}
    return replace(expiring, template=template, params=params, other=other.record["reference"])


def title_of(seen: Seen) -> Texts:
    """Return the short title of an agreement by language, the full one of a language that has no short one."""
    return titles_in(seen.record)


def _concluded(seen: Seen) -> bool:
    """Whether it is signed or in effect, or was and has ended since."""
    walked = [entry for entry in seen.chain.history.line if seen.state and entry.position <= seen.state.since.position]
    return seen.stage != Stage.WITHDRAWN and any(
        entry.to_stage and entry.to_stage.group in (Group.CONCLUDED, Group.OPERATIVE) for entry in walked
    )


def _notice(seen: Seen) -> Iterator[Finding]:
    """Yield that notice against a renewal is still possible, or is no longer."""
    period = seen.period
    if period is None or not period.last_notice or not period.renews_on or seen.group != Group.OPERATIVE:
        return
    last, days = FuzzyDate.of_day(period.last_notice), (period.last_notice - seen.as_of).days
    told: dict[str, Any] = {"day": last, "renewal": FuzzyDate.of_day(period.renews_on)}
    if 0 <= days <= periods.REMINDERS[0]:
        yield finding(
            seen,
            "notice-window",
            "late" if days <= EXPIRY_LATE else "soon",
            _("Renewed on %(renewal)s unless notice is given by %(day)s"),
            params=told, day=last, days=days, target="validity",
        )  # fmt: skip
    elif days < 0:
        yield finding(
            seen,
            "notice-missed",
            "plain",
            _("The last day for notice was %(day)s: it is renewed on %(renewal)s"),
            params=told, day=last, days=-days, target="validity",
        )  # fmt: skip


#: Made once: making such a template takes longer than finding what it is said of.
_LONGER = ngettext_lazy(
    "%(stage)s for %(days)s day; usual are at most %(usual)s",
    "%(stage)s for %(days)s days; usual are at most %(usual)s",
    "days",
)


def _stuck(seen: Seen) -> Iterator[Finding]:
    """Yield that it has been in its stage for longer than usual; the days on hold do not count, nor what is on hold."""
    state = seen.state
    if state is None or state.hold or seen.group not in (Group.PREPARING, Group.CONCLUDED):
        return
    usual = seen.rules.stages[state.stage].usual_days
    days = (seen.as_of - state.since.when.latest).days - _held(seen)
    if usual is None or days <= usual:
        return
    params = {"stage": Stages(seen.rules, [state.stage]), "days": days, "usual": usual}
    yield finding(seen, "stuck", "soon", _LONGER, params=params, day=state.since.when, days=days, target="steps")


def _held(seen: Seen) -> int:
    """Return how many days it was on hold since it entered its stage, as many as there can have been."""
    state = seen.state
    days, held = 0, None
    for entry in seen.chain.history.line:
        if state is None or entry.position <= state.since.position or not entry.when.certainly_by(seen.as_of):
            continue
        if entry.kind == EntryKind.HOLD:
            held = entry
        elif entry.kind == EntryKind.RELEASE and held is not None:
            days += (entry.when.latest - max(held.when.earliest, state.since.when.earliest)).days
            held = None
    return days


def _waiting(seen: Seen) -> Iterator[Finding]:
    if seen.ball != Ball.OTHER or seen.state is None or seen.state.hold or seen.group == Group.ENDED:
        return
    parties = tuple(seen.parties)
    template = _("The next move is not ours: %(party)s")
    yield finding(seen, "waiting-other", "plain", template, params={"party": _Whose(parties)}, target="steps")


@dataclass(frozen=True)
class _Whose:
    """The other side: by its name where it is one party."""

    parties: tuple[tuple[str, Texts], ...]

    def __str__(self) -> str:
        return ball_words(Ball.OTHER, self.parties)


def _tracks(seen: Seen) -> Iterator[Finding]:
    """Yield where the stage and the acts of participants do not fit together."""
    tracked = seen.bond.tracked
    if tracked is None or seen.state is None:
        return
    names = dict(seen.parties)
    if seen.group == Group.PREPARING:
        kinds = (ActionKind.SIGNATURE, *ActionKind.consents())
        early = {act.party for act in tracked.acts if act.kind in kinds and act.on.certainly_by(seen.as_of)}
        template = ngettext_lazy(
            "Not signed by its stage, but %(number)s participant has signed or consented: %(parties)s",
            "Not signed by its stage, but %(number)s participants have signed or consented: %(parties)s",
            "number",
        )
        odd = sorted(early)
    elif seen.group == Group.OPERATIVE and seen.rules.binding:
        # The record tells of consents; then those of all the parties are expected.
        consented = any(act.kind in ActionKind.consents() or act.definitive for act in tracked.acts)
        standings = replace(tracked, asked=tuple(tracked.participants)).standings if consented else {}
        lacking = (Status.NOT_SIGNED, Status.INITIALLED, Status.SIGNED_AD_REFERENDUM, Status.SIGNED)
        odd = [
            code
            for code, one in sorted(standings.items())
            if tracked.roles[code] == Role.PARTY and one.status in lacking and one.possibly in (None, *lacking)
        ]
        template = ngettext_lazy(
            "In force, but of %(number)s party no consent is recorded: %(parties)s",
            "In force, but of %(number)s parties no consent is recorded: %(parties)s",
            "number",
        )
    else:
        return
    if odd:
        params = {"number": len(odd), "parties": _Named([names.get(code, {"en": code}) for code in odd])}
        yield finding(seen, "tracks-conflict", "soon", template, params=params, target="participants")


#: In which kinds of document the text of an agreement is kept, from each group of stages on.
_TEXTS = {
    Group.PREPARING: (DocumentKind.INITIALLED_TEXT,),
    Group.CONCLUDED: (DocumentKind.SIGNED_TEXT, DocumentKind.CERTIFIED_COPY),
    Group.OPERATIVE: (DocumentKind.SIGNED_TEXT, DocumentKind.CERTIFIED_COPY),
}
_AGREED = (Stage.INITIALLED, Stage.SIGNING)


def _texts_missing(seen: Seen, kept: Collection[Text]) -> Iterator[Finding]:
    """Yield in which of its authentic languages no file of the text is kept, once there is an agreed text (VCLT 33)."""
    authentic, state = iso639.codes(seen.record.get("authentic_languages", "")), seen.state
    if not authentic or state is None or (seen.group == Group.PREPARING and state.stage not in _AGREED):
        return
    kinds = _TEXTS.get(state.stage.group, ())
    missing = [
        code for code in authentic if not any(Text(seen.chain.id, state.text, kind, code) in kept for kind in kinds)
    ]
    if missing and kinds:
        yield finding(
            seen, "text-missing", "plain", _("No version is kept in an authentic language: %(languages)s"),
            params={"languages": _Languages(missing)}, target="documents",
        )  # fmt: skip


@dataclass(frozen=True)
class _Languages:
    """Languages by their names, in the reader's language."""

    codes: Sequence[str]

    def __str__(self) -> str:
        return ", ".join(iso639.name(code) for code in self.codes)


def _silent(seen: Seen, hidden: Collection[UUID]) -> Iterator[Finding]:
    """Yield that nothing is recorded of it for a year: neither what happened nor a change of its data.

    What the reader may know nothing of breaks no silence for him.
    """
    days = [
        row["latest"]
        for row in seen.chain.rows
        if row["kind"] != EntryKind.VOID and row["latest"] <= seen.as_of and row["id"] not in hidden
    ]
    last = max(days, default=None)
    if last is None or (seen.as_of - last).days <= YEAR:
        return
    when = FuzzyDate.of_day(last)
    yield finding(
        seen, "silent", "plain", _("Nothing is recorded since %(day)s"),
        params={"day": when}, day=when, days=(seen.as_of - last).days,
    )  # fmt: skip
