"""Emergency access to an account, issued on the server itself."""

from datetime import timedelta
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from agreements.entrance import emergency
from agreements.models import User


class Command(BaseCommand):
    help = "Issues a key that lets a user in once, without his means of signing in; recorded, and told by mail."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("username")
        parser.add_argument("--reason", required=True, help="why it is needed; it is recorded and told")
        parser.add_argument("--usable", type=int, default=15, help="for so many minutes the key can be used")
        parser.add_argument("--minutes", type=int, default=60, help="for so many minutes the session then lasts")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"], is_active=True, is_service=False).first()
        if user is None:
            raise CommandError("There is no such user in use.")
        reason = options["reason"].strip()
        if not reason or len(reason) > 400:
            raise CommandError("Give a reason, in at most 400 characters.")
        if not 1 <= options["usable"] <= 24 * 60 or not 1 <= options["minutes"] <= 24 * 60:
            raise CommandError("Give minutes from 1 to 1440.")
        access, secret = emergency.issue(
            user, reason=reason, usable=timedelta(minutes=options["usable"]), minutes=options["minutes"]
        )
        self.stdout.write(
            f"{settings.PACTA_URL}{reverse('sign-in-emergency')}\nuser name: {user.username}\nkey: {secret}"
        )
        try:
            told = emergency.tell(access)
        except (OSError, SMTPException) as error:
            self.stderr.write(f"Nobody could be told by mail: {error}.")
            told = 0
        self.stderr.write(f"Told by mail: {told}." if told else "Tell those who keep the accounts yourself.")
