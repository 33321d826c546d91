"""The parties: the list with its counts and names, and the page of one party."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from agreements import documents, meetings, registers
from agreements.choices import Stage
from agreements.models import Format, Indicator, Meeting, Party, Unit
from agreements.views.series import series_of
from tests.documents.conftest import PDF, upload
from tests.pages.conftest import day, queries, words


def row(response, code):
    """Return what the list says of a party."""
    (found,) = [line for line in response.context["rows"] if line.code == code]
    return found


def codes(client, address):
    return [line.code for line in client.get(address).context["rows"]]


@pytest.fixture
def council(db):
    """A format of meetings."""
    return Format.objects.create(code="council", name_en="Cooperation Council")


@pytest.fixture
def meet(council, lawyer, parties):
    """Return what arranges a meeting with the European Union."""

    def make(when, agenda=(), **columns):
        meeting = Meeting(format=council, **columns)
        meeting.on = when
        return meetings.arrange(meeting, by=lawyer, parties=list(parties.values()), agenda=agenda)

    return make


@pytest.fixture
def figure(parties, lawyer):
    """Return what records a figure on trade with the European Union."""

    def make(value, until, source="Eurostat", **columns):
        given = {"name_en": "Trade turnover", "unit_en": "billion USD", "period_from": date(until.year, 1, 1)}
        indicator = Indicator(party=parties["EU"], value=Decimal(value), period_until=until, source=source)
        for name, column in (given | columns).items():
            setattr(indicator, name, column)
        return registers.create(indicator, by=lawyer)

    return make


# ---- the list ----
def test_the_list_counts_agreements_by_group_and_leads_to_them(sample, at_officer):
    response = at_officer.get("/parties/")
    line = row(response, "EU")

    assert [(group, number) for group, number, _address in line.groups] == [
        ("preparing", 3), ("concluded", 0), ("operative", 4), ("ended", 1),
    ]  # fmt: skip
    assert line.total == 8
    for _group, number, address in line.groups:
        assert at_officer.get(address).context["total"] == number
    assert at_officer.get(line.all_address).context["total"] == 8
    assert row(response, "HR").total == 1
    assert f'href="{line.address}"' in response.content.decode()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("european", ["EU"]),
        ("евросоюз", ["EU"]),
        ("ЕВРОПЕЙСКИЙ союз", ["EU"]),
        ("еуропалық", ["EU"]),
        ("еуропалык", ["EU"]),
        ("LV", ["LV"]),
        ("Holland", ["NL"]),
        ("Федеративная Республика Германия", ["DE"]),
        ("DEU", ["DE"]),
        ("Bel", ["BE"]),
        ("nobody", []),
    ],
)
def test_a_party_is_found_by_code_by_its_names_and_by_what_it_is_called_elsewhere(sample, at_officer, asked, found):
    assert sorted(codes(at_officer, f"/parties/?q={asked}")) == sorted(found)


def test_a_name_that_is_nearly_one_offers_those_that_may_be_meant(sample, at_officer):
    response = at_officer.get("/parties/?q=Germoney")

    assert [line.code for line in response.context["rows"]] == ["DE"]
    assert "Nobody is called “Germoney”. Perhaps one of these is meant." in words(response)
    assert "No party of the register is called “nobody”" in words(at_officer.get("/parties/?q=nobody"))


def test_the_list_is_narrowed_and_ordered(sample, at_officer):
    assert codes(at_officer, "/parties/?kind=organisation") == ["EU"]
    assert len(codes(at_officer, "/parties/?kind=state")) == 29
    assert codes(at_officer, "/parties/?order=agreements")[:3] == ["EU", "KZ", "AT"]
    assert codes(at_officer, "/parties/?kind=tea&order=tea") == codes(at_officer, "/parties/")


def test_the_list_is_in_the_alphabetical_order_of_the_reader(sample, at_officer):
    first = {}
    for language in ("en", "ru", "kk"):
        at_officer.post("/language/", {"language": language})
        first[language] = codes(at_officer, "/parties/")

    assert first["en"][:3] == ["AT", "BE", "BG"]
    assert first["ru"].index("GB") < first["ru"].index("HU")  # Великобритания, Венгрия
    assert first["kk"].index("GB") > first["kk"].index("SI")  # Словения, Ұлыбритания
    assert first["kk"].index("GB") < first["kk"].index("FI")  # Ұлыбритания, Финляндия


def test_only_those_with_agreements(make_agreement, lawyer, at_officer):
    make_agreement()
    registers.create(Party(code="JP", name_en="Japan"), by=lawyer)

    assert codes(at_officer, "/parties/") == ["EU", "JP", "KZ"]
    assert codes(at_officer, "/parties/?related=yes") == ["EU", "KZ"]


def test_a_long_list_has_pages_and_letters(sample, at_officer, monkeypatch):
    assert at_officer.get("/parties/").context["letters"] == []
    monkeypatch.setattr("agreements.views.parties.PAGE", 20)
    response = at_officer.get("/parties/?page=2")

    assert len(response.context["rows"]) == 10
    assert [letter for letter, _address, _here in response.context["letters"]][:3] == ["A", "B", "C"]
    assert codes(at_officer, "/parties/?letter=C") == ["HR", "CY", "CZ"]
    assert len(codes(at_officer, "/parties/?letter=Ж")) == 20


def test_the_next_meeting_is_the_nearest_that_is_still_to_come(meet, at_officer):
    for when, status in ((day(2025, 5, 13), "confirmed"), (day(2025, 3, 1), "cancelled"), (day(2024, 5, 1), "held")):
        meet(when, status=status)

    assert str(row(at_officer.get("/parties/"), "EU").meeting.on) == "13\u00a0May\u00a02025"


def test_what_is_hidden_counts_for_nothing_in_the_list(secret, make_agreement, meet, at_officer, at_lawyer):
    make_agreement()
    meet(day(2025, 2, 1), level="secret")
    shown, whole = (row(client.get("/parties/"), "EU") for client in (at_officer, at_lawyer))

    assert (shown.total, shown.meeting) == (1, None)
    assert whole.total == 2
    assert whole.meeting is not None


# ---- one party ----
def test_the_page_of_a_party_tells_all_that_there_is_with_it(sample, at_officer):
    response = at_officer.get("/parties/EU/")
    page, told = response.content.decode(), words(response)

    for reference in sample:
        assert f'href="/agreements/{reference}/"' in page
    assert [(section.group.value, section.total) for section in response.context["sections"]] == [
        ("preparing", 3), ("operative", 4), ("ended", 1),
    ]  # fmt: skip
    for text in (
        "EU · International organisation · 27 members",
        "Being prepared for signing", "since 28 Dec 2024", "Authorise negotiations", "Own side", "Expires in 3 days",
        "21st Cooperation Council", "14 October 2024 · Luxembourg · 3 points", "3 outcomes missing",
        "calendar of events discussed; more interaction agreed",
        "41.2 billion USD", "January – October 2024 · +23 % on the year", "2023, whole year",
        "Kazakh MFA press service, kt.kz, 28 December 2024",
        "United Kingdom 1973–2020", "Bound 1", "Not signed 2",
    ):  # fmt: skip
        assert text in told, text
    assert 'href="/reports/brief/?with=EU"' in page
    assert 'href="/reports/brief/?with=EU&amp;format=pdf"' in page
    assert at_officer.get("/reports/brief/?with=EU&format=pdf").content.startswith(b"%PDF")
    assert 'href="/agreements/?party=EU&amp;group=preparing"' in page


def test_the_own_side_has_a_page_but_no_brief(sample, at_officer):
    page = at_officer.get("/parties/KZ/").content.decode()

    assert "Own side" in page
    assert "/reports/brief/" not in page


def test_a_member_says_of_what_and_since_when(sample, at_officer):
    assert "member of European Union since 1 July 2013" in words(at_officer.get("/parties/HR/"))
    gone = words(at_officer.get("/parties/GB/"))
    assert "European Union 1 January 1973 – 31 January 2020" in gone
    assert "member of European Union" not in gone


def test_a_party_with_nothing_offers_the_next_act(lawyer, parties, at_officer, at_reader):
    registers.create(Party(code="JP", name_en="Japan"), by=lawyer)
    told = words(at_officer.get("/parties/JP/"))

    for text in ("No agreement with this party is recorded", "No coming meeting is recorded", "No figures on this"):
        assert text in told, text
    assert 'href="/meetings/new/?party=JP"' in at_officer.get("/parties/JP/").content.decode()
    assert "/meetings/new/" not in at_reader.get("/parties/JP/").content.decode()
    form = at_officer.get("/meetings/new/?party=JP").context["form"]
    assert form["parties"].value() == ["KZ", "JP"]


@pytest.mark.parametrize("code", ["XX", "eu", "E"])
def test_a_party_that_is_not_known(parties, at_officer, code):
    assert at_officer.get(f"/parties/{code}/").status_code == 404


def test_of_many_agreements_the_page_shows_some_and_says_how_many_more(make_agreement, at_officer, monkeypatch):
    monkeypatch.setattr("agreements.views.party.SHOWN", 2)
    for _number in range(3):
        make_agreement()
    response = at_officer.get("/parties/EU/")
    (section,) = response.context["sections"]

    assert (len(section.rows), section.total) == (2, 3)
    assert "1 more agreement in the list" in words(response)


def test_what_needs_attention_leads_to_where_it_is_mended(signing, at_officer, at_reader):
    assert f'href="/agreements/{signing.reference}/plans/"' in at_officer.get("/parties/EU/").content.decode()
    assert f'href="/agreements/{signing.reference}/#dates"' in at_reader.get("/parties/EU/").content.decode()


def test_talking_points_of_the_coming_meeting_are_counted(make_agreement, meet, secret, at_officer):
    points = [meetings.Point(make_agreement(), "Ask for the day."), meetings.Point(make_agreement())]
    meet(day(2025, 5, 13), agenda=[*points, meetings.Point(secret, "Say nothing.")])
    told = words(at_officer.get("/parties/EU/"))

    assert "13 May 2025 · 2 points Talking points: 1 of 2 points" in told


def test_a_secret_agreement_leaves_no_trace_on_the_page(secret, make_agreement, meet, at_officer, at_lawyer):
    make_agreement()
    meet(day(2024, 10, 14), level="secret", title_en="Talks that nobody knows of", status="held")
    meet(day(2024, 9, 14), status="held", agenda=[meetings.Point(secret)])
    shown, whole = (client.get("/parties/EU/") for client in (at_officer, at_lawyer))

    for text in ("Hidden Protocol", secret.reference, "nobody knows", "1 point", "1 outcome missing"):
        assert text in whole.content.decode(), text
        assert text not in shown.content.decode(), text
    assert shown.context["total"] == 1
    assert whole.context["total"] == 2


# ---- figures ----
def test_two_sources_that_disagree_are_both_shown(figure, at_officer):
    figure("41.2", date(2024, 12, 31))
    figure("39.9", date(2024, 12, 31), source="Bureau of National Statistics", retrieved_on=date(2024, 12, 1))
    figure("38", date(2023, 12, 31), change_on_year=Decimal("-3.5"))
    response = at_officer.get("/parties/EU/")
    (one,) = response.context["drawn"]
    told = words(response)

    assert [(row.value, row.source, row.apart) for row in one.rows] == [
        ("39.9", "Bureau of National Statistics", True),
        ("41.2", "Eurostat", True),
        ("38", "Eurostat", False),
    ]
    assert len(one.picture.columns) == 3
    assert len(one.picture.marks) == 2
    assert "Sources disagree" in told
    assert told.count("another source differs") == 2
    assert "1 December 2024" in told
    assert (
        one.picture.words
        == "2023,\u00a0whole\u00a0year: 38; 2024,\u00a0whole\u00a0year: 39.9; 2024,\u00a0whole\u00a0year: 41.2"
    )
    label = re.search(r'class="columns"[^>]*aria-label="([^"]+)"', response.content.decode())
    assert label
    assert label[1].startswith("Trade turnover, billion USD: 2023")


def test_columns_stand_to_scale_on_one_base():
    def one(year, value):
        return Indicator(
            name_en="Balance", unit_en="billion USD", value=Decimal(value), source="Eurostat",
            period_from=date(year, 1, 1), period_until=date(year, 12, 31),
        )  # fmt: skip

    (series,) = series_of([one(2024, "-5"), one(2023, "10"), one(2022, "0")])
    zero, high, low = series.picture.columns

    assert high.height == pytest.approx(2 * low.height)
    assert high.y + high.height == pytest.approx(series.picture.base) == pytest.approx(low.y)
    assert zero.height == 1
    assert [mark.label for mark in series.picture.marks] == ["2022", "2023", "2024"]
    assert [column.latest for column in series.picture.columns] == [False, False, True]


@pytest.mark.parametrize(
    ("first", "last", "label"),
    [
        (None, date(2024, 12, 28), "28.12.24"),
        (date(2023, 1, 1), date(2023, 12, 31), "2023"),
        (date(2005, 1, 1), date(2024, 12, 28), "2005–2024"),
        (date(2005, 1, 1), date(2024, 12, 31), "2005–2024"),
        (date(2024, 1, 1), date(2024, 10, 31), "1–10.2024"),
        (date(2024, 10, 1), date(2024, 10, 31), "10.2024"),
    ],
)
def test_periods_are_written_briefly_below_columns(first, last, label):
    shared = {"name_en": "Turnover", "unit_en": "USD", "value": Decimal(1), "source": "Eurostat"}
    rows = [Indicator(period_from=first, period_until=last, **shared)]
    rows.append(Indicator(period_from=date(1999, 1, 1), period_until=date(1999, 12, 31), **shared))

    assert series_of(rows)[0].picture.marks[-1].label == label


def test_a_figure_recorded_by_mistake_is_not_drawn(figure, at_officer, lawyer):
    figure("38", date(2023, 12, 31))
    figure("37", date(2022, 12, 31))
    registers.strike(figure("41.2", date(2024, 12, 31)), by=lawyer, reason="another series")
    (one,) = at_officer.get("/parties/EU/").context["drawn"]

    assert [row.value for row in one.rows] == ["38", "37"]


def test_a_series_falls_back_visibly(figure, at_officer):
    figure("41.2", date(2024, 12, 31), name_ru="Товарооборот")
    at_officer.post("/language/", {"language": "kk"})
    page = at_officer.get("/parties/EU/").content.decode()

    assert '<span lang="en">Trade turnover</span>\u00a0<span class="fallback"' in page
    with translation.override("ru"):
        assert series_of(Indicator.objects.order_by("pk"))[0].name.text == "Товарооборот"


# ---- cost ----
def test_one_and_many_take_the_same_queries(make_agreement, meet, figure, at_officer):
    def fill():
        agreement = make_agreement()
        meet(day(2025, 5, 13), agenda=[meetings.Point(agreement, "Ask.")])
        figure("41.2", date(2024, 12, 31), source=f"Source {agreement.reference}")

    fill()
    once = [queries(at_officer, address) for address in ("/parties/", "/parties/EU/")]
    for _number in range(2):
        fill()

    assert [queries(at_officer, address) for address in ("/parties/", "/parties/EU/")] == once
    assert once == [5, 13]


def test_units_officers_and_authentic_languages_are_told_of_within_the_same_queries(
    make_agreement, lawyer, officer, at_officer
):
    unit = Unit.objects.create(code="europe", name_en="Department of European Cooperation")

    def fill():
        agreement = make_agreement(stage=Stage.IN_FORCE)
        with registers.editing(agreement, by=lawyer) as fresh:
            fresh.lead_unit, fresh.officer, fresh.authentic_languages = unit, officer, "en, kk"
        return documents.store(
            agreement, "signed_text", upload(PDF, "text.pdf"), by=lawyer, on=day(2010, 5, 5), language="en"
        )

    fill()
    once = queries(at_officer, "/parties/EU/")
    told = words(at_officer.get("/parties/EU/"))
    assert "No version is kept in an authentic language: Kazakh" in told
    assert "officer is named" not in told
    for _number in range(2):
        fill()
    assert queries(at_officer, "/parties/EU/") == once == 15
    assert words(at_officer.get("/parties/EU/")).count("No version is kept in an authentic language: Kazakh") == 3


def test_the_page_of_the_sample_stays_within_fifteen_queries(sample, at_officer):
    assert queries(at_officer, "/parties/EU/") <= 15
