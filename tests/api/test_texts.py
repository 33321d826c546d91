"""What no text holds is refused wherever it is given, and told by its number; what is kept already may stay."""

import pytest
from django.core.exceptions import ValidationError

from agreements import registers, tasks
from agreements.guards import Refused
from agreements.models import Agreement, Party, Task, User
from tests.api.conftest import problem_of

TURNED = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
CONTROL = ["\x07", "\x0b", "\x1f", "\x7f", "\x85", "\t"]
BREAKS = ["\n", "\r\n", "\u2028", "\u2029"]
TREATY = {"title": {"en": "Pact"}, "kind": "treaty"}
FIGURE = {
    "party": "EU", "name": {"en": "Trade"}, "unit": {"en": "euro"}, "value": "1", "period_until": "2023-12-31",
    "source": "Eurostat",
}  # fmt: skip
MEETING = {"title": {"en": "Round"}, "format": "cooperation-council", "on": "2024-12-20"}
TEMPLATE = {"code": "signing", "name": {"en": "Around"}, "tasks": [{"title": {"en": "Print it"}}]}
#: Where names are given: the address, the body, what of it is the name.
NAMES = [
    ("agreements/", TREATY, ("title", "en")),
    ("agreements/", TREATY, ("short_title", "kk")),
    ("agreements/", TREATY, ("next_step",)),
    ("agreements/", TREATY, ("register_number",)),
    ("parties/", {"code": "NZ", "name": {"en": "New Zealand"}}, ("name", "ru")),
    ("indicators/", FIGURE, ("name", "en")),
    ("indicators/", FIGURE, ("unit", "en")),
    ("indicators/", FIGURE, ("source",)),
    ("meetings/", MEETING, ("title", "kk")),
    ("meetings/", MEETING, ("place",)),
    ("commitments/", {"agreement": "PEP-4K7Z", "text": {"en": "To meet."}}, ("provision",)),
    ("agreements/VIS-8TDK/tasks/", {"title": {"en": "Print it"}}, ("title", "en")),
    ("agreements/VIS-8TDK/tasks/", {"title": {"en": "Print it"}, "side": "other"}, ("body", "en")),
    ("task-templates/", TEMPLATE, ("name", "en")),
    ("tokens/", {"name": "Register"}, ("name",)),
    ("feeds/", {"name": "Desk"}, ("name",)),
    ("webhooks/", {"name": "Register", "address": "https://systems.example/"}, ("name",)),
]
#: Where texts of several lines are given.
TEXTS = [
    ("agreements/", TREATY, ("clause_text", "en")),
    ("agreements/", TREATY, ("reason",)),
    ("commitments/", {"agreement": "PEP-4K7Z"}, ("text", "en")),
    ("commitments/", {"agreement": "PEP-4K7Z", "text": {"en": "To meet."}}, ("report",)),
    ("agreements/VIS-8TDK/journal/", {"kind": "note", "on": "2024-12-20"}, ("what",)),
    ("agreements/VIS-8TDK/journal/", {"kind": "note", "on": "2024-12-20", "what": "Told."}, ("source",)),
]


def put(body, path, text):
    *outer, last = path
    for name in outer:
        body = body | {name: put(body.get(name, {}), (last,), text)}
        return body
    return body | {last: text}


def said(response):
    problem = response.json()
    return [(one["code"], one["message"]) for one in problem.get("errors", ())] or [
        (one["code"], one["sentence"]) for one in problem["reasons"]
    ]


@pytest.mark.parametrize(("address", "body", "path"), NAMES, ids=lambda part: part if isinstance(part, str) else "")
def test_a_name_stands_in_one_line_of_text(api, lawyer, sample, address, body, path):
    client = api(lawyer)
    for letter, code in (
        (TURNED[4], "turns-direction"),
        (CONTROL[0], "not-text"),
        ("\t", "not-text"),
        ("\n", "line-break"),
    ):
        response = client.post(address, put(body, path, f"One{letter}two"))
        assert response.status_code in (400, 409), (letter, response.content)
        found = said(response)
        assert {told for told, _sentence in found} <= {code, "invalid"}, found  # invalid: as the opening has it
        assert any(f"U+{ord(letter):04X}" in sentence for _told, sentence in found), found
    kept = client.post(address, put(body, path, "One two"))
    assert kept.status_code == 201, kept.content


@pytest.mark.parametrize(("address", "body", "path"), TEXTS, ids=lambda part: part if isinstance(part, str) else "")
def test_a_text_of_several_lines_turns_no_direction(api, lawyer, sample, address, body, path):
    client = api(lawyer)
    for letter in (TURNED[0], TURNED[-1], "\x07", "\x0b"):
        response = client.post(address, put(body, path, f"One{letter}two"))
        assert response.status_code in (400, 409), letter
        assert any(f"U+{ord(letter):04X}" in sentence for _code, sentence in said(response)), letter
    assert client.post(address, put(body, path, "One\n\ttwo\r\nthree")).status_code == 201


def test_what_was_found_is_named_in_the_language_of_the_reader(api, officer):
    for language, words in (
        ("en", "“title in English” holds U+202E, which turns the direction of the text after it."),
        ("ru", "есть знак U+202E, который меняет направление"),
        ("kk", "мәтіннің бағытын өзгертетін U+202E таңбасы бар"),
    ):
        refused = api(officer).post("agreements/", TREATY | {"title": {"en": "A\u202eb"}}, Accept_Language=language)
        assert problem_of(refused)[0] in (400, 409)
        assert words in str(said(refused)), said(refused)


@pytest.mark.parametrize("text", ["Old \u202e title", "Old \x07 title", "Old\ntitle"])
def test_of_a_record_with_such_a_text_all_else_can_be_changed(api, lawyer, make_agreement, text):
    agreement = make_agreement()
    Agreement.objects.filter(pk=agreement.pk).update(title_en=text, title_ru="Старое")
    client, address = api(lawyer), f"agreements/{agreement.reference}/"

    assert client.get(address).json()["title"]["en"] == text
    assert client.patch(address, {"next_step": "Ask"}).status_code == 200
    assert client.patch(address, {"title": {"ru": "Новое"}}).status_code == 200
    assert client.patch(address, {"title": {"en": text, "kk": "Жаңа"}}).status_code == 200
    refused = client.patch(address, {"title": {"en": f"{text}!"}})
    assert (problem_of(refused), said(refused)[0][0] in ("turns-direction", "not-text", "line-break")) == (
        (400, "validation"), True,
    )  # fmt: skip
    assert refused.json()["errors"][0]["field"] == "title.en"
    other = client.patch(address, {"title": {"kk": text}})
    assert problem_of(other) == (400, "validation")
    assert client.patch(address, {"title": {"en": "Title"}}).status_code == 200


def test_of_a_task_with_such_a_name_all_else_can_be_changed(officer, make_agreement):
    task = tasks.add(make_agreement(), by=officer, title="Print it")
    Task.objects.filter(pk=task.pk).update(title_texts={"en": "Print\u202eit"})
    assert tasks.change(task, by=officer, side="other").side == "other"
    with pytest.raises(Refused) as refusal:
        tasks.change(task, by=officer, title={"en": "Print \u202e it"})
    assert [reason.code for reason in refusal.value.reasons] == ["turns-direction"]
    assert tasks.change(task, by=officer, title={"en": "Print it"}).title_texts == {"en": "Print it"}


@pytest.mark.parametrize("column", ["talking_points", "outcome"])
def test_points_of_an_agenda_turn_no_direction_either(api, lawyer, sample, column):
    client = api(lawyer)
    point = {"agreement": "PEP-4K7Z", column: "One\ntwo"}
    made = client.post("meetings/", MEETING | {"agenda": [point]})
    assert made.status_code == 201, made.content
    refused = client.patch(made.headers["Location"], {"agenda": [point | {column: "One \u2067 two"}]})
    assert problem_of(refused) == (400, "validation")
    assert [code for code, _sentence in said(refused)] == ["turns-direction"]
    assert "U+2067" in str(said(refused))
    assert client.get(made.headers["Location"]).json()["agenda"][0][column] == "One\ntwo"


def test_what_cannot_be_asked_of_a_database_is_refused_too(lawyer, parties):
    party = Party.objects.get(code="EU")
    for text in ("a\x00b", "a\ud800b"):
        with pytest.raises(ValidationError) as refusal, registers.editing(party, by=lawyer) as fresh:
            fresh.name_en = text
        assert refusal.value.error_dict["name_en"][0].code in ("not-text", "null_characters_not_allowed")


def test_the_forms_of_pages_and_of_the_administration_refuse_it(client, lawyer, parties, areas):
    client.force_login(lawyer)
    opening = {
        "title_en": "A\u202eb", "kind": "agreement", "parties": ["KZ", "EU"], "areas": ["aviation"], "on": "2024-12-01",
        "in_the_name_of": "government", "level": "internal", "stage": "proposed",
    }  # fmt: skip
    page = client.post("/agreements/new/", opening)
    assert (page.status_code, "U+202E" in page.content.decode()) == (422, True)
    User.objects.filter(pk=lawyer.pk).update(is_staff=True)
    sent = {"code": "FR", "kind": "state", "name_en": "Fr\u2066ance"}
    sent |= {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    page = client.post("/admin/agreements/party/add/", sent)
    assert (page.status_code, "U+2066" in page.content.decode()) == (200, True)
    assert not Agreement.objects.exists()
    assert not Party.objects.filter(code="FR").exists()


def test_every_name_and_text_that_people_write_is_judged():
    from django.apps import apps

    from agreements.models.base import Line, Prose

    plain = {
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config("agreements").get_models()
        for field in model._meta.concrete_fields
        if field.get_internal_type() in ("CharField", "TextField")
        and not isinstance(field, Line | Prose)
        and field.editable
        and not field.choices
        and not field.remote_field
        and field.name.startswith(("name", "title", "short_title", "unit", "text_", "clause_text", "source", "place"))
    }
    assert plain == {
        "DocumentVersion.name",
        "ImportRun.name",
        "ImportRun.source",
        "ImportMapping.name",
        "Entry.place",
        "Entry.source",
        "Entry.text_digest",
        "Routine.name",
    }


def test_the_names_of_people_stand_in_one_line_too(officer):
    officer.first_name, officer.last_name = "Aigerim\u202e", "Seitova\nx"
    with pytest.raises(ValidationError) as refusal:
        officer.full_clean()
    assert {name: [one.code for one in found] for name, found in refusal.value.error_dict.items()} == {
        "first_name": ["turns-direction"],
        "last_name": ["line-break"],
    }
