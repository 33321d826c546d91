"""Tasks through the API: who sees which, what lists keep, what is done to one and to many, and every refusal."""

from datetime import UTC, datetime

import pytest

from agreements import journal, participation, registers, tasks
from agreements.choices import Level
from agreements.models import Entry, Task
from tests.api.conftest import MISSING, codes_of, day, errors_of, given, message_of, problem_of, version_of


def plan(agreement, planned, *, by):
    with registers.editing(agreement, by=by) as fresh:
        fresh.planned_signing = day(planned)


def kept(address):
    return Task.objects.get(pk=address.split("/")[1])


# ---- one task ----
def test_a_task_of_the_procedure_is_told(api, reader, lawyer, signing):
    plan(signing, "2025-02-28", by=lawyer)
    task = Task.objects.get(agreement=signing, code="proposal_government")
    response = api(reader).get(f"tasks/{task.pk}/")
    record = response.json()
    first = Task.objects.filter(
        agreement=signing, code__in=("legal_expertise", "linguistic_expertise", "clearances")
    ).order_by("pk")

    assert version_of(response) == record["version"]
    assert datetime.strptime(record["version"], "%Y%m%d%H%M%S%f").replace(tzinfo=UTC) == task.changed_at
    law = record.pop("law")
    assert law == signing.rules.tasks[[rule.code for rule in signing.rules.tasks].index(task.code)].law["en"]
    assert record.pop("body") == {name: task.body_texts.get(name, "") for name in ("en", "ru", "kk")}
    assert record.pop("title") == {name: task.title_texts[name] for name in ("en", "ru", "kk")}
    assert record.pop("due")["iso"] == "2025-02-14"
    for name in ("created_at", "changed_at", "version"):
        record.pop(name)
    assert record == {
        "id": str(task.pk),
        "agreement": signing.reference,
        "text": 1,
        "code": "proposal_government",
        "by_procedure": True,
        "title_label": task.title_texts["en"],
        "body_label": task.body.text,
        "party": None,
        "transition": "sign",
        "transition_label": signing.rules.step_label("sign"),
        "side": "own",
        "side_label": "Own side",
        "unit": None,
        "person": None,
        "due_by": "2025-02-14",
        "missed": False,
        "overdue": False,
        "problem": None,
        "waits_for": [],
        "blocked_by": [str(one.pk) for one in first],
        "status": "open",
        "status_label": "open",
        "answered": False,
        "template": None,
        "anchor": "",
        "days": None,
        "done_on": None,
        "result": "",
        "remarks": "",
        "url": f"http://testserver/api/v1/tasks/{task.pk}/",
    }


def test_labels_follow_the_language_of_the_reader(api, reader, signing):
    told = api(reader).get(given(signing, "proposal_government"), Accept_Language="ru").json()

    assert told["title_label"] == told["title"]["ru"]
    assert told["side_label"] != "Own side"


def test_a_task_says_for_which_participant_it_is(api, reader, signing):
    told = api(reader).get(given(signing, "full_powers", "EU")).json()

    assert (told["party"], told["side"]) == ("EU", "other")


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        ("date:planned_signing", "The planned signing is not set."),
        ("date:planned_entry_into_force", "The planned entry into force is not set."),
        ("date:valid_from", "The first day of validity is not set."),
        ("date:valid_until", "The last day of validity is not set."),
        (
            "calendar:kz",
            "It cannot be computed: no working days are known so far ahead in the calendar “Working days of "
            "Kazakhstan (five-day week)”.",
        ),
        (
            "calendar:gone",
            "It cannot be computed: no working days are known so far ahead in the calendar “gone”.",
        ),
    ],
)
def test_a_task_without_a_date_says_why(api, reader, signing, problem, sentence):
    address = given(signing, "proposal_government")
    Task.objects.filter(pk=kept(address).pk).update(problem=problem)

    assert api(reader).get(address).json()["problem"] == {"code": problem, "sentence": sentence}
    assert tasks.problem_words(kept(address)) == sentence


def test_a_lead_time_that_was_too_short_is_missed_and_late(api, reader, lawyer, signing):
    plan(signing, "2025-01-10", by=lawyer)
    told = api(reader).get(given(signing, "proposal_government")).json()

    assert (told["due_by"], told["missed"], told["overdue"]) == ("2024-12-27", True, True)


# ---- adding ----
def test_a_task_is_added(api, officer, signing, unit):
    first = given(signing, "legal_expertise").split("/")[1]
    body = {
        "title": {"en": "Send the draft", "ru": "Направить проект"},
        "body": {"en": "Ministry of Justice"},
        "side": "other",
        "due": "January 2025",
        "unit": "legal",
        "person": "officer",
        "transition": "sign",
        "waits_for": [first],
    }
    made = api(officer).post(signing.tasks_at, body)
    told = made.json()

    assert (made.status_code, made.headers["Location"]) == (201, told["url"])
    assert version_of(made) == told["version"]
    assert told["title"] == {"en": "Send the draft", "ru": "Направить проект", "kk": ""}
    assert told["body"] == {"en": "Ministry of Justice", "ru": "", "kk": ""}
    assert (told["due"]["iso"], told["due_by"], told["code"], told["by_procedure"]) == (
        "2025-01", "2025-01-31", "", False,
    )  # fmt: skip
    same = ("side", "unit", "person", "transition", "waits_for")
    assert {name: told[name] for name in same} == {name: body[name] for name in same}
    assert told["blocked_by"] == [first]
    assert api(officer).get(f"tasks/{told['id']}/").json() == told


def test_a_due_date_without_an_end_has_no_last_day(api, officer, signing):
    told = api(officer).post(signing.tasks_at, {"title": {"en": "x"}, "due": "unknown"}).json()

    assert (told["due"]["iso"], told["due_by"], told["overdue"]) == ("unknown", None, False)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"title": "required"}),
        ({"title": "x"}, {"title": "invalid"}),
        ({"title": {"de": "x"}}, {"title.de": "unknown"}),
        ({"title": {"en": "x" * 301}}, {"title.en": "max_length"}),
        ({"body": {"en": "x" * 201}}, {"body.en": "max_length"}),
        ({"side": "them"}, {"side": "unknown"}),
        ({"due": "soon"}, {"due": "invalid"}),
        ({"due": 2024}, {"due": "invalid"}),
        ({"unit": "nope"}, {"unit": "unknown"}),
        ({"person": "nobody"}, {"person": "unknown"}),
        ({"transition": "nope"}, {"transition": "unknown"}),
        ({"waits_for": "x"}, {"waits_for": "not_a_list"}),
        ({"waits_for": ["x"]}, {"waits_for.0": "invalid"}),
        ({"waits_for": [MISSING]}, {"waits_for.0": "unknown"}),
        ({"status": "done"}, {"status": "unknown"}),
        ({"agreement": "x"}, {"agreement": "unknown"}),
    ],
)
def test_a_task_with_values_that_cannot_be_taken(api, officer, signing, unit, body, errors):
    before = Task.objects.count()
    response = api(officer).post(signing.tasks_at, ({"title": {"en": "x"}} if body else {}) | body)

    assert errors_of(response) == errors
    assert [error["pointer"] for error in response.json()["errors"]] == [
        "/" + field.replace(".", "/") for field in errors
    ]
    assert Task.objects.count() == before


def test_a_task_waits_for_none_of_another_agreement(api, officer, lawyer, signing, make_agreement):
    other = tasks.add(make_agreement(), "Elsewhere", by=lawyer)
    body = {"title": {"en": "x"}, "waits_for": [str(other.pk)]}

    assert errors_of(api(officer).post(signing.tasks_at, body)) == {"waits_for.0": "unknown"}
    twice = {"title": {"en": "x"}, "waits_for": [given(signing, "clearances").split("/")[1]] * 2}
    assert errors_of(api(officer).post(signing.tasks_at, twice)) == {"waits_for.1": "unique"}


def test_what_cannot_be_added_is_refused_with_every_reason(api, lawyer, officer, secret):
    body = {"title": {"en": " "}, "body": {"en": "a\x01"}, "person": "officer"}
    response = api(lawyer).post(f"agreements/{secret.reference}/tasks/", body)

    assert [(reason["code"], reason["asked"]) for reason in response.json()["reasons"]] == [
        ("not-text", "body"),
        ("title-missing", "title"),
        ("person-cannot-see", "person"),
    ]
    assert problem_of(response) == (409, "refused")


def test_readers_write_nothing(api, reader, signing):
    client, address = api(reader), given(signing, "clearances")
    answers = (
        client.post(signing.tasks_at, {"title": {"en": "x"}}),
        client.patch(address, {"unit": None}),
        client.post(f"{address}complete/", {}),
        client.post(f"{address}drop/", {"reason": "x"}),
        client.post(f"{address}reopen/", {"reason": "x"}),
        client.post("tasks/bulk/", {"action": "complete", "tasks": [address.split("/")[1]]}),
    )

    assert [problem_of(answer) for answer in answers] == [(403, "not-permitted")] * len(answers)
    assert Task.objects.exclude(status="open").count() == 0


# ---- changing ----
def test_a_task_is_changed_under_its_version(api, officer, signing, unit):
    client = api(officer)
    made = client.post(signing.tasks_at, {"title": {"en": "Send it", "ru": "Направить"}, "body": {"en": "Us"}})
    address = made.json()["url"]
    change = {
        "title": {"ru": "", "kk": "Жіберу"},
        "body": {"ru": "Мы"},
        "due": "2025-01-15",
        "side": "other",
        "unit": "legal",
        "person": "officer",
        "waits_for": [given(signing, "clearances").split("/")[1]],
    }
    changed = client.patch(address, change, match=made.headers["ETag"])
    told = changed.json()

    assert told["title"] == {"en": "Send it", "ru": "", "kk": "Жіберу"}
    assert told["body"] == {"en": "Us", "ru": "Мы", "kk": ""}
    assert told["due_by"] == "2025-01-15"
    same = ("side", "unit", "person", "waits_for")
    assert {name: told[name] for name in same} == {name: change[name] for name in same}
    assert version_of(changed) == told["version"] != version_of(made)
    assert problem_of(client.patch(address, {"side": "own"}, match=made.headers["ETag"])) == (412, "stale")
    assert problem_of(client.patch(address, {"side": "own"}, match="")) == (428, "precondition-required")
    assert client.get(address).json() == told
    weak = client.patch(address, {"due": None, "unit": None, "person": None}, match=f"W/{changed.headers['ETag']}")
    assert [weak.json()[name] for name in ("due", "due_by", "unit", "person")] == [None] * 4


def test_what_is_said_again_changes_nothing(api, officer, signing):
    client, address = api(officer), given(signing, "proposal_government")
    read = client.get(address)
    again = {name: read.json()[name] for name in ("title", "body", "side", "unit", "person", "waits_for")}
    told = client.patch(address, again | {"due": None}, match=read.headers["ETag"])

    assert (told.status_code, told.headers["ETag"]) == (200, read.headers["ETag"])
    assert Entry.objects.of(signing).count() == 1


def test_of_a_task_of_the_procedure_only_those_who_do_it_are_changed(api, officer, signing, unit):
    client, address = api(officer), given(signing, "proposal_government")
    refusal = client.patch(address, {"title": {"en": "x"}, "due": "2025", "side": "other", "body": {"en": "y"}})

    assert codes_of(refusal) == ["task-of-procedure"] * 4
    assert [reason["asked"] for reason in refusal.json()["reasons"]] == ["title", "due", "side", "body"]
    assert client.patch(address, {"unit": "legal", "person": "officer"}).json()["unit"] == "legal"


def test_a_task_does_not_wait_for_itself(api, officer, lawyer, signing):
    first = tasks.add(signing, "First", by=lawyer)
    second = tasks.add(signing, "Second", by=lawyer, waits_for=[first])
    third = tasks.add(signing, "Third", by=lawyer, waits_for=[second])
    client = api(officer)
    for later in (first, second, third):
        refusal = client.patch(f"tasks/{first.pk}/", {"waits_for": [str(later.pk)]})
        assert codes_of(refusal) == ["waits-in-circle"]
        assert [reason["asked"] for reason in refusal.json()["reasons"]] == ["waits_for"]
    # The proposal comes after the expertise by the procedure, so the expertise cannot wait for it.
    proposal = given(signing, "proposal_government").split("/")[1]
    assert codes_of(client.patch(given(signing, "legal_expertise"), {"waits_for": [proposal]})) == ["waits-in-circle"]
    assert client.patch(f"tasks/{third.pk}/", {"waits_for": [str(first.pk)]}).json()["waits_for"] == [str(first.pk)]


@pytest.mark.parametrize(
    ("change", "errors", "words"),
    [
        ({"status": "done"}, {"status": "read_only"}, "POST to complete/, drop/ or reopen/."),
        ({"agreement": "x"}, {"agreement": "read_only"}, "This is said when the task comes to be."),
        ({"due_by": "2025-01-01"}, {"due_by": "read_only"}, "This follows from the rest and is not set."),
        ({"nope": 1}, {"nope": "unknown"}, None),
        ({"title": None}, {"title": "null"}, None),
        ({"person": "nobody"}, {"person": "unknown"}, None),
        ({"waits_for": [MISSING]}, {"waits_for.0": "unknown"}, None),
    ],
)
def test_a_change_that_cannot_be_taken(api, officer, signing, change, errors, words):
    response = api(officer).patch(given(signing, "clearances"), change)

    assert errors_of(response) == errors
    assert [error["pointer"] for error in response.json()["errors"]] == [
        f"/{name.replace('.', '/')}" for name in errors
    ]
    if words:
        assert message_of(response, *errors) == words


def test_a_person_who_may_not_see_the_agreement_is_not_named(api, lawyer, officer, secret):
    task = tasks.add(secret, "Hidden", by=lawyer)

    assert codes_of(api(lawyer).patch(f"tasks/{task.pk}/", {"person": "officer"})) == ["person-cannot-see"]


# ---- ending ----
def test_a_task_is_completed_by_what_it_asks_for(api, officer, signing):
    client = api(officer)
    cited = client.post(
        f"{given(signing, 'legal_expertise')}complete/",
        {"on": "2024-11-29", "evidence": "Expertise No. 12", "remarks": "Art. 3"},
    )
    cleared = client.post(
        f"{given(signing, 'clearances')}complete/", {"result": "with_remarks", "body": "Ministry of Justice"}
    )
    by_hand = client.post(f"{given(signing, 'proposal_government')}complete/", {"on": "2024-12"})

    told = [cited.json(), cleared.json(), by_hand.json()]
    assert [(one["status"], one["answered"], one["result"], one["done_on"]["iso"]) for one in told] == [
        ("done", True, "", "2024-11-29"),
        ("done", True, "with_remarks", "2024-12-28"),
        ("done", False, "", "2024-12"),
    ]
    assert told[0]["remarks"] == "Art. 3"
    assert version_of(cited) == told[0]["version"]
    assert list(journal.verify()) == []


@pytest.mark.parametrize(
    ("code", "party", "body", "reasons"),
    [
        ("legal_expertise", None, {}, [("citation-missing", "evidence")]),
        ("legal_expertise", None, {"on": "2024-12-29"}, [("future-date", "on"), ("citation-missing", "evidence")]),
        ("clearances", None, {}, [("result-unknown", "result"), ("body-missing", "body")]),
        ("clearances", None, {"remarks": "\x01"},
         [("not-text", "what"), ("result-unknown", "result"), ("body-missing", "body")]),
        ("full_powers", "KZ", {}, [("record-the-act", "")]),
    ],
)  # fmt: skip
def test_what_cannot_be_completed_says_every_reason(api, officer, signing, code, party, body, reasons):
    address = given(signing, code, party)
    response = api(officer).post(f"{address}complete/", body)

    assert problem_of(response) == (409, "refused")
    assert [(reason["code"], reason["asked"]) for reason in response.json()["reasons"]] == reasons
    assert (kept(address).status, Entry.objects.of(signing).count()) == ("open", 1)


@pytest.mark.parametrize(
    ("path", "body", "errors"),
    [
        ("complete/", {"on": "soon"}, {"on": "invalid"}),
        ("complete/", {"result": "maybe"}, {"result": "unknown"}),
        ("complete/", {"remarks": "x" * 4001}, {"remarks": "max_length"}),
        ("complete/", {"evidence": 7}, {"evidence": "invalid"}),
        ("complete/", {"body": "x" * 201}, {"body": "max_length"}),
        ("complete/", {"reason": "x"}, {"reason": "unknown"}),
        ("drop/", {}, {"reason": "required"}),
        ("drop/", {"reason": " "}, {"reason": "blank"}),
        ("reopen/", {}, {"reason": "required"}),
        ("reopen/", {"reason": "x", "on": "2024"}, {"on": "unknown"}),
    ],
)
def test_an_ending_that_cannot_be_taken(api, officer, signing, path, body, errors):
    response = api(officer).post(f"{given(signing, 'clearances')}{path}", body)

    assert errors_of(response) == errors
    assert [error["pointer"] for error in response.json()["errors"]] == [f"/{name}" for name in errors]


def test_a_task_is_dropped_and_opened_again(api, officer, lawyer, signing):
    client, address = api(officer), f"tasks/{tasks.add(signing, 'Call Brussels', by=lawyer).pk}/"

    assert codes_of(client.post(f"{address}reopen/", {"reason": "x"})) == ["task-open"]
    assert client.post(f"{address}drop/", {"reason": "Settled"}).json()["status"] == "dropped"
    assert codes_of(client.post(f"{address}drop/", {"reason": "x"})) == ["task-not-open"]
    assert codes_of(client.post(f"{address}complete/", {})) == ["task-not-open"]
    assert codes_of(client.patch(address, {"side": "other"})) == ["task-not-open"]
    assert client.post(f"{address}reopen/", {"reason": "It came back"}).json()["status"] == "open"
    asked = given(signing, "legal_expertise")
    assert codes_of(client.post(f"{asked}drop/", {"reason": "x"})) == ["task-of-procedure"]
    client.post(f"{asked}complete/", {"evidence": "No. 5"})
    assert codes_of(client.post(f"{asked}drop/", {"reason": "x"})) == ["task-of-procedure", "task-not-open"]
    assert codes_of(client.post(f"{asked}reopen/", {"reason": "x"})) == ["task-answered"]


def test_an_act_that_is_recorded_ends_its_task(api, officer, lawyer, parties, signing):
    participation.act(signing, parties["KZ"], "full_powers", on=day("2024-12-01"), by=lawyer)
    told = api(officer).get(given(signing, "full_powers", "KZ")).json()

    assert (told["status"], told["answered"], told["done_on"]["iso"]) == ("done", True, "2024-12-01")


# ---- many at once ----
def test_many_are_completed_each_by_itself(api, officer, lawyer, signing):
    own = tasks.add(signing, "Call Brussels", by=lawyer)
    keys = [str(own.pk), *(given(signing, code).split("/")[1] for code in ("legal_expertise", "proposal_government"))]
    response = api(officer).post("tasks/bulk/", {"action": "complete", "tasks": keys, "on": "2024-12-20"})
    told = response.json()

    assert (response.status_code, told["action"]) == (200, "complete")
    assert [(row["item"], row["done"], row["task"]["status"]) for row in told["results"]] == [
        (keys[0], True, "done"),
        (keys[1], False, "open"),
        (keys[2], True, "done"),
    ]
    assert [[reason["code"] for reason in row["reasons"]] for row in told["results"]] == [[], ["citation-missing"], []]
    assert told["results"][0]["task"]["done_on"]["iso"] == "2024-12-20"


def test_one_is_added_to_many(api, lawyer, officer, signing, make_agreement):
    secret = make_agreement(columns={"level": Level.SECRET})
    references = [signing.reference, secret.reference]
    body = {"action": "add", "agreements": references, "title": {"en": "Report"}, "due": "2025-01", "person": "officer"}
    told = api(lawyer).post("tasks/bulk/", body).json()

    assert [(row["item"], row["done"]) for row in told["results"]] == list(zip(references, (True, False), strict=True))
    assert told["results"][0]["task"]["agreement"] == signing.reference
    assert (told["results"][0]["task"]["due_by"], told["results"][0]["reasons"]) == ("2025-01-31", [])
    assert told["results"][1]["task"] is None
    assert [reason["code"] for reason in told["results"][1]["reasons"]] == ["person-cannot-see"]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"action": "unknown"}),
        ({"action": "drop"}, {"action": "unknown"}),
        ({"action": ["add"]}, {"action": "unknown"}),
        ({"action": "complete"}, {"tasks": "required"}),
        ({"action": "complete", "tasks": []}, {"tasks": "empty"}),
        ({"action": "complete", "tasks": ["x"]}, {"tasks.0": "invalid"}),
        ({"action": "complete", "tasks": [MISSING]}, {"tasks.0": "unknown"}),
        ({"action": "complete", "tasks": [MISSING, MISSING]}, {"tasks.1": "unique"}),
        ({"action": "complete", "tasks": [MISSING] * 201}, {"tasks": "max_length"}),
        ({"action": "complete", "tasks": [MISSING], "title": {}}, {"title": "unknown", "tasks.0": "unknown"}),
        ({"action": "add", "title": {"en": "x"}}, {"agreements": "required"}),
        ({"action": "add", "title": {"en": "x"}, "agreements": ["AIR-0000"]}, {"agreements.0": "unknown"}),
        ({"action": "add", "title": {"en": "x"}, "agreements": ["A"] * 201}, {"agreements": "max_length"}),
        ({"action": "add", "title": {"en": "x"}, "agreements": ["A", "A"]}, {"agreements.1": "unique"}),
        ({"action": "add", "title": {"en": "x"}, "agreements": [7]}, {"agreements.0": "invalid"}),
    ],
)
def test_a_request_for_many_that_cannot_be_taken(api, officer, signing, body, errors):
    before = Task.objects.count()
    response = api(officer).post("tasks/bulk/", body)

    assert errors_of(response) == errors
    assert Task.objects.count() == before


# ---- the journal ----
def test_the_journal_tells_of_tasks(api, officer, reader, signing, unit):
    client = api(officer)
    made = client.post(signing.tasks_at, {"title": {"en": "Send it"}}).json()
    client.patch(f"tasks/{made['id']}/", {"person": "officer", "unit": "legal", "due": "2025-01"})
    client.post(f"tasks/{made['id']}/drop/", {"reason": "Settled"})
    rows = api(reader).get(f"agreements/{signing.reference}/journal/", {"kind": "task"}).json()["results"]

    assert [(row["kind"], row["event"], row["label"], row["task"], row["what"]["text"]) for row in rows] == [
        ("task", "added", "Task added", made["id"], "Send it"),
        ("task", "changed", "Task changed", made["id"], "Send it"),
        ("task", "dropped", "Task no longer needed", made["id"], "Send it"),
    ]
    assert rows[2]["reason"]["text"] == "Settled"
    assert {change["field"]: (change["before"], change["after"]) for change in rows[1]["changes"]} == {
        "due": (None, "2025-01"),
        "unit": (None, "legal"),
        "person": (None, "officer"),
    }
    opening = api(reader).get(f"agreements/{signing.reference}/journal/", {"kind": "open"}).json()["results"][0]
    assert (opening["task"], opening["event"]) == (None, None)
