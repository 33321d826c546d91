"""Undisclosed participants: named and changed here; disclosed and withdrawn on the page of their agreement."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from agreements import undisclosed
from agreements.admin.base import RecordForm, Records, user_of
from agreements.models import UndisclosedParticipant, User


class UndisclosedForm(RecordForm):
    """An undisclosed participant: the operation says what stands against it."""

    by: User

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        kept = UndisclosedParticipant.objects.filter(pk=self.instance.pk).first()
        for reason in undisclosed.objections(self.instance, by=self.by, known=kept):
            self.add_error(reason.asked if reason.asked in self.fields else None, reason.sentence)


@admin.register(UndisclosedParticipant)
class UndisclosedAdmin(Records):
    """Participants that are more secret than their agreement, for who may see both."""

    right = "edit"

    form = UndisclosedForm
    list_display = ("party", "agreement", "role", "level", "state", "ended_on")
    list_filter = ("state", "level", "role", ("party", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("agreement", "party")
    search_fields = ("party__search_text", "agreement__search_text", "remark")
    autocomplete_fields = ("agreement", "party")
    fixed = ("agreement", "party")
    readonly_fields = ("state", "ended_on")
    fields = ("agreement", "party", ("role", "level"), "remark", ("state", "ended_on"))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form of who asks: what is refused depends on what he sees."""
        made = super().get_form(request, obj, change, **kwargs)
        return type(made.__name__, (made,), {"by": user_of(request)})
