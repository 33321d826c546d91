"""Texts that only Pacta reads: sealed with a key that follows from `SECRET_KEY`, for one purpose each.

A key of `SECRET_KEY_FALLBACKS` still opens what it sealed.
"""

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings


class Unreadable(ValueError):
    """What was given was not sealed here, or not for this purpose."""


def seal(text: str, *, purpose: str) -> str:
    """Return the text so that nobody else reads or alters it; twice the same text gives two different seals."""
    return _box(purpose, _keys()).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """Return the text. Raises Unreadable."""
    try:
        return _box(purpose, _keys()).decrypt(sealed).decode()
    except (InvalidToken, ValueError) as error:
        raise Unreadable from error


def name(text: str, *, purpose: str) -> str:
    """Return the text sealed as a name: the same text gives the same one, so what tells it stays the same, too.

    Who has two names knows whether they name the same, and how long it is; nothing else.
    """
    return base64.urlsafe_b64encode(_namers(purpose, _keys())[0].encrypt(text.encode(), None)).decode().rstrip("=")


def named(name: str, *, purpose: str) -> str:
    """Return what a name was made of. Raises Unreadable."""
    try:
        sealed = base64.b64decode(name + "=" * (-len(name) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise Unreadable from error
    for namer in _namers(purpose, _keys()):
        try:
            return namer.decrypt(sealed, None).decode()
        except (InvalidTag, ValueError):
            continue
    raise Unreadable


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@lru_cache(maxsize=32)
def _box(purpose: str, keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in _digests(purpose, keys)])


@lru_cache(maxsize=32)
def _namers(purpose: str, keys: tuple[str, ...]) -> list[AESSIV]:
    """Return what names for a purpose (RFC 5297), the present key first."""
    return [AESSIV(digest) for digest in _digests(f"names:{purpose}", keys)]


def _digests(purpose: str, keys: tuple[str, ...]) -> list[bytes]:
    return [hmac.new(key.encode(), f"pacta:{purpose}".encode(), hashlib.sha256).digest() for key in keys]
