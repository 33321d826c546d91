"""The participation report: who signed, who consented, for whom it is in force, as of a day and known at a moment."""

import csv
import io
import json
import os
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.html import strip_tags

from agreements import clock, lifecycle, participation, registers, reports
from agreements.choices import ActionKind, Level, Origin, Role
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry, Membership, Party, User
from agreements.reports import participation as report

PCA, EPCA, AVIATION, MEMORANDUM = "PEP-2F9C", "PEP-4K7Z", "AIR-7Q4M", "RAW-6NHB"
#: The member states of the European Union that signed in 2015 and were members when the agreement entered into force.
MEMBERS = tuple("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())  # noqa: SIM905
KNOWN_AT = datetime(2100, 1, 1, 12, tzinfo=ZoneInfo("Asia/Almaty"))


def on(text: str) -> FuzzyDate:
    return FuzzyDate.parse(text)


def asked(name: str = "participation", **options: str) -> str:
    out = io.StringIO()
    call_command("report", name, stdout=out, **options)
    return out.getvalue()


def told(**options: str) -> dict[str, dict[str, Any]]:
    found = json.loads(asked(format="json", **options))["agreements"]
    return {item["reference"]: item for item in found}


def days(acts: Iterable[dict[str, Any]]) -> list[tuple[str, str, bool]]:
    return [(act["kind"], act["on"]["iso"], act["certain"]) for act in acts]


def by_code(item: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["code"]: row for row in item["participants"]}


# ---- the partnership agreement ----
@pytest.mark.django_db
def test_before_its_entry_into_force_nobodys_day_is_invented(sample: Any) -> None:
    epca = told(as_of="2016-06-01", agreement=EPCA)[EPCA]
    rows = by_code(epca)
    assert (epca["stage"], epca["own_side_status"]) == ("ratifying", "bound_provisionally")
    assert epca["counts"] == {"signed": 28, "bound_provisionally": 2}
    assert [row["code"] for row in epca["participants"][:2]] == ["KZ", "AT"]
    assert sorted(rows) == sorted([*MEMBERS, "EU", "GB", "KZ"])

    entry = epca["entry_into_force"]
    assert (entry["stated"], entry["computed"], entry["conflict"]) == (None, None, False)
    assert (entry["answer"]["met"], entry["answer"]["possibly_met"], entry["answer"]["date"]) == (False, False, None)
    assert (entry["answer"]["missing"]["needed"], entry["answer"]["missing"]["lacking"]) == (29, 29)

    for code in ("KZ", "EU"):
        assert (rows[code]["status"], rows[code]["since"]["iso"]) == ("bound_provisionally", "2016-05-01")
        (applied,) = rows[code]["provisional_application"]
        assert (applied["on"]["iso"], applied["scope"]) == ("2016-05-01", "In part")
    assert (rows["KZ"]["possibly"], rows["EU"]["possibly"]) == (None, None)
    assert days(rows["KZ"]["consents"]) == [
        ("ratification", "2016-03-25", True),
        ("notification", "/2020-01-31", False),
    ]
    assert rows["EU"]["consents"] == []
    for code in MEMBERS:
        assert (rows[code]["status"], rows[code]["possibly"]) == ("signed", "consent_given"), code
        assert days(rows[code]["signatures"]) == [("signature", "2015-12-21", True)]
        assert days(rows[code]["consents"]) == [("notification", "/2020-01-31", False)]
    assert (rows["GB"]["role"], rows["GB"]["status"], rows["GB"]["possibly"]) == ("signatory", "signed", None)
    assert rows["GB"]["consents"] == []
    assert all(row["in_force"] == [] for row in rows.values())


@pytest.mark.django_db
def test_in_force_for_all_but_one_that_only_signed(sample: Any) -> None:
    epca = told(as_of="2024-12-28", agreement=EPCA)[EPCA]
    rows = by_code(epca)
    entry = epca["entry_into_force"]
    assert (epca["stage"], epca["since"]["iso"], epca["own_side_status"]) == ("in_force", "2020-03-01", "bound")
    assert (entry["stated"]["iso"], entry["computed"]["iso"], entry["conflict"]) == ("2020-03-01", "2020-03-01", False)
    assert (entry["answer"]["met"], entry["answer"]["trigger"]["iso"]) == (True, "2020-01")
    assert epca["counts"] == {"signed": 1, "bound": 29}
    for code in (*MEMBERS, "EU", "KZ"):
        assert (rows[code]["status"], rows[code]["possibly"], rows[code]["since"]["iso"]) == (
            "bound",
            None,
            "2020-03-01",
        ), code
        assert [(span["from"]["iso"], span["until"]) for span in rows[code]["in_force"]] == [("2020-03-01", None)]
    assert days(rows["EU"]["consents"]) == [("approval", "2020-01-20", True), ("notification", "2020-01", True)]
    assert days(rows["AT"]["consents"]) == [("notification", "/2020-01-31", True)]
    assert rows["AT"]["consents"][0]["certainty"] == "inferred"
    assert (rows["GB"]["status"], rows["GB"]["in_force"], rows["GB"]["consents"]) == ("signed", [], [])


@pytest.mark.django_db
def test_before_its_day_comes_the_entry_into_force_is_still_ahead(sample: Any) -> None:
    epca = told(as_of="2020-02-15", agreement=EPCA)[EPCA]
    kazakhstan = by_code(epca)["KZ"]
    assert (epca["entry_into_force"]["computed"]["iso"], epca["entry_into_force"]["stated"]) == ("2020-03-01", None)
    assert kazakhstan["status"] == "bound_provisionally"
    assert [(span["from"]["iso"], span["to_come"]) for span in kazakhstan["in_force"]] == [("2020-03-01", True)]
    assert by_code(epca)["AT"]["status"] == "consent_given"


@pytest.mark.django_db
def test_what_ended_binds_nobody_and_says_who_was_bound(sample: Any) -> None:
    pca = told(as_of="2024-12-28")[PCA]
    assert (pca["stage"], pca["ended"]["iso"], pca["counts"], pca["clause"]) == (
        "superseded",
        "2020-03-01",
        {"ended": 17},
        None,
    )
    kazakhstan, *others = pca["participants"]
    assert (kazakhstan["implied"], {row["implied"] for row in others}) == (False, {True})
    for row in pca["participants"]:
        assert (row["status"], row["since"]["iso"]) == ("ended", "2020-03-01")
        assert [(span["from"]["iso"], span["until"]["iso"]) for span in row["in_force"]] == [
            ("1999-07-01", "2020-03-01")
        ]
    text = asked(as_of="2016-06-01", agreement=PCA)
    assert "Consent to be bound: Ratification, 26 May 1997" in text
    assert "Consent to be bound: not recorded" in text


@pytest.mark.django_db
def test_left_out_is_what_does_not_bind_or_has_no_act_unless_it_is_named(sample: Any) -> None:
    content = json.loads(asked(as_of="2024-12-28", format="json"))
    assert [item["reference"] for item in content["agreements"]] == [EPCA, PCA]
    assert content["left_out"] == 6
    assert list(told(as_of="2024-12-28", agreement=MEMORANDUM)) == [MEMORANDUM]
    assert "RAW-6NHB, not binding" in asked(as_of="2024-12-28", agreement=MEMORANDUM)
    assert list(told(as_of="2024-12-28", agreement=AVIATION)) == [AVIATION]


@pytest.mark.django_db
def test_a_page_holds_so_many_tables_and_says_how_many_more_there_are(sample: Any, lawyer: User) -> None:
    with translation.override("en"):
        content = report.build(lawyer, as_of=date(2024, 12, 28), limit=1)
        stamps = {stamp.label: stamp.value for stamp in report.arrange(content).stamps}
    assert [facts.reference for facts in content.agreements] == [EPCA]
    assert content.left_out + content.more == 7
    assert stamps["Not on this page"] == f"{content.more} more agreements; the files have them"
    whole = report.build(lawyer, as_of=date(2024, 12, 28), limit=2)
    assert ([facts.reference for facts in whole.agreements], whole.more) == ([EPCA, PCA], 0)


@pytest.mark.django_db
def test_filters_by_party_and_area(sample: Any) -> None:
    assert list(told(as_of="2024-12-28", party="HR")) == [EPCA]
    assert list(told(as_of="2024-12-28", area="partnership")) == [EPCA, PCA]
    assert told(as_of="2024-12-28", area="aviation") == {}
    assert "No participant had acted by this day." in asked(as_of="2024-12-28", area="aviation")


# ---- a treaty with a depositary ----
@pytest.fixture
def treaty(make_agreement: Any, parties: dict[str, Party], lawyer: User) -> Agreement:
    """A treaty of five, open for signature since 2010, in force thirty days after the second instrument."""
    others = [
        registers.create(Party(code=code, name_en=name), by=lawyer)
        for code, name in (("AM", "Armenia"), ("KG", "Kyrgyzstan"), ("MN", "Mongolia"), ("UZ", "Uzbekistan"))
    ]
    clause = {
        "text": {"en": "Thirty days after the second instrument"},
        "enters_into_force": {"after": {"days": 30}, "of": {"instruments": 2}},
        "later_joiners": {"after": {"days": 30}, "of": {"own": "instrument"}},
    }
    agreement: Agreement = make_agreement(
        procedure="multilateral",
        stage="signed",
        on=on("2010-01-01"),
        short_titles={"en": "Treaty of five"},
        participants=[(party, Role.SIGNATORY) for party in (parties["KZ"], *others)],
        columns={"clause": clause},
    )
    for code in ("KZ", "AM", "KG", "MN"):
        act(agreement, code, "signature", "2010-01-01", lawyer, manner="subject")
    reservation = act(agreement, "AM", "reservation", "2011-02-01", lawyer, scope="Article 7")
    act(agreement, "AM", "ratification", "2011-02-01", lawyer, received=on("2011-03-01"))
    act(agreement, "KG", "ratification", "2011-05-02", lawyer)
    act(agreement, "KZ", "ratification", "2011-09-01", lawyer)
    act(agreement, "KZ", "objection", "2011-12-01", lawyer, target=reservation)
    act(agreement, "KG", "declaration", "2011-05-02", lawyer, what="No other treaty is affected.")
    return agreement


def act(agreement: Agreement, code: str, kind: str, day: str, by: User, **given: Any) -> Entry:
    return participation.act(
        agreement, Party.objects.get(code=code), ActionKind(kind), on=on(day), by=by, origin=Origin.IMPORTED, **given
    )


def sheet(user: User, day: str, **given: Any) -> dict[str, Any]:
    (found,) = report.data(report.build(user, as_of=date.fromisoformat(day), **given))["agreements"]
    return found


@pytest.mark.django_db
def test_each_has_its_own_day_and_reservations_have_clocks(treaty: Agreement, lawyer: User) -> None:
    found = sheet(lawyer, "2012-01-15")
    rows = by_code(found)
    assert {code: [span["from"]["iso"] for span in row["in_force"]] for code, row in rows.items()} == {
        "KZ": ["2011-10-01"],
        "AM": ["2011-06-01"],
        "KG": ["2011-06-01"],
        "MN": [],
        "UZ": [],
    }
    assert {code: row["status"] for code, row in rows.items()} == {
        "KZ": "bound",
        "AM": "bound",
        "KG": "bound",
        "MN": "signed",
        "UZ": "not_signed",
    }
    assert rows["KZ"]["in_force"][0]["rule"] == "own"
    assert rows["AM"]["consents"][0]["received"]["iso"] == "2011-03-01"
    (reserved,) = rows["AM"]["reservations"]
    assert [(answer["party"], answer["state"], answer["by"]) for answer in reserved["answers"]] == [
        ("KG", "open", "2012-02-01"),
        ("KZ", "objected", "2012-02-01"),
        ("MN", "open", "2012-02-01"),
        ("UZ", "open", "2012-02-01"),
    ]
    assert [(one["kind"], one["target"]) for one in rows["KZ"]["objections"]] == [("objection", reserved["id"])]
    assert [one["what"] for one in rows["KG"]["declarations"]] == ["No other treaty is affected."]
    later = by_code(sheet(lawyer, "2012-06-01"))["AM"]["reservations"][0]["answers"]
    assert {answer["party"]: answer["state"] for answer in later} == {
        "KG": "accepted",
        "KZ": "objected",
        "MN": "open",
        "UZ": "open",
    }


@pytest.mark.django_db
def test_the_words_say_what_the_data_says(treaty: Agreement, lawyer: User) -> None:
    with translation.override("en"):
        text = reports.render("participation", report.build(lawyer, as_of=date(2012, 6, 1)), "text")
    armenia = text[text.index("\nArmenia\n") : text.index("\nKyrgyzstan\n")].splitlines()
    assert armenia[1:] == [
        "Armenia",
        "  [recorded as: signatory]",
        "  Status: Bound; since 1 June 2011",
        "  Signature: 1 January 2010, subject to ratification, acceptance or approval",
        "  Consent to be bound: Ratification, 1 February 2011 (received 1 March 2011)",
        "  In force for it: 1 June 2011",
        "  Reservations, declarations, objections: Reservation, 1 February 2011 (Article 7); "
        "objected: Kazakhstan; accepted: Kyrgyzstan; open until its consent to be bound: Mongolia, Uzbekistan",
    ]
    assert "Objection, 1 December 2011 (to the reservation of 1 February 2011: Armenia)" in text
    assert "Declaration, 2 May 2011 (“No other treaty is affected.”)" in text
    assert "In force for it: 1 October 2011 (by its own date)" in text
    assert "Participants: not signed: 1; signed: 1; bound: 3" in text


@pytest.mark.django_db
def test_who_left_and_whose_reservation_was_withdrawn_stay_in_the_table(treaty: Agreement, lawyer: User) -> None:
    (reservation,) = [entry for entry in Entry.objects.of(treaty) if '"reservation"' in entry.data]
    act(treaty, "AM", "withdrawal", "2013-01-10", lawyer, target=reservation)
    act(treaty, "KG", "denunciation", "2014-03-01", lawyer)
    rows = by_code(sheet(lawyer, "2016-01-01"))
    assert rows["AM"]["reservations"][0]["withdrawn"]["iso"] == "2013-01-10"
    assert (rows["KG"]["status"], rows["KG"]["since"]["iso"]) == ("withdrawn", "2015-03-01")
    assert days(rows["KG"]["consents"]) == [("ratification", "2011-05-02", True), ("denunciation", "2014-03-01", True)]
    assert [(span["from"]["iso"], span["until"]["iso"]) for span in rows["KG"]["in_force"]] == [
        ("2011-06-01", "2015-03-01")
    ]
    assert by_code(sheet(lawyer, "2014-06-01"))["KG"]["status"] == "bound"


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["text", "csv", "html"])
def test_a_conflict_of_days_is_seen_in_every_format(treaty: Agreement, lawyer: User, form: str) -> None:
    lifecycle.perform(treaty, "enter_into_force", on=on("2011-07-01"), by=lawyer, origin=Origin.IMPORTED)
    assert sheet(lawyer, "2012-01-15")["entry_into_force"]["conflict"] is True
    with translation.override("en"):
        text = reports.render("participation", report.build(lawyer, as_of=date(2012, 1, 15)), form)
    plain = strip_tags(text).replace("\u00a0", " ")
    for words in ("Conflict: entry into force", "as stated: 1 July 2011", "by the clause: 1 June 2011"):
        assert words in plain
    assert 'class="alert"' in text if form == "html" else True


@pytest.mark.django_db
def test_without_a_clause_nothing_is_computed(make_agreement: Any, lawyer: User) -> None:
    agreement = make_agreement(procedure="ratified", stage="signed", on=on("2021-03-15"))
    content = report.build(lawyer, as_of=date(2022, 1, 1), agreement=agreement)
    (fact,) = [fact for fact in report.arrange(content).tables[0].facts if fact.label == "By the clause"]
    assert fact.lines == [(0, "The clause is not recorded as data, so nothing is computed.")]


# ---- known at ----
@pytest.mark.django_db
def test_what_was_known_earlier_has_no_later_act_name_or_clause(sample: dict[str, Agreement], lawyer: User) -> None:
    moment = clock.now()
    options = {"as_of": "2024-12-28", "known_at": moment.isoformat()}
    before = told(**options)
    with time_machine.travel(moment + timedelta(hours=1), tick=False):
        act(sample[EPCA], "KZ", "declaration", "2020-02-01", lawyer, what="Said later")
        with registers.editing(Party.objects.get(code="AT"), by=lawyer) as party:
            party.name_en = "Another name"
        with registers.editing(sample[EPCA], by=lawyer) as agreement:
            agreement.clause = {"enters_into_force": {"date": "2021-01-01"}}
        now = told(as_of="2024-12-28")
        assert told(**options) == before
    assert by_code(now[EPCA])["AT"]["name"]["en"] == "Another name"
    assert [one["what"] for one in by_code(now[EPCA])["KZ"]["declarations"]] == ["Said later"]
    assert now[EPCA]["entry_into_force"]["conflict"] is True


@pytest.mark.django_db
def test_memberships_are_those_of_the_chain(sample: Any) -> None:
    from agreements import tracking
    from agreements.chains import tell

    chained = tell([]).names.participants
    rows = tracking.memberships(list(Party.objects.values_list("pk", flat=True)))
    assert len(rows) == 28
    assert {code: list(party.memberships) for code, party in chained.items() if party.memberships} == rows
    assert Membership.objects.filter(until__isnull=False).count() == 1


# ---- who may see what, and at what cost ----
@pytest.mark.django_db
def test_a_reader_sees_nothing_of_what_is_above_the_access_level(sample: dict[str, Agreement], reader: User) -> None:
    with registers.editing(sample[EPCA], by=User.objects.service("import")) as agreement:
        agreement.level = Level.SECRET
    content = report.build(reader, as_of=date(2024, 12, 28))
    assert [facts.reference for facts in content.agreements] == [PCA]
    assert EPCA not in json.dumps(report.data(content))
    with pytest.raises(CommandError, match=f"There is no agreement “{EPCA}”"):
        asked(agreement=EPCA, user="reader")


@pytest.mark.django_db
def test_the_report_runs_the_same_number_of_queries_for_any_number(make_agreement: Any, lawyer: User) -> None:
    counts = []
    for more in (1, 2):
        for _number in range(more):
            agreement = make_agreement(
                procedure="ratified",
                stage="signed",
                on=on("2021-03-15"),
                columns={"clause": {"enters_into_force": {"notifications": "all"}}},
            )
            act(agreement, "KZ", "notification", "2021-06-01", lawyer)
        with CaptureQueriesContext(connection) as queries:
            assert len(report.data(report.build(lawyer, as_of=date(2022, 1, 1)))["agreements"]) == more + len(counts)
        counts.append(len(queries))
    assert counts == [5, 5]


# ---- formats ----
@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_all_formats_carry_the_same_cells(sample: Any, language: str) -> None:
    with translation.override(language):
        content = report.build(User.objects.service("report"), as_of=date(2016, 6, 1), known_at=KNOWN_AT)
        document = report.arrange(content)
        texts = {form: reports.render("participation", content, form) for form in ("text", "csv", "html")}
    texts = {form: text.replace("\u00a0", " ") for form, text in texts.items()}
    plain = re.sub(r"\s+", " ", strip_tags(texts["html"]).replace("&#x27;", "'").replace("&quot;", '"'))
    cells = [cell for table in document.tables for row in table.rows for cell in row if cell.text != "–"]
    lines = [text for table in document.tables for fact in table.facts for _depth, text in fact.lines]
    assert (len(cells) > 120, len(lines) > 10) == (True, True)
    for words in [word for cell in cells for word in (cell.text, *cell.notes)] + lines:
        said = words.replace("\u00a0", " ")
        assert said in texts["text"]
        assert said in texts["csv"].replace('""', '"')
        assert said in plain


@pytest.mark.django_db
def test_the_table_and_the_data_agree(sample: Any) -> None:
    with translation.override("en"):
        content = report.build(User.objects.service("report"), as_of=date(2024, 12, 28))
        document, data = report.arrange(content), report.data(content)
    for table, item in zip(document.tables, data["agreements"], strict=True):
        assert [row[0].text for row in table.rows] == [row["name"]["en"] for row in item["participants"]]
        assert [row[1].text for row in table.rows] == [row["status_label"] for row in item["participants"]]
        assert sum(item["counts"].values()) == len(item["participants"])
        assert [row[4].text != "–" for row in table.rows] == [bool(row["in_force"]) for row in item["participants"]]


@pytest.mark.django_db
def test_markup_and_formulas_stay_text(treaty: Agreement, lawyer: User) -> None:
    act(treaty, "KZ", "declaration", "2011-09-01", lawyer, scope="=cmd()<script>alert(1)</script>")
    with registers.editing(Party.objects.get(code="AM"), by=lawyer) as party:
        party.name_en = "=1+1"
    content = report.build(lawyer, as_of=date(2012, 1, 15))
    assert "<script>alert" not in reports.render("participation", content, "html")
    rows = list(csv.reader(io.StringIO(reports.render("participation", content, "csv").lstrip("\ufeff"))))
    assert any(cell.startswith("'=1+1") for row in rows for cell in row)
    assert not any(cell.startswith("=") for row in rows for cell in row)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_golden_text(sample: Any, language: str) -> None:
    golden = Path(__file__).with_name(f"participation-{language}.txt")
    text = ""
    with translation.override(language):
        for day in (date(2016, 6, 1), date(2024, 12, 28)):
            content = report.build(User.objects.service("report"), as_of=day, known_at=KNOWN_AT, agreement=sample[EPCA])
            text += reports.render("participation", content, "text")
    if os.environ.get("PACTA_WRITE_GOLDEN"):  # to be read by a person before it is committed
        golden.write_text(text, encoding="utf-8")
    if not golden.exists():
        pytest.skip(f"{golden.name} is written with PACTA_WRITE_GOLDEN=1 when its words are translated")
    assert text == golden.read_text(encoding="utf-8")


# ---- questions ----
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("participation", {"agreement": "XXX-0000"}, "There is no agreement “XXX-0000”."),
        ("participation", {"party": "XX"}, "There is no party “XX”."),
        ("portfolio", {"agreement": EPCA}, "The report “portfolio” does not take --agreement."),
    ],
)
def test_bad_questions_get_a_sentence(parties: Any, name: str, options: dict[str, str], sentence: str) -> None:
    with pytest.raises(CommandError) as failure:
        asked(name, **options)
    assert str(failure.value).startswith(sentence)


@pytest.mark.django_db
def test_the_page_shows_one_agreement_and_hands_over_its_files(sample: Any, client: Any, officer: User) -> None:
    client.force_login(officer)
    page = client.get(f"/reports/participation/?as_of=2016-06-01&agreement={EPCA}")
    assert page.status_code == 200
    words = page.content.decode()
    assert f'href="?as_of=2016-06-01&amp;agreement={EPCA}&amp;format=csv"' in words
    assert 'href="/reports/portfolio/?as_of=2016-06-01"' in words
    assert f'href="/agreements/{EPCA}/?as_of=2016-06-01"' in words
    assert "Applies it provisionally" in words
    file = client.get(f"/reports/participation/?as_of=2016-06-01&agreement={EPCA}&format=json")
    assert file["Content-Disposition"] == 'attachment; filename="participation-2016-06-01.json"'
    assert [item["reference"] for item in file.json()["agreements"]] == [EPCA]
    wrong = client.get("/reports/participation/?agreement=XXX-0000")
    assert (wrong.status_code, "There is no agreement “XXX-0000”." in wrong.content.decode()) == (400, True)
