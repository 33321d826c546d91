"""The register of tasks: to be read only. Tasks are written on the pages and through the API."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from agreements import clock, tasks
from agreements.admin.base import user_of
from agreements.admin.journal import Kept
from agreements.choices import TaskStatus
from agreements.folding import Sought
from agreements.models import Agreement, Task, User
from agreements.words import pick


class OriginFilter(admin.SimpleListFilter):
    """Keeps the tasks that procedures gave, or those that people added."""

    title = gettext_lazy("who gave the task")
    parameter_name = "given_by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Return who gives tasks."""
        return [("procedure", _("The procedure")), ("person", _("A person"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return the tasks of the one or the other."""
        match self.value():
            case "procedure":
                return queryset.exclude(code="")
            case "person":
                return queryset.filter(code="")
            case _:
                return queryset


class DueFilter(admin.SimpleListFilter):
    """Keeps the tasks that are late, or that nobody has dated."""

    title = gettext_lazy("due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Return what may be asked for."""
        return [("overdue", _("Overdue")), ("none", _("No due date"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return the tasks asked for."""
        match self.value():
            case "overdue":
                return queryset.overdue(clock.today())
            case "none":
                return queryset.filter(due_by=None)
            case _:
                return queryset


def _address(task: Task) -> str:
    return reverse("admin:agreements_task_change", args=[task.pk])


def _links(found: list[Task]) -> str:
    return format_html_join(", ", '<a href="{}">{}</a>', ((_address(task), task) for task in found))


def due_of(task: Task) -> str:
    """Return when a task is due, that it is late, or why it has no due date."""
    if task.due is None:
        return tasks.problem_words(task)
    late = task.is_overdue(clock.today())
    return _("%(day)s (overdue)") % {"day": task.due} if late else str(task.due)


def panel(agreement: Any, user: User) -> str:
    """Return the tasks of an agreement as a table, the open ones first; read once, empty where there are none."""
    if not hasattr(agreement, "task_panel"):
        agreement.task_panel = _table(agreement, user)
    told: str = agreement.task_panel
    return told


def _table(agreement: Agreement, user: User) -> str:
    rows = Task.objects.for_user(user).filter(agreement=agreement).select_related("party", "unit", "person")
    kept = sorted(rows, key=lambda task: task.status != TaskStatus.OPEN)
    if not kept:
        return ""
    heads = (_("Task"), _("Due"), _("Whose task it is"), _("Responsible"), pgettext("task", "Status"))
    return format_html(
        '<table class="tasks"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>',
        format_html_join("", '<th scope="col">{}</th>', ((head,) for head in heads)),
        format_html_join(
            "",
            '<tr><td><a href="{}">{}</a></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>',
            (
                (_address(task), named(task), due_of(task), task.get_side_display(), holder(task), status_of(task))
                for task in kept
            ),
        ),
    )


def named(task: Task) -> str:
    """Return what is to be done, and for which participant."""
    return f"{task.title.text}: {task.party}" if task.party else task.title.text


def holder(task: Task) -> str:
    """Return who is responsible: the person, the unit, or the body that must act."""
    return ", ".join(str(one) for one in (task.person, task.unit, task.body.text) if one)


def status_of(task: Task) -> str:
    """Return where a task stands, and since when it is done."""
    return f"{task.get_status_display()}, {task.done_on}" if task.done_on else task.get_status_display()


@admin.register(Task)
class TaskAdmin(Kept):
    """The tasks of all agreements that the reader may see."""

    list_display = ("title_shown", "about", "due_shown", "side", "holder_shown", "status_shown")
    list_filter = (
        "status",
        DueFilter,
        "side",
        OriginFilter,
        "transition",
        ("unit", admin.RelatedOnlyFieldListFilter),
        ("person", admin.RelatedOnlyFieldListFilter),
        ("agreement__participants__party", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("agreement__procedure_version", "party", "unit", "person")
    ordering = ("due_by", "created_at", "pk")
    sortable_by = ("due_shown", "status_shown")
    search_fields = ("search_text", "agreement__search_text")
    search_help_text = gettext_lazy("Words of the task, or of the agreement’s reference or titles, in any language.")
    fieldsets = (
        (None, {"fields": ("title_shown", "about", "step", "side", "body_shown", "unit", "person", "status_shown")}),
        (gettext_lazy("Time"), {"fields": ("due_shown", "missed_shown", "waits", "blocked", "law_shown")}),
        (gettext_lazy("How it ended"), {"fields": ("result", "remarks")}),
        (gettext_lazy("Recording"), {"fields": ("text", "code", "created_at", "changed_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave out the tasks of records that were opened by mistake."""
        return super().get_queryset(request).kept().select_related(*self.list_select_related)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Find tasks of which the title, or the title of the agreement, contains every word."""
        found, about = queryset, Agreement.objects.for_user(user_of(request))
        if not Sought.read(search_term):
            return queryset, False
        return found.matching(search_term) | found.filter(agreement__in=about.matching(search_term)), False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the task with those that come before it."""
        task = super().get_object(request, object_id, from_field)
        if task is not None:
            others = list(Task.objects.filter(agreement=task.agreement_id).exclude(pk=task.pk).order_by("pk"))
            task.blocking = tasks.blocked_by([task], among=others)[task.pk]
        return task

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what the task does not say."""
        told = [
            (name, [field for field in options["fields"] if self._says(obj, field)]) for name, options in self.fieldsets
        ]
        return [(name, {"fields": said}) for name, said in told if said]

    def _says(self, task: Any, field: Any) -> bool:
        said = getattr(self, field)(task) if hasattr(self, field) else getattr(task, field)
        return said not in ("", None, False)

    # ---- columns ----
    @admin.display(description=gettext_lazy("what is to be done"))
    def title_shown(self, task: Task) -> str:
        """The title in the reader's language, with the participant whose act it asks for."""
        return named(task)

    @admin.display(description=gettext_lazy("agreement"))
    def about(self, task: Task) -> str:
        """The agreement, which leads to its page."""
        words = f"{task.agreement} ({task.agreement.reference})"
        return format_html('<a href="{}">{}</a>', task.agreement.get_absolute_url(), words)

    @admin.display(description=gettext_lazy("due"), ordering="due_by")
    def due_shown(self, task: Task) -> str:
        """When it is due, or why it has no due date."""
        return due_of(task)

    @admin.display(description=gettext_lazy("responsible"))
    def holder_shown(self, task: Task) -> str:
        """Who is responsible."""
        return holder(task)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def status_shown(self, task: Task) -> str:
        """Where it stands."""
        return status_of(task)

    # ---- one task ----
    @admin.display(description=gettext_lazy("step that it prepares"))
    def step(self, task: Task) -> str:
        """What the procedure calls the step."""
        return task.agreement.rules.step_label(task.transition) if task.transition else ""

    @admin.display(description=gettext_lazy("body that must act"))
    def body_shown(self, task: Task) -> str:
        """The body in the reader's language."""
        return task.body.text

    @admin.display(description=gettext_lazy("the lead time had run out from the start"), boolean=True)
    def missed_shown(self, task: Task) -> bool:
        """Whether the lead time was too short already when the due date came to be."""
        return task.missed

    @admin.display(description=gettext_lazy("waits for"))
    def waits(self, task: Task) -> str:
        """The tasks that a person put before it."""
        return _links(list(task.waits_for.order_by("created_at", "pk")))

    @admin.display(description=gettext_lazy("open tasks that come first"))
    def blocked(self, task: Any) -> str:
        """The open tasks that come before it."""
        return _links(task.blocking)

    @admin.display(description=gettext_lazy("legal basis"))
    def law_shown(self, task: Task) -> str:
        """The legal basis that the procedure names."""
        return pick(task.law_texts).text
