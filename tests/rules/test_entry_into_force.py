"""The golden rows: entry into force of treaties known to everybody, to the day, with the whole explanation."""

from datetime import date, timedelta

import pytest
from django.utils import translation

from agreements.entry_into_force import compute, explain
from agreements.tracks import Participant
from tests.rules.treaties import Row, act, acts, codes, filler, nth_after, states, told

day = date.fromisoformat
#: The 44 states of Annex 2 of the Comprehensive Nuclear-Test-Ban Treaty.
TEST_BAN = list(
    states(
        "DZ AR AU AT BD BE BR BG CA CL CN CO KP CD EG FI FR DE HU IN ID IR IL IT JP MX NL NO PK PE PL RO KR RU SK ZA "
        "ES SE CH TR UA GB US VN"
    )
)
NOT_RATIFIED = ["CN", "KP", "EG", "IN", "IR", "IL", "PK", "US"]

EU = {
    "EU": Participant("EU", {"en": "European Union"}, organisation=True),
    "KZ": Participant("KZ", {"en": "Kazakhstan"}),
    "SK": Participant("SK", {"en": "Slovakia"}),
}
#: Shares of emissions as in document FCCC/CP/2015/10, Annex I; those below one per cent are left out here.
EMISSIONS = {
    "CN": "20.09", "US": "17.89", "RU": "7.53", "IN": "4.10", "JP": "3.79", "DE": "2.56", "BR": "2.48", "CA": "1.95",
    "KR": "1.85", "MX": "1.70", "GB": "1.55", "ID": "1.49", "ZA": "1.46", "AU": "1.46", "FR": "1.34",
}  # fmt: skip
PARIS_DAY = ["AT", "BO", "CA", "DE", "FR", "HU", "MT", "NP", "PT", "SK"]
PARIS_STATES = [*EMISSIONS, "AT", "BO", "HU", "MT", "NP", "PT", "SK", *codes(57)]

ROWS = [
    Row(
        "Vienna Convention on the Law of Treaties, Art. 84",
        {**nth_after(30, 35), "kinds": ["ratification", "accession"]},
        [*filler(34, "1979-12-28"), act("Togo", "1979-12-28", "accession")],
        trigger="1979-12-28",
        by="Togo",
        date="1980-01-27",
        lines=(
            "Needed: 35 instruments of consent (ratification, accession). Reached: 28~December~1979, with "
            "35, by the act of: Togo.\n"
            "The 30th day after 28~December~1979 is 27~January~1980.\n"
            "The threshold is met; entry into force on 27~January~1980."
        ),
    ),
    Row(
        # The filler stands for 66.4 % of the emissions less those of Russia: 44.2 % had been reached before.
        "Kyoto Protocol, Art. 25(1)",
        {
            "enters_into_force": {
                "after": {"days": 90},
                "of": {"all_of": [{"instruments": 55}, {"share": "55%", "table": "emissions of 1990"}]},
            },
            "tables": {"emissions of 1990": {"weights": {"RU": "17.4", "f1": "44.2"}, "total": 100}},
        },
        [*filler(126, "2004-11-18"), act("RU", "2004-11-18")],
        trigger="2004-11-18",
        by="RU",
        date="2005-02-16",
        lines=(
            "Needed: 55 instruments of consent. Reached: 7~September~2004, with 55, by the act of: f55.\n"
            "Needed: instruments of consent of parties with at least 55~% of the table “emissions of 1990”. "
            "Reached: 18~November~2004, with 61.6~%, by the act of: RU.\n"
            "All conditions hold from 18~November~2004.\n"
            "The 90th day after 18~November~2004 is 16~February~2005.\n"
            "The threshold is met; entry into force on 16~February~2005."
        ),
    ),
    Row(
        # Fillers stand for the states of the earlier weeks whose shares are below one per cent: 7.33 % in all.
        "Paris Agreement, Art. 21(1)",
        {
            "organisations": "not_beside_members",
            "enters_into_force": {
                "after": {"days": 30},
                "of": {"all_of": [{"instruments": 55}, {"share": "55%", "table": "emissions"}]},
            },
            "tables": {"emissions": {"weights": {**EMISSIONS, "f1": "7.33"}, "total": 100}},
        },
        [
            *acts("CN US", "2016-09-03", "acceptance"),
            act("BR", "2016-09-21"),
            act("IN", "2016-10-02"),
            *filler(57, "2016-09-21"),
            *acts(" ".join(PARIS_DAY), "2016-10-05"),
            act("EU", "2016-10-05"),
        ],
        trigger="2016-10-05",
        by="CA DE FR",
        date="2016-11-04",
        participants={
            **states(PARIS_STATES),
            **{
                code: Participant(code, memberships=(("EU", day("1995-01-01"), None),))
                for code in ("AT", "DE", "FR", "HU", "MT", "PT", "SK")
            },
            "EU": Participant("EU", organisation=True),
        },
        lines=(
            "Needed: 55 instruments of consent (an organisation is not counted beside its members). Reached: "
            "16~September~2016, with 55, by the act of: f53.\n"
            "Needed: instruments of consent of parties with at least 55~% of the table “emissions” (an "
            "organisation is not counted beside its members). Reached: 5~October~2016, with 57.74~%, by 3 "
            "acts on one day: CA, DE, FR.\n"
            "All conditions hold from 5~October~2016.\n"
            "The 30th day after 5~October~2016 is 4~November~2016.\n"
            "The threshold is met; entry into force on 4~November~2016."
        ),
    ),
    Row(
        "Rome Statute of the International Criminal Court, Art. 126(1)",
        {"enters_into_force": {"first_of_month": 1, "following": {"after": {"days": 60}, "of": {"instruments": 60}}}},
        [*filler(56, "2002-04-11"), *acts("BA BG CD IE JO KH MN NE RO SK", "2002-04-11")],
        trigger="2002-04-11",
        by="BA BG CD IE JO KH MN NE RO SK",
        date="2002-07-01",
        lines=(
            "Needed: 60 instruments of consent. Reached: 11~April~2002, with 66, by 10 acts on one day: BA, "
            "BG, CD, IE, JO, KH, MN, NE, RO, SK.\n"
            "The 60th day after 11~April~2002 is 10~June~2002.\n"
            "The first day of the month after 10~June~2002 is 1~July~2002.\n"
            "The threshold is met; entry into force on 1~July~2002."
        ),
    ),
    Row(
        "Treaty on the Prohibition of Nuclear Weapons, Art. 15(1)",
        nth_after(90, 50),
        [*filler(49, "2020-10-24"), act("HN", "2020-10-24")],
        trigger="2020-10-24",
        by="HN",
        date="2021-01-22",
        lines=(
            "Needed: 50 instruments of consent. Reached: 24~October~2020, with 50, by the act of: HN.\n"
            "The 90th day after 24~October~2020 is 22~January~2021.\n"
            "The threshold is met; entry into force on 22~January~2021."
        ),
    ),
    Row(
        "Kigali Amendment to the Montreal Protocol, Art. IV(1)",
        {
            "enters_into_force": {
                "on": "2019-01-01",
                "if": {"instruments": 20},
                "otherwise": {"after": {"days": 90}, "of": {"instruments": 20}},
            }
        },
        [*filler(19, "2017-11-17"), *acts("SE TT", "2017-11-17")],
        trigger="2017-11-17",
        by="SE TT",
        date="2019-01-01",
        lines=(
            "Needed: 20 instruments of consent. Reached: 17~November~2017, with 21, by 2 acts on one day: "
            "SE, TT.\n"
            "On 1~January~2019 the condition is fulfilled, so that day counts.\n"
            "The threshold is met; entry into force on 1~January~2019."
        ),
    ),
    Row(
        "Kigali Amendment, Art. IV(1), second sentence: its Article I on trade with non-parties",
        {
            "enters_into_force": {
                "on": "2033-01-01",
                "if": {"instruments": 70},
                "otherwise": {"after": {"days": 90}, "of": {"instruments": 70}},
            }
        },
        filler(70, "2019-05-01"),
        trigger="2019-04-30",
        by="f70",
        date="2033-01-01",
        on="2019-05-01",
        lines=(
            "Needed: 70 instruments of consent. Reached: 30~April~2019, with 70, by the act of: f70.\n"
            "On 1~January~2033 the condition is fulfilled, so that day counts.\n"
            "The threshold is met; entry into force on 1~January~2033."
        ),
    ),
    Row(
        # The month of the last notification is inferred from the date of entry into force.
        "Enhanced Partnership and Cooperation Agreement EU - Kazakhstan, Art. 281(1)",
        {
            "enters_into_force": {
                "first_of_month": 2,
                "following": {"notifications": "all", "of": "participants"},
            }
        },
        [
            act("KZ", "2016-03-25", "ratification"),
            act("KZ", "2016-04", "notification"),
            act("SK", "2016-09", "notification"),
            act("EU", "2020-01", "notification"),
        ],
        trigger="2020-01",
        by="EU",
        date="2020-03-01",
        on="2020-03-01",
        participants=EU,
        lines=(
            "Needed: notifications of completed procedures of all participants. Reached: January~2020, with "
            "3, by the act of: European Union.\n"
            "The first day of the 2nd month after January~2020 is 1~March~2020.\n"
            "In force since 1~March~2020."
        ),
    ),
    Row(
        # The days of the four are not at hand: they are synthetic.
        "Convention on the Legal Status of the Caspian Sea, Art. 22",
        {
            "enters_into_force": {"instruments": "all", "of": "littoral"},
            "groups": {"littoral": ["AZ", "IR", "KZ", "RU", "TM"]},
        },
        [act(code, f"2019-0{month}-01") for month, code in enumerate(["AZ", "KZ", "RU", "TM"], start=1)],
        trigger=None,
        by="",
        date=None,
        on="2024-12-28",
        supposing="2025-08-12",
        lines=(
            "Not met as of 28~December~2024.\n"
            "Missing: 1 of 5 (instruments of consent): IR.\n"
            "If all that is missing came on 12~August~2025, it would enter into force on 12~August~2025."
        ),
    ),
    Row(
        # The days of the 36 are synthetic; so is the day on which Russia's withdrawal reached the depositary.
        "Comprehensive Nuclear-Test-Ban Treaty, Art. XIV(1)",
        {
            "enters_into_force": {
                "not_before": {"after": {"years": 2}, "of": {"date": "opening_for_signature"}},
                "rule": {"after": {"days": 180}, "of": {"instruments": "all", "among": "annex_2"}},
            },
            "groups": {"annex_2": TEST_BAN},
            "dates": {"opening_for_signature": "1996-09-24"},
        },
        [act(code, "2012-02-06", id=code) for code in TEST_BAN if code not in NOT_RATIFIED]
        + [act("RU", "2023-11-03", "withdrawal", target="RU")],
        trigger=None,
        by="",
        date=None,
        on="2024-12-28",
        supposing="2025-01-01",
        lines=(
            "Not met as of 28~December~2024.\n"
            "Missing: 9 of 44 (instruments of consent): CN, EG, IL, IN, IR, KP, PK, RU, US.\n"
            "If all that is missing came on 1~January~2025, it would enter into force on 30~June~2025."
        ),
    ),
    Row(
        # Thirty-three states and eleven organisations: the figures of the depositary in 2022; their days are synthetic.
        "Vienna Convention of 1986 (International Organisations), Art. 85(1)",
        {
            "organisations": "not_counted",
            "enters_into_force": {"after": {"days": 30}, "of": {"instruments": 35}},
        },
        [*filler(33, "2016-01-01"), *filler(11, "2016-01-01", "formal_confirmation", "org")],
        trigger=None,
        by="",
        date=None,
        on="2022-01-01",
        participants=states(codes(33)) | {code: Participant(code, organisation=True) for code in codes(11, "org")},
        lines=(
            "Not met as of 1~January~2022.\n"
            "Missing: 2 of 35 (instruments of consent; organisations are not counted; so far: 33).\n"
            "If all that is missing came on 1~January~2022, it would enter into force on 31~January~2022."
        ),
    ),
]


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_treaty_is_met_on_its_day_by_its_parties_and_explained(row):
    outcome = row.compute()
    assert (
        outcome.trigger and outcome.trigger.iso,
        " ".join(outcome.by),
        outcome.date and outcome.date.iso,
        outcome.met,
    ) == (row.trigger, row.by, row.date, row.date is not None)
    assert explain(outcome) == told(row.lines).split("\n")


@pytest.mark.parametrize("row", [row for row in ROWS if row.date], ids=str)
def test_treaty_is_not_met_without_those_who_met_it(row):
    assert not row.compute([act for act in row.acts if act.party not in row.by.split()]).met


@pytest.mark.parametrize("row", [row for row in ROWS if row.date], ids=str)
def test_treaty_is_not_met_the_day_before(row):
    outcome = row.compute()
    eve = outcome.trigger.earliest - timedelta(days=1)
    assert not compute(outcome.clause, row.acts, eve, participants=row.participants or None).met
