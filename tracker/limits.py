"""How long PostgreSQL lets a process that answers requests keep others waiting. Commands have no such limits."""

from django.conf import settings
from django.db import connections

#: What is limited, as PostgreSQL calls it.
_NAMES = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


def limit_requests() -> None:
    """Let every connection that is opened from now on ask PostgreSQL for the limits of requests."""
    seconds = (settings.STATEMENT_SECONDS, settings.LOCK_SECONDS, settings.IDLE_SECONDS)
    limits = [f"-c {name}={value}s" for name, value in zip(_NAMES, seconds, strict=True) if value]
    for database in connections.settings.values():
        if limits and database["ENGINE"].endswith("postgresql"):
            given = database["OPTIONS"].get("options", "")
            # The last word counts: what DATABASE_URL says itself goes before.
            database["OPTIONS"]["options"] = " ".join([*limits, given]).strip()
