"""Tasks on pages: on the agreement, in the list, and the forms that add, change and end them."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements import registers, tasks
from agreements.choices import Level, Stage
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry, Task
from tests.pages.conftest import words
from tests.pages.test_agreement import page, panel
from tests.pages.test_participation import address, messages_of


def on(text):
    return FuzzyDate.parse(text)


@pytest.fixture
def signing(make_agreement, lawyer):
    """An agreement that is being prepared for signing on 28 February 2025."""
    agreement = make_agreement(procedure="ratified", stage=Stage.SIGNING, on=on("2024-12-01"))
    with registers.editing(agreement, by=lawyer) as fresh:
        fresh.planned_signing = on("2025-02-28")
    return Agreement.objects.get(pk=agreement.pk)


def task_of(agreement, code, **given):
    return Task.objects.get(agreement=agreement, code=code, **given)


def test_the_page_of_an_agreement_shows_what_is_to_be_done_by_when_and_by_which_law(signing, at_officer):
    told = panel(page(at_officer, signing), "tasks")
    assert told.startswith("Tasks, counted back from the planned signing 0 of 7 done Add a task")
    assert (
        "Submit the proposal to sign to the Government Law on International Treaties of the Republic of Kazakhstan, "
        "Art. 5: the proposal to sign is submitted at least 14 calendar days before signing waits for: Obtain the "
        "scientific legal expertise of the draft; Obtain the scientific linguistic expertise of the draft; Obtain the "
        "clearances of the bodies concerned Own side central executive body 14 February 2025"
    ) in told
    assert "Obtain full powers to sign: European Union" in told
    assert told.index("Submit the proposal") < told.index("Obtain the scientific legal") < told.index("Obtain full")


def test_a_lead_time_that_was_missed_and_a_task_that_is_late_say_so(signing, lawyer, at_officer):
    with registers.editing(signing, by=lawyer) as fresh:
        fresh.planned_signing = on("2025-01-05")
    tasks.add(signing, "Call Brussels", by=lawyer, due=on("2024-12-20"))
    tasks.add(signing, "Write the report", by=lawyer, due=on("2025-01-02"))
    told = panel(page(at_officer, signing), "tasks")
    assert "22 December 2024 The lead time was missed already when the date was set" in told
    assert "Call Brussels Own side 20 December 2024 late by 8 days" in told
    assert "Write the report Own side 2 January 2025 due in 5 days" in told


def test_without_a_planned_date_the_page_says_why_there_is_none(make_agreement, at_officer):
    agreement = make_agreement(procedure="ratified", stage=Stage.SIGNING)
    assert "The planned signing is not set." in panel(page(at_officer, agreement), "tasks")


@pytest.mark.parametrize(("language", "title"), [("ru", "Внести в Правительство предложение о подписании"),
                                                 ("kk", "Үкіметке қол қою туралы ұсыныс енгізу")])  # fmt: skip
def test_tasks_speak_the_readers_language(signing, at_officer, language, title):
    at_officer.cookies["django_language"] = language
    assert title in panel(page(at_officer, signing), "tasks")
    assert title in words(at_officer.get("/tasks/?of=all"))


def test_readers_see_tasks_and_no_buttons(signing, at_reader):
    told = panel(page(at_reader, signing), "tasks")
    assert "Obtain the decision to sign" in told
    assert "Add a task" not in told
    key = task_of(signing, "signing_decision").pk
    for where in ("", "done/", "drop/", "reopen/"):
        assert at_reader.get(f"/tasks/{key}/{where}").status_code == 403
    assert at_reader.post("/tasks/done/", {"task": key}).status_code == 403


def test_what_may_not_be_seen_has_no_tasks(make_agreement, lawyer, at_officer):
    secret = make_agreement(columns={"level": Level.SECRET})
    task = tasks.add(secret, "Hidden", by=lawyer)
    assert "Hidden" not in words(at_officer.get("/tasks/?of=all"))
    for where in ("", "done/", "drop/", "reopen/"):
        assert at_officer.get(f"/tasks/{task.pk}/{where}").status_code == 404
    at_officer.post("/tasks/done/", {"task": task.pk})
    assert Task.objects.get(pk=task.pk).status == "open"


def test_a_task_is_added_changed_and_dropped(signing, officer, at_officer):
    sent = {"title": "Call Brussels", "due": "January 2025", "side": "other", "person": officer.pk, "body": "EEAS"}
    response = at_officer.post(address(signing, "tasks/new/"), sent)
    assert messages_of(response) == ["Added: Call Brussels."]
    task = Task.objects.get(agreement=signing, code="")
    assert (task.due.iso, task.side, task.person, task.body.text) == ("2025-01", "other", officer, "EEAS")

    response = at_officer.post(f"/tasks/{task.pk}/", sent | {"due": "2025-01-20", "person": ""})
    assert messages_of(response)[-1] == "Saved: Call Brussels."
    assert (Task.objects.get(pk=task.pk).due.iso, Task.objects.get(pk=task.pk).person) == ("2025-01-20", None)

    assert at_officer.post(f"/tasks/{task.pk}/drop/", {"reason": ""}).status_code == 422
    response = at_officer.post(f"/tasks/{task.pk}/drop/", {"reason": "Settled"})
    assert messages_of(response)[-1] == "No longer needed: Call Brussels."
    shown = page(at_officer, signing).content.decode()
    assert f'No longer needed: Call Brussels. <a href="/tasks/{task.pk}/reopen/">Undo</a>' in shown
    response = at_officer.post(f"/tasks/{task.pk}/reopen/", {"reason": "It came back"})
    assert messages_of(response)[-1] == "Open again: Call Brussels."
    assert "Task no longer needed" in panel(page(at_officer, signing), "history")


def test_a_task_can_wait_for_the_same_one_of_either_participant(signing, at_officer):
    form = at_officer.get(address(signing, "tasks/new/")).context["form"]
    offered = [label for _key, label in form.fields["waits_for"].choices]

    assert [name for name in offered if name.startswith("Obtain full powers")] == [
        "Obtain full powers to sign: European Union",
        "Obtain full powers to sign: Kazakhstan",
    ]
    assert len(set(offered)) == len(offered)


def test_a_task_of_the_procedure_asks_only_who_does_it(signing, at_officer):
    form = at_officer.get(f"/tasks/{task_of(signing, 'signing_decision').pk}/").context["form"]
    assert set(form.fields) == {"person", "unit", "waits_for"}


def test_a_task_is_done_by_what_it_asks_for(signing, at_officer):
    expertise = task_of(signing, "legal_expertise")
    form = at_officer.get(f"/tasks/{expertise.pk}/done/").context["form"]
    assert list(form.fields) == ["on", "evidence", "remarks"]
    assert at_officer.post(f"/tasks/{expertise.pk}/done/", {"on": "2024-12-20", "evidence": ""}).status_code == 422
    response = at_officer.post(f"/tasks/{expertise.pk}/done/", {"on": "2024-12-20", "evidence": "No. 12"})
    assert messages_of(response) == ["Done: Obtain the scientific legal expertise of the draft."]
    clearances = f"/tasks/{task_of(signing, 'clearances').pk}/done/"
    response = at_officer.post(clearances, {"on": "2024-12-20", "body": "Ministry of Finance", "result": "refused"})
    assert messages_of(response)[-1] == (
        "The answer is recorded; the task stays open: Obtain the clearances of the bodies concerned."
    )
    powers = task_of(signing, "full_powers", party__code="KZ")
    assert (
        f"{address(signing, 'record/action/')}?act=full_powers&amp;party=KZ"
        in page(at_officer, signing).content.decode()
    )
    refused = at_officer.post(f"/tasks/{powers.pk}/done/", {"on": "2024-12-20"})
    assert refused.status_code == 409
    assert "Record the act of the participant: the task ends with it." in words(refused)


def test_many_are_done_at_once_and_each_refusal_is_named(signing, at_officer):
    keys = [task_of(signing, code).pk for code in ("proposal_government", "legal_expertise")]
    before = Entry.objects.count()
    response = at_officer.post("/tasks/done/", {"task": keys, "next": "/tasks/?of=all"})
    assert response["Location"] == "/tasks/?of=all"
    assert messages_of(response) == [
        "1 task is done.",
        "Obtain the scientific legal expertise of the draft (Horizontal Aviation Agreement): Cite the document that "
        "ends the task: Scientific legal expertise.",
    ]
    assert Entry.objects.count() == before + 1
    assert messages_of(at_officer.post("/tasks/done/", {}))[-1] == "Tick the tasks that are done."
    assert at_officer.post("/tasks/done/", {"next": "https://elsewhere.example/"})["Location"] == "/tasks/"
    # It is an address, whatever it looks like, and no name of a page.
    assert at_officer.post("/tasks/done/", {"next": "desk"})["Location"] == "desk"


def test_the_list_shows_mine_those_of_my_unit_and_all(signing, make_agreement, lawyer, officer, at_officer):
    def shown(query):
        return [row.title.text for row in at_officer.get(f"/tasks/?{query}").context["rows"]]

    tasks.add(signing, "Late", by=lawyer, due=on("2024-12-20"), person=officer)
    tasks.add(signing, "Soon", by=lawyer, due=on("2025-01-05"), side="other")
    assert shown("") == shown("of=mine") == ["Late"]
    assert shown("of=all")[:2] == ["Late", "Soon"]
    assert len(shown("of=all")) == 9
    assert shown("of=all&due=late") == ["Late"]
    assert shown("of=all&due=soon") == ["Soon"]
    assert len(shown("of=all&due=undated")) == 4
    assert shown("of=all&side=other") == ["Soon", "Obtain full powers to sign: European Union"]
    assert shown("of=unit") == []
    assert "Your account names no unit." in words(at_officer.get("/tasks/?of=unit"))
    with registers.editing(signing, by=lawyer) as fresh:
        fresh.officer = officer
    assert len(shown("of=mine")) == 7


def test_the_list_takes_a_fixed_number_of_queries(signing, make_agreement, at_officer):
    def queries():
        with CaptureQueriesContext(connection) as found:
            at_officer.get("/tasks/?of=all")
        return len(found)

    first = queries()
    for _number in range(3):
        make_agreement(procedure="ratified", stage=Stage.SIGNING)
    assert queries() == first <= 15


def test_the_journal_tells_what_was_done_to_tasks(signing, at_officer):
    at_officer.post(f"/tasks/{task_of(signing, 'proposal_government').pk}/done/", {"on": "2024-12-20"})
    told = panel(page(at_officer, signing), "history")
    assert "Task done: Submit the proposal to sign to the Government" in told
    assert json.loads(Entry.objects.of(signing).latest("sequence").data)["event"] == "done"
