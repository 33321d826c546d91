"""Who may do what: one predicate per act. Who may see a record is decided by `for_user` of its query set."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from agreements.choices import EntryKind, Level, Origin, SubjectKind

#: The rights of each role; granted to groups of the same name.
ROLES: dict[str, tuple[str, ...]] = {
    "reader": (),
    "officer": ("propose", "step", "record", "edit"),
    "treaty_department": (
        "propose",
        "step",
        "record",
        "edit",
        "void",
        "redact",
        "declassify",
        "out_of_procedure",
        "import",
        "reference_data",
        "share",
    ),
    "head": ("propose", "step", "record", "edit", "unit"),
    "administrator": ("accounts", "reference_data"),
    "service": ("propose", "step", "record", "edit", "void", "out_of_procedure", "import", "reference_data"),
}
#: The permission of the database behind each right.
PERMISSIONS: dict[str, str] = {
    "propose": "add_agreement",
    "step": "perform_step",
    "record": "record_entry",
    "edit": "change_agreement",
    "void": "void_entry",
    "redact": "redact_entry",
    "declassify": "declassify_document",
    "out_of_procedure": "record_out_of_procedure",
    "import": "import_history",
    "reference_data": "manage_reference_data",
    "accounts": "manage_accounts",
    "share": "share_agreement",
    "unit": "manage_unit",
}
#: The rights that a delegation passes on: all that work on agreements asks for. The keeping of accounts, and what is
#: trusted to the head of a unit in person, stay with who has them.
DELEGATED = tuple(right for right in PERMISSIONS if right not in ("accounts", "unit"))


#: The right that is used where an entry of a kind is written about an agreement.
_RIGHT_OF: Mapping[EntryKind, str] = {
    EntryKind.OPEN: "propose",
    EntryKind.STEP: "step",
    EntryKind.HOLD: "step",
    EntryKind.RELEASE: "step",
    EntryKind.EDIT: "edit",
    EntryKind.ACCESS: "share",
    EntryKind.VOID: "void",
    EntryKind.REDACTION: "redact",
}


def right_used(subject: str, kind: str, *, origin: str, out_of_procedure: bool) -> str:
    """Return the right that is used by who writes an entry of the journal."""
    if origin == Origin.IMPORTED:
        return "import"
    if out_of_procedure:
        return "out_of_procedure"
    if subject in (SubjectKind.PARTY, SubjectKind.INDICATOR):
        return "reference_data"
    if subject in (SubjectKind.MEETING, SubjectKind.COMMITMENT, SubjectKind.UNDISCLOSED) and kind == EntryKind.OPEN:
        return "edit"
    return _RIGHT_OF.get(EntryKind(kind), "record")


@dataclass(frozen=True)
class AnyReader:
    """Whoever sees up to a level, of whom nothing else is known: no account, no right, no share, no limit to areas."""

    access_level: str
    is_active: bool = True
    is_authenticated: bool = True
    areas_only: None = None
    holds_shares: bool = False

    def has_perm(self, perm: str, /) -> bool:
        """Return that no permission is held."""
        return False


#: The one reader of the public register.
EVERYBODY = AnyReader(Level.PUBLIC)


def reader_of(user: Any) -> Any:
    """Return `AnyReader` of the user's level where that alone decides what he sees; else the user himself."""
    plain = user.is_active and user.is_authenticated and user.areas_only is None and user.holds_shares is False
    return AnyReader(user.access_level) if plain else user


class Somebody(Protocol):
    """What the rules need to know of a user."""

    access_level: str

    @property
    def is_active(self) -> bool:
        """Whether the account is in use."""

    @property
    def shared(self) -> Mapping[UUID, str]:
        """The agreements that are shown to the account by shares, by key, with their levels."""

    def has_perm(self, perm: str, /) -> bool:
        """Whether the account holds a permission of the database."""


def may(user: Somebody, right: str) -> bool:
    """Whether the user holds a right of `PERMISSIONS`; a deactivated user holds none."""
    return bool(user.is_active) and user.has_perm(f"agreements.{PERMISSIONS[right]}")


def sees(user: Somebody, level: str) -> bool:
    """Whether the user's access level reaches a level of confidentiality."""
    return bool(user.is_active) and level in Level.up_to(user.access_level)


class Hidden(Protocol):
    """What the rules need to know of an agreement."""

    pk: UUID
    level: str


def sees_agreement(user: Somebody, agreement: Hidden) -> bool:
    """Whether the user's access level reaches an agreement, or a share shows it to him."""
    return sees(user, agreement.level) or (bool(user.is_active) and agreement.pk in user.shared)


def reach(user: Somebody, agreement: Hidden) -> Level:
    """Return the highest level of what belongs to an agreement that the user may see.

    A share shows what belongs to the agreement up to the agreement's own level, nothing more secret.
    """
    if not sees(user, agreement.level) and sees_agreement(user, agreement):
        return Level(agreement.level)
    return Level(user.access_level)


def reaches_anywhere(user: Somebody, level: str) -> bool:
    """Whether the user may see something of a level: by his access level, or by some share."""
    return sees(user, level) or (
        bool(user.is_active) and any(level in Level.up_to(shown) for shown in user.shared.values())
    )


def needs_second_factor(user: Somebody, *, demanded: str) -> bool:
    """Whether a second factor is demanded of the user: of `none`, of `writers` - who holds any right - or of `all`."""
    return demanded == "all" or (demanded == "writers" and any(may(user, right) for right in PERMISSIONS))
