"""The life of agreements: the one place where a stage changes.

`perform`, `perform_many` and `perform_each` take steps, `open` and `open_each` begin records, `correct`, `void` and
`void_many` mend the journal, `hold`, `release` and `mark_each` mark, `note` records what moves no stage, `adopt` moves
to the version of the procedure that is in use, `preserve` and `end_preserving` set and lift a legal hold. Each is one
lock, one transaction and one entry of the journal for each thing that happened. `objections`, `objections_many` and
`available` ask the same questions beforehand.
"""

from agreements.lifecycle.adopting import ADOPTION_RIGHT, adopt, adoption_objections, in_use, is_outdated
from agreements.lifecycle.corrections import FIXED, REPLACED, Consequences, consequences, correct, void, void_many
from agreements.lifecycle.many import mark_each, objections_many
from agreements.lifecycle.opening import Birth, Opened, Proposal, open, open_each
from agreements.lifecycle.preserving import PRESERVING_RIGHT, end_preserving, preserve
from agreements.lifecycle.steps import (
    Outcome,
    hold,
    hold_objections,
    note,
    perform,
    perform_each,
    perform_many,
    perform_recorded,
    release,
    run_automatic,
)
from agreements.lifecycle.weighing import Details, Dossier, Option, Step, available, objections

__all__ = [
    "ADOPTION_RIGHT",
    "FIXED",
    "PRESERVING_RIGHT",
    "REPLACED",
    "Birth",
    "Consequences",
    "Details",
    "Dossier",
    "Opened",
    "Option",
    "Outcome",
    "Proposal",
    "Step",
    "adopt",
    "adoption_objections",
    "available",
    "consequences",
    "correct",
    "end_preserving",
    "hold",
    "hold_objections",
    "in_use",
    "is_outdated",
    "mark_each",
    "note",
    "objections",
    "objections_many",
    "open",
    "open_each",
    "perform",
    "perform_each",
    "perform_many",
    "perform_recorded",
    "preserve",
    "release",
    "run_automatic",
    "void",
    "void_many",
]
