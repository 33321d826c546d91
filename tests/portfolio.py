"""The sample portfolio for tests: loaded once as `make run` loads it, then copied row by row."""

import copy
import io
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, models

from agreements import clock
from agreements.models import User

_Rows = dict[type[models.Model], list[models.Model]]
#: The rows that loading adds to an empty register, and when they were recorded; one copy for a process.
_kept: list[tuple[datetime, _Rows]] = []
_groups: dict[UUID, list[str]] = {}
#: What there may be before: people, their rights, and what Django keeps for itself.
_BESIDE = {"auth", "contenttypes", "admin", "sessions", "authtoken"}


def load() -> None:
    """Load the sample portfolio; from a copy where nothing else is there and no clock was turned back."""
    before = {model: set(model._base_manager.values_list("pk", flat=True)) for model in _models()}
    if any(before[model] for model in before if model is not User):
        call_command("load_sample", stdout=io.StringIO())
    elif _kept and _kept[0][0] <= clock.now():
        _copy(_kept[0][1])
    else:
        moment = clock.now()
        call_command("load_sample", stdout=io.StringIO())
        added = {
            model: [copy.copy(row) for row in model._base_manager.order_by("pk") if row.pk not in before[model]]
            for model in _models()
        }
        _kept[:] = [(moment, {model: rows for model, rows in added.items() if rows})]
        # Groups are made anew, with other keys, whenever a test has emptied the tables.
        _groups.update({user.pk: [group.name for group in user.groups.all()] for user in User.objects.order_by("pk")})


def _models() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy and model._meta.app_label not in _BESIDE and model is not User.groups.through
    ]


def _copy(rows: _Rows) -> None:
    """Insert the rows, whatever refers to others after them, and let the next keys follow."""
    waiting = dict(rows)
    while waiting:
        for model in list(waiting):
            needed = {field.related_model for field in model._meta.concrete_fields if field.related_model is not None}
            if not needed & (waiting.keys() - {model}):
                model._base_manager.bulk_create(_copies(waiting.pop(model)))
    for user in User.objects.filter(pk__in=[row.pk for row in rows.get(User, [])]).order_by("pk"):
        user.groups.set(Group.objects.filter(name__in=_groups[user.pk]))
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(rows)):
            cursor.execute(statement)


def _copies(rows: list[models.Model]) -> Any:
    found = []
    for row in rows:
        one = copy.copy(row)
        one._state = models.base.ModelState()
        found.append(one)
    return found
