"""Serve the demonstration: the real portfolio on this machine alone."""

import secrets
import signal
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from agreements.choices import Level
from agreements.models import Agreement, Unit, User

ADDRESS = "127.0.0.1"


class Command(BaseCommand):
    help = "Sets up the database, loads the sample into an empty one, and serves it on 127.0.0.1 for a look around."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--prepare", action="store_true", help="set up and stop before serving")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "The demonstration runs with DEBUG on only: its user is for a look around, not for work."
            )
        call_command("migrate", verbosity=0)
        if not Agreement.objects.exists():
            call_command("load_sample", stdout=self.stdout)
        password = self.user()
        day = f", as of {settings.PACTA_TODAY.isoformat()}" if settings.PACTA_TODAY else ""
        self.stdout.write(
            f"\nPacta{day}: http://{ADDRESS}:{options['port']}/\nSign in as demo, password {password}\n"
            "The password is new at every start. Stop with Ctrl-C.\n"
        )
        self.stdout.flush()
        if options["prepare"]:
            return
        # Whoever ends the demonstration ends its worker with it.
        signal.signal(signal.SIGTERM, lambda *_arguments: sys.exit(0))
        worker = subprocess.Popen([sys.executable, sys.argv[0], "work"])  # noqa: S603 - ourselves
        try:
            call_command("runserver", f"{ADDRESS}:{options['port']}", use_reloader=False)
        finally:
            worker.terminate()
            worker.wait(timeout=10)

    def user(self) -> str:
        """Return the fresh password of the demonstration's user, who may do what the treaty department may."""
        user, _created = User.objects.get_or_create(username="demo", defaults={"access_level": Level.INTERNAL})
        user.is_staff = user.is_active = True
        user.unit = Unit.objects.filter(code="european-cooperation").first()
        password = secrets.token_urlsafe(12)
        user.set_password(password)
        user.save()
        user.groups.set(Group.objects.filter(name__in=("treaty_department", "administrator")))
        return password
