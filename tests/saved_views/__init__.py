"""Saved views: their rules, their feeds, their pages and their API."""
