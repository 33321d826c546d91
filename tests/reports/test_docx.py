"""Reports as DOCX: real styles, a language for every word, nothing of the template, whatever is said stays text."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import docx
import pytest
from django.utils import translation

from agreements.reports import as_docx
from agreements.reports.document import Cell, Document, Table
from tests.reports.everything import HOSTILE, UNFIT, every_kind, texts_of

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def made(document: Document, language: str = "en") -> bytes:
    with translation.override(language):
        return as_docx.render(document, language)


def read(document: Document, language: str = "en") -> Any:
    """Write a document and open it again."""
    return docx.Document(io.BytesIO(made(document, language)))


def told(node: Any) -> str:
    """What stands in an element."""
    return "".join(text.text or "" for text in node.iter(f"{W}t"))


def words(opened: Any) -> str:
    """What stands in the file, without its head and foot, a line for each paragraph."""
    return "\n".join(map(told, opened.element.body.iter(f"{W}p")))


def parts(file: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        return {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_every_text_of_a_document_is_in_the_file(language: str) -> None:
    document = every_kind()
    with translation.override(language):
        said, texts = words(read(document, language)), texts_of(document)

    assert len(texts) > 60
    assert [text for text in texts if text not in said] == []


def test_the_look_hangs_on_styles_and_nothing_is_laid_out_by_empty_lines() -> None:
    opened = read(every_kind())

    styles = [(paragraph.style.name, paragraph.text) for paragraph in opened.paragraphs]
    assert styles[:3] == [
        ("Title", "Title"), ("Subtitle", "Subtitle"), ("Stamp", "As of: 28\u00a0December\u00a02024"),
    ]  # fmt: skip
    assert {name for name, _text in styles} == {
        "Title", "Subtitle", "Stamp", "Marking", "Lead", "Heading 1", "Heading 2", "List Number", "List Bullet",
        "List Continue", "Fact", "Fact Label", "Note",
    }  # fmt: skip
    assert [text for _name, text in styles if not text.strip()] == []
    assert [text for name, text in styles if name == "Heading 2"] == ["Empty"]
    assert {table.style.name for table in opened.tables} == {"Report Table"}


def test_numbered_lists_begin_anew() -> None:
    opened = read(every_kind())
    numbers = [
        paragraph._p.pPr.numPr.numId.val for paragraph in opened.paragraphs if paragraph.style.name == "List Number"
    ]

    assert numbers == [3, 3, 4]
    starts = opened.part.numbering_part.element.findall(f".//{W}startOverride")
    assert [start.get(f"{W}val") for start in starts] == ["1", "1"]


def test_heads_of_tables_repeat_and_rows_stay_whole() -> None:
    table = Table("Table", ["a", "b"], [[Cell("x"), Cell("y")], [Cell("x" * 2000), Cell("y")]])
    opened = read(replace(every_kind(), blocks=[table]))

    rows = opened.tables[0].rows
    flags = [[child.tag.removeprefix(W) for child in row._tr.trPr] if row._tr.trPr is not None else [] for row in rows]
    assert flags == [["cantSplit", "tblHeader"], ["cantSplit"], []]
    properties = opened.tables[0]._tbl.tblPr
    assert properties.find(f"{W}tblCaption").get(f"{W}val") == "Table"
    assert properties.find(f"{W}tblLook").get(f"{W}firstRow") == "1"


@pytest.mark.parametrize(("language", "locale"), [("en", "en-GB"), ("ru", "ru-RU"), ("kk", "kk-KZ")])
def test_the_file_and_words_of_another_language_name_their_language(language: str, locale: str) -> None:
    opened = read(every_kind(), language)

    defaults = opened.styles.element.find(f"{W}docDefaults").find(f".//{W}lang")
    assert defaults.get(f"{W}val") == opened.core_properties.language == locale
    named = {
        run.find(f"{W}rPr/{W}lang").get(f"{W}val"): told(run)
        for run in opened.element.body.iter(f"{W}r")
        if run.find(f"{W}rPr/{W}lang") is not None
    }
    expected = {"en": "Horizontal Aviation Agreement", "ru": "Pictures"}
    assert named == {{"en": "en-GB", "ru": "ru-RU"}[code]: text for code, text in expected.items() if code != language}


def test_every_page_bears_title_marking_stamps_and_number() -> None:
    section = read(every_kind(), "kk").sections[0]

    assert [part.text for part in section.header.paragraphs] == ["Title – Subtitle\tRestricted"]
    foot = section.footer.paragraphs[0]._p
    assert told(foot) == ("As of: 28\u00a0December\u00a02024 · Prepared by: Treaty department1-бет, барлығы 1")
    assert [field.get(f"{W}instr").strip() for field in foot.iter(f"{W}fldSimple")] == ["PAGE", "NUMPAGES"]
    assert not section.different_first_page_header_footer


@pytest.mark.parametrize(("wide", "size"), [(False, (210, 297)), (True, (297, 210))])
def test_the_page_is_a4(wide: bool, size: tuple[int, int]) -> None:
    section = read(every_kind(wide=wide)).sections[0]

    assert (round(section.page_width.mm), round(section.page_height.mm)) == size
    assert ("landscape" in str(section.orientation).lower()) == wide


def test_many_columns_turn_the_page() -> None:
    table = Table("Table", list("abcdefg"), [[Cell("x")] * 7])

    assert read(replace(every_kind(), blocks=[table])).sections[0].page_width.mm > 290


def test_the_file_says_of_itself_what_is_true_and_nothing_of_the_template() -> None:
    document = replace(every_kind(), author="Treaty department", known_at=datetime(2024, 12, 28, 9, 30, tzinfo=UTC))
    file = made(document)
    said = docx.Document(io.BytesIO(file)).core_properties

    assert (said.title, said.subject, said.author, said.keywords, said.comments) == (
        "Title", "Subtitle", "Treaty department", "Restricted", "",
    )  # fmt: skip
    assert said.created == said.modified == datetime(2024, 12, 28, 9, 30, tzinfo=UTC)
    found = parts(file)
    assert not {"docProps/app.xml", "docProps/thumbnail.jpeg", "customXml/item1.xml", "word/theme/theme1.xml"} & set(
        found
    )
    assert not re.search("python-docx|Macintosh|Cambria|Calibri|ＭＳ|en-US|ja-JP", "".join(found.values()))
    assert 'w:ascii="Noto Sans"' in found["word/styles.xml"]
    assert 'w:compatSetting w:name="compatibilityMode"' in found["word/settings.xml"]


def test_equal_content_gives_equal_bytes() -> None:
    assert made(every_kind()) == made(every_kind())


def test_pictures_have_words() -> None:
    opened = read(every_kind())

    drawn = [node.get("descr") for node in opened.element.body.iter("{*}docPr")]
    assert drawn == ["stage 4 of 8 of its procedure", "stage 8 of 8 of its procedure", "Initialled: 1"]


def test_what_must_be_seen_is_told_by_a_sign_too() -> None:
    opened = read(every_kind())
    alerts = [run.text for paragraph in opened.paragraphs for run in paragraph.runs if run.style.name == "Alert"]

    assert alerts == ["One is late.", "! The clause as it is computed", "Entry into force:", "30 days after"]
    assert opened.tables[0].cell(1, 3).text == "! 1,763"


@pytest.mark.parametrize("text", HOSTILE)
def test_what_programs_could_take_for_their_own_stays_text(text: str) -> None:
    document = every_kind(text)
    file = made(document)
    opened = docx.Document(io.BytesIO(file))

    assert words(opened).count(text) == texts_of(document).count(text) > 30
    fields = [node for node in opened.element.body.iter() if "fld" in node.tag or node.tag.endswith("instrText")]
    assert fields == []
    links = {rel.reltype.rsplit("/", 1)[-1] for rel in opened.part.rels.values() if rel.is_external}
    assert links == set()
    assert len(opened.core_properties.title) <= 255


@pytest.mark.parametrize(("text", "left"), UNFIT)
def test_what_no_file_can_hold_is_left_out(text: str, left: str) -> None:
    said = words(read(every_kind(text)))

    assert left in said
    assert text not in said
