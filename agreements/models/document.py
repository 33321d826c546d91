"""Documents with their files: what a document is, and its versions, each of which is one file that never changes."""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import chain
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agreements import iso639
from agreements.choices import Authenticity, DocumentKind, Level
from agreements.models.agreement import Agreement
from agreements.models.base import FuzzyDateField, Line, Searched, Visible, one_of
from agreements.models.journal import Entry
from agreements.words import LANGUAGES, Worded, pick


class Documents(Visible):
    """Documents, as far as the reader may see them: a document may be more secret than its agreement."""

    areas_field = "agreement__areas"
    shared_field = "agreement"

    def of_levels(self, levels: Collection[str]) -> Q:
        """Return the condition that both a document and its agreement are of one of these levels."""
        return super().of_levels(levels) & Q(agreement__level__in=levels)

    def shown_to(self, user: Any) -> Q:
        """Return the condition that a share shows a document: its agreement, and nothing more secret than that."""
        shown = super().shown_to(user)
        return shown & _within(level="level", agreement="agreement__level") if shown else shown

    def beyond(self, user: Any) -> "Documents":
        """Return the documents that are too secret for the user, wherever they belong."""
        return self.exclude(Q(level__in=Level.up_to(user.access_level)) | self.shown_to(user))

    def held(self) -> "Documents":
        """Leave out documents of which every version was recorded by mistake."""
        return self.filter(Exists(DocumentVersion.objects.live().filter(document=OuterRef("pk"))))


class DocumentVersions(Visible):
    """Files, as far as the reader may see their documents."""

    level_field = "document__level"
    areas_field = "document__agreement__areas"
    shared_field = "document__agreement"

    def of_levels(self, levels: Collection[str]) -> Q:
        """Return the condition that both the document of a file and its agreement are of one of these levels."""
        return super().of_levels(levels) & Q(document__agreement__level__in=levels)

    def shown_to(self, user: Any) -> Q:
        """Return the condition that a share shows the document of a file."""
        shown = super().shown_to(user)
        return shown & _within(level="document__level", agreement="document__agreement__level") if shown else shown

    def live(self, known_at: datetime | None = None) -> "DocumentVersions":
        """Leave out files recorded by mistake: their entry of the journal was voided, by a moment or since."""
        voids = Entry.objects.filter(voids=OuterRef("entry"))
        return self.filter(~Exists(voids if known_at is None else voids.filter(recorded_at__lte=known_at)))

    def beyond(self, user: Any) -> "DocumentVersions":
        """Return the files of documents that are too secret for the user, wherever they belong."""
        return self.exclude(Q(document__level__in=Level.up_to(user.access_level)) | self.shown_to(user))


def _within(*, level: str, agreement: str) -> Q:
    """Return the condition that a document is not more secret than its agreement, given the ways to both levels."""
    found = Q()
    for highest in Level:
        found |= Q(**{agreement: highest, f"{level}__in": Level.up_to(highest)})
    return found


class Document(Searched, models.Model):
    """A document of an agreement: the signed text, a note, an expertise. Its files are its versions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="documents", verbose_name=_("agreement"))
    text = models.PositiveSmallIntegerField(_("text"), default=1)
    kind = models.CharField(_("kind"), max_length=26, choices=DocumentKind)
    title_en = Line(_("title in English"), max_length=300, blank=True)
    title_ru = Line(_("title in Russian"), max_length=300, blank=True)
    title_kk = Line(_("title in Kazakh"), max_length=300, blank=True)
    level = models.CharField(_("level of confidentiality"), max_length=12, choices=Level, default=Level.INTERNAL)
    created_at = models.DateTimeField(_("recorded at"), editable=False)
    #: How often its level or its title was changed since.
    markings = models.PositiveSmallIntegerField(_("changes of level or title"), default=0, editable=False)

    objects = Documents.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-created_at", "pk"]
        permissions = (("declassify_document", _("Can lower the levels of documents")),)
        constraints = (
            one_of("kind", DocumentKind, model="document"),
            one_of("level", Level, model="document"),
            models.CheckConstraint(condition=Q(text__gte=1), name="document_text_from_one"),
        )
        indexes = (
            # The register of all documents, page by page: GET /api/v1/documents/.
            models.Index(fields=["-created_at", "id"], name="document_created"),
            # The documents of one agreement, in the order of its page.
            models.Index(fields=["agreement", "kind"], name="document_agreement_kind"),
        )

    def __str__(self) -> str:
        return self.title.text

    def sought_by(self) -> Iterable[str]:
        """Return its titles, and of its files the names and who gave them."""
        files = () if self._state.adding else self.versions.order_by("number").values_list("name", "received_from")
        return chain(self.titles.values(), *files)

    @property
    def titles(self) -> dict[str, str]:
        """The title by language; empty where it has none of its own."""
        return {language: getattr(self, f"title_{language}") for language in LANGUAGES}

    @property
    def title(self) -> Worded:
        """The title in the reader's language, or in one that has it; the name of the kind where it has none."""
        own = pick(self.titles)
        return own if own.text else Worded(str(DocumentKind(self.kind).label), "")


class DocumentVersion(models.Model):
    """One file, as it was received: never changed, never deleted. `entry` is what the journal says of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(Document, models.PROTECT, related_name="versions", verbose_name=_("document"))
    number = models.PositiveSmallIntegerField(_("version"))
    language = models.CharField(_("language"), max_length=2)
    authenticity = models.CharField(
        _("authenticity"), max_length=12, choices=Authenticity, default=Authenticity.NOT_STATED
    )
    received_from = Line(_("received from"), max_length=200, blank=True)
    dated = FuzzyDateField(_("date"))
    name = models.CharField(_("name of the file"), max_length=160)
    media_type = models.CharField(_("media type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField("SHA-256", max_length=64)
    stored = models.CharField(_("place in the storage"), max_length=60, editable=False)
    uploaded_at = models.DateTimeField(_("recorded at"), editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    entry = models.OneToOneField(Entry, models.PROTECT, related_name="file", verbose_name=_("journal entry"))

    objects = DocumentVersions.as_manager()

    class Meta:
        verbose_name = _("version of a document")
        verbose_name_plural = _("versions of documents")
        ordering = ["document", "number"]
        constraints = (
            # Also the index for the versions of one document, in their order.
            models.UniqueConstraint(fields=["document", "number"], name="document_version_once"),
            # Also the index for `check_documents`: which row does a file belong to?
            models.UniqueConstraint(fields=["stored"], name="document_version_stored_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="document_version_from_one"),
            models.CheckConstraint(condition=Q(size__gte=1), name="document_version_not_empty"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="document_version_digest"),
            models.CheckConstraint(condition=Q(language__regex=r"^[a-z]{2}$"), name="document_version_language"),
            one_of("authenticity", Authenticity, model="document_version"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"

    def get_absolute_url(self) -> str:
        """Return the address of the file."""
        return reverse("document-file", args=[self.pk])

    @property
    def language_name(self) -> str:
        """The language in the reader's language."""
        return iso639.name(self.language)
