"""Reports: facts are read once, arranged into one content, and rendered by the formats."""

from collections.abc import Callable
from typing import Any

from agreements.reports import as_csv, as_html, as_json, as_text, deadlines, participation, portfolio

#: The reports by name; each module has `build`, `arrange`, `data`, and the `FILTERS` that `build` takes.
REPORTS: dict[str, Any] = {"portfolio": portfolio, "participation": participation, "deadlines": deadlines}
#: The formats by name, with the media type of each.
FORMATS = {
    "text": "text/plain; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
}


def render(name: str, content: Any, form: str) -> str:
    """Return the content of a report in a format, in the active language. Raises KeyError for unknown names."""
    report = REPORTS[name]
    renderers: dict[str, Callable[[], str]] = {
        "text": lambda: as_text.render(report.arrange(content)),
        "html": lambda: as_html.render(report.arrange(content), content.language),
        "json": lambda: as_json.render(report.data(content)),
        "csv": lambda: as_csv.render(report.arrange(content)),
    }
    return renderers[form]()
