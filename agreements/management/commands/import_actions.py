"""Take over the acts of participants from a table."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agreements import imports
from agreements.guards import Refused
from agreements.models import Agreement, User


class Command(BaseCommand):
    help = (
        "Records the acts of participants from a table (CSV): import_actions acts.csv --agreement PEP-4K7Z --dry-run. "
        "All of it or nothing; acts that are recorded already are left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--agreement", required=True, metavar="REF")
        parser.add_argument("--by", default="", metavar="USER", help="who imports; by default the import service")
        parser.add_argument("--about", default="", help="which agreement, where the table has several")
        parser.add_argument("--source", default="", help="where the table is from; kept with every act")
        parser.add_argument("--dry-run", action="store_true", help="say what would be recorded, and record nothing")

    def handle(self, *args: Any, **options: Any) -> None:
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

    def user(self, name: str) -> User:
        if not name:
            return User.objects.service("import")
        found = User.objects.filter(username=name).first()
        if found is None:
            raise CommandError(f"There is no user “{name}”.")
        return found
