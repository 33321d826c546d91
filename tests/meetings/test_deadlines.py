"""Deadlines in the calendar: tasks that are due, and the last day for notice of what is renewed tacitly."""

from datetime import date

import icalendar
import pytest

from agreements import calendar, registers, selections, tasks
from agreements.choices import Level, Stage
from agreements.dates import FuzzyDate
from agreements.feeds import ics
from agreements.models import Agreement, Task
from tests.conftest import signed_in
from tests.pages.conftest import words


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
    renewed = make_agreement(
        stage=Stage.IN_FORCE,
        columns={
            "valid_from": date(2014, 7, 1), "valid_until": date(2019, 6, 30), "renewal_years": 5, "notice_months": 6,
        },
    )  # fmt: skip
    found = calendar.events_for(lawyer)
    ends = "Period of validity ends in"
    assert [(event.on.iso, event.kind, event.label) for event in found] == [
        ("2028-07-03", "reminder", "Last day for notice in 180 days"),
        ("2028-10-01", "reminder", "Last day for notice in 90 days"),
        ("2028-11-30", "reminder", "Last day for notice in 30 days"),
        ("2028-12-23", "reminder", "Last day for notice in 7 days"),
        ("2028-12-30", "notice", "Last day for notice"),
        ("2029-01-01", "reminder", f"{ends} 180 days"),
        ("2029-04-01", "reminder", f"{ends} 90 days"),
        ("2029-05-31", "reminder", f"{ends} 30 days"),
        ("2029-06-23", "reminder", f"{ends} 7 days"),
        ("2029-06-30", "validity", "Valid until"),
    ]
    within = calendar.events_for(lawyer, within=calendar.Days(date(2029, 1, 2), date(2029, 12, 31)))
    assert [event.uid for event in within] == [
        f"{renewed.pk}.{name}.3@pacta" for name in ("end-90", "end-30", "end-7", "validity")
    ]


@pytest.mark.django_db
def test_reminders_are_days_of_their_own_in_the_calendar_and_in_feeds(
    make_agreement, lawyer, django_assert_num_queries
):
    ending = make_agreement(stage=Stage.IN_FORCE, columns={"valid_until": date(2025, 8, 1)})
    make_agreement(stage=Stage.SIGNED, columns={"valid_until": date(2025, 8, 1)})  # it is not in force yet
    make_agreement(stage=Stage.IN_FORCE, columns={"valid_until": date(2025, 9, 1)})
    with django_assert_num_queries(4):  # nothing is renewed: the days follow from the columns; and the procedure
        (event,) = calendar.events_for(lawyer, within=calendar.Days(date(2025, 2, 1), date(2025, 2, 28)))
    assert (event.on.iso, event.uid) == ("2025-02-02", f"{ending.pk}.end-180@pacta")
    assert event.summary == "Period of validity ends in 180 days: Horizontal Aviation Agreement"
    assert event.description == f"{ending.reference}. The last day of validity is 1\u00a0August\u00a02025."
    client = signed_in(lawyer)
    assert "Period of validity ends in 180 days" in words(client.get("/calendar/2025/02/"))
    assert words(client.get("/calendar/2025/")).count("Period of validity ends in 180 days") == 2
    file = icalendar.Calendar.from_ical(ics.render([event], name="All", site="https://pacta.example"))
    (shown,) = file.walk("VEVENT")
    assert (shown["dtstart"].dt, shown["dtend"].dt) == (date(2025, 2, 2), date(2025, 2, 3))
    assert (shown["status"], shown["categories"].cats) == ("CONFIRMED", ["Reminder"])
