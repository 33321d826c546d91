"""Reports as PDF: set by typst from one template, tagged for those who do not see it (PDF/UA-1).

What is said goes in as data, never as markup. The same document always gives the same bytes.
"""

import json
import subprocess
import sys
from pathlib import Path

from agreements.reports.document import Document
from agreements.reports.paper import Paper

_TYPESETTER = Path(__file__).resolve().with_name("typesetter.py")
#: A document takes a second or two; one that takes longer than this many will never be done.
_SECONDS = 120
#: What has more rows is long: it is not worth while to set it tighter.
_ROWS = 120


class NotSet(RuntimeError):
    """A document could not be set; the message is that of typst, for those who run Pacta."""


def render(document: Document, language: str) -> bytes:
    """Return the document as a PDF file; a short one is set tighter where that saves a page. Raises NotSet."""
    short = not document.wide and sum(len(table.rows) for table in document.tables) <= _ROWS
    return _set(*(Paper(document, language, tight) for tight in ((0, 1, 2) if short else (0,))))


def preview(document: Document, language: str, *, ppi: int) -> bytes:
    """Return the first page as a PNG picture. Raises NotSet."""
    return _set(Paper(document, language), ppi=ppi)


def _set(*papers: Paper, ppi: int = 0) -> bytes:
    asked = json.dumps({"documents": [paper.data() for paper in papers], "ppi": ppi}, ensure_ascii=False)
    try:
        done = subprocess.run(  # noqa: S603 - our own program, and what it is given is data
            [sys.executable, "-I", str(_TYPESETTER)],
            input=asked.encode(),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NotSet(f"typst did not come to an end in {_SECONDS} seconds.") from error
    if done.returncode:
        raise NotSet(done.stderr.decode(errors="replace"))
    return done.stdout
