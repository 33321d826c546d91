"""List the procedures, validate a folder of them, draw one, and tell which agreements follow older versions."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements import calendars, leads, procedures
from agreements.changes import version_words
from agreements.models import Agreement, ProcedureVersion
from agreements.procedures import Procedure
from agreements.views.drawing import mermaid, svg
from agreements.views.reminded import reminders_of
from agreements.views.rules import Assignment, Rule, assignments_of, onward, rule_of
from agreements.words import pick

FORMATS = ("text", "svg", "mermaid")
_DIGITS = 12


class Command(BaseCommand):
    help = (
        "Lists the procedures (docs/procedures.md), or draws one: procedures ratified --format svg. Files with faults "
        "are refused, all of them at once; --dir tries a folder before the setting PROCEDURES_DIR names it. --outdated "
        "lists the agreements that follow another version than the one in use today."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", default="", help="the code of one procedure")
        parser.add_argument("--dir", default="", metavar="FOLDER", help="read this folder instead of PROCEDURES_DIR")
        parser.add_argument("--format", default="text", help=f"one of: {', '.join(FORMATS)}")
        parser.add_argument("--language", default="en", help=f"one of: {', '.join(dict(settings.LANGUAGES))}")
        parser.add_argument("--outdated", action="store_true", help="list agreements that follow older versions")

    def handle(self, *args: Any, **options: Any) -> None:
        for name, known in (("format", FORMATS), ("language", tuple(dict(settings.LANGUAGES)))):
            if options[name] not in known:
                raise CommandError(f"“{options[name]}” is not known. Use one of: {', '.join(known)}.")
        if options["format"] != "text" and not options["name"]:
            raise CommandError(f"--format {options['format']} needs the code of a procedure.")
        if options["outdated"] and (options["name"] or options["dir"]):
            raise CommandError("--outdated asks for nothing else: it compares the agreements with the files in use.")
        folder = options["dir"] or settings.PROCEDURES_DIR
        known_rules = self.procedures(folder)
        with translation.override(options["language"]):
            if options["outdated"]:
                lines = list(_outdated(known_rules))
                text = "\n".join(lines or [_("Every agreement follows the version of its procedure in use today.")])
            elif options["name"]:
                text = _FORMATS[options["format"]](self.one(options["name"], known_rules))
            else:
                text = "\n".join(_listed(known_rules, folder))
        self.stdout.write(text)

    def procedures(self, folder: str) -> dict[str, Procedure]:
        if folder and not Path(folder).is_dir():
            raise CommandError(f"--dir: {folder} is not a folder. Name a folder with TOML files.")
        # What was read before may have been written anew since.
        procedures.load.cache_clear()
        faults = list(procedures.faults(folder))
        if not faults:
            known = dict(sorted(procedures.load(folder).items()))
            days = calendars.load(settings.CALENDARS_DIR)
            faults = [
                str(fault) for code, rules in known.items() for fault in leads.faults(rules, days, f"{code}.toml")
            ]
        if faults:
            raise CommandError("\n".join(faults))
        return known

    def one(self, code: str, known: Mapping[str, Procedure]) -> Procedure:
        if code not in known:
            raise CommandError(f"There is no procedure “{code}”. Known are: {', '.join(known)}.")
        return known[code]


# ---- all of them ----
def _listed(known: Mapping[str, Procedure], folder: str) -> Iterator[str]:
    """Yield each procedure with its file, and by which agreements its versions are followed."""
    followed = _followed()
    width = max(map(len, known), default=0)
    for code, rules in known.items():
        stages = ngettext("%(number)s stage", "%(number)s stages", len(rules.stages)) % {"number": len(rules.stages)}
        tasks = ngettext("%(number)s task", "%(number)s tasks", len(rules.tasks)) % {"number": len(rules.tasks)}
        told = (
            code.ljust(width),
            _("version %(version)s") % {"version": rules.version},
            _("binding") if rules.binding else _("not binding"),
            stages,
            tasks,
            rules.digest[:_DIGITS],
            pick(rules.title).text,
        )
        yield "  ".join(told)
        yield f"{' ' * width}  {procedures.place_of(code, folder)}"
        for version, number in followed.get(code, {}).items():
            form = ngettext("%(number)s agreement follows", "%(number)s agreements follow", number)
            mark = "" if version.digest == rules.digest else _(", not in use today")
            yield f"{' ' * width}  {form % {'number': number}} {version_words(version)}{mark}"


def _followed() -> dict[str, dict[ProcedureVersion, int]]:
    """Return how many agreements follow which version; nothing where there is no database yet."""
    try:
        numbers = Counter(Agreement.objects.kept().values_list("procedure_version", flat=True).order_by())
        versions = list(ProcedureVersion.objects.filter(pk__in=numbers).order_by("code", "version", "pk"))
    except DatabaseError:
        return {}
    found: dict[str, dict[ProcedureVersion, int]] = {}
    for version in versions:
        found.setdefault(version.code, {})[version] = numbers[version.pk]
    return found


def _outdated(known: Mapping[str, Procedure]) -> Iterator[str]:
    """Yield the agreements that follow another version; by reference alone: who asks may not see every title."""
    present = {rules.digest for rules in known.values()}
    rows = Agreement.objects.kept().select_related("procedure_version").exclude(procedure_version__digest__in=present)
    for agreement in rows.order_by("procedure_version__code", "reference"):
        followed = agreement.procedure_version
        rules = known.get(followed.code)
        if rules is None:
            now = _("the procedure is no longer in use")
        else:
            now = _("in use: %(version)s") % {
                "version": version_words(ProcedureVersion(code=rules.code, version=rules.version, digest=rules.digest))
            }
        yield f"{agreement.reference}  {followed.code}  {version_words(followed)}  {now}"


# ---- one of them ----
def _text(rules: Procedure) -> str:
    return "\n".join(_told(rules))


_FORMATS = {"text": _text, "svg": svg, "mermaid": mermaid}


def _told(rules: Procedure) -> Iterator[str]:
    """Yield a procedure line by line: its head, the path, the steps and what each needs, the tasks."""
    yield pick(rules.title).text
    yield _("Code “%(code)s”, version %(version)s.") % {"code": rules.code, "version": rules.version}
    yield _("Binding.") if rules.binding else _("Not binding: it takes effect, it does not enter into force.")
    yield rules.digest
    yield from _headed(_("Path"))
    for stage in rules.path:
        yield f"  {rules.stage_label(stage)}{_stay(rules, stage)}"
    others = [stage for stage in rules.stages if stage not in rules.path]
    if others:
        yield from _headed(_("Other stages"))
        yield from (f"  {rules.stage_label(stage)}{_stay(rules, stage)}" for stage in others)
    along = list(onward(rules))
    for title, names in (
        (_("Steps along the path"), along),
        (_("Other ways out and back"), [name for name in rules.transitions if name not in along]),
    ):
        yield from _headed(title)
        for name in names:
            yield from _step(rule_of(rules, name))
    if rules.tasks:
        yield from _headed(_("Tasks that it gives"))
        for task in assignments_of(rules):
            yield from _task(task)
    yield from _headed(_("Reminders"))
    for one in reminders_of(rules):
        yield f"  {one.thing} ({one.source})"
        yield from (f"    - {when}: {whom}" for when, whom in one.steps)


def _headed(title: str) -> Iterator[str]:
    yield ""
    yield title


def _stay(rules: Procedure, stage: Any) -> str:
    days = rules.stages[stage].usual_days
    if not days:
        return ""
    return ", " + ngettext("usually %(number)s day", "usually %(number)s days", days) % {"number": days}


def _step(rule: Rule) -> Iterator[str]:
    sources = ", ".join(label for _stage, label in rule.sources)
    mark = f" ({_('by itself, when the day comes')})" if rule.automatic else ""
    yield f"  {rule.label}{mark}: {sources} → {rule.target_label}"
    for sentence, law in rule.needs:
        yield f"    - {sentence}"
        if law:
            yield f"      {law}"


def _task(task: Assignment) -> Iterator[str]:
    yield f"  {task.title}"
    told = (
        (_("Before the step"), task.step),
        (_("Whose"), task.whose),
        (_("When it is there"), task.when),
        (_("Due"), task.due),
        (_("Law"), task.law),
        (_("Waits for"), "; ".join(task.after)),
        (_("What ends it"), task.ends),
    )
    yield from (f"    {label}: {text}" for label, text in told if text)
