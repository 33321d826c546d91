"""Commands that are one act: done whole, or not at all."""

from typing import Any

from django.core.management.base import BaseCommand

from agreements import retrying


class ActCommand(BaseCommand):
    """A command that is repeated where the database could not put it in an order with what others wrote meanwhile."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command; it says what it did when it is done."""
        with retrying.watched():
            return retrying.repeated(lambda: super(ActCommand, self).execute(*args, **options))
