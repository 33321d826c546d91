"""Tables that are taken over: the file, what its columns mean, what was decided, and what became of every row."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agreements import access
from agreements.choices import Level, SubjectKind
from agreements.import_choices import ImportOutcome, ImportState, TableKind
from agreements.models.agreement import Agreement
from agreements.models.base import Visible, one_of
from agreements.models.share import Share
from agreements.words import LANGUAGES


class ImportRuns(Visible):
    """Imports: seen by those who may import, each up to its level, and of owners who see no more than the reader does.

    What an import tells was found with the eyes of its owner: that a row is recorded already and under which reference,
    and of records of which the table itself gives a higher level. What a share showed him counts among what he saw.
    """

    def for_user(self, user: Any) -> "ImportRuns":
        """Return the imports that the user may see; none without the right, and none to a program held to areas."""
        found = self.up_to_level(user)
        own = Q(owner=user.pk if user is not None else None)
        no_higher = Q(owner__access_level__in=Level.up_to(getattr(user, "access_level", Level.PUBLIC)))
        shown = (
            Share.objects.filter(Q(user=OuterRef("owner")) | Q(unit=OuterRef("owner__unit")))
            .filter(given_at__lte=OuterRef("changed_at"))
            .exclude(withdrawn_at__lt=OuterRef("created_at"))
            .exclude(until__lt=OuterRef("created_at__date"))
        )
        hidden = shown.exclude(agreement__in=Agreement.objects.for_user(user).order_by().values("pk"))
        return found.filter(own | (no_higher & ~Exists(hidden)))

    def up_to_level(self, user: Any) -> "ImportRuns":
        """Return the imports of levels that the user may see, whoever their owner is, likewise."""
        if user is None or not user.is_authenticated or not access.may(user, "import"):
            return self.none()
        if getattr(user, "areas_only", None) is not None:
            return self.none()
        return self.filter(level__in=Level.up_to(user.access_level))


class ImportRun(models.Model):
    """The taking over of one table, from the upload of its file to the last row, or to its being undone.

    `layout`, `mapping` and `decisions` are plain JSON (docs/import.md): how the file is laid out, what its columns
    mean, and what a person decided about what is doubtful. `reached` is the number of the last row that is written; a
    chunk of rows and their outcomes are written together, so that it goes on there after whatever stopped it.
    `attempts` tells a worker from the one that held the import before it. `owner` is under whose name all is recorded.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="imports", verbose_name=_("imported by"), editable=False
    )
    kind = models.CharField(_("rows are"), max_length=12, choices=TableKind)
    name = models.CharField(_("file"), max_length=200)
    stored = models.CharField(_("name in the storage"), max_length=100, editable=False)
    size = models.PositiveBigIntegerField(_("size"), editable=False)
    sha256 = models.CharField(_("SHA-256"), max_length=64, editable=False)
    level = models.CharField(_("level of confidentiality"), max_length=12, choices=Level, default=Level.INTERNAL)
    source = models.CharField(_("source"), max_length=200)
    language = models.CharField(_("language"), max_length=2, choices=[(code, code) for code in LANGUAGES])
    layout = models.JSONField(_("layout"), default=dict, blank=True)
    mapping = models.JSONField(_("columns"), default=dict, blank=True)
    decisions = models.JSONField(_("decisions"), default=dict, blank=True)
    questions = models.JSONField(_("open questions"), default=list, blank=True, editable=False)
    state = models.CharField(
        pgettext_lazy("import", "state"), max_length=10, choices=ImportState, default=ImportState.UPLOADED
    )
    #: Whether all is written in one transaction, or chunk by chunk.
    whole = models.BooleanField(_("all or nothing"), default=False)
    trying = models.BooleanField(_("being tried"), default=False, editable=False)
    counts = models.JSONField(_("rows by outcome"), default=dict, blank=True, editable=False)
    total = models.PositiveIntegerField(_("rows"), null=True, editable=False)
    done = models.PositiveIntegerField(_("rows dealt with"), default=0, editable=False)
    reached = models.PositiveIntegerField(_("last row dealt with"), default=0, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, editable=False)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, editable=False)
    problem = models.CharField(_("problem"), max_length=500, blank=True, editable=False)
    created_at = models.DateTimeField(_("uploaded at"), editable=False)
    changed_at = models.DateTimeField(_("last change"), editable=False)
    done_at = models.DateTimeField(_("done at"), null=True, editable=False)
    undone_at = models.DateTimeField(_("undone at"), null=True, editable=False)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("undone by"),
        editable=False,
    )

    objects = ImportRuns.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at", "pk"]
        constraints = (
            one_of("kind", TableKind, model="import"),
            one_of("state", ImportState, model="import"),
            one_of("level", Level, model="import"),
            models.CheckConstraint(condition=Q(language__in=LANGUAGES), name="import_language_known"),
        )
        indexes = (models.Index(fields=["-created_at", "id"], name="import_created"),)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of its page."""
        return reverse("import", args=[self.pk])

    @property
    def request_id(self) -> str:
        """The identifier under which the journal keeps what it writes."""
        return f"import-{self.pk}"

    @property
    def undoing_id(self) -> str:
        """The identifier under which the journal keeps that it was undone."""
        return f"undo-{self.pk}"

    @property
    def busy(self) -> bool:
        """Whether a worker has it in hand, or is to have it."""
        return self.trying or self.state == ImportState.RUNNING

    @property
    def progress(self) -> int:
        """How much of it is dealt with, per cent."""
        return min(100, self.done * 100 // self.total) if self.total else 0


class ImportRows(Visible):
    """What became of rows, as far as the reader may see their imports."""

    def for_user(self, user: Any) -> "ImportRows":
        """Return the rows of imports of levels that the user may see; what they are about he need not see."""
        return self.filter(run__in=ImportRun.objects.up_to_level(user).order_by().values("pk"))


class ImportRow(models.Model):
    """What became of one row of a table, or what would: tried, it is replaced by the next try.

    `code` and `told` are the reason, a sentence of `imports.reasons` with its parameters. `digest` names what the row
    says: while a row is `live` - written, and not undone - the same one is not taken over again, whoever is faster.
    `entries` are the keys of the entries that it made, where they are not the whole chain of the subject.
    """

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rows", verbose_name=_("import"))
    number = models.PositiveIntegerField(_("row"))
    outcome = models.CharField(_("outcome"), max_length=8, choices=ImportOutcome)
    label = models.CharField(_("what the row is about"), max_length=200, blank=True)
    code = models.CharField(_("reason"), max_length=40, blank=True)
    told = models.JSONField(_("details of the reason"), default=dict, blank=True)
    subject_kind = models.CharField(_("subject"), max_length=12, choices=[*SubjectKind.choices, ("task", _("Task"))],
                                    blank=True)  # fmt: skip
    subject = models.UUIDField(_("key of the subject"), null=True)
    entries = models.JSONField(_("entries of the journal"), default=list, blank=True)
    digest = models.CharField(_("digest of the row"), max_length=32)
    #: The number under which the table has the record, by which later tables may name it.
    key = models.CharField(_("own number"), max_length=100, blank=True)
    live = models.BooleanField(_("written and not undone"), default=False)

    objects = ImportRows.as_manager()

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        ordering = ["run", "number"]
        constraints = (
            models.UniqueConstraint(fields=["run", "number"], name="import_row_once"),
            models.UniqueConstraint(fields=["digest"], condition=Q(live=True), name="import_row_live_once"),
            one_of("outcome", ImportOutcome, model="import_row"),
        )
        indexes = (
            models.Index(fields=["run", "outcome", "number"], name="import_row_outcome"),
            models.Index(fields=["subject"], name="import_row_subject"),
            models.Index(fields=["key"], condition=Q(live=True) & ~Q(key=""), name="import_row_key"),
        )

    def __str__(self) -> str:
        return f"{self.number}: {self.outcome}"


class ImportMappings(Visible):
    """Saved mappings, each seen by its owner while he may import."""

    def for_user(self, user: Any) -> "ImportMappings":
        """Return the user's own."""
        if user is None or not user.is_authenticated or not access.may(user, "import"):
            return self.none()
        return self.filter(owner=user)


class ImportMapping(models.Model):
    """What the columns of a kind of table mean, kept under a name by its owner for the next file of the same form.

    `signature` is a digest of the headers: a file with the same ones is offered the mapping by itself.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="import_mappings",
        verbose_name=_("owner"),
        editable=False,
    )
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("rows are"), max_length=12, choices=TableKind)
    signature = models.CharField(_("digest of the headers"), max_length=32)
    mapping = models.JSONField(_("columns"), default=dict)
    changed_at = models.DateTimeField(_("last change"), editable=False)

    objects = ImportMappings.as_manager()

    class Meta:
        verbose_name = _("saved mapping")
        verbose_name_plural = _("saved mappings")
        ordering = ["name", "pk"]
        constraints = (
            models.UniqueConstraint(fields=["owner", "name"], name="import_mapping_name_unique"),
            one_of("kind", TableKind, model="import_mapping"),
        )

    def __str__(self) -> str:
        return self.name
