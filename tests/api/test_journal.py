"""The journal through the API: reading, recording, correcting."""

from datetime import date, datetime

import pytest

from agreements import lifecycle, participation, redaction, registers
from agreements.dates import FuzzyDate
from agreements.models import Entry
from tests.api.conftest import codes_of, errors_of, message_of, problem_of

DAY = FuzzyDate.of_day(date(2004, 1, 5))


@pytest.fixture
def aviation(make_agreement):
    agreement = make_agreement()
    agreement.address = f"agreements/{agreement.reference}/"
    agreement.journal = f"{agreement.address}journal/"
    return agreement


def kinds_of(response) -> list[str]:
    return [event["kind"] for event in response.json()["results"]]


# ---- reading ----
def test_a_journal_is_paged_in_the_order_of_recording(api, officer, aviation):
    for year in range(2004, 2009):
        lifecycle.note(aviation, on=FuzzyDate.parse(str(year)), by=officer, what=f"Round in {year}")
    client = api(officer)
    seen, address = [], f"{aviation.journal}?page_size=2"
    while address:
        page = client.get(address).json()
        seen.append([event["sequence"] for event in page["results"]])
        address = page["next"]
    back = client.get(page["previous"]).json()

    assert seen == [[1, 2], [3, 4], [5, 6]]
    assert [event["sequence"] for event in back["results"]] == [3, 4]


def test_a_page_knows_of_corrections_on_later_pages(api, lawyer, aviation):
    note = lifecycle.note(aviation, on=DAY, by=lawyer, what="A round")
    lifecycle.note(aviation, on=DAY, by=lawyer, what="Another")
    lifecycle.void(note, by=lawyer, reason="Never happened")

    (event,) = api(lawyer).get(aviation.journal, {"page_size": 1, "kind": "note"}).json()["results"]
    assert (event["voided"], event["voided_because"]["text"]) == (True, "Never happened")


def test_a_journal_as_it_was_known_at_a_moment(api, lawyer, aviation):
    note = lifecycle.note(aviation, on=DAY, by=lawyer, what="A round")
    between = note.recorded_at.isoformat()
    lifecycle.void(note, by=lawyer, reason="Never happened")
    client = api(lawyer)

    known = client.get(aviation.journal, {"known_at": between})
    assert kinds_of(known) == ["open", "note"]
    assert [event["voided"] for event in known.json()["results"]] == [False, False]
    assert kinds_of(client.get(aviation.journal)) == ["open", "note", "void"]
    assert kinds_of(client.get(aviation.journal, {"known_at": "2000-01-01T00:00:00Z"})) == []


def test_a_journal_is_filtered_by_kind(api, lawyer, aviation):
    lifecycle.note(aviation, on=DAY, by=lawyer, what="A round")
    with registers.editing(aviation, by=lawyer) as fresh:
        fresh.ball = "other"
    client = api(lawyer)

    assert kinds_of(client.get(aviation.journal, {"kind": "note"})) == ["note"]
    assert kinds_of(client.get(aviation.journal, {"kind": ["note", "edit"]})) == ["note", "edit"]


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"kind": "nope"}, "kind", "unknown"),
        ({"known_at": "yesterday"}, "known_at", "invalid"),
        ({"known_at": "2024-12-28"}, "known_at", "invalid"),
        ({"known_at": "0001-01-01T00:00:00+09:00"}, "known_at", "invalid"),
        ({"stage": "signed"}, "stage", "unknown"),
        ({"cursor": "x"}, "cursor", "invalid"),
        ({"page_size": "x"}, "page_size", "invalid"),
    ],
)
def test_a_parameter_of_a_journal_that_is_not_understood(api, officer, aviation, query, field, code):
    assert errors_of(api(officer).get(aviation.journal, query)) == {field: code}


def test_a_cursor_of_another_list_is_none(api, officer, aviation):
    lifecycle.note(aviation, on=DAY, by=officer, what="A round")
    address = api(officer).get(aviation.journal, {"page_size": 1}).json()["next"]

    assert errors_of(api(officer).get(address.replace(f"/{aviation.reference}/journal", ""))) == {"cursor": "invalid"}


# ---- recording ----
def test_a_note_is_recorded(api, officer, aviation):
    body = {
        "kind": "note",
        "on": "2004-H1",
        "what": "Second round",
        "round_of_talks": 2,
        "place": "Astana",
        "source": "Communiqué",
        "certainty": "reported",
    }
    response = api(officer).post(aviation.journal, body)
    event = response.json()

    assert response.status_code == 201
    assert event == api(officer).get(aviation.journal).json()["results"][-1]
    assert (event["what"]["text"], event["on"]["iso"]) == ("Second round", "2004-H1")
    same = ("kind", "round_of_talks", "place", "source", "certainty")
    assert {name: event[name] for name in same} == {name: body[name] for name in same}
    assert api(officer).get(aviation.address).json()["round"] == 2


def test_a_document_is_cited(api, officer, aviation):
    body = {"kind": "document", "document": "mandate", "evidence": "COM(2003) 94", "on": "2003-06-05"}
    event = api(officer).post(aviation.journal, body).json()

    assert (event["kind"], event["document"], event["evidence"]) == ("document", "mandate", "COM(2003) 94")
    assert (event["label"], event["act"], event["party"], event["body"]) == ("Mandate", None, None, None)


def test_a_clearance_is_recorded(api, officer, aviation):
    body = {
        "kind": "clearance",
        "body": "Ministry of Justice",
        "result": "with_remarks",
        "on": "2004",
        "what": "Art. 3",
    }
    event = api(officer).post(aviation.journal, body).json()

    assert (event["body"], event["result"], event["what"]["text"]) == ("Ministry of Justice", "with_remarks", "Art. 3")


def test_an_act_of_a_participant_is_recorded(api, officer, aviation):
    body = {"kind": "action", "act": "full_powers", "party": "KZ", "on": "2004", "text": 1, "evidence": "No. 7"}
    event = api(officer).post(aviation.journal, body).json()

    assert (event["act"], event["party"], event["text"]) == ("full_powers", "KZ", 1)
    assert event["label"] == "Full powers: Kazakhstan"


def test_full_powers_that_are_not_required_say_why(api, officer, aviation):
    body = {"kind": "action", "act": "full_powers_not_required", "party": "KZ", "on": "2004"}
    assert codes_of(api(officer).post(aviation.journal, body)) == ["grounds-missing"]
    event = api(officer).post(aviation.journal, body | {"what": "Prime Minister, VCLT 7(2)(a)"}).json()
    assert (event["label"], event["what"]["text"]) == (
        "Full powers not required: Kazakhstan",
        "Prime Minister, VCLT 7(2)(a)",
    )


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"kind": "note", "what": " ", "on": "2004"}, ["text-missing"]),
        ({"kind": "note", "what": {"ru": ""}, "on": "2004"}, ["text-missing"]),
        ({"kind": "note", "what": "x", "on": "2025-01-01"}, ["future-date"]),
        ({"kind": "note", "what": "x", "on": "2004", "text": 2}, ["text-unknown"]),
    ],
)
def test_what_the_journal_refuses(api, officer, aviation, body, codes):
    assert codes_of(api(officer).post(aviation.journal, body)) == codes


def test_a_party_that_does_not_take_part_does_not_act(api, officer, lawyer, aviation):
    response = api(lawyer).post("parties/", {"code": "GB", "name": {"en": "United Kingdom"}})
    assert response.status_code == 201

    body = {"kind": "action", "act": "signature", "party": "GB", "on": "2004"}
    assert codes_of(api(officer).post(aviation.journal, body)) == ["not-a-participant"]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"kind": "unknown"}),
        ({"kind": "step"}, {"kind": "unknown"}),
        ({"kind": ["note"]}, {"kind": "unknown"}),
        ({"kind": None}, {"kind": "unknown"}),
        ({"kind": "note"}, {"on": "required", "what": "required"}),
        ({"kind": "note", "on": "2004", "what": "x", "document": "mandate"}, {"document": "unknown"}),
        ({"kind": "note", "on": "2004", "what": "x", "reason": "x"}, {"reason": "unknown"}),
        ({"kind": "note", "on": "2004", "what": "x", "round_of_talks": 0}, {"round_of_talks": "min_value"}),
        ({"kind": "note", "on": "2004", "what": "x", "round_of_talks": 10**300}, {"round_of_talks": "max_value"}),
        ({"kind": "note", "on": "2004", "what": "x", "round_of_talks": 1.5}, {"round_of_talks": "invalid"}),
        ({"kind": "note", "on": "2004", "what": "x", "round_of_talks": "1"}, {"round_of_talks": "invalid"}),
        ({"kind": "note", "on": "2004", "what": "x", "round_of_talks": True}, {"round_of_talks": "invalid"}),
        ({"kind": "note", "on": "2004", "what": "x", "text": 0}, {"text": "min_value"}),
        ({"kind": "document", "on": "2004"}, {"document": "required", "evidence": "required"}),
        ({"kind": "document", "on": "2004", "document": "x", "evidence": "x"}, {"document": "unknown"}),
        ({"kind": "document", "on": "2004", "document": "other", "evidence": " "}, {"evidence": "blank"}),
        ({"kind": "clearance", "on": "2004"}, {"body": "required", "result": "required"}),
        ({"kind": "clearance", "on": "2004", "body": "x", "result": "x"}, {"result": "unknown"}),
        ({"kind": "clearance", "on": "2004", "body": "x" * 201, "result": "given"}, {"body": "max_length"}),
        ({"kind": "action", "on": "2004"}, {"party": "required", "act": "required"}),
        ({"kind": "action", "on": "2004", "party": "XX", "act": "x"}, {"party": "unknown", "act": "unknown"}),
    ],
)  # fmt: skip
def test_what_cannot_be_recorded(api, officer, aviation, body, errors):
    assert errors_of(api(officer).post(aviation.journal, body)) == errors
    assert Entry.objects.of(aviation).count() == 1


def test_an_unknown_kind_says_which_are_known(api, officer, aviation):
    response = api(officer).post(aviation.journal, {"kind": "step"})

    assert message_of(response, "kind") == ("“step” is not known. Use one of: note, document, clearance, action.")


# ---- correcting ----
def test_an_entry_is_voided(api, lawyer, aviation):
    note = lifecycle.note(aviation, on=DAY, by=lawyer, what="A round")
    response = api(lawyer).post(f"{aviation.journal}{note.pk}/void/", {"mode": "void", "reason": "Never happened"})

    assert response.status_code == 201
    assert response.json()["replacement"] is None
    void = response.json()["void"]
    assert (void["kind"], void["voids"], void["reason"]["text"]) == ("void", str(note.pk), "Never happened")
    voided = api(lawyer).get(aviation.journal).json()["results"][1]
    assert (voided["voided"], voided["voided_because"]["text"]) == (True, "Never happened")


def test_a_step_is_replaced_at_its_place(api, lawyer, aviation):
    client = api(lawyer)
    step = {"transition": "authorise", "on": "2004", "evidence": "Decision 7", "what": "Mandate"}
    first = client.post(f"{aviation.address}transitions/", step).json()
    body = {"mode": "correct", "reason": "A wrong year", "on": "2005-03", "place": "Astana"}
    response = client.post(f"{aviation.journal}{first['id']}/void/", body)
    replacement = response.json()["replacement"]

    assert response.status_code == 201
    assert response.json()["void"]["voids"] == first["id"]
    assert (replacement["replaces"], replacement["position"]) == (first["id"], first["position"])
    assert (replacement["on"]["iso"], replacement["place"]) == ("2005-03", "Astana")
    assert (replacement["evidence"], replacement["what"]["text"]) == ("Decision 7", "Mandate")
    assert client.get(aviation.address).json()["since"]["iso"] == "2005-03"


def test_another_step_takes_the_place_of_a_wrong_one(api, lawyer, aviation):
    client = api(lawyer)
    first = client.post(f"{aviation.address}transitions/", {"transition": "authorise", "on": "2004", "evidence": "x"})
    body = {"mode": "correct", "reason": "It was given up", "name": "withdraw"}
    response = client.post(f"{aviation.journal}{first.json()['id']}/void/", body)

    assert response.json()["replacement"]["to_stage"] == "withdrawn"
    assert client.get(aviation.address).json()["stage"] == "withdrawn"


def test_the_opening_is_replaced_by_another_stage(api, lawyer, aviation):
    opening = api(lawyer).get(aviation.journal).json()["results"][0]
    response = api(lawyer).post(
        f"{aviation.journal}{opening['id']}/void/", {"mode": "correct", "reason": "Mid-life", "stage": "signed"}
    )

    assert response.json()["replacement"]["to_stage"] == "signed"
    assert api(lawyer).get(aviation.address).json()["stage"] == "signed"


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"mode": "required", "reason": "required"}),
        ({"reason": "x"}, {"mode": "required"}),
        ({"mode": "erase", "reason": "x"}, {"mode": "unknown"}),
        ({"mode": "void", "reason": "x", "on": "2005", "place": ""}, {"on": "invalid", "place": "invalid"}),
        ({"mode": "void", "reason": " "}, {"reason": "blank"}),
        ({"mode": "void", "reason": {"en": "x"}}, {"reason": "invalid"}),
        ({"mode": "correct", "reason": "x", "name": "save"}, {"name": "unknown"}),
        ({"mode": "correct", "reason": "x", "stage": "nope"}, {"stage": "unknown"}),
        ({"mode": "correct", "reason": "x", "on": None}, {"on": "null"}),
        ({"mode": "correct", "reason": "x", "transition": "sign"}, {"transition": "unknown"}),
        ({"mode": "correct", "reason": "x", "after": "x"}, {"after": "unknown"}),
    ],
)
def test_a_correction_with_values_that_cannot_be_taken(api, lawyer, aviation, body, errors):
    entry = Entry.objects.of(aviation).get()

    assert errors_of(api(lawyer).post(f"{aviation.journal}{entry.pk}/void/", body)) == errors


def test_a_correction_that_is_refused(api, lawyer, aviation, parties):
    act = participation.act(aviation, parties["KZ"], "full_powers", on=DAY, by=lawyer)
    address = f"{aviation.journal}{act.pk}/void/"
    correct, void = {"mode": "correct", "reason": "x"}, {"mode": "void", "reason": "x"}

    assert codes_of(api(lawyer).post(address, correct)) == ["nothing-corrected"]
    assert codes_of(api(lawyer).post(address, correct | {"on": "2025"})) == ["future-date"]
    assert api(lawyer).post(address, void).status_code == 201
    assert codes_of(api(lawyer).post(address, void)) == ["voided-already"]


def test_a_note_is_corrected(api, lawyer, aviation):
    note = lifecycle.note(aviation, on=DAY, by=lawyer, what="A round")
    body = {"mode": "correct", "reason": "The second one", "what": "The second round"}
    told = api(lawyer).post(f"{aviation.journal}{note.pk}/void/", body).json()

    assert told["void"]["voids"] == told["replacement"]["replaces"] == str(note.pk)
    assert (told["replacement"]["kind"], told["replacement"]["what"]["text"]) == ("note", "The second round")


@pytest.mark.parametrize("key", ["00000000-0000-4000-8000-000000000000", "x", "1", "0" * 36])
def test_an_entry_that_is_not_there_is_not_found(api, lawyer, aviation, key):
    assert problem_of(api(lawyer).post(f"{aviation.journal}{key}/void/", {"mode": "void", "reason": "x"})) == (
        404,
        "not-found",
    )


def test_an_entry_of_another_agreement_is_not_found(api, lawyer, aviation, make_agreement):
    other = Entry.objects.of(make_agreement()).get()

    assert problem_of(api(lawyer).post(f"{aviation.journal}{other.pk}/void/", {"mode": "void", "reason": "x"})) == (
        404,
        "not-found",
    )


def test_a_redacted_text_is_gone(api, lawyer, aviation):
    note = lifecycle.note(aviation, on=DAY, by=lawyer, what="A spilled secret")
    redaction.redact(note, by=lawyer, reason="Spilled")
    told = api(lawyer).get(aviation.journal)

    assert [event["redacted"] for event in told.json()["results"]] == [False, True, False]
    assert "spilled secret" not in told.content.decode()


def test_the_moment_of_recording_is_in_utc(api, officer, aviation):
    (event,) = api(officer).get(aviation.journal).json()["results"]

    assert event["recorded_at"].endswith("Z")
    assert datetime.fromisoformat(event["recorded_at"]) == Entry.objects.of(aviation).get().recorded_at


@pytest.mark.parametrize(
    ("on", "since"), [({}, "2024-12-28"), ({"on": "2019"}, "2019"), ({"on": "unknown"}, "unknown")]
)
def test_a_stage_is_recorded_as_of_today_where_no_day_is_given(api, lawyer, on, since):
    response = api(lawyer).post("agreements/", {"title": {"en": "Pact"}, "kind": "treaty", "stage": "in_force", **on})
    assert (response.status_code, response.json()["since"]["iso"]) == (201, since)
    assert api(lawyer).get(f"{response.headers['Location']}journal/").json()["results"][0]["on"]["iso"] == since
