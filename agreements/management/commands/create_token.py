"""A token of the API for a user, from the command line."""

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError

from agreements import clock, tokens
from agreements.choices import TokenScope
from agreements.guards import Refused
from agreements.management.acts import ActCommand
from agreements.models import User


class Command(ActCommand):
    help = "Issues a token of the API for a user and prints its secret, this once."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="Command line", help="which program uses it, and what for")
        parser.add_argument("--read-only", action="store_true", help="it may read, and write nothing")
        parser.add_argument("--days", type=int, help="for so many days; without it, until it is revoked")
        parser.add_argument("--area", action="append", default=[], help="the code of an area; only these, if any")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"], is_active=True).first()
        if user is None:
            raise CommandError("There is no such user in use.")
        if options["days"] is not None and options["days"] < 1:
            raise CommandError("Give a number of days from 1.")
        until = clock.now().date() + timedelta(days=options["days"]) if options["days"] else None
        try:
            _token, secret = tokens.issue(
                user,
                name=options["name"],
                by=None,
                scope=TokenScope.READ if options["read_only"] else TokenScope.WRITE,
                areas=options["area"],
                until=until,
            )
        except Refused as refusal:
            raise CommandError(" ".join(reason.sentence for reason in refusal.reasons)) from refusal
        self.stdout.write(secret)
