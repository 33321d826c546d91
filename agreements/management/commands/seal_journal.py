"""Seal the journal: one digest over the last entries of all chains."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agreements import clock, routines, seals


class Command(BaseCommand):
    help = (
        "Prints one digest over the last entries of all chains. Keep the file of --output, and the digest on paper, "
        "where nobody who owns the database can change them; “verify_journal --seal FILE” compares later."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", type=Path, help="the file to write the seal to; it must not be there yet")

    @routines.running("seal_journal")
    def handle(self, *args: Any, output: Path | None, **options: Any) -> None:
        seal = seals.seal(clock.now())
        if output:
            try:
                with output.open("x", encoding="utf-8") as file:
                    file.writelines(f"{line}\n" for line in seal.lines())
            except OSError as error:
                raise CommandError(f"The seal was not written: {error}") from error
        self.stdout.write(f"{seal.digest}  {seal.at.isoformat()}  {len(seal.heads)} chains, {seal.entries} entries")
