"""Prove that the journal is as it was written."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agreements import history, journal, tasks
from agreements.models import Entry


class Command(BaseCommand):
    help = (
        "Recomputes every chain of the journal and compares the records with it; names the first bad entry of each "
        "broken chain and every column that differs, and exits with 1."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        faults = list(journal.verify())
        if not faults:  # columns are compared with chains that are whole
            faults = [*journal.differing(), *history.faults(), *tasks.differing()]
        for fault in faults:
            self.stderr.write(f"{fault.subject_kind} {fault.subject}, entry {fault.sequence}: {fault.what}")
        if faults:
            raise CommandError(f"The journal is broken in {len(faults)} place(s).", returncode=1)
        self.stdout.write(f"{Entry.objects.count()} entries, every chain unbroken.")
