"""What a brief says: the agreements on an agenda or with a partner, what to raise, what comes; read with fixed cost."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import translation

from agreements import attention, clock
from agreements.attention import Review, title_of
from agreements.bonds import Seen
from agreements.chains import said_in, when_of
from agreements.choices import ActionKind, Ball, Certainty, EntryKind, Group, Level, Stage, TaskStatus
from agreements.dates import FuzzyDate, precision_words
from agreements.findings import STRENGTHS, Finding
from agreements.models import Area, Meeting, Party, Task, User
from agreements.procedures import Procedure
from agreements.reports import ahead, figures, frame, talking_points
from agreements.reports.facts import IndicatorFacts, facts_in, happened, indicators_of, order_of
from agreements.reports.meetings_facts import MeetingFacts, meetings_of
from agreements.reports.talking_points import Case, Last, Owed
from agreements.words import LANGUAGES, Texts, Worded, active_language, pick, translated, worded

#: So many agreements, points without an agenda, coming dates and other agreements a brief shows; more are counted.
ROWS, POINTS, COMING, OTHERS = 10, 6, 8, 60
#: Sentences that make an agreement which is not on the agenda belong to one that is.
_TIED = ("gap", "overlap", "expiring")


@dataclass(frozen=True)
class Said:
    """Something to raise, or to be ready for: on which agreement (none: an empty reference), the sentences."""

    reference: str
    title: Texts
    sentences: Sequence[str]
    draft: bool = True


@dataclass(frozen=True)
class Outcome:
    """What came of a point of the agenda, or of the meeting (an empty reference)."""

    reference: str
    title: Texts
    texts: Texts

    @property
    def said(self) -> Worded:
        """What came of it in the reader's language, or in one that has it."""
        return pick(self.texts)


@dataclass(frozen=True)
class Coming:
    """Something with a date ahead: a meeting, or a step, an end or a last day for notice of an agreement."""

    kind: str
    on: FuzzyDate
    title: Texts
    reference: str = ""
    meeting: MeetingFacts | None = None
    by_clause: bool = False


@dataclass(frozen=True)
class Brief:
    """The content of the report; every format renders this object.

    `asked_meeting` is the key of the meeting that was asked for; `meeting` is None where it was not known at the
    moment. `agreements` are told in full, `others` in a line each; `others_left` says how many more there are.
    `by_stage` counts all of them by stage, binding or not; `shown` are the keys of all that it tells of, be it that a
    sentence names them only.
    """

    as_of: date
    known_at: datetime
    language: str
    author: str
    asked_meeting: Meeting | None
    party: Party | None
    area: Area | None
    own_side: tuple[str, Texts]
    partners: Sequence[tuple[str, Texts]]
    meeting: MeetingFacts | None
    next_meeting: MeetingFacts | None
    last_meeting: MeetingFacts | None
    agreements: Sequence[Case]
    others: Sequence[Case]
    others_left: int
    by_stage: Counter[tuple[Stage | None, bool]]
    points: Sequence[Said]
    expected: Sequence[Said]
    outcomes: Sequence[Outcome]
    coming: Sequence[Coming]
    indicators: Sequence[IndicatorFacts]
    tasks_told: bool
    alert: tuple[Finding, Texts] | None
    level: Level
    shown: Sequence[UUID]

    @property
    def total(self) -> int:
        """How many agreements it speaks of."""
        return sum(self.by_stage.values())

    @property
    def on_agenda(self) -> int:
        """How many of them are on the agenda."""
        return sum(case.on_agenda for case in self.agreements)


def build(
    user: User,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    meeting: Meeting | None = None,
    party: Party | None = None,
    area: Area | None = None,
) -> Brief:
    """Return the brief for a meeting or on a partner, as far as the user may see it, as true on a day and known at a
    moment (today, now). With neither it is on all agreements. Runs a fixed number of queries.
    """
    day = as_of or clock.today()
    found = attention.review(user, as_of=day, known_at=known_at)
    meetings = meetings_of(user, known_at)
    about = meetings.get(meeting.pk) if meeting else None
    names = found.names.parties
    codes = _partners(party, about)
    shown = _shown(found, codes, about, area, asked=meeting is not None)
    told, others = _divided(shown, found, about)
    tasks = _tasks(user, shown) if found.tasks_told else {}
    cases = _cases(found, told, shown, about, tasks)
    ahead_of_us = [one for one in meetings.values() if one.ahead_of(day) and one is not about and _with(one, codes)]
    held = [one for one in meetings.values() if one.held_by(day) and _with(one, codes)]
    told_of = ([about] if about else []) + ahead_of_us + held[-1:]
    named = _named(found, shown)
    indicators = indicators_of(user=user, as_of=day, known_at=known_at) if codes else []
    return Brief(
        as_of=day,
        known_at=known_at or clock.now(),
        language=active_language(),
        author=str(user),
        asked_meeting=meeting,
        party=party,
        area=area,
        own_side=(settings.OWN_SIDE, names.get(settings.OWN_SIDE, {"en": settings.OWN_SIDE})),
        partners=[(code, names.get(code, {"en": code})) for code in codes],
        meeting=about,
        next_meeting=next(iter(ahead_of_us), None) if meeting is None else None,
        last_meeting=held[-1] if held and meeting is None else None,
        agreements=cases,
        others=_cases(found, others[:OTHERS], shown, about, {}),
        others_left=max(0, len(others) - OTHERS),
        by_stage=Counter((seen.stage, seen.rules.binding) for seen in shown.values()),
        points=list(_points(cases, about, any_ahead=bool(ahead_of_us))),
        expected=list(_expected(cases)),
        outcomes=list(_outcomes(cases, about, day)),
        coming=_coming(shown.values(), ahead_of_us, day),
        indicators=figures.latest(item for item in indicators if item.party in codes),
        tasks_told=found.tasks_told,
        alert=_alert(found, cases, shown),
        level=frame.highest(
            [
                *(found.seen[key].record["level"] for key in named),
                *(one.level for one in told_of),
            ]
        ),
        shown=[*named, *{one.id for one in told_of}],
    )


def _named(found: Review, shown: Mapping[UUID, Seen]) -> list[UUID]:
    """Return the keys of what is shown, and of what the findings on it name."""
    others = {one.other for one in found.findings if one.agreement in shown}
    return [key for key, seen in found.seen.items() if key in shown or seen.record["reference"] in others]


# ---- which agreements ----
def _partners(party: Party | None, about: MeetingFacts | None) -> list[str]:
    """Return the codes of the other side; none where nobody was asked for."""
    codes = [party.code] if party else list(about.parties) if about else []
    return [code for code in codes if code != settings.OWN_SIDE]


def _with(meeting: MeetingFacts, codes: Sequence[str]) -> bool:
    return not codes or bool(set(codes) & set(meeting.parties))


def _shown(
    found: Review, codes: Sequence[str], about: MeetingFacts | None, area: Area | None, *, asked: bool
) -> dict[UUID, Seen]:
    """Return the agreements with the other side or on the agenda, in the area; none for a meeting not known yet."""
    if asked and about is None:
        return {}
    agenda = {point.agreement for point in about.agenda} if about else set()
    return {
        key: seen
        for key, seen in found.seen.items()
        if (key in agenda or (not asked and not codes) or set(codes) & dict(seen.parties).keys())
        and (area is None or area.code in seen.record["areas"])
    }


def _divided(shown: Mapping[UUID, Seen], found: Review, about: MeetingFacts | None) -> tuple[list[UUID], list[UUID]]:
    """Return what is told in full, and what in a line.

    For a meeting the agenda is told in full, in its order, and what ends before something on it takes its place; on a
    partner, what has not ended, the most urgent first.
    """
    ranks = _ranks(found)

    def order(key: UUID) -> tuple[Any, ...]:
        seen = shown[key]
        stage = list(Stage).index(seen.stage) if seen.stage else -1
        since = seen.state.since.when.latest if seen.state else found.as_of
        group = list(Group).index(seen.group) if seen.group else 0
        return ranks.get(key, len(STRENGTHS)), group, -stage, since, seen.record["reference"]

    rest = sorted(shown, key=order)
    if about:
        agenda = [point.agreement for point in about.agenda if point.agreement in shown]
        named = {shown[key].record["reference"] for key in agenda}
        tied = {one.agreement for one in found.findings if one.code in _TIED and one.other in named}
        told = [*agenda, *(key for key in rest if key in tied and key not in agenda)]
    else:
        told = [key for key in rest if shown[key].group != Group.ENDED][:ROWS]
    return told, [key for key in rest if key not in set(told)]


def _ranks(found: Review) -> dict[UUID, int]:
    """Return how urgent each agreement is, by the strongest that was found of it; what is plain does not count."""
    ranks: dict[UUID, int] = {}
    for one in found.findings:
        if one.strength != STRENGTHS[-1]:
            ranks.setdefault(one.agreement, STRENGTHS.index(one.strength))
    return ranks


# ---- what is told of each ----
def _tasks(user: User, shown: Mapping[UUID, Seen]) -> dict[UUID, list[Owed]]:
    """Return the open tasks of either side by agreement, those with a date first, then as the procedure gives them."""
    rows = Task.objects.for_user(user).kept().filter(status=TaskStatus.OPEN, side__in=(Ball.OWN, Ball.OTHER))
    columns = ("agreement_id", "code", "title_texts", "side", "due", "due_by")
    found: dict[UUID, list[tuple[Any, Owed]]] = {}
    for row in rows.order_by("created_at", "pk").values(*columns):
        seen = shown.get(row["agreement_id"])
        if seen is None:
            continue
        codes = [rule.code for rule in seen.rules.tasks]
        place = codes.index(row["code"]) if row["code"] in codes else len(codes)
        task = Owed(row["title_texts"], Ball(row["side"]), row["due"], row["due_by"], bool(row["code"]))
        key = (row["due_by"] or date.max, place, sorted(task.title.items()))
        found.setdefault(row["agreement_id"], []).append((key, task))
    return {key: [task for _key, task in sorted(tasks, key=lambda pair: pair[0])] for key, tasks in found.items()}


def _cases(
    found: Review,
    keys: Sequence[UUID],
    shown: Mapping[UUID, Seen],
    about: MeetingFacts | None,
    tasks: Mapping[UUID, Sequence[Owed]],
) -> list[Case]:
    agenda = {point.agreement for point in about.agenda} if about else set()
    told = {shown[key].record["reference"] for key in keys}
    ending = {one.other: one for one in found.findings if one.code == "expiring" and one.other}
    cases = []
    for key in keys:
        seen = shown[key]
        reference = seen.record["reference"]
        findings = found.of(key)
        before = ending.get(reference)
        cases.append(
            Case(
                seen=seen,
                facts=facts_in(seen, found.names),
                last=last_of(seen, found.names.parties),
                findings=findings,
                owed=tasks.get(key, ()),
                on_agenda=key in agenda,
                before=(before, title_of(found.seen[before.agreement])) if before else None,
                later_told=any(one.code == "expiring" and one.other in told for one in findings),
            )
        )
    return cases


def last_of(seen: Seen, names: Mapping[str, Texts]) -> Last | None:
    """Return what happened last that the stage does not say already: with its words, its day and its place."""
    rows = [row for row in seen.chain.live if happened(row, seen.as_of)]
    entered: Last | None = None
    for row in sorted(rows, key=order_of, reverse=True):
        when, certainty = when_of(row), Certainty(row["certainty"])
        what = said_in(row, "what")
        label = seen.rules.stage_label(row["to_stage"]) if row["to_stage"] else _label_of(row, names)
        said = worded(what) if what else Worded(label, "")
        told = Last(said, when, precision_words(when, certainty), row["place"])
        entry = seen.state is not None and row["id"] == seen.state.since.id
        if not entry or (what and not _says_the_stage(what, seen.rules, row["to_stage"])):
            return told
        entered = told
    return entered


def _says_the_stage(what: str | Texts, rules: Procedure, stage: str) -> bool:
    """Whether words say no more than the name of a stage, each in its language: the same in every language asked."""
    written = [what] if isinstance(what, str) else [text for text in what.values() if text]
    labels = set()
    for language in LANGUAGES:
        with translation.override(language):
            labels.add(rules.stage_label(stage).casefold())
    return all(text.casefold() in labels for text in written)


def _label_of(row: Mapping[str, Any], names: Mapping[str, Texts]) -> str:
    """Say what an entry without words of its own tells: an act with the name of who did it."""
    if row["kind"] != EntryKind.ACTION:
        return str(EntryKind(row["kind"]).label)
    data = json.loads(row["data"])
    return f"{ActionKind(data['act']).label}: {pick(names.get(data['party'], {'en': data['party']})).text}"


# ---- what to say ----
def _points(cases: Iterable[Case], about: MeetingFacts | None, *, any_ahead: bool) -> Iterator[Said]:
    """Yield what to raise: what people wrote for the agenda; where they wrote nothing, a draft from the record."""
    written = {point.agreement: point.talking_points.strip() for point in about.agenda} if about else {}
    drafts = 0
    for case in cases:
        text = written.get(case.seen.chain.id, "")
        if text:
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            yield Said(case.facts.reference, title_of(case.seen), lines, draft=False)
        elif (about or drafts < POINTS) and (sentences := talking_points.raised(case)):
            drafts += 1
            yield Said(case.facts.reference, title_of(case.seen), sentences)
    if not any_ahead:
        yield Said("", {}, [talking_points.no_meeting()])


def _expected(cases: Iterable[Case]) -> Iterator[Said]:
    for case in cases:
        if sentences := talking_points.expected(case):
            yield Said(case.facts.reference, title_of(case.seen), sentences)


def _outcomes(cases: Iterable[Case], about: MeetingFacts | None, day: date) -> Iterator[Outcome]:
    """Yield what came of a meeting that had been held by the day."""
    if about is None or not about.held_by(day):
        return
    if any(text.strip() for text in about.outcomes.values()):
        yield Outcome("", {}, {language: text.strip() for language, text in about.outcomes.items()})
    written = {point.agreement: point.outcome.strip() for point in about.agenda}
    for case in cases:
        if text := written.get(case.seen.chain.id):
            yield Outcome(case.facts.reference, title_of(case.seen), translated(text))


def _alert(found: Review, cases: Sequence[Case], shown: Mapping[UUID, Seen]) -> tuple[Finding, Texts] | None:
    """Return the most urgent that was found of what is told in full, if anything is late."""
    told = {case.seen.chain.id for case in cases}
    late = next((one for one in found.findings if one.strength == STRENGTHS[0] and one.agreement in told), None)
    return (late, title_of(shown[late.agreement])) if late else None


# ---- what comes ----
def _coming(agreements: Iterable[Seen], meetings: Iterable[MeetingFacts], day: date) -> list[Coming]:
    seen = list(agreements)
    found = [Coming("meeting", one.on, one.all_titles, meeting=one) for one in meetings]
    for term in ahead.terms(seen, day):
        reference, title = term.seen.record["reference"], title_of(term.seen)
        if term.period.last >= day:
            found.append(Coming("validity", FuzzyDate.of_day(term.period.last), title, reference))
        if term.period.last_notice and term.period.last_notice >= day:
            found.append(Coming("notice", FuzzyDate.of_day(term.period.last_notice), title, reference))
    found += [
        Coming(one.step.value, one.on, title_of(one.seen), one.seen.record["reference"], by_clause=one.by_clause)
        for one in ahead.planned(seen, day)
        if one.on.latest >= day
    ]
    return sorted(found, key=lambda one: (one.on.latest, one.on.earliest, one.reference, one.kind))
