"""The register of documents: what is kept, as far as the reader may see it; files are kept on the pages."""

from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy

from agreements import iso639
from agreements.admin.journal import Kept
from agreements.choices import Authenticity
from agreements.models import Document


@admin.register(Document)
class DocumentAdmin(Kept):
    """The documents with their files; nothing is written here."""

    list_display = ("title", "agreement_shown", "kind", "level", "versions_shown", "created_at")
    list_filter = ("kind", "level", "created_at")
    list_select_related = ("agreement",)
    search_fields = ("title_en", "title_ru", "title_kk", "agreement__reference")
    ordering = ("-created_at", "pk")
    fields = ("title", "agreement_shown", "text", "kind", "level", "created_at", "files")

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
