"""Steps, holds and releases through the API."""

import pytest

from agreements.choices import Stage, Transition
from agreements.models import Agreement, Entry
from tests.api.conftest import codes_of, errors_of, message_of, problem_of

WAY = (
    "authorise",
    "open_negotiations",
    "initial",
    "prepare_signing",
    "sign",
    "submit_for_ratification",
    "enter_into_force",
)


def options_of(client, address):
    told = client.get(f"{address}transitions/").json()
    return {option["name"]: option for option in told["possible"] + told["blocked"]}


def meet(client, address, remedy: str, on: str) -> None:
    """Record what a remedy asks for, as a program would that knows nothing else."""
    kind, *rest = remedy.split(":")
    body = {
        "document": lambda document: {"kind": "document", "document": document, "evidence": f"No. 7, {document}"},
        "act": lambda act, party: {"kind": "action", "act": act, "party": party},
        "clearance": lambda: {"kind": "clearance", "body": "Ministry of Justice", "result": "given"},
    }[kind](*rest)
    assert client.post(f"{address}journal/", body | {"on": on}).status_code == 201


def test_an_agreement_walks_from_proposed_to_in_force_by_what_the_api_says(api, officer, parties, areas):
    client = api(officer)
    opening = {
        "title": {"en": "Agreement on air services"},
        "kind": "agreement",
        "areas": ["aviation"],
        "participants": [{"party": "KZ"}, {"party": "EU"}],
        "on": "2003",
    }
    address = client.post("agreements/", opening).json()["url"]
    stages = []
    for year, name in enumerate(WAY, start=2004):
        option = options_of(client, address)[name]
        for reason in option.get("reasons", []):
            meet(client, address, reason["remedy"], f"{year}-01")
        asked = dict.fromkeys(options_of(client, address)[name]["asks"], "Document No. 7")
        refused = client.post(f"{address}transitions/", {"transition": name, "on": f"{year}-02"}) if asked else None
        assert refused is None or {reason["asked"] for reason in refused.json()["reasons"]} == set(asked)
        response = client.post(f"{address}transitions/", {"transition": name, "on": f"{year}-02"} | asked)
        assert response.status_code == 201
        stages.append(response.json()["to_stage"])

    record = client.get(address).json()
    assert stages == [
        "mandated",
        "negotiating",
        "initialled",
        "signing",
        "signed",
        "ratifying",
        "in_force",
    ]
    assert (record["stage"], record["since"]["iso"], record["group"]) == ("in_force", "2010-02", "operative")
    events = client.get(f"{address}journal/").json()["results"]
    assert [event["transition"] for event in events if event["kind"] == "step"] == list(WAY)
    assert {event["recorded_by"] for event in events} == {"officer"}
    assert len(events) == record["version"]


@pytest.fixture
def aviation(make_agreement):
    agreement = make_agreement()
    agreement.address = f"agreements/{agreement.reference}/"
    return agreement


def test_what_is_possible_and_what_is_not_with_every_reason(api, officer, sample):
    told = api(officer).get("agreements/AIR-7Q4M/transitions/").json()

    assert told["stage"] == "signing"
    assert told["possible"] == [
        {"name": "withdraw", "label": "Withdraw", "target": "withdrawn", "target_label": "Withdrawn", "asks": []},
        {
            "name": "reopen",
            "label": "Reopen negotiations",
            "target": "negotiating",
            "target_label": "Negotiating",
            "asks": [],
        },
    ]
    (sign,) = told["blocked"]
    assert (sign["name"], sign["target"], sign["asks"]) == ("sign", "signed", ["evidence"])
    assert [(reason["code"], reason["remedy"]) for reason in sign["reasons"]] == [
        ("document-missing", "document:legal_expertise"),
        ("document-missing", "document:linguistic_expertise"),
        ("clearance-missing", "clearance"),
        ("document-missing", "document:signing_decision"),
        ("act-missing", "act:full_powers:EU"),
        ("act-missing", "act:full_powers:KZ"),
    ]
    assert sign["reasons"][0] == {
        "code": "document-missing",
        "sentence": "Scientific legal expertise of the draft is not attached.",
        "law": "Law on International Treaties of the Republic of Kazakhstan, Art. 4: mandatory before signing",
        "asked": "",
        "remedy": "document:legal_expertise",
    }


def test_steps_are_weighed_for_a_day(api, officer, sample):
    client, address = api(officer), "agreements/AIR-7Q4M/transitions/"
    today, later = client.get(address, {"on": "2024-12-28"}).json(), client.get(address, {"on": "2030"}).json()

    assert [option["asks"] for option in today["possible"]] == [[], []]
    assert [option["asks"] for option in later["possible"]] == [["on"], ["on"]]


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [({"on": "soon"}, "on", "invalid"), ({"at": "2024"}, "at", "unknown"), ({"cursor": "x"}, "cursor", "unknown")],
)
def test_the_options_take_a_date_only(api, officer, aviation, query, field, code):
    assert errors_of(api(officer).get(f"{aviation.address}transitions/", query)) == {field: code}


def test_a_refused_step_names_every_reason_and_writes_nothing(api, officer, sample):
    before = Entry.objects.count()
    body = {"transition": "sign", "on": "2024-12-28"}
    response = api(officer).post("agreements/AIR-7Q4M/transitions/", body)

    assert codes_of(response) == [
        "document-missing",
        "document-missing",
        "clearance-missing",
        "document-missing",
        "act-missing",
        "act-missing",
        "evidence-missing",
    ]
    assert response.json()["title"] == "Refused"
    assert response.json()["instance"] == "/api/v1/agreements/AIR-7Q4M/transitions/"
    assert response.json()["reasons"][-1]["asked"] == "evidence"
    assert Entry.objects.count() == before


def test_a_step_is_told_as_the_journal_tells_it(api, lawyer, aviation):
    body = {
        "transition": "authorise",
        "on": "2004-Q2",
        "what": {"en": "Mandate given", "kk": "Мандат берілді"},
        "reason": "Art. 218",
        "evidence": "Council decision 7",
        "source": "OJ C 1",
        "place": "Luxembourg",
        "legal_basis": "Art. 218(3) TFEU",
        "certainty": "reported",
        "stated_elsewhere": "2004-07",
        "stated_by": "Press",
        "acting": "Council",
    }
    response = api(lawyer).post(f"{aviation.address}transitions/", body)
    event = response.json()

    assert response.status_code == 201
    assert event == api(lawyer).get(f"{aviation.address}journal/").json()["results"][-1]
    assert (event["from_stage"], event["to_stage"], event["label"]) == ("proposed", "mandated", "Mandated")
    assert (event["on"]["iso"], event["stated_elsewhere"]["iso"]) == ("2004-Q2", "2004-07")
    assert event["what"] == {"text": "Mandate given", "language": "en"}
    assert event["reason"] == {"text": "Art. 218", "language": ""}
    same = ("transition", "evidence", "source", "place", "legal_basis", "certainty", "stated_by", "acting")
    assert {name: event[name] for name in same} == {name: body[name] for name in same}
    assert event["origin"] == "recorded"
    assert api(lawyer).get(aviation.address).json()["stage"] == "mandated"


def test_the_language_chooses_the_words_of_a_refusal(api, officer, sample):
    body = {"transition": "sign", "on": "2024-12-28"}
    said = {
        language: api(officer).post("agreements/AIR-7Q4M/transitions/", body, Accept_Language=language).json()
        for language in ("en", "ru", "kk")
    }

    law = sample["AIR-7Q4M"].rules.transitions[Transition.SIGN].requires[1].law
    assert {language: problem["reasons"][0]["law"] for language, problem in said.items()} == law
    assert len({problem["reasons"][0]["code"] for problem in said.values()}) == 1


@pytest.mark.parametrize(
    "name", ["save", "delete", "initialise", "full_clean", "__init__", "refresh_from_db", "", "pk", "Sign", "signed"]
)
def test_what_is_no_step_is_unknown(api, lawyer, aviation, name):
    response = api(lawyer).post(f"{aviation.address}transitions/", {"transition": name, "on": "2004"})

    assert errors_of(response) == {"transition": "unknown"}
    assert ", ".join(Transition.values) in message_of(response, "transition")
    assert Agreement.objects.get().stage == Stage.PROPOSED


def test_initial_is_a_step_like_any_other(api, lawyer, make_agreement):
    agreement = make_agreement(stage="negotiating")
    body = {"transition": "initial", "on": "2007", "evidence": "Initialled text"}
    response = api(lawyer).post(f"agreements/{agreement.reference}/transitions/", body)

    assert (response.status_code, response.json()["to_stage"]) == (201, "initialled")


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"transition": None}, "transition", "null"),
        ({"transition": ["authorise"]}, "transition", "unknown"),
        ({"transition": {}}, "transition", "unknown"),
        ({"on": "tomorrow"}, "on", "invalid"),
        ({"on": ""}, "on", "invalid"),
        ({"on": 20040101}, "on", "invalid"),
        ({"on": ["2004"]}, "on", "invalid"),
        ({"on": 10**400}, "on", "invalid"),
        ({"stage": "mandated"}, "stage", "unknown"),
        ({"evidence": None}, "evidence", "null"),
        ({"evidence": 5}, "evidence", "invalid"),
        ({"evidence": "\x00"}, "evidence", "invalid"),
        ({"evidence": "x" * 301}, "evidence", "max_length"),
        ({"place": ["Astana"]}, "place", "invalid"),
        ({"reason": True}, "reason", "invalid"),
        ({"what": {"en": {"en": "x"}}}, "what.en", "invalid"),
        ({"manner": "shouted"}, "manner", "unknown"),
        ({"acting": "x" * 201}, "acting", "max_length"),
        ({"out_of_procedure": "yes"}, "out_of_procedure", "invalid"),
        ({"out_of_procedure": 1}, "out_of_procedure", "invalid"),
        ({"out_of_procedure": None}, "out_of_procedure", "null"),
        ({"after": 5}, "after", "unknown"),
        ({"after": "x"}, "after", "invalid"),
        ({"after": "00000000-0000-4000-8000-000000000000"}, "after", "unknown"),
        ({"successor": "NO-SUCH"}, "successor", "unknown"),
        ({"successor": None}, "successor", "null"),
        ({"stated_elsewhere": "?!"}, "stated_elsewhere", "invalid"),
        ({"origin": "imported", "certainty": ""}, "certainty", "unknown"),
    ],
)
def test_a_step_with_a_value_that_cannot_be_taken(api, lawyer, aviation, given, field, code):
    body = {"transition": "authorise", "on": "2004", "evidence": "x"} | given

    assert errors_of(api(lawyer).post(f"{aviation.address}transitions/", body)) == {field: code}
    assert Entry.objects.of(aviation).count() == 1


def test_a_step_needs_its_name_and_its_date(api, lawyer, aviation):
    response = api(lawyer).post(f"{aviation.address}transitions/")

    assert errors_of(response) == {"transition": "required", "on": "required"}


def test_a_step_that_is_still_to_come_is_refused(api, lawyer, aviation):
    body = {"transition": "authorise", "on": "2025", "evidence": "x"}

    assert codes_of(api(lawyer).post(f"{aviation.address}transitions/", body)) == ["future-date"]


def test_a_step_out_of_procedure_is_marked(api, lawyer, aviation):
    body = {"transition": "authorise", "on": "2004", "out_of_procedure": True}
    refused = api(lawyer).post(f"{aviation.address}transitions/", body)
    response = api(lawyer).post(f"{aviation.address}transitions/", body | {"reason": "The decision was oral"})

    assert codes_of(refused) == ["reason-missing"]
    assert (response.status_code, response.json()["out_of_procedure"]) == (201, True)
    assert response.json()["unmet"] == ["evidence-missing"]


def test_a_reason_of_empty_words_is_none(api, lawyer, aviation):
    for reason in ("", " ", {}, {"en": " ", "ru": ""}):
        body = {"transition": "authorise", "on": "2004", "out_of_procedure": True, "reason": reason}
        assert codes_of(api(lawyer).post(f"{aviation.address}transitions/", body)) == ["reason-missing"]


def test_an_imported_step_is_told_as_such(api, lawyer, aviation):
    body = {"transition": "authorise", "on": "2004", "origin": "imported"}
    response = api(lawyer).post(f"{aviation.address}transitions/", body)

    assert (response.status_code, response.json()["origin"]) == (201, "imported")


def test_a_step_learnt_of_late_is_placed_behind_an_entry(api, lawyer, aviation):
    client = api(lawyer)
    first = client.post(f"{aviation.address}transitions/", {"transition": "authorise", "on": "2004", "evidence": "x"})
    client.post(f"{aviation.address}transitions/", {"transition": "open_negotiations", "on": "2006"})
    body = {"on": "2005", "reason": "No money", "after": first.json()["id"]}
    held = client.post(f"{aviation.address}hold/", body)
    released = client.post(f"{aviation.address}release/", {"on": "2005-12", "after": held.json()["id"]})

    assert (held.status_code, released.status_code) == (201, 201)
    events = client.get(f"{aviation.address}journal/").json()["results"]
    ordered = sorted(events, key=lambda event: event["position"])
    assert [event["kind"] for event in ordered] == ["open", "step", "hold", "release", "step"]
    assert client.get(aviation.address).json()["stage"] == "negotiating"


def test_a_step_is_not_placed_behind_an_entry_of_another_agreement(api, lawyer, aviation, make_agreement):
    other = Entry.objects.of(make_agreement()).get()
    body = {"transition": "authorise", "on": "2004", "evidence": "x", "after": str(other.pk)}

    assert errors_of(api(lawyer).post(f"{aviation.address}transitions/", body)) == {"after": "unknown"}


def test_an_agreement_is_superseded_by_another_one(api, lawyer, make_agreement):
    earlier, later = make_agreement(stage="in_force"), make_agreement(stage="in_force")
    address = f"agreements/{earlier.reference}/transitions/"
    body = {"transition": "supersede", "on": "2020-03-01"}
    assert codes_of(api(lawyer).post(address, body)) == ["successor-missing"]
    response = api(lawyer).post(address, body | {"successor": later.reference})

    assert (response.status_code, response.json()["successor"]) == (201, later.reference)


# ---- holds ----
def test_an_agreement_is_held_and_released(api, officer, aviation):
    client = api(officer)
    held = client.post(f"{aviation.address}hold/", {"on": "2012-09", "reason": {"en": "Talks broken off"}})

    assert (held.status_code, held.json()["kind"]) == (201, "hold")
    assert held.json()["reason"] == {"text": "Talks broken off", "language": "en"}
    assert client.get(aviation.address).json()["on_hold"] is True
    twice = client.post(f"{aviation.address}hold/", {"on": "2013", "reason": "x"})
    assert codes_of(twice) == ["on-hold-already"]
    stopped = client.post(f"{aviation.address}transitions/", {"transition": "authorise", "on": "2013", "evidence": "x"})
    assert codes_of(stopped) == ["on-hold"]
    assert stopped.json()["reasons"][0]["remedy"] == "release"
    released = client.post(f"{aviation.address}release/", {"on": "2013-10"})
    assert (released.status_code, released.json()["kind"]) == (201, "release")
    assert client.get(aviation.address).json()["on_hold"] is False
    assert codes_of(client.post(f"{aviation.address}release/", {"on": "2013-10"})) == ["not-on-hold"]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"on": "required", "reason": "required"}),
        ({"on": "2012", "reason": None}, {"reason": "null"}),
        ({"on": "2012", "reason": "x", "until": "2013"}, {"until": "unknown"}),
        ({"on": "2012", "reason": "x", "transition": "sign"}, {"transition": "unknown"}),
        ({"on": {}, "reason": []}, {"on": "invalid", "reason": "invalid"}),
    ],
)
def test_a_hold_with_values_that_cannot_be_taken(api, officer, aviation, body, errors):
    assert errors_of(api(officer).post(f"{aviation.address}hold/", body)) == errors


def test_a_hold_without_a_reason_is_refused(api, officer, aviation):
    body = {"on": "2012", "reason": " "}

    assert codes_of(api(officer).post(f"{aviation.address}hold/", body)) == ["reason-missing"]


def test_reading_does_not_step_and_steps_are_not_read(api, officer, aviation):
    for path in ("hold/", "release/"):
        assert problem_of(api(officer).get(f"{aviation.address}{path}")) == (405, "method-not-allowed")
