"""Parties, vocabularies, procedures, meetings and figures through the API."""

from datetime import date
from decimal import Decimal

import pytest
from django.conf import settings

from agreements import procedures, registers
from agreements.choices import PartyKind
from agreements.models import Entry, Format, Indicator, Meeting, Party, Unit
from tests.api.conftest import errors_of, message_of, problem_of, version_of
from tests.rules.test_procedure_files import NOTES


# ---- parties ----
def test_a_party_is_told_with_its_memberships(api, reader, sample):
    record = api(reader).get("parties/GB/").json()

    assert record.pop("changed_at") == Party.objects.get(code="GB").changed_at.isoformat().replace("+00:00", "Z")
    assert record == {
        "code": "GB",
        "kind": "state",
        "name": {"en": "United Kingdom", "ru": "Великобритания", "kk": "Ұлыбритания"},
        "memberships": [{"organisation": "EU", "since": "1973-01-01", "until": "2020-01-31"}],
        "version": 1,
        "url": "http://testserver/api/v1/parties/GB/",
    }


def test_parties_are_listed_by_code(api, reader, sample):
    client = api(reader)
    codes, address = [], "parties/?page_size=10"
    while address:
        page = client.get(address).json()
        codes += [row["code"] for row in page["results"]]
        address = page["next"]

    assert codes == sorted(Party.objects.values_list("code", flat=True))


def test_a_party_is_made_and_changed_with_its_memberships(api, lawyer, parties):
    client = api(lawyer)
    body = {"code": "HR", "name": {"en": "Croatia"}, "memberships": [{"organisation": "EU", "since": "2013-07-01"}]}
    made = client.post("parties/", body)

    assert (made.status_code, made.headers["Location"]) == (201, "http://testserver/api/v1/parties/HR/")
    assert (made.json()["kind"], made.json()["version"]) == ("state", 1)
    assert made.json()["memberships"] == [{"organisation": "EU", "since": "2013-07-01", "until": None}]
    left = {"name": {"kk": "Хорватия"}, "memberships": [body["memberships"][0] | {"until": "2030-01-01"}]}
    changed = client.patch("parties/HR/", left, match=made.headers["ETag"])
    assert changed.json()["name"] == {"en": "Croatia", "ru": "", "kk": "Хорватия"}
    assert changed.json()["memberships"] == [{"organisation": "EU", "since": "2013-07-01", "until": "2030-01-01"}]
    assert version_of(changed) == "2"
    assert problem_of(client.patch("parties/HR/", left, match=made.headers["ETag"])) == (412, "stale")
    assert Entry.objects.of(Party.objects.get(code="HR")).count() == 2


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"code": None}, {"code": "null"}),
        ({"code": "hr"}, {"code": "invalid"}),
        ({"code": "H" * 13}, {"code": "max_length"}),
        ({"code": "KZ"}, {"code": "unique"}),
        ({"name": {}}, {"name.en": "blank"}),
        ({"name": {"ru": "Хорватия"}}, {"name.en": "blank"}),
        ({"name": {"en": "x" * 201}}, {"name.en": "max_length"}),
        ({"kind": "kingdom"}, {"kind": "unknown"}),
        ({"members": []}, {"members": "unknown"}),
        ({"memberships": [{"organisation": "KZ", "since": "2013"}]}, {"memberships.0.since": "invalid"}),
        ({"memberships": [{"organisation": "KZ", "since": "2013-07-01"}]}, {"memberships.0.organisation": "unknown"}),
        ({"memberships": [{"organisation": "EU", "since": "2013-07-01", "until": "2012-01-01"}]},
            {"memberships.0": "invalid"}),
        ({"memberships": [{"organisation": "EU", "since": "2013-07-01"}] * 2}, {"memberships.1": "unique_together"}),
        ({"memberships": ["EU"]}, {"memberships.0": "invalid"}),
    ],
)  # fmt: skip
def test_a_party_with_values_that_cannot_be_taken(api, lawyer, parties, given, errors):
    body = {"code": "HR", "name": {"en": "Croatia"}} | given

    assert errors_of(api(lawyer).post("parties/", body)) == errors
    assert Party.objects.count() == 2


def test_an_organisation_is_no_member_of_itself(api, lawyer, parties):
    body = {"memberships": [{"organisation": "EU", "since": "2013-07-01"}]}

    assert errors_of(api(lawyer).patch("parties/EU/", body)) == {"memberships.0": "invalid"}
    assert Party.objects.get(code="EU").version == 1


def test_the_code_of_a_party_stays(api, lawyer, parties):
    response = api(lawyer).patch("parties/KZ/", {"code": "QZ"})

    assert errors_of(response) == {"code": "read_only"}
    assert message_of(response, "code") == "The code is given once: the journal names parties by it."


# ---- vocabularies ----
def test_areas_and_units(api, reader, areas):
    Unit.objects.create(code="legal", name_en="Legal department", name_ru="Правовой департамент")

    assert api(reader).get("areas/").json() == {
        "next": None,
        "previous": None,
        "results": [
            {"code": "aviation", "name": {"en": "Aviation", "ru": "Авиация", "kk": "Авиация"}, "prefix": "AIR"},
            {
                "code": "transport",
                "name": {"en": "Transport and logistics", "ru": "Транспорт и логистика", "kk": "Көлік және логистика"},
                "prefix": "TRA",
            },
        ],
    }
    (unit,) = api(reader).get("units/").json()["results"]
    assert unit == {"code": "legal", "name": {"en": "Legal department", "ru": "Правовой департамент", "kk": ""}}


def test_procedures_are_listed(api, reader):
    rows = api(reader).get("procedures/").json()["results"]

    assert [row["code"] for row in rows] == ["eu_mixed", "multilateral", "non_binding", "ratified", "simplified"]
    known = procedures.load(settings.PROCEDURES_DIR)
    assert {row["code"]: row["binding"] for row in rows} == {code: rules.binding for code, rules in known.items()}


def test_a_procedure_is_told_with_its_rules(api, reader):
    response = api(reader).get("procedures/ratified/")
    told, rules = response.json(), procedures.load(settings.PROCEDURES_DIR)["ratified"]

    assert (told["digest"], told["text"]) == (rules.digest, rules.text)
    assert len(response.headers["ETag"]) == 18
    assert told["path"] == [stage.value for stage in rules.path]
    assert told["stages"][0] == {
        "stage": "proposed",
        "label": "Proposed",
        "group": "preparing",
        "next": "authorise",
        "ball": "own",
        "usual_days": 365,
    }
    (sign,) = [step for step in told["transitions"] if step["name"] == "sign"]
    assert (sign["sources"], sign["target"], sign["automatic"]) == (["signing"], "signed", False)
    assert [requirement["kind"] for requirement in sign["requires"]] == [
        requirement.kind for requirement in rules.transitions["sign"].requires
    ]
    assert sign["requires"][5] == {
        "kind": "act",
        "document": None,
        "acts": ["full_powers", "full_powers_not_required", "subsequent_confirmation"],
        "date": "",
        "law": rules.transitions["sign"].requires[5].law["en"],
        "sources": [],
        "unless": [],
        "period": None,
    }
    assert [task["code"] for task in told["tasks"]] == [task.code for task in rules.tasks]
    assert told["tasks"][5] == {
        "code": "proposal_president",
        "transition": "sign",
        "title": dict(rules.tasks[5].title),
        "side": "own",
        "body": dict(rules.tasks[5].body),
        "law": rules.tasks[5].law["en"],
        "stages": ["signing"],
        "before": {"number": 14, "unit": "days", "calendar": "", "date": "planned_signing"},
        "within": None,
        "in_the_name_of": ["republic"],
        "document": None,
        "acts": [],
        "own": False,
        "clearance": False,
        "after": ["proposal_republic"],
    }
    (withdraw,) = [step for step in told["transitions"] if step["name"] == "withdraw"]
    assert withdraw["requires"][0]["sources"] == ["signed", "ratifying"]
    (submit,) = [step for step in told["transitions"] if step["name"] == "submit_for_ratification"]
    assert submit["requires"][0]["unless"][:2] == ["submission", "ratification"]


def test_a_procedure_of_the_ministry_tells_its_periods_of_waiting(api, reader, settings, tmp_path):
    waited = '{ kind = "waited", since = "stage", sitting_days = 21, calendar = "chamber" }'
    text = NOTES.replace('{ kind = "clearance" }', waited)
    (tmp_path / "notes.toml").write_text(text, encoding="utf-8")
    settings.PROCEDURES_DIR = str(tmp_path)

    (sign,) = [one for one in api(reader).get("procedures/notes/").json()["transitions"] if one["name"] == "sign"]

    assert sign["requires"][2]["kind"] == "waited"
    assert sign["requires"][2]["period"] == {
        "number": 21,
        "unit": "sitting_days",
        "calendar": "chamber",
        "date": "stage",
    }


def test_procedures_are_paged_and_take_no_filters(api, reader):
    page = api(reader).get("procedures/", {"page_size": 1}).json()
    assert [one["code"] for one in page["results"]] == ["eu_mixed"]
    assert page["next"]
    assert errors_of(api(reader).get("procedures/", {"stage": "signed"})) == {"stage": "unknown"}


# ---- meetings ----
@pytest.fixture
def council(db):
    return Format.objects.create(code="council", name_en="Cooperation Council", name_ru="Совет сотрудничества")


def test_a_meeting_is_made_and_changed(api, officer, council, make_agreement):
    first, second = make_agreement(), make_agreement()
    body = {
        "format": "council",
        "title": {"en": "The 21st meeting"},
        "on": "second half of 2025",
        "rank": "minister",
        "status": "tentative",
        "certainty": "reported",
        "place": "Luxembourg",
        "counterpart": "High Representative",
        "counterpart_translations": {"ru": "Высокий представитель"},
        "parties": ["KZ", "EU"],
        "level": "internal",
        "outcome": "",
        "source": "Calendar",
        "agenda": [{"agreement": first.reference, "talking_points": "Sign it"}, {"agreement": second.reference}],
    }
    made = api(officer).post("meetings/", body)
    record = made.json()

    assert (made.status_code, made.headers["Location"], record["version"]) == (201, record["url"], 1)
    assert record["on"]["iso"] == "2025-H2"
    assert record["format_name"] == {"en": "Cooperation Council", "ru": "Совет сотрудничества", "kk": ""}
    assert record["title"] == {"en": "The 21st meeting", "ru": "", "kk": ""}
    assert record["parties"] == ["EU", "KZ"]
    assert record["agenda"] == [
        {"agreement": first.reference, "talking_points": "Sign it", "outcome": ""},
        {"agreement": second.reference, "talking_points": "", "outcome": ""},
    ]
    assert record["counterpart_translations"] == {"ru": "Высокий представитель", "kk": ""}
    assert record["outcome_translations"] == {"ru": "", "kk": ""}
    same = ("format", "rank", "status", "certainty", "place", "counterpart", "level", "source")
    assert {name: record[name] for name in same} == {name: body[name] for name in same}
    address = f"meetings/{record['id']}/"
    assert api(officer).get(address).json() == record
    held = {"status": "held", "on": "2024-10-20", "agenda": [{"agreement": second.reference, "outcome": "Agreed"}]}
    held |= {"outcome": "Agreed", "outcome_translations": {"kk": "Келісілді"}}
    changed = api(officer).patch(address, held, match=made.headers["ETag"])
    assert (changed.json()["status"], changed.json()["on"]["iso"]) == ("held", "2024-10-20")
    assert changed.json()["agenda"] == [{"agreement": second.reference, "talking_points": "", "outcome": "Agreed"}]
    assert (changed.json()["outcome"], changed.json()["outcome_translations"]) == (
        "Agreed",
        {"ru": "", "kk": "Келісілді"},
    )
    assert changed.json()["counterpart_translations"] == {"ru": "Высокий представитель", "kk": ""}
    assert version_of(changed) == "2"
    assert Entry.objects.of(Meeting.objects.get()).count() == 2


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"format": "tea"}, {"format": "unknown"}),
        ({"format": None}, {"format": "null"}),
        ({"on": "soon"}, {"on": "invalid"}),
        ({"rank": "king"}, {"rank": "unknown"}),
        ({"status": "over"}, {"status": "unknown"}),
        ({"parties": ["XX"]}, {"parties.0": "unknown"}),
        ({"agenda": [{"agreement": "NO-SUCH"}]}, {"agenda.0.agreement": "unknown"}),
        ({"agenda": [{"talking_points": "x"}]}, {"agenda.0.agreement": "required"}),
        ({"agenda": [{"agreement": "NO-SUCH", "number": 1}]}, {"agenda.0.number": "unknown"}),
        ({"agenda": {}}, {"agenda": "not_a_list"}),
        ({"outcome": "x" * 4001}, {"outcome": "max_length"}),
        ({"outcome_translations": {"kk": "x" * 4001}}, {"outcome_translations.kk": "max_length"}),
        ({"counterpart_translations": {"en": "x"}}, {"counterpart_translations.en": "unknown"}),
        ({"counterpart_translations": "x"}, {"counterpart_translations": "invalid"}),
        ({"id": "x"}, {"id": "read_only"}),
        ({"nope": "x"}, {"nope": "unknown"}),
    ],
)
def test_a_meeting_with_values_that_cannot_be_taken(api, officer, council, parties, given, errors):
    body = {"format": "council", "on": "2025"} | given

    assert errors_of(api(officer).post("meetings/", body)) == errors
    assert not Meeting.objects.exists()


def test_the_format_of_a_meeting_that_is_not_known_says_which_are(api, officer, council):
    response = api(officer).post("meetings/", {"format": "tea", "on": "2025"})

    assert message_of(response, "format") == "“tea” is not known. Use one of: council."


def test_nobody_makes_a_meeting_above_his_own_level(api, officer, council):
    body = {"format": "council", "on": "2025", "level": "secret"}

    assert problem_of(api(officer).post("meetings/", body)) == (403, "not-permitted")
    assert not Meeting.objects.exists()


def test_meetings_come_latest_first(api, reader, sample):
    rows = api(reader).get("meetings/").json()["results"]
    days = [row["on"]["earliest"] for row in rows]

    assert days == sorted(days, reverse=True)
    assert len(rows) == Meeting.objects.count()


# ---- figures ----
FIGURE = {
    "party": "EU",
    "name": {"en": "Trade in goods"},
    "unit": {"en": "billion euros"},
    "period_until": "2023-12-31",
    "value": "41.2",
    "source": "European Commission",
}


def test_a_figure_is_made_and_changed(api, lawyer, parties):
    made = api(lawyer).post("indicators/", FIGURE | {"period_from": "2023-01-01", "change_on_year": "-3.50"})
    record = made.json()

    assert (made.status_code, made.headers["Location"]) == (201, record["url"])
    assert (record["value"], record["change_on_year"], record["at_least"]) == ("41.2", "-3.5", False)
    assert Indicator.objects.get().value == Decimal("41.2000")
    changed = api(lawyer).patch(f"indicators/{record['id']}/", {"value": "1000000", "at_least": True})
    assert (changed.json()["value"], changed.json()["at_least"]) == ("1000000", True)
    assert changed.json()["name"] == {"en": "Trade in goods", "ru": "", "kk": ""}


def test_a_figure_recorded_by_mistake_is_told_as_such_and_stands_in_no_list(api, lawyer, parties):
    record = api(lawyer).post("indicators/", FIGURE).json()
    registers.strike(Indicator.objects.get(), by=lawyer, reason="another year")

    assert api(lawyer).get("indicators/").json()["results"] == []
    found = api(lawyer).get(f"indicators/{record['id']}/").json()
    assert (record["is_void"], found["is_void"], found["version"]) == (False, True, 2)
    refused = api(lawyer).patch(f"indicators/{record['id']}/", {"value": "1"})
    assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (409, "record-void")
    assert api(lawyer).post("indicators/", FIGURE).status_code == 201  # the right one


def test_figures_are_filtered_by_party(api, lawyer, reader, parties):
    for party in ("EU", "KZ"):
        api(lawyer).post("indicators/", FIGURE | {"party": party})

    (row,) = api(reader).get("indicators/", {"party": "KZ"}).json()["results"]
    assert row["party"] == "KZ"
    assert len(api(reader).get("indicators/", {"party": ["EU", "KZ"]}).json()["results"]) == 2
    assert errors_of(api(reader).get("indicators/", {"party": "XX"})) == {"party": "unknown"}


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"value": "much"}, {"value": "invalid"}),
        ({"value": "NaN"}, {"value": "invalid"}),
        ({"value": "1e400"}, {"value": "max_digits"}),
        ({"value": 10**30}, {"value": "max_digits"}),
        ({"value": "1.00001"}, {"value": "max_decimal_places"}),
        ({"value": ["1"]}, {"value": "invalid"}),
        ({"value": True}, {"value": "invalid"}),
        ({"value": None}, {"value": "null"}),
        ({"value": "9" * 2000}, {"value": "max_string_length"}),
        ({"party": "XX"}, {"party": "unknown"}),
        ({"unit": {"en": "x" * 61}}, {"unit.en": "max_length"}),
        ({"unit": {}}, {"unit.en": "blank"}),
        ({"period_from": "2025-01-01"}, {"": "invalid"}),
        ({"source": ""}, {"source": "blank"}),
        ({"at_least": "true"}, {"at_least": "invalid"}),
        ({"retrieved_on": "2024"}, {"retrieved_on": "invalid"}),
    ],
)
def test_a_figure_with_values_that_cannot_be_taken(api, lawyer, parties, given, errors):
    assert errors_of(api(lawyer).post("indicators/", FIGURE | given)) == errors
    assert not Indicator.objects.exists()


def test_the_same_figure_of_the_same_source_is_kept_once(api, lawyer, parties):
    assert api(lawyer).post("indicators/", FIGURE).status_code == 201

    assert errors_of(api(lawyer).post("indicators/", FIGURE)) == {"": "invalid"}


def test_kinds_of_members_are_not_mixed_up(api, lawyer, parties):
    registers.create(Party(code="UN", kind=PartyKind.ORGANISATION, name_en="United Nations"), by=lawyer)
    body = {"memberships": [{"organisation": code, "since": str(date(1992, 3, 2))} for code in ("UN", "EU")]}

    assert [item["organisation"] for item in api(lawyer).patch("parties/KZ/", body).json()["memberships"]] == [
        "EU",
        "UN",
    ]
