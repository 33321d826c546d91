"""Whoever joins later is one of the participants from then on: nobody had waited for it."""

from datetime import date

import pytest

from agreements.choices import ActionKind
from agreements.dates import FuzzyDate
from agreements.entry_into_force import compute, parse
from agreements.tracks import Act, Participant
from tests.rules.treaties import act, acts

ALL_NOTIFY = {"enters_into_force": {"notifications": "all"}}
ALL_CONSENT = {"enters_into_force": {"instruments": "all", "of": "participants"}}
HALF_CONSENT = {"enters_into_force": {"instruments": "1/2", "more_than": True, "of": "participants"}}
MAY_HAVE_JOINED = {code: Participant(code, joined=True) for code in ("BY", "KG", "KZ", "RU")}
THREE_NOTIFIED = [
    *acts("BY KZ RU", "2010-12-10", "signature"),
    act("BY", "2011-02-02", "notification"),
    act("KZ", "2011-03-14", "notification"),
    act("RU", "2011-05-20", "notification"),
]


def answer(clause, given, on="2015-01-01", participants=MAY_HAVE_JOINED):
    return compute(parse(clause), given, date.fromisoformat(on), participants=participants)


@pytest.mark.parametrize("on", ["2011-05-20", "2012-01-01", "2014-05-09", "2014-05-10", "2015-01-01"])
def test_accession_undoes_no_entry_into_force_on_any_day(on):
    outcome = answer(ALL_NOTIFY, [*THREE_NOTIFIED, act("KG", "2014-05-01", "accession", received="2014-05-10")], on)
    assert (outcome.date.iso, outcome.by) == ("2011-05-20", ("RU",))
    joined = [(entry.date.iso, entry.rule) for entry in outcome.of("KG")]
    assert joined == ([("2014-05-10", "general")] if on >= "2014-05-10" else [])


def test_accession_before_the_others_have_notified_keeps_nobody_waiting():
    outcome = answer(ALL_NOTIFY, [*THREE_NOTIFIED[:-1], act("KG", "2011-04-01", "accession")], "2011-05-01")
    assert (outcome.met, outcome.need.candidates) == (False, ("RU",))
    assert answer(ALL_NOTIFY, [*THREE_NOTIFIED, act("KG", "2011-04-01", "accession")]).date.iso == "2011-05-20"


def test_who_was_awaited_from_the_start_is_awaited_though_it_accedes():
    given = [*acts("BY KZ RU", "2011-05-20"), act("KG", "2014-05-10", "accession")]
    awaited = MAY_HAVE_JOINED | {"KG": Participant("KG")}
    assert answer(ALL_CONSENT, given).date.iso == "2011-05-20"
    assert answer(ALL_CONSENT, given, participants=awaited).date.iso == "2014-05-10"
    assert answer(ALL_CONSENT, given, "2012-01-01", awaited).need.candidates == ("KG",)


def test_who_signed_is_awaited_though_it_accedes():
    given = [
        act("KG", "2010-12-10", "signature"),
        *acts("BY KZ RU", "2011-05-20"),
        act("KG", "2014-05-10", "accession"),
    ]
    assert answer(ALL_CONSENT, given).date.iso == "2014-05-10"


def test_who_joins_counts_in_a_fraction_on_both_sides():
    # Two of three are more than half; two of four are not, three of four are again.
    given = [act("BY", "2011-01-01"), act("KG", "2011-02-01", "accession"), act("KZ", "2011-03-01")]
    outcome = answer(HALF_CONSENT, given, "2011-02-15")
    assert (outcome.met, outcome.need.needed, outcome.need.have) == (False, 3, 2)
    assert answer(HALF_CONSENT, given).date.iso == "2011-03-01"
    # On the record, but without any act: it is awaited like the others.
    assert not answer(HALF_CONSENT, given[::2]).met


def test_the_successor_is_not_awaited_before_its_succession():
    takers = {"CSHH": Participant("CSHH", until=date(1992, 12, 31)), "FR": Participant("FR")}
    takers["CZ"] = Participant("CZ", joined=True)
    given = [
        act("CSHH", "1990-01-01"),
        act("FR", "1991-01-01"),
        act("CZ", "1993-02-22", "succession", effective="1993-01-01"),
    ]
    outcome = answer(ALL_CONSENT, given, participants=takers)
    assert (outcome.date.iso, outcome.by) == ("1991-01-01", ("FR",))
    # With the day of effect, where the clause counts from it.
    later = [given[0], given[2], act("FR", "1993-06-01")]
    assert answer(ALL_CONSENT, later, participants=takers).date.iso == "1993-06-01"


def test_order_plays_no_part_for_who_acts_twice():
    twice = [
        Act("KG", ActionKind.SUCCESSION, FuzzyDate.parse("2012")),
        Act("KG", ActionKind.ACCESSION, FuzzyDate.parse("2012-03-01")),
    ]
    given = [*acts("BY KZ RU", "2013-05-20"), *twice]
    assert answer(ALL_CONSENT, given) == answer(ALL_CONSENT, given[::-1])
