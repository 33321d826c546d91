"""The primitives of the language one by one: each table holds the edges at which a rule can go wrong."""

from datetime import date

import pytest
from django.utils import translation

from agreements.choices import ActionKind
from agreements.dates import FuzzyDate
from agreements.entry_into_force import KINDS, BadClause, compute, describe, explain, parse, to_data
from agreements.tracks import Act, Participant, add_days, add_months
from tests.rules.treaties import act, acts, states, told


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def answer(rule, found, on="2030-01-01", participants=None, **clause):
    """Compute a rule as the whole of a clause."""
    data = {**clause, "enters_into_force": rule}
    takers = states(participants) if isinstance(participants, str) else participants
    return compute(parse(data), found, date.fromisoformat(on), participants=takers)


def day_of(outcome):
    return outcome.date and outcome.date.iso


def on(day):
    return [act("A", day)]


# ---- days ----
@pytest.mark.parametrize(
    ("start", "months", "clipped", "over"),
    [
        ("2023-08-31", 6, "2024-02-29", "2024-03-01"),
        ("2022-08-31", 6, "2023-02-28", "2023-03-01"),
        ("2008-03-31", 3, "2008-06-30", "2008-07-01"),
        ("2008-03-30", 3, "2008-06-30", "2008-06-30"),
        ("2024-02-29", 12, "2025-02-28", "2025-03-01"),
        ("2024-02-29", 48, "2028-02-29", "2028-02-29"),
        ("2023-01-31", 1, "2023-02-28", "2023-03-01"),
        ("2023-12-31", 2, "2024-02-29", "2024-03-01"),
        ("2023-11-30", 1, "2023-12-30", "2023-12-30"),
        ("2023-10-31", 2, "2023-12-31", "2023-12-31"),
        ("9999-12-31", 1, "9999-12-31", "9999-12-31"),
        ("9999-11-30", 2, "9999-12-31", "9999-12-31"),
    ],
)
def test_months_end_where_the_clause_says(start, months, clipped, over):
    day = date.fromisoformat(start)
    assert add_months(day, months).isoformat() == clipped
    assert add_months(day, months, overflow=True).isoformat() == over


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2004-02-17", 90, "2004-05-17"),
        ("2005-02-17", 90, "2005-05-18"),
        ("2023-12-31", 1, "2024-01-01"),
        ("9999-12-31", 5, "9999-12-31"),
        ("9999-12-30", 5, "9999-12-31"),
        ("0001-01-01", 5, "0001-01-01"),
    ],
)
def test_days_are_added_and_what_is_not_known_stays_so(start, days, end):
    assert add_days(date.fromisoformat(start), days).isoformat() == end


@pytest.mark.parametrize(
    ("rule", "start", "end"),
    [
        ({"after": {"days": 30}}, "2024-01-31", "2024-03-01"),
        ({"after": {"days": 30}, "clear_days": True}, "2024-01-31", "2024-03-02"),
        ({"after": {"weeks": 2}}, "2024-01-31", "2024-02-14"),
        ({"after": {"months": 6}}, "2023-08-31", "2024-02-29"),
        ({"after": {"months": 6}, "month_end": "next_month"}, "2023-08-31", "2024-03-01"),
        ({"after": {"months": 3}, "month_end": "next_month"}, "2008-03-31", "2008-07-01"),
        ({"after": {"years": 1}}, "2024-02-29", "2025-02-28"),
        ({"after": {"years": 1, "months": 6}}, "2024-02-29", "2025-08-29"),
        ({"after": {"days": 1, "months": 1}}, "2023-01-30", "2023-02-28"),
        ({"after": {"months": 1}, "clear_days": True}, "2023-01-30", "2023-02-28"),
    ],
    ids=str,
)
def test_period_ends_on_this_day(rule, start, end):
    assert day_of(answer({**rule, "of": {"instruments": 1}}, on(start))) == end


@pytest.mark.parametrize(
    ("rule", "start", "end"),
    [
        ({"first_of_month": 1}, "2024-01-31", "2024-02-01"),
        ({"first_of_month": 1}, "2024-02-01", "2024-03-01"),
        ({"first_of_month": 1, "on_or_after": True}, "2024-02-01", "2024-02-01"),
        ({"first_of_month": 1, "on_or_after": True}, "2024-02-02", "2024-03-01"),
        ({"first_of_month": 2, "on_or_after": True}, "2024-02-01", "2024-03-01"),
        ({"first_of_month": 2}, "2020-01-15", "2020-03-01"),
        ({"first_of_month": 2}, "2020-12-31", "2021-02-01"),
        ({"first_of_month": 6, "counted_from": "month"}, "1998-09-16", "1999-03-01"),
        ({"first_of_month": 6, "counted_from": "month"}, "1998-09-01", "1999-03-01"),
        ({"first_of_month": 6, "counted_from": "date"}, "1998-09-01", "1999-03-01"),
        ({"first_of_year": 1}, "2024-01-01", "2025-01-01"),
        ({"first_of_year": 1, "on_or_after": True}, "2024-01-01", "2024-01-01"),
        ({"first_of_year": 1, "on_or_after": True}, "2024-01-02", "2025-01-01"),
        ({"first_of_year": 2}, "2024-12-31", "2026-01-01"),
    ],
    ids=str,
)
def test_first_day_of_a_month_or_year_is_this(rule, start, end):
    assert day_of(answer({**rule, "following": {"instruments": 1}}, on(start))) == end


@pytest.mark.parametrize(
    ("lasting", "withdrawn", "date"),
    [
        (True, "2024-03-30", None),
        (True, "2024-03-31", None),
        (True, "2024-04-01", "2024-03-31"),
        (False, "2024-03-30", "2024-03-31"),
    ],
)
def test_threshold_must_last_if_the_clause_says_so(lasting, withdrawn, date):
    rule = {"after": {"days": 30}, "of": {"instruments": 1}, "lasting": lasting}
    found = [act("A", "2024-03-01", id="a"), act("A", withdrawn, "withdrawal", target="a")]
    assert day_of(answer(rule, found)) == date


@pytest.mark.parametrize(
    ("rule", "date", "line"),
    [
        ({"date": "2024-07-01"}, "2024-07-01", "The day is fixed: 1~July~2024."),
        ({"date": "adoption"}, "2023-05-15", "Adoption of the text: 15~May~2023."),
        ({"date": "big_day"}, "2023-06", "Big day: June~2023."),
    ],
)
def test_day_is_fixed_or_named(rule, date, line):
    outcome = answer(rule, [], dates={"adoption": "2023-05-15", "big_day": "2023-06"})
    assert day_of(outcome) == date
    assert explain(outcome) == [
        told(line),
        told(f"In force since {outcome.date}."),
        told("As of 1~January~2030 nobody is bound by it: no consent is recorded."),
    ]


def test_day_that_is_not_recorded_is_named():
    outcome = answer({"after": {"years": 2}, "of": {"date": "opening_for_signature"}}, on("2024-01-01"))
    assert (outcome.met, outcome.date, outcome.earliest, outcome.need.kind) == (False, None, None, "date")
    assert outcome.problems == (("date-missing", "opening_for_signature"),)
    assert explain(outcome) == [
        "It cannot be computed: the day “opening for signature” is not recorded.",
        told("Not met as of 1~January~2030."),
        "A day is not recorded: opening for signature. Until it is, nothing can be computed.",
    ]


# ---- thresholds ----
@pytest.mark.parametrize(
    ("rule", "acting", "met"),
    [
        ({"instruments": 3}, "A B", False),
        ({"instruments": 3}, "A B C", True),
        ({"instruments": 2, "more_than": True}, "A B", False),
        ({"instruments": 2, "more_than": True}, "A B C", True),
        ({"instruments": "2/3", "of": "participants"}, "A B C", False),
        ({"instruments": "2/3", "of": "participants"}, "A B C D", True),
        ({"instruments": "2/3", "more_than": True, "of": "participants"}, "A B C D", False),
        ({"instruments": "2/3", "more_than": True, "of": "participants"}, "A B C D E", True),
        ({"instruments": "1/2", "of": "participants"}, "A B C", True),
        ({"instruments": "1/2", "more_than": True, "of": "participants"}, "A B C", False),
        ({"instruments": "50%", "of": "participants"}, "A B C", True),
        ({"instruments": "0.51", "of": "participants"}, "A B C", False),
        ({"instruments": "all"}, "A B C D E", False),
        ({"instruments": "all"}, "A B C D E F", True),
        ({"instruments": "2/3", "of": 5}, "A B C", False),
        ({"instruments": "2/3", "of": 5}, "A B C D", True),
        ({"instruments": "all", "of": "g"}, "A B", False),
        ({"instruments": "all", "of": "g"}, "A C", True),
        ({"instruments": "1/2", "of": "g"}, "B C", True),
        ({"instruments": "1/2", "more_than": True, "of": "g"}, "B C", False),
        ({"instruments": 2, "among": "g"}, "A B D", False),
        ({"instruments": 2, "among": "g"}, "A C", True),
        ({"instruments": 1, "among": ["E", "F"]}, "F", True),
        ({"instruments": 3, "besides": "g"}, "A B C D", False),
        ({"instruments": 3, "besides": "g"}, "B D E", True),
        ({"instruments": "all", "of": "participants", "besides": ["F"]}, "A B C D E", True),
        ({"instruments": 2, "of": "participants"}, "A X", False),
        ({"instruments": 2}, "A X", True),
    ],
    ids=str,
)
def test_number_fraction_and_group_at_their_boundaries(rule, acting, met):
    assert answer(rule, acts(acting, "2024-01-15"), participants="A B C D E F", groups={"g": ["A", "C"]}).met is met


@pytest.mark.parametrize(
    ("rule", "acting", "met"),
    [
        ({"share": "55%"}, "A B", True),
        ({"share": "55%", "more_than": True}, "A B", False),
        ({"share": "55%", "more_than": True}, "A B E", True),
        ({"share": "55.01%"}, "A B", False),
        ({"share": "11/20"}, "A B", True),
        ({"share": "40%"}, "A", True),
        ({"share": "40%"}, "B C", False),
        ({"share": "40%"}, "B C D", True),
        ({"share": "40%", "besides": ["A"]}, "A B", False),
        ({"share": "40%", "among": ["A", "B"]}, "B C D E", False),
        ({"share": "55%"}, "X Y Z", False),
    ],
    ids=str,
)
def test_share_at_its_boundary(rule, acting, met):
    tables = {"t": {"weights": {"A": 40, "B": 15, "C": "24.5", "D": "0.5", "E": "0.01"}, "total": 100}}
    assert answer({"table": "t", **rule}, acts(acting, "2024-01-15"), tables=tables).met is met


def test_total_of_a_table_is_its_sum_unless_given():
    found = acts("A", "2024-01-15")
    assert answer({"share": "50%", "table": "t"}, found, tables={"t": {"weights": {"A": 1, "B": 1}}}).met
    wide = {"t": {"weights": {"A": 1, "B": 1}, "total": 3}}
    assert not answer({"share": "50%", "table": "t"}, found, tables=wide).met


@pytest.mark.parametrize(
    ("kinds", "counted"),
    [
        (None, "ratification acceptance approval accession succession formal_confirmation notification rejoining"),
        (["ratification"], "ratification"),
        (["ratification", "accession"], "ratification accession"),
        (["signature"], "signature"),
        (["initialling"], "initialling"),
    ],
    ids=str,
)
def test_only_these_kinds_count(kinds, counted):
    every = [*KINDS[:8], "signature", "initialling", "reservation", "declaration", "provisional_application"]
    rule = {"instruments": 1, **({"kinds": kinds} if kinds else {})}
    assert [kind for kind in every if answer(rule, [act("A", "2024-01-15", kind)]).met] == counted.split()


@pytest.mark.parametrize(
    ("day", "date"), [("acted", "2024-01-10"), ("received", "2024-02-20"), ("effective", "2024-03-30")]
)
def test_day_that_counts_is_the_one_the_clause_names(day, date):
    full = act("A", "2024-01-10", received="2024-02-20", effective="2024-03-30")
    assert day_of(answer({"instruments": 1, "day": day}, [full])) == date


def test_day_that_is_not_recorded_gives_way_to_the_next():
    assert day_of(answer({"instruments": 1, "day": "effective"}, [act("A", "2024-01-10", received="2024-02-20")])) == (
        "2024-02-20"
    )
    assert day_of(answer({"instruments": 1, "day": "effective"}, on("2024-01-10"))) == "2024-01-10"


def test_signatures_count_from_the_day_of_signing_and_ad_referendum_from_its_confirmation():
    signed = act("A", "2024-01-10", "signature", received="2024-02-20")
    held = act("B", "2024-01-11", "signature", manner="ad_referendum", id="b")
    assert day_of(answer({"signatures": 1}, [signed])) == "2024-01-10"
    rule = {"signatures": "all", "of": "participants"}
    assert not answer(rule, [signed, held], participants="A B").met
    confirmed = [signed, held, act("B", "2024-05-05", "confirmation", target="b")]
    assert day_of(answer(rule, confirmed, participants="A B")) == "2024-05-05"


def test_definitive_signature_is_a_consent_and_a_simple_one_is_not():
    definitive = act("A", "2024-01-10", "signature", manner="definitive")
    assert answer({"instruments": 1}, [definitive]).met
    assert answer({"instruments": 1, "kinds": ["definitive_signature"]}, [definitive]).met
    assert not answer({"instruments": 1}, [act("A", "2024-01-10", "signature", manner="subject")]).met
    assert not answer({"instruments": 1, "kinds": ["ratification"]}, [definitive]).met


def test_base_of_signatories_grows_and_shrinks():
    rule = {"instruments": "2/3", "of": "signatories"}
    signed = acts("A B C", "2024-01-01", "signature")
    ratified = acts("A B", "2024-02-01")
    assert day_of(answer(rule, [*signed, *ratified])) == "2024-02-01"
    # The fourth signature comes before the second ratification; three of four are needed then.
    assert not answer(rule, [*signed, act("D", "2024-01-15", "signature"), *ratified]).met
    gone = [act("D", "2024-01-15", "signature", id="d"), act("D", "2024-03-01", "withdrawal", target="d")]
    outcome = answer(rule, [*signed, *gone, *ratified])
    assert (day_of(outcome), outcome.by) == ("2024-03-01", ())
    assert explain(outcome)[0] == told(
        "Needed: instruments of consent of at least 2/3 of all signatories. Reached: 1~March~2024, with 2."
    )


def test_number_asked_of_signatories_leaves_others_out():
    found = [*acts("A B", "2024-01-01", "signature"), *acts("A X Y", "2024-02-01")]
    outcome = answer({"instruments": 2, "of": "signatories"}, found)
    assert explain(outcome)[1] == "Missing: 1 of 2 (instruments of consent): B."


def test_nobody_to_take_a_fraction_of_is_said():
    assert explain(answer({"instruments": "all"}, []))[0] == (
        "It cannot be computed: no participant is recorded whose act could count."
    )
    assert explain(answer({"instruments": "all", "of": "signatories"}, [], participants="A B"))[0] == (
        "It cannot be computed: no signature is recorded, and the clause counts by signatories."
    )
    named = answer({"instruments": "all", "among": ["A", "B"]}, [])
    assert (named.problems, day_of(named), named.earliest) == ((), None, date(2030, 1, 1))


# ---- withdrawn instruments, organisations, former members ----
@pytest.mark.parametrize(("counted", "date"), [("counted", "2024-03-01"), ("not_counted", "2024-04-01")])
def test_withdrawn_instrument_counts_or_not(counted, date):
    found = [
        act("A", "2024-01-01", id="a"),
        act("A", "2024-02-01", "withdrawal", target="a"),
        act("B", "2024-03-01"),
        act("C", "2024-04-01"),
    ]
    assert day_of(answer({"instruments": 2}, found, withdrawn_instruments=counted)) == date


BLOC = {
    "A": Participant("A", memberships=(("O", date(2000, 1, 1), None),)),
    "B": Participant("B", memberships=(("O", date(2000, 1, 1), date(2024, 1, 31)),)),
    "C": Participant("C"),
    "O": Participant("O", organisation=True),
}


@pytest.mark.parametrize(
    ("organisations", "found", "date"),
    [
        ("counted", [("O", "2024-01-01"), ("A", "2024-01-10")], "2024-01-10"),
        ("not_counted", [("O", "2024-01-01"), ("A", "2024-01-10")], None),
        ("not_beside_members", [("O", "2024-01-01"), ("A", "2024-01-10")], None),
        ("not_beside_members", [("O", "2024-01-01"), ("C", "2024-01-10")], "2024-01-10"),
        # B leaves the organisation on the last day of January; from the next day both count.
        ("not_beside_members", [("O", "2024-01-01"), ("B", "2024-01-10")], "2024-02-01"),
        ("not_beside_members", [("O", "2024-02-02"), ("B", "2024-02-03")], "2024-02-03"),
    ],
)
def test_organisations_count_three_ways(organisations, found, date):
    instruments = [act(party, day) for party, day in found]
    assert day_of(answer({"instruments": 2}, instruments, participants=BLOC, organisations=organisations)) == date


@pytest.mark.parametrize(("counted", "date"), [("counted", None), ("not_counted", "2024-02-01")])
def test_former_member_is_asked_or_not(counted, date):
    found = acts("A C O", "2024-01-10")
    assert day_of(answer({"instruments": "all"}, found, participants=BLOC, former_members=counted)) == date


def test_organisation_that_is_not_counted_is_not_asked_either():
    found = acts("A B C", "2024-01-10")
    assert answer({"instruments": "all", "organisations": "not_counted"}, found, participants=BLOC).met


# ---- combinations ----
@pytest.mark.parametrize(
    ("rule", "date"),
    [
        ({"all_of": [{"instruments": 1}, {"instruments": 2}]}, "2024-02-01"),
        ({"later_of": [{"instruments": 1}, {"date": "2024-06-01"}]}, "2024-06-01"),
        ({"any_of": [{"instruments": 2}, {"date": "2024-06-01"}]}, "2024-02-01"),
        ({"earlier_of": [{"instruments": 3}, {"date": "2024-06-01"}]}, "2024-06-01"),
        ({"any_of": [{"instruments": 1}, {"instruments": 2}, {"instruments": 9}], "at_least": 2}, "2024-02-01"),
        ({"any_of": [{"instruments": 1}, {"instruments": 8}, {"instruments": 9}], "at_least": 2}, None),
        ({"not_before": {"date": "2024-01-15"}, "rule": {"instruments": 2}}, "2024-02-01"),
        ({"not_before": {"date": "2024-02-15"}, "rule": {"instruments": 2}}, "2024-02-15"),
        ({"on": "2024-02-01", "if": {"instruments": 2}, "otherwise": {"date": "2030-01-01"}}, "2024-02-01"),
        ({"on": "2024-01-31", "if": {"instruments": 2}, "otherwise": {"instruments": 2}}, "2024-02-01"),
        (
            {
                "on": "2024-01-31",
                "if": {"instruments": 2},
                "otherwise": {"after": {"days": 90}, "of": {"instruments": 2}},
            },
            "2024-05-01",
        ),
        ({"on": "2024-03-01", "if": {"instruments": 3}, "otherwise": {"instruments": 1}}, "2024-03-01"),
        ({"on": "2024-03-01", "if": {"instruments": 3}, "otherwise": {"instruments": 3}}, None),
    ],
    ids=str,
)
def test_rules_combine(rule, date):
    assert day_of(answer(rule, [act("A", "2024-01-01"), act("B", "2024-02-01")], on="2024-12-31")) == date


def test_what_was_reached_and_lost_before_the_fixed_day_does_not_count_after_it():
    rule = {
        "on": "2019-01-01",
        "if": {"instruments": 3},
        "otherwise": {"after": {"days": 90}, "of": {"instruments": 3}},
    }
    found = [act(party, day) for party, day in (("A", "2018-05-01"), ("B", "2018-06-01"))]
    lost = [act("C", "2018-08-01", id="c"), act("C", "2018-12-01", "withdrawal", target="c")]
    outcome = answer(rule, [*found, *lost])
    assert (outcome.met, outcome.date, outcome.need.lacking) == (False, None, 1)
    assert day_of(answer(rule, [*found, *lost, act("D", "2019-02-01")])) == "2019-05-02"


def test_day_that_counts_for_the_threshold_counts_for_the_party():
    found = [
        act("A", "2018-01-10", "notification", received="2018-01-20"),
        act("B", "2018-02-10", "notification", received="2018-02-20"),
    ]
    outcome = answer({"notifications": "all", "day": "acted"}, found)
    assert {one.party: one.date.iso for one in outcome.parties} == {"A": "2018-02-10", "B": "2018-02-10"}


def test_signature_subject_to_ratification_binds_nobody():
    found = [
        act("A", "2011-01-10", "signature", manner="definitive"),
        act("B", "2011-01-10", "signature", manner="subject"),
    ]
    outcome = answer({"signatures": "all"}, found)
    assert (outcome.met, outcome.need.candidates, outcome.need.have) == (False, ("B",), 1)
    assert to_data(outcome)["missing"]["words"] == [
        "Missing: 1 of 2 (signatures; one subject to ratification counts from the instrument that completes it): B."
    ]
    assert to_data(outcome)["missing"]["kinds"] == ["signature"]
    ratified = act("B", "2011-08-20", "ratification", received="2011-09-01")
    later = answer({"signatures": "all"}, [*found, ratified])
    assert (day_of(later), later.by) == ("2011-09-01", ("B",))
    assert [(one.party, one.date.iso, one.rule) for one in later.parties] == [
        ("A", "2011-09-01", "original"),
        ("B", "2011-09-01", "original"),
    ]
    # Whoever was bound by signing is not bound anew; and where instruments are counted, too, all signatures do.
    twice = [*found, ratified, act("A", "2012-01-01")]
    assert [one.party for one in answer({"signatures": "all"}, twice).parties] == ["A", "B"]
    assert day_of(answer({"all_of": [{"signatures": 2}, {"instruments": 1}]}, found)) == "2011-01-10"
    provisional = answer({"signatures": "all"}, found, provisional_application={"signatures": 2})
    assert provisional.provisional.iso == "2011-01-10"


def test_signature_ad_referendum_is_definitive_once_confirmed():
    rule = {"instruments": 1, "kinds": ["definitive_signature", "ratification"]}
    signed = act("A", "2011-04-10", "signature", manner="ad_referendum", id="a")
    assert not answer(rule, [signed]).met
    assert day_of(answer(rule, [signed, act("A", "2011-05-10", "confirmation", target="a")])) == "2011-05-10"


def test_denunciation_of_a_part_leaves_the_rest_bound():
    found = [act("A", "2018-01-10"), act("A", "2019-02-10", "denunciation", scope="Part II")]
    assert [one.until for one in answer({"instruments": 1}, found).parties] == [None]


@pytest.mark.parametrize(
    ("withdrawal", "until"),
    [
        (None, "2012-05-09"),
        ({"takes_effect": {"after": {"months": 6}, "of": {"own": "notice"}}}, "2011-11-09"),
    ],
)
def test_instrument_withdrawn_by_a_party_that_is_bound_is_notice(withdrawal, until):
    more = {"withdrawal": withdrawal} if withdrawal else {}
    found = [act("A", "2011-02-10", id="a"), act("A", "2011-05-09", "withdrawal", target="a")]
    assert [one.until.iso for one in answer({"instruments": 1}, found, **more).parties] == [until]


def test_who_may_have_acted_already_is_said():
    perhaps = Act("A", ActionKind.RATIFICATION, FuzzyDate.parse("/2031-01-01"))
    outcome = answer({"instruments": "all", "among": ["A", "B"]}, [perhaps], "2024-01-01")
    assert (outcome.need.candidates, outcome.need.unsure) == (("A", "B"), ("A",))
    assert "Perhaps there already, on days that are not known exactly: A." in explain(outcome)


def test_clause_that_is_no_clause_but_a_load_is_refused():
    for rule in (
        {"instruments": 501},
        {"all_of": [{"instruments": number} for number in range(1, 60)]},
        {"date": "a" * 60_000},
    ):
        with pytest.raises(BadClause):
            parse({"enters_into_force": rule})
    for source in ("a\x00b", "\ud800"):
        with pytest.raises(BadClause):
            parse({"source": source, "enters_into_force": {"instruments": 1}})


def test_denunciation_before_the_entry_into_force_withdraws_the_instrument():
    rule = {"after": {"days": 30}, "of": {"instruments": 3}}
    found = [act("A", "2011-01-10"), act("B", "2011-02-10"), act("B", "2011-03-01", "denunciation")]
    outcome = answer(rule, [*found, act("C", "2011-03-10")], "2012-01-01")
    assert (outcome.met, outcome.need.lacking) == (False, 1)
    assert day_of(answer(rule, [*found, act("C", "2011-03-10"), act("D", "2011-04-10")])) == "2011-05-10"
    bound = answer(rule, [*found[:2], act("C", "2011-03-10"), act("B", "2011-05-01", "denunciation")])
    assert [one.until.iso for one in bound.of("B")] == ["2012-05-01"]


def test_description_says_what_departs_from_the_usual():
    clause = parse(
        {
            "enters_into_force": {
                "after": {"months": 3},
                "of": {"instruments": "2/3", "of": "annex_one"},
                "month_end": "next_month",
                "lasting": True,
            },
            "groups": {"annex_one": [f"P{number}" for number in range(12)]},
            "signature_needed": False,
            "reservations": {"tacit_acceptance_months": 6},
        }
    )
    with translation.override("en"):
        assert describe(clause) == [
            (0, "Entry into force:"),
            (
                1,
                "3 months (where a month has no such day, the next one begins; and it must still hold then) after:",
            ),
            (2, "instruments of consent of at least 2/3 of all of these: “annex one” (12)"),
            (0, "A state may ratify, accept or approve it without having signed it."),
            (0, "A reservation counts as accepted 6 months after its notification, or with a later consent."),
        ]
