"""Clearances: a body's consent to a text, given, given with remarks or refused."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from agreements import registers
from agreements.choices import ClearanceResult, EntryKind
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.models import Agreement, Entry, User


def clear(agreement: Agreement, body: str, *, result: str, on: FuzzyDate, by: User, **details: Any) -> Entry:
    """Record what a body answered when asked to clear the present text; its last answer counts. Raises Refused."""
    reasons = registers.spelling({"place": body})
    if not body.strip():
        reasons.append(Reason("body-missing", _("Name the body that was asked."), asked="body", firm=True))
    if result not in ClearanceResult.values:
        reasons.append(
            Reason(
                "result-unknown",
                _("“%(value)s” is not known. Use one of: %(known)s."),
                {"value": result, "known": ", ".join(ClearanceResult.values)},
                asked="result",
                firm=True,
            )
        )
    if reasons:
        raise Refused(*reasons)
    return registers.add(
        agreement, EntryKind.CLEARANCE, by=by, on=on, data={"body": body.strip(), "result": result}, **details
    )
