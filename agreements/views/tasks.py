"""Tasks on pages: those of one agreement, those of the reader, and the forms that add, move and end them."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from agreements import access, clock
from agreements.choices import Ball, TaskStatus, ViewKind
from agreements.forms import Operation
from agreements.models import Task, User
from agreements.selections import TaskSelection
from agreements.task_forms import CompleteForm, ManyDoneForm, ReasonForm, TaskForm
from agreements.tasks import title_of
from agreements.views import saved
from agreements.views.acting import Act
from agreements.views.asked import due_labels, whose_labels
from agreements.views.todo import rows_of
from agreements.words import pick

_PAGE = 50


# ---- the list ----
@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Show the open tasks: one's own, those of the unit, or all that one may see."""
    user: Any = request.user
    asked = _asked(request.GET, user)
    found = asked.tasks(user)
    ordered = found.order_by(F("due_by").asc(nulls_last=True), "created_at", "pk")
    pages = Paginator(ordered.select_related("agreement__procedure_version", "party", "unit", "person"), _PAGE)
    page = pages.get_page(request.GET.get("page"))
    others = {of: replace(asked, of=of) for of in TaskSelection.OF}
    counts = {of: other.tasks(user).count() for of, other in others.items() if of != asked.of}
    context = {
        "section": "tasks",
        "rows": list(rows_of(list(page.object_list))),
        "page": page,
        "previous": _address(asked, page.previous_page_number()) if page.has_previous() else "",
        "following": _address(asked, page.next_page_number()) if page.has_next() else "",
        "total": pages.count,
        "selection": asked,
        "saved": saved.bar(user, ViewKind.TASKS, asked, lambda query: f"?{query}", counted=True),
        "choices": [
            (_address(other), whose_labels()[of], counts.get(of, pages.count), of == asked.of)
            for of, other in others.items()
        ],
        "dues": list(due_labels().items()),
        "sides": [("", _("Everybody")), *((value, label) for value, label in Ball.choices if value != Ball.NOBODY)],
        "may_record": access.may(user, "record"),
        "as_of": clock.today(),
    }
    return render(request, "agreements/tasks.html", context)


def _asked(asked: QueryDict, user: User) -> TaskSelection:
    """Return what the address asks for; where it does not say whose, the reader's own, if there are any."""
    selection = TaskSelection.kept(asked)
    if asked.get("of") in TaskSelection.OF:
        return selection
    return replace(selection, of="mine" if TaskSelection(of="mine").tasks(user).exists() else "all")


def _address(asked: TaskSelection, page: int = 1) -> str:
    return f"?{urlencode([*asked.parameters(), *([('page', str(page))] if page > 1 else [])])}"


@require_POST
def many_done(request: HttpRequest) -> HttpResponse:
    """End the tasks that were ticked; each that could not be ended is named with its reasons."""
    user: Any = request.user
    if not access.may(user, "record"):
        raise PermissionDenied
    form = ManyDoneForm(user, request.POST)
    ended = form.run() if form.is_valid() else []
    done = [one for one in ended if not one.reasons]
    if done:
        words = ngettext("%(number)s task is done.", "%(number)s tasks are done.", len(done))
        messages.success(request, words % {"number": len(done)})
    for one in ended:
        for reason in one.reasons:
            told = {"task": one.task.title, "agreement": one.task.agreement.short_title, "reason": reason.sentence}
            messages.error(request, _("%(task)s (%(agreement)s): %(reason)s") % told)
    if not ended:
        messages.error(request, _("Tick the tasks that are done."))
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(back if safe else reverse("task-list"))


# ---- forms ----
class TaskAct(Act):
    """A page that writes a task."""

    right = "record"
    task: Task

    def find(self, **kwargs: Any) -> None:
        """Find the task and its agreement. Raises Http404."""
        self.task = visible_task(self.user, kwargs["task"])
        self.agreement = self.task.agreement

    def undo(self, result: Any) -> str:
        """Return where the task is opened again that was ended."""
        return reverse("task-reopen", args=[result.pk]) if result.reopenable else ""

    def context(self) -> dict[str, Any]:
        """Say which task it is."""
        law = pick(self.task.law_texts).text
        return {"lead": " – ".join(part for part in (title_of(self.task).text, law) if part)}


def visible_task(user: Any, key: UUID) -> Task:
    """Return the task, if the user may see it. Raises Http404."""
    found = Task.objects.for_user(user).kept()
    task = found.select_related("agreement__procedure_version", "party", "unit", "person").filter(pk=key).first()
    if task is None:
        raise Http404
    return task


class Add(Act):
    """Adds a task to an agreement."""

    right = "record"

    def title(self) -> str:
        """Say what the page does."""
        return _("Add a task")

    def form(self, data: QueryDict | None) -> Operation:
        """Return the form."""
        return TaskForm(self.agreement, self.user, data)

    def context(self) -> dict[str, Any]:
        """Name the button."""
        return {"button": _("Add the task"), "wide": ("title", "waits_for")}

    def done(self, form: Operation, result: Any) -> str:
        """Say what was added."""
        return _("Added: %(task)s.") % {"task": result.title}


class Change(TaskAct):
    """Changes a task, or who does it."""

    def title(self) -> str:
        """Say what the page does."""
        return _("Change the task")

    def form(self, data: QueryDict | None) -> Operation:
        """Return the form."""
        return TaskForm(self.agreement, self.user, data, task=self.task)

    def context(self) -> dict[str, Any]:
        """Name the button."""
        return super().context() | {"button": _("Save"), "wide": ("title", "waits_for"), "task": self.task}

    def done(self, form: Operation, result: Any) -> str:
        """Say what was changed."""
        return _("Saved: %(task)s.") % {"task": result.title}


class Done(TaskAct):
    """Ends a task as done."""

    def title(self) -> str:
        """Say what the page does."""
        return _("The task is done")

    def form(self, data: QueryDict | None) -> Operation:
        """Return the form."""
        return CompleteForm(self.task, self.user, data)

    def context(self) -> dict[str, Any]:
        """Name the button."""
        return super().context() | {"button": _("Record as done")}

    def done(self, form: Operation, result: Any) -> str:
        """Say what became of it."""
        if result.status == TaskStatus.OPEN:
            return _("The answer is recorded; the task stays open: %(task)s.") % {"task": result.title}
        return _("Done: %(task)s.") % {"task": result.title}


class Drop(TaskAct):
    """Ends a task as no longer needed."""

    reopens = False

    def title(self) -> str:
        """Say what the page does."""
        return _("The task is no longer needed")

    def form(self, data: QueryDict | None) -> Operation:
        """Return the form."""
        return ReasonForm(self.task, self.user, data, reopen=self.reopens)

    def done(self, form: Operation, result: Any) -> str:
        """Say what became of it."""
        return _("No longer needed: %(task)s.") % {"task": result.title}


class Reopen(Drop):
    """Opens a task again."""

    reopens = True

    def title(self) -> str:
        """Say what the page does."""
        return _("Open the task again")

    def done(self, form: Operation, result: Any) -> str:
        """Say what became of it."""
        return _("Open again: %(task)s.") % {"task": result.title}
