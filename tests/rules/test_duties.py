"""What the procedures give to do: which tasks, whose, by when, and when they are done."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements import calendars
from agreements.choices import ActionKind, Ball, ClearanceResult, DocumentKind, InTheNameOf, Stage, Transition
from agreements.dates import FuzzyDate
from agreements.duties import Facts, duties
from agreements.guards import Actor, Case, unmet
from agreements.procedures import BadProcedure, load, parse
from tests.rules.test_procedure_files import NOTES

KZ, EU = Actor("KZ", {"en": "Kazakhstan"}), Actor("EU", {"en": "European Union"})
CALENDARS = calendars.load()


def on(text):
    return FuzzyDate.parse(text)


def facts(stage="signing", **given):
    dates = {"planned_signing": None, "planned_entry_into_force": None, "valid_from": None, "valid_until": None}
    name = InTheNameOf(given.pop("in_the_name_of", "government"))
    return Facts(
        Stage(stage),
        on("2024-12-01"),
        {**dates, **given.pop("dates", {})},
        name,
        own="KZ",
        actors=(EU, KZ),
        calendars=CALENDARS,
        **given,
    )


def told(found):
    return {(duty.rule.code, duty.party): (duty.due and duty.due.iso, duty.problem) for duty in found}


def of(code="ratified", stage="signing", **given):
    return duties(load()[code], facts(stage, **given))


UNDATED = (None, "date:planned_signing")


# ---- which, and by when ----
def test_without_a_planned_date_the_stage_gives_its_tasks_and_says_why_they_have_no_day():
    assert told(of()) == {
        ("legal_expertise", ""): UNDATED,
        ("linguistic_expertise", ""): UNDATED,
        ("clearances", ""): (None, ""),
        ("proposal_government", ""): UNDATED,
        ("signing_decision", ""): (None, ""),
        ("full_powers", "EU"): (None, ""),
        ("full_powers", "KZ"): (None, ""),
    }


@pytest.mark.parametrize(
    ("name", "planned", "expected"),
    [
        ("government", "2025-02-28", {"proposal_government": "2025-02-14"}),
        ("government", "2025-03-10", {"proposal_government": "2025-02-24"}),
        ("republic", "2025-02-28", {"proposal_republic": "2025-01-29", "proposal_president": "2025-02-14"}),
        ("agency", "2025-02-28", {}),
        # Of an imprecise day both bounds are moved.
        ("government", "2025-03", {"proposal_government": "2025-02-15/2025-03-17"}),
    ],
)
def test_proposals_are_counted_back_from_the_planned_signing(name, planned, expected):
    found = told(of(in_the_name_of=name, dates={"planned_signing": on(planned)}))
    proposals = {code: due for (code, _party), (due, _problem) in found.items() if code.startswith("proposal")}
    assert proposals == expected
    assert found["legal_expertise", ""][0] == (
        (on(planned).earliest - timedelta(days=1)).isoformat() if len(planned) == 10 else "2025-02-28/2025-03-30"
    )


@pytest.mark.parametrize(
    ("stage", "planned", "codes"),
    [
        # A planned date asks beforehand for what is counted back from it; the rest waits for its stage.
        ("proposed", "", ""),
        ("initialled", "", ""),
        ("proposed", "2025-02-28", "legal_expertise linguistic_expertise proposal_government"),
        ("initialled", "2025-02-28", "legal_expertise linguistic_expertise proposal_government"),
        ("signed", "2025-02-28", "draft_law explanatory_note"),
        ("ratifying", "2025-02-28", ""),
        ("in_force", "2025-02-28", ""),
        ("withdrawn", "2025-02-28", ""),
    ],
)
def test_tasks_come_with_their_stage_or_with_the_planned_date(stage, planned, codes):
    found = of(stage=stage, dates={"planned_signing": on(planned) if planned else None})
    assert [duty.rule.code for duty in found] == codes.split()


def test_full_powers_are_everybodys_own_task_and_of_many_only_ours():
    assert [(duty.party, duty.side) for duty in of() if duty.rule.acts] == [("EU", Ball.OTHER), ("KZ", Ball.OWN)]
    assert [(duty.party, duty.side) for duty in of("eu_mixed") if duty.rule.acts] == [("KZ", Ball.OWN)]


# ---- done ----
def test_what_is_recorded_ends_its_task():
    found = of(
        documents={DocumentKind.LEGAL_EXPERTISE: on("2024-11-05")},
        acts={
            ("KZ", ActionKind.FULL_POWERS_NOT_REQUIRED): on("2024-12"),
            ("KZ", ActionKind.SIGNATURE): on("2024-01-01"),
        },
    )
    assert {(duty.rule.code, duty.party): duty.done.iso for duty in found if duty.done} == {
        ("legal_expertise", ""): "2024-11-05",
        ("full_powers", "KZ"): "2024-12",
    }


@pytest.mark.parametrize(
    ("answers", "done"),
    [
        ([], None),
        ([("2024-12-01", "Justice", "given")], "2024-12-01"),
        ([("2024-12-01", "Justice", "given"), ("2024-12-05", "Finance", "with_remarks")], "2024-12-05"),
        ([("2024-12-01", "Justice", "given"), ("2024-12-05", "Finance", "refused")], None),
        ([("2024-12-05", "Finance", "refused"), ("2024-12-09", "Finance", "given")], "2024-12-09"),
        ([("2024-12-09", "Finance", "refused"), ("2024-12-05", "Finance", "given")], None),
    ],
)
def test_clearances_are_done_when_all_who_answered_agreed(answers, done):
    found = of(clearances=[(on(day), body, ClearanceResult(result)) for day, body, result in answers])
    (duty,) = [duty for duty in found if duty.rule.clearance]
    assert (duty.done and duty.done.iso) == done


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(0, 400))
def test_due_dates_move_with_the_planned_date(planned, days):
    def due(day):
        found = of(dates={"planned_signing": FuzzyDate.of_day(day)})
        return {duty.rule.code: duty.due.latest for duty in found if duty.due}

    first, later = due(planned), due(planned + timedelta(days=days))
    assert {code: day + timedelta(days=days) for code, day in first.items()} == later
    assert all(day < planned for day in first.values())


# ---- a ministry's own tasks ----
TASK = """
[[tasks]]
code = "notice"
transition = "sign"
title = { en = "Give notice", ru = "Уведомить", kk = "Хабарлау" }
side = "depositary"
stages = ["signing"]
within = { working_days = 3, calendar = "kz" }
"""


def test_periods_run_from_the_stage_in_working_days():
    rules = parse(NOTES + TASK, "notes.toml")
    (duty,) = duties(rules, replace(facts(), since=on("2025-03-20")))
    # Nauryz is 21 to 23 March; the 24th and the 25th are days off in its stead.
    assert (duty.side, duty.due.iso, duty.problem) == (Ball.DEPOSITARY, "2025-03-28", "")


def test_calendar_that_is_not_filled_in_gives_no_day_and_says_so():
    rules = parse(NOTES + TASK, "notes.toml")
    (duty,) = duties(rules, replace(facts(), since=on("2190-03-20")))
    assert (duty.due, duty.problem) == (None, "calendar:kz")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('code = "notice"', 'code = "The notice"',
         "tasks[0].code: must be small letters, digits and underscores, 40 at most, not 'The notice'."),
        ('transition = "sign"', 'transition = "initial"',
         "tasks[0].transition: 'initial' is not among the transitions."),
        ('side = "depositary"', 'side = "judge"',
         "tasks[0].side: 'judge' is not known. Use one of: own, other, depositary, nobody."),
        ('stages = ["signing"]', 'stages = ["proposed"]',
         "tasks[0].stages: names 'proposed', from which the step does not lead."),
        ('stages = ["signing"]\n', "", "tasks[0]: needs “stages”, “before”, or both: when is the task there?"),
        ("within", 'before = { date = "planned_signing", days = 1 }\nwithin',
         "tasks[0]: has one due date: either “before” or “within”."),
        ("within = { working_days = 3, calendar", 'before = { date = "birthday", working_days = 3, calendar',
         "tasks[0].before.date: 'birthday' is not known. Use one of: planned_signing, planned_entry_into_force, "
         "valid_from, valid_until."),
        ("working_days = 3, calendar", "days = 3, calendar",
         "tasks[0].within.calendar: says which days count, but days are counted without one."),
        (', calendar = "kz"', "",
         "tasks[0].within.calendar: is missing. Name the calendar that says which days count."),
        ("working_days = 3", "working_days = 0", "tasks[0].within.working_days: must be a number from 1 to 10000."),
        ("working_days = 3, ", "", "tasks[0].within: needs one of: days, months, working_days, sitting_days."),
        ("within", 'after = ["other"]\nwithin', "tasks[0].after: names 'other', which is no task above this one."),
        ("within", 'document = "decision"\nclearance = true\nwithin',
         "tasks[0]: is done by one thing, not by document and clearance."),
        ("within", 'who = "own"\nwithin',
         "tasks[0].who: says of whom the “acts” are asked: each, or own (the own side alone)."),
        ("within", 'colour = "red"\nwithin',
         "tasks[0].colour: is not a key here. Use one of: code, transition, title, side, body, law, stages, before, "
         "within, in_the_name_of, document, acts, who, clearance, after."),
    ],
)  # fmt: skip
def test_broken_task_is_refused_with_file_key_and_remedy(old, new, complaint):
    assert TASK.count(old) == 1
    with pytest.raises(BadProcedure) as refusal:
        parse(NOTES + TASK.replace(old, new), "notes.toml")
    assert str(refusal.value) == f"notes.toml: {complaint}"


def test_two_tasks_have_two_codes():
    with pytest.raises(BadProcedure, match=r"tasks\[1\]\.code: 'notice' is the code of another task already\.$"):
        parse(NOTES + TASK + TASK, "notes.toml")


# ---- periods of waiting ----
def waiting(day, requirement, **given):
    text = NOTES.replace('{ kind = "clearance" },', requirement)
    text = text.replace('{ kind = "document", document = "decision", law = "rule" },', "")
    text = text.replace('{ kind = "act", acts = ["full_powers", "signature"] },', "")
    case = Case(parse(text, "notes.toml"), Stage.SIGNING, on(day), since=on("2025-03-03"), calendars=CALENDARS, **given)
    return [(reason.code, reason.sentence.replace("\u00a0", " ")) for reason in unmet(case, Transition.SIGN)]


@pytest.mark.parametrize(
    ("day", "period", "last"),
    [
        ("2025-03-24", "days = 21", "24 March 2025"),
        ("2025-03-25", "days = 21", ""),
        ("2025-04-03", "months = 1", "3 April 2025"),
        ("2025-04-04", "months = 1", ""),
        ("2025-03-06", 'working_days = 3, calendar = "kz"', "6 March 2025"),
        ("2025-03-07", 'working_days = 3, calendar = "kz"', ""),
    ],
)
def test_step_waits_until_the_period_since_the_stage_has_passed(day, period, last):
    expected = [("waiting", f"The period of waiting runs until {last}.")] if last else []
    assert waiting(day, f'{{ kind = "waited", since = "stage", {period} }},') == expected


def test_step_waits_since_a_document():
    asked = '{ kind = "waited", since = "notice", days = 10 },'
    notice = {DocumentKind.NOTICE: on("2025-03-10")}
    assert waiting("2025-03-20", asked, dated=notice) == [
        ("waiting", "The period of waiting runs until 20 March 2025.")
    ]
    assert waiting("2025-03-21", asked, dated=notice) == []
    assert waiting("2025-03-21", asked) == [
        (
            "waiting-unknown",
            "The period runs from a document that is not recorded: Notice of termination, suspension or resumption.",
        )
    ]


def test_clock_without_a_filled_calendar_says_that_it_cannot_be_computed():
    (found,) = waiting("2025-03-21", '{ kind = "waited", since = "stage", sitting_days = 5, calendar = "parliament" },')
    assert found == ("waiting-unknown", "It cannot be computed: there is no calendar “parliament”.")
