"""Load the sample portfolio."""

from typing import Any

from django.core.management.base import BaseCommand

from agreements import sample
from agreements.models import User


class Command(BaseCommand):
    help = "Loads the agreements of Kazakhstan and the European Union with their histories; what is there stays."

    def handle(self, *args: Any, **options: Any) -> None:
        added = sample.load(by=User.objects.service("import"))
        self.stdout.write(f"Sample portfolio: {added} agreements added.")
