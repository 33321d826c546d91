"""Texts in three languages: choosing one, and saying when it is another than was asked for."""

import re
import sys
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy

LANGUAGES = ("en", "ru", "kk")
#: A text by language.
Texts = Mapping[str, str]


class Worded(NamedTuple):
    """A text and the language it is really in."""

    text: str
    language: str

    def __str__(self) -> str:
        return self.text


class Unfit(NamedTuple):
    """Why a text cannot be kept: a code, a sentence that names the field and what was found, and this."""

    code: str
    template: str | Promise
    found: str


#: What no text holds: control characters but those that part lines and columns, halves of characters, and what turns
#: the direction of the letters after it, so that people read something else than what is written (UAX 9).
_TURNING = "\u202a-\u202e\u2066-\u2069"
_IN_NO_TEXT = f"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff{_TURNING}"
_UNFIT = re.compile(f"[{_IN_NO_TEXT}]")
_UNFIT_IN_A_LINE = re.compile(f"[\t\n\r\u2028\u2029{_IN_NO_TEXT}]")
_BREAKS = "\n\r\x0b\x0c\x85\u2028\u2029"


def unfit(text: str, *, lines: bool = True) -> Unfit | None:
    """Return why a text cannot be kept, None where it can; without `lines` it is a name, which stands in one line."""
    match = (_UNFIT if lines else _UNFIT_IN_A_LINE).search(text)
    if match is None:
        return None
    found = f"U+{ord(match[0]):04X}"
    if re.match(f"[{_TURNING}]", match[0]):
        told = gettext_lazy("“%(field)s” holds %(found)s, which turns the direction of the text after it.")
        return Unfit("turns-direction", told, found)
    if not lines and match[0] in _BREAKS:
        return Unfit(
            "line-break", gettext_lazy("“%(field)s” holds a line break (%(found)s). Write it in one line."), found
        )
    return Unfit("not-text", gettext_lazy("“%(field)s” holds %(found)s, a character that is not text."), found)


def active_language() -> str:
    """Return the reader's language as one of LANGUAGES."""
    language = (get_language() or "en")[:2]
    return language if language in LANGUAGES else "en"


def pick(texts: Texts, language: str | None = None) -> Worded:
    """Return the text in the language, else in English, else in any language that has one."""
    asked = language or active_language()
    for candidate in (asked, *LANGUAGES):
        if texts.get(candidate):
            return Worded(texts[candidate], candidate)
    return Worded("", asked)


def worded(text: str | Texts, language: str | None = None) -> Worded:
    """Return a text that may have been given in one language only; then its language is not known (an empty code)."""
    return Worded(text, "") if isinstance(text, str) else pick(text, language)


def tongue(text: str) -> str:
    """Return the language that a text is written in, as far as its letters tell; empty where there are none."""
    letters = set(text.casefold())
    if letters & set("әғқңөұүһі"):
        return "kk"
    if letters & set("абвгдеёжзийклмнопрстуфхцчшщъыьэюя"):
        return "ru"
    return "en" if any(letter.isalpha() for letter in letters) else ""


def translated(text: str, *, ru: str = "", kk: str = "") -> dict[str, str]:
    """Return a text and its translations by language, empty where there is none.

    The text itself stands in the language that its letters tell of, unless there is a translation into that; without
    letters it stands in every language.
    """
    written, translations = tongue(text), {"ru": ru, "kk": kk}
    return {
        language: translations.get(language) or (text if written in ("", language) else "") for language in LANGUAGES
    }


#: Texts in which folding changes no letter but its case.
_PLAIN = re.compile(r"[ -~\u00a0«»“”–—а-яёәғқңөұүһіА-ЯЁӘҒҚҢӨҰҮҺІ]*")


def is_plain(text: str) -> bool:
    """Whether a text has no letters but English, Russian and Kazakh ones, as nearly all have: they are folded fast."""
    return bool(_PLAIN.fullmatch(text))


def searchable(*texts: str) -> str:
    """Fold texts for search: no case, no accents on Latin letters, ё as е; other letters stay themselves."""
    text = " ".join(filter(None, texts))
    if is_plain(text):
        return text.casefold().replace("ё", "е").replace("\u00a0", " ")
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept, base = [], ""
    for letter in unicodedata.normalize("NFKD", folded):
        category = unicodedata.category(letter)
        if category == "Cf":  # such as a space of no width: nobody sees it
            continue
        if category != "Mn":
            base = letter
        elif _is_latin(base) or (base, letter) == ("е", "\u0308"):
            continue
        kept.append(letter)
    return unicodedata.normalize("NFC", "".join(kept))


def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN ") if letter else False


#: The letters in the order of the Kazakh alphabet, which holds the Russian one.
_CYRILLIC = {letter: place for place, letter in enumerate("аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя")}
#: Where the scripts stand in a key: what parts words, digits, the script of the reader, other Cyrillic letters, others.
_PARTED, _DIGITS, _OWN, _CYRILLIC_AT, _OTHER = 0, 0x1000, 0x2000, 0x3000, 0x10000


def alphabetical(text: str, language: str | None = None) -> tuple[int, ...]:
    """Return a key that sorts names as an alphabetical list in a language does, whatever the case and the accents.

    Its own script comes first: in Russian and Kazakh names in Cyrillic letters before those that fell back to English.
    Quotation marks count for nothing, ё is е; what is alike by letters is told apart by accents and case, always alike.
    """
    own = language or active_language()
    key = [rank for letter in searchable(text) if (rank := _rank(letter, own)) is not None]
    return (*key, -1, *map(ord, unicodedata.normalize("NFC", text)))


def _rank(letter: str, language: str) -> int | None:
    if letter in _CYRILLIC:
        return (_CYRILLIC_AT if language == "en" else _OWN) + _CYRILLIC[letter]
    if letter.isalpha():
        return (_OWN if language == "en" and _is_latin(letter) else _OTHER) + ord(letter)
    if letter.isdigit():
        return _DIGITS + ord(letter)
    return _PARTED if letter.isspace() or unicodedata.category(letter) == "Pd" else None


#: The keys of the letters of plain texts as letters, by the reader's language; below them is what ends the first part.
_END, _FIRST = chr(1), 2


@lru_cache(maxsize=len(LANGUAGES))
def _letters(language: str) -> dict[int, str | None]:
    plain = [*map(chr, range(0x20, 0x7F)), *"\u00a0«»“”–—", *_CYRILLIC]
    found: dict[int, str | None] = {}
    for letter in plain:
        rank = _rank({"ё": "е", "\u00a0": " "}.get(letter, letter), language)
        found[ord(letter)] = None if rank is None else chr(rank + _FIRST)
    return found


def sorting(text: str) -> str:
    """Return a text that sorts as `alphabetical` does; of most titles many times faster, for lists of thousands."""
    if is_plain(text):
        return f"{text.casefold().translate(_letters(active_language()))}{_END}{text}"
    key = alphabetical(text)
    letters = (chr(min(rank + _FIRST, sys.maxunicode)) for rank in key[: key.index(-1)])
    return f"{''.join(letters)}{_END}{unicodedata.normalize('NFC', text)}"
