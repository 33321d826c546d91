"""The secrets under which feeds are read: given once, kept as digests, revoked by their user; and what is sent."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from agreements import clock, saved_views
from agreements.calendar import events_for
from agreements.feeds import ics
from agreements.guards import Reason, Refused
from agreements.models import FeedToken, SavedView, User
from agreements.selections import CalendarSelection, Selection
from agreements.words import LANGUAGES

#: How many feeds a user may have in use.
MOST = 20
#: How many bytes of chance a secret holds.
_BYTES = 32
#: How exactly it is kept when a feed was last read: a program that asks every minute must not write every minute.
_USED = timedelta(hours=1)
#: Beyond it no time zone can be applied.
_LAST_DAY = date(2999, 12, 31)
FILTERS_OF_VIEW = Reason(
    "feed-filters", _("A feed of a saved view takes its filters from the view."), asked="filters", firm=True
)
VIEW_UNKNOWN = Reason("view-unknown", _("There is no such view, or none that you may see."), asked="view", firm=True)


@dataclass(frozen=True)
class Served:
    """What a feed says now, and since when it has said so."""

    body: bytes
    digest: str
    changed_at: datetime


def digest_of(secret: str) -> str:
    """Return the digest under which a secret is kept. It is 256 bits of chance: a salt would add nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create(
    user: User,
    *,
    name: str,
    language: str,
    filters: dict[str, Any] | None = None,
    view: SavedView | None = None,
    until: date | None = None,
) -> tuple[FeedToken, str]:
    """Make a feed and return it with its secret, told this once; `until` is its last day. Raises Refused.

    It shows what `filters` leave of the calendar, or what a saved view shows, as long as the user sees the view.
    """
    reasons = []
    if not name.strip():
        reasons.append(Reason("name-missing", _("Give the feed a name by which you know it."), asked="name", firm=True))
    if language not in LANGUAGES:
        reasons.append(
            Reason(
                "language-unknown",
                _("“%(value)s” is not known. Use one of: %(known)s."),
                {"value": language[:60], "known": ", ".join(LANGUAGES)},
                asked="language",
                firm=True,
            )
        )
    if until and until < timezone.localdate():
        reasons.append(Reason("until-past", _("The last day of the feed is past."), asked="until", firm=True))
    if view and filters:
        reasons.append(FILTERS_OF_VIEW)
    if view and not SavedView.objects.for_user(user).filter(pk=view.pk).exists():
        reasons.append(VIEW_UNKNOWN)
    try:
        selection = CalendarSelection.read(filters or {}, user)
    except Refused as refusal:
        raise Refused(*reasons, *refusal.reasons) from refusal
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two requests at once must not pass the same count
        if in_use(user).count() >= MOST:
            reasons.append(
                Reason(
                    "feeds-many",
                    _("You have %(count)s feeds in use. Revoke one that you no longer need."),
                    {"count": MOST},
                    firm=True,
                )
            )
        if reasons:
            raise Refused(*reasons)
        secret = secrets.token_urlsafe(_BYTES)
        feed = FeedToken(
            user=user,
            digest=digest_of(secret),
            name=name.strip(),
            view=view,
            filters=selection.asked,
            language=language,
            created_at=clock.now(),
            expires_at=_end_of(until) if until else None,
        )
        feed.view_seen = view is not None
        feed.full_clean()
        feed.save(force_insert=True)
    return feed, secret


def _end_of(day: date) -> datetime:
    """Return the moment at which a day of the ministry is over."""
    return timezone.make_aware(datetime.combine(min(day, _LAST_DAY) + timedelta(days=1), time.min))


def in_use(user: User) -> Any:
    """Return the feeds of a user that are neither revoked nor over."""
    kept = FeedToken.objects.for_user(user).filter(revoked_at__isnull=True)
    return kept.exclude(expires_at__lte=clock.now())


def revoke(feed: FeedToken) -> FeedToken:
    """Let a feed answer no more; once revoked it stays so."""
    FeedToken.objects.filter(pk=feed.pk, revoked_at__isnull=True).update(revoked_at=clock.now())
    kept: FeedToken = FeedToken.objects.following().get(pk=feed.pk)
    return kept


def find(secret: str) -> FeedToken | None:
    """Return the feed of a secret; None where it is unknown, revoked or over, or its user is deactivated.

    None, too, where the view that it follows was deleted, or is another's and no longer shared.
    """
    feed: FeedToken | None
    feed = FeedToken.objects.following().with_users().filter(digest=digest_of(secret)).first()
    if feed is None or not feed.answers or not feed.user.is_active:
        return None
    feed.user.holds_shares, feed.user.stands_in = feed.holds_shares, feed.stands_in
    return feed


def selection_of(feed: FeedToken) -> Selection:
    """Return what a feed asks of the calendar: what its view does, or its own filters."""
    return saved_views.selection_of(feed.view) if feed.view else CalendarSelection.kept(feed.filters)


def serve(feed: FeedToken, *, site: str) -> Served:
    """Return what the user of a feed may see now, in its language. `site` begins the addresses of pages.

    Keeps when the content last changed - by its digest, so that what has left the feed counts, too - and, to the hour,
    that it was read.
    """
    with translation.override(feed.language):
        body = ics.render(events_for(feed.user, selection_of(feed)), name=feed.name, site=site)
    now, digest = clock.now(), hashlib.sha256(body).hexdigest()
    kept: dict[str, Any] = {}
    if feed.last_used_at is None or now - feed.last_used_at >= _USED:
        kept["last_used_at"] = now
    if feed.content_digest != digest or feed.content_changed_at is None:
        feed.content_changed_at = now
        kept |= {"content_digest": digest, "content_changed_at": now}
    if kept:
        FeedToken.objects.filter(pk=feed.pk).update(**kept)
    return Served(body, digest, feed.content_changed_at)
