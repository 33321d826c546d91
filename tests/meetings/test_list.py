"""The list of meetings: what is coming, what was, by year, and what lacks an outcome."""

import re

import pytest

from agreements import meetings
from agreements.models import Meeting
from tests.meetings.conftest import AHEAD, PAST
from tests.pages.conftest import queries, words


def titles(client, address="/meetings/"):
    page = client.get(address).content.decode()
    return re.findall(r'<th scope="row"><a href="/meetings/[^"]+">([^<]+)</a>', page)


def headings(client, address="/meetings/"):
    return [section.label for section in client.get(address).context["sections"]]


def test_what_is_coming_stands_first_then_the_years(at_reader, arrange):
    for title, when, status in (
        ("Later", "2025-06-01", "tentative"), ("Some day", "unknown", "tentative"), ("Next", AHEAD, "confirmed"),
        ("Last", PAST, "held"), ("Long ago", "2019", "held"), ("Not held", "2025-03-01", "cancelled"),
        ("Forgotten", "2024-11-01", "confirmed"), ("Once", "unknown", "held"),
    ):  # fmt: skip
        arrange(when, title_en=title, status=status)

    assert titles(at_reader) == ["Next", "Later", "Some day", "Not held", "Forgotten", "Last", "Long ago", "Once"]
    assert headings(at_reader) == ["Coming", "2025", "2024", "2019", "Day not known"]
    assert titles(at_reader, "/meetings/?part=coming") == ["Next", "Later", "Some day"]
    assert titles(at_reader, "/meetings/?part=past") == ["Not held", "Forgotten", "Last", "Long ago", "Once"]
    assert titles(at_reader, "/meetings/?part=tea") == titles(at_reader)
    assert "its day is past: was it held?" in words(at_reader.get("/meetings/?q=forgotten"))


def test_outcomes_that_are_missing_are_counted_as_far_as_one_sees_the_agenda(
    at_reader, at_lawyer, arrange, make_agreement, hidden
):
    told, silent = make_agreement(), make_agreement()
    points = [meetings.Point(told, outcome="Agreed."), meetings.Point(silent), meetings.Point(hidden)]
    arrange(PAST, title_en="Talks", status="held", agenda=points)
    arrange(PAST, title_en="Told", status="held", agenda=[meetings.Point(told, outcome="Agreed.")])
    arrange(PAST, title_en="Whole", status="held", outcome_kk="Келісілді.")
    arrange(PAST, title_en="Nothing", status="held")
    arrange(AHEAD, title_en="Ahead", agenda=[silent])

    assert sorted(titles(at_reader, "/meetings/?part=missing")) == ["Nothing", "Talks"]
    shown, whole = (words(client.get("/meetings/?q=talks")) for client in (at_reader, at_lawyer))
    assert ("2 points" in shown, "1 outcome missing" in shown) == (True, True)
    assert ("3 points" in whole, "2 outcomes missing" in whole) == (True, True)
    assert "outcome missing" in words(at_reader.get("/meetings/?q=nothing"))
    assert [number for _label, _address, number, _here in at_reader.get("/meetings/").context["parts"]] == [5, 1, 4, 2]


def test_the_list_is_narrowed_by_format_partner_status_and_words(at_reader, arrange, parties):
    arrange(AHEAD, title_en="With them", parties=[parties["EU"]])
    arrange(PAST, title_en="Alone", title_ru="Өзіміз", place="Luxembourg", status="held")

    assert titles(at_reader, "/meetings/?party=EU") == ["With them"]
    assert titles(at_reader, "/meetings/?status=held") == ["Alone"]
    assert titles(at_reader, "/meetings/?format=council") == ["With them", "Alone"]
    assert titles(at_reader, "/meetings/?q=LUXEMBOURG") == ["Alone"]
    assert titles(at_reader, "/meetings/?q=өзіміз") == ["Alone"]
    assert titles(at_reader, "/meetings/?q=озимиз") == ["Alone"]  # as a Russian keyboard writes it
    assert titles(at_reader, "/meetings/?q=uxemb") == []  # words are found by their beginnings
    assert titles(at_reader, "/meetings/?q=совет") == ["With them", "Alone"]
    assert titles(at_reader, "/meetings/?q=nobody") == []
    assert "Remove all filters" in words(at_reader.get("/meetings/?q=nobody"))
    refused = at_reader.get("/meetings/?format=tea")
    assert refused.status_code == 400
    assert "“tea” is not known. Use one of: council." in words(refused)


def test_an_empty_list_offers_the_next_act(at_officer, at_reader, council):
    assert at_officer.get("/meetings/").content.decode().count('href="/meetings/new/"') == 2
    assert "/meetings/new/" not in at_reader.get("/meetings/").content.decode()


def test_a_long_list_has_pages(at_reader, arrange, monkeypatch):
    monkeypatch.setattr("agreements.views.meeting_list.PAGE", 2)
    for number in (1, 2, 3):
        arrange(f"2024-05-0{number}", title_en=f"May {number}", status="held")

    assert titles(at_reader) == ["May 3", "May 2"]
    assert titles(at_reader, "/meetings/?page=2") == ["May 1"]
    assert "Page 1 of 2" in words(at_reader.get("/meetings/"))


def test_a_secret_meeting_leaves_no_trace(at_officer, at_lawyer, arrange):
    arrange(AHEAD, title_en="Shown")
    before = at_officer.get("/meetings/").content
    arrange(PAST, title_en="Talks that nobody knows of", status="held", level="secret")

    assert _plain(at_officer.get("/meetings/").content) == _plain(before)
    assert "nobody knows of" in words(at_lawyer.get("/meetings/"))


def _plain(page):
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", page)


@pytest.mark.parametrize(("language", "told"), [("en", "5 points"), ("ru", "5 вопросов"), ("kk", "5 мәселе")])
def test_the_list_in_three_languages(at_reader, arrange, make_agreement, language, told):
    arrange(PAST, status="held", agenda=[make_agreement() for _number in range(5)])
    at_reader.post("/language/", {"language": language})

    assert told in words(at_reader.get("/meetings/"))


def test_one_and_many_take_the_same_queries(at_reader, arrange, make_agreement, parties):
    def fill():
        arrange(PAST, status="held", parties=parties.values(), agenda=[make_agreement()])

    fill()
    once = queries(at_reader, "/meetings/?q=council&party=EU")
    for _number in range(3):
        fill()

    assert Meeting.objects.count() == 4
    assert queries(at_reader, "/meetings/?q=council&party=EU") == once <= 15
