"""Reading what a client sends: JSON, and nothing that the rest of the house could not hold."""

import json
import re
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser, MultiPartParser

from agreements import jsontext

_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")


class TooLarge(APIException):
    """The body is longer than may be."""

    status_code = 413
    default_code = "too-large"
    default_detail = gettext_lazy("The body of the request is too long.")


class Json(BaseParser):
    """JSON in UTF-8 (RFC 8259) of limited length and depth, strictly read (`jsontext`), with no half of a character."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return what the body says. Raises ParseError, or TooLarge before a long body is kept in memory."""
        longest = settings.API_MAX_BYTES
        body = stream.read(longest + 1)
        if len(body) > longest:
            raise TooLarge(_("The body is longer than %(most)s bytes.") % {"most": longest})
        try:
            text = body.decode("utf-8")
            found = jsontext.read(text)
            if _HALF_CHARACTER.search(text):
                json.dumps(found, ensure_ascii=False).encode("utf-8")
        except ValueError as error:
            why = error if isinstance(error, jsontext.NotJson) else _("not UTF-8")
            raise ParseError(_("This is not JSON that can be read: %(why)s.") % {"why": why}) from error
        return found


class Multipart(MultiPartParser):
    """A form with a file, which is streamed to the disk; its other fields are of limited number and length."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the fields and the files. Raises ParseError, or TooLarge for too many or too long fields."""
        try:
            return super().parse(stream, media_type, parser_context)
        except SuspiciousOperation as error:
            raise TooLarge from error
