"""Rebuild an equal Pacta, on SQLite or PostgreSQL, from what another one wrote."""

from agreements.management.commands import restore


class Command(restore.Command):
    """The same as “restore”: one form serves for safety and for moving house."""
