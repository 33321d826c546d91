"""Reports in the background when people ask for too much, workers die or are too slow, and rights change meanwhile."""

import os
from datetime import date, timedelta
from pathlib import Path
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db.models import F

from agreements import clock, dispatch, meetings, reports
from agreements.choices import Level, RunState
from agreements.dispatch import MOST_A_DAY, MOST_SCHEDULES, MOST_WAITING, RETRIES, NoLongerVisible, Wish
from agreements.guards import Refused
from agreements.models import Format, Meeting, Party, ReportRun, ScheduledReport, User
from agreements.questions import ask

PLAN = Wish("plan", {}, "json", "en")


@pytest.fixture
def carried_out(django_capture_on_commit_callbacks: Any) -> Any:
    """Return what carries out what was handed to the worker meanwhile."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """The folder in which the reports of one test are kept."""
    place = tmp_path / "reports"
    place.mkdir()
    kept = {"BACKEND": "agreements.documents.storage.Folder", "OPTIONS": {"location": place}}
    settings.STORAGES = settings.STORAGES | {"reports": kept}
    return place


def refused(call: Any, *args: Any, **given: Any) -> list[str]:
    with pytest.raises(Refused) as refusal:
        call(*args, **given)
    return [reason.code for reason in refusal.value.reasons]


# ---- too much ----
def test_a_person_has_so_many_reports_built_at_once_and_in_a_day(sample: Any, reader: User, officer: User) -> None:
    for _one in range(MOST_WAITING):
        dispatch.order(PLAN, by=reader)
    assert refused(dispatch.order, PLAN, by=reader) == ["runs-waiting"]
    dispatch.order(PLAN, by=officer)  # nobody else is hindered

    ReportRun.objects.update(state=RunState.DONE)
    now = clock.now()
    ReportRun.objects.bulk_create(
        ReportRun(reader=reader, asked_at=now, state=RunState.FAILED, **PLAN.columns)
        for _one in range(MOST_A_DAY - MOST_WAITING)
    )
    assert refused(dispatch.order, PLAN, by=reader) == ["runs-too-many"]
    ReportRun.objects.update(asked_at=F("asked_at") - timedelta(days=1))
    dispatch.order(PLAN, by=reader)


def test_what_was_stopped_does_not_come_back_beyond_the_bound(sample: Any, reader: User) -> None:
    given: dict[str, Any] = {"name": "Plan", "rhythm": "weekly", "recipients": [reader]}
    stopped = dispatch.schedule(PLAN, by=reader, **given)
    dispatch.stop(stopped, by=reader)
    now, day = clock.now(), clock.today()
    ScheduledReport.objects.bulk_create(
        ScheduledReport(owner=reader, name="Plan", begins_on=day, created_at=now, changed_at=now, **PLAN.columns)
        for _one in range(MOST_SCHEDULES)
    )

    assert refused(dispatch.schedule, PLAN, by=reader, **given) == ["schedules-too-many"]
    assert refused(dispatch.change, stopped, PLAN, by=reader, next_on=day, **given) == ["schedules-too-many"]


@pytest.mark.parametrize("parameter", ["with", "area", "as_of", "known_at", "since"])
def test_an_answer_repeats_little_of_what_was_asked(sample: Any, reader: User, parameter: str) -> None:
    problems = ask(reader, ("since", "party", "area"), {parameter: "9" * 100_000}).problems

    assert list(problems) == [parameter]
    assert len(problems[parameter]) < 200


def test_a_name_brings_no_lines_of_its_own_into_mails(sample: Any, reader: User, carried_out: Any) -> None:
    User.objects.filter(pk=reader.pk).update(email="reader@mfa.example")
    reader.refresh_from_db()
    given: dict[str, Any] = {"rhythm": "weekly", "recipients": [reader], "by": reader}
    made = dispatch.schedule(PLAN, name="Plan\r\nBcc: all@mfa.example\n\nSign in: http://x", **given)
    dispatch.change(made, PLAN, name="Plan\r\nBcc: all@mfa.example", next_on=date(2024, 12, 28), **given)
    with carried_out():
        dispatch.tick()

    (message,) = mail.outbox
    assert message.subject == "Pacta: Plan Bcc: all@mfa.example, 28 December 2024"
    assert (message.recipients(), "“Plan Bcc: all@mfa.example”" in message.body) == (["reader@mfa.example"], True)


# ---- workers that die, and those that are too slow ----
def test_a_report_that_kills_its_workers_is_given_up(sample: Any, reader: User, carried_out: Any) -> None:
    run = dispatch.order(Wish("plan", {}, "json", "ru"), by=reader)
    ReportRun.objects.update(
        state=RunState.BUILDING, attempts=len(RETRIES) + 1, next_attempt_at=clock.now() - timedelta(seconds=1)
    )
    with carried_out():
        dispatch.tick()
    run.refresh_from_db()

    assert (run.state, run.attempts, run.next_attempt_at) == (RunState.FAILED, 6, None)
    assert run.problem == "Неудачных попыток: 6. Больше попыток не будет."


@pytest.mark.parametrize("outcome", ["succeeds", "fails"])
def test_a_worker_that_is_too_slow_leaves_the_run_to_the_next(
    sample: Any, reader: User, folder: Path, monkeypatch: pytest.MonkeyPatch, outcome: str
) -> None:
    run = dispatch.order(PLAN, by=reader)
    build, overtaken = reports.REPORTS["plan"].build, []

    def slowly(user: User, **asked: Any) -> Any:
        content = build(user, **asked)
        if not overtaken:
            overtaken.append(True)
            ReportRun.objects.update(next_attempt_at=clock.now() - timedelta(seconds=1))
            dispatch.build(run.pk)  # another worker, meanwhile
            if outcome == "fails":
                raise MemoryError
        return content

    monkeypatch.setattr(reports.REPORTS["plan"], "build", slowly)
    dispatch.build(run.pk)
    run.refresh_from_db()

    assert (run.state, run.attempts, run.problem) == (RunState.DONE, 2, "")
    assert [path.name for path in folder.iterdir()] == [run.file]


def test_files_that_no_run_names_are_removed_and_nothing_else(
    sample: Any, reader: User, folder: Path, carried_out: Any
) -> None:
    with carried_out():
        run = dispatch.order(PLAN, by=reader)
    run.refresh_from_db()
    left, half, fresh, foreign = "a" * 32, "b" * 32 + ".part", "c" * 32, "minutes.docx"
    for name in (left, half, fresh, foreign):
        (folder / name).write_bytes(b"x")
    (folder / "12").mkdir()
    (folder / "12" / ("d" * 40)).write_bytes(b"x")  # a document, should both be kept in one place
    old = (clock.now() - timedelta(hours=2)).timestamp()
    for path in folder.rglob("*"):
        if path.name != fresh:
            os.utime(path, (old, old))
    dispatch.tick()

    found = sorted(path.name for path in folder.rglob("*") if path.is_file())
    assert found == sorted([run.file, fresh, foreign, "d" * 40])


# ---- rights that change meanwhile ----
class Unreachable(EmailBackend):
    """A mail server that is not there."""

    def send_messages(self, messages: Any) -> int:
        raise SMTPServerDisconnected


def test_what_was_hidden_since_it_was_built_does_not_go_by_mail(
    sample: Any, reader: User, lawyer: User, folder: Path, carried_out: Any, settings: Any
) -> None:
    council = Meeting(format=Format.objects.get(code="cooperation-council"), level=Level.INTERNAL, title_en="Hushed")
    council.earliest = council.latest = date(2025, 5, 13)
    council = meetings.arrange(council, by=lawyer, parties=[Party.objects.get(code="EU")])
    User.objects.filter(pk=reader.pk).update(email="reader@mfa.example")
    brief = Wish("brief", {"with": "EU"}, "json", "en")
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.test_dispatch_attacked.Unreachable"
    dispatch.schedule(brief, name="Brief", rhythm="weekly", recipients=[reader], first=date(2024, 12, 28), by=reader)
    with carried_out():
        dispatch.tick()
    run = ReportRun.objects.get()
    first = (folder / run.file).read_bytes()
    assert (run.state, run.problem, b"Hushed" in first) == (RunState.WAITING, "SMTPServerDisconnected", True)

    settings.EMAIL_BACKEND = working
    meetings.change(council, by=lawyer, level=Level.SECRET)
    with pytest.raises(NoLongerVisible):
        dispatch.fetch(run, by=ReportRun.objects.get().reader)
    ReportRun.objects.update(next_attempt_at=clock.now() - timedelta(seconds=1))
    with carried_out():
        dispatch.tick()
    run.refresh_from_db()

    ((_name, data, _kind),) = mail.outbox[0].attachments
    assert (run.state, run.problem, "Hushed" in str(data)) == (RunState.DONE, "", False)
    assert [path.name for path in folder.iterdir()] == [run.file]
