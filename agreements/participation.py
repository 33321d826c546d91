"""What participants do: full powers, signature, ratification and the rest, each an entry of the agreement's journal."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from agreements import registers
from agreements.choices import ActionKind, EntryKind
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.models import Agreement, Entry, Party, User


def act(agreement: Agreement, party: Party, kind: str, *, on: FuzzyDate, by: User, **details: Any) -> Entry:
    """Record an act of a participant for the present text. Raises Refused for an unknown act or a stranger."""
    reasons = []
    if kind not in ActionKind.values:
        reasons.append(
            Reason(
                "act-unknown",
                _("“%(value)s” is not known. Use one of: %(known)s."),
                {"value": kind, "known": ", ".join(ActionKind.values)},
                asked="act",
                firm=True,
            )
        )
    if not agreement.participants.filter(party=party).exists():
        reasons.append(
            Reason(
                "not-a-participant",
                _("Not a participant of this agreement: %(party)s."),
                {"party": party.names},
                asked="party",
                firm=True,
            )
        )
    if reasons:
        raise Refused(*reasons)
    return registers.add(agreement, EntryKind.ACTION, by=by, on=on, data={"act": kind, "party": party.code}, **details)
