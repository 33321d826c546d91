"""Undisclosed participants: named, changed, disclosed and withdrawn, by the operations that pages and the API use."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from agreements import access, undisclosed
from agreements.admin.base import RecordForm, Records, user_of
from agreements.admin.operating import Operating, sent, told
from agreements.choices import UndisclosedState
from agreements.models import UndisclosedParticipant, User
from agreements.undisclosed_forms import DiscloseForm, EndForm


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
class UndisclosedAdmin(Operating, Records):
    """Participants that are more secret than their agreement, for who may see both."""

    right = "edit"
    change_form_template = "admin/agreements/change_form_operated.html"

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

    # ---- how it ends ----
    def get_urls(self) -> list[Any]:
        """Put the pages of the operations before the register's own."""
        return [
            self.page("disclose/", self.disclose_view, "disclose"),
            self.page("withdraw/", self.withdraw_view, "withdraw"),
            *super().get_urls(),
        ]

    def disclose_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Make an ordinary participant of it."""
        record = self._record(request, object_id)
        return self.operate(
            request,
            DiscloseForm(record, user_of(request), *sent(request)),
            record,
            _("Disclose the participant: %(party)s") % {"party": record.party},
            lambda _record: _("Disclosed: %(party)s.") % {"party": record.party},
            against=told(undisclosed.disclose_objections(record)),
            warnings=[DiscloseForm.warning(record)],
            verb=DiscloseForm.BUTTON,
        )

    def withdraw_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Record that it takes part no more, or never did."""
        record = self._record(request, object_id)
        return self.operate(
            request,
            EndForm(record, user_of(request), *sent(request)),
            record,
            _("Withdraw the undisclosed participant: %(party)s") % {"party": record.party},
            lambda _record: _("Withdrawn: %(party)s.") % {"party": record.party},
            against=told(undisclosed.withdraw_objections(record)),
            lead=EndForm.LEAD,
            verb=EndForm.BUTTON,
        )

    def _record(self, request: HttpRequest, object_id: UUID) -> UndisclosedParticipant:
        """Return the record of a page. Raises PermissionDenied without the right, Http404 where it is hidden."""
        if not access.may(user_of(request), self.right):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("agreement", "party")
        record: UndisclosedParticipant | None = rows.filter(pk=object_id).first()
        if record is None:
            raise Http404
        return record

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Lead to the operations while the record stands."""
        record = kwargs.get("obj")
        stands = record is not None and record.state == UndisclosedState.UNDISCLOSED
        if stands and self.has_change_permission(request, record):
            context |= {
                "tools": [
                    (self.address_of("disclose", record), DiscloseForm.BUTTON),
                    (self.address_of("withdraw", record), EndForm.BUTTON),
                ]
            }
        return super().render_change_form(request, context, *args, **kwargs)
