"""Write everything that Pacta keeps into one file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agreements import archive, clock, routines


class Command(BaseCommand):
    help = (
        "Writes the database and the files of documents into one archive, as of one moment, while Pacta is in use. "
        "The archive holds everything, secrets too: keep it accordingly, or encrypt it with --recipient."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the archive to write; it must not be there yet")
        parser.add_argument("--recipient", default="", help="a public key of age (age1...): only its owner can read it")

    @routines.running("backup")
    def handle(self, *args: Any, file: Path, recipient: str, **options: Any) -> None:
        try:
            written = archive.write(file, at=clock.now(), recipient=recipient)
        except FileExistsError as error:
            raise CommandError(f"{file} is there already. Name another file.") from error
        except (OSError, ValueError) as error:
            raise CommandError(f"Nothing was written: {error}") from error
        seal = written.seal
        self.stdout.write(
            f"{file}: {sum(written.rows.values())} rows, {written.files} files of documents\n"
            f"seal {seal.digest if seal else ''}: {len(seal.heads) if seal else 0} chains, "
            f"{seal.entries if seal else 0} entries"
        )
        if written.missing:
            for name in written.missing:
                self.stderr.write(f"{name}: the storage does not have this file, or not in its size")
            raise CommandError(
                f"The archive is written, but {len(written.missing)} file(s) of documents were missing.", returncode=1
            )
