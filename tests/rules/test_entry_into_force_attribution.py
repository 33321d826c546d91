"""Whose act reached the threshold, where the days of acts are not known exactly: all whose act may have, no other."""

from datetime import date, timedelta
from itertools import product

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.dates import FuzzyDate
from agreements.entry_into_force import compute, explain, parse, to_data
from agreements.tracks import Participant
from tests.rules.treaties import Row, act, acts, told

THREE = {"enters_into_force": {"after": {"days": 30}, "of": {"instruments": 3}}}
ON = "2020-12-31"

#: A clause, acts on days not all exact, who may have reached it, whether it was they for certain, and the line on it.
ROWS = [
    (
        THREE,
        [act("FR", "2020-01"), act("DE", "2020"), act("IT", "2020-03-01"), act("ES", "2020-04-10")],
        "DE ES IT",
        False,
        "Needed: 3 instruments of consent. Reached: a day from 1~March~2020 to 10~April~2020, "
        "with 3, by one or more of these acts, in an order that is not known: DE, ES, IT.",
    ),
    (
        # The only one whose day is vague came last for certain.
        THREE,
        [act("FR", "2020-01-05"), act("DE", "2020-01-07"), act("IT", "2020-03")],
        "IT",
        True,
        "Needed: 3 instruments of consent. Reached: March~2020, with 3, by the act of: IT.",
    ),
    (
        # Who came on an exact day did, whenever the vague one came.
        THREE,
        [act("FR", "2020-01"), *acts("DE IT", "2020-01-20"), act("ES", "2020-05-01")],
        "DE FR IT",
        False,
        "Needed: 3 instruments of consent. Reached: a day from 20~January~2020 to 31~January~2020, "
        "with 3, by one or more of these acts, in an order that is not known: DE, FR, IT.",
    ),
    (
        THREE,
        [act("FR", "2020-01"), *acts("DE IT ES", "2020-01-20")],
        "DE ES IT",
        True,
        "Needed: 3 instruments of consent. Reached: 20~January~2020, with 3, by 3 acts on one day: DE, ES, IT.",
    ),
    (
        # A second act of a party that counts already reaches nothing.
        THREE,
        [*acts("FR DE", "2020-01-01"), act("FR", "2020-02", "notification"), act("IT", "2020-02")],
        "IT",
        True,
        "Needed: 3 instruments of consent. Reached: February~2020, with 3, by the act of: IT.",
    ),
    (
        # A weight of nothing reaches no share; who has too little may still have come last.
        {
            "enters_into_force": {"share": "60%", "table": "t"},
            "tables": {"t": {"weights": {"FR": 40, "DE": 30, "IT": 0, "ES": 30}}},
        },
        [act("FR", "2020-03"), act("DE", "2020-03-10"), act("IT", "2020-03")],
        "DE FR",
        False,
        "Needed: instruments of consent of parties with at least 60~% of the table “t”. Reached: a day from "
        "10~March~2020 to 31~March~2020, with 70~%, by one or more of these acts, in an order that is not "
        "known: DE, FR.",
    ),
    (
        # More than can be named are counted.
        {"enters_into_force": {"notifications": "all"}},
        [act(f"P{number}", "2020-02", "notification") for number in range(1, 10)],
        "P1 P2 P3 P4 P5 P6 P7 P8 P9",
        False,
        "Needed: notifications of completed procedures of all participants. Reached: February~2020, with 9; which of "
        "9 acts came last is not known.",
    ),
    (
        # Of two thresholds the later one decides; who may have reached the earlier one only does not.
        {"enters_into_force": {"all_of": [{"instruments": "all", "among": ["FR", "DE"]}, {"instruments": 3}]}},
        [act("FR", "2020-01"), act("DE", "2020-01-10"), act("IT", "2020-03")],
        "IT",
        True,
        "Needed: instruments of consent of all of these: DE, FR. Reached: a day from 10~January~2020 to "
        "31~January~2020, with 2, by one or more of these acts, in an order that is not known: DE, FR.",
    ),
]


@pytest.mark.parametrize(("clause", "given_acts", "by", "certain", "line"), ROWS)
def test_all_who_may_have_reached_the_threshold_are_named(clause, given_acts, by, certain, line):
    outcome = Row("", clause, given_acts, None, by, None, "", on=ON).compute()

    assert (" ".join(outcome.by), outcome.certain) == (by, certain)
    trigger = to_data(outcome)["trigger"]
    assert ([party["code"] for party in trigger["parties"]], trigger["certain"]) == (by.split(), certain)
    with translation.override("en"):
        assert explain(outcome)[0] == told(line)
    for language in ("ru", "kk"):
        with translation.override(language):
            assert len({line.split(".")[0] for line in explain(outcome)}) == len(explain(outcome))


# ---- the same, by trying every day ----
FIRST = date(2020, 1, 1)
spans = st.tuples(st.integers(0, 5), st.integers(0, 3))


@settings(max_examples=150, deadline=None)
@given(st.lists(spans, min_size=1, max_size=5), st.integers(1, 5))
def test_who_may_have_reached_a_number_is_who_did_on_some_days(lengths, number):
    states = [f"P{place}" for place in range(len(lengths))]
    days = [[FIRST + timedelta(days=start + more) for more in range(length + 1)] for start, length in lengths]
    vague = [
        act(code, f"{possible[0]}/{possible[-1]}" if possible[1:] else str(possible[0]))
        for code, possible in zip(states, days, strict=True)
    ]
    clause = parse({"enters_into_force": {"instruments": number}})
    outcome = compute(clause, vague, date(2020, 12, 31), participants={code: Participant(code) for code in states})
    did: set[str] = set()
    always = set(states)
    for chosen in product(*days):
        if number <= len(chosen):
            last = sorted(chosen)[number - 1]
            reached = {code for code, day in zip(states, chosen, strict=True) if day == last}
            did |= reached
            always &= reached
    if number > len(states):
        assert outcome.by == ()
    elif outcome.certain:
        assert set(outcome.by) == always
    else:
        assert set(outcome.by) == did
        assert not always or FuzzyDate.of_day(outcome.trigger.earliest) != outcome.trigger
