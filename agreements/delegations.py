"""Delegations: the one place that gives and ends them. The journal of sign-ins keeps both, with who did it.

Who is absent delegates himself; a head does it for the people of her unit, who keeps the accounts for anybody. The
deputy has the rights of the roles of who is absent beside the own, and the work; never an access level, never what
shares show to the absent, and never what was delegated to the absent in turn.
"""

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import access, clock, registers
from agreements.dates import FuzzyDate
from agreements.entrance import journal
from agreements.entrance_choices import SignInKind
from agreements.guards import Reason, Refused
from agreements.models import Delegation, User
from agreements.registers import NOT_PERMITTED

#: The longest reason, in characters, and the longest absence, in days.
REASON_LENGTH, LONGEST = 400, 366
NOT_IN_USE = Reason(
    "delegation-not-in-use",
    _("Both must be people whose accounts are in use."),
    asked="deputy",
    firm=True,
)
TO_ONESELF = Reason(
    "delegation-to-oneself", _("Nobody acts in his own place: name another."), asked="deputy", firm=True
)
TURNED = Reason("delegation-turned", _("The last day is before the first one."), asked="ends_on", firm=True)
PAST = Reason("delegation-past", _("The last day is past."), asked="ends_on", firm=True)
TOO_LONG = Reason(
    "delegation-long",
    _("A delegation runs for %(days)s days at most."),
    {"days": LONGEST},
    asked="ends_on",
    firm=True,
)
REASON_LONG = Reason(
    "too-long",
    _("The reason is longer than %(longest)s characters."),
    {"longest": REASON_LENGTH},
    asked="reason",
    firm=True,
)
THERE_ALREADY = Reason(
    "delegation-there", _("This deputy acts in this place on some of these days already."), asked="deputy", firm=True
)
ENDED = Reason("delegation-ended", _("This delegation is over."), firm=True)


def may_arrange(by: User, absent: User) -> bool:
    """Whether somebody may give, and end, delegations of an account."""
    if not by.is_active:
        return False
    if by.pk == absent.pk or access.may(by, "accounts"):
        return True
    return access.may(by, "unit") and by.unit_id is not None and by.unit_id == absent.unit_id


def give(absent: User, deputy: User, *, by: User, starts_on: date, ends_on: date, reason: str = "") -> Delegation:
    """Let somebody act in the place of who is absent, from a day until a day. Raises Refused with every reason."""
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=absent.pk)  # two at once must not both be the first
        if not may_arrange(by, absent):
            raise Refused(NOT_PERMITTED)
        if reasons := _objections(absent, deputy, starts_on, ends_on, reason):
            raise Refused(*reasons)
        delegation = Delegation(
            absent=absent,
            deputy=deputy,
            starts_on=starts_on,
            ends_on=ends_on,
            reason=reason.strip(),
            given_at=clock.now(),
            given_by=by,
        )
        delegation.full_clean()
        delegation.save(force_insert=True)
        _keep(SignInKind.DELEGATED, delegation, by)
    return delegation


def end(delegation: Delegation, *, by: User) -> Delegation:
    """End a delegation before its last day and return it fresh: who is absent is back. Raises Refused.

    The deputy can lay it down, too.
    """
    with transaction.atomic():
        locked = Delegation.objects.select_for_update(of=("self",)).select_related("absent", "deputy", "given_by")
        fresh = locked.get(pk=delegation.pk)
        if not may_end(by, fresh):
            raise Refused(NOT_PERMITTED)
        if fresh.over:
            raise Refused(ENDED)
        fresh.ended_at, fresh.ended_by = clock.now(), by
        fresh.save(update_fields=["ended_at", "ended_by"])
        _keep(SignInKind.DELEGATION_ENDED, fresh, by)
    return fresh


def may_end(by: User, delegation: Delegation) -> bool:
    """Whether somebody may end a delegation: who could have given it, and the deputy."""
    return may_arrange(by, delegation.absent) or (by.is_active and by.pk == delegation.deputy_id)


def _objections(absent: User, deputy: User, starts_on: date, ends_on: date, reason: str) -> list[Reason]:
    found = [] if len(reason) <= REASON_LENGTH else [REASON_LONG]
    found += registers.spelling({"reason": reason})
    if absent.pk == deputy.pk:
        found.append(TO_ONESELF)
    if any(not one.is_active or one.is_service for one in (absent, deputy)):
        found.append(NOT_IN_USE)
    if ends_on < starts_on:
        found.append(TURNED)
    elif ends_on < clock.today():
        found.append(PAST)
    elif ends_on - starts_on >= timedelta(days=LONGEST):
        found.append(TOO_LONG)
    same = Delegation.objects.filter(absent=absent, deputy=deputy, ended_at=None)
    if same.filter(starts_on__lte=ends_on, ends_on__gte=starts_on).exists():
        found.append(THERE_ALREADY)
    return found


def _keep(kind: SignInKind, delegation: Delegation, by: User) -> None:
    """Write what happened with both accounts in the journal of sign-ins: each of them finds it in his own account."""
    days = f"{FuzzyDate.of_day(delegation.starts_on).iso}/{FuzzyDate.of_day(delegation.ends_on).iso}"
    note = f"{delegation.absent.username} > {delegation.deputy.username}, {days}"
    for user in (delegation.absent, delegation.deputy):
        journal.record(kind, user, by=by, note=note)
