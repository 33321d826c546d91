"""What happens by itself, once a day."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection

from agreements import dispatch, imports, lifecycle, retention, retrying, routines, subscriptions
from agreements.api import outgoing
from agreements.entrance import journal, lockout, session
from agreements.models import KeptAnswer, User, marks


class Command(BaseCommand):
    help = "Takes the steps that procedures take by themselves, hands reports to the worker, forgets what is over."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.READ_ONLY:
            self.stdout.write("Pacta is only read for now (PACTA_READ_ONLY): nothing was done, all is caught up later.")
            return
        with routines.running("tick"):
            retrying.repeated(self._tick, resumes=True)

    def _tick(self) -> None:
        for agreement in lifecycle.run_automatic(by=User.objects.service("tick")):
            self.stdout.write(f"{agreement.reference}: {agreement.stage} since {agreement.since.iso}")
        for run in dispatch.tick():
            self.stdout.write(f"report {run.report} for {run.reader_id}: handed to the worker")
        for table in imports.tick():
            self.stdout.write(f"import {table.pk} of {table.owner_id}: handed to the worker")
        for webhook in outgoing.tick():
            self.stdout.write(f"webhook {webhook.pk} of {webhook.owner_id}: handed to the worker")
        for what, number in subscriptions.tick().items():
            if number:
                self.stdout.write(f"{what}: {number}")
        KeptAnswer.objects.outdated().delete()
        for kept in (session, lockout, journal):
            kept.prune()
        marks.prune(connection)
        if settings.RETENTION:
            for one in retention.apply(retention.rules(), by=User.objects.service("retention")):
                if not one.held:
                    self.stdout.write(f"{one.what}: {one.count} let go. {one.why}")
