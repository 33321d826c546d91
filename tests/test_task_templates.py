"""Templates of tasks: kept by the treaty department, given to one agreement or to many, never twice."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agreements import journal, lifecycle, registers, tasks
from agreements.choices import Level, TaskAnchor, TaskStatus
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.models import Agreement, Entry, Task, TaskTemplate, TemplateTask, Unit, User
from agreements.tasks import templates
from tests.admin.forms import filled
from tests.api.conftest import Api, errors_of, problem_of
from tests.conftest import signed_in
from tests.pages.conftest import words

Make = Callable[..., Agreement]
on = FuzzyDate.parse
#: What is to be done around a signing: the words are those of the law and of the sample's procedures.
ITEMS: list[dict[str, Any]] = [
    {"title_en": "Agree on the day of signing", "anchor": TaskAnchor.USE, "days": 7},
    {"title_en": "Print the texts", "title_ru": "Напечатать тексты", "anchor": TaskAnchor.SIGNING, "days": -5},
    {
        "title_en": "Send the text to the State Register",
        "body_en": "Ministry of Justice",
        "anchor": TaskAnchor.ENTRY,
        "days": 0,
    },
    {"title_en": "Receive their draft", "side": "other"},
]


@pytest.fixture
def template(lawyer: User) -> TaskTemplate:
    """A template of four tasks, due before and after several days."""
    return templates.keep(
        TaskTemplate(code="signing", name_en="Around a signing", name_ru="К подписанию"), ITEMS, by=lawyer
    )


@pytest.fixture
def signing(make_agreement: Make) -> Agreement:
    """An agreement that is being prepared for signing, with a planned day."""
    columns = {"planned_signing": on("2025-01-20")}
    return make_agreement(procedure="non_binding", stage="signing", on=on("2024-12-01"), columns=columns)


def due(agreement: Agreement) -> dict[str, str]:
    rows = (
        Task.objects.filter(agreement=agreement, code="")
        .exclude(status=TaskStatus.DROPPED)
        .order_by("created_at", "pk")
    )
    return {task.title_texts["en"]: task.due.iso if task.due else task.problem for task in rows}


# ---- giving their tasks ----
def test_due_dates_are_counted_and_follow_what_they_are_counted_from(
    template: TaskTemplate, signing: Agreement, lawyer: User
) -> None:
    (applied,) = templates.apply(template, [signing], by=lawyer)
    assert (len(applied.made), applied.there, list(applied.reasons)) == (4, 0, [])
    assert due(signing) == {
        "Agree on the day of signing": "2025-01-04",
        "Print the texts": "2025-01-15",
        "Send the text to the State Register": "date:planned_entry_into_force",
        "Receive their draft": "",
    }
    with registers.editing(signing, by=lawyer) as fresh:
        fresh.planned_signing, fresh.planned_entry_into_force = on("2025-01-30"), on("2025-03")
    assert due(signing) == {
        "Agree on the day of signing": "2025-01-04",
        "Print the texts": "2025-01-25",
        "Send the text to the State Register": "2025-03",
        "Receive their draft": "",
    }
    with registers.editing(signing, by=lawyer) as fresh:
        fresh.planned_signing = None
    assert due(signing)["Print the texts"] == "date:planned_signing"
    printed = Task.objects.get(agreement=signing, search_text__contains="print")
    assert tasks.problem_words(printed) == "The planned signing is not set."
    assert list(tasks.differing()) == []


def test_a_due_date_that_a_person_sets_stays(template: TaskTemplate, signing: Agreement, lawyer: User) -> None:
    templates.apply(template, [signing], by=lawyer)
    printed = Task.objects.get(agreement=signing, search_text__contains="print")
    tasks.change(printed, by=lawyer, title="Print the texts in three languages", due=printed.due)
    with registers.editing(signing, by=lawyer) as fresh:
        fresh.planned_signing = on("2025-01-30")
    assert due(signing)["Print the texts in three languages"] == "2025-01-25"
    tasks.change(printed, by=lawyer, due=on("2025-01-10"))
    with registers.editing(signing, by=lawyer) as fresh:
        fresh.planned_signing = on("2025-02-28")
    assert due(signing)["Print the texts in three languages"] == "2025-01-10"
    assert list(tasks.differing()) == []


def test_nobody_s_tasks_of_a_text_without_rules_follow_too(
    template: TaskTemplate, signing: Agreement, lawyer: User
) -> None:
    templates.keep(template, [ITEMS[1] | {"side": "nobody"}], by=lawyer)
    templates.apply(template, [signing], by=lawyer)
    assert Agreement.objects.get(pk=signing.pk).ball_by_tasks == ""
    with registers.editing(signing, by=lawyer) as fresh:
        fresh.planned_signing = on("2025-01-30")
    assert due(signing) == {"Print the texts": "2025-01-25"}


def test_what_comes_of_it_is_said_and_nothing_is_given_twice(
    template: TaskTemplate, signing: Agreement, make_agreement: Make, officer: User, lawyer: User
) -> None:
    other, secret = make_agreement(), make_agreement(columns={"level": Level.SECRET})
    templates.apply(template, [signing], by=officer)
    tasks.complete(Task.objects.get(agreement=signing, search_text__contains="agree"), by=officer)
    tasks.drop(Task.objects.get(agreement=signing, search_text__contains="draft"), by=officer, reason="It came.")
    found = templates.apply(template, [signing, other, secret], by=officer)
    assert [(len(one.made), one.there, [reason.code for reason in one.reasons]) for one in found] == [
        (1, 3, []),  # what was no longer needed is given again
        (4, 0, []),
        (0, 0, ["not-permitted"]),
    ]
    assert Task.objects.filter(origin__template=template).count() == 9
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.filter(agreement=signing, status=TaskStatus.DROPPED).update(status=TaskStatus.OPEN)
    assert [one.there for one in templates.apply(template, [signing, other], by=lawyer)] == [4, 4]
    lifecycle.perform(Agreement.objects.get(pk=signing.pk), "reopen", on=on("2024-12-27"), by=officer)
    assert [len(one.made) for one in templates.apply(template, [signing], by=lawyer)] == [4]  # the next text


def test_each_task_is_journalled_with_its_template(template: TaskTemplate, signing: Agreement, lawyer: User) -> None:
    templates.apply(template, [signing], by=lawyer)
    entries = list(Entry.objects.of(signing).filter(kind="task").order_by("sequence"))
    told = [journal.data_of(entry) for entry in entries]
    assert [(data["event"], data["template"], data.get("anchor"), data.get("days")) for data in told] == [
        ("added", "signing", None, None),
        ("added", "signing", "planned_signing", -5),
        ("added", "signing", "planned_entry_into_force", 0),
        ("added", "signing", None, None),
    ]
    assert journal.text_of(entries[1])["what"] == {"en": "Print the texts", "ru": "Напечатать тексты"}
    assert list(journal.verify()) == []


def test_an_empty_template_gives_nothing_and_says_so(signing: Agreement, lawyer: User) -> None:
    empty = templates.keep(TaskTemplate(code="empty", name_en="Empty"), by=lawyer)
    (applied,) = templates.apply(empty, [signing], by=lawyer)
    assert [reason.sentence for reason in applied.reasons] == ["The template has no tasks."]


@pytest.mark.parametrize("rows", [1, 6])
def test_the_queries_do_not_grow_with_the_agreements(
    template: TaskTemplate, make_agreement: Make, lawyer: User, rows: int
) -> None:
    """One transaction for all: applying, adding, ending."""
    made = [make_agreement(procedure="ratified", stage="signing", on=on("2024-12-01")) for _number in range(rows)]
    counts = []
    with CaptureQueriesContext(connection) as caught:
        applied = templates.apply(template, made, by=lawyer)
    counts.append(len(caught))
    with CaptureQueriesContext(connection) as caught:
        tasks.add_many(made, "Report", by=lawyer, due=on("2025-01-10"))
    counts.append(len(caught))
    ended = [task for one in applied for task in one.made]
    with CaptureQueriesContext(connection) as caught:
        assert all(not one.reasons for one in tasks.complete_many(ended, by=lawyer))
    counts.append(len(caught))
    given = {"result": "with_remarks", "body": "Ministry of Justice", "remarks": "See annex"}
    cleared = list(Task.objects.filter(code="clearances").select_related("agreement").order_by("pk"))
    with CaptureQueriesContext(connection) as caught:
        assert {one.task.answered for one in tasks.complete_many(cleared, by=lawyer, **given)} == {True}
    counts.append(len(caught))
    expertise = list(Task.objects.filter(code="legal_expertise").select_related("agreement").order_by("pk"))
    with CaptureQueriesContext(connection) as caught:
        done = tasks.complete_many(expertise, by=lawyer, evidence="No. 12")
    assert {(one.task.status, one.task.answered) for one in done} == {("done", True)}
    counts.append(len(caught))
    assert counts == COUNTS
    assert list(journal.verify()) == []
    assert list(tasks.differing()) == []


#: Applying, adding, ending, ending by an answer, ending by a document.
COUNTS = [15, 13, 15, 17, 17]


def test_of_many_each_is_ended_by_itself(make_agreement: Make, lawyer: User, officer: User) -> None:
    signing = make_agreement(procedure="ratified", stage="signing", on=on("2024-12-01"))
    secret = make_agreement(columns={"level": Level.SECRET})
    named = {task.code: task for task in Task.objects.filter(agreement=signing, party=None).order_by("pk")}
    hidden = tasks.add(secret, "Hidden", by=lawyer)
    own = tasks.add(signing, "Call", by=officer)
    asked = [named["legal_expertise"], own, hidden, own, named["proposal_government"]]
    found = tasks.complete_many(asked, by=officer, on=on("2024-12-20"))
    assert [[reason.code for reason in one.reasons] for one in found] == [
        ["citation-missing"], [], ["not-permitted"], ["task-not-open"], [],
    ]  # fmt: skip
    assert [one.task.status for one in found] == ["open", "done", "open", "done", "done"]
    refused = tasks.complete_many([named["clearances"]], by=officer, result="refused", body="Ministry of Finance")
    assert [(one.task.status, one.task.result, list(one.reasons)) for one in refused] == [("open", "refused", [])]


# ---- keeping them ----
def test_who_keeps_no_reference_data_keeps_no_template(template: TaskTemplate, officer: User) -> None:
    for write in (
        lambda: templates.keep(template, [], by=officer),
        lambda: templates.remove(template, by=officer),
    ):
        with pytest.raises(Refused):
            write()
    assert TemplateTask.objects.count() == 4


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"title_ru": ""}, "Say in one language at least what is to be done."),
        ({"title_en": "x", "anchor": "planned_signing"}, "Give both or neither"),
        ({"title_en": "x", "days": 3}, "Give both or neither"),
        ({"title_en": "x", "side": "goal"}, "is not a valid choice"),
        ({"title_en": "x", "anchor": "use", "days": 9999}, "Give both or neither"),
    ],
)
def test_a_task_that_makes_no_sense_is_refused(template: TaskTemplate, lawyer: User, given: Any, said: str) -> None:
    with pytest.raises(ValidationError) as error:
        templates.keep(template, [ITEMS[0], given], by=lawyer)
    assert said in str(error.value)
    assert "2. " in str(error.value)
    assert TemplateTask.objects.count() == 4


def test_what_was_given_outlives_its_template(template: TaskTemplate, signing: Agreement, lawyer: User) -> None:
    templates.apply(template, [signing], by=lawyer)
    templates.remove(template, by=lawyer)
    with registers.editing(signing, by=lawyer) as fresh:
        fresh.planned_signing = on("2025-01-30")
    assert due(signing)["Print the texts"] == "2025-01-25"
    assert list(tasks.differing()) == []


# ---- pages ----
def told(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_the_page_shows_what_a_template_holds_and_applies_it(
    template: TaskTemplate, signing: Agreement, officer: User, reader: User
) -> None:
    client = signed_in(officer)
    page = f"/agreements/{signing.reference}/"
    where = f"/tasks/templates/?agreement={signing.reference}"
    assert f'href="{where}"' in client.get(page).content.decode()
    shown = words(client.get(where))
    assert (
        "Around a signing 4 Apply : Around a signing What is to be done Whose task it is Due "
        "Agree on the day of signing Own side Day on which the template is applied: 7 days after "
        "Print the texts Own side Planned signing: 5 days before "
        "Send the text to the State Register Own side Ministry of Justice Planned entry into force: that day "
        "Receive their draft Other side –"
    ) in shown
    address = f"/tasks/templates/signing/?agreement={signing.reference}"
    assert f'href="{address}"' in client.get(where).content.decode()
    form = client.get(address)
    sent = filled(form)
    assert (sent["agreements"], sent["on"]) == ([signing.reference], ["2024-12-28"])
    response = client.post(address, sent)
    assert response["Location"] == f"{page}#tasks"
    assert told(response) == ["4 tasks were added."]
    assert told(client.post(address, sent))[-1] == "0 tasks were added. 4 were there already."
    assert client.post(address, {"on": "2024-12-28"}).status_code == 422
    assert "Apply" not in words(signed_in(reader).get("/tasks/templates/")).replace("Apply the", "")
    assert signed_in(reader).get(address).status_code == 403


def test_it_is_applied_to_what_the_list_shows(
    template: TaskTemplate, signing: Agreement, make_agreement: Make, officer: User, monkeypatch: Any
) -> None:
    more = [
        make_agreement(kind="memorandum", stage="signing", titles={"en": f"M {n}"}, short_titles={}) for n in range(3)
    ]
    hidden = make_agreement(stage="signing", columns={"level": "secret"})
    client = signed_in(officer)
    address = "/tasks/templates/signing/?stage=signing&kind=memorandum"
    listed = client.get("/agreements/?stage=signing&kind=memorandum").content.decode()
    assert '<option value="template">Tasks from a template</option>' in listed
    led = client.get("/agreements/many/?act=template&all=1&stage=signing&kind=memorandum")
    assert led["Location"] == "/tasks/templates/?stage=signing&kind=memorandum"
    sent = filled(client.get(address))
    assert sent["agreements"] == [agreement.reference for agreement in more]
    assert not filled(client.get("/tasks/templates/signing/")).get("agreements")  # all there are: none is ticked
    response = client.post(address, sent | {"agreements": sent["agreements"][:2]})
    assert (response["Location"], told(response)) == ("/tasks/", ["8 tasks were added."])
    for stranger in (hidden.reference, signing.reference):
        assert client.post(address, sent | {"agreements": [stranger]}).status_code == 422
    monkeypatch.setattr("agreements.views.task_templates.MOST", 2)
    assert "The first 2 are shown." in words(client.get(address))


def test_without_a_template_the_page_says_who_keeps_them(officer: User) -> None:
    assert "The treaty department keeps them in the administration." in words(
        signed_in(officer).get("/tasks/templates/")
    )
    assert signed_in(officer).get("/tasks/templates/nothing/").status_code == 404


# ---- the administration ----
def test_the_treaty_department_keeps_them_in_the_administration(
    lawyer: User, officer: User, signing: Agreement
) -> None:
    for user in (lawyer, officer):
        user.is_staff = True
        user.save()
    Unit.objects.create(code="legal", name_en="Legal Department")
    client, add = signed_in(lawyer), reverse("admin:agreements_tasktemplate_add")
    rows = {"tasks-TOTAL_FORMS": "1", "tasks-INITIAL_FORMS": "0"} | {
        f"tasks-0-{name}": value
        for name, value in {
            "number": "1",
            "title_en": "Print",
            "side": "own",
            "anchor": "planned_signing",
            "days": "-5",
        }.items()
    }
    names = {"code": "visit", "name_en": "Before a visit", "name_ru": "", "name_kk": ""}
    assert client.post(add, names | rows).status_code == 302
    kept = TaskTemplate.objects.get()
    assert [(task.title_en, task.days) for task in kept.tasks.order_by("number", "pk")] == [("Print", -5)]
    bad = client.post(add, names | {"code": "more"} | rows | {"tasks-0-days": ""})
    assert "Give both or neither" in bad.content.decode()
    assert signed_in(officer).get(add).status_code == 403
    gone = client.post(reverse("admin:agreements_tasktemplate_delete", args=[kept.pk]), {"post": "yes"})
    assert (gone.status_code, TaskTemplate.objects.count()) == (302, 0)


# ---- programs ----
NEW = {
    "code": "visit",
    "name": {"en": "Before a visit", "kk": "Сапар алдында"},
    "tasks": [
        {"title": {"en": "Print the texts"}, "anchor": "planned_signing", "days": -5, "unit": "legal"},
        {"title": {"en": "Receive their draft"}, "side": "other", "body": {"en": "Ministry of Justice"}},
    ],
}


def test_programs_keep_templates(lawyer: User, officer: User) -> None:
    Unit.objects.create(code="legal", name_en="Legal Department")
    api, address = Api(lawyer), "task-templates/visit/"
    made = api.post("task-templates/", NEW)
    assert (made.status_code, made["Location"]) == (201, f"http://testserver/api/v1/{address}")
    (first, second), version = made.json()["tasks"], made["ETag"]
    assert {name: first[name] for name in ("title", "side", "unit", "anchor", "days")} == {
        "title": {"en": "Print the texts", "ru": "", "kk": ""}, "side": "own", "unit": "legal",
        "anchor": "planned_signing", "days": -5,
    }  # fmt: skip
    assert [row["code"] for row in Api(officer).get("task-templates/").json()["results"]] == ["visit"]
    changed = api.patch(
        address, {"name": {"ru": "Перед визитом"}, "tasks": [second, {"title": {"en": "Write"}}]}, match=version
    )
    assert [(task["title"]["en"], task["id"] == second["id"]) for task in changed.json()["tasks"]] == [
        ("Receive their draft", True), ("Write", False),
    ]  # fmt: skip
    assert changed.json()["name"] == {"en": "Before a visit", "ru": "Перед визитом", "kk": "Сапар алдында"}
    assert problem_of(api.patch(address, {"name": {"en": "x"}}, match=version))[0] == 412
    assert problem_of(api.patch(address, {"name": {"en": "x"}}, match=""))[0] == 428
    assert errors_of(api.patch(address, {"code": "x"})) == {"code": "read_only"}
    assert errors_of(api.post("task-templates/", NEW | {"code": "visit"})).keys() == {"code"}
    assert errors_of(api.post("task-templates/", NEW | {"code": "a b"})).keys() == {"code"}
    assert errors_of(
        api.post("task-templates/", NEW | {"code": "x", "tasks": [{"title": {"en": "x"}, "days": 1}]})
    ).keys() == {"tasks"}
    for ask in (
        lambda: Api(officer).post("task-templates/", NEW),
        lambda: Api(officer).patch(address, {"name": {"en": "x"}}),
        lambda: Api(officer).delete(address, match="*"),
    ):
        assert problem_of(ask()) == (403, "not-permitted")
    assert api.delete(address, match="*").status_code == 204
    assert problem_of(api.get(address)) == (404, "not-found")


def test_programs_apply_templates(
    template: TaskTemplate, signing: Agreement, make_agreement: Make, officer: User, reader: User, lawyer: User
) -> None:
    other = make_agreement()
    asked = {"agreements": [signing.reference, other.reference], "on": "2025-02-01"}
    first, second = Api(officer).post("task-templates/signing/apply/", asked).json()["results"]
    assert (first["agreement"], first["done"], first["there"], first["reasons"]) == (signing.reference, True, 0, [])
    told = [[task[key] for key in ("title_label", "template", "anchor", "days", "due")] for task in first["made"]]
    assert [(*row, due and due["iso"]) for *row, due in told] == [
        ("Agree on the day of signing", "signing", "", None, "2025-02-08"),
        ("Print the texts", "signing", "planned_signing", -5, "2025-01-15"),
        ("Send the text to the State Register", "signing", "planned_entry_into_force", 0, None),
        ("Receive their draft", "signing", "", None, None),
    ]  # fmt: skip
    again = Api(officer).post("task-templates/signing/apply/", asked).json()["results"]
    assert [(one["done"], one["there"], one["made"]) for one in again] == [(True, 4, [])] * 2
    assert len(second["made"]) == 4
    hidden = make_agreement(columns={"level": "secret"})
    assert errors_of(Api(officer).post("task-templates/signing/apply/", {"agreements": [hidden.reference]})).keys() == {
        "agreements.0"
    }
    assert problem_of(Api(reader).post("task-templates/signing/apply/", asked)) == (403, "not-permitted")
    Agreement.objects.filter(pk=other.pk).update(is_void=True)
    assert errors_of(Api(lawyer).post("task-templates/signing/apply/", asked)).keys() == {"agreements.1"}
