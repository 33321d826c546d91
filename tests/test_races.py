"""Writers that race: exactly one wins each step, every other is told, no entry is doubled or lost."""

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection

from agreements import journal, lifecycle
from agreements.choices import EntryKind
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.models import Agreement, Entry, User
from tests.beside import Beside

WRITERS = 8
Make = Callable[..., Agreement]


def race(*acts: Callable[[], object]) -> tuple[Counter[str], list[BaseException]]:
    """Run the acts at the same moment, each with a connection of its own; count what came of them."""

    def outcome(act: Callable[[], object]) -> str:
        try:
            act()
        except Refused:
            return "refused"
        return "done"

    racing = Beside(*[partial(outcome, act) for act in acts], at_once=True)
    faults = racing.join(120)
    return Counter(racing.given), faults


def _race_for_steps(make_agreement: Make, lawyer: User, agreements: int) -> None:
    made = [
        make_agreement(kind="memorandum", stage="negotiating", on=FuzzyDate.parse("2020")) for _ in range(agreements)
    ]
    path = ("prepare_signing", "sign", "enter_into_force", "suspend", "resume", "terminate")
    for agreement in made:
        for name in path:
            step = partial(lifecycle.perform, agreement, name, on=FuzzyDate.parse("2021"), by=lawyer, evidence="text")
            outcomes, faults = race(*[step] * WRITERS)
            assert faults == []
            assert outcomes == {"done": 1, "refused": WRITERS - 1}
    steps = Counter(Entry.objects.filter(kind=EntryKind.STEP).values_list("subject", "transition"))
    assert len(steps) == agreements * len(path)
    assert set(steps.values()) == {1}
    assert set(Agreement.objects.values_list("stage", "version")) == {("terminated", len(path) + 1)}
    assert list(journal.verify()) == []


@pytest.mark.django_db(transaction=True)
def test_eight_writers_race_for_the_same_steps(make_agreement: Make, lawyer: User) -> None:
    _race_for_steps(make_agreement, lawyer, 3)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_eight_writers_race_on_a_hundred_agreements(make_agreement: Make, lawyer: User) -> None:
    _race_for_steps(make_agreement, lawyer, 100)


@pytest.mark.django_db(transaction=True)
def test_eight_writers_with_different_notes_lose_nothing(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement()
    acts = [
        lambda number=number: lifecycle.note(agreement, on=FuzzyDate.parse("2024"), by=lawyer, what=f"Note {number}.")
        for number in range(WRITERS * 3)
    ]
    outcomes, faults = race(*acts)
    assert faults == []
    assert outcomes == {"done": WRITERS * 3}
    assert list(Entry.objects.of(agreement).values_list("sequence", flat=True)) == list(range(1, WRITERS * 3 + 2))
    assert list(journal.verify()) == []


@pytest.mark.django_db(transaction=True)
def test_bulk_writers_in_opposite_order_do_not_deadlock(make_agreement: Make, lawyer: User) -> None:
    made = [make_agreement() for _ in range(6)]

    def act(order: list[Agreement]) -> object:
        told = lifecycle.Details(evidence="decision")
        return lifecycle.perform_many(
            [lifecycle.Step(agreement, "authorise", FuzzyDate.parse("2024"), told) for agreement in order], by=lawyer
        )

    outcomes, faults = race(*[lambda: act(made), lambda: act(made[::-1])] * (WRITERS // 2))
    assert faults == []
    assert outcomes == {"done": 1, "refused": WRITERS - 1}
    assert list(journal.verify()) == []


@pytest.mark.django_db(transaction=True)
def test_the_database_under_test_is_real(make_agreement: Make) -> None:
    make_agreement()
    assert connection.vendor in ("sqlite", "postgresql")
    assert not connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
def test_the_account_of_pacta_itself_is_made_once_whoever_begins():
    outcomes, faults = race(*[partial(User.objects.service, "tick")] * WRITERS)

    assert faults == []
    assert outcomes == {"done": WRITERS}
    account = User.objects.get(username="pacta-tick")
    assert (account.is_service, account.has_usable_password()) == (True, False)
    assert [group.name for group in account.groups.all()] == ["service"]
