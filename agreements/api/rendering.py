"""How answers are written as JSON: the bytes that the framework's renderer gives, by a writer in C."""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder

#: What orjson would write in another form than the framework does.
_AS_BEFORE = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_NON_STR_KEYS
#: Ends of lines in JavaScript, though not in JSON.
_ENDS = {"\u2028".encode(): rb"\u2028", "\u2029".encode(): rb"\u2029"}
_encoder = JSONEncoder()


class Json(JSONRenderer):
    """Writes JSON; indented where the reader asks for it."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """Return the bytes; none for None. Raises TypeError or ValueError for what has no form in JSON."""
        if data is None or self.get_indent(accepted_media_type or "", renderer_context or {}):
            return bytes(super().render(data, accepted_media_type, renderer_context))
        try:
            told = orjson.dumps(data, _encoder.default, _AS_BEFORE)
        except orjson.JSONEncodeError:  # such as a number beyond 64 bits: weights of a clause may add up to one
            return bytes(super().render(data, accepted_media_type, renderer_context))
        for end, escaped in _ENDS.items():
            if end in told:
                told = told.replace(end, escaped)
        return told
