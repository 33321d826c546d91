"""Guards: what must be there before a step, each with the sentence that says what is missing.

Guards are built from a procedure and asked about a `Case`, the facts of one agreement and one intended step. The same
list feeds the greyed button, the API's answer and the refusal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agreements.calendars import Calendar, Direction, NotComputed, Period, Unit, deadline
from agreements.choices import ActionKind, ClearanceResult, DocumentKind, Group, Stage, Transition
from agreements.dates import FuzzyDate, render_day
from agreements.entry_into_force import Need, Outcome, Speaker
from agreements.procedures import Lead, Procedure, Requirement
from agreements.tracks import add_months
from agreements.words import Texts, pick


@dataclass(frozen=True)
class Actor:
    """A participant that signs and consents."""

    code: str
    name: Texts


@dataclass(frozen=True)
class Successor:
    """The later agreement named in a step that supersedes."""

    in_force: bool
    parties: frozenset[str]


@dataclass(frozen=True)
class Case:
    """The facts that guards ask about."""

    procedure: Procedure
    stage: Stage
    on: FuzzyDate
    own: str = ""
    held_since: FuzzyDate | None = None
    actors: tuple[Actor, ...] = ()
    documents: frozenset[DocumentKind] = frozenset()
    acts: frozenset[tuple[str, ActionKind]] = frozenset()
    later_documents: frozenset[DocumentKind] = frozenset()
    later_acts: frozenset[tuple[str, ActionKind]] = frozenset()
    clearances: Mapping[str, ClearanceResult] = field(default_factory=dict)
    valid_from: date | None = None
    valid_until: date | None = None
    evidence: str = ""
    successor: Successor | None = None
    outcome: Outcome | None = None
    #: When the stage was entered, and the days of the documents: from where periods of waiting run.
    since: FuzzyDate | None = None
    dated: Mapping[DocumentKind, FuzzyDate] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)


@dataclass(frozen=True)
class Reason:
    """Why a step cannot be taken: a code for programs, a sentence for people, the law, and what would help.

    `asked` names the field of the step itself that would meet it; `remedy` what to record beforehand
    ("document:decision", "act:full_powers:KZ", "clearance"). A `firm` reason holds even out of procedure.
    """

    code: str
    template: str | Promise
    params: Mapping[str, Any] = field(default_factory=dict)
    law: Texts = field(default_factory=dict)
    asked: str = ""
    remedy: str = ""
    firm: bool = False

    @property
    def sentence(self) -> str:
        """The sentence in the reader's language."""
        words = {name: pick(value).text if isinstance(value, Mapping) else value for name, value in self.params.items()}
        return str(self.template) % words if words else str(self.template)

    def __str__(self) -> str:
        return self.sentence

    @property
    def law_text(self) -> str:
        """The citation of the law in the reader's language, or an empty text."""
        return pick(self.law).text


class Refused(Exception):
    """A write was refused; `reasons` says everything that stands against it. Nothing was written."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__(" ".join(reason.sentence for reason in reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Guard:
    """One condition of one step: answers a case with the reasons why it is not met, or with none."""

    requirement: Requirement
    test: Callable[[Requirement, Case], list[Reason]]

    def unmet(self, case: Case) -> list[Reason]:
        """Return the reasons why the case does not meet this guard."""
        asked = self.requirement
        if asked.sources and case.stage not in asked.sources:
            return []
        if not asked.unless:
            return self.test(asked, case)
        if any(code != case.own and act in asked.unless for code, act in case.acts):
            return []
        return [replace(reason, template=_UNLESS, params={"missing": reason}) for reason in self.test(asked, case)]


_UNLESS = _("%(missing)s Or record the act of another participant that has come first.")


def guards_of(procedure: Procedure, name: Transition) -> list[Guard]:
    """Return the guards that a procedure sets before a transition."""
    rule = procedure.transitions.get(name)
    return [Guard(requirement, _TESTS[requirement.kind]) for requirement in rule.requires] if rule else []


def unmet(case: Case, name: Transition) -> list[Reason]:
    """Return every reason that the procedure and the case hold against a transition, all at once."""
    reasons = []
    if not case.procedure.foresees(name, case.stage):
        step, stage = case.procedure.transitions.get(name), case.procedure.stages.get(case.stage)
        reasons.append(
            Reason(
                "not-foreseen",
                _("The procedure “%(procedure)s” does not foresee the step “%(step)s” from the stage “%(stage)s”."),
                {
                    "procedure": case.procedure.title,
                    "step": (step and step.label) or name.label,
                    "stage": (stage and stage.label) or case.stage.label,
                },
            )
        )
    if case.held_since and case.stage.group in (Group.PREPARING, Group.CONCLUDED) and name not in _DESPITE_HOLD:
        reasons.append(
            Reason(
                "on-hold",
                _("The agreement has been on hold since %(since)s. Release it first."),
                {"since": case.held_since},
                remedy="release",
            )
        )
    return reasons + [reason for guard in guards_of(case.procedure, name) for reason in guard.unmet(case)]


_DESPITE_HOLD = (Transition.WITHDRAW, Transition.SUPERSEDE)

_DOCUMENT_MISSING = {
    DocumentKind.MANDATE: _("The decision that authorises negotiations is not named."),
    DocumentKind.INITIALLED_TEXT: _("The initialled text is not named."),
    DocumentKind.SIGNED_TEXT: _("The signed text is not named."),
    DocumentKind.LEGAL_EXPERTISE: _("Scientific legal expertise of the draft is not attached."),
    DocumentKind.LINGUISTIC_EXPERTISE: _("Scientific linguistic expertise of the draft is not attached."),
    DocumentKind.DECISION: _("The decision is not recorded."),
    DocumentKind.SIGNING_DECISION: _("The decision to sign is not recorded."),
    DocumentKind.DRAFT_LAW: _("The draft law on ratification is not attached."),
    DocumentKind.EXPLANATORY_NOTE: _("The explanatory note to the draft law is not attached."),
    DocumentKind.DEPOSITARY_NOTICE: _("The depositary’s notice is not named."),
    DocumentKind.NOTE_VERBALE: _(
        "The note, the last notification or the clause under which it enters into force is not named."
    ),
    DocumentKind.NOTICE: _("The notice or the consent of the parties is not named."),
    DocumentKind.INTENTION_NOTICE: _(
        "The notice by which the intention not to become a party was made clear is not named."
    ),
}


def _document(requirement: Requirement, case: Case) -> list[Reason]:
    kind = requirement.document
    if kind is None or kind in case.documents:
        return []
    if kind in case.later_documents:
        template = _("“%(document)s” is dated after the day of the step.")
        return [
            Reason(
                "document-later", template, {"document": kind.label}, requirement.law, remedy=f"document:{kind.value}"
            )
        ]
    return [
        Reason(
            "document-missing",
            _DOCUMENT_MISSING.get(kind, _("A document is missing: %(document)s.")),
            {} if kind in _DOCUMENT_MISSING else {"document": kind.label},
            requirement.law,
            remedy=f"document:{kind.value}",
        )
    ]


def _evidence(requirement: Requirement, case: Case) -> list[Reason]:
    if case.evidence:
        return []
    return [
        Reason("evidence-missing", reason.template, reason.params, reason.law, asked="evidence", remedy=reason.remedy)
        for reason in _document(requirement, case)
    ]


_ACT_MISSING = {
    ActionKind.FULL_POWERS: _("Full powers are not recorded: %(party)s."),
    ActionKind.RATIFICATION: _("Consent to be bound is not recorded: %(party)s."),
}
#: The acts that count even where they are dated after the step: they make good what it lacked (VCLT 8).
_CURING = (ActionKind.SUBSEQUENT_CONFIRMATION,)


def _act(requirement: Requirement, case: Case) -> list[Reason]:
    first = requirement.acts[0]
    done = case.acts | {(code, act) for code, act in case.later_acts if act in _CURING}
    return [
        Reason(
            "act-later" if any((actor.code, act) in case.later_acts for act in requirement.acts) else "act-missing",
            _("The act is dated after the day of the step: %(party)s.")
            if any((actor.code, act) in case.later_acts for act in requirement.acts)
            else _ACT_MISSING.get(first, _("The act “%(act)s” is not recorded: %(party)s.")),
            {"party": actor.name} | ({} if first in _ACT_MISSING else {"act": first.label}),
            requirement.law,
            remedy=f"act:{first.value}:{actor.code}",
        )
        for actor in case.actors
        if not any((actor.code, act) in done for act in requirement.acts)
    ]


def _clearance(requirement: Requirement, case: Case) -> list[Reason]:
    refused = [body for body, result in case.clearances.items() if result == ClearanceResult.REFUSED]
    if not case.clearances:
        return [
            Reason(
                "clearance-missing", _("No clearance by a body is recorded."), {}, requirement.law, remedy="clearance"
            )
        ]
    return [
        Reason(
            "clearance-refused",
            _("Clearance was refused: %(body)s."),
            {"body": body},
            requirement.law,
            remedy="clearance",
        )
        for body in refused
    ]


def _reached(requirement: Requirement, case: Case) -> list[Reason]:
    day = getattr(case, requirement.date)
    if day is None or not case.on.certainly_before(day):
        return []
    return [
        Reason(
            "date-not-reached",
            _("The period of validity begins on %(day)s only."),
            {"day": _Day(day)},
            requirement.law,
        )
    ]


def _passed(requirement: Requirement, case: Case) -> list[Reason]:
    day = getattr(case, requirement.date)
    if day is None:
        return [Reason("date-missing", _("No end of the period of validity is recorded."), {}, requirement.law)]
    if case.on.latest > day:
        return []
    return [
        Reason("date-not-passed", _("The period of validity runs until %(day)s."), {"day": _Day(day)}, requirement.law)
    ]


def counted(anchor: FuzzyDate, lead: Lead, calendars: Mapping[str, Calendar], *, back: bool = False) -> FuzzyDate:
    """Return the day so long before, or after, a date. Raises NotComputed where the calendar does not reach so far."""
    if lead.unit == "months":
        months = -lead.number if back else lead.number
        return FuzzyDate.of_span(add_months(anchor.earliest, months), add_months(anchor.latest, months))
    unit = Unit.CALENDAR_DAYS if lead.unit == "days" else Unit(lead.unit)
    direction = Direction.BEFORE if back else Direction.AFTER
    return deadline(anchor, Period(lead.number, unit, lead.calendar), direction=direction, calendars=calendars)


def _waited(requirement: Requirement, case: Case) -> list[Reason]:
    """The step is later than the last day of a period since the stage was entered, or since a document."""
    lead, law = requirement.lead, requirement.law
    if lead is None:
        return []
    document = DocumentKind(lead.date) if lead.date in DocumentKind.values else None
    anchor = case.dated.get(document) if document else case.since
    if anchor is None:
        template = _("The period runs from a document that is not recorded: %(document)s.")
        told = {"document": document.label if document else ""}
        return [Reason("waiting-unknown", template, told, law, remedy=f"document:{document.value}" if document else "")]
    try:
        last = counted(anchor, lead, case.calendars)
    except NotComputed as error:
        return [Reason("waiting-unknown", "%(problem)s", {"problem": error}, law)]
    if last.certainly_before(case.on):
        return []
    return [Reason("waiting", _("The period of waiting runs until %(day)s."), {"day": last}, law, asked="on")]


def _successor(requirement: Requirement, case: Case) -> list[Reason]:
    law, later = requirement.law, case.successor
    if later is None:
        return [
            Reason(
                "successor-missing",
                _("Name the later agreement of all the parties that takes its place."),
                {},
                law,
                "successor",
            )
        ]
    reasons = []
    if not later.in_force:
        reasons.append(
            Reason(
                "successor-not-in-force", _("The later agreement is not in force on that day."), {}, law, "successor"
            )
        )
    reasons += [
        Reason(
            "successor-lacks-party",
            _(
                "Not a party to the later agreement: %(party)s. "
                "In relations with that party the earlier agreement remains."
            ),
            {"party": actor.name},
            law,
            "successor",
        )
        for actor in case.actors
        if actor.code not in later.parties
    ]
    return reasons


def _participants(requirement: Requirement, case: Case) -> list[Reason]:
    if len(case.actors) >= 2:
        return []
    return [
        Reason(
            "participants-missing",
            _("At least two participants must be recorded."),
            {},
            requirement.law,
            remedy="participants",
        )
    ]


def _clause(requirement: Requirement, case: Case) -> list[Reason]:
    """The clause is met by the day of the step; without a clause the acts of all, or the document, say so."""
    outcome = case.outcome
    if outcome is None:
        return _evidence(requirement, case) if requirement.document else _act(requirement, case)
    if outcome.met and outcome.date:
        if not case.on.certainly_before(outcome.date):
            return []
        template = _("By its clause the agreement enters into force on %(date)s, not before.")
        return [Reason("clause-later", template, {"date": outcome.date}, requirement.law, asked="on")]
    if requirement.document and (case.evidence or requirement.document in case.documents):
        return []
    reasons = []
    for need in outcome.need.leaves() if outcome.need else ():
        known = [kind for kind in need.acts.kinds or () if kind in ActionKind.values]
        kind = known[0] if known else ActionKind.RATIFICATION.value
        if need.kind == "acts" and need.candidates and len(need.candidates) <= need.lacking:
            reasons += [
                Reason(
                    "clause-act-missing",
                    _("Missing for the entry into force – %(act)s: %(party)s."),
                    {
                        "act": ActionKind(kind).label,
                        "party": outcome.participants[code].names if code in outcome.participants else code,
                    },
                    requirement.law,
                    remedy=f"act:{kind}:{code}",
                )
                for code in need.candidates
            ]
        else:
            template = _("The clause on entry into force is not met. %(missing)s")
            reasons.append(
                Reason("clause-not-met", template, {"missing": _Missing(need, outcome)}, requirement.law, remedy="act")
            )
    template = _("The clause on entry into force cannot be computed, or its days are not known exactly.")
    return reasons or [Reason("clause-uncertain", template, {}, requirement.law, remedy="act")]


@dataclass(frozen=True)
class _Missing:
    """What is missing, in the reader's language when the sentence is read."""

    need: Need
    outcome: Outcome

    def __str__(self) -> str:
        return " ".join(text for _depth, text in Speaker(self.outcome.participants).need(self.need))


@dataclass(frozen=True)
class _Day:
    """A day that is written in the reader's language when the sentence is read."""

    day: date

    def __str__(self) -> str:
        return render_day(self.day)


_TESTS: Mapping[str, Callable[[Requirement, Case], list[Reason]]] = {
    "document": _document,
    "evidence": _evidence,
    "act": _act,
    "clearance": _clearance,
    "reached": _reached,
    "passed": _passed,
    "successor": _successor,
    "participants": _participants,
    "clause": _clause,
    "waited": _waited,
}
