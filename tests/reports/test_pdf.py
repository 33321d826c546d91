"""Reports as PDF: tagged, in a language, with their fonts, marked on every page; whatever is said stays text."""

import io
import json
import random
import subprocess
import sys
import time
import unicodedata
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pypdf
import pytest
from django.utils import translation

from agreements import reports
from agreements.models import User
from agreements.reports import as_pdf, faces, paper, portfolio, typesetter
from agreements.reports.document import (
    Bar,
    Bars,
    Cell,
    Columns,
    Document,
    Figure,
    Figures,
    Funnel,
    Heading,
    Lane,
    Paragraph,
    Part,
    Point,
    Points,
    Span,
    Stamp,
    Step,
    Steps,
    Table,
    Timeline,
)  # fmt: skip

KAZAKH = "ӘәҒғҚқҢңӨөҰұҮүҺһІі"


def read(document: Document, language: str = "en") -> pypdf.PdfReader:
    """Set a document and read it back."""
    with translation.override(language):
        return pypdf.PdfReader(io.BytesIO(as_pdf.render(document, language)))


def words(reader: pypdf.PdfReader) -> str:
    """What stands on the pages, on one line, without the marks that no reader sees."""
    text = " ".join(page.extract_text() for page in reader.pages)
    return " ".join("".join(letter for letter in text if letter not in "\u200b\u2060\u2068\u2069").split())


def tags(node: Any) -> list[tuple[str, str]]:
    """The structure of a document: names of the elements with their alternative texts, in the order of reading."""
    node = node.get_object()
    if isinstance(node, list):
        return [tag for one in node for tag in tags(one)]
    if not isinstance(node, dict) or "/S" not in node:
        return []
    return [(node["/S"], str(node.get("/Alt", ""))), *(tags(node["/K"]) if "/K" in node else [])]


def structure(reader: pypdf.PdfReader) -> list[tuple[str, str]]:
    return tags(reader.trailer["/Root"]["/StructTreeRoot"]["/K"])


def document(*blocks: Any, title: str = "Title", wide: bool = False) -> Document:
    stamps = [Stamp("As of", "28\u00a0December\u00a02024"), Stamp("Prepared by", "Treaty department")]
    return Document(title, "Subtitle", "Restricted", stamps, blocks, wide=wide)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "page"), [("en", "Page 1 of {}"), ("ru", "Страница 1 из {}"), ("kk", "1-бет, барлығы {}")]
)
def test_the_portfolio_is_tagged_and_says_what_the_other_formats_say(sample: Any, language: str, page: str) -> None:
    with translation.override(language):
        known_at = datetime(2100, 1, 1, 12, tzinfo=ZoneInfo("Asia/Almaty"))
        content = portfolio.build(User.objects.service("report"), as_of=date(2024, 12, 28), known_at=known_at)
        arranged = portfolio.arrange(content)
        made = reports.render("portfolio", content, "pdf")
        assert made == reports.render("portfolio", content, "pdf")  # the same content, the same bytes
    reader = pypdf.PdfReader(io.BytesIO(made))
    root = reader.trailer["/Root"]

    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.xmp_metadata.rdf_root.toxml().count("pdfuaid:part") > 0
    assert reader.metadata.title == f"{arranged.title} – {arranged.subtitle}"
    assert reader.metadata.author == content.author
    assert reader.metadata.creation_date == known_at
    assert [entry.title for entry in reader.outline] == [table.heading for table in arranged.tables]
    for sheet in reader.pages:
        assert arranged.marking.upper() in sheet.extract_text()
    text = words(reader)
    assert page.format(len(reader.pages)) in text
    found = structure(reader)
    told = "".join([text, *(alt for _name, alt in found)])  # what is drawn only is told by the picture's text
    for table in arranged.tables:
        for cell in (cell for row in table.rows for cell in row):
            assert "".join(cell.text.split()) in "".join(told.split())
    assert [name for name, _alt in found].count("/Table") == len(arranged.tables)
    assert all(alt for name, alt in found if name == "/Figure")


@pytest.mark.django_db
def test_every_report_is_set_in_every_language(sample: Any) -> None:
    user, day = User.objects.service("report"), date(2024, 12, 28)
    told = {"agreement": sample["PEP-4K7Z"]}
    for name, report in reports.REPORTS.items():
        asked = told if name in ("agreement", "participation") else {}
        for language in ("en", "ru", "kk"):
            with translation.override(language):
                arranged = report.arrange(report.build(user, as_of=day, **asked))
            reader = read(arranged, language)
            pages = [page.extract_text() for page in reader.pages]

            assert reader.trailer["/Root"]["/Lang"] == language
            assert all(arranged.marking.upper() in page for page in pages), (name, language)
            assert not any(faces.MISSING in page for page in pages), (name, language)
            assert all(alt for tag, alt in structure(reader) if tag == "/Figure"), (name, language)
            assert arranged.title in words(reader)


def test_every_letter_of_kazakh_is_in_the_fonts_and_the_fonts_are_in_the_file() -> None:
    reader = read(document(Paragraph(KAZAKH), Paragraph("", alert=KAZAKH), title=KAZAKH), "kk")

    assert words(reader).count(KAZAKH) == 3
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    assert {font["/BaseFont"].split("+")[1] for font in fonts} == {"NotoSans-Regular", "NotoSans-Bold"}
    for font in fonts:
        assert "/FontFile2" in font["/DescendantFonts"][0]["/FontDescriptor"]


HOSTILE = [
    "#let x = 1; #panic() #sys.inputs",
    "$ x^2 $ *bold* _it_ `raw` [x] {y} <label> @ref = Heading",
    "\\ \\u{41} // not a comment /* nor this */",
    '"quoted" \' ~ -- --- ... #"',
    "=cmd()",
    "<script>alert(1)</script>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_typst_could_take_for_its_own_stays_text(text: str) -> None:
    table = Table("", [text], [[Cell(text, notes=[text])]], note=text)
    reader = read(document(Heading(text), Paragraph(text, alert=text), Points("", [Point(text, text)]), table))

    assert words(reader).count(text) == 9  # the heading among them, the table's head and its note


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b\x07c\x1bd\x9f\ufeffe", "abcde"),
        ("one\r\ntwo\tthree\u2028four", "one two three four"),
        ("\ud800x", "x"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("中 😀 \ue000 \u0378", "\ufffd \ufffd \ufffd \ufffd"),
        ("x\u064b", "x\ufffd"),
    ],
)
def test_what_cannot_be_shown_is_left_out_or_has_a_sign_in_its_place(text: str, shown: str) -> None:
    assert paper.clean(text).split() == shown.split()
    assert shown in words(read(document(Paragraph(text), title=text)))


def test_no_text_whatever_makes_the_file_fail() -> None:
    """Letters with any marks on them, in any order: each is drawn by a font that has all of it, or is replaced."""
    chance = random.Random(7)
    letters = sorted({letter for face in faces.faces().values() for letter in face.widths})
    marks = [letter for letter in letters if unicodedata.category(letter).startswith("M")] + list("\u200c\u200d\ufe0f")
    texts = ["".join(map(chr, range(first, first + 500))) for first in range(0, 0x3000, 500)]
    for _text in range(200):
        words = (chance.choice(letters) + "".join(chance.choices(marks, k=chance.randrange(4))) for _word in range(40))
        texts.append("".join(words))

    assert len(read(document(*map(Paragraph, texts))).pages) > 4


def test_right_to_left_does_not_turn_what_stands_beside_it() -> None:
    assert paper.clean("مرحبا (1)") == "\u2068مرحبا (1)\u2069"
    assert "Call" in words(read(document(Points("", [Point("Call", "مرحبا: 123!"), Point("", "שלום")]))))


def test_words_without_end_and_titles_without_end_stay_on_the_page() -> None:
    long, title = "A" * 900, "Agreement on agreements " * 60
    rows = [[Cell(long), Cell("x" * 50, notes=["y" * 80])] + [Cell("word " * 30)] * 5] * 3
    table = Table("Table", [f"Column {number}" for number in range(7)], rows)
    reader = read(document(Paragraph(long), table, title=title))

    assert words(reader).replace(" ", "").count(long) == 4
    for page in reader.pages:

        def within(text: str, moved: Any, matrix: Any, font: Any, size: float, page: Any = page) -> None:
            if text.strip():
                left = moved[4] + matrix[4]
                bold = "Bold" in font["/BaseFont"]
                assert left > 45
                assert (
                    left + faces.width(text.strip(), size, bold=bold) < page.mediabox.width - 30
                )  # titles are set tighter

        page.extract_text(visitor_text=within)


def test_a_long_table_repeats_its_head_and_breaks_no_row() -> None:
    rows = [[Cell(f"row {number}", notes=[f"note {number}"]), Cell("text " * 40)] for number in range(120)]
    reader = read(document(Table("Table", ["First head", "Second head"], rows), wide=True))

    assert len(reader.pages) > 5
    for page in reader.pages:
        text = page.extract_text()
        assert "First head" in text
        assert text.count("row ") == text.count("note ")
    assert [name for name, _alt in structure(reader)].count("/TH") == 2


def test_a_row_higher_than_a_page_breaks_and_loses_nothing() -> None:
    text = " ".join(f"word{number}" for number in range(900))
    reader = read(document(Table("", ["First", "Second"], [[Cell("before"), Cell("x")], [Cell("high"), Cell(text)]])))

    assert len(reader.pages) > 1
    assert "word0 " in words(reader)
    assert all(f"word{number}" in words(reader) for number in (300, 600, 899))


def test_the_steps_have_a_text() -> None:
    cell = Cell("Signed", stage="signed", group="concluded", steps=Steps(6, 8, "concluded"))
    reader = read(document(Table("", ["Stage"], [[cell]])))

    assert ("/Figure", "stage 6 of 8 of its procedure") in structure(reader)


def test_headings_skip_no_level_whatever_the_report_asks_for() -> None:
    reader = read(document(Heading("a", 4), Heading("b", 2), Heading("c", 5), Table("d", ["x"], [[Cell("y")]])))

    assert [name for name, _alt in structure(reader) if name[:2] in ("/H", "/T") and name[2:].isdigit()] == [
        "/H1",
        "/H1",
        "/H2",
        "/H1",
    ]


def test_another_language_is_told() -> None:
    reader = read(document(Table("", ["Договор"], [[Cell("Visa agreement", "en")]])), "ru")

    assert "Visa agreement EN" in words(reader)
    assert "en" in {str(node.get("/Lang")) for node in spans(reader.trailer["/Root"]["/StructTreeRoot"]["/K"])}


def spans(node: Any) -> list[Any]:
    """All elements of the structure."""
    node = node.get_object()
    if isinstance(node, list):
        return [found for one in node for found in spans(one)]
    if not isinstance(node, dict):
        return []
    return [node, *(spans(node["/K"]) if "/K" in node else [])]


# ---- pictures ----
def drawn() -> Document:
    """A document with a picture of each kind."""
    day = date
    timeline = Timeline(
        "Timeline",
        day(2010, 1, 1),
        day(2020, 12, 31),
        [
            Lane(
                "Agreement", [Span(day(2011, 1, 1), day(2015, 6, 1), "Negotiating", "2011 – 2015", "preparing")], "en"
            ),
            Lane("Other", [Span(day(2012, 1, 1), day(2012, 12, 31), "Perhaps", "2012", "ended", certain=False)]),
        ],
        now=day(2020, 6, 1),
    )
    bars = Bars(
        "Trade", "billion USD", [Bar("2024", "41.2", [Part("exports", Decimal("32.6")), Part("x", Decimal(0))])]
    )
    return document(
        Columns(
            [[Funnel("Funnel", [Step("Signed", 3, "signed", "concluded")])], [Figures("Key", [Figure("> 3", "y")])]]
        ),
        bars,
        timeline,
    )


def test_pictures_have_words_and_tables_have_heads() -> None:
    reader = read(drawn(), "ru")
    found = structure(reader)

    assert [alt for name, alt in found if name == "/Figure"] == [
        "exports 32,6; x 0",
        "Negotiating (2011 – 2015)",
        "Perhaps (2012)",
    ]
    assert [name for name, _alt in found].count("/Table") == 2  # the funnel and the timeline
    text = words(reader)
    for said in ("Funnel", "Signed", "Key", "> 3", "billion USD", "2024 41.2", "exports 32,6", "Agreement EN", "Other"):
        assert said in text
    for said in ("Подготовка", "точно не известно", "1 июня 2020 года"):  # what the colours and the line mean
        assert said in text


def test_a_timeline_without_lanes_says_why() -> None:
    empty = Timeline("Timeline", date(2020, 1, 1), date(2020, 1, 2), [], empty="Nothing to draw.")

    assert "Timeline Nothing to draw." in words(read(document(empty)))


# ---- setting ----
def set_alone(documents: list[dict[str, Any]]) -> "subprocess.CompletedProcess[bytes]":
    """Set what the template takes, as `as_pdf` has it done."""
    asked = json.dumps({"documents": documents, "ppi": 0}).encode()
    return subprocess.run([sys.executable, "-I", typesetter.__file__], input=asked, capture_output=True, check=False)


def memory_to_set(documents: list[dict[str, Any]]) -> float:
    """Return the megabytes that setting takes at most; asked of a small process, whose peak a child inherits."""
    measure = (
        "import resource, subprocess, sys; "
        "subprocess.run([sys.executable, '-I', sys.argv[1]], stdin=sys.stdin, stdout=subprocess.DEVNULL, check=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    asked = json.dumps({"documents": documents, "ppi": 0}).encode()
    command = [sys.executable, "-I", "-c", measure, typesetter.__file__]
    done = subprocess.run(command, input=asked, capture_output=True, check=True)
    return int(done.stdout) / 1024


def test_a_page_that_runs_over_a_little_is_set_tighter() -> None:
    for count in range(42, 60):
        text = document(*[Paragraph("A line.")] * count)
        plain = set_alone([paper.Paper(text, "en").data()]).stdout
        if len(pypdf.PdfReader(io.BytesIO(plain)).pages) == 2:
            break

    assert len(read(text).pages) == 1
    assert len(read(replace(text, blocks=[Paragraph("A line.")] * 2 * count)).pages) == 2


def test_what_cannot_be_set_says_why() -> None:
    done = set_alone([{}])

    assert done.returncode == 1
    assert done.stdout == b""
    assert b"report.typ" in done.stderr


@pytest.mark.soak
@pytest.mark.django_db
def test_a_thousand_agreements_are_set_in_three_seconds_and_200_megabytes(sample: Any) -> None:
    content = portfolio.build(User.objects.service("report"), as_of=date(2024, 12, 28))
    many = [
        replace(facts, reference=f"{facts.reference}-{copy}") for copy in range(125) for facts in content.agreements
    ]
    start = time.perf_counter()
    arranged = portfolio.arrange(replace(content, agreements=many))
    made = as_pdf.render(arranged, "en")
    seconds = time.perf_counter() - start
    megabytes = memory_to_set([paper.Paper(arranged, "en").data()])

    assert len(pypdf.PdfReader(io.BytesIO(made)).pages) > 100
    assert (seconds < 3, megabytes < 200) == (True, True), (seconds, megabytes)
