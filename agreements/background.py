"""Work that is done behind a request: by Django's own tasks where it has them (6.0), before that by django-tasks.

The queue in the database (django-tasks-db) knows no others than those.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING

#: The library that has them.
LIBRARY = "django.tasks" if find_spec("django.tasks") else "django_tasks"

if TYPE_CHECKING or LIBRARY == "django_tasks":
    from django_tasks import task, task_backends
else:
    from django.tasks import task, task_backends

__all__ = ["LIBRARY", "task", "task_backends"]
