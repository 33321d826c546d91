"""The pages of the public register, for everybody: the list, one treaty, its public documents, and all as CSV or JSON.

Where the register is not opened (PACTA_PUBLIC_REGISTER) there is no such page. Nothing here looks at who asks: an
answer is the same for an officer who has signed in as for a stranger, and may be kept by caches.
"""

import json
import math
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agreements import clock, public_register
from agreements.addresses import machine_of
from agreements.documents import serving
from agreements.reports import as_csv
from agreements.views.entry import Answer, answer_of
from agreements.views.frame import language_choices
from agreements.views.known import known_now

PAGE = 50
#: For so many seconds an answer may be kept.
_KEPT = 300
_MINUTE = 60
_View = Callable[..., HttpResponseBase]


def _for_everybody(view: _View) -> Any:
    """Answer everybody, where the register is opened; no machine more often than PACTA_PUBLIC_REGISTER_RATE says."""

    @login_not_required
    @require_safe
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.PUBLIC_REGISTER:
            raise Http404
        if (wait := _wait(request)) is not None:
            sentence = _("Too many requests came from this machine. Come back in a minute.")
            return HttpResponse(sentence, status=429, content_type="text/plain", headers={"Retry-After": str(wait)})
        asked = request.GET.get("language", "")
        with translation.override(asked if asked in dict(settings.LANGUAGES) else translation.get_language()):
            response = view(request, *args, **kwargs)
            response.headers["Content-Language"] = translation.get_language() or ""
        response.headers["Cache-Control"] = f"public, max-age={_KEPT}"
        response.headers["X-Robots-Tag"] = "noarchive"
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response

    return answer


def _wait(request: HttpRequest) -> int | None:
    """Count a request of a machine; return after how many seconds it may ask again, None where it may now."""
    most, now = settings.PUBLIC_REGISTER_RATE, clock.now().timestamp()
    if not most:
        return None
    key = f"register-pace:{machine_of(request)}:{int(now // _MINUTE)}"
    cache.add(key, 0, timeout=2 * _MINUTE)
    try:
        return math.ceil(_MINUTE - now % _MINUTE) if cache.incr(key) > most else None
    except ValueError:  # it was dropped meanwhile
        return None


def _asked(request: HttpRequest) -> dict[str, str]:
    """Return what the list is narrowed to; an empty text narrows nothing."""
    given = {name: request.GET.get(name, "").replace("\x00", "") for name in ("q", "party", "area")}
    return {name: " ".join(text.split())[:200] for name, text in given.items()}


def _found(asked: dict[str, str]) -> Any:
    found = public_register.rows()
    return public_register.narrowed(found, words=asked["q"], party=asked["party"], area=asked["area"])


def _framed(request: HttpRequest, **context: Any) -> dict[str, Any]:
    """Return the context of a page in which nobody has signed in, and the addresses of it in other languages."""
    others = {name: request.GET.get(name, "") for name in request.GET if name != "language"}
    here = translation.get_language()
    languages = [
        (code, label, name, f"?{urlencode(others | {'language': code})}", code == here)
        for code, label, name in language_choices()
    ]
    return {"user": AnonymousUser(), "languages": languages, "here": here, **context}


@_for_everybody
def every(request: HttpRequest) -> HttpResponse:
    """List the treaties in force, or those that are asked for."""
    asked = _asked(request)
    pages = Paginator(_found(asked), PAGE)
    page = pages.get_page(request.GET.get("page"))
    kept = {name: text for name, text in asked.items() if text} | {"language": translation.get_language() or ""}

    def to(number: int) -> str:
        return f"?{urlencode(kept | {'page': number})}"

    return render(
        request,
        "register/list.html",
        _framed(
            request,
            asked=asked,
            filtered=any(asked.values()),
            total=pages.count,
            rows=public_register.told(page.object_list),
            query=f"?{urlencode(kept)}",
            page=page,
            previous=to(page.previous_page_number()) if page.has_previous() else "",
            following=to(page.next_page_number()) if page.has_next() else "",
            **public_register.choices(),
        ),
    )


@_for_everybody
def one(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one treaty of the register."""
    treaty = _treaty(reference)
    items = public_register.documents(treaty)
    computed = _computed(treaty)
    return render(request, "register/treaty.html", _framed(request, treaty=treaty, items=items, computed=computed))


def _computed(treaty: public_register.Public) -> Answer | None:
    """Return how the day of entry into force follows from the clause and the acts of the parties; None if it does not.

    The clause, the parties and their acts are of the level of the agreement, which is public. Where the acts recorded
    give another day than the record states, nothing is told: the ministry has to mend that first.
    """
    tracked = known_now(treaty.agreement).tracked(clock.today())
    if tracked.outcome is None or not tracked.outcome.in_force or tracked.conflict:
        return None
    return answer_of(tracked.outcome)


@_for_everybody
def file(request: HttpRequest, reference: str, document_version: UUID) -> HttpResponseBase:
    """Hand out a file of a public document."""
    version = public_register.document(_treaty(reference), document_version)
    if version is None:
        raise Http404
    return serving.deliver(request, version)


@_for_everybody
def as_table(request: HttpRequest) -> HttpResponse:
    """Return the treaties that are asked for as CSV."""
    document = public_register.arrange(public_register.every(_found(_asked(request))))
    return _saved(as_csv.render(document), "text/csv; charset=utf-8", "register.csv")


@_for_everybody
def as_data(request: HttpRequest) -> HttpResponse:
    """Return the treaties that are asked for as JSON."""
    told = [public_register.data(treaty) for treaty in public_register.every(_found(_asked(request)))]
    made = json.dumps({"treaties": told}, ensure_ascii=False, indent=2) + "\n"
    return _saved(made, "application/json", "register.json")


def _saved(content: str, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    return HttpResponse(content, content_type=kind, headers=headers)


def _treaty(reference: str) -> public_register.Public:
    found = public_register.one(reference)
    if found is None:
        raise Http404
    return found
