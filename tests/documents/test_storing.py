"""Keeping a file: the rows, the entry of the journal, the bytes, and what comes of a failure."""

import hashlib
import stat
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from agreements import access, documents, history, journal, lifecycle, registers
from agreements.choices import EntryKind
from agreements.documents import files, storing
from agreements.documents.storage import Folder
from agreements.guards import Refused
from agreements.models import Document, DocumentVersion, Entry
from tests.documents.conftest import PDF, PNG, day, docx, on_disk, upload


def test_a_file_is_kept_with_its_row_and_its_entry(agreement, keep, lawyer, folder):
    version = keep(
        title={"en": "Signed at Brussels"},
        authenticity="authentic",
        received_from="European Commission",
        evidence="COM(2008) 92",
    )
    entry = Entry.objects.of(agreement).last()

    assert (version.number, version.size, version.sha256) == (1, len(PDF), hashlib.sha256(PDF).hexdigest())
    assert (version.media_type, version.name, version.uploaded_by) == ("application/pdf", "text.pdf", lawyer)
    assert (version.document.kind, version.document.level, version.document.text) == ("signed_text", "internal", 1)
    assert (version.document.title.text, version.dated) == ("Signed at Brussels", day(2010, 5, 5))
    assert version.entry == entry
    assert (entry.kind, entry.evidence, entry.recorded_at) == (EntryKind.DOCUMENT, "COM(2008) 92", version.uploaded_at)
    assert journal.data_of(entry) == {
        "document": "signed_text",
        "text": 1,
        "file": {
            "id": str(version.pk), "document": str(version.document_id), "version": 1, "level": "internal",
            "name": "text.pdf", "size": len(PDF), "sha256": version.sha256, "language": "en",
            "authenticity": "authentic", "received_from": "European Commission",
        },
    }  # fmt: skip
    assert journal.text_of(entry) == {"what": {"en": "Signed at Brussels"}}
    assert (folder / version.stored).read_bytes() == PDF
    assert on_disk(folder) == [version.stored]
    assert list(journal.verify()) == []


def test_a_file_counts_as_a_document_for_the_rules(agreement, keep):
    keep("signing_decision")

    assert [kind for _text, _on, kind in history.histories([agreement.pk])[agreement.pk].documents] == [
        "signing_decision"
    ]


def test_only_the_owner_may_read_what_is_kept_and_its_name_tells_nothing(keep, folder):
    version = keep(name="Secret position.pdf")
    path = folder / version.stored

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(one.stat().st_mode) for one in (folder, path.parent)} == {0o700}
    assert len(path.name) == 40
    assert set(path.name) <= set("0123456789abcdef")
    with pytest.raises(ValueError, match="no address"):
        Folder(folder).url(version.stored)


def test_the_next_version_belongs_to_the_same_document(agreement, keep):
    first = keep(title={"ru": "Подписанный текст"})
    second = keep("draft", docx("Article 1"), "text.docx", language="ru", document=first.document, title={"en": "X"})

    assert (second.document, second.number, second.document.kind) == (first.document, 2, "signed_text")
    assert Document.objects.count() == 1
    assert journal.data_of(second.entry)["document"] == "signed_text"
    assert second.document.titles == {"en": "", "ru": "Подписанный текст", "kk": ""}


def test_a_document_without_a_title_goes_by_its_kind(keep):
    assert str(keep().document) == "Signed text"


def test_the_same_content_is_refused_by_name_until_it_is_voided(agreement, keep, lawyer):
    first = keep(name="one.pdf")
    with pytest.raises(Refused) as refusal:
        keep(name="two.pdf", document=first.document)
    assert [str(reason) for reason in refusal.value.reasons] == [
        "“two.pdf” is here already: version 1 of the document has the same content (“one.pdf”)."
    ]
    other = keep(name="two.pdf")
    assert other.document != first.document

    lifecycle.void(first.entry, by=lawyer, reason="The wrong language.")
    assert keep(name="two.pdf", document=first.document, language="ru").number == 2


# ---- rights ----
def test_recording_takes_the_right(agreement, reader, keep, folder):
    assert not access.may(reader, "record")
    with pytest.raises(Refused) as refusal:
        keep(by=reader)
    assert refusal.value.reasons == (registers.NOT_PERMITTED,)
    assert on_disk(folder) == []


@pytest.mark.parametrize(("level", "permitted"), [("public", True), ("internal", True), ("restricted", False)])
def test_nobody_keeps_what_he_could_not_see(officer, keep, folder, level, permitted):
    if permitted:
        assert keep(by=officer, level=level).document.level == level
        return
    with pytest.raises(Refused) as refusal:
        keep(by=officer, level=level)
    assert refusal.value.reasons == (registers.NOT_PERMITTED,)


def test_a_version_of_a_document_too_secret_for_him_is_refused(officer, keep):
    version = keep(level="secret")
    with pytest.raises(Refused) as refusal:
        keep(content=PNG, name="a.png", by=officer, document=version.document)
    assert refusal.value.reasons == (registers.NOT_PERMITTED,)


def test_a_document_of_another_agreement_takes_no_version(keep, make_agreement, lawyer):
    version = keep()
    with pytest.raises(Refused) as refusal:
        documents.store(
            make_agreement(), "signed_text", upload(PNG, "a.png"), by=lawyer, on=day(2010), language="en",
            document=version.document,
        )  # fmt: skip
    assert [reason.code for reason in refusal.value.reasons] == ["document-elsewhere"]


# ---- nothing half-done ----
def counts() -> tuple[int, ...]:
    return Document.objects.count(), DocumentVersion.objects.count(), Entry.objects.count()


def test_a_failure_of_the_database_leaves_nothing(keep, folder):
    first, before = keep(), counts()
    kept = on_disk(folder)
    with pytest.raises(IntegrityError), transaction.atomic():
        keep(document=first.document, content=PNG, name="a.png", certainty="odd")

    assert counts() == before
    assert on_disk(folder) == kept


class Broken:
    """A file that breaks off while it is read, the second time through."""

    name, size = "text.pdf", len(PDF)

    def __init__(self, pieces: list[Any]) -> None:
        self.pieces, self.file = pieces, None

    def seek(self, _place: int, _whence: int = 0) -> int:
        return 0

    def read(self, _size: int = -1) -> bytes:
        return PDF

    def chunks(self, _size: int | None = None) -> Any:
        pieces = self.pieces.pop(0)
        for piece in pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece


@pytest.mark.parametrize(
    "second", [[PDF[:10], OSError("No space left on device")], [PDF[:-1], b"?"]], ids=["breaks off", "changes"]
)
def test_a_file_that_cannot_be_kept_whole_leaves_nothing(agreement, lawyer, folder, second):
    before = counts()
    with pytest.raises(OSError, match=r"No space left|The file changed"):
        documents.store(agreement, "signed_text", Broken([[PDF], second]), by=lawyer, on=day(2010), language="en")

    assert counts() == before
    assert on_disk(folder) == []


def test_a_name_that_is_taken_is_never_overwritten(folder):
    place = Folder(folder)
    place.save("ab/one", upload(b"first"))
    with pytest.raises(FileExistsError):
        place._save("ab/one", upload(b"second"))

    assert (folder / "ab/one").read_bytes() == b"first"
    assert on_disk(folder) == ["ab/one"]


def test_a_row_whose_commit_was_not_answered_keeps_its_file(agreement, keep, lawyer, folder):
    """The commit went through, its answer was lost: the row is there, so the file must be."""
    document = keep().document
    looked_at = storing._Upload(files.clean("a.png"), len(PNG), hashlib.sha256(PNG).hexdigest())
    with (  # noqa: PT012 - the failure comes after the row
        pytest.raises(DatabaseError),
        storing._kept("cd/other", upload(PNG, "a.png"), looked_at.sha256),
    ):
        storing._insert(
            agreement, document, looked_at, "cd/other", by=lawyer, on=day(2010), text_number=None, language="en",
            authenticity="authentic", received_from="",
        )  # fmt: skip
        raise DatabaseError

    assert DocumentVersion.objects.filter(stored="cd/other").exists()
    assert "cd/other" in on_disk(folder)


# ---- for ever ----
@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_version_is_never_changed_nor_deleted(keep, change):
    rows = DocumentVersion.objects.filter(pk=keep().pk)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(name="other.pdf") if change == "update" else rows.delete()

    assert rows.get().name == "text.pdf"


def test_the_reasons_of_a_guard_are_met(agreement, keep, officer):
    def missing() -> set[str]:
        return {reason.remedy for reason in lifecycle.objections(agreement, "sign", by=officer)}

    assert "document:signing_decision" in missing()
    keep("signing_decision")
    assert "document:signing_decision" not in missing()
