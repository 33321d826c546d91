"""Keeping files: the one function that writes a document with its file, and the entry of the journal beside it."""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.core.files.base import File
from django.db import DatabaseError, transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from agreements import access, clock, iso639, registers
from agreements.choices import Authenticity, DocumentKind, EntryKind, Level, Origin
from agreements.dates import FuzzyDate
from agreements.documents import files
from agreements.documents.citing import unknown_kind
from agreements.documents.storage import CHUNK
from agreements.documents.storage import files as storage
from agreements.guards import Reason, Refused
from agreements.models import Agreement, Document, DocumentVersion, User
from agreements.words import LANGUAGES, Texts, unfit


@dataclass(frozen=True)
class _Upload:
    """A file that was looked at: its name as it is kept, its size and its digest."""

    name: files.Name
    size: int
    sha256: str


def store(
    agreement: Agreement,
    kind: str,
    file: File,
    *,
    by: User,
    on: FuzzyDate,
    language: str,
    authenticity: str = Authenticity.NOT_STATED,
    received_from: str = "",
    title: Texts | None = None,
    level: str = "",
    document: Document | None = None,
    text_number: int | None = None,
    **details: Any,
) -> DocumentVersion:
    """Keep a file as a new document of a kind, or as the next version of `document`. Raises Refused; returns the file.

    `on` is the date of the document; `title` is by language, `level` that of the agreement unless told otherwise (both
    are settled by the first version); `details` are the evidence, the source and the certainty of the entry.
    """
    if document is not None:
        kind, level, title, text_number = document.kind, document.level, document.titles, document.text
    level = level or agreement.level
    _permit(agreement, document, level, by, details)
    name, size = files.clean(file.name or ""), file.size or 0
    reasons = [
        *_values(kind, level, language, authenticity, received_from, title or {}, text_number, agreement),
        *registers.spelling(details),
        *registers.timing(on, clock.today()),
        *files.objections(file, name, size),
    ]
    if reasons:
        raise Refused(*reasons)
    upload = _Upload(name, size, _digest(file))
    _refuse_known(document, upload)
    stored = f"{secrets.token_hex(1)}/{secrets.token_hex(20)}"
    with _kept(stored, file, upload.sha256), transaction.atomic():
        if document is None:
            document = _document(agreement, kind, title or {}, level)
        return _insert(
            agreement,
            document,
            upload,
            stored,
            by=by,
            on=on,
            text_number=text_number,
            language=language,
            authenticity=authenticity,
            received_from=received_from,
            **details,
        )


def _permit(agreement: Agreement, document: Document | None, level: str, by: User, details: Mapping[str, Any]) -> None:
    """Refuse at once, before the file is read, whoever may not record here, or not at this level."""
    right = "import" if details.get("origin") == Origin.IMPORTED else "record"
    known = level not in Level.values or level in Level.up_to(access.reach(by, agreement))
    if not access.may(by, right) or not access.sees_agreement(by, agreement) or not known:
        raise Refused(registers.NOT_PERMITTED)
    if agreement.is_void:
        raise Refused(registers.VOID_RECORD)
    if document is not None and document.agreement_id != agreement.pk:
        raise Refused(Reason("document-elsewhere", _("The document belongs to another agreement."), firm=True))


def _values(
    kind: str,
    level: str,
    language: str,
    authenticity: str,
    received_from: str,
    title: Texts,
    text_number: int | None,
    agreement: Agreement,
) -> Iterator[Reason]:
    if kind not in DocumentKind.values:
        yield unknown_kind(kind)
    for value, words, asked in ((level, Level, "level"), (authenticity, Authenticity, "authenticity")):
        if value not in words.values:
            yield unknown_value(value, words, asked)
    if language not in iso639.known():
        yield Reason(
            "language-unknown",
            _("“%(value)s” is not a code of ISO 639-1, such as en, ru or kk."),
            {"value": language},
            asked="language",
            firm=True,
        )
    yield from spelling("received_from", received_from, DocumentVersion)
    for code, text in title.items():
        yield from spelling(f"title_{code}", text, Document)
    if text_number and not 1 <= text_number <= agreement.text:
        yield Reason("text-unknown", _("There is no such text of the agreement."), asked="text", firm=True)


def unknown_value(value: str, words: type[TextChoices], asked: str) -> Reason:
    """Return the reason why a value cannot be taken: it is none of the words."""
    template = _("“%(value)s” is not known. Use one of: %(known)s.")
    return Reason("value-unknown", template, {"value": value, "known": ", ".join(words.values)}, asked=asked, firm=True)


def spelling(name: str, value: str, model: type[Document] | type[DocumentVersion]) -> Iterator[Reason]:
    """Yield why a column of a document cannot hold a text."""
    longest = getattr(model._meta.get_field(name), "max_length", 0)
    if len(value) > longest:
        yield Reason(
            "too-long",
            _("The text of “%(field)s” is longer than %(longest)s characters."),
            {"field": name, "longest": longest},
            asked=name,
            firm=True,
        )
    if fault := unfit(value, lines=False):
        yield Reason(fault.code, fault.template, {"field": name, "found": fault.found}, asked=name, firm=True)


def _refuse_known(document: Document | None, upload: _Upload) -> None:
    """Refuse content that the document holds already; a version recorded by mistake and voided does not count."""
    same = document and DocumentVersion.objects.live().filter(document=document, sha256=upload.sha256).first()
    if same:
        raise Refused(
            Reason(
                "file-known",
                _("“%(name)s” is here already: version %(number)s of the document has the same content (“%(kept)s”)."),
                {"name": upload.name.text, "number": same.number, "kept": same.name},
                asked="file",
                firm=True,
            )
        )


def _digest(file: File) -> str:
    digest = hashlib.sha256()
    for piece in file.chunks(CHUNK):
        digest.update(piece)
    return digest.hexdigest()


class _Counted(File):
    """A file that is hashed once more while it is kept: what is kept must be what was looked at."""

    def __init__(self, file: File) -> None:
        super().__init__(file.file, file.name)
        self.source, self.digest, self.read_through = file, hashlib.sha256(), False

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Yield the content in pieces."""
        for piece in self.source.chunks(chunk_size or CHUNK):
            self.digest.update(piece)
            yield piece
        self.read_through = True


@contextmanager
def _kept(stored: str, file: File, sha256: str) -> Iterator[None]:
    """Put a file into place before its row is written, and take it away again when the row is not.

    The file comes first: a process that dies in between leaves a file without a row, which `check_documents` finds and
    removes, never a row without a file. Where the answer to a commit was lost, the row may be there: then it stays too.
    """
    counted = _Counted(file)
    try:
        storage().save(stored, counted)
        if counted.read_through and counted.digest.hexdigest() != sha256:
            raise OSError("The file changed while it was being kept.")
        yield
    except BaseException:
        if not _has_row(stored):
            storage().delete(stored)
        raise


def _has_row(stored: str) -> bool:
    """Whether a row for the file may be there; if the database cannot say, it may."""
    if transaction.get_connection().needs_rollback:
        return False  # the block around this one will be rolled back, and the row with it
    try:
        return DocumentVersion.objects.filter(stored=stored).exists()
    except DatabaseError:
        return True


def _document(agreement: Agreement, kind: str, title: Texts, level: str) -> Document:
    titles = {f"title_{language}": title.get(language, "") for language in LANGUAGES}
    return Document(agreement=agreement, kind=kind, level=level, created_at=clock.now(), **titles)


def _insert(
    agreement: Agreement,
    document: Document,
    upload: _Upload,
    stored: str,
    *,
    by: User,
    on: FuzzyDate,
    text_number: int | None,
    language: str,
    authenticity: str,
    received_from: str,
    **details: Any,
) -> DocumentVersion:
    """Insert the rows and the entry of the journal, with the agreement's row locked."""
    fresh = registers.lock(agreement, by=by, right="import" if details.get("origin") == Origin.IMPORTED else "record")
    new = document._state.adding
    document.text = document.text if not new else text_number or fresh.text
    if not new:
        _refuse_known(document, upload)  # another writer may have come first
    version = DocumentVersion(
        id=uuid4(),
        document=document,
        number=document.versions.count() + 1 if not new else 1,
        language=language,
        authenticity=authenticity,
        received_from=received_from,
        dated=on,
        name=upload.name.text,
        media_type=files.MEDIA_TYPES[upload.name.extension],
        size=upload.size,
        sha256=upload.sha256,
        stored=stored,
        uploaded_by=by,
    )
    version.entry = registers.add(
        fresh,
        EntryKind.DOCUMENT,
        by=by,
        on=on,
        text_number=document.text,
        data={"document": document.kind, "file": _told(version)},
        what={language: text for language, text in document.titles.items() if text},
        **details,
    )
    version.uploaded_at = version.entry.recorded_at
    if new:
        document.created_at = version.uploaded_at
        document.save(force_insert=True)
    version.save(force_insert=True)
    document.save(update_fields=["search_text"])  # it is found by its files, too
    return version


def _told(version: DocumentVersion) -> dict[str, Any]:
    """Return what the journal keeps of a file."""
    return {
        "id": str(version.pk),
        "document": str(version.document_id),
        "version": version.number,
        "level": version.document.level,
        "name": version.name,
        "size": version.size,
        "sha256": version.sha256,
        "language": version.language,
        "authenticity": version.authenticity,
        "received_from": version.received_from,
    }
