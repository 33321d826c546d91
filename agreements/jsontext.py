"""JSON as people and programs write it, read strictly: nothing is lost or taken for something else without a word."""

import json
from decimal import Decimal
from typing import Any, NoReturn

from django.utils.translation import gettext as _


class NotJson(ValueError):
    """The text is not JSON (RFC 8259) that can be read; the message says why, in the reader's language."""


def read(text: str, *, exact: bool = False) -> Any:
    """Return what a text says; `exact`: numbers with a point as they are written, not as the nearest binary fraction.

    An object that has a key twice is refused: one of the two would be lost. Raises NotJson.
    """
    try:
        return json.loads(text, parse_float=Decimal if exact else None, parse_constant=_refuse, object_pairs_hook=_once)
    except NotJson:
        raise
    except json.JSONDecodeError as error:
        where = {"line": error.lineno, "column": error.colno}
        raise NotJson(_("line %(line)s, column %(column)s") % where) from error
    except RecursionError as error:
        raise NotJson(_("nested too deeply")) from error
    except ValueError as error:  # a number of thousands of digits
        raise NotJson(_("a number that JSON does not have")) from error


def _refuse(_name: str) -> NoReturn:
    raise NotJson(_("a number that JSON does not have"))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _value in pairs]
        twice = next(key for place, key in enumerate(keys) if key in keys[:place])
        raise NotJson(_("the key “%(key)s” stands twice") % {"key": twice[:100]})
    return found
