"""Participants and their acts through the API."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements import participation
from agreements.choices import Role
from agreements.models import Entry
from tests.api.conftest import CLAUSE, codes_of, day, errors_of, iso, problem_of, standing

EPCA = "agreements/PEP-4K7Z/"


# ---- participants ----
def test_participants_of_the_partnership_agreement_are_bound(api, reader, sample):
    response = api(reader).get(f"{EPCA}participants/")
    rows = standing(response)

    assert (response.json()["as_of"], response.json()["known_at"]) == ("2024-12-28", None)
    assert list(rows) == sorted(rows)
    assert len(rows) == 30
    assert [code for code, row in rows.items() if row["status"] != "bound"] == ["GB"]
    assert {iso(row["bound"]) for code, row in rows.items() if code != "GB"} == {"2020-03-01"}
    assert {iso(row["computed"]) for code, row in rows.items() if code != "GB"} == {"2020-03-01"}
    assert [code for code, row in rows.items() if row["own"]] == ["KZ"]
    assert rows["EU"]["names"] == {"en": "European Union", "ru": "Европейский союз", "kk": "Еуропалық одақ"}


def test_who_signed_only_is_told_with_the_step_that_tells_it(api, reader, sample):
    row = standing(api(reader).get(f"{EPCA}participants/"))["GB"]
    step = Entry.objects.of(sample["PEP-4K7Z"]).get(transition="sign")
    signing = {
        "earliest": "2015-12-21",
        "latest": "2015-12-21",
        "precision": "day",
        "iso": "2015-12-21",
        "words": "21\u00a0December\u00a02015",
    }

    assert row == {
        "party": "GB",
        "name": "United Kingdom",
        "role": "signatory",
        "own": False,
        "status": "signed",
        "status_label": "Signed",
        "possibly": None,
        "possibly_label": "",
        "since": signing,
        "bound": None,
        "until": None,
        "implied": False,
        "names": {"en": "United Kingdom", "ru": "Великобритания", "kk": "Ұлыбритания"},
        "signature": {
            "entry": str(step.pk),
            "by_step": True,
            "act": "signature",
            "label": "Signature",
            "on": signing,
            "received": None,
            "effective": None,
            "manner": "",
            "scope": "",
        },
        "consent": None,
        "computed": None,
        "stated": None,
        "conflict": False,
        "provisional": None,
        "applied_from": None,
        "reservations": [],
    }


def test_who_applied_the_partnership_agreement_provisionally_on_a_day(api, reader, sample):
    rows = standing(api(reader).get(f"{EPCA}participants/", {"as_of": "2016-06-01"}))
    provisional = {code: row for code, row in rows.items() if row["status"] == "bound_provisionally"}

    assert sorted(provisional) == ["EU", "KZ"]
    assert {iso(row["since"]) for row in provisional.values()} == {"2016-05-01"}
    assert {row["provisional"]["scope"] for row in provisional.values()} == {"In part"}
    assert {row["status"] for code, row in rows.items() if code not in provisional} == {"signed"}
    before = standing(api(reader).get(f"{EPCA}participants/", {"as_of": "2015-12-20"}))
    assert {row["status"] for row in before.values()} == {"not_signed"}


def test_labels_of_participants_follow_the_language(api, reader, sample):
    row = standing(api(reader).get(f"{EPCA}participants/", Accept_Language="ru"))["EU"]

    assert row["name"] == "Европейский союз"
    assert row["provisional"]["on"]["words"] == "1\u00a0мая\u00a02016\u00a0года"


def test_a_depositary_takes_no_part(api, reader, signed):
    row = standing(api(reader).get(f"{signed.address}participants/"))["EU"]

    assert (row["role"], row["status"], row["since"], row["signature"]) == ("depositary", "none", None, None)


def test_participants_of_a_treaty_one_by_one(api, reader, lawyer, asian, signed):
    participation.act(signed, asian["TM"], "ratification", on=day("2003-12-02"), by=lawyer)
    stated = {"on": day("2004-05-01"), "effective": day("2004-06-01")}
    participation.act(signed, asian["TJ"], "ratification", by=lawyer, **stated)
    rows = standing(api(reader).get(f"{signed.address}participants/"))

    told = {
        code: (
            row["status"],
            iso(row["consent"]["on"]),
            iso(row["consent"]["received"]),
            iso(row["bound"]),
            iso(row["computed"]),
            iso(row["stated"]),
            row["conflict"],
        )
        for code, row in rows.items()
        if row["consent"]
    }
    assert told == {
        "KZ": ("bound", "2003-09", "2003-10-01", "2004-01-01", "2004-01-01", None, False),
        "TJ": ("bound", "2004-05-01", None, "2004-05-31", "2004-05-31", "2004-06-01", True),
        "TM": ("bound", "2003-12-02", None, "2004-01-01", "2004-01-01", None, False),
        "UZ": ("bound", "2003-10-10", None, "2004-01-01", "2004-01-01", None, False),
    }
    assert rows["KZ"]["signature"]["manner"] == "subject"


def test_a_day_that_is_not_known_leaves_a_status_possible(api, reader, lawyer, asian, signed):
    participation.act(signed, asian["TM"], "ratification", on=day("2004"), by=lawyer)
    row = standing(api(reader).get(f"{signed.address}participants/", {"as_of": "2004-06-01"}))["TM"]

    assert (row["status"], row["possibly"], row["possibly_label"]) == ("signed", "bound", "Bound")


def test_reservations_are_told_with_answers_and_clocks(api, reader, lawyer, asian, signed):
    made = participation.act(
        signed, asian["TM"], "reservation", on=day("2003-12-02"), scope={"en": "Article 5"}, by=lawyer,
        what={"ru": "Статья 5 не применяется"},
    )  # fmt: skip
    objection = participation.act(signed, asian["KZ"], "objection", on=day("2004-01-15"), target=made, by=lawyer)

    def told(as_of):
        row = standing(api(reader).get(f"{signed.address}participants/", {"as_of": as_of}))["TM"]
        (reservation,) = row["reservations"]
        assert reservation["what"] == {"text": "Статья 5 не применяется", "language": "ru"}
        answers = [
            (answer["party"], answer["state"], answer["by"], answer["objection"] and answer["objection"]["entry"])
            for answer in reservation["answers"]
        ]
        return reservation["entry"], reservation["scope"], reservation["withdrawn"], answers

    open_ones = [("KZ", "objected", "2004-12-02", str(objection.pk)), ("TJ", "open", "2004-12-02", None)]
    assert told("2004-06-01") == (
        str(made.pk), "Article 5", None, [*open_ones, ("UZ", "open", "2004-12-02", None)],
    )  # fmt: skip
    assert told("2004-12-28")[3] == [*open_ones, ("UZ", "accepted", "2004-12-02", None)]

    participation.act(signed, asian["TM"], "withdrawal", on=day("2005-02-01"), target=made, by=lawyer)
    assert told("2005-03-01")[2] == "2005-02-01"


def test_participants_as_they_were_known_at_a_moment(api, lawyer, asian, treaty):
    entry = participation.act(treaty, asian["KZ"], "signature", on=day("2003-06-05"), by=lawyer)
    moment = entry.recorded_at.isoformat()
    participation.act(treaty, asian["UZ"], "signature", on=day("2003-06-05"), by=lawyer)
    client = api(lawyer)
    # The clause is another one since.
    client.patch(treaty.address, {"clause": {"enters_into_force": {"instruments": 1}}})

    then = client.get(f"{treaty.address}participants/", {"known_at": moment})
    assert then.json()["known_at"] is not None
    assert {code: row["status"] for code, row in standing(then).items()} == {
        "EU": "none", "KZ": "signed", "TJ": "not_signed", "TM": "not_signed", "UZ": "not_signed",
    }  # fmt: skip
    assert standing(client.get(f"{treaty.address}participants/"))["UZ"]["status"] == "signed"
    answer = client.get(f"{treaty.address}entry-into-force/", {"known_at": moment}).json()
    assert (answer["clause"], answer["answer"]["missing"]["needed"]) == (CLAUSE, 3)
    before = client.get(f"{treaty.address}participants/", {"known_at": "2000-01-01T00:00:00Z"})
    assert before.json()["participants"] == []


@pytest.mark.parametrize(
    ("path", "query", "field", "code"),
    [
        ("participants/", {"as_of": "yesterday"}, "as_of", "invalid"),
        ("participants/", {"as_of": "2024"}, "as_of", "invalid"),
        ("participants/", {"as_of": "2024-12-29"}, "as_of", "invalid"),
        ("participants/", {"known_at": "2024-12-28"}, "known_at", "invalid"),
        ("participants/", {"on": "2024-12-28"}, "on", "unknown"),
        ("participants/", {"page_size": "5"}, "page_size", "unknown"),
        ("actions/", {"kind": "action"}, "kind", "unknown"),
        ("actions/", {"cursor": "x"}, "cursor", "invalid"),
        ("actions/", {"known_at": "x"}, "known_at", "invalid"),
        ("entry-into-force/", {"on": "2024-13-01"}, "on", "invalid"),
        ("entry-into-force/", {"supposing": "soon"}, "supposing", "invalid"),
        ("entry-into-force/", {"as_of": "2024-12-28"}, "as_of", "unknown"),
    ],
)
def test_a_parameter_that_is_not_understood(api, reader, treaty, path, query, field, code):
    response = api(reader).get(f"{treaty.address}{path}", query)

    assert errors_of(response) == {field: code}
    assert [error["pointer"] for error in response.json()["errors"]] == [None]


QUERIES = {"": 5, "participants/": 7, "actions/": 5, "entry-into-force/": 6}


@pytest.mark.parametrize("path", QUERIES)
def test_reading_takes_as_many_queries_for_one_participant_as_for_three(api, lawyer, make_agreement, asian, path):
    counts = []
    client = api(lawyer)
    for codes in (["KZ"], ["KZ", "UZ", "TM"]):
        agreement = make_agreement(
            stage="signed",
            procedure="multilateral",
            participants=[(asian[code], Role.PARTY) for code in codes],
            columns={"clause": {"enters_into_force": {"instruments": 1}}},
        )
        for code in codes:
            participation.act(agreement, asian[code], "signature", on=day("2003-06-05"), by=lawyer)
            participation.act(agreement, asian[code], "reservation", on=day("2003-06-05"), by=lawyer)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"agreements/{agreement.reference}/{path}")
        counts.append(len(queries))

    assert counts == [QUERIES[path]] * 2


# ---- acts ----
def test_acts_are_paged_in_the_order_of_recording(api, reader, sample):
    seen, address = [], f"{EPCA}actions/?page_size=20"
    while address:
        page = api(reader).get(address).json()
        seen.append([(event["act"], event["party"]) for event in page["results"]])
        address = page["next"]

    assert [len(page) for page in seen] == [20, 13]
    acts = [act for page in seen for act in page]
    assert sorted(acts[:4]) == [
        ("approval", "EU"),
        ("provisional_application", "EU"),
        ("provisional_application", "KZ"),
        ("ratification", "KZ"),
    ]
    assert len([act for act, _party in acts if act == "notification"]) == 29


def test_an_act_is_recorded_with_all_that_is_said_of_it(api, officer, signed):
    body = {
        "party": "TM",
        "act": "ratification",
        "on": "2003-12-01",
        "received": "2003-12-02",
        "effective": "2004-01-01",
        "scope": {"en": "The whole"},
        "evidence": "Instrument No. 7",
        "source": "Note of the depositary",
        "place": "Ashgabat",
        "legal_basis": "Law No. 12",
        "what": "Ratified by parliament",
        "certainty": "reported",
        "stated_elsewhere": "2003-11",
        "stated_by": "A newspaper",
    }
    response = api(officer).post(f"{signed.address}actions/", body)
    event = response.json()

    assert response.status_code == 201
    assert event == api(officer).get(f"{signed.address}actions/").json()["results"][-1]
    assert event == api(officer).get(f"{signed.address}journal/").json()["results"][-1]
    assert event["label"] == "Ratification: Turkmenistan"
    same = ("party", "act", "evidence", "source", "place", "legal_basis", "certainty", "stated_by")
    assert {name: event[name] for name in same} == {name: body[name] for name in same}
    days = ("on", "received", "effective", "stated_elsewhere")
    assert {name: iso(event[name]) for name in days} == {name: body[name] for name in days}
    assert (event["scope"], event["what"]["text"]) == (
        {"text": "The whole", "language": "en"},
        "Ratified by parliament",
    )
    record = api(officer).get(signed.address).json()
    assert iso(record["computed_entry_into_force"]) == "2004-01-01"
    assert (record["own_side"]["status"], iso(record["own_side"]["bound"])) == ("bound", "2004-01-01")


def test_an_act_names_the_act_that_it_concerns(api, officer, treaty):
    client = api(officer)
    body = {"party": "KZ", "on": "2003-06-05"}
    signature = client.post(f"{treaty.address}actions/", body | {"act": "signature", "manner": "ad_referendum"}).json()
    confirmation = client.post(
        f"{treaty.address}actions/", body | {"act": "confirmation", "on": "2003-07-01", "target": signature["id"]}
    ).json()

    assert (signature["manner"], signature["target"]) == ("ad_referendum", None)
    assert confirmation["target"] == signature["id"]
    assert standing(client.get(f"{treaty.address}participants/"))["KZ"]["status"] == "signed"


@pytest.mark.parametrize(
    ("body", "codes", "asked"),
    [
        ({"party": "KZ", "act": "ratification"}, ["not-signed"], [""]),
        ({"party": "EU", "act": "signature"}, ["looks-on"], ["party"]),
        ({"party": "KZ", "act": "signature", "received": "2002"}, ["received-before-done"], ["received"]),
        ({"party": "KZ", "act": "signature", "on": "2025-01-01"}, ["future-date"], ["on"]),
        ({"party": "KZ", "act": "objection"}, ["target-missing"], ["target"]),
        (
            {"party": "KZ", "act": "ratification", "out_of_procedure": True},
            ["not-permitted", "reason-missing"],
            ["", "reason"],
        ),
        ({"party": "KZ", "act": "signature", "text": 2}, ["text-unknown"], ["text"]),
    ],
)
def test_an_act_that_the_rules_refuse(api, officer, treaty, body, codes, asked):
    response = api(officer).post(f"{treaty.address}actions/", {"on": "2003-06-05"} | body)

    assert codes_of(response) == codes
    assert [reason["asked"] for reason in response.json()["reasons"]] == asked
    assert Entry.objects.of(treaty).count() == 1


def test_a_party_that_takes_no_part_cannot_act(api, officer, make_agreement, asian):
    body = {"party": "UZ", "act": "signature", "on": "2003-06-05"}
    response = api(officer).post(f"agreements/{make_agreement().reference}/actions/", body)

    assert codes_of(response) == ["not-a-participant"]


def test_recording_an_act_needs_the_right(api, reader, treaty):
    body = {"party": "KZ", "act": "signature", "on": "2003-06-05"}

    assert problem_of(api(reader).post(f"{treaty.address}actions/", body)) == (403, "not-permitted")
    assert problem_of(api(reader).post(f"{treaty.address}actions/", {})) == (403, "not-permitted")


def test_an_act_out_of_procedure_is_marked(api, lawyer, treaty):
    body = {"party": "KZ", "act": "ratification", "on": "2003-09", "out_of_procedure": True, "reason": "As notified"}
    event = api(lawyer).post(f"{treaty.address}actions/", body).json()

    assert (event["out_of_procedure"], event["unmet"], event["reason"]["text"]) == (
        True, ["not-signed"], "As notified",
    )  # fmt: skip


BAD_ACTS = [
    ({}, {"party": "required", "act": "required", "on": "required"}),
    ({"party": "XX"}, {"party": "unknown"}),
    ({"party": 7}, {"party": "invalid"}),
    ({"act": "sign"}, {"act": "unknown"}),
    ({"on": "soon"}, {"on": "invalid"}),
    ({"on": None}, {"on": "null"}),
    ({"received": "soon"}, {"received": "invalid"}),
    ({"effective": 2003}, {"effective": "invalid"}),
    ({"manner": "signed"}, {"manner": "unknown"}),
    ({"manner": None}, {"manner": "null"}),
    ({"scope": ["x"]}, {"scope": "invalid"}),
    ({"scope": {"de": "x"}}, {"scope.de": "unknown"}),
    ({"scope": {"ru": "x" * 4001}}, {"scope.ru": "max_length"}),
    ({"target": "x"}, {"target": "invalid"}),
    ({"target": "00000000-0000-4000-8000-000000000000"}, {"target": "unknown"}),
    ({"evidence": "x" * 301}, {"evidence": "max_length"}),
    ({"certainty": "sure"}, {"certainty": "unknown"}),
    ({"out_of_procedure": "yes"}, {"out_of_procedure": "invalid"}),
    ({"text": 0}, {"text": "min_value"}),
    ({"kind": "action"}, {"kind": "unknown"}),
    ({"what": "a\x00b"}, {"what": "invalid"}),
]


@pytest.mark.parametrize(("given", "errors"), BAD_ACTS)
def test_an_act_with_values_that_cannot_be_taken(api, officer, treaty, given, errors):
    sound = {"party": "KZ", "act": "signature", "on": "2003-06-05"}
    response = api(officer).post(f"{treaty.address}actions/", sound | given if given else {})

    assert errors_of(response) == errors
    assert {error["pointer"] for error in response.json()["errors"]} == {
        f"/{field.replace('.', '/')}" for field in errors
    }
    assert Entry.objects.of(treaty).count() == 1


def test_an_act_of_another_agreement_is_no_target(api, officer, lawyer, treaty, make_agreement, asian):
    other = participation.act(make_agreement(), asian["KZ"], "full_powers", on=day("2004"), by=lawyer)
    opening = Entry.objects.of(treaty).get()
    body = {"party": "KZ", "act": "withdrawal", "on": "2004"}

    for key in (other.pk, opening.pk):
        response = api(officer).post(f"{treaty.address}actions/", body | {"target": str(key)})
        assert errors_of(response) == {"target": "unknown"}


# ---- correcting ----
def test_an_act_is_corrected_and_keeps_what_is_not_given_anew(api, lawyer, asian, signed):
    act = participation.act(
        signed,
        asian["TM"],
        "ratification",
        on=day("2003-12-02"),
        received=day("2003-12-05"),
        evidence="No. 7",
        by=lawyer,
    )
    client = api(lawyer)
    body = {
        "mode": "correct",
        "reason": "Misread",
        "act": "approval",
        "on": "2003-12-03",
        "received": None,
        "scope": "All",
        "own_reason": "As the depositary says",
    }
    response = client.post(f"{signed.address}journal/{act.pk}/void/", body)
    told = response.json()

    assert response.status_code == 201
    assert (told["void"]["voids"], told["void"]["reason"]["text"]) == (str(act.pk), "Misread")
    new = told["replacement"]
    assert (new["replaces"], new["act"], new["party"], iso(new["on"])) == (
        str(act.pk), "approval", "TM", "2003-12-03",
    )  # fmt: skip
    assert (new["received"], new["evidence"], new["scope"]["text"]) == (None, "No. 7", "All")
    assert new["reason"]["text"] == "As the depositary says"
    acts = client.get(f"{signed.address}actions/").json()["results"]
    assert [event["voided"] for event in acts[-2:]] == [True, False]
    assert acts[-2]["voided_because"]["text"] == "Misread"
    assert iso(client.get(signed.address).json()["computed_entry_into_force"]) == "2004-01-02"


def test_an_act_is_given_to_another_party(api, lawyer, asian, treaty):
    act = participation.act(treaty, asian["KZ"], "signature", on=day("2003-06-05"), manner="subject", by=lawyer)
    body = {"mode": "correct", "reason": "It was another", "party": "UZ", "manner": "definitive"}
    new = api(lawyer).post(f"{treaty.address}journal/{act.pk}/void/", body).json()["replacement"]

    assert (new["party"], new["manner"], iso(new["on"])) == ("UZ", "definitive", "2003-06-05")


def test_an_act_is_voided(api, lawyer, asian, signed):
    act = participation.act(signed, asian["TM"], "ratification", on=day("2003-12-02"), by=lawyer)
    client = api(lawyer)
    assert iso(client.get(signed.address).json()["computed_entry_into_force"]) == "2004-01-01"
    response = client.post(f"{signed.address}journal/{act.pk}/void/", {"mode": "void", "reason": "Never came"})

    assert (response.status_code, response.json()["replacement"]) == (201, None)
    assert client.get(signed.address).json()["computed_entry_into_force"] is None
    assert standing(client.get(f"{signed.address}participants/"))["TM"]["status"] == "signed"


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"name": "sign"}, {"name": "invalid"}),
        ({"stage": "signed"}, {"stage": "invalid"}),
        ({"acting": "x"}, {"acting": "invalid"}),
        ({"manner": "exchange_of_notes"}, {"manner": "unknown"}),
        ({"act": "x"}, {"act": "unknown"}),
        ({"party": "XX"}, {"party": "unknown"}),
        ({"target": "00000000-0000-4000-8000-000000000000"}, {"target": "unknown"}),
    ],
)
def test_what_is_not_said_of_an_act_does_not_correct_it(api, lawyer, asian, treaty, body, errors):
    act = participation.act(treaty, asian["KZ"], "signature", on=day("2003-06-05"), by=lawyer)
    address = f"{treaty.address}journal/{act.pk}/void/"

    assert errors_of(api(lawyer).post(address, {"mode": "correct", "reason": "x"} | body)) == errors
    assert Entry.objects.of(treaty).count() == 2


def test_what_is_said_of_acts_does_not_correct_a_step(api, lawyer, treaty):
    address = f"{treaty.address}journal/{Entry.objects.of(treaty).get().pk}/void/"
    body = {"mode": "correct", "reason": "x", "received": "2004", "party": "KZ", "manner": "definitive"}

    assert errors_of(api(lawyer).post(address, body)) == {
        "received": "invalid", "party": "invalid", "manner": "unknown",
    }  # fmt: skip


def test_a_correction_of_an_act_that_is_refused_writes_nothing(api, lawyer, asian, signed):
    act = Entry.objects.of(signed).filter(data__contains="ratification").first()
    before = Entry.objects.count()
    address = f"{signed.address}journal/{act.pk}/void/"

    assert codes_of(api(lawyer).post(address, {"mode": "correct", "reason": "x"})) == ["nothing-corrected"]
    assert codes_of(api(lawyer).post(address, {"mode": "correct", "reason": "x", "on": "2003-01-01"})) == [
        "before-signature"
    ]
    assert Entry.objects.count() == before
