"""What accounts hold, in words: roles, rights, and the rights that they hold in the place of who is absent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agreements.access import DELEGATED, PERMISSIONS
from agreements.models import Delegation, User

#: What the roles of `access.ROLES` are called; the role of programs is given to no person.
ROLES: Mapping[str, Promise] = {
    "reader": _("Reader: reads what the access level allows"),
    "officer": _("Desk officer: proposes, records and edits"),
    "treaty_department": _("Treaty department: all acts on agreements, corrections, reference data"),
    "head": _("Head of unit: acts as a desk officer; shares, delegations and the review of rights in the unit"),
    "administrator": _("Administrator: accounts and reference data"),
    "service": _("Program: acts for Pacta itself"),
}
#: What each right of `access.PERMISSIONS` lets somebody do.
WORDS: Mapping[str, Promise] = {
    "propose": _("propose agreements"),
    "step": _("record steps"),
    "record": _("record documents, acts and notes"),
    "edit": _("change data"),
    "void": _("correct the journal"),
    "redact": _("redact texts"),
    "declassify": _("lower the levels of documents"),
    "out_of_procedure": _("record out of procedure"),
    "import": _("take over histories"),
    "reference_data": _("keep reference data"),
    "accounts": _("keep accounts"),
    "share": _("show agreements to others"),
    "unit": _("give shares and delegations in the unit"),
}


def short(role: str) -> str:
    """Return the name of a role without what it means; a group of the ministry's own is shown by its name."""
    return str(ROLES.get(role, role)).partition(":")[0]


@dataclass(frozen=True)
class Holding:
    """What one account holds: the roles, the rights of its own, and under which delegations it has those of others."""

    user: User
    roles: tuple[str, ...]
    rights: tuple[str, ...]
    delegations: tuple[Delegation, ...] = ()
    given: tuple[str, ...] = ()

    @property
    def role_words(self) -> str:
        """The roles in words."""
        return ", ".join(short(role) for role in self.roles)

    @property
    def right_words(self) -> str:
        """The rights of its own in words."""
        return ", ".join(str(WORDS[right]) for right in self.rights)

    @property
    def given_words(self) -> str:
        """The rights that it has beside its own, in words."""
        return ", ".join(str(WORDS[right]) for right in self.given)


def with_rights(users: QuerySet[User]) -> QuerySet[User]:
    """Read accounts with their units, and with all that their rights follow from; a fixed number of queries."""
    running = Delegation.objects.running().select_related("absent")
    running = running.prefetch_related("absent__groups__permissions").order_by("starts_on", "given_at", "pk")
    return users.select_related("unit").prefetch_related(
        "groups__permissions", "user_permissions", Prefetch("delegations_held", running, to_attr="standing_in_under")
    )


def holdings(users: Iterable[User]) -> list[Holding]:
    """Return what accounts hold that were read by `with_rights`; no query."""
    return [_holding(user) for user in users]


def _holding(user: Any) -> Holding:
    own = _own(user)
    under = tuple(user.standing_in_under)
    given = {right for one in under for right in _of_roles(one.absent) if right in DELEGATED}
    return Holding(
        user=user,
        roles=tuple(sorted(group.name for group in user.groups.all())),
        rights=tuple(right for right in PERMISSIONS if right in own),
        delegations=under,
        given=tuple(right for right in PERMISSIONS if right in given and right not in own),
    )


def _own(user: User) -> set[str]:
    if not user.is_active:
        return set()
    if user.is_superuser:
        return set(PERMISSIONS)
    single = {one.codename for one in user.user_permissions.all()}
    return _of_roles(user) | {right for right, name in PERMISSIONS.items() if name in single}


def _of_roles(user: User) -> set[str]:
    names = {one.codename for group in user.groups.all() for one in group.permissions.all()}
    return {right for right, name in PERMISSIONS.items() if name in names}
