"""Record one step of one agreement."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from agreements import lifecycle
from agreements.dates import BadDate, FuzzyDate
from agreements.guards import Refused
from agreements.management.acts import ActCommand
from agreements.models import Agreement, User


class Command(ActCommand):
    help = "Records a step, such as: step AIR-7Q4M sign --on 2025-02-28 --by officer --evidence 'signed text'"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference")
        parser.add_argument("transition")
        parser.add_argument("--on", required=True, metavar="D", help="2024-12-28, 2012-09, 2025-H2, 2007")
        parser.add_argument("--by", required=True, metavar="USER")
        for name in ("reason", "evidence", "source", "place", "what", "successor"):
            parser.add_argument(f"--{name}", default="")
        parser.add_argument("--out-of-procedure", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["by"]).first()
        if user is None:
            raise CommandError(f"There is no user “{options['by']}”.")
        agreement = self.agreement(user, options["reference"])
        details = {name: options[name] for name in ("reason", "evidence", "source", "place", "what") if options[name]}
        if options["successor"]:
            details["successor"] = self.agreement(user, options["successor"])
        try:
            fresh = lifecycle.perform(
                agreement,
                options["transition"],
                on=FuzzyDate.parse(options["on"]),
                by=user,
                out_of_procedure=options["out_of_procedure"],
                **details,
            )
        except BadDate as error:
            raise CommandError(str(error)) from error
        except Refused as refusal:
            raise CommandError("\n".join(reason.sentence for reason in refusal.reasons)) from refusal
        self.stdout.write(f"{fresh.reference}: {fresh.rules.stage_label(fresh.stage)} since {fresh.since}")

    def agreement(self, user: User, reference: str) -> Agreement:
        found = Agreement.objects.for_user(user).filter(reference=reference).first()
        if found is None:
            raise CommandError(f"There is no agreement “{reference}”.")
        return found
