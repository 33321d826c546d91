"""Deadlines in the calendar: tasks that are due, and the last day for notice of what is renewed tacitly."""

from datetime import date

import pytest

from agreements import calendar, registers, selections, tasks
from agreements.choices import Level, Stage
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Task


def on(text):
    return FuzzyDate.parse(text)


def told(user, **asked):
    found = calendar.events_for(user, selections.CalendarSelection(**asked))
    return [(event.kind, event.on.iso, event.title.text) for event in found]


@pytest.mark.django_db
def test_tasks_are_there_while_they_are_open_and_move_with_the_planned_date(make_agreement, lawyer, officer):
    agreement = make_agreement(procedure="simplified", stage=Stage.SIGNING, on=on("2024-12-01"))
    tasks.add(agreement, "Call Brussels", by=lawyer, due=on("2025-01"), person=officer)
    with registers.editing(Agreement.objects.get(pk=agreement.pk), by=lawyer) as fresh:
        fresh.planned_signing = on("2025-02-28")
    assert [entry for entry in told(officer) if entry[0] == "task"] == [
        ("task", "2025-01", "Call Brussels – Horizontal Aviation Agreement"),
        ("task", "2025-02-14", "Submit the proposal to sign to the Government – Horizontal Aviation Agreement"),
    ]
    assert told(officer, mine=True) == [("task", "2025-01", "Call Brussels – Horizontal Aviation Agreement")]
    proposal = Task.objects.get(code="proposal_government")
    (event,) = [one for one in calendar.events_for(officer) if one.uid == f"{proposal.pk}@pacta"]
    assert event.summary == ("Task due: Submit the proposal to sign to the Government – Horizontal Aviation Agreement")
    assert event.description.startswith(f"{agreement.reference}\nLaw on International")
    tasks.complete(proposal, by=lawyer)
    assert [entry[1] for entry in told(officer) if entry[0] == "task"] == ["2025-01"]


@pytest.mark.django_db
def test_tasks_of_what_may_not_be_seen_are_not_there(make_agreement, lawyer, officer):
    secret = make_agreement(columns={"level": Level.SECRET})
    tasks.add(secret, "Hidden", by=lawyer, due=on("2025-01-10"))
    assert told(officer) == []
    assert told(lawyer) == [("task", "2025-01-10", "Hidden – Horizontal Aviation Agreement")]


@pytest.mark.django_db
def test_what_is_renewed_shows_its_present_period_and_the_last_day_for_notice(make_agreement, lawyer):
    make_agreement(
        stage=Stage.IN_FORCE,
        columns={
            "valid_from": date(2014, 7, 1), "valid_until": date(2019, 6, 30), "renewal_years": 5, "notice_months": 6,
        },
    )  # fmt: skip
    assert [entry[:2] for entry in told(lawyer)] == [("notice", "2028-12-30"), ("validity", "2029-06-30")]
    within = calendar.events_for(lawyer, within=calendar.Days(date(2029, 1, 1), date(2029, 12, 31)))
    assert [event.kind for event in within] == ["validity"]
