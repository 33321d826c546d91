"""Parties that are no more, that are suspended in part, that apply an agreement provisionally by its clause."""

from datetime import date

import pytest
from django.utils import translation

from agreements.entry_into_force import compute, explain, explain_party, parse, standings, supply, to_data
from agreements.misfits import contradictions, misfits
from agreements.tracks import Participant
from tests.rules.treaties import act, acts, states

#: Czechoslovakia ended with 1992; two states took its place.
CZECHOSLOVAKIA = {
    **states("A B CZ SK"),
    "CSHH": Participant("CSHH", {"en": "Czechoslovakia"}, until=date(1992, 12, 31)),
}
SUCCEEDED = [
    act("CSHH", "1980-05-01"),
    act("CZ", "1993-02-22", "succession", effective="1993-01-01"),
    act("SK", "1993-05-28", "succession", effective="1993-01-01"),
]


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def answer(rule, found, on="2000-01-01", participants=CZECHOSLOVAKIA, **clause):
    data = {"enters_into_force": rule, "signature_needed": False, **clause}
    return compute(parse(data), found, date.fromisoformat(on), participants=participants)


def standing(outcome, found, party, on="2000-01-01", participants=CZECHOSLOVAKIA):
    last_days = {code: one.until for code, one in participants.items() if one.until}
    return standings([party], found, date.fromisoformat(on), outcome, None, last_days)[party]


# ---- who is no more ----
@pytest.mark.parametrize(
    ("number", "found", "date_of"),
    [
        # Counted while it was there, and not beside those who came after it.
        (1, SUCCEEDED, "1980-05-01"),
        (2, SUCCEEDED, "1993-05-28"),
        (3, SUCCEEDED, None),
        (3, [*SUCCEEDED, act("A", "1993-05-28")], "1993-05-28"),
        (2, [act("CSHH", "1980-05-01"), act("A", "1992-12-31")], "1992-12-31"),
        (2, [act("CSHH", "1980-05-01"), act("A", "1993-01-01")], None),
    ],
)
def test_who_is_no_more_counts_until_its_last_day(number, found, date_of):
    outcome = answer({"instruments": number}, found)
    assert (outcome.date and outcome.date.iso) == date_of


def test_what_entered_into_force_while_it_was_there_stays():
    outcome = answer({"instruments": 2}, [act("CSHH", "1980-05-01"), act("A", "1981-01-01")])
    assert outcome.in_force
    assert [(one.party, one.until and one.until.iso, one.extinct) for one in outcome.parties] == [
        ("CSHH", "1993-01-01", True),
        ("A", None, False),
    ]
    assert explain_party(outcome, outcome.parties[0]).replace("\xa0", " ") == (
        "Czechoslovakia: consent of 1 May 1980; bound with the agreement itself from 1 January 1981. "
        "It is no more: no longer bound from 1 January 1993."
    )


@pytest.mark.parametrize(("on", "status"), [("1992-12-31", "bound"), ("1993-01-01", "gone")])
def test_its_standing_ends_with_it(on, status):
    outcome = answer({"instruments": 1}, SUCCEEDED, on)
    assert standing(outcome, SUCCEEDED, "CSHH", on).status == status
    assert standing(None, SUCCEEDED, "CSHH", on).status == ("gone" if status == "gone" else "consent_given")


def test_nobody_waits_for_it_where_all_participants_are_asked():
    of_all = {"instruments": "all"}
    everybody = acts("A B CZ SK", "1995-01-01")
    assert answer(of_all, everybody, "1996-01-01").date.iso == "1995-01-01"
    assert not answer(of_all, acts("A B CZ SK", "1992-06-01"), "1992-12-31").met
    # With its last day the four that are left are all.
    assert answer(of_all, acts("A B CZ SK", "1992-06-01")).date.iso == "1993-01-01"


def test_signature_ends_with_it():
    found = [*acts("CSHH A", "1990-01-01", "signature"), act("A", "1994-01-01")]
    assert answer({"instruments": "all", "of": "signatories"}, found).date.iso == "1994-01-01"


def test_clause_that_names_it_cannot_be_met_any_more_and_says_so():
    rule = {"instruments": "all", "of": ["A", "CSHH"]}
    before = answer(rule, [act("A", "1990-01-01")], "1992-12-31")
    assert (before.problems, [one.party for one in supply(before.need, before.on)]) == ((), ["CSHH"])
    outcome = answer(rule, [act("A", "1990-01-01")])
    assert (outcome.met, outcome.earliest, outcome.problems) == (False, None, (("party-gone", "CSHH"),))
    told = "It cannot be met any more: the clause asks for an act of Czechoslovakia, which is no more."
    assert told in explain(outcome)
    assert to_data(outcome)["missing"]["candidates"] == []
    assert answer({"instruments": 1, "of": ["A", "CSHH"]}, []).problems == ()


# ---- who is suspended in part ----
@pytest.mark.parametrize(("scope", "status"), [("", "suspended"), ("Articles 4 to 6", "bound")])
def test_suspension_of_a_part_leaves_the_rest_in_operation(scope, status):
    found = [act("A", "1990-01-01"), act("A", "1995-01-01", "suspension", scope=scope)]
    outcome = answer({"instruments": 1}, found)
    assert standing(outcome, found, "A").status == status


# ---- who applies it provisionally by the clause ----
BOTH = {"A": "1990-02-01", "B": "1990-02-01"}
PROVISIONAL = {"provisional_application": {"signatures": 2}}


@pytest.mark.parametrize(
    ("more", "on", "applying"),
    [
        ([], "1990-02-01", BOTH),
        ([], "1990-01-31", {}),
        # Whoever signs later applies it from then on; whoever has not signed does not.
        ([act("CZ", "1994-03-01", "signature")], "1994-03-01", {**BOTH, "CZ": "1994-03-01"}),
        ([act("CZ", "1994-03-01")], "1994-03-01", {**BOTH, "CZ": "1994-03-01"}),
        # It ends with the notice of the intention not to become a party, on the day of the notice (VCLT 25(2)).
        ([act("A", "1994-03-01", "denunciation")], "1994-02-28", BOTH),
        ([act("A", "1994-03-01", "denunciation")], "1994-03-01", {"B": "1990-02-01"}),
        ([act("A", "1994-03-01", "withdrawal", target="sa")], "1994-03-01", {"B": "1990-02-01"}),
    ],
)
def test_each_signatory_applies_it_from_its_own_day(more, on, applying):
    found = [act("A", "1990-01-01", "signature", id="sa"), act("B", "1990-02-01", "signature"), *more]
    outcome = answer({"instruments": 4}, found, on, **PROVISIONAL)
    assert {code: day.iso for code, day in outcome.applied_by.items()} == applying
    for code in "AB":
        one = standing(outcome, found, code, on)
        assert (one.status == "bound_provisionally", one.applied_from and one.applied_from.iso) == (
            code in applying,
            applying.get(code),
        )


def test_those_whom_the_rule_names_apply_it_and_no_others():
    found = acts("A B CZ", "1990-01-01", "signature")
    rule = {"signatures": "all", "of": ["A", "B"]}
    outcome = answer({"instruments": 4}, found, provisional_application=rule)
    assert sorted(outcome.applied_by) == ["A", "B"]
    assert standing(outcome, found, "CZ").status == "signed"


def test_whoever_is_bound_does_not_apply_it_provisionally():
    found = [*acts("A B", "1990-01-01", "signature"), act("A", "1991-01-01")]
    outcome = answer({"instruments": 1}, found, **PROVISIONAL)
    assert [standing(outcome, found, code).status.value for code in "AB"] == ["bound", "bound_provisionally"]


def test_notice_not_to_become_a_party_fits_where_signatories_apply_it_provisionally():
    signed, notice = act("A", "1990-01-01", "signature"), act("A", "1991-01-01", "denunciation")
    assert [found.code for found in misfits(notice, [signed])] == ["nothing-to-leave"]
    assert misfits(notice, [signed], provisional=True) == []
    assert [found.code for found in misfits(notice, [], provisional=True)] == ["nothing-to-leave"]


# ---- what nobody can have done ----
def test_contradictions_are_told_by_place_and_nothing_else_is():
    found = [
        act("A", "1990-01-01", "signature", id="s"),
        act("A", "1991-01-01", received="1990-12-31"),
        act("B", "1991-01-01", "withdrawal", target="s"),
        act("A", "1991-06-01", "withdrawal", target="s", id="w"),
        act("A", "1991-07-01", "withdrawal", target="s"),
        act("CZ", "1991-01-01"),
        act("A", "1989-01-01", "withdrawal", target="late"),
        act("A", "1992-01-01", "signature", id="late", manner="by proxy"),
    ]
    assert [(place, one.code) for place, one in contradictions(found)] == [
        (1, "received-before-done"),
        (2, "not-its-own"),
        (4, "withdrawn-already"),
        (6, "before-target"),
        (7, "manner-unknown"),
    ]
