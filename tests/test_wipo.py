"""Seventeen treaties of the World Intellectual Property Organization: 1,501 rows, 135 years, against their own rules.

The table is public (Public Domain Dedication and License) and third-party: it is read where it lies, never committed.
For every treaty whose own text gives the rule, entry into force and each party's own date are computed and compared
with the dates that the depositary states. Every disagreement is put down to a cause that is itself computed; the
figures are asserted exactly.
"""

import csv
import io
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import translation

from agreements import acts_csv
from agreements.choices import ActionKind, Precision
from agreements.dates import FuzzyDate
from agreements.entry_into_force import Outcome, PartyDate, compute, parse
from agreements.tracks import Act
from tests.shared import DATA

FILE = DATA / "wipo-treaties" / "membership-to-copyright-treaties.csv"
pytestmark = pytest.mark.skipif(
    not FILE.is_file(), reason="the table of treaties is third-party data and not part of the project"
)
#: The day of the table.
ON = date(2026, 3, 6)

# ---- why dates disagree ----
MONTH_END = "a month without that day runs into the next: 31 March 2008 and three months is 1 July, not 30 June"
BENELUX = "the Benelux states wait for the last of them, or for their organisation: their marks are common"
AFRICAN = "states of the African organisation wait for it: their marks are common"
NOTICE = "the three months run from the day on which the depositary informs (Article 11(2)), which the table has not"
FULL_MONTHS = "in 1964 the depositary counted three full months after the day of the sixth instrument"
A_DAY_APART = "the table states a day less than three months after the instrument"
PREDECESSOR = "the table has no rows of states that are no more: the fifth instrument was Yugoslavia’s"


@dataclass(frozen=True)
class Treaty:
    """A treaty of the table: its rule, by the article that gives it, and what comparing it with the table gives.

    `in_force` is the computed entry into force, `by` whose instrument met the threshold. `taken` counts successors:
    their day is that of the succession, which is taken from the table and not computed.
    """

    name: str
    article: str
    instruments: int
    in_force: str = ""
    by: tuple[str, ...] = ()
    months: int = 3
    states_only: bool = False
    agree: int = 0
    taken: int = 0
    explained: Mapping[str, int] = field(default_factory=dict)

    def clause(self, **more: Any) -> dict[str, Any]:
        """The clause: so many months after so many instruments; for later ones as long after each."""
        period = {"after": {"months": self.months}, **more}
        return {
            "organisations": "not_counted" if self.states_only else "counted",
            "enters_into_force": {**period, "of": {"instruments": self.instruments}},
            "later_joiners": {**period, "of": {"own": "instrument"}},
        }

    def acts(self) -> tuple[Act, ...]:
        """The acts that the table has of it."""
        reading = acts_csv.read(FILE.read_bytes(), self.name)
        assert reading.problems == ()
        return reading.acts

    def outcome(self, *others: Act, **more: Any) -> Outcome:
        """The answer, with other acts or a clause that says more."""
        acts = (*self.acts(), *others)
        return compute(parse(self.clause(**more)), acts, ON, participants=acts_csv.participants(a.party for a in acts))


TREATIES = (
    Treaty(
        "WIPO Copyright Treaty (WCT)",
        "20, 21",
        30,
        "2002-03-06",
        ("GA",),
        states_only=True,
        agree=116,
        taken=1,
        explained={MONTH_END: 1},
    ),
    Treaty(
        "WIPO Performances and Phonograms Treaty (WPPT)",
        "29, 30",
        30,
        "2002-05-20",
        ("HN",),
        states_only=True,
        agree=112,
        taken=1,
        explained={MONTH_END: 1},
    ),
    Treaty("Beijing", "26, 27", 30, "2020-04-28", ("ID",), agree=48),
    Treaty("Marrakesh", "18, 19", 20, "2016-09-30", ("CA",), agree=100),
    Treaty("Singapore", "28", 10, "2009-03-16", ("AU", "MD"), agree=51, explained={BENELUX: 3, AFRICAN: 2}),
    Treaty("Patent", "21", 10, "2005-04-28", ("RO",), states_only=True, agree=42, explained={MONTH_END: 1}),
    Treaty(
        "Trademark",
        "20",
        5,
        "1996-08-01",
        ("GB",),
        states_only=True,
        agree=52,
        taken=1,
        explained={BENELUX: 2, AFRICAN: 2},
    ),
    Treaty("WIPO GRATK Treaty", "on entry into force", 15, agree=2),
    Treaty("Phonograms", "11", 5, "1973-04-18", ("SE",), agree=27, taken=3, explained={NOTICE: 51}),
    Treaty("Brussels", "10", 5, "1981-07-07", ("IT",), agree=29, taken=6, explained={PREDECESSOR: 4, A_DAY_APART: 1}),
    Treaty("Rome", "25", 6, "1964-05-17", ("MX",), agree=89, taken=3, explained={FULL_MONTHS: 6}),
    Treaty("Nairobi", "6", 3, "1982-09-25", ("GQ",), months=1, agree=52, taken=4),
    Treaty("Washington", "16", 5, agree=3),
)
#: Paris, Berne and Madrid were joined under several acts since 1883, each with a rule of its own that runs from the
#: depositary's notice, of which the table has no day; nobody has consented to the treaty of Riyadh yet.
WITHOUT_RULE = {"Paris", "Berne", "Madrid", "Riyadh"}
#: Yugoslavia ratified the convention of Brussels after its adoption and before the fifth instrument; which day plays
#: no part. Six states of the table succeeded to it.
YUGOSLAVIA = Act(
    "YUCS", ActionKind.RATIFICATION, FuzzyDate(date(1974, 5, 21), date(1979, 5, 24), Precision.UNKNOWN), id="yugoslavia"
)


def day_of(outcome: Outcome, entry: PartyDate) -> date | None:
    """The day of the same consent in another answer."""
    found = next((other for other in outcome.parties if other.act == entry.act), None)
    return found.date.earliest if found and found.date else None


def last_of(outcome: Outcome, *parties: str) -> date | None:
    days = [entry.date.earliest for entry in outcome.parties if entry.party in parties and entry.date]
    return max(days, default=None)


#: Each cause computes the day that it makes of a disagreement; the stated day must be that one.
CAUSES: dict[str, Callable[[Treaty, Outcome, PartyDate], Any]] = {
    MONTH_END: lambda treaty, _plain, entry: day_of(treaty.outcome(month_end="next_month"), entry),
    BENELUX: lambda _treaty, plain, entry: (
        last_of(plain, "BE", "LU", "NL", "BOIP") if entry.party in ("BE", "LU", "NL") else ""
    ),
    AFRICAN: lambda _treaty, plain, entry: last_of(plain, "OAPI") if entry.party in ("BF", "BJ", "GN", "ML") else "",
    FULL_MONTHS: lambda treaty, _plain, entry: day_of(treaty.outcome(clear_days=True), entry),
    A_DAY_APART: lambda _treaty, _plain, entry: entry.date and entry.date.earliest - timedelta(days=1),
    PREDECESSOR: lambda treaty, _plain, entry: day_of(treaty.outcome(YUGOSLAVIA), entry),
    # The notice followed the instrument by some days or weeks; the longest time is forty days.
    NOTICE: lambda _treaty, _plain, entry: (
        entry.stated.earliest
        if entry.stated and entry.date and 0 < (entry.stated.earliest - entry.date.earliest).days <= 40
        else ""
    ),
}


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def table() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# ---- the table ----
def test_every_row_is_read_but_two_that_state_no_act() -> None:
    reading = acts_csv.read(FILE.read_bytes())
    assert reading.acts == ()
    rows = table()
    assert {problem.row: problem.sentence for problem in reading.problems} == dict.fromkeys(
        (355, 754), "A day of entry into force is stated, but no act of the party."
    )
    assert [(rows[row - 2]["Contracting Party"], rows[row - 2]["Treaty"]) for row in (355, 754)] == [
        ("New Zealand", "Madrid"),
        ("Viet Nam", "Paris"),
    ]


def test_nothing_of_the_other_rows_is_lost() -> None:
    rows = [row for row in table() if row["Signature Date"] or row["Instrument Date"]]
    assert (len(table()), len(rows)) == (1501, 1499)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    reading = acts_csv.read(out.getvalue())
    assert (reading.problems, reading.notes) == ((), ())
    assert Counter(line.act.kind.value for line in reading.lines) == {
        "signature": 629,
        "accession": 799,
        "ratification": 339,
        "succession": 74,
        "acceptance": 1,
    }
    assert len(reading.agreements) == 17
    assert len(reading.parties) == len({row["Contracting Party"] for row in rows}) == 194
    assert sorted(code for code, party in reading.parties.items() if party.kind == "organisation") == [
        "BOIP",
        "EPO",
        "EU",
        "OAPI",
    ]
    read = {(line.row, "signature" if line.act.kind == "signature" else "", line.act.on.iso) for line in reading.lines}
    assert read == {
        (number, what, day)
        for number, row in enumerate(rows, start=2)
        for what, day in (("signature", row["Signature Date"]), ("", row["Instrument Date"]))
        if day
    }
    stated = {(line.row, line.act.effective.iso) for line in reading.lines if line.act.effective}
    assert stated == {
        (number, row["Entry Into Force Date"])
        for number, row in enumerate(rows, start=2)
        if row["Entry Into Force Date"]
    }


def test_every_treaty_is_compared_or_has_no_rule() -> None:
    assert {treaty.name for treaty in TREATIES} | WITHOUT_RULE == {row["Treaty"] for row in table()}


# ---- the dates ----
def compared(treaty: Treaty) -> tuple[int, int, Counter[str], list[str]]:
    """Return how many dates agree, are taken over, are explained by which cause; and those that nothing explains."""
    plain = treaty.outcome()
    agree, taken, explained, unexplained = 0, 0, Counter[str](), []
    for entry in plain.parties:
        if entry.rule == "succession":
            taken += 1
            continue
        computed, stated = (day.earliest if day else None for day in (entry.date, entry.stated))
        if computed == stated:
            agree += 1
            continue
        cause = next((cause for cause in treaty.explained if CAUSES[cause](treaty, plain, entry) == stated), None)
        if cause:
            explained[cause] += 1
        else:
            unexplained.append(f"{entry.party}: computed {computed}, stated {stated}")
    return agree, taken, explained, unexplained


@pytest.mark.parametrize("treaty", TREATIES, ids=lambda treaty: treaty.name)
def test_dates_are_those_of_the_depositary_or_the_difference_has_a_cause(treaty: Treaty, capsys: Any) -> None:
    plain = treaty.outcome()
    assert (plain.date.iso if plain.date else "", plain.by) == (treaty.in_force, treaty.by)
    agree, taken, explained, unexplained = compared(treaty)
    with capsys.disabled():
        causes = "".join(f"\n    {number:>3}  {cause}" for cause, number in explained.items())
        sys.stdout.write(
            f"\n{treaty.name}, Article {treaty.article}: {len(plain.parties)} consents, {agree} dates agree, "
            f"{taken} of successors taken over, {explained.total()} explained, {len(unexplained)} unexplained{causes}\n"
        )
    assert (agree, taken, dict(explained), unexplained) == (treaty.agree, treaty.taken, dict(treaty.explained), [])


def test_the_figures_together() -> None:
    assert sum(treaty.agree for treaty in TREATIES) == 723
    assert sum(treaty.taken for treaty in TREATIES) == 19
    causes = Counter[str]()
    for treaty in TREATIES:
        causes.update(treaty.explained)
    assert causes == {
        NOTICE: 51,
        FULL_MONTHS: 6,
        BENELUX: 5,
        AFRICAN: 4,
        PREDECESSOR: 4,
        MONTH_END: 3,
        A_DAY_APART: 1,
    }


@pytest.mark.parametrize(
    ("treaty", "others", "more", "stated"),
    [
        (TREATIES[9], (YUGOSLAVIA,), {}, "1979-08-25"),
        (TREATIES[10], (), {"clear_days": True}, "1964-05-18"),
    ],
    ids=["Brussels", "Rome"],
)
def test_with_its_cause_the_treaty_entered_into_force_on_the_stated_day(
    treaty: Treaty, others: tuple[Act, ...], more: dict[str, Any], stated: str
) -> None:
    outcome = treaty.outcome(*others, **more)
    assert outcome.date is not None
    assert (
        outcome.date.iso
        == stated
        == min(act.effective.iso for act in treaty.acts() if act.effective and act.kind != "succession")
    )


def test_the_dates_of_kazakhstan() -> None:
    """In nine of the treaties, each day by the treaty's own rule for later joiners, and each the depositary's."""
    assert {
        treaty.name: (entry.on.iso, entry.date.iso if entry.date else "", entry.rule, entry.conflict)
        for treaty in TREATIES
        for entry in treaty.outcome().of("KZ")
    } == {
        "WIPO Copyright Treaty (WCT)": ("2004-08-12", "2004-11-12", "own", False),
        "WIPO Performances and Phonograms Treaty (WPPT)": ("2004-08-12", "2004-11-12", "own", False),
        "Marrakesh": ("2025-04-14", "2025-07-14", "own", False),
        "Singapore": ("2012-06-05", "2012-09-05", "own", False),
        "Patent": ("2011-07-19", "2011-10-19", "own", False),
        "Trademark": ("2002-08-07", "2002-11-07", "own", False),
        "Phonograms": ("2001-05-03", "2001-08-03", "own", False),
        "Rome": ("2012-03-30", "2012-06-30", "own", False),
        "Nairobi": ("2011-02-09", "2011-03-09", "own", False),
    }
