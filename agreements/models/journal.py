"""The journal: one append-only table for everything that happens, a chain of digests for each subject."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from agreements.choices import Certainty, EntryKind, Origin, Precision, Stage, SubjectKind, Transition
from agreements.models.base import Dated, FuzzyDateField, Visible, one_of, span_ordered


class Entries(Visible):
    """Entries, in the order of their chains."""

    def for_user(self, user: Any) -> "Entries":
        """Return the entries about subjects that the user may see."""
        from agreements.models.agreement import Agreement
        from agreements.models.commitment import Commitment
        from agreements.models.meeting import Meeting
        from agreements.models.undisclosed import UndisclosedParticipant

        if user is None or not user.is_active or not user.is_authenticated:
            return self.none()
        return self.filter(
            Q(subject_kind__in=(SubjectKind.PARTY, SubjectKind.INDICATOR))
            | Exists(Agreement.objects.for_user(user).filter(pk=OuterRef("subject")))
            | Exists(Commitment.objects.for_user(user).filter(pk=OuterRef("subject")))
            | Exists(Meeting.objects.for_user(user).filter(pk=OuterRef("subject")))
            | Exists(UndisclosedParticipant.objects.for_user(user).filter(pk=OuterRef("subject")))
        )

    def of(self, subject: Any) -> "Entries":
        """Return the chain of one subject, first entry first."""
        return self.filter(subject_kind=subject.SUBJECT, subject=subject.pk).order_by("sequence")

    def live(self) -> "Entries":
        """Leave out corrections and what they voided."""
        return self.filter(~Exists(Entry.objects.filter(voids=OuterRef("pk")))).exclude(kind=EntryKind.VOID)


class Entry(Dated):
    """One thing that happened: when it was true, when it was recorded, by whom, on what evidence. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject_kind = models.CharField(_("subject"), max_length=12, choices=SubjectKind)
    subject = models.UUIDField(_("subject"))
    sequence = models.PositiveIntegerField(_("number in the chain"))
    position = models.BigIntegerField(_("position"), null=True, help_text=_("Place in the order of life; steps only."))
    kind = models.CharField(_("kind"), max_length=12, choices=EntryKind)
    transition = models.CharField(_("step"), max_length=24, choices=Transition, blank=True)
    from_stage = models.CharField(_("from stage"), max_length=12, choices=Stage, blank=True)
    to_stage = models.CharField(_("to stage"), max_length=12, choices=Stage, blank=True)
    certainty = models.CharField(_("certainty"), max_length=10, choices=Certainty, default=Certainty.FIRM)
    stated_elsewhere = FuzzyDateField(_("another date stated elsewhere"))
    stated_by = models.CharField(_("source of the other date"), max_length=300, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"))
    origin = models.CharField(_("origin"), max_length=10, choices=Origin, default=Origin.RECORDED)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    actor_name = models.CharField(_("name of the recorder"), max_length=200)
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    legal_basis = models.CharField(_("legal basis"), max_length=300, blank=True)
    evidence = models.CharField(_("evidence"), max_length=300, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    out_of_procedure = models.BooleanField(_("out of procedure"), default=False)
    voids = models.ForeignKey("self", models.PROTECT, null=True, related_name="voided_by", verbose_name=_("corrects"))
    data = models.TextField(_("data"), default="{}")
    text_digest = models.CharField(_("digest of the text"), max_length=64)
    previous = models.CharField(_("previous digest"), max_length=64, blank=True)
    digest = models.CharField(_("digest"), max_length=64)

    objects = Entries.as_manager()

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal")
        ordering = ["subject_kind", "subject", "sequence"]
        permissions = (
            ("record_entry", _("Can record notes, documents, clearances and acts")),
            ("void_entry", _("Can correct the journal")),
            ("redact_entry", _("Can redact texts of the journal")),
        )
        constraints = (
            models.UniqueConstraint(fields=["subject", "sequence"], name="entry_chain_unique"),
            models.UniqueConstraint(fields=["voids"], name="entry_voided_once"),
            models.CheckConstraint(
                condition=Q(out_of_procedure__in=[True, False]), name="entry_out_of_procedure_known"
            ),
            one_of("subject_kind", SubjectKind, model="entry"),
            one_of("kind", EntryKind, model="entry"),
            one_of("precision", Precision, model="entry"),
            one_of("certainty", Certainty, model="entry"),
            one_of("origin", Origin, model="entry"),
            one_of("transition", Transition, model="entry", blank=True),
            one_of("from_stage", Stage, model="entry", blank=True),
            one_of("to_stage", Stage, model="entry", blank=True),
            span_ordered("", model="entry"),
        )
        indexes = (
            models.Index(fields=["recorded_at"], name="entry_recorded_at"),
            # Where agreements stood on a day, of all at once: GET /api/v1/agreements/?as_of= (`agreements.stood`). It
            # holds all that is asked of a line, so that no entry itself is read.
            models.Index(
                fields=["subject", "-position", "latest", "to_stage", "earliest", "precision", "kind", "id"],
                name="entry_line",
                condition=Q(position__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.sequence}"


class EntryText(models.Model):
    """The free text of an entry, beside the chain under a salted digest, so that a spilled secret can be redacted."""

    entry = models.OneToOneField(Entry, models.PROTECT, primary_key=True, related_name="text", verbose_name=_("entry"))
    salt = models.CharField(_("salt"), max_length=32)
    content = models.TextField(_("content"))

    class Meta:
        verbose_name = _("text of an entry")
        verbose_name_plural = _("texts of entries")

    def __str__(self) -> str:
        return self.content
