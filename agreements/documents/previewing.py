"""What of a file is shown on a page without saving it: pictures and PDF as they are, texts as plain paragraphs.

What runs in a browser is never kept (`files.MEDIA_TYPES`), and what is kept is shown in this list's formats only, each
under the media type of its extension.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from agreements.documents import comparing
from agreements.documents.comparing import LARGEST, READABLE, NoText
from agreements.documents.files import MEDIA_TYPES, decoded
from agreements.documents.storage import files as storage
from agreements.models import DocumentVersion

#: What a browser shows by itself, and how a page asks it to.
SHOWN: Mapping[str, str] = {"pdf": "frame", "jpg": "picture", "jpeg": "picture", "png": "picture"}
#: Formats that are text as they stand.
_PLAIN = ("xml", "eml")
#: So many characters of a text, and paragraphs of it, are shown.
_LETTERS, _PARAGRAPHS = 200_000, 1500


@dataclass(frozen=True)
class Preview:
    """How a file is shown: in a "frame", as a "picture", as "text", or not at all, and why not."""

    kind: str
    paragraphs: Sequence[str] = ()
    cut: bool = False
    problem: str = ""


def extension_of(version: DocumentVersion) -> str:
    """Return the extension of a file in small letters."""
    return version.name.rpartition(".")[2].lower()


def inline_type(version: DocumentVersion) -> str:
    """Return the media type under which a browser may show a file by itself; empty where it may not."""
    extension = extension_of(version)
    return MEDIA_TYPES[extension] if extension in SHOWN else ""


def preview(version: DocumentVersion) -> Preview:
    """Return how a file is shown on a page."""
    extension = extension_of(version)
    if extension in SHOWN:
        return Preview(SHOWN[extension])
    try:
        if extension in READABLE:
            return _text(comparing.paragraphs(version))
        if extension in _PLAIN and version.size <= LARGEST:
            found = decoded(b"".join(storage().stream(version.stored, 0, version.size)), whole=True)
            return _text(found.lstrip("\ufeff").splitlines()) if found is not None else _not_shown(version)
    except NoText:  # too long, or unreadable
        return _not_shown(version)
    except FileNotFoundError:
        return Preview("none", problem=_("A file is missing from the storage. Tell the administrator."))
    return _not_shown(version)


def _not_shown(version: DocumentVersion) -> Preview:
    words = _("“%(name)s” is not shown here. Save the file, and open it on your computer.")
    return Preview("none", problem=words % {"name": version.name})


def _text(found: Sequence[str]) -> Preview:
    """Return the beginning of a text, as much as a page can hold."""
    kept, letters = [], 0
    for paragraph in found[:_PARAGRAPHS]:
        letters += len(paragraph)
        if letters > _LETTERS:
            break
        kept.append(paragraph)
    return Preview("text", kept, cut=len(kept) < len(found))
