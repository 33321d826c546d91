"""Who may do what: roles against rights, levels, and people who have left."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.apps import apps

from agreements.access import DELEGATED, PERMISSIONS, ROLES, may, reach, reaches_anywhere, sees, sees_agreement

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
    "share": "agreements.share_agreement",
    "unit": "agreements.manage_unit",
}

#: Role by role: + holds the right, . does not.
TABLE = """
right             reader officer treaty_department head administrator service
propose           .      +       +                 +    .             +
step              .      +       +                 +    .             +
record            .      +       +                 +    .             +
edit              .      +       +                 +    .             +
void              .      .       +                 .    .             +
redact            .      .       +                 .    .             .
declassify        .      .       +                 .    .             .
out_of_procedure  .      .       +                 .    .             +
import            .      .       +                 .    .             +
reference_data    .      .       +                 .    +             +
accounts          .      .       .                 .    +             .
share             .      .       +                 .    .             .
unit              .      .       .                 +    .             .
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
    shared: dict[UUID, str] = field(default_factory=dict)

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


def test_what_is_passed_on_by_a_delegation_is_all_but_what_is_trusted_in_person():
    assert set(PERMISSIONS) - set(DELEGATED) == {"accounts", "unit"}


ONE, OTHER = UUID(int=1), UUID(int=2)
#: The user's level, the agreement's, whether it is shown to him: whether he sees it, up to which level he sees of it.
REACHES = """
own         agreement   shared sees reach
public      public      .      +    public
public      internal    .      .    public
public      internal    +      +    internal
public      secret      +      +    secret
internal    restricted  .      .    internal
internal    restricted  +      +    restricted
internal    public      +      +    internal
restricted  internal    +      +    restricted
secret      secret      .      +    secret
"""
_REACHES = [line.split() for line in REACHES.strip().splitlines()[1:]]


@pytest.mark.parametrize(("own", "level", "shared", "seen", "highest"), _REACHES)
def test_a_share_shows_an_agreement_up_to_its_own_level(own, level, shared, seen, highest):
    person = Person(access_level=own, shared={ONE: level} if shared == "+" else {OTHER: "secret"})
    agreement = SimpleNamespace(pk=ONE, level=level)
    assert (sees_agreement(person, agreement), reach(person, agreement).value) == (seen == "+", highest)


def test_a_share_shows_nothing_to_the_deactivated():
    person = Person(access_level="public", shared={ONE: "secret"}, is_active=False)
    assert sees_agreement(person, SimpleNamespace(pk=ONE, level="secret")) is False
    assert reaches_anywhere(person, "public") is False


def test_a_level_is_reached_somewhere_by_the_highest_share():
    person = Person(access_level="internal", shared={ONE: "restricted"})
    assert [level for level in ("public", "internal", "restricted", "secret") if reaches_anywhere(person, level)] == [
        "public", "internal", "restricted",
    ]  # fmt: skip


def test_level_does_not_follow_from_a_role():
    assert sees(in_role("treaty_department"), "internal") is False
    assert sees(Person(access_level="secret"), "secret") is True
