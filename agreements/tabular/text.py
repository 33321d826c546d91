"""Tables in text files: their encoding, what parts and what quotes their cells, and their rows one after another."""

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import BinaryIO

from django.utils.translation import gettext as _

from agreements.tabular.layout import MAX_CELL, Remark, Unreadable

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Encodings of one byte a letter, the likelier first; what a letter may be is judged.
_LEGACY = ("cp1251", "cp1252", "kz1048", "cp1250", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic")
_NAMES = {
    "cp1251": "Windows-1251",
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "kz1048": "KZ-1048",
    "koi8-r": "KOI8-R",
    "cp866": "CP866",
    "iso8859-5": "ISO 8859-5",
    "mac-cyrillic": "Mac Cyrillic",
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
}
_DELIMITERS = (",", ";", "\t", "|")
_DIRECTIVE = re.compile(r"sep=([,;\t|])\r?\n?$")
#: How much of a file is looked at for its encoding and its delimiter, in bytes and in rows.
_LOOKED, _ROWS = 256 * 1024, 500
_RARER = 0.06
#: The pairs of letters of which most of a Russian or Kazakh text is made.
_COMMON = (
    "стнотонаенникораовроалпргореливориороспотаеркаандеваинияиесклеатльневеолотомтеетдалообогтиитесламить"
    "арелсяннзаныийейихыхымамдируудмодомеонрығаақықлыіныңтттұұрқалііктітысыасаддәқосі"
)
_PAIRS = frozenset(_COMMON[place : place + 2] for place in range(0, len(_COMMON), 2))
_CYRILLIC = frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюяәғқңөұүһі")


def encoding_name(encoding: str) -> str:
    """Return the name of an encoding as people know it."""
    return _NAMES.get(encoding, encoding)


def judged_remark(encoding: str) -> Remark:
    """Return what is said of a file whose encoding was judged by its letters."""
    sentence = _("The file is not in UTF-8; it is read as %(encoding)s. Look whether its letters are right.")
    return Remark(0, "", sentence % {"encoding": encoding_name(encoding)}, doubtful=True)


def encoding_of(file: BinaryIO) -> tuple[str, bool]:
    """Return the encoding of a text, and whether that is a judgement of its letters and not certain."""
    file.seek(0)
    head = file.read(_LOOKED)
    for mark, name in _BOMS:
        if head.startswith(mark) and decodes(file, name):
            return name, False
    if (wide := _without_mark(head)) and decodes(file, wide):
        return wide, False
    if b"\0" in head:
        raise Unreadable(_("The file is not a table. Save it as XLSX or as “CSV UTF-8”."))
    if decodes(file, "utf-8"):
        return "utf-8", False
    lines = b"\n".join(line for line in re.split(rb"[\r\n]+", head) if not line.isascii()) or head
    if not any(byte > 0x7F for byte in lines):
        file.seek(0)
        lines = b"\n".join(islice((line for line in file if not line.isascii()), 200))
    # Of readings that are as good the commoner encoding is meant.
    readings = [(_likely(lines, name) - place * _RARER, name) for place, name in enumerate(_LEGACY)]
    encoding = max(readings)[1]
    if not decodes(file, encoding):
        raise _not_in(encoding)
    return encoding, True


def _not_in(encoding: str) -> Unreadable:
    return Unreadable(
        _("The file is not text in %(encoding)s. Save it as “CSV UTF-8”.") % {"encoding": encoding_name(encoding)}
    )


def _without_mark(head: bytes) -> str:
    """Return in which order the bytes of a text in UTF-16 without a mark stand; empty for another text."""
    pairs = head[: len(head) // 2 * 2][:4000]
    if len(pairs) < 4:
        return ""
    # Signs below U+0100 and Cyrillic letters have 0 or 4 as their higher byte.
    higher = {"utf-16-be": pairs[::2], "utf-16-le": pairs[1::2]}
    for name, some in higher.items():
        if some.count(0) and (some.count(0) + some.count(4)) / len(some) > 0.9:
            return name
    return ""


def decodes(file: BinaryIO, encoding: str) -> bool:
    """Whether a file, to its end, is text in an encoding."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(1 << 20):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _likely(content: bytes, encoding: str) -> float:
    """Return how much a text looks as if it were in an encoding: what its letters beyond ASCII are, and stand by."""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        # A byte that is no letter at all in an encoding may still be a mistake in a long text.
        text = content.decode(encoding, errors="replace")
        if text.count("\ufffd") > len(text) // 1000:
            return -1_000.0
    score, before = 0.0, ""
    for letter in text:
        if letter >= "\x80":
            score += _sign(letter, before)
        elif letter.isalpha() and before.casefold() in _CYRILLIC:
            score -= 2
        before = letter
    return score / (sum(letter >= "\x80" for letter in text) or 1)


def _sign(letter: str, before: str) -> float:
    small = letter.casefold()
    if small in _CYRILLIC:
        if before.isalpha():
            same = before.casefold() in _CYRILLIC
            # Within a word: Cyrillic beside Latin letters, or a capital after a small letter.
            wrong = not same or (letter != small and before == before.casefold())
            return -2.0 if wrong else (1.2 if before.casefold() + small in _PAIRS else 0.3)
        return 0.7 if letter == small else 0.9
    if unicodedata.name(letter, "").startswith("LATIN"):
        strange = before.isalpha() and (before >= "\x80" or (letter != small and before == before.casefold()))
        return -1.5 if strange else 0.8
    if unicodedata.category(letter) in ("Pd", "Pi", "Pf", "Ps", "Po", "Zs") or letter in "№°§":
        return 0.9 if letter in "«»“”„‘’–—…№\u00a0·§°" else -0.3
    return -2.0


# ---- rows ----
def reader(file: BinaryIO, encoding: str) -> io.TextIOWrapper:
    """Return the text of a file from its beginning. The file stays open when the text is closed."""
    file.seek(0)
    return io.TextIOWrapper(io.BufferedReader(_Kept(file), 1 << 16), encoding=encoding, newline="")


class _Kept(io.RawIOBase):
    """A file that stays open when who reads it is done."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        found = self._file.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)


def records(
    file: BinaryIO, encoding: str, delimiter: str, quote: str, *, cut: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a text with their numbers, empty ones left out; `cut`: to what a trial takes from it.

    Raises Unreadable.
    """
    text = reader(file, encoding)
    rows = csv.reader(
        islice(text, _ROWS * 4) if cut else text,
        delimiter=delimiter or ",",
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
    )
    number = 0
    try:
        for number, cells in enumerate(rows, start=1):
            if number == 1 and _DIRECTIVE.fullmatch((delimiter or ",").join(cells)):
                continue
            if any(len(cell) > MAX_CELL for cell in cells):
                raise csv.Error(f"> {MAX_CELL}")
            kept = [cell.strip() for cell in cells]
            if any(kept):
                yield number, kept
    except csv.Error as error:
        raise Unreadable(
            _("Row %(row)s cannot be read; look at its quotation marks (%(error)s).")
            % {"row": number + (1 if "field larger" in str(error) else 0), "error": error}
        ) from error
    except UnicodeError as error:
        raise _not_in(encoding) from error


def dialect_of(file: BinaryIO, encoding: str) -> tuple[str, str, bool]:
    """Return what parts and what quotes the cells of a text, and whether another reading is as good."""
    try:
        first = reader(file, encoding).readline(200)
    except UnicodeError as error:
        raise _not_in(encoding) from error
    quotes = ('"', "'") if _single_quoted(file, encoding) else ('"',)
    if directive := _DIRECTIVE.match(first):
        return directive[1], quotes[-1], False
    found = []
    for quote in quotes:
        for place, delimiter in enumerate(_DELIMITERS):
            try:
                rows = [row for _number, row in islice(records(file, encoding, delimiter, quote, cut=True), _ROWS)]
            except Unreadable:
                continue
            found.append((_consistent(rows), len(quotes) * (quote == "'"), -place, delimiter, quote))
    if not found:
        return ",", '"', False
    found.sort(reverse=True)
    best = found[0]
    close = [other for other in found[1:] if other[4] == best[4] and other[0] > max(best[0] * 0.85, 0.5)]
    return (best[3], best[4], bool(close)) if best[0] > 0 else (",", best[4], False)


def _single_quoted(file: BinaryIO, encoding: str) -> bool:
    """Whether cells stand between single quotation marks, as some programs write them."""
    head = reader(file, encoding).read(20_000)
    opened = len(re.findall(r"(?:^|[,;\t|])'", head, re.MULTILINE))
    closed = len(re.findall(r"'(?:$|[\r,;\t|])", head, re.MULTILINE))
    return opened > 5 and opened == closed and opened > 3 * len(re.findall(r'(?:^|[,;\t|])"', head, re.MULTILINE))


def _consistent(rows: Sequence[Sequence[str]]) -> float:
    """Return how much rows look like those of a table: how alike their numbers of cells are, and that they are some."""
    wide = [len(row) for row in rows]
    if not wide or max(wide) == 1:
        return 0.0
    sizes = Counter(size for size in wide if size > 1)
    size, times = max(sizes.items(), key=lambda one: (one[1] * min(one[0], 12), one[0]))
    share = times / len(wide)
    # Rows that are longer than the others speak against a delimiter more than titles above the table do.
    longer = sum(one > size for one in wide) / len(wide)
    return max(share - longer, 0.0) * (1 + min(size, 30) ** 0.5 / 10) + _dates_apart(rows) * 0.2


def _dates_apart(rows: Iterable[Sequence[str]]) -> float:
    """Return the share of rows in which a cell is nothing but a date or a number: something was parted well."""
    some = list(rows)
    hits = sum(any(re.fullmatch(r"[\d./-]{4,10}", cell) for cell in row) for row in some)
    return hits / len(some)
