"""What is run from outside, again and again: when each last went well is kept, so that somebody on watch sees it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import Error

from agreements import clock
from agreements.models import Routine

#: The commands that are to be run again and again.
NAMES = ("backup", "retention", "seal_journal", "tick", "verify_journal")


@contextmanager
def running(name: str) -> Iterator[None]:
    """Keep when what happens inside the block ended well, or that it failed, and how long it took.

    That is kept beside the work, not within it: a database that cannot take it down now hinders no backup.
    """
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        _keep(name, failed_at=clock.now(), seconds=time.monotonic() - begun)
        raise
    _keep(name, ended_at=clock.now(), seconds=time.monotonic() - begun)


def _keep(name: str, **columns: object) -> None:
    with suppress(Error):
        Routine.objects.update_or_create(pk=name, defaults=columns)
