"""docs/security.md and docs/asvs.md: every requirement stands there once, every test that they name is there."""

import re
from collections import Counter
from functools import lru_cache

import pytest

from tests.strict import ROOT

DOCS = ROOT / "docs"
#: Number and level of every requirement of levels 1 and 2, from the text of the standard (v5.0.0).
LIST = ROOT / "tests" / "security" / "asvs-5.0.0-levels-1-and-2.txt"
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
STATES = ("met", "operator", "in part", "not met", "n/a")


@lru_cache(maxsize=1)
def rows() -> list[tuple[str, str, str, str]]:
    """Number, requirement, state and proof of each row."""
    return [match.groups() for match in ROW.finditer((DOCS / "asvs.md").read_text(encoding="utf-8"))]


@lru_cache(maxsize=1)
def known_tests() -> set[str]:
    """The names of all tests."""
    return {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^\s*(?:async )?def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }


def missing(text: str) -> list[str]:
    """What a text names in code marks that is a test or a file, and is not there."""
    found = []
    for said in re.findall(r"`([^`]+)`", text):
        if re.fullmatch(r"test_\w+", said):
            there = said in known_tests()
        elif re.fullmatch(r"(docs|tests|agreements|tracker|requirements|templates|static)/[\w./*-]*", said):
            there = any(ROOT.glob(said.rstrip("/")))
        else:
            continue
        if not there:
            found.append(said)
    return found


def test_every_requirement_of_levels_1_and_2_stands_there_once():
    wanted = [line.split()[0] for line in LIST.read_text(encoding="utf-8").splitlines()]

    assert len(wanted) == 253
    assert [number for number, *_rest in rows()] == wanted


@pytest.mark.parametrize("name", ["security.md", "asvs.md"])
def test_every_test_and_file_that_is_named_is_there(name):
    assert missing((DOCS / name).read_text(encoding="utf-8")) == []


def test_what_is_missing_is_found():
    assert missing("`test_that_nobody_wrote`, `docs/none.md`, `tests/api/`, `test_every_page`") == [
        "test_that_nobody_wrote", "docs/none.md",
    ]  # fmt: skip


def test_every_row_has_a_state_and_what_is_met_has_a_proof():
    assert {state for _number, _what, state, _how in rows()} == set(STATES)
    unproved = [number for number, _what, state, how in rows() if state == "met" and not _proved(how)]

    assert unproved == []


def _proved(how: str) -> bool:
    named = re.findall(r"`([^`]+)`", how)
    return (
        any(re.match(r"(test_|docs/|requirements/|agreements/|static/|make check)", one) for one in named)
        or "ruff" in how
    )


def test_the_summaries_count_right():
    counted = Counter(state for _number, _what, state, _how in rows())
    table = dict(
        re.findall(r"^\| \*\*([^*]+)\*\* \| (\d+) \|", (DOCS / "asvs.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    said = re.search(
        r"Of (\d+) requirements (\d+) are met, (\d+) are met as far as .* (\d+) in part, (\d+) not; (\d+) are about",
        (DOCS / "security.md").read_text(encoding="utf-8"),
    )

    assert {state: int(table[state]) for state in STATES} == {state: counted[state] for state in STATES}
    assert said
    assert [int(number) for number in said.groups()] == [sum(counted.values()), *(counted[state] for state in STATES)]


def test_what_is_not_met_is_said_at_the_beginning():
    summary = (DOCS / "security.md").read_text(encoding="utf-8").partition("## Who attacks")[0]

    assert [number for number, _what, state, _how in rows() if state == "not met" and number not in summary] == []
