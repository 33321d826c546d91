"""What the pages of the administration share that end in one operation: a form, what stands against it, the answer.

The operation itself decides and refuses; nothing of its rules is repeated here.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms
from django.contrib import admin, messages
from django.contrib.admin import helpers, widgets
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from agreements import forms
from agreements.guards import Reason
from agreements.models import Agreement, Meeting, Relation

Fieldsets = Sequence[tuple[Any, dict[str, Any]]]


@dataclass(frozen=True)
class Hindrance:
    """A reason against an operation, and the page on which what is missing can be recorded."""

    sentence: str
    law: str
    address: str


def told(reasons: Iterable[Reason]) -> list[Hindrance]:
    """Return reasons in words, without a page that helps."""
    return [Hindrance(reason.sentence, reason.law_text, "") for reason in reasons]


def sent(request: HttpRequest) -> list[Any]:
    """Return what was sent, as the first argument of a form; nothing where a page is opened."""
    return [request.POST] if request.method == "POST" else []


def dress(form: django_forms.Form) -> None:
    """Give the controls of a form the widgets and widths that the administration uses."""
    completed: dict[str, tuple[Any, type[Any]]] = {
        "successor": (Relation._meta.get_field("to"), widgets.AutocompleteSelect),
        "lead_unit": (Agreement._meta.get_field("lead_unit"), widgets.AutocompleteSelect),
        "areas": (Agreement._meta.get_field("areas"), widgets.AutocompleteSelectMultiple),
        "parties": (Meeting._meta.get_field("parties"), widgets.AutocompleteSelectMultiple),
    }
    for name, field in form.fields.items():
        if name in completed and isinstance(field, django_forms.ModelChoiceField):
            column, widget = completed[name]
            field.to_field_name = None
            field.widget = widget(column, admin.site)
            field.widget.choices = field.choices
            field.widget.is_required = field.required or widget is widgets.AutocompleteSelectMultiple
        elif isinstance(field.widget, django_forms.Textarea):
            field.widget.attrs["class"] = "vLargeTextField"
        elif isinstance(field.widget, django_forms.TextInput):
            field.widget.attrs["class"] = "vTextField"


class Operating(admin.ModelAdmin):
    """Adds pages that end in one operation to a register."""

    def page(self, address: str, view: Callable[..., HttpResponse], name: str, **fixed: str) -> URLPattern:
        """Return the address of such a page, under that of a row."""
        meta = self.opts
        guarded = self.admin_site.admin_view(view)
        return path(f"<uuid:object_id>/{address}", guarded, fixed, name=f"{meta.app_label}_{meta.model_name}_{name}")

    def address_of(self, name: str, row: Any) -> str:
        """Return the address of a page of a row."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=[row.pk])

    def operate(
        self,
        request: HttpRequest,
        form: forms.Operation,
        original: Any,
        title: str,
        said: Callable[[Any], str],
        *,
        tell: Callable[[Iterable[Reason]], list[Hindrance]] = told,
        fieldsets: Fieldsets | None = None,
        **shown: Any,
    ) -> HttpResponse:
        """Carry out the operation and return to the row, or show the form with everything that is wrong."""
        dress(form)
        if request.method == "POST" and (result := form.submit()) is not None:
            messages.success(request, said(result))
            return HttpResponseRedirect(self.address_of("change", original or result))
        refused = form.refused.reasons if form.refused else ()
        elsewhere = [reason for reason in refused if reason.asked not in form.fields]
        layout = fieldsets or [(None, {"fields": list(form.fields)})]
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "subtitle": str(original) if original else None,
            "opts": self.opts,
            "original": original,
            "stage_label": "",
            "form": form,
            "adminform": helpers.AdminForm(form, list(layout), {}, model_admin=self),  # type: ignore[arg-type]
            "media": self.media + form.media,
            "verb": _("Record"),
            "back": _("Back to the record"),
            "lead": "",
            "against": [],
            "refused": tell(elsewhere),
            "event": None,
            "changes": [],
            "against_heading": _("What stands against it"),
            "warnings": [],
            "pointers": [],
            **shown,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/agreements/operation.html", context)
