"""The register of documents, as far as the reader may see it: their levels and titles; files are kept on the pages."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy

from agreements import access, documents, iso639
from agreements.admin.base import user_of
from agreements.admin.journal import Kept
from agreements.choices import Authenticity
from agreements.models import Document
from agreements.registers import TEXT_LENGTH
from agreements.words import LANGUAGES


class MarkingForm(forms.ModelForm):
    """Another level or title of a document."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=TEXT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text=gettext_lazy("Needed for another level."),
    )


_MARKED = ("title_en", "title_ru", "title_kk", "level")


@admin.register(Document)
class DocumentAdmin(Kept):
    """The documents with their files; of what is kept, level and title can be changed."""

    form = MarkingForm
    list_display = ("title", "agreement_shown", "kind", "level", "versions_shown", "created_at")
    list_filter = ("kind", "level", "created_at")
    list_select_related = ("agreement",)
    search_fields = ("title_en", "title_ru", "title_kk", "agreement__reference")
    ordering = ("-created_at", "pk")
    _told = ("agreement_shown", "text", "kind", "created_at", "files")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may change levels and titles, or those of this document."""
        void = obj is not None and obj.agreement.is_void
        return access.may(user_of(request), "record") and not void

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for a reason where something can be changed."""
        asked = ("reason",) if self.has_change_permission(request, obj) else ()
        return (*_MARKED, *asked, *self._told)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[Any, ...]:
        """Fix everything but level and title."""
        return self._told

    def save_model(self, request: HttpRequest, obj: Document, form: Any, change: bool) -> None:
        """Change level and title by the act that is journalled. Raises Refused."""
        given = form.cleaned_data
        title = {code: given[f"title_{code}"] for code in LANGUAGES}
        documents.mark(obj, by=user_of(request), level=given["level"], title=title, reason=given["reason"])

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Keep no second history beside the journal."""

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the documents with the number of their versions."""
        return super().get_queryset(request).select_related("agreement").annotate(count=Count("versions"))

    @admin.display(description=gettext_lazy("title"))
    def title(self, document: Document) -> str:
        """The title, or the name of the kind."""
        return document.title.text

    @admin.display(description=gettext_lazy("agreement"), ordering="agreement__reference")
    def agreement_shown(self, document: Document) -> str:
        """The agreement, leading to its page."""
        address = reverse("agreement", args=[document.agreement.reference])
        return format_html('<a href="{}">{}</a>', address, document.agreement)

    @admin.display(description=gettext_lazy("versions"), ordering="count")
    def versions_shown(self, document: Any) -> int:
        """The number of versions."""
        return int(document.count)

    @admin.display(description=gettext_lazy("files"))
    def files(self, document: Document) -> str:
        """The versions, each leading to its file."""
        told = (
            (
                version.number,
                version.get_absolute_url(),
                version.name,
                iso639.name(version.language),
                Authenticity(version.authenticity).label,
                version.sha256,
            )
            for version in document.versions.order_by("-number")
        )
        return format_html_join("", '{}. <a href="{}">{}</a>, {}, {}<br>SHA-256 {}<br>', told)
