"""Reports in the background: built once when asked for, or on a schedule and sent; the one place that writes of them.

Every run is for one reader and built by his rights; its file is handed over while he may still see all that is in it.
A run waits with the moment of its next attempt. A worker that takes it holds it for a while; `tick` starts anew what
nobody took, what was held too long, and what is due on a schedule. What fails is tried again, later each time.
"""

import logging
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import storages
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import access, clock, reports
from agreements.background import task
from agreements.choices import EntryKind, Level, Rhythm, RunState
from agreements.dates import render_day
from agreements.documents.storage import Files
from agreements.guards import Reason, Refused
from agreements.models import (
    Agreement,
    Document,
    Entry,
    Meeting,
    ReportRun,
    ScheduledReport,
    UndisclosedParticipant,
    User,
)
from agreements.questions import ask, parameters
from agreements.tracks import add_months
from agreements.words import LANGUAGES

_log = logging.getLogger(__name__)
#: After so many minutes a failed attempt is repeated; after the last one it is given up.
RETRIES = (1, 5, 30, 120, 480)
#: For so long a worker may hold a run, and so long a run waits for one before it is started anew.
HELD, UNTAKEN = timedelta(minutes=20), timedelta(minutes=2)
#: So long the file of a built report is kept.
KEPT = timedelta(days=30)
#: A schedule has so many recipients at most, and a person so many schedules.
MOST_RECIPIENTS, MOST_SCHEDULES = 50, 50
#: So many reports may wait for a person at once, and so many may be ordered in a day and a night.
MOST_WAITING, MOST_A_DAY = 10, 100
#: How files of built reports are called, also while they are written: nothing else in their place is ever removed.
_OURS = re.compile(r"[0-9a-f]{32}(\.part)?")
#: A file that no run names is left alone for so long: its run may be about to name it.
_UNNAMED = timedelta(hours=1)

NO_REPORT = Reason("report-unknown", gettext_lazy("There is no such report."), asked="report", firm=True)
NO_FORMAT = Reason("format-unknown", gettext_lazy("There is no such format."), asked="form", firm=True)
NO_LANGUAGE = Reason("language-unknown", gettext_lazy("This is no language of Pacta."), asked="language", firm=True)
NO_RECIPIENT = Reason(
    "recipients-missing", gettext_lazy("Name at least one person to whom it is sent."), asked="recipients"
)
TOO_MANY = Reason(
    "recipients-too-many",
    gettext_lazy("A schedule has %(most)s recipients at most."),
    {"most": MOST_RECIPIENTS},
    asked="recipients",
)
TOO_MANY_SCHEDULES = Reason(
    "schedules-too-many",
    gettext_lazy("You have %(most)s schedules already. Stop one that is no longer needed."),
    {"most": MOST_SCHEDULES},
    firm=True,
)
WAITING = Reason(
    "runs-waiting",
    gettext_lazy("%(most)s reports are being built for you already. Wait until one is ready."),
    {"most": MOST_WAITING},
)
TOO_MANY_RUNS = Reason(
    "runs-too-many",
    gettext_lazy("You had %(most)s reports built within a day. Have others built tomorrow."),
    {"most": MOST_A_DAY},
)
NOT_YOURS = Reason("schedule-not-yours", gettext_lazy("Only who made a schedule changes it."), firm=True)
FIXED_DAY = Reason(
    "schedule-fixed-day",
    gettext_lazy("A report on a schedule looks at the day on which it is built: leave the day empty."),
    asked="as_of",
    firm=True,
)


class NoLongerVisible(Exception):
    """The reader of a built report may no longer see all that is in it."""


class Redacted(Exception):
    """A text was redacted while a report was built, and may stand in it: it is built anew."""


class TakenOver(Exception):
    """Another worker builds the run meanwhile: this one held it too long."""


@dataclass(frozen=True)
class Wish:
    """What is wanted: a report, its parameters as texts, the format and the language."""

    report: str
    parameters: Mapping[str, str]
    form: str
    language: str

    def objections(self, user: User) -> list[Reason]:
        """Return everything that stands against building it for a user."""
        found = []
        if self.form not in reports.FORMATS:
            found.append(NO_FORMAT)
        if self.language not in LANGUAGES:
            found.append(NO_LANGUAGE)
        if self.report not in reports.REPORTS:
            return [NO_REPORT, *found]
        filters = reports.REPORTS[self.report].FILTERS
        for name in sorted(set(self.parameters) - set(parameters(filters))):
            sentence = _("The report does not know the parameter “%(name)s”.") % {"name": name[:40]}
            found.append(Reason("parameter-unknown", "%(said)s", {"said": sentence}, asked=name, firm=True))
        needed, begins = reports.required(self.report), reports.begins(self.report)
        for name, sentence in ask(user, filters, self.parameters, required=needed, begins=begins).problems.items():
            found.append(Reason("parameter-invalid", "%(said)s", {"said": sentence}, asked=name, firm=True))
        return found

    @property
    def columns(self) -> dict[str, Any]:
        """The columns that keep it; empty parameters are left out."""
        kept = {name: text for name, text in self.parameters.items() if text}
        return {"report": self.report, "parameters": kept, "form": self.form, "language": self.language}


# ---- once ----
def order(wish: Wish, *, by: User) -> ReportRun:
    """Have a report built in the background for the user. Raises Refused."""
    if reasons := wish.objections(by):
        raise Refused(*reasons)
    now = clock.now()
    with transaction.atomic():
        _lock_reports_of(by)
        if reasons := list(_crowded(by, now)):
            raise Refused(*reasons)
        run = ReportRun.objects.create(reader=by, asked_at=now, next_attempt_at=now + UNTAKEN, **wish.columns)
        _start(run)
    return run


def _crowded(by: User, now: datetime) -> Iterator[Reason]:
    """Yield what stands against one more order; what schedules build does not count."""
    own = ReportRun.objects.filter(reader=by, schedule=None, asked_at__gt=now - timedelta(days=1))
    if own.filter(state__in=(RunState.WAITING, RunState.BUILDING)).count() >= MOST_WAITING:
        yield WAITING
    if own.count() >= MOST_A_DAY:
        yield TOO_MANY_RUNS


def _lock_reports_of(user: User) -> None:
    """Let nobody else order or schedule for the user meanwhile: two at once must not pass the same count."""
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)


# ---- on a schedule ----
def schedule(
    wish: Wish, *, name: str, rhythm: str, recipients: Sequence[User], first: date | None = None, by: User
) -> ScheduledReport:
    """Have a report built again and again and sent to people, from a day on (the next by default). Raises Refused."""
    reasons = _objections(wish, recipients, by)
    now = clock.now()
    begins = first or clock.today() + timedelta(days=1)
    days = {"begins_on": begins, "next_on": _first(begins, rhythm), "created_at": now, "changed_at": now}
    made = ScheduledReport(owner=by, name=_one_line(name), rhythm=rhythm, **days, **wish.columns)
    with transaction.atomic():
        _lock_reports_of(by)
        if reasons := [*reasons, *_too_many(by)]:
            raise Refused(*reasons)
        made.full_clean()
        made.save(force_insert=True)
        made.recipients.set(recipients)
    return made


def change(
    made: ScheduledReport,
    wish: Wish,
    *,
    name: str,
    rhythm: str,
    recipients: Sequence[User],
    next_on: date,
    by: User,
) -> ScheduledReport:
    """Change a schedule. Raises Refused, also for another than who made it."""
    reasons = [*([NOT_YOURS] if made.owner_id != by.pk else ()), *_objections(wish, recipients, by)]
    if reasons:
        raise Refused(*reasons)
    with transaction.atomic():
        _lock_reports_of(by)
        fresh = ScheduledReport.objects.select_for_update(of=("self",)).get(pk=made.pk)
        if fresh.stopped and (reasons := _too_many(by)):
            raise Refused(*reasons)
        days = {"begins_on": next_on, "next_on": _first(next_on, rhythm)}
        for column, value in {"name": _one_line(name), "rhythm": rhythm, **days, **wish.columns}.items():
            setattr(fresh, column, value)
        fresh.changed_at, fresh.stopped_at = clock.now(), None
        fresh.full_clean()
        fresh.save()
        fresh.recipients.set(recipients)
    return fresh


def stop(made: ScheduledReport, *, by: User) -> None:
    """Keep and build a report no longer; whoever made it does this, or leaves: a recipient takes himself off."""
    with transaction.atomic():
        fresh = ScheduledReport.objects.select_for_update(of=("self",)).get(pk=made.pk)
        if fresh.owner_id == by.pk:
            fresh.stopped_at = fresh.changed_at = clock.now()
            fresh.save(update_fields=["stopped_at", "changed_at"])
        elif fresh.recipients.filter(pk=by.pk).exists():
            fresh.recipients.remove(by)
        else:
            raise Refused(NOT_YOURS)


def _one_line(name: str) -> str:
    """Write a name on one line: it stands in mails, where a line of its own could pass for Pacta's."""
    return " ".join(name.split())


def _first(day: date, rhythm: str) -> date | None:
    return None if rhythm == Rhythm.NEVER else day


def _objections(wish: Wish, recipients: Sequence[User], by: User) -> list[Reason]:
    reasons = wish.objections(by)
    if any(wish.parameters.get(name) for name in ("as_of", "known_at")):
        reasons.append(FIXED_DAY)
    if not recipients:
        reasons.append(NO_RECIPIENT)
    if len(recipients) > MOST_RECIPIENTS:
        reasons.append(TOO_MANY)
    return reasons


def _too_many(by: User) -> list[Reason]:
    many = ScheduledReport.objects.filter(owner=by, stopped_at=None).count() >= MOST_SCHEDULES
    return [TOO_MANY_SCHEDULES] if many else []


def next_day(begins: date, rhythm: Rhythm, today: date) -> date:
    """Return the first day after today of a rhythm that begins on a day; the 31st is the last day of shorter months."""
    if begins > today:
        return begins
    match rhythm:
        case Rhythm.WEEKLY:
            return begins + timedelta(days=((today - begins).days // 7 + 1) * 7)
        case Rhythm.MONTHLY:
            months = (today.year - begins.year) * 12 + today.month - begins.month
            return next(day for day in (add_months(begins, months), add_months(begins, months + 1)) if day > today)
    return next(day for day in (today + timedelta(days=ahead) for ahead in (1, 2, 3)) if day.weekday() < 5)


# ---- what happens by itself ----
def tick() -> list[ReportRun]:
    """Make the runs that are due on schedules, start anew what nobody works on, remove old files. Return those runs."""
    for made in ScheduledReport.objects.filter(next_on__lte=clock.today(), stopped_at=None).order_by("next_on", "pk"):
        _make_runs(made.pk)
    runs = list(ReportRun.objects.due().order_by("next_attempt_at", "pk"))
    for run in runs:
        # Two ticks hand it over twice at most: whoever takes it first builds it.
        ReportRun.objects.filter(pk=run.pk, state=RunState.WAITING).update(next_attempt_at=clock.now() + UNTAKEN)
        _start(run)
    held = {str(key) for key in Agreement.objects.preserved().values_list("pk", flat=True)}
    for old in ReportRun.objects.filter(kept_until__lt=clock.today()).exclude(file=""):
        # What shows an agreement under a legal hold stays.
        if not held.intersection(old.shown) and _removed(old.file):
            ReportRun.objects.filter(pk=old.pk, file=old.file).update(file="", size=0)
    _remove_unnamed()
    return runs


def _remove_unnamed() -> None:
    """Remove the files that no run names: a worker died, or was overtaken, between a file and its row."""
    latest = clock.now() - _UNNAMED
    try:
        found = [kept.name for kept in _files().every() if _OURS.fullmatch(kept.name) and kept.modified < latest]
    except Exception:  # as it may be at any moment; the next tick looks again
        _log.exception("the files of built reports could not be listed")
        return
    named = set(ReportRun.objects.exclude(file="").values_list("file", flat=True)) if found else ()
    for name in found:
        if name not in named and _removed(name):
            _log.info("removed %s, a built report that no run names", name)


def _removed(name: str) -> bool:
    """Remove a file; whatever hinders it must not keep the others, and is tried again at the next tick."""
    try:
        _files().delete(name)
    except Exception:
        _log.exception("the file %s of a report was not removed", name)
        return False
    return True


def _make_runs(key: UUID) -> None:
    """Make a run for each recipient of a schedule, and set its next day; days that were missed are not made up for."""
    with transaction.atomic():
        made = ScheduledReport.objects.select_for_update(of=("self",)).get(pk=key)
        today, now = clock.today(), clock.now()
        if made.stopped or made.next_on is None or made.next_on > today:  # another process was faster
            return
        due = made.next_on
        for reader in made.recipients.filter(is_active=True).order_by("pk"):
            try:
                with transaction.atomic():
                    ReportRun.objects.create(
                        reader=reader, schedule=made, due_on=due, asked_at=now, next_attempt_at=now,
                        report=made.report, parameters=made.parameters, form=made.form, language=made.language,
                    )  # fmt: skip
            except IntegrityError:  # it was made before
                continue
        made.next_on = next_day(made.begins_on, Rhythm(made.rhythm), today)
        made.save(update_fields=["next_on"])


def _start(run: ReportRun) -> None:
    transaction.on_commit(lambda: build_report.enqueue(str(run.pk)))


@task()
def build_report(key: str) -> None:
    """Build a report that waits, in a worker."""
    build(UUID(key))


# ---- building ----
def build(key: UUID) -> None:
    """Build a run that waits, keep its file, and send it where it is on a schedule; another worker's is left alone."""
    run = _take(key)
    if run is None:
        return
    try:
        with translation.override(run.language):
            try:
                _carry_out(run)
            except TakenOver:
                raise
            except Exception as error:  # whatever it was, the run says so and is tried again
                _log.exception("report %s for user %s failed, attempt %s", run.report, run.reader_id, run.attempts)
                _give_up_or_wait(run, error)
    except TakenOver:
        _log.warning("report %s for user %s is built by another worker", run.report, run.reader_id)


def _take(key: UUID) -> ReportRun | None:
    with transaction.atomic():
        run = ReportRun.objects.select_for_update(of=("self",)).filter(pk=key).first()
        if run is None or run.over:
            return None
        if run.state == RunState.BUILDING and run.next_attempt_at and run.next_attempt_at > clock.now():
            return None
        if run.attempts > len(RETRIES):  # every worker that took it died of it
            with translation.override(run.language):
                run.state, run.problem = RunState.FAILED, _given_up(run)
            run.progress, run.next_attempt_at = 100, None
            run.save(update_fields=["state", "problem", "progress", "next_attempt_at"])
            _log.error("report %s for user %s: %s", run.report, run.reader_id, run.problem)
            return None
        run.state, run.attempts, run.progress, run.problem = RunState.BUILDING, run.attempts + 1, 5, ""
        run.next_attempt_at = clock.now() + HELD
        run.save(update_fields=["state", "attempts", "progress", "problem", "next_attempt_at"])
    return ReportRun.objects.select_related("reader", "schedule").get(pk=key)


def _carry_out(run: ReportRun) -> None:
    if not run.reader.is_active:
        return _end(run, RunState.FAILED, _("The account is no longer in use."))
    report = reports.REPORTS.get(run.report)
    wish = Wish(run.report, run.parameters, run.form, run.language)
    if report is None:
        return _end(run, RunState.FAILED, NO_REPORT.sentence)
    if reasons := wish.objections(run.reader):
        return _end(run, RunState.FAILED, _refusal(run, reasons))
    # An earlier attempt built it, and more is hidden since, or a text was redacted that stands in it.
    if run.file and (run.gone(clock.today()) or not is_seen(run, run.reader)):
        _files().delete(run.file)
        _note(run, file="", size=0)
    if not run.file:
        _make(run, report)
    if run.schedule_id:
        _send(run)
    _end(run, RunState.DONE, run.problem)
    return None


def _refusal(run: ReportRun, reasons: list[Reason]) -> str:
    """Say why a report is not built: to whom another sends it, without what that one asked of it."""
    if run.schedule and run.schedule.owner_id != run.reader_id:
        return _("What the report was asked for is not there, or not for you to see.")
    return " ".join(reason.sentence for reason in reasons)


def _make(run: ReportRun, report: Any) -> None:
    """Build the report, and keep its file. Raises Redacted where a text went meanwhile that may stand in it."""
    begun = clock.now()
    content = report.build(run.reader, **ask(run.reader, report.FILTERS, run.parameters).chosen)
    _note(run, progress=60)
    made = reports.render(run.report, content, run.form)
    _note(run, progress=90)
    data = made.encode() if isinstance(made, str) else made
    name = _files().save(secrets.token_hex(16), File(BytesIO(data)))
    try:
        _note(
            run,
            file=name,
            size=len(data),
            level=str(content.level),
            as_of=content.as_of,
            built_at=clock.now(),
            shown=sorted({str(key) for key in content.shown}),
            kept_until=clock.today() + KEPT,
        )
        # Asked after the row names the file: a redaction that comes later finds the row.
        if Entry.objects.filter(kind=EntryKind.REDACTION, recorded_at__gte=begun).exists():
            _note(run, file="", size=0)
            raise Redacted
    except (TakenOver, Redacted):
        _removed(name)
        raise


def _note(run: ReportRun, **columns: Any) -> None:
    """Write down what a worker has to say of the run that it holds. Raises TakenOver where another holds it by now."""
    held = ReportRun.objects.filter(pk=run.pk, state=RunState.BUILDING, attempts=run.attempts)
    if not held.update(**columns):
        raise TakenOver
    for column, value in columns.items():
        setattr(run, column, value)


def _end(run: ReportRun, state: RunState, problem: str = "") -> None:
    _note(run, state=state, problem=problem[:300], progress=100, next_attempt_at=None)
    _log.info("report %s for user %s: %s %s", run.report, run.reader_id, run.state, run.problem)


def _given_up(run: ReportRun) -> str:
    return _("It failed %(number)s times and was given up.") % {"number": run.attempts}


def _give_up_or_wait(run: ReportRun, error: Exception) -> None:
    if run.attempts > len(RETRIES):
        return _end(run, RunState.FAILED, _given_up(run))
    wait = timedelta(minutes=RETRIES[run.attempts - 1])
    _note(run, state=RunState.WAITING, next_attempt_at=clock.now() + wait, problem=type(error).__name__, progress=0)
    return None


# ---- sending ----
def _send(run: ReportRun) -> None:
    """Send a built report to its reader: attached where its level may go by mail, else as a notice."""
    if run.sent_at:
        return
    address = run.reader.email
    if not address:
        run.problem = _("No e-mail address is recorded for %(name)s: the report waits on the page.") % {
            "name": run.reader
        }
        return
    levels = list(Level)
    attached = levels.index(Level(run.level)) <= levels.index(Level(settings.MAIL_LEVEL))
    message = EmailMessage(subject=_subject(run), body=_body(run, attached=attached), to=[address])
    if attached:
        form = reports.FORMATS[run.form]
        with _files().open(run.file) as source:
            message.attach(file_name(run), source.read(), form.media_type.partition(";")[0])
    _note(run, progress=95)
    message.send()
    _note(run, sent_at=clock.now(), sent_to=address)


def _subject(run: ReportRun) -> str:
    title = str(reports.REPORTS[run.report].TITLE)
    name = run.schedule.name if run.schedule else title
    return _one_line(f"Pacta: {name}, {render_day(_day(run))}")


def _body(run: ReportRun, *, attached: bool) -> str:
    about = {"report": reports.REPORTS[run.report].TITLE, "day": render_day(_day(run))}
    lines = [
        (
            _("The report “%(report)s” of %(day)s is attached.")
            if attached
            else _("The report “%(report)s” of %(day)s is ready.")
        )
        % about
    ]
    if not attached:
        lines.append(_("Its level of confidentiality does not allow it to be sent by e-mail. Open it in Pacta."))
    if settings.PACTA_URL:
        lines.append(settings.PACTA_URL.rstrip("/") + reverse("report-runs"))
    why = _("You receive it because you are among the recipients of “%(name)s”. You can take yourself off in Pacta.")
    lines.append(why % {"name": run.schedule.name if run.schedule else ""})
    return "\n\n".join(lines) + "\n"


def _day(run: ReportRun) -> date:
    return run.as_of or timezone.localtime(run.asked_at).date()


# ---- handing over ----
def fetch(run: ReportRun, *, by: User, start: int = 0, length: int | None = None) -> Any:
    """Return the file of a run, or a part of it, in pieces.

    Raises NoLongerVisible, or FileNotFoundError where it is no longer kept.
    """
    if run.form not in reports.FORMATS or run.gone(clock.today()):
        raise FileNotFoundError(run.file)
    if run.reader_id != by.pk or not is_seen(run, by):
        raise NoLongerVisible
    return _files().stream(run.file, start, run.size if length is None else length)


#: What a built report may tell of.
_SHOWN: tuple[Any, ...] = (Agreement, Document, Meeting, UndisclosedParticipant)


def is_seen(run: ReportRun, user: User) -> bool:
    """Whether the user may see all that is in the file of a run."""
    found = sum(model.objects.for_user(user).filter(pk__in=run.shown).count() for model in _SHOWN)
    return access.reaches_anywhere(user, run.level) and found == len(run.shown)


def file_name(run: ReportRun) -> str:
    """Return the name under which the file of a run is handed over."""
    return f"{run.report}-{_day(run).isoformat()}.{reports.FORMATS[run.form].ending}"


def _files() -> Files:
    return cast(Files, storages["reports"])
