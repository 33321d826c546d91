"""Holds and releases of many agreements, each by itself; and what stands against acts on many, asked beforehand."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from agreements import journal
from agreements.choices import EntryKind
from agreements.guards import Reason
from agreements.lifecycle.steps import Outcome, draft_of_mark, locked, save, weigh_mark
from agreements.lifecycle.weighing import Step, dossiers, weigh
from agreements.models import Agreement, User

_MARKS = (EntryKind.HOLD, EntryKind.RELEASE)


def objections_many(steps: Sequence[Step], *, by: User) -> list[list[Reason]]:
    """Return what stands against each of some steps, holds and releases of as many agreements; nothing is locked.

    The name of a step is that of its transition, or `hold`, or `release`.
    """
    cases = dossiers(step.agreement for step in steps)
    return [(weigh_mark if step.name in _MARKS else weigh)(cases[step.agreement.pk], step, by)[0] for step in steps]


def mark_each(steps: Sequence[Step], *, by: User) -> list[Outcome]:
    """Put agreements on hold, or release them, in the order given, each judged by itself after those before it."""
    with transaction.atomic():
        cases = dossiers(locked({step.agreement.pk for step in steps}))
        drafts: list[journal.Draft] = []
        marked: dict[UUID, Agreement] = {}
        outcomes = []
        for step in steps:
            case = cases[step.agreement.pk]
            reasons, placed = weigh_mark(case, step, by)
            if reasons:
                outcomes.append(Outcome(case.agreement, reasons=tuple(reasons)))
                continue
            drafts.append(draft_of_mark(case, step, placed, by))
            outcomes.append(Outcome(case.agreement, drafts[-1].key))
            marked[case.agreement.pk] = case.agreement
        if drafts:
            journal.append(drafts)
            save(list(marked.values()))
    return outcomes
