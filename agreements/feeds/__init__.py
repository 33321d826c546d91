"""Feeds: the calendar of one user for calendar programs elsewhere (iCalendar, RFC 5545; docs/calendar.md)."""

from agreements.feeds.tokens import Served, create, find, revoke, selection_of, serve

__all__ = ["Served", "create", "find", "revoke", "selection_of", "serve"]
