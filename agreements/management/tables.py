"""What the commands that take over tables share: options, the trial, the record, and how its result is told."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandError

from agreements import imports
from agreements.choices import Level
from agreements.guards import Refused
from agreements.import_choices import ImportOutcome, ImportState
from agreements.imports.mapping import BadMapping, Mapped, Written, read
from agreements.imports.reasons import sentence
from agreements.models import ImportRun, User

#: The exit code where rows are doubtful or were refused; 1 is that the command could not be carried out.
LEFT = 2
#: So many rows and questions are told in text; `--format json` tells all.
_TOLD = 100


class TableCommand(BaseCommand):
    """Takes over a table of a kind; subclasses say which."""

    def add_options(self, parser: ArgumentParser) -> None:
        """Add the options that all of them have."""
        parser.add_argument("--mapping", default="", metavar="FILE", help="what the columns mean, as JSON or TOML")
        parser.add_argument("--by", default="", metavar="USER", help="who imports; by default the import service")
        parser.add_argument("--source", default="", help="where the table is from; kept with every entry")
        parser.add_argument(
            "--level", default="", choices=["", *Level.values], help="of what the rows do not say it of"
        )
        parser.add_argument("--sheet", default="", help="the sheet of a workbook")
        parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="a value for all rows")
        parser.add_argument(
            "--record-parties", action="store_true", help="record parties that are known and not here yet"
        )
        parser.add_argument("--leave-doubts", action="store_true", help="leave out rows that are doubtful")
        parser.add_argument("--whole", action="store_true", help="all or nothing")
        parser.add_argument("--dry-run", action="store_true", help="say what would become of every row; record nothing")
        parser.add_argument("--format", default="text", choices=["text", "json"], help="how the result is told")

    def take(self, kind: str, path: str, options: dict[str, Any]) -> None:
        """Take over the table of a file, and tell what became of its rows."""
        user = self.user(options["by"])
        written = self.written(options["mapping"])
        try:
            run = self.tried(kind, Path(path), user, written, options)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except Refused as refusal:
            raise CommandError("\n".join(reason.sentence for reason in refusal.reasons)) from refusal
        # A table that is here already is no failure: there is nothing left to do.
        if options["dry_run"] or not any(run.counts.get(outcome) for outcome in ImportOutcome.written()):
            self.tell(run, options)
            self.end(run, discard=user)
            return
        try:
            run = imports.start(
                run, by=user, whole=options["whole"], leave_doubts=options["leave_doubts"], at_once=True
            )
        except Refused as refusal:
            self.tell(run, options)
            self.end(run, discard=user, refusal=refusal)
        self.tell(run, options)
        self.end(run)

    def tried(self, kind: str, path: Path, user: User, written: Written, options: dict[str, Any]) -> ImportRun:
        """Return the import of a file after its trial."""
        with path.open("rb") as content:
            run = imports.upload(
                File(content, name=path.name),
                by=user,
                kind=kind,
                source=options["source"] or written.source or path.name,
                level=options["level"] or written.level or Level.INTERNAL,
                sheet=options["sheet"],
            )
        try:
            return self.settled(run, user, written, options)
        except Refused:
            imports.discard(run, by=user)
            raise

    def settled(self, run: ImportRun, user: User, written: Written, options: dict[str, Any]) -> ImportRun:
        """Return an import with its columns and decisions, after its trial. Raises Refused."""
        suggested = Mapped.of_data(run.mapping)
        values = dict(one.split("=", 1) for one in options["set"] if "=" in one)
        mapped = Mapped(
            written.mapped.columns or suggested.columns,
            written.mapped.dates,
            {**written.mapped.values, **values},
        )
        run = imports.settle(run, mapped, by=user, layout=written.layout)
        decisions = {kind: dict(answers) for kind, answers in written.decisions.items()}
        if options["record_parties"]:
            decisions["new-party"] = {"*": "new", **decisions.get("new-party", {})}
        if decisions:
            run = imports.decide(run, decisions, by=user)
        return imports.check(run, by=user)

    def written(self, path: str) -> Written:
        """Read a mapping file."""
        if not path:
            return Written(Mapped(), None, {})
        try:
            return read(Path(path).read_text(encoding="utf-8"), toml=path.endswith(".toml"))
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} cannot be read: {error}.") from error
        except BadMapping as error:
            raise CommandError(f"{path}: {error}") from error

    def tell(self, run: ImportRun, options: dict[str, Any]) -> None:
        """Tell what became of the rows: how many of each outcome, and those that are doubtful or refused."""
        left = run.rows.filter(outcome__in=(ImportOutcome.DOUBTED, ImportOutcome.REFUSED)).order_by("number")
        if options["format"] == "json":
            told = {
                "import": str(run.pk),
                "kind": run.kind,
                "file": run.name,
                "sha256": run.sha256,
                "state": run.state,
                "rows": run.total,
                "counts": run.counts,
                "problem": run.problem,
                "mapping": run.mapping,
                "questions": [
                    {**question, "sentence": sentence(question["code"], question["told"])} for question in run.questions
                ],
                "left": [
                    {
                        "row": row.number,
                        "outcome": row.outcome,
                        "about": row.label,
                        "code": row.code,
                        "reason": sentence(row.code, row.told),
                    }
                    for row in left.iterator()
                ],
            }
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=1))
            return
        would = run.state == ImportState.CHECKED
        names = {
            "created": "would be recorded" if would else "recorded",
            "changed": "would be changed" if would else "changed",
            "skipped": "left out",
            "doubted": "doubtful",
            "refused": "refused",
        }
        self.stdout.write(f"{run.name}: {run.total} rows")
        for outcome, words in names.items():
            self.stdout.write(f"{run.counts.get(outcome, 0):>8} {words}")
        for row in left[:_TOLD]:
            self.stdout.write(f"Row {row.number} ({row.outcome}), {row.label}: {sentence(row.code, row.told)}")
        if left.count() > _TOLD:
            self.stdout.write(f"… and {left.count() - _TOLD} more; --format json tells all.")
        if would and run.questions:
            self.stdout.write("To be decided (in the mapping, under “decisions”):")
        for question in run.questions[:_TOLD] if would else ():
            near = f" Near: {', '.join(question['candidates'])}." if question["candidates"] else ""
            self.stdout.write(
                f"  {question['kind']} “{question['key']}” ({question['rows']} rows): "
                f"{sentence(question['code'], question['told'])}{near}"
            )
        if run.problem:
            self.stderr.write(run.problem)

    def end(self, run: ImportRun, *, discard: User | None = None, refusal: Refused | None = None) -> None:
        """End with what the shell is to know; a trial leaves nothing behind."""
        left = sum(run.counts.get(outcome, 0) for outcome in (ImportOutcome.DOUBTED, ImportOutcome.REFUSED))
        if discard is not None:
            imports.discard(run, by=discard)
        if refusal is not None:
            raise CommandError(
                "\n".join(reason.sentence for reason in refusal.reasons), returncode=LEFT if left else 1
            ) from refusal
        if run.state == ImportState.STOPPED:
            raise CommandError(run.problem)
        if left:
            raise CommandError(f"{left} rows are doubtful or were refused.", returncode=LEFT)

    def user(self, name: str) -> User:
        """Return who imports."""
        if not name:
            return User.objects.service("import")
        found = User.objects.filter(username=name).first()
        if found is None:
            raise CommandError(f"There is no user “{name}”.")
        return found
