"""Take over a table of any kind."""

from argparse import ArgumentParser
from typing import Any

from agreements.import_choices import TableKind
from agreements.management.tables import TableCommand


class Command(TableCommand):
    help = (
        "Records the rows of a table (CSV, XLSX): agreements, histories, actions, meetings, tasks or indicators. "
        "Rows that are recorded already are left alone; doubtful ones wait for a decision (docs/import.md)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=TableKind.values)
        parser.add_argument("file", metavar="FILE")
        self.add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        self.take(options["kind"], options["file"], options)
