"""The list of agreements: what it shows, what its facets count, whom it hides things from, how it looks back."""

import re
from datetime import UTC, date, datetime

import pytest
from django.http import QueryDict

from agreements import lifecycle, registers
from agreements.choices import Ball, Stage
from agreements.dates import FuzzyDate
from agreements.facets import FACETS
from agreements.models import Agreement, Unit
from agreements.reports.facts import facts_of
from agreements.selections import AgreementSelection
from agreements.views.finding import Past, Present
from agreements.views.listing import PAGE, _shown
from tests.pages.conftest import hold, opening, queries, words


def shown(response):
    """Return the references of the rows, in order."""
    return re.findall(r'<th scope="row"><span id="t\d+"><a href="/agreements/([\w-]+)/', response.content.decode())


def facet(response, name):
    """Return the counts of one facet by value."""
    pattern = rf'name="{name}" value="([^"]+)"(?: checked)?><span>.*?</span><i>([\d,]+)</i>'
    return {value: int(count) for value, count in re.findall(pattern, response.content.decode(), re.DOTALL)}


# ---- what it shows ----
def test_the_sample_portfolio(sample, at_officer):
    response = at_officer.get("/agreements/")

    assert shown(response)[:3] == ["RAW-23X4", *shown(response)[1:3]]
    assert set(shown(response)[1:3]) == {"RAW-25X6", "AIR-7Q4M"}
    assert len(shown(response)) == 8
    assert "8 agreements" in words(response)
    assert "Expires in 3 days" in words(response)


def test_a_row_says_all_that_a_desk_officer_asks(sample, at_officer):
    response = at_officer.get("/agreements/?q=horizontal")

    assert shown(response) == ["AIR-7Q4M"]
    row = words(response)
    for part in (
        "Horizontal Aviation Agreement", "text 2", "No date of signing is planned", "Being prepared for signing",
        "since 28 Dec 2024", "date of report", "Sign", "Own side",
    ):  # fmt: skip
        assert part in row
    assert 'class="c-days r">0<' in response.content.decode()


def test_the_list_leads_to_the_board_of_the_same_agreements_on_the_same_day(sample, at_officer):
    text = at_officer.get("/agreements/?party=EU&as_of=2016-06-01").content.decode()
    assert 'href="/board/?party=EU&amp;as_of=2016-06-01">As a board<' in text


def test_the_order_of_the_database_is_the_order_of_urgency(sample, officer, at_officer):
    facts = facts_of(list(Agreement.objects.for_user(officer)), user=officer, as_of=date(2024, 12, 28))
    urgency = {item.reference: item.urgency for item in facts}

    listed = [urgency[reference] for reference in shown(at_officer.get("/agreements/"))]

    assert listed == sorted(listed)
    assert set(listed) == {0, 1, 2}


@pytest.mark.parametrize(
    ("until", "mark"), [("2025-01-04", 0), ("2025-01-05", 1), ("2025-03-28", 1), ("2025-03-29", 2)]
)
def test_the_bounds_of_urgency_are_those_of_the_facts(make_agreement, officer, at_officer, until, mark):
    make_agreement(stage=Stage.IN_FORCE, columns={"valid_until": date(2024, 12, 31)})
    make_agreement(stage=Stage.SIGNING)
    ending = make_agreement(stage=Stage.IN_FORCE, columns={"valid_until": date.fromisoformat(until)})

    (facts,) = facts_of([ending], user=officer, as_of=date(2024, 12, 28))

    assert facts.urgency == mark
    assert shown(at_officer.get("/agreements/"))[mark] == ending.reference


def test_what_is_renewed_is_not_urgent_for_its_last_day(make_agreement, officer, at_officer):
    valid = {"valid_until": date(2024, 12, 31)}
    renewed = make_agreement(stage=Stage.IN_FORCE, columns=valid | {"renewal_years": 5})
    ending = make_agreement(stage=Stage.IN_FORCE, columns=valid)
    make_agreement(stage=Stage.SIGNING)

    found = facts_of([ending, renewed], user=officer, as_of=date(2024, 12, 28))

    assert [facts.urgency for facts in found] == [0, 2]
    listed = shown(at_officer.get("/agreements/"))
    assert (listed[0], listed[-1]) == (ending.reference, renewed.reference)


def test_a_title_in_another_language_is_marked(make_agreement, at_officer):
    agreement = make_agreement(titles={"en": "Agreement on waters"}, short_titles={})
    at_officer.post("/language/", {"language": "ru"})

    page = at_officer.get("/agreements/").content.decode()

    assert f'<a href="/agreements/{agreement.reference}/" lang="en">Agreement on waters</a>' in page
    assert re.search(r'<span class="fallback" title="[^"]+">EN</span>', page)


def test_a_beginning_of_which_no_day_is_known_is_listed(make_agreement, at_officer):
    agreement = make_agreement(on=FuzzyDate.unknown())

    assert shown(at_officer.get("/agreements/")) == [agreement.reference]


def test_a_step_in_the_course_of_this_month_has_happened(make_agreement, at_officer):
    make_agreement(stage=Stage.SIGNED, on=FuzzyDate.parse("2024-12"))

    response = at_officer.get("/agreements/")

    assert "since December 2024 month only" in words(response)
    assert facet(response, "stage")["signed"] == 1


def test_a_record_opened_by_mistake_is_not_listed(make_agreement, lawyer, at_lawyer):
    agreement = make_agreement()
    lifecycle.void(opening(agreement), by=lawyer, reason="Twice.")

    response = at_lawyer.get("/agreements/")

    assert shown(response) == []
    assert "The register holds no agreement that you may see." in words(response)


# ---- empty ----
def test_an_empty_register_offers_to_propose(at_officer, at_reader):
    assert "The register holds no agreement that you may see. Propose an agreement" in words(
        at_officer.get("/agreements/")
    )
    assert "Propose an agreement" not in words(at_reader.get("/agreements/"))


def test_filters_without_a_match_say_so(make_agreement, at_officer):
    make_agreement()

    response = at_officer.get("/agreements/?stage=signed&q=aviation")

    assert "No agreement that you may see matches all of these filters together." in words(response)
    assert '<a href="?">Remove all filters</a>' in response.content.decode()


# ---- facets ----
def test_facets_count_what_each_value_would_show(sample, at_officer):
    response = at_officer.get("/agreements/?kind=roadmap")

    assert facet(response, "kind") == {"agreement": 4, "roadmap": 2, "memorandum": 1, "platform": 1}
    assert {value: count for value, count in facet(response, "stage").items() if count} == {"signing": 1, "in_force": 1}
    assert facet(response, "party") == {"EU": 2}
    assert facet(response, "area") == {"raw-materials": 2}
    assert {value: count for value, count in facet(response, "ball").items() if count} == {"own": 1, "nobody": 1}
    assert len(shown(response)) == 2


@pytest.mark.parametrize("past", ["", "&as_of=2024-12-27&known_at=2099-01-01"])
def test_every_count_is_what_choosing_its_value_finds(sample, officer, at_officer, past):
    def found(query):
        selection, knowing = AgreementSelection.kept(QueryDict(query)), datetime(2099, 1, 1, tzinfo=UTC)
        yesterday, today = date(2024, 12, 27), date(2024, 12, 28)
        register = Past(officer, selection, yesterday, knowing) if past else Present(officer, selection, today)
        return [row.facts.reference for row in register.told(register.keys(0, PAGE))]

    for chosen in ("q=", "party=EU&stage=in_force", "ball=own&kind=agreement"):
        response = at_officer.get(f"/agreements/?{chosen}{past}")
        for name in FACETS[1:]:
            kept = "&".join(pair for pair in chosen.split("&") if not pair.startswith(f"{name}="))
            counts = facet(response, name)
            for value, count in counts.items():
                assert len(found(f"{kept}&{name}={value}")) == count, (chosen, name, value)
            # That the page shows what is found need not be tried with every value.
            query = f"{kept}&{name}={max(counts, key=counts.__getitem__)}"
            assert shown(at_officer.get(f"/agreements/?{query}{past}")) == found(query), query


def test_the_present_and_the_past_of_yesterday_count_alike(sample, at_officer):
    present = at_officer.get("/agreements/")
    rebuilt = at_officer.get("/agreements/?known_at=2099-01-01")

    for name in FACETS[1:]:
        assert facet(present, name) == facet(rebuilt, name)
    assert set(shown(present)) == {reference.partition("/")[0] for reference in shown(rebuilt)}


def test_several_values_of_a_facet_widen_and_several_facets_narrow(sample, at_officer):
    assert len(shown(at_officer.get("/agreements/?stage=signing&stage=proposed"))) == 3
    assert len(shown(at_officer.get("/agreements/?stage=signing&stage=proposed&kind=agreement"))) == 2


def test_a_group_holds_its_stages_and_narrows_with_them(sample, at_officer):
    response = at_officer.get("/agreements/?group=preparing")

    assert len(shown(response)) == 3
    assert facet(response, "group") == {"preparing": 3, "concluded": 0, "operative": 4, "ended": 1}
    assert {value: count for value, count in facet(response, "stage").items() if count} == {"proposed": 1, "signing": 2}
    assert shown(at_officer.get("/agreements/?group=preparing&stage=in_force")) == []


def test_who_must_act_follows_the_procedure_unless_somebody_is_named(make_agreement, at_officer):
    by_rule = make_agreement(stage=Stage.SIGNING)
    named = make_agreement(stage=Stage.SIGNING, columns={"ball": Ball.OTHER})
    nobody = make_agreement(stage=Stage.IN_FORCE)

    assert shown(at_officer.get("/agreements/?ball=own")) == [by_rule.reference]
    assert shown(at_officer.get("/agreements/?ball=other")) == [named.reference]
    assert shown(at_officer.get("/agreements/?ball=nobody")) == [nobody.reference]


def test_those_on_hold(signing, make_agreement, lawyer, at_officer):
    hold(signing, lawyer)
    make_agreement()

    response = at_officer.get("/agreements/?hold=yes")

    assert shown(response) == [signing.reference]
    assert "On hold since September 2012" in words(response)


def test_the_own_side_is_no_facet_as_it_takes_part_in_everything(sample, at_officer):
    assert "KZ" not in facet(at_officer.get("/agreements/"), "party")


def test_the_search_finds_words_of_any_language_and_keeps_the_filters(sample, at_officer):
    response = at_officer.get("/agreements/?q=ДОРОЖНАЯ+карта&stage=in_force")

    assert shown(response) == ["RAW-23X4"]
    assert '<input type="hidden" name="q" value="ДОРОЖНАЯ карта">' in response.content.decode()


def test_values_that_do_not_exist_are_passed_over(sample, at_officer):
    response = at_officer.get("/agreements/?stage=nowhere&page=x&group=no&kind=%00&hold=maybe&q=%00")

    assert response.status_code == 200
    assert len(shown(response)) == 8


def test_a_party_that_does_not_exist_matches_nothing(sample, at_officer):
    response = at_officer.get("/agreements/?party=XX")

    assert shown(response) == []
    assert "Party: XX" in words(response)


def test_each_filter_can_be_taken_away(sample, at_officer):
    page = at_officer.get("/agreements/?q=road&stage=signing&kind=roadmap").content.decode()
    chips = re.findall(r'<a class="chip" aria-current="true" href="([^"]+)">', page)

    assert chips == ["?stage=signing&amp;kind=roadmap", "?q=road&amp;kind=roadmap", "?q=road&amp;stage=signing"]


# ---- who sees what ----
def test_a_secret_agreement_leaves_no_trace(secret, make_agreement, at_officer, at_lawyer):
    make_agreement()

    response = at_officer.get("/agreements/")

    assert secret.reference not in response.content.decode()
    assert "Hidden" not in response.content.decode()
    assert "1 agreement" in words(response)
    assert facet(response, "kind") == {"agreement": 1}
    assert "ratifying" not in {value for value, count in facet(response, "stage").items() if count}
    assert facet(response, "party") == {"EU": 1}
    assert shown(at_officer.get("/agreements/?q=hidden")) == []
    assert shown(at_officer.get("/agreements/?as_of=2021-01-01&known_at=2099-01-01&q=hidden")) == []
    assert facet(at_lawyer.get("/agreements/"), "kind") == {"agreement": 1, "protocol": 1}


def test_the_button_to_propose_is_for_those_who_may(at_officer, at_reader, make_agreement):
    make_agreement()

    assert 'href="/agreements/new/"' in at_officer.get("/agreements/").content.decode()
    assert 'href="/agreements/new/"' not in at_reader.get("/agreements/").content.decode()


# ---- pages ----
def test_fifty_to_a_page(make_agreement, at_officer, monkeypatch):
    monkeypatch.setattr("agreements.views.listing.PAGE", 2)
    made = {make_agreement().reference for _number in range(5)}

    pages = [shown(at_officer.get(f"/agreements/?kind=agreement&page={number}")) for number in (1, 2, 3)]

    assert [len(page) for page in pages] == [2, 2, 1]
    assert {reference for page in pages for reference in page} == made
    first = at_officer.get("/agreements/?kind=agreement").content.decode()
    assert 'href="?kind=agreement&amp;page=2"' in first
    assert '<span aria-current="page">1</span>' in first


def test_a_page_that_is_not_there_is_the_last_one(make_agreement, at_officer):
    agreement = make_agreement()

    assert shown(at_officer.get("/agreements/?page=7")) == [agreement.reference]


def test_the_page_bar_leaves_gaps():
    assert _shown(1, 20) == [1, 2, 3, 0, 20]
    assert _shown(10, 20) == [1, 0, 8, 9, 10, 11, 12, 0, 20]
    assert _shown(2, 3) == [1, 2, 3]


# ---- looking back ----
def test_the_portfolio_as_of_a_day(sample, at_officer):
    response = at_officer.get("/agreements/?as_of=2013-01-01&known_at=2099-01-01")

    assert set(shown(response)) == {"AIR-7Q4M", "PEP-4K7Z", "PEP-2F9C"}
    assert "As of 1 January 2013" in words(response)
    assert "On hold since September 2012" in words(response)
    assert facet(response, "hold") == {"yes": 1}
    assert "Back to today" in words(response)
    assert "/agreements/PEP-4K7Z/?as_of=2013-01-01&amp;known_at=" in response.content.decode()


def test_before_anything_was_recorded_there_is_nothing(sample, at_officer):
    response = at_officer.get("/agreements/?known_at=2020-01-01")

    assert shown(response) == []
    assert "Nothing is recorded that had begun by this day." in words(response)


def test_the_past_knows_the_titles_of_its_time(make_agreement, lawyer, at_officer):
    agreement = make_agreement()
    with registers.editing(agreement, by=lawyer) as fresh:
        fresh.short_title_en = "Renamed"
    before = opening(agreement).recorded_at.isoformat().replace("+00:00", "Z")

    assert shown(at_officer.get("/agreements/?q=renamed")) == [agreement.reference]
    assert shown(at_officer.get(f"/agreements/?q=renamed&known_at={before}")) == []
    assert shown(at_officer.get(f"/agreements/?q=horizontal&known_at={before}")) == [agreement.reference]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("as_of=yesterday", "“yesterday” is not a day."),
        ("known_at=2024-13-01", "“2024-13-01” is not a moment."),
        ("as_of=2025-01-01", "1 January 2025 is still to come."),
    ],
)
def test_a_day_that_is_not_understood_is_told(sample, at_officer, asked, told):
    for address in ("/agreements/", "/agreements/AIR-7Q4M/"):
        response = at_officer.get(f"{address}?{asked}")

        assert response.status_code == 400
        assert "The page shows today." in words(response)
        assert told in words(response)


# ---- speed ----
def test_one_row_and_three_take_the_same_queries(make_agreement, at_officer):
    make_agreement()
    one = queries(at_officer, "/agreements/")
    make_agreement(stage=Stage.IN_FORCE)
    make_agreement(kind="roadmap")

    assert queries(at_officer, "/agreements/") == one == 12


def test_the_past_takes_a_fixed_number_of_queries_too(make_agreement, at_officer):
    make_agreement()
    one = queries(at_officer, "/agreements/?as_of=2020-01-01")
    make_agreement(stage=Stage.IN_FORCE)

    assert queries(at_officer, "/agreements/?as_of=2020-01-01") == one == 9


def test_a_filled_in_page_stays_within_fifteen_queries(sample, officer, at_officer):
    officer.unit = Unit.objects.get()
    officer.save()

    for word in ("a", "air"):
        assert queries(at_officer, f"/agreements/?ball=own&party=EU&area=aviation&q={word}&hold=") <= 15
