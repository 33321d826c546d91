"""Archives and seals: what is written is restored equal, on either database, or not at all."""

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from agreements import archive, clock, documents, journal, seals
from agreements.archive.tables import LEFT_OUT, tables
from agreements.archive.writing import MANIFEST
from agreements.dates import FuzzyDate
from agreements.models import Agreement, DocumentVersion, Entry, EventPosition, User
from agreements.models import triggers as journal_triggers
from bench import pacta
from tests import portfolio, postgres
from tests.strict import ROOT

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


class _Undone(Exception):
    pass


def _filled() -> None:
    """Put the sample into the database, with a file of a document and a user who has rights."""
    portfolio.load()
    by = User.objects.service("import")
    agreement = Agreement.objects.get(reference="AIR-7Q4M")
    documents.store(
        agreement, "signed_text", ContentFile(PDF, "text.pdf"), by=by, on=FuzzyDate.parse("2024-12-28"), language="en"
    )


@pytest.fixture
def written(db, tmp_path):
    """An archive of the sample; the database is empty again."""
    path = tmp_path / "all.tar"
    try:
        with transaction.atomic():
            _filled()
            kept = archive.write(path, at=clock.now())
            raise _Undone
    except _Undone:
        pass
    for name in places(path):
        documents.storage.files().delete(name)
    assert not Entry.objects.exists()
    return path, kept


def places(path: Path) -> list[str]:
    """Return the places of the files in an archive."""
    with tarfile.open(path) as opened:
        return [name.removeprefix("files/") for name in opened.getnames() if name.startswith("files/")]


def rewritten(path: Path, change) -> Path:
    """Return another archive: `change` gets name and content of each member, and returns its content, or None."""
    other = path.with_name("other.tar")
    with tarfile.open(path) as source, tarfile.open(other, "w") as target:
        for member in source.getmembers():
            content = change(member.name, source.extractfile(member).read())
            if content is not None:
                member.size = len(content)
                target.addfile(member, io.BytesIO(content))
    return other


# ---- what it holds ----
def test_every_table_is_held_or_left_out_for_a_reason():
    held = {table.label for table in tables()}
    models = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    every = {model._meta.label for model in models if model._meta.managed}

    assert held | set(LEFT_OUT) == every
    assert not held & set(LEFT_OUT)


def test_nothing_in_it_sets_its_own_time():
    """A column that is filled in on saving would be another one after restoring."""
    fields = [field for table in tables() for field in table.model._meta.concrete_fields]
    own = {str(field) for field in fields if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)}

    assert own == set()


# ---- there and back ----
def test_what_is_restored_is_equal(written, tmp_path):
    path, kept = written

    restored = archive.restore(path)

    assert restored.rows == kept.rows
    assert restored.seal.digest == kept.seal.digest == seals.seal(clock.now()).digest
    assert (restored.files, kept.files, kept.missing) == (1, 1, [])
    assert restored.rows["agreements.Agreement"] == 8
    assert list(journal.verify()) == []
    version = DocumentVersion.objects.get()
    assert documents.storage.files().open(version.stored).read() == PDF
    again = archive.write(tmp_path / "again.tar", at=kept.seal.at)
    assert _tables(tmp_path / "again.tar") == _tables(path)
    assert again.rows == kept.rows
    assert User.objects.service("import").has_perm("agreements.import_history")


def _tables(path: Path) -> dict[str, list[bytes]]:
    """Return the rows of each table, in the order of their keys, whichever the database sorts by."""
    with tarfile.open(path) as opened:
        names = [name for name in opened.getnames() if name.startswith("tables/")]
        return {name: sorted(opened.extractfile(name).read().splitlines()) for name in names}


def test_numbers_go_on_after_restoring(written, client):
    archive.restore(written[0])
    user = User.objects.service("import")

    user.groups.create(name="newcomers")

    assert user.groups.filter(name="newcomers").exists()


def test_an_encrypted_archive_is_read_by_its_owner_only(db, tmp_path):
    import pyrage

    owner, stranger = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    path = tmp_path / "secret.age"
    try:
        with transaction.atomic():
            _filled()
            archive.write(path, at=clock.now(), recipient=str(owner.to_public()))
            raise _Undone
    except _Undone:
        pass

    assert path.read_bytes().startswith(b"age-encryption.org/v1")
    assert b"AIR-7Q4M" not in path.read_bytes()
    for identity in ("", str(stranger), "AGE-SECRET-KEY-1NONE"):
        with pytest.raises(archive.BadArchive):
            archive.restore(path, identity=identity)
    assert archive.restore(path, identity=str(owner)).rows["agreements.Agreement"] == 8


def test_a_recipient_that_is_none_leaves_nothing_behind(db, tmp_path):
    with pytest.raises(ValueError, match=r"\w"):
        archive.write(tmp_path / "x.age", at=clock.now(), recipient="age1nobody")

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_overwritten(db, tmp_path):
    (tmp_path / "kept").write_text("mine")

    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", str(tmp_path / "kept"))

    assert (tmp_path / "kept").read_text() == "mine"


def test_a_file_of_a_document_that_is_lost_is_told(sample, tmp_path, capsys):
    _filled()
    lost = DocumentVersion.objects.get().stored
    documents.storage.files().delete(lost)

    with pytest.raises(CommandError, match=r"1 file\(s\) of documents were missing") as caught:
        call_command("backup", str(tmp_path / "all.tar"))

    assert caught.value.returncode == 1
    assert lost in capsys.readouterr().err


# ---- refused, and nothing kept ----
def _last_row(content: bytes) -> bytes:
    return b"\n".join(content.splitlines()[:-1]) + b"\n"


@pytest.mark.parametrize(
    ("member", "change", "told"),
    [
        ("tables/agreements.Entry.jsonl", _last_row, "is not as it was written"),
        (
            "tables/agreements.User.jsonl",
            lambda content: content.replace(b"pacta-import", b"pacta-impost"),
            "is not as",
        ),
        ("tables/agreements.Area.jsonl", lambda content: b"{}\n", "is not as it was written"),
        ("tables/agreements.Task.jsonl", lambda content: None, "is missing"),
        ("seal.txt", lambda content: content.replace(b" 1 ", b" 2 "), "seal.txt is not as it was written"),
        (MANIFEST, lambda content: content.replace(b'"format": 1', b'"format": 2'), "has the form 2"),
        (MANIFEST, lambda content: content.replace(b"0001_initial", b"0001_other"), "another version of Pacta"),
        (MANIFEST, lambda content: b"[]", "no manifest"),
        (MANIFEST, lambda content: None, "no manifest"),
        ("files/", lambda content: content + b"x", "is not as it was written"),
    ],
)
def test_a_damaged_archive_changes_nothing(written, member, change, told):
    path, _kept = written
    other = rewritten(path, lambda name, content: change(content) if name.startswith(member) else content)

    with pytest.raises(archive.BadArchive, match=told):
        archive.restore(other)

    assert not Entry.objects.exists()
    assert not User.objects.exists()


def test_what_is_no_archive_is_said_to_be_none(db, tmp_path):
    (tmp_path / "letter.txt").write_text("Dear colleague" * 100)

    with pytest.raises(CommandError, match="Nothing was restored"):
        call_command("restore", str(tmp_path / "letter.txt"))


def test_a_journal_that_was_forged_before_it_was_packed_is_refused(db, tmp_path):
    """The lines and their digests agree, the chain does not."""
    path = tmp_path / "forged.tar"
    try:
        with transaction.atomic():
            _filled()
            journal_triggers.remove(connection)
            Entry.objects.filter(place="Luxembourg").update(place="Brussels")
            archive.write(path, at=clock.now())
            raise _Undone
    except _Undone:
        pass
    journal_triggers.install(connection)

    with pytest.raises(archive.BadArchive, match="the entry was changed"):
        archive.restore(path)

    assert not Entry.objects.exists()


def test_a_database_that_is_not_empty_is_left_alone(written, reader):
    with pytest.raises(archive.BadArchive, match="not empty"):
        archive.restore(written[0])


def test_the_drill_restores_elsewhere_and_leaves_this_database_alone(sample, tmp_path, capsys):
    path = tmp_path / "all.tar"
    call_command("backup", str(path))

    call_command("restore", str(path), "--drill")

    told = capsys.readouterr().out
    assert seals.seal(clock.now()).digest in told
    assert "The drill succeeded" in told


def _large() -> None:
    """Put ten thousand agreements into the database, each with a file of a document."""
    pacta.fill(10_000)
    for stored, reference in DocumentVersion.objects.values_list("stored", "document__agreement__reference"):
        documents.storage.files().save(stored, ContentFile(pacta.file_of(reference)))


def _emptied() -> None:
    journal_triggers.remove(connection)
    try:
        call_command("flush", interactive=False, verbosity=0)
    finally:
        journal_triggers.install(connection)


@contextmanager
def _another(tmp_path: Path) -> Iterator[str]:
    """Give the address of an empty database of the other kind."""
    if connection.vendor == "sqlite":
        with postgres.server() as url:
            yield url
    else:
        yield f"sqlite:///{tmp_path / 'there.sqlite3'}"


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fill", [_filled, _large], ids=["the sample", "10,000 agreements"])
def test_to_the_other_database_and_back(tmp_path, fill):
    """From this database to the other by another process, and from there back; equal row by row."""
    fill()
    here, back = tmp_path / "here.tar", tmp_path / "back.tar"
    kept = archive.write(here, at=clock.now())
    with _another(tmp_path) as url:
        environment = os.environ | {
            "DATABASE_URL": url, "DOCUMENTS_DIR": str(tmp_path / "documents"), "DEBUG": "1",
            "DJANGO_SETTINGS_MODULE": "tracker.settings",
        }  # fmt: skip
        for command in (["migrate", "-v0"], ["restore", str(here)], ["verify_journal"], ["backup", str(back)]):
            done = subprocess.run(
                [sys.executable, str(ROOT / "manage.py"), *command], env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
    _emptied()

    restored = archive.restore(back)

    assert restored.seal.digest == kept.seal.digest
    assert _tables(back) == _tables(here)


# ---- seals ----
def test_a_seal_finds_what_was_cut_off(sample, tmp_path, capsys):
    call_command("seal_journal", "--output", str(tmp_path / "seal"))
    call_command("verify_journal", "--seal", str(tmp_path / "seal"))
    assert "Everything is there that was sealed" in capsys.readouterr().out
    agreement = sample["AIR-7Q4M"]
    journal_triggers.remove(connection)
    last = Entry.objects.of(agreement).latest("sequence")
    EventPosition.objects.filter(entry=last).delete()
    last.text.delete()
    last.delete()
    Agreement.objects.filter(pk=agreement.pk).update(version=last.sequence - 1)
    journal_triggers.install(connection)

    assert list(journal.verify()) == []
    with pytest.raises(CommandError):
        call_command("verify_journal", "--seal", str(tmp_path / "seal"))

    assert f"entry {last.sequence}, which was sealed, is missing" in capsys.readouterr().err


def test_a_seal_allows_what_came_later(sample, lawyer):
    from agreements import lifecycle

    before = seals.seal(clock.now())
    lifecycle.note(sample["AIR-7Q4M"], on=FuzzyDate.parse("2024-12-28"), by=lawyer, what="Asked by telephone.")

    assert list(seals.broken(before)) == []
    assert seals.seal(clock.now()).digest != before.digest


def test_a_seal_is_read_as_it_was_written(sample):
    made = seals.seal(clock.now())

    assert seals.read(made.lines()) == made
    assert json.loads(next(made.lines()))["entries"] == Entry.objects.count()


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["nothing"],
        ['{"format": "pacta-seal-1"}'],
        ['{"format": "other", "at": "2024-12-28T00:00:00+00:00", "digest": ""}'],
        ['{"format": "pacta-seal-1", "at": "2024-12-28T00:00:00+00:00", "digest": "0"}'],
        ['{"format": "pacta-seal-1", "at": "2024-12-28T00:00:00+00:00", "digest": "0"}', "agreement 1 2 3"],
    ],
)
def test_what_is_no_seal_is_refused(lines):
    with pytest.raises(seals.BadSeal):
        seals.read(lines)
