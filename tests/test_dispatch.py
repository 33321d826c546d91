"""Reports in the background and on a schedule: whose rights, how often, what when it fails, what goes by mail."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import override_settings
from pypdf import PdfReader

from agreements import clock, dispatch, registers, reports
from agreements.choices import Level, Rhythm, RunState
from agreements.dispatch import RETRIES, NoLongerVisible, Wish
from agreements.guards import Refused
from agreements.models import Agreement, ReportRun, ScheduledReport, User

AVIATION = "AIR-7Q4M"
NOW = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)  # a Monday


def wish(report: str = "portfolio", form: str = "json", language: str = "en", **asked: str) -> Wish:
    return Wish(report, asked, form, language)


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.code for reason in refusal.value.reasons]


def content(run: ReportRun, by: User) -> bytes:
    return b"".join(dispatch.fetch(run, by=by))


@pytest.fixture
def carried_out(django_capture_on_commit_callbacks: Any) -> Any:
    """Return what carries out what was handed to the worker meanwhile."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


# ---- once ----
@pytest.mark.parametrize("form", ["json", "pdf", "csv"])
def test_a_report_is_built_in_the_background_for_its_reader(
    sample: Any, reader: User, carried_out: Any, form: str
) -> None:
    with carried_out():
        run = dispatch.order(wish(form=form, **{"with": "EU", "area": ""}), by=reader)
        assert (run.state, run.progress, run.parameters) == (RunState.WAITING, 0, {"with": "EU"})
    run.refresh_from_db()

    assert (run.state, run.progress, run.attempts, run.problem) == (RunState.DONE, 100, 1, "")
    assert (run.level, len(run.shown), run.as_of) == ("internal", 8, date(2024, 12, 28))
    made = content(run, reader)
    assert len(made) == run.size
    assert dispatch.file_name(run) == f"portfolio-2024-12-28.{form}"
    if form == "pdf":
        assert "Portfolio" in PdfReader(BytesIO(made)).pages[0].extract_text()
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("asked", "reasons"),
    [
        (wish("gossip"), ["report-unknown"]),
        (wish(form="docm", language="fr"), ["format-unknown", "language-unknown"]),
        (wish(agreement=AVIATION), ["parameter-unknown"]),
        (wish(**{"with": "XX", "as_of": "soon"}), ["parameter-invalid", "parameter-invalid"]),
        (Wish("participation", {"agreement": "XXX-0000"}, "json", "en"), ["parameter-invalid"]),
    ],
)
def test_a_bad_wish_is_refused_whole(sample: Any, reader: User, asked: Wish, reasons: list[str]) -> None:
    with pytest.raises(Refused) as refusal:
        dispatch.order(asked, by=reader)

    assert codes(refusal) == reasons
    assert not ReportRun.objects.exists()


def test_it_is_built_once_whoever_takes_it(sample: Any, reader: User, carried_out: Any) -> None:
    with carried_out():
        run = dispatch.order(wish(), by=reader)
        ReportRun.objects.filter(pk=run.pk).update(
            state=RunState.BUILDING, next_attempt_at=clock.now() + timedelta(minutes=9)
        )
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.BUILDING, 0)  # another worker holds it

    ReportRun.objects.filter(pk=run.pk).update(next_attempt_at=clock.now() - timedelta(seconds=1))
    with carried_out():
        assert [due.pk for due in dispatch.tick()] == [run.pk]  # it held it too long
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.DONE, 1)
    dispatch.build(run.pk)
    run.refresh_from_db()
    assert run.attempts == 1


# ---- rights ----
def test_it_is_built_by_the_rights_of_its_reader(sample: Any, reader: User, lawyer: User, carried_out: Any) -> None:
    with registers.editing(Agreement.objects.get(reference=AVIATION), by=lawyer) as agreement:
        agreement.level = Level.SECRET
    with carried_out():
        hers, his = dispatch.order(wish(), by=lawyer), dispatch.order(wish(), by=reader)
    for run in (hers, his):
        run.refresh_from_db()

    assert AVIATION.encode() in content(hers, lawyer)
    assert AVIATION.encode() not in content(his, reader)
    assert (hers.level, his.level) == ("secret", "internal")
    with pytest.raises(NoLongerVisible):
        content(hers, reader)
    with pytest.raises(NoLongerVisible):
        content(his, lawyer)  # for its reader alone, whatever others may see


@pytest.mark.parametrize("change", ["raise the agreement", "lower the reader", "deactivate the reader"])
def test_what_may_no_longer_be_seen_is_not_handed_over(
    sample: Any, reader: User, lawyer: User, carried_out: Any, change: str
) -> None:
    with carried_out():
        run = dispatch.order(wish(), by=reader)
    run.refresh_from_db()
    assert content(run, reader)
    if change == "raise the agreement":
        with registers.editing(Agreement.objects.get(reference=AVIATION), by=lawyer) as agreement:
            agreement.level = Level.SECRET
    elif change == "lower the reader":
        reader.access_level = Level.PUBLIC
    else:
        reader.is_active = False
    reader.save()

    with pytest.raises(NoLongerVisible):
        content(run, reader)


def test_a_report_on_what_is_hidden_meanwhile_is_not_built(
    sample: Any, reader: User, lawyer: User, carried_out: Any
) -> None:
    with carried_out():
        run = dispatch.order(Wish("participation", {"agreement": AVIATION}, "json", "ru"), by=reader)
        with registers.editing(Agreement.objects.get(reference=AVIATION), by=lawyer) as agreement:
            agreement.level = Level.SECRET
    run.refresh_from_db()

    assert (run.state, run.file) == (RunState.FAILED, "")
    assert run.problem == f"Соглашения «{AVIATION}» нет."


# ---- when it fails ----
def test_what_fails_is_tried_again_later_each_time(sample: Any, reader: User, carried_out: Any, settings: Any) -> None:
    settings.STORAGES = settings.STORAGES | {"reports": {"BACKEND": "tests.test_dispatch.NoStorage"}}
    with time_machine.travel(NOW, tick=False) as traveller:
        with carried_out():
            run = dispatch.order(wish(), by=reader)
        waits = []
        while True:
            run.refresh_from_db()
            if run.over:
                break
            assert (run.state, run.problem) == (RunState.WAITING, "OSError")
            waits.append(round((run.next_attempt_at - clock.now()) / timedelta(minutes=1)))
            with carried_out():
                assert dispatch.tick() == []  # not before its time
            traveller.move_to(run.next_attempt_at)
            with carried_out():
                assert [due.pk for due in dispatch.tick()] == [run.pk]

    assert waits == list(RETRIES)
    assert (run.state, run.attempts) == (RunState.FAILED, len(RETRIES) + 1)
    assert run.problem == "It failed 6 times and was given up."


class NoStorage:
    """A storage on a disk that is full."""

    def save(self, name: str, content: Any) -> str:
        raise OSError("No space left on device")

    def every(self) -> Iterator[Any]:
        raise OSError("Input/output error")


# ---- on a schedule ----
def scheduled(
    by: User, *recipients: User, rhythm: str = Rhythm.WEEKLY, first: date | None = None, **asked: Any
) -> ScheduledReport:
    return dispatch.schedule(
        Wish("deadlines", asked, "pdf", "kk"),
        name="Deadlines of the week",
        rhythm=rhythm,
        recipients=recipients or (by,),
        first=first,
        by=by,
    )


@pytest.mark.parametrize(
    ("begins", "rhythm", "today", "expected"),
    [
        ("2026-11-30", Rhythm.DAILY, "2026-11-30", "2026-12-01"),
        ("2026-11-30", Rhythm.DAILY, "2026-12-04", "2026-12-07"),
        ("2026-11-30", Rhythm.DAILY, "2026-12-05", "2026-12-07"),
        ("2026-11-30", Rhythm.WEEKLY, "2026-11-30", "2026-12-07"),
        ("2026-11-30", Rhythm.WEEKLY, "2026-12-23", "2026-12-28"),
        ("2026-01-31", Rhythm.MONTHLY, "2026-01-31", "2026-02-28"),
        ("2026-01-31", Rhythm.MONTHLY, "2026-02-28", "2026-03-31"),
        ("2026-01-31", Rhythm.MONTHLY, "2026-03-01", "2026-03-31"),
        ("2026-12-24", Rhythm.MONTHLY, "2026-11-30", "2026-12-24"),
    ],
)
def test_the_next_day_of_a_rhythm(begins: str, rhythm: Rhythm, today: str, expected: str) -> None:
    assert dispatch.next_day(date.fromisoformat(begins), rhythm, date.fromisoformat(today)) == date.fromisoformat(
        expected
    )


def test_everyone_gets_it_once_by_mail_with_the_report_attached(
    sample: Any, officer: User, reader: User, carried_out: Any
) -> None:
    for user in (officer, reader):
        user.email = f"{user.username}@mfa.example"
        user.save()
    made = scheduled(officer, officer, reader, first=date(2024, 12, 28))
    for _turn in range(3):
        with carried_out():
            dispatch.tick()

    made.refresh_from_db()
    assert made.next_on == date(2025, 1, 4)
    assert sorted(message.to[0] for message in mail.outbox) == ["officer@mfa.example", "reader@mfa.example"]
    message = mail.outbox[0]
    assert message.subject == "Pacta: Deadlines of the week, 2024 жылғы 28 желтоқсан"
    ((name, data, kind),) = message.attachments
    assert (name, kind) == ("deadlines-2024-12-28.pdf", "application/pdf")
    assert PdfReader(BytesIO(data)).metadata is not None
    runs = ReportRun.objects.order_by("sent_to")
    assert [(run.state, run.sent_to, run.due_on) for run in runs] == [
        (RunState.DONE, "officer@mfa.example", date(2024, 12, 28)),
        (RunState.DONE, "reader@mfa.example", date(2024, 12, 28)),
    ]
    assert all(run.sent_at for run in runs)


@override_settings(MAIL_LEVEL="public", PACTA_URL="https://pacta.example/")
def test_what_is_too_secret_for_mail_is_announced_only(sample: Any, reader: User, carried_out: Any) -> None:
    reader.email = "reader@mfa.example"
    reader.save()
    scheduled(reader, first=date(2024, 12, 28))
    with carried_out():
        dispatch.tick()

    (message,) = mail.outbox
    assert message.attachments == []
    assert "https://pacta.example/reports/built/" in message.body
    assert "Deadlines of the week" in message.body


def test_who_has_no_address_finds_it_on_the_page(sample: Any, reader: User, carried_out: Any) -> None:
    scheduled(reader, first=date(2024, 12, 28))
    with carried_out():
        dispatch.tick()
    run = ReportRun.objects.get()

    assert (run.state, run.sent_at, mail.outbox) == (RunState.DONE, None, [])
    assert "reader" in run.problem
    assert content(run, reader)


def test_who_may_not_see_what_is_asked_for_is_not_told_its_reference(
    make_agreement: Any, lawyer: User, officer: User, carried_out: Any
) -> None:
    secret = make_agreement(columns={"level": "secret"})
    wish = Wish("agreement", {"agreement": secret.reference}, "json", "en")
    dispatch.schedule(
        wish, name="x", rhythm="weekly", recipients=[lawyer, officer], by=lawyer, first=date(2024, 12, 28)
    )
    with carried_out():
        dispatch.tick()
    runs = {run.reader: run for run in ReportRun.objects.all()}

    assert runs[lawyer].state == RunState.DONE
    assert (runs[officer].state, runs[officer].problem) == (
        RunState.FAILED,
        "What the report was asked for is not there, or not for you to see.",
    )


def test_days_that_were_missed_are_not_made_up_for(sample: Any, reader: User, carried_out: Any) -> None:
    made = scheduled(reader, first=date(2024, 11, 1))
    with carried_out():
        dispatch.tick()
    made.refresh_from_db()

    assert ReportRun.objects.get().due_on == date(2024, 11, 1)
    assert made.next_on == date(2025, 1, 3)


def test_what_is_only_saved_is_not_built(sample: Any, officer: User, reader: User, carried_out: Any) -> None:
    made = scheduled(officer, officer, reader, rhythm=Rhythm.NEVER, first=date(2024, 12, 1))
    with carried_out():
        dispatch.tick()

    assert made.next_on is None
    assert not ReportRun.objects.exists()
    assert list(ScheduledReport.objects.for_user(reader)) == [made]


def test_who_left_or_was_deactivated_gets_nothing_more(
    sample: Any, officer: User, reader: User, lawyer: User, carried_out: Any
) -> None:
    made = scheduled(officer, officer, reader, lawyer, first=date(2024, 12, 28))
    dispatch.stop(made, by=reader)
    User.objects.filter(pk=lawyer.pk).update(is_active=False)
    with carried_out():
        dispatch.tick()
    assert [run.reader for run in ReportRun.objects.all()] == [officer]

    dispatch.stop(made, by=officer)
    ScheduledReport.objects.update(next_on=date(2024, 12, 1))
    with carried_out():
        dispatch.tick()
    assert ReportRun.objects.count() == 1


@pytest.mark.parametrize(
    ("asked", "recipients", "reasons"),
    [({"as_of": "2024-12-01"}, True, ["schedule-fixed-day"]), ({}, False, ["recipients-missing"])],
)
def test_a_schedule_that_cannot_be_is_refused(
    sample: Any, reader: User, asked: Any, recipients: bool, reasons: list[str]
) -> None:
    with pytest.raises(Refused) as refusal:
        dispatch.schedule(
            Wish("deadlines", asked, "pdf", "en"),
            name="x",
            rhythm="weekly",
            recipients=[reader] if recipients else [],
            by=reader,
        )

    assert codes(refusal) == reasons


def test_only_who_made_a_schedule_changes_it(sample: Any, officer: User, reader: User) -> None:
    made = scheduled(officer, officer, reader)
    given: dict[str, Any] = {"name": "Plan", "rhythm": "monthly", "recipients": [reader], "next_on": date(2025, 1, 31)}

    with pytest.raises(Refused) as refusal:
        dispatch.change(made, wish("plan", "docx"), by=reader, **given)
    assert codes(refusal) == ["schedule-not-yours"]
    changed = dispatch.change(made, wish("plan", "docx"), by=officer, **given)
    assert (changed.report, changed.form, changed.rhythm, changed.begins_on) == (
        "plan",
        "docx",
        "monthly",
        date(2025, 1, 31),
    )
    assert list(changed.recipients.all()) == [reader]
    assert list(ScheduledReport.objects.for_user(reader)) == [changed]
    assert not ScheduledReport.objects.for_user(User(is_active=True)).exists()


# ---- files ----
def test_files_are_removed_after_a_month(sample: Any, reader: User, carried_out: Any) -> None:
    with carried_out():
        run = dispatch.order(wish(), by=reader)
    run.refresh_from_db()
    ReportRun.objects.update(kept_until=date(2024, 12, 27))
    dispatch.tick()
    run.refresh_from_db()

    assert (run.file, run.size) == ("", 0)
    with pytest.raises(FileNotFoundError):
        content(run, reader)


@pytest.mark.parametrize("name", list(reports.REPORTS))
def test_every_report_says_what_it_shows(sample: Any, reader: User, carried_out: Any, name: str) -> None:
    asked = {"agreement": AVIATION} if name == "agreement" else {"with": "EU"} if name == "brief" else {}
    with carried_out():
        run = dispatch.order(Wish(name, asked, "json", "en"), by=reader)
    run.refresh_from_db()

    assert (run.state, run.problem) == (RunState.DONE, "")
    assert run.shown
