"""What participants did and what follows: consent and its end, standing, reservations, what does not fit."""

from datetime import date

import pytest
from django.utils import translation

from agreements.choices import ActionKind
from agreements.dates import FuzzyDate
from agreements.entry_into_force import compute, explain, explain_party, parse, standings, to_data
from agreements.misfits import misfits
from agreements.tracks import Act, Track, World, by_today, reservations
from tests.rules.treaties import act, acts, nth_after, told

PARIS = {
    "enters_into_force": {"after": {"days": 30}, "of": {"instruments": 2}},
    "later_joiners": {"after": {"days": 30}, "of": {"own": "instrument"}},
    "withdrawal": {
        "notice_not_before": {"after": {"years": 3}, "of": {"own": "bound"}},
        "takes_effect": {"after": {"years": 1}, "of": {"own": "notice"}},
    },
}
#: The United States and the Paris Agreement; f1 and f2 stand for those who brought it into force.
AMERICA = [
    act("US", "2016-04-22", "signature"),
    act("US", "2016-09-03", "acceptance", id="us-1"),
    *acts("f1 f2", "2016-10-05"),
    act("US", "2019-11-04", "denunciation", id="us-2"),
    act("US", "2021-01-20", "rejoining", id="us-3"),
]


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def day(text):
    return date.fromisoformat(text)


def answer(clause, found, on="2030-01-01", **given):
    return compute(parse(clause), found, day(on), **given)


def spans(outcome, party):
    return [(one.rule, one.date and one.date.iso, one.until and one.until.iso) for one in outcome.of(party)]


def status(found, on, party="A", clause=None, in_force=None):
    outcome = answer(clause, found, on) if clause else None
    one = standings([party], found, day(on), outcome, in_force and FuzzyDate.parse(in_force))[party]
    return one.status.value, one.possibly and one.possibly.value


# ---- later joiners, succession, leaving, coming back ----
@pytest.mark.parametrize(
    ("after", "consent", "rule", "bound"),
    [
        # The threshold is reached on 1 March, the agreement is in force from 30 May.
        ("threshold", "2024-03-01", "original", "2024-05-30"),
        ("threshold", "2024-03-02", "own", "2024-05-31"),
        ("threshold", "2024-05-30", "own", "2024-08-28"),
        ("threshold", "2024-05-31", "own", "2024-08-29"),
        ("entry_into_force", "2024-03-02", "original", "2024-05-30"),
        ("entry_into_force", "2024-05-30", "original", "2024-05-30"),
        ("entry_into_force", "2024-05-31", "own", "2024-08-29"),
    ],
)
def test_later_joiner_has_its_own_date(after, consent, rule, bound):
    clause = {
        "enters_into_force": {"after": {"days": 90}, "of": {"instruments": 1}},
        "later_joiners": {"rule": {"after": {"days": 90}, "of": {"own": "instrument"}}, "after": after},
    }
    assert spans(answer(clause, [act("A", "2024-03-01"), act("B", consent, "accession")]), "B") == [(rule, bound, None)]


def test_later_joiner_is_not_bound_before_the_agreement():
    clause = {
        "enters_into_force": {"after": {"months": 12}, "of": {"instruments": 1}},
        "later_joiners": {"after": {"days": 30}, "of": {"own": "instrument"}},
    }
    found = [act("A", "1993-11-16"), act("B", "1994-03-01")]
    assert spans(answer(clause, found), "B") == [("own", "1994-11-16", None)]


@pytest.mark.parametrize(
    ("consent", "rule", "bound"),
    [
        ("2024-01-15", "original", "2024-03-31"),
        ("2024-03-31", "original", "2024-03-31"),
        ("2024-04-15", "general", "2024-04-15"),
    ],
)
def test_without_a_rule_later_joiners_are_bound_from_their_consent(consent, rule, bound):
    clause = {"enters_into_force": {"after": {"days": 30}, "of": {"instruments": 1}}}
    found = [act("A", "2024-03-01"), act("B", consent)]
    if consent < "2024-03-01":
        clause["enters_into_force"]["of"] = {"instruments": 2}
    outcome = answer(clause, found)
    assert spans(outcome, "B") == [(rule, bound, None)]


@pytest.mark.parametrize(
    ("effective", "rule", "bound"),
    [
        ("1993-01-01", "succession", "1993-01-01"),
        ("1980-01-01", "succession", "1990-02-02"),
        (None, "succession", "1993-07-15"),
    ],
)
def test_successor_is_bound_from_the_day_of_succession(effective, rule, bound):
    given = {"effective": effective} if effective else {}
    found = [act("CS", "1990-01-03"), act("CZ", "1993-07-15", "succession", **given)]
    outcome = answer(nth_after(30, 1), found)
    assert spans(outcome, "CZ") == [(rule, bound, None)]


def test_party_that_left_comes_back_on_its_own_date():
    outcome = answer(PARIS, AMERICA, "2021-02-19")
    assert spans(outcome, "US") == [("original", "2016-11-04", "2020-11-04"), ("own", "2021-02-19", None)]
    assert [explain_party(outcome, one) for one in outcome.of("US")] == [
        told(
            "US: consent of 3~September~2016; bound with the agreement itself from 4~November~2016. "
            "No longer bound from 4~November~2020."
        ),
        told("US: consent of 20~January~2021, after the threshold; bound by its own date from 19~February~2021."),
    ]
    assert [one.notice_from.iso for one in outcome.of("US")] == ["2019-11-04", "2024-02-19"]
    assert not any(one.early_notice for one in outcome.of("US"))


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2016-04-21", "not_signed"),
        ("2016-04-22", "signed"),
        ("2016-09-03", "consent_given"),
        ("2016-11-03", "consent_given"),
        ("2016-11-04", "bound"),
        ("2020-11-03", "bound"),
        ("2020-11-04", "withdrawn"),
        ("2021-01-20", "consent_given"),
        ("2021-02-18", "consent_given"),
        ("2021-02-19", "bound"),
    ],
)
def test_standing_changes_with_the_day(on, expected):
    assert status(AMERICA, on, "US", PARIS) == (expected, None)


@pytest.mark.parametrize(
    ("leaving", "given", "until"),
    [
        (None, {}, "2025-06-01"),
        (None, {"effective": "2024-09-01"}, "2024-09-01"),
        ({"takes_effect": {"after": {"months": 6}, "of": {"own": "notice"}}}, {}, "2024-12-01"),
        (
            {"takes_effect": {"after": {"months": 6}, "of": {"own": "notice"}}},
            {"effective": "2024-09-01"},
            "2024-09-01",
        ),
        ({"takes_effect": {"first_of_year": 1, "following": {"own": "notice"}}}, {"id": "out"}, "2025-01-01"),
    ],
    ids=["VCLT 56(2)", "stated", "own rule", "stated before own rule", "own rule by year"],
)
def test_denunciation_takes_effect(leaving, given, until):
    clause = {"enters_into_force": {"instruments": 1}, **({"withdrawal": leaving} if leaving else {})}
    found = [act("A", "2020-01-01"), act("A", "2024-06-01", "denunciation", **given)]
    assert spans(answer(clause, found), "A") == [("original", "2020-01-01", until)]


@pytest.mark.parametrize(
    ("revoked", "until"), [("2024-11-30", None), ("2025-06-01", None), ("2025-06-02", "2025-06-01")]
)
def test_denunciation_is_revoked_only_before_it_takes_effect(revoked, until):
    found = [
        act("A", "2020-01-01"),
        act("A", "2024-06-01", "denunciation", id="out"),
        act("A", revoked, "withdrawal", target="out"),
    ]
    assert spans(answer({"enters_into_force": {"instruments": 1}}, found), "A") == [("original", "2020-01-01", until)]


def test_notice_given_too_early_is_said():
    found = [*acts("A B", "2020-01-01"), act("A", "2021-06-01", "denunciation")]
    outcome = answer(PARIS, found)
    assert explain_party(outcome, outcome.of("A")[0]) == told(
        "A: consent of 1~January~2020; bound with the agreement itself from 31~January~2020. "
        "No longer bound from 1~June~2022. "
        "Its notice came before the first day allowed for it, 31~January~2023."
    )
    assert to_data(outcome)["parties"][0]["notice_from"]["iso"] == "2023-01-31"


def test_instrument_withdrawn_before_it_took_effect_bound_nobody():
    found = [
        act("A", "2020-01-01", id="a"),
        act("A", "2020-01-10", "withdrawal", target="a"),
        *acts("B C", "2020-02-01"),
    ]
    outcome = answer(PARIS, found)
    assert spans(outcome, "A") == [("original", None, "2020-01-10")]
    assert explain_party(outcome, outcome.of("A")[0]) == told(
        "A: consent of 1~January~2020, withdrawn before it took effect."
    )


def test_treaty_stays_in_force_when_its_parties_become_fewer():
    found = [*acts("A B", "2020-01-01"), act("A", "2023-06-01", "denunciation")]
    assert answer(PARIS, found, "2030-01-01").in_force


def test_second_instrument_beside_the_first_binds_nobody_anew():
    found = [*acts("A B", "2020-01-01"), act("A", "2022-01-01", "notification")]
    assert spans(answer(PARIS, found), "A") == [("original", "2020-01-31", None)]


def test_where_signatures_are_counted_alone_they_bind():
    found = acts("A B", "2024-05-01", "signature")
    outcome = answer({"enters_into_force": {"signatures": "all"}}, found)
    assert spans(outcome, "A") == [("original", "2024-05-01", None)]
    assert status(found, "2024-05-01", clause={"enters_into_force": {"signatures": "all"}}) == ("bound", None)


def test_where_notifications_are_counted_alone_ratification_at_home_does_not_bind():
    clause = {"enters_into_force": {"notifications": "all"}}
    found = [act("A", "2024-05-01"), act("A", "2024-06-01", "notification"), act("B", "2024-07-01", "notification")]
    outcome = answer(clause, found)
    assert spans(outcome, "A") == [("original", "2024-07-01", None)]
    assert [one.on.iso for one in outcome.of("A")] == ["2024-06-01"]


def test_stated_day_that_differs_is_a_conflict():
    found = [act("A", "2020-01-01", effective="2020-02-15"), act("B", "2020-01-01", effective="2020-01-31")]
    outcome = answer(PARIS, found)
    assert [(one.party, one.conflict) for one in outcome.parties] == [("A", True), ("B", False)]


def test_provisional_application_has_its_own_rule():
    clause = {**PARIS, "provisional_application": {"first_of_month": 1, "following": {"signatures": 2}}}
    outcome = answer(clause, acts("A B", "2024-05-15", "signature"))
    assert (outcome.met, outcome.provisional.iso) == (False, "2024-06-01")


# ---- imprecise days ----
@pytest.mark.parametrize(
    ("last", "rule", "trigger", "date"),
    [
        ("2020-01", {"first_of_month": 2}, "2020-01", "2020-03-01"),
        ("2020", {"first_of_year": 1}, "2020", "2021-01-01"),
        ("2020-Q1", {"first_of_month": 1}, "2020-Q1", "2020-02-01/2020-04-01"),
        ("2020-01-10/2020-02-20", {"first_of_month": 1}, "2020-01-10/2020-02-20", "2020-02-01/2020-03-01"),
        ("2020-01", {"after": {"months": 1}}, "2020-01", "2020-02-01/2020-02-29"),
        ("2019-12", {"after": {"days": 31}}, "2019-12", "2020-01-01/2020-01-31"),
    ],
)
def test_imprecise_day_gives_bounds(last, rule, trigger, date):
    inner = {"instruments": 2}
    rule = {**rule, "of" if "after" in rule else "following": inner}
    outcome = answer({"enters_into_force": rule}, [act("A", "2018"), act("B", last)])
    assert (outcome.met, outcome.trigger.iso, outcome.by) == (True, trigger, ("B",))
    assert f"{outcome.date.earliest}/{outcome.date.latest}" in (date, f"{date}/{date}")


def test_month_is_a_month_when_every_day_of_it_is_possible():
    outcome = answer({"enters_into_force": {"after": {"days": 31}, "of": {"instruments": 1}}}, [act("A", "2019-12")])
    assert (outcome.date.iso, explain(outcome)[1]) == (
        "2020-01",
        told("The 31st day after December~2019 is January~2020."),
    )


def test_what_is_only_possible_says_what_would_make_it_certain():
    found = [act("A", "2020-01-01"), act("B", "2020")]
    outcome = answer({"enters_into_force": {"after": {"days": 30}, "of": {"instruments": 2}}}, found, "2020-06-01")
    assert (outcome.met, outcome.possibly_met, outcome.in_force, outcome.possibly_in_force) == (
        False,
        True,
        False,
        True,
    )
    assert explain(outcome) == [
        told(line)
        for line in (
            "As of 1~June~2020 it is not certain that the threshold is met: days are not known exactly.",
            "With every act on its earliest possible day:",
            "Needed: 2 instruments of consent. Reached: 1~January~2020, with 2, by 2 acts on one day: A, B.",
            "The 30th day after 1~January~2020 is 31~January~2020.",
            "It would then enter into force on 31~January~2020.",
            "To be certain, either the exact days are needed or the following:",
            "Missing: 1 of 2 (instruments of consent; so far: 1).",
            "If all that is missing came on 1~June~2020, it would enter into force on 1~July~2020.",
        )
    ]
    assert [explain_party(outcome, one) for one in outcome.of("A")] == [
        told("A: consent of 1~January~2020; it is not certain that the agreement enters into force.")
    ]


def test_date_that_may_have_come_is_said_to_be_imprecise():
    outcome = answer(
        {"enters_into_force": {"instruments": 1}}, [act("A", "2019"), act("A", "2020-03-01")], "2020-01-15"
    )
    assert explain(outcome)[-1] == told("In force since 2019.")
    clause = {"enters_into_force": {"after": {"months": 6}, "of": {"instruments": 1}}}
    assert explain(answer(clause, [act("A", "2019")], "2020-01-15"))[-1] == told(
        "As of 15~January~2020 it may be in force; the day is imprecise: a day from 1~July~2019 to 30~June~2020."
    )


def test_withdrawal_on_an_imprecise_day_leaves_the_threshold_uncertain():
    found = [act("A", "2020-01-01", id="a"), act("A", "2020", "withdrawal", target="a"), act("B", "2020-06-01")]
    outcome = answer({"enters_into_force": {"instruments": 2}}, found, "2021-01-01")
    assert (outcome.met, outcome.possibly_met, outcome.date.earliest) == (False, True, day("2020-06-01"))
    # Before the year is over the withdrawal may have come or not; the pessimist reckons with it.
    assert answer({"enters_into_force": {"instruments": 2}}, found, "2020-07-01").possibly_met


def test_worlds_take_beginnings_and_ends_apart():
    found = [act("A", "2020-01"), act("A", "2021", "denunciation", effective="2022-Q1")]
    early, late = (Track(found, day("2025-01-01"), world).consents()[0] for world in (World.EARLY, World.LATE))
    assert (early.start, early.end) == (day("2020-01-01"), day("2022-03-31"))
    assert (late.start, late.end) == (day("2020-01-31"), day("2022-01-01"))
    assert early.stands(day("2022-03-30"))
    assert not early.stands(day("2022-03-31"))


def test_act_recorded_as_done_has_happened_by_today():
    vague = act("A", "2024")
    assert by_today(vague, day("2024-06-30")).on.latest == day("2024-06-30")
    assert by_today(vague, day("2025-06-30")) == vague
    assert by_today(vague, day("2023-06-30")) == vague


# ---- standing ----
@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], ("not_signed", None)),
        ([act("A", "2024-01-01", "full_powers")], ("not_signed", None)),
        ([act("A", "2024-01-01", "initialling")], ("initialled", None)),
        ([act("A", "2024-01-01", "signature")], ("signed", None)),
        ([act("A", "2024-01-01", "signature", manner="ad_referendum", id="s")], ("signed_ad_referendum", None)),
        (
            [
                act("A", "2024-01-01", "signature", manner="ad_referendum", id="s"),
                act("A", "2024-02-01", "confirmation", target="s"),
            ],
            ("signed", None),
        ),
        ([act("A", "2024-01-01", "signature", manner="definitive")], ("consent_given", None)),
        ([act("A", "2024-01-01")], ("consent_given", None)),
        ([act("A", "2024")], ("not_signed", "consent_given")),
        ([act("A", "2024-01-01", "provisional_application")], ("bound_provisionally", None)),
        ([act("A", "2024-01-01", id="r"), act("A", "2024-02-01", "withdrawal", target="r")], ("not_signed", None)),
        (
            [act("A", "2024-01-01", "signature", id="s"), act("A", "2024-02-01", "withdrawal", target="s")],
            ("not_signed", None),
        ),
    ],
    ids=str,
)
def test_standing_without_entry_into_force(found, expected):
    assert status(found, "2024-06-30") == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([act("A", "2024-01-01")], ("bound", None)),
        ([act("A", "2024-05-01")], ("bound", None)),
        ([act("A", "2024-01-01"), act("A", "2024-05-01", "suspension")], ("suspended", None)),
        ([act("A", "2024-01-01"), act("A", "2024-05-01", "denunciation", effective="2024-06-01")], ("withdrawn", None)),
        ([act("A", "2024-01-01"), act("A", "2024-05-01", "denunciation")], ("bound", None)),
        ([act("A", "2024-01-01", "signature")], ("signed", None)),
    ],
    ids=str,
)
def test_standing_where_the_entry_into_force_is_stated(found, expected):
    assert status(found, "2024-06-30", in_force="2024-03-01") == expected


# ---- reservations ----
RESERVATION = act("R", "2020-02-29", "reservation", id="r")


@pytest.mark.parametrize(
    ("found", "on", "state", "by", "late"),
    [
        ([act("A", "2019-01-01")], "2021-02-28", "open", "2021-02-28", False),
        ([act("A", "2019-01-01")], "2021-03-01", "accepted", "2021-02-28", False),
        ([act("A", "2022-01-01")], "2022-01-01", "open", "2022-01-01", False),
        ([act("A", "2022-01-01")], "2022-01-02", "accepted", "2022-01-01", False),
        ([], "2025-01-01", "open", "2021-02-28", False),
        (
            [act("A", "2019-01-01"), act("A", "2021-02-28", "objection", target="r")],
            "2025-01-01",
            "objected",
            "2021-02-28",
            False,
        ),
        (
            [act("A", "2019-01-01"), act("A", "2021-03-01", "objection", target="r")],
            "2025-01-01",
            "objected",
            "2021-02-28",
            True,
        ),
        (
            # Who has not consented yet may object until it does.
            [act("A", "2018-01-01", "signature"), act("A", "2021-03-01", "objection", target="r")],
            "2025-01-01",
            "objected",
            "2021-02-28",
            False,
        ),
        (
            [
                act("A", "2019-01-01"),
                act("A", "2020-05-01", "objection", target="r", id="o"),
                act("A", "2020-06-01", "withdrawal", target="o"),
            ],
            "2020-07-01",
            "accepted",
            "2021-02-28",
            False,
        ),
        (
            [
                act("A", "2019-01-01"),
                act("A", "2020-05-01", "objection", target="r", id="o"),
                act("A", "2020-06-01", "withdrawal", target="o"),
                act("A", "2020-06-20", "objection", target="r"),
            ],
            "2020-07-01",
            "objected",
            "2021-02-28",
            False,
        ),
        (
            [act("A", "2019-01-01"), act("A", "2020-05-01", "objection", target="x")],
            "2020-07-01",
            "open",
            "2021-02-28",
            False,
        ),
    ],
)
def test_reservation_is_answered_by_its_clock(found, on, state, by, late):
    (one,) = reservations([RESERVATION, *found], day(on), ["A", "R"])
    (reply,) = one.answers
    assert (reply.party, reply.state, reply.by.isoformat(), reply.late) == ("A", state, by, late)


def test_clock_of_a_reservation_follows_the_clause_and_needs_a_day():
    (one,) = reservations([RESERVATION], day("2025-01-01"), ["A"], months=6)
    assert one.answers[0].by == day("2020-08-29")
    undated = Act("R", ActionKind.RESERVATION, FuzzyDate(day("2000-01-01"), date.max, "unknown"))
    assert reservations([undated], day("2025-01-01"), ["A"]) == []


def test_reservation_that_was_withdrawn_says_so():
    (one,) = reservations([RESERVATION, act("R", "2021-01-01", "withdrawal", target="r")], day("2025-01-01"), ["A"])
    assert one.withdrawn.on.iso == "2021-01-01"


# ---- what does not fit ----
def misfit_codes(one, *others, **given):
    return [(found.code, found.firm) for found in misfits(one, others, **given)]


SIGNED = act("A", "2020-01-01", "signature", id="s")
RATIFIED = act("A", "2020-06-01", id="r")


@pytest.mark.parametrize(
    ("one", "others", "codes"),
    [
        (act("A", "2020-06-01"), [SIGNED], []),
        (act("A", "2020-06-01"), [], [("not-signed", False)]),
        (act("A", "2020-06-01", "accession"), [], []),
        (act("A", "2019-06-01"), [SIGNED], [("before-signature", False)]),
        (act("A", "2020-07-01", "acceptance"), [SIGNED, RATIFIED], [("consented-already", False)]),
        (act("A", "2020-07-01", "notification"), [SIGNED, RATIFIED], []),
        (act("A", "2020-06-01", received="2020-05-01"), [SIGNED], [("received-before-done", True)]),
        (act("A", "2020-06-01", effective="2020-05-01"), [SIGNED], [("effective-before-done", False)]),
        (act("A", "2020-06-01", "succession", effective="1993-01-01"), [], []),
        (act("A", "2020-06-01", "signature", manner="by_fax"), [], [("manner-unknown", True)]),
        (act("A", "2021-06-01", "denunciation"), [], [("nothing-to-leave", False)]),
        (act("A", "2021-06-01", "denunciation"), [SIGNED, RATIFIED], []),
        (act("A", "2021-06-01", "rejoining"), [SIGNED, RATIFIED], [("never-left", False)]),
        (act("A", "2021-06-01", "rejoining"), [SIGNED], [("never-left", False)]),
        (act("A", "2022-07-01", "rejoining"), [SIGNED, RATIFIED, act("A", "2021-06-01", "denunciation")], []),
        (
            # Dated before the notice that ended the consent: the party was bound then.
            act("A", "2021-03-01", "rejoining"),
            [SIGNED, RATIFIED, act("A", "2021-06-01", "denunciation")],
            [("never-left", False)],
        ),
        (
            act("A", "2021-03-01", "accession"),
            [SIGNED, RATIFIED, act("A", "2021-06-01", "denunciation")],
            [("consented-already", False)],
        ),
        (act("A", "2020-07-01", "reservation"), [SIGNED, RATIFIED], [("late-reservation", False)]),
        (act("A", "2020-06-01", "reservation"), [SIGNED, RATIFIED], []),
        (act("A", "2020-07-01", "withdrawal"), [RATIFIED], [("target-missing", True)]),
        (act("A", "2020-07-01", "withdrawal", target="x"), [RATIFIED], [("target-missing", True)]),
        (act("A", "2020-07-01", "withdrawal", target="r"), [RATIFIED], []),
        (act("B", "2020-07-01", "withdrawal", target="r"), [RATIFIED], [("not-its-own", True)]),
        (act("A", "2020-05-01", "withdrawal", target="r"), [RATIFIED], [("before-target", True)]),
        (
            act("A", "2020-08-01", "withdrawal", target="r"),
            [RATIFIED, act("A", "2020-07-01", "withdrawal", target="r", id="w")],
            [("withdrawn-already", True)],
        ),
        (act("A", "2020-07-01", "confirmation", target="s"), [SIGNED], [("not-ad-referendum", True)]),
        (act("B", "2020-07-01", "objection", target="r"), [RATIFIED], [("not-a-reservation", True)]),
        (act("B", "2020-07-01", "objection", target="r"), [RESERVATION], []),
        (act("R", "2020-07-01", "objection", target="r"), [RESERVATION], [("not-a-reservation", True)]),
    ],
    ids=str,
)
def test_misfits(one, others, codes):
    assert misfit_codes(one, *others) == codes


def test_signature_is_not_missed_where_none_is_needed():
    assert misfit_codes(act("A", "2020-06-01"), signature_needed=False) == []


def test_act_is_not_held_against_itself():
    assert misfit_codes(RATIFIED, SIGNED, RATIFIED) == []
