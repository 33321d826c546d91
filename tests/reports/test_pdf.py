"""Reports as PDF: tagged, in a language, with their fonts, marked on every page; whatever is said stays text."""

import io
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pypdf
import pytest
from django.utils import translation

from agreements import reports
from agreements.models import User
from agreements.reports import as_pdf, faces, paper
from agreements.reports.document import Cell, Document, Heading, Paragraph, Point, Points, Stamp, Steps, Table

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
        content = reports.portfolio.build(User.objects.service("report"), as_of=date(2024, 12, 28), known_at=known_at)
        arranged = reports.portfolio.arrange(content)
        made = reports.render("portfolio", content, "pdf")
        assert made == reports.render("portfolio", content, "pdf")  # the same content, the same bytes
    reader = pypdf.PdfReader(io.BytesIO(made))
    root = reader.trailer["/Root"]

    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.xmp_metadata.rdf_root.toxml().count("pdfuaid:part") > 0
    assert reader.metadata.title == f"{arranged.title} – {arranged.subtitle}"
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
        ("one\r\ntwo\tthree\u2028four\x85five", "one two three four five"),
        ("\ud800x", "x"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("中 😀 \ue000 \u0378", "\ufffd \ufffd"),
        ("x\u064b", "x\ufffd"),
    ],
)
def test_what_cannot_be_shown_is_left_out_or_has_a_sign_in_its_place(text: str, shown: str) -> None:
    assert paper.clean(text).split() == shown.split()
    assert shown in words(read(document(Paragraph(text), title=text)))


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
