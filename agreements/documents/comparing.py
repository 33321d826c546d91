"""Comparing two versions of a text: their paragraphs, read without any office program, and how they differ."""

import difflib
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from django.utils.translation import gettext as _

from agreements.documents.files import BROKEN_ZIP, decoded
from agreements.documents.storage import files as storage
from agreements.models import DocumentVersion

#: The formats of which the text can be read.
READABLE = ("txt", "docx", "odt")
#: How large a file, its unpacked text and the number of its paragraphs may be.
LARGEST, UNPACKED, PARAGRAPHS = 32 * 1024 * 1024, 24 * 1024 * 1024, 5000
#: How many unchanged paragraphs stand around a change, and how many words of a paragraph are compared.
AROUND, WORDS = 2, 3000
_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_DOCX = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_ODT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"


class NoText(Exception):
    """A file has no text that can be compared; the message says why."""


# ---- reading ----
def paragraphs(version: DocumentVersion) -> list[str]:
    """Return the paragraphs of a file. Raises NoText, FileNotFoundError."""
    extension = version.name.rpartition(".")[2].lower()
    if extension not in READABLE:
        raise NoText(
            _("“%(name)s” has no text that can be compared. Texts are read from: %(known)s.")
            % {"name": version.name, "known": ", ".join(READABLE)}
        )
    if version.size > LARGEST:
        raise NoText(_too_long(version))
    content = b"".join(storage().stream(version.stored, 0, version.size))
    try:
        found = _plain(content) if extension == "txt" else _zipped(content, extension)
    except (*BROKEN_ZIP, KeyError, expat.ExpatError) as error:
        raise NoText(_("The text of “%(name)s” cannot be read.") % {"name": version.name}) from error
    if len(found) > PARAGRAPHS:
        raise NoText(_too_long(version))
    return found


def _too_long(version: DocumentVersion) -> str:
    return _("“%(name)s” is too long to be compared here.") % {"name": version.name}


def _plain(content: bytes) -> list[str]:
    text = decoded(content, whole=True)
    if text is None:
        raise ValueError("neither UTF-8 nor Windows-1251")
    return [line.strip() for line in text.lstrip("\ufeff").splitlines() if line.strip()]


def _zipped(content: bytes, extension: str) -> list[str]:
    reader = _Word() if extension == "docx" else _OpenDocument()
    with zipfile.ZipFile(io.BytesIO(content)) as parts, parts.open(reader.part) as source:
        text = source.read(UNPACKED + 1)
    if len(text) > UNPACKED:
        raise ValueError("too long")
    return reader.read(text)


class _Reader:
    """Gathers paragraphs from XML. What is not read: entities, of which a few lines could grow without end."""

    part = ""
    ends: frozenset[str] = frozenset()
    breaks: dict[str, str] = {}
    #: The elements whose text counts; None: all within a paragraph.
    texts: frozenset[str] | None = None

    def __init__(self) -> None:
        self.found: list[str] = []
        self.pieces: list[str] = []
        self.path: list[str] = []

    def read(self, content: bytes) -> list[str]:
        """Return the paragraphs that are not empty."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(content, True)
        return self.found

    def _refuse(self, *_given: Any) -> None:
        raise ValueError("a document type declaration")

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self.path.append(name)
        if name in self.ends:
            self._finish()
        elif name in self.breaks:
            self.pieces.append(self.breaks[name])

    def _end(self, name: str) -> None:
        self.path.pop()
        if name in self.ends:
            self._finish()

    def _text(self, text: str) -> None:
        counts = self.path[-1] in self.texts if self.texts is not None else bool(self.ends.intersection(self.path))
        if counts:
            self.pieces.append(text)

    def _finish(self) -> None:
        paragraph = re.sub(r"\s+", " ", "".join(self.pieces)).strip()
        self.pieces.clear()
        if paragraph:
            self.found.append(paragraph)


class _Word(_Reader):
    part = "word/document.xml"
    ends = frozenset({f"{_DOCX} p"})
    breaks = {f"{_DOCX} {name}": " " for name in ("tab", "br", "cr")}
    texts = frozenset({f"{_DOCX} t"})


class _OpenDocument(_Reader):
    part = "content.xml"
    ends = frozenset({f"{_ODT} p", f"{_ODT} h"})
    breaks = {f"{_ODT} {name}": " " for name in ("s", "tab", "line-break")}


# ---- comparing ----
@dataclass(frozen=True)
class Piece:
    """A part of a paragraph: "same", "gone" or "new"."""

    kind: str
    text: str


@dataclass(frozen=True)
class Passage:
    """A paragraph with what changed in it, or `skipped` unchanged ones in a row."""

    pieces: Sequence[Piece] = ()
    skipped: int = 0


@dataclass(frozen=True)
class Difference:
    """How the second text differs from the first."""

    passages: Sequence[Passage]
    gone: int
    new: int

    @property
    def same(self) -> bool:
        """Whether both say the same."""
        return not self.gone and not self.new


def compare(before: Sequence[str], after: Sequence[str]) -> Difference:
    """Return the paragraphs of both texts with what went and what came; long unchanged parts are only counted."""
    passages: list[Passage] = []
    gone = new = 0
    blocks = difflib.SequenceMatcher(None, before, after).get_opcodes()
    for place, (kind, start, end, from_, until) in enumerate(blocks):
        if kind == "equal":
            passages += _around(before[start:end], first=place == 0, last=place == len(blocks) - 1)
            continue
        gone, new = gone + end - start, new + until - from_
        passages += _changed(before[start:end], after[from_:until])
    return Difference(passages, gone, new)


def _around(same: Sequence[str], *, first: bool, last: bool) -> Iterator[Passage]:
    head, tail = (0 if first else AROUND), (0 if last else AROUND)
    if len(same) <= head + tail + 1:
        head, tail = len(same), 0
    yield from (Passage([Piece("same", text)]) for text in same[:head])
    if skipped := len(same) - head - tail:
        yield Passage(skipped=skipped)
    yield from (Passage([Piece("same", text)]) for text in same[len(same) - tail :])


def _changed(before: Sequence[str], after: Sequence[str]) -> Iterator[Passage]:
    if len(before) == len(after):
        for old, fresh in zip(before, after, strict=True):
            yield Passage(list(_words(old, fresh)))
        return
    yield from (Passage([Piece("gone", text)]) for text in before)
    yield from (Passage([Piece("new", text)]) for text in after)


def _words(old: str, fresh: str) -> Iterator[Piece]:
    first, second = _WORD.findall(old), _WORD.findall(fresh)
    matcher = difflib.SequenceMatcher(None, first, second)
    if max(len(first), len(second)) > WORDS or matcher.quick_ratio() < 0.4:
        yield Piece("gone", old)
        yield Piece("new", fresh)
        return
    for kind, start, end, from_, until in matcher.get_opcodes():
        if kind == "equal":
            yield Piece("same", "".join(first[start:end]))
            continue
        if end > start:
            yield Piece("gone", "".join(first[start:end]))
        if until > from_:
            yield Piece("new", "".join(second[from_:until]))
