"""How an account is read when somebody is signed in: with what every page asks of it."""

from typing import Any
from uuid import UUID

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from agreements import clock
from agreements.models import User
from agreements.models.prepared import Prepared


def _own(key: Any) -> Any:
    return User.user_permissions.through.objects.filter(user=key).values("permission")


def _of_roles(key: Any) -> Any:
    return Group.permissions.through.objects.filter(group__user=key).values("permission")


#: What every request asks: the account of a session, and what an account may do.
_KEPT = Prepared(lambda key, day: User.objects.signing_in(day).filter(pk=key))
_HELD = Prepared(
    lambda key: (
        Permission.objects.filter(Q(pk__in=_own(key)) | Q(pk__in=_of_roles(key)))
        .order_by()
        .values_list("content_type__app_label", "codename")
    )
)


class Accounts(ModelBackend):
    """Signs in as Django does; reads an account with its unit, and its own rights and those of its roles at once."""

    def get_user(self, user_id: UUID) -> User | None:
        """Return the account of a session; None of one that is gone or deactivated."""
        user: User | None = next(iter(_KEPT(user_id, clock.today())), None)
        return user if user and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return the permissions of an account, its own and those of its groups; kept with it while it is asked."""
        if not user_obj.is_active or user_obj.is_anonymous or user_obj.is_superuser or obj is not None:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):
            user_obj._perm_cache = {f"{app}.{name}" for app, name in _HELD(user_obj.pk)}
        return set(user_obj._perm_cache)
