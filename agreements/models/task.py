"""Tasks: what is to be done for an agreement, by whom, by when, and how it ended."""

import uuid
from collections.abc import Iterable
from datetime import UTC, date, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agreements.choices import Ball, ClearanceResult, TaskAnchor, TaskStatus, Transition
from agreements.dates import FuzzyDate
from agreements.duties import DUE_SOON
from agreements.folding import Sought
from agreements.models.account import Unit, User
from agreements.models.agreement import Agreement
from agreements.models.base import FuzzyDateField, Prose, Searched, Visible, holding, one_of
from agreements.models.party import Party
from agreements.models.template import TemplateTask
from agreements.words import LANGUAGES, Texts, Worded, pick


def of_person(user: User) -> Q:
    """Match the tasks of one person; where nobody is named, those of ours whose agreement the person answers for.

    His are those, too, of whom he acts for today.
    """
    own = Agreement.objects.filter(user.held_as("officer")).order_by().values("pk")
    return user.held_as("person") | Q(person=None, side=Ball.OWN, agreement__in=own)


def of_unit(unit: Any) -> Q:
    """Match the tasks of one unit; where none is named, those whose agreement it leads."""
    led = Agreement.objects.filter(lead_unit=unit).order_by().values("pk")
    return Q(unit=unit) | Q(unit=None, agreement__in=led)


class Tasks(Visible):
    """Tasks, as far as the reader may see their agreements."""

    level_field = "agreement__level"
    areas_field = "agreement__areas"
    shared_field = "agreement"

    def linked(self) -> "Tasks":
        """Say of each whether a person named what it waits for: then there is something to read."""
        links = Task.waits_for.through.objects.filter(from_task_id=models.OuterRef("pk"))
        return self.annotate(is_linked=models.Exists(links))

    def of_person(self, user: User) -> "Tasks":
        """Keep the tasks of one person; where nobody is named, those of ours whose agreement the person answers for."""
        return self.filter(of_person(user))

    def of_unit(self, unit: Any) -> "Tasks":
        """Keep the tasks of one unit; where none is named, those whose agreement it leads. None of no unit."""
        return self.filter(of_unit(unit)) if unit else self.none()

    def kept(self) -> "Tasks":
        """Leave out the tasks of records that were opened by mistake."""
        return self.exclude(agreement__is_void=True)

    def overdue(self, today: date) -> "Tasks":
        """Keep the open ones whose last possible day is past."""
        return self.filter(status=TaskStatus.OPEN, due_by__lt=today)

    def due_soon(self, today: date) -> "Tasks":
        """Keep those whose last possible day is near."""
        return self.filter(due_by__gte=today, due_by__lte=today + timedelta(days=DUE_SOON))

    def matching(self, text: str) -> "Tasks":
        """Keep tasks found by every word of a text, in any language, by their titles."""
        return self.filter(holding(Sought.read(text)))


class Task(Searched, models.Model):
    """One thing to do. What the procedure gives to do has the `code` of its rule there; what a person added has none.

    `due` is as exact as what it is counted from; `due_by` is its last possible day, for order and for what is late.
    `reckoned_on` is the day on which the due date came to be: a lead time that was too short then was missed already.
    `problem` says why a due date cannot be counted (`upkeep`). `answered`: it ended by the document, the act or the
    clearance that the rule asks for, not by a hand.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="tasks", verbose_name=_("agreement"))
    text = models.PositiveSmallIntegerField(_("text"), default=1, editable=False)
    code = models.CharField(_("rule of the procedure"), max_length=40, blank=True, editable=False)
    party = models.ForeignKey(
        Party,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tasks",
        editable=False,
        verbose_name=_("participant"),
    )
    transition = models.CharField(_("step that it prepares"), max_length=24, choices=Transition, blank=True)
    title_texts = models.JSONField(_("what is to be done"), default=dict)
    body_texts = models.JSONField(_("body that must act"), default=dict, blank=True)
    side = models.CharField(_("whose task it is"), max_length=12, choices=Ball, default=Ball.OWN)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name=_("responsible unit")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tasks",
        verbose_name=_("responsible person"),
    )
    due = FuzzyDateField(_("due"))
    due_by = models.DateField(_("due at the latest"), null=True, editable=False)
    #: Of a task from a template: which one it is, from which date of the agreement it is counted, by how many days.
    origin = models.ForeignKey(
        TemplateTask, models.SET_NULL, null=True, editable=False, related_name="given", verbose_name=_("template")
    )
    anchor = models.CharField(
        _("due, counted from"), max_length=24, choices=TaskAnchor, blank=True, editable=False, default=""
    )
    days = models.SmallIntegerField(_("days after it"), null=True, editable=False)
    reckoned_on = models.DateField(_("due date set on"), null=True, editable=False)
    problem = models.CharField(_("why there is no due date"), max_length=80, blank=True, editable=False)
    waits_for = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="holds_up",
                                       verbose_name=_("waits for"))  # fmt: skip
    status = models.CharField(_("status"), max_length=8, choices=TaskStatus, default=TaskStatus.OPEN, editable=False)
    answered = models.BooleanField(_("done by what was recorded"), default=False, editable=False)
    done_on = FuzzyDateField(_("done on"), editable=False)
    result = models.CharField(_("result"), max_length=12, choices=ClearanceResult, blank=True, editable=False)
    remarks = Prose(_("remarks"), max_length=4000, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), editable=False)
    changed_at = models.DateTimeField(_("last change"), editable=False)

    objects = Tasks.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["due_by", "created_at", "pk"]
        constraints = (
            # A rule of the procedure gives each text one task, or one for each participant: never a second one.
            models.UniqueConstraint(
                fields=["agreement", "text", "code"], condition=~Q(code="") & Q(party=None), name="task_of_a_rule_once"
            ),
            models.UniqueConstraint(
                fields=["agreement", "text", "code", "party"], condition=~Q(code=""), name="task_of_a_party_once"
            ),
            # Likewise a template, however often it is applied; what is no longer needed may be given again.
            models.UniqueConstraint(
                fields=["agreement", "text", "origin"],
                condition=Q(origin__isnull=False) & ~Q(status=TaskStatus.DROPPED),
                name="task_of_a_template_once",
            ),
            one_of("side", Ball, model="task"),
            one_of("anchor", TaskAnchor, model="task", blank=True),
            one_of("status", TaskStatus, model="task"),
            one_of("result", ClearanceResult, model="task", blank=True),
            one_of("transition", Transition, model="task", blank=True),
        )
        indexes = (
            # What is open, most urgent first: lists of tasks, what needs attention. With the agreement and the due date
            # the tasks of a desk, of a month and of a year are counted without reading their rows.
            models.Index(fields=["status", "due_by", "id", "agreement", "due"], name="task_open_due"),
            models.Index(fields=["person", "status", "due_by"], name="task_of_person"),
            # The list by due date and by last change, page by page: GET /api/v1/tasks/.
            models.Index(fields=["due_by", "id"], name="task_due"),
            models.Index(fields=["-changed_at", "id"], name="task_changed"),
        )

    def __str__(self) -> str:
        return self.title.text

    def sought_by(self) -> Iterable[str]:
        """Return its titles."""
        return (self.title_texts.get(language, "") for language in LANGUAGES)

    @property
    def title(self) -> Worded:
        """What is to be done, in the reader's language or in one that it was written in."""
        return pick(self.title_texts)

    @property
    def body(self) -> Worded:
        """The body that must act, likewise; empty where none is named."""
        return pick(self.body_texts)

    @property
    def by_procedure(self) -> bool:
        """Whether the procedure gave it to do."""
        return bool(self.code)

    @property
    def reopenable(self) -> bool:
        """Whether it has ended, and not with what was recorded: that is corrected, and opens it again by itself."""
        by_record = self.answered or (self.by_procedure and self.status == TaskStatus.DROPPED)
        return self.status != TaskStatus.OPEN and not by_record

    @property
    def missed(self) -> bool:
        """Whether the lead time that the procedure asks for had run out already when the due date came to be."""
        return bool(self.code and self.due_by and self.reckoned_on and self.due_by < self.reckoned_on)

    @property
    def law_texts(self) -> Texts:
        """The legal basis that the procedure names, by language; none for a person's own task."""
        rule = (
            next((rule for rule in self.agreement.rules.tasks if rule.code == self.code), None) if self.code else None
        )
        return rule.law if rule else {}

    def set_due(self, due: FuzzyDate | None, *, today: date) -> None:
        """Set the due date as it came to be on a day; one without an end has no last possible day."""
        self.due, self.due_by = due, due.latest if due and due.latest != date.max else None
        self.reckoned_on = today if due else None

    @property
    def version(self) -> str:
        """The moment of the last change, as a name of what the task says."""
        return f"{self.changed_at.astimezone(UTC):%Y%m%d%H%M%S%f}"

    def is_overdue(self, today: date) -> bool:
        """Whether it is open and its last possible day is past."""
        return bool(self.status == TaskStatus.OPEN and self.due_by and self.due_by < today)
