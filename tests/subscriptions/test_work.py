"""The one command of the background: what waits is done, what is due is ticked, and it ends when it is told to."""

import time
from datetime import timedelta

import pytest
from django.core.management import call_command

from agreements import clock, dispatch
from agreements.choices import RunState
from agreements.dispatch import Wish
from agreements.models import Notification, ReportRun, Routine
from tests.serving import Process
from tests.subscriptions.conftest import step, watch


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
    both = [
        Process(("manage.py", "work", "--every", "1"), tmp_path / f"work{number}.log", MAIL_URL="consolemail://")
        for number in range(2)
    ]
    try:
        for process in both:
            process.start()
        step(agreement, lawyer)
        run = dispatch.order(Wish("plan", {}, "json", "en"), by=lawyer)
        deadline = clock.now() + timedelta(seconds=60)
        while clock.now() < deadline and not (
            Notification.objects.filter(mail="sent").exists()
            and ReportRun.objects.filter(pk=run.pk, state=RunState.DONE).exists()
        ):
            time.sleep(0.2)
        statuses = [process.stop() for process in both]
    finally:
        for process in both:
            process.kill()

    said = "".join((tmp_path / f"work{number}.log").read_text() for number in range(2))
    assert statuses == [0, 0], said
    assert said.count("\nSubject: Pacta: Horizontal Aviation Agreement") == 1, said
    assert list(Notification.objects.values_list("mail", flat=True)) == ["sent"]
    assert "tick failed" not in said
    assert Routine.objects.get(pk="tick").failed_at is None
