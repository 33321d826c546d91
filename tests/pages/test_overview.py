"""The overview for heads: the numbers of the sample on several days, what is behind each, and what nobody may know."""

import re
from datetime import date
from html import unescape

import pytest
from django.db import connection

from agreements import attention, overview, tasks
from agreements.choices import Group, Stage
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Unit
from agreements.overview import Asked, Quarter
from agreements.reports.facts import facts_of
from agreements.reports.portfolio import build
from tests.pages.conftest import day, hold, queries, words

DAYS = (date(2024, 12, 28), date(2016, 6, 1), date(2013, 1, 1), date(2010, 1, 1), date(2007, 6, 1))


def counted(found, kind):
    """Return the counts of places of one kind."""
    return {
        place.removeprefix(f"{kind}:"): number for place, number in found.counts.items() if place.startswith(f"{kind}:")
    }


# ---- the numbers ----
@pytest.mark.parametrize(
    ("on", "stages"),
    [
        (DAYS[0], {"in_force": 4, "signing": 2, "proposed": 1, "superseded": 1}),
        (DAYS[1], {"ratifying": 1, "in_force": 1, "signing": 1}),
        (DAYS[2], {"negotiating": 1, "in_force": 1, "signing": 1}),
        (DAYS[3], {"in_force": 1, "signing": 1}),
        (DAYS[4], {"in_force": 1, "mandated": 1}),
    ],
)
def test_where_the_agreements_of_the_sample_stood(sample, officer, on, stages):
    found = overview.look(officer, on)

    assert counted(found, "stage") == stages
    assert found.counts["all"] == sum(stages.values())


@pytest.mark.parametrize("on", DAYS)
def test_the_stages_are_those_of_the_portfolio(sample, officer, on):
    told = {stage.value: number for stage, number in build(officer, as_of=on).by_stage}

    assert counted(overview.look(officer, on), "stage") == told


@pytest.mark.parametrize("count", [lambda user: overview.look(user, DAYS[0]).counts["all"], lambda user: overview.stuck(
    Agreement.objects.for_user(user))])  # fmt: skip
def test_what_is_opened_while_the_numbers_are_read_is_of_the_next_look(make_agreement, officer, count):
    make_agreement(on=FuzzyDate.parse("2010"))
    before, opened = count(officer), []

    def before_the_lines(execute, sql, params, many, context):
        if '"agreements_entry"."position"' in sql and not opened:
            opened.append(True)
            make_agreement(on=FuzzyDate.parse("2010"))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(before_the_lines):
        assert count(officer) == before
    assert opened
    assert count(officer) == before + 1


@pytest.mark.parametrize("on", DAYS)
def test_what_needs_a_push_is_what_needs_attention(sample, officer, on):
    review, found = attention.review(officer, as_of=on), overview.look(officer, on)
    codes = {"stuck": "stuck", "hold": "on-hold"}
    if on == DAYS[0]:
        codes |= {"late": "overdue", "soon": "due-soon", "waiting": "waiting-other"}

    for push, code in codes.items():
        told = {key for key, traits in review.traits().items() if code in traits}
        assert found.counts[f"push:{push}"] == len(told), push


def test_the_flow_of_the_sample(sample, officer):
    found = overview.look(officer, date(2024, 12, 28))

    assert [quarter.code for quarter in found.quarters] == [f"{y}-{n}" for y in (2023, 2024) for n in (1, 2, 3, 4)]
    assert counted(found, "flow") == {
        "preparing:2023-2": 1,  # visa facilitation is proposed
        "concluded:2023-2": 1,  # the roadmap of 2023 is endorsed, and takes effect
        "operative:2023-2": 1,
        "concluded:2024-2": 1,  # the Middle Corridor platform
        "operative:2024-2": 1,
        "preparing:2024-4": 1,  # the roadmap of 2025 is prepared
    }


def test_what_moved_in_the_sample(sample, officer):
    found = overview.look(officer, date(2024, 12, 28))

    assert counted(found, "moved") == {
        "preparing:7": 2, "all:7": 2, "preparing:30": 2, "all:30": 2, "preparing:90": 2, "all:90": 2,
    }  # fmt: skip
    assert [move.stage for _one, move in found.moved(9)] == [Stage.SIGNING, Stage.SIGNING, Stage.INITIALLED]


def test_the_days_in_a_stage(sample, officer):
    found = overview.look(officer, date(2024, 12, 28))

    assert counted(found, "age") == {"proposed:4": 1, "signing:0": 2}
    assert counted(found, "stuck") == {"proposed": 1}
    for facts in facts_of([one for one in sample.values() if one.stage == "proposed"], user=officer, as_of=found.day):
        (one,) = found.at("stage:proposed")
        assert one.days(found.day) == facts.days_in_stage


def test_days_on_hold_do_not_count(make_agreement, officer):
    agreement = make_agreement(stage=Stage.NEGOTIATING, on=day(2012))
    hold(agreement, officer)

    found = overview.look(officer, date(2024, 12, 28))
    assert counted(found, "push") == {"open": 1, "hold": 1}
    assert counted(overview.look(officer, date(2012, 8, 1)), "push") == {"open": 1}


def test_units_and_partners(sample, officer):
    unit = Unit.objects.create(code="law", name_en="Treaty Department")
    Agreement.objects.filter(reference="AIR-7Q4M").update(lead_unit=unit)
    Agreement.objects.filter(reference="VIS-8TDK").update(lead_unit=None)
    found = overview.look(officer, date(2024, 12, 28))

    assert counted(found, "unit")["law:open"] == 1
    assert counted(found, "unit")["-:open"] == 1
    assert counted(found, "party")["EU:open"] == 3
    assert overview.look(officer, found.day, Asked(unit="law")).counts["all"] == 1
    assert overview.look(officer, found.day, Asked(unit="-")).counts["all"] == 1
    assert overview.look(officer, found.day, Asked(party="EU")).counts["all"] == 8
    assert overview.look(officer, found.day, Asked(party="nobody")).counts["all"] == 0


def test_quarters():
    assert Quarter.of(date(2024, 12, 28)) == Quarter(2024, 4)
    assert (Quarter(2024, 1).before, Quarter(2024, 1).first) == (Quarter(2023, 4), date(2024, 1, 1))


def test_an_imprecise_date_counts_where_its_last_possible_day_lies(make_agreement, officer):
    make_agreement(stage=Stage.SIGNED, on=FuzzyDate.parse("2024"))

    assert counted(overview.look(officer, date(2025, 1, 15)), "flow") == {"concluded:2024-4": 1}
    assert overview.look(officer, date(2024, 6, 1)).counts["all"] == 0


# ---- the pages ----
def links(page):
    """Return the numbers of a page with the addresses behind them."""
    found = re.findall(r'<a class="heads-[\w -]+" href="([^"]+)">(?:<b>)?([\d,]+)<', page)
    return [(unescape(address), int(number.replace(",", ""))) for address, number in found]


@pytest.mark.parametrize("address", ["/overview/", "/overview/?as_of=2013-01-01", "/overview/?party=EU&area=aviation"])
def test_behind_every_number_are_so_many_agreements(sample, make_pushes, at_officer, address):
    page = at_officer.get(address).content.decode()
    found = links(page)

    assert len(found) > 5
    for behind, number in found:
        response = at_officer.get(behind)
        shown = len(re.findall(r'<th scope="row">', response.content.decode()))
        assert shown == number, behind


@pytest.fixture
def make_pushes(sample, officer):
    """Tasks that are late and due soon."""
    tasks.add(sample["AIR-7Q4M"], "Late", by=officer, due=FuzzyDate.parse("2024-12-01"))
    tasks.add(sample["VIS-8TDK"], "Soon", by=officer, due=FuzzyDate.parse("2025-01-02"))


def test_the_page_says_its_day_and_numbers(sample, at_officer):
    told = words(at_officer.get("/overview/"))

    assert "As of 28 December 2024 · 8 agreements" in told
    assert "Tasks, and whose move it is, are known of today only." not in told
    past = words(at_officer.get("/overview/?as_of=2013-01-01"))
    assert "This is not the present state." in past
    assert "Tasks, and whose move it is, are known of today only." in past


@pytest.mark.parametrize(
    "place",
    ["nowhere", "stage:none", "flow:concluded:x-1", "flow:concluded:2024-5", "age:in_force:1", "age:signing:9",
     "moved:all:8", "unit:none:late", "party:EU:x", "push:", "\x00", "flow:all:2024-1", "a" * 999],
)  # fmt: skip
def test_no_such_place(sample, at_officer, place):
    assert at_officer.get("/overview/agreements/", {"at": place}).status_code == 404


@pytest.mark.parametrize(
    "asked", ["party=%00", "unit=no&area=no", "as_of=never", "as_of=2999-01-01", "as_of=0001-01-01", "page=x"]
)
def test_whatever_is_asked_is_answered(sample, at_officer, asked):
    assert at_officer.get(f"/overview/?{asked}").status_code == 200
    assert at_officer.get(f"/overview/agreements/?{asked}").status_code == 200


@pytest.mark.parametrize("place", ["all", *(f"group:{group}" for group in Group), "moved:all:90", "push:open"])
def test_places_have_pages(sample, at_officer, place):
    assert at_officer.get("/overview/agreements/", {"at": place}).status_code == 200


# ---- what nobody may know ----
def test_a_secret_agreement_counts_nowhere(make_agreement, at_officer, at_lawyer, lawyer, officer):
    def told(address):
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", at_officer.get(address).content.decode())

    def pages():
        return [
            told(f"/overview/{rest}") for rest in ("", "?as_of=2021-01-01", "agreements/", "agreements/?at=push:open")
        ]

    make_agreement()
    before = pages()
    hidden = make_agreement(stage=Stage.RATIFYING, on=day(2020), columns={"level": "secret"})
    tasks.add(hidden, "Late", by=lawyer, due=FuzzyDate.parse("2024-12-01"))

    assert pages() == before
    assert overview.look(lawyer, date(2024, 12, 28)).counts["all"] == 2
    assert overview.look(officer, date(2024, 12, 28)).counts["all"] == 1
    assert "2 agreements" in words(at_lawyer.get("/overview/"))


# ---- what it costs ----
def test_the_queries_do_not_grow(make_agreement, officer, at_officer):
    def another():
        tasks.add(make_agreement(stage=Stage.SIGNING), "Late", by=officer, due=FuzzyDate.parse("2024-12-01"))

    another()
    one = [queries(at_officer, address) for address in ("/overview/", "/overview/agreements/?at=push:late")]
    for _number in range(20):
        another()

    assert [queries(at_officer, address) for address in ("/overview/", "/overview/agreements/?at=push:late")] == one
    assert max(one) <= 15
