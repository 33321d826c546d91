"""The views of tasks: lists and records, what is done to one of them and to many, those of one agreement."""

from types import SimpleNamespace
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import registers
from agreements.api import conditional
from agreements.api.serializers.tasks import (
    BULK,
    BulkOutcomesSerializer,
    CompleteInput,
    DropInput,
    ReopenInput,
    TaskEdit,
    TaskInput,
    TaskSerializer,
    bulk,
    gather,
)
from agreements.api.views.base import UUID, Reads, orders
from agreements.api.views.participation import Participations
from agreements.filters import TaskFilter, TasksOfOneFilter
from agreements.models import Task, User

#: The order of lists: what is due first comes first, what has no due date last.
ORDERING = ("due_by", "pk")


def seen_by(user: User) -> QuerySet[Task]:
    """Return the tasks that a user may see, with what is told of each; not those of records opened by mistake."""
    seen: QuerySet[Task] = Task.objects.for_user(user).kept()
    return seen.select_related("agreement__procedure_version", "unit", "person", "party", "origin__template")


class TaskViews(Reads):
    """What is to be done for agreements, as far as the reader may see them."""

    serializer_class = TaskSerializer
    edit_class = TaskEdit
    filterset_class = TaskFilter
    ordering = ORDERING
    orderings = orders(due_by="due_by", changed_at="-changed_at")
    lookup_field = "pk"
    lookup_value_regex = UUID
    rights = dict.fromkeys(("partial_update", "complete", "drop", "reopen", "bulk"), ("record",))

    def get_queryset(self) -> QuerySet[Task]:
        """Return the tasks that the reader may see."""
        return seen_by(self.user)

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return a page, of tasks with what stands beside them."""
        page = super().paginate_queryset(queryset)
        gather(page or [])
        return page

    def answer(self, record: Task, status: int = 200) -> Response:
        """Return a task with what stands beside it."""
        gather([record])
        return super().answer(record, status)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change who does the task and, unless a procedure gave it, what it is and when it is due."""
        task = self.get_object()
        change = self.validated(TaskEdit, agreement=task.agreement)
        with transaction.atomic():
            # The agreement's row is locked before its tasks: writers of both go the same way.
            registers.lock(task.agreement, by=self.user, right="record")
            fresh = self.get_object()
            self.match(fresh)
            change.apply(fresh, self.user)
        return self.answer(self.again(task))

    @extend_schema(request=CompleteInput)
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: str) -> Response:
        """End a task as done; where it asks for a document or a clearance, by the citation or the answer."""
        return self._write(CompleteInput)

    @extend_schema(request=DropInput)
    @action(detail=True, methods=["post"])
    def drop(self, request: Request, pk: str) -> Response:
        """End a task that a person added as no longer needed."""
        return self._write(DropInput)

    @extend_schema(request=ReopenInput)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Open a task again that a person ended."""
        return self._write(ReopenInput)

    def _write(self, serializer_class: type[CompleteInput | DropInput | ReopenInput]) -> Response:
        task = self.get_object()
        self.validated(serializer_class).write(task, self.user)
        return self.answer(self.again(task))

    @extend_schema(
        request=PolymorphicProxySerializer("BulkInput", dict(BULK), resource_type_field_name="action"),
        responses=BulkOutcomesSerializer,
    )
    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """End many tasks, or add the same one to many agreements; the answer says of each what became of it."""
        asked = bulk(request.data, self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        outcomes = asked.write(self.user)
        kept = {task.pk: task for task in self.get_queryset().filter(pk__in={one.key for one in outcomes})}
        gather(list(kept.values()))
        rows = [
            SimpleNamespace(item=one.item, done=not one.reasons, task=kept.get(one.key), reasons=one.reasons)
            for one in outcomes
        ]
        told = SimpleNamespace(action=asked.validated_data["action"], results=rows)
        return Response(BulkOutcomesSerializer(told, context=self.get_serializer_context()).data)


class TasksOfAgreements(Participations):
    """The tasks of one agreement."""

    @extend_schema(responses=TaskSerializer(many=True))
    @action(detail=True, filterset_class=TasksOfOneFilter, ordering=ORDERING)
    def tasks(self, request: Request, reference: str) -> Response:
        """Return the tasks of the agreement, what is due first at the head."""
        of_one = seen_by(self.user).filter(agreement=self.get_object())
        page = self.paginate_queryset(self.filter_queryset(of_one)) or []
        gather(page)
        told = TaskSerializer(page, many=True, context=self.get_serializer_context())
        return self.get_paginated_response(told.data)

    @extend_schema(request=TaskInput, responses={201: TaskSerializer})
    @tasks.mapping.post
    def add_task(self, request: Request, reference: str) -> Response:
        """Add a task; what procedures give to do comes by itself."""
        agreement = self.get_object()
        made = self.validated(TaskInput, agreement=agreement).write(agreement, self.user)
        task = seen_by(self.user).get(pk=made.pk)
        gather([task])
        told = TaskSerializer(task, context=self.get_serializer_context()).data
        return Response(told, 201, headers={"ETag": conditional.tag_of(told["version"]), "Location": told["url"]})
