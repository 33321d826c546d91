"""The convention on climate change of 1992, Article 23, from the list of its parties: fifty instruments of 198."""

from datetime import date

import pytest

from agreements import acts_csv
from agreements.entry_into_force import compute, parse
from tests.shared import DATA

FILE = DATA / "reference" / "unfccc.csv"
#: Article 23: the ninetieth day after the fiftieth instrument; an organisation's is not additional to its members'.
CLAUSE = {
    "organisations": "not_beside_members",
    "enters_into_force": {"after": {"days": 90}, "of": {"instruments": 50}},
    "later_joiners": {"after": {"days": 90}, "of": {"own": "instrument"}},
}
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the list is third-party data and not part of the project")


def test_the_convention_entered_into_force_ninety_days_after_the_fiftieth_instrument() -> None:
    reading = acts_csv.read(FILE.read_bytes())
    assert (reading.problems, reading.notes) == ((), ())
    assert (len(reading.acts), len(reading.parties)) == (165 + 198, 198)
    participants = acts_csv.participants(reading.parties)
    outcome = compute(parse(CLAUSE), reading.acts, date(2024, 10, 28), participants=participants)
    assert outcome.trigger is not None
    assert outcome.date is not None
    assert (outcome.trigger.iso, outcome.date.iso) == ("1993-12-21", "1994-03-21")
    assert [(entry.on.iso, entry.date and entry.date.iso) for entry in outcome.of("KZ")] == [
        ("1995-05-17", "1995-08-15")
    ]
    # Members of the Union had acted by then: its own instrument of the same day added nothing.
    assert "EU" not in outcome.by
