"""My desk on a page: what is on it, where it leads, what is said where there is nothing, and who sees what of it."""

import re
from datetime import date

import pytest

from agreements import registers, tasks
from agreements.choices import Level, MeetingStatus, Stage
from agreements.dates import FuzzyDate
from agreements.models import Unit
from tests.pages.conftest import day, queries, words
from tests.test_desk import meeting

ROADMAP, AVIATION = "RAW-25X6", "AIR-7Q4M"


def section(response, code):
    """Return one list of the desk."""
    text = response.content.decode()
    return re.search(rf'(?s)<section class="panel" aria-labelledby="{code}">(.*?)</section>', text)[1]


def panel(response, code):
    """Return the words of one list of the desk."""
    found = re.search(
        rf'(?s)<section class="panel" aria-labelledby="{code}">(.*?)</section>', response.content.decode()
    )
    body = re.sub(r"(?s)<svg\b.*?</svg>", " ", found[1])
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body).replace("\u00a0", " ")).strip()


def links(response, code):
    """Return the addresses of the headings in one list of the desk."""
    found = re.search(
        rf'(?s)<section class="panel" aria-labelledby="{code}">(.*?)</section>', response.content.decode()
    )
    return re.findall(r'<h3>\s*<a href="([^"]+)"', found[1])


# ---- the sample portfolio ----
def test_the_desk_of_28_december_2024(sample, at_lawyer):
    response = at_lawyer.get("/desk/")
    said = words(response)

    assert "Saturday, 28 December 2024 · 8 agreements" in said
    assert panel(response, "needs").startswith(
        "Needs action 3 Raw Materials Roadmap 2025-2026: set a signing date "
        "What it follows is in effect for 3 more days. No date of signing is planned."
    )
    assert "in 3 days" in panel(response, "needs")
    assert links(response, "needs") == [
        f"/agreements/{ROADMAP}/plans/",
        links(response, "needs")[1],
        f"/agreements/{AVIATION}/plans/",
    ]
    assert f'<a class="usa-button usa-button--outline" href="/agreements/{ROADMAP}/steps/sign/">' in (
        response.content.decode()
    )
    assert panel(response, "due") == (
        "Due soon 1 All deadlines Date What Rule Days left 31 Dec 2024 Raw Materials Roadmap 2023-2024 Last day in "
        "effect; no signed successor Period of validity 3 Nothing is overdue."
    )
    assert "593 days in this stage" in panel(response, "waiting")
    assert "28 Dec 2024 date of report Horizontal Aviation Agreement Being prepared for signing, text 2" in panel(
        response, "moved"
    )
    assert "Proposed 1 Being prepared for signing 2 In force; in effect 4 Superseded 1" in panel(response, "stages")
    assert "Without a responsible officer 7 agreements" in panel(response, "doubts")
    assert response.content.decode().count('class="usa-button"') == 1


def test_the_picture_of_a_passage_says_in_words_what_it_shows(sample, at_lawyer):
    title = re.search(rf'<title id="passage-{ROADMAP}">(.*?)</title>', at_lawyer.get("/desk/").content.decode())

    assert title[1].replace("\u00a0", " ") == (
        "“Raw Materials Roadmap 2023-2024” is in effect until 31 December 2024. “Raw Materials Roadmap 2025-2026” is "
        "not signed: being prepared for signing. Unless it is signed in time, nothing is in effect after that day."
    )


def test_when_the_gap_has_begun_the_picture_says_so(sample, at_lawyer, settings):
    settings.PACTA_TODAY = date(2025, 1, 5)
    response = at_lawyer.get("/desk/")

    assert "has not taken effect: being prepared for signing. Since then nothing is in effect." in (
        response.content.decode()
    )
    assert "Raw Materials Roadmap 2023-2024 Last day in effect Period of validity 5" in panel(response, "overdue")
    assert "Nothing is overdue." not in words(response)


@pytest.mark.parametrize(("language", "said"), [("ru", "Суббота, 28 декабря 2024"), ("kk", "Сенбі, 2024 жылғы 28")])
def test_the_day_is_written_in_the_language_of_the_page(sample, at_lawyer, language, said):
    at_lawyer.post("/language/", {"language": language})

    assert said in words(at_lawyer.get("/desk/"))


# ---- meetings ----
def test_the_brief_is_for_the_meeting_of_today_or_for_the_next_one(make_agreement, lawyer, at_officer):
    assert "Brief for" not in words(at_officer.get("/desk/"))
    later = meeting(lawyer, "2025-01-15", MeetingStatus.CONFIRMED, make_agreement())
    response = at_officer.get("/desk/")
    assert f'href="/reports/brief/?meeting={later.pk}">Brief for the next meeting<' in response.content.decode()
    assert "No coming meeting" not in words(response)

    now = meeting(lawyer, "2024-12-28", MeetingStatus.CONFIRMED, make_agreement())
    response = at_officer.get("/desk/")
    assert f'href="/reports/brief/?meeting={now.pk}">Brief for today’s meeting<' in response.content.decode()
    assert "Today , 28 December 2024" in panel(response, "meetings")


def test_a_meeting_without_an_outcome_asks_for_one_for_a_month(make_agreement, lawyer, at_officer, at_reader):
    held = meeting(lawyer, "2024-11-28", MeetingStatus.HELD, make_agreement())
    meeting(lawyer, "2024-11-27", MeetingStatus.HELD, make_agreement())
    response = at_officer.get("/desk/")

    assert f"/meetings/{held.pk}/" in links(response, "needs")
    assert panel(response, "needs").count("record the outcome by agreement") == 1
    assert panel(response, "meetings").count("Record the outcome") == 2
    assert "Record the outcome" not in words(at_reader.get("/desk/"))


# ---- empty, and whose ----
def test_an_empty_desk_says_what_that_means_and_what_to_do_next(db, at_officer, at_reader):
    response = at_officer.get("/desk/")
    said = words(response)

    for sentence in (
        "There is no agreement here that you may see. Propose an agreement",
        "No next step can be recorded yet",
        "Within 90 days no task is due, no validity ends and no step is planned.",
        "Nobody is awaited",
        "Nothing is on hold",
        "Nothing happened in these agreements lately",
        "No coming meeting is recorded. Arrange a meeting",
        "No task is open",
        "There is no agreement to count.",
        "Nothing in the record contradicts itself",
    ):
        assert sentence in said
    reader = words(at_reader.get("/desk/"))
    assert "Propose an agreement" not in reader
    assert "Arrange a meeting" not in reader


def test_whose_agreements_are_shown_is_kept_in_the_address(make_agreement, lawyer, officer, at_officer):
    unit = Unit.objects.create(code="europe", name_en="Department of European Cooperation")
    make_agreement()
    assert "the desk shows everything that you may see" in words(at_officer.get("/desk/"))
    assert "No agreement is assigned to you or to your unit. Show everything" in words(at_officer.get("/desk/?of=mine"))
    assert "My unit" not in words(at_officer.get("/desk/"))

    officer.unit = unit
    officer.save()
    with registers.editing(make_agreement(), by=lawyer) as fresh:
        fresh.lead_unit = unit
    for address, number in (("", 1), ("?of=mine", 1), ("?of=unit", 1), ("?of=all", 2), ("?of=nobody", 1)):
        response = at_officer.get(f"/desk/{address}")
        assert f"28 December 2024 · {number} agreement" in words(response)
        assert response.content.decode().count('<a class="chip"') == 3
    assert '<a class="chip" href="?of=all" aria-current="true">' in at_officer.get("/desk/?of=all").content.decode()


@pytest.mark.parametrize(
    ("of", "narrowed", "stages"),
    [
        ("all", "", {"proposed": 3, "signing": 1}),
        ("unit", "of=unit&amp;", {"proposed": 2, "signing": 1}),
        ("mine", "of=mine&amp;", {"proposed": 2, "signing": 1}),
    ],
)
def test_a_count_leads_to_the_list_of_just_those_agreements(
    make_agreement, lawyer, officer, at_officer, of, narrowed, stages
):
    officer.unit = Unit.objects.create(code="europe", name_en="Department of European Cooperation")
    officer.save()
    for _number in range(2):
        with registers.editing(make_agreement(), by=lawyer) as fresh:
            fresh.lead_unit = officer.unit
    make_agreement()
    # A task alone puts an agreement on the desk of a unit.
    tasks.add(make_agreement(stage=Stage.SIGNING, on=day(2024, 12, 1)), "Reply", by=lawyer, unit=officer.unit)
    desk = at_officer.get(f"/desk/?of={of}")

    found = re.findall(r'<li><a href="([^"]+)">', section(desk, "stages"))
    assert found == [f"/agreements/?{narrowed}stage={stage}" for stage in stages]
    every = sum(stages.values())
    assert f'<a href="/agreements/?{narrowed.removesuffix("&amp;")}">{every} agreements</a>' in desk.content.decode()
    for address, number in zip(found, stages.values(), strict=True):
        listed = words(at_officer.get(address.replace("&amp;", "&")))
        assert f"{number} agreement" in listed


def test_those_without_an_officer_are_named_together(make_agreement, lawyer, officer, at_officer):
    officer.unit = Unit.objects.create(code="europe", name_en="Department of European Cooperation")
    officer.save()
    for _number in range(3):
        with registers.editing(make_agreement(), by=lawyer) as fresh:
            fresh.lead_unit = officer.unit
    make_agreement()
    tasks.add(make_agreement(), "Reply", by=lawyer, unit=officer.unit)
    for of, narrowed, number in (("unit", "of=unit&amp;", 4), ("all", "", 5)):
        address = f"/agreements/?{narrowed}attention=no-officer"
        assert links(at_officer.get(f"/desk/?of={of}"), "doubts") == [address]
        assert f"{number} agreements" in words(at_officer.get(address.replace("&amp;", "&")))


# ---- rights ----
def test_a_reader_is_led_to_what_tells_more_and_is_offered_no_button(sample, at_reader):
    response = at_reader.get("/desk/")

    assert f"/agreements/{ROADMAP}/#dates" in links(response, "needs")
    assert "usa-button" not in response.content.decode().partition('<div class="grid">')[2]
    assert links(response, "tasks")[0] == f"/agreements/{AVIATION}/#tasks"


def test_a_secret_agreement_leaves_no_trace(secret, make_agreement, lawyer, at_officer, at_lawyer):
    make_agreement(on=day(2024, 12, 1))
    meeting(lawyer, "2024-12-20", MeetingStatus.HELD, secret)
    tasks.add(secret, "Nobody reads this", by=lawyer, due=FuzzyDate.parse("2024-12-01"))
    for address in ("/desk/", "/desk/?of=all&show=needs"):
        text = at_officer.get(address).content.decode()
        assert secret.reference not in text
        assert "Hidden Protocol" not in text
        assert "Nobody reads this" not in text
        assert "· 1 agreement" in words(at_officer.get(address))
        assert "agreement" not in panel(at_officer.get(address), "meetings")
        assert secret.reference in at_lawyer.get(address).content.decode()


def test_a_secret_successor_closes_no_gap_and_is_not_drawn(sample, lawyer, at_officer):
    with registers.editing(sample[ROADMAP], by=lawyer) as fresh:
        fresh.level = Level.SECRET
    text = at_officer.get("/desk/").content.decode()

    assert ROADMAP not in text
    assert "2025-2026" not in text
    assert "Expires in 3 days; nothing is recorded that follows it." in text.replace("\u00a0", " ")


# ---- queries, and many ----
def test_one_agreement_and_many_take_the_same_queries(make_agreement, lawyer, officer, at_officer):
    officer.unit = Unit.objects.create(code="europe", name_en="Department of European Cooperation")
    officer.save()
    for address in ("/desk/?of=all", "/desk/?of=mine", "/desk/?of=unit"):
        first = make_agreement()
        with registers.editing(first, by=lawyer) as fresh:
            fresh.lead_unit = officer.unit
        tasks.add(first, "Reply", by=lawyer, due=FuzzyDate.parse("2024-12-20"))
        one = queries(at_officer, address)
        for number in range(3):
            agreement = make_agreement(stage=Stage.SIGNING, on=day(2024, 12, number + 1))
            with registers.editing(agreement, by=lawyer) as fresh:
                fresh.lead_unit = officer.unit
            tasks.add(agreement, "Reply", by=lawyer, due=FuzzyDate.parse("2024-12-20"))
            meeting(lawyer, f"2025-01-{number + 1:02}", MeetingStatus.CONFIRMED, agreement)
        assert queries(at_officer, address) == one <= 13


def test_a_long_list_shows_ten_and_leads_to_all(make_agreement, at_officer):
    for number in range(12):
        make_agreement(stage=Stage.SIGNING, on=day(2024, 11, number + 1))
    response = at_officer.get("/desk/")

    assert len(links(response, "needs")) == 10
    assert 'href="?of=all&amp;show=needs#needs">All 12<' in response.content.decode()
    whole = at_officer.get("/desk/?of=all&show=needs")
    assert len(links(whole, "needs")) == 12
    assert "show=needs#needs" not in whole.content.decode()
