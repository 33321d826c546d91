"""Templates of tasks in JSON: what they hold, how they are kept, and what became of them in agreements."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from agreements.api import fields
from agreements.api.fields import Choice, Code, Coded, Day, Number, Text, Texts
from agreements.api.serializers.base import Address, Moment, Reading, Writing
from agreements.api.serializers.problem import ReasonSerializer
from agreements.api.serializers.registry import DERIVED, NAME_LENGTH, by_language
from agreements.api.serializers.tasks import BODY_LENGTH, MOST_AT_ONCE, TaskSerializer
from agreements.choices import Ball, TaskAnchor
from agreements.models import Agreement, TaskTemplate, Unit, User
from agreements.models.template import FARTHEST
from agreements.tasks import TITLE_LENGTH, templates
from agreements.tasks.templates import MOST_TASKS


# ---- reading ----
class TemplateTaskSerializer(Reading):
    """One task of a template."""

    id = serializers.UUIDField()
    title = Texts(source="titles", help_text="What is to be done.")
    body = Texts(source="bodies", help_text="The body that must act; may be empty.")
    side = Choice(Ball, help_text="Whose task it is.")
    unit = Code(allow_null=True)
    anchor = Choice(TaskAnchor, allow_blank=True, help_text="From which day it is due; empty: it has no due date.")
    days = serializers.IntegerField(allow_null=True, help_text="So many calendar days after it; negative: before it.")


class TaskTemplateSerializer(Reading):
    """A set of tasks that are given to agreements together."""

    code = serializers.CharField()
    name = Texts(source="names")
    tasks = TemplateTaskSerializer(many=True, source="told_tasks")
    changed_at = Moment()
    version = serializers.CharField(help_text="Changes whenever the template does.")
    url = Address("task-template", "code")


# ---- writing ----
class TemplateTaskInput(Writing):
    """One task of a template; with an `id` it stays the one that it was."""

    id = serializers.UUIDField(required=False)
    title = Texts(max_length=TITLE_LENGTH, help_text="What is to be done.")
    body = Texts(max_length=BODY_LENGTH, required=False, help_text="The body that must act.")
    side = Choice(Ball, required=False, help_text="Whose task it is; else the own side’s.")
    unit = Coded(Unit.objects.for_user, required=False, allow_null=True)
    anchor = Choice(TaskAnchor, required=False, allow_blank=True, help_text="From which day it is due.")
    days = Number(required=False, allow_null=True, min_value=-FARTHEST, max_value=FARTHEST)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the columns of the task."""
        given = super().to_internal_value(data)
        for name in ("title", "body"):
            given |= by_language(name, given.pop(name, {}))
        return given


class _Template(Writing):
    fixed: ClassVar[Mapping[str, str | Promise]] = dict.fromkeys(("changed_at", "version", "url"), DERIVED)

    tasks = TemplateTaskInput(many=True, required=False, max_length=MOST_TASKS)  # type: ignore[call-arg]


class TaskTemplateInput(_Template):
    """A new template."""

    code = Text(max_length=60, help_text="Letters, digits and hyphens.")
    name = Texts(max_length=NAME_LENGTH)

    def write(self, by: User) -> TaskTemplate:
        """Keep the template."""
        given = self.validated_data
        template = TaskTemplate(code=given["code"], **by_language("name", given["name"]))
        return templates.keep(template, given.get("tasks", ()), by=by)


class TaskTemplateEdit(_Template):
    """A change of a template; `tasks` replaces the list."""

    fixed: ClassVar[Mapping[str, str | Promise]] = {
        **_Template.fixed,
        "code": gettext_lazy("The code is given once."),
    }

    name = Texts(max_length=NAME_LENGTH, required=False)

    def apply(self, template: TaskTemplate, by: User) -> None:
        """Change the template."""
        given = self.validated_data
        for column, text in by_language("name", given.get("name", {})).items():
            setattr(template, column, text)
        templates.keep(template, given.get("tasks"), by=by)


# ---- applying ----
class ApplyInput(Writing):
    """To which agreements a template is applied, and from which day those due dates are counted that name it."""

    agreements = serializers.ListField(
        child=Text(), allow_empty=False, max_length=MOST_AT_ONCE, help_text="The references of at most 200 agreements."
    )
    on = Day(required=False, help_text="The day of use; else today.")

    def validate_agreements(self, references: list[str]) -> list[Agreement]:
        """Return the agreements; one that the user may not see is as unknown as one that is not there."""
        fields.once(references)
        seen = Agreement.objects.for_user(self.context["request"].user).kept()
        kept = fields.found(references, seen, "reference", named=False)
        return [kept[reference] for reference in references]

    def write(self, template: TaskTemplate, by: User) -> list[templates.Applied]:
        """Give the tasks of the template to the agreements."""
        given = self.validated_data
        return templates.apply(template, given["agreements"], by=by, on=given.get("on"))


class AppliedSerializer(Reading):
    """What became of the template in one agreement."""

    agreement = serializers.CharField(source="agreement.reference")
    done = serializers.BooleanField()
    made = TaskSerializer(many=True, help_text="The tasks that were made.")
    there = serializers.IntegerField(help_text="How many of its tasks were there already.")
    reasons = ReasonSerializer(many=True, help_text="Why it was not done; then nothing was written for this one.")


class AppliedManySerializer(Reading):
    """What became of it in each, in the order in which they were sent."""

    results = AppliedSerializer(many=True)
