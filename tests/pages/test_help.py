"""Help, the tour of the sample, and what the frame keeps for a reader: light or dark."""

import re

import pytest
from django.template.loader import render_to_string

from agreements.views.help import GUIDE
from agreements.views.tour import STOPS, address_of
from tests.pages.conftest import queries, words


@pytest.mark.parametrize("code", [code for code, _title in GUIDE])
def test_a_chapter_has_the_same_parts_in_every_language(code):
    parts = {
        language: re.findall(r"<(h2|li|dt|p)\b", render_to_string(f"help/guide/{language}/{code}.html"))
        for language in ("en", "ru", "kk")
    }

    assert parts["en"] == parts["ru"] == parts["kk"]
    assert parts["en"]


def test_the_guide_is_read_in_the_readers_language(db, at_reader):
    at_reader.post("/language/", {"language": "kk"})

    assert "Pacta сіздің үстеліңізден ашылады" in words(at_reader.get("/help/guide/first-day/"))
    assert at_reader.get("/help/guide/nothing/").status_code == 404


def test_a_word_of_the_glossary_is_looked_up(db, at_reader):
    page = words(at_reader.get("/help/glossary/?q=оговорка"))

    assert "1 word speaks of it." in page
    assert "reservation оговорка ескертпе" in page
    assert "0 words speak of it." in words(at_reader.get("/help/glossary/?q=nothing+of+that+kind"))


def test_the_tour_is_offered_where_the_sample_is(db, at_reader, request):
    assert "Begin the tour" not in words(at_reader.get("/help/"))
    request.getfixturevalue("sample")
    assert f'href="{address_of(1)}"' in at_reader.get("/help/").content.decode()


def test_each_stop_of_the_tour_leads_to_the_next(sample, at_reader):
    address = address_of(1)
    for number in range(1, len(STOPS) + 1):
        response = at_reader.get(address.partition("#")[0])
        page = response.content.decode()

        assert response.status_code == 200, address
        assert f"Tour, {number} of {len(STOPS)}." in words(response)
        following = re.search(r'<a class="usa-button usa-button--outline" href="([^"]+)">Next</a>', page)
        assert bool(following) == (number < len(STOPS))
        address = following[1].replace("&amp;", "&") if following else ""


@pytest.mark.parametrize("number", ["0", "99", "x", "٣", "2"])
def test_a_page_that_is_no_stop_shows_no_tour(sample, at_reader, number):
    assert "Tour," not in words(at_reader.get(f"/agreements/?tour={number}"))


def test_the_invitation_can_be_declined(sample, at_reader):
    assert "New here?" in words(at_reader.get("/desk/"))

    response = at_reader.post("/help/tour/end/")

    assert response.headers["Location"] == "/"
    assert "New here?" not in words(at_reader.get("/desk/"))


def test_light_or_dark_is_kept_and_given_up(db, at_reader):
    response = at_reader.post("/theme/", {"theme": "dark", "next": "/help/?x=1"})

    assert response.headers["Location"] == "/help/?x=1"
    assert '<html lang="en" data-theme="dark">' in at_reader.get("/help/").content.decode()
    at_reader.post("/theme/", {"theme": "", "next": "https://elsewhere.example/"})
    assert '<html lang="en">' in at_reader.get("/help/").content.decode()


def test_a_choice_of_colours_leads_nowhere_else(db, at_reader):
    assert at_reader.post("/theme/", {"theme": "red", "next": "//elsewhere.example"}).headers["Location"] == "/"
    assert at_reader.get("/theme/").status_code == 405


def test_a_field_offers_its_meaning(signing, at_officer):
    page = words(at_officer.get(f"/agreements/{signing.reference}/hold/"))

    assert "What does this mean? Certainty of the date" in page
    assert "How firmly the source carries the date" in page


def test_help_asks_the_database_for_next_to_nothing(sample, at_reader):
    assert queries(at_reader, "/help/glossary/") == 2
    assert queries(at_reader, "/help/") == 3
