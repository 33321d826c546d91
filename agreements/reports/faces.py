"""The fonts that PDF files are set in: which letters they have, and how wide a text is."""

import struct
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

#: The folder of the fonts that come with Pacta.
FONTS = Path(__file__).resolve().parent / "typst" / "fonts"
#: What stands for a letter that no font has.
MISSING = "\ufffd"
#: Letters that are never drawn, so that no font need have them: joiners, marks of direction, places to break.
UNSEEN = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Face:
    """A font: how wide each of its letters is, in parts of the size."""

    widths: Mapping[str, float]

    @classmethod
    def read(cls, path: Path) -> "Face":
        """Read a TrueType or OpenType file: its tables `cmap` (formats 4 and 12), `hmtx`, `hhea` and `head`."""
        data = path.read_bytes()
        tables = {}
        for place in range(12, 12 + 16 * struct.unpack_from(">H", data, 4)[0], 16):
            name, _sum, offset, length = struct.unpack_from(">4sLLL", data, place)
            tables[name.decode()] = data[offset : offset + length]
        units = struct.unpack_from(">H", tables["head"], 18)[0]
        measured = struct.unpack_from(">H", tables["hhea"], 34)[0]
        advances = [struct.unpack_from(">H", tables["hmtx"], 4 * glyph)[0] / units for glyph in range(measured)]
        return cls(
            {chr(code): advances[min(glyph, measured - 1)] for code, glyph in _characters(tables["cmap"]) if glyph}
        )


def _characters(cmap: bytes) -> Iterator[tuple[int, int]]:
    """Yield code points with their glyphs, of the widest Unicode table there is."""
    found = {}
    for place in range(4, 4 + 8 * struct.unpack_from(">H", cmap, 2)[0], 8):
        platform, encoding, offset = struct.unpack_from(">HHL", cmap, place)
        if (platform, encoding) in ((0, 3), (0, 4), (3, 1), (3, 10)):
            found[struct.unpack_from(">H", cmap, offset)[0]] = cmap[offset:]
    if 12 in found:
        yield from _groups(found[12])
    elif 4 in found:
        yield from _segments(found[4])


def _groups(table: bytes) -> Iterator[tuple[int, int]]:
    for place in range(16, 16 + 12 * struct.unpack_from(">L", table, 12)[0], 12):
        first, last, glyph = struct.unpack_from(">LLL", table, place)
        yield from zip(range(first, last + 1), range(glyph, glyph + last - first + 1), strict=True)


def _segments(table: bytes) -> Iterator[tuple[int, int]]:
    count = struct.unpack_from(">H", table, 6)[0] // 2
    last, first, delta, offset = (
        struct.unpack_from(f">{count}H", table, start) for start in (14, 16 + 2 * count, 16 + 4 * count, 16 + 6 * count)
    )
    for number in range(count):
        for code in range(first[number], min(last[number], 0xFFFE) + 1):
            glyph = code
            if offset[number]:
                place = 16 + 6 * count + 2 * number + offset[number] + 2 * (code - first[number])
                glyph = struct.unpack_from(">H", table, place)[0]
            yield code, (glyph + delta[number]) & 0xFFFF if glyph else 0


@cache
def faces() -> Mapping[str, Face]:
    """Return the fonts by the names of their files, Noto Sans first."""
    paths = sorted(FONTS.glob("*.ttf"), key=lambda path: (not path.stem.startswith("NotoSans-"), path.stem))
    return {path.stem: Face.read(path) for path in paths}


@cache
def _letters() -> list[frozenset[str]]:
    """Return the letters of each font, with those that are never drawn, without those that mean nothing elsewhere."""
    private = frozenset(map(chr, range(0xE000, 0xF900)))
    return [frozenset(face.widths) - private | UNSEEN for face in faces().values()]


def shown(text: str) -> str:
    """Return a text in which every letter that no font has is replaced.

    So is a mark that no font can set on its letter: both are drawn by one font.
    """
    first, *others = _letters()
    if first.issuperset(text):
        return text

    def drawn(cluster: str) -> str:
        if first.issuperset(cluster):
            return cluster
        # The first font takes what it has, and marks that it has not are lost there.
        if cluster[0] not in first and any(letters.issuperset(cluster) for letters in others):
            return cluster
        return drawn(cluster[0]) + MISSING if len(cluster) > 1 else MISSING

    return "".join(map(drawn, _clusters(text)))


def _clusters(text: str) -> Iterator[str]:
    """Yield letters with the marks that follow them."""
    cluster = ""
    for letter in text:
        if cluster and unicodedata.category(letter) not in ("Mn", "Mc", "Me") and letter not in "\u200c\u200d":
            yield cluster
            cluster = ""
        cluster += letter
    if cluster:
        yield cluster


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a text is on one line, in the unit of the size."""
    own = faces()["NotoSans-Bold" if bold else "NotoSans-Regular"].widths
    return size * sum(0 if letter in UNSEEN else own.get(letter, 0.6) for letter in text)
