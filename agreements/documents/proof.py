"""Proving that every row has its file and every file its row, and that each file is as it was received."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from agreements import clock, journal
from agreements.choices import EntryKind
from agreements.documents.storage import CHUNK, Kept, files
from agreements.models import DocumentVersion, Entry, ImportRun
from agreements.words import LANGUAGES

#: A file without a row that is younger may belong to an upload that is still under way.
UNDER_WAY = timedelta(hours=1)
_CHUNK = 400


class Fault(NamedTuple):
    """A row or a file that is not as it should be."""

    name: str
    what: str


def faults() -> Iterator[Fault]:
    """Yield every file that is missing or changed, and every row that contradicts its entry of the journal."""
    for version in DocumentVersion.objects.select_related("entry").order_by("pk").iterator():
        if what := _state_of(version):
            yield Fault(str(version.pk), f"{version.stored}: {what}")
        if not _agrees(version):
            yield Fault(str(version.pk), "the row is not what the journal says of the file")
    for run in ImportRun.objects.order_by("pk").iterator():
        if what := _state_of(run):
            yield Fault(str(run.pk), f"{run.stored}: {what}")
    yield from _marked_otherwise()
    told = Entry.objects.filter(kind=EntryKind.DOCUMENT, data__contains='"file":', file__isnull=True)
    for key in told.order_by("pk").values_list("pk", flat=True):
        yield Fault(str(key), "the journal tells of a file that has no row")


def _state_of(version: DocumentVersion | ImportRun) -> str:
    digest, size = hashlib.sha256(), 0
    try:
        with files().open(version.stored) as kept:
            while piece := kept.read(CHUNK):
                digest.update(piece)
                size += len(piece)
    except FileNotFoundError:
        return "the file is missing"
    except OSError as error:
        return f"the file cannot be read ({error.strerror})"
    if size != version.size:
        return f"the file has {size} bytes instead of {version.size}"
    return "" if digest.hexdigest() == version.sha256 else "the file was changed: its SHA-256 is another"


def _agrees(version: DocumentVersion) -> bool:
    told = journal.data_of(version.entry).get("file", {})
    columns = {"id": str(version.pk), "document": str(version.document_id), "version": version.number}
    columns |= {name: getattr(version, name) for name in ("sha256", "size", "name", "language", "authenticity")}
    return all(told.get(name) == value for name, value in columns.items())


def _marked_otherwise() -> Iterator[Fault]:
    """Yield every document of which level or title is not what the journal says; a redacted title is not compared."""
    changed: dict[str, list[Entry]] = {}
    for entry in Entry.objects.filter(kind=EntryKind.MARKING).select_related("text").order_by("subject", "sequence"):
        changed.setdefault(journal.data_of(entry)["about"], []).append(entry)
    first = DocumentVersion.objects.filter(number=1).select_related("document", "entry__text").order_by("pk")
    for version in first.iterator():
        document, entry = version.document, version.entry
        known = {"level": journal.data_of(entry)["file"]["level"]}
        if entry.text.salt:
            known |= {f"title_{code}": journal.text_of(entry).get("what", {}).get(code, "") for code in LANGUAGES}
        for later in changed.get(str(document.pk), ()):
            told = journal.data_of(later)["changes"] | journal.text_of(later).get("changes", {})
            known |= {name: after for name, (_before, after) in told.items()}
            if not later.text.salt:
                known = {"level": known["level"]}
        for name, value in known.items():
            if getattr(document, name) != value:
                yield Fault(str(document.pk), f"{name} is not what the journal says")


def orphans() -> Iterator[tuple[Kept, bool]]:
    """Yield every file without a row, and whether it may belong to an upload that is still under way."""
    found = list(files().every())  # before the rows: whatever gets its row meanwhile is no orphan
    for start in range(0, len(found), _CHUNK):
        some = found[start : start + _CHUNK]
        names = [kept.name for kept in some]
        known = {
            name
            for model in (DocumentVersion, ImportRun)
            for name in model._base_manager.filter(stored__in=names).values_list("stored", flat=True)
        }
        for kept in some:
            if kept.name not in known:
                yield kept, clock.now() - kept.modified < UNDER_WAY


def remove(orphan: Kept) -> None:
    """Remove a file without a row."""
    files().delete(orphan.name)
