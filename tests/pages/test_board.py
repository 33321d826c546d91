"""The board: columns and lanes, cards, whom it hides things from, how it looks back, and where a card can go."""

import re

import pytest
from django.utils import translation

from agreements import lifecycle
from agreements.choices import Stage
from agreements.views import board
from tests.conftest import signed_in
from tests.pages.conftest import day, hold, queries, words


def columns(response):
    """Return the numbers of the columns in which anything stands, by their names."""
    pattern = r'<(?:section|div) class="col" aria-label="([^"]+): (\d+)"'
    found = re.findall(pattern, response.content.decode())
    return {label: int(number) for label, number in found}


def cards(response):
    """Return the references of the cards, in order."""
    return re.findall(r'<h3><a href="/agreements/([\w-]+)/', response.content.decode())


def card(response, title):
    """Return the words of one card."""
    found = re.findall(r'(?s)<li class="card".*?</li>\s*(?=<li class="card"|</ol>)', response.content.decode())
    (one,) = (text for text in found if title in text)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", one).replace("\u00a0", " ").replace("&nbsp;", " ")).strip()


def spans(response):
    """Return what stands on the bars of the groups."""
    return re.findall(r'<div class="g-\w+ wide-(\d+) thin-(\d+)">([^<]+)</div>', response.content.decode())


# ---- what it shows ----
def test_the_sample_portfolio(sample, at_officer):
    response = at_officer.get("/board/")

    assert columns(response) == {
        "Proposed": 1, "Being prepared for signing": 2, "In force; in effect": 4, "Superseded": 1,
    }  # fmt: skip
    assert spans(response) == [
        ("2", "3", "Preparing · 3"), ("0", "2", "Concluded · 0"), ("1", "0", "Operative · 4"), ("1", "0", "Ended · 1"),
    ]  # fmt: skip
    assert "8 agreements, as of 28 December 2024. A card moves when a step is recorded." in words(response)
    assert cards(response)[0] == "VIS-8TDK"
    assert cards(response)[3] == "RAW-23X4"  # what ends in three days comes first


def test_stages_at_which_nothing_stands_are_folded_and_rare_ones_left_out(signing, at_officer):
    text = at_officer.get("/board/").content.decode()

    assert re.findall(r'<div class="col col--none" data-stage="(\w+)"', text) == [
        "proposed", "mandated", "negotiating", "initialled", "signed", "ratifying", "in_force",
    ]  # fmt: skip
    assert 'data-stage="withdrawn"' not in text


def test_a_card_says_all_that_a_desk_officer_asks(sample, at_officer):
    response = at_officer.get("/board/")

    told = card(response, "Horizontal Aviation Agreement")
    for part in ("EU", "text 2", "since 28 Dec 2024 date of report", "Next: Sign", "Must act: Own side",
                 "No date of signing is planned"):  # fmt: skip
        assert part in told
    assert "593 days , since 15 May 2023" in card(response, "Visa Facilitation")
    assert "Last: Kazakhstan asks again" in card(response, "Visa Facilitation")
    assert "EU · AT · BE · BG +25" in card(response, "(EPCA)")
    ending = card(response, "Raw Materials Roadmap 2023-2024")
    assert "not binding" in ending
    assert "In effect: 589 days , since 19 May 2023" in ending
    assert "Expires in 3 days; what is to follow it is not signed" in ending


def test_a_card_tells_of_a_hold_and_of_a_step_out_of_procedure(signing, lawyer, at_officer):
    lifecycle.perform(
        signing, "sign", on=day(2008, 3, 1), by=lawyer, out_of_procedure=True, reason="It was signed all the same."
    )
    hold(signing, lawyer)

    told = card(at_officer.get("/board/"), "Horizontal Aviation Agreement")

    assert "On hold since September 2012" in told
    assert "Out of procedure" in told


def test_a_title_that_fell_back_says_so(signing, at_officer):
    at_officer.post("/language/", {"language": "kk"})
    text = at_officer.get("/board/").content.decode()

    assert re.search(r'<h3><a [^>]+ lang="en">Horizontal Aviation Agreement</a>.<span class="fallback"[^>]+>EN<', text)


# ---- many ----
def test_a_column_has_a_bounded_number_of_cards_and_leads_to_the_others(make_agreement, at_officer, monkeypatch):
    monkeypatch.setattr(board, "_CARDS", 4)
    monkeypatch.setattr(board, "_LEAST", 2)
    for number in range(5):
        make_agreement(short_titles={"en": f"Agreement {number}"}, stage=Stage.SIGNED, on=day(2020, 1, 1 + number))
    make_agreement(short_titles={"en": "Another"}, stage=Stage.RATIFYING)

    response = at_officer.get("/board/?party=EU")

    assert columns(response) == {"Signed": 5, "Undergoing ratification": 1}
    assert len(cards(response)) == 3
    assert "6 agreements, as of" in words(response)
    assert '<a class="more-cards" href="/agreements/?stage=signed&amp;party=EU">3 more' in response.content.decode()
    assert len(cards(at_officer.get("/board/?stage=ratifying"))) == 1


def test_the_board_takes_a_fixed_number_of_queries(make_agreement, at_officer, sample):
    addresses = ("/board/", "/board/?lanes=party", "/board/?lanes=area", "/board/?ball=own", "/board/?as_of=2020-01-01")
    few = [queries(at_officer, address) for address in addresses]
    for number in range(4):
        make_agreement(short_titles={"en": f"Agreement {number}"}, stage=Stage.SIGNED, on=day(2020))

    assert [queries(at_officer, address) for address in addresses] == few
    assert max(few) <= 15


# ---- lanes ----
def test_lanes_by_partner_and_by_area(sample, at_officer):
    by_area, by_party = at_officer.get("/board/?lanes=area"), at_officer.get("/board/?lanes=party")

    def lanes(response):
        pattern = r'<summary><h2>([^<]+)</h2><span class="count">(\d+)</span></summary>'
        return dict(re.findall(pattern, response.content.decode()))

    assert lanes(by_area)["Transport and logistics"] == "2"
    assert cards(by_area).count("AIR-7Q4M") == 2  # it concerns two areas
    assert "8 agreements, as of" in words(by_area)
    assert ("2", "3", "Preparing · 3") in spans(by_area)
    assert len(lanes(by_party)) == board._LANES
    assert next(iter(lanes(by_party).items())) == ("European Union", "8")
    assert re.search(r"\d+ more lanes", words(by_party))
    assert '<a class="chip" href="/board/?party=HR">Croatia · 1</a>' in by_party.content.decode()


def test_the_places_of_lanes_lead_to_their_lists(make_agreement, at_officer, monkeypatch):
    monkeypatch.setattr(board, "_MOST_IN_LANE", 1)
    for number in range(3):
        make_agreement(short_titles={"en": f"Agreement {number}"}, stage=Stage.SIGNED)

    text = at_officer.get("/board/?lanes=area&party=EU").content.decode()

    assert '<a class="more-cards" href="/agreements/?stage=signed&amp;party=EU&amp;area=aviation">2 more' in text


def test_an_agreement_without_a_partner_or_an_area_has_a_lane_too(make_agreement, parties, at_officer):
    make_agreement(stage=Stage.PROPOSED, areas=[], participants=[(parties["KZ"], "negotiating")])

    assert "No other party is named 1" in words(at_officer.get("/board/?lanes=party"))
    assert "Without an area 1" in words(at_officer.get("/board/?lanes=area"))


# ---- what is asked ----
def test_filters_narrow_the_board_and_are_let_go(sample, at_officer):
    response = at_officer.get("/board/?area=aviation&hold=&party=&lanes=area")
    text = response.content.decode()

    assert cards(response) == ["AIR-7Q4M", "AIR-7Q4M"]
    assert '<span class="sr">Remove the filter </span>Area: Aviation' in text
    assert 'href="/board/?lanes=area"><span class="sr">Remove the filter' in text
    assert '<a class="usa-button usa-button--outline" href="/agreements/?area=aviation">As a list</a>' in text
    assert '<input type="hidden" name="area" value="aviation">' in text
    assert '<option value="EU">European Union</option>' in text
    assert '<option value="aviation">' not in text  # it is chosen already


def test_what_needs_attention_can_be_asked_for(sample, at_officer):
    response = at_officer.get("/board/?attention=expiring")

    assert cards(response) == ["RAW-23X4"]
    assert queries(at_officer, "/board/?attention=expiring") <= 15


def test_a_board_on_which_nothing_stands_says_so(sample, db, at_officer):
    assert "No agreement that you may see matches all of these filters together." in words(
        at_officer.get("/board/?q=nothing")
    )
    assert "Nothing is recorded that had begun by this day." in words(at_officer.get("/board/?as_of=1950-01-01"))


# ---- another day ----
def test_the_board_of_another_day_shows_that_day_and_moves_nothing(sample, at_officer):
    response = at_officer.get("/board/?as_of=2013-01-01&lanes=party")

    assert columns(at_officer.get("/board/?as_of=2013-01-01"))["In force; in effect"] == 1
    assert "On hold since" in card(at_officer.get("/board/?as_of=2013-01-01"), "(EPCA)")
    assert "As of 1 January 2013." in words(response)
    assert "A card moves" not in words(response)
    assert "data-card" not in response.content.decode()
    assert "board.js" not in response.content.decode()
    assert at_officer.get("/board/?as_of=never").status_code == 400


def test_past_and_present_agree(sample, at_officer):
    present = at_officer.get("/board/?lanes=area")
    past = at_officer.get("/board/?lanes=area&known_at=2099-01-01")

    assert columns(past) == columns(present)
    assert sorted(cards(past)) == sorted(cards(present))
    assert spans(past) == spans(present)


# ---- secrecy ----
QUERIES = ("", "?lanes=party", "?lanes=area", "?stage=ratifying", "?as_of=2021-01-01", "?attention=stuck", "?ball=own")


def test_a_secret_agreement_leaves_no_trace(signing, make_agreement, at_officer, at_lawyer):
    def shown():
        pages = [at_officer.get(f"/board/{query}").content.decode() for query in QUERIES]
        return [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page) for page in pages]

    before = shown()
    secret = make_agreement(
        short_titles={"en": "Hidden Protocol"},
        kind="protocol",
        stage=Stage.RATIFYING,
        on=day(2020),
        columns={"level": "secret"},
    )

    assert shown() == before
    assert at_officer.get(f"/board/{secret.reference}/moves/").status_code == 404
    assert at_officer.get(f"/board/{secret.reference}/moves/?to=in_force").status_code == 404
    for query in QUERIES:
        assert ("Hidden Protocol" in at_lawyer.get(f"/board/{query}").content.decode()) or query == "?attention=stuck"


# ---- moving ----
def test_a_card_offers_the_steps_that_its_procedure_foresees(sample, at_officer, at_reader):
    text = at_officer.get("/board/?q=horizontal").content.decode()

    assert re.findall(r'<a href="(/agreements/[^"]+)" data-to="(\w+)">', text) == [
        ("/agreements/AIR-7Q4M/steps/sign/", "signed"),
        ("/agreements/AIR-7Q4M/steps/withdraw/", "withdrawn"),
        ("/agreements/AIR-7Q4M/steps/reopen/", "negotiating"),
    ]
    assert 'data-moves="/board/AIR-7Q4M/moves/"' in text
    assert "data-to" not in at_reader.get("/board/?q=horizontal").content.decode()


def test_a_move_that_is_not_possible_says_why(sample, at_officer):
    response = at_officer.get("/board/AIR-7Q4M/moves/?to=signed", headers={"X-Requested-With": "fetch"})
    told = words(response)

    assert "<html" not in response.content.decode()
    assert "“Sign” cannot be recorded yet" in told
    assert "7 things are missing:" in told
    assert "Scientific legal expertise of the draft is not attached." in told
    assert "data-possible" not in response.content.decode()
    missing = lifecycle.objections(sample["AIR-7Q4M"], "sign", by=at_officer.get("/board/").wsgi_request.user)
    assert all(reason.sentence in told for reason in missing)


def test_a_move_that_is_possible_leads_to_the_form(sample, at_officer):
    text = at_officer.get("/board/AIR-7Q4M/moves/?to=negotiating").content.decode()

    assert 'href="/agreements/AIR-7Q4M/steps/reopen/" data-possible' in text
    assert "<h1>" in text


def test_a_stage_to_which_no_step_leads_is_told_with_those_that_can_be_reached(sample, at_officer):
    told = words(at_officer.get("/board/AIR-7Q4M/moves/?to=ratifying"))

    assert "No step leads there" in told
    assert "has no step from “Being prepared for signing” to “Undergoing ratification”." in told
    assert "From here it leads to: Signed, Withdrawn, Negotiating." in told
    assert at_officer.get("/board/AIR-7Q4M/moves/?to=nowhere").status_code == 404


def test_every_step_is_weighed_on_one_page(sample, officer, reader, lawyer):
    for user in (officer, reader, lawyer):
        told = words(signed_in(user).get("/board/AIR-7Q4M/moves/"))
        assert all(part in told for part in ("Sign", "Withdraw", "Reopen negotiations", "7 things are missing:"))
        assert ("Record “Sign” out of procedure" in told) == (user == lawyer)
        assert ("Nothing stands against it." in told) == (user == reader)


def test_the_moves_take_a_fixed_number_of_queries(sample, at_officer):
    assert queries(at_officer, "/board/AIR-7Q4M/moves/?to=signed") <= 15


def test_an_ended_agreement_goes_nowhere(sample, at_officer):
    (ended,) = (one for one in sample.values() if one.stage == Stage.SUPERSEDED)

    assert "No step leads further from this stage." in words(at_officer.get(f"/board/{ended.reference}/moves/"))


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_the_board_speaks_the_readers_language(sample, at_officer, language):
    at_officer.post("/language/", {"language": language})
    with translation.override(language):
        told = words(at_officer.get("/board/"))

    assert {"ru": "Карточка переходит", "kk": "Қадам енгізілгенде"}[language] in told
    assert "as of" not in told
