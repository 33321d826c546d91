"""Agreements: lists, records, proposals, changes."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from agreements import lifecycle, registers
from agreements.choices import Level, Stage
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry, Party, Unit, User
from tests.api.conftest import codes_of, errors_of, message_of, problem_of, version_of

AVIATION = "agreements/AIR-7Q4M/"


# ---- reading ----
def test_a_record_reads_as_described(api, reader, sample):
    response = api(reader).get(AVIATION)
    record = response.json()

    assert version_of(response) == str(sample["AIR-7Q4M"].version)
    assert record.pop("changed_at") == sample["AIR-7Q4M"].changed_at.isoformat().replace("+00:00", "Z")
    assert record == {
        "reference": "AIR-7Q4M",
        "title": sample["AIR-7Q4M"].titles,
        "short_title": sample["AIR-7Q4M"].short_titles,
        "kind": "agreement",
        "procedure": {
            "code": "ratified",
            "version": "2",
            "title": {
                "en": "Treaty subject to ratification",
                "ru": "Международный договор, подлежащий ратификации",
                "kk": "Ратификациялануға жататын халықаралық шарт",
            },
        },
        "binding": True,
        "stage": "signing",
        "stage_label": "Being prepared for signing",
        "group": "preparing",
        "since": {
            "earliest": "2024-12-28",
            "latest": "2024-12-28",
            "precision": "day",
            "iso": "2024-12-28",
            "words": "28\u00a0December\u00a02024",
        },
        "text": 2,
        "round": 0,
        "on_hold": False,
        "areas": ["aviation", "transport"],
        "participants": [
            {"party": "EU", "name": "European Union", "role": "negotiating"},
            {"party": "KZ", "name": "Kazakhstan", "role": "negotiating"},
        ],
        "relations": [],
        "in_the_name_of": "government",
        "level": "internal",
        "lead_unit": "european-cooperation",
        "officer": None,
        "valid_from": None,
        "valid_until": None,
        "renewal_years": None,
        "notice_months": None,
        "planned_signing": None,
        "planned_entry_into_force": None,
        "computed_entry_into_force": None,
        "next_step": "",
        "ball": "own",
        "ball_named": "",
        "is_void": False,
        "clause": None,
        "clause_text": {"en": "", "ru": "", "kk": ""},
        "register_number": "",
        "registered_on": None,
        "un_number": "",
        "un_registered_on": None,
        "legal_hold": False,
        "period": None,
        "own_side": {
            "party": "KZ",
            "status": "not_signed",
            "status_label": "Not signed",
            "since": None,
            "bound": None,
            "until": None,
            "in_force_but_not_for_us": False,
        },
        "version": sample["AIR-7Q4M"].version,
        "url": "http://testserver/api/v1/agreements/AIR-7Q4M/",
    }


def test_labels_follow_the_language_of_the_reader(api, reader, sample):
    for language, party, words in (
        ("ru", "Казахстан", "28 декабря 2024 года"),
        ("kk", "Қазақстан", "2024 жылғы 28 желтоқсан"),
    ):
        response = api(reader).get(AVIATION, Accept_Language=language)
        assert response.headers["Content-Language"] == language
        assert response.json()["participants"][1]["name"] == party
        assert response.json()["since"]["words"] == words.replace(" ", "\u00a0")
        with translation.override(language):
            assert response.json()["stage_label"] == str(Stage.SIGNING.label)


def test_a_text_that_does_not_bind_says_so(api, reader, sample):
    record = api(reader).get("agreements/", {"procedure": "non_binding", "stage": "in_force"}).json()["results"][0]

    assert (record["binding"], record["stage_label"]) == (False, "In effect")


def test_a_date_without_a_bound_says_null(api, officer, make_agreement):
    agreement = make_agreement(on=FuzzyDate.unknown(before=date(2003, 6, 5)))

    assert api(officer).get(f"agreements/{agreement.reference}/").json()["since"] == {
        "earliest": None,
        "latest": "2003-06-04",
        "precision": "unknown",
        "iso": "/2003-06-04",
        "words": "day not known, before 5\u00a0June\u00a02003",
    }


@pytest.mark.parametrize("path", ["agreements/", "agreements/{}/", "agreements/{}/journal/", "meetings/", "parties/"])
def test_reading_takes_as_many_queries_for_one_row_as_for_three(api, lawyer, make_agreement, path):
    counts = []
    first = make_agreement()
    lifecycle.note(first, on=FuzzyDate.of_day(date(2004, 1, 5)), by=lawyer, what="A round", round_of_talks=1)
    client = api(lawyer)
    for _round in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(path.format(first.reference))
        counts.append(len(queries))
        for _number in range(2):
            other = make_agreement(relations=[("follows", first)])
            lifecycle.note(first, on=FuzzyDate.of_day(date(2004, 1, 5)), by=lawyer, what=other.reference)

    assert counts == [EXPECTED[path]] * 2


#: Of each, one query reads the token.
EXPECTED = {"agreements/": 5, "agreements/{}/": 4, "agreements/{}/journal/": 4, "meetings/": 2, "parties/": 3}


# ---- lists ----
def references(response) -> list[str]:
    return sorted(row["reference"] for row in response.json()["results"])


FILTERS = (
    ({"stage": "signing"}, lambda a: a.stage in {"signing"}),
    ({"stage": ["signing", "proposed"]}, lambda a: a.stage in {"signing", "proposed"}),
    ({"stage__in": "signing,proposed"}, lambda a: a.stage in {"signing", "proposed"}),
    ({"group": "ended"}, lambda a: a.stage in {"superseded"}),
    ({"group": ["ended", "preparing"], "stage": "signing"}, lambda a: a.stage in {"signing"}),
    ({"kind": "roadmap"}, lambda a: a.kind == "roadmap"),
    ({"kind": ["roadmap", "memorandum"]}, lambda a: a.kind in ("roadmap", "memorandum")),
    ({"procedure": "eu_mixed"}, lambda a: a.procedure_version.code == "eu_mixed"),
    ({"binding": "true"}, lambda a: a.binding),
    ({"binding": "false"}, lambda a: not a.binding),
    ({"on_hold": "false"}, lambda a: not a.on_hold),
    ({"on_hold": "true"}, lambda a: a.on_hold),
    ({"area": "transport"}, lambda a: "transport" in {area.code for area in a.areas.all()}),
    ({"area": ["transport", "mobility"]}, lambda a: {x.code for x in a.areas.all()} & {"transport", "mobility"}),
    ({"party": "GB"}, lambda a: "GB" in {item.party.code for item in a.participants.all()}),
    ({"party": ["GB", "KZ"]}, lambda a: True),
    ({"level": "public"}, lambda a: a.level == "public"),
    ({"lead_unit": "european-cooperation"}, lambda a: True),
    ({"text": "aviation"}, lambda a: a.reference == "AIR-7Q4M"),
    ({"text": "АВИАЦИОННОЕ соглашение"}, lambda a: a.reference == "AIR-7Q4M"),
    ({"text": "no such words"}, lambda a: False),
    ({"text": "%"}, lambda a: False),
    ({"text": "agreement " * 19}, lambda a: "agreement" in f"{a.title_en} {a.short_title_en}".casefold()),
    ({"valid_until__lte": "2024-12-31"}, lambda a: a.valid_until and a.valid_until <= date(2024, 12, 31)),
    ({"valid_until__gte": "2025-01-01"}, lambda a: a.valid_until and a.valid_until > date(2024, 12, 31)),
    ({"changed_at__gte": "2000-01-01T00:00:00Z"}, lambda a: True),
    ({"changed_at__lte": "2000-01-01T05:00:00+05:00"}, lambda a: False),
)


def test_a_list_is_filtered(api, reader, sample):
    client = api(reader)
    found = {str(query): references(client.get("agreements/", query)) for query, _keep in FILTERS}

    assert found == {
        str(query): sorted(reference for reference, agreement in sample.items() if keep(agreement))
        for query, keep in FILTERS
    }


def test_a_list_is_filtered_by_officer(api, reader, officer, sample):
    Agreement.objects.filter(reference="AIR-7Q4M").update(officer=officer)

    assert references(api(reader).get("agreements/", {"officer": "officer"})) == ["AIR-7Q4M"]


MISUNDERSTOOD = (
    ({"stage": "nope"}, "stage", "Use one of: expired, in_force,"),
    ({"stage": ["signed", "nope"]}, "stage", "“nope” is not known."),
    ({"stage": ""}, "stage", "Give a value, or leave this parameter out."),
    ({"stage__in": "signed,nope"}, "stage__in", "“nope” is not known."),
    ({"group": "nope"}, "group", "Use one of: concluded, ended, operative, preparing."),
    ({"kind": "50%"}, "kind", "“50%” is not known."),
    ({"procedure": "nope"}, "procedure", "eu_mixed, multilateral, non_binding, ratified, simplified"),
    ({"party": "XX"}, "party", "EU,"),
    ({"party": "\x00"}, "party", "is not known"),
    ({"area": "nope"}, "area", "transport"),
    ({"level": "nope"}, "level", "internal, public, restricted, secret"),
    ({"lead_unit": "nope"}, "lead_unit", "european-cooperation"),
    ({"officer": "lawyer"}, "officer", "is not known"),
    ({"on_hold": "perhaps"}, "on_hold", "Use one of: false, true."),
    ({"binding": "1"}, "binding", "Use one of: false, true."),
    ({"text": "x" * 201}, "text", "200"),
    ({"text": "\x00"}, "text", "Null characters"),
    ({"valid_until__lte": "31.12.2024"}, "valid_until__lte", "“31.12.2024” is not a day. Write it as 2024-12-28."),
    ({"valid_until__gte": "2024-13-01"}, "valid_until__gte", "“2024-13-01” is not a day. Write it as 2024-12-28."),
    ({"changed_at__gte": "2024-01-01"}, "changed_at__gte", "2024-12-28T18:00:00Z"),
    ({"changed_at__gte": "2024-01-01T00:00:00"}, "changed_at__gte", "is not a moment"),
    ({"changed_at__lte": "0001-01-01T00:00:00+05:00"}, "changed_at__lte", "is not a moment"),
    ({"changed_at__lte": "9999-12-31T23:59:59-05:00"}, "changed_at__lte", "is not a moment"),
    ({"changed_at__lte": "2024-02-30T00:00:00Z"}, "changed_at__lte", "is not a moment"),
    ({"nope": "1"}, "nope", "Known are: expand, stage, stage__in, group, group__in, party,"),
    ({"page": "2"}, "page", "cursor, page_size"),
    ({"page_size": "0"}, "page_size", "from 1 to 200"),
    ({"page_size": "201"}, "page_size", "from 1 to 200"),
    ({"page_size": "9" * 30}, "page_size", "from 1 to 200"),
    ({"page_size": "٣"}, "page_size", "from 1 to 200"),
    ({"page_size": "-1"}, "page_size", "from 1 to 200"),
    ({"cursor": "nope"}, "cursor", "not a cursor of this list"),
    ({"cursor": ""}, "cursor", "not a cursor of this list"),
)


def test_a_parameter_that_is_not_understood_is_an_error_that_says_what_is(api, reader, lawyer, sample):
    client = api(reader)
    for query, field, words in MISUNDERSTOOD:
        response = client.get("agreements/", query)
        assert list(errors_of(response)) == [field], query
        assert words in " ".join(error["message"] for error in response.json()["errors"])


# ---- proposing and opening ----
def test_a_proposal_needs_a_title_and_a_kind(api, officer):
    assert errors_of(api(officer).post("agreements/")) == {"title": "required", "kind": "required"}


def test_a_proposal_is_recorded_as_of_today_under_a_new_reference(api, officer):
    response = api(officer).post("agreements/", {"title": {"en": "Agreement on air services"}, "kind": "agreement"})
    record = response.json()

    assert response.status_code == 201
    assert response.headers["Location"] == record["url"]
    assert version_of(response) == "1"
    assert (record["stage"], record["since"]["iso"], record["version"]) == ("proposed", "2024-12-28", 1)
    assert (record["procedure"]["code"], record["level"], record["areas"]) == ("ratified", "internal", [])
    assert api(officer).get(response.headers["Location"]).json() == record


def test_an_agreement_is_opened_mid_life_with_all_its_data(api, lawyer, officer, sample):
    Unit.objects.create(code="legal", name_en="Legal department")
    opening = {
        "title": {"en": "Protocol", "ru": "Протокол"},
        "short_title": {"kk": "Хаттама"},
        "kind": "protocol",
        "procedure": "simplified",
        "stage": "signed",
        "on": "2012-09",
        "areas": ["transport", "mobility"],
        "participants": [{"party": "KZ", "role": "signatory"}, {"party": "EU"}],
        "relations": [{"kind": "amends", "to": "AIR-7Q4M"}],
        "in_the_name_of": "republic",
        "level": "restricted",
        "lead_unit": "legal",
        "officer": "officer",
        "valid_from": "2013-01-01",
        "valid_until": "2030-12-31",
        "planned_signing": "second half of 2025",
        "planned_entry_into_force": "2026-Q1",
        "next_step": "Ask for the note",
        "ball_named": "other",
        "source": "OJ L 1",
        "reason": "Taken over from the old register",
        "evidence": "Signed text",
        "place": "Brussels",
        "certainty": "inferred",
        "what": {"en": "Signed", "ru": "Подписан"},
        "stated_elsewhere": "2012-10",
        "stated_by": "Press",
        "legal_basis": "Art. 5",
        "manner": "signed",
    }
    response = api(lawyer).post("agreements/", opening)
    record = response.json()

    assert response.status_code == 201
    assert record["reference"].startswith("TRA-")
    assert record["title"] == {"en": "Protocol", "ru": "Протокол", "kk": ""}
    assert record["short_title"] == {"en": "", "ru": "", "kk": "Хаттама"}
    assert record["since"]["iso"] == "2012-09"
    assert record["planned_signing"]["iso"] == "2025-H2"
    assert record["participants"] == [
        {"party": "EU", "name": "European Union", "role": "negotiating"},
        {"party": "KZ", "name": "Kazakhstan", "role": "signatory"},
    ]
    same = (
        "kind", "stage", "relations", "in_the_name_of", "level", "lead_unit", "officer", "valid_from", "valid_until",
        "next_step", "ball_named",
    )  # fmt: skip
    assert {name: record[name] for name in same} == {name: opening[name] for name in same}
    assert record["areas"] == ["mobility", "transport"]
    (event,) = api(lawyer).get(f"agreements/{record['reference']}/journal/").json()["results"]
    told = ("source", "evidence", "place", "certainty", "stated_by", "legal_basis", "manner")
    assert {name: event[name] for name in told} == {name: opening[name] for name in told}
    assert (event["what"], event["reason"]["text"]) == ({"text": "Signed", "language": "en"}, opening["reason"])
    assert (event["stated_elsewhere"]["iso"], event["on"]["iso"]) == ("2012-10", "2012-09")


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"nope": 1}, "nope", "unknown"),
        ({"reference": "AIR-0000"}, "reference", "read_only"),
        ({"title": "Protocol"}, "title", "invalid"),
        ({"title": ["Protocol"]}, "title", "invalid"),
        ({"title": None}, "title", "null"),
        ({"title": {"de": "Protokoll"}}, "title.de", "unknown"),
        ({"title": {"en": 5}}, "title.en", "invalid"),
        ({"title": {"en": None}}, "title.en", "null"),
        ({"title": {"en": "x" * 501}}, "title.en", "max_length"),
        ({"title": {"en": "x\x00"}}, "title.en", "invalid"),
        ({"short_title": {"en": "x" * 201}}, "short_title.en", "max_length"),
        ({"kind": "nope"}, "kind", "unknown"),
        ({"kind": ["treaty"]}, "kind", "unknown"),
        ({"kind": None}, "kind", "null"),
        ({"kind": True}, "kind", "unknown"),
        ({"procedure": "nope"}, "procedure", "unknown"),
        ({"stage": "nope"}, "stage", "unknown"),
        ({"on": "soon"}, "on", "invalid"),
        ({"on": 2007}, "on", "invalid"),
        ({"on": None}, "on", "null"),
        ({"on": "2007" + " " * 100 + "x"}, "on", "invalid"),
        ({"areas": "aviation"}, "areas", "not_a_list"),
        ({"areas": {"code": "aviation"}}, "areas", "not_a_list"),
        ({"areas": ["aviation", "nope"]}, "areas.1", "unknown"),
        ({"areas": [["aviation"]]}, "areas.0", "invalid"),
        ({"areas": ["aviation", "aviation"]}, "areas.1", "unique"),
        ({"participants": "KZ"}, "participants", "not_a_list"),
        ({"participants": ["KZ"]}, "participants.0", "invalid"),
        ({"participants": [{"role": "party"}]}, "participants.0.party", "required"),
        ({"participants": [{"party": "KZ"}, {"party": "XX"}]}, "participants.1.party", "unknown"),
        ({"participants": [{"party": "KZ"}, {"party": "KZ"}]}, "participants.1.party", "unique"),
        ({"participants": [{"party": "KZ", "role": "king"}]}, "participants.0.role", "unknown"),
        ({"participants": [{"party": "KZ", "name": "x"}]}, "participants.0.name", "unknown"),
        ({"participants": [{"party": "K\x00"}]}, "participants.0.party", "invalid"),
        ({"participants": [{"party": "KZ"}] * 501}, "participants", "max_length"),
        ({"relations": [{"kind": "follows", "to": "NO-SUCH"}]}, "relations.0.to", "unknown"),
        ({"relations": [{"kind": "hates", "to": "NO-SUCH"}]}, "relations.0.kind", "unknown"),
        ({"in_the_name_of": "king"}, "in_the_name_of", "unknown"),
        ({"level": "cosmic"}, "level", "unknown"),
        ({"lead_unit": "nope"}, "lead_unit", "unknown"),
        ({"lead_unit": 5}, "lead_unit", "invalid"),
        ({"officer": "nobody"}, "officer", "unknown"),
        ({"officer": ["officer"]}, "officer", "invalid"),
        ({"valid_from": "2024-02-30"}, "valid_from", "invalid"),
        ({"valid_from": 20240101}, "valid_from", "invalid"),
        ({"valid_from": "2024-01-01T00:00:00Z"}, "valid_from", "invalid"),
        ({"valid_from": "2025-01-01", "valid_until": "2024-01-01"}, "", "invalid"),
        ({"planned_signing": "soon"}, "planned_signing", "invalid"),
        ({"next_step": "x" * 301}, "next_step", "max_length"),
        ({"next_step": {"en": "x"}}, "next_step", "invalid"),
        ({"ball_named": "goal"}, "ball_named", "unknown"),
        ({"certainty": "sure"}, "certainty", "unknown"),
        ({"origin": "dreamt"}, "origin", "unknown"),
        ({"source": "x" * 301}, "source", "max_length"),
        ({"what": "x" * 4001}, "what", "max_length"),
        ({"what": {"en": "x", "fr": "x"}}, "what.fr", "unknown"),
        ({"what": 5}, "what", "invalid"),
        ({"reason": [1]}, "reason", "invalid"),
    ],
)
def test_a_value_that_cannot_be_taken_is_named(api, officer, parties, areas, given, field, code):
    body = {"title": {"en": "Agreement"}, "kind": "agreement"} | given
    response = api(officer).post("agreements/", body)

    assert errors_of(response) == {field: code}
    assert not Agreement.objects.exists()


def test_all_mistakes_are_named_at_once(api, officer):
    body = {"nope": 1, "kind": "nope", "on": "soon", "areas": 5, "title": {"de": "x", "en": 1}}
    response = api(officer).post("agreements/", body)

    assert errors_of(response) == {
        "nope": "unknown",
        "kind": "unknown",
        "on": "invalid",
        "areas": "not_a_list",
        "title.de": "unknown",
        "title.en": "invalid",
    }
    assert message_of(response, "kind").startswith("“nope” is not known. Use one of: treaty, agreement, protocol,")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"title": {"en": " "}}, "title-missing"),
        ({"title": {}}, "title-missing"),
        ({"on": "2025"}, "future-date"),
        ({"level": "secret"}, "level-too-high"),
        ({"procedure": "non_binding", "stage": "ratifying"}, "stage-unknown"),
    ],
)
def test_an_opening_that_the_rules_refuse_says_why(api, officer, given, code):
    response = api(officer).post("agreements/", {"title": {"en": "Agreement"}, "kind": "agreement"} | given)

    assert codes_of(response) == [code]
    assert response.json()["detail"] == response.json()["reasons"][0]["sentence"]
    assert not Agreement.objects.exists()


# ---- changing ----
@pytest.fixture
def aviation(make_agreement):
    return make_agreement()


def test_a_change_is_partial_and_journalled(api, officer, aviation):
    address = f"agreements/{aviation.reference}/"
    before = api(officer).get(address).json()
    changed = {
        "title": {"ru": "Соглашение"},
        "valid_until": "2030-12-31",
        "officer": "officer",
        "planned_signing": "2025-H1",
        "ball_named": "other",
    }
    response = api(officer).patch(address, changed, match='"1"')
    after = response.json()

    assert (response.status_code, version_of(response)) == (200, "2")
    assert after["title"] == before["title"] | {"ru": "Соглашение"}
    assert after["planned_signing"]["iso"] == "2025-H1"
    moved = {name for name in after if after[name] != before[name]}
    assert moved == {*changed, "ball", "period", "version", "changed_at"}
    assert (before["ball"], after["ball"]) == ("own", "other")
    event = api(officer).get(f"{address}journal/").json()["results"][-1]
    assert event["kind"] == "edit"
    assert sorted(event["changes"], key=lambda change: change["field"]) == [
        {"field": "ball_named", "before": "", "after": "other"},
        {"field": "officer", "before": None, "after": "officer"},
        {"field": "planned_signing", "before": None, "after": "2025-H1"},
        {"field": "title.ru", "before": "", "after": "Соглашение"},
        {"field": "valid_until", "before": None, "after": "2030-12-31"},
    ]


def test_lists_are_replaced(api, officer, lawyer, aviation, make_agreement):
    registers.create(Party(code="GB", name_en="United Kingdom"), by=lawyer)
    other = {"kind": "follows", "to": make_agreement().reference}
    address = f"agreements/{aviation.reference}/"
    body = {
        "areas": ["transport"],
        "participants": [{"party": "KZ", "role": "party"}, {"party": "GB"}],
        "relations": [other],
    }
    after = api(officer).patch(address, body).json()

    assert after["areas"] == ["transport"]
    assert [(item["party"], item["role"]) for item in after["participants"]] == [("KZ", "party"), ("GB", "negotiating")]
    assert after["relations"] == [other]
    changes = api(officer).get(f"{address}journal/").json()["results"][-1]["changes"]
    assert {"field": "relations", "before": [], "after": [other]} in changes
    emptied = api(officer).patch(address, {"areas": [], "relations": []}).json()
    assert (emptied["areas"], emptied["relations"], len(emptied["participants"])) == ([], [], 2)


def test_a_change_that_changes_nothing_writes_nothing(api, officer, aviation):
    response = api(officer).patch(
        f"agreements/{aviation.reference}/", {"title": aviation.titles, "areas": ["aviation", "transport"]}
    )

    assert (response.status_code, version_of(response)) == (200, "1")
    assert Entry.objects.of(aviation).count() == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("stage", "signed", "POST to transitions/"),
        ("reference", "AIR-0000", "never changes"),
        ("procedure", "simplified", "when the record is opened"),
        ("on_hold", True, "POST to hold/ or release/"),
        ("since", "2012", "void/"),
        ("text", 2, "reopen"),
        ("round", 2, "round_of_talks"),
        ("is_void", True, "void/"),
        ("binding", False, "follows from the rest"),
        ("group", "ended", "follows from the rest"),
        ("version", 7, "follows from the rest"),
        ("changed_at", "2024-01-01T00:00:00Z", "follows from the rest"),
        ("url", "x", "follows from the rest"),
        ("stage_label", "x", "follows from the rest"),
        ("search_text", "x", "not known here"),
        ("id", "x", "not known here"),
        ("procedure_version", 1, "not known here"),
    ],
)
def test_what_a_change_cannot_set_says_what_does(api, officer, aviation, field, value, words):
    response = api(officer).patch(f"agreements/{aviation.reference}/", {field: value, "next_step": "x"})

    assert list(errors_of(response)) == [field]
    assert words in message_of(response, field)
    assert not Agreement.objects.filter(next_step="x").exists()


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"title": {"en": "", "ru": "", "kk": ""}}, "title", "invalid"),
        ({"valid_from": "2025-01-01", "valid_until": "2024-01-01"}, "", "invalid"),
        ({"participants": [{"role": "party"}]}, "participants.0.party", "required"),
        ({"relations": [{"kind": "follows", "to": "self"}]}, "relations.0.to", "unknown"),
        ({"kind": None}, "kind", "null"),
        ({"areas": None}, "areas", "null"),
    ],
)
def test_a_change_to_a_value_that_cannot_be_taken(api, officer, aviation, given, field, code):
    assert errors_of(api(officer).patch(f"agreements/{aviation.reference}/", given)) == {field: code}


def test_titles_that_are_all_cleared_are_refused_in_words(api, officer, aviation):
    response = api(officer).patch(f"agreements/{aviation.reference}/", {"title": {"en": "", "ru": "", "kk": ""}})

    assert message_of(response, "title") == "Give a title in one language at least."


def test_an_agreement_has_no_relation_to_itself(api, officer, aviation):
    body = {"relations": [{"kind": "follows", "to": aviation.reference}]}

    assert errors_of(api(officer).patch(f"agreements/{aviation.reference}/", body)) == {"relations": "invalid"}


def test_participants_of_a_signed_agreement_are_not_edited(api, lawyer, make_agreement):
    signed = make_agreement(stage="signed")
    response = api(lawyer).patch(f"agreements/{signed.reference}/", {"participants": [{"party": "KZ"}]})

    assert codes_of(response) == ["participants-fixed"]
    assert signed.participants.count() == 2


@pytest.mark.parametrize("match", ['"1"', 'W/"1"', '"7", "1"', "*"])
def test_a_change_names_the_version_it_was_made_on(api, officer, aviation, match):
    assert (
        api(officer).patch(f"agreements/{aviation.reference}/", {"ball_named": "own"}, match=match).status_code == 200
    )


@pytest.mark.parametrize("match", ['"0"', '"2"', "1", "x", '"1'])
def test_a_stale_change_is_refused(api, officer, aviation, match):
    response = api(officer).patch(f"agreements/{aviation.reference}/", {"ball_named": "own"}, match=match)

    assert problem_of(response) == (412, "stale")
    assert not Agreement.objects.filter(ball="own").exists()


def test_a_change_without_a_version_is_refused(api, officer, aviation):
    response = api(officer).patch(f"agreements/{aviation.reference}/", {"ball_named": "own"}, match="")

    assert problem_of(response) == (428, "precondition-required")


def test_a_record_opened_by_mistake_leaves_the_lists_and_takes_no_more_writes(api, lawyer, aviation):
    address = f"agreements/{aviation.reference}/"
    opening = api(lawyer).get(f"{address}journal/").json()["results"][0]
    voided = api(lawyer).post(f"{address}journal/{opening['id']}/void/", {"mode": "void", "reason": "Twice"})
    assert voided.status_code == 201

    assert api(lawyer).get("agreements/").json()["results"] == []
    assert api(lawyer).get(address).json()["is_void"] is True
    assert len(api(lawyer).get(f"{address}journal/").json()["results"]) == 2
    response = api(lawyer).post(f"{address}transitions/", {"transition": "authorise", "on": "2004", "evidence": "x"})
    assert "record-void" in codes_of(response)
    assert codes_of(api(lawyer).post(f"{address}journal/", {"kind": "note", "what": "x", "on": "2004"})) == [
        "record-void"
    ]
    assert codes_of(api(lawyer).patch(address, {"ball_named": "own"})) == ["record-void"]


def test_service_accounts_are_nobodys_responsible_officers(api, officer):
    User.objects.service("import")
    User.objects.create_user("left", is_active=False, access_level=Level.INTERNAL)
    for name in ("pacta-import", "left"):
        body = {"title": {"en": "Agreement"}, "kind": "agreement", "officer": name}
        assert errors_of(api(officer).post("agreements/", body)) == {"officer": "unknown"}
