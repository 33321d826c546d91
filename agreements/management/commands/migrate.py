"""Django's `migrate`, with consideration for those who read and write meanwhile."""

import time
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import OperationalError, connections

from agreements import migrating

#: Between two attempts others have so many times as long as they waited for the first.
_REST = 2


class Command(migrate.Command):
    help = (
        f"{migrate.Command.help} Waits for no lock longer than --lock-seconds, as everybody who comes later would wait "
        "behind it; then takes the migration back, says who holds what, and applies it again, for --patience minutes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--lock-seconds", type=float, default=3.0, help="how long to wait for a lock at most")
        parser.add_argument("--patience", type=float, default=30.0, help="for how many minutes to try again")

    def handle(self, *args: Any, lock_seconds: float, patience: float, **options: Any) -> None:
        connection = connections[options["database"]]
        until = time.monotonic() + patience * 60
        while True:
            asked = None
            try:
                with migrating.considerate(connection, seconds=lock_seconds) as asked:
                    super().handle(*args, **options)
                return
            except OperationalError as error:
                if not asked or not migrating.others_hold(error):
                    raise
                held = "; ".join(migrating.holders(connection, asked.statement)) or str(error).splitlines()[0]
                if time.monotonic() > until:
                    raise CommandError(
                        f"Given up after {patience:g} minutes, as others hold {held}. What was applied before this "
                        "migration stays, nothing of it does; “migrate” goes on from there."
                    ) from error
            connection.close()
            pause = lock_seconds * _REST
            self.stderr.write(f"Waiting: others hold {held}. Trying again in {pause:g} s.")
            time.sleep(pause)
