"""What somebody was told of: the list, reading, the feed, and the link of a mail that ends mails of its kind."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.decorators import method_decorator
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from agreements import subscriptions
from agreements.models import User
from agreements.subscriptions import mails
from agreements.subscriptions.reading import mark_read

#: What of the notifications is shown, by the word of the address.
SHOWN = ("", "unread", "important")


@dataclass(frozen=True)
class Tab:
    """A choice of what is shown."""

    address: str
    label: str
    here: bool


def reader(request: HttpRequest) -> User:
    """Return who has signed in; nobody else comes this far."""
    return cast(User, request.user)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show notifications, the latest first, a page at a time."""
    user, shown = reader(request), request.GET.get("show", "")
    shown = shown if shown in SHOWN else ""
    number = _number(request.GET.get("page", ""))
    rows = subscriptions.told_of(user, unread=shown == "unread", important=shown == "important")
    first = (number - 1) * subscriptions.PAGE
    found = list(rows.select_related("agreement")[first : first + subscriptions.PAGE + 1])
    address = reverse("notifications")
    words = {"": _("All"), "unread": _("Unread"), "important": _("Important")}
    more = f"&show={shown}" if shown else ""
    context = {
        "section": "",
        "told": subscriptions.read(user, found[: subscriptions.PAGE]),
        "shown": shown,
        "tabs": [Tab(f"{address}?show={key}" if key else address, words[key], key == shown) for key in SHOWN],
        "unread": any(row.read_at is None for row in found),
        "previous": f"{address}?page={number - 1}{more}" if number > 1 else "",
        "following": f"{address}?page={number + 1}{more}" if len(found) > subscriptions.PAGE else "",
    }
    return render(request, "notifications/list.html", context)


def _number(text: str) -> int:
    return max(1, min(int(text), 1000)) if text.isascii() and text.isdigit() else 1


@require_POST
def read(request: HttpRequest, notification: UUID) -> HttpResponse:
    """Mark one of the user's own notifications as read and lead to what it is about. Raises Http404 for another's."""
    user = reader(request)
    row = subscriptions.told_of(user).select_related("agreement").filter(pk=notification).first()
    told = subscriptions.read(user, [row]) if row is not None else []
    if not told:
        raise Http404
    mark_read(user, [notification])
    return redirect(told[0].line.page or "notifications")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all of the user's notifications as read."""
    number = mark_read(reader(request))
    said = ngettext(
        "%(number)s notification is marked as read.", "%(number)s notifications are marked as read.", number
    )
    messages.success(request, said % {"number": number})
    return redirect("notifications")


# ---- the feed ----
@login_not_required
@require_safe
def feed(request: HttpRequest, feed_secret: str) -> HttpResponse:
    """Answer a program with the feed of a secret, or with 304 where it has it already.

    Nothing tells a secret that is unknown from one that was revoked. Raises Http404 for both.
    """
    wishes = subscriptions.find_feed(feed_secret)
    if wishes is None:
        raise Http404
    served = subscriptions.serve_feed(wishes, site=request.build_absolute_uri("/").rstrip("/"))
    etag = f'"{served.digest}"'
    response: Any = HttpResponse(served.body, content_type="application/atom+xml; charset=utf-8")
    found = get_conditional_response(request, etag=etag, response=response)
    answer = cast(HttpResponse, found)
    answer["ETag"] = etag
    answer["Last-Modified"] = http_date(int(served.changed_at.astimezone(UTC).timestamp()))
    answer["Content-Language"] = served.language
    answer["Cache-Control"] = "private, no-cache"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


# ---- the link that ends mails ----
@method_decorator((login_not_required, never_cache, csrf_exempt), name="dispatch")
class Unsubscribe(View):
    """Ends mails of a kind: asked by a person on a page, or at once by a mail program (RFC 8058).

    Who holds the link can do nothing but end mails; so it needs no session, and no token of a form.
    """

    http_method_names = ["get", "head", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find whose mails the link ends. Raises Http404."""
        found = subscriptions.reader_of_link(kwargs["link"])
        if found is None:
            raise Http404
        self.ends, self.person = found
        chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
        with nullcontext() if chosen else translation.override(subscriptions.wishes_of(self.person).language):
            return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, link: str) -> HttpResponse:
        """Ask."""
        return self.answer(done=False)

    def post(self, request: HttpRequest, link: str) -> HttpResponse:
        """End the mails."""
        subscriptions.end_mails(self.ends, self.person)
        return self.answer(done=True)

    def answer(self, *, done: bool) -> HttpResponse:
        """Render the page."""
        kinds = {
            mails.EVENTS: _("mails about events that you watch"),
            mails.REMINDERS: _("reminders by e-mail"),
            mails.DIGESTS: _("digests by e-mail"),
        }
        context = {"what": kinds[self.ends], "done": done}
        response = render(self.request, "notifications/unsubscribe.html", context)
        response["Referrer-Policy"] = "no-referrer"
        return response
