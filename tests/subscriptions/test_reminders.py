"""Reminders: whom, when, once each, the latest step of those that were missed, and no more once it is done."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agreements import delegations, procedures, registers, reminders, subscriptions, tasks
from agreements.apps import check_reminders
from agreements.choices import DeliveryState, Level
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Mailing, Notification, NotificationHead
from agreements.reminders import BadReminders, Recipient, Source, Step, Steps, Thing
from agreements.subscriptions import reminding
from tests.subscriptions.conftest import later, person, plain

TODAY = date(2024, 12, 28)
OWN = reminders.read(reminders.FILE)


def ticked(settings, day: date) -> set[tuple[str, str]]:
    """Tick on a day; return who was reminded of what since the beginning."""
    settings.PACTA_TODAY = day
    NotificationHead.objects.update(reminded_at=None)
    subscriptions.tick()
    rows = Notification.objects.exclude(reminder="")
    return {(row.person.username, row.reminder.rpartition(":")[2]) for row in rows.select_related("person")}


@pytest.mark.parametrize(
    ("days", "ahead"),
    [(8, None), (7, 7), (6, 7), (2, 7), (1, 1), (0, 0), (-1, 0), (-3, -3), (-9, -3), (-10, -10), (-40, -10)],
)
def test_the_latest_step_that_has_come_is_due(days, ahead):
    step = OWN.due(Thing.TASK, "ratified", TODAY + timedelta(days=days), TODAY)

    assert (step.ahead if step else None) == ahead


@pytest.mark.parametrize(("days", "ahead"), [(181, None), (180, 180), (91, 180), (90, 90), (30, 30), (7, 7), (0, 7)])
@pytest.mark.parametrize("thing", [Thing.NOTICE, Thing.END])
def test_periods_are_reminded_of_180_90_30_and_7_days_ahead(thing, days, ahead):
    step = OWN.due(thing, "ratified", TODAY + timedelta(days=days), TODAY)

    assert (step.ahead if step else None) == ahead


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(st.lists(st.integers(-60, 200), min_size=1, max_size=6, unique=True), st.integers(-90, 250))
def test_whatever_the_steps_nothing_is_due_early_and_nothing_later_has_come(ahead, days):
    steps = Steps(tuple(Step(Thing.TASK, one, (Recipient.OFFICER,)) for one in sorted(ahead, reverse=True)))

    step = steps.due(Thing.TASK, "", TODAY + timedelta(days=days), TODAY)

    come = [one for one in ahead if one >= days]
    assert (step.ahead if step else None) == (min(come) if come else None)


@pytest.mark.django_db
def test_a_task_is_reminded_of_step_by_step_and_goes_up_until_it_is_done(
    make_agreement, lawyer, unit, settings, office
):
    person_, head = person("responsible", unit=unit), person("boss", unit=unit, group="head")
    other = person("lawyer2", group="treaty_department", level=Level.SECRET)
    agreement = make_agreement()
    task = tasks.add(agreement, "Print it", by=lawyer, person=person_, unit=unit, due=FuzzyDate.parse("2025-01-20"))
    due = date(2025, 1, 20)
    told: set[tuple[str, str]] = set()
    for days, fresh in [
        (-8, set()), (-7, {("responsible", "7")}), (-6, set()), (-1, {("responsible", "1")}),
        (0, {("responsible", "0")}), (3, {("responsible", "-3"), ("boss", "-3")}), (5, set()),
    ]:  # fmt: skip
        now = ticked(settings, due + timedelta(days=days))
        assert now - told == fresh, days
        told = now

    assert len(office.to(person_)) == 4
    assert "Overdue since 20\u00a0January\u00a02025: Print it" in plain(office.to(head)[0])
    assert "You are told as head of the unit." in plain(office.to(head)[0])
    tasks.complete(task, by=lawyer, on=FuzzyDate.of_day(date(2025, 1, 25)))
    assert ticked(settings, due + timedelta(days=10)) == told
    assert office.to(other) == []


@pytest.mark.django_db
def test_what_was_missed_is_not_made_up_for_but_the_latest_step_comes(make_agreement, lawyer, unit, settings):
    responsible = person("responsible", unit=unit)
    agreement = make_agreement()
    tasks.add(agreement, "Print it", by=lawyer, person=responsible, unit=unit, due=FuzzyDate.parse("2025-01-20"))

    assert ticked(settings, date(2025, 1, 24)) == {("responsible", "-3")}


@pytest.mark.django_db
def test_another_due_date_reminds_anew(make_agreement, lawyer, unit, settings):
    responsible = person("responsible", unit=unit)
    task = tasks.add(
        make_agreement(), "Print it", by=lawyer, person=responsible, unit=unit, due=FuzzyDate.parse("2025-01-20")
    )
    assert ticked(settings, date(2025, 1, 20)) == {("responsible", "0")}
    tasks.change(task, by=lawyer, due=FuzzyDate.parse("2025-02-20"))

    assert ticked(settings, date(2025, 1, 21)) == {("responsible", "0")}
    assert ticked(settings, date(2025, 2, 14)) == {("responsible", "0"), ("responsible", "7")}


@pytest.mark.django_db
def test_nobody_is_reminded_of_what_he_may_not_see(make_agreement, lawyer, unit, settings):
    responsible = person("responsible", unit=unit)
    agreement = make_agreement()
    tasks.add(agreement, "Print it", by=lawyer, person=responsible, unit=unit, due=FuzzyDate.parse("2025-01-20"))
    Agreement.objects.filter(pk=agreement.pk).update(level=Level.SECRET)

    assert ticked(settings, date(2025, 1, 20)) == set()


@pytest.mark.django_db
def test_a_deputy_is_reminded_beside_whom_he_stands_in_for(make_agreement, lawyer, unit, settings):
    responsible, deputy = person("responsible", unit=unit, group="officer"), person("deputy", unit=unit)
    tasks.add(make_agreement(), "Print it", by=lawyer, person=responsible, unit=unit, due=FuzzyDate.parse("2025-01-20"))
    settings.PACTA_TODAY = date(2025, 1, 20)
    delegations.give(responsible, deputy, by=responsible, starts_on=date(2025, 1, 20), ends_on=date(2025, 1, 20))

    assert ticked(settings, date(2025, 1, 20)) == {("responsible", "0"), ("deputy", "0")}


@pytest.mark.django_db
def test_the_end_of_validity_and_the_last_day_for_notice_of_the_sample(sample, lawyer, unit, settings):
    officer = person("desk", unit=unit, group="officer")
    Agreement.objects.update(officer=officer)
    ends = {
        (row.data["thing"], row.agreement.reference, row.data["day"], row.reminder.rpartition(":")[2])
        for row in (ticked(settings, TODAY), Notification.objects.select_related("agreement"))[1]
        if row.data.get("thing") != "task"
    }

    assert ends == {("end", "RAW-23X4", "2024-12-31", "7")}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("terms", "thing"), [({}, Thing.END), ({"renewal_years": 5, "notice_months": 6}, Thing.NOTICE)]
)
def test_a_ministry_is_reminded_as_long_ahead_as_its_file_says(make_agreement, unit, settings, tmp_path, terms, thing):
    officer = person("desk", unit=unit, group="officer")
    make_agreement(stage="in_force", columns={"valid_until": date(2027, 6, 30), "officer": officer, **terms})
    file = tmp_path / "steps.toml"
    file.write_text(f'[[{thing}]]\nahead = 700\nto = ["officer"]\n', encoding="utf-8")
    settings.REMINDERS_FILE = str(file)
    last = date(2027, 6, 30) if thing == Thing.END else date(2026, 12, 30)

    assert ticked(settings, last - timedelta(days=701)) == set()
    assert ticked(settings, last - timedelta(days=700)) == {("desk", "700")}


@pytest.mark.django_db
def test_of_a_last_day_that_moved_before_the_mail_went_nothing_is_told(make_agreement, lawyer, unit, settings, office):
    officer = person("desk", unit=unit, group="officer")
    agreement = make_agreement(stage="in_force", columns={"valid_until": date(2025, 1, 20), "officer": officer})
    office.refuse = ["451 Later"]
    assert ticked(settings, date(2025, 1, 20) - timedelta(days=90)) == {("desk", "90")}
    with registers.editing(agreement, by=lawyer) as fresh:
        fresh.valid_until = date(2030, 1, 20)
    later()
    subscriptions.tick()

    assert office.mails == []
    assert Mailing.objects.get().state == DeliveryState.WITHHELD


def test_a_file_of_the_ministry_is_read_and_complaints_name_the_key(tmp_path):
    file = tmp_path / "reminders.toml"
    file.write_text('[[task]]\nahead = 14\nto = ["officer"]\nprocedures = ["ratified"]\n', encoding="utf-8")

    steps = reminders.load(str(file))

    assert steps.source == Source.MINISTRY
    assert steps.steps == (Step(Thing.TASK, 14, (Recipient.OFFICER,), ("ratified",)),)
    assert steps.due(Thing.TASK, "non_binding", TODAY, TODAY) is None

    for text, complaint in [
        ('[[task]]\nahead = "7"\nto = ["officer"]', "must be a whole number"),
        ("[[task]]\nahead = 7\nto = []", "to: is empty"),
        ('[[task]]\nahead = 7\nto = ["king"]', "'king' is not known"),
        ('[[task]]\nahead = 7\nto = ["officer", "nobody"]', "“nobody” beside others"),
        ('[[task]]\nahead = 7000\nto = ["officer"]', "must lie within 730 days"),
        ('[[tasks]]\nahead = 7\nto = ["officer"]', "tasks: is not a key here"),
        ("[[task]\n", "not a TOML file"),
    ]:
        bad = tmp_path / f"{abs(hash(text))}.toml"
        bad.write_text(text, encoding="utf-8")
        with pytest.raises(BadReminders, match=complaint):
            reminders.read(bad)
    with pytest.raises(BadReminders, match="cannot be read"):
        reminders.read(tmp_path / "absent.toml")


# ---- what procedures say ----
LAID = """
[[reminders.task]]
ahead = 20
to = ["responsible", "treaty_department"]
[[reminders.task]]
ahead = -1
to = ["nobody"]
[[reminders.end]]
ahead = 365
to = ["officer"]
"""


@pytest.fixture
def laid(tmp_path, settings):
    """A folder of the ministry in which the procedure of ratified treaties says whom it reminds itself."""
    text = procedures.place_of("ratified").read_text(encoding="utf-8")
    (tmp_path / "ratified.toml").write_text(text + LAID, encoding="utf-8")
    settings.PROCEDURES_DIR = str(tmp_path)
    return procedures.load(str(tmp_path))["ratified"]


def test_the_file_of_the_ministry_goes_before_the_procedure_and_that_before_pacta(laid, tmp_path):
    file = tmp_path / "steps.txt"
    file.write_text('[[task]]\nahead = 3\nto = ["head"]\nprocedures = ["ratified"]\n', encoding="utf-8")
    theirs, usual = reminders.load(str(file)), reminders.load()

    def told(steps: Steps, thing: Thing, own: tuple[Step, ...], code: str = "ratified") -> tuple[str, list[int]]:
        source, found = steps.of(thing, code, own)
        return source, [step.ahead for step in found]

    assert told(usual, Thing.TASK, laid.reminders) == ("procedure", [20, -1])
    assert told(usual, Thing.NOTICE, laid.reminders) == ("pacta", [180, 90, 30, 7])
    assert told(usual, Thing.END, laid.reminders) == ("procedure", [365])
    assert told(theirs, Thing.TASK, laid.reminders) == ("ministry", [3])
    assert told(theirs, Thing.END, laid.reminders) == ("procedure", [365])
    assert told(theirs, Thing.NOTICE, laid.reminders) == ("ministry", [])
    assert told(theirs, Thing.TASK, (), "simplified") == ("ministry", [])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[reminders.tasks]]\nahead = 7\nto = ['officer']", "reminders.tasks: is not a key here"),
        ("[[reminders.task]]\nahead = 7\nto = ['king']", "reminders.task 1.to: 'king' is not known"),
        ("[[reminders.end]]\nahead = 7\nto = ['head']\nprocedures = ['x']", "reminders.end 1.procedures: is not a key"),
        ("[[reminders.end]]\nahead = 7\nto = ['head']\n" * 2, "reminders.end 2.ahead: 7 is the day of another step"),
        ("[reminders]\ntask = 7", "reminders.task: must be a list"),
    ],
)
def test_complaints_about_the_reminders_of_a_procedure_name_the_key(text, complaint):
    whole = procedures.place_of("ratified").read_text(encoding="utf-8")

    with pytest.raises(procedures.BadProcedure, match=f"ratified.toml: {re.escape(complaint)}"):
        procedures.parse(f"{whole}\n{text}", "ratified.toml")


@pytest.mark.django_db
def test_agreements_are_reminded_of_by_the_version_that_they_follow(
    make_agreement, lawyer, unit, settings, laid, tmp_path
):
    responsible = person("responsible", unit=unit)
    other = person("lawyer2", unit=None, group="treaty_department", level=Level.SECRET)
    ours = make_agreement(procedure="ratified")
    settings.PROCEDURES_DIR = ""
    older = make_agreement(procedure="ratified")
    for agreement in (ours, older):
        tasks.add(agreement, "Print it", by=lawyer, person=responsible, unit=unit, due=FuzzyDate.parse("2025-01-20"))
    due_on = date(2025, 1, 20)

    ticked(settings, due_on - timedelta(days=20))
    told = {(row.person.username, row.agreement_id) for row in Notification.objects.exclude(reminder="")} - {
        (lawyer.username, ours.pk)
    }
    assert told == {("responsible", ours.pk), (other.username, ours.pk)}
    ticked(settings, due_on - timedelta(days=7))
    assert Notification.objects.filter(agreement=older, reminder__endswith=":7").count() == 1
    ticked(settings, due_on + timedelta(days=10))
    assert not Notification.objects.filter(agreement=ours, created_at__isnull=False, reminder__endswith=":-1").exists()
    assert Notification.objects.filter(agreement=older, reminder__endswith=":-10").exists()


def test_under_a_version_that_was_recorded_meanwhile_nothing_is_due_before_the_next_look():
    known = reminding._Known(OWN, {"a digest": procedures.load()["ratified"]})

    assert known.due(Thing.TASK, "a digest", TODAY, TODAY).ahead == 0
    assert known.due(Thing.TASK, "another digest", TODAY, TODAY) is None


def test_a_file_that_names_a_procedure_that_is_not_there_is_reported(tmp_path, settings):
    file = tmp_path / "steps.toml"
    file.write_text('[[task]]\nahead = 3\nto = ["head"]\nprocedures = ["ratified", "laid"]\n', encoding="utf-8")
    settings.REMINDERS_FILE = str(file)

    assert [fault.msg for fault in check_reminders(None)] == ["REMINDERS_FILE: there is no procedure 'laid'."]
