"""Commitments: the one place that writes them. Undertaking one, changing it, and reporting how far it is fulfilled."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import clock, registers
from agreements.choices import CommitmentState, Group, Origin
from agreements.guards import Reason, Refused
from agreements.models import Agreement, Commitment, User

NOT_SIGNED = Reason(
    "commitment-not-signed",
    _("Commitments are recorded once the agreement is signed: before that its text can still change."),
    asked="agreement",
    firm=True,
)
DAY_MISSING = Reason("fulfilled-on-missing", _("Say on which day it was fulfilled."), asked="fulfilled_on", firm=True)
ANOTHER_AGREEMENT = Reason(
    "commitment-moved",
    _("A commitment stays with the agreement in which it was undertaken."),
    asked="agreement",
    firm=True,
)


def objections(commitment: Commitment) -> list[Reason]:
    """Return everything that stands against a commitment as it is to be."""
    found = []
    if commitment.agreement.is_void:
        found.append(registers.VOID_RECORD)
    elif commitment.agreement.group == Group.PREPARING:
        found.append(NOT_SIGNED)
    if commitment.state == CommitmentState.FULFILLED and not commitment.fulfilled_on:
        found.append(DAY_MISSING)
    if commitment.fulfilled_on:
        found += registers.timing(commitment.fulfilled_on, clock.today(), asked="fulfilled_on")
    return found


def undertake(agreement: Agreement, *, by: User, origin: str = Origin.RECORDED, **columns: Any) -> Commitment:
    """Record what was undertaken in an agreement. Raises Refused, or ValidationError for what no column can hold."""
    commitment = Commitment(agreement=agreement, **columns)
    check(commitment)
    return registers.create(commitment, by=by, origin=origin, source=commitment.source)


@contextmanager
def changing(commitment: Commitment, *, by: User) -> Iterator[Commitment]:
    """Change a commitment inside the block: what it says, or how far it is fulfilled. Raises as `undertake` does."""
    with transaction.atomic(), registers.editing(commitment, by=by) as fresh:
        kept = fresh.agreement_id
        yield fresh
        if fresh.agreement_id != kept:
            raise Refused(ANOTHER_AGREEMENT)
        check(fresh)


def check(commitment: Commitment) -> None:
    """Raise Refused where anything stands against a commitment as it is to be."""
    if reasons := objections(commitment):
        raise Refused(*reasons)
