"""Reports: facts are read once, arranged into one content, and rendered by the formats."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from agreements.reports import (
    as_csv,
    as_docx,
    as_html,
    as_json,
    as_pdf,
    as_text,
    as_xlsx,
    brief,
    changes,
    deadlines,
    dossier,
    implementation,
    participation,
    plan,
    portfolio,
    register,
)
from agreements.reports.document import Document
from agreements.reports.letters import clean

#: The reports by name. Each module has `TITLE`, `ABOUT` (a sentence on what it tells), the `FILTERS` that `build`
#: takes (those that are `REQUIRED`, if any; `BEGINS`, if its time begins on the day that it looks at), `build`, which
#: returns the content, `arrange`, which makes a document of it, `data`, which makes JSON values.
REPORTS: Mapping[str, ModuleType] = {
    "portfolio": portfolio,
    "brief": brief,
    "deadlines": deadlines,
    "changes": changes,
    "agreement": dossier,
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


_OFFICE = "application/vnd.openxmlformats-officedocument"
#: The formats by name, in the order in which they are offered.
FORMATS: Mapping[str, Format] = {
    "html": Format("text/html; charset=utf-8", "html", as_html.render),
    "pdf": Format("application/pdf", "pdf", as_pdf.render),
    "docx": Format(f"{_OFFICE}.wordprocessingml.document", "docx", as_docx.render),
    "xlsx": Format(f"{_OFFICE}.spreadsheetml.sheet", "xlsx", as_xlsx.render),
    "csv": Format("text/csv; charset=utf-8", "csv", lambda document, language: as_csv.render(document)),
    "json": Format("application/json", "json", None),
    "text": Format("text/plain; charset=utf-8", "txt", lambda document, language: as_text.render(document)),
}


def required(name: str) -> tuple[str, ...]:
    """Return the filters without which there is no report of that name."""
    return getattr(REPORTS[name], "REQUIRED", ())


def begins(name: str) -> bool:
    """Return whether the time that a report is on begins on the day that it looks at, unless it is told."""
    return getattr(REPORTS[name], "BEGINS", False)


def render(name: str, content: Any, form: str) -> str | bytes:
    """Return the content of a report in a format, in the active language. Raises KeyError for unknown names."""
    report, write = REPORTS[name], FORMATS[form].render
    if write is None:
        return clean(as_json.render(report.data(content)))
    document = replace(report.arrange(content), author=content.author, known_at=content.known_at)
    made = write(document, content.language)
    return clean(made) if isinstance(made, str) else made


def file_name(name: str, content: Any, form: str) -> str:
    """Return the name of the file that a report in a format is handed over as."""
    return f"{name}-{content.as_of.isoformat()}.{FORMATS[form].ending}"
