"""What docs/calendars.md says of the files is true: its examples are read, and they use every key there is."""

import re
import tomllib
from pathlib import Path

import pytest
from django.utils import translation

from agreements.calendars import NotKnown, Roll, load, parse
from agreements.calendars.reading import _TOP
from tests.rules.test_calendar_files import BROKEN_CHAMBER, BROKEN_OFFICE

TEXT = (Path(__file__).parents[2] / "docs" / "calendars.md").read_text(encoding="utf-8")
EXAMPLES = {tomllib.loads(body)["kind"]: body for body in re.findall(r"^```toml\n(.*?)^```$", TEXT, re.M | re.S)}
OFFICE, CHAMBER = (parse(EXAMPLES[kind], f"{kind}.toml") for kind in ("working", "sitting"))


def merged(pairs):
    """The keys of rows by the name of the rows."""
    found = {}
    for name, keys in pairs:
        found.setdefault(name, set()).update(keys)
    return found


@pytest.mark.parametrize("kind", _TOP)
def test_example_uses_every_key(kind):
    assert set(tomllib.loads(EXAMPLES[kind])) == set(_TOP[kind])


def test_examples_use_every_key_of_a_row():
    shown = merged(
        (name, row)
        for kind in _TOP
        for name, rows in tomllib.loads(EXAMPLES[kind]).items()
        if name in ("holidays", "movable", "decisions", "sittings")
        for row in rows
    )
    # A file with a key too many is told which there are.
    complaints = [complaint for _old, _new, complaint in (*BROKEN_OFFICE, *BROKEN_CHAMBER)]
    offers = (re.match(r"(\w+)\[\d\]\.\w+: is not a key here\. Use one of: (.*)\.$", one) for one in complaints)

    assert shown == merged((offer[1], offer[2].split(", ")) for offer in offers if offer)


def test_working_days_of_the_example_are_these():
    # 261 days from Monday to Friday; off Kurban Ait and, for Saturday 22 March, Monday 24 March; one day exchanged.
    assert len(OFFICE.of_year(2025)) == 261 - 2
    assert [str(day) for day in OFFICE.notes] == ["2025-01-03", "2025-01-05", "2025-03-22", "2025-03-24", "2025-06-06"]


def test_sitting_days_of_the_example_are_these():
    # 10 weeks of three days, one of them off, a Monday, and two days by themselves.
    assert len(CHAMBER.of_year(2025)) == 10 * 3 - 1 + 1 + 2


def test_what_is_said_of_kazakhstan_is_so():
    kz = load()["kz"]
    assert f"filled in for {kz.known_from.year} to {kz.known_until.year}" in TEXT
    with translation.override("en"), pytest.raises(NotKnown) as refusal:
        kz.add(kz.known_until, 1)
    assert str(refusal.value).replace("\u00a0", " ") in re.sub(r"\n> ", " ", TEXT)


@pytest.mark.parametrize("roll", Roll)
def test_every_rule_for_an_end_on_a_day_off_is_described(roll):
    assert f"`{roll}`" in TEXT
