"""Templates of tasks on pages: which there are, and giving the tasks of one to agreements."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from agreements import access
from agreements.choices import Ball, TaskAnchor
from agreements.forms import Operation
from agreements.models import Agreement, TaskTemplate, TemplateTask
from agreements.selections import AgreementSelection
from agreements.task_forms import ApplyForm
from agreements.tasks import templates
from agreements.views.acting import Act
from agreements.words import Worded

#: How many agreements one page offers.
MOST = 200


@dataclass(frozen=True)
class Line:
    """One task of a template as a table shows it."""

    title: Worded
    side: str
    holder: str
    due: str


def lines(template: TaskTemplate) -> list[Line]:
    """Return the tasks of a template that was read `with_tasks`."""
    tasks: Sequence[TemplateTask] = getattr(template, "told_tasks", ())
    return [Line(task.title, str(Ball(task.side).label), ", ".join(_holders(task)), due_words(task)) for task in tasks]


def _holders(task: TemplateTask) -> Iterator[str]:
    if task.unit:
        yield task.unit.name.text
    if task.body.text:
        yield task.body.text


def due_words(task: TemplateTask) -> str:
    """Say from which day it is due, and how many days before or after it; empty where it has no due date."""
    if not task.anchor or task.days is None:
        return ""
    told = {"date": TaskAnchor(task.anchor).label, "days": abs(task.days)}
    if not task.days:
        return _("%(date)s: that day") % told
    if task.days < 0:
        return ngettext("%(date)s: %(days)s day before", "%(date)s: %(days)s days before", -task.days) % told
    return ngettext("%(date)s: %(days)s day after", "%(date)s: %(days)s days after", task.days) % told


def with_tasks(user: Any) -> QuerySet[TaskTemplate]:
    """Return the templates with their tasks, by name; two queries."""
    tasks = TemplateTask.objects.select_related("unit").order_by("number", "pk")
    seen: QuerySet[TaskTemplate] = TaskTemplate.objects.for_user(user)
    return seen.prefetch_related(Prefetch("tasks", tasks, to_attr="told_tasks"))


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Show the templates; each leads to where it is applied to the agreements that the address names."""
    user: Any = request.user
    asked = request.GET.urlencode()
    found = [
        (
            template,
            lines(template),
            f"{reverse('task-template', args=[template.code])}{'?' if asked else ''}{asked}",
        )
        for template in with_tasks(user)
    ]
    keeps = user.is_staff and templates.may_keep(user)
    context = {
        "section": "tasks",
        "templates": found,
        "may_record": access.may(user, "record"),
        "keep_address": reverse("admin:agreements_tasktemplate_changelist") if keeps else "",
    }
    return render(request, "agreements/task_templates.html", context)


class Apply(Act):
    """Gives the tasks of a template to the agreements that the address names, as far as they are ticked."""

    right = "record"
    template = "agreements/apply.html"
    beside = False
    chosen: TaskTemplate

    def find(self, **kwargs: Any) -> None:
        """Find the template. Raises Http404."""
        self.chosen = get_object_or_404(with_tasks(self.user), code=kwargs["code"])

    def offered(self) -> QuerySet[Agreement]:
        """Return the agreements that the address names: one, or what the filters of the list let pass."""
        seen: QuerySet[Agreement] = Agreement.objects.for_user(self.user).kept()
        if reference := self.request.GET.get("agreement"):
            return seen.filter(reference=reference)
        if picked := self.request.GET.getlist("pick"):
            return seen.filter(reference__in=picked)
        return AgreementSelection.kept(self.request.GET).agreements(self.user)

    def title(self) -> str:
        """Name the template."""
        return _("Apply the template “%(template)s”") % {"template": self.chosen}

    def form(self, data: QueryDict | None) -> ApplyForm:
        """Return the form; what the address names is ticked, and nothing where it names all there are."""
        asked = self.request.GET
        named = "agreement" in asked or "pick" in asked or not AgreementSelection.kept(self.request.GET).empty
        return ApplyForm(self.chosen, self.offered(), self.user, data, most=MOST, ticked=named)

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Give the tasks, and say for each agreement what stood against it."""
        form = self.form(request.POST)
        applied = form.submit()
        if applied is None:
            return self.answer(form, (), status=422)
        made = sum(len(one.made) for one in applied)
        there = sum(one.there for one in applied)
        words = ngettext("%(number)s task was added.", "%(number)s tasks were added.", made) % {"number": made}
        if there:
            known = ngettext("%(number)s was there already.", "%(number)s were there already.", there)
            words = f"{words} {known % {'number': there}}"
        messages.success(request, words)
        for one in applied:
            for reason in one.reasons:
                told = {"agreement": one.agreement.short_title, "reason": reason.sentence}
                messages.error(request, _("%(agreement)s: %(reason)s") % told)
        only = applied[0].agreement.reference if len(applied) == 1 else ""
        return redirect(f"{reverse('agreement', args=[only])}#tasks") if only else redirect("task-list")

    def needs(self, reasons: Any) -> Any:
        """Say nothing more: the sentences stand with the form."""
        return ()

    def context(self) -> dict[str, Any]:
        """Show the tasks of the template above the form."""
        return {"section": "tasks", "lines": lines(self.chosen), "button": _("Add the tasks"), "wide": ("agreements",)}

    def done(self, form: Operation, result: Any) -> str:
        """Leave the sentence to `post`, which counts."""
        raise NotImplementedError
