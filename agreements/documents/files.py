"""What a file of a document may be called and hold: judged by its name, its size and its content, without unpacking."""

import lzma
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import puremagic
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from agreements.guards import Reason

#: What a ministry keeps: texts, tables, slides, scans, letters. Left out is what runs in a browser (HTML, SVG), what
#: hides other files (ZIP), and the binary formats of old office programs, whose macros cannot be seen from outside.
MEDIA_TYPES: Mapping[str, str] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "rtf": "application/rtf",
    "txt": "text/plain",
    "xml": "application/xml",
    "eml": "message/rfc822",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "tif": "image/tiff",
    "tiff": "image/tiff",
}
#: The part that makes an Office Open XML file what its extension says.
_OOXML = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}
_ODF = ("odt", "ods")
_PLAIN = ("txt", "xml", "eml")
#: The longest name that is kept, in characters.
NAME_LENGTH = 150
_HEAD = 64 * 1024
#: How much a file that is a ZIP inside may hold: parts, the directory of its parts, everything unpacked in bytes.
ENTRIES, DIRECTORY, UNPACKED = 10_000, 4 * 1024 * 1024, 1024 * 1024 * 1024
#: How many times larger it may grow, once it is larger than a harmless size.
RATIO, HARMLESS = 100, 32 * 1024 * 1024


@dataclass(frozen=True)
class Name:
    """The name of a file as it is kept, and its extension in small letters."""

    text: str
    extension: str


def largest() -> int:
    """Return the size of the largest file that is taken, in bytes."""
    return int(settings.DOCUMENT_MAX_MB) * 1024 * 1024


# ---- names ----
def clean(name: str) -> Name:
    """Return a name as it is kept.

    Folders before it, control characters, marks that turn the direction of writing and other invisible letters are
    taken away; letters that file systems refuse become “_”; a long name is cut before its extension.
    """
    text = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    text = "".join(letter for letter in text if unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    text = re.sub(r"\s+", " ", re.sub(r'[<>:"|?*]', "_", text)).strip(" .")
    stem, dot, extension = text.rpartition(".")
    if not dot:
        return Name(text[:NAME_LENGTH], "")
    ending = f".{extension}"
    return Name(stem[: max(1, NAME_LENGTH - len(ending))].rstrip() + ending[:NAME_LENGTH], extension.lower())


# ---- judging ----
def objections(source: Any, name: Name, size: int) -> Iterator[Reason]:
    """Yield everything that stands against keeping a file; `source` can be read and sought."""
    if name.extension not in MEDIA_TYPES:
        known = ", ".join(extension for extension in MEDIA_TYPES if extension not in ("jpeg", "tiff"))
        yield _reason(
            "file-kind", _("“%(name)s” is of a kind that is not kept. Kept are: %(known)s."), name, known=known
        )
    if size == 0:
        yield _reason("file-empty", _("“%(name)s” is empty."), name)
    elif size > largest():
        yield _reason(
            "file-too-large",
            _("“%(name)s” is larger than %(largest)s MB, the most that is taken."),
            name,
            largest=settings.DOCUMENT_MAX_MB,
        )
    elif name.extension in MEDIA_TYPES:
        yield from _content(source, name, size)


def _reason(code: str, template: Any, name: Name, **params: Any) -> Reason:
    return Reason(code, template, {"name": name.text or "…", **params}, asked="file", firm=True)


def _content(source: Any, name: Name, size: int) -> Iterator[Reason]:
    source.seek(0)
    head = source.read(_HEAD)
    match name.extension:
        case extension if extension in _OOXML or extension in _ODF:
            yield from _zipped(source, name, size)
            return
        case extension if extension in _PLAIN:
            same = _is_plain(head, extension, whole=size <= _HEAD)
        case "pdf":  # a few bytes may stand before the mark
            same = b"%PDF-" in head[:1024]
        case "rtf":
            same = head.startswith(b"{\\rtf")
        case "jpg" | "jpeg":
            same = _is(head, "jpg", "jpeg")
        case "png":
            same = _is(head, "png")
        case _:
            same = _is(head, "tif", "tiff")
    if not same:
        yield _not_what_it_says(name)


def _not_what_it_says(name: Name) -> Reason:
    return _reason(
        "file-content",
        _("“%(name)s” does not hold what its extension says (%(extension)s). Save it anew in that format."),
        name,
        extension=name.extension,
    )


def _is(head: bytes, *extensions: str) -> bool:
    """Whether the first bytes are those of a format (puremagic's list of signatures)."""
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return False
    best = max((match.confidence for match in found), default=0)
    return any(match.extension.lstrip(".") in extensions for match in found if match.confidence == best)


def _is_plain(head: bytes, extension: str, *, whole: bool) -> bool:
    text = decoded(head, whole=whole)
    if text is None or any(unicodedata.category(letter) == "Cc" and letter not in "\n\r\t\f" for letter in text):
        return False
    if extension == "xml":
        return text.lstrip("\ufeff \n\r\t").startswith("<")
    if extension == "eml":
        return re.match(r"(?:[!-9;-~]+:[^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*)+", text) is not None
    return True


def decoded(head: bytes, *, whole: bool) -> str | None:
    """Return the text in one of the encodings that are in use; the last letter of a part may be cut."""
    marked = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(head[:2])
    for encoding in [marked] if marked else ["utf-8", "cp1251"]:
        for end in range(len(head), len(head) - (1 if whole else 4), -1):
            try:
                return head[:end].decode(encoding)
            except UnicodeDecodeError:
                continue
    return None


# ---- files that are a ZIP inside ----
#: What the standard library raises for a ZIP that is broken, encrypted (RuntimeError) or packed in an unknown way
#: (NotImplementedError, a RuntimeError too): bad directories, sizes and texts, and data that cannot be unpacked.
BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, OSError, EOFError, ValueError, struct.error)


def _zipped(source: Any, name: Name, size: int) -> Iterator[Reason]:
    stated = _directory(source, size)
    if stated is None:
        yield _not_what_it_says(name)
        return
    if stated > DIRECTORY:
        yield _bomb(name)
        return
    try:
        source.seek(0)
        with zipfile.ZipFile(source) as parts:
            found = parts.infolist()
            unpacked, packed = sum(part.file_size for part in found), sum(part.compress_size for part in found)
            if (
                len(found) > ENTRIES
                or unpacked > UNPACKED
                or (unpacked > HARMLESS and unpacked > RATIO * max(packed, 1))
            ):
                yield _bomb(name)
                return
            same = _holds(parts, name.extension)
            names = {part.filename.lower() for part in found}
    except BROKEN_ZIP:
        same, names = False, set()
    if not same:
        yield _not_what_it_says(name)
    if any(part.endswith("vbaproject.bin") or part.startswith(("basic/", "scripts/")) for part in names):
        yield _reason("file-program", _("“%(name)s” holds macros, that is programs. Save it without them."), name)


def _bomb(name: Name) -> Reason:
    return _reason("file-bomb", _("“%(name)s” would grow out of all proportion when opened; it is not taken."), name)


def _directory(source: Any, size: int) -> int | None:
    """Return the size that a ZIP states for the directory of its parts, or None where the end of a ZIP is missing."""
    tail = min(size, 65_557)
    source.seek(size - tail)
    end = source.read(tail)
    place = end.rfind(b"PK\x05\x06")
    if place < 0 or len(end) - place < 22:
        return None
    stated: int = struct.unpack_from("<I", end, place + 12)[0]
    return stated


def _holds(parts: zipfile.ZipFile, extension: str) -> bool:
    names = set(parts.namelist())
    if extension in _OOXML:
        return "[Content_Types].xml" in names and _OOXML[extension] in names
    if "mimetype" not in names or "content.xml" not in names or parts.getinfo("mimetype").file_size > 200:
        return False
    return parts.read("mimetype").decode("ascii", "replace").strip() == MEDIA_TYPES[extension]
