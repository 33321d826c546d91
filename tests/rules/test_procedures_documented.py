"""What docs/procedures.md says of the files is true: its example is read, and it uses every key there is."""

import re
import tomllib
from pathlib import Path

import pytest

from agreements import calendars, leads
from agreements.choices import Stage, Transition
from agreements.procedures import parse
from agreements.procedures.reading import _REQUIREMENTS, _TASK, _TOP, _UNITS
from tests.rules.calendar_files import CHAMBER

TEXT = (Path(__file__).parents[2] / "docs" / "procedures.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"^```toml\n(.*?)^```$", TEXT, re.M | re.S)
RAW, LAID = tomllib.loads(EXAMPLE), parse(EXAMPLE, "laid.toml")


def test_example_uses_every_key():
    assert set(RAW) == set(_TOP)
    assert {key for table in RAW["stages"].values() for key in table} == {"label", "next", "ball", "usual_days"}
    assert {key for table in RAW["transitions"].values() for key in table} == {"from", "label", "requires"}
    assert {key for table in RAW["tasks"] for key in table} == set(_TASK)


def test_every_kind_of_requirement_and_unit_is_described():
    rows = re.findall(r"^\| `(\w+)` \|", TEXT.split("## Requirements")[1].split("## Tasks")[0], re.M)
    assert sorted(rows) == sorted(_REQUIREMENTS)
    shown = {item["kind"] for step in RAW["transitions"].values() for item in step.get("requires", ())}
    assert set(_REQUIREMENTS) - shown == {"successor"}
    assert all(f"`{unit}`" in TEXT for unit in _UNITS)


def test_example_says_what_the_comments_say():
    expertise, powers, clearances = LAID.tasks
    assert (expertise.document, expertise.before.unit, powers.own, clearances.clearance) == (
        "legal_expertise",
        "working_days",
        True,
        True,
    )
    assert [stage.value for stage in LAID.path] == ["proposed", "signing", "signed", "in_force"]


def test_number_of_stages_and_steps_is_the_one_that_is_told():
    assert (len(Stage), len(Transition)) == (13, 14)
    assert "the thirteen of Pacta, the steps are its fourteen" in TEXT


def test_complaint_that_is_shown_is_the_one_that_is_made():
    (fault,) = leads.faults(LAID, calendars.load(), "laid.toml")
    assert str(fault) in re.sub(r"\n> ", " ", TEXT)
    chamber = calendars.parse(CHAMBER, "chamber.toml")
    assert list(leads.faults(LAID, {**calendars.load(), "chamber": chamber}, "laid.toml")) == []


# ---- calendars that are not there, or have other days ----
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'calendar = "chamber"',
            'calendar = "kz"',
            "laid.toml: transitions.enter_into_force.requires[2].calendar: the calendar 'kz' has working days, "
            "but sitting days are counted. Name one of: chamber; or add the calendar to the folder of CALENDARS_DIR.",
        ),
        (
            'working_days = 10, calendar = "kz"',
            'working_days = 10, calendar = "chamber"',
            "laid.toml: tasks[0].before.calendar: the calendar 'chamber' has sitting days, but working days "
            "are counted. Name one of: kz; or add the calendar to the folder of CALENDARS_DIR.",
        ),
        (
            "within = { days = 20 }",
            'within = { working_days = 20, calendar = "ru" }',
            "laid.toml: tasks[1].within.calendar: there is no calendar 'ru'. "
            "Name one of: kz; or add the calendar to the folder of CALENDARS_DIR.",
        ),
    ],
)
def test_period_without_its_calendar_is_named(old, new, told):
    known = {**calendars.load(), "chamber": calendars.parse(CHAMBER, "chamber.toml")}
    rules = parse(EXAMPLE.replace(old, new), "laid.toml")
    assert [str(fault) for fault in leads.faults(rules, known, "laid.toml")] == [told]


def test_periods_are_told_in_words():
    assert [(key, leads.words(lead)) for key, lead in leads.named(LAID)] == [
        ("transitions.enter_into_force.requires[2]", "21 sitting days"),
        ("transitions.enter_into_force.requires[3]", "30 calendar days"),
        ("tasks[0].before", "10 working days"),
        ("tasks[1].within", "20 calendar days"),
    ]
    months = parse(EXAMPLE.replace("{ days = 20 }", "{ months = 1 }"), "laid.toml")
    assert leads.words(months.tasks[1].within) == "1 month"
