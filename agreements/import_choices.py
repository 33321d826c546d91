"""The closed lists of words about taking tables over; see `choices` for those of agreements."""

from typing import Self

from django.db import models
from django.utils.translation import pgettext_lazy


class TableKind(models.TextChoices):
    """What the rows of a table are that is taken over."""

    AGREEMENTS = "agreements", pgettext_lazy("table", "Agreements")
    HISTORIES = "histories", pgettext_lazy("table", "Histories of agreements")
    ACTIONS = "actions", pgettext_lazy("table", "Acts of participants")
    MEETINGS = "meetings", pgettext_lazy("table", "Meetings")
    TASKS = "tasks", pgettext_lazy("table", "Tasks")
    INDICATORS = "indicators", pgettext_lazy("table", "Indicators")


class ImportState(models.TextChoices):
    """How far the import of a table is."""

    UPLOADED = "uploaded", pgettext_lazy("import", "uploaded")
    MAPPED = "mapped", pgettext_lazy("import", "columns named")
    CHECKED = "checked", pgettext_lazy("import", "tried")
    RUNNING = "running", pgettext_lazy("import", "under way")
    STOPPED = "stopped", pgettext_lazy("import", "stopped")
    DONE = "done", pgettext_lazy("import", "done")
    UNDONE = "undone", pgettext_lazy("import", "undone")

    @property
    def is_open(self) -> bool:
        """Whether nothing of it has been written yet."""
        return self in (ImportState.UPLOADED, ImportState.MAPPED, ImportState.CHECKED)


class ImportOutcome(models.TextChoices):
    """What becomes of a row of a table."""

    CREATED = "created", pgettext_lazy("row", "recorded")
    CHANGED = "changed", pgettext_lazy("row", "changed")
    SKIPPED = "skipped", pgettext_lazy("row", "left out")
    DOUBTED = "doubted", pgettext_lazy("row", "doubtful")
    REFUSED = "refused", pgettext_lazy("row", "refused")

    @classmethod
    def written(cls) -> list[Self]:
        """Return the outcomes of which something stands in the journal."""
        return [cls(kind) for kind in ("created", "changed")]
