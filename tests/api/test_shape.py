"""What clients rest on stays as it is, unless the changelog of the API says otherwise.

The shape that is kept in tests/api/shape.json is that of the last version; PACTA_WRITE_GOLDEN=1 writes it anew, once
the changelog says what breaks.
"""

import copy
import json
import os
from pathlib import Path

import pytest

from tests.api.conftest import schema
from tests.api.shape import breaks, shape
from tests.strict import ROOT

KEPT = Path(__file__).with_name("shape.json")


def test_nothing_breaks_but_what_the_changelog_says():
    said = (ROOT / "docs" / "api-changes.md").read_text(encoding="utf-8")
    now = shape(schema())
    unsaid = [one for one in breaks(json.loads(KEPT.read_text(encoding="utf-8")), now) if f"`{one}`" not in said]

    assert unsaid == [], "say each in docs/api-changes.md, as docs/api-versioning.md asks, or take it back"
    if os.environ.get("PACTA_WRITE_GOLDEN"):
        KEPT.write_text(json.dumps(now, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8")


def test_the_kept_shape_is_of_this_api():
    kept = json.loads(KEPT.read_text(encoding="utf-8"))

    assert len(kept["operations"]) > 90
    assert kept["operations"]["agreements_step"]["at"] == "POST /api/v1/agreements/{reference}/transitions/"
    assert kept["bodies"]["StepInput"]["transition!"] == "Transition"
    assert "in_force" in kept["words"]["Stage"]


STEP, LIST = ("operations", "agreements_step"), ("operations", "agreements_list")


def within(now, place):
    for name in place:
        now = now[name]
    return now


def gone(*place):
    return lambda now: within(now, place[:-1]).pop(place[-1])


def put(*place, value):
    return lambda now: within(now, place[:-1]).update({place[-1]: value})


def renamed(*place, to):
    return lambda now: within(now, place[:-1]).update({to: within(now, place[:-1]).pop(place[-1])})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (gone("operations", "agreements_hold"), ["agreements_hold: POST /api/v1/agreements/{reference}/hold/ is gone"]),
        (
            put(*STEP, "at", value="PUT /api/v1/agreements/{reference}/transitions/"),
            ["agreements_step: POST /api/v1/agreements/{reference}/transitions/ is gone"],
        ),
        (gone(*LIST, "parameters", "query text"), ["agreements_list: query text is no longer taken"]),
        (put(*LIST, "parameters", "query format", value="csv|json|pdf|xlsx"), []),
        (
            put(*LIST, "parameters", "query format", value="csv|json"),
            ["agreements_list: query format was csv|json|xlsx and is csv|json"],
        ),
        (renamed(*LIST, "parameters", "query text", to="query text!"), ["agreements_list: query text must be sent"]),
        (put(*LIST, "parameters", "query new!", value="string"), ["agreements_list: query new must be sent"]),
        (put(*LIST, "parameters", "query new", value="string"), []),
        (
            put(*LIST, "parameters", "query page_size", value="string"),
            ["agreements_list: query page_size was integer and is string"],
        ),
        (put(*LIST, "parameters", "query page_size", value="integer or null"), []),
        (put(*LIST, "parameters", "query text", value="[string]"), []),
        (
            put(*LIST, "parameters", "query area", value="string"),
            ["agreements_list: query area was [string] and is string"],
        ),
        (
            put(*LIST, "answers", "200 application/json", value="[Agreement]"),
            ["agreements_list: the answer 200 application/json is no longer PaginatedAgreementListedList"],
        ),
        (put(*LIST, "answers", "418 application/problem+json", value="Problem"), []),
        (renamed("bodies", "StepInput", "evidence", to="evidence!"), ["StepInput: evidence must be sent"]),
        (renamed("bodies", "StepInput", "on!", to="on"), []),
        (gone("bodies", "StepInput", "evidence"), ["StepInput: evidence is no longer taken"]),
        (put("bodies", "StepInput", "new", value="string"), []),
        (gone("bodies", "Problem", "detail!"), ["Problem: detail is no longer given"]),
        (renamed("bodies", "Problem", "detail!", to="detail"), ["Problem: detail is not always given"]),
        (
            put("bodies", "Problem", "detail!", value="null or string"),
            ["Problem: detail was string and is null or string"],
        ),
        (put("bodies", "Problem", "new!", value="string"), []),
        (put("words", "Strength", value=["late", "soon"]), ["Strength: the word plain is gone"]),
        (put("words", "Strength", value=["late", "soon", "plain", "never"]), []),
    ],
)  # fmt: skip
def test_what_breaks_clients_is_found_and_what_does_not_is_let_pass(change, said):
    before = shape(schema())
    now = copy.deepcopy(before)
    change(now)

    assert breaks(before, now) == said


def test_a_body_may_go_by_another_name_but_not_lose_its_fields():
    before = shape(schema())
    text = json.dumps(before)
    now = json.loads(
        text.replace("PaginatedTaskList", "TaskPage").replace('"Task"', '"Duty"').replace("[Task]", "[Duty]")
    )

    assert "TaskPage" in now["bodies"]
    assert "Duty" in now["bodies"]
    assert breaks(before, now) == []
    now["bodies"]["Duty"].pop("law!")
    assert breaks(before, now) == ["Task: law is no longer given"]
