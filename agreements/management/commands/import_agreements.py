"""Take over a table of agreements."""

from argparse import ArgumentParser
from typing import Any

from agreements.management.tables import TableCommand


class Command(TableCommand):
    help = (
        "Records agreements from a table (CSV, XLSX): import_agreements list.xlsx --mapping list.toml --dry-run. "
        "Rows that are recorded already are left alone; doubtful ones wait for a decision (docs/import.md)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")
        self.add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        self.take("agreements", options["file"], options)
