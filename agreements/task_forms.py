"""Forms of tasks: adding one, saying who does it, ending it; one by one and many at once."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements import clock, tasks
from agreements.choices import Ball, ClearanceResult, DocumentKind, TaskStatus
from agreements.dates import FuzzyDate
from agreements.forms import Operation
from agreements.models import Agreement, Task, TaskTemplate, Unit, User
from agreements.models.base import DayField, FuzzyDateFormField

_DUE_HINT = _("A day, or less: 2025-02-14, 2025-02, first half of 2025.")
#: Those who can have a task.
SIDES = [side for side in Ball.choices if side[0] != Ball.NOBODY]


def people(agreement: Agreement) -> Any:
    """Return the people who may see an agreement, by name."""
    return User.objects.who_see(agreement).order_by("last_name", "first_name", "username")


class TasksField(forms.ModelMultipleChoiceField):
    """Offers tasks by what is to be done, and by whom where several participants have the same one."""

    def label_from_instance(self, obj: Any) -> str:
        """Name a task as the tables do."""
        return tasks.title_of(obj).text


class TaskForm(Operation):
    """Adds a task, or changes one; of a task of the procedure only who does it can be changed."""

    title = forms.CharField(label=_("What is to be done"), max_length=tasks.TITLE_LENGTH)
    due = FuzzyDateFormField(label=_("Due"), required=False, help_text=_DUE_HINT)
    side = forms.ChoiceField(label=_("Whose task it is"), choices=SIDES, initial=Ball.OWN)
    person = forms.ModelChoiceField(User.objects.none(), label=_("Responsible person"), required=False)
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=_("Responsible unit"), required=False, to_field_name="code"
    )
    body = forms.CharField(label=_("Body that must act"), max_length=200, required=False)
    waits_for = TasksField(
        Task.objects.none(), label=_("Waits for"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, agreement: Agreement, by: User, *args: Any, task: Task | None = None, **kwargs: Any) -> None:
        self.agreement, self.by, self.task = agreement, by, task
        initial = {}
        if task:
            initial = {
                "title": task.title.text,
                "due": task.due,
                "side": task.side,
                "person": task.person_id,
                "unit": task.unit.code if task.unit else None,
                "body": task.body.text,
                "waits_for": [first.pk for first in task.waits_for.all()],
            }
        super().__init__(*args, **{"initial": initial, **kwargs})
        cast(forms.ModelChoiceField, self.fields["person"]).queryset = people(agreement)
        self.offer("unit", Unit.objects.for_user(by))
        others = Task.objects.for_user(by).filter(agreement=agreement, status=TaskStatus.OPEN).select_related("party")
        first = cast(forms.ModelMultipleChoiceField, self.fields["waits_for"])
        first.queryset = others.exclude(pk=task.pk if task else None).order_by("created_at", "pk")
        if not first.queryset.exists():
            del self.fields["waits_for"]
        if task and task.by_procedure:
            for name in ("title", "due", "side", "body"):
                del self.fields[name]

    def run(self) -> Task:
        """Add the task, or change it."""
        given = {name: self.cleaned_data[name] for name in self.fields}
        if self.task:
            return tasks.change(self.task, by=self.by, **given)
        return tasks.add(self.agreement, given.pop("title"), by=self.by, **given)


class CompleteForm(Operation):
    """Ends a task: asks for what it takes, a document, an answer, or nothing but the day."""

    on = FuzzyDateFormField(label=_("Done on"))
    evidence = forms.CharField(
        label=_("Evidence"), max_length=300, required=False, help_text=_("Number, date and title of the document.")
    )
    body = forms.CharField(label=_("Body that was asked"), max_length=200, required=False)
    result = forms.ChoiceField(label=_("Answer"), choices=[("", "—"), *ClearanceResult.choices], required=False)
    remarks = forms.CharField(
        label=_("Remarks"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, task: Task, by: User, *args: Any, **kwargs: Any) -> None:
        self.task, self.by = task, by
        kwargs.setdefault("initial", {"on": FuzzyDate.of_day(clock.today()), "body": task.body.text})
        super().__init__(*args, **kwargs)
        rule = tasks.rule_of(task)
        if not rule or not rule.document:
            del self.fields["evidence"]
        else:
            self.fields["evidence"].required = True
            self.fields["evidence"].label = DocumentKind(rule.document).label
        if rule and not rule.clearance:
            del self.fields["body"], self.fields["result"]

    def run(self) -> Task:
        """End the task."""
        return tasks.complete(self.task, by=self.by, **{name: self.cleaned_data[name] for name in self.fields})


class ReasonForm(Operation):
    """Ends a task as no longer needed, or opens one again: both take a reason."""

    reason = forms.CharField(label=_("Reason"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, task: Task, by: User, *args: Any, reopen: bool, **kwargs: Any) -> None:
        self.task, self.by, self.reopen = task, by, reopen
        super().__init__(*args, **kwargs)

    def run(self) -> Task:
        """Write it."""
        write = tasks.reopen if self.reopen else tasks.drop
        return write(self.task, by=self.by, reason=self.cleaned_data["reason"])


class _Named(forms.ModelMultipleChoiceField):
    """Agreements, each by its short title and reference."""

    def label_from_instance(self, obj: Any) -> str:
        """Return what stands beside the box."""
        return f"{obj.short_title.text} ({obj.reference})"


class ApplyForm(Operation):
    """Gives the tasks of a template to the agreements that are ticked."""

    agreements = _Named(
        Agreement.objects.none(),
        label=_("Agreements"),
        to_field_name="reference",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick the agreements that get the tasks.")},
    )
    on = DayField(
        label=_("Day of use"),
        help_text=_("From it those due dates are counted that name it."),
    )

    def __init__(
        self, template: TaskTemplate, offered: Any, by: User, *args: Any, most: int, ticked: bool, **kwargs: Any
    ) -> None:
        self.template, self.by = template, by
        shown = list(offered.order_by("title_en", "pk").values_list("pk", flat=True)[: most + 1])
        more, shown = len(shown) > most, shown[:most]
        initial = {"on": clock.today()}
        super().__init__(*args, **{"initial": initial, **kwargs})
        field = cast(forms.ModelMultipleChoiceField, self.fields["agreements"])
        field.queryset = Agreement.objects.filter(pk__in=shown).order_by("title_en", "pk")
        field.initial = list(field.queryset) if ticked else []
        if more:
            field.help_text = _("The first %(most)s are shown. Narrow the list of agreements to find the others.") % {
                "most": most
            }

    def run(self) -> list[tasks.templates.Applied]:
        """Give them, and say for each agreement what became of it."""
        data = self.cleaned_data
        return tasks.templates.apply(self.template, data["agreements"], by=self.by, on=data["on"])


class ManyDoneForm(forms.Form):
    """Ends the tasks that were ticked, each by itself."""

    task = forms.ModelMultipleChoiceField(Task.objects.none())

    def __init__(self, by: User, *args: Any, **kwargs: Any) -> None:
        self.by = by
        super().__init__(*args, **kwargs)
        found = Task.objects.for_user(by).kept().select_related("agreement__procedure_version")
        cast(forms.ModelMultipleChoiceField, self.fields["task"]).queryset = found.order_by("due_by", "pk")

    def run(self) -> list[tasks.Ended]:
        """End them, and say for each what became of it."""
        return tasks.complete_many(self.cleaned_data["task"], by=self.by)
