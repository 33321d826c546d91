"""Languages of documents by their codes of ISO 639-1, named in the reader's language (Babel's names)."""

import re
from collections.abc import Iterable
from functools import cache

from babel import Locale
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from agreements.words import active_language, alphabetical

#: Names that Babel has not in Kazakh.
_KAZAKH = {
    "ae": "авеста тілі",
    "cr": "кри тілі",
    "ho": "хири-моту тілі",
    "ik": "инупиак тілі",
    "kg": "конго тілі",
    "oj": "оджибва тілі",
    "pi": "пали тілі",
    "tl": "тагал тілі",
}
_SEPARATORS = re.compile(r"[\s,;]+")


@cache
def known() -> frozenset[str]:
    """Return the codes that there are."""
    return frozenset(str(code) for code in Locale("en").languages if re.fullmatch("[a-z]{2}", str(code)))


@cache
def _names(language: str) -> dict[str, str]:
    names = {**(_KAZAKH if language == "kk" else {}), **Locale(language).languages}
    return {code: names[code] for code in known()}


def name(code: str) -> str:
    """Return the name of a language in the reader's language: Kazakh; a code that is not known stands for itself."""
    return _names(active_language()).get(code, code)


def names(codes: Iterable[str]) -> str:
    """Return the names of languages as a list in words."""
    return ", ".join(name(code) for code in codes)


def choices() -> list[tuple[str, str]]:
    """Return code and name of every language, those of the interface first, then by name."""
    first = ["en", "ru", "kk"]
    others = sorted(known() - set(first), key=lambda code: alphabetical(name(code)))
    return [(code, name(code)) for code in [*first, *others]]


def codes(text: str) -> list[str]:
    """Return the codes in a list of them, each once, in their order."""
    return list(dict.fromkeys(code.lower() for code in _SEPARATORS.split(text) if code))


def validate(text: str) -> None:
    """Refuse a list with a code that is none. Raises ValidationError."""
    strange = [code for code in codes(text) if code not in known()]
    if strange:
        raise ValidationError(
            _("Not a code of ISO 639-1: %(codes)s. Write such as: en, kk, ru.") % {"codes": ", ".join(strange)},
            code="language",
        )
