"""The one command of the background: what waits is done, what is due is ticked, and it ends when it is told to."""

import time
from datetime import timedelta

import pytest
from django.core.management import call_command

from agreements import clock, dispatch, subscriptions
from agreements.choices import RunState
from agreements.dispatch import Wish
from agreements.models import Mailing, Notification, ReportRun, Routine
from tests.serving import Process
from tests.subscriptions.conftest import later, person, plain, step, watch


@pytest.mark.django_db(transaction=True)
def test_once_ticks_and_does_all_that_waits(make_agreement, lawyer, watcher, settings, capsys, office):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    agreement = make_agreement()
    watch(watcher, target=agreement)
    step(agreement, lawyer)
    run = dispatch.order(Wish("plan", {}, "json", "en"), by=lawyer)

    call_command("work", once=True)

    assert ReportRun.objects.get(pk=run.pk).state == RunState.DONE
    assert len(office.to(watcher)) == 1
    assert "notifications: 1" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_several_tick_and_work_without_doubling_and_end_gracefully(make_agreement, lawyer, watcher, tmp_path, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    agreement = make_agreement()
    watch(watcher, target=agreement)
    logs = [tmp_path / f"work{number}.log" for number in range(2)]
    given = {"MAIL_URL": "consolemail://", "LOG_LEVEL": "INFO"}
    both = [Process(("manage.py", "work", "--every", "1"), log, **given) for log in logs]
    try:
        for process in both:
            process.start()
        step(agreement, lawyer)
        run = dispatch.order(Wish("plan", {}, "json", "en"), by=lawyer)
        deadline = clock.now() + timedelta(seconds=60)
        while clock.now() < deadline and not (
            # One may do it all before the other has come so far as to end gracefully.
            all("Starting worker" in log.read_text() for log in logs)
            and Notification.objects.filter(mail="sent").exists()
            and ReportRun.objects.filter(pk=run.pk, state=RunState.DONE).exists()
        ):
            time.sleep(0.2)
        statuses = [process.stop() for process in both]
    finally:
        for process in both:
            process.kill()

    said = "".join(log.read_text() for log in logs)
    assert statuses == [0, 0], said
    assert said.count("\nSubject: Pacta: Horizontal Aviation Agreement") == 1, said
    assert list(Notification.objects.values_list("mail", flat=True)) == ["sent"]
    assert "tick failed" not in said
    assert Routine.objects.get(pk="tick").failed_at is None


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_after_the_server_has_taken_a_mail_sends_it_again_under_the_same_name(
    make_agreement, lawyer, watcher, tmp_path, settings, office, unit
):
    agreement, other = make_agreement(), person("other", unit=unit)
    for user in (watcher, other):
        watch(user, target=agreement)
    step(agreement, lawyer)
    given = {"MAIL_URL": f"smtp://{settings.EMAIL_HOST}:{settings.EMAIL_PORT}", "PACTA_URL": settings.PACTA_URL}
    process = Process(("manage.py", "work", "--every", "1"), tmp_path / "work.log", **given)
    office.taken = process.kill
    process.start()
    try:
        deadline = clock.now() + timedelta(seconds=90)
        while clock.now() < deadline and process.running is not None:
            time.sleep(0.1)
    finally:
        process.kill()
    assert len(office.mails) == 1, (tmp_path / "work.log").read_text()
    assert sorted(Mailing.objects.values_list("state", "attempts")) == [("waiting", 0), ("waiting", 1)]

    subscriptions.tick()  # the one that was begun is held for a while
    assert len(office.mails) == 2
    later()
    subscriptions.tick()

    first, second, third = office.mails
    assert first["X-Rcpt"] == third["X-Rcpt"] != second["X-Rcpt"]
    assert first["Message-ID"] == third["Message-ID"] != second["Message-ID"]
    assert first["Subject"] == third["Subject"]
    assert plain(first).splitlines()[:4] == plain(third).splitlines()[:4]
    assert sorted(Mailing.objects.values_list("state", "attempts")) == [("delivered", 1), ("delivered", 2)]
    later()
    subscriptions.tick()
    assert len(office.mails) == 3
