"""Handing out a file over HTTP: always as something to save, whole or in part, never kept by those in between."""

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header, parse_etags

from agreements.documents.storage import files
from agreements.models import DocumentVersion

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


def deliver(request: HttpRequest, version: DocumentVersion) -> HttpResponseBase:
    """Return a file as an attachment; single ranges are served (RFC 9110), several at once as the whole file."""
    tag = f'"{version.sha256}"'
    if tag in [known.removeprefix("W/") for known in parse_etags(request.headers.get("If-None-Match", ""))]:
        return secured(HttpResponse(status=304, headers={"ETag": tag}))
    start, length, status = 0, version.size, 200
    if request.method == "GET" and request.headers.get("If-Range", tag) == tag:
        asked = _asked(request.headers.get("Range", ""), version.size)
        if asked == (0, 0):
            headers = {"Content-Range": f"bytes */{version.size}", "ETag": tag}
            return secured(HttpResponse(status=416, headers=headers))
        if asked:
            (start, length), status = asked, 206
    headers = {
        "Content-Type": version.media_type,
        "Content-Length": str(length),
        "Content-Disposition": content_disposition_header(True, version.name) or "attachment",
        "Accept-Ranges": "bytes",
        "ETag": tag,
    }
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{version.size}"
    if request.method == "HEAD":
        return secured(HttpResponse(headers=headers))
    try:
        pieces = files().stream(version.stored, start, length)
    except FileNotFoundError as error:
        raise Http404 from error
    return secured(StreamingHttpResponse(pieces, status=status, headers=headers))


def secured(response: Any) -> Any:
    """Set the headers that keep what was received from elsewhere from acting as a part of this site."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _asked(header: str, size: int) -> tuple[int, int] | None:
    """Return the first byte and the length that a range asks for; (0, 0) for one beyond the end, None for none."""
    found = _RANGE.fullmatch(header.strip())
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        length = min(int(last), size)
        return (size - length, length) if length else (0, 0)
    start, end = int(first), min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None
    return (start, end - start + 1) if start < size else (0, 0)
