"""Tasks and clearances: giving something to do, moving it, ending it; and what a body answered when asked.

The tasks of the procedure come and go by themselves (`upkeep`); a person says who does them, and ends those that no
document, act or clearance ends. What people do to tasks is journalled with the agreement.

`giving`, `doing` and `ending` write, `templates` gives the tasks of templates, `reading` tells what rows do not say,
`proof` compares rows with the journal.
"""

from agreements.tasks import templates
from agreements.tasks.common import TITLE_LENGTH, TITLE_MISSING
from agreements.tasks.doing import change, clear
from agreements.tasks.ending import Ended, complete, complete_many, drop, reopen
from agreements.tasks.giving import Outcome, add, add_many
from agreements.tasks.proof import differing
from agreements.tasks.reading import blocked_by, problem_words, rule_of, title_of

__all__ = [
    "TITLE_LENGTH",
    "TITLE_MISSING",
    "Ended",
    "Outcome",
    "add",
    "add_many",
    "blocked_by",
    "change",
    "clear",
    "complete",
    "complete_many",
    "differing",
    "drop",
    "problem_words",
    "reopen",
    "rule_of",
    "templates",
    "title_of",
]
