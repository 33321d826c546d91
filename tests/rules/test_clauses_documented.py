"""What docs/clauses.md says of the language is true: every example is read, described and answered."""

import csv
import json
import re
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from django.utils import translation

from agreements.choices import ActionKind
from agreements.dates import FuzzyDate
from agreements.entry_into_force import KINDS, BadClause, compute, describe, explain, parse, to_data
from agreements.entry_into_force.reading import _FORMS, _TOP
from agreements.tracks import Act
from tests.rules.treaties import acts

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "clauses.md").read_text(encoding="utf-8")
BLOCKS = [(mark.strip(), body) for mark, body in re.findall(r"^```json( \w+)?\n(.*?)^```$", TEXT, re.M | re.S)]
EXAMPLES = [json.loads(body) for mark, body in BLOCKS if mark != "answer"]
TABLES = re.findall(r"^```csv\n(.*?)^```$", TEXT, re.M | re.S)
FILES = sorted((DOCS / "clauses").glob("*.json"))
SCHEMA = json.loads((DOCS / "clause.schema.json").read_text(encoding="utf-8"))
SURROUNDINGS = {
    "groups": {"founders": ["KZ", "UZ", "KG", "TJ"]},
    "tables": {"emissions": {"weights": {"KZ": 60, "UZ": 40}}, "tonnage": {"weights": {"KZ": 60, "UZ": 40}}},
    "dates": {"opening_for_signature": "1996-09-24"},
}


def whole(example):
    """A clause as it stands, or a rule as the whole of one."""
    return example if "enters_into_force" in example else {**SURROUNDINGS, "enters_into_force": example}


def from_csv(text):
    return [
        Act(
            row["party"],
            ActionKind(row["act"]),
            FuzzyDate.parse(row["on"]),
            **{name: FuzzyDate.parse(row[name]) for name in ("received", "effective") if row.get(name)},
            **{name: row.get(name) or "" for name in ("manner", "scope", "target", "id")},
        )
        for row in csv.DictReader(text.splitlines())
    ]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: "-".join(example)[:40])
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_example_is_read_described_and_answered(example, language):
    clause = parse(whole(example))
    with translation.override(language):
        assert all(line for _depth, line in describe(clause))
        assert explain(compute(clause, acts("KZ UZ KG TJ", "2020-01-15"), date(2024, 12, 28)))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: "-".join(example)[:40])
def test_example_fits_the_schema(example):
    jsonschema.validate(whole(example), SCHEMA)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_whole_clause_is_read_and_fits_the_schema(path):
    data = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(data, SCHEMA)
    assert parse(data).source == data["source"]


def test_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "wrong",
    [
        {"instruments": 3, "kind": ["ratification"]},
        {"instruments": 0},
        {"instruments": 3, "kinds": []},
        {"instruments": 3, "share": "55%"},
        {"after": {"fortnights": 1}, "of": {"instruments": 3}},
        {"after": {}, "of": {"instruments": 3}},
        {"first_of_month": 1},
        {"any_of": []},
        {"own": "fault"},
        {},
        7,
    ],
    ids=str,
)
def test_what_the_reader_refuses_the_schema_refuses_too(wrong):
    with pytest.raises(BadClause):
        parse({"enters_into_force": wrong})
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"enters_into_force": wrong}, SCHEMA)


def test_schema_has_every_key_of_every_form_and_no_other():
    forms = {form["required"][0]: set(form["properties"]) for form in SCHEMA["$defs"]["rule"]["oneOf"]}
    assert forms == {name: set(keys) for name, keys in _FORMS.items()}
    assert set(SCHEMA["properties"]) == set(_TOP)


def test_document_has_an_example_of_every_form_and_names_every_key():
    assert {name for name in _FORMS if f'"{name}":' in TEXT} == set(_FORMS)
    keys = {*_TOP, *KINDS, *(key for form in _FORMS.values() for key in form)}
    assert {key for key in keys if f"`{key}" not in TEXT} <= {"following", "otherwise", "of", "if", "rule", "table"}


def test_answer_is_as_printed():
    clause = next(json.loads(body) for mark, body in BLOCKS if mark == "clause")
    printed = next(json.loads(body) for mark, body in BLOCKS if mark == "answer")
    with translation.override("en"):
        outcome = compute(parse(clause), from_csv(TABLES[-1]), date(2024, 12, 28), supposing=date(2025, 1, 1))
        answer = to_data(outcome)
    assert {**answer, "parties": answer["parties"][:1]} == printed


def test_united_states_left_and_came_back_as_the_table_of_acts_says():
    data = json.loads((DOCS / "clauses" / "paris-agreement.json").read_text(encoding="utf-8"))
    clause = parse({**data, "enters_into_force": {"date": "2016-11-04"}})
    outcome = compute(clause, from_csv(TABLES[0]), date(2021, 2, 19))
    assert [(one.date.iso, one.until and one.until.iso) for one in outcome.of("US")] == [
        ("2016-11-04", "2020-11-04"),
        ("2021-02-19", None),
    ]
