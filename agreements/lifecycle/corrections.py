"""Correcting the journal: an entry is voided by a later one, or corrected: voided and replaced at its position."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import clock, journal, registers, upkeep, walk
from agreements.choices import EntryKind, Stage
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.history import History, histories
from agreements.lifecycle.steps import draft_of, save, settle
from agreements.lifecycle.weighing import (
    ENTRY_COLUMNS,
    Details,
    Dossier,
    Step,
    columns_of,
    dossiers,
    no_stage,
    reason_of,
    weigh,
)
from agreements.models import Agreement, Entry, User
from agreements.registers import REASON_MISSING
from agreements.walk import Placed
from agreements.words import Texts, worded

#: How many keys one statement asks for.
_CHUNK = 400
#: What is never struck out.
FIXED = (EntryKind.VOID, EntryKind.EDIT, EntryKind.MARKING, EntryKind.REDACTION, EntryKind.TASK, EntryKind.ACCESS)
VOIDED_ALREADY = Reason("voided-already", _("This entry was corrected already."), firm=True)
_AIMED_AT = _(
    "Another act concerns this one: “%(act)s”, %(on)s. "
    "Void that one first, or give the right values of this one instead."
)
NOTHING_CORRECTED = Reason(
    "nothing-corrected",
    _("Nothing differs from the entry as it stands. Give the right values, or void the entry."),
    firm=True,
)


def void(entry: Entry, *, by: User, reason: str, replaced: bool = False) -> Agreement:
    """Strike an entry out by a later one with a reason; nothing takes its place, unless an act is to be `replaced`.

    Voiding the opening closes the whole record. Raises Refused; then nothing was written.
    """
    with transaction.atomic():
        case, drafts = _begin(entry, by, reason)
        agreement = case.agreement
        if aimed := [] if replaced else _aimed_at(case.history, {entry.pk}):
            raise Refused(*aimed)
        if entry.kind == EntryKind.OPEN:
            agreement.is_void = True
        elif problems := walk.check(case.history.line):
            raise Refused(*(reason_of(problem, agreement.rules) for problem in problems))
        return _finish(case, drafts)


def void_many(entries: Iterable[Entry], *, by: User, reason: str) -> dict[UUID, tuple[Reason, ...]]:
    """Strike out entries of one or many agreements, all or none, by one act with one reason.

    Returns for each agreement why its entries cannot be struck out; where there is a reason, nothing was written.
    Voiding the opening closes the whole record: its other entries stand as they are.
    """
    chains: dict[UUID, list[Entry]] = {}
    for entry in entries:
        chains.setdefault(entry.subject, []).append(entry)
    against: dict[UUID, tuple[Reason, ...]] = {}
    today = FuzzyDate.of_day(clock.today())
    with transaction.atomic():
        found, barred = registers.lock_many(chains, by=by, right="void")
        against |= {key: (bar,) for key, bar in barred.items()}
        given = [entry.pk for chain in chains.values() for entry in chain]
        voided = {
            key
            for start in range(0, len(given), _CHUNK)
            for key in Entry.objects.filter(voids__in=given[start : start + _CHUNK]).values_list("voids", flat=True)
        }
        cases = dossiers(found.values())
        drafts: list[journal.Draft] = []
        for key, agreement in found.items():
            chain, case = chains[key], cases[key]
            if openings := [entry for entry in chain if entry.kind == EntryKind.OPEN]:
                chain = openings[:1]
                agreement.is_void = True
            struck = {entry.pk for entry in chain}
            reasons = [one for entry in chain for one in _fixed(entry)] + [VOIDED_ALREADY] * bool(struck & voided)
            line = [placed for placed in case.history.line if placed.id not in struck]
            if not agreement.is_void and not reasons:
                reasons = [reason_of(problem, agreement.rules) for problem in walk.check(line)]
                reasons += _aimed_at(case.history, struck)
            if reasons:
                against[key] = tuple(reasons)
                continue
            # The last first: so each is voided while what it rests on stands.
            for entry in sorted(chain, key=lambda one: -one.sequence):
                told = {"reason": reason}
                drafts.append(journal.Draft(agreement, EntryKind.VOID, by, today, voids=entry, text=told))
        if against or not drafts:
            return against
        journal.append(drafts)
        moved = [agreement for agreement in found.values() if not agreement.is_void]
        told_anew = histories([agreement.pk for agreement in moved])
        for agreement in moved:
            cases[agreement.pk].history = told_anew[agreement.pk]
            settle(cases[agreement.pk])
        save(list(found.values()))
        upkeep.refresh(list(found.values()))
    return {}


def correct(
    entry: Entry,
    *,
    by: User,
    reason: str,
    on: FuzzyDate | None = None,
    name: str = "",
    stage: str = "",
    own_reason: str | Texts | None = None,
    **details: Any,
) -> Agreement:
    """Replace an entry, with a reason, by one with another date, step, stage or other details.

    The replacement takes the position of what it replaces and keeps what is not given anew; `own_reason` is the reason
    of the step or the hold itself. Raises Refused; then nothing was written.
    """
    given = details if own_reason is None else details | {"reason": own_reason}
    with transaction.atomic():
        case, drafts = _begin(entry, by, reason)
        if not (on or name or stage or given):
            raise Refused(NOTHING_CORRECTED)
        drafts.append(_replacement(case, entry, by, on or entry.on, name, stage, given))
        return _finish(case, drafts)


def _begin(entry: Entry, by: User, reason: str) -> tuple[Dossier, list[journal.Draft]]:
    """Return the locked agreement without the entry, and the draft that voids it. Raises Refused."""
    fresh = registers.lock(Agreement(pk=entry.subject), by=by, right="void")
    if reasons := _void_reasons(entry, reason):
        raise Refused(*reasons)
    case = dossiers([fresh])[fresh.pk]
    case.history.line = [placed for placed in case.history.line if placed.id != entry.pk]
    today = FuzzyDate.of_day(clock.today())
    return case, [journal.Draft(fresh, EntryKind.VOID, by, today, voids=entry, text={"reason": reason})]


def _finish(case: Dossier, drafts: list[journal.Draft]) -> Agreement:
    """Write the entries and what follows from them."""
    agreement = case.agreement
    journal.append(drafts)
    if not agreement.is_void:
        case.history = histories([agreement.pk])[agreement.pk]
        settle(case)
    save([agreement])
    upkeep.refresh([agreement])
    return agreement


# ---- what voiding would bring about ----
@dataclass(frozen=True)
class Consequences:
    """What would come of voiding an entry: the reasons why it cannot be voided, and what else changes if it is."""

    reasons: Sequence[Reason] = ()
    #: Whether the whole record would be closed, and how many other entries it has.
    closes: bool = False
    others: int = 0
    #: The stage to which the agreement would go back, if it would.
    stage: Stage | None = None
    #: Live steps that were recorded after an entry on which they may rest.
    resting: Sequence[Entry] = ()


def consequences(entry: Entry, agreement: Agreement) -> Consequences:
    """Say what voiding an entry of an agreement would bring about; nothing is written."""
    if reasons := _void_reasons(entry, "?"):
        return Consequences(reasons=reasons)
    live = Entry.objects.of(agreement).live().exclude(pk=entry.pk)
    if entry.kind == EntryKind.OPEN:
        return Consequences(closes=True, others=live.count())
    if entry.kind not in EntryKind.placed():
        if entry.kind == EntryKind.NOTE:
            return Consequences()
        if aimed := _aimed_at(histories([agreement.pk])[agreement.pk], {entry.pk}):
            return Consequences(reasons=aimed)
        number = journal.data_of(entry).get("text", 1)
        later = live.filter(kind=EntryKind.STEP, sequence__gt=entry.sequence).order_by("position")
        return Consequences(resting=[step for step in later if journal.data_of(step).get("text", 1) == number])
    line = [placed for placed in histories([agreement.pk])[agreement.pk].line if placed.id != entry.pk]
    if not line:  # of a record that is closed
        return Consequences()
    if problems := walk.check(line):
        return Consequences(reasons=[reason_of(problem, agreement.rules) for problem in problems])
    stage = walk.replay(line).stage
    return Consequences(stage=stage if stage != agreement.stage else None)


def _aimed_at(history: History, struck: Collection[UUID]) -> list[Reason]:
    """Return why acts cannot be struck out: others that stand withdraw them, confirm them, or object to them."""
    keys = {str(key) for key in struck}
    aims = [act for _text, act in history.tracks if act.target in keys and act.id not in keys]
    return [Reason("aimed-at", _AIMED_AT, {"act": act.kind.label, "on": act.on}, firm=True) for act in aims]


def _void_reasons(entry: Entry, reason: str) -> list[Reason]:
    reasons = registers.spelling({"reason": reason})
    if not reason.strip():
        reasons.append(REASON_MISSING)
    reasons += _fixed(entry)
    if Entry.objects.filter(voids=entry).exists():
        reasons.append(VOIDED_ALREADY)
    return reasons


def _fixed(entry: Entry) -> list[Reason]:
    """Return why an entry is of a kind that is never struck out, if it is."""
    reasons = []
    if entry.kind in FIXED and entry.kind not in (EntryKind.TASK, EntryKind.ACCESS):
        reasons.append(
            Reason("not-voidable", _("A correction, a change of data or a redaction is not voided."), firm=True)
        )
    if entry.kind == EntryKind.TASK:
        reasons.append(
            Reason("not-voidable", _("What was done to a task is not voided: open the task again."), firm=True)
        )
    if entry.kind == EntryKind.ACCESS:
        reasons.append(Reason("not-voidable", _("A share is not voided: withdraw it."), firm=True))
    return reasons


#: What is replaced: the placed ones, and of the others those on which no rule but their own words bears.
REPLACED = (*EntryKind.placed(), EntryKind.NOTE, EntryKind.DOCUMENT, EntryKind.CLEARANCE)

#: Without what an entry of this kind would say nothing.
_NEEDED = {EntryKind.HOLD: "reason", EntryKind.NOTE: "what", EntryKind.DOCUMENT: "evidence"}


def _replacement(
    case: Dossier, entry: Entry, by: User, on: FuzzyDate, name: str, stage: str, given: Mapping[str, Any]
) -> journal.Draft:
    """Return the entry that takes the place of another, with what is not given anew taken over from it."""
    # A file goes with its entry: what is wrong about it is voided, and the file kept anew.
    if entry.kind not in REPLACED or "file" in journal.data_of(entry):
        raise Refused(Reason("not-replaceable", _("Void it, and record it anew."), firm=True))
    data, text = journal.data_of(entry), journal.text_of(entry)
    kept = {column: getattr(entry, column) for column in ENTRY_COLUMNS} | {
        name: source[name]
        for source, names in ((data, ("manner", "acting")), (text, ("what", "reason")))
        for name in names
        if name in source
    }
    details = Details(**(kept | dict(given)))
    if entry.kind == EntryKind.STEP:
        step = Step(case.agreement, name or entry.transition, on, details)
        reasons, placed, set_aside = weigh(case, step, by, replaces=entry)
        if reasons:
            raise Refused(*reasons)
        draft = draft_of(case, step, placed, by, set_aside)
        kept_data = {key: value for key, value in data.items() if key not in ("retroactive", *given)}
        draft.data = {**(kept_data if step.name == entry.transition else {}), **draft.data, "replaces": str(entry.pk)}
        draft.out_of_procedure = draft.out_of_procedure or "unmet" in draft.data
        return draft
    to_stage = Stage(stage or entry.to_stage) if entry.to_stage else None
    problems = []
    if entry.kind in EntryKind.placed():
        placed = Placed(uuid4(), entry.position or 0, EntryKind(entry.kind), on, None, to_stage, data.get("text", 1))
        problems = walk.check(case.history.with_placed(placed))
    said = {"what": details.what, "reason": details.reason}
    reasons = registers.timing(on, clock.today()) + registers.spelling(columns_of(details) | said)
    if to_stage and to_stage not in case.agreement.rules.stages:
        reasons.append(no_stage(case.agreement.rules, to_stage))
    needed = _NEEDED.get(EntryKind(entry.kind))
    if needed and needed in given and not worded(given[needed]).text.strip():
        reasons.append(
            Reason(
                "text-missing",
                _("This cannot be left empty."),
                asked="own_reason" if needed == "reason" else needed,
                firm=True,
            )
        )
    if reasons or problems:
        raise Refused(*reasons, *(reason_of(problem, case.agreement.rules) for problem in problems))
    return journal.Draft(
        case.agreement,
        EntryKind(entry.kind),
        by,
        on,
        position=entry.position,
        to_stage=to_stage or "",
        data={key: value for key, value in data.items() if key != "record"} | {"replaces": str(entry.pk)},
        text={key: value for key, value in text.items() if key not in ("record", *given)}
        | {name: value for name, value in said.items() if value},
        **columns_of(details),
    )
