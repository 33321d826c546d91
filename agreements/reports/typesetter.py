"""Sets a document in a process of its own: `python -I typesetter.py`, which only `as_pdf` starts.

A large document takes much memory, and typst keeps what it has laid out: all of that goes with the process. In comes
JSON: `documents`, the same one set tighter and tighter, and `ppi`. Out goes the first that has the fewest pages, as
PDF, or the first page of the first one as a picture where `ppi` is not 0. Nothing of Pacta is imported here.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).resolve().parent / "typst"
_PAGES = re.compile(rb"/Type/Pages/Count (\d+)")
#: What is longer is not set tighter: nobody would see the difference.
_FEW = 3


def main() -> None:
    """Set what comes in, write what is made. Ends with code 1 and the reason where typst refuses it."""
    import typst

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_FOLDER / "fonts")])

    def compiled(document: dict[str, Any], **output: Any) -> Any:
        return typst.compile(
            str(_FOLDER / "report.typ"),
            root=str(_FOLDER),
            font_paths=fonts,
            sys_inputs={"document": json.dumps(document, ensure_ascii=False)},
            **output,
        )

    asked = json.load(sys.stdin.buffer)
    try:
        if asked["ppi"]:
            pages = compiled(asked["documents"][0], format="png", ppi=asked["ppi"])
            made = pages if isinstance(pages, bytes) else pages[0]
        else:
            made = _fewest(asked["documents"], compiled)
    except typst.TypstError as error:
        sys.exit(f"{error.message} {error.diagnostic}")
    sys.stdout.buffer.write(made)


def _fewest(documents: Iterable[dict[str, Any]], compiled: Callable[..., bytes]) -> bytes:
    made, pages = b"", 0
    for document in documents:
        found = compiled(document, pdf_standards=["ua-1"])
        count = max(map(int, _PAGES.findall(found)), default=0)
        if not made or count < pages:
            made, pages = found, count
        if pages == 1 or pages > _FEW:
            break
    return made


if __name__ == "__main__":
    main()
