"""Lists of tasks through the API: who sees which, what filters keep, in which order, with how many queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements import lifecycle, tasks
from agreements.choices import EntryKind, Level, TaskStatus
from agreements.models import Entry, Task
from tests.api.conftest import MISSING, codes_of, day, errors_of, given, problem_of


def titles(response):
    assert response.status_code == 200
    return [row["title_label"] for row in response.json()["results"]]


def codes(response):
    assert response.status_code == 200
    return {row["code"] for row in response.json()["results"]}


# ---- who sees which ----
def test_every_reader_sees_the_tasks_of_what_he_may_see(api, officer, reader, lawyer, make_agreement):
    made = {}
    for level in Level.values:
        agreement = make_agreement(columns={"level": level})
        made[level] = tasks.add(agreement, f"Of level {level}", by=lawyer)
    for user in (reader, officer, lawyer):
        seen = {level for level in Level.values if level in Level.up_to(user.access_level)}
        rows = api(user).get("tasks/").json()["results"]
        assert {row["id"] for row in rows} == {str(made[level].pk) for level in seen}
        for level, task in made.items():
            status = 200 if level in seen else 404
            assert api(user).get(f"tasks/{task.pk}/").status_code == status
            assert api(user).get(f"agreements/{task.agreement.reference}/tasks/").status_code == status
            listed = api(user).get("tasks/", {"agreement": task.agreement.reference})
            assert listed.status_code == (200 if level in seen else 400)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "", None),
        ("patch", "", {"unit": None}),
        ("patch", "", {"nope": 1}),
        ("post", "complete/", {}),
        ("post", "drop/", {"reason": "x"}),
        ("post", "reopen/", {"reason": "x"}),
    ],
)
def test_a_hidden_task_is_answered_as_a_missing_one(api, officer, lawyer, secret, method, path, body):
    hidden = str(tasks.add(secret, "Hidden", by=lawyer).pk)

    def answer(key):
        response = getattr(api(officer), method)(f"tasks/{key}/{path}", *([body] if body is not None else []))
        assert problem_of(response) == (404, "not-found")
        return response.content.replace(key.encode(), b"KEY")

    assert answer(hidden) == answer(MISSING)
    assert Task.objects.get(pk=hidden).status == TaskStatus.OPEN


def test_a_hidden_agreement_is_as_unknown_to_filters_and_bulk_as_a_missing_one(api, officer, lawyer, secret):
    task = tasks.add(secret, "Hidden", by=lawyer, person=lawyer)
    client = api(officer)

    def refusals(reference, key):
        answers = (
            client.get("tasks/", {"agreement": reference}),
            client.post("tasks/bulk/", {"action": "add", "agreements": [reference], "title": {"en": "x"}}),
            client.post("tasks/bulk/", {"action": "complete", "tasks": [key]}),
        )
        fields = [errors_of(answer) for answer in answers]
        assert fields == [{"agreement": "unknown"}, {"agreements.0": "unknown"}, {"tasks.0": "unknown"}]
        return [answer.content.replace(reference.encode(), b"").replace(key.encode(), b"") for answer in answers]

    assert refusals(secret.reference, str(task.pk)) == refusals("AIR-0000", MISSING)
    assert errors_of(client.get("tasks/", {"person": "lawyer"})) == {"person": "unknown"}
    assert titles(client.get("tasks/", {"text": "hidden"})) == []


def test_records_opened_by_mistake_have_no_tasks(api, lawyer, signing):
    tasks.add(signing, "Call Brussels", by=lawyer)
    address = given(signing, "clearances")
    lifecycle.void(Entry.objects.of(signing).get(kind=EntryKind.OPEN), by=lawyer, reason="Opened twice")

    assert titles(api(lawyer).get("tasks/")) == titles(api(lawyer).get(signing.tasks_at)) == []
    assert problem_of(api(lawyer).get(address)) == (404, "not-found")
    assert codes_of(api(lawyer).post(signing.tasks_at, {"title": {"en": "x"}})) == ["record-void"]


# ---- lists ----
@pytest.fixture
def several(signing, make_agreement, lawyer, officer, unit):
    """Tasks of two agreements, of one of which the European Union takes part with Kazakhstan only."""
    other = make_agreement(participants=[])
    tasks.add(signing, "Answer the Note", by=lawyer, due=day("2024-12-20"), side="other", person=officer)
    tasks.add(signing, "Направить проект", by=lawyer, due=day("2025-01"), unit=unit, transition="sign")
    done = tasks.add(other, "Call Brussels", by=lawyer, due=day("2024-12-10"), side="depositary")
    tasks.complete(done, by=lawyer)
    tasks.add(other, "Report", by=lawyer)
    return {"signing": signing, "other": other}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"by_procedure": "false"}, ["Call Brussels", "Answer the Note", "Направить проект", "Report"]),
        ({"by_procedure": "false", "status": "open"}, ["Answer the Note", "Направить проект", "Report"]),
        ({"by_procedure": "false", "status": ["open", "done"], "side": "depositary"}, ["Call Brussels"]),
        ({"by_procedure": "false", "side": ["other", "depositary"]}, ["Call Brussels", "Answer the Note"]),
        ({"person": "officer"}, ["Answer the Note"]),
        ({"mine": "true"}, ["Answer the Note"]),
        ({"mine": "false", "by_procedure": "false"}, ["Call Brussels", "Направить проект", "Report"]),
        ({"unit": "legal"}, ["Направить проект"]),
        ({"transition": "sign", "by_procedure": "false"}, ["Направить проект"]),
        ({"overdue": "true"}, ["Answer the Note"]),
        ({"overdue": "false", "by_procedure": "false"}, ["Call Brussels", "Направить проект", "Report"]),
        ({"due_by__gte": "2024-12-20"}, ["Answer the Note", "Направить проект"]),
        ({"due_by__lte": "2024-12-20"}, ["Call Brussels", "Answer the Note"]),
        ({"due_by__gte": "2024-12-11", "due_by__lte": "2024-12-31"}, ["Answer the Note"]),
        ({"text": "НАПРАВИТЬ"}, ["Направить проект"]),
        ({"text": "note answer"}, ["Answer the Note"]),
        ({"text": "no such words"}, []),
        ({"party": "EU", "by_procedure": "false"}, ["Answer the Note", "Направить проект"]),
    ],
)
def test_a_list_keeps_what_its_filters_say(api, officer, several, query, found):
    assert titles(api(officer).get("tasks/", query)) == found
    if "party" not in query:
        both = [titles(api(officer).get(f"agreements/{one.reference}/tasks/", query)) for one in several.values()]
        assert sorted(both[0] + both[1]) == sorted(found)


def test_a_list_of_some_agreements(api, officer, several):
    client, one, other = api(officer), several["signing"].reference, several["other"].reference

    assert titles(client.get("tasks/", {"agreement": other})) == ["Call Brussels", "Report"]
    assert titles(client.get("tasks/", {"agreement": other})) == titles(client.get(f"agreements/{other}/tasks/"))
    assert len(titles(client.get("tasks/", {"agreement": [one, other]}))) == Task.objects.count()
    assert codes(client.get("tasks/", {"by_procedure": "true"})) >= {"legal_expertise", "full_powers"}


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ({"agreement": "nope nope nope nope"}, {"agreement": "unknown"}),
        ({"agreement": "\x00"}, {"agreement": "unknown"}),
        ({"party": "XX"}, {"party": "unknown"}),
        ({"status": "late"}, {"status": "unknown"}),
        ({"side": "them"}, {"side": "unknown"}),
        ({"person": "lawyer"}, {"person": "unknown"}),
        ({"mine": "yes"}, {"mine": "unknown"}),
        ({"unit": "nope"}, {"unit": "unknown"}),
        ({"transition": "nope"}, {"transition": "unknown"}),
        ({"by_procedure": "1"}, {"by_procedure": "unknown"}),
        ({"overdue": ""}, {"overdue": "blank"}),
        ({"overdue": "x"}, {"overdue": "unknown"}),
        ({"due_by__gte": "2024"}, {"due_by__gte": "invalid"}),
        ({"text": "x" * 201}, {"text": "max_length"}),
        ({"due": "2024-12-28"}, {"due": "unknown"}),
        ({"cursor": "x"}, {"cursor": "invalid"}),
        ({"page_size": "0"}, {"page_size": "invalid"}),
    ],
)
def test_a_parameter_that_is_not_understood(api, officer, several, query, errors):
    response = api(officer).get("tasks/", query)

    if errors:
        assert errors_of(response) == errors
        assert {error["pointer"] for error in response.json()["errors"]} == {None}
    else:
        assert response.status_code == 200


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_pages_follow_the_due_day_and_what_has_none_comes_last(api, lawyer, make_agreement, size):
    agreement = make_agreement()
    for number, due in enumerate(("2025-02", None, "2024-12-30", None, "2025-02-28", None, "2025-02-28")):
        tasks.add(agreement, f"Task {number}", by=lawyer, due=due and day(due))
    client, pages, address = api(lawyer), [], f"tasks/?page_size={size}"
    while address:
        page = client.get(address).json()
        pages.append([row["id"] for row in page["results"]])
        address = page["next"]
    back, address = [pages[-1]], page["previous"]
    while address:
        page = client.get(address).json()
        back.insert(0, [row["id"] for row in page["results"]])
        address = page["previous"]
    rows = sorted(Task.objects.all(), key=lambda task: (task.due_by is None, task.due_by or task.pk, task.pk))

    assert [key for page in pages for key in page] == [str(task.pk) for task in rows]
    assert [key for page in back for key in page] == [str(task.pk) for task in rows]


def test_a_list_takes_the_same_queries_for_one_row_and_for_three(api, officer, lawyer, unit, make_agreement):
    client = api(officer)

    def queries(address, query):
        with CaptureQueriesContext(connection) as caught:
            assert len(titles(client.get(address, query))) > 0
        return len(caught)

    def add(title):
        agreement = make_agreement()
        first = tasks.add(agreement, f"{title} first", by=lawyer, unit=unit, person=officer)
        tasks.add(agreement, title, by=lawyer, waits_for=[first], unit=unit, person=officer)
        return f"agreements/{agreement.reference}/tasks/"

    of_one = add("Alone")
    counted = [queries("tasks/", {"text": "first"}), queries(of_one, {})]
    # Signing in, the page (with a day, and without one), what each waits for, what comes before it; of one, itself.
    assert counted == [6, 7]
    add("Second")
    add("Third")
    assert queries("tasks/", {"text": "first"}) == counted[0]
    assert queries("tasks/", {}) == counted[0]
    assert queries(of_one, {}) == counted[1]
