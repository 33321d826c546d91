"""The pages of the calendar, of meetings and of feeds, as a browser without a script shows them."""

import re
from datetime import date, time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from agreements import meetings
from agreements.models import AgendaItem, Agreement, Entry, FeedToken, Meeting
from tests.meetings.conftest import PAST, on
from tests.pages.conftest import queries, words


def form(client: Client, address: str) -> dict[str, Any]:
    """Return what a form would send if nothing were changed."""
    shown = client.get(address).context["form"]
    return {name: _sent(shown[name]) for name in shown.fields if shown[name].value() not in (None, "", [])}


def _sent(field: Any) -> Any:
    value = field.value()
    return value if isinstance(value, list) else field.field.widget.format_value(value)


def problems(response: Any) -> dict[str, list[str]]:
    told = response.context["form"].errors
    return {name: [text.replace("\u00a0", " ") for text in sentences] for name, sentences in told.items()}


# ---- the calendar ----
def test_empty_calendars_offer_the_next_act(at_officer, at_reader, council):
    for address in ("/calendar/", "/calendar/?when=past", "/calendar/2025/", "/calendar/2025/05/"):
        assert 'class="empty">' in at_officer.get(address).content.decode()
        assert at_officer.get(address).content.decode().count('href="/meetings/new/"') == 2, address
        assert "/meetings/new/" not in at_reader.get(address).content.decode()
    assert "Remove all filters" in words(at_officer.get("/calendar/?status=held"))


def test_what_is_coming_and_what_was(at_reader, arrange, make_agreement):
    for title, when in (("Earlier", PAST), ("Later", "2025-05-13"), ("Some day", "unknown"), ("This month", "2024-12")):
        arrange(when, title_en=title)
    make_agreement(procedure="non_binding", columns={"planned_signing": on("2025-03")})

    def titles(address: str) -> list[str]:
        page = at_reader.get(address).content.decode()
        return re.findall(r'<h3><a href="/(?:meetings|agreements)/[^"]+">([^<]+)</a>', page)

    assert titles("/calendar/") == ["This month", "Horizontal Aviation Agreement", "Later", "Some day"]
    assert titles("/calendar/?when=past") == ["Earlier"]


def test_long_lists_have_pages(at_reader, arrange, monkeypatch):
    monkeypatch.setattr("agreements.views.calendar.PAGE", 2)
    for day in (1, 2, 3):
        arrange(f"2025-05-0{day}", title_en=f"May {day}")
        arrange(f"2024-05-0{day}", title_en=f"Past {day}")

    def shown(address: str) -> list[str]:
        return re.findall(r">((?:May|Past) \d)</a>", at_reader.get(address).content.decode())

    assert [shown("/calendar/"), shown("/calendar/?page=2")] == [["May 1", "May 2"], ["May 3"]]
    assert [shown("/calendar/?when=past"), shown("/calendar/?when=past&page=2")] == [["Past 3", "Past 2"], ["Past 1"]]
    assert "when=past&amp;page=2" in at_reader.get("/calendar/?when=past").content.decode()


def test_a_year_has_bands_for_what_is_not_known_exactly(at_reader, arrange):
    for when in ("2025-05-13", "2025-06", "2025-Q1", "2025-H2", "2025", "unknown"):
        arrange(when, title_en=f"At {when}")
    page = words(at_reader.get("/calendar/2025/"))
    order = ["2025 Not known more exactly At 2025", "First quarter of 2025", "At 2025-Q1", "May 2025 1 At 2025-05-13"]
    order += ["June 2025 1 At 2025-06", "Second half of 2025", "At 2025-H2", "July 2025", "Day not known", "At unknown"]

    assert [page.find(text) for text in order] == sorted(page.find(text) for text in order)
    assert -1 not in [page.find(text) for text in order]


def test_a_month_shows_its_days_and_the_bands_that_reach_into_it(at_reader, arrange):
    arrange("2025-05-13", title_en="On the day")
    arrange("2025-05", title_en="In May")
    arrange("2025-H1", title_en="In the half")
    arrange("2025-06-01", title_en="Next month")
    page = at_reader.get("/calendar/2025/05/")

    assert [title in words(page) for title in ("On the day", "In May", "In the half", "Next month")] == [
        True,
        True,
        True,
        False,
    ]
    cells = re.findall(r"(?s)<td[^>]*>(.*?)</td>", page.content.decode())
    numbers = r'class="num"><a href="/calendar/2025/5/13/">(\d+)'
    assert [re.findall(numbers, cell) for cell in cells if "On the day" in cell] == [["13"]]
    assert sum(bool(re.search(r'class="num', cell)) for cell in cells) == 31
    assert "today" in words(at_reader.get("/calendar/2024/12/"))


def test_a_dense_month_folds_its_days_and_a_dense_year_its_months(at_reader, arrange):
    for number in range(8):
        arrange("2025-05-13", title_en=f"Talks {number}")
    month, year, whole = (words(at_reader.get(f"/calendar/{path}")) for path in ("2025/05/", "2025/", "2025/5/13/"))

    assert [page.count("Talks") for page in (month, year, whole)] == [3, 6, 8]
    assert ("5 more on this day" in month, "2 more in this month" in year) == (True, True)
    assert "Tuesday, 13 May 2025" in whole
    assert "Nothing is recorded for this day" in words(at_reader.get("/calendar/2025/5/14/"))


@pytest.mark.parametrize(
    "address",
    [
        "/calendar/2025/13/",
        "/calendar/2025/0/",
        "/calendar/2025/2/30/",
        "/calendar/1899/1/1/",
        "/calendar/1/",
        "/calendar/3000/",
        "/calendar/99999999/",
    ],
)
def test_months_and_years_that_are_none(at_reader, address):
    assert at_reader.get(address).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/calendar/1900/01/",
        "/calendar/1900/1/1/",
        "/calendar/2999/12/31/",
        "/calendar/2999/12/",
        "/calendar/2999/",
        "/calendar/1900/",
    ],
)
def test_the_ends_of_the_calendar(at_reader, address):
    assert at_reader.get(address).status_code == 200


def test_an_unknown_filter_is_told_and_nothing_is_filtered(at_reader, arrange):
    arrange(title_en="Shown")
    response = at_reader.get("/calendar/?format=tea")

    assert response.status_code == 400
    assert "“tea” is not known. Use one of: council." in words(response)
    assert "Shown" in words(response)


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_the_pages_in_three_languages(at_lawyer, arrange, make_agreement, language):
    meeting = arrange("2025-05", agenda=[make_agreement()])
    at_lawyer.post("/language/", {"language": language})
    name = {"en": "Cooperation Council", "ru": "Совет сотрудничества", "kk": "Ынтымақтастық кеңесі"}[language]
    acts = ("change", "agenda", "held", "confirmed", "cancelled")
    address = meeting.get_absolute_url()
    for path in ("/calendar/", "/calendar/2025/", "/calendar/2025/05/", address, *(f"{address}{act}/" for act in acts)):
        response = at_lawyer.get(path)
        assert (response.status_code, f'<html lang="{language}">' in response.content.decode()) == (200, True), path
        assert name in words(response), path
    assert on("2025-05").render(language).replace("\u00a0", " ") in words(at_lawyer.get("/calendar/"))


# ---- a meeting ----
def test_the_page_of_a_meeting(at_reader, arrange, make_agreement, hidden, parties):
    points = [meetings.Point(hidden, "Say nothing."), meetings.Point(make_agreement(), "Ask for the day.")]
    columns = {"place": "Luxembourg", "rank": "minister", "counterpart": "the Presidency"}
    meeting = arrange(**columns, parties=parties.values(), agenda=points)
    page = at_reader.get(meeting.get_absolute_url())
    told = words(page)

    for text in (
        *("13 May 2025", "Luxembourg", "ministers", "the Presidency", "European Union, Kazakhstan", "Internal"),
        *("Horizontal Aviation Agreement", "Proposed", "since 5 Jun 2003", "Ask for the day.", "tentative"),
    ):
        assert text in told, text
    for text in ("Protocol", "Say nothing", hidden.reference, "/change/"):
        assert text not in page.content.decode(), text


def test_the_page_of_a_meeting_says_with_whom_and_what_came_of_it_in_the_language_of_the_reader(at_reader, arrange):
    said = {"outcome": "Agreed.\nSign it.", "outcome_ru": "Согласовано.\nПодписать."}
    address = arrange(
        PAST, status="held", counterpart="Төрағалық", counterpart_ru="Председательство", **said
    ).get_absolute_url()
    expected = {
        "en": ('<dd><span lang="ru">Председательство</span>', "<p>Agreed.<br>Sign it.</p>"),
        "ru": ("<dd>Председательство</dd>", "<p>Согласовано.<br>Подписать.</p>"),
        "kk": ("<dd>Төрағалық</dd>", '<p><span lang="en">Agreed.<br>Sign it.</span>'),
    }

    for language, parts in expected.items():
        at_reader.post("/language/", {"language": language})
        page = at_reader.get(address).content.decode()
        assert [part for part in parts if part not in page] == [], language


def test_a_meeting_that_may_not_be_seen_is_not_there(at_officer, arrange):
    meeting = arrange(level="secret")
    address = meeting.get_absolute_url()

    for act in ("", "change/", "agenda/", "held/", "confirmed/", "agenda/AIR-2222/outcome/"):
        assert at_officer.get(f"{address}{act}").status_code == 404
    assert at_officer.post(f"{address}cancelled/", {"seen_version": 1}).status_code == 404


def test_a_reader_is_refused_every_form(at_reader, arrange, make_agreement):
    meeting = arrange(PAST, agenda=[make_agreement()])
    address = meeting.get_absolute_url()
    item = meeting.agenda.get().agreement.reference

    for path in (f"{address}{act}/" for act in ("change", "agenda", "held", "confirmed", f"agenda/{item}/outcome")):
        assert at_reader.get(path).status_code == at_reader.post(path).status_code == 403
    assert at_reader.get("/meetings/new/").status_code == 403


@pytest.mark.parametrize(
    ("when", "status", "deeds"),
    [
        ("2025-05-13", "tentative", ["Confirm", "Cancel the meeting"]),
        (PAST, "confirmed", ["Record that it was held", "Cancel the meeting", "Make tentative"]),
        (PAST, "held", ["Record the outcome", "It was not held"]),
        (PAST, "cancelled", ["Confirm", "Make tentative"]),
    ],
)
def test_a_meeting_offers_what_can_be_done(at_officer, arrange, when, status, deeds):
    page = at_officer.get(arrange(when, status=status).get_absolute_url())

    assert [deed.label for deed in page.context["deeds"]] == deeds
    for deed in page.context["deeds"]:
        assert at_officer.get(deed.address).status_code == 200


# ---- the forms ----
def test_a_meeting_is_arranged_from_the_page_of_an_agreement(at_officer, council, parties, make_agreement):
    agreement = make_agreement()
    link = f"/meetings/new/?agreement={agreement.reference}"
    assert link in at_officer.get(agreement.get_absolute_url()).content.decode()
    sent = form(at_officer, link) | {
        "format": "council", "on": "2025-07-15", "starts_at": "10:00", "ends_at": "12:00",
        "time_zone": "Europe/Brussels", "parties": ["KZ", "EU"], "place": "Brussels",
    }  # fmt: skip
    response = at_officer.post(link, sent)

    meeting = Meeting.objects.get()
    assert (response.status_code, response["Location"]) == (302, meeting.get_absolute_url())
    assert (meeting.starts_at.isoformat(), meeting.time_zone) == ("2025-07-15T08:00:00+00:00", "Europe/Brussels")
    assert [item.agreement for item in meeting.agenda.all()] == [agreement]
    assert meeting.parties.count() == 2
    assert "10:00–12:00, Europe/Brussels" in words(at_officer.get(meeting.get_absolute_url()))


def test_a_form_that_is_refused_keeps_what_was_typed(at_officer, council, hidden):
    sent = {"format": "council", "level": "internal", "status": "held", "certainty": "firm", "on": "2025"}
    response = at_officer.post("/meetings/new/", sent | {"place": "Luxembourg"})

    assert response.status_code == 409
    assert problems(response) == {"on": ["2025 is still to come. A meeting was held on a day that has come."]}
    assert 'value="Luxembourg"' in response.content.decode()
    response = at_officer.post("/meetings/new/", sent | {"status": "tentative", "agreement": hidden.reference})
    assert response.status_code == 422
    assert problems(response) == {"agreement": [f"“{hidden.reference}” is not the reference of an agreement."]}
    assert not Meeting.objects.exists()


def test_translations_are_folded_away_and_kept(at_officer, arrange):
    meeting = arrange(PAST)
    for act, kept in (
        (
            "change",
            {"counterpart": "the Presidency", "counterpart_ru": "Председательство", "counterpart_kk": "Төрағалық"},
        ),
        ("held", {"outcome": "Agreed.", "outcome_ru": "Согласовано.\nВсё.", "outcome_kk": "Келісілді."}),
    ):
        address = f"{meeting.get_absolute_url()}{act}/"
        (folded,) = re.findall(
            r'<details class="more".*?</details>', at_officer.get(address).content.decode(), re.DOTALL
        )
        assert re.findall(r' name="(.*?)"', folded) == list(kept)[1:]
        assert " open" not in folded
        refused = at_officer.post(address, {"on": "soon"}).content.decode()
        assert '<details class="more" open><summary>Translations</summary>' in refused
        sent = form(at_officer, address) | {name: text.replace("\n", "\r\n") for name, text in kept.items()}
        assert at_officer.post(address, sent).status_code == 302
        assert Meeting.objects.values(*kept).get() == kept
    assert Meeting.objects.get().version == 3


def test_a_change_that_changes_nothing_is_none(at_officer, arrange, parties):
    start = meetings.moment(date(2025, 5, 13), time(10), "Europe/Brussels")
    meeting = arrange(parties=[parties["EU"]], time_zone="Europe/Brussels", starts_at=start)
    address = f"{meeting.get_absolute_url()}change/"

    assert at_officer.post(address, form(at_officer, address)).status_code == 302
    assert Meeting.objects.get().version == 1


def test_nobody_overwrites_what_another_wrote_meanwhile(at_officer, arrange, lawyer, make_agreement):
    meeting = arrange(PAST, agenda=[make_agreement()])
    acts = ("change", "agenda", "held", "confirmed")
    forms = {act: form(at_officer, f"{meeting.get_absolute_url()}{act}/") for act in acts}
    meetings.change(meeting, by=lawyer, place="Astana")

    for act, sent in forms.items():
        response = at_officer.post(f"{meeting.get_absolute_url()}{act}/", sent)
        assert response.status_code == 409, act
        assert "Somebody has written to this record" in words(response), act
    assert Meeting.objects.get().version == 2


def test_the_agenda_is_set_on_a_page(at_officer, arrange, make_agreement, hidden):
    first, second = make_agreement(), make_agreement()
    meeting = arrange(agenda=[meetings.Point(first, "One"), hidden])
    address = f"{meeting.get_absolute_url()}agenda/"
    sent = form(at_officer, address)
    assert hidden.reference not in str(sent)

    sent |= {"agreement_1": second.reference.lower(), "talking_points_1": "Two\r\nlines"}
    sent |= {"agreement_2": first.reference}
    assert at_officer.post(address, sent).status_code == 302
    assert [(item.agreement, item.talking_points) for item in AgendaItem.objects.order_by("number")] == [
        (second, "Two\nlines"),
        (hidden, ""),
        (first, ""),
    ]
    response = at_officer.post(address, form(at_officer, address) | {"agreement_3": hidden.reference})
    assert problems(response) == {"agreement_3": [f"“{hidden.reference}” is not the reference of an agreement."]}


def test_a_meeting_is_held_and_an_outcome_becomes_a_step(at_officer, arrange, make_agreement):
    agreement = make_agreement(stage="mandated")
    meeting = arrange("2024-10", agenda=[agreement])
    address = meeting.get_absolute_url()
    sent = form(at_officer, f"{address}held/") | {"on": PAST, "outcome": "Two hours.", "outcome_1": "Talks begin."}
    assert at_officer.post(f"{address}held/", sent).status_code == 302
    item = AgendaItem.objects.get()
    assert (Meeting.objects.get().status, item.outcome) == ("held", "Talks begin.")

    step = f"{address}agenda/{agreement.reference}/outcome/"
    assert step in at_officer.get(address).content.decode()
    response = at_officer.post(step, form(at_officer, step) | {"becomes": "open_negotiations"}, follow=True)
    assert "Recorded: The step “Open negotiations”, 21 October 2024." in words(response)
    assert Agreement.objects.get().stage == "negotiating"
    assert Entry.objects.of(agreement).latest("sequence").source == "Cooperation Council"
    response = at_officer.post(step, {"outcome": "Initialled.", "becomes": "initial"})
    assert response.status_code == 409
    assert list(problems(response)) == ["evidence"]


def test_confirming_and_cancelling_take_a_post(at_officer, arrange):
    meeting = arrange()
    for act in ("confirmed", "cancelled"):
        address = f"{meeting.get_absolute_url()}{act}/"
        sent = form(at_officer, address)
        assert Meeting.objects.get().status != act
        assert at_officer.post(address, sent).status_code == 302
        assert Meeting.objects.get().status == act
    assert "This meeting was cancelled." in words(at_officer.get(meeting.get_absolute_url()))


# ---- feeds ----
def test_a_feed_offers_parties_as_an_alphabetical_list(sample, at_officer):
    at_officer.cookies["django_language"] = "ru"
    offered = re.findall(r'<option value="[A-Z]{2}">([^<]+)<', at_officer.get("/calendar/feeds/").content.decode())

    assert offered == sorted(offered)
    assert (offered[0], offered[-1], len(offered)) == ("Австрия", "Эстония", 30)


def test_a_feed_is_made_shown_once_and_revoked(at_officer, at_reader, arrange):
    arrange(title_en="The meeting")
    response = at_officer.post("/calendar/feeds/", {"name": "Desk", "language": "kk", "status": "tentative"})
    (address,) = re.findall(r"<code>http://testserver(/calendar/[^<]+\.ics)</code>", response.content.decode())
    feed = FeedToken.objects.get()

    assert response["Cache-Control"] == "no-store"
    assert (feed.user.username, feed.language, feed.filters) == ("officer", "kk", {"status": "tentative"})
    assert f"{Meeting.objects.get().pk}@pacta".encode() in Client().get(address).content
    secret = address.removeprefix("/calendar/").removesuffix(".ics")
    again = at_officer.get("/calendar/feeds/")
    assert "Desk" in words(again)
    assert secret not in again.content.decode()
    revoke = reverse("calendar-feed-revoke", args=[feed.pk])
    assert at_reader.post(revoke).status_code == 404
    assert at_officer.get(revoke).status_code == 405
    assert at_officer.post(revoke)["Location"] == "/calendar/feeds/"
    assert Client().get(address).status_code == 404
    assert "revoked" in words(at_officer.get("/calendar/feeds/"))


def test_feeds_are_ones_own(at_officer, at_reader):
    at_officer.post("/calendar/feeds/", {"name": "Of the officer", "language": "en"})

    assert "Of the officer" not in words(at_reader.get("/calendar/feeds/"))
    assert "You have no feed yet. Make one below." in words(at_reader.get("/calendar/feeds/"))


def test_a_feed_that_cannot_be_made(at_officer):
    response = at_officer.post("/calendar/feeds/", {"name": "", "language": "en", "until": "2020-01-01"})

    assert response.status_code == 422
    assert not FeedToken.objects.exists()


# ---- queries ----
def test_pages_take_a_fixed_number_of_queries(at_officer, lawyer, arrange, make_agreement, parties):
    def row() -> Meeting:
        agreement = make_agreement(columns={"planned_signing": on("2025-05")})
        at_officer.post("/calendar/feeds/", {"name": "Desk", "language": "en", "party": "EU", "format": "council"})
        arrange(PAST, agenda=[agreement], parties=parties.values())
        return arrange("2025-05-13", agenda=[agreement, make_agreement()], parties=parties.values())

    meeting = row()
    addresses = ["/calendar/", "/calendar/?when=past", "/calendar/2025/", "/calendar/2025/05/", "/calendar/feeds/"]
    addresses += [meeting.get_absolute_url(), "/calendar/?party=EU&status=tentative&format=council&mine=true"]
    counts = [queries(at_officer, address) for address in addresses]
    for _more in range(2):
        row()
    points = [meetings.Point(agreement) for agreement in Agreement.objects.order_by("pk")]
    meetings.change(meeting, by=lawyer, agenda=points)

    assert [queries(at_officer, address) for address in addresses] == counts
    assert max(counts) <= 15
