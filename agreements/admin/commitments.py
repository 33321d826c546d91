"""Commitments: what was undertaken, and how far it is fulfilled."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import commitments
from agreements.admin.base import RecordForm, Records
from agreements.models import Commitment


class CommitmentForm(RecordForm):
    """A commitment: the operation says what stands against it."""

    def clean(self) -> dict[str, Any] | None:
        """Ask for what was undertaken, in one language at least."""
        cleaned = super().clean()
        self.require_one_of(("text_en", "text_ru", "text_kk"), _("Say in one language at least what was undertaken."))
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        for reason in commitments.objections(self.instance):
            self.add_error(reason.asked if reason.asked in self.fields else None, reason.sentence)


@admin.register(Commitment)
class CommitmentAdmin(Records):
    """What parties undertook in agreements."""

    right = "edit"

    form = CommitmentForm
    list_display = ("text_shown", "agreement", "provision", "party", "body", "due_shown", "state")
    list_filter = ("state", ("party", admin.RelatedOnlyFieldListFilter), ("unit", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("agreement", "party", "unit")
    search_fields = ("text_en", "text_ru", "text_kk", "provision", "body", "agreement__search_text")
    autocomplete_fields = ("agreement", "party", "unit")
    fixed = ("agreement",)
    fieldsets = (
        (None, {"fields": ("agreement", "provision", "text_en", "text_ru", "text_kk")}),
        (gettext_lazy("Responsibility"), {"fields": ("party", "body", "unit", "due")}),
        (gettext_lazy("Fulfilment"), {"fields": (("state", "fulfilled_on"), "report", "source")}),
    )

    @admin.display(description=gettext_lazy("what was undertaken"))
    def text_shown(self, commitment: Commitment) -> str:
        """What was undertaken, in the reader's language."""
        return commitment.text.text

    @admin.display(description=gettext_lazy("due"))
    def due_shown(self, commitment: Commitment) -> str:
        """The date by which it is due, with its precision."""
        return str(commitment.due or "")
