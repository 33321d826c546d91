"""Texts that would be programs elsewhere: formulas, HTML, SQL, templates, lines of headers, commands of typst."""

import csv
import io
import json
import zipfile
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from agreements import feeds
from agreements.models import Agreement
from tests.conftest import signed_in

FORMULAS = ["=HYPERLINK(1)", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", '=cmd|" /C calc"!A0', "＝1+1"]
MARKS = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&</title>"
SEARCHED = [
    "' OR 1=1 --", '"; DROP TABLE agreements_entry; --', "%' UNION SELECT 1 --", "{{ 7*7 }}", "{% debug %}",
    "${jndi:ldap://x}", "%s%n%x", "{0.__class__}", "../../etc/passwd",
    "\\", "%", "_", "*", "(((((", "a" * 5000, "\u202e", "🇰🇿", "NEAR(a b)",
    'title:"x"', "a AND OR NOT", "^a", "a*b*", "--", "/*",
]  # fmt: skip


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture
def dangerous(make_agreement: Any, monkeypatch: Any) -> list[Any]:
    """Agreements whose titles begin as formulas do, also by what stands in titles from before it was refused."""
    with monkeypatch.context() as before:
        before.setattr("agreements.models.base.unfit", lambda text, *, lines: None)
        return [make_agreement(titles={"en": text + " x"}, short_titles={"en": text}) for text in FORMULAS]


# ---- spreadsheets ----
EXPORTS = ("/agreements/?format={}", "/reports/portfolio/?format={}")


@pytest.mark.parametrize("address", [*EXPORTS, "/api/v1/agreements/?format={}"])
def test_no_cell_of_a_table_is_a_formula(dangerous, lawyer, address):
    answer = signed_in(lawyer).get(address.format("csv"))
    rows = list(csv.reader(io.StringIO(body(answer).decode("utf-8-sig"))))
    cells = [cell for row in rows for cell in row]

    assert answer["Content-Disposition"].startswith("attachment")
    assert len([cell for cell in cells if "HYPERLINK" in cell]) >= 1
    assert [cell for cell in cells if cell.startswith(("=", "@", "\t", "\r", "+1+1", "-1+1"))] == []


def _leads_out(cell: Any) -> bool:
    """Whether a cell leads to anywhere but another sheet."""
    return bool(cell.hyperlink and cell.hyperlink.target)


@pytest.mark.parametrize("address", EXPORTS)
def test_no_cell_of_a_workbook_is_a_formula(dangerous, lawyer, address):
    answer = signed_in(lawyer).get(address.format("xlsx"))
    book = load_workbook(io.BytesIO(body(answer)))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    told = [str(cell.value) for cell in cells]

    assert sum("HYPERLINK" in text for text in told) >= 1
    assert [text for text, cell in zip(told, cells, strict=True) if cell.data_type == "f" or _leads_out(cell)] == []


# ---- pages and files ----
def test_marks_of_html_are_letters_wherever_they_stand(make_agreement, lawyer):
    agreement = make_agreement(titles={"en": MARKS}, short_titles={"en": MARKS})
    client = signed_in(lawyer)
    places = (
        "/agreements/", f"/agreements/{agreement.reference}/", "/desk/?of=all", "/board/", "/search/?q=script",
        "/reports/portfolio/", "/reports/portfolio/?format=html", "/parties/EU/", "/overview/agreements/", "/calendar/",
        f"/agreements/{agreement.reference}/journal/", f"/search/?q={MARKS.replace('&', '%26')}",
    )  # fmt: skip
    seen = 0
    for place in places:
        text = body(client.get(place)).decode()
        assert "<script>alert" not in text, place
        assert "<img src=x" not in text, place
        seen += "&lt;script&gt;alert(1)" in text
    assert seen >= 6
    answer = client.get(f"/api/v1/agreements/{agreement.reference}/")
    assert answer["Content-Type"] == "application/json"


def test_commands_of_the_typesetter_are_letters(make_agreement, lawyer):
    texts = ['#read("/etc/passwd")', '#eval("1")', "$x^2$", '#import "x"', "*bold* _it_ `raw` @ref <label> \\u{41}"]
    for text in texts:
        make_agreement(titles={"en": text}, short_titles={"en": text})
    pdf = body(signed_in(lawyer).get("/reports/portfolio/?format=pdf"))
    told = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).replace("\n", "").replace(" ", "")
    assert "root:" not in told
    assert '#read("/etc/passwd")' in told


def test_a_word_document_holds_texts_and_no_fields_of_theirs(make_agreement, lawyer):
    make_agreement(titles={"en": MARKS}, short_titles={"en": "<w:fldSimple w:instr='DDE x'/>"})
    with zipfile.ZipFile(io.BytesIO(body(signed_in(lawyer).get("/reports/portfolio/?format=docx")))) as parts:
        text = parts.read("word/document.xml").decode()
    assert "&lt;w:fldSimple" in text
    assert "instr='DDE" not in text.replace("&lt;w:fldSimple w:instr='DDE", "")


def test_lines_of_a_feed_and_of_headers_are_not_broken(make_agreement, lawyer, client):
    agreement = make_agreement(titles={"en": "A"}, short_titles={})
    feed, secret = feeds.create(lawyer, name="Name", language="en")
    # As they may be kept from before: nobody gives such names now.
    Agreement.objects.filter(pk=agreement.pk).update(title_en="A\r\nATTACH:file:///etc/passwd")
    type(feed).objects.filter(pk=feed.pk).update(name="Name\r\nX-Other: 1")
    answer = client.get(f"/calendar/{secret}.ics")
    assert b"\nATTACH:" not in answer.content
    assert "X-Other" not in str(answer.headers)
    answer = signed_in(lawyer).get(f"/agreements/{agreement.reference}/documents/dossier/")
    assert "\n" not in answer["Content-Disposition"]


# ---- what is sought ----
def test_what_is_sought_is_only_sought(sample, at_reader):
    places = (("/search/", "q"), ("/agreements/", "q"), ("/parties/", "q"), ("/api/v1/agreements/", "text"))
    answered = {
        (text, place): at_reader.get(place, {name: text}).status_code for text in SEARCHED for place, name in places
    }

    assert {asked: status for asked, status in answered.items() if status not in (200, 400)} == {}
    assert list(answered.values()).count(200) > len(answered) / 2
    assert at_reader.get("/api/v1/agreements/").json()["results"]


def test_answers_in_json_are_json_and_nothing_that_a_page_would_run(make_agreement, at_officer):
    make_agreement(short_titles={"en": MARKS})
    answer = at_officer.get("/api/v1/agreements/?callback=run")
    assert answer.status_code == 400  # no JSONP: an unknown parameter
    answer = at_officer.get("/api/v1/agreements/", headers={"accept": "text/html, */*"})
    assert answer["Content-Type"] == "application/json"
    assert json.loads(answer.content)["results"]
