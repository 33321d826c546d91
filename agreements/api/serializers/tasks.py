"""Tasks in JSON: what is to be done, by whom, by when, and what can be done to a task."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from agreements import clock, tasks
from agreements.api import fields
from agreements.api.fields import Choice, Code, Coded, Only, Text, Texts, When, longest, unknown
from agreements.api.serializers.base import Address, Moment, Reading, Writing
from agreements.api.serializers.opening import officials
from agreements.api.serializers.problem import ReasonSerializer
from agreements.api.serializers.registry import DERIVED
from agreements.choices import Ball, ClearanceResult, TaskAnchor, TaskStatus, Transition
from agreements.models import Agreement, Entry, Task, Unit, User
from agreements.registers import TEXT_LENGTH
from agreements.words import LANGUAGES, pick

#: How many tasks one request may add or end.
MOST_AT_ONCE = 200
#: The longest name of a body, in characters, as the journal takes it.
BODY_LENGTH = 200


# ---- reading ----
class AllTexts(Texts):
    """A text of which the record keeps only the languages that it is written in."""

    def to_representation(self, value: Mapping[str, str]) -> dict[str, str]:
        """Return the text of each language, empty where there is none."""
        return {language: value.get(language, "") for language in LANGUAGES}


class TaskProblemSerializer(Reading):
    """Why a task has no due date."""

    code = serializers.CharField(help_text="date:NAME, a date that is not set; calendar:CODE, not filled in so far.")
    sentence = serializers.CharField(help_text="In the reader’s language.")


class TaskSerializer(Reading):
    """A task of an agreement, with what `gather` put beside it."""

    id = serializers.UUIDField()
    agreement = serializers.CharField(source="agreement.reference", help_text="The reference.")
    text = serializers.IntegerField(help_text="The number of the text it belongs to.")
    code = serializers.CharField(help_text="The rule of the procedure that gave it; empty: a person added it.")
    by_procedure = serializers.BooleanField()
    title = AllTexts(source="title_texts")
    title_label = serializers.CharField(source="title.text", help_text="The title for the reader.")
    body = AllTexts(source="body_texts", help_text="The body that must act; may be empty.")
    body_label = serializers.CharField(source="body.text")
    party = Code(allow_null=True, help_text="The participant whose act is asked for.")
    transition = Choice(Transition, allow_blank=True, help_text="The step that it prepares.")
    transition_label = serializers.SerializerMethodField(help_text="What the procedure calls the step.")
    side = Choice(Ball, help_text="Whose task it is.")
    side_label = serializers.SerializerMethodField(help_text="In the reader’s language.")
    unit = Code(allow_null=True)
    person = Code("username", allow_null=True)
    template = serializers.SerializerMethodField(help_text="The code of the template that gave it.")
    due = When(allow_null=True)
    anchor = Choice(
        TaskAnchor, allow_blank=True, help_text="The date of the agreement from which it is counted, if so."
    )
    days = serializers.IntegerField(allow_null=True, help_text="So many days after that date; negative: before it.")
    due_by = serializers.DateField(allow_null=True, help_text="The last possible day.")
    missed = serializers.BooleanField(help_text="The lead time had run out already when the due date came to be.")
    overdue = serializers.BooleanField(source="told_overdue", help_text="Open, and the last possible day is past.")
    problem = TaskProblemSerializer(source="told_problem", allow_null=True)
    law = serializers.SerializerMethodField(help_text="The legal basis that the procedure names; may be empty.")
    waits_for = serializers.ListField(child=serializers.UUIDField(), source="told_waits_for")
    blocked_by = serializers.ListField(
        child=serializers.UUIDField(),
        source="told_blocked_by",
        help_text="The open tasks that come first: those it waits for, and those that the procedure puts before it.",
    )
    status = Choice(TaskStatus)
    status_label = serializers.SerializerMethodField(help_text="In the reader’s language.")
    answered = serializers.BooleanField(help_text="Ended by the document, the act or the clearance that it asks for.")
    done_on = When(allow_null=True)
    result = Choice(ClearanceResult, allow_blank=True, help_text="Of a clearance.")
    remarks = serializers.CharField()
    created_at = Moment()
    changed_at = Moment()
    version = serializers.CharField(help_text="Changes whenever the task does.")
    url = Address("task", "id")

    def get_template(self, task: Task) -> str | None:
        """Return the code of the template, None for a task that came otherwise."""
        return task.origin.template.code if task.origin else None

    def get_transition_label(self, task: Task) -> str:
        """Return what the procedure calls the step, in the reader’s language."""
        return task.agreement.rules.step_label(task.transition) if task.transition else ""

    def get_side_label(self, task: Task) -> str:
        """Return whose task it is, in the reader’s language."""
        return str(Ball(task.side).label)

    def get_status_label(self, task: Task) -> str:
        """Return where it stands, in the reader’s language."""
        return str(TaskStatus(task.status).label)

    def get_law(self, task: Task) -> str:
        """Return the legal basis in the reader’s language."""
        return pick(task.law_texts).text


def gather(found: Sequence[Task]) -> None:
    """Put beside tasks what stands in other rows or is told in words: three queries for any number."""
    keys = {task.pk for task in found}
    waiting: dict[UUID, list[UUID]] = defaultdict(list)
    links = Task.waits_for.through.objects.filter(from_task__in=keys).order_by("to_task__created_at", "to_task")
    for key, first in links.values_list("from_task_id", "to_task_id"):
        waiting[key].append(first)
    # What can come first: tasks of the same agreements (who sees one sees all), by a rule or because they were named.
    named = {first for firsts in waiting.values() for first in firsts}
    others = Task.objects.filter(agreement__in={task.agreement_id for task in found}, status=TaskStatus.OPEN)
    others = others.filter(~Q(code="") | Q(pk__in=named))
    others = others.exclude(pk__in=keys).order_by("created_at", "pk").only("agreement_id", "code", "text", "status")
    blocked = tasks.blocked_by(found, among=list(others))
    today = clock.today()
    for task in found:
        told: Any = task
        told.told_waits_for = waiting[task.pk]
        told.told_blocked_by = sorted(first.pk for first in blocked[task.pk])
        told.told_overdue = task.is_overdue(today)
        sentence = tasks.problem_words(task)
        told.told_problem = SimpleNamespace(code=task.problem, sentence=sentence) if sentence else None


# ---- writing ----
@extend_schema_field({"type": "array", "items": {"type": "string", "format": "uuid"}, "maxItems": MOST_AT_ONCE})
class Keys(serializers.ListField):
    """Tasks, each named by its key, none twice; of one agreement where the context has one."""

    child = serializers.UUIDField()

    def to_internal_value(self, data: Any) -> list[Task]:
        """Return the tasks in their order; one that the user may not see is as unknown as one that is not there."""
        if isinstance(data, list) and len(data) > MOST_AT_ONCE:
            message = _("At most %(most)s tasks at once.") % {"most": MOST_AT_ONCE}
            raise ValidationError([ErrorDetail(message, code="max_length")])
        keys = super().to_internal_value(data)
        fields.once(keys)
        seen = Task.objects.for_user(self.context["request"].user).kept()
        if agreement := self.context.get("agreement"):
            seen = seen.filter(agreement=agreement)
        kept = {task.pk: task for task in seen.filter(pk__in=keys).select_related("agreement")}
        strangers = {str(number): [unknown(key)] for number, key in enumerate(keys) if key not in kept}
        if strangers:
            raise ValidationError(strangers)
        return [kept[key] for key in keys]


class _Given(Writing):
    """What can be said of a task when it is added, and later."""

    body = Texts(max_length=BODY_LENGTH, required=False, help_text="The body that must act.")
    side = Choice(Ball, required=False, help_text="Whose task it is; else the own side’s.")
    due = When(required=False, allow_null=True)
    unit = Coded(Unit.objects.for_user, required=False, allow_null=True)
    person = Coded(
        officials,
        "username",
        named=False,
        required=False,
        allow_null=True,
        help_text="The user name of the responsible person, who must be able to see the agreement.",
    )


class _New(_Given):
    title = Texts(max_length=tasks.TITLE_LENGTH, help_text="What is to be done.")
    transition = Choice(Transition, required=False, allow_blank=True, help_text="The step that it prepares.")


class TaskInput(_New):
    """A new task of an agreement."""

    waits_for = Keys(required=False, help_text="Tasks of the same agreement that come first.")

    def write(self, agreement: Agreement, by: User) -> Task:
        """Add the task."""
        details = dict(self.validated_data)
        return tasks.add(agreement, details.pop("title"), by=by, **details)


class TaskEdit(_Given):
    """A change of a task; what is not named stays. Of a task of the procedure: `unit`, `person`, `waits_for`."""

    fixed: ClassVar[Mapping[str, str | Promise]] = {
        **dict.fromkeys(
            ("status", "done_on", "result", "remarks", "answered"), gettext_lazy("POST to complete/, drop/ or reopen/.")
        ),
        **dict.fromkeys(
            ("agreement", "text", "code", "by_procedure", "party", "transition"),
            gettext_lazy("This is said when the task comes to be."),
        ),
        **dict.fromkeys(("id", "url", "version", "created_at", "changed_at", "status_label", "title_label"), DERIVED),
        **dict.fromkeys(("body_label", "transition_label", "side_label", "due_by", "missed", "overdue"), DERIVED),
        **dict.fromkeys(("problem", "law", "blocked_by", "template", "anchor", "days"), DERIVED),
    }

    title = Texts(max_length=tasks.TITLE_LENGTH, required=False)
    waits_for = Keys(required=False, help_text="Tasks of the same agreement that come first; replaces the list.")

    def apply(self, task: Task, by: User) -> Task:
        """Change the task; what is given as it stands already is no change, of a task of the procedure neither."""
        given = dict(self.validated_data)
        for name, kept in (("title", task.title_texts), ("body", task.body_texts)):
            if name in given:
                given[name] = {language: text for language, text in {**kept, **given[name]}.items() if text}
                if given[name] == kept:
                    del given[name]
        for name in ("side", "due"):
            if name in given and given[name] == getattr(task, name):
                del given[name]
        return tasks.change(task, by=by, **given)


class _Ending(Writing):
    on = When(required=False, help_text="Else today.")
    result = Choice(ClearanceResult, required=False, allow_blank=True, help_text="What the body answered.")
    remarks = Text(max_length=TEXT_LENGTH, required=False, allow_blank=True)
    evidence = Text(
        max_length=longest(Entry, "evidence"),
        required=False,
        allow_blank=True,
        help_text="The citation of the document that the task asks for.",
    )
    body = Text(
        max_length=BODY_LENGTH, required=False, allow_blank=True, help_text="The body that answered; else the task’s."
    )


class CompleteInput(_Ending):
    """How a task was done."""

    def write(self, task: Task, by: User) -> Task:
        """End the task as done."""
        return tasks.complete(task, by=by, **self.validated_data)


class DropInput(Writing):
    """Why a task is no longer needed."""

    reason = Text(max_length=TEXT_LENGTH)

    def write(self, task: Task, by: User) -> Task:
        """End the task as no longer needed."""
        return tasks.drop(task, by=by, **self.validated_data)


class ReopenInput(DropInput):
    """Why a task is open again."""

    def write(self, task: Task, by: User) -> Task:
        """Open the task again."""
        return tasks.reopen(task, by=by, **self.validated_data)


# ---- many at once ----
class BulkAction(models.TextChoices):
    """What is done to many at once."""

    COMPLETE = "complete", "complete"
    ADD = "add", "add"


class BulkOutcomeSerializer(Reading):
    """What became of one of many."""

    item = serializers.CharField(help_text="As it was sent: the id of a task, the reference of an agreement.")
    done = serializers.BooleanField()
    task = TaskSerializer(allow_null=True, help_text="The task as it is now; null: there is none.")
    reasons = ReasonSerializer(many=True, help_text="Why it was not done; then nothing was written for this one.")


class BulkOutcomesSerializer(Reading):
    """What became of each, in the order in which they were sent."""

    action = Choice(BulkAction)
    results = BulkOutcomeSerializer(many=True)


class _Outcome(SimpleNamespace):
    """One of many: the item as it was sent, the key of the task, the reasons."""


class BulkCompleteInput(_Ending):
    """Ends many tasks in the same way, each by itself."""

    action = Only(BulkAction.COMPLETE)
    tasks = Keys(allow_empty=False, help_text="The ids of at most 200 tasks.")

    def write(self, by: User) -> list[_Outcome]:
        """End the tasks."""
        details = dict(self.validated_data)
        del details["action"]
        ended = tasks.complete_many(details.pop("tasks"), by=by, **details)
        return [_Outcome(item=str(one.task.pk), key=one.task.pk, reasons=one.reasons) for one in ended]


class BulkAddInput(_New):
    """Adds the same task to many agreements, to each by itself."""

    action = Only(BulkAction.ADD)
    agreements = serializers.ListField(
        child=Text(), allow_empty=False, max_length=MOST_AT_ONCE, help_text="The references of at most 200 agreements."
    )

    def validate_agreements(self, references: list[str]) -> list[Agreement]:
        """Return the agreements; one that the user may not see is as unknown as one that is not there."""
        fields.once(references)
        seen = Agreement.objects.for_user(self.context["request"].user).kept()
        kept = fields.found(references, seen, "reference", named=False)
        return [kept[reference] for reference in references]

    def write(self, by: User) -> list[_Outcome]:
        """Add the tasks."""
        details = dict(self.validated_data)
        del details["action"]
        added = tasks.add_many(details.pop("agreements"), details.pop("title"), by=by, **details)
        return [
            _Outcome(item=one.agreement.reference, key=one.task and one.task.pk, reasons=one.reasons) for one in added
        ]


#: What can be done to many at once, by action.
BULK: dict[str, type[BulkCompleteInput | BulkAddInput]] = {
    BulkAction.COMPLETE.value: BulkCompleteInput,
    BulkAction.ADD.value: BulkAddInput,
}


def bulk(data: Any, context: Mapping[str, Any]) -> BulkCompleteInput | BulkAddInput:
    """Return the serializer for what is to be done to many. Raises ValidationError for an action that none takes."""
    action = data.get("action", "") if isinstance(data, Mapping) else BulkAction.COMPLETE.value
    if not isinstance(action, str) or action not in BULK:
        raise ValidationError({"action": [unknown(action, BULK)]})
    return BULK[action](data=data, context=dict(context))
