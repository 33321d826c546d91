"""Webhooks: events are sent to addresses elsewhere, signed by the Standard Webhooks scheme.

A webhook follows the events by its own position, so it misses nothing; each event becomes one delivery, which is sent
until it is answered. What its owner may not see at that moment, or what is above `WEBHOOK_LEVEL`, is not sent.
"""

from agreements.webhooks.keeping import (
    LONGEST_OVERLAP,
    MOST,
    changing,
    create,
    deleting,
    ping,
    replay,
    replay_since,
    rotate,
    seen_by_webhook,
)
from agreements.webhooks.sending import Render, deliver, tick

__all__ = [
    "LONGEST_OVERLAP",
    "MOST",
    "Render",
    "changing",
    "create",
    "deleting",
    "deliver",
    "ping",
    "replay",
    "replay_since",
    "rotate",
    "seen_by_webhook",
    "tick",
]
