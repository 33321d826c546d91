"""Retention: what is let go when its time is over, by rules in a file; as logged acts, and never under a legal hold.

What the journal says is never removed. Of agreements that ended long ago the free texts beside the chain are redacted,
each by an entry that says by which rule. Beside the journal, rows that only served for a while are deleted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from agreements import clock, redaction
from agreements.choices import EntryKind, Group, RunState, Stage
from agreements.guards import Refused
from agreements.models import Agreement, Entry, ReportRun, User
from agreements.tomlfiles import TableReader, tables_of
from agreements.words import LANGUAGES, pick

_FILE = Path(__file__).with_name("retention.toml")
#: The kinds of entries whose words stand beside the chain and nowhere else: no column of a record is made of them.
LETTING_GO = (
    EntryKind.NOTE,
    EntryKind.HOLD,
    EntryKind.RELEASE,
    EntryKind.STEP,
    EntryKind.ACTION,
    EntryKind.CLEARANCE,
    EntryKind.VOID,
)


class BadRetention(ValueError):
    """The file cannot be read as rules of retention; the sentence names the key and the remedy."""


@dataclass(frozen=True)
class TextRule:
    """The free texts of entries of these kinds go so many years after the end of their agreement."""

    years: int
    kinds: tuple[EntryKind, ...]


@dataclass(frozen=True)
class Rules:
    """What is let go, and when; None or nothing where it is kept for good."""

    texts: tuple[TextRule, ...] = ()
    report_days: int | None = None


@dataclass(frozen=True)
class Due:
    """Something whose time is over: what it is, how much of it, and by which rule; `held` where a hold stops it."""

    what: str
    count: int
    why: str
    held: bool = False
    agreement: Agreement | None = None
    rule: TextRule | None = None


# ---- the rules ----
def rules() -> Rules:
    """Return the rules of the ministry's file, or of Pacta's own. Raises BadRetention."""
    return _rules(Path(settings.RETENTION_FILE) if settings.RETENTION_FILE else _FILE)


@cache
def _rules(path: Path) -> Rules:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadRetention(f"RETENTION_FILE: {path} cannot be read: {fault}.") from fault
    return read(tables_of(text, file=path.name, error=BadRetention), file=path.name)


def read(tables: Mapping[str, Any], *, file: str) -> Rules:
    """Return the rules of a file. Raises BadRetention with the key and the remedy."""
    reader = TableReader(file, BadRetention)
    reader.known(tables, ("texts", "report_runs"))
    texts = []
    for row in reader.get(tables, "texts", list, default=[]):
        reader.known(row, ("years", "kinds"), "texts.")
        kinds = reader.get(row, "kinds", list, "texts.")
        if strange := [kind for kind in kinds if kind not in LETTING_GO]:
            known = ", ".join(LETTING_GO)
            raise reader.fail("texts.kinds", f"texts of “{strange[0]}” are not let go. Use some of: {known}.")
        texts.append(TextRule(_number(reader, row, "years", "texts."), tuple(map(EntryKind, kinds))))
    report_days = None
    if "report_runs" in tables:
        row = reader.get(tables, "report_runs", dict)
        reader.known(row, ("days",), "report_runs.")
        report_days = _number(reader, row, "days", "report_runs.")
    return Rules(tuple(texts), report_days)


def _number(reader: TableReader, row: Mapping[str, Any], name: str, key: str) -> int:
    number: int = reader.get(row, name, int, key)
    if number < 1:
        raise reader.fail(f"{key}{name}", "must be a whole number from 1.")
    return number


# ---- what is due ----
def due(found: Rules, today: date | None = None) -> Iterator[Due]:
    """Yield what is due, agreement by agreement and rule by rule, with what a legal hold keeps; nothing is written."""
    day = today or clock.today()
    for rule in found.texts:
        for agreement in _ended(rule, day):
            count = _texts(agreement, rule).count()
            if count:
                yield Due(agreement.reference, count, pick(_reason(rule)).text, agreement.legal_hold, agreement, rule)
    if found.report_days is not None:
        free, held = _runs(found.report_days, day)
        why = _("built reports are kept for %(days)s days") % {"days": found.report_days}
        for keys, stopped in ((free, False), (held, True)):
            if keys:
                yield Due("report runs", len(keys), why, stopped)


def apply(found: Rules, *, by: User) -> Iterator[Due]:
    """Let go what is due, each agreement in a transaction of its own, and yield it as `due` does."""
    for one in due(found):
        if one.agreement and one.rule and not one.held:
            keys = _texts(one.agreement, one.rule).values_list("pk", flat=True)
            try:
                redaction.redact_by_rule(one.agreement, keys, by=by, reason=_reason(one.rule))
            except Refused:  # a hold was set meanwhile
                yield Due(one.what, one.count, one.why, True, one.agreement, one.rule)
                continue
        elif not one.held and found.report_days is not None:
            ReportRun.objects.filter(pk__in=_runs(found.report_days, clock.today())[0]).delete()
        yield one


def _ended(rule: TextRule, day: date) -> QuerySet[Agreement]:
    """Return the agreements that certainly ended so many full years ago."""
    try:
        limit = day.replace(year=day.year - rule.years)
    except ValueError:  # 29 February
        limit = day.replace(year=day.year - rule.years, day=28)
    ended = Agreement.objects.kept().filter(stage__in=Stage.of(Group.ENDED), since_latest__lte=limit)
    return ended.order_by("reference")


def _texts(agreement: Agreement, rule: TextRule) -> QuerySet[Entry]:
    chain = Entry.objects.of(agreement).filter(kind__in=rule.kinds)
    return chain.exclude(text__salt="").exclude(text__content="")


def _reason(rule: TextRule) -> dict[str, str]:
    """Return why texts go by a rule, by language: it stays in the journal."""
    told = {}
    for language in LANGUAGES:
        with translation.override(language):
            told[language] = _("Rule of retention: %(years)s years after the end of the agreement.") % {
                "years": rule.years
            }
    return told


def _runs(days: int, day: date) -> tuple[list[Any], list[Any]]:
    """Return the keys of built reports whose time is over: those that may go, and those that show what is held."""
    limit = clock.now() - timedelta(days=days) - (clock.today() - day)
    old = ReportRun.objects.filter(state__in=(RunState.DONE, RunState.FAILED), file="", asked_at__lt=limit)
    preserved = {str(key) for key in Agreement.objects.preserved().values_list("pk", flat=True)}
    free, held = list[Any](), list[Any]()
    for key, shown in old.order_by("asked_at").values_list("pk", "shown").iterator():
        (held if preserved & set(shown) else free).append(key)
    return free, held
