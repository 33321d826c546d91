"""Commitments: who may record what of them, what the journal keeps, who sees them."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from agreements import commitments, journal, registers
from agreements.choices import CommitmentState, Level, SubjectKind
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.models import Agreement, Commitment, Entry, Party, User

EPCA, VISAS = "PEP-4K7Z", "VIS-8TDK"
#: A provision of the agreement as it was published (OJ L 29, 4.2.2016).
TEXT = {
    "text_en": "The Cooperation Council meets at regular intervals, not less than once a year.",
    "provision": "Art. 268(2)",
}
DAY = FuzzyDate.of_day(date(2024, 10, 14))


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.code for reason in refusal.value.reasons]


def epca() -> Agreement:
    return Agreement.objects.get(reference=EPCA)


def test_a_commitment_has_a_chain_of_its_own(sample: Any, officer: User) -> None:
    made = commitments.undertake(epca(), by=officer, due=FuzzyDate.parse("2024"), **TEXT)
    with commitments.changing(made, by=officer) as fresh:
        fresh.state, fresh.fulfilled_on, fresh.report = CommitmentState.FULFILLED, DAY, "21st Cooperation Council"

    opened, changed = Entry.objects.of(made)
    assert (opened.kind, changed.kind, opened.subject_kind) == ("open", "edit", SubjectKind.COMMITMENT)
    assert journal.data_of(changed)["changes"] == {
        "state": ["planned", "fulfilled"],
        "fulfilled_on": [None, "2024-10-14"],
    }
    assert journal.text_of(changed)["changes"] == {"report": ["", "21st Cooperation Council"]}
    assert journal.rebuild(SubjectKind.COMMITMENT)[made.pk]["due"] == "2024"
    assert not list(journal.verify())


def test_what_was_known_before_is_still_told(sample: Any, officer: User) -> None:
    made = commitments.undertake(epca(), by=officer, **TEXT)
    before = Entry.objects.of(made).get().recorded_at
    with commitments.changing(made, by=officer) as fresh:
        fresh.state = CommitmentState.STANDING

    assert journal.rebuild(SubjectKind.COMMITMENT, before)[made.pk]["state"] == "planned"
    assert journal.rebuild(SubjectKind.COMMITMENT, before - timedelta(seconds=1)) == {}
    nothing = Commitment.objects.none().values("pk")
    assert journal.rebuild(SubjectKind.COMMITMENT, only=nothing) == {}


@pytest.mark.parametrize(
    ("columns", "reasons"),
    [
        ({"state": "fulfilled"}, ["fulfilled-on-missing"]),
        ({"state": "fulfilled", "fulfilled_on": FuzzyDate.parse("2025-03")}, ["future-date"]),
    ],
)
def test_what_cannot_be_is_refused(sample: Any, officer: User, columns: dict[str, Any], reasons: list[str]) -> None:
    with pytest.raises(Refused) as refusal:
        commitments.undertake(epca(), by=officer, **TEXT, **columns)

    assert codes(refusal) == reasons
    assert not Commitment.objects.exists()


def test_nothing_is_undertaken_before_the_signing(sample: Any, officer: User) -> None:
    with pytest.raises(Refused) as refusal:
        commitments.undertake(Agreement.objects.get(reference=VISAS), by=officer, **TEXT)

    assert codes(refusal) == ["commitment-not-signed"]


@pytest.mark.parametrize(
    "columns",
    [{"text_en": ""}, {"state": "under_way", "fulfilled_on": DAY}, {"state": "done"}, {"provision": "x" * 61}],
)
def test_columns_are_held_to_what_they_can_hold(sample: Any, officer: User, columns: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        commitments.undertake(epca(), by=officer, **(TEXT | columns))

    assert not Commitment.objects.exists()
    assert not Entry.objects.filter(subject_kind=SubjectKind.COMMITMENT).exists()


def test_a_commitment_stays_with_its_agreement(sample: Any, officer: User) -> None:
    made = commitments.undertake(epca(), by=officer, **TEXT)
    with pytest.raises(Refused) as refusal, commitments.changing(made, by=officer) as fresh:
        fresh.agreement = Agreement.objects.get(reference="PEP-2F9C")

    assert codes(refusal) == ["commitment-moved"]


def test_who_may_not_edit_records_no_commitment(sample: Any, reader: User) -> None:
    with pytest.raises(Refused) as refusal:
        commitments.undertake(epca(), by=reader, **TEXT)

    assert codes(refusal) == ["not-permitted"]


def test_a_commitment_is_as_secret_as_its_agreement(sample: Any, officer: User, lawyer: User) -> None:
    made = commitments.undertake(epca(), by=officer, party=Party.objects.get(code="EU"), **TEXT)
    with registers.editing(epca(), by=lawyer) as agreement:
        agreement.level = Level.SECRET

    assert not Commitment.objects.for_user(officer).exists()
    assert not Entry.objects.for_user(officer).of(made).exists()
    assert Commitment.objects.for_user(lawyer).get() == made
    with pytest.raises(Refused), commitments.changing(made, by=officer) as fresh:
        fresh.state = CommitmentState.STANDING


@pytest.mark.parametrize(
    ("due", "state", "overdue"),
    [("2024-12-27", "planned", True), ("2024-12-28", "planned", False), ("2024", "planned", False),
     ("2023", "under_way", True), ("2023", "standing", False), ("2023", "lapsed", False)],
)  # fmt: skip
def test_only_what_is_open_and_certainly_past_is_overdue(due: str, state: str, overdue: bool) -> None:
    commitment = Commitment(due=FuzzyDate.parse(due), state=state)

    assert commitment.is_overdue(date(2024, 12, 28)) is overdue
