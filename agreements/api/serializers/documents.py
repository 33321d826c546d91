"""Documents and their files in JSON, and what an upload says beside its file."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from agreements import documents
from agreements.api.fields import Choice, Text, Texts, When, unknown
from agreements.api.serializers.base import Address, Moment, Reading, Writing, address_of
from agreements.api.serializers.registry import DERIVED
from agreements.choices import Authenticity, Certainty, DocumentKind, Level
from agreements.models import Agreement, Document, DocumentVersion, User
from agreements.registers import TEXT_LENGTH
from agreements.words import LANGUAGES


class FileSerializer(Reading):
    """A version of a document: one file, as it was received."""

    number = serializers.IntegerField()
    language = serializers.CharField(help_text="ISO 639-1.")
    authenticity = Choice(Authenticity)
    received_from = serializers.CharField()
    dated = When()
    name = serializers.CharField()
    media_type = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    recorded_at = Moment(source="uploaded_at")
    recorded_by = serializers.CharField(source="entry.actor_name")
    entry = serializers.UUIDField(source="entry_id", help_text="The entry of the journal.")
    voided = serializers.BooleanField(source="is_void", help_text="Recorded by mistake.")
    file = serializers.SerializerMethodField(help_text="Where the file is.")

    def get_file(self, version: DocumentVersion) -> str:
        """Return the address of the file."""
        return address_of(self.context["request"], "document-file", version.document_id, version.number)


class DocumentSerializer(Reading):
    """A document with its versions, the latest first."""

    id = serializers.UUIDField()
    agreement = serializers.CharField(source="agreement.reference")
    text = serializers.IntegerField(help_text="The number of the text it belongs to.")
    kind = Choice(DocumentKind)
    title = Texts(source="titles", help_text="Empty: the name of the kind.")
    level = Choice(Level)
    created_at = Moment()
    versions = FileSerializer(source="files", many=True)
    version = serializers.IntegerField(source="changes", help_text="Grows with every file and every other change.")
    url = Address("document", "id")


_SETTLED = gettext_lazy("This is settled by the first version of the document.")


class DocumentEdit(Writing):
    """Another level or title of a document; what is not named stays."""

    fixed: ClassVar[Mapping[str, str | Promise]] = {
        **dict.fromkeys(
            ("agreement", "text", "kind"), gettext_lazy("This is settled by the first version of the document.")
        ),
        "versions": gettext_lazy("POST the next version to the documents of the agreement."),
        **dict.fromkeys(("id", "created_at", "version", "url"), DERIVED),
    }

    level = Choice(
        Level, required=False, help_text="A level is raised by who may record, lowered by the treaty department."
    )
    title = Texts(max_length=300, required=False)
    reason = Text(max_length=TEXT_LENGTH, required=False, allow_blank=True, help_text="Needed for another level.")

    def apply(self, document: Document, by: User) -> Document:
        """Change the document."""
        return documents.mark(document, by=by, **self.validated_data)


class UploadInput(Writing):
    """A file: as a new document of a kind, or, where `document` is named, as its next version."""

    file = serializers.FileField(allow_empty_file=True)
    document = serializers.UUIDField(required=False, help_text="Of which it is the next version; then no kind.")
    kind = Choice(DocumentKind, required=False)
    on = When(help_text="The date of the document.")
    language = Text(max_length=2, help_text="ISO 639-1.")
    authenticity = Choice(Authenticity, required=False)
    received_from = Text(max_length=200, required=False, allow_blank=True)
    title_en = Text(max_length=300, required=False, allow_blank=True)
    title_ru = Text(max_length=300, required=False, allow_blank=True)
    title_kk = Text(max_length=300, required=False, allow_blank=True)
    level = Choice(Level, required=False)
    text = serializers.IntegerField(
        min_value=1, max_value=32767, required=False, help_text="The text it belongs to; else the present."
    )
    evidence = Text(max_length=300, required=False, allow_blank=True)
    source = Text(max_length=300, required=False, allow_blank=True)  # type: ignore[assignment]
    certainty = Choice(Certainty, required=False)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Ask for a kind, or for a document, which has one, together with all else that is missing."""
        self.fields["kind"].required = "document" not in data
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what the first version of a document settled: it is not said again."""
        settled = [name for name in ("kind", "level", "text", *_TITLES) if name in attrs and "document" in attrs]
        if settled:
            raise ValidationError({name: [ErrorDetail(str(_SETTLED), code="read_only")] for name in settled})
        return attrs

    def validate_document(self, key: Any) -> Document:
        """Return the document; one that the user may not see is unknown."""
        seen = Document.objects.for_user(self.context["request"].user)
        found: Document | None = seen.filter(pk=key, agreement=self.context["agreement"]).first()
        if found is None:
            raise ValidationError([unknown(key)])
        return found

    def write(self, agreement: Agreement, by: User) -> DocumentVersion:
        """Keep the file."""
        details = dict(self.validated_data)
        titles = {language: details.pop(f"title_{language}", "") for language in LANGUAGES}
        if "text" in details:
            details["text_number"] = details.pop("text")
        return documents.store(agreement, details.pop("kind", ""), details.pop("file"), by=by, title=titles, **details)


_TITLES = tuple(f"title_{language}" for language in LANGUAGES)
