"""Writing an archive: a tar of tables as lines of JSON, the files of documents, and what proves them."""

import hashlib
import io
import json
import os
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from django.db.migrations.recorder import MigrationRecorder

from agreements import seals
from agreements.archive.tables import Natural, Table, kept_files, snapshot, tables
from agreements.documents.storage import CHUNK, files

FORMAT = 1
MANIFEST = "manifest.json"
_ROWS = 2000


@dataclass
class Written:
    """What an archive holds; `missing` are files of documents that the storage did not have."""

    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    bytes: int = 0
    missing: list[str] = field(default_factory=list)
    seal: seals.Seal | None = None


def migrations() -> list[str]:
    """Return the migrations of Pacta's own tables that the database has, as an archive names them."""
    applied = MigrationRecorder.Migration.objects.filter(app="agreements")
    return sorted(applied.values_list("name", flat=True))


def write(path: Path, *, at: datetime, recipient: str = "") -> Written:
    """Write an archive of one consistent moment to `path`; it appears when it is whole and on the disk.

    `recipient` is a public key of age (`age1...`): then only the owner of its identity can read the file. Raises
    ValueError where it is none, FileExistsError where `path` is there already.
    """
    if path.exists():
        raise FileExistsError(path)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("xb") as target:
            os.chmod(part, 0o600)
            with _sealed(target, recipient) as stream:
                written = _write(stream, at)
            target.flush()
            os.fsync(target.fileno())
        os.link(part, path)  # refuses a name that was taken meanwhile
    finally:
        part.unlink(missing_ok=True)
    return written


@contextmanager
def _sealed(target: IO[bytes], recipient: str) -> Iterator[IO[bytes]]:
    """Give a stream whose bytes come to the target, encrypted where a recipient is named; none stands on the disk."""
    if not recipient:
        yield target
        return
    import pyrage

    try:
        known = pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError as error:
        raise ValueError(str(error)) from error
    outlet, inlet = os.pipe()
    failed: list[BaseException] = []

    def encrypt() -> None:
        with os.fdopen(outlet, "rb") as plain:
            try:
                pyrage.encrypt_io(plain, target, [known])
            except BaseException as error:  # told to whoever waits for the thread
                failed.append(error)

    worker = threading.Thread(target=encrypt)
    worker.start()
    try:
        with os.fdopen(inlet, "wb") as stream:
            yield stream
    finally:
        worker.join()
    if failed:
        raise failed[0]


def _write(stream: IO[bytes], at: datetime) -> Written:
    written, digests = Written(), dict[str, str]()
    with tarfile.open(fileobj=stream, mode="w|") as archive, snapshot():
        natural = Natural()
        for table in tables():
            name = f"tables/{table.label}.jsonl"
            written.rows[table.label], digests[name] = _add_table(archive, name, table, natural)
        written.seal = seals.seal(at)
        _add_text(archive, "seal.txt", "".join(f"{line}\n" for line in written.seal.lines()), digests)
        for stored, sha256, size in kept_files():
            if _add_file(archive, stored, size):
                written.files, written.bytes = written.files + 1, written.bytes + size
                digests[f"files/{stored}"] = sha256
            else:
                written.missing.append(stored)
        manifest = {
            "format": FORMAT,
            "at": at.isoformat(),
            "migrations": migrations(),
            "rows": written.rows,
            "sha256": digests,
            "missing": written.missing,
        }
        _add_text(archive, MANIFEST, json.dumps(manifest, indent=1, sort_keys=True), {})
    return written


def _add_table(archive: tarfile.TarFile, name: str, table: Table, natural: Natural) -> tuple[int, str]:
    """Add the rows of a table; return how many they are, and the digest of their lines."""
    columns = table.columns(natural)
    rows = table.model._base_manager.order_by("pk").values_list(*(column.name for column in columns))
    count, digest = 0, hashlib.sha256()
    with TemporaryFile() as lines:
        for row in rows.iterator(chunk_size=_ROWS):
            values = {column.name: column.write(value) for column, value in zip(columns, row, strict=True)}
            # Sorted: PostgreSQL keeps the keys of objects in an order of its own.
            line = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
            digest.update(line)
            lines.write(line)
            count += 1
        size = lines.tell()
        lines.seek(0)
        archive.addfile(_member(name, size), lines)
    return count, digest.hexdigest()


def _add_file(archive: tarfile.TarFile, stored: str, size: int) -> bool:
    """Add a file of a document; return whether the storage had it, in its size."""
    try:
        with files().open(stored) as source, TemporaryFile() as copy:
            length = 0
            while piece := source.read(CHUNK):
                length += copy.write(piece)
            if length != size:
                return False
            copy.seek(0)
            archive.addfile(_member(f"files/{stored}", size), copy)
    except FileNotFoundError:
        return False
    return True


def _add_text(archive: tarfile.TarFile, name: str, text: str, digests: dict[str, str]) -> None:
    content = text.encode()
    digests[name] = hashlib.sha256(content).hexdigest()
    archive.addfile(_member(name, len(content)), io.BytesIO(content))


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member
