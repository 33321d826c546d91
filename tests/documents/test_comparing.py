"""Reading the text of files, also of those that were made to do harm, and saying how texts differ."""

import pytest

from agreements.documents import comparing
from agreements.documents.comparing import NoText, Passage, Piece
from tests.documents.conftest import PDF, W, docx, encrypted, odt, spoilt, zipped

BILLION = (
    '<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>'
)


def test_the_paragraphs_of_every_format_are_read(keep):
    expected = ["Статья 1", "Two words"]
    made = {
        "a.docx": docx("Статья 1", "", "Two  words"),
        "a.odt": odt("Статья 1", "Two words"),
        "a.txt": "\ufeffСтатья 1\r\n\r\nTwo words\r\n".encode(),
        "b.txt": "Статья 1\nTwo words".encode("cp1251"),
        "c.txt": "Статья 1\nTwo words".encode("utf-16"),
    }
    assert {name: comparing.paragraphs(keep(name=name, content=content)) for name, content in made.items()} == (
        dict.fromkeys(made, expected)
    )


def test_breaks_part_words_and_deleted_text_is_left_out(keep):
    body = (
        f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>One</w:t><w:tab/><w:t>two</w:t><w:br/><w:t>three</w:t>'
        "<w:delText>gone</w:delText></w:r></w:p></w:body></w:document>"
    )
    version = keep(name="a.docx", content=zipped({"[Content_Types].xml": "", "word/document.xml": body}))
    assert comparing.paragraphs(version) == ["One two three"]


@pytest.mark.parametrize("body", [BILLION, "<w:document", "\0", ""], ids=["entities", "cut", "no XML", "nothing"])
def test_what_cannot_be_read_is_told(keep, body):
    version = keep(name="a.docx", content=zipped({"[Content_Types].xml": "", "word/document.xml": body}))
    with pytest.raises(NoText, match=r"The text of “a.docx” cannot be read."):
        comparing.paragraphs(version)


@pytest.mark.parametrize("content", [spoilt(docx("Article 1"), "word/document.xml"), encrypted(docx("Article 1"))],
                         ids=["spoilt", "encrypted"])  # fmt: skip
def test_what_cannot_be_unpacked_is_told(keep, content):
    version = keep(name="a.docx", content=content)
    with pytest.raises(NoText, match=r"The text of “a.docx” cannot be read."):
        comparing.paragraphs(version)


def test_what_is_too_long_is_told(keep):
    with pytest.raises(NoText, match="too long to be compared"):
        comparing.paragraphs(keep(name="a.txt", content=b"x\n" * (comparing.PARAGRAPHS + 1)))


def test_formats_without_text_are_told(keep):
    with pytest.raises(NoText, match="has no text that can be compared"):
        comparing.paragraphs(keep(content=PDF))


# ---- differences ----
def test_the_same_is_the_same():
    found = comparing.compare(["One", "Two"], ["One", "Two"])
    assert found.same
    assert found.passages == [Passage(skipped=2)]


def test_words_within_a_paragraph_and_whole_paragraphs_differ():
    found = comparing.compare(["The Parties agree to open routes.", "Gone"], ["The Parties agree to close routes."])
    assert (found.gone, found.new) == (2, 1)
    assert found.passages == [
        Passage([Piece("gone", "The Parties agree to open routes.")]),
        Passage([Piece("gone", "Gone")]),
        Passage([Piece("new", "The Parties agree to close routes.")]),
    ]
    (passage,) = comparing.compare(
        ["The Parties agree to open routes."], ["The Parties agree to close routes."]
    ).passages
    assert passage.pieces == [
        Piece("same", "The Parties agree to "), Piece("gone", "open"), Piece("new", "close"), Piece("same", " routes."),
    ]  # fmt: skip


def test_another_paragraph_is_no_change_of_words():
    (passage,) = comparing.compare(["Article 1"], ["Депозитарий уведомляет Стороны"]).passages
    assert [piece.kind for piece in passage.pieces] == ["gone", "new"]


@pytest.mark.parametrize("count", [0, 1, 5, 6, 40])
def test_nothing_is_lost(count):
    same = [f"Article {number}" for number in range(count)]
    before, after = ["Old", *same, "End"], ["New", *same, "Other"]
    passages = comparing.compare(before, after).passages
    told = sum(passage.skipped or 1 for passage in passages)

    assert told == count + 2
    assert any(passage.skipped for passage in passages) == (count > 2 * comparing.AROUND + 1)
