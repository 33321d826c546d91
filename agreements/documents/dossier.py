"""The dossier: all files of an agreement that a reader may see, as one ZIP that is packed while it is sent."""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from agreements.choices import DocumentKind
from agreements.documents import files
from agreements.documents.shelf import Item
from agreements.documents.storage import files as storage
from agreements.models import Agreement, DocumentVersion


@dataclass(frozen=True)
class Packed:
    """A file of the dossier, under the name that it has there."""

    path: str
    row: DocumentVersion


def contents(agreement: Agreement, items: Iterable[Item]) -> list[Packed]:
    """Return the files in the order of the dossier, oldest version first, without those recorded by mistake.

    The names are in the reader's language, and safe on every system; no two differ in the case of letters alone.
    """
    taken: set[str] = set()
    found = []
    kinds = list(DocumentKind)
    for item in items:
        kind = DocumentKind(item.row.kind)
        folder = _safe(f"{kinds.index(kind) + 1:02} {kind.label}")
        for file in reversed(item.live):
            extension = file.row.name.rpartition(".")[2].lower()
            stem = f"{item.title.text[:80]} – {file.row.language} – {file.row.number}"
            name, again = _safe(f"{stem}.{extension}"), 1
            while f"{folder}/{name}".casefold() in taken:
                again += 1
                name = _safe(f"{stem} ({again}).{extension}")
            taken.add(f"{folder}/{name}".casefold())
            found.append(Packed(f"{agreement.reference}/{folder}/{name}", file.row))
    return found


def _safe(name: str) -> str:
    return files.clean(name.replace("/", "_").replace("\\", "_")).text


class _Sink:
    """What a ZIP is written to: it cannot be sought, and gives away what was written."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        """Take a piece."""
        self.pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is kept open."""

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken = b"".join(self.pieces)
        self.pieces.clear()
        return taken


def packed(agreement: Agreement, found: Iterable[Packed], told: Iterable[tuple[str, bytes]] = ()) -> Iterator[bytes]:
    """Yield the ZIP piece by piece; the manifests come last, since they say whether each file was as recorded.

    `told` are files that say what is recorded of the agreement, with their names: they come first.
    """
    sink, lines = _Sink(), []
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in told:
            archive.writestr(_plain(f"{agreement.reference}/{name}"), content)
            yield sink.take()
        for item in found:
            digest = hashlib.sha256()
            try:
                pieces: Any = storage().stream(item.row.stored, 0, item.row.size)
            except FileNotFoundError:
                lines.append(_line(item, "missing"))
                continue
            with archive.open(_info(item), "w") as kept:
                for piece in pieces:
                    digest.update(piece)
                    kept.write(piece)
                    yield sink.take()
            lines.append(_line(item, "intact" if digest.hexdigest() == item.row.sha256 else "changed"))
        archive.writestr(_plain("MANIFEST.txt"), _manifest(lines))
        manifest = {"agreement": agreement.reference, "files": lines}
        archive.writestr(_plain("manifest.json"), json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")
    yield sink.take()


def _info(item: Packed) -> zipfile.ZipInfo:
    moment = timezone.localtime(item.row.uploaded_at)
    info = zipfile.ZipInfo(item.path, (moment.year, moment.month, moment.day, moment.hour, moment.minute, 0))
    info.file_size, info.external_attr = item.row.size, 0o644 << 16
    return info


def _plain(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o644 << 16
    return info


def _line(item: Packed, state: str) -> dict[str, Any]:
    row = item.row
    return {
        "path": item.path,
        "document": str(row.document_id),
        "kind": row.document.kind,
        "version": row.number,
        "language": row.language,
        "authenticity": row.authenticity,
        "dated": row.dated.iso if row.dated else "",
        "received_from": row.received_from,
        "name": row.name,
        "size": row.size,
        "sha256": row.sha256,
        "state": state,
    }


def _manifest(told: Iterable[dict[str, Any]]) -> str:
    lines = ["SHA-256, size in bytes, language, state, file", ""]
    columns = ("sha256", "size", "language", "state", "path")
    lines += ["  ".join(str(line[name]) for name in columns) for line in told]
    return "\n".join(lines) + "\n"
