"""Who may do what: one predicate per act. Who may see a record is decided by `for_user` of its query set."""

from typing import Protocol

from agreements.choices import Level

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
    ),
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
}


class Somebody(Protocol):
    """What the rules need to know of a user."""

    access_level: str

    @property
    def is_active(self) -> bool:
        """Whether the account is in use."""

    def has_perm(self, perm: str, /) -> bool:
        """Whether the account holds a permission of the database."""


def may(user: Somebody, right: str) -> bool:
    """Whether the user holds a right of `PERMISSIONS`; a deactivated user holds none."""
    return bool(user.is_active) and user.has_perm(f"agreements.{PERMISSIONS[right]}")


def sees(user: Somebody, level: str) -> bool:
    """Whether the user's access level reaches a level of confidentiality."""
    return bool(user.is_active) and level in Level.up_to(user.access_level)


def needs_second_factor(user: Somebody, *, demanded: str) -> bool:
    """Whether a second factor is demanded of the user: of `none`, of `writers` - who holds any right - or of `all`."""
    return demanded == "all" or (demanded == "writers" and any(may(user, right) for right in PERMISSIONS))
