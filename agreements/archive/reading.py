"""Restoring from an archive: into an empty database, in one transaction, proved before it is kept."""

import hashlib
import json
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from django.core.files.base import File
from django.core.management.color import no_style
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from agreements import journal, seals
from agreements.archive.tables import Natural, Table, kept_files, tables
from agreements.archive.writing import FORMAT, MANIFEST, migrations
from agreements.documents.storage import CHUNK, files
from agreements.models import Entry, User

_AGE = b"age-encryption.org/"
_ROWS = 1000


class BadArchive(ValueError):
    """What was given is no archive, or not one that can be restored here; the sentence says why."""


@dataclass(frozen=True)
class Restored:
    """What was restored, and the seal that proves it."""

    rows: Mapping[str, int]
    files: int
    seal: seals.Seal


def restore(path: Path, *, identity: str = "") -> Restored:
    """Fill the empty, migrated database and storage from an archive; all of it, or nothing.

    `identity` is the secret key of age (`AGE-SECRET-KEY-1...`) for an archive that was encrypted. Raises BadArchive
    where the archive is damaged, of another version, or the database is not empty.
    """
    if Entry.objects.exists() or User.objects.exists():
        raise BadArchive(_("The database is not empty. Restore into a new one, after “manage.py migrate”."))
    with _opened(path, identity) as archive, transaction.atomic():
        manifest = _manifest(archive)
        digests = manifest["sha256"]
        natural = Natural()
        for table in tables():
            _fill(archive, table, natural, digests, manifest["rows"])
        _count_on()
        _check_references()
        seal = _prove(archive, digests)
        count = _put_files(archive, digests, set(manifest["missing"]))
    return Restored(manifest["rows"], count, seal)


@contextmanager
def _opened(path: Path, identity: str) -> Iterator[tarfile.TarFile]:
    """Open an archive, decrypted into a file that has no name."""
    with path.open("rb") as source, TemporaryFile() as plain:
        encrypted = source.read(len(_AGE)) == _AGE
        source.seek(0)
        if encrypted:
            _decrypt(source, plain, identity)
        try:
            with tarfile.open(fileobj=plain if encrypted else source, mode="r:") as archive:
                yield archive
        except tarfile.TarError as error:
            raise BadArchive(_("This is not an archive of Pacta: %(error)s") % {"error": error}) from error


def _decrypt(source: IO[bytes], plain: IO[bytes], identity: str) -> None:
    import pyrage

    if not identity:
        raise BadArchive(_("The archive is encrypted. Give the identity that can open it."))
    try:
        pyrage.decrypt_io(source, plain, [pyrage.x25519.Identity.from_str(identity)])
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise BadArchive(_("The archive cannot be opened with this identity: %(error)s") % {"error": error}) from error
    plain.seek(0)


def _manifest(archive: tarfile.TarFile) -> Mapping[str, Any]:
    try:
        manifest: Mapping[str, Any] = json.loads(_member(archive, MANIFEST).read())
        known, made_by = manifest["format"], manifest["migrations"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadArchive(_("The archive has no manifest that can be read.")) from error
    if known != FORMAT:
        raise BadArchive(_("The archive has the form %(form)s, which this version does not read.") % {"form": known})
    if made_by != migrations():
        raise BadArchive(
            _("The archive was made by another version of Pacta. Restore it with that version, then upgrade.")
        )
    return manifest


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        member = archive.extractfile(name)
    except KeyError:
        member = None
    if member is None:
        raise BadArchive(_("The archive is incomplete: %(name)s is missing.") % {"name": name})
    return member


def _damaged(name: str) -> BadArchive:
    return BadArchive(_("The archive is damaged: %(name)s is not as it was written.") % {"name": name})


# ---- tables ----
def _fill(
    archive: tarfile.TarFile, table: Table, natural: Natural, digests: Mapping[str, str], counts: Mapping[str, int]
) -> None:
    """Put the rows of a table in place of what `migrate` made there."""
    name = f"tables/{table.label}.jsonl"
    columns, manager = table.columns(natural), table.model._base_manager
    manager.all()._raw_delete(manager.db)
    digest, rows, count = hashlib.sha256(), [], 0
    for line in _member(archive, name):
        digest.update(line)
        try:
            values = json.loads(line)
            rows.append(table.model(**{column.name: column.read(values[column.name]) for column in columns}))
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(name) from error
        if len(rows) >= _ROWS:
            count += len(manager.bulk_create(rows))
            rows = []
    count += len(manager.bulk_create(rows))
    if digest.hexdigest() != digests.get(name) or count != counts.get(table.label):
        raise _damaged(name)


def _count_on() -> None:
    """Let numbers that the database gives follow those that were restored."""
    statements = connection.ops.sequence_reset_sql(no_style(), [table.model for table in tables()])
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _check_references() -> None:
    try:
        connection.check_constraints()
    except IntegrityError as error:
        raise BadArchive(_("The archive contradicts itself: %(error)s") % {"error": error}) from error


def _prove(archive: tarfile.TarFile, digests: Mapping[str, str]) -> seals.Seal:
    """Prove the journal against its own digests and against the seal of the archive."""
    content = _member(archive, "seal.txt").read()
    if hashlib.sha256(content).hexdigest() != digests.get("seal.txt"):
        raise _damaged("seal.txt")
    sealed = seals.read(content.decode().splitlines())
    fault = next(chain(journal.verify(), journal.differing()), None) if sealed.heads else None
    if fault:
        raise BadArchive(
            _("The journal is not whole: %(subject)s, entry %(number)s: %(what)s.")
            % {"subject": f"{fault.subject_kind} {fault.subject}", "number": fault.sequence, "what": fault.what}
        )
    if seals.seal(sealed.at).digest != sealed.digest:
        raise BadArchive(_("The journal is not the one that was sealed in the archive."))
    return sealed


# ---- files ----
def _put_files(archive: tarfile.TarFile, digests: Mapping[str, str], missing: set[str]) -> int:
    """Put the files of documents into the storage; one that is there already must be the same."""
    storage, count = files(), 0
    for stored, sha256, _size in kept_files():
        if stored in missing:
            continue
        name = f"files/{stored}"
        content = _member(archive, name)
        if digests.get(name) != sha256 or _digest(content) != sha256:
            raise _damaged(name)
        content.seek(0)
        try:
            with storage.open(stored) as present:
                if _digest(present) != sha256:
                    raise BadArchive(_("The storage holds another file as %(name)s.") % {"name": stored})
        except FileNotFoundError:
            storage.save(stored, File(content, name=stored))
        count += 1
    return count


def _digest(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := content.read(CHUNK):
        digest.update(piece)
    return digest.hexdigest()
