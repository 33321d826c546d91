"""The guard of entry into force asks the clause; without one the acts of all, or the document, decide."""

from datetime import date

import pytest

from agreements.choices import ActionKind, Transition
from agreements.dates import FuzzyDate
from agreements.entry_into_force import compute, parse
from agreements.guards import unmet
from agreements.tracks import Act, Participant
from tests.rules.test_guards import BOTH, EU, KZ, asking, english, said, told

__all__ = ["english"]
PEOPLE = {actor.code: Participant(actor.code, actor.name) for actor in (KZ, EU)}
ALL = {"enters_into_force": {"after": {"days": 30}, "of": {"notifications": "all"}}}
BY_ACTS = '{ kind = "clause", acts = ["notification"] }'
BY_NOTICE = '{ kind = "clause", document = "depositary_notice" }'


def outcome(clause, *acts, on="2024-12-28"):
    done = [Act(party, ActionKind.NOTIFICATION, FuzzyDate.parse(when)) for party, when in acts]
    return compute(parse(clause), done, date.fromisoformat(on), participants=PEOPLE)


def against(requirement, **facts):
    return said(unmet(asking(requirement, **facts), Transition.SIGN))


def missing(*parties):
    return [
        (
            "clause-act-missing",
            f"Missing for the entry into force – Notification of completed procedures: {party.name['en']}.",
            "",
            f"act:notification:{party.code}",
        )
        for party in parties
    ]


def test_who_is_missing_is_named_one_by_one():
    assert against(BY_ACTS, outcome=outcome(ALL)) == missing(EU, KZ)
    assert against(BY_ACTS, outcome=outcome(ALL, ("KZ", "2024-11-01"))) == missing(EU)


def test_the_clause_alone_decides_whatever_acts_are_recorded():
    acts = frozenset({("KZ", ActionKind.NOTIFICATION), ("EU", ActionKind.NOTIFICATION)})
    assert against(BY_ACTS, outcome=outcome(ALL), acts=acts, **BOTH) == missing(EU, KZ)


@pytest.mark.parametrize(
    ("on", "reasons"),
    [
        (
            "2024-12-19",
            [
                (
                    "clause-later",
                    told("By its clause the agreement enters into force on 20~December~2024, not before."),
                    "on",
                    "",
                )
            ],
        ),
        ("2024-12", []),
        ("2024-12-20", []),
        ("2024-12-27", []),
    ],
)
def test_the_step_is_not_before_the_computed_day(on, reasons):
    met = outcome(ALL, ("KZ", "2024-11-01"), ("EU", "2024-11-20"))
    assert against(BY_ACTS, on=on, outcome=met) == reasons


def test_a_threshold_that_anybody_may_meet_is_said_in_words():
    clause = {"enters_into_force": {"instruments": 3}}
    assert against(BY_ACTS, outcome=outcome(clause, ("KZ", "2024-11-01"))) == [
        (
            "clause-not-met",
            "The clause on entry into force is not met. Missing: 2 of 3 (instruments of consent; so far: 1).",
            "",
            "act",
        )
    ]


def test_what_cannot_be_computed_says_so():
    clause = {"enters_into_force": {"date": "adoption"}}
    (reason,) = against(BY_ACTS, outcome=outcome(clause))
    assert reason[0] == "clause-not-met"
    assert "adoption of the text" in reason[1]
    uncertain = outcome(ALL, ("KZ", "2024-11-01"), ("EU", "/2025-06-01"))
    assert uncertain.possibly_met
    assert against(BY_ACTS, outcome=uncertain) == missing(EU)


def test_the_notice_of_a_depositary_outweighs_the_arithmetic():
    assert against(BY_NOTICE, outcome=outcome(ALL)) == missing(EU, KZ)
    assert against(BY_NOTICE, outcome=outcome(ALL), evidence="C.N.735.2016") == []


def test_without_a_clause_the_acts_or_the_document_decide():
    assert [code for code, *_rest in against(BY_ACTS, **BOTH)] == ["act-missing", "act-missing"]
    assert against(BY_NOTICE) == [
        ("evidence-missing", "The depositary’s notice is not named.", "evidence", "document:depositary_notice")
    ]
    assert against(BY_NOTICE, evidence="C.N.735.2016") == []
