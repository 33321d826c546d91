"""What differs between two versions of a procedure, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.choices import DocumentKind, Stage, Transition
from agreements.procedures import Requirement, compare, load, parse
from tests.rules.tables import CODES
from tests.rules.test_procedure_files import NOTES

TASKS = """
[[tasks]]
code = "draft"
transition = "sign"
title = { en = "Draft the note", ru = "Составить ноту", kk = "Нота жобасын жасау" }
stages = ["signing"]
[[tasks]]
code = "decision"
transition = "sign"
title = { en = "Obtain the decision", ru = "Получить решение", kk = "Шешім алу" }
stages = ["signing"]
document = "decision"
after = ["draft"]
"""
OLD = parse(NOTES + TASKS, "notes.toml")


def against(*changes, text=NOTES + TASKS):
    """Compare the old version with one in which these texts are replaced."""
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new)
    return compare(OLD, parse(text, "notes.toml"))


def test_version_compared_with_itself_differs_in_nothing():
    found = compare(OLD, OLD)
    assert (found.same, found.whole, found.stages, found.steps, found.tasks) == (True, (), (), (), ())


def test_number_remark_and_order_are_no_difference():
    found = against(
        ('version = "7"', 'version = "8" # of this year'),
        (
            '{ kind = "act", acts = ["full_powers", "signature"] },\n  { kind = "clearance" },',
            '{ kind = "clearance" },\n  { kind = "act", acts = ["full_powers", "signature"] },',
        ),
    )
    assert found.same
    assert found.old.digest != found.new.digest


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ('en = "Exchange of notes"', 'en = "Exchange of letters"', "title"),
        ("binding = true", "binding = false", "binding"),
        ('path = ["proposed", "signing", "signed", "in_force"]', 'path = ["proposed", "signing"]', "path"),
        ('automatic = ["expire"]', "automatic = []", "automatic"),
        ("binding = true", "binding = true\nopen_for_signature = true", "open_for_signature"),
    ],
)
def test_what_is_said_of_the_whole_is_named(old, new, name):
    found = against((old, new))
    assert (found.whole, found.stages, found.steps, found.tasks, found.same) == ((name,), (), (), (), False)


def test_stage_that_is_told_otherwise_says_in_what():
    found = against(("usual_days = 30", "usual_days = 60"), ('ball = "other"', 'ball = "own"'))
    (change,) = found.stages
    assert (change.stage, change.differing) == (Stage.PROPOSED, ("ball", "usual_days"))
    assert (change.before.usual_days, change.after.usual_days) == (30, 60)


def test_stage_that_came_comes_with_the_step_to_it_and_went_the_other_way_round():
    more = NOTES.replace("[stages.expired]", "[stages.expired]\n[stages.suspended]") + (
        '[transitions.suspend]\nfrom = ["in_force"]\n'
    )
    new = parse(more + TASKS, "notes.toml")
    there, back = compare(OLD, new), compare(new, OLD)
    assert [(one.stage, one.before, one.after is None, one.differing) for one in there.stages] == [
        (Stage.SUSPENDED, None, False, ())
    ]
    assert [(one.name, one.before, one.after is None, one.differing) for one in there.steps] == [
        (Transition.SUSPEND, None, False, ())
    ]
    assert [(one.stage, one.after) for one in back.stages] == [(Stage.SUSPENDED, None)]
    assert [(one.name, one.after) for one in back.steps] == [(Transition.SUSPEND, None)]


def test_requirement_that_is_no_longer_made_and_one_that_is_new():
    found = against(
        ('{ kind = "clearance" }', '{ kind = "participants" }'),
        ('en = "Rule 1"', 'en = "Rule 2"'),
    )
    (change,) = found.steps
    assert (change.name, change.differing) == (Transition.SIGN, ("requires",))
    law = {"ru": "Правило 1", "kk": "1-қағида"}
    assert change.gone == (
        Requirement("document", document=DocumentKind.DECISION, law={"en": "Rule 1", **law}),
        Requirement("clearance"),
    )
    assert change.come == (
        Requirement("document", document=DocumentKind.DECISION, law={"en": "Rule 2", **law}),
        Requirement("participants"),
    )


def test_requirement_that_is_made_twice_counts_twice():
    (change,) = against(('{ kind = "clearance" }', '{ kind = "clearance" },\n  { kind = "clearance" }')).steps
    assert (change.gone, change.come) == ((), (Requirement("clearance"),))


def test_step_with_another_label_or_from_other_stages():
    found = against(('label = { en = "Exchange"', 'label = { en = "Swap"'))
    assert [(one.name, one.differing, one.gone, one.come) for one in found.steps] == [
        (Transition.SIGN, ("label",), (), ())
    ]
    found = against(
        ('[transitions.expire]\nfrom = ["in_force"]', '[transitions.expire]\nfrom = ["in_force", "suspended"]'),
        ("[stages.expired]", "[stages.expired]\n[stages.suspended]"),
        (
            "[transitions.enter_into_force]",
            '[transitions.suspend]\nfrom = ["in_force"]\n[transitions.enter_into_force]',
        ),
    )
    assert [(one.name, one.differing) for one in found.steps] == [
        (Transition.SUSPEND, ()),
        (Transition.EXPIRE, ("sources",)),
    ]


def test_tasks_that_came_went_and_changed():
    found = against(
        ('code = "draft"', 'code = "note"'),
        ('after = ["draft"]', 'after = ["note"]\nlaw = "rule"'),
    )
    assert [(one.code, one.before is None, one.after is None, one.differing) for one in found.tasks] == [
        ("note", True, False, ()),
        ("decision", False, False, ("law", "after")),
        ("draft", False, True, ()),
    ]


def test_everything_of_another_procedure_differs_where_it_does():
    found = compare(load()["non_binding"], load()["ratified"])
    assert [change.stage.value for change in found.stages if change.before is None] == [
        "mandated",
        "initialled",
        "ratifying",
    ]
    assert [change.code for change in found.tasks] == [task.code for task in load()["ratified"].tasks]
    assert found.whole == ("title", "binding", "path", "automatic")


@given(st.sampled_from(CODES), st.sampled_from(CODES))
def test_what_came_one_way_went_the_other(one, other):
    there, back = compare(load()[one], load()[other]), compare(load()[other], load()[one])
    assert there.same == (one == other) == back.same
    assert there.whole == back.whole
    assert [(c.stage, c.before, c.after) for c in there.stages] == [(c.stage, c.after, c.before) for c in back.stages]
    assert [(c.name, c.gone, c.come) for c in there.steps] == [(c.name, c.come, c.gone) for c in back.steps]
    assert {c.code: (c.before, c.after) for c in there.tasks} == {c.code: (c.after, c.before) for c in back.tasks}
