"""What is found on the desk in agreements that were looked at closely. Pure: it asks the database nothing."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from agreements.attention import QUALITY, OpenTask, title_of
from agreements.bonds import Seen
from agreements.chains import Chain, Told, said_in, when_of
from agreements.choices import ActionKind, Ball, Certainty, EntryKind, Group, Transition
from agreements.dates import FuzzyDate
from agreements.desk.rows import AHEAD
from agreements.duties import DUE_SOON
from agreements.findings import STRENGTHS, Finding
from agreements.guards import Reason
from agreements.procedures import TaskRule
from agreements.reports import ahead
from agreements.reports.facts import Happened, last_in
from agreements.words import Texts, Worded, pick, worded

#: Findings on the record that are no doubt about what is recorded: one is mended by a plan, one depends on what the
#: reader may not know of.
_NO_DOUBT = ("no-planned-date", "silent")
#: By what is found between two instruments it is told of the later one what is to be done.
_OF_TWO = ("expiring", "gap")


@dataclass(frozen=True)
class Next:
    """The step that the procedure foresees next, what stands against it today, and what its form will ask for."""

    name: Transition
    against: Sequence[Reason] = ()
    asked: Sequence[Reason] = ()


@dataclass(frozen=True)
class Chore:
    """An open task, with the rule of the procedure that gave it."""

    task: OpenTask
    rule: TaskRule | None = None

    @property
    def dated(self) -> bool:
        """Whether it has a last possible day."""
        return self.task.due_by != date.max


@dataclass(frozen=True)
class Look:
    """What was read of the agreements of a desk that are looked at closely: `keys` are theirs.

    Beside them `told` and `seen` hold those before and after them.
    """

    today: date
    keys: AbstractSet[UUID]
    told: Told
    seen: Mapping[UUID, Seen]
    findings: Sequence[Finding] = ()
    steps: Mapping[UUID, Next] = field(default_factory=dict)
    chores: Sequence[Chore] = ()

    def of(self, reference: str) -> UUID | None:
        """Return the key of an agreement by its reference, if it was read."""
        return self._references.get(reference)

    @cached_property
    def _references(self) -> dict[str, UUID]:
        return {seen.record["reference"]: key for key, seen in self.seen.items()}


# ---- needs my action ----
@dataclass(frozen=True)
class Cause:
    """Why something is to be done: how urgent it is, by when, what it is, the sentence that says why.

    `target` is where it is done: "step" (with the `name` of the step), "plans", "validity", "task", or "page".
    """

    strength: str
    days: int | None
    act: str
    why: str
    target: str = "page"
    name: str = ""
    task: UUID | None = None
    passage: tuple[UUID, UUID] | None = None
    #: In which language `act` is, where that is not the reader's.
    language: str = ""

    @property
    def order(self) -> tuple[int, int, bool, int]:
        """The most urgent first; of equals what lies between two, and a task before a step."""
        days = self.days if self.days is not None else 9999
        return (
            STRENGTHS.index(self.strength),
            days,
            not self.passage,
            ("page", "plans", "validity", "task", "step").index(self.target),
        )


@dataclass(frozen=True)
class Need:
    """What the own side must do next in an agreement, and why; the first of the causes is the most urgent."""

    seen: Seen
    causes: Sequence[Cause]

    @property
    def first(self) -> Cause:
        """The most urgent cause."""
        return self.causes[0]

    @property
    def why(self) -> str:
        """Say why: that of the most urgent cause, and of the next one of another kind."""
        first, *rest = self.causes
        others = (one for one in rest if one.why and (first.passage or one.target != first.target))
        other = next(others, None)
        told = [first.why, other.why if other else ""]
        return " ".join(dict.fromkeys(why for why in told if why))

    @property
    def passage(self) -> tuple[UUID, UUID] | None:
        """The two instruments between which something is missing."""
        return next((cause.passage for cause in self.causes if cause.passage), None)

    @property
    def planned(self) -> FuzzyDate | None:
        """The day for which its signing is planned."""
        text = self.seen.record["planned_signing"] if self.seen.group == Group.PREPARING else ""
        return FuzzyDate.parse(text) if text else None


def needs(look: Look) -> list[Need]:
    """Return what the own side must do next, one thing for each agreement, the most urgent first."""
    causes: dict[UUID, list[Cause]] = defaultdict(list)
    for one in look.findings:
        if one.strength in ("late", "soon"):
            for key, cause in _by_finding(one, look):
                causes[key].append(cause)
    for chore in look.chores:
        task = chore.task
        if task.side == Ball.OWN and chore.dated and (days := (task.due_by - look.today).days) <= AHEAD:
            causes[task.agreement].append(_by_task(chore, days))
    for key, step in look.steps.items():
        if step.against and _own_move(look.seen.get(key)):
            causes[key].append(_by_step(step, look.seen[key]))
    found = [
        Need(look.seen[key], sorted(several, key=lambda cause: cause.order))
        for key, several in causes.items()
        if key in look.keys and key in look.seen
    ]
    return sorted(found, key=lambda need: (*need.first.order, need.seen.record["reference"]))


def _own_move(seen: Seen | None) -> bool:
    return seen is not None and seen.ball == Ball.OWN and seen.state is not None and not seen.state.hold


def _by_finding(one: Finding, look: Look) -> Iterator[tuple[UUID, Cause]]:
    """Yield what a finding gives to do, and in which agreement."""
    days, why = one.days or 0, f"{one.sentence}."
    later = look.of(one.other) if one.other else None
    if one.code in _OF_TWO and later in look.keys and later is not None:
        cause = _next_in(later, look)
        if one.code == "expiring":
            why = (
                ngettext(
                    "What it follows is in effect for %(days)s more day.",
                    "What it follows is in effect for %(days)s more days.",
                    days,
                )
                % {"days": days}
                if days
                else _("What it follows is in effect until today.")
            )
        yield later, Cause(
            one.strength, days if one.code == "expiring" else -days, cause.act, why, cause.target, cause.name,
            passage=(one.agreement, later),
        )  # fmt: skip
        return
    match one.code:
        case "expiring":
            act = pgettext("act", "say what is to follow it")
            passage = (one.agreement, later) if later else None
            yield one.agreement, Cause(one.strength, days, act, why, "validity", passage=passage)
        case "validity-ended":
            yield one.agreement, Cause(one.strength, -days, pgettext("act", "record how it ended"), why)
        case "notice-window":
            yield one.agreement, Cause(one.strength, days, pgettext("act", "decide whether to give notice"), why)
        case "clause-met":
            act = pgettext("act", "record the entry into force")
            yield one.agreement, Cause(one.strength, None, act, why, "step", Transition.ENTER_INTO_FORCE)
        case "predecessor-in-force":
            act = pgettext("act", "record that it was superseded")
            yield one.agreement, Cause(one.strength, None, act, why, "step", Transition.SUPERSEDE)
        case "no-planned-date":
            yield one.agreement, Cause(one.strength, None, pgettext("act", "set a signing date"), why, "plans")


def _next_in(key: UUID, look: Look) -> Cause:
    """Return what comes next in an agreement: a date of signing where none is planned, or else its next step."""
    seen = look.seen[key]
    if any(one.code == "no-planned-date" and one.agreement == key for one in look.findings):
        return Cause("plain", None, pgettext("act", "set a signing date"), "", "plans")
    name = seen.rules.stages[seen.stage].next if seen.stage else None
    if name is None:
        return Cause("plain", None, pgettext("act", "say what is to follow it"), "")
    return Cause("plain", None, small(seen.rules.step_label(name)), "", "step", name)


def _by_task(chore: Chore, days: int) -> Cause:
    task = chore.task
    strength = "late" if days < 0 or task.missed else "soon" if days <= DUE_SOON else "plain"
    law = pick(task.law).text
    why = _("Due on %(day)s.") % {"day": task.due} if task.due else ""
    if task.missed:
        why = _("The lead time had run out already when the date was set.")
    if law:
        why = f"{why} {law}.".strip()
    language = pick(task.title).language
    return Cause(strength, days, small(chore_title(task)), why, "task", task=task.id, language=language)


def _by_step(step: Next, seen: Seen) -> Cause:
    number = len(step.against) + len(step.asked)
    label = seen.rules.step_label(step.name)
    told = {"number": number, "step": label}
    why = ngettext(
        "%(number)s thing is missing before the next step: %(step)s.",
        "%(number)s things are missing before the next step: %(step)s.",
        number,
    )
    first = step.against[0]
    law = f" ({first.law_text})" if first.law_text else ""
    return Cause("plain", None, small(label), f"{why % told} {first.sentence.rstrip('.')}{law}.", "step", step.name)


def chore_title(task: OpenTask) -> str:
    """Return what is to be done; of a participant's own task, with its name."""
    title = pick(task.title).text
    return f"{title}: {party}" if (party := pick(task.party).text) else title


def small(words: str) -> str:
    """Write words as they stand behind a colon: no capital, unless they begin with an abbreviation."""
    return words if words[1:2].isupper() or words[1:2] == "." else words[:1].lower() + words[1:]


# ---- dates ----
@dataclass(frozen=True)
class Dated:
    """A day of an agreement: what is due, by which rule, how many days are left; a negative number: it is over.

    `kind` is "task", "end", "renewal", "notice", "planned" or "computed".
    """

    seen: Seen
    kind: str
    on: FuzzyDate
    days: int
    what: str
    chore: Chore | None = None
    #: Nothing signed takes its place.
    alone: bool = False


def dates(look: Look) -> list[Dated]:
    """Return the days that are late, or near, the nearest first."""
    shown = [look.seen[key] for key in look.keys if key in look.seen]
    alone = {one.agreement for one in look.findings if one.code == "expiring"}
    found = [one for seen in shown for one in _ends(seen, alone, look.today)]
    found += [
        Dated(
            one.seen, "computed" if one.by_clause else "planned", one.on, one.days, one.seen.rules.step_label(one.step)
        )
        for one in ahead.planned(shown, look.today)
        if one.days is not None
    ]
    for chore in look.chores:
        task = chore.task
        if chore.dated and task.due and task.agreement in look.seen:
            days = (task.due_by - look.today).days
            found.append(Dated(look.seen[task.agreement], "task", task.due, days, chore_title(task), chore))
    near = [one for one in found if one.days <= AHEAD]
    return sorted(near, key=lambda one: (one.days, one.seen.record["reference"], one.kind, one.what))


def _ends(seen: Seen, alone: AbstractSet[UUID], today: date) -> Iterator[Dated]:
    for term in ahead.terms([seen], today):
        period = term.period
        last = FuzzyDate.of_day(period.last)
        if period.renews_on:
            yield Dated(seen, "renewal", last, term.days, _("Renewed unless notice is given"))
        else:
            without = seen.id in alone
            what = _("Last day in effect; no signed successor") if without else _("Last day in effect")
            if seen.rules.binding:
                what = _("Last day in force; no signed successor") if without else _("Last day in force")
            yield Dated(seen, "end", last, term.days, what, alone=without)
        if period.last_notice and term.notice_days is not None and term.notice_days >= 0:
            notice = FuzzyDate.of_day(period.last_notice)
            yield Dated(seen, "notice", notice, term.notice_days, _("Last day for notice"))


# ---- who waits, and what does not move ----
@dataclass(frozen=True)
class Waiting:
    """An agreement in which somebody else must act: what is awaited, and the last thing that happened in it."""

    seen: Seen
    awaited: str
    last: Happened | None

    @property
    def days(self) -> int:
        """How many days it is in its stage, at least."""
        return days_in_stage(self.seen)


def waiting(look: Look) -> list[Waiting]:
    """Return the agreements in which it is the move of others, those first that wait for longest."""
    found = [
        Waiting(seen, _awaited(seen), last_in(seen.chain.live, seen.rules, look.today))
        for seen in _shown(look)
        if seen.ball in (Ball.OTHER, Ball.DEPOSITARY) and seen.state and not seen.state.hold and not _ended(seen)
    ]
    return sorted(found, key=lambda one: (-one.days, one.seen.record["reference"]))


def _awaited(seen: Seen) -> str:
    """Return what is awaited: as somebody wrote it, or the next step of the procedure."""
    step = seen.rules.stages[seen.stage].next if seen.stage else None
    said = seen.record.get("next_step", "") if seen.present else ""
    return said or (seen.rules.step_label(step) if step else "")


@dataclass(frozen=True)
class Held:
    """An agreement that does not move: on hold, or in its stage for longer than usual."""

    seen: Seen
    code: str
    sentence: str


def held(look: Look) -> list[Held]:
    """Return what is stuck, by how long it is; then what is on hold."""
    found = [one for one in look.findings if one.code in ("stuck", "on-hold") and one.agreement in look.keys]
    found.sort(key=lambda one: (one.code == "on-hold", -(one.days or 0), one.day.latest if one.day else date.max))
    return [Held(look.seen[one.agreement], one.code, one.sentence) for one in found]


def ready(look: Look) -> list[tuple[Seen, Next]]:
    """Return the agreements in which it is the own side's move and nothing stands against the next step."""
    found = [(look.seen[key], step) for key, step in look.steps.items() if key in look.keys and not step.against]
    mine = [(seen, step) for seen, step in found if _own_move(seen)]
    return sorted(mine, key=lambda pair: (-days_in_stage(pair[0]), pair[0].record["reference"]))


def _shown(look: Look) -> Iterable[Seen]:
    return (look.seen[key] for key in look.keys if key in look.seen)


def _ended(seen: Seen) -> bool:
    return seen.group == Group.ENDED


def days_in_stage(seen: Seen) -> int:
    """Return how many days an agreement is in its stage, at least."""
    return max(0, (seen.as_of - seen.state.since.when.latest).days) if seen.state else 0


# ---- the record ----
@dataclass(frozen=True)
class Doubt:
    """Something to be checked in the record of an agreement: what, and the statements that do not agree."""

    seen: Seen
    finding: Finding
    statements: Sequence[str] = ()


def doubts(look: Look) -> list[Doubt]:
    """Return what is to be checked in the record, the strongest first, in the order of the report on it."""
    found = [
        Doubt(look.seen[one.agreement], one, list(_statements(look.seen[one.agreement], one)))
        for one in look.findings
        if one.code in QUALITY and one.code not in _NO_DOUBT and one.agreement in look.keys
    ]
    return sorted(found, key=lambda one: (STRENGTHS.index(one.finding.strength), QUALITY.index(one.finding.code)))


def _statements(seen: Seen, one: Finding) -> Iterator[str]:
    """Yield each date on which sources disagree: what it is the date of, and what each of them says."""
    if one.code != "disputed-date":
        return
    for row in seen.chain.live:
        if not row["stated_elsewhere"]:
            continue
        label = seen.rules.stage_label(row["to_stage"]) if row["to_stage"] else str(EntryKind(row["kind"]).label)
        told = {"what": label, "first": _stated(when_of(row), row["source"])}
        told["other"] = _stated(row["stated_elsewhere"], row["stated_by"])
        yield _("%(what)s: %(first)s or %(other)s") % told


def _stated(when: FuzzyDate, by: str) -> str:
    return f"{when} ({by})" if by else str(when)


# ---- what moved ----
@dataclass(frozen=True)
class Move:
    """Something that happened lately: when, in which agreement, what; `label` is the stage that it led to."""

    title: Texts
    reference: str
    on: FuzzyDate
    certainty: Certainty
    happened: Worded
    kind: EntryKind
    stage: str = ""
    group: str = ""
    label: str = ""
    text: int = 1

    @property
    def name(self) -> Worded:
        """The short title of the agreement in the reader's language, or in one that has it."""
        return pick(self.title)


def moves(entries: Sequence[tuple[UUID, UUID]], look: Look) -> list[Move]:
    """Return entries, given as pairs of agreement and entry, as what happened, in their order."""
    found = []
    for agreement, entry in entries:
        chain = look.told.chains.get(agreement)
        row = chain.by_id.get(entry) if chain else None
        if chain is None or row is None:
            continue
        placed = next((one for one in chain.history.line if one.id == entry), None)
        stage = placed.to_stage if placed else None
        found.append(
            Move(
                title=title_of(look.seen[agreement]) if agreement in look.seen else {},
                reference=chain.record["reference"],
                on=when_of(row),
                certainty=Certainty(row["certainty"]),
                happened=_happened(chain, row, look),
                kind=EntryKind(row["kind"]),
                stage=stage or "",
                group=stage.group if stage else "",
                label=chain.rules.stage_label(stage) if stage else "",
                text=placed.text if placed else 1,
            )
        )
    return [one for one in found if one.title]


def _happened(chain: Chain, row: Mapping[str, Any], look: Look) -> Worded:
    """Return what an entry tells: in the recorder's own words, if there are any; of an act, whose it is and which."""
    if row["kind"] == EntryKind.ACTION:
        data = json.loads(row["data"])
        party = pick(look.told.names.parties.get(data["party"], {})).text or data["party"]
        return Worded(f"{party}: {small(str(ActionKind(data['act']).label))}", "")
    said = worded(said_in(row, "what") or said_in(row, "reason"))
    return said if said.text else Worded("" if row["to_stage"] else str(EntryKind(row["kind"]).label), "")
