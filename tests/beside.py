"""Acts that run beside one another, each in a thread with connections of its own."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections


class Beside:
    """Acts that have begun; what they give and what they raise is kept. With `at_once` each waits for all others."""

    def __init__(self, *acts: Callable[[], Any], at_once: bool = False) -> None:
        self.given: list[Any] = []
        self.faults: list[BaseException] = []
        self._start = threading.Barrier(len(acts) if at_once else 1)
        self._threads = [threading.Thread(target=self._run, args=(act,)) for act in acts]
        for thread in self._threads:
            thread.start()

    def join(self, seconds: float) -> list[BaseException]:
        """Wait for all of them, for so long each; return what they raised. Raises AssertionError for one that stays."""
        for thread in self._threads:
            thread.join(seconds)
        assert not any(thread.is_alive() for thread in self._threads)
        return self.faults

    def _run(self, act: Callable[[], Any]) -> None:
        try:
            self._start.wait(30)
            self.given.append(act())
        except BaseException as error:  # told to whoever waits
            self.faults.append(error)
        finally:
            connections.close_all()
