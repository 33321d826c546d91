"""The formats show one content: the same numbers, the same words, safe to open."""

import csv
import io
import json
import os
import re
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.html import strip_tags

from agreements import registers, reports
from agreements.models import Agreement, User
from agreements.reports import as_csv, as_html, as_text, portfolio
from agreements.reports.document import Cell, Document, Table
from tests.reports.everything import HOSTILE, UNFIT, every_kind, texts_of

DAY = date(2024, 12, 28)


def content(language: str = "en") -> portfolio.Portfolio:
    with translation.override(language):
        return portfolio.build(
            User.objects.service("report"),
            as_of=DAY,
            known_at=datetime(2100, 1, 1, 12, tzinfo=ZoneInfo("Asia/Almaty")),
        )


def rendered(form: str, language: str = "en") -> str:
    with translation.override(language):
        return reports.render("portfolio", content(language), form)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_all_formats_carry_the_same_cells(sample: Any, language: str) -> None:
    with translation.override(language):
        document = portfolio.arrange(content(language))
    texts = {form: rendered(form, language).replace("\u00a0", " ") for form in ("text", "csv", "html")}
    plain = re.sub(r"\s+", " ", strip_tags(texts["html"]).replace("&#x27;", "'").replace("&gt;", ">"))
    cells = [cell for table in document.tables for row in table.rows for cell in row]
    assert len(cells) > 80
    for cell in cells:
        words = cell.text.replace("\u00a0", " ")
        assert words in texts["text"]
        assert words in texts["csv"].replace('""', '"')
        assert words in plain


@pytest.mark.django_db
def test_json_and_table_agree(sample: Any) -> None:
    data = json.loads(rendered("json"))
    document = portfolio.arrange(content())
    stages, _areas, agreements, timeline, indicators = document.tables
    assert [row[0].notes[0].split(",")[0] for row in agreements.rows] == [
        item["reference"] for item in data["agreements"]
    ]
    assert [row[1].text for row in agreements.rows] == [item["stage_label"] for item in data["agreements"]]
    assert sum(int(row[1].text) for row in stages.rows) == data["counts"]["total"] == len(data["agreements"]) == 8
    assert data["counts"]["by_stage"] == {"proposed": 1, "signing": 2, "in_force": 4, "superseded": 1}
    stays = [stay["since"] for item in data["agreements"] for stay in item["stages"]]
    assert len(timeline.rows) == len(stays) == 28
    assert [cell.value.iso for cell in (row[2] for row in agreements.rows)] == [
        item["since"] for item in data["agreements"]
    ]
    assert len(indicators.rows) == len(data["indicators"]) == 6


@pytest.mark.django_db
def test_json_is_for_programs(sample: Any) -> None:
    data = json.loads(rendered("json", "ru"))
    first = data["agreements"][0]
    assert set(first["title"]) == {"en", "ru", "kk"}
    assert {"reference", "title", "stage", "stage_label", "since", "binding"} <= set(first)
    assert first["stage_label"] == "Действует"
    assert first["stage"] == "in_force"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", data["known_at"])


@pytest.mark.django_db
def test_the_page_that_stands_alone_fetches_and_runs_nothing(sample: Any) -> None:
    page = rendered("html")
    assert "<script" not in page
    assert not re.search(r"""(src|href)=["'](?!#)""", page)
    assert "url(" not in page
    assert '<html lang="en">' in page


@pytest.mark.django_db
def test_markup_and_formulas_in_titles_stay_text(sample: dict[str, Agreement], lawyer: User) -> None:
    with registers.editing(sample["VIS-8TDK"], by=lawyer) as agreement:
        agreement.short_title_en = "=cmd()<script>alert(1)</script>"
    assert "<script>alert" not in rendered("html")
    rows = list(csv.reader(io.StringIO(rendered("csv").lstrip("\ufeff"))))
    cells = [row[0] for row in rows if row and "cmd()" in row[0]]
    assert len(cells) == 2  # in the table and in the timeline
    assert all(cell.startswith("'=cmd()") for cell in cells)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_csv_never_opens_as_a_formula(text: str) -> None:
    document = Document("t", "s", "", [], [Table("h", ["a"], [[Cell(text)]])])
    rows = list(csv.reader(io.StringIO(as_csv.render(document).lstrip("\ufeff"))))
    assert not rows[-1][0].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_csv_keeps_the_sign_of_figures() -> None:
    assert as_csv.safe("+23 %", number=True) == "+23 %"
    assert as_csv.safe("-x", number=True) == "'-x"


@pytest.mark.django_db
def test_the_report_runs_the_same_number_of_queries_for_any_number(
    make_agreement: Any, lawyer: User, django_assert_num_queries: Any
) -> None:
    from django.db import connection

    make_agreement()
    with CaptureQueriesContext(
        connection,
    ) as one:
        portfolio.data(portfolio.build(lawyer, as_of=DAY))
    make_agreement()
    make_agreement()
    with CaptureQueriesContext(connection) as three:
        assert len(portfolio.data(portfolio.build(lawyer, as_of=DAY))["agreements"]) == 3
    assert len(one) == len(three) == 7


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_golden_text(sample: Any, language: str) -> None:
    golden = Path(__file__).with_name(f"portfolio-{language}.txt")
    text = rendered("text", language)
    if os.environ.get("PACTA_WRITE_GOLDEN"):  # to be read by a person before it is committed
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", HOSTILE)
def test_what_programs_could_take_for_their_own_stays_text(text: str) -> None:
    document = every_kind(text)
    for row in csv.reader(io.StringIO(as_csv.render(document).removeprefix("\ufeff"))):
        for cell in row:
            assert not cell.startswith(("=", "+", "-", "@", "\t")) or re.fullmatch(r"[+-][\d., \u00a0]+%?", cell)
    page = as_html.render(document, "en")
    assert not re.search(r"<(script|b>c)", page)
    assert unescape(re.sub(r"<[^>]+>", "", page)).count(text) >= texts_of(document).count(text) - 4  # pictures say less
    assert as_text.render(document).count(text) >= texts_of(document).count(text) - 4


@pytest.mark.parametrize(("text", "left"), UNFIT)
def test_what_no_file_can_hold_is_left_out_of_every_format(text: str, left: str) -> None:
    known_at = datetime(2024, 12, 28, tzinfo=UTC)
    content = SimpleNamespace(language="en", as_of=DAY, known_at=known_at, author=text)
    report = SimpleNamespace(arrange=lambda content: every_kind(text), data=lambda content: {"text": text})
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(reports.REPORTS, "hostile", report)  # type: ignore[arg-type]
        for form in reports.FORMATS:
            made = reports.render("hostile", content, form)
            if isinstance(made, str):
                assert "\ud800" not in made
                assert form == "json" or (left in made and text not in made)  # JSON escapes control characters
