"""The section on entry into force: the clause in its words, its answer with the arithmetic, and what is missing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from agreements import access
from agreements.choices import EDGES, ActionKind, SignatureManner, Stage, Transition
from agreements.dates import FuzzyDate, render_day
from agreements.entry_into_force import Need, Outcome, Speaker, describe, explain
from agreements.entry_into_force.reading import DEFINITIVE_SIGNATURE
from agreements.models import User
from agreements.questions import BadQuestion, read_day
from agreements.reports.facts import AgreementFacts
from agreements.tracking import Tracked
from agreements.tracks import BINDING_SIGNATURE
from agreements.views.known import Known
from agreements.words import Worded, pick

#: More links than these to single acts help nobody: one link asks for all.
_LINKS = 6


@dataclass(frozen=True)
class Line:
    """A sentence at its depth, with the pages on which what it says is missing can be recorded."""

    depth: int
    words: str
    links: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Suggestion:
    """A step that the clause says has come about: what the button says, and the form filled in."""

    label: str
    address: str


@dataclass(frozen=True)
class Answer:
    """How the clause stands: a word for it, its sign, and the arithmetic."""

    state: str
    headline: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Supposed:
    """The question when it would enter into force if all that is missing came on a day."""

    day: date
    asked: str
    problem: str
    answer: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Section:
    """Everything that the section shows."""

    wording: Worded
    source: str
    clause: Sequence[Line]
    problem: str
    answer: Answer | None
    needs: Sequence[Line]
    supposed: Supposed | None
    conflict: str
    not_for_us: str
    suggestion: Suggestion | None
    stated: FuzzyDate | None


def section(known: Known, tracked: Tracked, user: User, *, facts: AgreementFacts, asked: str, present: bool) -> Section:
    """Put together what the page says of the entry into force.

    `asked` is the supposed day as the address gives it; `present` says whether the page looks from today, so that
    something can be recorded.
    """
    outcome, names = tracked.outcome, {code: pick(party.names).text for code, (_role, party) in known.takers.items()}
    return Section(
        wording=pick(known.clause_texts),
        source=tracked.clause.source if tracked.clause else "",
        clause=nested(describe(tracked.clause, names)) if tracked.clause else (),
        problem=tracked.problem,
        answer=answer_of(outcome) if outcome else None,
        needs=needs_of(known, outcome, may=present and access.may(user, "record")) if outcome else (),
        supposed=_supposed(known, tracked, asked) if outcome and not outcome.met else None,
        conflict=_conflict(tracked),
        not_for_us=_("In force, but not for us") if facts.not_for_us else "",
        suggestion=_suggestion(known, tracked, user, facts.stage) if present else None,
        stated=tracked.stated,
    )


def nested(lines: Sequence[tuple[int, str]]) -> list[Line]:
    """Return lines with depths as the template takes them."""
    return [Line(depth, words) for depth, words in lines]


def answer_of(outcome: Outcome) -> Answer:
    """Return the answer of a clause: the headline, and the arithmetic without what is missing."""
    lines = explain(replace(outcome, need=None, earliest=None))
    state, headline = _state(outcome)
    if outcome.met or not outcome.possibly_met:
        # The last line repeats the headline, the line "not met" does too.
        lines = [line for line in lines if line != headline]
    return Answer(state, headline, lines)


def _state(outcome: Outcome) -> tuple[str, str]:
    if outcome.in_force:
        return "ok", _("In force since %(date)s.") % {"date": outcome.date}
    if outcome.met and outcome.possibly_in_force:
        return "soon", _("As of %(on)s it may be in force; the day is imprecise: %(date)s.") % {
            "on": render_day(outcome.on), "date": outcome.date,
        }  # fmt: skip
    if outcome.met and outcome.date:
        return "soon", _("The threshold is met; entry into force on %(date)s.") % {"date": outcome.date}
    if outcome.possibly_met:
        return "soon", _("It is not certain whether the clause is met.")
    return "plain", _("Not met as of %(on)s.") % {"on": render_day(outcome.on)}


# ---- what is missing ----
def needs_of(known: Known, outcome: Outcome, *, may: bool) -> list[Line]:
    """Return what is missing; with links to the pages that record it for who may."""
    speaker = Speaker(outcome.participants)
    return [
        Line(depth, words, list(_links(known, leaf)) if leaf and may else ())
        for depth, words, leaf in _walk(speaker, outcome.need)
    ]


def _walk(speaker: Speaker, need: Need | None, depth: int = 0) -> Iterator[tuple[int, str, Need | None]]:
    """Yield the lines of a need with the leaf that each of them tells of."""
    if need is None:
        return
    if need.parts:
        lines = list(speaker.need(replace(need, parts=()), depth))
        yield from ((below, words, None) for below, words in lines)
        for part in need.parts:
            yield from _walk(speaker, part, depth + len(lines))
        return
    lines = list(speaker.need(need, depth))
    for place, (below, words) in enumerate(lines, 1):
        yield below, words, need if place == len(lines) else None


def _links(known: Known, need: Need) -> Iterator[tuple[str, str]]:
    """Yield the pages on which the missing acts can be recorded: for each party, or for all at once where many."""
    if need.kind not in ("acts", "weight"):
        return
    kind = need.acts.kinds[0] if need.acts.kinds else ActionKind.RATIFICATION.value
    kind = ActionKind.SIGNATURE.value if kind == BINDING_SIGNATURE else kind
    asked: dict[str, str | list[str]] = {"act": kind}
    if kind == DEFINITIVE_SIGNATURE:
        asked = {"act": ActionKind.SIGNATURE.value, "manner": SignatureManner.DEFINITIVE.value}
    address = reverse("agreement-record", args=[known.agreement.reference, "action"])
    codes = [code for code in (need.candidates or need.enough or ()) if code in known.takers]
    if not codes:
        yield f"{address}?{urlencode(asked)}", _("Record an act")
    elif len(codes) > _LINKS:
        yield f"{address}?{urlencode({**asked, 'party': codes}, doseq=True)}", _("Record the missing acts")
    else:
        for code in codes:
            name = pick(known.takers[code][1].names).text or code
            yield f"{address}?{urlencode({**asked, 'party': code})}", _("Record: %(party)s") % {"party": name}


def _supposed(known: Known, tracked: Tracked, asked: str) -> Supposed:
    outcome, problem = tracked.outcome, ""
    try:
        day = read_day(asked.strip())
    except BadQuestion as error:
        day, problem = None, str(error)
    if day and day < tracked.on:
        problem = _("Choose a day that is not before %(day)s.") % {"day": render_day(tracked.on)}
        day = None
    if day and day != tracked.on:
        outcome = known.tracked(tracked.on, supposing=day).outcome
    assert outcome  # noqa: S101 - asked of a clause that has an answer
    if outcome.earliest is None or outcome.earliest == date.max:
        words = _("No day follows: something is missing that no act can bring.")
        return Supposed(outcome.supposing, asked, problem, words, ())
    words = _("If all that is missing came on %(day)s, it would enter into force on %(date)s.") % {
        "day": render_day(outcome.supposing),
        "date": render_day(outcome.earliest),
    }
    lines = list(Speaker(outcome.participants).cause(outcome.supposed_cause)) if outcome.supposed_cause else []
    return Supposed(outcome.supposing, asked, problem, words, lines)


# ---- what contradicts, and what follows ----
def _conflict(tracked: Tracked) -> str:
    outcome = tracked.outcome
    if not tracked.conflict or outcome is None:
        return ""
    if outcome.date is None:
        return _(
            "The record states that it entered into force on %(stated)s; by the clause and the acts recorded it has "
            "not entered into force."
        ) % {"stated": tracked.stated}
    return _(
        "The record states that it entered into force on %(stated)s; by the clause and the acts recorded it is "
        "%(computed)s."
    ) % {"stated": tracked.stated, "computed": outcome.date}


def _suggestion(known: Known, tracked: Tracked, user: User, stage: Stage | None) -> Suggestion | None:
    """Offer the step that the clause says has come about and nobody has recorded."""
    outcome, name = tracked.outcome, Transition.ENTER_INTO_FORCE
    if outcome is None or not outcome.in_force or outcome.date is None or stage not in EDGES[name].sources:
        return None
    if not access.may(user, "step") or tracked.stated is not None:
        return None
    asked = {"on": outcome.date.iso, "evidence": _evidence(outcome)}
    address = reverse("agreement-step", args=[known.agreement.reference, name.value])
    label = _("Record entry into force on %(day)s") % {"day": outcome.date}
    return Suggestion(label, f"{address}?{urlencode(asked)}")


def _evidence(outcome: Outcome) -> str:
    """Name the clause and the act that met it, as evidence of the step."""
    told = {
        "clause": outcome.clause.source or _("The clause on entry into force"),
        "day": outcome.trigger,
        "parties": Speaker(outcome.participants).names(outcome.by),
    }
    if outcome.trigger is None or not outcome.by or not outcome.certain or len(outcome.by) > _LINKS:
        return (_("%(clause)s, met on %(day)s") if outcome.trigger else "%(clause)s") % told
    return _("%(clause)s, met on %(day)s by the act of: %(parties)s") % told
