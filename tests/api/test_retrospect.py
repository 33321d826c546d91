"""Agreements as they were: as true on a day, as known at a moment, never more than the reader may see now."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements import clock, lifecycle, registers
from agreements.api import retrospect
from agreements.choices import Stage
from agreements.dates import FuzzyDate
from agreements.models import Entry
from agreements.reports import portfolio
from tests.api.conftest import errors_of, message_of, problem_of
from tests.api.test_reading import read_csv

DAYS = ("2024-12-28", "2024-12-27", "2023-01-01", "2022-06-01", "2013-01-01", "2007-06-01", "1990-01-01")


def every(client, address):
    rows = []
    while address:
        page = client.get(address).json()
        rows, address = rows + page["results"], page["next"]
    return rows


def rows_of(client, **asked):
    return every(client, "agreements/?" + "&".join(f"{name}={value}" for name, value in asked.items()))


def references(rows):
    return [row["reference"] for row in rows]


def day(text):
    return FuzzyDate.of_day(date.fromisoformat(text))


@pytest.mark.parametrize("on", DAYS)
def test_a_list_of_a_day_tells_what_the_portfolio_of_that_day_tells(api, lawyer, sample, on):
    facts = portfolio.build(lawyer, as_of=date.fromisoformat(on)).agreements
    stood = {one.reference: one for one in facts if one.stage}
    rows = rows_of(api(lawyer), as_of=on, page_size=3)

    assert references(rows) == sorted(stood)
    for row in rows:
        one = stood[row["reference"]]
        assert (row["stage"], row["since"]["iso"], row["text"], row["round"]) == (
            one.stage, one.since.iso, one.text, one.round,
        )  # fmt: skip
        assert (row["group"], row["on_hold"], row["ball"]) == (one.group, one.hold_since is not None, one.ball)
        assert row["stage_label"] == one.stage_label
        computed = row["computed_entry_into_force"]
        assert (computed and computed["iso"]) == (one.computed_entry and one.computed_entry.iso)
        assert [part["stage"] for part in row["look"]["possibly"]] == [stage for stage, _label in one.possibly]
        assert (row["look"]["as_of"], row["look"]["known_at"]) == (on, None)
        own = api(lawyer).get(f"agreements/{row['reference']}/?as_of={on}").json()["own_side"]
        if own and one.own_status:
            assert (own["status"], own["in_force_but_not_for_us"]) == (one.own_status, one.not_for_us)


def test_today_it_is_what_it_is(api, officer, sample):
    client = api(officer)
    now = {row["reference"]: row for row in rows_of(client)}
    then = rows_of(client, as_of=clock.today())

    assert references(then) == sorted(now)
    for row in then:
        assert row.pop("look") == {"as_of": "2024-12-28", "known_at": None, "possibly": []}
        assert row == now[row["reference"]]
        address = f"agreements/{row['reference']}/"
        alone = client.get(f"{address}?as_of=2024-12-28").json()
        assert alone.pop("look")["possibly"] == []
        assert alone == client.get(address).json()


def test_filters_apply_to_the_state_of_the_day(api, officer, sample, monkeypatch):
    client = api(officer)
    for on in ("2013-01-01", "2022-06-01", "2024-12-27"):
        rows = rows_of(client, as_of=on)
        oracles = {
            "stage=signing": lambda row: row["stage"] == "signing",
            "stage__in=signing,negotiating": lambda row: row["stage"] in ("signing", "negotiating"),
            "group=operative&group=ended": lambda row: row["group"] in ("operative", "ended"),
            "on_hold=true": lambda row: row["on_hold"],
            "on_hold=false&party=EU": lambda row: not row["on_hold"],
            "area=aviation": lambda row: "aviation" in row["areas"],
        }
        for asked, holds in oracles.items():
            kept = [row["reference"] for row in rows if holds(row)]
            address = f"agreements/?as_of={on}&{asked}"
            assert references(every(client, address)) == kept, asked
            assert references(every(client, f"{address}&ordering=-reference&page_size=1")) == kept[::-1], asked
    assert rows_of(client, as_of="2013-01-01", on_hold="true") != []

    # However few are looked at for a page, none is left out or told twice, there and back.
    monkeypatch.setattr(retrospect, "LOOKED_AT", 1)
    known = Entry.objects.latest("recorded_at").recorded_at.isoformat().replace("+00:00", "Z")
    asked = f"as_of=2013-01-01&known_at={known}&stage=signing&stage=in_force"
    address, pages = f"agreements/?{asked}&page_size=1", []
    while address:
        pages.append(client.get(address).json())
        address = pages[-1]["next"]
    assert [len(page["results"]) for page in pages].count(0) >= 1
    told = [row["reference"] for page in pages for row in page["results"]]
    assert told == ["AIR-7Q4M", "PEP-2F9C"]
    back, address = [], pages[-1]["previous"]
    while address:
        page = client.get(address).json()
        back, address = page["results"] + back, page["previous"]
    assert references(back) + references(pages[-1]["results"]) == told
    assert references(rows_of(client, as_of="2013-01-01", stage="signing&stage=in_force")) == told
    heads, *lines = read_csv(client.get("agreements/?as_of=2013-01-01&on_hold=true&format=csv"))
    assert [line[heads.index("reference")] for line in lines] == ["PEP-4K7Z"]
    assert [head for head in heads if head.startswith(("look", "expanded"))] == [
        "look.as_of", "look.known_at", "look.possibly",
    ]  # fmt: skip


@pytest.fixture
def told_anew(make_agreement, lawyer):
    """An agreement of which much was recorded anew, and the moment before that."""
    agreement = make_agreement(stage=Stage.SIGNING, on=day("2008-02-21"))
    moment = Entry.objects.of(agreement).latest("sequence").recorded_at
    with registers.editing(agreement, by=lawyer) as fresh:
        fresh.title_en, fresh.title_ru, fresh.title_kk = "Another title", "", ""
        fresh.short_title_en, fresh.short_title_ru = "Another", ""
        fresh.valid_until, fresh.officer, fresh.register_number = date(2030, 1, 1), lawyer, "7"
        fresh.registered_on = date(2020, 1, 1)
        fresh.areas.clear()
        fresh.participants.filter(party__code="EU").delete()
    lifecycle.perform(agreement, "sign", on=day("2009-01-01"), by=lawyer, evidence="x", source="x",
                      origin="imported")  # fmt: skip
    lifecycle.hold(agreement, on=day("2009-02-01"), by=lawyer, reason="x")
    return agreement, moment


def test_a_record_is_told_as_it_was_known(api, officer, lawyer, told_anew):
    agreement, moment = told_anew
    client, at = api(officer), moment.isoformat().replace("+00:00", "Z")
    address = f"agreements/{agreement.reference}/"
    then = client.get(address, {"known_at": at}).json()

    assert (then["stage"], then["since"]["iso"], then["on_hold"]) == ("signing", "2008-02-21", False)
    assert (then["short_title"]["en"], then["valid_until"]) == ("Horizontal Aviation Agreement", None)
    assert (then["areas"], [part["party"] for part in then["participants"]]) == (
        ["aviation", "transport"],
        ["EU", "KZ"],
    )
    assert (then["officer"], then["register_number"], then["registered_on"]) == (None, "", None)
    assert then["version"] < client.get(address).json()["version"]
    assert then["changed_at"] == at
    now = client.get(address, {"as_of": "2019-12-31"}).json()
    assert (now["stage"], now["on_hold"], now["short_title"]["en"]) == ("signed", True, "Another")
    # What was registered on a later day was not registered.
    assert (now["register_number"], now["registered_on"]) == ("", None)
    assert client.get(address, {"as_of": "2020-01-01"}).json()["registered_on"] == "2020-01-01"

    asked = {
        "stage=signing": True, "stage=signed": False, "on_hold=true": False, "group=preparing": True,
        "area=aviation": True, "party=EU": True, "kind=agreement": True, "kind=protocol": False,
        "text=horizontal": True,
        "text=another": False, "valid_until__gte=2029-01-01": False, "valid_until__lte=2031-01-01": False,
        "procedure=ratified": True, "binding=true": True, "binding=false": False, "officer=lawyer": False,
        "level=internal": True,
    }  # fmt: skip
    for filters, kept in asked.items():
        then = references(rows_of(client, known_at=at.replace("+", "%2B"), **dict([filters.split("=", 1)])))
        assert (agreement.reference in then) == kept, filters
        assert (agreement.reference in references(every(client, f"agreements/?{filters}"))) != kept or filters in (
            "group=preparing", "kind=agreement", "kind=protocol", "procedure=ratified", "binding=true", "binding=false",
            "level=internal",
        ), filters  # fmt: skip
    tagged = client.get(address, {"known_at": at}).headers["ETag"]
    assert problem_of(api(lawyer).patch(address, {"next_step": "x"}, match=tagged)) == (412, "stale")


def test_nothing_is_told_that_was_not_there(api, officer, lawyer, make_agreement):
    before = clock.now() - timedelta(seconds=1)
    vague = make_agreement(on=FuzzyDate.parse("2007"))
    address = f"agreements/{vague.reference}/"
    for asked, words in (
        ({"as_of": "2006-12-31"}, "This agreement had not begun for certain by this day: 31\u00a0December\u00a02006."),
        ({"as_of": "2007-06-30"}, "This agreement had not begun for certain by this day: 30\u00a0June\u00a02007."),
        (
            {"known_at": before.isoformat(), "as_of": "2007-12-31"},
            "By what was recorded at that moment, this agreement had not begun for certain by this day: "
            "31\u00a0December\u00a02007.",
        ),
    ):
        response = api(officer).get(address, asked)
        assert problem_of(response) == (404, "not-found")
        assert response.json()["detail"] == words
        assert api(officer).get("agreements/", asked).json()["results"] == []
    assert api(officer).get(address, {"as_of": "2007-12-31"}).json()["since"]["iso"] == "2007"
    lifecycle.void(Entry.objects.of(vague).get(sequence=1), by=lawyer, reason="A mistake")
    told = api(officer).get(address, {"as_of": "2007-12-31"}).json()
    assert (told["status"], told["detail"]) == (404, "This record was opened by mistake and is closed.")


def test_what_is_hidden_now_was_never_there(api, officer, lawyer, make_agreement, secret):
    agreement = make_agreement(relations=[("follows", secret)])
    other = make_agreement()
    hidden = make_agreement()
    at = (clock.now() + timedelta(seconds=1)).isoformat()
    with registers.editing(hidden, by=lawyer) as fresh:
        fresh.level = "secret"
    client = api(officer)
    for asked in ({"as_of": "2020-01-01"}, {"known_at": at}, {"known_at": at, "stage": "proposed"}):
        told = client.get("agreements/", {**asked, "expand": "participants"})
        assert references(told.json()["results"]) == sorted([agreement.reference, other.reference])
        assert secret.reference not in told.content.decode()
        for day in ("2020-01-01", "1990-01-01"):
            response = client.get(f"agreements/{hidden.reference}/", {"as_of": day})
            assert problem_of(response) == (404, "not-found")
            nothing = client.get("agreements/AIR-0000/", {"as_of": day}).json()
            assert {**response.json(), "instance": ""} == {**nothing, "instance": ""}
    assert client.get(f"agreements/{agreement.reference}/?as_of=2020-01-01").json()["relations"] == []
    (told,) = api(lawyer).get(f"agreements/{agreement.reference}/?as_of=2020-01-01").json()["relations"]
    assert told == {"kind": "follows", "to": secret.reference}


def test_what_is_known_of_now_only_is_refused(api, officer, sample):
    client, asked = api(officer), "agreements/?as_of=2020-01-01&"
    for name, value in {
        "ball": "own", "attention": "stuck", "changed_at__gte": "2020-01-01T00:00:00Z", "count": "true",
        "ordering": "-changed_at",
    }.items():  # fmt: skip
        assert errors_of(client.get(f"{asked}{name}={value}")) == {name: "not-then"}
    assert "known_at" in message_of(client.get(f"{asked}ball=own"), "ball")
    assert errors_of(client.get("agreements/?as_of=2025-01-01")) == {"as_of": "invalid"}
    assert errors_of(client.get("agreements/AIR-7Q4M/?as_of=2025-01-01")) == {"as_of": "invalid"}
    assert errors_of(client.get("agreements/?known_at=yesterday")) == {"known_at": "invalid"}
    assert errors_of(client.get(f"{asked}expand=tasks")) == {"expand": "unknown"}
    assert errors_of(client.get(f"{asked}stage=nope")) == {"stage": "unknown"}


@pytest.mark.parametrize(
    "asked",
    ["as_of=2020-01-01", "as_of=2020-01-01&stage=proposed", "known_at={now}&party=EU&text=aviation&officer=lawyer"],
)
def test_it_costs_the_same_for_one_and_for_many(api, officer, lawyer, make_agreement, asked):
    client = api(officer)
    asked = asked.replace("{now}", (clock.now() + timedelta(hours=1)).isoformat().replace("+", "%2B"))

    def make():
        made = make_agreement()
        with registers.editing(made, by=lawyer) as fresh:
            fresh.officer = lawyer

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"agreements/?{asked}").json()["results"]
        return len(queries)

    make()
    client.get(f"agreements/?{asked}")
    one = cost()
    for _number in range(4):
        make()
    assert cost() == one <= 15
