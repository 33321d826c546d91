"""Print the review of rights: what every account holds, and what of it is to be looked at."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from agreements import review
from agreements.guards import Refused
from agreements.models import Unit, User

#: The formats that a table of accounts has.
_FORMS = ("text", "csv", "xlsx", "html", "pdf", "docx")


class Command(BaseCommand):
    help = "Prints who holds which rights, of a unit or of all; with --sign, records that they were looked through."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--unit", default="", metavar="CODE", help="the accounts of one unit; all by default")
        parser.add_argument("--format", default="text", choices=_FORMS)
        parser.add_argument("--language", default="en", choices=list(dict(settings.LANGUAGES)))
        parser.add_argument("--output", default="", metavar="FILE", help="a file to write instead of the terminal")
        parser.add_argument("--sign", default="", metavar="USERNAME", help="who has looked through them")
        parser.add_argument("--remark", default="", help="what the review found; with --sign")

    def handle(self, *args: Any, **options: Any) -> None:
        unit = Unit.objects.filter(code=options["unit"]).first() if options["unit"] else None
        if options["unit"] and unit is None:
            raise CommandError(f"There is no unit “{options['unit']}”.")
        with translation.override(options["language"]):
            made = review.render(review.look(unit), options["format"], options["language"])
            if options["output"]:
                Path(options["output"]).write_bytes(made if isinstance(made, bytes) else made.encode())
                self.stderr.write(f"Written: {options['output']}")
            elif isinstance(made, bytes):
                raise CommandError("This format is no text. Name a file to write: --output FILE.")
            else:
                self.stdout.write(made, ending="")
            if options["sign"]:
                self.sign(options["sign"], options["remark"], unit)

    def sign(self, name: str, remark: str, unit: Unit | None) -> None:
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no user “{name}”.")
        try:
            signed = review.sign(by=user, remark=remark, unit=unit)
        except Refused as refusal:
            raise CommandError(" ".join(reason.sentence for reason in refusal.reasons)) from refusal
        self.stderr.write(f"Signed off by {signed.by}: {signed.accounts} accounts, {signed.noticed} to be looked at.")
