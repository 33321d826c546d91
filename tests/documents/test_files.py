"""What a file may be called and hold: every refusal in its own words, and nothing left behind."""

import io
import struct
import zipfile

import pytest

from agreements.documents import files
from agreements.guards import Refused
from agreements.models import Document, DocumentVersion, Entry
from tests.documents.conftest import EML, JPG, PDF, PNG, RTF, TIF, day, docx, encrypted, odt, on_disk, spoilt, zipped

XLSX = zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"})
PPTX = zipped({"[Content_Types].xml": "<Types/>", "ppt/presentation.xml": "<p/>"})
ODS = zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"})
GOOD = {
    "a.pdf": PDF, "a.docx": docx("Article 1"), "a.xlsx": XLSX, "a.pptx": PPTX, "a.odt": odt("Article 1"), "a.ods": ODS,
    "a.rtf": RTF, "a.txt": "Статья 1".encode(), "b.txt": "Статья 1".encode("cp1251"),
    "c.txt": "Article 1".encode("utf-16"), "a.xml": b"<?xml version='1.0'?><a/>", "a.eml": EML, "a.jpg": JPG,
    "a.jpeg": JPG, "a.png": PNG, "a.tif": TIF, "a.tiff": TIF, "A.PDF": PDF,
}  # fmt: skip
KNOWN = "pdf, docx, xlsx, pptx, odt, ods, rtf, txt, xml, eml, jpg, png, tif"


PACKED_ODT = zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"})


def not_what(name: str, extension: str) -> str:
    return f"“{name}” does not hold what its extension says ({extension}). Save it anew in that format."


def not_kept(name: str) -> str:
    return f"“{name}” is of a kind that is not kept. Kept are: {KNOWN}."


def grows(name: str) -> str:
    return f"“{name}” would grow out of all proportion when opened; it is not taken."


def lying(size: int) -> bytes:
    """Return a Word document that states a size for one of its parts that it does not have."""
    made = bytearray(docx("Article 1"))
    place = made.rindex(b"PK\x01\x02")
    struct.pack_into("<I", made, place + 24, size)
    return bytes(made)


# Large ones are made when their test runs, not whenever tests are collected.
def bomb() -> bytes:
    """Return a Word document of which one part unpacks to 40 MB of nothing."""
    return zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": b"\0" * (40 * 1024 * 1024)})


def many_parts() -> bytes:
    """Return a Word document with more parts than are taken."""
    return zipped({"[Content_Types].xml": "", "word/document.xml": ""} | {f"{n}": b"" for n in range(files.ENTRIES)})


def long_directory() -> bytes:
    """Return a Word document with a list of its parts that is longer than is taken."""
    return zipped({"[Content_Types].xml": "", "word/document.xml": ""} | {f"{n:0500}": b"" for n in range(8000)})


REFUSED = [
    ("a.pdf", b"", ["“a.pdf” is empty."]),
    ("a.html", b"<p>Text</p>", [not_kept("a.html")]),
    ("a.exe", b"", [not_kept("a.exe"), "“a.exe” is empty."]),
    ("text", PDF, [not_kept("text")]),
    ("", PDF, [not_kept("…")]),
    ("a.doc", b"\xd0\xcf\x11\xe0", [not_kept("a.doc")]),
    ("a\u202efdp.exe", PDF, [not_kept("afdp.exe")]),
    ("a.pdf", PNG, [not_what("a.pdf", "pdf")]),
    ("a.pdf", b"x" * 2000 + PDF, [not_what("a.pdf", "pdf")]),
    ("a.png", JPG, [not_what("a.png", "png")]),
    ("a.jpg", PNG, [not_what("a.jpg", "jpg")]),
    ("a.tif", PNG, [not_what("a.tif", "tif")]),
    ("a.rtf", b"Text", [not_what("a.rtf", "rtf")]),
    ("a.txt", b"MZ\x90\x00\x03", [not_what("a.txt", "txt")]),
    ("a.xml", b"Text", [not_what("a.xml", "xml")]),
    ("a.eml", b"Dear colleague,\n", [not_what("a.eml", "eml")]),
    ("a.docx", PDF, [not_what("a.docx", "docx")]),
    ("a.docx", XLSX, [not_what("a.docx", "docx")]),
    ("a.docx", zipped({"word/document.xml": "x"}), [not_what("a.docx", "docx")]),
    ("a.docx", docx("Article 1")[:-30], [not_what("a.docx", "docx")]),
    ("a.odt", ODS, [not_what("a.odt", "odt")]),
    ("a.odt", zipped({"content.xml": "x"}), [not_what("a.odt", "odt")]),
    ("a.docx", bomb, [grows("a.docx")]),
    ("a.docx", lying(0xF0000000), [grows("a.docx")]),
    ("a.docx", many_parts, [grows("a.docx")]),
    ("a.docx", long_directory, [grows("a.docx")]),
    (
        "a.docx",
        docx("Article 1", **{"word/vbaProject.bin": b"x"}),
        ["“a.docx” holds macros, that is programs. Save it without them."],
    ),
]  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_what_a_ministry_keeps_is_kept(keep, name):
    version = keep(name=name, content=GOOD[name])

    assert version.name == name
    assert version.media_type == files.MEDIA_TYPES[name.rpartition(".")[2].lower()]


@pytest.mark.parametrize(("name", "content", "sentences"), REFUSED)
def test_what_is_refused_is_refused_in_words_and_leaves_nothing(keep, agreement, folder, name, content, sentences):
    with pytest.raises(Refused) as refusal:
        keep(name=name, content=content() if callable(content) else content)

    assert [str(reason) for reason in refusal.value.reasons] == sentences
    assert {reason.asked for reason in refusal.value.reasons} == {"file"}
    assert on_disk(folder) == []
    assert (Document.objects.count(), DocumentVersion.objects.count(), Entry.objects.of(agreement).count()) == (0, 0, 1)


def test_what_is_too_large_is_refused(keep, settings, folder):
    settings.DOCUMENT_MAX_MB = 1
    content = PDF + b" " * (1024 * 1024 - len(PDF))

    assert keep(content=content).size == 1024 * 1024
    with pytest.raises(Refused) as refusal:
        keep(content=content + b" ")
    assert str(refusal.value) == "“text.pdf” is larger than 1 MB, the most that is taken."
    assert len(on_disk(folder)) == 1


def test_everything_that_stands_against_it_is_told_at_once(keep, folder):
    with pytest.raises(Refused) as refusal:
        keep(
            "novel", b"", "a.exe", level="hidden", language="xx", authenticity="sure", received_from="x" * 201,
            title={"en": "x" * 301, "ru": "a\x00b"}, text_number=2, on=day(2999), evidence="y" * 301,
        )  # fmt: skip

    assert [(reason.code, reason.asked) for reason in refusal.value.reasons] == [
        ("document-unknown", "document"),
        ("value-unknown", "level"),
        ("value-unknown", "authenticity"),
        ("language-unknown", "language"),
        ("too-long", "received_from"),
        ("too-long", "title_en"),
        ("not-text", "title_ru"),
        ("text-unknown", "text"),
        ("too-long", "evidence"),
        ("future-date", "on"),
        ("file-kind", "file"),
        ("file-empty", "file"),
    ]
    assert "“xx” is not a code of ISO 639-1, such as en, ru or kk." in str(refusal.value)
    assert on_disk(folder) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Договор.pdf", "Договор.pdf"),
        ("C:\\Documents\\Договор.pdf", "Договор.pdf"),
        ("../../etc/a.pdf", "a.pdf"),
        ("a\r\nX-Header: b.pdf", "aX-Header_ b.pdf"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("\u200ea\u200b.pdf", "a.pdf"),
        ('a<b>:"c|d?e*.pdf', "a_b___c_d_e_.pdf"),
        (" . a.pdf . ", "a.pdf"),
        ("и\u0306.pdf", "й.pdf"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
        ("a." + "x" * 300, "a." + "x" * 149),
        ("..", ""),
    ],
)
def test_names_are_cleaned(given, kept):
    name = files.clean(given)

    assert name.text == kept
    assert len(name.text) <= files.NAME_LENGTH + 1


def test_a_part_that_was_encrypted_or_cut_is_no_document():
    made = bytearray(docx("Article 1"))
    made[:60] = b"\0" * 60
    assert [str(reason) for reason in files.objections(io.BytesIO(made), files.clean("a.odt"), len(made))] == [
        not_what("a.odt", "odt")
    ]
    assert zipfile.is_zipfile(io.BytesIO(made))


@pytest.mark.parametrize(
    "content", [spoilt(PACKED_ODT, "mimetype"), encrypted(PACKED_ODT)], ids=["spoilt", "encrypted"]
)
def test_a_document_that_cannot_be_unpacked_is_refused(content):
    assert [str(reason) for reason in files.objections(io.BytesIO(content), files.clean("a.odt"), len(content))] == [
        not_what("a.odt", "odt")
    ]
