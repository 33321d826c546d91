"""Small pictures as PNG files (RFC 2083), for formats that can draw nothing by themselves."""

import struct
import zlib
from dataclasses import dataclass
from functools import cache

#: The picture of steps, in pixels: a box, the gap between two, the edge of one that is not reached.
_BOX, _HEIGHT, _GAP, _EDGE = 32, 16, 5, 2
_WHITE, _PALE = b"\xff\xff\xff", bytes.fromhex("7C8792")


@dataclass(frozen=True)
class Picture:
    """A PNG file and the size at which it is to be shown, in pixels."""

    width: int
    height: int
    png: bytes


@cache
def strip(at: int, of: int, colour: str) -> Picture:
    """Return a row of boxes, the first of them filled; the colour is given as six hexadecimal digits."""
    full = bytes.fromhex(colour) * _BOX
    edge, hollow = _PALE * _BOX, _PALE * _EDGE + _WHITE * (_BOX - 2 * _EDGE) + _PALE * _EDGE
    lines = []
    for line in range(_HEIGHT):
        left = edge if line < _EDGE or line >= _HEIGHT - _EDGE else hollow
        lines.append((_WHITE * _GAP).join(full if place < at else left for place in range(of)))
    return _picture(of * _BOX + (of - 1) * _GAP, lines)


@cache
def rectangle(colour: str) -> Picture:
    """Return one pixel, to be drawn out to any size."""
    return _picture(1, [bytes.fromhex(colour)])


def _picture(width: int, lines: list[bytes]) -> Picture:
    """Return a picture of lines of red, green and blue."""
    head = struct.pack(">IIBBBBB", width, len(lines), 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(b"\x00" + line for line in lines), 9)
    parts = ((b"IHDR", head), (b"IDAT", data), (b"IEND", b""))
    return Picture(width, len(lines), b"\x89PNG\r\n\x1a\n" + b"".join(_part(kind, inside) for kind, inside in parts))


def _part(kind: bytes, inside: bytes) -> bytes:
    return struct.pack(">I", len(inside)) + kind + inside + struct.pack(">I", zlib.crc32(kind + inside))
