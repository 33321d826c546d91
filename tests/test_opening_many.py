"""Many records opened at once: each judged by itself, with the steps of its life; and struck out again by one act."""

from collections.abc import Mapping
from typing import Any

import pytest

from agreements import history, journal, lifecycle
from agreements.choices import Origin, Role, Stage, Transition
from agreements.lifecycle import Birth, Details, Proposal
from agreements.models import Agreement, Area, Entry, Party, User
from tests.lives import Make, day, settled

IMPORTED = Details(origin=Origin.IMPORTED, source="Official Journal")


def birth(title: str, on: str, *steps: tuple[str, str], **proposal: Any) -> Birth:
    given: Mapping[str, Any] = {"titles": {"en": title}, "kind": "treaty", "stage": Stage.SIGNED} | proposal
    return Birth(Proposal(**given), day(on), IMPORTED, [(name, day(when), IMPORTED) for name, when in steps])


def told(found: list[lifecycle.Opened]) -> list[Any]:
    return [
        (one.agreement.stage, one.agreement.since.iso) if one.agreement else [reason.code for reason in one.reasons]
        for one in found
    ]


BIRTHS = [
    birth("Partnership and Cooperation Agreement", "1995-01-23", (Transition.ENTER_INTO_FORCE, "1999-07-01")),
    birth("Interim Agreement", "1995-12-05", (Transition.TERMINATE, "1999-07-01")),
    birth("", "1995-12-05"),
    birth("Agreement on Steel", "2999-01-01"),
    birth("Agreement on Textiles", "1993-10-15", (Transition.ENTER_INTO_FORCE, "1993")),
    birth("x" * 501, "1993-10-15"),
    birth("Agreement on Science", "1999-02-02", procedure="guesswork"),
    birth("Roadmap", "2024", kind="roadmap", procedure="non_binding"),
]
EXPECTED = [
    (Stage.IN_FORCE, "1999-07-01"),
    ["step-impossible"],
    ["title-missing"],
    ["future-date"],
    (Stage.IN_FORCE, "1993"),
    ["invalid"],
    ["procedure-unknown"],
    (Stage.SIGNED, "2024"),
]


@pytest.mark.django_db
def test_each_record_is_judged_by_itself_and_opened_with_its_steps(lawyer: User) -> None:
    assert told(lifecycle.open_each(BIRTHS, by=lawyer, only_weigh=True)) == EXPECTED
    assert (Agreement.objects.count(), Entry.objects.count()) == (0, 0)
    found = lifecycle.open_each(BIRTHS, by=lawyer)
    assert told(found) == EXPECTED
    assert [one.stage for one in Agreement.objects.order_by("since_earliest")] == ["in_force", "in_force", "signed"]
    for one in found:
        if one.agreement:
            settled(Agreement.objects.get(pk=one.agreement.pk))
    assert set(Entry.objects.values_list("origin", "source")) == {("imported", "Official Journal")}
    assert list(journal.verify()) == list(journal.differing()) == list(history.faults()) == []


@pytest.mark.django_db
def test_a_record_opened_among_many_is_the_one_that_is_opened_alone(
    make_agreement: Make, lawyer: User, parties: dict[str, Party], areas: dict[str, Area]
) -> None:
    alone = make_agreement(stage="signed", on=day("1995-01-23"), place="Brussels", manner="signed")
    takings = [(parties["KZ"], Role.NEGOTIATING), (parties["EU"], Role.PARTY)]
    given = {
        "titles": {"en": "Agreement on air services", "ru": "Соглашение о воздушном сообщении"},
        "areas": [areas["aviation"]],
        "participants": takings,
        "relations": [("follows", alone)],
        "columns": {"level": "restricted"},
    }
    one = lifecycle.open(Proposal(kind="agreement", **given), by=lawyer, on=day("2001"), source="x")
    (many,) = lifecycle.open_each(
        [Birth(Proposal(kind="agreement", **given), day("2001"), Details(source="x"))], by=lawyer
    )
    assert many.agreement is not None
    same, other = (journal.snapshot(Agreement.objects.get(pk=made.pk)) for made in (one, many.agreement))
    assert same[0].pop("reference")[:4] == other[0].pop("reference")[:4]
    assert same == other
    entries = [Entry.objects.select_related("text").get(subject=made.pk) for made in (one, many.agreement)]
    data = [journal.data_of(entry) for entry in entries]
    assert [found["record"].pop("reference")[:4] for found in data]
    assert data[0] == data[1]
    assert journal.text_of(entries[0]) == journal.text_of(entries[1])
    assert Agreement.objects.matching("воздушном").count() == 2
    settled(Agreement.objects.get(pk=many.agreement.pk))
    assert list(journal.differing()) == []


@pytest.mark.django_db
def test_opening_many_needs_the_right_and_the_level(officer: User, lawyer: User) -> None:
    assert told(lifecycle.open_each(BIRTHS[:1], by=officer)) == [["not-permitted"]]
    lawyer.access_level = "internal"
    secret = birth("Agreement on Space", "2001", columns={"level": "secret"})
    assert told(lifecycle.open_each([secret], by=lawyer)) == [["level-too-high"]]
    assert not Agreement.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 40])
def test_opening_many_asks_the_database_as_often_as_opening_one(
    lawyer: User, number: int, django_assert_max_num_queries: Any
) -> None:
    lifecycle.open_each([birth("Before", "1990")], by=lawyer)
    births = [birth(f"Agreement {n}", "1995-01-23", ("enter_into_force", "1999")) for n in range(number)]
    with django_assert_max_num_queries(20):
        lifecycle.open_each(births, by=lawyer)


@pytest.mark.django_db
def test_many_are_struck_out_by_one_act_or_none(lawyer: User, officer: User) -> None:
    found = [one.agreement for one in lifecycle.open_each([BIRTHS[0], BIRTHS[4], BIRTHS[7]], by=lawyer)]
    first, second, third = (agreement for agreement in found if agreement)
    steps = [Entry.objects.of(first).get(kind="step"), Entry.objects.of(second).get(kind="open")]
    barred = lifecycle.void_many(steps, by=officer, reason="x")
    assert {key: [one.code for one in why] for key, why in barred.items()} == {
        first.pk: ["not-permitted"],
        second.pk: ["not-permitted"],
    }
    assert lifecycle.void_many(steps, by=lawyer, reason="the wrong table") == {}
    first, second, third = (Agreement.objects.get(pk=one.pk) for one in (first, second, third))
    assert [(one.stage, one.is_void) for one in (first, second, third)] == [
        ("signed", False),
        ("in_force", True),
        ("signed", False),
    ]
    settled(first)
    again = lifecycle.void_many([steps[0], Entry.objects.of(third).get(kind="open")], by=lawyer, reason="again")
    assert {key: [one.code for one in why] for key, why in again.items()} == {first.pk: ["voided-already"]}
    assert not Agreement.objects.get(pk=third.pk).is_void
    assert list(journal.verify()) == list(journal.differing()) == list(history.faults()) == []
