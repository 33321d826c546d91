"""What the tests of documents share: a folder of their own, files of every kind, a shorter way to keep one."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from agreements import documents
from agreements.dates import FuzzyDate
from agreements.models import Agreement, DocumentVersion, User

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"
)
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
TIF = b"II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"
RTF = rb"{\rtf1\ansi The text.}"
EML = b"From: desk@mfa.example\r\nSubject: Note\r\n\r\nThe text is agreed.\r\n"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def day(year: int, month: int = 1, number: int = 1) -> FuzzyDate:
    """Return a date of which the day is known."""
    return FuzzyDate.of_day(date(year, month, number))


def zipped(parts: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP with these parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def docx(*paragraphs: str, **more: bytes) -> bytes:
    """Return a Word document with these paragraphs."""
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    document = f'<?xml version="1.0"?><w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": document} | more)


def odt(*paragraphs: str) -> bytes:
    """Return an OpenDocument text with these paragraphs."""
    office, text = "urn:oasis:names:tc:opendocument:xmlns:office:1.0", "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    body = "".join(f"<text:p>{one}</text:p>" for one in paragraphs)
    content = f'<office:document-content xmlns:office="{office}" xmlns:text="{text}">{body}</office:document-content>'
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content}, zipfile.ZIP_STORED)


def spoilt(content: bytes, part: str) -> bytes:
    """Return a ZIP in which the packed data of one part cannot be unpacked."""
    made, place = bytearray(content), zipfile.ZipFile(io.BytesIO(content)).getinfo(part).header_offset
    start = place + 30 + len(part)
    made[start : start + 4] = b"\xff" * 4
    return bytes(made)


def encrypted(content: bytes) -> bytes:
    """Return a ZIP of which every part says that it is encrypted."""
    made = bytearray(content)
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = made.find(sign)
        while place >= 0:
            made[place + flags] |= 1
            place = made.find(sign, place + 4)
    return bytes(made)


def upload(content: bytes = PDF, name: str = "text.pdf") -> ContentFile:
    """Return a file as it is sent."""
    return ContentFile(content, name)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """The folder in which the files of one test are kept."""
    place = tmp_path / "documents"
    kept = {"BACKEND": "agreements.documents.storage.Folder", "OPTIONS": {"location": place}}
    settings.STORAGES = settings.STORAGES | {"documents": kept}
    return place


def on_disk(folder: Path) -> list[str]:
    """Return the files in a folder, whole or half."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def agreement(make_agreement: Callable[..., Agreement]) -> Agreement:
    """The Horizontal Aviation Agreement, being prepared for signing since 21 February 2008."""
    return make_agreement(stage="signing", on=day(2008, 2, 21))


@pytest.fixture
def keep(agreement: Agreement, lawyer: User) -> Callable[..., DocumentVersion]:
    """Return what keeps a file of the agreement: unless told otherwise, its signed text in English, as PDF."""

    def kept(kind: str = "signed_text", content: bytes = PDF, name: str = "text.pdf", **given: Any) -> DocumentVersion:
        details: dict[str, Any] = {"by": lawyer, "on": day(2010, 5, 5), "language": "en"} | given
        return documents.store(agreement, kind, upload(content, name), **details)

    return kept
