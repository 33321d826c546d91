"""Programs that follow the events while others write: nothing is skipped, nothing comes twice, the order stays."""

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection, transaction

from agreements import events, lifecycle
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry, EventPosition, User
from tests.beside import Beside

DAY = FuzzyDate.parse("2024")
Make = Callable[..., Agreement]


def _all(user: User, size: int) -> list[str]:
    found, after, more = [], 0, True
    while more:
        page = events.read(user, after=after, size=size)
        found += [str(one.entry.pk) for one in page.happenings]
        after, more = page.reached, page.more
    return found


def _trial(make_agreement: Make, lawyer: User, *, writers: int, notes: int, followers: int) -> None:
    """Writers commit out of the order in which they began, while followers read to the end again and again."""
    made = [make_agreement() for _writer in range(writers)]
    over, told = threading.Event(), [list[str]() for _follower in range(followers)]

    def write(number: int) -> None:
        for turn in range(notes):
            with transaction.atomic():
                lifecycle.note(made[number], on=DAY, by=lawyer, what=f"Note {turn}.")
                if connection.vendor == "postgresql" and (turn + number) % 3 == 0:
                    time.sleep(0.01)  # what was recorded before the others comes to be seen after them

    def write_all() -> None:
        try:
            assert Beside(*[partial(write, number) for number in range(writers)]).join(600) == []
        finally:
            over.set()

    def follow(number: int) -> None:
        after, last = 0, False
        while True:
            page = events.read(lawyer, after=after, size=1 + number * 7)
            told[number] += [str(one.entry.pk) for one in page.happenings]
            assert page.reached >= after
            after = page.reached
            if not page.more:
                if last:
                    return
                last = over.is_set()  # then once more, to the end

    assert Beside(write_all, *[partial(follow, number) for number in range(followers)]).join(600) == []
    recorded = {str(key) for key in Entry.objects.values_list("pk", flat=True)}
    for found in told:
        assert len(found) == len(set(found))
        assert set(found) == recorded
        assert found == told[0]
    assert _all(lawyer, 200) == told[0]
    assert _all(lawyer, 3) == told[0]
    for agreement in made:
        chain = Entry.objects.of(agreement).values_list("event__position", flat=True)
        assert list(chain) == sorted(set(chain))
    assert not EventPosition.objects.filter(position=None).exists()


@pytest.mark.django_db(transaction=True)
def test_followers_miss_nothing_while_others_write(make_agreement: Make, lawyer: User) -> None:
    _trial(make_agreement, lawyer, writers=5, notes=8, followers=3)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_followers_miss_nothing_for_long(make_agreement: Make, lawyer: User) -> None:
    # SQLite lets one write at a time: more of them would only wait until they give up.
    writers, followers = (8, 4) if connection.vendor == "postgresql" else (4, 3)
    _trial(make_agreement, lawyer, writers=writers, notes=80, followers=followers)


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_late_is_told_late(make_agreement: Make, lawyer: User) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    first, second = make_agreement(), make_agreement()
    start = events.place()
    recorded, release = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            lifecycle.note(first, on=DAY, by=lawyer, what="Recorded first, committed last.")
            recorded.set()
            release.wait(30)

    def quick() -> None:
        recorded.wait(30)
        lifecycle.note(second, on=DAY, by=lawyer, what="Recorded last, committed first.")
        page = events.read(lawyer, after=start, size=10)
        reached.append(page.reached)
        told.extend(one.event.what.text for one in page.happenings)
        release.set()

    told: list[str] = []
    reached: list[int] = []
    assert Beside(slow, quick).join(600) == []
    later = events.read(lawyer, after=reached[0], size=10)

    assert told == ["Recorded last, committed first."]
    assert [one.event.what.text for one in later.happenings] == ["Recorded first, committed last."]
