"""Users, their units and their access levels."""

import uuid
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from agreements import access
from agreements.choices import Level
from agreements.models.base import Coded, Line, one_of

if TYPE_CHECKING:
    from agreements.models.delegation import Delegation

#: Sent whenever a password was set and saved, by whomever; with the user.
password_was_set = Signal()


class Unit(Coded):
    """A unit of the ministry: a department, a division, a mission."""

    class Meta(Coded.Meta):
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        permissions = (("manage_unit", _("Can give shares and delegations in the own unit, and review its rights")),)


class Users(UserManager["User"]):
    """Finds and makes users."""

    def signing_in(self, day: date | None = None) -> models.QuerySet["User"]:
        """Read accounts with their units, and with whether they hold shares or act for somebody on a day, or today.

        And with whether they were told of anything that they have not read.
        """
        from agreements.models.delegation import any_running
        from agreements.models.share import any_held
        from agreements.models.subscription import any_unread

        asked: dict[str, Any] = {
            "holds_shares": any_held("pk", "unit", day),
            "stands_in": any_running("pk", day),
            "holds_unread": any_unread("pk"),
        }
        return self.select_related("unit").annotate(**asked)

    def who_see(self, agreement: Any) -> models.QuerySet["User"]:
        """Return the people in use whose access level reaches an agreement, or to whom it is shown."""
        from agreements.models.share import Share

        reaching = [level for level in Level.values if agreement.level in Level.up_to(level)]
        shown = Share.objects.in_force().filter(agreement=agreement)
        users = shown.filter(user__isnull=False).values("user")
        units = shown.filter(unit__isnull=False).values("unit")
        found = models.Q(access_level__in=reaching) | models.Q(pk__in=users) | models.Q(unit__in=units)
        return self.filter(found, is_active=True, is_service=False)

    def service(self, name: str) -> "User":
        """Return the account under which Pacta itself acts (loading, nightly work); nobody can sign in with it."""
        from django.contrib.auth.models import Group

        columns = {"access_level": Level.SECRET, "password": make_password(None)}
        # Two that begin at once may both find it missing.
        user, _created = self.get_or_create(username=f"pacta-{name}", is_service=True, defaults=columns)
        user.groups.add(Group.objects.get_or_create(name="service")[0])
        return user


class User(AbstractUser):
    """An official, or an account under which a program acts. Users are deactivated, never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    first_name = Line(AbstractUser._meta.get_field("first_name").verbose_name, max_length=150, blank=True)
    last_name = Line(AbstractUser._meta.get_field("last_name").verbose_name, max_length=150, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("unit"))
    access_level = models.CharField(
        _("access level"),
        max_length=12,
        choices=Level,
        default=Level.INTERNAL,
        help_text=_("The highest level of confidentiality that the user may see."),
    )
    is_service = models.BooleanField(_("service account"), default=False)

    #: A password that was set and is not saved yet; Django's.
    _password: str | None

    #: The codes of the areas beyond which a program does not reach under a token; None: no limit. Kept with no row.
    areas_only: frozenset[str] | None = None
    #: The level up to which shares count, where less may leave Pacta than its owner sees. Kept with no row.
    shares_within: str | None = None
    #: Whether the account holds shares, and acts for somebody: read with it by `Users.signing_in`; None: not known.
    holds_shares: bool | None = None
    stands_in: bool | None = None
    #: Whether it was told of anything unread, visible or not: likewise.
    holds_unread: bool | None = None

    objects: ClassVar[Users] = Users()

    class Meta(AbstractUser.Meta):
        constraints = (one_of("access_level", Level, model="user"),)
        permissions = (("manage_accounts", _("Can manage accounts")),)

    def __str__(self) -> str:
        return "Pacta" if self.is_service else self.get_full_name() or self.username

    # ---- what was given to it ----
    @cached_property
    def shared(self) -> Mapping[uuid.UUID, str]:
        """The agreements that are shown to it by shares, by key, with their levels; no query where it holds none."""
        from agreements.models.share import Share

        if self.holds_shares is False:
            return {}
        return dict(Share.objects.held_by(self).values_list("agreement", "agreement__level"))

    @cached_property
    def delegations(self) -> list["Delegation"]:
        """The delegations under which it acts today, the earliest first; no query where it acts for nobody."""
        from agreements.models.delegation import Delegation

        if self.stands_in is False or self.is_service or self._state.adding:
            return []
        running = Delegation.objects.running().filter(deputy=self)
        return list(running.select_related("absent").order_by("starts_on", "given_at", "pk"))

    @property
    def stood_for(self) -> list["User"]:
        """Those in whose place it acts today, once each."""
        return list({one.absent_id: one.absent for one in self.delegations}.values())

    def held_as(self, column: str) -> models.Q:
        """Return the condition that a column names the account, or one in whose place it acts today."""
        absent = self.stood_for
        return models.Q(**{f"{column}__in": [self, *absent]}) if absent else models.Q(**{column: self})

    @cached_property
    def _rights_given(self) -> dict[uuid.UUID, set[str]]:
        """The permissions of the roles of those in whose place it acts, as far as they are passed on."""
        from django.contrib.auth.models import Permission

        keys = [one.pk for one in self.stood_for]
        if not keys:
            return {}
        passed = [access.PERMISSIONS[right] for right in access.DELEGATED]
        held = Permission.objects.filter(content_type__app_label="agreements", codename__in=passed)
        given: dict[uuid.UUID, set[str]] = {key: set() for key in keys}
        rows = held.filter(group__user__in=keys).order_by()
        for key, name in rows.values_list("group__user", "codename"):
            given[key].add(f"agreements.{name}")
        return given

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Whether the account holds a permission, itself or by a delegation that runs today."""
        return self.holds(perm, obj) or any(perm in held for held in self._rights_given.values())

    def holds(self, perm: str, obj: Any = None) -> bool:
        """Whether the account holds a permission itself."""
        # What was read already need not be asked through all ways of signing in: of many steps it is asked for each.
        known = vars(self).get("_perm_cache") if self.is_active and not self.is_superuser and obj is None else None
        return super().has_perm(perm, obj) if known is None else perm in known

    def acts_for(self, right: str, officer: uuid.UUID | None = None) -> "User | None":
        """Return in whose place it uses a right: of who is responsible, or of whose right it is; None: in its own."""
        absent = self.stood_for
        perm = f"agreements.{access.PERMISSIONS[right]}"
        named = next((one for one in absent if one.pk == officer), None)
        if named is not None or not absent or self.holds(perm):
            return named
        return next((one for one in absent if perm in self._rights_given[one.pk]), None)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the account, and tell where its password is another one."""
        was_set = self._password is not None
        super().save(*args, **kwargs)
        if was_set:
            password_was_set.send(sender=User, user=self)
