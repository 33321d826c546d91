"""Correcting the journal: an entry is voided by a later one and, where wanted, replaced at its position."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import clock, journal, registers, walk
from agreements.choices import EntryKind, Stage
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.history import histories
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


def void(
    entry: Entry,
    *,
    by: User,
    reason: str,
    on: FuzzyDate | None = None,
    name: str = "",
    stage: str = "",
    **details: Any,
) -> Agreement:
    """Void an entry by a later one with a reason, and replace it where a date, a step, a stage or details are given.

    The replacement takes the position of what it replaces and keeps what is not given anew. An opening that is not
    replaced voids the whole record. Raises Refused; then nothing was written.
    """
    with transaction.atomic():
        fresh = registers.lock(Agreement(pk=entry.subject), by=by, right="void")
        reasons = _void_reasons(entry, reason)
        if reasons:
            raise Refused(*reasons)
        case = dossiers([fresh])[fresh.pk]
        case.history.line = [placed for placed in case.history.line if placed.id != entry.pk]
        drafts = [
            journal.Draft(
                fresh, EntryKind.VOID, by, FuzzyDate.of_day(clock.today()), voids=entry, text={"reason": reason}
            )
        ]
        if on or name or stage or details:
            drafts.append(_replacement(case, entry, by, on or entry.on, name, stage, details))
        elif entry.kind == EntryKind.OPEN:
            fresh.is_void = True
        elif problems := walk.check(case.history.line):
            raise Refused(*(reason_of(problem, fresh.rules) for problem in problems))
        journal.append(drafts)
        if not fresh.is_void:
            case.history = histories([fresh.pk])[fresh.pk]
            settle(case)
        save([fresh])
    return fresh


def _void_reasons(entry: Entry, reason: str) -> list[Reason]:
    reasons = registers.spelling({"reason": reason})
    if not reason.strip():
        reasons.append(REASON_MISSING)
    if entry.kind in (EntryKind.VOID, EntryKind.EDIT, EntryKind.REDACTION):
        reasons.append(
            Reason("not-voidable", _("A correction, a change of data or a redaction is not voided."), firm=True)
        )
    if Entry.objects.filter(voids=entry).exists():
        reasons.append(Reason("voided-already", _("This entry was corrected already."), firm=True))
    return reasons


def _replacement(
    case: Dossier, entry: Entry, by: User, on: FuzzyDate, name: str, stage: str, given: Mapping[str, Any]
) -> journal.Draft:
    """Return the entry that takes the place of another, with what is not given anew taken over from it."""
    if entry.kind not in EntryKind.placed():
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
    placed = Placed(uuid4(), entry.position or 0, EntryKind(entry.kind), on, None, to_stage, data.get("text", 1))
    problems = walk.check(case.history.with_placed(placed))
    reasons = registers.timing(on, clock.today()) + registers.spelling(columns_of(details))
    if to_stage and to_stage not in case.agreement.rules.stages:
        reasons.append(no_stage(case.agreement.rules, to_stage))
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
        text={key: value for key, value in text.items() if key != "record"}
        | {name: value for name in ("what", "reason") if (value := getattr(details, name))},
        **columns_of(details),
    )
