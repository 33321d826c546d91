"""Formats by language; Django has none for Kazakh."""
