"""The life of agreements: the one place where a stage changes.

`perform`, `perform_many` and `perform_each` take steps, `open` begins a record, `correct` and `void` mend the journal,
`hold`, `release` and `mark_each` mark, `note` records what moves no stage, `adopt` moves to the version of the
procedure that is in use, `preserve` and `end_preserving` set and lift a legal hold. Each is one lock, one transaction
and one entry of the journal for each thing that happened. `objections`, `objections_many` and `available` ask the same
questions beforehand.
"""

from agreements.lifecycle.adopting import ADOPTION_RIGHT, adopt, adoption_objections, in_use, is_outdated
from agreements.lifecycle.corrections import FIXED, REPLACED, Consequences, consequences, correct, void
from agreements.lifecycle.many import mark_each, objections_many
from agreements.lifecycle.opening import Proposal, open
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
    "Consequences",
    "Details",
    "Dossier",
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
    "perform",
    "perform_each",
    "perform_many",
    "perform_recorded",
    "preserve",
    "release",
    "run_automatic",
    "void",
]
