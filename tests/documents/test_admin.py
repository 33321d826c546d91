"""The register of documents in the administration: read, never written."""

import pytest
from django.urls import reverse

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
def test_nothing_is_written_there(keep, at_staff, page):
    key = keep().document_id
    address = reverse(f"admin:agreements_document_{page}", args=[] if page == "add" else [key])
    assert at_staff.post(address, {"kind": "other", "post": "yes"}).status_code == 403
