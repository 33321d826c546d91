"""Prove that the journal is as it was written."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agreements import history, journal, routines, seals, tasks
from agreements.models import Entry


class Command(BaseCommand):
    help = (
        "Recomputes every chain of the journal and compares the records with it; names the first bad entry of each "
        "broken chain and every column that differs, and exits with 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seal", type=Path, help="a seal of “seal_journal”: what was sealed must still be there")

    @routines.running("verify_journal")
    def handle(self, *args: Any, seal: Path | None, **options: Any) -> None:
        faults = list(journal.verify())
        if not faults:  # columns are compared with chains that are whole
            faults = [*journal.differing(), *history.faults(), *tasks.differing()]
        known = _sealed(seal) if seal else None
        if known:
            faults += [journal.Fault(head.kind, head.key, head.sequence, what) for head, what in seals.broken(known)]
        for fault in faults:
            self.stderr.write(f"{fault.subject_kind} {fault.subject}, entry {fault.sequence}: {fault.what}")
        if faults:
            raise CommandError(f"The journal is broken in {len(faults)} place(s).", returncode=1)
        self.stdout.write(f"{Entry.objects.count()} entries, every chain unbroken.")
        if known:
            self.stdout.write(f"Everything is there that was sealed on {known.at.isoformat()}: {known.digest}.")


def _sealed(file: Path) -> seals.Seal:
    try:
        with file.open(encoding="utf-8") as lines:
            return seals.read(lines)
    except (OSError, ValueError) as error:
        raise CommandError(f"{file}: {error}", returncode=2) from error
