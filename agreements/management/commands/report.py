"""Print a status report."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from agreements import reports
from agreements.models import Area, Party, User
from agreements.questions import ask, parameters

#: What a report can be asked for; each understands some of it.
_PARAMETERS = ("as_of", "known_at", "since", "until", "with", "area", "agreement", "meeting")
#: What is short enough to be listed.
_KNOWN: dict[str, Any] = {"with": Party, "area": Area}


class Command(BaseCommand):
    help = "Prints a status report as true on a day (--as-of) and as known at a moment (--known-at)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help=f"one of: {', '.join(reports.REPORTS)}")
        parser.add_argument("--as-of", default="", metavar="D", help="a day, such as 2024-12-28; today by default")
        parser.add_argument("--known-at", default="", metavar="T", help="a day or a moment (RFC 3339); now by default")
        parser.add_argument("--since", default="", metavar="D", help="the first day, of reports on a time")
        parser.add_argument("--until", default="", metavar="D", help="the last day, of reports on a time to come")
        parser.add_argument("--with", dest="party", default="", metavar="PARTY", help="code of a partner, such as EU")
        parser.add_argument("--agreement", default="", metavar="REF", help="reference of one agreement")
        parser.add_argument("--meeting", default="", metavar="ID", help="identifier of a meeting")
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
        texts = {name: options["party" if name == "with" else name] for name in _PARAMETERS}
        for name in sorted(set(_PARAMETERS) - set(parameters(report.FILTERS))):
            if texts[name]:
                raise CommandError(f"The report “{options['name']}” does not take --{name}.")
        user = self.user(options["user"])
        with translation.override("en"):  # commands speak English, whatever the language of the report
            needed, begins = reports.required(options["name"]), reports.begins(options["name"])
            asked = ask(user, report.FILTERS, texts, required=needed, begins=begins)
            for parameter, problem in asked.problems.items():
                raise CommandError(self.explained(user, parameter, problem))
        with translation.override(options["language"]):
            content = report.build(user, **asked.chosen)
            made = reports.render(options["name"], content, options["format"])
        self.hand_over(made, options["output"])

    def hand_over(self, made: str | bytes, output: str) -> None:
        if output:
            try:
                Path(output).write_bytes(made if isinstance(made, bytes) else made.encode())
            except OSError as error:
                raise CommandError(f"{output} cannot be written: {error.strerror}.") from error
            self.stderr.write(f"Written: {output}")
        elif isinstance(made, bytes):
            raise CommandError("This format is no text. Name a file to write: --output FILE.")
        else:
            self.stdout.write(made, ending="")

    def user(self, name: str) -> User:
        if not name:
            return User.objects.service("report")
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no user “{name}”.")
        return user

    def explained(self, user: User, parameter: str, problem: str) -> str:
        """Add to a problem what is known instead, or which option it is about."""
        if parameter in _KNOWN:
            rows: Any = _KNOWN[parameter].objects.for_user(user).order_by("code")
            known = ", ".join(rows.values_list("code", flat=True)[:40])
            return f"{problem} Known are: {known}." if known else f"{problem} There is none yet."
        named = parameter in ("agreement", "meeting")
        return problem if named else f"--{parameter.replace('_', '-')}: {problem}"
