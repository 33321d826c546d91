"""Reports as a page that stands alone: printed from a browser, sent by mail. Nothing in it runs or is fetched."""

from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from agreements.reports.document import Document

_STYLES = [Path(settings.BASE_DIR) / "static" / name for name in ("report.css", "pictures.css")]


def render(document: Document, language: str) -> str:
    """Return the document as one HTML file with its own style."""
    style = "".join(path.read_text(encoding="utf-8") for path in _STYLES)
    style = mark_safe(style)  # noqa: S308 - our own files, not data
    return render_to_string("reports/alone.html", {"document": document, "language": language, "style": style})
