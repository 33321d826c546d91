"""The sample portfolio for tests: loaded once as `make run` loads it, then copied."""

import io
from functools import cache
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection, models

from agreements import clock
from agreements.models import ApiToken, User
from tests.copies import Copy

#: What loading adds to an empty register, and the groups of the users among it; one copy for a process.
_kept: list[tuple[Copy, list[tuple[UUID, str]]]] = []
#: What there may be before: people, their rights, and what Django keeps for itself.
_BESIDE = {"auth", "contenttypes", "admin", "sessions"}


def load() -> None:
    """Load the sample portfolio; from a copy where nothing else is there and no clock was turned back."""
    if not _is_empty():
        call_command("load_sample", stdout=io.StringIO())
    elif _kept and _kept[0][0].has_been:
        _insert(*_kept[0])
    else:
        moment, before = clock.now(), set(User.objects.values_list("pk", flat=True))
        call_command("load_sample", stdout=io.StringIO())
        if _kept:
            return
        users = list(User.objects.exclude(pk__in=before).order_by("pk"))
        rows = [row for model in _models() for row in model._base_manager.order_by("pk")]
        groups = [(user.pk, group.name) for user in users for group in user.groups.all()]
        _kept.append((Copy([*users, *rows], moment), groups))


def _insert(copy: Copy, groups: list[tuple[UUID, str]]) -> None:
    copy.insert()
    # Groups are made anew, with other keys, whenever a test has emptied the tables.
    known = dict(Group.objects.values_list("name", "pk"))
    through = User.groups.through
    through._base_manager.bulk_create([through(user_id=user, group_id=known[name]) for user, name in groups])


def _models() -> list[type[models.Model]]:
    """Return what is empty before, in the order in which it was declared."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy
        and model._meta.app_label not in _BESIDE
        and model not in (User, User.groups.through, User.user_permissions.through, ApiToken)
    ]


@cache
def _question() -> str:
    tables = [connection.ops.quote_name(model._meta.db_table) for model in _models()]
    return "SELECT " + " OR ".join(f"EXISTS (SELECT 1 FROM {table})" for table in tables)


def _is_empty() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_question())
        return not cursor.fetchone()[0]
