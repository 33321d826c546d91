"""The entry into force, supposed acts and clauses through the API."""

from datetime import date
from typing import Any

import pytest

from agreements import participation
from agreements.choices import Role
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry, EntryText, Participant, Party
from tests.api.conftest import day, errors_of, iso, message_of, problem_of

EPCA = "agreements/PEP-4K7Z/"


# ---- entry into force ----
def test_the_clause_of_the_partnership_agreement_was_met_in_january_2020(api, reader, sample):
    told = api(reader).get(f"{EPCA}entry-into-force/").json()
    answer = told["answer"]

    assert told["clause"] == sample["PEP-4K7Z"].clause
    assert told["clause_text"] == sample["PEP-4K7Z"].clause_texts
    assert told["described"] == [
        {"depth": 0, "text": "Entry into force:"},
        {"depth": 1, "text": "The first day of the 2nd month after:"},
        {
            "depth": 2,
            "text": "notifications of completed procedures of all participants (other than: United Kingdom)",
        },
    ]
    assert (answer["met"], answer["in_force"], answer["missing"]) == (True, True, None)
    # Of no notification a source tells the day: any of them may have been the last.
    assert (answer["trigger"]["iso"], answer["trigger"]["certain"]) == ("2020-01", False)
    assert answer["trigger"]["parties"][9] == {"code": "EU", "name": "European Union"}
    assert [row["code"] for row in answer["trigger"]["parties"]] == [
        row["party"] for row in told["participants"] if row["party"] != "GB"
    ]
    assert answer["date"]["iso"] == iso(told["stated"]) == "2020-03-01"
    assert (told["problem"], told["conflict"]) == ("", False)
    assert answer["explanation"][-1] == "In force since 1\u00a0March\u00a02020."
    assert {row["status"] for row in told["participants"] if row["party"] != "GB"} == {"bound"}
    assert len(told["participants"]) == 30
    assert len(answer["parties"]) == 29


def test_the_clause_of_the_partnership_agreement_was_not_met_in_2016(api, reader, sample):
    query = {"on": "2016-06-01", "supposing": "2016-07-15"}
    told = api(reader).get(f"{EPCA}entry-into-force/", query).json()
    answer = told["answer"]

    assert (told["on"], told["stated"], told["conflict"]) == ("2016-06-01", None, False)
    assert (answer["met"], answer["in_force"], answer["date"], answer["trigger"]) == (False, False, None, None)
    assert {name: answer["missing"][name] for name in ("kind", "needed", "have", "lacking", "kinds")} == {
        "kind": "acts", "needed": 29, "have": 0, "lacking": 29, "kinds": ["notification"],
    }  # fmt: skip
    assert (answer["supposing"], answer["earliest"]) == ("2016-07-15", "2016-09-01")
    applied = [row["party"] for row in told["participants"] if row["status"] == "bound_provisionally"]
    assert applied == ["EU", "KZ"]


def test_an_agreement_without_a_clause_says_who_is_bound(api, reader, sample):
    address = "agreements/PEP-2F9C/entry-into-force/"
    told = api(reader).get(address, {"on": "2016-06-01"}).json()
    rows = {row["party"]: row for row in told["participants"]}

    assert (told["clause"], told["answer"], told["described"], told["problem"]) == (None, None, [], "")
    assert iso(told["stated"]) == "1999-07-01"
    assert {(row["status"], iso(row["bound"])) for row in rows.values()} == {("bound", "1999-07-01")}
    # Of Kazakhstan a ratification is recorded; of the others nothing but that the whole entered into force.
    assert [code for code, row in rows.items() if not row["implied"]] == ["KZ"]
    ended = api(reader).get(address).json()["participants"]
    assert {(row["status"], iso(row["since"])) for row in ended} == {("ended", "2020-03-01")}


def test_a_clause_speaks_the_language_of_the_reader(api, reader, sample):
    told = api(reader).get(f"{EPCA}entry-into-force/", Accept_Language="kk").json()

    assert told["answer"]["trigger"]["parties"][9]["name"] == "Еуропалық одақ"


def test_a_stored_clause_that_cannot_be_read_is_a_problem(api, reader, treaty):
    Agreement.objects.filter(pk=treaty.pk).update(clause={"enters_into_force": {"instruments": 0}})
    told = api(reader).get(f"{treaty.address}entry-into-force/").json()

    assert told["clause"] == {"enters_into_force": {"instruments": 0}}
    assert (told["answer"], told["described"]) == (None, [])
    assert told["problem"].startswith("enters_into_force.instruments: ")


def test_the_stated_and_the_computed_day_disagree(api, reader, lawyer, sample):
    body = {"clause": {"enters_into_force": {"after": {"days": 10}, "of": {"notifications": "all", "besides": ["GB"]}}}}
    told = api(reader).post(f"{EPCA}entry-into-force/", body).json()

    assert (told["conflict"], iso(told["stated"])) == (True, "2020-03-01")
    assert (told["answer"]["date"]["earliest"], told["answer"]["date"]["latest"]) == ("2020-01-11", "2020-02-10")
    assert told["clause"] == body["clause"]


# ---- suppositions ----
def rows() -> list[list[Any]]:
    """Everything that a supposition must leave alone."""
    return [list(model.objects.order_by("pk").values()) for model in (Agreement, Entry, EntryText, Participant, Party)]


def test_a_supposition_is_answered_and_stores_nothing(api, reader, signed):
    before = rows()
    body = {
        "on": "2004-06-30",
        "actions": [
            {"party": "TM", "act": "ratification", "on": "2003-12-02"},
            {"party": "TJ", "act": "ratification", "on": "2004-04", "received": "2004-05-01"},
        ],
    }
    response = api(reader).post(f"{signed.address}entry-into-force/", body)
    answer = response.json()["answer"]

    assert response.status_code == 200
    assert (answer["met"], answer["date"]["iso"], answer["trigger"]["parties"]) == (
        True, "2004-01-01", [{"code": "TM", "name": "Turkmenistan"}],
    )  # fmt: skip
    assert {row["party"]: iso(row["bound"]) for row in response.json()["participants"]} == {
        "EU": None, "KZ": "2004-01-01", "TJ": "2004-05-31", "TM": "2004-01-01", "UZ": "2004-01-01",
    }  # fmt: skip
    assert [entry["rule"] for entry in answer["parties"]] == ["original", "original", "original", "own"]
    assert rows() == before
    assert api(reader).get(f"{signed.address}entry-into-force/").json()["answer"]["met"] is False


def test_a_newcomer_may_be_supposed_to_accede(api, reader, make_agreement, asian):
    agreement = make_agreement(columns={"clause": {"enters_into_force": {"instruments": 1}}})
    body = {"on": "2030-01-01", "actions": [{"party": "UZ", "act": "accession", "on": "2029-05-01"}]}
    told = api(reader).post(f"agreements/{agreement.reference}/entry-into-force/", body).json()

    assert (told["answer"]["date"]["iso"], told["answer"]["trigger"]["parties"]) == (
        "2029-05-01", [{"code": "UZ", "name": "Uzbekistan"}],
    )  # fmt: skip
    assert {row["party"]: row["status"] for row in told["participants"]} == {
        "EU": "not_signed", "KZ": "not_signed", "UZ": "bound",
    }  # fmt: skip


def test_supposed_acts_aim_at_each_other_and_at_recorded_ones(api, reader, signed):
    ratified = Entry.objects.of(signed).filter(data__contains='"ratification"').first()
    left = {"party": "KZ", "act": "withdrawal", "on": "2003-10-05", "target": str(ratified.pk)}
    came = {"party": "TM", "act": "ratification", "on": "2003-11-01", "id": "tm"}
    went = {"party": "TM", "act": "withdrawal", "on": "2003-11-05", "target": "tm"}

    def have(*actions):
        told = api(reader).post(f"{signed.address}entry-into-force/", {"on": "2004-06-30", "actions": [*actions]})
        return told.json()["answer"]["missing"]["have"]

    assert (have(), have(left), have(left, came), have(left, came, went)) == (2, 1, 2, 1)


def test_supposed_acts_that_nobody_can_do_are_refused_with_every_reason(api, reader, signed):
    ratified = Entry.objects.of(signed).filter(data__contains='"ratification"', data__icontains="KZ").first()
    body = {
        "actions": [
            {"party": "TM", "act": "ratification", "on": "2004-01-05", "received": "2004-01-04", "id": "tm"},
            {"party": "UZ", "act": "withdrawal", "on": "2004-01-05", "target": str(ratified.pk)},
            {"party": "TM", "act": "withdrawal", "on": "2004-01-04", "target": "tm"},
        ]
    }
    response = api(reader).post(f"{signed.address}entry-into-force/", body)

    assert problem_of(response) == (400, "validation")
    assert errors_of(response) == {
        "actions.0.received": "received-before-done",
        "actions.1.target": "not-its-own",
        "actions.2.on": "before-target",
    }
    assert message_of(response, "actions.0.received") == "It cannot have been received before it was done."


def test_another_clause_is_tried_with_the_recorded_acts(api, reader, signed):
    before = rows()
    clause = {"enters_into_force": {"first_of_month": 1, "following": {"instruments": 2}}}
    told = api(reader).post(f"{signed.address}entry-into-force/", {"clause": clause}).json()

    assert (told["clause"], told["answer"]["date"]["iso"]) == (clause, "2003-11-01")
    assert rows() == before


def supposed(**given):
    return {"actions": [{"party": "KZ", "act": "ratification", "on": "2004"} | given]}


BAD_SUPPOSITIONS = [
    ({"on": "2024"}, "/on", "invalid"),
    ({"on": 7}, "/on", "invalid"),
    ({"known_at": "2024-12-28"}, "/known_at", "invalid"),
    ({"known_at": 1}, "/known_at", "invalid"),
    ({"supposing": ""}, "/supposing", "invalid"),
    ({"actions": {}}, "/actions", "not_a_list"),
    ({"actions": None}, "/actions", "null"),
    ({"actions": ["x"]}, "/actions/0", "invalid"),
    ({"actions": [{}] * 501}, "/actions", "max_length"),
    (supposed(party="XX"), "/actions/0/party", "unknown"),
    (supposed(party=None), "/actions/0/party", "null"),
    (supposed(party="EU"), "/actions/0/party", "looks-on"),
    (supposed(act="sign"), "/actions/0/act", "unknown"),
    (supposed(on="soon"), "/actions/0/on", "invalid"),
    (supposed(received="soon"), "/actions/0/received", "invalid"),
    (supposed(manner="x"), "/actions/0/manner", "unknown"),
    (supposed(target="nothing"), "/actions/0/target", "unknown"),
    (supposed(target="x" * 61), "/actions/0/target", "max_length"),
    (supposed(evidence="x"), "/actions/0/evidence", "unknown"),
    (supposed(received="2003"), "/actions/0/received", "received-before-done"),
    (supposed(act="objection", id="me", target="me"), "/actions/0/target", "target-missing"),
    ({"actions": supposed(id="a")["actions"] * 2}, "/actions/1/id", "unique"),
    ({"actions": supposed()["actions"] * 21}, "/actions/20/party", "max_length"),
    ({"clause": None}, "/clause", "null"),
    ({"clause": []}, "/clause", "clause"),
    ({"clause": {}}, "/clause", "clause"),
    ({"clause": {"enters_into_force": {"instruments": 0}}}, "/clause/enters_into_force/instruments", "clause"),
    (
        {"clause": {"enters_into_force": {"any_of": [{"date": "2004-01-05"}, {"after": {"days": "x"}, "of": {}}]}}},
        "/clause/enters_into_force/any_of/1/after/days",
        "clause",
    ),
    ({"clause": {"enters_into_force": {"date": "2004-01-05"}, "nope": 1}}, "/clause/nope", "clause"),
    ({"clause": {"text": "x" * 50_001}}, "/clause", "too_large"),
    ({"clause": {"groups": {"g": ["KZ"] * 5_000}}}, "/clause", "too_large"),
    ({"clause": {"text": "a\x00b"}}, "/clause", "invalid"),
    (
        {"clause": {"enters_into_force": {"instruments": 1, "among": ["KZ", "KAZ"]}}},
        "/clause/enters_into_force/among",
        "clause",
    ),
    ({"agreement": "x"}, "/agreement", "unknown"),
]


@pytest.mark.parametrize(("body", "pointer", "code"), BAD_SUPPOSITIONS)
def test_a_supposition_that_cannot_be_taken(api, reader, treaty, body, pointer, code):
    response = api(reader).post(f"{treaty.address}entry-into-force/", body)

    assert problem_of(response) == (400, "validation")
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == [(pointer, code)]


def test_a_clause_that_is_nested_without_end_is_refused(api, reader, treaty):
    rule: Any = {"instruments": 1}
    for _level in range(200):
        rule = {"all_of": [rule]}
    response = api(reader).post(f"{treaty.address}entry-into-force/", {"clause": {"enters_into_force": rule}})

    assert errors_of(response) == {"clause": "too_large"}


# ---- the clause of a record ----
def test_a_clause_is_given_when_the_record_is_opened(api, officer, parties):
    body = {
        "title": {"en": "A treaty"},
        "kind": "treaty",
        "participants": [{"party": "KZ"}, {"party": "EU"}],
        "clause": {
            "tables": {"shares": {"weights": {"KZ": 40.5, "EU": "59.5"}}},
            "enters_into_force": {"share": "55%", "table": "shares"},
        },
        "clause_text": {"en": "When 55 per cent have ratified", "ru": "Когда ратифицируют 55 процентов"},
    }
    response = api(officer).post("agreements/", body)
    record = response.json()

    assert response.status_code == 201
    assert record["clause"]["tables"] == {"shares": {"weights": {"KZ": "40.5", "EU": "59.5"}}}
    assert record["clause_text"] == body["clause_text"] | {"kk": ""}
    assert record["computed_entry_into_force"] is None


def test_a_clause_is_changed_and_journalled(api, officer, make_agreement):
    address = f"agreements/{make_agreement().reference}/"
    client = api(officer)
    clause = {"enters_into_force": {"date": "2004-01-05"}}
    record = client.patch(address, {"clause": clause, "clause_text": {"kk": "Мәтін"}}).json()

    assert (record["clause"], record["clause_text"]) == (clause, {"en": "", "ru": "", "kk": "Мәтін"})
    assert iso(record["computed_entry_into_force"]) == "2004-01-05"
    changes = client.get(f"{address}journal/").json()["results"][-1]["changes"]
    assert sorted((change["field"], change["after"]) for change in changes) == [
        ("clause", clause), ("clause_text.kk", "Мәтін"),
    ]  # fmt: skip
    assert client.patch(address, {"clause": None}).json()["computed_entry_into_force"] is None


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"clause": {"enters_into_force": {"instruments": 0}}}, "clause.enters_into_force.instruments", "clause"),
        ({"clause": {"enters_into_force": {}}}, "clause.enters_into_force", "clause"),
        ({"clause": {}}, "clause", "clause"),
        ({"clause": "x"}, "clause", "clause"),
        (
            {"clause": {"enters_into_force": {"instruments": 1, "of": ["KZ", "KAZ"]}}},
            "clause.enters_into_force.of",
            "clause",
        ),
        ({"clause_text": "x"}, "clause_text", "invalid"),
        ({"clause_text": {"en": "x" * 4001}}, "clause_text.en", "max_length"),
        ({"computed_entry_into_force": "2004"}, "computed_entry_into_force", "read_only"),
        ({"own_side": {}}, "own_side", "read_only"),
        ({"period": {}}, "period", "read_only"),
    ],
)
def test_a_clause_that_cannot_be_taken_says_where_and_why(api, officer, make_agreement, given, field, code):
    address = f"agreements/{make_agreement().reference}/"
    response = api(officer).patch(address, given)

    assert errors_of(response) == {field: code}
    if code == "read_only":
        assert message_of(response, field) == "This follows from the rest and is not set."
    if code == "clause" and field.endswith("instruments"):
        assert message_of(response, field) == "Give a whole number from 1 to 500."
        opening = {"title": {"en": "A"}, "kind": "treaty"} | given
        assert errors_of(api(officer).post("agreements/", opening)) == {field: code}


def test_in_force_but_not_for_us(api, reader, lawyer, make_agreement, asian):
    agreement = make_agreement(
        stage="in_force",
        procedure="multilateral",
        on=FuzzyDate.of_day(date(2004, 1, 5)),
        participants=[(asian[code], Role.PARTY) for code in ("KZ", "UZ")],
    )
    address = f"agreements/{agreement.reference}/"

    def told():
        own = api(reader).get(address).json()["own_side"]
        return own["status"], iso(own["bound"]), own["in_force_but_not_for_us"]

    assert told() == ("not_signed", None, False)
    participation.act(agreement, asian["UZ"], "accession", on=day("2003-12-01"), by=lawyer)
    assert told() == ("not_signed", None, True)
    participation.act(agreement, asian["KZ"], "accession", on=day("2004-02-01"), by=lawyer)
    assert told() == ("bound", "2004-02-01", False)


def test_where_the_own_side_takes_no_part_nothing_is_said_of_it(api, reader, make_agreement, asian):
    agreement = make_agreement(participants=[(asian["EU"], Role.NEGOTIATING), (asian["KZ"], Role.OBSERVER)])

    assert api(reader).get(f"agreements/{agreement.reference}/").json()["own_side"] is None
