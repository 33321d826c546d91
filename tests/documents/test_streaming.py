"""A large file passes through without being held in memory: kept, handed out, packed."""

import hashlib
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.base import File
from django.core.files.uploadedfile import TemporaryUploadedFile

from agreements import documents
from agreements.documents import dossier, proof, serving
from agreements.documents.shelf import shelf
from tests.documents.conftest import day

SIZE = 200 * 1024 * 1024
#: What any of it may take beside what was taken before.
MOST = 8 * 1024 * 1024


@pytest.fixture
def large(tmp_path: Any) -> Iterator[File]:
    """A PDF of 200 MB as Django hands it over: a file on the disk; sparse, so that it takes no room."""
    upload = TemporaryUploadedFile("large.pdf", "application/pdf", 0, None)
    upload.file.write(b"%PDF-1.7\n")
    upload.file.truncate(SIZE)
    upload.size = SIZE
    with upload:
        yield upload


def test_a_file_of_200_mb_is_never_held_in_memory(agreement, lawyer, large, folder, rf):
    tracemalloc.start()
    try:
        version = documents.store(
            agreement, "signed_text", large, by=lawyer, on=day(2010), language="en", authenticity="authentic"
        )
        peaks = {"kept": _peak()}
        assert (version.size, (folder / version.stored).stat().st_size) == (SIZE, SIZE)
        digest = hashlib.sha256()
        for piece in serving.deliver(rf.get("/"), version):
            digest.update(piece)
        peaks["handed out"] = _peak()
        assert digest.hexdigest() == version.sha256
        found = dossier.contents(agreement, shelf(agreement, lawyer))
        assert sum(len(piece) for piece in dossier.packed(agreement, found)) > SIZE
        peaks["packed"] = _peak()
        assert list(proof.faults()) == []
        peaks["proved"] = _peak()
    finally:
        tracemalloc.stop()

    assert {what: peak for what, peak in peaks.items() if peak > MOST} == {}


def _peak() -> int:
    """Return the most that was taken at once since the last time."""
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    return most
