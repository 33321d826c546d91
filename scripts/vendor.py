"""Copy the vendored styles, fonts and script out of three npm packages into `static/vendor/`, and write its README.

    npm pack @uswds/uswds@3.14.0
    npm pack @fontsource-variable/noto-sans@5.3.0
    npm pack htmx.org@2.0.11
    python scripts/vendor.py uswds-uswds-3.14.0.tgz fontsource-variable-noto-sans-5.3.0.tgz htmx.org-2.0.11.tgz

The same packages always give the same files. Nothing is fetched, and only the standard library is used.
"""

import hashlib
import json
import posixpath
import re
import shutil
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
CSS = "dist/css/uswds.min.css"
SUBSETS = ("cyrillic-ext", "cyrillic", "latin-ext", "latin")


@dataclass
class Package:
    """An npm package as it was packed, and the files taken from it so far."""

    archive: Path
    name: str
    folder: Path
    files: dict[str, bytes] = field(init=False)
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Read the archive, and refuse one that holds another package."""
        with tarfile.open(self.archive) as packed:
            members = [member for member in packed.getmembers() if member.isfile()]
            self.files = {m.name.removeprefix("package/"): packed.extractfile(m).read() for m in members}  # type: ignore[union-attr]
        if self.manifest["name"] != self.name:
            raise SystemExit(f"{self.archive} holds {self.manifest['name']}, not {self.name}.")

    @property
    def manifest(self) -> dict[str, str]:
        """Return the package's own description: its name, version and licence."""
        return {key: str(value) for key, value in json.loads(self.files["package.json"]).items()}

    def take(self, path: str, to: str, content: bytes | None = None) -> None:
        """Write one file of the package, or `content` in its place, and remember both checksums."""
        ours = self.files[path] if content is None else content
        target = self.folder / to
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(ours)
        self.rows.append((path, digest(self.files[path]), f"{self.folder.name}/{to}", digest(ours)))

    def section(self, changes: list[str]) -> str:
        """Return the part of the README that speaks of this package."""
        lines = [
            f"## {self.name} {self.manifest['version']}",
            "",
            f"Licence: `{self.folder.name}/LICENSE`. SHA-256 of the package as packed by npm:",
            f"`{digest(self.archive.read_bytes())}`",
            "",
            *[f"- {change}" for change in changes],
            "",
            "| file of the package | its SHA-256 | our file | our SHA-256 |",
            "|---|---|---|---|",
            *[f"| `{a}` | `{b}` | `{c}` | {'the same' if b == d else f'`{d}`'} |" for a, b, c, d in self.rows],
            "",
        ]
        return "\n".join(lines)


def digest(content: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def uswds(package: Package) -> list[str]:
    """Take the compiled stylesheet of USWDS and the pictures it refers to; return what was changed."""
    text = package.files[CSS].decode()
    text, comments = re.subn(r"\s*/\*# sourceMappingURL=.*?\*/\s*", "", text)
    text, faces = re.subn(r"@font-face\s*\{[^{}]*\}", "", text)
    text, heroes = re.subn(r"background-image:url\(\.\./img/hero\.jpg\);", "", text)
    pictures = sorted(set(re.findall(r"url\([\"']?(\.\./[^)\"']+)[\"']?\)", text)))
    if "@font-face" in text or "hero.jpg" in text or any(not p.startswith("../img/") for p in pictures):
        raise SystemExit("The stylesheet of USWDS has changed its form: read it and mend this script.")
    package.take(CSS, "css/uswds.min.css", text.encode())
    for picture in pictures:
        path = posixpath.normpath(posixpath.join("dist/css", picture))
        package.take(path, path.removeprefix("dist/"))
    package.take("LICENSE.md", "LICENSE")
    return [
        f"The comment that names a source map is removed ({comments}): the map is not vendored.",
        f"All `@font-face` rules are removed ({faces}): Pacta uses Noto Sans, below.",
        f"The picture `hero.jpg` is removed from `.usa-hero` ({heroes}): Pacta has no hero.",
        f"The other {len(pictures)} pictures that the stylesheet refers to are copied as they are.",
    ]


def noto_sans(package: Package) -> list[str]:
    """Take four subsets of Noto Sans (variable in weight) and their `@font-face` rules; return what was changed."""
    source = package.files["wght.css"].decode()
    rules = []
    for subset in SUBSETS:
        name = f"noto-sans-{subset}-wght-normal"
        found = re.search(rf"/\* {name} \*/\s*@font-face\s*\{{[^{{}}]*\}}", source)
        if found is None:
            raise SystemExit(f"wght.css has no rule for {subset}: read it and mend this script.")
        rules.append(found.group().replace("./files/", ""))
        package.take(f"files/{name}.woff2", f"{name}.woff2")
    package.take("wght.css", "index.css", ("\n\n".join(rules) + "\n").encode())
    package.take("LICENSE", "LICENSE")
    return [
        f"Of `wght.css` only the rules of {', '.join(SUBSETS)} are kept; they hold every letter of Kazakh.",
        "The fonts stand beside the stylesheet, not in `files/`. They are not changed.",
    ]


def htmx(package: Package) -> list[str]:
    """Take the script as it was minified; return what was changed."""
    package.take("dist/htmx.min.js", "htmx.min.js")
    package.take("LICENSE", "LICENSE")
    return [
        "The script is not changed. `templates/includes/htmx.html` sets it up so that it adds no styles, evaluates no "
        "code, runs no script of an answer and keeps no page in the browser."
    ]


def main(archives: list[str]) -> None:
    """Vendor the packages anew."""
    if len(archives) != 3:
        raise SystemExit(__doc__)
    parts = []
    for archive, name, folder, take in (
        (archives[0], "@uswds/uswds", "uswds", uswds),
        (archives[1], "@fontsource-variable/noto-sans", "noto-sans", noto_sans),
        (archives[2], "htmx.org", "htmx", htmx),
    ):
        package = Package(Path(archive), name, VENDOR / folder)
        shutil.rmtree(package.folder, ignore_errors=True)
        parts.append(package.section(take(package)))
    head = (
        "# Vendored files\n\nWritten by `scripts/vendor.py`, which says how to update them. Do not edit these files.\n"
    )
    (VENDOR / "README.md").write_text("\n".join([head, *parts]))


if __name__ == "__main__":
    main(sys.argv[1:])
