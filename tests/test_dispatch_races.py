"""Workers, ticks and orders that race: every report is built and sent once, and nobody passes his bound."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core import mail

from agreements import clock, dispatch
from agreements.choices import RunState
from agreements.dispatch import MOST_WAITING, Wish
from agreements.models import ReportRun, ScheduledReport, User
from tests.shared import NO_WORK
from tests.test_races import race

WORKERS = 6
PLAN = Wish("plan", {}, "json", "en")


@pytest.fixture(autouse=True)
def _tasks_stay(settings: Any) -> None:
    """Let what is handed to a worker lie: here the workers are our own."""
    settings.TASKS = NO_WORK


@pytest.mark.django_db(transaction=True)
def test_ticks_and_workers_race_for_the_same_reports(officer: User, reader: User) -> None:
    people = (officer, reader)
    for user in people:
        user.email = f"{user.username}@mfa.example"
        user.save()
    dispatch.schedule(
        PLAN, name="Plan", rhythm="daily", recipients=people, first=clock.today() - timedelta(days=9), by=officer
    )

    outcomes, faults = race(*[dispatch.tick] * WORKERS)
    assert (faults, outcomes) == ([], {"done": WORKERS})
    runs = list(ReportRun.objects.all())
    assert {run.reader for run in runs} == set(people)
    assert len(runs) == 2
    assert ScheduledReport.objects.get().next_on > clock.today()

    outcomes, faults = race(*[partial(dispatch.build, run.pk) for run in runs] * (WORKERS // 2))
    assert (faults, outcomes) == ([], {"done": WORKERS})
    assert set(ReportRun.objects.values_list("state", "attempts", "problem")) == {(RunState.DONE, 1, "")}
    assert sorted(message.to[0] for message in mail.outbox) == ["officer@mfa.example", "reader@mfa.example"]


@pytest.mark.django_db(transaction=True)
def test_orders_at_once_do_not_pass_the_same_count(reader: User) -> None:
    for _one in range(MOST_WAITING - 2):
        dispatch.order(PLAN, by=reader)

    outcomes, faults = race(*[partial(dispatch.order, PLAN, by=reader)] * WORKERS)

    assert (faults, outcomes) == ([], {"done": 2, "refused": WORKERS - 2})
    assert ReportRun.objects.count() == MOST_WAITING
