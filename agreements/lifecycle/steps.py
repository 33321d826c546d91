"""Taking steps, marking holds, recording notes: one lock, one transaction, one entry for each thing that happened."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from agreements import clock, journal, periods, registers, tracking, upkeep, walk
from agreements.choices import EntryKind, Group, Stage, Transition
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.lifecycle.weighing import (
    Details,
    Dossier,
    Step,
    admission,
    columns_of,
    dossiers,
    objections,
    position_for,
    reason_of,
    weigh,
)
from agreements.models import Agreement, Entry, User
from agreements.models.prepared import Prepared
from agreements.models.updating import update_each
from agreements.registers import REASON_MISSING, VOID_RECORD
from agreements.walk import Placed, Problem
from agreements.words import Texts, worded


def perform(agreement: Agreement, name: str, *, on: FuzzyDate, by: User, **details: Any) -> Agreement:
    """Take one step and return the fresh agreement. Raises Refused with every reason; then nothing was written."""
    return perform_many([Step(agreement, name, on, Details(**details))], by=by)[0]


def perform_many(steps: Sequence[Step], *, by: User) -> list[Agreement]:
    """Take steps of one or many agreements in the order given, all or none. Raises Refused with the first refusal."""
    outcomes = perform_each(steps, by=by, whole=True)
    for outcome in outcomes:
        if outcome.reasons:
            raise Refused(*outcome.reasons)
    return [outcome.agreement for outcome in outcomes]


def perform_recorded(agreement: Agreement, name: str, *, on: FuzzyDate, by: User, **details: Any) -> Entry:
    """Take one step and return its entry in the journal, as it was written. Raises Refused as `perform` does."""
    (outcome,) = perform_each([Step(agreement, name, on, Details(**details))], by=by, whole=True)
    if outcome.written is None:
        raise Refused(*outcome.reasons)
    return journal.entry_of(outcome.written)


class Outcome(NamedTuple):
    """What became of one of many steps: its entry in the journal, or every reason why it was not taken."""

    agreement: Agreement
    entry: UUID | None = None
    reasons: tuple[Reason, ...] = ()
    written: journal.Ready | None = None


def perform_each(steps: Sequence[Step], *, by: User, whole: bool = False, only_weigh: bool = False) -> list[Outcome]:
    """Take steps of one or many agreements in the order given, each judged by itself after those before it.

    The same number of queries whatever their number. `whole`: where one is refused, none is taken; `only_weigh`: none
    is taken anyway. The outcomes tell all refusals at once.
    """
    with transaction.atomic():
        cases = dossiers(locked({step.agreement.pk for step in steps}, known=[step.agreement for step in steps]))
        drafts, outcomes = [], []
        for step in steps:
            case = cases[step.agreement.pk]
            reasons, placed, set_aside = weigh(case, step, by)
            if reasons:
                outcomes.append(Outcome(case.agreement, reasons=tuple(reasons)))
                continue
            drafts.append(draft_of(case, step, placed, by, set_aside))
            outcomes.append(Outcome(case.agreement, drafts[-1].key))
            move(case, placed)
        if drafts and not only_weigh and not (whole and len(drafts) < len(steps)):
            made = journal.prepare(drafts)
            journal.write(made)
            written = {one.draft.key: one for one in made}
            outcomes = [one._replace(written=written[one.entry]) if one.entry else one for one in outcomes]
            moved = list({draft.subject.pk: cases[draft.subject.pk].agreement for draft in drafts}.values())
            save(moved)
            upkeep.refresh(moved)
    return outcomes


_LOCKED = Prepared(lambda keys: Agreement.objects.select_for_update().filter(pk__in=keys).order_by("pk"))


def locked(keys: Iterable[UUID], *, known: Iterable[Agreement] = ()) -> list[Agreement]:
    """Lock the rows in key order - two writers with the same agreements wait, they do not deadlock - and read them.

    `known` are agreements that were read before: a version of a procedure never changes, and is not read twice.
    """
    rows: list[Agreement] = list(_LOCKED(sorted(keys)))
    versions = {
        one.procedure_version_id: one.procedure_version
        for one in known
        if "procedure_version" in one._state.fields_cache
    }
    for row in rows:
        if row.procedure_version_id in versions:
            row.procedure_version = versions[row.procedure_version_id]
    # Read after the lock, not joined to it: see `registers.lock`.
    if missing := [row for row in rows if row.procedure_version_id not in versions]:
        prefetch_related_objects(missing, "procedure_version")
    return rows


def draft_of(case: Dossier, step: Step, placed: Placed, by: User, set_aside: Sequence[str]) -> journal.Draft:
    """Return the entry that will record a step that was weighed."""
    details = step.details
    state = walk.replay([entry for entry in case.history.line if entry.position < placed.position])
    data: dict[str, Any] = {"text": state.text + (placed.transition == Transition.REOPEN)}
    data |= {name: value for name in ("manner", "acting") if (value := getattr(details, name))}
    if details.successor and placed.transition == Transition.SUPERSEDE:
        data["successor"] = str(details.successor.pk)
    if placed.retroactive:
        data["retroactive"] = True
    if set_aside:
        data["unmet"] = list(set_aside)
    return journal.Draft(
        case.agreement,
        EntryKind.STEP,
        by,
        step.on,
        position=placed.position,
        transition=placed.transition or "",
        from_stage=state.stage,
        to_stage=placed.to_stage or "",
        out_of_procedure=bool(set_aside),
        data=data,
        text={name: value for name in ("what", "reason") if (value := getattr(details, name))},
        **columns_of(details),
    )


def move(case: Dossier, placed: Placed) -> None:
    """Move the agreement by its own transition where the step is the last of the line; set what follows from it."""
    last = not case.history.line or placed.position > case.history.line[-1].position
    if last and placed.transition:
        getattr(case.agreement, placed.transition.value)()
    case.history.add(placed)
    settle(case)


def settle(case: Dossier) -> None:
    """Set the columns that follow from the line. A late step or a correction may change the stage without a step."""
    agreement, history = case.agreement, case.history
    state = walk.replay(history.line)
    # The field is protected against assignment; this is the one place that knows the walk to be checked.
    agreement.__dict__["stage"] = state.stage.value
    when = state.since.when
    agreement.since_earliest, agreement.since_latest, agreement.since_precision = (
        when.earliest,
        when.latest,
        when.precision,
    )
    agreement.text, agreement.on_hold = state.text, state.hold is not None
    agreement.round = history.rounds.get(state.text, 0)


_MOVED = (*Agreement.MOVED, "version", "changed_at")
#: What moves while a record stands; a column that is written changes its indexes, whatever its value.
_MOVED_STANDING = tuple(name for name in _MOVED if name != "is_void")


def save(agreements: Sequence[Agreement]) -> None:
    """Save the columns that the life of an agreement moves; a record that is void stays so."""
    update_each(agreements, _MOVED if any(one.is_void for one in agreements) else _MOVED_STANDING)


def hold(agreement: Agreement, *, on: FuzzyDate, by: User, reason: str | Texts, **details: Any) -> Agreement:
    """Mark an agreement as on hold, with a reason. Raises Refused."""
    return _mark(agreement, EntryKind.HOLD, on, by, Details(reason=reason, **details))


def release(agreement: Agreement, *, on: FuzzyDate, by: User, **details: Any) -> Agreement:
    """End a hold. Raises Refused."""
    return _mark(agreement, EntryKind.RELEASE, on, by, Details(**details))


def _mark(agreement: Agreement, kind: EntryKind, on: FuzzyDate, by: User, details: Details) -> Agreement:
    with transaction.atomic():
        (fresh,) = locked([agreement.pk])
        case, step = dossiers([fresh])[fresh.pk], Step(fresh, kind, on, details)
        reasons, placed = weigh_mark(case, step, by)
        if reasons:
            raise Refused(*reasons)
        journal.append([draft_of_mark(case, step, placed, by)])
        save([fresh])
    return fresh


def weigh_mark(case: Dossier, step: Step, by: User) -> tuple[list[Reason], Placed]:
    """Return the reasons against a hold or a release, and its place in the line."""
    kind = EntryKind(step.name)
    position = position_for(case.history, step.details.after, None)
    reasons = admission(case.agreement, step, by) + registers.timing(step.on, clock.today())
    if kind == EntryKind.HOLD and not step.details.reason:
        reasons.append(REASON_MISSING)
    placed = Placed(uuid4(), position or case.history.end(), kind, step.on)
    problems = walk.check(case.history.with_placed(placed))
    return reasons + [_hold_reason(problem, case.agreement) for problem in problems], placed


def draft_of_mark(case: Dossier, step: Step, placed: Placed, by: User) -> journal.Draft:
    """Return the entry that will record a hold or a release that was weighed, and set what follows from it."""
    details = step.details
    draft = journal.Draft(
        case.agreement,
        EntryKind(step.name),
        by,
        step.on,
        position=placed.position,
        data={"text": case.agreement.text},
        text={name: value for name in ("what", "reason") if (value := getattr(details, name))},
        **columns_of(details),
    )
    case.history.add(placed)
    settle(case)
    return draft


def _hold_reason(problem: Problem, agreement: Agreement) -> Reason:
    if problem.kind != "hold":
        return reason_of(problem, agreement.rules)
    if problem.entry.kind == EntryKind.RELEASE:
        return Reason("not-on-hold", _("The agreement is not on hold."), firm=True)
    return _HOLD_IMPOSSIBLE if agreement.group in (Group.OPERATIVE, Group.ENDED) else _ON_HOLD_ALREADY


_HOLD_IMPOSSIBLE = Reason(
    "hold-impossible", _("Only what is being prepared or concluded can be put on hold."), firm=True
)
_ON_HOLD_ALREADY = Reason("on-hold-already", _("The agreement is on hold already."), remedy="release", firm=True)


def hold_objections(agreement: Agreement) -> list[Reason]:
    """Return what stands against putting an agreement on hold as it stands; it needs a reason, too."""
    if agreement.is_void:
        return [VOID_RECORD]
    if agreement.group in (Group.OPERATIVE, Group.ENDED):
        return [_HOLD_IMPOSSIBLE]
    return [_ON_HOLD_ALREADY] if agreement.on_hold else []


def note(
    agreement: Agreement,
    *,
    on: FuzzyDate,
    by: User,
    what: str | Texts,
    round_of_talks: int | None = None,
    **details: Any,
) -> Entry:
    """Record what happened without moving the stage: a renewed request, a round of talks, a parliament's consent."""
    if not worded(what).text.strip():
        raise Refused(Reason("text-missing", _("Say in a sentence what happened."), asked="what", firm=True))
    data = {"round": round_of_talks} if round_of_talks else {}
    return registers.add(agreement, EntryKind.NOTE, by=by, on=on, what=what, data=data, **details)


def run_automatic(*, by: User, today: date | None = None) -> list[Agreement]:
    """Take the steps that procedures take by themselves: into effect when due, expired the day after the last day."""
    day = today or clock.today()
    moved = []
    waiting, operative = (Stage.SIGNED, Stage.RATIFYING), (Stage.IN_FORCE, Stage.SUSPENDED)
    kept = Agreement.objects.kept().filter(stage__in=waiting + operative)
    candidates = list(kept.select_related("procedure_version").order_by("pk"))
    upkeep.refresh([agreement for agreement in candidates if agreement.stage in waiting])
    for agreement in candidates:
        automatic = agreement.rules.automatic
        if Transition.ENTER_INTO_FORCE in automatic and agreement.computed_entry and agreement.stage in waiting:
            due, name = agreement.computed_entry, Transition.ENTER_INTO_FORCE
        elif Transition.ENTER_INTO_FORCE in automatic and not agreement.clause and agreement.stage == Stage.SIGNED:
            due = FuzzyDate.of_day(max(agreement.since_latest, agreement.valid_from or agreement.since_latest))
            name = Transition.ENTER_INTO_FORCE
        elif Transition.EXPIRE in automatic and agreement.valid_until and agreement.stage in operative:
            last = _last_day(agreement)
            if last is None:
                continue
            due, name = periods.shifted(last, 1), Transition.EXPIRE
        else:
            continue
        if due.latest <= day and not objections(agreement, name, by=by, on=due):
            moved.append(perform(agreement, name, on=due, by=by))
    return moved


def _last_day(agreement: Agreement) -> FuzzyDate | None:
    """Return the day on which validity ends for good; None while it is renewed. Few are renewed: one by one."""
    if not agreement.renewal_years:
        return FuzzyDate.of_day(agreement.valid_until) if agreement.valid_until else None
    case = dossiers([agreement])[agreement.pk]
    return periods.ending(tracking.validity_of(agreement, case.history, {actor.code for actor in case.actors}))
