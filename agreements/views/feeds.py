"""The pages on which a user makes, sees and revokes feeds, and the address under which calendar programs read them."""

from dataclasses import dataclass
from datetime import UTC
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_POST, require_safe

from agreements import feeds
from agreements.meeting_forms import FeedForm
from agreements.models import FeedToken
from agreements.views.asked import in_words

#: What an address may choose beforehand.
_BEGUN_WITH = ("view", "format", "party", "status", "mine")


class Feeds(View):
    """The user's own feeds, and the form that makes another."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the feeds; the form begins with the view, or the filters of the calendar, from which one comes."""
        asked = {name: request.GET[name] for name in _BEGUN_WITH if request.GET.get(name)}
        return self.answer(request, FeedForm(self.user, initial=asked))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make a feed and show its address: this page, and no other, ever tells it."""
        form = FeedForm(self.user, request.POST)
        made = form.submit()
        if made is None:
            return self.answer(request, form, status=409 if form.refused else 422)
        feed, secret = made
        address = request.build_absolute_uri(reverse("calendar-feed", args=[secret]))
        return self.answer(request, FeedForm(self.user), made=feed, address=address)

    def answer(
        self,
        request: HttpRequest,
        form: FeedForm,
        *,
        status: int = 200,
        made: FeedToken | None = None,
        address: str = "",
    ) -> HttpResponse:
        """Render the page; nobody keeps it, as it may hold an address."""
        context = {
            "section": "calendar",
            "feeds": _told(self.user),
            "form": form,
            "made": made,
            "address": address,
        }
        response = render(request, "calendar/feeds.html", context, status=status)
        response["Cache-Control"] = "no-store"
        return response

    @property
    def user(self) -> Any:
        """Who has signed in."""
        return self.request.user


@dataclass(frozen=True)
class Row:
    """A feed with what it shows in words."""

    feed: FeedToken
    what: str


def _told(user: Any) -> list[Row]:
    """Return the user's feeds with what each shows in words; a fixed number of queries."""
    kept: list[FeedToken] = list(FeedToken.objects.for_user(user).following())
    told = in_words([feeds.selection_of(feed) for feed in kept])
    return [Row(feed, _what(feed, words)) for feed, words in zip(kept, told, strict=True)]


def _what(feed: FeedToken, words: str) -> str:
    if feed.lost:
        return _("does not answer: the view that it follows was deleted, or is no longer shared")
    if feed.view:
        return _("the view “%(name)s”: %(filters)s") % {"name": feed.view.name, "filters": words}
    return words


@require_POST
def revoke(request: HttpRequest, feed: Any) -> HttpResponse:
    """Let one of the user's own feeds answer no more. Raises Http404 for another's."""
    kept: FeedToken = get_object_or_404(FeedToken.objects.for_user(request.user), pk=feed)
    feeds.revoke(kept)
    messages.success(request, _("The feed “%(name)s” no longer answers.") % {"name": kept.name})
    return redirect("calendar-feeds")


@login_not_required
@require_safe
def read(request: HttpRequest, secret: str) -> HttpResponse:
    """Answer a calendar program with the feed of a secret, or with 304 where it has it already.

    Nothing tells a secret that is unknown from one that was revoked. Raises Http404 for both.
    """
    feed = feeds.find(secret)
    if feed is None:
        raise Http404
    site = request.build_absolute_uri("/").rstrip("/")
    served = feeds.serve(feed, site=site)
    etag, changed = f'"{served.digest}"', int(served.changed_at.astimezone(UTC).timestamp())
    response = HttpResponse(served.body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="pacta.ics"'
    found = cast(HttpResponse, get_conditional_response(request, etag=etag, last_modified=changed, response=response))
    found["ETag"], found["Last-Modified"] = etag, http_date(changed)
    found["Content-Language"] = feed.language
    found["Cache-Control"] = "private, no-cache"
    found["Referrer-Policy"] = "no-referrer"
    return found
