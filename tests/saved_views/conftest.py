"""What the tests of saved views share: a quick way to keep one, and the council and the hidden of the calendar."""

from collections.abc import Callable
from typing import Any

import pytest

from agreements import saved_views
from agreements.models import SavedView, User
from tests.meetings.conftest import arrange, council, hidden, on, refusal

__all__ = ["arrange", "council", "hidden", "on", "refusal"]


@pytest.fixture
def save(officer: User) -> Callable[..., SavedView]:
    """Return what keeps a view; unless told otherwise the officer's own, of agreements of aviation with the EU."""

    def make(
        name: str = "Aviation", query: str = "party=EU&area=aviation", *, by: User = officer, **more: Any
    ) -> SavedView:
        return saved_views.create(by, name=name, query=query, **{"kind": "agreements", **more})

    return make
