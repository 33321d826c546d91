"""Taking over tables: spreadsheets of agreements, histories, acts, meetings, tasks and figures become records.

`keeping` holds the file, what its columns mean and what was decided, and tries it; `planning` says row by row what
would become of it; `running` records it, chunk by chunk; `undoing` takes it back by one act. `taking`, `agreements`,
`lives`, `acts` and `records` judge rows, `cells` and `vocabulary` read them, `mapping` and `reasons` are their words.
`import_acts` takes the acts of one agreement from a table, as a whole.
"""

from agreements.imports.acts import Imported, import_acts
from agreements.imports.keeping import check, decide, discard, relay, save_mapping, settle, upload
from agreements.imports.planning import plan
from agreements.imports.running import order_check, resume, start, tick, work
from agreements.imports.undoing import built_upon, undo

__all__ = [
    "Imported",
    "built_upon",
    "check",
    "decide",
    "discard",
    "import_acts",
    "order_check",
    "plan",
    "relay",
    "resume",
    "save_mapping",
    "settle",
    "start",
    "tick",
    "undo",
    "upload",
    "work",
]
