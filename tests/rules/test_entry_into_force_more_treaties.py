"""Still more treaties, a line each: the real day of the last instrument, who deposited it, and the entry into force.

The instruments before it are synthetic, and so is the number of those of whom all are asked; XX stands for whoever is
not at hand. Sources: the depositaries' lists - United Nations, Council of Europe, ILO, IMO, UNESCO, HCCH, governments.
"""

from dataclasses import replace
from datetime import date, timedelta
from itertools import chain

import pytest
from django.utils import translation

from agreements.choices import ActionKind
from agreements.dates import FuzzyDate
from agreements.entry_into_force import compute, explain
from agreements.tracks import Act, Participant
from tests.rules.treaties import Row, act, acts, codes, filler, states


def days(number, count):
    return {"after": {"days": number}, "of": {"instruments": count}}


def months(number, count):
    return {"after": {"months": number}, "of": {"instruments": count}}


def council(rule, period=None):
    """The Council of Europe counts whole months: the first day of the month after a period."""
    return {"first_of_month": 1, "following": {"after": period or {"months": 3}, "of": rule}}


def fixed_or_later(day, number):
    return {"on": day, "if": {"instruments": number}, "otherwise": days(90, number)}


ALL = {"instruments": "all", "of": "participants"}
SIGNATORIES = {"instruments": "all", "of": "signatories"}
MARITIME = {"tonnage": {"total": 100, "weights": {"f1": "34.97", "FI": "0.14"}}}

#: Treaty; rule; the day before which the others acted, and how many they are; who acted last; that day; the answer.
LINES = [
    ("Basel Convention, Art. 25(1)", days(90, 20), 19, "AU", "1992-02-05", "1992-05-05"),
    ("Rotterdam Convention, Art. 26(1)", days(90, 50), 49, "AM", "2003-11-26", "2004-02-24"),
    ("Cartagena Protocol on Biosafety, Art. 37(1)", days(90, 50), 49, "PW", "2003-06-13", "2003-09-11"),
    ("Nagoya Protocol, Art. 33(1)", days(90, 50), 49, "XX", "2014-07-14", "2014-10-12"),
    ("Arms Trade Treaty, Art. 22(1)", days(90, 50), 45, "AR BA BS CZ LC PT SN UY", "2014-09-25", "2014-12-24"),
    ("Convention against Torture, Art. 27(1)", days(30, 20), 19, "DK", "1987-05-27", "1987-06-26"),
    ("Convention on Enforced Disappearance, Art. 39(1)", days(30, 20), 19, "IQ", "2010-11-23", "2010-12-23"),
    ("Watercourses Convention, Art. 36(1)", days(90, 35), 34, "VN", "2014-05-19", "2014-08-17"),
    ("Convention against Corruption, Art. 68(1)", days(90, 30), 29, "EC", "2005-09-15", "2005-12-14"),
    ("Treaty on the high seas (BBNJ), Art. 68(1)", days(120, 60), 58, "MA SL", "2025-09-19", "2026-01-17"),
    ("New York Convention on Arbitral Awards, Art. XII(1)", days(90, 3), 2, "EG", "1959-03-09", "1959-06-07"),
    ("Treaty of Semipalatinsk, Art. 18", days(30, 5), 4, "KZ", "2009-02-19", "2009-03-21"),
    ("Domestic Workers Convention (ILO 189), Art. 21(2)", months(12, 2), 1, "PH", "2012-09-05", "2013-09-05"),
    ("Violence and Harassment Convention (ILO 190), Art. 14(2)", months(12, 2), 1, "FJ", "2020-06-25", "2021-06-25"),
    ("Singapore Convention on Mediation, Art. 14(1)", months(6, 3), 2, "QA", "2020-03-12", "2020-09-12"),
    ("World Heritage Convention, Art. 33", months(3, 20), 19, "CH", "1975-09-17", "1975-12-17"),
    ("Intangible Heritage Convention, Art. 34", months(3, 30), 29, "RO", "2006-01-20", "2006-04-20"),
    ("Geneva Conventions of 1949, Art. 58 of the First", months(6, 2), 1, "YUCS", "1950-04-21", "1950-10-21"),
    ("Additional Protocol I, Art. 95(1)", months(6, 2), 1, "LY", "1978-06-07", "1978-12-07"),
    ("Migrant Workers Convention, Art. 87(1)", council({"instruments": 20}), 18, "GT SV", "2003-03-14", "2003-07-01"),
    ("Convention on Choice of Court, Art. 31(1)", council({"instruments": 2}), 1, "EU", "2015-06-11", "2015-10-01"),
    ("Protocol No. 16 to the ECHR, Art. 8(1)", council({"instruments": 10}), 9, "FR", "2018-04-12", "2018-08-01"),
    ("Protocol No. 14 to the ECHR, Art. 19", council(ALL), 46, "RU", "2010-02-18", "2010-06-01"),
    ("Protocol No. 15 to the ECHR, Art. 7", council(ALL), 46, "IT", "2021-04-21", "2021-08-01"),
    ("Protocol No. 11 to the ECHR, Art. 4", council(ALL, {"years": 1}), 37, "IT", "1997-10-01", "1998-11-01"),
    (
        "Convention on Cybercrime, Art. 36(3)",
        council({"all_of": [{"instruments": 5}, {"instruments": 3, "among": ["f1", "f2", "f3", "f4", "LT"]}]}),
        4, "LT", "2004-03-18", "2004-07-01",
    ),
    (
        "Child Abduction Convention, Art. 43",
        {"first_of_month": 3, "following": {"instruments": 3}}, 2, "PT", "1983-09-29", "1983-12-01",
    ),
    (
        "Treaty of Nice, Art. 12(2)",
        {"first_of_month": 2, "counted_from": "month", "following": SIGNATORIES}, 14, "IE", "2002-12-18", "2003-02-01",
    ),
    (
        "Treaty on European Union (Maastricht), Art. R(2)",
        {"on": "1993-01-01", "if": SIGNATORIES, "otherwise": {"first_of_month": 1, "following": SIGNATORIES}},
        11, "DE", "1993-10-13", "1993-11-01",
    ),
    ("London Amendment, Art. 2(1)", fixed_or_later("1992-01-01", 20), 19, "XX", "1992-05-12", "1992-08-10"),
    ("Copenhagen Amendment, Art. 3(1)", fixed_or_later("1994-01-01", 20), 19, "XX", "1994-03-16", "1994-06-14"),
    (
        "Ballast Water Convention, Art. 18(1)",
        {"after": {"months": 12}, "of": {"all_of": [{"instruments": 30}, {"share": "35%", "table": "tonnage"}]}},
        51, "FI", "2016-09-08", "2017-09-08",
    ),
    (
        "Biological Weapons Convention, Art. XIV(3)",
        {"all_of": [{"instruments": 22}, {"instruments": "all", "among": ["GB", "SUHH", "US"]}]},
        40, "GB SUHH US", "1975-03-26", "1975-03-26",
    ),
    (
        "North Atlantic Treaty, Art. 11",
        {
            "all_of": [
                {"instruments": "1/2", "more_than": True, "of": "signatories"},
                {"instruments": "all", "among": ["f1", "f2", "f3", "f4", "f5", "f6", "FR"]},
            ]
        },
        8, "DK FR IT PT", "1949-08-24", "1949-08-24",
    ),
    # The year ran out before all seven had ratified.
    (
        "Charter of the Commonwealth of Independent States, Art. 41",
        {
            "earlier_of": [
                {"instruments": "all", "among": ["AM", "BY", "KZ", "KG", "RU", "TJ", "UZ"]},
                {"all_of": [{"after": {"years": 1}, "of": {"date": "1993-01-22"}}, {"instruments": 1}]},
            ]
        },
        0, "XX", "1993-07-20", "1994-01-22",
    ),
]  # fmt: skip


def row_of(line):
    source, rule, others, last, day, entered = line
    instruments = [*filler(others, day), *acts(last, day)]
    together = FuzzyDate.of_day(date.fromisoformat(day) - timedelta(days=600))
    signed = [replace(one, kind=ActionKind.SIGNATURE, on=together) for one in instruments if "signator" in str(rule)]
    clause = {"enters_into_force": rule, **({"tables": MARITIME} if "tonnage" in str(rule) else {})}
    takers = states([*codes(others), *last.split()])
    return Row(source, clause, [*signed, *instruments], day, last, entered, "", on=entered, participants=takers)


ROWS = [row_of(line) for line in LINES]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_treaty_entered_into_force_on_its_day_by_these_acts_and_says_so(row):
    outcome = row.compute()
    last = [code for code in row.by.split() if code in outcome.by]
    assert (outcome.trigger.iso, outcome.date.iso, outcome.certain) == (row.trigger, row.date, True)
    # Where several acted on the day, of two thresholds each names those that reached it.
    assert last == list(outcome.by)
    for language in ("en", "ru", "kk"):
        with translation.override(language):
            told = " ".join(explain(outcome))
            assert str(outcome.trigger) in told
            assert str(outcome.date) in told
            assert all(code in told for code in outcome.by)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_treaty_was_not_met_the_day_before_nor_is_without_those_acts(row):
    eve = row.compute().trigger.earliest - timedelta(days=1)
    assert not compute(row.compute().clause, row.acts, eve, participants=row.participants).met
    gone = row.by.split()
    assert not row.compute([one for one in row.acts if one.party not in gone or one.kind == "signature"]).met


# ---- later joiners, and who left ----
AARHUS = {"enters_into_force": days(90, 16), "later_joiners": {"after": {"days": 90}, "of": {"own": "instrument"}}}
COUNCIL = {
    "enters_into_force": council({"instruments": 10}),
    "later_joiners": council({"own": "instrument"}),
    "withdrawal": {"takes_effect": council({"own": "notice"})},
}
GENEVA = {"enters_into_force": months(6, 2), "later_joiners": {"after": {"months": 6}, "of": {"own": "instrument"}}}


@pytest.mark.parametrize(
    ("source", "clause", "given", "on", "spans"),
    [
        (
            "Aarhus Convention, Art. 20(3): Belgium and the European Community joined later",
            AARHUS,
            [*filler(16, "2001-08-02"), act("BE", "2003-01-21"), act("EU", "2005-02-17", "approval")],
            "2006-01-01",
            {"BE": [("own", "2003-04-21", None)], "EU": [("own", "2005-05-18", None)]},
        ),
        (
            "Istanbul Convention, Art. 75 and 80: France joined later, Türkiye left",
            COUNCIL,
            [
                *filler(8, "2014-04-22"), act("TR", "2012-03-14"), act("AD", "2014-04-22"), act("FR", "2014-07-04"),
                act("TR", "2021-03-22", "denunciation"),
            ],
            "2021-06-30",
            {
                "AD": [("original", "2014-08-01", None)],
                "FR": [("own", "2014-11-01", None)],
                "TR": [("original", "2014-08-01", "2021-07-01")],
            },
        ),
        (
            "Geneva Conventions of 1949: six months each, to the end of February",
            GENEVA,
            [act("CH", "1950-03-31"), act("YUCS", "1950-04-21"), act("MC", "1950-07-05"), act("XX", "1950-08-31")],
            "1952-01-01",
            {"CH": [("original", "1950-10-21", None)], "MC": [("own", "1951-01-05", None)],
             "XX": [("own", "1951-02-28", None)]},
        ),
    ],
)  # fmt: skip
def test_each_has_its_own_day(source, clause, given, on, spans):
    takers = {one.party: Participant(one.party) for one in given}
    outcome = Row(source, clause, given, None, "", None, "", on=on, participants=takers).compute()
    found = {
        code: [(entry.rule, entry.date.iso, entry.until and entry.until.iso) for entry in outcome.of(code)]
        for code in spans
    }
    assert found == spans


def test_the_lines_are_of_different_treaties():
    sources = [line[0] for line in LINES]
    assert len(set(sources)) == len(sources) >= 30
    assert all(isinstance(one, Act) for one in chain.from_iterable(row.acts for row in ROWS))
