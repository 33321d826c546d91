"""Conditional requests (RFC 9110): a tag for every answer, 304 for who has it, the version for who changes a record."""

import hashlib
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from rest_framework.request import Request

#: So many letters of the digest tell two answers apart.
_LETTERS = 16
#: What an answer without a body says of itself, too.
_KEPT = (
    "ETag", "Cache-Control", "Content-Location", "Content-Language", "Vary", "X-Request-ID",
    "Deprecation", "Sunset", "Link", "RateLimit", "RateLimit-Policy",
)  # fmt: skip


def tag_of(version: object) -> str:
    """Return the tag of a record by its version alone; `tagged` adds what tells one form of the record from another."""
    return f'"{version}"'


def names(condition: str, version: object) -> bool:
    """Whether an If-Match names a version of a record: by a whole tag, by its version alone, or any by *.

    In which form and language a record was read does not matter to who changes it. A proxy that compresses marks the
    tag as weak; the version is the same.
    """
    tags = [tag.removeprefix("W/").strip('"') for tag in parse_etags(condition)]
    return "*" in tags or any(str(version) in (tag, tag.rpartition(".")[0]) for tag in tags)


def tagged(request: Request, response: Any) -> HttpResponseBase | None:
    """Give an answer that was rendered its tag; return another one in its place where the reader has it already.

    The tag of a record is its version, a point, and a digest of what is said of it, which follows more than the record:
    the day, the language, what the reader may see. A list has the digest alone. What of an answer is another each time
    it is given, its `passing`, is left out.
    """
    version = response.headers.get("ETag", "").strip('"')
    asks = request.method in ("GET", "HEAD")
    if response.status_code not in (200, 201) or response.streaming or not (asks or version):
        return None
    passing = getattr(response, "passing", "").encode()
    digest = hashlib.sha256(response.content.replace(passing, b"") if passing else response.content)
    letters = digest.hexdigest()[:_LETTERS]
    tag = f'"{version}.{letters}"' if version else f'"{letters}"'
    response.headers["ETag"] = tag
    known = parse_etags(request.headers.get("If-None-Match", "")) if asks else []
    if "*" not in known and tag not in [one.removeprefix("W/") for one in known]:
        return None
    headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
    unchanged = HttpResponse(status=304, headers=headers)
    del unchanged.headers["Content-Type"]
    return unchanged
