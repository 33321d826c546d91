"""What pages of agreements and parties show of undisclosed participants, to who may see them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef

from agreements import undisclosed
from agreements.choices import UndisclosedState
from agreements.models import Agreement, Participant, UndisclosedParticipant, User


def seen_by(user: User) -> Any:
    """Return the records that a user sees, with what names them, and whether the party takes part by now."""
    taking = Participant.objects.filter(agreement=OuterRef("agreement"), party=OuterRef("party"))
    seen = UndisclosedParticipant.objects.for_user(user).kept()
    return seen.select_related("agreement", "party").annotate(takes_part=Exists(taking))


def rows_of(agreement: Agreement, user: User) -> Sequence[UndisclosedParticipant]:
    """Return those of an agreement, first those that stand."""
    rows = list(seen_by(user).filter(agreement=agreement).order_by("party__name_en", "-changed_at", "pk"))
    return _standing_first(rows)


def rows_then(
    agreement: Agreement, user: User, *, as_of: date, known_at: datetime | None
) -> Sequence[UndisclosedParticipant]:
    """Return those of an agreement as they stood on a day and were known at a moment, likewise."""
    rows = seen_by(user).filter(agreement=agreement).order_by("party__name_en", "-changed_at", "pk")
    return _standing_first([row for row, _level in undisclosed.then(rows, as_of=as_of, known_at=known_at)])


def _standing_first(rows: Sequence[UndisclosedParticipant]) -> Sequence[UndisclosedParticipant]:
    return sorted(rows, key=lambda row: row.state != UndisclosedState.UNDISCLOSED)
