"""Copy the fonts that PDF files are set in out of Debian's package of Noto, and write their README.

    apt-get download fonts-noto-core=20201225-1
    python scripts/fonts.py fonts-noto-core_20201225-1_all.deb

The same package always gives the same files. Nothing is fetched, and only the standard library is used.
"""

import hashlib
import io
import re
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

FONTS = Path(__file__).resolve().parent.parent / "agreements" / "reports" / "typst" / "fonts"
NAMES = (
    "NotoSans-Regular", "NotoSans-Bold", "NotoSansArabic-Regular", "NotoSansHebrew-Regular", "NotoSansMath-Regular",
)  # fmt: skip
FOLDER = "./usr/share/fonts/truetype/noto"
LICENCE = "./usr/share/doc/fonts-noto-core/copyright"
README = """# Fonts of PDF files

Written by `scripts/fonts.py`, which says how to update them. Do not edit these files.

Debian package {package}, licence: `LICENSE` (SIL Open Font License 1.1). SHA-256 of the package:
`{digest}`

Noto Sans holds every letter of Latin, Greek and Cyrillic, those of Kazakh among them; the others are for names in
Arabic and Hebrew letters, and for arrows and signs such as ≥. The files are not changed.

| file | SHA-256 |
|---|---|
{rows}
"""


def members(archive: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a Debian package, which is an `ar` archive, with their names."""
    if not archive.startswith(b"!<arch>\n"):
        raise SystemExit("This is no Debian package.")
    place = 8
    while place < len(archive):
        name, size = archive[place : place + 16].decode().strip(" /"), int(archive[place + 48 : place + 58])
        yield name, archive[place + 60 : place + 60 + size]
        place += 60 + size + size % 2


def digest(content: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def main(paths: list[str]) -> None:
    """Take the fonts anew."""
    if len(paths) != 1:
        raise SystemExit(__doc__)
    archive = Path(paths[0]).read_bytes()
    files = dict(members(archive))
    with tarfile.open(fileobj=io.BytesIO(files["control.tar.xz"])) as packed:
        control = packed.extractfile("./control").read().decode()  # type: ignore[union-attr]
    told = dict(re.findall(r"^(Package|Version): (.*)$", control, re.MULTILINE))
    FONTS.mkdir(parents=True, exist_ok=True)
    rows = []
    with tarfile.open(fileobj=io.BytesIO(files["data.tar.xz"])) as packed:
        for source, target in (*((f"{FOLDER}/{name}.ttf", f"{name}.ttf") for name in NAMES), (LICENCE, "LICENSE")):
            content = packed.extractfile(source).read()  # type: ignore[union-attr]
            (FONTS / target).write_bytes(content)
            rows.append(f"| `{target}` | `{digest(content)}` |")
    package = f"{told['Package']} {told['Version']}"
    (FONTS / "README.md").write_text(README.format(package=package, digest=digest(archive), rows="\n".join(rows)))


if __name__ == "__main__":
    main(sys.argv[1:])
