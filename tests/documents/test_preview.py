"""What of a file is shown without saving it: in which form, under which headers, to whom."""

import pytest
from django.urls import reverse

from agreements import lifecycle
from agreements.documents.storage import files
from tests.conftest import signed_in
from tests.documents.conftest import EML, JPG, PDF, PNG, RTF, TIF, docx, odt, zipped
from tests.pages.conftest import queries, words


def preview(version):
    return reverse("document-preview", args=[version.pk])


def shown(version):
    return reverse("document-shown", args=[version.pk])


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [("a.pdf", PDF, "application/pdf"), ("a.PNG", PNG, "image/png"), ("a.jpeg", JPG, "image/jpeg")],
)
def test_what_a_browser_shows_by_itself_is_handed_out_to_this_site_alone(keep, at_officer, name, content, media_type):
    version = keep(content=content, name=name)
    response = at_officer.get(shown(version))

    assert b"".join(response.streaming_content) == content
    assert response["Content-Type"] == media_type
    assert response["Content-Disposition"] == f'inline; filename="{name}"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert ("sandbox" in response["Content-Security-Policy"]) == (media_type != "application/pdf")
    assert response["X-Frame-Options"] == ("SAMEORIGIN" if media_type == "application/pdf" else "DENY")


def test_the_policy_of_a_pdf_lets_no_other_site_frame_it(keep, at_officer):
    policy = at_officer.get(shown(keep()))["Content-Security-Policy"]

    assert policy == (
        "default-src 'none'; base-uri 'none'; form-action 'none'; object-src 'self'; frame-ancestors 'self'"
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.txt", b"The text."), ("a.docx", docx("The text.")), ("a.xml", b"<a/>"), ("a.eml", EML), ("a.rtf", RTF),
     ("a.tif", TIF), ("a.odt", odt("The text."))],
)  # fmt: skip
def test_everything_else_is_handed_out_to_be_saved_only(keep, at_officer, name, content):
    version = keep(content=content, name=name)

    assert at_officer.get(shown(version)).status_code == 404
    assert at_officer.get(version.get_absolute_url())["Content-Disposition"].startswith("attachment")


def test_a_pdf_and_a_picture_stand_in_the_page(keep, at_officer):
    text, scan = keep(), keep("draft", PNG, "scan.png")
    page, other = at_officer.get(preview(text)), at_officer.get(preview(scan))

    assert f'<iframe class="preview-frame" src="{shown(text)}" title="Signed text, text.pdf">' in page.content.decode()
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert "your browser shows no PDF inside a page: save the file" in words(page)
    assert f'src="{shown(scan)}" alt="Draft: the picture scan.png"' in other.content.decode()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.txt", "Статья 1\nТекст <b>договора</b>.".encode("cp1251"), "Статья 1 Текст &lt;b&gt;договора&lt;/b&gt;."),
        ("a.docx", docx("Article 1", "The text."), "Article 1 The text."),
        ("a.odt", odt("Article 1", "The text."), "Article 1 The text."),
        ("a.xml", b"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a.eml", EML, "Subject: Note"),
    ],
)
def test_a_text_is_told_in_plain_paragraphs(keep, at_officer, name, content, told):
    response = at_officer.get(preview(keep(content=content, name=name)))

    assert told in words(response)
    assert "The text alone, without its layout" in words(response)
    assert "<script>alert" not in response.content.decode()


def test_a_long_text_is_cut_and_says_so(keep, at_officer):
    response = at_officer.get(preview(keep(content="\n".join(["line"] * 1600).encode(), name="a.txt")))

    assert response.content.decode().count("<p>line</p>") == 1500
    assert "Only the beginning of the text is shown." in words(response)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.rtf", RTF), ("a.tif", TIF), ("a.docx", zipped({"[Content_Types].xml": "<T/>", "word/document.xml": "<w"}))],
)
def test_what_cannot_be_shown_can_be_saved(keep, at_officer, name, content):
    version = keep(content=content, name=name)
    response = at_officer.get(preview(version))

    assert f"“{name}” is not shown here. Save the file" in words(response)
    assert f'href="{version.get_absolute_url()}" download' in response.content.decode()


def test_a_file_that_is_gone_is_told(keep, at_officer, folder):
    version = keep(content=b"The text.", name="a.txt")
    (folder / version.stored).unlink()
    picture = keep("draft", PNG, "a.png")
    (folder / picture.stored).unlink()

    assert "missing from the storage" in words(at_officer.get(preview(version)))
    assert at_officer.get(shown(picture)).status_code == 404
    assert files() is not None


def test_a_preview_tells_of_the_file_and_leads_to_other_versions(keep, lawyer, at_officer):
    first = keep(content=b"One.", name="one.txt")
    second = keep(content=b"Two.", name="two.txt", document=first.document)
    lifecycle.void(first.entry, by=lawyer, reason="The wrong file.")
    newer, older = words(at_officer.get(preview(second))), words(at_officer.get(preview(first)))

    assert second.sha256 in newer
    assert "version 1, English one.txt · recorded by mistake" in newer
    assert "Compare with the version before" not in newer
    assert "This file was recorded by mistake and is struck out." in older


def test_versions_are_compared_from_the_preview(keep, at_officer):
    first = keep(content=b"One.", name="one.txt")
    second = keep(content=b"Two.", name="two.txt", document=first.document)

    assert f"documents/compare/?before={first.pk}&amp;after={second.pk}" in (
        at_officer.get(preview(second)).content.decode()
    )


def test_a_document_that_is_too_secret_is_not_there(keep, officer, at_lawyer):
    version = keep(level="secret")

    for address in (preview(version), shown(version)):
        assert signed_in(officer).get(address).status_code == 404
        assert at_lawyer.get(address).status_code == 200


def test_a_preview_takes_a_fixed_number_of_queries(keep, at_officer):
    first = keep(content=b"One.", name="one.txt")
    few = queries(at_officer, preview(first))
    for number in range(3):
        keep(content=f"Next {number}.".encode(), name="next.txt", document=first.document)

    assert queries(at_officer, preview(first)) == few == 4
