"""The pages of documents: the panel, keeping a file with and without JavaScript, the dossier, comparing."""

import hashlib
import io
import json
import re
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agreements import lifecycle, registers
from agreements.choices import EntryKind
from agreements.models import Agreement, DocumentVersion, Entry
from tests.conftest import signed_in
from tests.documents.conftest import PDF, PNG, day, docx, odt, on_disk
from tests.pages.conftest import queries, words


def address(name: str, agreement: Agreement) -> str:
    return reverse(f"agreement-{name}", args=[agreement.reference])


def sent(**given: Any) -> dict[str, Any]:
    """Return what the form sends."""
    return {
        "file": SimpleUploadedFile("Договор.pdf", PDF), "kind": "signed_text", "level": "internal", "on": "2010-05-05",
        "language": "kk", "authenticity": "authentic", "received_from": "European Commission",
    } | given  # fmt: skip


def panel(response: Any) -> str:
    """Return the words of the panel of documents."""
    text = response.content.decode()
    start = text.index('<section class="panel" aria-labelledby="documents">')
    response = type("Part", (), {"content": text[start : text.index("</section>", start)].encode()})
    return words(response)


# ---- keeping a file ----
def test_a_file_is_kept_by_the_form(agreement, at_officer, officer, folder):
    response = at_officer.post(address("upload", agreement), sent(title_ru="Подписанный текст"), follow=True)
    version = DocumentVersion.objects.get()

    assert response.redirect_chain == [(agreement.get_absolute_url(), 302)]
    assert "Done. Kept: Подписанный текст, version 1 (Договор.pdf)." in words(response)
    assert (version.language, version.authenticity, version.uploaded_by) == ("kk", "authentic", officer)
    assert version.entry.kind == EntryKind.DOCUMENT
    assert (folder / version.stored).read_bytes() == PDF


def test_the_script_gets_the_address_to_follow(agreement, at_officer):
    response = at_officer.post(address("upload", agreement), sent(), headers={"Accept": "application/json"})

    assert response.json() == {"address": agreement.get_absolute_url()}
    assert "Kept: Signed text, version 1" in words(at_officer.get(agreement.get_absolute_url()))


def test_the_next_version_asks_only_for_what_is_its_own(agreement, keep, at_officer):
    first = keep(title={"en": "The text"})
    page = f"{address('upload', agreement)}?document={first.document_id}"
    form = at_officer.get(page)

    assert "Keep the next version of “The text”" in words(form)
    assert 'name="kind"' not in form.content.decode()
    assert at_officer.post(page, sent(file=SimpleUploadedFile("a.png", PNG))).status_code == 302
    assert list(DocumentVersion.objects.filter(document=first.document).values_list("number", flat=True)) == [1, 2]


def test_a_refusal_stands_beside_the_field_it_concerns(agreement, at_officer, folder):
    given = sent(file=SimpleUploadedFile("a.exe", b""), on="2999-01-01")
    response = at_officer.post(address("upload", agreement), given)

    assert response.status_code == 409
    assert response.context["form"].errors["file"] == [
        "“a.exe” is of a kind that is not kept. Kept are: pdf, docx, xlsx, pptx, odt, ods, rtf, txt, xml, eml, jpg, "
        "png, tif.",
        "“a.exe” is empty.",
    ]
    assert "still to come" in response.context["form"].errors["on"][0]
    assert on_disk(folder) == []
    missing = at_officer.post(address("upload", agreement), sent(file=""))
    assert (missing.status_code, list(missing.context["form"].errors)) == (422, ["file"])


def test_keeping_takes_the_right_and_the_sight(agreement, reader, at_officer, make_agreement):
    hidden = make_agreement(columns={"level": "secret"})

    assert signed_in(reader).get(address("upload", agreement)).status_code == 403
    assert signed_in(reader).post(address("upload", agreement), sent()).status_code == 403
    assert at_officer.get(address("upload", hidden)).status_code == 404
    assert at_officer.post(address("upload", hidden), sent()).status_code == 404
    assert "secret" not in at_officer.get(address("upload", agreement)).content.decode().split('name="level"')[1][:300]


def test_a_form_from_elsewhere_is_refused(agreement, officer, csrf_client):
    csrf_client.force_login(officer)
    assert csrf_client.post(address("upload", agreement), sent()).status_code == 403


def test_the_page_runs_nothing_inline(agreement, at_officer):
    text = at_officer.get(address("upload", agreement)).content.decode()

    assert re.findall(r"<script[^>]*>", text) == [
        '<script src="/static/frame.js" defer>',
        '<script src="/static/upload.js" defer>',
    ]
    assert not re.search(r"<style\b|\sstyle=|\son\w+=|javascript:", text)
    assert 'enctype="multipart/form-data"' in text


# ---- the panel ----
def test_the_panel_tells_what_is_kept(agreement, keep, at_officer):
    keep(received_from="European Commission", authenticity="authentic", title={"en": "Signed at Brussels"})
    told = panel(at_officer.get(agreement.get_absolute_url()))

    digest = hashlib.sha256(PDF).hexdigest()[:12]
    assert (
        "Signed at Brussels Signed text Next version : Signed at Brussels Level and title : Signed at Brussels "
        "1. text.pdf Save the file : text.pdf English authentic"
    ) in told
    assert f"5 May 2010 European Commission {len(PDF)} bytes {digest}" in told
    for link in ("Keep a document", "Compare versions", "Dossier (ZIP)"):
        assert link in told


def test_who_only_reads_is_offered_nothing_to_write(agreement, keep, reader):
    keep()
    told = panel(signed_in(reader).get(agreement.get_absolute_url()))

    assert "Dossier (ZIP)" in told
    assert "Keep a document" not in told
    assert "Next version" not in told


def test_a_version_recorded_by_mistake_is_struck_out_and_counts_no_more(agreement, keep, lawyer, at_officer):
    lifecycle.void(keep().entry, by=lawyer, reason="The wrong file.")
    told = panel(at_officer.get(agreement.get_absolute_url()))

    assert "1. text.pdf recorded by mistake" in told
    assert "Language versions" not in told


def test_a_look_back_shows_what_was_there(agreement, keep, at_officer):
    keep(on=day(2010))
    page = agreement.get_absolute_url()

    assert "text.pdf" in panel(at_officer.get(page, {"as_of": "2011-01-01"}))
    assert "No file is kept" in panel(at_officer.get(page, {"as_of": "2009-01-01"}))
    assert "Keep a document" not in panel(at_officer.get(page, {"as_of": "2011-01-01"}))


def test_the_history_leads_to_the_file(agreement, keep, at_officer):
    version = keep(title={"en": "Signed at Brussels"})
    text = at_officer.get(agreement.get_absolute_url()).content.decode()
    history = text[text.index('id="history"') :]

    assert f'Version 1: <a href="{version.get_absolute_url()}">text.pdf</a>' in history
    assert "Signed at Brussels" in history


# ---- languages ----
def test_a_missing_language_version_is_told_in_words(agreement, keep, lawyer, at_officer):
    first = keep()
    keep(content=PNG, name="a.png", document=first.document, language="fr", authenticity="translation")
    keep("decision", PDF + b" ")
    told = panel(at_officer.get(agreement.get_absolute_url()))
    assert "It is not stated in which languages the text is authentic." in told

    response = signed_in(lawyer).post(address("languages", agreement), {"authentic_languages": "EN; kk"}, follow=True)
    assert "The authentic languages are recorded." in words(response)
    agreement.refresh_from_db(fields=["authentic_languages"])
    told = panel(response)
    assert agreement.languages == ["en", "kk"]
    assert "One version in an authentic language is missing." in told
    assert "Document English authentic language Kazakh authentic language French Signed text version 1" in told
    assert "missing version 2 : Signed text, French translation" in told
    entry = Entry.objects.of(agreement).last()
    assert entry.kind == EntryKind.EDIT
    assert "authentic_languages" in entry.data


def test_a_language_that_is_none_is_refused(agreement, at_officer):
    response = at_officer.post(address("languages", agreement), {"authentic_languages": "en, xx"})

    assert response.status_code == 422
    assert response.context["form"].errors["authentic_languages"] == [
        "Not a code of ISO 639-1: xx. Write such as: en, kk, ru."
    ]


# ---- the dossier ----
def test_the_dossier_holds_every_file_and_says_what_it_is(agreement, keep, lawyer, at_officer, folder):
    signed = keep(content=PDF, name="scan 1.pdf", title={"en": "Text / signed: Brussels"}, received_from="EU")
    keep(content=docx("Article 1"), name="x.DOCX", document=signed.document, language="ru", authenticity="translation")
    lost = keep("decision", PNG, "decision.png")
    keep("decision", PDF + b"1", "other.pdf")
    lifecycle.void(keep("mandate", PDF + b"2").entry, by=lawyer, reason="x")
    (folder / lost.stored).unlink()
    response = at_officer.get(address("dossier", agreement))
    content = b"".join(response.streaming_content)
    archive = zipfile.ZipFile(io.BytesIO(content))
    manifest = json.loads(archive.read("manifest.json"))
    name = agreement.reference

    assert response["Content-Disposition"] == f'attachment; filename="{name}.zip"'
    assert archive.testzip() is None
    assert archive.namelist() == [
        f"{name}/agreement-2024-12-28.pdf",
        f"{name}/agreement-2024-12-28.json",
        f"{name}/06 Signed text/Text _ signed_ Brussels – en – 1.pdf",
        f"{name}/06 Signed text/Text _ signed_ Brussels – ru – 2.docx",
        f"{name}/12 Decision/Decision – en – 1.pdf",
        "MANIFEST.txt",
        "manifest.json",
    ]
    report_pdf, report_json, first, *_others = archive.namelist()
    assert archive.read(report_pdf).startswith(b"%PDF")
    assert json.loads(archive.read(report_json))["agreement"]["reference"] == name
    assert archive.read(first) == PDF
    assert [(one["state"], one["sha256"]) for one in manifest["files"] if one["kind"] == "decision"] == [
        ("missing", lost.sha256), ("intact", hashlib.sha256(PDF + b"1").hexdigest()),
    ]  # fmt: skip
    assert manifest["files"][0] == {
        "path": first, "document": str(signed.document_id), "kind": "signed_text", "version": 1,
        "language": "en", "authenticity": "not_stated", "dated": "2010-05-05", "received_from": "EU",
        "name": "scan 1.pdf", "size": len(PDF), "sha256": signed.sha256, "state": "intact",
    }  # fmt: skip
    assert f"{signed.sha256}  {len(PDF)}  en  intact  {first}" in archive.read("MANIFEST.txt").decode()
    again = zipfile.ZipFile(io.BytesIO(b"".join(at_officer.get(address("dossier", agreement)).streaming_content)))
    # The report says when it was made; everything else is the same every time.
    same = [one for one in archive.namelist() if one not in (report_pdf, report_json)]
    assert again.namelist() == archive.namelist()
    assert [again.read(one) for one in same] == [archive.read(one) for one in same]


def test_two_files_of_one_name_stand_beside_each_other(agreement, keep, at_officer):
    keep()
    keep()
    response = at_officer.get(address("dossier", agreement))
    names = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))).namelist()

    assert [name.rpartition("/")[2] for name in names[2:4]] == [
        "Signed text – en – 1.pdf", "Signed text – en – 1 (2).pdf",
    ]  # fmt: skip


def test_a_dossier_without_files_is_a_list_of_nothing(agreement, at_officer):
    response = at_officer.get(address("dossier", agreement))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert [name.rpartition("/")[2] for name in archive.namelist()] == [
        "agreement-2024-12-28.pdf", "agreement-2024-12-28.json", "MANIFEST.txt", "manifest.json",
    ]  # fmt: skip
    assert at_officer.head(address("dossier", agreement)).status_code == 200


# ---- comparing ----
def test_two_versions_are_compared_paragraph_by_paragraph(agreement, keep, at_officer):
    lines = [f"Article {number}" for number in range(1, 12)]
    before = keep("draft", docx("Preamble", *lines, "The Parties agree to open routes."), "a.docx")
    after = keep("draft", odt("Preamble", *lines, "The Parties agree to close routes.", "Annex"), "b.odt")
    response = at_officer.get(address("compare", agreement), {"before": before.pk, "after": after.pk})
    text = response.content.decode()

    assert "9 paragraphs are the same." in words(response) or "10 paragraphs are the same." in words(response)
    assert "<del>" in text
    assert re.search(r"<ins><span class=\"sr\">new: </span>Annex</ins>", text)
    assert "Paragraphs changed or taken out: 1; changed or new: 2." in words(response)


def test_the_same_text_in_two_formats_says_the_same(agreement, keep, at_officer):
    before, after = keep("draft", docx("One", "Two"), "a.docx"), keep("draft", b"One\n\n Two\n", "b.txt")
    response = at_officer.get(address("compare", agreement), {"before": before.pk, "after": after.pk})
    assert "The texts say the same." in words(response)


def test_a_file_without_text_says_so(agreement, keep, at_officer):
    before, after = keep(), keep("draft", docx("One"), "b.docx")
    response = at_officer.get(address("compare", agreement), {"before": before.pk, "after": after.pk})
    assert "“text.pdf” has no text that can be compared. Texts are read from: txt, docx, odt." in words(response)


def test_the_last_two_versions_of_a_text_are_offered_first(agreement, keep, at_officer):
    keep("draft", docx("Apart"), "apart.docx")
    first = keep(content=docx("One"), name="a.docx")
    second, third = (keep(content=docx(name), name=f"{name}.docx", document=first.document) for name in ("b", "c"))

    shown = at_officer.get(address("compare", agreement))

    assert [chosen[1].row.pk for chosen in (shown.context["before"], shown.context["after"])] == [second.pk, third.pk]
    assert shown.context["difference"] is None


# ---- all pages ----
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_every_page_speaks_every_language(agreement, keep, lawyer, at_lawyer, language):
    with registers.editing(agreement, by=lawyer) as fresh:
        fresh.authentic_languages = "en, kk"
    before, after = keep("draft", docx("One"), "a.docx", level="secret"), keep("draft", docx("Two"), "b.docx")
    keep(content=PNG, name="a.png", document=keep().document, language="ru")
    at_lawyer.post("/language/", {"language": language})
    query = f"?before={before.pk}&after={after.pk}"
    for page in ("", "documents/upload/", f"documents/upload/?document={after.document_id}", "documents/languages/",
                 "documents/compare/", f"documents/compare/{query}"):  # fmt: skip
        response = at_lawyer.get(f"{agreement.get_absolute_url()}{page}")
        assert response.status_code == 200
        assert f'<html lang="{language}">' in response.content.decode()
        text = response.content.decode()
        identifiers = re.findall(r'\sid="([^"]+)"', text)
        assert len(identifiers) == len(set(identifiers)), page
        assert text.count("<h1") == 1


def test_the_pages_take_as_many_queries_for_one_file_as_for_many(agreement, keep, at_officer):
    pages = [agreement.get_absolute_url(), address("compare", agreement)]
    version = keep(content=docx("One"), name="a.docx")
    few = [queries(at_officer, page) for page in pages]
    for number in range(4):
        keep(content=docx(str(number)), name="a.docx", document=version.document, language="ru")
        keep("decision", PDF + bytes([65 + number]), level="secret")

    assert [queries(at_officer, page) for page in pages] == [few[0], few[1]]
    assert few == [14, 4]
    with CaptureQueriesContext(connection) as caught:
        b"".join(at_officer.get(address("dossier", agreement)).streaming_content)
    assert len(caught) == 23
    with CaptureQueriesContext(connection) as caught:
        at_officer.get(version.get_absolute_url())
    assert len(caught) == 3
