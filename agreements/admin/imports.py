"""The log of imports: which table was taken over by whom, and what became of its rows. The pages do the work."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from agreements.admin.journal import Kept
from agreements.import_choices import ImportOutcome
from agreements.models import ImportRun


@admin.register(ImportRun)
class ImportRunAdmin(Kept):
    """Imports, as far as who looks may see them."""

    list_display = ("name", "kind", "state", "rows_told", "owner", "created_at", "level")
    list_filter = ("state", "kind", "created_at")
    list_select_related = ("owner", "undone_by")
    search_fields = ("name", "source", "owner__username")
    ordering = ("-created_at", "pk")
    fields = (
        *("page", "name", "kind", "source", "level", "size", "sha256", "state", "rows_told", "whole", "problem"),
        *("owner", "created_at", "done_at", "undone_at", "undone_by"),
    )

    @admin.display(description=gettext_lazy("rows by outcome"))
    def rows_told(self, run: ImportRun) -> str:
        """How many rows have each outcome."""
        told = [f"{one.label}: {run.counts[one.value]}" for one in ImportOutcome if run.counts.get(one.value)]
        return ", ".join(told) or "–"

    @admin.display(description=gettext_lazy("page"))
    def page(self, run: ImportRun) -> str:
        """Lead to the page of the import."""
        return format_html('<a href="{}">{}</a>', run.get_absolute_url(), run.name)
