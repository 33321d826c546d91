"""The register of documents in the administration: level and title may be changed there, nothing else."""

import pytest
from django.urls import reverse

from agreements.models import Document
from tests.conftest import signed_in
from tests.documents.conftest import PDF


@pytest.fixture
def at_staff(officer):
    officer.is_staff = True
    officer.save()
    return signed_in(officer)


def test_the_register_shows_what_its_reader_may_see(keep, at_staff):
    shown, secret = keep(title={"en": "Seen text"}), keep(content=PDF + b" ", level="secret", title={"en": "Silent"})
    page = at_staff.get(reverse("admin:agreements_document_changelist"))

    assert [row.pk for row in page.context["cl"].result_list] == [shown.document_id]
    assert "Silent" not in page.content.decode()
    one = at_staff.get(reverse("admin:agreements_document_change", args=[shown.document_id]))
    assert shown.sha256 in one.content.decode()
    assert f'href="{shown.get_absolute_url()}"' in one.content.decode()
    assert at_staff.get(reverse("admin:agreements_document_change", args=[secret.document_id])).status_code == 404


@pytest.mark.parametrize("page", ["add", "change", "delete"])
def test_nothing_is_written_there_by_who_does_not_record(keep, at_staff, officer, page):
    officer.groups.clear()
    key = keep().document_id
    address = reverse(f"admin:agreements_document_{page}", args=[] if page == "add" else [key])
    assert at_staff.post(address, {"kind": "other", "post": "yes"}).status_code == 403


def test_of_a_document_only_level_and_title_are_written(keep, at_staff):
    version = keep()
    address = reverse("admin:agreements_document_change", args=[version.document_id])
    sent = {"kind": "other", "text": "2", "level": "internal", "title_en": "The text", "title_ru": "", "title_kk": ""}
    assert at_staff.post(address, sent).status_code == 302
    document = Document.objects.get()
    assert (document.kind, document.text, document.title_en) == ("signed_text", 1, "The text")
    for page in ("add", "delete"):
        key = [] if page == "add" else [version.document_id]
        assert at_staff.post(reverse(f"admin:agreements_document_{page}", args=key), {"post": "yes"}).status_code == 403
