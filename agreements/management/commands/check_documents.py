"""Prove that documents and their files belong together."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agreements.documents import proof
from agreements.models import DocumentVersion


class Command(BaseCommand):
    help = (
        "Reads every file of a document and compares it with its row and with the journal, finds files without a row; "
        "one line for each fault, and exits with 1. Files without a row may be left by an upload that was cut off."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--repair", action="store_true", help="remove files without a row that are older than an hour"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for fault in proof.faults():
            count += 1
            self.stderr.write(f"{fault.name}: {fault.what}")
        for orphan, under_way in proof.orphans():
            if under_way:
                self.stdout.write(f"{orphan.name}: a file without a row, perhaps of an upload under way; left alone")
            elif options["repair"]:
                proof.remove(orphan)
                self.stdout.write(f"{orphan.name}: a file without a row; removed")
            else:
                count += 1
                self.stderr.write(f"{orphan.name}: a file without a row; --repair removes it")
        if count:
            raise CommandError(f"Documents and files differ in {count} place(s).", returncode=1)
        self.stdout.write(f"{DocumentVersion.objects.count()} files, each as it was received.")
