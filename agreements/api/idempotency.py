"""Requests that are sent again: one key, one effect, one answer (draft-ietf-httpapi-idempotency-key-header)."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import resolve
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from agreements import clock, journal, sealed
from agreements.api import problems, rendering
from agreements.guards import Refused
from agreements.models import Entry, KeptAnswer, User

HEADER = "Idempotency-Key"
#: Says of an answer that it was given before.
REPLAYED = "Idempotency-Replayed"
LONGEST_KEY = 255
_KEY = re.compile(rf"[\x21-\x7e]{{1,{LONGEST_KEY}}}")
_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_PIECE = 1 << 20


class View(Protocol):
    """A view of the API, as far as it is asked here."""

    @property
    def user(self) -> User:
        """Who asks."""

    def handle_exception(self, exc: Exception) -> Response:
        """Answer an exception."""


def once(view: View, handler: Callable[..., Response]) -> Callable[..., Response]:
    """Return what handles a request under its key: what it does is done once, and answered the same every time.

    The key is claimed by a row in the transaction of the effect. A second request under the key waits at that row until
    the first one has ended; then it finds the answer, or, where the first one came to nothing, the key free. Kept are
    successes and refusals by the rules; a request that was not begun (400, 403, 404) may be mended under the same key.
    """

    def handle(request: Request, *args: Any, **kwargs: Any) -> Response:
        key = key_of(request.headers[HEADER])
        digest = digest_of(request)
        with transaction.atomic():
            mine, kept = _claimed(view.user, key, digest)
            if kept is not mine:
                return _again(view, kept, key, digest, request)
            answer = _done(view, handler, request, *args, **kwargs)
            location = answer.headers.get("Location", "")
            headers = {name: answer.headers[name] for name in ("ETag", "Location") if name in answer.headers}
            told = {"data": answer.data, "headers": headers, "path": urlsplit(location).path}
            mine.sealed = sealed.seal(rendering.Json().render(told).decode(), purpose=_purpose(mine, key)).encode()
            mine.status, mine.ended_at = answer.status_code, clock.now()
            mine.save(update_fields=["sealed", "status", "ended_at"])
        return answer

    return handle


def _done(view: View, handler: Callable[..., Response], request: Request, *args: Any, **kwargs: Any) -> Response:
    """Handle the request; a refusal by the rules is an answer, after which nothing but the key is written."""
    try:
        with transaction.atomic():
            return handler(request, *args, **kwargs)
    except (Refused, problems.NotAll) as refusal:
        if problems.kind_of(refusal) not in (problems.REFUSED, problems.NOT_ALL):
            raise
        return view.handle_exception(refusal)


def _purpose(kept: KeptAnswer, key: str) -> str:
    """Return for what an answer is sealed: for who has the key, which the row does not tell."""
    return f"answer {kept.pk} {key}"


def key_of(header: str) -> str:
    """Return the key that a header gives, as a string in quotes or bare. Raises BadParameters."""
    text = header.strip()
    quoted = _QUOTED.fullmatch(text)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text.replace('"', " ")
    if not _KEY.fullmatch(key):
        message = _("Give a key of 1 to %(longest)s letters, digits and signs, without spaces.")
        raise problems.BadParameters({HEADER: [ErrorDetail(message % {"longest": LONGEST_KEY}, code="invalid")]})
    return key


def digest_of(request: Request) -> str:
    """Return what names a request: its address, and what its body says however it is written."""
    told = json.dumps([request.method, request.get_full_path(), _plain(request.data)], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _plain(data: Any) -> Any:
    """Return what was sent as plain values: files by their digests."""
    if isinstance(data, MultiValueDict):
        return {name: [_plain(item) for item in data.getlist(name)] for name in data}
    if isinstance(data, UploadedFile):
        found = hashlib.sha256()
        for piece in data.chunks(_PIECE):
            found.update(piece)
        data.seek(0)
        return [data.name, found.hexdigest()]
    return data


def _claimed(user: User, key: str, digest: str) -> tuple[KeptAnswer, KeptAnswer]:
    """Return the row that claims the key, and the one that holds it: the same, where nobody had it before."""
    mine = KeptAnswer(
        user=user,
        key_digest=hashlib.sha256(key.encode()).hexdigest(),
        request_digest=digest,
        request_id=journal.request_id.get(),
        access_level=user.access_level,
        began_at=clock.now(),
    )
    of_key = KeptAnswer.objects.for_user(user).filter(key_digest=mine.key_digest)
    while True:
        # Where another request is at work under the key, PostgreSQL waits here for its end.
        KeptAnswer.objects.bulk_create([mine], ignore_conflicts=True)
        kept = of_key.first()
        if kept is not None and kept.pk == mine.pk:
            return mine, mine
        if kept is not None and not of_key.outdated().exists():
            return mine, kept
        of_key.outdated().delete()


def _again(view: Any, kept: KeptAnswer, key: str, digest: str, request: Request) -> Response:
    """Return the answer that was given, if its reader may still see what it tells. Raises KeyReused, NotFound."""
    if kept.request_digest != digest:
        raise problems.KeyReused
    try:
        told: Mapping[str, Any] = json.loads(sealed.unseal(bytes(kept.sealed).decode(), purpose=_purpose(kept, key)))
    except sealed.Unreadable as error:
        # The secret of this installation was changed meanwhile.
        raise problems.KeyReused from error
    if kept.access_level != view.user.access_level or not _sees_effect(view.user, kept):
        raise NotFound
    if getattr(view, "detail", False):
        view.get_object()
    if told["path"]:
        _look_up(told["path"], request)
    if kept.status >= 400:
        problems.as_problem(request)
    content_type = problems.MEDIA_TYPE if kept.status >= 400 else None
    headers = {**told["headers"], REPLAYED: "true"}
    return Response(told["data"], kept.status, headers=headers, content_type=content_type)


def _sees_effect(user: User, kept: KeptAnswer) -> bool:
    """Whether the user may see everything that the journal says the request was about."""
    written = Entry.objects.filter(
        recorded_at__gte=kept.began_at, recorded_at__lte=kept.ended_at or clock.now(), request_id=kept.request_id
    ).order_by()
    if not kept.request_id:
        return True
    seen = Entry.objects.for_user(user).filter(pk__in=written.values("pk"))
    return bool(written.count() == seen.count())


def _look_up(path: str, request: Request) -> None:
    """Look whether the record at an address can still be read. Raises NotFound, or Http404."""
    match = resolve(path)
    made: Any = match.func  # the function that the router made of a view set
    view = made.cls(**made.initkwargs)
    view.request, view.args, view.kwargs = request, match.args, match.kwargs
    view.action, view.format_kwarg = "retrieve", None
    view.get_object()
