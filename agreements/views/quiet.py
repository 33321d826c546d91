"""What pages of agreements and parties show of undisclosed participants, to who may see them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef

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
    return sorted(rows, key=lambda row: row.state != UndisclosedState.UNDISCLOSED)
