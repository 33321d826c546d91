"""Templates of tasks: kept by the treaty department, applied on the pages and through the API."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from agreements.admin.base import Register, Rows, user_of
from agreements.models import TaskTemplate, TemplateTask
from agreements.tasks import templates


class TemplateTaskRows(Rows):
    """The tasks of a template, in their order."""

    model = TemplateTask
    fields = (
        "number", "title_en", "title_ru", "title_kk", "body_en", "body_ru", "body_kk", "side", "unit", "anchor", "days",
    )  # fmt: skip
    ordering = ("number", "pk")


@admin.register(TaskTemplate)
class TaskTemplateAdmin(Register):
    """Sets of tasks that are given to agreements together."""

    list_display = ("code", "name_en", "name_ru", "name_kk", "changed_at")
    search_fields = ("code", "name_en", "name_ru", "name_kk")
    fields = ("code", "name_en", "name_ru", "name_kk")
    fixed = ("code",)
    inlines = (TemplateTaskRows,)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who keeps templates may take one away: the tasks that it gave stay."""
        return self.has_change_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Take it away."""
        templates.remove(obj, by=user_of(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the tasks, and the moment: the version is that of the whole."""
        super().save_related(request, form, formsets, change)
        form.instance.save()
