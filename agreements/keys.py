"""Keys: those that are made one after the other stand together, and a key is read from the 32 digits that are kept."""

import os
import time
from uuid import UUID, SafeUUID

_VERSION_AND_VARIANT = 0x7 << 76 | 0b10 << 62
_new, _set, _unknown = object.__new__, object.__setattr__, SafeUUID.unknown


def fresh() -> UUID:
    """Return a new key: the moment, and 62 bits of chance (UUID version 7, RFC 9562, with parts of milliseconds).

    Keys of chance alone fall all over an index: each one that is written would change a page of its own in each of the
    indexes that it stands in. The moment tells nothing new of an entry, which says itself when it was recorded.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    chance = int.from_bytes(os.urandom(8), "big") >> 2
    return of_number(milliseconds << 80 | (rest * 4096 // 1_000_000) << 64 | _VERSION_AND_VARIANT | chance)


def of_text(digits: str) -> UUID:
    """Return the key that a database keeps as 32 digits, at which nobody need look again."""
    return of_number(int(digits, 16))


def of_number(number: int) -> UUID:
    """Return the key of a number that is one. `UUID` spends most of its time on taking a key in any of six forms."""
    key = _new(UUID)
    _set(key, "int", number)
    _set(key, "is_safe", _unknown)
    return key
