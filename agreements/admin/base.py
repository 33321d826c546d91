"""What all registers of the administration share: rights, visible rows, search, the journal behind every change."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AutocompleteSelectMultiple, RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.db.models.constants import LOOKUP_SEP
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from agreements import access, registers, sealed
from agreements.admin import wording
from agreements.choices import Level
from agreements.folding import Sought, fold
from agreements.forms import WRITTEN_MEANWHILE
from agreements.guards import Refused
from agreements.models import Agreement, User
from agreements.models.base import Journalled, Visible

#: Who holds one of these rights fills in forms, and may therefore choose from the rows he sees.
WRITING = ("propose", "edit", "reference_data", "accounts")
#: How many entries of the journal stand under a form; the whole is a page of its own.
SHOWN = 12


def user_of(request: HttpRequest) -> User:
    """Return who is signed in; the site lets nobody else in."""
    return cast(User, request.user)


#: Lookups that no filter makes: they let a stranger ask by pattern, or overflow.
_COSTLY = ("regex", "iregex", "year", "iso_year", "month", "day", "week", "quarter", "hour", "minute", "second")


class Fields(BaseModelAdmin):
    """Fields that offer only what the user may see, and levels not above the user's own."""

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> Any:
        """Return the rows that a field accepts: those that the user may see."""
        rows = db_field.remote_field.model._default_manager.all()
        if isinstance(rows, Visible):
            return rows.for_user(request.user)
        return super().get_field_queryset(db, db_field, request)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer levels of confidentiality up to the user's own: nobody hides a record from himself."""
        if db_field.name == "level":
            kwargs["choices"] = [
                (level.value, level.label) for level in Level if access.reaches_anywhere(user_of(request), level)
            ]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Open no agreement in a small window: its page has more than a form."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        widget = field.widget if field else None
        if isinstance(widget, RelatedFieldWidgetWrapper):
            if db_field.remote_field.model is Agreement:
                widget.can_add_related = widget.can_change_related = widget.can_view_related = False
            if isinstance(widget.widget, AutocompleteSelectMultiple):
                widget.widget.is_required = True  # no cross for all: each choice has its own
        return field


class Register(Fields, admin.ModelAdmin):
    """A register: who holds its right reads and writes it, within what he may see; nothing in it is deleted."""

    #: The right of `access.PERMISSIONS` that opens the register.
    right: ClassVar[str] = "reference_data"
    #: Fields that others refer to: set once, when the row is added.
    fixed: ClassVar[tuple[str, ...]] = ()
    actions = None
    view_on_site = False
    list_per_page = 50
    show_full_result_count = False

    # ---- rights ----
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may open the register, or a row of it."""
        return access.may(user_of(request), self.right)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the user may add a row."""
        return access.may(user_of(request), self.right)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may change rows, or this row."""
        return access.may(user_of(request), self.right)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes: what was once recorded stays."""
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the register stands on the front page."""
        return self.has_view_permission(request)

    def may_choose(self, request: HttpRequest) -> bool:
        """Whether the user may choose rows of this register in the form of another one."""
        return any(access.may(user_of(request), right) for right in WRITING)

    # ---- rows ----
    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the rows that the user may see."""
        rows = super().get_queryset(request)
        return rows.for_user(request.user) if isinstance(rows, Visible) else rows

    def choosable(self, rows: Any, field: Any, user: User) -> Any:
        """Return those of the rows that the user may choose anew for a field of another register."""
        return rows

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Find rows that contain every word, in any language, whatever the case; parts of words, too."""
        wanted = Sought.read(search_term).words
        if not wanted:
            return queryset, False
        rows = queryset.order_by("pk").values_list("pk", *self.get_search_fields(request))
        found = [pk for pk, *texts in rows if all(word in fold(*texts) for word in wanted)]
        return queryset.filter(pk__in=found), False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Allow in addresses what the filters ask, and nothing else: a lookup could ask after hidden rows."""
        asked = set()
        for item in self.get_list_filter(request) if request else self.list_filter:
            path = item[0] if isinstance(item, tuple) else getattr(item, "parameter_name", item)
            asked.add(str(path).split(LOOKUP_SEP)[0])
        name, _separator, rest = lookup.partition(LOOKUP_SEP)
        if rest.rpartition(LOOKUP_SEP)[2] in _COSTLY:
            return False
        return name in asked and super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[Any, ...]:
        """Fix what others refer to once the row is there."""
        return (*super().get_readonly_fields(request, obj), *(self.fixed if obj else ()))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show a refusal of the operations as messages; nothing was written then."""
        if request.method != "POST":
            return super().changeform_view(request, *args, **kwargs)
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refused as refusal:
            said = [reason.sentence for reason in refusal.reasons]
        except ValidationError as error:
            said = error.messages
        for sentence in said:
            messages.error(request, sentence)
        return HttpResponseRedirect(request.get_full_path())

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """Answer for what is hidden as for what is not there."""
        raise Http404


class RecordForm(forms.ModelForm):
    """The form of a journalled record; it does not overwrite what somebody else wrote since the page was opened."""

    def clean(self) -> dict[str, Any] | None:
        """Compare the version that the page showed with the one that is there, under the row's lock."""
        cleaned = super().clean()
        kept = self.instance
        if not kept._state.adding and self.data.get("seen_version") != str(kept.version):
            self.add_error(None, WRITTEN_MEANWHILE.sentence)
        return cleaned

    def require_one_of(self, names: Sequence[str], sentence: Any) -> None:
        """Refuse a form in which none of the fields is filled in."""
        if not any(self.cleaned_data.get(name) for name in names):
            self.add_error(names[0], sentence)

    def require_order(self, first: str, last: str, sentence: Any) -> None:
        """Refuse two days of which the last is before the first."""
        start, end = self.cleaned_data.get(first), self.cleaned_data.get(last)
        if start and end and end < start:
            self.add_error(last, sentence)


class Records(Register):
    """A register whose rows have a journal: every change of a row and of what hangs on it is one entry."""

    form = RecordForm

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may change records of this kind, or this one."""
        return registers.may_edit(user_of(request), obj or cast(type[Journalled], self.model))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the record; on the way to a write its row is locked first, so that nobody moves it meanwhile."""
        found = super().get_object(request, object_id, from_field)
        if found is None or request.method != "POST" or not connection.in_atomic_block:
            return found
        list(self.model._base_manager.select_for_update(of=("self",)).filter(pk=found.pk).values_list("pk"))
        return super().get_object(request, object_id, from_field)

    # ---- writing ----
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Begin the entry: remember the record as it stands, or insert the new one."""
        if change:
            form.edit = registers.Edit(obj, by=user_of(request))
        else:
            registers.insert(obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save what hangs on the record, then write the one entry for all of it."""
        super().save_related(request, form, formsets, change)
        if change:
            form.edit.finish()
        else:
            registers.created(form.instance, by=user_of(request))

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Keep no second history beside the journal."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Keep no second history beside the journal."""

    # ---- reading ----
    def may_correct(self, request: HttpRequest, obj: Any) -> bool:
        """Whether the user may void entries of this journal; only those of agreements can be."""
        return False

    def journal_of(self, request: HttpRequest, obj: Any) -> list[wording.Row]:
        """Return the journal of a record, the latest first."""
        return wording.rows_of(obj, user_of(request))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show the journal under the form, and let the form carry the version that it shows."""
        obj = kwargs.get("obj")
        if obj is not None:
            rows = self.journal_of(request, obj)
            context |= {
                "journal": rows[:SHOWN],
                "journal_length": len(rows),
                "seen_version": request.POST.get("seen_version", obj.version),
                "may_correct": self.may_correct(request, obj),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        """Show the whole journal of a record."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("Journal"),
            "subtitle": str(obj),
            "original": obj,
            "opts": self.opts,
            "journal": self.journal_of(request, obj),
            "may_correct": self.may_correct(request, obj),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/agreements/journal.html", context)


class _SealedKey(forms.HiddenInput):
    """The key of a row as a page holds it.

    Keys of such rows are numbers, given one after the other: from two of them one could count the rows of hidden
    records that were written in between. A sealed text tells its length, so all are as long as the longest number.
    """

    PURPOSE = "rows"
    LENGTH = 20

    def format_value(self, value: Any) -> str | None:
        """Seal the key."""
        return sealed.name(str(value).zfill(self.LENGTH), purpose=self.PURPOSE) if value else None

    @classmethod
    def read(cls, text: str) -> str:
        """Return the key; nothing for what is none."""
        try:
            return sealed.named(text, purpose=cls.PURPOSE)
        except sealed.Unreadable:
            return ""


class NamedRows(forms.BaseInlineFormSet):
    """Rows of a table whose controls carry their own names: the heads of the columns name them for the eye only."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        if data is not None:
            prefix, key = kwargs.get("prefix") or self.get_default_prefix(), self.fk.model._meta.pk.name
            own, data = re.compile(rf"{re.escape(prefix)}-\d+-{key}"), data.copy()
            for name in filter(own.fullmatch, list(data)):
                data[name] = _SealedKey.read(data[name])
        super().__init__(data, *args, **kwargs)

    def add_fields(self, form: Any, index: int | None) -> None:
        """Name every control of a row, that which takes the row away too."""
        super().add_fields(form, index)
        if (key := self.fk.model._meta.pk.name) in form.fields:
            form.fields[key].widget = _SealedKey()
        for field in form.fields.values():
            if not field.widget.is_hidden:
                control = getattr(field.widget, "widget", field.widget)
                control.attrs["aria-label"] = field.label


class Rows(Fields, admin.TabularInline):
    """Rows that hang on a record: who may write the record may write them."""

    extra = 0
    formset = NamedRows

    def _writes(self, request: HttpRequest, obj: Any) -> bool:
        parent = self.admin_site.get_model_admin(self.parent_model)
        return parent.has_change_permission(request, obj) if obj else parent.has_add_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who sees the record sees them."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may add a row."""
        return self._writes(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may change a row."""
        return self._writes(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may take a row away; the journal keeps that it was there."""
        return self._writes(request, obj)
