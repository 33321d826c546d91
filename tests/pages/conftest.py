"""What the tests of pages share: signed-in clients, and agreements that stand at a stage."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agreements import lifecycle
from agreements.choices import Stage
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry, User


def day(year: int, month: int = 1, number: int = 1) -> FuzzyDate:
    """Return a date of which the day is known."""
    return FuzzyDate.of_day(date(year, month, number))


def words(response: Any) -> str:
    """Return the visible words of a page, without marks and with plain spaces."""
    body = re.sub(r"(?s)<(head|svg)\b.*?</\1>", " ", response.content.decode())
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body).replace("\u00a0", " ").replace("&nbsp;", " ")).strip()


def queries(client: Client, address: str) -> int:
    """Return how many queries a page takes, signing in included."""
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


@pytest.fixture
def signing(make_agreement: Callable[..., Agreement]) -> Agreement:
    """An agreement that is being prepared for signing since 21 February 2008."""
    return make_agreement(stage=Stage.SIGNING, on=day(2008, 2, 21))


@pytest.fixture
def secret(make_agreement: Callable[..., Agreement]) -> Agreement:
    """An agreement that only the cleared may see."""
    return make_agreement(
        titles={"en": "Protocol that nobody knows of"},
        short_titles={"en": "Hidden Protocol"},
        kind="protocol",
        stage=Stage.RATIFYING,
        on=day(2020),
        columns={"level": "secret"},
    )


def opening(agreement: Agreement) -> Entry:
    """Return the first entry of an agreement's journal."""
    return Entry.objects.of(agreement).earliest("sequence")


def hold(agreement: Agreement, user: User, reason: str = "The other side asked for time.") -> Agreement:
    """Put an agreement on hold since September 2012."""
    return lifecycle.hold(agreement, on=FuzzyDate.parse("2012-09"), by=user, reason=reason)
