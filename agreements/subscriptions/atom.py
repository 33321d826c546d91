"""The feed of one person: what he was told of, for programs that read Atom (RFC 4287), under a secret address.

As with feeds of the calendar the secret is told once and kept as its digest, and each answer shows what its person may
see at that moment. A new address ends the one before.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import feedgenerator, translation
from django.utils.translation import gettext as _

from agreements import clock
from agreements.models import NotificationWishes, User
from agreements.subscriptions.keeping import wishing
from agreements.subscriptions.reading import read, told_of

_BYTES = 32
#: So many notifications the feed holds.
SHOWN = 50
#: How exactly it is kept when the feed was last read.
_USED = timedelta(hours=1)


@dataclass(frozen=True)
class Served:
    """What the feed says now, in which language, and since when at the earliest."""

    body: bytes
    digest: str
    changed_at: datetime
    language: str


def make_feed(by: User) -> str:
    """Make the address of a person's feed and return its secret, told this once; one before it answers no more."""
    secret = secrets.token_urlsafe(_BYTES)
    with transaction.atomic(), wishing(by) as wishes:
        wishes.feed_digest, wishes.feed_made_at, wishes.feed_used_at = _digest(secret), clock.now(), None
    return secret


def revoke_feed(by: User) -> None:
    """Let a person's feed answer no more."""
    with wishing(by) as wishes:
        wishes.feed_digest, wishes.feed_made_at, wishes.feed_used_at = "", None, None


def find_feed(secret: str) -> NotificationWishes | None:
    """Return whose feed a secret leads to; None where it is unknown or revoked, or its person not in use."""
    found = NotificationWishes.objects.filter(feed_digest=_digest(secret), person__is_active=True)
    return found.first()


def serve_feed(wishes: NotificationWishes, *, site: str) -> Served:
    """Return what the person of a feed was told of and may see now, in his language."""
    person = User.objects.signing_in().get(pk=wishes.person_id)
    with translation.override(wishes.language):
        rows = list(told_of(person).select_related("agreement")[:SHOWN])
        told = read(person, rows)
        feed = feedgenerator.Atom1Feed(
            title=_("Pacta: notifications"),
            link=site + reverse("notifications"),
            description="",
            language=wishes.language,
            feed_guid=f"urn:uuid:{wishes.person_id}",
        )
        for one in told:
            feed.add_item(
                title=f"{one.line.title}: {one.line.said}",
                link=site + (one.line.page or reverse("notifications")),
                description=" ".join(part for part in (one.line.said, one.line.aside) if part),
                unique_id=f"urn:uuid:{one.row.pk}",
                pubdate=one.row.created_at,
                updateddate=one.row.created_at,
            )
        changed = max((one.row.created_at for one in told), default=wishes.feed_made_at or clock.now())
        # Without entries the library would tell the present moment, each time another.
        feed.latest_post_date = lambda: changed  # type: ignore[method-assign]
        body = feed.writeString("utf-8").encode()
    now = clock.now()
    if wishes.feed_used_at is None or now - wishes.feed_used_at >= _USED:
        NotificationWishes.objects.filter(pk=wishes.pk).update(feed_used_at=now)
    return Served(body, hashlib.sha256(body).hexdigest(), changed, wishes.language)


def _digest(secret: str) -> str:
    """Return the digest under which a secret is kept. It is 256 bits of chance: a salt would add nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()
