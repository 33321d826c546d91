"""The deadlines report: tasks, ends of validity, plans, gaps and oddities, the same in every format."""

import csv
import io
import json
import os
import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.html import strip_tags

from agreements import participation, registers, reports, tasks
from agreements.choices import ActionKind, Level, Origin, Stage
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Party, User
from agreements.reports import deadlines as report

ROADMAP_2023, ROADMAP_2025, VISAS = "RAW-23X4", "RAW-25X6", "VIS-8TDK"
KNOWN_AT = datetime(2100, 1, 1, 12, tzinfo=ZoneInfo("Asia/Almaty"))
pytestmark = pytest.mark.django_db


def on(text: str) -> FuzzyDate:
    return FuzzyDate.parse(text)


def asked(**options: str) -> str:
    out = io.StringIO()
    call_command("report", "deadlines", stdout=out, **options)
    return out.getvalue()


def told(**options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(asked(format="json", **options))
    return found


@pytest.fixture
def busy(sample: dict[str, Agreement], lawyer: User) -> dict[str, Agreement]:
    """The sample with a planned signing, which dates its tasks, and with what is due sooner and later."""
    with registers.editing(sample["AIR-7Q4M"], by=lawyer) as fresh:
        fresh.planned_signing = on("2025-01-20")
    with registers.editing(sample["PEP-4K7Z"], by=lawyer) as fresh:
        fresh.valid_until, fresh.renewal_years, fresh.notice_months = date(2025, 5, 31), 5, 3
    due_days = {"Reply": ("2024-12-20", "own"), "Comments": ("2025-01-05", "other"), "Plan": ("2025-03", "own")}
    for title, (due, side) in due_days.items():
        tasks.add(sample[ROADMAP_2025], title, by=lawyer, due=on(due), side=side)
    return sample


# ---- content ----
def test_the_sample_portfolio_on_28_december_2024(sample: Any) -> None:
    found = told(as_of="2024-12-28")
    assert found["counts"] == {
        "expiring": 1,
        "stuck": 1,
        "waiting-other": 1,
        "disputed-date": 2,
        "no-planned-date": 2,
        "no-officer": 7,
        "silent": 3,
    }
    assert [(one["agreement"], one["last_day"], one["days"], one["renewed_on"]) for one in found["validity"]] == [
        (ROADMAP_2023, "2024-12-31", 3, None)
    ]
    assert found["tasks"] == {"overdue": [], "due_14_days": [], "due_90_days": []}
    first, *_others = found["findings"]
    assert (first["code"], first["strength"], first["agreement"], first["other"], first["days"]) == (
        "expiring",
        "late",
        ROADMAP_2023,
        ROADMAP_2025,
        3,
    )


def test_on_1_march_2025_the_gap_is_told(sample: Any) -> None:
    found = told(as_of="2025-03-01")
    (gap,) = [one for one in found["findings"] if one["code"] == "gap"]
    assert (gap["day"]["iso"], gap["days"], gap["other"]) == ("2025-01-01", 60, ROADMAP_2025)
    assert "Gap since 1 January 2025, 60 days so far" in asked(as_of="2025-03-01")


def test_tasks_are_told_by_when_they_are_due_with_law_and_whose(busy: Any) -> None:
    found = told()["tasks"]
    shown = {
        name: [(one["task"]["en"], one["agreement"], one["side"], one["due"]["iso"], one["days"]) for one in rows]
        for name, rows in found.items()
    }
    assert shown == {
        "overdue": [("Reply", ROADMAP_2025, "own", "2024-12-20", -8)],
        "due_14_days": [
            ("Comments", ROADMAP_2025, "other", "2025-01-05", 8),
            ("Submit the proposal to sign to the Government", "AIR-7Q4M", "own", "2025-01-06", 9),
        ],
        "due_90_days": [
            ("Obtain the scientific legal expertise of the draft", "AIR-7Q4M", "own", "2025-01-19", 22),
            ("Obtain the scientific linguistic expertise of the draft", "AIR-7Q4M", "own", "2025-01-19", 22),
        ],
    }
    assert "Art. 5" in found["due_14_days"][1]["law"]["en"]
    text = asked()
    assert re.search(r"Legal basis: .*Art\. 5", text)
    assert "Whose task: Other side" in text


def test_a_lead_time_that_had_run_out_is_told_of_what_the_procedure_gives(busy: Any, lawyer: User) -> None:
    with registers.editing(busy["AIR-7Q4M"], by=lawyer) as fresh:
        fresh.planned_signing = on("2025-01-05")
    found = told()
    missed = {one["task"]["en"]: one["lead_missed"] for one in found["tasks"]["overdue"]}
    # A person gave the reply to do, with a day that was past: it is overdue, no lead time had run out.
    assert missed == {"Reply": False, "Submit the proposal to sign to the Government": True}
    assert found["counts"]["lead-missed"] == 1
    assert "[the lead time had run out when the date was set]" in asked()


def test_plans_and_notice_windows_are_told(busy: Any) -> None:
    found = told()
    columns: tuple[str, ...] = ("agreement", "step", "days", "by_clause")
    assert [tuple(one[name] for name in columns) for one in found["planned"]] == [("AIR-7Q4M", "sign", 23, False)]
    assert found["planned"][0]["on"]["iso"] == "2025-01-20"
    columns = ("agreement", "number", "renewed_on", "last_notice", "notice_days")
    assert [tuple(one[name] for name in columns) for one in found["validity"]] == [
        (ROADMAP_2023, 1, None, None, None),
        ("PEP-4K7Z", 1, "2025-06-01", "2025-02-28", 62),
    ]
    assert "Renewed on 1 June 2025 unless notice is given by 28 February 2025" in asked()


def test_an_entry_into_force_that_the_clause_computes_is_planned(
    make_agreement: Any, parties: dict[str, Party], lawyer: User
) -> None:
    clause = {"enters_into_force": {"after": {"days": 30}, "of": {"notifications": "all"}}}
    agreement = make_agreement(procedure="ratified", stage="signed", on=on("2024-11-01"), columns={"clause": clause})
    for code in ("KZ", "EU"):
        participation.act(
            agreement, parties[code], ActionKind.NOTIFICATION, on=on("2024-12-10"), by=lawyer, origin=Origin.IMPORTED
        )
    found = told()["planned"]
    assert [(one["step"], one["on"]["iso"], one["days"], one["by_clause"]) for one in found] == [
        ("enter_into_force", "2025-01-09", 12, True)
    ]


def test_of_a_past_day_tasks_are_left_out_and_it_says_so(busy: Any) -> None:
    assert told(as_of="2024-12-27")["tasks"] is None
    assert "Left out: which tasks were open on a past day is not kept." in asked(as_of="2024-12-27")
    assert "Reply" not in asked(as_of="2024-12-27")
    assert told(known_at="2100-01-01")["tasks"] is None


# ---- narrowing ----
def test_it_is_narrowed_to_an_agreement_an_area_or_a_partner(busy: Any) -> None:
    one = told(agreement=ROADMAP_2023, as_of="2025-03-01")
    assert one["filters"]["agreement"] == ROADMAP_2023
    assert {item["agreement"] for item in one["findings"]} == {ROADMAP_2023}
    later = told(agreement=ROADMAP_2025, as_of="2025-03-01")
    assert {"gap", "overdue"} <= later["counts"].keys()
    assert "Raw Materials Roadmap 2025-2026" in asked(agreement=ROADMAP_2025, as_of="2025-03-01").splitlines()[1]
    aviation = told(area="aviation")
    assert {item["agreement"] for item in aviation["findings"]} == {"AIR-7Q4M"}
    assert {item["agreement"] for item in told(party="HR")["findings"]} == {"PEP-4K7Z"}
    with pytest.raises(CommandError, match="There is no agreement “XXX-0000”"):
        asked(agreement="XXX-0000")


# ---- who may see what, and at what cost ----
def test_no_byte_depends_on_what_the_reader_may_not_see(busy: dict[str, Agreement], reader: User, lawyer: User) -> None:
    def shown() -> dict[str, str]:
        with translation.override("en"):
            content = replace(report.build(reader, as_of=date(2025, 3, 1)), known_at=KNOWN_AT)
            return {form: reports.render("deadlines", content, form) for form in ("text", "html", "csv", "json")}

    with registers.editing(busy[ROADMAP_2025], by=lawyer) as fresh:
        fresh.level = Level.SECRET
    hidden = shown()
    assert not any(word in text for text in hidden.values() for word in (ROADMAP_2025, "2025-2026", "Reply"))
    with registers.editing(busy[ROADMAP_2025], by=lawyer) as fresh:
        fresh.relations.all().delete()
    tasks.add(busy[ROADMAP_2025], "More", by=lawyer, due=on("2024-12-01"))
    assert shown() == hidden


def test_the_report_runs_the_same_number_of_queries_for_any_number(make_agreement: Any, lawyer: User) -> None:
    counts = []
    for _number in range(3):
        agreement = make_agreement(procedure="ratified", stage=Stage.SIGNING, on=on("2024-01-15"))
        tasks.add(agreement, "A", by=lawyer, due=on("2024-12-20"))
        with CaptureQueriesContext(connection) as queries:
            content = report.build(lawyer)
            report.data(content)
            report.arrange(content)
        assert (len(content.agreements), len(content.due(None, -1))) == (len(counts) + 1, len(counts) + 1)
        counts.append(len(queries))
    assert counts == [4, 4, 4]


# ---- formats ----
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_all_formats_carry_the_same_cells(busy: Any, language: str) -> None:
    with translation.override(language):
        content = report.build(User.objects.service("report"), as_of=date(2025, 3, 1))
        document = report.arrange(content)
        texts = {form: reports.render("deadlines", content, form) for form in ("text", "csv", "html")}
    texts = {form: text.replace("\u00a0", " ") for form, text in texts.items()}
    plain = re.sub(r"\s+", " ", strip_tags(texts["html"]).replace("&#x27;", "'").replace("&quot;", '"'))
    cells = [cell for table in document.tables for row in table.rows for cell in row if cell.text != "–"]
    assert len(cells) > 80
    for words in [word for cell in cells for word in (cell.text, *cell.notes)]:
        said = words.replace("\u00a0", " ")
        assert said in texts["text"]
        assert said in texts["csv"].replace('""', '"')
        assert said in plain


def test_the_tables_and_the_data_agree(busy: Any) -> None:
    with translation.override("en"):
        content = report.build(User.objects.service("report"), as_of=date(2024, 12, 28))
        document, data = report.arrange(content), report.data(content)
    counts, overdue, soon, later, validity, planned, passages, slow, quality = document.tables
    assert [int(row[1].text) for row in counts.rows] == list(data["counts"].values())
    for table, name in ((overdue, "overdue"), (soon, "due_14_days"), (later, "due_90_days")):
        assert [(row[0].text, int(row[4].text)) for row in table.rows] == [
            (one["task"]["en"], one["days"]) for one in data["tasks"][name]
        ]
    assert [int(row[2].text) for row in validity.rows] == [one["days"] for one in data["validity"]]
    assert [int(row[3].text) for row in planned.rows] == [one["days"] for one in data["planned"]]
    shown = sorted(row[1].text for table in (passages, slow, quality) for row in table.rows)
    others = ("overdue", "due-soon", "lead-missed", "expiring", "notice-window")
    assert shown == sorted(one["sentence"] for one in data["findings"] if one["code"] not in others)


def test_markup_and_formulas_stay_text(sample: Any, lawyer: User) -> None:
    tasks.add(sample[ROADMAP_2025], "=cmd()<script>alert(1)</script>", by=lawyer, due=on("2024-12-20"))
    content = report.build(lawyer, as_of=date(2024, 12, 28))
    assert "<script>alert" not in reports.render("deadlines", content, "html")
    rows = list(csv.reader(io.StringIO(reports.render("deadlines", content, "csv").lstrip("\ufeff"))))
    assert any(cell.startswith("'=cmd()") for row in rows for cell in row)
    assert not any(cell.startswith("=") for row in rows for cell in row)


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_golden_text(busy: Any, language: str) -> None:
    golden = Path(__file__).with_name(f"deadlines-{language}.txt")
    text = ""
    with translation.override(language):
        for day in (date(2024, 12, 28), date(2025, 3, 1)):
            content = replace(report.build(User.objects.service("report"), as_of=day), known_at=KNOWN_AT)
            text += reports.render("deadlines", content, "text")
    if os.environ.get("PACTA_WRITE_GOLDEN"):  # to be read by a person before it is committed
        golden.write_text(text, encoding="utf-8")
    if not golden.exists():
        pytest.skip(f"{golden.name} is written with PACTA_WRITE_GOLDEN=1 when its words are translated")
    assert text == golden.read_text(encoding="utf-8")


# ---- the page ----
def test_the_page_shows_the_report_and_hands_over_its_files(busy: Any, client: Any, officer: User) -> None:
    client.force_login(officer)
    page = client.get(f"/reports/deadlines/?agreement={ROADMAP_2023}")
    assert page.status_code == 200
    words = page.content.decode()
    assert f'href="?as_of=2024-12-28&amp;agreement={ROADMAP_2023}&amp;format=csv"' in words
    assert f'href="/agreements/{ROADMAP_2023}/"' in words
    assert "Expires in 3 days" in words
    assert 'href="/reports/portfolio/"' in words
    file = client.get("/reports/deadlines/?format=json")
    assert file["Content-Disposition"] == 'attachment; filename="deadlines-2024-12-28.json"'
    assert file.json()["counts"]["overdue"] == 1
    wrong = client.get("/reports/deadlines/?agreement=XXX-0000")
    assert (wrong.status_code, "There is no agreement “XXX-0000”." in wrong.content.decode()) == (400, True)
    client.logout()
    assert client.get("/reports/deadlines/").status_code == 302
