"""The views of templates of tasks: what they hold, and applying one to agreements."""

from types import SimpleNamespace
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agreements.api.serializers.task_templates import (
    AppliedManySerializer,
    ApplyInput,
    TaskTemplateEdit,
    TaskTemplateInput,
    TaskTemplateSerializer,
)
from agreements.api.serializers.tasks import gather
from agreements.api.views.base import BY_CODE, Reads
from agreements.api.views.tasks import seen_by
from agreements.models import TaskTemplate, TemplateTask
from agreements.tasks import templates


class TaskTemplateViews(Reads):
    """Sets of tasks that are given to agreements together."""

    serializer_class = TaskTemplateSerializer
    input_class = TaskTemplateInput
    edit_class = TaskTemplateEdit
    http_method_names = ["get", "head", "post", "patch", "delete", "options"]
    conditional = ("partial_update", "destroy")
    ordering = ("code",)
    orderings = BY_CODE
    lookup_field = "code"
    lookup_value_regex = r"[A-Za-z0-9_-]{1,60}"
    rights = {
        **dict.fromkeys(("create", "partial_update", "destroy"), ("reference_data",)),
        "apply": ("record",),
    }

    def get_queryset(self) -> QuerySet[TaskTemplate]:
        """Return the templates with their tasks."""
        tasks = TemplateTask.objects.select_related("unit").order_by("number", "pk")
        seen: QuerySet[TaskTemplate] = TaskTemplate.objects.for_user(self.user)
        return seen.prefetch_related(Prefetch("tasks", tasks, to_attr="told_tasks"))

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Keep a new template, and return it with its address."""
        return self.answer(self.again(self.validated(TaskTemplateInput).write(self.user)), 201)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what the request names; tasks that were given before stay as they are."""
        change = self.validated(TaskTemplateEdit)
        with transaction.atomic():
            fresh = self._locked()
            change.apply(fresh, self.user)
        return self.answer(self.again(fresh))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take the template away; the tasks that it gave stay."""
        with transaction.atomic():
            templates.remove(self._locked(), by=self.user)
        return Response(status=204)

    def _locked(self) -> TaskTemplate:
        """Return the template, locked, in the version that the request names."""
        seen = TaskTemplate.objects.for_user(self.user).select_for_update(of=("self",))
        fresh: TaskTemplate = get_object_or_404(seen, code=self.kwargs["code"])
        self.match(fresh)
        return fresh

    @extend_schema(request=ApplyInput, responses=AppliedManySerializer)
    @action(detail=True, methods=["post"])
    def apply(self, request: Request, code: str) -> Response:
        """Give the tasks to agreements; the answer says of each what became of it, and nothing is given twice."""
        template = self.get_object()
        applied = self.validated(ApplyInput).write(template, self.user)
        keys = [task.pk for one in applied for task in one.made]
        kept = {task.pk: task for task in seen_by(self.user).filter(pk__in=keys)}
        gather(list(kept.values()))
        rows = [
            SimpleNamespace(
                agreement=one.agreement,
                done=not one.reasons,
                made=[kept[task.pk] for task in one.made],
                there=one.there,
                reasons=one.reasons,
            )
            for one in applied
        ]
        told = AppliedManySerializer(SimpleNamespace(results=rows), context=self.get_serializer_context())
        return Response(told.data)
