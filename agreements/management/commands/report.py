"""Print a status report."""

from argparse import ArgumentParser
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from agreements import reports
from agreements.models import Agreement, Area, Party, User
from agreements.questions import BadQuestion, read_day, read_moment


class Command(BaseCommand):
    help = "Prints a status report as true on a day (--as-of) and as known at a moment (--known-at)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help=f"one of: {', '.join(reports.REPORTS)}")
        parser.add_argument("--as-of", default="", metavar="D", help="a day, such as 2024-12-28; today by default")
        parser.add_argument("--known-at", default="", metavar="T", help="a day or a moment (RFC 3339); now by default")
        parser.add_argument("--with", dest="party", default="", metavar="PARTY", help="code of a partner, such as EU")
        parser.add_argument("--agreement", default="", metavar="REF", help="reference of one agreement")
        parser.add_argument("--area", default="", metavar="A", help="code of an area, such as aviation")
        parser.add_argument("--language", default="en", help=f"one of: {', '.join(dict(settings.LANGUAGES))}")
        parser.add_argument("--format", default="text", help=f"one of: {', '.join(reports.FORMATS)}")
        parser.add_argument("--output", default="", metavar="FILE", help="a file to write instead of the terminal")
        parser.add_argument("--user", default="", help="whose view to take; by default everything is shown")

    def handle(self, *args: Any, **options: Any) -> None:
        for name, known in (("name", reports.REPORTS), ("format", reports.FORMATS)):
            if options[name] not in known:
                raise CommandError(f"“{options[name]}” is not known. Use one of: {', '.join(known)}.")
        languages = dict(settings.LANGUAGES)
        if options["language"] not in languages:
            raise CommandError(
                f"“{options['language']}” is not a language of Pacta. Use one of: {', '.join(languages)}."
            )
        report = reports.REPORTS[options["name"]]
        if options["agreement"] and "agreement" not in report.FILTERS:
            raise CommandError(f"The report “{options['name']}” is about many agreements. Leave out --agreement.")
        user = self.user(options["user"])
        with translation.override(options["language"]):
            filters = {
                "agreement": self.agreement(user, options["agreement"]),
                "party": self.row(Party, user, options["party"], "party"),
                "area": self.row(Area, user, options["area"], "area"),
            }
            content = report.build(
                user,
                as_of=self.day(options["as_of"]),
                known_at=self.moment(options["known_at"]),
                **{name: filters[name] for name in report.FILTERS},
            )
            text = reports.render(options["name"], content, options["format"])
        if options["output"]:
            try:
                Path(options["output"]).write_text(text, encoding="utf-8", newline="")
            except OSError as error:
                raise CommandError(f"{options['output']} cannot be written: {error.strerror}.") from error
            self.stderr.write(f"Written: {options['output']}")
        else:
            self.stdout.write(text, ending="")

    def user(self, name: str) -> User:
        if not name:
            return User.objects.service("report")
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no user “{name}”.")
        return user

    def day(self, text: str) -> date | None:
        try:
            return read_day(text)
        except BadQuestion as error:
            raise CommandError(f"--as-of: {error}") from error

    def moment(self, text: str) -> datetime | None:
        try:
            return read_moment(text)
        except BadQuestion as error:
            raise CommandError(f"--known-at: {error}") from error

    def agreement(self, user: User, reference: str) -> Agreement | None:
        found = Agreement.objects.for_user(user).filter(reference=reference).first() if reference else None
        if reference and found is None:
            raise CommandError(f"There is no agreement “{reference}”.")
        return found

    def row(self, model: Any, user: User, code: str, what: str) -> Any:
        if not code:
            return None
        found = model.objects.for_user(user).filter(code=code).first()
        if found is None:
            known = ", ".join(model.objects.for_user(user).order_by("code").values_list("code", flat=True)[:40])
            raise CommandError(f"There is no {what} “{code}”. Known are: {known}.")
        return found
