"""The closed lists of words about taking tables over; see `choices` for those of agreements."""

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
