"""Who may do what: roles against rights, levels, and people who have left."""

from dataclasses import dataclass

import pytest
from django.apps import apps

from agreements.access import PERMISSIONS, ROLES, may, sees

#: Each right and the permission of the database behind it.
RIGHTS = {
    "propose": "agreements.add_agreement",
    "step": "agreements.perform_step",
    "record": "agreements.record_entry",
    "edit": "agreements.change_agreement",
    "void": "agreements.void_entry",
    "redact": "agreements.redact_entry",
    "declassify": "agreements.declassify_document",
    "out_of_procedure": "agreements.record_out_of_procedure",
    "import": "agreements.import_history",
    "reference_data": "agreements.manage_reference_data",
    "accounts": "agreements.manage_accounts",
}

#: Role by role: + holds the right, . does not.
TABLE = """
right             reader officer treaty_department administrator service
propose           .      +       +                 .             +
step              .      +       +                 .             +
record            .      +       +                 .             +
edit              .      +       +                 .             +
void              .      .       +                 .             +
redact            .      .       +                 .             .
declassify        .      .       +                 .             .
out_of_procedure  .      .       +                 .             +
import            .      .       +                 .             +
reference_data    .      .       +                 +             +
accounts          .      .       .                 +             .
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
CASES = [
    (role, right, mark == "+") for right, *marks in ROWS[1:] for role, mark in zip(ROWS[0][1:], marks, strict=True)
]


@dataclass
class Person:
    """What the rules know of a user."""

    granted: frozenset[str] = frozenset()
    access_level: str = "public"
    is_active: bool = True

    def has_perm(self, perm, /):
        return perm in self.granted


def in_role(role, **details):
    return Person(frozenset(RIGHTS[right] for right in ROLES[role]), **details)


def test_table_names_every_role_and_right():
    assert set(ROLES) == set(ROWS[0][1:])
    assert set(PERMISSIONS) == {row[0] for row in ROWS[1:]}


@pytest.mark.parametrize(("role", "right", "holds"), CASES)
def test_role_holds_its_rights_and_no_other(role, right, holds):
    assert may(in_role(role), right) is holds


@pytest.mark.parametrize("right", RIGHTS)
def test_right_needs_its_own_permission(right):
    assert may(Person(frozenset({RIGHTS[right]})), right) is True
    assert may(Person(frozenset(RIGHTS.values()) - {RIGHTS[right]}), right) is False


@pytest.mark.parametrize("right", RIGHTS)
def test_deactivated_user_holds_nothing(right):
    assert may(Person(frozenset(RIGHTS.values()), is_active=False), right) is False


def test_right_that_does_not_exist_is_a_mistake_of_the_caller():
    with pytest.raises(KeyError, match="fly"):
        may(Person(frozenset(RIGHTS.values())), "fly")


def test_permission_behind_each_right_exists_in_the_database():
    known = set()
    for model in apps.get_app_config("agreements").get_models():
        options = model._meta
        known |= {codename for codename, _name in options.permissions}
        known |= {f"{action}_{options.model_name}" for action in options.default_permissions}
    assert {codename for codename in PERMISSIONS.values() if codename not in known} == set()


@pytest.mark.parametrize(
    ("access_level", "seen"),
    [
        ("public", {"public"}),
        ("internal", {"public", "internal"}),
        ("restricted", {"public", "internal", "restricted"}),
        ("secret", {"public", "internal", "restricted", "secret"}),
    ],
)
def test_level_is_seen_up_to_ones_own(access_level, seen):
    levels = ("public", "internal", "restricted", "secret")
    assert {level for level in levels if sees(Person(access_level=access_level), level)} == seen


@pytest.mark.parametrize("level", ["public", "internal", "restricted", "secret"])
def test_deactivated_user_sees_nothing(level):
    assert sees(Person(access_level="secret", is_active=False), level) is False


def test_level_does_not_follow_from_a_role():
    assert sees(in_role("treaty_department"), "internal") is False
    assert sees(Person(access_level="secret"), "secret") is True
