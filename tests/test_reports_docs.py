"""docs/reports.md names every report, filter and format, and every key of the JSON."""

import re
from pathlib import Path
from typing import Any

import pytest

from agreements import reports
from agreements.questions import parameters
from tests.reports.test_same_numbers import content

DOCS = Path(__file__).resolve().parent.parent / "docs"
TEXT = (DOCS / "reports.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    """What the page says of one report: its part on JSON, those that it refers to, and what all reports have."""
    common = TEXT[: TEXT.index("### ")]
    found = re.search(rf"^### [^\n]*\(`{name}`\)\n(.*?)(?=^### |\Z)", TEXT, re.DOTALL | re.MULTILINE)
    assert found, name
    referred = [section("portfolio")] if re.search(r"the\s+portfolio", found[1]) else []
    named = re.findall(r"the\s+(\w+)\s+report\s+tells", found[1])
    referred += [section(other) for other in sorted(set(named)) if other != name]
    referred += [section("brief")] if "as the brief tells" in found[1] else []
    referred += [(DOCS / page).read_text(encoding="utf-8") for page in re.findall(r"\]\((\w+\.md)\)", found[1])]
    return "\n".join([common, found[1], *referred])


def rows(heading: str) -> dict[str, str]:
    """The rows of the table below a heading, by the name in their first column."""
    below = TEXT[TEXT.index(f"## {heading}\n") :].split("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \|(.*)$", below, re.MULTILINE))


def keys(value: Any) -> set[str]:
    """The names that a program must know: keys of objects that are no codes, references or languages."""
    if isinstance(value, list):
        return set().union(*map(keys, value))
    if isinstance(value, dict):
        own = {name for name in value if re.fullmatch(r"[a-z][a-z_]{2,}", name)}
        return own.union(*(keys(inner) for inner in value.values()))
    return set()


def test_every_report_with_its_filters_and_every_format_is_named() -> None:
    told = rows("The reports")
    assert list(told) == list(reports.REPORTS)
    for name, report in reports.REPORTS.items():
        asked = re.findall(r"`(\w+)`", told[name].rsplit("|", 2)[1])
        assert asked == parameters(report.FILTERS)[2:], name
    assert list(rows("The formats")) == list(reports.FORMATS)


#: Values of codes are keys where things are counted: stages, states, findings, areas.
CODES = {"counts", "by_stage", "by_area"}


@pytest.mark.django_db
def test_every_key_of_the_json_is_named(sample: Any) -> None:
    for name, report in reports.REPORTS.items():
        data = without_counts(report.data(content(name, sample)))
        missing = {key for key in keys(data) if not re.search(rf"\b{key}\b", section(name))}
        assert missing == set(), name


def without_counts(value: Any) -> Any:
    """Leave out what counts by codes: its keys are data."""
    if isinstance(value, list):
        return [without_counts(inner) for inner in value]
    if isinstance(value, dict):
        return {name: None if name in CODES else without_counts(inner) for name, inner in value.items()}
    return value
