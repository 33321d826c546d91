"""Calls at any depth share the room that was made for them."""

import resource
from collections.abc import Callable
from threading import Thread

from tracker.stack import roomy

DEPTHS, TURNS = 250, 100


def most_faults() -> int:
    """Return how often, at the worst depth, a loop of calls met memory that the system had to give anew."""
    return max(faults(depth) for depth in range(DEPTHS))


def faults(depth: int) -> int:
    if depth:
        return faults(depth - 1)
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    for _turn in range(TURNS):
        above(3)
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before


def above(depth: int) -> None:
    if depth:
        above(depth - 1)


def in_a_thread(function: Callable[[], int]) -> int:
    """Return what a function returns on a stack of its own."""
    found: list[int] = []
    thread = Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


def test_no_loop_takes_memory_at_every_turn():
    in_a_thread(most_faults)  # whatever is loaded or compiled on the way

    assert in_a_thread(roomy(most_faults)) < TURNS // 2


def test_the_function_stays_what_it_is():
    @roomy
    def both(one: int, *, other: int = 2) -> tuple[int, int]:
        """Return both."""
        return one, other

    assert (both(1), both(1, other=3)) == ((1, 2), (1, 3))
    assert (both.__name__, both.__doc__) == ("both", "Return both.")
