"""Errors as problem details (RFC 9457): one handler for everything that goes wrong in the API."""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import IntegrityError
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.exceptions import NotFound
from rest_framework.fields import get_error_detail
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from agreements.api import rendering
from agreements.api.parsing import TooLarge
from agreements.busy import RETRY_AFTER, Hindrance, ReadOnly, hindrance
from agreements.guards import Reason, Refused

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger(__name__)


class Kind(NamedTuple):
    """A kind of problem: the last part of its type, its status, its title."""

    name: str
    status: int
    title: str | Promise

    @property
    def type(self) -> str:
        """The identifier that programs compare; it does not change."""
        return f"/problems/{self.name}"


VALIDATION = Kind("validation", 400, gettext_lazy("The request holds values that cannot be taken"))
UNREADABLE = Kind("parse", 400, gettext_lazy("The body of the request cannot be read"))
ANONYMOUS = Kind("not-authenticated", 401, gettext_lazy("Sign in first"))
NOT_PERMITTED = Kind("not-permitted", 403, gettext_lazy("Not permitted"))
NOT_FOUND = Kind("not-found", 404, gettext_lazy("Not found"))
WRONG_METHOD = Kind("method-not-allowed", 405, gettext_lazy("This address does not take this method"))
NOT_ACCEPTABLE = Kind("not-acceptable", 406, gettext_lazy("The answer cannot be given in that form"))
REFUSED = Kind("refused", 409, gettext_lazy("Refused"))
NOT_ALL = Kind("not-all", 409, gettext_lazy("Not all of it can be done, and so none of it was"))
CONFLICT = Kind("conflict", 409, gettext_lazy("Another write came first"))
STALE = Kind("stale", 412, gettext_lazy("The record has changed since you read it"))
TOO_LARGE = Kind("too-large", 413, gettext_lazy("The request is too long"))
WRONG_MEDIA_TYPE = Kind("unsupported-media-type", 415, gettext_lazy("The body is in a form that is not taken here"))
NO_RANGE = Kind("range-not-satisfiable", 416, gettext_lazy("The file has no such part"))
KEY_REUSED = Kind("key-reused", 422, gettext_lazy("The key was used with another request"))
NO_CONDITION = Kind("precondition-required", 428, gettext_lazy("Say which version you change"))
TOO_MANY = Kind("throttled", 429, gettext_lazy("Too many requests"))
BUSY = Kind("busy", 503, gettext_lazy("The database is busy"))
AWAY = Kind("unavailable", 503, gettext_lazy("The database cannot be reached"))
FULL = Kind("storage-full", 503, gettext_lazy("There is no room to write"))
UPGRADING = Kind("upgrading", 503, gettext_lazy("Pacta is being upgraded"))
READ_ONLY = Kind("read-only", 503, gettext_lazy("Nothing can be written now"))
KINDS = (
    VALIDATION, UNREADABLE, ANONYMOUS, NOT_PERMITTED, NOT_FOUND, WRONG_METHOD, NOT_ACCEPTABLE, REFUSED, NOT_ALL,
    CONFLICT, STALE, TOO_LARGE, WRONG_MEDIA_TYPE, NO_RANGE, KEY_REUSED, NO_CONDITION, TOO_MANY, BUSY,
    AWAY, FULL, UPGRADING, READ_ONLY,
)  # fmt: skip


class BadParameters(exceptions.ValidationError):
    """What is wrong stands in the address, not in the body."""


class Stale(exceptions.APIException):
    """The version named in If-Match is not the present one."""

    status_code = STALE.status
    default_detail = gettext_lazy("Read the record again, and repeat the change on what it says now.")


class NotAll(exceptions.APIException):
    """Of many things that were to be done together one at least cannot be done; `results` tells of each."""

    status_code = NOT_ALL.status
    default_detail = gettext_lazy("“results” says of each what stands against it. Nothing was written.")

    def __init__(self, results: Sequence[Mapping[str, Any]]) -> None:
        super().__init__()
        self.results = results


class NoSuchRange(exceptions.APIException):
    """The part that was asked for lies beyond the end of the file."""

    status_code = NO_RANGE.status
    default_detail = gettext_lazy("Ask for a part within the size of the file.")

    def __init__(self, extent: str) -> None:
        super().__init__()
        #: How long the file is, as `Content-Range` says it.
        self.extent = extent


class KeyReused(exceptions.APIException):
    """The Idempotency-Key came before, with another request."""

    status_code = KEY_REUSED.status
    default_detail = gettext_lazy("Send another request under a key of its own.")


class NoCondition(exceptions.APIException):
    """A change came without If-Match."""

    status_code = NO_CONDITION.status
    default_detail = gettext_lazy("Send the ETag of the record that you read in the header If-Match.")


_KIND_OF: dict[type[Exception], Kind] = {
    ReadOnly: READ_ONLY,
    exceptions.ValidationError: VALIDATION,
    ModelValidationError: VALIDATION,
    exceptions.ParseError: UNREADABLE,
    exceptions.NotAuthenticated: ANONYMOUS,
    exceptions.AuthenticationFailed: ANONYMOUS,
    exceptions.PermissionDenied: NOT_PERMITTED,
    PermissionDenied: NOT_PERMITTED,
    NotFound: NOT_FOUND,
    Http404: NOT_FOUND,
    exceptions.MethodNotAllowed: WRONG_METHOD,
    exceptions.NotAcceptable: NOT_ACCEPTABLE,
    exceptions.UnsupportedMediaType: WRONG_MEDIA_TYPE,
    exceptions.Throttled: TOO_MANY,
    TooLarge: TOO_LARGE,
    Stale: STALE,
    NotAll: NOT_ALL,
    NoSuchRange: NO_RANGE,
    KeyReused: KEY_REUSED,
    NoCondition: NO_CONDITION,
    IntegrityError: CONFLICT,
}


_HINDERED = {Hindrance.BUSY: BUSY, Hindrance.AWAY: AWAY, Hindrance.FULL: FULL, Hindrance.UPGRADING: UPGRADING}


def handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Answer an exception with a problem, or None where it is our fault and nobody expected it."""
    kind = kind_of(error)
    if kind is None:
        return None
    if isinstance(error, IntegrityError) and kind is CONFLICT:
        # Two writers passed the same check; the database let one of them through.
        _log.warning("a constraint of the database refused a write", exc_info=error)
    if kind in _HINDERED.values():
        _log.warning("%s: %s", kind.name, error)
    set_rollback()
    request = context.get("request")
    if request is not None:
        as_problem(request)
    problem = told(error, kind, request)
    return Response(problem, status=kind.status, headers=_headers(error), content_type=MEDIA_TYPE)


def told(error: Exception, kind: Kind, request: Any = None) -> dict[str, Any]:
    """Return what a problem says."""
    problem: dict[str, Any] = {
        "type": kind.type,
        "title": str(kind.title),
        "status": kind.status,
        "detail": _detail(error, kind, request),
        "instance": request.path if request else "",
    }
    if kind is VALIDATION:
        mistakes = errors_of(error)
        if isinstance(error, BadParameters) or request is None or request.method in ("GET", "HEAD"):
            mistakes = [mistake._replace(pointer=None) for mistake in mistakes]
        problem["errors"] = [mistake._asdict() for mistake in mistakes]
    if isinstance(error, Refused):
        problem["reasons"] = [reason_of(reason) for reason in error.reasons]
    if isinstance(error, NotAll):
        problem["results"] = list(error.results)
    return problem


def as_problem(request: Any) -> None:
    """Answer a request in JSON, as a problem is told even where the answer would have been something else."""
    request.accepted_renderer, request.accepted_media_type = rendering.Json(), MEDIA_TYPE


def kind_of(error: Exception) -> Kind | None:
    """Return which kind of problem an exception is; None for a fault of ours."""
    if isinstance(error, Refused):
        return NOT_PERMITTED if all(reason.code == "not-permitted" for reason in error.reasons) else REFUSED
    if found := hindrance(error):
        return _HINDERED[found]
    return next((_KIND_OF[known] for known in type(error).__mro__ if known in _KIND_OF), None)


def _detail(error: Exception, kind: Kind, request: Any) -> str:
    if kind is VALIDATION:
        return _("“errors” names each value and says why it cannot be taken.")
    if isinstance(error, exceptions.NotAuthenticated):
        return _("Send a token of yours: “Authorization: Token pacta_…”.")
    if kind is WRONG_MEDIA_TYPE and request is not None:
        return _("Send it as %(forms)s.") % {"forms": _forms(request.parsers)}
    if isinstance(error, exceptions.NotAcceptable) and error.available_renderers:
        return _("It can be had as: %(forms)s.") % {"forms": _forms(error.available_renderers)}
    if isinstance(error, Refused):
        return " ".join(reason.sentence for reason in error.reasons)
    if kind is READ_ONLY:
        return _("Pacta is being maintained and can only be read for a while. Nothing was done.")
    if kind is BUSY:
        return _("Others were writing for too long, and nothing was done. Send the request again in a moment.")
    if kind is AWAY:
        return _(
            "The database is being started anew, or cannot be reached for a moment. Send the request again, "
            "a POST with its “Idempotency-Key”: what was done already is not done twice."
        )
    if kind is FULL:
        return _("The disk of the database or of the files is full. Nothing was written; what is kept can be read.")
    if kind is UPGRADING:
        return _(
            "The database is being brought to another release. Nothing was done; send the request again in a moment."
        )
    if isinstance(error, IntegrityError):
        return _("Nothing was written. Read again, and repeat what is still wanted.")
    if isinstance(error, Http404) or (kind is NOT_FOUND and getattr(error, "detail", "") == NotFound.default_detail):
        return _("There is nothing here, or nothing that you may see.")
    return str(getattr(error, "detail", "")) or str(kind.title)


def _forms(known: Iterable[Any]) -> str:
    return ", ".join(dict.fromkeys(one.media_type.partition(";")[0] for one in known))


def _headers(error: Exception) -> dict[str, str]:
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(getattr(error, "auth_header", ""))
    if isinstance(error, NoSuchRange):
        headers["Content-Range"] = error.extent
    if getattr(error, "wait", None):
        headers["Retry-After"] = f"{getattr(error, 'wait', 0):.0f}"
    if hindrance(error) or isinstance(error, ReadOnly):
        headers["Retry-After"] = str(RETRY_AFTER)
    return headers


def reason_of(reason: Reason) -> dict[str, str]:
    """Return a reason as the API tells it: a code for programs, a sentence, the law, what would help."""
    return {
        "code": reason.code,
        "sentence": reason.sentence,
        "law": reason.law_text,
        "asked": reason.asked,
        "remedy": reason.remedy,
    }


# ---- validation ----
class Mistake(NamedTuple):
    """One value that cannot be taken: where it stands ("participants.0.party"; empty: the whole), and why.

    `pointer` says the same as a JSON pointer into the body (RFC 6901); None where it stands in the address.
    """

    field: str
    message: str
    code: str
    pointer: str | None


_BY_LANGUAGE = re.compile(r"(title|short_title|clause_text|name|unit)_(en|ru|kk)$")
_WHOLE = (api_settings.NON_FIELD_ERRORS_KEY, NON_FIELD_ERRORS)
NOT_AN_OBJECT = gettext_lazy("Give an object.")
#: What the framework says with the names that Python has for kinds of values, by its codes.
REWORDED: Mapping[str, str | Promise] = {
    "not_a_list": gettext_lazy("Give a list."),
    "not_a_dict": NOT_AN_OBJECT,
}


def errors_of(error: Exception) -> list[Mistake]:
    """Return all mistakes of a validation error of the framework or of a model."""
    if isinstance(error, ModelValidationError):
        error = exceptions.ValidationError(get_error_detail(error))
    return list(_walk(getattr(error, "detail", []), ()))


def _walk(detail: Any, path: tuple[str, ...]) -> Iterator[Mistake]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _walk(inner, path if name in _WHOLE else (*path, *_steps(str(name))))
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            # A list of mistakes is about its owner; a list of mappings has one for each item.
            yield from _walk(inner, path if isinstance(inner, str) else (*path, str(number)))
    else:
        pointer = "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in path)
        code = str(getattr(detail, "code", "") or "invalid")
        yield Mistake(".".join(path), str(REWORDED.get(code, detail)), code, pointer)


def _steps(name: str) -> tuple[str, ...]:
    """Return the steps that a name takes: a column for one language stands under the text."""
    match = _BY_LANGUAGE.match(name)
    return match.groups() if match else (name,)


def by_status(kinds: Iterable[Kind]) -> dict[int, list[Kind]]:
    """Return some kinds of problems by their status."""
    found: dict[int, list[Kind]] = {}
    for kind in kinds:
        found.setdefault(kind.status, []).append(kind)
    return found
