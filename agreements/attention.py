"""What needs attention: for an agreement, or for everything that a reader may see, as true on a day.

Everything is told from what `for_user` lets the reader read. An agreement that is hidden is not read at all, so it
closes no gap, follows nothing and is named nowhere: who may not see a successor reads what there would be to read if
there were none. Relations are taken from the records as their chains rebuild them; the tasks of a past day are left out
(`Review.tasks_told`), for what was open then is not kept.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from agreements import changes, clock, iso639, periods
from agreements.bonds import Seen, ball_words, see
from agreements.chains import Names, Told, tell, titles_in
from agreements.choices import (
    ActionKind,
    Ball,
    DocumentKind,
    EntryKind,
    Group,
    RelationKind,
    Role,
    Stage,
    Status,
    TaskStatus,
)
from agreements.dates import FuzzyDate
from agreements.duties import DUE_SOON
from agreements.findings import EXPIRY_LATE, Finding, Stages, finding, seen_in
from agreements.models import Agreement, DocumentVersion, Entry, Relation, Task, User
from agreements.periods import Passage, Passing
from agreements.procedures import Procedure
from agreements.words import Texts, pick

#: A gap or overlap that is over, and silence, are told of by the year.
YEAR = 365
#: How many parties a sentence names; more are counted.
_NAMED = 3
#: The findings on the quality of what is recorded, in the order of a report.
QUALITY = (
    "entry-conflict",
    "tracks-conflict",
    "predecessor-in-force",
    "clause-met",
    "disputed-date",
    "out-of-procedure",
    "text-missing",
    "no-planned-date",
    "no-officer",
    "silent",
)  # fmt: skip
#: The relations by which one agreement comes after another.
NEXT = (RelationKind.FOLLOWS, RelationKind.SUPERSEDES)


@dataclass(frozen=True)
class _Named:
    """The first of several names, in the reader's language."""

    names: Sequence[Texts]

    def __str__(self) -> str:
        shown = [pick(names).text for names in self.names[:_NAMED]]
        return ", ".join([*shown, *("…" for _more in self.names[_NAMED : _NAMED + 1])])


@dataclass(frozen=True)
class OpenTask:
    """An open task: what is to be done, whose it is, by when, on which legal basis."""

    id: UUID
    agreement: UUID
    title: Texts
    body: Texts
    law: Texts
    side: Ball
    party: Texts
    unit: Texts
    person: str
    due: FuzzyDate | None
    due_by: date
    missed: bool

    @classmethod
    def of(cls, task: Task, rules: Procedure) -> "OpenTask":
        """Return a task that has a last possible day, as its row has it; `rules` say on which law it rests."""
        return cls(
            id=task.pk,
            agreement=task.agreement_id,
            title=task.title_texts,
            body=task.body_texts,
            law=next((rule.law for rule in rules.tasks if rule.code == task.code), {}) if task.code else {},
            side=Ball(task.side),
            party=task.party.names if task.party else {},
            unit=task.unit.names if task.unit else {},
            person=str(task.person or ""),
            due=task.due,
            due_by=task.due_by or date.max,
            missed=task.missed,
        )


class Text(NamedTuple):
    """A file that is kept of a text of an agreement: which text, as which kind of document, in which language."""

    agreement: UUID
    number: int
    kind: str
    language: str


@dataclass(frozen=True)
class Beside:
    """What a look at agreements asks for beside their chains, as far as the reader may see it.

    `tasks` are the open ones with a last possible day, None where they are not told; `hidden` are the entries of which
    the reader may know nothing.
    """

    tasks: Sequence[OpenTask] | None = None
    texts: Collection[Text] = frozenset()
    hidden: Collection[UUID] = frozenset()


@dataclass(frozen=True)
class Between:
    """Two instruments of which one follows the other, by their keys, and the days between them or in common."""

    earlier: UUID
    later: UUID
    passage: Passage


@dataclass(frozen=True)
class Review:
    """What a look at agreements found, the strongest first; `seen` is where each stood, `names` the words of codes.

    `titles` are those of all that was looked at, by reference.
    """

    as_of: date
    seen: Mapping[UUID, Seen]
    names: Names
    titles: Mapping[str, Texts]
    findings: Sequence[Finding]
    tasks: Sequence[OpenTask]
    passages: Sequence[Between]
    tasks_told: bool

    def of(self, agreement: UUID) -> list[Finding]:
        """Return what concerns one agreement, among it what lies between it and the one before or after it."""
        seen = self.seen.get(agreement)
        return [one for one in self.findings if seen and seen.record["reference"] in one.about]

    def traits(self) -> dict[UUID, set[str]]:
        """Return, for each agreement of which something was found, the codes and the strengths of that."""
        keys = {seen.record["reference"]: key for key, seen in self.seen.items()}
        found: dict[UUID, set[str]] = defaultdict(set)
        for one in self.findings:
            for reference in one.about & keys.keys():
                found[keys[reference]] |= {one.code, one.strength}
        return found


def review(
    user: User,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    only: Collection[UUID] | None = None,
) -> Review:
    """Return what needs attention on a day among all that the user may see, or (`only`) among some agreements.

    Runs the same number of queries for one agreement or a thousand.
    """
    day = as_of or clock.today()
    visible = Agreement.objects.for_user(user).order_by("pk")
    if only is not None:
        visible = visible.filter(pk__in=neighbours(only))
    balls = dict(visible.values_list("pk", "ball_by_tasks"))
    told = tell(balls, known_at, balls=balls if known_at is None else {})
    authentic = any(chain.record.get("authentic_languages") for chain in told.chains.values())
    beside = Beside(
        tasks=_open_tasks(user, told, only) if day >= clock.today() and known_at is None else None,
        texts=_kept_texts(user, day, known_at, only) if authentic else frozenset(),
        hidden=changes.hidden(Entry.objects.filter(subject__in=list(balls)), user).keys,
    )
    return look(told, day, beside, only=only)


def look(told: Told, day: date, beside: Beside, *, only: Collection[UUID] | None = None) -> Review:
    """Return what needs attention on a day, from chains that were read already; it asks the database nothing.

    `only` are the agreements asked about; then `told` holds their neighbours too.
    """
    seen = {key: found for key, chain in told.chains.items() if (found := see(chain, told, day)) is not None}
    asked = seen if only is None else {key: seen[key] for key in seen if key in only}
    tasks = [task for task in beside.tasks or () if task.agreement in asked]
    after, replaced = _successors(seen, RelationKind.FOLLOWS), _successors(seen, RelationKind.SUPERSEDES)
    passages = [one for earlier, later in after.items() for one in _passages(seen, earlier, later)]
    findings = [
        *(one for key, found in asked.items()
          for one in _of_one(found, [seen[later] for later in after.get(key, ())], beside)),
        *(one for task in tasks for one in _of_task(task, seen[task.agreement], day)),
        *(one for between in passages if {between.earlier, between.later} & asked.keys()
          for one in _of_passage(between, seen)),
        *(one for earlier, later in replaced.items() if earlier in asked
          for one in _still_in_force(seen[earlier], [seen[key] for key in later])),
    ]  # fmt: skip
    return Review(
        as_of=day,
        seen=asked,
        names=told.names,
        titles={one.record["reference"]: title_of(one) for one in seen.values()},
        findings=sorted(findings, key=lambda one: one.order),
        tasks=tasks,
        passages=passages,
        tasks_told=beside.tasks is not None,
    )


def neighbours(keys: Collection[UUID]) -> set[UUID]:
    """Return agreements with those before and after them, and what else follows those before; one query."""
    near = Relation.objects.filter(nearby(keys), kind__in=NEXT).order_by("pk")
    return set(keys).union(*near.values_list("agreement", "to"))


def nearby(keys: Collection[UUID]) -> Q:
    """Return the condition for relations that bear on what follows what among some agreements."""
    before = Relation.objects.filter(agreement__in=keys, kind__in=NEXT).values("to")
    return Q(agreement__in=keys) | Q(to__in=keys) | Q(to__in=before)


# ---- of one agreement among others ----
def _of_one(seen: Seen, after: Sequence[Seen], beside: Beside) -> Iterator[Finding]:
    for one in seen_in(seen):
        if one.code != "expiring":
            yield one
        elif not any(_concluded(later) for later in after):
            yield _without_successor(one, [later for later in after if later.stage != Stage.WITHDRAWN])
    yield from _notice(seen)
    yield from _stuck(seen)
    yield from _waiting(seen)
    yield from _tracks(seen)
    yield from _texts_missing(seen, beside.texts)
    if seen.group in (Group.PREPARING, Group.CONCLUDED, Group.OPERATIVE):
        if not seen.record["officer"]:
            yield finding(seen, "no-officer", "plain", _("No responsible officer is named"), target="edit")
        yield from _silent(seen, beside.hidden)


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


def _stuck(seen: Seen) -> Iterator[Finding]:
    """Yield that it has been in its stage for longer than usual; the days on hold do not count, nor what is on hold."""
    state = seen.state
    if state is None or state.hold or seen.group not in (Group.PREPARING, Group.CONCLUDED):
        return
    usual = seen.rules.stages[state.stage].usual_days
    days = (seen.as_of - state.since.when.latest).days - _held(seen)
    if usual is None or days <= usual:
        return
    template = ngettext_lazy(
        "%(stage)s for %(days)s day; usual are at most %(usual)s",
        "%(stage)s for %(days)s days; usual are at most %(usual)s",
        "days",
    )
    params = {"stage": Stages(seen.rules, [state.stage]), "days": days, "usual": usual}
    yield finding(seen, "stuck", "soon", template, params=params, day=state.since.when, days=days, target="steps")


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
    there = {
        text.language
        for text in kept
        if (text.agreement, text.number) == (seen.chain.id, state.text) and text.kind in kinds
    }
    missing = [code for code in authentic if code not in there]
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


# ---- tasks ----
def _open_tasks(user: User, told: Told, only: Collection[UUID] | None) -> list[OpenTask]:
    """Return the open tasks with a last possible day, the most urgent first; one query."""
    rows = Task.objects.for_user(user).kept().filter(status=TaskStatus.OPEN, due_by__isnull=False)
    if only is not None:
        rows = rows.filter(agreement__in=only)
    rows = rows.select_related("party", "unit", "person").order_by("due_by", "created_at", "pk")
    return in_order([row for row in rows if row.agreement_id in told.chains], told)


def in_order(rows: Iterable[Task], told: Told) -> list[OpenTask]:
    """Return tasks that have a last possible day, the most urgent first; those of one moment always in one order."""
    chains = told.chains
    return sorted(
        (OpenTask.of(row, chains[row.agreement_id].rules) for row in rows),
        key=lambda task: (task.due_by, chains[task.agreement].record["reference"], sorted(task.title.items())),
    )


def _kept_texts(user: User, day: date, known_at: datetime | None, only: Collection[UUID] | None) -> frozenset[Text]:
    """Return which texts are kept that the reader may see, as dated by the day and recorded by the moment; a query."""
    rows = DocumentVersion.objects.for_user(user).live(known_at).filter(document__kind__in=DocumentKind.texts())
    if only is not None:
        rows = rows.filter(document__agreement__in=only)
    if known_at is not None:
        rows = rows.filter(uploaded_at__lte=known_at)
    columns = ("document__agreement", "document__text", "document__kind", "language", "dated")
    found = rows.order_by("pk").values_list(*columns)
    return frozenset(Text(*text) for *text, dated in found if dated is None or dated.possibly_by(day))


def _of_task(task: OpenTask, seen: Seen, as_of: date) -> Iterator[Finding]:
    days = (task.due_by - as_of).days
    params: dict[str, Any] = {"task": task.title}
    more: dict[str, Any] = {"day": task.due, "task": task.id, "target": "task"}
    if days < 0:
        template = ngettext_lazy("%(days)s day overdue: %(task)s", "%(days)s days overdue: %(task)s", "days")
        yield finding(seen, "overdue", "late", template, params=params | {"days": -days}, days=-days, **more)
    elif days <= DUE_SOON:
        template = ngettext_lazy("Due in %(days)s day: %(task)s", "Due in %(days)s days: %(task)s", "days")
        yield finding(
            seen, "due-soon", "soon", template if days else _("Due today: %(task)s"),
            params=params | {"days": days}, days=days, **more,
        )  # fmt: skip
    if task.missed:
        template = _("The lead time had run out already when the date was set: %(task)s")
        yield finding(seen, "lead-missed", "late", template, params=params, **more)


# ---- one instrument after another ----
def _successors(seen: Mapping[UUID, Seen], kind: RelationKind) -> dict[UUID, list[UUID]]:
    """Return what follows or supersedes each agreement, among those that were read: the reader may see them all."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for key, one in seen.items():
        for relation in one.record.get("relations", ()):
            earlier = UUID(relation["to"])
            if relation["kind"] == kind and earlier in seen:
                found[earlier].append(key)
    return found


def last_day_of(seen: Seen) -> FuzzyDate | None:
    """Return the last day on which an agreement ran that had taken effect; None while none is known."""
    state, period = seen.state, seen.period
    if state is None:
        return None
    if seen.group == Group.ENDED:
        since = state.since.when
        ran_out = state.stage == Stage.EXPIRED and period is not None and period.last < since.latest
        return FuzzyDate.of_day(period.last) if ran_out and period else periods.shifted(since, -1)
    return periods.ending(seen.validity)


def _passages(seen: Mapping[UUID, Seen], earlier: UUID, later: Sequence[UUID]) -> Iterator[Between]:
    """Yield how an instrument passed into what follows it: the first of several that took effect."""
    going = [key for key in later if seen[key].stage != Stage.WITHDRAWN]
    if seen[earlier].effect is None or not going:
        return
    begun = {key: day for key in going if (day := seen[key].effect) is not None}
    key = min(begun, key=lambda key: (begun[key], str(key))) if begun else going[0]
    found = periods.passage(last_day_of(seen[earlier]), begun.get(key), seen[earlier].as_of)
    if found and found.how != Passing.JOINED:
        yield Between(earlier, key, found)


def _of_passage(between: Between, seen: Mapping[UUID, Seen]) -> Iterator[Finding]:
    earlier, later, found = seen[between.earlier], seen[between.later], between.passage
    over = found.until is not None and found.until.latest < found.on - timedelta(days=YEAR)
    if over:
        return
    params: dict[str, Any] = {
        "earlier": title_of(earlier),
        "later": title_of(later),
        "since": found.since,
        "until": found.until,
        "days": found.days,
    }
    code = "overlap" if found.how == Passing.OVERLAP else "gap"
    strength = "plain"
    if found.how == Passing.UNSURE:
        template: Any = _("Perhaps a gap, perhaps an overlap about %(since)s: “%(earlier)s”, then “%(later)s”")
    elif found.how == Passing.GAP and found.ongoing:
        strength = "late"
        template = ngettext_lazy(
            "Gap since %(since)s, %(days)s day so far: “%(later)s” has not taken effect after “%(earlier)s”",
            "Gap since %(since)s, %(days)s days so far: “%(later)s” has not taken effect after “%(earlier)s”",
            "days",
        )
    elif found.how == Passing.GAP:
        template = ngettext_lazy(
            "Gap of %(days)s day, from %(since)s to %(until)s, between “%(earlier)s” and “%(later)s”",
            "Gap of %(days)s days, from %(since)s to %(until)s, between “%(earlier)s” and “%(later)s”",
            "days",
        )
    elif found.until is None:
        strength = "soon"
        template = _("Overlap since %(since)s: “%(later)s” has taken effect, and “%(earlier)s” has not ended")
    else:
        strength = "soon" if found.ongoing else "plain"
        template = _("Overlap from %(since)s to %(until)s of “%(earlier)s” and “%(later)s”")
    yield finding(
        earlier, code, strength, template, params=params, day=found.since, days=found.days,
        other=later.record["reference"], target="validity",
    )  # fmt: skip


def _still_in_force(seen: Seen, later: Iterable[Seen]) -> Iterator[Finding]:
    """Yield that what supersedes an agreement is in force while that is too (VCLT 59, 30)."""
    if seen.group != Group.OPERATIVE:
        return
    for other in later:
        if other.group == Group.OPERATIVE:
            yield finding(
                seen,
                "predecessor-in-force",
                "soon",
                _("Still in force beside what supersedes it: %(other)s"),
                params={"other": title_of(other)},
                day=other.effect,
                other=other.record["reference"],
                target="steps",
            )
