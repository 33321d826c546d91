"""Subscriptions: people watch, and are told once of what they may see - in the product, by mail, by feed.

`matching` follows the events and says who is told; `reminding` and `digests` say what else is due; `sending` sends the
mails that `mails` writes. What may not be seen is asked when a notification is made, when it is shown, and when its
mail is sent.
"""

from agreements.subscriptions.atom import find_feed, make_feed, revoke_feed, serve_feed
from agreements.subscriptions.audience import Audience, audience
from agreements.subscriptions.ending import end_mails, reader_of_link
from agreements.subscriptions.keeping import (
    ALREADY,
    MOST,
    TARGETS,
    changing,
    pause,
    removing,
    usual,
    watch,
    wishes_of,
    wishing,
)
from agreements.subscriptions.reading import PAGE, Told, mark_read, number_unread, read, told_of
from agreements.subscriptions.sending import again
from agreements.subscriptions.ticking import tick

__all__ = [
    "ALREADY",
    "MOST",
    "PAGE",
    "TARGETS",
    "Audience",
    "Told",
    "again",
    "audience",
    "changing",
    "end_mails",
    "find_feed",
    "make_feed",
    "mark_read",
    "number_unread",
    "pause",
    "read",
    "reader_of_link",
    "removing",
    "revoke_feed",
    "serve_feed",
    "tick",
    "told_of",
    "usual",
    "watch",
    "wishes_of",
    "wishing",
]
