"""Meetings, the calendar and its feeds."""
