"""What is not a clause is refused with its place and with what to write there."""

from decimal import Decimal

import pytest
from django.utils import translation

from agreements.entry_into_force import BadClause, parse

_PART = "Give a whole number, a fraction such as 2/3 or 75 %, or “all”."
TABLES = {"t": {"weights": {"A": 60, "B": 40}}}
GROUPS = {"g": ["A", "B"]}


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"instruments": 0}, "enters_into_force.instruments: Give a whole number from 1 to 500."),
        ({"instruments": 3, "of": 2}, "enters_into_force.instruments: 3 cannot be reached: there are only 2."),
        ({"instruments": 3, "of": "g"}, "enters_into_force.instruments: 3 cannot be reached: there are only 2."),
        (
            {"instruments": 2, "more_than": True, "of": "g"},
            "enters_into_force.instruments: 3 cannot be reached: there are only 2.",
        ),
        ({"instruments": "all", "of": "g", "besides": "g"}, "enters_into_force: Nobody is left who could act."),
        (
            {"instruments": "3/2", "of": "participants"},
            "enters_into_force.instruments: Give a whole number, a fraction such as 2/3 or 75 %, or “all”.",
        ),
        *(
            # One party, or all of them?
            ({"instruments": one}, "enters_into_force.instruments: " + _PART)
            for one in ("1", "1.0", 1.0, Decimal("1.0"), "1/1", "3/3")
        ),
        *(
            (
                {"after": {unit: most + 1}, "of": {"instruments": 1}},
                f"enters_into_force.after.{unit}: Give a whole number from 1 to {most}.",
            )
            for unit, most in (("days", 10_000), ("weeks", 1_000), ("months", 1_200), ("years", 100))
        ),
        (
            {"first_of_month": 1_201, "following": {"instruments": 1}},
            "enters_into_force.first_of_month: Give a whole number from 1 to 1200.",
        ),
        (
            {"instruments": "all", "of": "g", "among": "g"},
            "enters_into_force.of: Name the group once, in “among” or in “of”.",
        ),
        (
            {"share": "101%", "table": "t"},
            "enters_into_force.share: This share cannot be reached: give one such as 55 % that the table holds.",
        ),
        (
            {"share": "61%", "table": "t", "among": ["A"]},
            "enters_into_force.share: This share cannot be reached: give one such as 55 % that the table holds.",
        ),
        ({"share": "50%"}, "enters_into_force: The key “table” is missing."),
        ({"share": "50%", "table": ["t"]}, "enters_into_force.table: Write a text."),
        (
            {"share": "50%", "table": "x"},
            "enters_into_force.table: “x” is not among the tables of the clause: t.",
        ),
        ({"any_of": [{"instruments": 1}], "at_least": 2}, "enters_into_force.at_least: More than there are rules: 1."),
        ({"all_of": []}, "enters_into_force.all_of: Write a list of rules."),
        ({"after": {"days": 1}}, "enters_into_force: The key “of” is missing."),
        (
            {"own": "instrument"},
            "enters_into_force: “own” speaks of one party; here the rule is about all of them.",
        ),
        (
            {"on": "2019", "if": {"instruments": 1}, "otherwise": {"instruments": 1}},
            "enters_into_force.on: Give a day, such as 2019-01-01.",
        ),
        (
            {"instruments": 1, "share": "50%"},
            "enters_into_force: One rule cannot be instruments, share at once. Put them into “all_of”.",
        ),
        ({"instruments": 1, "among": ["A", "A"]}, "enters_into_force.among: A party is named twice."),
    ],
    ids=str,
)
def test_rule_is_refused_with_its_place(rule, complaint):
    with translation.override("en"), pytest.raises(BadClause) as refusal:
        parse({"enters_into_force": rule, "tables": TABLES, "groups": GROUPS})
    assert str(refusal.value).replace("\u00a0", " ") == complaint


@pytest.mark.parametrize(
    ("clause", "complaint"),
    [
        ({}, "The key “enters_into_force” with the rule is missing."),
        (
            {"groups": {"signatories": ["A"]}, "enters_into_force": {"instruments": 1}},
            "groups.signatories: This name has a meaning of its own. Choose another.",
        ),
        (
            {"tables": {"t": {"weights": {"A": 3}, "total": 2}}},
            "tables.t.total: The total is less than the weights together.",
        ),
        ({"tables": {"t": {"weights": {}}}}, "tables.t.weights: Give each party its weight."),
        ({"withdrawal": {}}, "withdrawal: The key “takes_effect” with the rule is missing."),
        ({"groups": {"g": []}}, "groups.g: Write a list of parties."),
    ],
    ids=str,
)
def test_clause_is_refused_with_its_place(clause, complaint):
    data = {"enters_into_force": {"instruments": 1}, **clause} if clause else {}
    with translation.override("en"), pytest.raises(BadClause) as refusal:
        parse(data)
    assert str(refusal.value) == complaint


def test_names_of_parties_are_resolved_and_unknown_ones_refused():
    def resolve(name):
        if name != "Kazakhstan":
            raise LookupError(f"{name} is not known.")
        return "KZ"

    rule = {"enters_into_force": {"instruments": 1, "among": ["Kazakhstan"]}}
    assert parse(rule, resolve).rule.acts.among == ("KZ",)
    with pytest.raises(BadClause, match=r"among: Atlantis is not known\."):
        parse({"enters_into_force": {"instruments": 1, "among": ["Atlantis"]}}, resolve)
