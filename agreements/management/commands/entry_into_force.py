"""Answer an entry-into-force clause from a table of acts; needs no database."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import gettext as _

from agreements import acts_csv, clock, jsontext, names
from agreements.dates import FuzzyDate, render_day
from agreements.entry_into_force import (
    BadClause,
    Clause,
    Outcome,
    compute,
    describe,
    explain,
    explain_party,
    parse,
    parts_of,
    to_data,
)
from agreements.entry_into_force.clause import PARTICIPANTS, Count, Rule
from agreements.questions import BadQuestion, read_day

_FORMATS = ("text", "json")
#: More problems than these are counted, not listed.
_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Computes entry into force from a clause (JSON, see docs/clauses.md) and a table of acts (CSV), without a "
        "database: entry_into_force clause.json acts.csv --on 2024-12-28"
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("clause", metavar="CLAUSE.json")
        parser.add_argument("actions", metavar="ACTIONS.csv")
        parser.add_argument("--on", default="", metavar="D", help="a day, such as 2024-12-28; today by default")
        parser.add_argument("--supposing", default="", metavar="D", help="when what is missing is supposed to come")
        parser.add_argument("--agreement", default="", help="which agreement, where the table has several")
        parser.add_argument(
            "--participants", default="", metavar="LIST", help="who takes part besides those in the table: 'KZ; France'"
        )
        parser.add_argument("--language", default="en", help=f"one of: {', '.join(dict(settings.LANGUAGES))}")
        parser.add_argument("--format", default="text", help=f"one of: {', '.join(_FORMATS)}")

    def handle(self, *args: Any, **options: Any) -> None:
        for name, known in (("format", _FORMATS), ("language", tuple(dict(settings.LANGUAGES)))):
            if options[name] not in known:
                raise CommandError(f"“{options[name]}” is not known. Use one of: {', '.join(known)}.")
        with translation.override(options["language"]):
            on = self.day("on", options["on"]) or clock.today()
            supposing = self.day("supposing", options["supposing"])
            clause, named = self.clause(options["clause"])
            reading = self.acts(options["actions"], options["agreement"])
            others = self.parties(options["participants"])
            participants = acts_csv.participants(reading.parties, others)
            notes = [str(note) for note in reading.notes]
            if not others and _asks_all(clause.rule):
                notes.append(
                    _("Taken as participants: those in the table. Name others who take part with --participants.")
                )
            outcome = compute(
                clause,
                reading.acts,
                on,
                participants=participants,
                supposing=supposing,
                last_days=names.last_days(named),
            )
            words = {code: str(party) for code in (*named, *participants) if (party := names.known(code))}
            if options["format"] == "json":
                data = {
                    "clause": [{"depth": depth, "text": line} for depth, line in describe(clause, words)],
                    **to_data(outcome, words),
                    "notes": notes,
                }
                text = json.dumps(data, ensure_ascii=False, indent=2)
            else:
                text = "\n".join(_text(clause, outcome, words, notes))
        self.stdout.write(text)

    def day(self, name: str, text: str) -> date | None:
        try:
            return read_day(text)
        except BadQuestion as error:
            raise CommandError(f"--{name}: {error}") from error

    def parties(self, text: str) -> list[str]:
        try:
            return [names.resolve(name.strip()) for name in text.split(";") if name.strip()]
        except names.BadName as error:
            raise CommandError(f"--participants: {error}") from error

    def file(self, path: str) -> bytes:
        try:
            return Path(path).read_bytes()
        except OSError as error:
            raise CommandError(
                _("%(path)s cannot be read: %(reason)s.") % {"path": path, "reason": error.strerror}
            ) from error

    def clause(self, path: str) -> tuple[Clause, list[str]]:
        """Return the clause of a file, and the codes of the parties that it names."""
        named: list[str] = []

        def resolve(name: str) -> str:
            named.append(names.resolve(name))
            return named[-1]

        try:
            return parse(jsontext.read(self.file(path).decode("utf-8-sig"), exact=True), resolve), named
        except BadClause as error:
            raise CommandError(f"{path}: {error}") from error
        except ValueError as error:
            reason = error if isinstance(error, jsontext.NotJson) else _("not UTF-8")
            raise CommandError(
                _("%(path)s: this is not JSON (%(reason)s).") % {"path": path, "reason": reason}
            ) from error

    def acts(self, path: str, agreement: str) -> acts_csv.Reading:
        reading = acts_csv.read(self.file(path), agreement)
        if problems := reading.problems or reading.impossible:
            lines = [f"{path}: {problem}" for problem in problems[:_SHOWN]]
            if len(problems) > _SHOWN:
                lines.append(_("Further problems: %(number)s.") % {"number": len(problems) - _SHOWN})
            raise CommandError("\n".join(lines))
        if len(reading.agreements) > 1:
            raise CommandError(
                _("%(path)s: the table has several agreements. Choose one with --agreement: %(known)s.")
                % {"path": path, "known": ", ".join(reading.agreements)}
            )
        return reading


def _asks_all(rule: Rule) -> bool:
    """Whether a part of all participants is asked for, so that it matters who takes part without having acted."""
    if isinstance(rule, Count) and rule.fraction is not None and rule.base == PARTICIPANTS:
        return True
    return any(_asks_all(part) for part in parts_of(rule))


# ---- the answer as text ----
def _text(clause: Clause, outcome: Outcome, words: dict[str, str], notes: Sequence[str]) -> Iterator[str]:
    yield from (f"{'  ' * depth}{line}" for depth, line in describe(clause, words))
    yield ""
    yield _("Answer as of %(day)s:") % {"day": render_day(outcome.on)}
    yield from (f"  {line}" for line in explain(outcome, words))
    if outcome.provisional:
        yield "  " + _("Provisional application from %(day)s.") % {"day": outcome.provisional}
        applying = ", ".join(words.get(code, code) for code in sorted(outcome.applied_by))
        if applying:
            yield "  " + _("Applied provisionally on that day by: %(parties)s.") % {"parties": applying}
    if outcome.parties:
        yield ""
        yield from _table(_rows(outcome, words))
        yield from (explain_party(outcome, entry, words) for entry in outcome.parties if entry.early_notice)
    consented = {entry.party for entry in outcome.parties}
    others = [words.get(code, code) for code in outcome.participants if code not in consented]
    if others:
        yield ""
        yield _("Without consent to be bound (%(number)s): %(parties)s.") % {
            "number": len(others),
            "parties": ", ".join(others),
        }
    if notes:
        yield ""
        yield from notes


def _rows(outcome: Outcome, words: dict[str, str]) -> Iterator[tuple[str, ...]]:
    by = {
        "original": _("with the agreement"),
        "own": _("own date"),
        "succession": _("succession"),
        "general": _("day of consent"),
    }
    yield _("Party"), _("Act"), _("Consent"), _("Bound from"), _("By"), _("Until"), _("Stated"), ""
    for entry in outcome.parties:
        yield (
            words.get(entry.party, entry.party),
            str(entry.act.kind.label),
            _iso(entry.on),
            _iso(entry.date),
            by[entry.rule] if entry.date else _("withdrawn before it took effect") if entry.until else "",
            _iso(entry.until),
            _iso(entry.stated),
            _("differs") if entry.conflict else "",
        )


def _iso(day: FuzzyDate | None) -> str:
    return day.iso if day else ""


def _table(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Set rows in columns, without those that are empty in every row but the first."""
    lines = list(rows)
    columns = [column for column in zip(*lines, strict=True) if any(column[1:])]
    widths = [max(map(len, column)) for column in columns]
    for place in range(len(lines)):
        cells = (column[place].ljust(width) for column, width in zip(columns, widths, strict=True))
        yield "  ".join(cells).rstrip()
