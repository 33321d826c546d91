"""Reports as PDF: set by typst from one template, tagged for those who do not see it (PDF/UA-1).

What is said goes in as data, never as markup. The same document always gives the same bytes.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agreements.reports import faces
from agreements.reports.document import Document
from agreements.reports.paper import Paper

if TYPE_CHECKING:
    import typst

_TEMPLATE = Path(__file__).resolve().parent / "typst" / "report.typ"


#: What ends a little into a page is set tighter, as long as it has so many pages at most.
_FEW = 3
_PAGES = re.compile(rb"/Type/Pages/Count (\d+)")


def render(document: Document, language: str) -> bytes:
    """Return the document as a PDF file; a short one is set tighter where that saves a page."""
    made = _set(document, language)
    if not document.wide and 1 < (pages := _pages(made)) <= _FEW:
        for tight in (1, 2):
            closer = _set(document, language, tight)
            if _pages(closer) < pages:
                return closer
    return made


def preview(document: Document, language: str, *, ppi: int) -> bytes:
    """Return the first page as a PNG picture."""
    pages = _compile(document, language, format="png", ppi=ppi)
    return pages if isinstance(pages, bytes) else pages[0]


def _set(document: Document, language: str, tight: int = 0) -> bytes:
    made: bytes = _compile(document, language, tight, pdf_standards=["ua-1"])
    return made


def _compile(document: Document, language: str, tight: int = 0, **output: Any) -> Any:
    import typst

    return typst.compile(
        str(_TEMPLATE),
        root=str(_TEMPLATE.parent),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"document": json.dumps(Paper(document, language, tight).data(), ensure_ascii=False)},
        **output,
    )


def _pages(made: bytes) -> int:
    return max(map(int, _PAGES.findall(made)), default=0)


@cache
def _fonts() -> "typst.Fonts":
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(faces.FONTS)])
