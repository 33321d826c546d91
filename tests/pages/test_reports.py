"""The page of the report: what its links carry, and what it says when a look back finds nothing."""

import re
from html import unescape

import pytest

from agreements import reports
from agreements.models import Entry
from tests.pages.conftest import words


def links(response, pattern):
    """Return the addresses of a page that match."""
    return [link for link in map(unescape, re.findall(r'href="([^"]*)"', response.content.decode())) if pattern in link]


def test_files_give_the_report_that_the_page_shows(sample, at_officer):
    page = at_officer.get("/reports/portfolio/?as_of=2016-06-01&known_at=2099-01-01&with=EU&area=aviation")

    for name, form in reports.FORMATS.items():
        asked = f"?as_of=2016-06-01&known_at=2099-01-01&with=EU&area=aviation&format={name}"
        assert links(page, f"format={name}") == [asked]
        file = at_officer.get(f"/reports/portfolio/{asked}")
        assert file["Content-Disposition"] == f'attachment; filename="portfolio-2016-06-01.{form.ending}"'
        assert file["Content-Type"] == form.media_type


def test_files_of_today_name_the_day(sample, at_officer):
    assert "?as_of=2024-12-28&format=csv" in links(at_officer.get("/reports/portfolio/"), "format=csv")


def test_the_report_leads_to_pages_that_look_from_the_same_place(sample, at_officer):
    past = at_officer.get("/reports/portfolio/?as_of=2016-06-01")

    # In the table and in the timeline.
    assert links(past, "/agreements/PEP-4K7Z/") == ["/agreements/PEP-4K7Z/?as_of=2016-06-01"] * 2
    assert links(at_officer.get("/reports/portfolio/"), "/agreements/PEP-4K7Z/") == ["/agreements/PEP-4K7Z/"] * 2


@pytest.mark.parametrize(
    ("address", "report"),
    [
        ("/agreements/", ""),
        ("/agreements/?as_of=2016-06-01&party=EU&area=aviation", "?as_of=2016-06-01&with=EU&area=aviation"),
        ("/agreements/PEP-4K7Z/?as_of=2016-06-01", "?as_of=2016-06-01"),
        ("/agreements/PEP-4K7Z/", ""),
    ],
)
def test_pages_lead_to_the_report_that_looks_from_the_same_place(sample, at_officer, address, report):
    expected = f"/reports/portfolio/{report}" if report else "/reports/"
    dossier = f"/reports/agreement/?agreement=PEP-4K7Z{report.replace('?', '&')}"
    beside = [dossier, f"{dossier}&format=pdf"] if "PEP-4K7Z" in address else [f"/reports/changes/{report}"]
    assert sorted(links(at_officer.get(address), "/reports/")) == sorted([expected, *beside])


@pytest.mark.parametrize("address", ["/agreements/", "/agreements/PEP-4K7Z/", "/reports/portfolio/"])
def test_where_nothing_was_known_yet_the_page_says_from_when_on(sample, at_officer, address):
    sentence = "The first entry was recorded on"

    assert sentence in words(at_officer.get(f"{address}?known_at=2020-01-01"))
    assert f"{Entry.objects.earliest('recorded_at').recorded_at:%Y}" in words(
        at_officer.get(f"{address}?known_at=2020-01-01")
    )
    assert sentence not in words(at_officer.get(f"{address}?known_at=2099-01-01"))
    assert sentence not in words(at_officer.get(f"{address}?as_of=1950-01-01"))


@pytest.mark.parametrize("address", ["/reports/portfolio/", "/reports/participation/"])
@pytest.mark.parametrize("more", ["", "&format=csv"])
def test_a_day_to_come_is_refused_as_on_the_other_pages(sample, at_officer, address, more):
    response = at_officer.get(f"{address}?as_of=2999-01-01{more}")

    sentence = "1 January 2999 is still to come. The register shows what was true on a past day."
    assert response.status_code == 400
    assert f"The report shows today instead: {sentence} " in words(response)
    assert "As of 28 December 2024" in words(response)
    assert at_officer.get(f"{address}?as_of=2024-12-28{more}").status_code == 200


def test_what_the_reader_may_not_see_says_nothing_of_when_it_was_recorded(secret, at_officer):
    assert "The first entry was recorded" not in words(at_officer.get("/agreements/?known_at=2020-01-01"))


@pytest.mark.parametrize(
    ("language", "text", "ball"),
    [("ru", "Текст", "За кем следующее действие"), ("kk", "Мәтін", "Келесі әрекет кімнен күтіледі")],
)
def test_pages_in_other_languages_speak_formally_and_all_of_them(sample, at_officer, language, text, ball):
    at_officer.post("/language/", {"language": language})
    report = at_officer.get("/reports/portfolio/")

    assert re.search(rf">{text}<span", report.content.decode())
    assert "TEXT" not in words(report)
    for address in (
        "/reports/portfolio/",
        "/agreements/",
        "/agreements/AIR-7Q4M/",
        "/agreements/AIR-7Q4M/?as_of=2010-01-01",
    ):
        page = words(at_officer.get(address))
        assert not re.search(r"чей (был )?ход|\bход за|кезек", page, re.IGNORECASE), address
    assert ball in words(at_officer.get("/agreements/"))
