"""Where files are kept: a folder outside the web root, or a bucket (`documents.s3`). Both know the same few acts."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol, cast

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, storages
from django.utils import timezone

CHUNK = 256 * 1024
#: What a file is called while it is being written.
PART = ".part"


class Kept(NamedTuple):
    """A file as the storage holds it."""

    name: str
    size: int
    modified: datetime


class Files(Protocol):
    """What the storage of documents can do."""

    def save(self, name: str, content: File) -> str:
        """Keep a file whole or not at all; return its name."""

    def delete(self, name: str) -> None:
        """Remove a file."""

    def open(self, name: str) -> IO[bytes]:
        """Open a file for reading. Raises FileNotFoundError."""

    def stream(self, name: str, start: int, length: int) -> Iterator[bytes]:
        """Return a part of a file in pieces. Raises FileNotFoundError before the first one."""

    def every(self) -> Iterator[Kept]:
        """Yield everything that is kept, and what was left half-written."""


def files() -> Files:
    """Return the storage of documents."""
    return cast(Files, storages["documents"])


class Pieces:
    """A part of an open file, piece by piece; closed with the answer that it is part of."""

    def __init__(self, source: Any, length: int) -> None:
        self.source, self.left = source, length

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = self.source.read(min(CHUNK, self.left)) if self.left > 0 else b""
        if not piece:
            self.close()
            raise StopIteration
        self.left -= len(piece)
        return cast(bytes, piece)

    def close(self) -> None:
        """Close the file."""
        self.source.close()


class Folder(FileSystemStorage):
    """A folder of this machine. A file appears under its name when it is complete and on the disk, never before."""

    def __init__(self, location: str | Path) -> None:
        super().__init__(location=location, file_permissions_mode=0o600, directory_permissions_mode=0o700)

    def url(self, name: str | None) -> str:
        """Refuse: files have no address of their own, they are served to who may see them."""
        raise ValueError("Files of documents have no address of their own.")

    def _save(self, name: str, content: Any) -> str:
        target = Path(self.path(name))
        part = target.with_name(target.name + PART)
        self._make(target.parent)
        try:
            number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(number, "wb") as written:
                for piece in content.chunks(CHUNK):
                    written.write(piece)
                written.flush()
                os.fsync(written.fileno())
            # A link refuses a name that is taken, which a renaming would overwrite.
            os.link(part, target)
        finally:
            part.unlink(missing_ok=True)
        _sync(target.parent)
        return name

    def _make(self, folder: Path) -> None:
        root = Path(self.location)
        missing = [root, *(root / part for part in reversed(folder.relative_to(root).parents)), folder]
        for one in missing:
            if not one.is_dir():
                one.mkdir(mode=0o700, parents=True, exist_ok=True)
                _sync(one.parent)

    def open(self, name: str, mode: str = "rb") -> Any:
        """Open a file for reading; files are never opened for writing."""
        return Path(self.path(name)).open("rb")

    def stream(self, name: str, start: int, length: int) -> Iterator[bytes]:
        """Return a part of a file in pieces. Raises FileNotFoundError."""
        source = self.open(name)
        source.seek(start)
        return Pieces(source, length)

    def every(self) -> Iterator[Kept]:
        """Yield everything that is kept, and what was left half-written, in the order of names."""
        root = Path(self.location)
        for path in sorted(root.rglob("*")):
            if path.is_file():
                told = path.stat()
                modified = datetime.fromtimestamp(told.st_mtime, tz=timezone.get_fixed_timezone(0))
                yield Kept(path.relative_to(root).as_posix(), told.st_size, modified)


def _sync(folder: Path) -> None:
    """Let a new name in a folder survive a loss of power."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
