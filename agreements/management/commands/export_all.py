"""Write everything that Pacta keeps into one file, to be taken elsewhere."""

from agreements.management.commands import backup


class Command(backup.Command):
    """The same as “backup”: one form serves for safety and for moving house."""
