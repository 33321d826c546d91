"""Handing out a file over HTTP: always as something to save, whole or in part, never kept by those in between."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header, parse_etags

from agreements.documents.storage import files
from agreements.models import DocumentVersion

_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'"
#: For what was received from elsewhere: opened on its own it does nothing, and no page may hold it.
_ALONE = f"sandbox; {_NOTHING}; object-src 'none'; frame-ancestors 'none'"
#: For a PDF in a page of ours: the viewer of the browser is an object to itself.
_VIEWED = f"{_NOTHING}; object-src 'self'; frame-ancestors 'self'"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


def deliver(request: HttpRequest, version: DocumentVersion) -> HttpResponseBase:
    """Return a file of a document as an attachment, whole or in part. Raises Http404 where it is not kept."""
    headers = {
        "Content-Type": version.media_type,
        "Content-Disposition": content_disposition_header(True, version.name) or "attachment",
    }
    try:
        return hand_over(
            request, version.sha256, version.size, lambda *part: files().stream(version.stored, *part), headers
        )
    except FileNotFoundError as error:
        raise Http404 from error


def hand_over(
    request: HttpRequest,
    name: str,
    size: int,
    stream: Callable[[int, int], bytes | Iterable[bytes]],
    headers: Mapping[str, str],
) -> HttpResponseBase:
    """Return a file that `name` tells from every other; `stream` gives so many bytes from a first one.

    Single ranges are served (RFC 9110), several at once as the whole file; a range that was asked for with the tag of
    another file gets the whole of this one.
    """
    tag = f'"{name}"'
    if tag in [known.removeprefix("W/") for known in parse_etags(request.headers.get("If-None-Match", ""))]:
        return secured(HttpResponse(status=304, headers={"ETag": tag}))
    start, length, status = 0, size, 200
    if request.method == "GET" and request.headers.get("If-Range", tag) == tag:
        asked = _asked(request.headers.get("Range", ""), size)
        if asked == (0, 0):
            return secured(HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}", "ETag": tag}))
        if asked:
            (start, length), status = asked, 206
    told = {**headers, "Content-Length": str(length), "Accept-Ranges": "bytes", "ETag": tag}
    if status == 206:
        told["Content-Range"] = f"bytes {start}-{start + length - 1}/{size}"
    if request.method == "HEAD":
        return secured(HttpResponse(headers=told))
    pieces = stream(start, length)
    if isinstance(pieces, bytes):
        return secured(HttpResponse(pieces, status=status, headers=told))
    return secured(StreamingHttpResponse(pieces, status=status, headers=told))


def shown(version: DocumentVersion, media_type: str) -> HttpResponseBase:
    """Return a file as something to be shown in a page of this site and nowhere else.

    A picture lies in a sandbox. The viewer of a browser shows no PDF in one: there it is the policy that lets nothing
    be loaded, and the viewer that keeps what the file asks for to itself.
    """
    headers = {
        "Content-Type": media_type,
        "Content-Length": str(version.size),
        "Content-Disposition": content_disposition_header(False, version.name) or "inline",
    }
    try:
        pieces = files().stream(version.stored, 0, version.size)
    except FileNotFoundError as error:
        raise Http404 from error
    response: HttpResponseBase = secured(StreamingHttpResponse(pieces, headers=headers))
    if media_type == "application/pdf":
        response.headers["Content-Security-Policy"] = _VIEWED
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def secured(response: Any) -> Any:
    """Set the headers that keep what was received from elsewhere from acting as a part of this site."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = _ALONE
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
