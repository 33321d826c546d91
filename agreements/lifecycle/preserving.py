"""The legal hold on an agreement: while it stands, nothing of the agreement is redacted, and no rule lets go of it."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import clock, journal, registers
from agreements.choices import EntryKind
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.models import Agreement, User
from agreements.registers import REASON_MISSING

#: Who may remove texts may also say that none is to be removed.
PRESERVING_RIGHT = "redact"
_HELD = Reason("legal-hold-set", _("The agreement is under a legal hold already."), firm=True)
_NOT_HELD = Reason("legal-hold-not-set", _("The agreement is not under a legal hold."), firm=True)


def preserve(agreement: Agreement, *, by: User, reason: str) -> Agreement:
    """Put an agreement under a legal hold, and return it fresh. Raises Refused with every reason."""
    return _set(agreement, True, by, reason)


def end_preserving(agreement: Agreement, *, by: User, reason: str) -> Agreement:
    """Lift the legal hold of an agreement, and return it fresh. Raises Refused with every reason."""
    return _set(agreement, False, by, reason)


def _set(agreement: Agreement, held: bool, by: User, reason: str) -> Agreement:
    with transaction.atomic():
        fresh = registers.lock(agreement, by=by, right=PRESERVING_RIGHT)
        reasons = registers.spelling({"reason": reason})
        if not reason.strip():
            reasons.append(REASON_MISSING)
        if fresh.legal_hold == held:
            reasons.append(_HELD if held else _NOT_HELD)
        if reasons:
            raise Refused(*reasons)
        fresh.legal_hold = held
        journal.record(
            fresh,
            EntryKind.EDIT,
            by=by,
            on=FuzzyDate.of_day(clock.today()),
            data={"changes": {"legal_hold": [not held, held]}},
            text={"reason": reason.strip()},
        )
        fresh.save(update_fields=["legal_hold", "version", "changed_at"])
    return fresh
