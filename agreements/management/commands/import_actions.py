"""Take over the acts of participants from a table."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from agreements import imports
from agreements.guards import Refused
from agreements.management.tables import TableCommand
from agreements.models import Agreement


class Command(TableCommand):
    help = (
        "Records the acts of participants from a table: import_actions acts.csv --agreement PEP-4K7Z --dry-run takes "
        "the acts of one agreement (CSV), all of it or nothing. Without --agreement the rows name their agreements "
        "(CSV, XLSX), and each is taken by itself. Acts that are recorded already are left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--agreement", default="", metavar="REF")
        parser.add_argument("--about", default="", help="with --agreement: which one, where the table has several")
        self.add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["agreement"]:
            self.take("actions", options["file"], options)
            return
        user = self.user(options["by"])
        agreement = Agreement.objects.for_user(user).filter(reference=options["agreement"]).first()
        if agreement is None:
            raise CommandError(f"There is no agreement “{options['agreement']}”.")
        path = options["file"]
        try:
            content = Path(path).read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        try:
            done = imports.import_acts(
                agreement,
                content,
                by=user,
                dry_run=options["dry_run"],
                about=options["about"],
                source=options["source"],
            )
        except Refused as refusal:
            raise CommandError("\n".join(reason.sentence for reason in refusal.reasons)) from refusal
        for note in done.notes:
            self.stderr.write(f"{path}: {note}")
        if done.problems:
            raise CommandError("\n".join(f"{path}: {problem}" for problem in done.problems))
        for line in done.skipped:
            self.stdout.write(f"Row {line.row}: recorded already.")
        said = "would be recorded" if options["dry_run"] else "recorded"
        self.stdout.write(f"{agreement.reference}: {len(done.recorded)} acts {said}, {len(done.skipped)} were already.")
