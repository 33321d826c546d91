"""Reports: facts are read once, arranged into one content, and rendered by the formats."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from agreements.reports import (
    as_csv,
    as_html,
    as_json,
    as_pdf,
    as_text,
    deadlines,
    implementation,
    participation,
    plan,
    portfolio,
    register,
)
from agreements.reports.document import Document

#: The reports by name. Each module has `TITLE`, `ABOUT` (a sentence on what it tells), the `FILTERS` that `build`
#: takes, `build`, which returns the content, `arrange`, which makes a document of it, `data`, which makes JSON values.
REPORTS: Mapping[str, ModuleType] = {
    "portfolio": portfolio,
    "deadlines": deadlines,
    "participation": participation,
    "plan": plan,
    "register": register,
    "implementation": implementation,
}


@dataclass(frozen=True)
class Format:
    """A format: its media type, the ending of its files, and what renders a document in a language.

    Without `render` it is made of the data of the report, not of its document.
    """

    media_type: str
    ending: str
    render: Callable[[Document, str], str | bytes] | None


#: The formats by name.
FORMATS: Mapping[str, Format] = {
    "text": Format("text/plain; charset=utf-8", "txt", lambda document, language: as_text.render(document)),
    "html": Format("text/html; charset=utf-8", "html", as_html.render),
    "pdf": Format("application/pdf", "pdf", as_pdf.render),
    "json": Format("application/json", "json", None),
    "csv": Format("text/csv; charset=utf-8", "csv", lambda document, language: as_csv.render(document)),
}


def render(name: str, content: Any, form: str) -> str | bytes:
    """Return the content of a report in a format, in the active language. Raises KeyError for unknown names."""
    report, write = REPORTS[name], FORMATS[form].render
    return write(report.arrange(content), content.language) if write else as_json.render(report.data(content))


def file_name(name: str, content: Any, form: str) -> str:
    """Return the name of the file that a report in a format is handed over as."""
    return f"{name}-{content.as_of.isoformat()}.{FORMATS[form].ending}"
