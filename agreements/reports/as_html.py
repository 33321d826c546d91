"""Reports as a page that stands alone: printed from a browser, sent by mail. Nothing in it runs or is fetched."""

from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from agreements.reports.document import Document

_STYLE = Path(settings.BASE_DIR) / "static" / "report.css"


def render(document: Document, language: str) -> str:
    """Return the document as one HTML file with its own style."""
    style = mark_safe(_STYLE.read_text(encoding="utf-8"))  # noqa: S308 - our own file, not data
    return render_to_string("reports/alone.html", {"document": document, "language": language, "style": style})
