"""Shares: the one place that gives and withdraws them. Each is an entry of the agreement's journal, with its reason.

Shown is an agreement above somebody's access level, and what belongs to it up to its own level. Who may give a share:
the treaty department of any agreement, a head of those that her unit leads, the responsible officer of his own; each
sees the agreement by his own access level, as what was only shown to somebody is not for him to show.
"""

from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import access, clock, registers
from agreements.choices import EntryKind, ShareEvent
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.models import Agreement, Share, Unit, User
from agreements.registers import NOT_PERMITTED, REASON_MISSING

#: The longest reason, in characters.
REASON_LENGTH = 400
NOBODY_NAMED = Reason("share-nobody", _("Name a user or a unit, one of both."), asked="user", firm=True)
NOT_IN_USE = Reason(
    "share-not-in-use", _("This account is deactivated, or acts for a program: nothing is shown to it."), asked="user",
    firm=True,
)  # fmt: skip
SEEN_ALREADY = Reason("share-seen", _("This user sees the agreement by the own access level."), asked="user", firm=True)
SHARED_ALREADY = Reason("share-there", _("It is shown to them already: withdraw that share first."), firm=True)
UNTIL_PAST = Reason("share-past", _("The last day of the share is past."), asked="until", firm=True)
REASON_LONG = Reason(
    "too-long",
    _("The reason is longer than %(longest)s characters."),
    {"longest": REASON_LENGTH},
    asked="reason",
    firm=True,
)
WITHDRAWN = Reason("share-withdrawn", _("This share was withdrawn already."), firm=True)


def may_give(user: User, agreement: Agreement) -> bool:
    """Whether the user may show this agreement to others, and withdraw what is shown."""
    if not access.sees(user, agreement.level):
        return False
    if access.may(user, "share"):
        return True
    if access.may(user, "unit") and user.unit_id is not None and agreement.lead_unit_id == user.unit_id:
        return True
    own = agreement.officer_id in {user.pk, *(one.pk for one in user.stood_for)}
    return own and access.may(user, "edit")


def give(
    agreement: Agreement,
    *,
    by: User,
    reason: str,
    user: User | None = None,
    unit: Unit | None = None,
    until: date | None = None,
) -> Share:
    """Show an agreement to a user or to a unit, until a day if one is given. Raises Refused with every reason."""
    with transaction.atomic():
        fresh = _locked(agreement, by)
        if reasons := _objections(fresh, user, unit, reason, until):
            raise Refused(*reasons)
        share = Share(
            agreement=fresh,
            user=user,
            unit=unit,
            reason=reason.strip(),
            until=until,
            given_at=clock.now(),
            given_by=by,
        )
        share.entry_id = _record(share, ShareEvent.GIVEN, by, reason)
        share.full_clean()
        share.save(force_insert=True)
    return share


def withdraw(share: Share, *, by: User, reason: str) -> Share:
    """Let a share show nothing any more, and return it fresh. Raises Refused with every reason."""
    with transaction.atomic():
        agreement = _locked(share.agreement, by)
        fresh = Share.objects.select_related("user", "unit", "given_by").get(pk=share.pk)
        fresh.agreement = agreement
        reasons = [WITHDRAWN] if fresh.withdrawn_at else []
        if reasons := [*reasons, *_reason(reason)]:
            raise Refused(*reasons)
        _record(fresh, ShareEvent.WITHDRAWN, by, reason)
        fresh.withdrawn_at, fresh.withdrawn_by = clock.now(), by
        fresh.save(update_fields=["withdrawn_at", "withdrawn_by"])
    return fresh


def _locked(agreement: Agreement, by: User) -> Agreement:
    fresh = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if not may_give(by, fresh):
        raise Refused(NOT_PERMITTED)
    if fresh.is_void:
        raise Refused(registers.VOID_RECORD)
    return fresh


def _objections(
    agreement: Agreement, user: User | None, unit: Unit | None, reason: str, until: date | None
) -> list[Reason]:
    """Return everything that stands against a share as it is to be given."""
    found = list(_reason(reason))
    if (user is None) == (unit is None):
        found.append(NOBODY_NAMED)
    elif user is not None and (not user.is_active or user.is_service):
        found.append(NOT_IN_USE)
    elif user is not None and access.sees(user, agreement.level):
        found.append(SEEN_ALREADY)
    elif Share.objects.in_force().filter(agreement=agreement, user=user, unit=unit).exists():
        found.append(SHARED_ALREADY)
    if until is not None and until < clock.today():
        found.append(UNTIL_PAST)
    return found


def _reason(reason: str) -> list[Reason]:
    if not reason.strip():
        return [REASON_MISSING]
    return ([REASON_LONG] if len(reason) > REASON_LENGTH else []) + registers.spelling({"reason": reason})


def _record(share: Share, event: ShareEvent, by: User, reason: str) -> UUID:
    until = {"until": share.until.isoformat()} if share.until and event == ShareEvent.GIVEN else {}
    whom = {"user": str(share.user_id)} if share.user_id else {"unit": share.unit.code if share.unit else ""}
    draft = registers.drafted(
        share.agreement,
        EntryKind.ACCESS,
        by=by,
        on=FuzzyDate.of_day(clock.today()),
        data={"share": str(share.pk), "share_event": event.value, "holder": share.holder, "to": whom, **until},
        reason=reason.strip(),
    )
    (entry,) = registers.write(share.agreement, [draft])
    return entry.pk
