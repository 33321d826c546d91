"""What the tests of meetings share: the council, a meeting to come, agreements that some may not see."""

from collections.abc import Callable
from typing import Any

import pytest

from agreements import meetings
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.models import Agreement, Format, Meeting, User

#: The tests look at 28 December 2024.
AHEAD, PAST = "2025-05-13", "2024-10-21"


def on(text: str) -> FuzzyDate:
    """Return the date that a text names."""
    return FuzzyDate.parse(text)


def refusal(call: Callable[[], Any]) -> list[tuple[str, str]]:
    """Return code and sentence of everything that a call is refused for."""
    with pytest.raises(Refused) as caught:
        call()
    return [(reason.code, reason.sentence.replace("\u00a0", " ")) for reason in caught.value.reasons]


@pytest.fixture
def council(db: None) -> Format:
    """The format of the Cooperation Council."""
    return Format.objects.create(
        code="council",
        name_en="Cooperation Council",
        name_ru="Совет сотрудничества",
        name_kk="Ынтымақтастық кеңесі",
    )


@pytest.fixture
def arrange(council: Format, lawyer: User) -> Callable[..., Meeting]:
    """Return what arranges a meeting of the Council; unless told otherwise a tentative one on 13 May 2025."""

    def make(when: str = AHEAD, *, by: User = lawyer, parties: Any = (), agenda: Any = (), **columns: Any) -> Meeting:
        meeting = Meeting(format=council, **columns)
        meeting.on = on(when)
        points = [point if isinstance(point, meetings.Point) else meetings.Point(point) for point in agenda]
        return meetings.arrange(meeting, by=by, parties=parties, agenda=points)

    return make


@pytest.fixture
def hidden(make_agreement: Callable[..., Agreement]) -> Agreement:
    """An agreement that only the cleared may see."""
    return make_agreement(titles={"en": "Protocol that nobody knows of"}, short_titles={}, columns={"level": "secret"})
