"""Texts that only Pacta reads: sealed with a key that follows from `SECRET_KEY`, for one purpose each.

A key of `SECRET_KEY_FALLBACKS` still opens what it sealed.
"""

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
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


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@lru_cache(maxsize=32)
def _box(purpose: str, keys: tuple[str, ...]) -> MultiFernet:
    digests = [hmac.new(key.encode(), f"pacta:{purpose}".encode(), hashlib.sha256).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
