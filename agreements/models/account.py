"""Users, their units and their access levels."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from agreements.choices import Level
from agreements.models.base import Coded, one_of

#: Sent whenever a password was set and saved, by whomever; with the user.
password_was_set = Signal()


class Unit(Coded):
    """A unit of the ministry: a department, a division, a mission."""

    class Meta(Coded.Meta):
        verbose_name = _("unit")
        verbose_name_plural = _("units")


class Users(UserManager["User"]):
    """Finds and makes users."""

    def service(self, name: str) -> "User":
        """Return the account under which Pacta itself acts (loading, nightly work); nobody can sign in with it."""
        from django.contrib.auth.models import Group

        user = self.filter(username=f"pacta-{name}", is_service=True).first()
        if user is None:
            user = self.model(username=f"pacta-{name}", access_level=Level.SECRET, is_service=True)
            user.set_unusable_password()
            user.save()
        user.groups.add(Group.objects.get_or_create(name="service")[0])
        return user


class User(AbstractUser):
    """An official, or an account under which a program acts. Users are deactivated, never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
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

    objects: ClassVar[Users] = Users()

    class Meta(AbstractUser.Meta):
        constraints = (one_of("access_level", Level, model="user"),)
        permissions = (("manage_accounts", _("Can manage accounts")),)

    def __str__(self) -> str:
        return "Pacta" if self.is_service else self.get_full_name() or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the account, and tell where its password is another one."""
        was_set = self._password is not None
        super().save(*args, **kwargs)
        if was_set:
            password_was_set.send(sender=User, user=self)
