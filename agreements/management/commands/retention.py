"""Let go what is kept no longer, or say what would go."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from agreements import retention, routines
from agreements.models import User


class Command(BaseCommand):
    help = (
        "Lists what would be let go by the rules of retention, and why; with --apply lets it go. Texts are redacted by "
        "acts in the journal; what is under a legal hold stays."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="let it go; without this nothing is changed")

    def handle(self, *args: Any, apply: bool, **options: Any) -> None:
        if apply and settings.READ_ONLY:
            raise CommandError("Pacta is only read for now (PACTA_READ_ONLY): nothing was let go.")
        try:
            rules = retention.rules()
        except retention.BadRetention as error:
            raise CommandError(str(error), returncode=2) from error
        if not apply:
            self._tell(retention.due(rules), "would go")
            return
        with routines.running("retention"):
            self._tell(retention.apply(rules, by=User.objects.service("retention")), "gone")

    def _tell(self, found: Any, verb: str) -> None:
        count = 0
        for one in found:
            what = f"{one.count} text(s) of {one.what}" if one.agreement else f"{one.count} {one.what}"
            self.stdout.write(f"{what}: {'kept, under a legal hold' if one.held else verb}. {one.why}")
            count += not one.held
        if not count:
            self.stdout.write("Nothing is due.")
