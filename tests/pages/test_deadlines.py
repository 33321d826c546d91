"""The page of deadlines: what it tells, whose, and where its lines lead."""

from datetime import date

import pytest

from agreements import registers, tasks
from agreements.choices import Stage
from agreements.dates import FuzzyDate
from agreements.models import Agreement
from agreements.reports import deadlines as report
from tests.pages.conftest import queries, words


def on(text):
    return FuzzyDate.parse(text)


def lines(client, query="of=all"):
    """Return what the page tells: kind, span, day, days left, what."""
    spans = client.get(f"/deadlines/?{query}").context["spans"]
    return [
        (line.kind, line.span, line.on.iso if line.on else "", line.days, line.what.text)
        for _label, found in spans
        for line in found
    ]


@pytest.fixture
def signing(make_agreement, lawyer):
    """An agreement that is being prepared for signing on 28 February 2025."""
    agreement = make_agreement(procedure="ratified", stage=Stage.SIGNING, on=on("2024-12-01"))
    with registers.editing(agreement, by=lawyer) as fresh:
        fresh.planned_signing = on("2025-02-28")
    return Agreement.objects.get(pk=agreement.pk)


def in_effect(make_agreement, until, **columns):
    """Return a text that is in effect until a day."""
    columns = {"valid_until": date.fromisoformat(until), **columns}
    return make_agreement(procedure="non_binding", kind="roadmap", stage=Stage.IN_FORCE, columns=columns)


def test_deadlines_stand_by_how_urgent_they_are(signing, make_agreement, lawyer, at_officer):
    tasks.add(signing, "Ask again", by=lawyer, due=on("2024-12-20"))
    tasks.add(signing, "Much later", by=lawyer, due=on("2025-12-20"))
    in_effect(make_agreement, "2024-12-31")
    in_effect(make_agreement, "2025-05-31")
    in_effect(make_agreement, "2024-12-01")
    in_effect(make_agreement, "2025-03-31", renewal_years=1, notice_months=1)

    assert lines(at_officer) == [
        ("end", "late", "2024-12-01", -27, "Last day of validity"),
        ("task", "late", "2024-12-20", -8, "Ask again"),
        ("end", "soon", "2024-12-31", 3, "Last day of validity"),
        ("task", "near", "2025-02-14", 48, "Submit the proposal to sign to the Government"),
        ("task", "near", "2025-02-27", 61, "Obtain the scientific legal expertise of the draft"),
        ("task", "near", "2025-02-27", 61, "Obtain the scientific linguistic expertise of the draft"),
        ("notice", "near", "2025-02-28", 62, "Last day for notice"),
        ("planned", "near", "2025-02-28", 62, "Planned signing"),
        ("end", "far", "2025-05-31", 154, "Last day of validity"),
    ]
    assert [row[0] for row in lines(at_officer, "of=all&kind=notice")] == ["notice"]
    told = words(at_officer.get("/deadlines/?of=all"))
    for text in (
        "9 deadlines",
        "Overdue",
        "Within 14 days",
        "Within 15 to 90 days",
        "Without notice renewed on 1 April",
    ):
        assert text in told, text


def test_the_page_tells_what_the_report_tells(signing, make_agreement, lawyer, at_lawyer):
    in_effect(make_agreement, "2025-02-28", renewal_years=1, notice_months=1)
    content = report.build(lawyer)
    told = lines(at_lawyer)

    due = [task for task in content.tasks if content.left(task) <= 90]
    assert sorted(row[4] for row in told if row[0] == "task") == sorted(task.title["en"] for task in due)
    assert [row[3] for row in told if row[0] == "end"] == [
        term.days for term in content.terms() if not term.period.renews_on
    ]
    assert [row[3] for row in told if row[0] == "notice"] == [
        term.notice_days for term in content.terms() if term.period.renews_on
    ]
    assert [row[2] for row in told if row[0] == "planned"] == [one.on.iso for one in content.planned()]


def test_a_gap_is_overdue_once_it_has_begun(sample, at_lawyer, settings):
    settings.PACTA_TODAY = date(2025, 3, 1)
    (gap,) = lines(at_lawyer, "of=all&kind=gap")

    assert gap[:4] == ("gap", "late", "2025-01-01", -59)
    assert gap[4].startswith("Gap since 1\u00a0January\u00a02025, 60 days so far")


def test_mine_those_of_my_unit_and_all(signing, make_agreement, lawyer, officer, at_officer):
    in_effect(make_agreement, "2024-12-31", officer=officer)
    tasks.add(signing, "Write to them", by=lawyer, due=on("2025-01-05"), person=officer)

    assert [row[4] for row in lines(at_officer, "")] == ["Last day of validity", "Write to them"]
    assert lines(at_officer, "of=mine") == lines(at_officer, "")
    assert len(lines(at_officer)) == 6
    assert "Of my unit" not in words(at_officer.get("/deadlines/"))
    assert at_officer.get("/deadlines/?of=unit").context["asked"].of == "all"


def test_who_has_none_sees_all(signing, at_reader):
    assert at_reader.get("/deadlines/").context["asked"].of == "all"
    assert lines(at_reader, "of=mine") == []
    assert "Nothing of this is due" in words(at_reader.get("/deadlines/?of=mine"))


def test_the_page_is_narrowed_by_party_and_area(signing, at_officer):
    assert len(lines(at_officer, "of=all&party=EU&area=aviation")) == 4
    assert at_officer.get("/deadlines/?of=all&party=XX").context["asked"].party == ""
    page = at_officer.get("/deadlines/?of=all&party=EU")
    assert 'href="/reports/deadlines/?with=EU&amp;format=pdf"' in page.content.decode()


def test_lines_lead_to_where_they_are_met(signing, lawyer, at_officer, at_reader):
    task = tasks.add(signing, "Ask again", by=lawyer, due=on("2024-12-20"))
    page, other = (client.get("/deadlines/?of=all").content.decode() for client in (at_officer, at_reader))

    assert f'href="/tasks/{task.pk}/"' in page
    assert f'href="/agreements/{signing.reference}/plans/"' in page
    assert f'href="/agreements/{signing.reference}/#tasks"' in other
    assert f'href="/agreements/{signing.reference}/#dates"' in other


def test_a_secret_agreement_has_no_deadline(secret, make_agreement, lawyer, at_officer, at_lawyer):
    with registers.editing(secret, by=lawyer) as fresh:
        fresh.planned_entry_into_force = on("2025-01-05")
    tasks.add(secret, "Say nothing", by=lawyer, due=on("2025-01-05"))

    assert lines(at_officer) == []
    assert len(lines(at_lawyer)) == 2
    assert "0 deadlines" in words(at_officer.get("/deadlines/?of=all"))


def test_a_long_list_has_pages(signing, at_officer, monkeypatch):
    monkeypatch.setattr("agreements.views.deadlines.PAGE", 3)

    assert [len(lines(at_officer, f"of=all&page={number}")) for number in (1, 2)] == [3, 1]


@pytest.mark.parametrize(("language", "told"), [("en", "4 deadlines"), ("ru", "4 срока"), ("kk", "4 мерзім")])
def test_the_page_in_three_languages(signing, at_officer, language, told):
    at_officer.post("/language/", {"language": language})

    assert told in words(at_officer.get("/deadlines/?of=all"))


def test_one_and_many_take_the_same_queries(signing, make_agreement, officer, at_officer):
    def asked():
        return [queries(at_officer, f"/deadlines/?of={of}") for of in ("all", "mine")]

    in_effect(make_agreement, "2024-12-31", officer=officer)
    once = asked()
    for _number in range(3):
        in_effect(make_agreement, "2024-12-31", officer=officer)

    assert asked() == once
    assert max(once) <= 15
